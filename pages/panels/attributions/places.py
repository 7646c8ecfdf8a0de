"""Where in an element the attribution lies."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from engine import sheets
from engine.data import published
from engine.interpretation.attribution import maps, statistics
from engine.plots import attributions as plot
from engine.plots.parts import theme
from pages.shared import downloads
from pages.shared.models import all_models
from pages.shared.show import interval

HALVES = {"all": np.ones_like, "high": np.copy, "low": np.logical_not}  # of the panel's mask of high activity


def show(panel: dict[str, maps.Maps], output: str, names: list[str], method: str, baseline: str) -> None:
    """Where along the element the attribution lies, and how large it is."""
    st.subheader("Where along the element?")
    half = st.segmented_control(
        "Elements", list(HALVES), default="all", required=True, key="attributions_half",
        help="High and low: from the upper and the lower quarter of measured activity, mean of K562 and HepG2.",
    )  # fmt: skip
    wanted = HALVES[half](next(iter(panel.values())).high)
    profiles = {n: panel[n].profile(output, method, baseline) for n in names}
    everything, profiles = profiles, {n: p[wanted] for n, p in profiles.items()}
    of_which = f"{wanted.sum()} elements" + ("" if half == "all" else f" of {half} activity")
    colours = {n: theme.model_colour(n, all_models()) for n in names}
    sizes = {n: statistics.position_profile(p) for n, p in profiles.items()}
    title = f"Positional sensitivity, {method.upper()}, {output}, {of_which}"
    st.plotly_chart(plot.profiles(sizes, colours, title, theme.STANDARDISED_UNIT), key="attributions-profiles")
    with st.expander("By base and position"):
        st.caption("Mean size of the attribution where an element has that base; an element with another one counts 0.")
        grid = {n: statistics.by_base(p, panel[n].codes[wanted]) for n, p in profiles.items()}
        st.plotly_chart(plot.by_base(grid, title, "s.d."), key="attributions-bases")
    downloads.button(
        "Position profiles with intervals (CSV)",
        lambda: sheets.of_frame(position_table(profiles)),
        "cislens-attribution-profiles.csv",
    )
    length = next(iter(profiles.values())).shape[1]
    edge = statistics.EDGE / length
    shares = {n: {p: m.as_dict() for p, m in statistics.focus(profile).items()} for n, profile in profiles.items()}
    even = {"5' edge": edge, "centre": 1 - 2 * edge, "3' edge": edge}
    title = f"Attribution focus: {statistics.EDGE} bases at either edge, and the centre, {of_which}"
    st.plotly_chart(plot.focus(shares, even, title), key="attributions-focus")
    rows = []
    for name, profile in profiles.items():
        sd = float(panel[name].sd[panel[name].outputs.index(output)])
        published_share = published.ATTRIBUTIONS.get(name)
        rows.append(
            {
                "model": name,
                "mean |attribution| (s.d.)": interval(statistics.magnitude(profile).as_dict()),
                "mean |attribution| (log2 RNA/DNA)": statistics.magnitude(profile * sd).value,
                "high / low activity": interval(
                    statistics.high_to_low(everything[name], panel[name].high).as_dict()
                ),
                "IG with ISM": interval(
                    statistics.agreement(*(panel[name].profile(output, m)[wanted] for m in maps.METHODS)).as_dict()
                ),
                "published focus": published_share.focus if published_share else None,
                "published size": f"~{published_share.magnitude:g}" if published_share else None,
            }
        )  # fmt: skip
    table = pd.DataFrame(rows)
    st.dataframe(
        table,
        hide_index=True,
        column_config={"mean |attribution| (log2 RNA/DNA)": st.column_config.NumberColumn(format="%.4f")},
    )
    st.caption(
        f"95% bootstrap intervals over {of_which}; high / low compares the two halves of the panel. Published: "
        f"{published.ATTRIBUTION_SOURCE}; Integrated Gradients over 230 bases with adapters, in the scale of each "
        "model's own output. Ours: 200 bases, outputs calibrated to log2 RNA/DNA."
    )
    downloads.table("Table (CSV)", table, "cislens-attributions.csv")


def position_table(profiles: dict[str, np.ndarray]) -> pd.DataFrame:
    """Mean size of the attribution at each position (1-based) with its interval, model by model."""
    tables = []
    for name, profile in profiles.items():
        low, high = statistics.position_intervals(profile)
        columns = {"model": name, "position": np.arange(profile.shape[1]) + 1, "n": len(profile)}
        tables.append(
            pd.DataFrame(
                columns | {"mean |attribution|": statistics.position_profile(profile), "low": low, "high": high}
            )
        )
    return pd.concat(tables)
