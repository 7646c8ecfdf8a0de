"""The Motifs page's figures show the numbers they are given."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from engine.plots import motifs as plot
from engine.statistics import Metric


def spread(name: str, values: list[float]) -> dict[str, list[float]]:
    return {name: values, f"{name}_low": [v - 0.1 for v in values], f"{name}_high": [v + 0.2 for v in values]}


def test_association_shows_intervals_and_the_published_where_there_is_one():
    table = pd.DataFrame(
        {"motif": ["A", "B"], **spread("spearman", [0.1, 0.4]), **spread("partial", [0.0, 0.2]),
         **spread("delta", [0.5, -0.5]), "spearman_published": [np.nan, 0.3], "delta_published": [0.6, np.nan]}
    )  # fmt: skip
    figure = plot.association(table, "K562")
    ours = next(t for t in figure.data if t.name == "count and activity")
    assert list(ours.y) == ["A", "B"] and list(ours.x) == [0.1, 0.4]
    assert ours.error_x.arrayminus == pytest.approx([0.1, 0.1]) and ours.error_x.array == pytest.approx([0.2, 0.2])
    published = [(list(t.x), list(t.y)) for t in figure.data if t.name == plot.PUBLISHED]
    assert published == [([0.3], ["B"]), ([0.6], ["A"])]


def test_a_heat_map_leaves_unknown_cells_empty():
    rows = [("one", "A", 0.25, 0.2, 0.3), ("one", "B", -0.5, -0.6, -0.4), ("study", "A", 0.4, np.nan, np.nan)]
    table = pd.DataFrame(rows, columns=["model", "motif", "value", "low", "high"])
    heat, numbers = plot.probe_map(table, ["one", "study"], ["A", "B"], "").data
    assert list(heat.y) == ["study", "one"]  # the first model on top
    assert list(numbers.text) == ["0.40", "", "0.25", "-0.50"]
    assert heat.customdata[0][0] == "0.400" and heat.customdata[1][1] == "-0.500 [-0.600, -0.400]"
    assert (heat.zmin, heat.zmax) == (-0.5, 0.5)


def test_cell_types_share_a_row_under_one_another_and_the_first_leads():
    rows = [("K562", "A", 0.1), ("K562", "B", 0.5), ("HepG2", "A", 0.4), ("HepG2", "B", -0.2)]
    table = pd.DataFrame(rows, columns=["cell", "motif", "motif only"])
    table = table.assign(**spread("motif only", list(table["motif only"])))
    figure = plot.side_by_side(table, {"K562": "K562 (one)", "HepG2": "HepG2 (other)"}, "", "s.d.")
    drawn = {t.name: dict(zip(t.y, t.x, strict=True)) for t in figure.data}
    assert drawn == {"K562 (one)": {"A": 0.1, "B": 0.5}, "HepG2 (other)": {"A": 0.4, "B": -0.2}}
    assert figure.layout.yaxis.categoryarray == ("A", "B")  # the last one is on top: K562 0.7 above HepG2
    assert [t.offsetgroup for t in figure.data] == ["HepG2", "K562"]  # plotly puts the last one highest in the row
    assert figure.layout.scattermode == "group"
    assert all(list(t.error_x.arrayminus) == pytest.approx([0.1, 0.1]) for t in figure.data)


def test_pairs_say_where_the_interval_holds_zero():
    clear, open_ = (Metric(0.2, 0.1, 0.3, 5),), (Metric(0.05, -0.1, 0.2, 5),)
    interactions = {("A", "A"): open_, ("A", "B"): clear, ("B", "A"): open_, ("B", "B"): open_}
    heat, numbers = plot.pairs(interactions, 0, "").data
    assert list(heat.y) == ["B", "A"]
    assert list(numbers.text) == ["+0.050 (0?)", "+0.050 (0?)", "+0.050 (0?)", "+0.200"]


def test_curves_draw_the_chosen_output_with_its_band():
    line = SimpleNamespace(
        name="x", x=(1, 2), effects=[(Metric(0, 0, 0, 3), Metric(v, v - 1, v + 1, 3)) for v in (1, 2)]
    )
    band, drawn = plot.curves([line], 1, "", "", "").data
    assert list(drawn.y) == [1, 2] and list(band.y) == [2, 3, 1, 0]
