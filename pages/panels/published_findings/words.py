"""What Published findings says in sentences: the answer, what a verdict means, where the bounds come from."""

from __future__ import annotations

import streamlit as st

from engine.data import published
from engine.replication import representations, scores, table
from engine.replication.disentangle import analyses as several
from engine.replication.disentangle import scores as cost
from engine.replication.finding import FAILS, HOLDS, LARGEST_P, NEAR_ZERO, OPEN, OURS, WEAK, Finding

MEANING = {
    HOLDS: "The whole 95% interval is on the statement's side.",
    FAILS: "The whole interval is on the other side.",
    WEAK: "The interval includes 0 and ends below half of the published figure.",
    OPEN: f"None of these; or two training seeds disagree; or chance among networks allows it (p > {LARGEST_P}).",
}
SHORT = {
    table.SCORES: "Scores",
    table.REPRESENTATIONS: "Representations, maps",
    table.MOTIFS: "Motifs",
    table.SEVERAL: "Several experiments",
}
PAGES = {
    table.SCORES: ("benchmark",),
    table.REPRESENTATIONS: ("representations", "attributions"),
    table.MOTIFS: ("motifs",),
    table.SEVERAL: ("disentangle",),
}
ACRONYMS = ("disentangle",)  # pages whose titles are in capitals
BOUNDS = {
    table.SCORES: (
        f"We set these bounds: a ratio of {scores.DOUBLED[0]} to {scores.DOUBLED[1]} counts as twice, less than "
        f"{scores.NO_GAIN} as no gain. The study's NDCG@10 uses another gain than ours, so its figures are left out."
    ),
    table.REPRESENTATIONS: (
        f"We set these bounds: a correlation within ±{NEAR_ZERO} counts as none, an R² below "
        f"{representations.NOT_READ} as not read, {representations.MIXED} of random dealing as mixed. "
        "Of several pairs or networks, the most extreme one is shown."
    ),
    table.MOTIFS: f"We set this bound: a correlation within ±{NEAR_ZERO} counts as near zero.",
    table.SEVERAL: (
        f"We set these bounds: a loss of {-cost.COST[1]:.0%} to {-cost.COST[0]:.0%} counts as about 8%, a ratio above "
        f"{several.FIVEFOLD:g} as fivefold, a Gini coefficient of {several.CONCENTRATED} separates distributed from "
        f"concentrated, a correlation below {several.MOVED} counts as moved from the start. Of several networks or "
        "pairs, the most extreme one is shown; of three seeds the first, and beside it one that disagrees, if there is "
        "one. Keep two things in mind. The study's squared-error baseline and its ranking-only network learned from "
        "K562 alone, the rest from both cell types, so its gains and costs come from the data too; all of ours learned "
        "from both. And the study computed Integrated Gradients in training mode, where they are rounding errors; ours "
        "are not."
    ),
}


def answer(every: list[Finding]) -> None:
    """How many of the study's statements hold, in a sentence; what each verdict means, on its number."""
    study = [f for f in every if f.number != OURS]
    counts = {verdict: sum(f.verdict == verdict for f in study) for verdict in MEANING}
    with st.container(border=True):
        if study:
            st.markdown(
                f"#### {counts[HOLDS]:,} of the study's {len(study)} statements hold here, "
                f"{counts[FAILS]:,} do not; {counts[WEAK] + counts[OPEN]:,} stay open"
            )
        columns = st.columns(len(MEANING))
        for column, (verdict, meaning) in zip(columns, MEANING.items(), strict=True):
            column.metric(verdict[0].upper() + verdict[1:], counts[verdict], help=meaning)
        st.caption(
            f"{published.SOURCE}: its statements, asked of our models and data. Each is put as one number with its 95% "
            f"interval. {len(every) - len(study)} questions of our own stand beside them and are not counted here."
        )


def how_it_is_decided() -> None:
    """The rules, folded."""
    with st.expander("How is a statement decided?", icon=":material/rule:"):
        st.markdown("\n".join(f"- **{verdict}**: {meaning}" for verdict, meaning in MEANING.items()))
        st.markdown(
            "Intervals are over held-out elements or variants, the same for all models. They do not include what "
            "another training seed would change: where networks of another seed are scored, both seeds must agree; "
            "where not, a difference between two models is not yet one between their losses. The intervals are not "
            "widened for their number. We set our bounds, the rule for *not seen* and the rule for two seeds after the "
            "first results."
        )
