"""Scatter of a user's library: every known row is a point that knows its row; those that were seen stand apart."""

import numpy as np

from engine.plots import your_library as plot

MEASURED = np.array([0.0, 1.0, np.nan, 3.0, 4.0])
PREDICTED = np.array([0.5, 1.5, 2.5, np.nan, 4.5])
NAMES = ("a", "b", "c", "d", "<b>e</b>")


def draw(seen=None, **options):
    axes = ("measured", "predicted")
    return plot.scatter(MEASURED, PREDICTED, NAMES, seen, title="m", axes=axes, colour="#123456", **options)


def test_rows_without_a_value_are_not_drawn_and_the_others_know_their_row():
    (trace,) = draw().data
    assert list(trace.x) == [0, 1, 4] and list(trace.y) == [0.5, 1.5, 4.5]
    assert [c[0] for c in trace.customdata] == [0, 1, 4] and trace.name == "sequences, n=3"
    assert trace.text[2] == "&lt;b&gt;e&lt;/b&gt;"  # a name is text


def test_seen_rows_stand_apart():
    seen, new = draw(np.array([True, False, True, True, False])).data
    assert [c[0] for c in seen.customdata] == [0] and [c[0] for c in new.customdata] == [1, 4]
    assert seen.name == "kin of what it learned from or was chosen by, n=1" and new.name == "not seen, n=2"


def test_of_too_many_points_some_are_drawn_and_the_title_says_so():
    figure = draw(most=2)
    assert len(figure.data[0].x) == 2 and figure.layout.title.text == "m (2 of 3 points drawn)"
