"""Published findings: each statement of the rank-order study, decided by our models and data."""

import pandas as pd
import streamlit as st

from engine.data import published, sources
from engine.data.library import Library
from engine.errors import DataError
from engine.replication import representations, scores, table
from engine.replication.disentangle import analyses as several
from engine.replication.disentangle import scores as cost
from engine.replication.finding import FAILS, HOLDS, LARGEST_P, NEAR_ZERO, OPEN, OURS, WEAK, Finding
from engine.statistics import Metric, in_words
from pages.shared import downloads, header, models, navigation
from pages.shared import library as held_out
from pages.shared.plain import plain

MEANING = {
    HOLDS: "the whole interval says so",
    FAILS: "the whole interval says otherwise",
    WEAK: "the interval holds 0 and ends below half of the published figure",
    OPEN: f"none of these, or two seeds say different things, or chance among networks allows it (p > {LARGEST_P})",
}
COLOUR = {HOLDS: "green", FAILS: "red", WEAK: "orange", OPEN: "gray"}
PAGES = {
    table.SCORES: ("benchmark",),
    table.REPRESENTATIONS: ("representations", "attributions"),
    table.MOTIFS: ("motifs",),
    table.SEVERAL: ("disentangle",),
}
ACRONYMS = ("disentangle",)  # pages whose titles are in capitals
BOUNDS = {
    table.SCORES: (
        f"Bounds of ours: a ratio of {scores.DOUBLED[0]} to {scores.DOUBLED[1]} as twice, less "
        f"than {scores.NO_GAIN} as no gain. The study's NDCG@10 has another gain than ours, so its figures "
        "cannot stand here."
    ),
    table.REPRESENTATIONS: (
        f"Bounds of ours: a correlation within ±{NEAR_ZERO} as none, an R² below "
        f"{representations.NOT_READ} as not read, {representations.MIXED} of random dealing as mixed. "
        "Of several pairs or networks the extreme one is told."
    ),
    table.MOTIFS: f"Bound of ours: a correlation within ±{NEAR_ZERO} as near zero.",
    table.SEVERAL: (
        f"Bounds of ours: a loss of {-cost.COST[1]:.0%} to {-cost.COST[0]:.0%} as about 8%, a ratio above "
        f"{several.FIVEFOLD:g} as fivefold, a Gini coefficient of {several.CONCENTRATED} between distributed and "
        f"concentrated, a correlation below {several.MOVED} as moved from the start. Of several networks or pairs the "
        "extreme one is told; of three seeds the first, and beside it one that says otherwise, if there is one. "
        "Two things to bear in mind of the published figures. The study's baseline and its ranking_only learned from "
        "K562 alone and the rest from both cell types, so that its gains and costs are of the data too; ours all "
        "learned from both. And its Integrated Gradients were taken in training mode, where they are rounding errors; "
        "ours were not."
    ),
}


def in_brackets(metric: Metric | None) -> str:
    return "" if metric is None else in_words(metric.value, metric.low, metric.high, signed=True)


def row(finding: Finding) -> dict:
    return {
        "finding": finding.number,
        "statement": finding.statement,
        "verdict": f":{COLOUR[finding.verdict]}-badge[{finding.verdict}]",
        "ours": in_brackets(finding.ours),
        "other seed": in_brackets(finding.again),
        "published": "" if finding.published is None else f"{finding.published:+.3f}",
        "n": f"{finding.ours.n:,}",
    }


def library() -> Library:
    """The library; without the data files an error that says which part of the page needs them."""
    if not sources.available(*downloads.LENTIMPRA_FILES):
        raise DataError("findings about representations need the lentiMPRA files: load them above")
    return held_out.joint()


navigation.inside_app("pages/published_findings.py")
header.show("pages/published_findings.py")
st.markdown(
    f"What a study of losses for models of regulatory activity found ({published.SOURCE}), asked of our models and "
    "data. Each statement is put as one number with its 95% interval, and the interval decides. A finding of the study "
    f"may be several statements; what is marked *{OURS}* is a question of ours beside them."
)

downloads.offer_download(downloads.LENTIMPRA_FILES, "Findings about representations")
parts = table.read(library)
every = [finding for part in parts.values() for finding in part.findings]
counts = {verdict: sum(f.verdict == verdict for f in every) for verdict in MEANING}
columns = st.columns(len(MEANING))
for column, (verdict, meaning) in zip(columns, MEANING.items(), strict=True):
    column.metric(verdict[0].upper() + verdict[1:], counts[verdict])
    column.caption(meaning)
st.caption(
    "Intervals are over held-out elements or variants, the same for all models. What another training seed would "
    "change is not in them: where networks of another seed are scored, both have to say the same; where not, a "
    "difference of two models is not yet one of their losses. The "
    f"{len(every)} intervals are not widened for their number. Bounds of ours, the rule for not seen and that "
    f"for two seeds were set after first results."
)
models.legend(models.of_activity())
wanted = st.pills("Show", list(MEANING), selection_mode="multi", key="findings_verdicts", persist_state="session")
for name, part in parts.items():
    st.subheader(plain(name))
    with st.container(horizontal=True):
        for page in PAGES[name]:
            label = f"The numbers behind them: {page.upper() if page in ACRONYMS else page.capitalize()}"
            st.page_link(f"pages/{page}.py", label=label, icon=":material/arrow_forward:")
    for why in part.left_out:
        st.warning(why[0].upper() + why[1:])
    if not part.findings and not part.left_out:
        st.info(f"Nothing is stored yet. Run: `{table.MEND[name]}`")
    shown = [row(f) for f in part.findings if not wanted or f.verdict in wanted]
    if shown:
        st.table(pd.DataFrame(shown).set_index("finding"))  # wraps its text, which a data frame cuts off
        st.caption(BOUNDS[name])
    elif part.findings:
        st.caption("None with this verdict.")
if every:
    downloads.table("Table (CSV)", pd.DataFrame(table.rows(every)), "cislens-published-findings.csv")
