"""Models side by side: one scale, one axis, differences that are differences."""

import numpy as np
import plotly.graph_objects as go
import pytest

from engine.evaluation import comparison
from engine.plots import side_by_side as plot
from engine.plots.parts import theme
from engine.results import Track
from engine.statistics import VERDICTS, verdict

BASES = "ACGTTGCANGAT" * 2
OUTPUTS = ("K562", "HepG2")
NAN = float("nan")


def track(kind: str, model: str, scale: float = 1.0, seed: int = 0, bases: str = BASES, **more) -> Track:
    """A track of random numbers; 0 at the reference base, as mutagenesis has it."""
    values = scale * np.random.default_rng(seed).normal(size=(2, len(bases), 4)).astype(np.float32)
    for i, base in enumerate(bases):
        if base in "ACGT":
            there = "ACGT".index(base)
            if kind == "ism":
                values[:, i, there] = 0
            else:  # gradient times input has nothing elsewhere
                values[:, i, np.arange(4) != there] = 0
    return Track(kind, model, OUTPUTS, bases, values, np.zeros(2, np.float32), **more)


@pytest.fixture(params=["ig", "ism"])
def three(request) -> list[Track]:
    """Tracks of very different height."""
    return [track(request.param, name, s, i) for i, (name, s) in enumerate([("small", 0.1), ("big", 5), ("mid", 1)])]


def letters(figure: go.Figure, row: int) -> list[go.Scatter]:
    axis = "y" if row == 1 else f"y{row}"
    return [t for t in figure.data if t.fill == "toself" and t.yaxis == axis]


def tops(figure: go.Figure, row: int) -> dict[int, float]:
    """The end of the letter at each position."""
    found: dict[int, float] = {}
    for t in letters(figure, row):
        for x, y in zip(t.x, t.y, strict=True):
            if not np.isnan(x) and abs(y) >= abs(found.get(round(x), 0.0)):
                found[round(x)] = y
    return found


# --- logos ------------------------------------------------------------------------------------------


def test_the_logos_share_one_y_range_that_holds_the_tallest(three):
    figure = plot.logos(three, "HepG2")
    ranges = {tuple(a.range) for a in figure.select_yaxes()}
    assert len(list(figure.select_yaxes())) == 3 and len(ranges) == 1
    (low, high) = ranges.pop()
    heights = np.concatenate([t.per_position("HepG2") for t in three])
    assert low < min(heights.min(), 0) and high > max(heights.max(), 0)
    assert high - low < 1.2 * np.ptp(heights)


def test_the_logos_share_one_position_axis(three):
    figure = plot.logos(three, "K562", first_position=1001, axis_name="chr1 position (bp, 1-based)")
    axes = list(figure.select_xaxes())
    assert len(axes) == 3
    assert {tuple(a.range) for a in axes} == {(1000.5, 1000.5 + len(BASES))} and {a.tickformat for a in axes} == {"d"}
    leader = [a for a in axes if a.matches is None]
    assert len(leader) == 1 and len({a.matches for a in axes if a.matches}) == 1  # they zoom together
    assert [a.title.text for a in axes if a.title.text] == ["chr1 position (bp, 1-based)"]


def test_every_row_is_the_model_that_its_caption_names(three):
    figure = plot.logos(three, "HepG2", title="both")
    assert figure.layout.title.text == "both"
    assert [a.text for a in figure.layout.annotations] == ["small", "big", "mid"]
    called = plot.logos(three, "HepG2", names={"small": "B1 · squared error", "big": "a <b>"})
    assert [a.text for a in called.layout.annotations] == ["B1 · squared error", "a &lt;b&gt;", "mid"]
    for row, own in enumerate(three, start=1):
        heights = own.per_position("HepG2")
        expected = {i + 1: h for i, h in enumerate(heights) if BASES[i] != "N"}
        assert tops(figure, row) == {x: pytest.approx(float(h), rel=0.05, abs=1e-4) for x, h in expected.items()}
        marks = next(t for t in figure.data if t.mode == "markers" and t.yaxis == ("y" if row == 1 else f"y{row}"))
        np.testing.assert_allclose(marks.y, heights, rtol=1e-6)
        assert "".join(marks.text) == BASES


def test_the_view_decides_stretch_and_scale():
    one = track("ism", "one")
    one.values[:, 2] = 50  # outside the view
    figure = plot.logos([one, track("ism", "two", seed=1)], "K562", view=(4, 10))
    assert {tuple(a.range) for a in figure.select_xaxes()} == {(4.5, 10.5)}
    (low, high) = next(iter(figure.select_yaxes())).range
    seen = np.concatenate([t.per_position("K562")[4:10] for t in (one, track("ism", "two", seed=1))])
    assert high <= max(seen.max(), 0) + 0.1 * np.ptp(seen) and low >= min(seen.min(), 0) - 0.1 * np.ptp(seen)


