"""What the models predict before and after the edits, and what these did, in a sentence with its numbers."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from engine.editor import summary
from engine.editor.summary import EditFacts
from engine.plots import explorer as plot
from engine.report.dossier import Dossier
from engine.report.exports import prediction_rows
from engine.results import Prediction
from pages.shared import show as words
from pages.shared import state
from pages.shared.models import all_models
from pages.shared.plain import plain


def show(dossier: Dossier, outputs: list[str]) -> None:
    """Reference against edited, as figure and table."""
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
        st.caption("log2 RNA/DNA, both strands averaged" + _diluted(dossier.after[0]))


def _diluted(prediction: Prediction) -> str:
    """A word of warning where windows without the edit take part in the mean."""
    if prediction.policies[0] != "tile":
        return ""
    return (
        "; mean over the windows that cover the sequence. Those without the edit dilute its change: the pages Variants "
        "and In-silico experiments count only windows that hold it."
    )


def in_words(facts: EditFacts) -> None:
    """What the edits did, in a sentence, and the numbers that it rests on."""
    st.markdown(plain(summary.sentence(facts)))
    if not facts.changes and not facts.turned:
        return
    with st.expander("The numbers behind this"):
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
        st.dataframe(together, hide_index=True)
        st.caption(
            "A change is called clear if it is larger than the spread (standard deviation) of the change over the "
            "members of an ensemble. The table of the models stands below."
        )
        matches = [("gained", h) for h in facts.motifs.gained] + [("lost", h) for h in facts.motifs.lost]
        if matches:
            table = pd.DataFrame(
                {
                    "": side,
                    "motif": h.motif,
                    "matrix": h.matrix,
                    "from": h.start + 1,
                    "to": h.end,
                    "strand": h.strand,
                    "score (bits)": h.score,
                    "p": h.p,
                    "q": h.q,
                }
                for side, h in matches
            )
            number = {c: st.column_config.NumberColumn(format="%.2g") for c in ("p", "q")}
            st.dataframe(table, hide_index=True, column_config=number)
            st.caption("Gained matches stand at places of the edited sequence, lost ones at places of the reference.")
