"""The Benchmark page's figures: the numbers of hand-made tables, at the places where they belong."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from engine.plots import benchmark as plot
from engine.plots.parts import theme
from engine.plots.parts.legend import Legend
from engine.statistics import VERDICTS

KNOWN = ["first", "second", "third", "fourth"]
LEGEND = Legend({n: f"{n} · loss" for n in KNOWN}, KNOWN)
NAN = float("nan")


def traces(figure: go.Figure, name: str) -> list[go.Scatter]:
    return [t for t in figure.data if t.name == name]


def trace(figure: go.Figure, name: str) -> go.Scatter:
    (found,) = traces(figure, name)
    return found


def titles(figure: go.Figure) -> tuple[str, str]:
    """What stands at the two axes."""
    return figure.layout.xaxis.title.text, figure.layout.yaxis.title.text


def ends(values, errors) -> list[tuple[float, float]]:
    """Lower and upper end of each whisker."""
    pairs = zip(values, errors.arrayminus, errors.array, strict=True)
    return [(pytest.approx(v - minus), pytest.approx(v + plus)) for v, minus, plus in pairs]


# --- differences to the baseline --------------------------------------------------------------------


def differences(*rows: tuple) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["model", "value", "low", "high", "verdict"])
    return table.assign(n=5697, baseline="base")


BETTER, WORSE, NEITHER = VERDICTS
FOUR = differences(
    ("second", 0.02, -0.01, 0.05, NEITHER),
    ("first", 0.10, 0.07, 0.12, BETTER),
    ("fourth", -0.08, -0.11, -0.02, WORSE),
    ("third", 0.03, 0.01, 0.06, BETTER),
)


def test_the_verdicts_of_the_comparison_have_colours_and_symbols_of_their_own():
    assert tuple(theme.VERDICT_COLOURS) == VERDICTS == tuple(theme.VERDICT_SYMBOLS)
    assert len(set(theme.VERDICT_COLOURS.values())) == len(set(theme.VERDICT_SYMBOLS.values())) == 3


def test_the_forest_places_every_difference_with_its_interval_under_its_verdict():
    figure = plot.forest(FOUR, "held_out spearman, K562", "difference to base")
    assert figure.layout.title.text == "held_out spearman, K562"
    assert figure.layout.xaxis.title.text == "difference to base"
    for verdict, rows in FOUR.sort_values("value").groupby("verdict"):
        marks = trace(figure, verdict)
        assert list(marks.y) == rows["model"].tolist() and list(marks.x) == rows["value"].tolist()
        assert ends(marks.x, marks.error_x) == list(zip(rows["low"], rows["high"], strict=True))
        assert marks.marker.color == marks.error_x.color == theme.VERDICT_COLOURS[verdict]
        assert marks.marker.symbol == theme.VERDICT_SYMBOLS[verdict]
        assert [tuple(c) for c in marks.customdata] == [
            (r.low, r.high, 5697, "base") for r in rows.itertuples()
        ]  # fmt: skip
    assert {s.x0 for s in figure.layout.shapes} == {s.x1 for s in figure.layout.shapes} == {0}


def test_another_seed_stands_beside_what_the_forest_shows():
    again = {"value": -0.02, "low": -0.03, "high": 0.01, "n": 7, "verdict": VERDICTS[2]}
    table = FOUR.assign(again=[again, *[None] * (len(FOUR) - 1)])
    *verdicts, other = plot.forest(table, "", "").data
    assert [t.name for t in verdicts] == [t.name for t in plot.forest(FOUR, "", "").data]
    assert (other.name, list(other.x), list(other.y)) == ("another seed", [-0.02], [FOUR["model"].iloc[0]])
    assert float(other.error_x.array[0]) == pytest.approx(0.03)
    assert float(other.error_x.arrayminus[0]) == pytest.approx(0.01)


def test_models_go_by_their_labels_broken_into_lines_at_an_axis():
    long = "fourth · a loss whose name is longer than a line"
    figure = plot.forest(FOUR, "", "", Legend({"first": "one · RankNet", "fourth": long}))
    rows = list(figure.layout.yaxis.categoryarray)
    assert rows == [long.replace("longer than", "longer<br>than"), "second", "third", "one · RankNet"]


def test_the_best_model_stands_on_top_of_the_forest():
    axis = plot.forest(FOUR, "", "").layout.yaxis
    # categories run upwards
    assert list(axis.categoryarray) == ["fourth", "second", "third", "first"] and axis.categoryorder == "array"


def test_the_forest_grows_with_its_models():
    many = differences(*[(f"model {i}", i / 100, 0.0, 0.1, NEITHER) for i in range(30)])
    assert plot.forest(many, "", "").layout.height > plot.forest(FOUR, "", "").layout.height + 300


@pytest.mark.parametrize(
    "table",
    [differences(), differences(("one", 0.1, 0.0, 0.2, BETTER)), differences(("one", NAN, NAN, NAN, NEITHER))],
    ids=["empty", "one row", "nan"],
)
def test_the_forest_survives_little(table):
    figure = plot.forest(table, "t", "a")
    figure.to_json()
    assert [y for t in figure.data for y in t.y] == table["model"].tolist()


# --- elements ---------------------------------------------------------------------------------------

ELEMENTS = {"GP1BB": "K562", "PKLR": "K562", "SORT1": "HepG2"}


def element_rows(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["model", "element", "spearman", "low", "high", "n"])


def test_the_element_map_has_each_number_in_its_cell():
    table = element_rows(
        ("first", "SORT1", 0.5, 0.4, 0.6, 300),
        ("second", "GP1BB", -0.2, -0.3, -0.1, 100),
        ("first", "GP1BB", 0.1, 0.0, 0.3, 100),
    )
    figure = plot.element_map(table, ["first", "second"], ELEMENTS, "elements")
    heat, numbers = figure.data
    assert figure.layout.title.text == "elements"
    assert list(heat.x) == ["GP1BB<br>K562", "PKLR<br>K562", "SORT1<br>HepG2"]
    assert list(heat.y) == ["second", "first"]  # the first model on top
    (line,) = figure.layout.shapes  # between the cell types
    assert line.x0 == 1.5
    np.testing.assert_array_equal(np.array(heat.z, float), [[-0.2, NAN, NAN], [0.1, NAN, 0.5]])
    assert list(heat.customdata[1][2]) == [0.4, 0.6, 300] and list(heat.customdata[0][0]) == [-0.3, -0.1, 100]
    written = {(x, y): text for x, y, text in zip(numbers.x, numbers.y, numbers.text, strict=True) if text}
    assert written == {
        ("GP1BB<br>K562", "second"): "-0.200",
        ("GP1BB<br>K562", "first"): "0.100",
        ("SORT1<br>HepG2", "first"): "0.500",
    }
    assert heat.colorbar.title.text == "Spearman"
    assert (heat.zmin, heat.zmax) == (-0.2, 0.5)


def test_the_colours_of_the_element_map_begin_at_no_correlation():
    heat = plot.element_map(element_rows(("first", "PKLR", 0.4, 0, 1, 9)), ["first"], ELEMENTS, "").data[0]
    assert (heat.zmin, heat.zmax) == (0, 0.4)


@pytest.mark.parametrize(
    "table",
    [
        element_rows(),
        element_rows(("first", "PKLR", 0.4, 0.3, 0.5, 100)),
        element_rows(("first", "PKLR", NAN, NAN, NAN, 2), ("second", "PKLR", 0.4, 0.3, 0.5, 100)),
        element_rows(("first", "PKLR", None, None, None, 2)),
    ],
    ids=["empty", "one row", "nan", "none"],
)
def test_the_element_map_survives_little(table):
    figure = plot.element_map(table, ["first", "second"], ELEMENTS, "")
    figure.to_json()
    heat = figure.data[0]
    z = np.array(heat.z, float)
    assert z.shape == (2, 3) and np.isfinite([heat.zmin, heat.zmax]).all() and heat.zmin < heat.zmax
    assert np.isfinite(z).sum() == table["spearman"].notna().sum()


# --- two scores -------------------------------------------------------------------------------------


def scores(model: str, a: float | None, b: float | None, published: tuple = (None, None)) -> dict:
    row: dict = {"model": model}
    for name, value, told in (("a", a, published[0]), ("b", b, published[1])):
        low, high = (None, None) if value is None else (value - 0.1, value + 0.2)
        row |= {name: value, f"{name}_low": low, f"{name}_high": high, f"{name}_published": told}
    return row


def two(*rows: dict) -> go.Figure:
    columns = list(scores("", None, None))
    return plot.two_scores(pd.DataFrame(rows, columns=columns), ("a", "b"), ("all SNVs", "high"), "both", LEGEND)


def test_two_scores_place_every_model_in_its_style_with_its_code_and_both_intervals():
    figure = two(scores("second", 0.3, 0.6), scores("first", 0.4, 0.5))
    assert figure.layout.title.text == "both" and titles(figure) == ("all SNVs", "high")
    for name, place in (("second", (0.3, 0.6)), ("first", (0.4, 0.5))):
        mark, style = trace(figure, f"{name} · loss"), theme.model_style(name, KNOWN)
        assert (mark.x[0], mark.y[0]) == place and len(mark.x) == 1
        assert (mark.marker.color, mark.marker.symbol) == (style.colour, style.symbol)
        assert list(mark.text) == [name]
        assert ends(mark.x, mark.error_x) == [(place[0] - 0.1, place[0] + 0.2)]
        assert ends(mark.y, mark.error_y) == [(place[1] - 0.1, place[1] + 0.2)]


def test_a_published_pair_is_a_hollow_mark_of_the_same_colour_beside_ours():
    figure = two(scores("second", 0.3, 0.6, (0.35, 0.7)), scores("first", 0.4, 0.5, (0.2, None)))
    hollow = [t for t in figure.data if "published" in (t.hovertemplate or "")]
    assert [(t.x[0], t.y[0]) for t in hollow] == [(0.35, 0.7)]
    style = theme.model_style("second", KNOWN)
    assert (hollow[0].marker.symbol, hollow[0].marker.color) == (f"{style.symbol}-open", style.colour)
    assert "second · loss" in hollow[0].hovertemplate
    ours = [t for t in figure.data if (t.hovertemplate or "").endswith("<extra>ours</extra>")]
    assert [(t.x[0], t.y[0]) for t in ours] == [(0.3, 0.6), (0.4, 0.5)]
    assert trace(figure, plot.PUBLISHED).marker.symbol == "circle-open"


@pytest.mark.parametrize(
    "rows",
    [(), (scores("first", None, None),), (scores("first", NAN, 0.3, (0.1, 0.2)),)],
    ids=["empty", "none", "nan"],
)
def test_two_scores_leave_out_a_model_without_both(rows):
    figure = two(*rows)
    figure.to_json()
    assert not [t for t in figure.data if t.x[0] is not None]


# --- curves, strata, correlations -------------------------------------------------------------------


def test_the_curves_follow_every_model_epoch_by_epoch():
    table = pd.DataFrame(
        [("second", 1, 0.2), ("second", 2, 0.5), ("first", 1, 0.3)], columns=["model", "epoch", "validation"]
    )
    figure = plot.curves(table, "fold by fold", LEGEND)
    assert figure.layout.title.text == "fold by fold" and titles(figure) == ("epoch", "validation Spearman")
    line, style = trace(figure, "second · loss"), theme.model_style("second", KNOWN)
    assert list(line.x) == [1, 2] and list(line.y) == [0.2, 0.5] and line.mode == "lines"
    assert (line.line.color, line.line.dash) == (style.colour, style.dash)
    figure.to_json()


def test_the_strata_stand_side_by_side_in_their_quarter():
    rows = [
        {"model": m, "cell type": "K562", "quarter": q, "value": v, "low": v - 0.1, "high": v + 0.05, "n": 20}
        for m, start in (("first", 0.1), ("third", 0.3))
        for q, v in (("weakest", start), ("strongest", start + 0.4))
    ]
    figure = plot.strata(pd.DataFrame(rows), "by size", LEGEND)
    assert titles(figure) == ("quarter of the measured effect's size", "Spearman within the quarter")
    assert list(figure.layout.xaxis.ticktext) == ["weakest", "strongest"]
    assert list(figure.layout.xaxis.tickvals) == [0, 1]
    first, third = (trace(figure, f"{m} · loss") for m in ("first", "third"))
    assert list(first.y) == [0.1, 0.5] and list(third.y) == [0.3, 0.7]
    assert ends(third.y, third.error_y) == [(0.2, 0.35), (0.6, 0.75)]
    for i in (0, 1):
        assert first.x[i] < third.x[i]  # they do not cover each other
        assert abs(first.x[i] - i) < 0.5 and abs(third.x[i] - i) < 0.5
    assert list(first.customdata) == ["weakest", "strongest"]
    assert third.marker.color == theme.model_colour("third", KNOWN)


@pytest.mark.parametrize("value", [0.3, NAN])
def test_one_model_stands_in_the_middle_of_its_quarters(value):
    row = {"model": "first", "cell type": "K562", "quarter": "weakest", "value": value, "low": value, "high": value}
    figure = plot.strata(pd.DataFrame([row]), "")
    figure.to_json()
    assert list(trace(figure, "first").x) == [0]


def test_curves_and_strata_of_nothing_are_empty():
    curves = plot.curves(pd.DataFrame(columns=["model", "epoch", "validation"]), "")
    strata = plot.strata(pd.DataFrame(columns=["model", "quarter", "value", "low", "high"]), "")
    assert not curves.data and not strata.data
    assert curves.to_json() and strata.to_json()


def test_the_correlation_has_its_diagonal_from_the_upper_left():
    matrix = np.array([[1.0, 0.9, 0.4], [0.9, 1.0, 0.6], [0.4, 0.6, 1.0]])
    figure = plot.correlation(KNOWN[:3], matrix, "agreement")
    heat = figure.data[0]
    assert figure.layout.title.text == "agreement" and heat.colorbar.title.text == "Spearman"
    cells = {(x, y): heat.z[j][i] for i, x in enumerate(heat.x) for j, y in enumerate(heat.y)}
    assert cells["first", "second"] == 0.9 and cells["first", "third"] == 0.4 and cells["third", "second"] == 0.6
    assert all(cells[name, name] == 1 for name in KNOWN[:3])
    assert list(heat.y)[-1] == heat.x[0] == "first"
    assert (heat.zmin, heat.zmax) == (0.4, 1)


def test_the_numbers_of_a_large_correlation_are_left_to_the_pointer():
    small, large = (plot.correlation([f"m{i}" for i in range(n)], np.eye(n), "").data for n in (24, 25))
    assert len(small) == 2 and len(small[1].text) == 24 * 24
    assert len(large) == 1 and large[0].hovertemplate


@pytest.mark.parametrize("matrix", [np.zeros((0, 0)), np.ones((1, 1)), np.array([[1.0, NAN], [NAN, 1.0]]),
                                    np.array([[1.0, NAN, 0.2], [NAN, NAN, NAN], [0.2, NAN, 1.0]])],
                         ids=["empty", "one", "nan", "a constant model"])  # fmt: skip
def test_the_correlation_survives_little(matrix):
    figure = plot.correlation(KNOWN[: len(matrix)], matrix, "")
    figure.to_json()
    heat = figure.data[0]
    assert heat.zmax == 1 and heat.zmin == np.nanmin(matrix, initial=1.0)
