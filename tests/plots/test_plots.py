"""Figures: named axes with units, letters and cells where the numbers say, places that a click can be traced to."""

import itertools

import numpy as np
import plotly.graph_objects as go
import pytest

from engine.errors import InputError
from engine.plots import explorer
from engine.plots.parts import logo, theme
from engine.results import Prediction, Track

BASES = "ACGNTTGCAA" * 4
OUTPUTS = ("K562", "HepG2")


def track(kind: str, bases: str = BASES, seed: int = 0, **more) -> Track:
    """A track of random numbers; 0 at the reference base, as mutagenesis has it."""
    values = np.random.default_rng(seed).normal(size=(2, len(bases), 4)).astype(np.float32)
    for i, base in enumerate(bases):
        if kind == "ism" and base in "ACGT":
            values[:, i, "ACGT".index(base)] = 0
    return Track(kind, "my model", OUTPUTS, bases, values, np.zeros(2, np.float32), **more)


@pytest.fixture
def ig() -> Track:
    return track("ig", seed=1)


@pytest.fixture
def ism() -> Track:
    return track("ism", seed=2)


def trace(figure: go.Figure, name: str) -> go.Scatter:
    (found,) = [t for t in figure.data if t.name == name]
    return found


def letters(figure: go.Figure) -> list[go.Scatter]:
    """The traces of the logos."""
    return [t for t in figure.data if t.type == "scatter" and t.fill == "toself"]


def heat_map(figure: go.Figure) -> go.Heatmap:
    """The one heat map with a colour bar."""
    (found,) = [t for t in figure.data if t.type == "heatmap" and t.colorbar.title.text]
    return found


def points(trace_: go.Scatter) -> list[list[tuple[float, float]]]:
    """The polygons of a filled trace: its points, cut at the gaps."""
    groups = itertools.groupby(zip(trace_.x, trace_.y, strict=True), key=lambda p: np.isnan(p[0]))
    return [list(group) for gap, group in groups if not gap]


# --- the common language ----------------------------------------------------------------------------


def test_every_palette_has_four_colours_that_differ():
    assert list(theme.BASE_COLOURS) == ["standard", "colour-blind safe"]
    for name, colours in theme.BASE_COLOURS.items():
        assert theme.base_colours(name) == colours
        assert list(colours) == ["A", "C", "G", "T"]
        assert len(set(colours.values())) == 4


def test_an_unknown_palette_lists_the_known_ones():
    with pytest.raises(InputError, match="unknown palette 'neon'; known: standard, colour-blind safe"):
        theme.base_colours("neon")


def test_the_colour_of_a_model_is_fixed_by_the_list_of_all_models():
    known = [f"model {i}" for i in range(48)]
    styles = [theme.model_style(name, known) for name in known]
    assert len({(s.colour, s.symbol) for s in styles}) == 48
    assert len({(s.colour, s.dash) for s in styles[:36]}) == 36
    assert theme.model_style("model 3", [*known, "a new one"]) == styles[3]
    assert theme.model_colour("model 9", known) == styles[9].colour
    assert theme.model_colour("somebody", known) not in {s.colour for s in styles}


# Machado, Oliveira & Fernandes 2009: what linear RGB becomes for eyes without one kind of cone
BLIND = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
TO_XYZ = np.array([[0.41246, 0.35758, 0.18044], [0.21267, 0.71515, 0.07217], [0.01933, 0.11919, 0.9503]])


