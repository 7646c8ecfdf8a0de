"""The DISENTANGLE page's figures: the values of hand-made rows at the places where they belong."""

from dataclasses import replace

import numpy as np
import pytest

from engine.disentangle.front import pareto
from engine.disentangle.results import Score
from engine.plots import disentangle as plot
from engine.plots import disentangle_analyses as analyses
from engine.plots.disentangle import Order, Panel
from engine.plots.parts.rows import Frame
from engine.results import Track
from engine.statistics import VERDICTS, Metric

ORDER = Order(("bilstm", "cnn"), ("baseline_mse", "ranking_only", "full_disentangle"))
PANEL = Panel("tier 1/K562/spearman", "Tier 1", "Spearman")


def score(encoder, recipe, value, measure=PANEL.measure, seed=None, against="", half=0.1) -> Score:
    return Score("cells", encoder, recipe, seed, measure, Metric(value, value - half, value + half, 12), against)


def points(figure, **wanted):
    """(panel, x, y) of the marks whose trace has these attributes."""
    return [
        (t.xaxis, x, y)
        for t in figure.data
        if t.mode == "markers" and all(getattr(t, k) == v for k, v in wanted.items())
        for x, y in zip(t.x, t.y, strict=True)
    ]


def test_every_network_has_its_value_in_the_panel_of_its_encoder():
    rows = [score("bilstm", "ranking_only", 0.5), score("cnn", "full_disentangle", 0.7)]
    shown = plot.grid(rows, [PANEL], ORDER, "title")
    assert points(shown) == [("x", 0.5, "ranking_only"), ("x2", 0.7, "full_disentangle")]
    assert list(shown.layout.yaxis.categoryarray) == ["full_disentangle", "ranking_only"]
    first = shown.data[0]
    assert (first.error_x.array[0], first.error_x.arrayminus[0]) == pytest.approx((0.1, 0.1))
    assert first.marker.color == ORDER.colour("ranking_only") != shown.data[1].marker.color


def test_a_mean_is_large_and_its_seeds_are_small():
    rows = [score("cnn", "ranking_only", v, seed=s) for v, s in ((0.5, None), (0.4, 42), (0.6, 123))]
    shown = plot.grid(rows, [PANEL], ORDER, "title")
    assert points(shown, name=plot.SEED) == [("x", 0.4, "ranking_only"), ("x", 0.6, "ranking_only")]
    large = [t for t in shown.data if t.name != plot.SEED]
    assert [t.x[0] for t in large] == [0.5] and large[0].marker.size > 5


def test_two_measures_are_two_rows_each_with_its_own_axis():
    other = Panel("ratio", "Ratio", "times", logarithmic=True)
    rows = [score("cnn", "ranking_only", 0.5), score("cnn", "ranking_only", 10.0, "ratio", half=1.0)]
    shown = plot.grid(rows, [PANEL, other], ORDER, "title")
    assert points(shown) == [("x", 0.5, "ranking_only"), ("x2", 10.0, "ranking_only")]
    assert (shown.layout.xaxis.title.text, shown.layout.xaxis2.title.text) == ("Spearman", "times")
    assert shown.layout.xaxis2.type == "log" and shown.layout.xaxis2.range[1] < 2  # a power of ten


def test_a_simple_baseline_is_a_line_in_every_panel_of_its_measure():
    rows = [score("bilstm", "ranking_only", 0.5), score("cnn", "ranking_only", 0.7)]
    lines = [score("", "GC ridge", 0.2), score("", "GC ridge", 0.9, measure="other")]
    shown = plot.grid(rows, [PANEL], ORDER, "title", lines=lines)
    drawn = [(t.xaxis, *t.x) for t in shown.data if t.mode == "lines"]
    assert drawn == [("x", 0.2, 0.2), ("x2", 0.2, 0.2)]
    assert [t.showlegend for t in shown.data if t.name == "GC ridge"] == [True, False]
    assert shown.layout.xaxis.range[0] < 0.2 and shown.layout.xaxis.range == shown.layout.xaxis2.range


def test_published_figures_are_open_and_in_view():
    published = {(PANEL.measure, "cnn", "ranking_only"): 0.1, (PANEL.measure, "cnn", "unknown"): 5.0}
    shown = plot.grid([score("cnn", "ranking_only", 0.7)], [PANEL], ORDER, "title", published=published)
    assert points(shown, name=plot.PUBLISHED) == [("x", 0.1, "ranking_only")]
    assert shown.layout.xaxis.range[0] < 0.1 and shown.layout.xaxis.range[1] < 1


