"""What the models predict before and after the edits: the readout above the editor, and the numbers in a drawer."""

from __future__ import annotations

import math
from collections.abc import Sequence as Several

import pandas as pd
import streamlit as st

from engine.editor.summary import PredictedChange
from engine.evaluation.standing import Standing
from engine.experiments.checkpoints import Checkpoint
from engine.intervals import SHOWN
from engine.plots import explorer as plot
from engine.plots.instrument import Part
from engine.report.dossier import Dossier
from engine.report.exports import prediction_rows
from engine.report.measured import MeasuredEdit
from pages.shared import show as words
from pages.shared import state, work
from pages.shared.models import all_models, labelled

MEASURED_SHOWN = 3  # edits whose measured effects are told; a table of all is in the report


def lines(
    dossier: Dossier, outputs: list[str], loaded: Several[Checkpoint] = (), edits: tuple[MeasuredEdit, ...] = ()
) -> list[Part]:
    """The readout: a line for every model and cell type that is asked for.

    Args:
        loaded: models among whose predictions for the library these are to be placed.
        edits: what was measured of the edits; it stands beside the cell type that it was measured in.
    """
    known = {c.name: standing for c in loaded if (standing := work.standing(c))}
    return [
        _line(p) | _interval(dossier, p) | _standing(p, known.get(p.model)) | _measured(p, edits)
        for p in dossier.facts.predictions
        if p.output in outputs
    ]


def _line(p: PredictedChange) -> Part:
    return {
        "model": p.model,
        "label": labelled(p.model),
        "output": p.output,
        "reference": _known(p.before),
        "edited": _known(p.after),
        "spread": p.spread,
    }


def _interval(dossier: Dossier, p: PredictedChange) -> Part:
    held = dossier.intervals.get((p.model, p.output))
    if held is None:
        return {}
    return {
        "interval": f"{_number(held.low)} to {_number(held.high)}" + ", unsure" * bool(held.unsure),
        "interval_told": "A measurement of the sequence as it stands is expected here: of 100 elements that this "
        f"model did not learn from, some {held.level} lie within such an interval."
        + " The model is less sure of this sequence than of nine in ten elements." * bool(held.unsure)
        + " It is as wide for every sequence: this model does not say where it is less sure." * (held.unsure is None),
    }


def _standing(p: PredictedChange, standing: Standing | None) -> Part:
    if standing is None or math.isnan(p.after):
        return {}
    percent = standing.percentile(p.output, p.after)
    return {
        "standing": f"above {percent:.0f}%",
        "standing_told": f"This model predicts less for {percent:.1f}% of {standing.n:,} elements of the library that "
        "it never saw in training",
    }


def _measured(p: PredictedChange, edits: tuple[MeasuredEdit, ...]) -> Part:
    own = [(e, v) for e in edits for v in e.variants if v.cells == p.output][:MEASURED_SHOWN]
    if not own:
        return {}
    return {
        "measured": ", ".join(_signed(v.effect) for _, v in own),
        "measured_told": "; ".join(f"{named(e)}: {v.effect:+.2f} log2 alt/ref in {v.data_set}" for e, v in own),
    }


def measured_in_words(edits: tuple[MeasuredEdit, ...]) -> str:
    """'Measured one by one: 128 C>A -3.38 (LDLR.2, HepG2).', '' where nothing was."""
    told = [f"{named(e)} {_signed(v.effect)} ({v.data_set}, {v.cells})" for e in edits for v in e.variants]
    if not told:
        return ""
    more = f" and {len(told) - MEASURED_SHOWN} more" if len(told) > MEASURED_SHOWN else ""
    each = "" if len(edits) == 1 else " one by one"
    return f" Measured{each}, log2 alt/ref: {', '.join(told[:MEASURED_SHOWN])}{more}."


def remarks(edits: tuple[MeasuredEdit, ...]) -> list[str]:
    """What is to be known of the sign of a measured effect."""
    return list(dict.fromkeys(f"{named(e)}: {v.remark}" for e in edits for v in e.variants if v.remark))


def named(edit: MeasuredEdit) -> str:
    change = edit.change
    return f"{change.start + 1} {change.ref}>{change.alt}" if change.alt else f"{change.start + 1} {change.ref} deleted"


def _number(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")


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
        format="%.3f", help="Standard deviation of the change over the networks behind the model"
    )
    for column in (f"{SHOWN}% from", f"{SHOWN}% to"):
        number[column] = st.column_config.NumberColumn(
            format="%.3f", help=f"In {SHOWN} of 100 such elements, what was measured lies within"
        )
    with right:
        st.dataframe(
            pd.DataFrame(prediction_rows(dossier.facts, outputs, dossier.intervals)),
            hide_index=True,
            column_config=number,
        )
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
        "A change is called clear if it is larger than the spread of the change over the networks behind a model."
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
