"""The pictures on Home: what they draw is what they were given."""

import re
import xml.etree.ElementTree as ET

import numpy as np

from engine.plots import pictures
from engine.results import Walk

SVG = "{http://www.w3.org/2000/svg}"


def texts(drawing, kind):
    return [t.text for t in ET.fromstring(drawing).iter(f"{SVG}text") if t.get("class") == kind]


def test_the_best_model_stands_on_top_and_lines_span_the_intervals():
    models = [pictures.Scored("low", 0.5, 0.4, 0.6), pictures.Scored("high", 0.8, 0.7, 0.9)]
    drawing = pictures.scores(models, "score")
    assert texts(drawing, "label") == ["high", "low"]
    lines = [e for e in ET.fromstring(drawing).iter(f"{SVG}line") if e.get("stroke") == pictures.PREDICTED]
    widths = [float(e.get("x2")) - float(e.get("x1")) for e in lines]
    assert np.allclose(widths[0], widths[1], atol=0.02)  # intervals of one width
    dots = [float(e.get("cx")) for e in ET.fromstring(drawing).iter(f"{SVG}circle")]
    assert np.isclose(dots[0] - dots[1], 0.3 / 0.5 * (500 - 226), atol=0.05)


def test_bars_are_as_tall_as_the_predictions():
    side = pictures.Side("ACGT", np.array([0.1, -0.1, 0.3, 0.0]), 2.0)
    other = pictures.Side("ACGA", np.array([0.1, -0.1, 0.3, 0.0]), -0.5)
    drawing = pictures.edit(side, other, 3, "K562")
    assert texts(drawing, "value") == ["2.00", "−0.50"]
    bars = [e for e in ET.fromstring(drawing).iter(f"{SVG}rect") if e.get("fill") == pictures.PREDICTED]
    tall, short = (float(e.get("height")) for e in bars)
    assert np.isclose(tall / short, 4.0, atol=0.01)


def test_effects_hang_below_the_line_where_they_are_negative():
    drawing = pictures.measured(np.array([5, 6]), np.array([-2.0, np.nan]), np.array([1.0, 0.0]), "words")
    first, second = (e.get("d") for e in ET.fromstring(drawing).iter(f"{SVG}path"))
    heights = [[float(y) for y in re.findall(r",([0-9.-]+)", d)] for d in (first, second)]
    assert heights[0][1] - heights[0][0] > 0 > heights[1][1] - heights[1][0]  # y runs downwards
    assert np.isclose(heights[0][1] - heights[0][0], 2 * (heights[1][0] - heights[1][1]), atol=0.01)


def test_labels_at_the_end_of_a_path_do_not_touch():
    values = np.array([[0.0, 0.0, 0.0], [1.0, 1.001, -1.0]])
    result = Walk("m", ("A", "B", "C"), "up", ((0, "A", "C"),), ("A", "C"), values, np.array([0.0, 1.0]), 3)
    drawing = pictures.path(result)
    assert texts(drawing, "end") == ["A 1.00", "B 1.00", "C −1.00"]
    at = sorted(float(t.get("y")) for t in ET.fromstring(drawing).iter(f"{SVG}text") if t.get("class") == "end")
    assert min(np.diff(at)) >= 14