def test_differences_are_named_by_what_their_intervals_allow_to_say():
    rows = [
        score("cnn", "ranking_only", 0.05, against="baseline_mse", half=0.01),
        score("cnn", "full_disentangle", -0.05, against="baseline_mse", half=0.01),
        score("bilstm", "ranking_only", 0.01, against="baseline_mse", half=0.02),
    ]
    shown = plot.grid(rows, [PANEL], ORDER, "title", differences=True)
    said = {t.x[0]: t.name for t in shown.data}
    assert said == {0.05: VERDICTS[0], -0.05: VERDICTS[1], 0.01: VERDICTS[2]}
    assert [s.x0 for s in shown.layout.shapes] == [0, 0]


def test_measures_beside_one_another_have_an_axis_each_and_recipes_or_encoders_on_the_lines():
    other = Panel("ratio", "Ratio", "times")
    rows = [score("bilstm", "full_disentangle", 0.5), score("cnn", "full_disentangle", 0.6)]
    rows += [replace(s, measure="ratio", metric=Metric(9, 8, 10, 5)) for s in rows]
    shown = plot.across(rows, [PANEL, other], ORDER, "title", by="encoder", differences=True)
    assert points(shown) == [("x", 0.5, "bilstm"), ("x", 0.6, "cnn"), ("x2", 9, "bilstm"), ("x2", 9, "cnn")]
    assert (shown.layout.xaxis.title.text, shown.layout.xaxis2.title.text) == ("Spearman", "times")
    published = {("ratio", "cnn", "full_disentangle"): 7.0}
    shown = plot.across(rows, [other], ORDER, "title", by="recipe", published=published)
    assert points(shown, name=plot.PUBLISHED) == [("x", 7.0, "full_disentangle")]


def test_a_long_bar_is_cut_before_it_presses_the_values_together():
    rows = [score("cnn", r, v, half=0.01) for r, v in (("baseline_mse", 0.5), ("ranking_only", 0.6))]
    rows.append(score("cnn", "full_disentangle", 0.55, half=50))
    low, high = plot.grid(rows, [PANEL], ORDER, "title").layout.xaxis.range
    assert 0.35 < low < 0.45 and 0.65 < high < 0.75


def test_what_a_network_is_held_against_is_a_tick():
    rows = [score("cnn", "ranking_only", 0.5), score("cnn", "ranking_only", 0.1, against="permuted labels")]
    shown = plot.grid(rows, [PANEL], ORDER, "title")
    assert points(shown, name="permuted labels") == [("x", 0.1, "ranking_only")]
    assert shown.layout.xaxis.range[0] < 0.1


def test_the_trade_off_has_its_front_and_every_point_its_network():
    up = Panel("tier 2", "Tier 2", "Spearman with consensus")
    places = {"baseline_mse": (0.8, 0.4), "ranking_only": (0.5, 0.5), "full_disentangle": (0.4, 0.9)}
    rows = [score("cnn", r, v, m) for r, (x, y) in places.items() for v, m in ((x, PANEL.measure), (y, up.measure))]
    rows.append(score("bilstm", "ranking_only", 0.5))  # has one of the two alone
    shown = analyses.trade_off(rows, PANEL, up, ORDER, [rows[0], rows[4]], "title")
    front = next(t for t in shown.data if t.name == "Pareto front")
    assert list(zip(front.x, front.y, strict=True)) == [(0.4, 0.9), (0.8, 0.4)]
    drawn = {tuple(t.customdata[0]): (t.x[0], t.y[0]) for t in shown.data if t.customdata is not None}
    assert drawn == {("cnn", r): pair for r, pair in places.items()}


def test_seeds_without_a_mean_are_points_of_their_own_and_the_front_is_theirs():
    up = Panel("tier 2", "Tier 2", "Spearman with consensus")
    places = {42: (0.8, 0.4), 123: (0.5, 0.5), 456: (0.4, 0.3)}
    rows = [
        score("cnn", "ranking_only", v, m, seed)
        for seed, (x, y) in places.items()
        for v, m in ((x, PANEL.measure), (y, up.measure))
    ]
    shown = analyses.trade_off(rows, PANEL, up, ORDER, pareto(rows, PANEL.measure, up.measure), "title")
    assert {(t.x[0], t.y[0]) for t in shown.data if t.customdata is not None} == set(places.values())
    front = next(t for t in shown.data if t.name == "Pareto front")
    assert list(zip(front.x, front.y, strict=True)) == [(0.5, 0.5), (0.8, 0.4)]


