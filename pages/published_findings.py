"""Published findings: each statement of the rank-order study, decided by our models and data."""

import pandas as pd
import streamlit as st

from engine.data import sources
from engine.data.library import Library
from engine.errors import DataError
from engine.replication import table
from pages.panels.published_findings import words
from pages.panels.published_findings.part import show
from pages.shared import downloads, header, models, navigation
from pages.shared import library as held_out


def library() -> Library:
    """The library; without the data files an error that says which part of the page needs them."""
    if not sources.available(*downloads.LENTIMPRA_FILES):
        raise DataError("findings about representations need the lentiMPRA files: load them above")
    return held_out.joint()


navigation.inside_app("pages/published_findings.py")
header.show("pages/published_findings.py")
downloads.offer_download(downloads.LENTIMPRA_FILES, "Findings about representations")
parts = table.read(library)
every = [finding for part in parts.values() for finding in part.findings]
words.answer(every)

with st.container(horizontal=True, vertical_alignment="bottom"):
    name = st.segmented_control(
        "About", list(parts), default=table.SCORES, required=True, key="findings_part", persist_state="session",
        format_func=lambda n: words.SHORT[n],
    )  # fmt: skip
    wanted = st.pills(
        "Verdict", list(words.MEANING), selection_mode="multi", key="findings_verdicts", persist_state="session"
    )
    ours = st.toggle(
        "Our own questions too", key="findings_ours", persist_state="session",
        help="What the study did not ask, but what its statements need to be read rightly.",
    )  # fmt: skip
    models.legend(models.of_activity())
show(name, parts[name], wanted, ours)
words.how_it_is_decided()
if every:
    downloads.table("All findings (CSV)", pd.DataFrame(table.rows(every)), "cislens-published-findings.csv")
