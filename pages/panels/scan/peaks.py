"""The peaks of a scan: a list of the highest windows, each one click from the Explorer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from engine.experiments import labels
from engine.experiments.checkpoints import Checkpoint
from engine.genome import scan
from engine.plots.parts.axis import first_position
from engine.results import Profile
from engine.sequence import Region
from pages.shared import downloads, glossary, show, state, work
from pages.shared.plain import plain

LISTED = 10


@dataclass(frozen=True)
class Peaks:
    """The highest windows of one profile in one cell type, as rows of the profile, the highest first."""

    profile: Profile
    output: str
    rows: list[int]


def choose(profiles: list[Profile], outputs: list[str], view: tuple[int, int]) -> Peaks:
    """The peaks of the model and cell type that the user chooses among those that are drawn."""
    usual = state.TRACK_OUTPUT.get()
    output = st.selectbox(
        "Peaks in",
        outputs,
        index=outputs.index(usual) if usual in outputs else 0,
        key=f"scan_peaks-{'-'.join(outputs)}",
        persist_state="session",
    )
    able = [p for p in profiles if output in p.outputs]
    profile = able[0]
    if len(able) > 1:
        profile = st.selectbox("of", able, format_func=lambda p: labels.label(p.model), key="scan_peaks_model")
    return Peaks(profile, output, scan.peaks(profile, output, LISTED, view))


def show_list(peaks: Peaks, models: list[Checkpoint], name: str) -> tuple[int, int] | None:
    """The table; returns the window that is to be opened, as 0-based start and end in the sequence."""
    profile, output = peaks.profile, peaks.output
    starts = profile.starts[peaks.rows]
    values = profile.values[peaks.rows]
    first = first_position(profile.region)
    standing = next((work.standing(c) for c in models if c.name == profile.model), None)
    table = pd.DataFrame({"peak": np.arange(1, len(starts) + 1), "from": starts + first})
    table["to"] = table["from"] + profile.window - 1
    order = [output, *(o for o in profile.outputs if o != output)]
    for o in order:
        table[o] = values[:, profile.outputs.index(o)]
    if standing:
        table["percentile"] = [standing.percentile(output, float(v)) for v in table[output]]
    config = {o: st.column_config.NumberColumn(format="%.2f", help=glossary.explained("log2 RNA/DNA")) for o in order}
    config["percentile"] = st.column_config.NumberColumn(
        f"percentile in {output}", format="%.0f", help=glossary.explained("percentile")
    )
    config |= {c: st.column_config.NumberColumn(format="localized") for c in ("from", "to")}
    picked = show.pick_row(table, f"scan-peaks-{state.VERSION.get()}-{output}-{profile.model}", config)
    st.caption(
        f"Peaks of the prediction in {plain(output)}, the highest first. No window that overlaps a peak is higher. "
        "Select a row to open it."
    )
    with st.container(horizontal=True):
        downloads.table("Peaks (CSV)", table, f"{name}.peaks.csv".replace(":", "_"), float_format="%.6g")
        if picked is not None:
            start = int(starts[picked])
            show.open_in_ucsc(_place(profile, start))
            if st.button("Open in the Explorer", icon=":material/edit:", type="primary"):
                return start, start + profile.window
    return None


def _place(profile: Profile, start: int) -> Region | None:
    return profile.region.part(start, start + profile.window) if profile.region else None
