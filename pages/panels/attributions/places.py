"""Where in an element the attribution lies."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from engine import sheets
from engine.data import published
from engine.experiments import labels
from engine.interpretation.attribution import maps, statistics
from engine.plots import attributions as plot
from engine.plots.parts import theme
from pages.panels.attributions.choices import Chosen
from pages.shared import downloads
from pages.shared.models import in_figures
from pages.shared.show import interval

HALVES = {"all": np.ones_like, "high": np.copy, "low": np.logical_not}  # of the panel's mask of high activity


def show(panel: dict[str, maps.Maps], chosen: Chosen) -> None:
    """Where along the element the attribution lies, and how large it is."""
    half = st.segmented_control(
        "Elements", list(HALVES), default="all", required=True, key="attributions_half",
        help="High and low: from the upper and the lower quarter of measured activity, mean of K562 and HepG2.",
    )  # fmt: skip
    wanted = HALVES[half](next(iter(panel.values())).high)
    everything = {n: panel[n].profile(chosen.cell, chosen.method, chosen.baseline) for n in chosen.models}
    profiles = {n: p[wanted] for n, p in everything.items()}
    of_which = f"{wanted.sum()} elements" + ("" if half == "all" else f" of {half} activity")
    legend = in_figures(chosen.models)
    sizes = {n: statistics.position_profile(p) for n, p in profiles.items()}
    title = f"How much each position matters, {chosen.words}, {of_which}"
    st.plotly_chart(plot.profiles(sizes, title, theme.STANDARDISED_UNIT, legend), key="attributions-profiles")
    with st.expander("By base and position"):
        st.caption("Mean size of the attribution where an element has that base; an element with another one counts 0.")
        grid = {n: statistics.by_base(p, panel[n].codes[wanted]) for n, p in profiles.items()}
        st.plotly_chart(plot.by_base(grid, title, "s.d.", legend), key="attributions-bases")
    downloads.button(
        "Position profiles with intervals (CSV)",
        lambda: sheets.of_frame(position_table(profiles)),
        "cislens-attribution-profiles.csv",
    )
    length = next(iter(profiles.values())).shape[1]
    edge = statistics.EDGE / length
    shares = {n: {p: m.as_dict() for p, m in statistics.focus(profile).items()} for n, profile in profiles.items()}
    even = {"5' edge": edge, "centre": 1 - 2 * edge, "3' edge": edge}
    title = f"Share of the attribution in {statistics.EDGE} bases at either edge, and in the centre, {of_which}"
    st.plotly_chart(plot.focus(shares, even, title, legend), key="attributions-focus")
    with st.expander("In numbers, beside the study's"):
        _table(panel, chosen, everything, wanted, of_which)


def _table(
    panel: dict[str, maps.Maps],
    chosen: Chosen,
    everything: dict[str, np.ndarray],
    wanted: np.ndarray,
    of_which: str,
) -> None:
    rows = []
    for name, whole in everything.items():
        profile, maps_of = whole[wanted], panel[name]
        sd = float(maps_of.sd[maps_of.outputs.index(chosen.cell)])
        study = published.ATTRIBUTIONS.get(name)
        both = (maps_of.profile(chosen.cell, m)[wanted] for m in maps.METHODS)
        rows.append(
            {
                "model": labels.short(name),
                "mean |attribution| (s.d.)": interval(statistics.magnitude(profile).as_dict()),
                "mean |attribution| (log2 RNA/DNA)": statistics.magnitude(profile * sd).value,
                "high / low activity": interval(statistics.high_to_low(whole, maps_of.high).as_dict()),
                "IG with ISM": interval(statistics.agreement(*both).as_dict()),
                "published focus": study.focus if study else "",
                "published size": f"~{study.magnitude:g}" if study else "",
            }
        )
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
