"""The Explorer's tracks: which bases a prediction rests on, what binds there, what was measured."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from engine.data import motif_files, satmut
from engine.data.motif_files import Collection
from engine.editor.document import Document
from engine.experiments.checkpoints import Checkpoint
from engine.interpretation.attribution.methods import BASELINES
from engine.interpretation.motifs import scan
from engine.plots import explorer
from engine.plots.parts import axis, theme
from engine.report.computing import Choices
from engine.report.dossier import Dossier
from engine.results import mean_loss
from engine.sequence import Sequence, any_known
from pages.panels.explorer import editor
from pages.shared import own_motifs, reliability_badge, state
from pages.shared.models import choose_one
from pages.shared.plain import plain
from pages.shared.show import image_config

GC_WIDTH = 21  # bases; odd, so that the window has a middle
ON_REQUEST = ("agreement", "gc")  # tracks that are not shown until asked for


@dataclass(frozen=True)
class View:
    """What the user wants to see.

    Attributes:
        rows: the tracks, from top to bottom.
        measured: the data sets that are drawn.
        stretch: 0-based, half-open.
        collection: the motif matrices that are looked for; None: JASPAR's.
    """

    checkpoint: Checkpoint
    output: str
    baseline: str
    correct_simplex: bool
    standardised: bool
    rows: tuple[str, ...]
    largest_q: float
    measured: tuple[str, ...]
    stretch: tuple[int, int]
    collection: Collection | None = None

    def added_to(self, choices: Choices) -> Choices:
        """The choices that a dossier of this view is computed with."""
        return replace(
            choices,
            baseline=self.baseline,
            correct_simplex=self.correct_simplex,
            standardised=self.standardised,
            largest_q=self.largest_q,
            collection=self.collection,
        )


def choose(dossier: Dossier, loaded: list[Checkpoint], outputs: list[str]) -> View:
    """The settings above the tracks."""
    st.subheader("Which bases the prediction rests on")
    checkpoint, output, settings = _choices(loaded, outputs)
    reference, measured = dossier.document.reference, list(dossier.measured)
    rows, largest_q, collection = _rows(len(loaded) > 1, bool(measured))
    if "measured" in rows and len(measured) > 1:
        measured = [
            st.segmented_control(
                "Measured data set",
                measured,
                default=_closest(measured, reference),
                required=True,
                key=f"measured-{reference.name}",
                persist_state="session",
            )
        ]
    return View(
        checkpoint, output, **settings, rows=tuple(rows), largest_q=largest_q, measured=tuple(measured),
        stretch=_stretch(len(dossier.document.bases)), collection=collection,
    )  # fmt: skip


def show(dossier: Dossier, view: View) -> None:
    """The aligned tracks of one model and output, and the words below them."""
    document, output = dossier.document, view.output
    reference, region = document.reference, document.sequence.region
    ig = dossier.track("ig", view.checkpoint.name, output)
    ism = dossier.track("ism", view.checkpoint.name, output)
    measured = {name: dossier.measured[name] for name in view.measured}
    hits = scan.best_per_place(dossier.hits)
    editor.feed(ig, ism, output, _measured_letters(document, measured), hits, theme.unit(ism.standardised))
    figure = explorer.tracks(
        ig,
        ism,
        output,
        explorer.Evidence(
            reference=dossier.unedited,
            motifs=hits,
            changes=dossier.facts.motifs,
            origins=document.origins,
            measured=measured,
            agreement=dossier.agreement,
        ),
        explorer.Look(
            gc_width=GC_WIDTH,
            shown=list(view.rows),
            view=view.stretch,
            first_position=axis.first_position(region),
            axis_name=axis.axis_name(region),
            palette=state.PALETTE.get() or "standard",
            title=f"{view.checkpoint.name}, {output}: {reference.name}" + (" (edited)" if document.applied else ""),
        ),
    )
    event = st.plotly_chart(
        figure,
        key=f"tracks-{state.EDITION.get()}",
        on_select="rerun",
        selection_mode="points",
        config=image_config(f"cislens-{reference.name}", state.IMAGE_KIND.get()),
    )
    clicked = [p["customdata"] for p in event.selection.points if p.get("customdata")]
    if clicked and document.bases[int(clicked[0][0])] != clicked[0][1]:
        state.CLICKED.put((int(clicked[0][0]), clicked[0][1]))
        st.rerun()
    if any_known(document.bases):
        delta = ig.checks["convergence_delta"][output]
        explained = float(ig.reference[0]) - ig.checks["baseline_prediction"][output]
        st.caption(
            f"Check of Integrated Gradients: the contributions miss the explained difference of {explained:+.3f} "
            f"log2 RNA/DNA (prediction minus baseline) by {delta:+.4f} (convergence delta)."
            + " With the simplex correction and a zero baseline the two need not agree."
            * view.correct_simplex
        )
        reliability_badge.show(view.checkpoint, output, dossier.verdict(view.checkpoint.name, output))
    if "motifs" in view.rows:
        looked_for = view.collection or motif_files.of_jaspar()
        short = plain(scan.remark(looked_for.matrices))
        st.caption(
            f"Motif matches: {plain(looked_for.what)}, {len(looked_for.matrices):,} matrices, both strands, "
            f"p ≤ {scan.P_THRESHOLD:g}, q ≤ {view.largest_q:g}, of each place the best. A q-value counts the places "
            f"of its own matrix, not that so many matrices were asked: a match is a hint. {short and short + '.'}"
        )
    if dossier.unmeasured:
        st.caption(plain(dossier.unmeasured))
    if dossier.measured:
        listed = ", ".join(f"{name} ({satmut.DATA_SETS[name].cells})" for name in dossier.measured)
        st.caption(f"Measured here by saturation mutagenesis: {listed}; log2(alt/ref).")


def _closest(measured: list[str], reference: Sequence) -> str:
    """The data set that the reference is named after, else the first."""
    return reference.name if reference.name in measured else measured[0]


def _measured_letters(document: Document, measured: dict[str, np.ndarray]) -> list[float | None] | None:
    """For each base minus the mean measured effect of replacing it (first of several); None where it is not known."""
    if not measured:
        return None
    loss = mean_loss(next(iter(measured.values())))
    edited = set(document.changed_positions())
    return editor.numbers(np.nan if i in edited else loss[o] for i, o in enumerate(document.origins))


def _rows(several: bool, measured: bool) -> tuple[list[str], float, Collection | None]:
    """Which tracks to draw, from top to bottom, up to which q-value a motif match is shown, and of which matrices."""
    offered = [r for r in explorer.ROWS if (several or r != "agreement") and (measured or r != "measured")]
    left, right, own = st.columns([3.2, 0.9, 0.9], vertical_alignment="bottom")
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
    with own, st.popover("Your motifs", icon=":material/upload_file:", width="stretch"):
        own_motifs.upload("explorer")
        collection = own_motifs.choose()
    return [r for r in offered if r in chosen] or ["ig", "ism", "map"], float(largest_q), collection


def _choices(loaded: list[Checkpoint], outputs: list[str]) -> tuple[Checkpoint, str, dict]:
    """Model, cell type and how the attribution is computed."""
    choice = st.columns([1.2, 0.8, 1.1, 1, 1])
    with choice[0]:
        name = choose_one([c.name for c in loaded], state.TRACK_MODEL.name, "Model of the tracks")
    checkpoint = next(c for c in loaded if c.name == name)
    own = [o for o in outputs if o in checkpoint.model.outputs] or list(checkpoint.model.outputs)
    with choice[1]:
        output = st.selectbox("Cell type", own, key=state.TRACK_OUTPUT.name, persist_state="session")
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
        kind = st.segmented_control(
            "Image format", ["svg", "png"], default="svg", required=True, key="image_choice", persist_state="session",
            help="The camera above a figure saves it in this format.",
        )  # fmt: skip
        state.IMAGE_KIND.put(kind)
    return checkpoint, output, {"standardised": standardised, "baseline": baseline, "correct_simplex": simplex}


def _stretch(length: int) -> tuple[int, int]:
    """The stretch to show: kept while the length is, all of it once that changes."""
    if length <= 40:
        return 0, length
    if state.VIEW_LENGTH.get() != length:
        state.VIEW.put((1, length))
    state.VIEW_LENGTH.put(length)
    first, last = st.slider(
        "Stretch shown (position)", 1, length, key=state.VIEW.name, persist_state="session",
        help="Narrow it to read the letters; it stays when you edit.",
    )  # fmt: skip
    return first - 1, max(last, min(length, first + 9))
