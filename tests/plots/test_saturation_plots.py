"""Figures of saturation mutagenesis: measured and predicted effects, each in its cell and told by its marker."""

import itertools

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from engine.plots import saturation as saturation_plot
from engine.plots.parts import theme
from engine.sequence import Region

REFERENCE = "GATTC"
START = 200  # 0-based; the first base is 201


@pytest.fixture
def variants() -> pd.DataFrame:
    """Some of the variants of five bases, with the predictions of two models; 203 has none."""
    rows = [
        (201, "G", "A", 0.5, 0.9, 0.1, 1.0),
        (201, "G", "-", -1.5, 0.05, -0.2, 2.0),
        (202, "A", "T", 2.0, 0.1, 0.3, -3.0),
        (204, "T", "C", -0.25, 0.02, np.nan, 0.5),
        (205, "C", "G", 0.75, 0.4, 0.7, 0.25),
    ]
    table = pd.DataFrame(rows, columns=["pos", "ref", "alt", "effect", "confidence", "one", "my model-2"])
    table["high"] = table["confidence"] >= 0.1
    return table


SDS = {"effect": 2.0, "one": 0.5, "my model-2": 1.0}


def saturation_maps(variants: pd.DataFrame, models=("one", "my model-2"), **more) -> go.Figure:
    rows = [saturation_plot.Map(c, f"map of {c}", SDS[c]) for c in ("effect", *models)]
    region = Region("chr9", START, START + len(REFERENCE))
    return saturation_plot.maps(variants, rows, region=region, reference=REFERENCE, title="element", **more)


def test_the_grid_puts_each_variant_in_its_cell_and_nothing_elsewhere(variants):
    cells = saturation_plot.grid(variants, "effect", START, len(REFERENCE))
    assert cells.shape == (5, 5)
    expected = {(0, 0): 0.5, (0, 4): -1.5, (1, 3): 2.0, (3, 1): -0.25, (4, 2): 0.75}
    for cell in itertools.product(range(5), range(5)):
        if cell in expected:
            assert cells[cell] == expected[cell]
        else:
            assert np.isnan(cells[cell])


def test_the_maps_have_a_title_axis_names_and_one_unit(axis_names, variants):
    figure = saturation_maps(variants)
    assert figure.layout.title.text == "element"
    assert axis_names(figure, "x") == ["chr9 position (bp, 1-based)"]
    assert [a.text for a in figure.layout.annotations] == ["map of effect", "map of one", "map of my model-2"]
    assert figure.layout.coloraxis.colorbar.title.text == "s.d."


def test_all_maps_share_one_symmetric_scale_in_standard_deviations(variants):
    figure = saturation_maps(variants)
    shown = [t for t in figure.data if t.type == "heatmap"]
    for heat, (column, sd) in zip(shown, SDS.items(), strict=True):
        expected = saturation_plot.grid(variants, column, START, len(REFERENCE)) / sd
        np.testing.assert_array_equal(np.array(heat.z, float).T, expected)
        assert list(heat.x) == [201, 202, 203, 204, 205] and list(heat.y) == ["A", "C", "G", "T", "-"]
        assert heat.coloraxis == "coloraxis"
    scale = figure.layout.coloraxis
    sizes = np.concatenate([np.abs(variants[c] / sd).dropna() for c, sd in SDS.items()])
    assert scale.cmin == -scale.cmax and scale.cmax == pytest.approx(np.percentile(sizes, 99))


def test_what_was_not_measured_is_hatched_and_the_reference_has_a_dot(variants):
    figure = saturation_maps(variants)
    values = [t for t in figure.data if t.type == "heatmap"]
    hatched = [t for t in figure.data if t.name == "not measured"]
    dots = [t for t in figure.data if t.name == "the reference's base"]
    assert len(hatched) == len(values) == len(dots) == 3
    for shown, missing, own in zip(values, hatched, dots, strict=True):
        absent = np.isnan(np.array(shown.z, float))
        cells = {(y, x) for y, x in zip([*missing.y, *own.y], [*missing.x, *own.x], strict=True)}
        assert cells == {(shown.y[j], shown.x[i]) for j, i in np.argwhere(absent)}
        assert list(zip(own.y, own.x, strict=True)) == sorted(zip(REFERENCE, range(201, 206), strict=True))


def test_a_variant_that_is_looked_up_has_a_frame_in_every_map(variants):
    frames = [t for t in saturation_maps(variants, marked=(202, "T")).data if t.name == "looked up"]
    assert [(t.x, t.y) for t in frames] == [((202,), ("T",))] * 3
    assert not [t for t in saturation_maps(variants).data if t.name == "looked up"]


def test_every_marker_of_the_maps_knows_its_variant(variants):
    marks = [t for t in saturation_maps(variants).data if t.name == "variant"]
    assert [len(t.x) for t in marks] == [5, 4, 5]
    for t in marks:
        for (pos, ref, alt), x, y, told in zip(t.customdata, t.x, t.y, t.text, strict=True):
            row = variants[(variants["pos"] == pos) & (variants["alt"] == alt)].iloc[0]
            assert (x, y, ref) == (pos, alt, row["ref"])
            assert told.startswith(f"chr9:{pos} {ref}>{alt}<br>map of effect: {row['effect']:+.2f} log<sub>2</sub>")
            assert f"{row['effect'] / 2:+.1f} s.d. (confidence {row['confidence']:.2f})" in told
            assert f"map of one: {row['one']:+.2f} log<sub>2</sub>, {row['one'] / 0.5:+.1f} s.d." in told


def test_the_view_of_the_maps_is_genomic(variants):
    assert {tuple(a.range) for a in saturation_maps(variants).select_xaxes()} == {(200.5, 205.5)}
    assert {tuple(a.range) for a in saturation_maps(variants, view=(202, 203)).select_xaxes()} == {(201.5, 203.5)}


def test_maps_of_variants_without_a_number_can_be_drawn(variants):
    variants["one"] = np.nan
    figure = saturation_maps(variants, models=("one",))
    assert [len(t.x) for t in figure.data if t.name == "variant"] == [5, 0]


def test_the_scatter_has_a_title_axis_names_and_units(axis_names, variants):
    figure = saturation_plot.scatter(variants, "my model-2", "#123456", "HepG2", "a label")
    assert figure.layout.title.text == "a label"
    assert axis_names(figure, "x") == ["measured effect (log<sub>2</sub> alt/ref)"]
    assert axis_names(figure, "y") == [f"predicted effect in HepG2 ({theme.UNIT})"]


def test_the_scatter_tells_high_confidence_apart_and_counts_it(variants):
    figure = saturation_plot.scatter(variants, "my model-2", "#123456", "HepG2", "a label")
    low, high = figure.data
    assert low.name.endswith("n=2") and high.name.endswith("n=3") and "high confidence" in high.name
    assert list(high.x) == [0.5, 2.0, 0.75] and list(high.y) == [1.0, -3.0, 0.25]
    assert list(low.text) == ["201 G>-", "204 T>C"]
    assert high.marker.color == "#123456" != low.marker.color