def linear(colour: str) -> np.ndarray:
    parts = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIE 1976 L*a*b* of linear RGB, D65."""
    ratio = TO_XYZ @ np.clip(rgb, 0, 1) / np.array([0.95047, 1, 1.08883])
    f = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("matrix", BLIND.values(), ids=BLIND)
def test_no_two_colours_of_models_look_alike_to_colour_blind_people(matrix):
    seen = [lab(np.array(matrix) @ linear(c)) for c in theme.COLOURS]
    apart = [np.linalg.norm(a - b) for i, a in enumerate(seen) for b in seen[:i]]
    assert min(apart) > 15  # ten times what trained eyes just tell apart


def test_no_effect_is_the_ground_of_the_page_and_the_ends_are_full_colour():
    for scale in (theme.DIVERGING, theme.FAINT_DIVERGING):
        parts = [rgba(colour) for _, colour in scale]
        assert [at for at, _ in scale] == [0, 0.25, 0.5, 0.75, 1]
        assert parts[2][3] == 0 and parts[0][3] == parts[4][3] > parts[1][3] == parts[3][3] > 0
    assert rgba(theme.DIVERGING[0][1])[3] == 1 and rgba(theme.SEQUENTIAL[0][1])[3] == 0


def rgba(colour: str) -> list[float]:
    return [float(part) for part in colour.removeprefix("rgba(").removesuffix(")").split(",")]


def test_numbers_and_strokes_lie_over_their_cells():
    numbers = theme.cell_texts(["a", "b"], ["p", "q"], theme.in_cells(np.array([[1, np.nan], [-0.5, 2]])))
    cells = {(x, y): t for x, y, t in zip(numbers.x, numbers.y, numbers.text, strict=True)}
    assert cells == {("a", "p"): "1.00", ("b", "p"): "", ("a", "q"): "-0.50", ("b", "q"): "2.00"}
    strokes = theme.hatch(["a", "b", "c"], ["p", "q"], np.array([[False, True, False], [True, False, False]]))
    assert set(zip(strokes.x, strokes.y, strict=True)) == {("b", "p"), ("a", "q")}


def test_the_unit_says_whether_a_track_is_standardised():
    assert "log" in theme.unit(False) and "RNA/DNA" in theme.unit(False)
    assert theme.unit(True) != theme.unit(False) and "s.d." in theme.unit(True)


# --- letters ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("base", "ACGT")
def test_a_letter_fills_the_unit_square(base):
    corners = np.concatenate(logo.GLYPHS[base])
    assert corners.min() >= 0 and corners.max() <= 1
    assert np.ptp(corners[:, 1]) == pytest.approx(1, abs=0.02)
    assert np.ptp(corners[:, 0]) > 0.7


def extents(traces: list[go.Scatter]) -> dict[tuple[str, int], tuple[float, float]]:
    """Lowest and highest point of each letter at each position (letters are narrower than a position)."""
    found = {}
    for t in traces:
        for polygon in points(t):
            x = round(np.mean([p[0] for p in polygon]))
            assert all(abs(px - x) < 0.5 for px, _ in polygon)
            ys = [p[1] for p in polygon]
            low, high = found.get((t.name, x), (np.inf, -np.inf))
            found[t.name, x] = (min(low, *ys), max(high, *ys))
    return found


def test_letters_stack_away_from_zero_the_tallest_farthest_out():
    heights = np.array([[1.0, 0.5, -0.25, -2.0], [0, 0, 0, 0], [0, 3.0, 0, 0], [0, 0, -1.5, np.nan]])
    traces = logo.letter_traces(heights, np.array([10, 11, 12, 13]), theme.base_colours("standard"))
    expected = {
        ("C", 10): (0.0, 0.5),
        ("A", 10): (0.5, 1.5),
        ("G", 10): (-0.25, 0.0),
        ("T", 10): (-2.25, -0.25),
        ("C", 12): (0.0, 3.0),
        ("G", 13): (-1.5, 0.0),
    }
    found = extents(traces)
    assert found.keys() == expected.keys()
    for place, extent in expected.items():
        assert found[place] == pytest.approx(extent, abs=0.02), place


def test_a_negative_letter_stands_on_its_head():
    up, down = (
        logo.letter_traces(np.array([[0, 0, 0, h]]), np.array([0]), theme.base_colours("standard"))[0]
        for h in (1.0, -1.0)
    )
    np.testing.assert_allclose([-y for _, y in points(down)[0]], [y for _, y in points(up)[0]])
    # the bar of the T is the widest stretch: far from zero in both
    assert max(y for x, y in points(up)[0] if abs(x) > 0.4) == pytest.approx(1)


def test_letters_take_the_colours_of_the_palette():
    colours = theme.base_colours("colour-blind safe")
    traces = logo.letter_traces(np.eye(4), np.arange(4), colours)
    assert {t.name: t.fillcolor for t in traces} == colours
    assert all(t.fill == "toself" for t in traces)


def test_a_position_gives_its_number_to_the_base_that_is_there():
    heights = logo.observed("ANT", np.array([1.5, 2.0, -3.0]))
    np.testing.assert_array_equal(heights, [[1.5, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, -3.0]])


# --- the Explorer's figure --------------------------------------------------------------------------


# --- predictions ------------------------------------------------------------------------------------


def predicted(model: str, outputs: tuple[str, ...], *values: float) -> Prediction:
    return Prediction(model, ("s",), outputs, np.array([values], np.float32))


@pytest.fixture
def predictions():
    """Two models, one of which lacks an output; reference and edited."""
    before = [predicted("a", OUTPUTS, 0.5, -1.0), predicted("b", ("K562",), 0.25)]
    after = [predicted("a", OUTPUTS, 1.5, -0.5), predicted("b", ("K562",), -0.75)]
    return before, after


def test_the_prediction_has_a_title_axis_names_and_a_unit(axis_names, predictions):
    figure = explorer.predictions(*predictions, OUTPUTS, ["a", "b"])
    assert figure.layout.title.text
    assert axis_names(figure, "x") == [f"predicted activity ({theme.UNIT})"]
    assert axis_names(figure, "y") == ["model and cell type"]


def test_the_prediction_shows_reference_and_edited_of_every_model_and_output(predictions):
    figure = explorer.predictions(*predictions, OUTPUTS, ["a", "b"])
    shown = {
        (t.name, y): x for t in figure.data if t.name in ("reference", "edited") for x, y in zip(t.x, t.y, strict=True)
    }
    assert shown == {
        ("reference", "a<br>K562"): 0.5,
        ("reference", "a<br>HepG2"): -1.0,
        ("reference", "b<br>K562"): 0.25,
        ("edited", "a<br>K562"): 1.5,
        ("edited", "a<br>HepG2"): -0.5,
        ("edited", "b<br>K562"): -0.75,
    }
    # one entry each in the legend, and a hollow mark against a full one
    assert sorted(t.name for t in figure.data if t.showlegend is not False) == ["edited", "reference"]
    symbols = {(t.name, t.marker.symbol) for t in figure.data if t.mode == "markers"}
    assert symbols == {("reference", "circle-open"), ("edited", "circle")}


def test_only_the_chosen_outputs_are_shown(predictions):
    figure = explorer.predictions(*predictions, ("HepG2",), ["a", "b"])
    assert {y for t in figure.data for y in t.y if y} == {"a<br>HepG2"}


def test_models_keep_their_colours_in_the_prediction(predictions):
    before, after = predictions
    both = explorer.predictions(before, after, OUTPUTS, ["a", "b"])
    alone = explorer.predictions(before[1:], after[1:], OUTPUTS, ["a", "b"])

    def colours(figure: go.Figure) -> dict[str, str]:
        marks = [t for t in figure.data if t.mode == "markers"]
        return {y.split("<br>")[0]: t.marker.color for t in marks for y in t.y}

    assert colours(both) == {m: theme.model_colour(m, ["a", "b"]) for m in "ab"}
    assert len(set(colours(both).values())) == 2
    assert colours(alone)["b"] == colours(both)["b"]
