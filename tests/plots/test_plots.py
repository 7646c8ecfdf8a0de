"""Figures: named axes with units, letters and cells where the numbers say, places that a click can be traced to."""

import itertools

import numpy as np
import plotly.graph_objects as go
import pytest

from engine.errors import InputError
from engine.plots import explorer
from engine.plots.explorer import Evidence, Look
from engine.plots.parts import logo, theme
from engine.plots.parts.rows import LETTERS_UP_TO
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


def test_the_tracks_have_a_title_axis_names_and_units(axis_names, ig, ism):
    figure = explorer.tracks(ig, ism, "HepG2", Evidence(reference=track("ig")), Look(title="mine: promoter"))
    assert figure.layout.title.text == "mine: promoter"
    assert axis_names(figure, "x") == ["position in the sequence (bp)"]
    assert axis_names(figure, "y") == [theme.UNIT, theme.UNIT, "new base", theme.UNIT]
    assert heat_map(figure).colorbar.title.text == theme.UNIT
    captions = [a.text for a in figure.layout.annotations]
    assert len(captions) == 4
    assert sum("Integrated Gradients" in c for c in captions) == 2
    assert sum("mutagenesis" in c for c in captions) == 2


def test_the_tracks_name_model_and_output_when_no_title_is_given(ig, ism):
    title = explorer.tracks(ig, ism, "HepG2").layout.title.text
    assert "my model" in title and "HepG2" in title


def test_a_standardised_track_says_so_on_every_axis(axis_names):
    figure = explorer.tracks(track("ig", standardised=True), track("ism", standardised=True), "K562")
    assert axis_names(figure, "y") == [theme.STANDARDISED_UNIT, theme.STANDARDISED_UNIT, "new base"]
    assert heat_map(figure).colorbar.title.text == theme.STANDARDISED_UNIT
    assert all("RNA/DNA" not in (t.hovertemplate or "") for t in figure.data)


@pytest.mark.parametrize("output", OUTPUTS)
def test_the_heat_map_holds_the_effects_and_nothing_at_the_reference_base(ig, ism, output):
    heat = heat_map(explorer.tracks(ig, ism, output, look=Look(first_position=101)))
    assert list(heat.y) == ["A", "C", "G", "T"]
    assert list(heat.x) == list(range(101, 101 + len(BASES)))
    cells = np.array(heat.z, float).T
    for i, base in enumerate(BASES):
        for j, alt in enumerate("ACGT"):
            if alt == base:
                assert np.isnan(cells[i, j])
            else:
                assert cells[i, j] == pytest.approx(ism.output(output)[i, j])
    # an N has no cell of its own
    assert np.isfinite(cells[BASES.index("N")]).all()
    assert heat.zmin == -heat.zmax and heat.zmax == pytest.approx(np.nanmax(np.abs(cells)))


def test_every_marker_of_the_map_knows_its_position_and_base(ig, ism):
    marks = trace(explorer.tracks(ig, ism, "K562", look=Look(first_position=501)), "substitution")
    assert [tuple(c) for c in marks.customdata] == list(itertools.product(range(len(BASES)), "ACGT"))
    for (i, base), x, y, told in zip(marks.customdata, marks.x, marks.y, marks.hovertext, strict=True):
        assert (x, y) == (501 + i, base)
        if base == BASES[i]:
            assert told.startswith(f"{501 + i} {base} ") and "there" in told
        else:
            effect = ism.output("K562")[i, "ACGT".index(base)]
            assert told == f"{501 + i} {BASES[i]}>{base}: {effect:+.3f} {theme.UNIT}"


def test_positions_that_no_window_covers_have_no_markers_and_no_letters(ig, ism):
    ism.values[:, 5:8] = np.nan
    ig.values[:, 5:8] = np.nan
    figure = explorer.tracks(ig, ism, "K562")
    assert {c[0] for c in trace(figure, "substitution").customdata} == set(range(len(BASES))) - {5, 6, 7}
    assert np.isnan(np.array(heat_map(figure).z, float)[:, 5:8]).all()
    drawn = {x for _, x in extents([t for t in letters(figure) if t.yaxis == "y"])}
    assert drawn == {i + 1 for i, b in enumerate(BASES) if b != "N" and i not in (5, 6, 7)}