def test_a_matrix_holds_a_pair_in_both_orders_and_leaves_what_is_not_there():
    rows = [
        score("cnn", "ranking_only", 0.3, against="baseline_mse"),
        score("cnn", "full_disentangle", 0.6, against="ranking_only"),
    ]
    heat, numbers = analyses.matrices(rows, ORDER, "title", "Spearman").data
    written = {(x, y): t for x, y, t in zip(numbers.x, numbers.y, numbers.text, strict=True)}
    assert written["baseline_mse", "ranking_only"] == "0.30" and written["baseline_mse", "baseline_mse"] == ""
    values = np.array(heat.z, float)[::-1]
    assert values[0, 1] == values[1, 0] == 0.3 and values[1, 2] == values[2, 1] == 0.6
    assert np.isnan(values[0, 2]) and np.isnan(values.diagonal()).all()
    assert list(heat.x) == list(ORDER.recipes)


def test_a_curve_goes_along_its_places():
    rows = [score("cnn", "ranking_only", v, f"epoch {e}") for e, v in ((10, 0.9), (2, 0.5), (1, 0.1))]
    shown = analyses.curves(rows, {f"epoch {e}": e for e in (1, 2, 10)}, ORDER, "title", ("epoch", "Spearman"))
    (line,) = shown.data
    assert (list(line.x), list(line.y)) == ([1, 2, 10], [0.1, 0.5, 0.9])


def track(output: str, *values: float) -> Track:
    bases = "ACGT"
    own = np.zeros((1, 4, 4), np.float32)
    own[0, range(4), range(4)] = values
    return Track("ig", "network", (output,), bases, own, np.zeros(1))


def test_maps_through_norms_have_one_scale_and_their_difference():
    tracks = {"K562": track("K562", 1, 2, 3, 4), "HepG2": track("HepG2", 1, 1, 1, 8)}
    tracks["consensus"] = track("consensus", 1, 1.5, 2, 6)
    shown = analyses.through_norms(tracks, "consensus", Frame("ACGT", (0, 4)), "standard", ("title", "position"))
    bars = next(t for t in shown.data if t.type == "bar")
    assert list(bars.y) == [0, 1, 2, -4]
    values = [list(t.y) for t in shown.data if t.name == "value"]
    assert values == [[1, 2, 3, 4], [1, 1, 1, 8], [1, 1.5, 2, 6]]
    ranges = {shown.layout[f"yaxis{i}"].range for i in ("", 2, 3, 4)}
    assert len(ranges) == 1 and ranges.pop() == pytest.approx((-4.24, 8.48))


def test_a_hostile_name_is_text():
    hostile = "<a href='//x'>cnn</a>"
    shown = plot.grid([score("cnn", hostile, 0.5)], [PANEL], Order(("cnn",), (hostile,)), "title")
    assert "<a" not in shown.data[0].hovertemplate


def test_recipes_and_encoders_go_by_words_and_keep_their_places():
    rows = [score("cnn", "ranking_only", 0.3, against="baseline_mse")]
    words = {"ranking_only": "ranking", "baseline_mse": "squared <error>", "cnn": "CNN"}
    shown = plot.named(analyses.matrices(rows, ORDER, "title", "Spearman"), words)
    ticks = dict(zip(shown.layout.xaxis.tickvals, shown.layout.xaxis.ticktext, strict=True))
    assert ticks == {"ranking_only": "ranking", "baseline_mse": "squared &lt;error&gt;"}
    assert list(shown.data[0].x) == list(analyses.matrices(rows, ORDER, "title", "Spearman").data[0].x)
    assert shown.layout.annotations[0].text == "<b>CNN</b>"
    rows = [score("cnn", recipe, 0.3) for recipe in ORDER.recipes]
    grid = plot.named(plot.grid(rows, [PANEL], ORDER, "title"), words)
    assert "ranking" in grid.layout.yaxis.ticktext and "CNN" in grid.layout.annotations[0].text
