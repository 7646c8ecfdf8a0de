"""The figures of designs, as data."""

import numpy as np

from engine.design.results import Goal, Opinion
from engine.plots import design as plot
from engine.results import Track
from engine.statistics import Metric

OUTPUTS = ("K562", "HepG2")


def test_every_measured_element_is_in_the_distribution_and_the_goal_is_a_line():
    shown = plot.natural(np.array([-9.0, 0.0, 0.1, 9.0, np.nan]), 1.5, "K562")
    assert sum(shown.data[0].y) == 4
    (line,) = shown.layout.shapes
    assert line.x0 == line.x1 == 1.5
    assert not plot.natural(np.array([0.0]), None, "K562").layout.shapes


def test_the_strip_carries_places_and_marks_what_is_locked():
    shown = plot.strip("ACGTA", ((1, 3),))
    assert [c[0] for c in shown.data[0].customdata] == [0, 1, 2, 3, 4]
    assert list(shown.data[0].marker.symbol) == ["circle-open", "square", "square", "circle-open", "circle-open"]
    (box,) = shown.layout.shapes
    assert (box.x0, box.x1) == (1.5, 3.5)


def test_a_strip_with_letters_is_broken_into_lines_and_a_longer_one_is_a_line_without():
    shown = plot.strip("ACGT" * 30, ((40, 60), (119, 120)))
    places = [(x, y) for x, y in zip(shown.data[0].x, shown.data[0].y, strict=True)]
    assert (places[0], places[49], places[50], places[119]) == ((1, 0), (50, 0), (1, 1), (20, 2))
    assert list(shown.layout.yaxis.ticktext) == ["1", "51", "101"]
    assert [(s.x0, s.x1, round(s.y0 + 0.75)) for s in shown.layout.shapes] == [
        (40.5, 50.5, 0), (0.5, 10.5, 1), (19.5, 20.5, 2)
    ]  # fmt: skip
    long = plot.strip("A" * 1000, ())
    assert set(long.data[0].y) == {0} and long.data[0].x[-1] == 1000 and long.data[0].mode == "markers"


def test_designs_lie_among_elements_that_are_known_in_both_cell_types():
    nature = Opinion("m", OUTPUTS, np.array([[0.0, 1.0], [np.nan, 2.0], [3.0, 4.0]]))
    said = Opinion("<b>m</b>", OUTPUTS, np.array([[1.0, 2.0]]), np.array([[0.1, 0.2]]))
    shown = plot.scatter(nature, said, ["<i>d</i>"], Goal({"K562": 2.0, "HepG2": -0.5}), OUTPUTS, "as measured")
    elements, designs, goal = shown.data
    assert list(elements.x) == [0.0, 3.0] and "n=2" in elements.name
    assert list(designs.error_y.array) == [0.2] and [list(c) for c in designs.customdata] == [[0]]
    assert designs.text == ("&lt;i&gt;d&lt;/i&gt;",) and "<b>" not in designs.name
    assert (goal.x[0], goal.y[0]) == (2.0, -0.5)


def test_a_goal_of_one_cell_type_is_a_line():
    said = Opinion("m", OUTPUTS, np.array([[1.0, 2.0]]))
    shown = plot.scatter(said, said, ["d"], Goal({"HepG2": 2.0}), OUTPUTS, "as measured")
    assert len(shown.data) == 2 and [s.y0 for s in shown.layout.shapes] == [2.0]


def test_motifs_have_an_interval_in_both_groups():
    means = [Metric(1.0, 0.5, 1.5, 20)], [Metric(2.0, 1.8, 2.4, 30)]
    designs, nature = plot.motif_content(["SP1/KLF"], *means).data
    assert designs.name == "designs, n=20" and nature.name == "natural elements, n=30"
    np.testing.assert_allclose([nature.error_x.array[0], nature.error_x.arrayminus[0]], [0.4, 0.2])


def test_bars_are_tall_where_a_base_was_settled_early():
    track = Track("ig", "m", ("K562",), "ACG", np.zeros((1, 3, 4), np.float32), np.zeros(1))
    free, locked = plot.trajectory(np.array([1, 0, 4]), 4, track, "K562", (0, 2)).data[:2]
    assert (free.name, list(free.x), list(free.y)) == ("free", [1, 3], [3, 0])
    assert (locked.name, list(locked.x)) == ("locked", [2])


def test_the_floor_is_a_line_with_its_interval():
    shown = plot.benchmark({"Evolution": Metric(0.4, 0.3, 0.6, 5)}, Metric(0.1, 0.05, 0.2, 5), "")
    np.testing.assert_allclose([shown.data[0].error_x.array[0], shown.data[0].error_x.arrayminus[0]], [0.2, 0.1])
    assert sorted(s.type for s in shown.layout.shapes) == ["line", "rect"]
    one_draw = Metric(0.4, float("nan"), float("nan"), 1)
    assert len(plot.benchmark({"Evolution": one_draw}, one_draw, "").layout.shapes) == 1
