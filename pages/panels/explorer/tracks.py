"""The Explorer's tracks: which bases a prediction rests on, what binds there, what was measured; and their files."""

from __future__ import annotations

import numpy as np
import streamlit as st

from engine.data import jaspar, satmut
from engine.data.measured import measured_on
from engine.editor.document import Document
from engine.errors import CisLensError
from engine.experiments.checkpoints import Checkpoint
from engine.interpretation.attribution.agreement import agreement
from engine.interpretation.attribution.methods import BASELINES
from engine.interpretation.motifs import scan
from engine.plots import explorer
from engine.plots.parts import theme
from engine.results import Agreement, MotifChanges, Progress, mean_loss
from engine.sequence import Sequence
from pages.panels.explorer import downloads, editor
from pages.shared import reliability_badge, work
from pages.shared.show import image_config

GC_WIDTH = 21  # bases; odd, so that the window has a middle
ON_REQUEST = ("agreement", "gc")  # tracks that are not shown until asked for
state = st.session_state


def show(
    document: Document, loaded: list[Checkpoint], outputs: list[str], policies: dict[str, str]
) -> MotifChanges | None:
    """The aligned tracks of one model and output, and what can be exported of them.

    Returns the motif matches that the edits made and took away, or None if the tracks could not be computed.
    """
    st.subheader("Which bases the prediction rests on")
    checkpoint, output, settings = _choices(loaded, outputs)
    sequence, reference = document.sequence, document.reference
    measured, told = _measured(reference)
    rows, largest_q = _rows(len(loaded) > 1, bool(measured))
    if "measured" in rows and len(measured) > 1:
        name = st.segmented_control(
            "Measured data set", list(measured), default=_closest(measured, reference), required=True,
            key=f"measured-{reference.name}", persist_state="session",
        )  # fmt: skip
        measured = {name: measured[name]}
    view = _view(len(sequence))
    policy = policies[checkpoint.name]
    advance, clear = work.progress_bar("Mutating every base")
    try:
        ig = work.ig_track(checkpoint, sequence, policy, output, **settings)
        ism = work.ism_track(checkpoint, sequence, policy, settings["standardised"], advance)
        before = None
        if "difference" in rows and len(reference) == len(sequence) and reference.bases != sequence.bases:
            before = work.ig_track(checkpoint, reference, policy, output, **settings)
        agree = None
        if "agreement" in rows:
            agree = _agreement([c for c in loaded if output in c.model.outputs], sequence, policies, output, advance)
    except CisLensError as error:
        st.error(str(error))
        return None
    finally:
        clear()
    found = work.motif_hits(sequence)
    every_change = scan.compare(work.motif_hits(reference), found, document.origins)
    changes = scan.clearest(every_change, largest_q)
    hits = scan.best_per_place(h for h in found if h.q <= largest_q)
    unit = theme.unit(ism.standardised)
    editor.feed(ig, ism, output, _measured_letters(document, measured), hits, unit)
    region = sequence.region
    figure = explorer.tracks(
        ig,
        ism,
        output,
        explorer.Evidence(
            reference=before, motifs=hits, changes=changes, origins=document.origins, measured=measured, agreement=agree
        ),
        explorer.Look(
            gc_width=GC_WIDTH,
            shown=rows,
            view=view,
            first_position=region.start + 1 if region else 1,
            axis_name=f"{region.chrom} position (bp, 1-based, {region.build})"
            if region
            else "position in the sequence (bp)",
            palette=state.get("palette") or "standard",
            title=f"{checkpoint.name}, {output}: {reference.name}" + (" (edited)" if document.applied else ""),
        ),
    )
    event = st.plotly_chart(
        figure,
        key=f"tracks-{state.get('edition', 0)}",
        on_select="rerun",
        selection_mode="points",
        config=image_config(f"cislens-{reference.name}", state["image_kind"]),
    )
    clicked = [p["customdata"] for p in event.selection.points if p.get("customdata")]
    if clicked and document.bases[int(clicked[0][0])] != clicked[0][1]:
        state["clicked"] = (int(clicked[0][0]), clicked[0][1])
        st.rerun()
    delta = ig.checks["convergence_delta"][output]
    explained = float(ig.reference[0]) - ig.checks["baseline_prediction"][output]
    st.caption(
        f"Check of Integrated Gradients: the contributions miss the explained difference of {explained:+.3f} "
        f"log2 RNA/DNA (prediction minus baseline) by {delta:+.4f} (convergence delta)."
        + " With the simplex correction and a zero baseline the two need not agree."
        * settings["correct_simplex"]
    )
    reliability_badge.show(
        checkpoint,
        sequence,
        ig,
        ism,
        output,
        baseline=settings["baseline"],
        correct_simplex=settings["correct_simplex"],
    )
    if "motifs" in rows:
        st.caption(
            f"Motif matches: JASPAR 2024, {len(jaspar.load())} vertebrate matrices, both strands, "
            f"p ≤ {scan.P_THRESHOLD:g}, q ≤ {largest_q:g}, of each place the best. A q-value counts the places "
            "of its own matrix, not that so many matrices were asked: a match is a hint."
        )
    if told:
        st.caption(told)
    downloads.show(document, loaded, outputs, policies, ig, ism, hits, largest_q)
    return changes


