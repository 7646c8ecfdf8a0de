"""Figures of representations: every element keeps its number, scales are what they say, marks stand where told."""

import numpy as np
import pandas as pd
import pytest

from engine.plots import representations as plot
from engine.plots.parts.legend import Legend


def drawn(figure) -> dict[int, tuple]:
    """Number of each element -> its place."""
    return {
        int(n): (x, y) for t in figure.data for n, x, y in zip(t.customdata, t.x, t.y, strict=True)
    }  # fmt: skip


@pytest.mark.parametrize("values", [np.array([1.0, np.nan, -3.0]), np.array(["a", "b", "a"])])
def test_every_element_is_drawn_once_under_its_number(values):
    x, y = np.array([1.0, 2, 3]), np.array([4.0, 5, 6])
    figure = plot.points(np.column_stack([x, y]), values, np.array(["p", "q", "r"]), title="t", note="n", name="v")
    assert drawn(figure) == {0: (1, 4), 1: (2, 5), 2: (3, 6)}


@pytest.mark.parametrize("values", [np.array([1.0, np.nan, -3.0]), np.array(["a", "b", "a"])])
def test_an_element_that_is_not_on_the_map_is_not_drawn_and_the_others_keep_their_numbers(values):
    x = np.array([np.nan, 2, 3])
    figure = plot.points(
        np.column_stack([x, x]), values, np.array(["p", "q", "r"]), title="t", note="n", name="v", faint="b"
    )
    assert drawn(figure) == {1: (2, 2), 2: (3, 3)}
    if values.dtype.kind == "U":
        assert figure.data[0].name == "b" and figure.data[0].marker.color == plot.theme.MISSING  # behind the others


def test_scales_leave_out_the_extremes_and_lie_around_nought_when_asked():
    values = np.append(np.arange(101.0), [np.nan])
    assert plot.scale_limits(values) == (1, 99)
    assert plot.scale_limits(-values, centred=True) == (-99, 99)
    assert plot.scale_limits(np.array([np.nan])) == (0, 1)


def test_similarity_reads_from_the_top_and_carries_its_interval():
    value = np.array([[1, 0.4], [0.4, 1]])
    chart, numbers = plot.similarity(["a", "b"], value, value - 0.1, value + 0.1, "t").data
    assert list(numbers.text) == ["0.40", "1.00", "1.00", "0.40"]
    assert chart.y[-1] == "a" and chart.z[1, 1] == 0.4
    assert chart.customdata[1, 1] == pytest.approx([0.3, 0.5])


def test_published_figures_are_hollow_and_only_where_there_are_some():
    table = pd.DataFrame(
        {"model": ["a", "b"], "value": [0.9, 0.2], "low": [0.8, 0.1], "high": [0.95, 0.4], "n": [9, 9],
         "published": [0.7, None]}
    )  # fmt: skip
    legend = Legend({"a": "R1 · <ranker>"}, ["a", "b"])
    ours, published = plot.probed(table, legend, "t", "x", 0.5).data
    assert list(ours.y) == ["b", "R1 · &lt;ranker&gt;"] and ours.error_x.array == pytest.approx([0.2, 0.05])
    assert list(published.y) == ["R1 · &lt;ranker&gt;"] and published.marker.symbol == "diamond-open"
    assert len(plot.probed(table.assign(published=np.nan), legend, "t", "x").data) == 1


def test_selected_elements_light_up_whatever_their_kind():
    places = np.array([[0.0, 0], [1, 1], [2, 2], [3, 3]])
    kinds = np.array(["peak", "other", "peak", "other"])
    drawn = {"title": "t", "note": "", "name": "kind"}
    figure = plot.lit(plot.points(places, kinds, np.array(list("abcd")), **drawn), frozenset({1, 2}))
    lit = {t.name: [int(t.customdata[i]) for i in t.selectedpoints] for t in figure.data}
    assert lit == {"peak": [2], "other": [1]}
    nobody = plot.lit(plot.points(places, kinds, np.array(list("abcd")), **drawn), frozenset())
    assert all(t.selectedpoints is None for t in nobody.data)


def test_codes_stand_below_the_map_and_whole_labels_where_there_is_no_code():
    value = np.eye(3)
    labels = ["B1 · squared error", "LegNet · one", "LegNet · two"]
    chart = plot.similarity(labels, value, value, value, "t").data[0]
    assert list(chart.x) == ["B1", "LegNet · one", "LegNet · two"] and list(chart.y) == labels[::-1]