@pytest.mark.parametrize("standardised", [False, True])
def test_the_unit_stands_at_the_axis_and_at_the_pointer(standardised):
    figure = plot.logos([track("ig", m, standardised=standardised) for m in "ab"], "K562")
    unit = theme.unit(standardised)
    assert [a.title.text for a in figure.select_yaxes() if a.title.text] == [unit]
    assert all(unit in t.hovertemplate for t in figure.data if t.mode == "markers")


def test_the_palette_colours_the_letters():
    figure = plot.logos([track("ig", "a")], "K562", palette="colour-blind safe")
    assert {t.name: t.fillcolor for t in letters(figure, 1)} == theme.base_colours("colour-blind safe")


@pytest.mark.parametrize("value", [0.0, NAN], ids=["flat", "nan"])
@pytest.mark.parametrize("count", [1, 6])
def test_logos_of_nothing_have_an_axis(value, count):
    flat = [track("ig", f"model {i}") for i in range(count)]
    for t in flat:
        t.values[:] = value
    figure = plot.logos(flat, "K562")
    figure.to_json()
    (low, high) = next(iter(figure.select_yaxes())).range
    assert np.isfinite([low, high]).all() and low < high
    assert not [t for t in figure.data if t.fill == "toself"]


def test_a_position_without_a_value_leaves_the_others_as_they_are():
    gap = track("ig", "gap")
    gap.values[:, 5] = NAN
    figure = plot.logos([gap, track("ig", "whole")], "K562")
    figure.to_json()
    assert np.isfinite(next(iter(figure.select_yaxes())).range).all()
    assert set(tops(figure, 2)) - set(tops(figure, 1)) == {6}


# --- the difference of two maps ---------------------------------------------------------------------


@pytest.mark.parametrize("output", OUTPUTS)
def test_the_difference_is_that_of_the_tracks(output):
    first, second = track("ism", "first", seed=1), track("ism", "second", seed=2)
    figure = plot.difference_map(first, second, output, first_position=501, axis_name="chr2 position")
    heat, own = figure.data
    dots = {(x - 501, y) for x, y in zip(own.x, own.y, strict=True)}
    assert dots == {(i, base) for i, base in enumerate(BASES) if base != "N"}
    assert list(heat.y) == list("ACGT") and list(heat.x) == list(range(501, 501 + len(BASES)))
    np.testing.assert_array_equal(np.array(heat.z).T, first.output(output) - second.output(output))
    told = np.array(heat.customdata)
    np.testing.assert_array_equal(told[..., 0].T, first.output(output))
    np.testing.assert_array_equal(told[..., 1].T, second.output(output))
    assert figure.layout.title.text == "first minus second: in-silico mutagenesis"
    assert figure.layout.xaxis.title.text == "chr2 position" and figure.layout.yaxis.title.text == "new base"
    assert heat.colorbar.title.text == theme.UNIT


def test_the_colours_of_the_difference_have_zero_in_their_middle_and_reach_what_is_seen():
    first, second = track("ism", "first", seed=1), track("ism", "second", seed=2)
    first.values[:, 0] += 40
    whole, part = (plot.difference_map(first, second, "K562", view=v) for v in (None, (6, 16)))
    apart = np.abs(first.output("K562") - second.output("K562"))
    assert whole.data[0].zmax == -whole.data[0].zmin == pytest.approx(apart.max())
    assert part.data[0].zmax == -part.data[0].zmin == pytest.approx(apart[6:16].max())
    assert tuple(part.layout.xaxis.range) == (6.5, 16.5)
    assert tuple(whole.layout.xaxis.range) == (0.5, len(BASES) + 0.5)


def test_a_standardised_difference_says_so():
    figure = plot.difference_map(*(track("ism", m, standardised=True) for m in "ab"), "K562")
    assert figure.data[0].colorbar.title.text == theme.STANDARDISED_UNIT
    assert theme.STANDARDISED_UNIT in figure.data[0].hovertemplate


@pytest.mark.parametrize("value", [0.0, NAN], ids=["alike", "nan"])
def test_a_difference_of_nothing_is_drawn(value):
    first, second = track("ism", "first"), track("ism", "second")
    second.values[:] = first.values + value
    figure = plot.difference_map(first, second, "K562")
    figure.to_json()
    assert (figure.data[0].zmin, figure.data[0].zmax) == (-1, 1)


