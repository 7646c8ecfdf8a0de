"""One part of the published findings: a figure of all its statements, and the numbers behind it."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd
import streamlit as st

from engine.experiments import labels
from engine.plots import findings as plot
from engine.replication import table
from engine.replication.finding import OURS, Finding
from engine.replication.support import support
from engine.statistics import Metric, in_words
from pages.panels.published_findings import words
from pages.shared.plain import plain
from pages.shared.show import image_config


def show(name: str, part: table.Part, wanted: Collection[str], ours: bool) -> None:
    """The statements of a part, as a figure and as a table.

    Args:
        wanted: verdicts; nothing: all of them.
        ours: with the questions that the study does not ask.
    """
    for why in part.left_out:
        st.warning(plain(why[0].upper() + why[1:]))
    if not part.findings and not part.left_out:
        st.info(f"Nothing is stored yet. Run: `{table.MEND[name]}`")
    if not part.findings:
        return
    shown = [f for f in part.findings if (not wanted or f.verdict in wanted) and (ours or f.number != OURS)]
    shown.sort(key=lambda f: list(words.MEANING).index(f.verdict))  # by verdict, and within one as the study has them
    if not shown:
        st.caption("No statement of this part has this verdict.")
        return
    st.plotly_chart(
        plot.forest([_row(f) for f in shown], f"{name}: {len(shown)} of {len(part.findings)} statements"),
        config=image_config("cislens-published-findings", "svg"),
        key="findings-forest",
    )
    with st.expander(f"The same in numbers: {len(shown)} statements", icon=":material/table:"):
        # wraps its text, which a data frame cuts off
        st.table(pd.DataFrame([_in_numbers(f) for f in shown]).set_index("finding"))
    st.caption(words.BOUNDS[name])
    with st.container(horizontal=True):
        for page in words.PAGES[name]:
            title = page.upper() if page in words.ACRONYMS else page.capitalize()
            st.page_link(f"pages/{page}.py", label=f"See the numbers: {plain(title)}", icon=":material/arrow_forward:")


def _row(finding: Finding) -> plot.Row:
    place = support(finding)
    statement = labels.in_text(finding.statement)
    number = "our question" if finding.number == OURS else finding.number
    told = [statement, f"ours {_in_brackets(finding.ours)}, n = {finding.ours.n:,}"]
    if finding.again:
        told.append(f"another seed {_in_brackets(finding.again)}")
    if finding.published is not None:
        told.append(f"published {finding.published:+.3f}")
    return plot.Row(
        f"{number}. {statement}", finding.verdict, place.ours, place.again, place.published, "<br>".join(told)
    )


def _in_numbers(finding: Finding) -> dict:
    return {
        "finding": finding.number,
        "statement": labels.in_text(finding.statement),
        "verdict": finding.verdict,
        "ours": _in_brackets(finding.ours),
        "other seed": _in_brackets(finding.again),
        "published": "" if finding.published is None else f"{finding.published:+.3f}",
        "n": f"{finding.ours.n:,}",
    }


def _in_brackets(metric: Metric | None) -> str:
    return "" if metric is None else in_words(metric.value, metric.low, metric.high, signed=True)
