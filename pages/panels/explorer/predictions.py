"""What the models predict before and after the edits: the readout above the editor, and the numbers in a drawer."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from engine.editor.summary import PredictedChange
from engine.plots import explorer as plot
from engine.plots.instrument import Part
from engine.report.dossier import Dossier
from engine.report.exports import prediction_rows
from pages.shared import show as words
from pages.shared import state
from pages.shared.models import all_models, labelled


def lines(dossier: Dossier, outputs: list[str]) -> list[Part]:
    """The readout: a line for every model and cell type that is asked for."""
    return [_line(p) for p in dossier.facts.predictions if p.output in outputs]


def _line(p: PredictedChange) -> Part:
    return {
        "model": p.model,
        "label": labelled(p.model),
        "output": p.output,
        "reference": _known(p.before),
        "edited": _known(p.after),
        "spread": p.spread,
    }


def show(dossier: Dossier, outputs: list[str]) -> None:
    """The predictions as a figure and a table, and the numbers that the sentence above the editor rests on."""
    left, right = st.columns([3, 2], gap="large", vertical_alignment="center")
    with left:
        st.plotly_chart(
            plot.predictions(list(dossier.before), list(dossier.after), tuple(outputs), all_models()),
            key="predictions",
            config=words.image_config("cislens-prediction", state.IMAGE_KIND.get()),
        )
    number = {
        c: st.column_config.NumberColumn(format="%.3f", help=words.ACTIVITY_HELP)
        for c in ("reference", "edited", "change")
    }
    number["s.d."] = st.column_config.NumberColumn(
        format="%.3f", help="Standard deviation of the change over the members of an ensemble"
    )
    with right:
        st.dataframe(pd.DataFrame(prediction_rows(dossier.facts, outputs)), hide_index=True, column_config=number)
        st.caption("log2 RNA/DNA, both strands averaged" + _diluted(dossier))
    _behind(dossier)


def _diluted(dossier: Dossier) -> str:
    """Which windows the numbers are means over, where a sequence has several."""
    if any(w.holding for w in dossier.facts.windows):
        return "; means over the windows that hold the edit, so that the others do not dilute its effect"
    return "; mean over the windows that cover the sequence" if dossier.after[0].policies[0] == "tile" else ""


def _behind(dossier: Dossier) -> None:
    """The numbers behind the sentence: the models together, and the motif matches gained and lost."""
    facts = dossier.facts
    if not facts.changes and not facts.turned:
        return
    together = pd.DataFrame(
        {
            "cell type": o.output,
            "mean change": o.mean,
            "largest spread of a model": o.spread,
            "models": o.models,
            "agree in sign": o.agree,
            "clear": o.clear,
        }
        for o in facts.outputs
    )
    if all(o.models == 1 for o in facts.outputs):
        together = together.drop(columns=["models", "agree in sign"])
    if all(o.spread is None for o in facts.outputs):
        together = together.drop(columns="largest spread of a model")
    st.dataframe(together, hide_index=True)
    st.caption(
        "A change is called clear if it is larger than the spread of the change over the members of an ensemble."
    )
    if facts.motifs is None:
        return
    sites = [*facts.motifs.gained, *facts.motifs.lost]
    if not sites:
        return
    table = pd.DataFrame(
        {
            "": s.status,
            "motif family": s.family,
            "factors that match": ", ".join(s.members),
            "best matrix": s.best.matrix,
            "from": s.start + 1,
            "to": s.end,
            "strand": s.strand,
            "score (bits)": s.best.score,
            "p": s.best.p,
            "q": s.best.q,
        }
        for s in sites
    )
    number = {c: st.column_config.NumberColumn(format="%.2g") for c in ("p", "q")}
    st.dataframe(table, hide_index=True, column_config=number)
    st.caption("Positions of gained sites are those of the edited sequence, of lost ones those of the reference.")


def _known(value: float) -> float | None:
    """JSON has no nan, which the prediction for a sequence without a known base is."""
    return None if value != value else value