# --- on the held-out elements -----------------------------------------------------------------------


def test_integrated_gradients_differ_by_one_bar_a_position():
    first, second = track("ig", "first", seed=1), track("ig", "second", seed=2)
    (bars,) = plot.difference_map(first, second, "K562").data
    np.testing.assert_allclose(bars.y, first.per_position("K562") - second.per_position("K562"))


def test_elements_that_are_selected_light_up_in_every_panel():
    measured, rows = np.array([0.0, -2.0, 3.0]), np.array([40, 7, 12])
    predicted = {"one": measured / 2, "two": -measured}
    notes, colours = dict.fromkeys(predicted, "note"), {"one": "#123456", "two": "#654321"}
    elements = plot.Elements(rows, np.array(["a", "b", "c<"]), frozenset({12, 99}))
    figure = plot.against_measured(predicted, measured, colours, notes, "t", elements)
    dots = [t for t in figure.data if t.mode == "markers"]
    assert len(dots) == 2 and all(list(t.selectedpoints) == [2] for t in dots)
    assert [[int(v[0]) for v in t.customdata] for t in dots] == [[40, 7, 12]] * 2
    assert list(dots[0].text) == ["a", "b", "c&lt;"] and dots[0].hovertemplate.startswith("%{text}")
    nobody = plot.against_measured(predicted, measured, colours, notes, "t", plot.Elements(rows, elements.names))
    assert all(t.selectedpoints is None for t in nobody.data)


def test_elements_in_dispute_stand_with_the_first_on_top():
    values = np.array([[0.5, -2.0, 2.0], [NAN, 1.0, 0.0]])
    heat, numbers, strokes, *_ = plot.disagreement(["first", "second"], values, ["one", "two"], "t").data
    assert list(heat.y) == ["second", "first"] and list(heat.x) == ["measured", "one", "two"]
    assert (heat.zmin, heat.zmax) == (-2, 2)
    written = {(x, y): t for x, y, t in zip(numbers.x, numbers.y, numbers.text, strict=True)}
    assert written["one", "first"] == "-2.00" and written["measured", "second"] == ""
    assert list(zip(strokes.x, strokes.y, strict=True)) == [("measured", "second")]  # not measured


# --- gains ------------------------------------------------------------------------------------------


def gain(start: float, value: float, low: float, high: float, n: int = 50) -> dict:
    return {
        "from": start,
        "to": start + 0.5,
        "value": value,
        "low": low,
        "high": high,
        "n": n,
        "verdict": verdict(low, high),
    }


def test_a_bar_has_the_colour_of_its_verdict_and_its_interval():
    records = [gain(-1, 0.2, 0.1, 0.4), gain(-0.5, -0.3, -0.5, -0.1), gain(0, 0.05, -0.1, 0.2)]
    figure = plot.gains(records, "ranker", "baseline")
    (bars,) = figure.data
    assert list(bars.y) == [0.2, -0.3, 0.05]
    assert list(bars.marker.color) == [theme.VERDICT_COLOURS[v] for v in VERDICTS]
    assert list(bars.error_y.array) == pytest.approx([0.2, 0.2, 0.15])
    assert list(bars.error_y.arrayminus) == pytest.approx([0.1, 0.2, 0.15])
    assert list(bars.x) == ["-1.00 to -0.50", "-0.50 to 0.00", "0.00 to 0.50"]
    assert [c[0] for c in bars.customdata] == list(VERDICTS) and bars.customdata[0][1] == 50
    assert figure.layout.title.text == "ranker"
    assert "baseline" in figure.layout.yaxis.title.text and theme.UNIT in figure.layout.xaxis.title.text


def test_gains_are_those_that_the_comparison_computes():
    rng = np.random.default_rng(0)
    measured = rng.normal(size=400)
    near, far = measured + 0.1 * rng.normal(size=400), measured + rng.normal(size=400)
    records = comparison.error_by_activity(near, far, measured, resamples=100)
    (bars,) = plot.gains(records, "near", "far").data
    assert len(bars.y) == 10 and min(bars.y) > 0
    assert set(bars.marker.color) == {theme.VERDICT_COLOURS["better"]}
    assert len(set(bars.x)) == 10


@pytest.mark.parametrize("records", [[], [gain(0, NAN, NAN, NAN, 0)], [gain(0, 0.1, 0.05, 0.2)]],
                         ids=["empty", "nan", "one"])  # fmt: skip
def test_gains_survive_little(records):
    figure = plot.gains(records, "a", "b")
    figure.to_json()
    assert len(figure.data[0].y) == len(records)
