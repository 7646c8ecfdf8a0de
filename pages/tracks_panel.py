"""The Explorer's tracks: which bases a prediction rests on, what binds there, what was measured; and their files."""

from __future__ import annotations

import time

import streamlit as st

from engine import exports
from engine.checkpoints import Checkpoint
from engine.document import Document
from engine.errors import CisLensError
from engine.interpretation import motif_scan
from engine.interpretation.attribution import BASELINES
from engine.plots import theme
from engine.plots import tracks as tracks_plot
from engine.results import MotifChanges, Track
from engine.sequence import write_fasta
from pages import common, editor

PAUSE = 0.1  # s without a further key press before the tracks are computed
state = st.session_state


def show(
    document: Document, loaded: list[Checkpoint], outputs: list[str], policies: dict[str, str]
) -> MotifChanges | None:
    """The aligned tracks of one model and output, and what can be exported of them.

    Returns the motif matches that the edits made and took away, or None if they could not be computed.
    """
    st.subheader("Which bases the prediction rests on")
    checkpoint, output, settings = _choices(loaded, outputs)
    sequence, reference = document.sequence, document.reference
    policy = policies[checkpoint.name]
    view = _view(len(sequence))
    _let_type(sequence.bases)
    advance, clear = common.progress_bar("Mutating every base")
    try:
        ig = common.ig_track(checkpoint, sequence, policy, output, **settings)
        ism = common.ism_track(checkpoint, sequence, policy, settings["standardised"], advance)
        before = None
        if len(reference) == len(sequence) and reference.bases != sequence.bases:
            before = common.ig_track(checkpoint, reference, policy, output, **settings)
    except CisLensError as error:
        st.error(str(error))
        return None
    finally:
        clear()
    found = common.motif_hits(sequence)
    changes = motif_scan.compare(common.motif_hits(reference), found, document.origins)
    editor.feed(ig, ism, output, None, motif_scan.best_per_place(found), theme.unit(ism.standardised))
    region = sequence.region
    figure = tracks_plot.figure(
        ig,
        ism,
        output,
        reference=before,
        view=view,
        first_position=region.start + 1 if region else 1,
        axis_name=f"{region.chrom} position (bp, 1-based, {region.build})"
        if region
        else "position in the sequence (bp)",
        palette=state.get("palette") or "standard",
        title=f"{checkpoint.name}, {output}: {reference.name}" + (" (edited)" if document.applied else ""),
    )
    event = st.plotly_chart(
        figure,
        key=f"tracks-{state.get('version', 0)}",
        on_select="rerun",
        selection_mode="points",
        config=common.image_config(f"cislens-{reference.name}", state["image_kind"]),
    )
    clicked = [p["customdata"] for p in event.selection.points if p.get("customdata")]
    if clicked and document.bases[int(clicked[0][0])] != clicked[0][1]:
        state["clicked"] = (int(clicked[0][0]), clicked[0][1])
        st.rerun(scope="fragment")
    delta = ig.checks["convergence_delta"][output]
    explained = float(ig.reference[0]) - ig.checks["baseline_prediction"][output]
    st.caption(
        f"Check of Integrated Gradients: the contributions miss the explained difference of {explained:+.3f} "
        f"log2 RNA/DNA (prediction minus baseline) by {delta:+.4f} (convergence delta)."
        + (" With the simplex correction and a zero baseline the two need not agree." if settings["correct_simplex"] else "")
    )
    _exports(document, ig, ism)
    return changes


def _choices(loaded: list[Checkpoint], outputs: list[str]) -> tuple[Checkpoint, str, dict]:
    """Model, cell type and how the attribution is computed."""
    choice = st.columns([1.2, 0.8, 1.1, 1, 1])
    with choice[0]:
        name = st.selectbox("Model of the tracks", [c.name for c in loaded], key="track_model", persist_state="session")
    checkpoint = next(c for c in loaded if c.name == name)
    own = [o for o in outputs if o in checkpoint.model.outputs] or list(checkpoint.model.outputs)
    with choice[1]:
        output = st.selectbox("Cell type", own, key="track_output", persist_state="session")
    with choice[2]:
        baseline = st.selectbox(
            "IG baseline",
            list(BASELINES),
            index=1,
            key="baseline",
            persist_state="session",
            format_func=lambda b: f"{b}: {BASELINES[b]}",
            help="Integrated Gradients explains the difference between the prediction and that of a baseline without "
            "the sequence's information.",
        )
    with choice[3]:
        standardised = st.toggle(
            "Standardised",
            key="standardised",
            persist_state="session",
            help="In standard deviations of the model's predictions on the validation fold, so that models compare.",
        )
        simplex = st.toggle(
            "Simplex correction",
            key="simplex",
            persist_state="session",
            help="Takes the mean over the four bases out of the gradient (Majdandzic et al. 2023).",
        )
    with choice[4]:
        state["image_kind"] = st.segmented_control(
            "Image format", ["svg", "png"], default="svg", required=True, key="image_choice", persist_state="session",
            help="The camera above a figure saves it in this format.",
        )  # fmt: skip
    return checkpoint, output, {"standardised": standardised, "baseline": baseline, "correct_simplex": simplex}


def _let_type(bases: str) -> None:
    """Wait a moment before heavy work on a new sequence: the next key press then finds nobody computing."""
    if state.get("tracks_of") == bases:
        return
    place = st.empty()
    for _ in range(4):
        time.sleep(PAUSE / 4)
        place.empty()  # where Streamlit turns to a newer key press
    state["tracks_of"] = bases


def _view(length: int) -> tuple[int, int]:
    """The stretch to show: kept while the length is, all of it once that changes."""
    if length <= 40:
        return 0, length
    if state.get("view_length") != length:
        state["view_slider"] = (1, length)
    state["view_length"] = length
    first, last = st.slider(
        "Stretch shown (position)", 1, length, key="view_slider", persist_state="session",
        help="Narrow it to read the letters; it stays when you edit.",
    )  # fmt: skip
    return first - 1, max(last, min(length, first + 9))


def _exports(document: Document, ig: Track, ism: Track) -> None:
    stem = "".join(c if c.isalnum() or c in "-_." else "_" for c in document.sequence.name)
    with st.container(horizontal=True):
        st.download_button(
            "FASTA",
            write_fasta([document.sequence]),
            f"{stem}.fa",
            "text/plain",
            icon=":material/download:",
            on_click="ignore",
        )
        st.download_button(
            "Predictions (CSV)",
            state.get("prediction_csv", ""),
            f"{stem}.predictions.csv",
            "text/csv",
            on_click="ignore",
        )
        for track, label in ((ig, "Integrated Gradients (CSV)"), (ism, "Mutagenesis (CSV)")):
            st.download_button(
                label,
                exports.track_csv(track, document.sequence),
                f"{stem}.{track.kind}.csv",
                "text/csv",
                on_click="ignore",
            )
    st.caption("Figures: the camera above each one saves it as SVG or PNG, as chosen above.")