def _measured(reference: Sequence) -> tuple[dict[str, np.ndarray], str]:
    """What saturation mutagenesis measured on the reference, by data set, and a word about it."""
    try:
        found = measured_on(reference)
    except CisLensError as error:
        return {}, f"Whether this place was measured is not known: {error}"
    listed = ", ".join(f"{name} ({satmut.DATA_SETS[name].cells})" for name in found)
    return found, f"Measured here by saturation mutagenesis: {listed}; log2(alt/ref)." if found else ""


def _closest(measured: dict[str, np.ndarray], reference: Sequence) -> str:
    """The data set that the reference is named after, else the first."""
    return reference.name if reference.name in measured else next(iter(measured))


def _measured_letters(document: Document, measured: dict[str, np.ndarray]) -> list[float | None] | None:
    """For each base minus the mean measured effect of replacing it (first of several); None where it is not known."""
    if not measured:
        return None
    loss = mean_loss(next(iter(measured.values())))
    edited = set(document.changed_positions())
    return editor.numbers(np.nan if i in edited else loss[o] for i, o in enumerate(document.origins))


def _agreement(
    several: list[Checkpoint], sequence: Sequence, policies: dict[str, str], output: str, advance: Progress
) -> Agreement | None:
    """Between all chosen models that know the output, on the scale on which they compare."""
    if len(several) < 2:
        return None
    return agreement([work.ism_track(c, sequence, policies[c.name], True, advance) for c in several], output)


def _rows(several: bool, measured: bool) -> tuple[list[str], float]:
    """Which tracks to draw, from top to bottom, and up to which q-value a motif match is shown."""
    offered = [r for r in explorer.ROWS if (several or r != "agreement") and (measured or r != "measured")]
    left, right = st.columns([4, 1])
    with left:
        chosen = st.multiselect(
            "Tracks",
            offered,
            default=[r for r in offered if r not in ON_REQUEST],
            key=f"rows-{several}-{measured}",
            persist_state="session",
            format_func=lambda r: explorer.ROWS[r],
            help="Agreement mutates the sequence with every chosen model, which takes longer. It needs two models.",
        )
    with right:
        largest_q = st.number_input(
            "Motif q-value up to",
            0.0001,
            1.0,
            scan.Q_SHOWN,
            0.01,
            format="%g",
            key="motif_q",
            persist_state="session",
            help="False discovery rate among the matches of one matrix.",
        )
    return [r for r in offered if r in chosen] or ["ig", "ism", "map"], float(largest_q)


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