def test_the_two_logos_draw_contribution_and_mutagenesis_at_the_base_that_is_there(ig, ism):
    figure = explorer.tracks(ig, ism, "HepG2", look=Look(first_position=11))
    for axis, track_ in (("y", ig), ("y2", ism)):
        found = extents([t for t in letters(figure) if t.yaxis == axis])
        numbers = track_.per_position("HepG2")
        assert set(found) == {(b, 11 + i) for i, b in enumerate(BASES) if b != "N"}
        for (_, x), (low, high) in found.items():
            height = numbers[x - 11]
            assert (high if height > 0 else low) == pytest.approx(height, rel=0.03)
            assert (low if height > 0 else high) == pytest.approx(0, abs=0.03 * abs(float(height)))


def test_the_view_limits_every_row_to_the_stretch(ig, ism):
    figure = explorer.tracks(ig, ism, "K562", look=Look(view=(5, 15), first_position=1001))
    assert {tuple(axis.range) for axis in figure.select_xaxes()} == {(1005.5, 1015.5)}
    whole = explorer.tracks(ig, ism, "K562")
    assert {tuple(axis.range) for axis in whole.select_xaxes()} == {(0.5, len(BASES) + 0.5)}


def test_the_axis_can_be_genomic(axis_names, ig, ism):
    figure = explorer.tracks(
        ig,
        ism,
        "K562",
        look=Look(first_position=109274652, axis_name="chr1 position (bp, 1-based, GRCh38)"),
    )
    assert axis_names(figure, "x") == ["chr1 position (bp, 1-based, GRCh38)"]
    assert heat_map(figure).x[0] == 109274652
    assert trace(figure, "substitution").x[-1] == 109274652 + len(BASES) - 1
    # whole numbers, not 109.27M
    assert {axis.tickformat for axis in figure.select_xaxes()} == {"d"}


def test_letters_stand_in_the_map_only_where_they_have_room():
    near, far = (
        trace(
            explorer.tracks(track("ig", bases), track("ism", bases), "K562", look=Look(view=view)),
            "substitution",
        )
        for bases in ["ACGTT" * 40]
        for view in [(0, LETTERS_UP_TO), (0, LETTERS_UP_TO + 1)]
    )
    assert "text" in near.mode and "text" not in far.mode
    own = [(x, letter) for x, letter in zip(near.x, near.text, strict=True) if letter]
    assert own == [(i + 1, b) for i, b in enumerate("ACGTT" * 40)]


def test_the_difference_row_is_edited_minus_reference_and_the_edit_is_marked():
    edited = BASES[:6] + "A" + BASES[7:20] + "CAT" + BASES[23:]
    before, after = track("ig", BASES, seed=3), track("ig", edited, seed=4)
    figure = explorer.tracks(after, track("ism", edited), "HepG2", Evidence(reference=before))
    bars = trace(figure, "difference")
    np.testing.assert_allclose(bars.y, after.per_position("HepG2") - before.per_position("HepG2"), rtol=1e-6)
    assert list(bars.x) == list(range(1, len(BASES) + 1))
    # one band for each stretch of changed bases, in each of the four rows
    bands = {(s.xref, s.yref, s.x0, s.x1) for s in figure.layout.shapes}
    rows = [("x", "y domain"), ("x2", "y2 domain"), ("x3", "y3 domain"), ("x4", "y4 domain")]
    assert bands == {(x, y, *band) for x, y in rows for band in ((6.5, 7.5), (20.5, 23.5))}
    assert len(figure.layout.shapes) == 8


def test_without_a_reference_the_difference_row_says_why_it_is_empty(ig, ism):
    figure = explorer.tracks(ig, ism, "K562")
    assert "difference" not in [t.name for t in figure.data]
    assert any("no difference" in (a.text or "") for a in figure.layout.annotations)


def test_the_palette_colours_the_letters_and_an_unknown_one_is_an_error(ig, ism):
    safe = explorer.tracks(ig, ism, "K562", look=Look(palette="colour-blind safe"))
    colours = {t.name: t.fillcolor for t in letters(safe)}
    assert colours == theme.base_colours("colour-blind safe")
    with pytest.raises(InputError, match="unknown palette"):
        explorer.tracks(ig, ism, "K562", look=Look(palette="neon"))


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
