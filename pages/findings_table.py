"""A table of the study's findings with their verdicts, as two pages show it."""

import pandas as pd
import streamlit as st

from engine.interpretation.motif_findings import Finding

RULE = (
    "Each finding is put as one number with its interval. *Holds*: the whole interval says so. *Does not hold*: the "
    "whole interval says otherwise. *Not seen*: the interval holds 0 and ends below half of the published figure."
)


def show(found: list[Finding], name: str, remark: str) -> None:
    """The table, what its intervals say and do not say, and the file of it, `cislens-<name>.csv`."""
    table = pd.DataFrame(
        [
            {
                "finding": f.number,
                "statement": f.statement,
                "ours": f"{f.ours.value:+.3f} [{f.ours.low:+.3f}, {f.ours.high:+.3f}]",
                "n": f.ours.n,
                "published": "" if f.published is None else f"{f.published:+.3f}",
                "verdict": f.verdict,
            }
            for f in found
        ]
    )
    st.table(table.set_index("finding"))  # wraps its text, which a data frame cuts off
    st.caption(
        "Intervals are over held-out elements, the same for all networks. Where no second seed is named, one training "
        "seed a network is looked at, so a difference of two networks is not yet one of their losses. The "
        f"{len(found)} intervals are not widened for their number. {remark}"
    )
    st.download_button(
        "CSV", table.to_csv(index=False), f"cislens-{name}.csv", "text/csv", icon=":material/download:",
        key=f"csv-{name}", on_click="ignore",
    )  # fmt: skip
