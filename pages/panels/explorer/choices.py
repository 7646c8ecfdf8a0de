"""The side panel: which models, cell types and tracks, and how they are computed and drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from engine.data import jaspar
from engine.data.motif_files import Collection
from engine.experiments.checkpoints import Checkpoint
from engine.interpretation.attribution.methods import BASELINES
from engine.interpretation.motifs import scan
from engine.plots import instrument
from engine.report.computing import BASELINE, Choices
from pages.shared import expressed, own_motifs, state
from pages.shared.models import all_outputs, choose_models, choose_one, choose_palette


@dataclass(frozen=True)
class Chosen:
    """What the user wants to see.

    Attributes:
        outputs: cell types of the readout.
        checkpoint, output: whose tracks are drawn.
        rows: names in `engine.plots.instrument.ROWS`.
        collection: the motif matrices that are looked for; None: JASPAR's.
        expressed_in: the cell type whose factors alone are shown; '': all.
    """

    models: list[Checkpoint]
    outputs: list[str]
    checkpoint: Checkpoint
    output: str
    baseline: str
    correct_simplex: bool
    standardised: bool
    rows: tuple[str, ...]
    largest_q: float
    collection: Collection | None = None
    expressed_in: str = ""

    def added_to(self, choices: Choices) -> Choices:
        """The choices that a dossier of this view is computed with."""
        return replace(
            choices,
            baseline=self.baseline,
            correct_simplex=self.correct_simplex,
            standardised=self.standardised,
            largest_q=self.largest_q,
            collection=self.collection,
            expressed_in=self.expressed_in,
        )

    @property
    def needs_contributions(self) -> bool:
        return bool({"ig", "difference"} & set(self.rows))

    @property
    def needs_mutagenesis(self) -> bool:
        return bool({"ism", "map"} & set(self.rows))


def show() -> Chosen:
    """Draw the panel. Stops the page with the next step where there is no model. See `choose_output` for the output."""
    with st.sidebar:
        st.subheader("What is shown")
        models = choose_models()
        columns = all_outputs(models)
        # one that the next models lack is given up here, since the widget would keep it
        if state.OUTPUTS.is_set:
            state.OUTPUTS.put([o for o in state.OUTPUTS.get() if o in columns])
        outputs = st.multiselect(
            "Cell types",
            columns,
            default=None if state.OUTPUTS.is_set else columns,
            key=state.OUTPUTS.name,
            persist_state="session",
            help="Those of the predictions. None chosen shows all.",
        )
        name = choose_one([c.name for c in models], state.TRACK_MODEL.name, "Model of the tracks")
        checkpoint = next(c for c in models if c.name == name)
        rows = _rows()
        largest_q, collection, expressed_in = _motifs()
        st.subheader("How it is computed")
        how = _how()
        st.subheader("How it looks")
        choose_palette()
        kind = st.segmented_control(
            "Figures are saved as", ["svg", "png"], default="svg", required=True, key="image_choice",
            persist_state="session",
        )  # fmt: skip
        state.IMAGE_KIND.put(kind)
    return Chosen(
        models, list(outputs or columns), checkpoint, checkpoint.model.outputs[0], **how, rows=rows,
        largest_q=largest_q, collection=collection, expressed_in=expressed_in,
    )  # fmt: skip


def choose_output(chosen: Chosen) -> Chosen:
    """The cell type of the tracks, of those that their model predicts; for the toolbar, since it is changed often."""
    own = [o for o in chosen.outputs if o in chosen.checkpoint.model.outputs] or list(chosen.checkpoint.model.outputs)
    if state.TRACK_OUTPUT.get() not in own:
        state.TRACK_OUTPUT.put(own[0])
    output = st.segmented_control(
        "Cell type of the tracks",
        own,
        required=True,
        key=state.TRACK_OUTPUT.name,
        persist_state="session",
        label_visibility="collapsed",
    )
    return replace(chosen, output=output)


def _rows() -> tuple[str, ...]:
    state.TRACKS.setdefault(list(instrument.USUAL))
    chosen = st.multiselect(
        "Tracks",
        list(instrument.OFFERED),
        key=state.TRACKS.name,
        persist_state="session",
        format_func=lambda r: instrument.ROWS[r].menu,
        help="Only what is shown is computed. Agreement mutates the sequence with every chosen model: it takes longer.",
    )
    return tuple(r for r in instrument.ROWS if r in chosen)


def _motifs() -> tuple[float, Collection | None, str]:
    state.LARGEST_Q.setdefault(scan.Q_SHOWN)
    largest_q = st.number_input(
        "Motif matches up to q",
        min_value=0.0001,
        max_value=1.0,
        step=0.01,
        format="%g",
        key=state.LARGEST_Q.name,
        persist_state="session",
        help="The q-value is the share of false matches to expect among the matches of one motif.",
    )
    with st.popover("Your own motifs", icon=":material/upload_file:", width="stretch"):
        own_motifs.upload("explorer")
        collection = own_motifs.choose()
    matrices = collection.matrices if collection else jaspar.load()
    return float(largest_q), collection, expressed.choose(matrices)


def _how() -> dict[str, object]:
    state.BASELINE.setdefault(BASELINE)
    baseline = st.selectbox(
        "Baseline of Integrated Gradients",
        list(BASELINES),
        key=state.BASELINE.name,
        persist_state="session",
        format_func=lambda b: f"{b}: {BASELINES[b]}",
        help="Integrated Gradients explains how the prediction differs from that of a sequence without information.",
    )
    standardised = st.toggle(
        "Standardised",
        key=state.STANDARDISED.name,
        persist_state="session",
        help="Counts in standard deviations of the model's predictions, so that models compare.",
    )
    simplex = st.toggle(
        "Simplex correction",
        key=state.SIMPLEX.name,
        persist_state="session",
        help="Takes the mean over the four bases out of the gradient (Majdandzic et al. 2023).",
    )
    return {"baseline": baseline, "standardised": standardised, "correct_simplex": simplex}
