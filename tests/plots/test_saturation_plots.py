"""Figures of saturation mutagenesis: measured and predicted effects, each in its cell and told by its marker."""

import itertools

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from engine.plots import saturation as saturation_plot
from engine.plots.parts import theme

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


def saturation_maps(variants: pd.DataFrame, models=("one", "my model-2"), **more) -> go.Figure:
    return saturation_plot.maps(
        variants, list(models), chrom="chr9", start=START, reference=REFERENCE, title="element", **more
    )


def test_the_grid_puts_each_variant_in_its_cell_and_nothing_elsewhere(variants):
    cells = saturation_plot.grid(variants, "effect", START, len(REFERENCE))
    assert cells.shape == (5, 5)
    expected = {(0, 0): 0.5, (0, 4): -1.5, (1, 3): 2.0, (3, 1): -0.25, (4, 2): 0.75}
    for cell in itertools.product(range(5), range(5)):
        if cell in expected:
            assert cells[cell] == expected[cell]
        else:
            assert np.isnan(cells[cell])


def test_the_maps_have_a_title_axis_names_and_units(axis_names, variants):
    figure = saturation_maps(variants)
    assert figure.layout.title.text == "element"
    assert axis_names(figure, "x") == ["chr9 position (bp, 1-based)"]
    assert axis_names(figure, "y") == ["new allele"] * 3
    assert [a.text for a in figure.layout.annotations] == ["measured", "predicted by one", "predicted by my model-2"]
    bars = [t.colorbar.title.text for t in figure.data if t.type == "heatmap" and t.showscale is not False]
    assert bars == ["log<sub>2</sub>"] * 3


def test_each_map_holds_its_own_numbers_on_its_own_symmetric_scale(variants):
    figure = saturation_maps(variants)
    shown = [t for t in figure.data if t.type == "heatmap" and t.showscale is not False]
    for heat, column in zip(shown, ("effect", "one", "my model-2"), strict=True):
        expected = saturation_plot.grid(variants, column, START, len(REFERENCE))
        np.testing.assert_array_equal(np.array(heat.z, float).T, expected)
        assert list(heat.x) == [201, 202, 203, 204, 205] and list(heat.y) == ["A", "C", "G", "T", "-"]
        assert heat.zmin == -heat.zmax
        assert heat.zmax == pytest.approx(np.nanpercentile(np.abs(variants[column]), 99))


def test_missing_variants_are_hatched_and_the_base_that_is_there_is_dotted(variants):
    figure = saturation_maps(variants)
    values = [t for t in figure.data if t.type == "heatmap"]
    hatched = [t for t in figure.data if t.name == "not measured"]
    dotted = [t for t in figure.data if t.name == "the reference's base"]
    assert len(hatched) == len(dotted) == len(values) == 3
    for shown, missing, own in zip(values, hatched, dotted, strict=True):
        assert (shown.xaxis, shown.yaxis) == (missing.xaxis, missing.yaxis) == (own.xaxis, own.yaxis)
        cells = np.array(shown.z, float)
        empty = {(shown.x[i], shown.y[j]) for j, i in np.argwhere(np.isnan(cells))}
        there = set(zip(own.x, own.y, strict=True))
        assert there == {(201 + i, base) for i, base in enumerate(REFERENCE)}
        assert set(zip(missing.x, missing.y, strict=True)) == empty - there
    # a variant that this model did not score is missing in its map alone
    assert np.isfinite(np.array(values[0].z, float)[1, 3]) and np.isnan(np.array(values[1].z, float)[1, 3])


def test_every_marker_of_the_maps_knows_its_variant(variants):
    marks = [t for t in saturation_maps(variants).data if t.name == "variant"]
    assert [len(t.x) for t in marks] == [5, 4, 5]
    for t in marks:
        for (pos, ref, alt), x, y, told in zip(t.customdata, t.x, t.y, t.text, strict=True):
            row = variants[(variants["pos"] == pos) & (variants["alt"] == alt)].iloc[0]
            assert (x, y, ref) == (pos, alt, row["ref"])
            assert told.startswith(f"chr9:{pos} {ref}>{alt}<br>measured {row['effect']:+.2f}")
            assert f"one {row['one']:+.2f}" in told and f"my model-2 {row['my model-2']:+.2f}" in told


def test_the_view_of_the_maps_is_genomic(variants):
    assert {tuple(a.range) for a in saturation_maps(variants).select_xaxes()} == {(200.5, 205.5)}
    assert {tuple(a.range) for a in saturation_maps(variants, view=(202, 203)).select_xaxes()} == {(201.5, 203.5)}


def test_maps_of_variants_without_a_number_can_be_drawn(variants):
    variants["one"] = np.nan
    figure = saturation_maps(variants, models=("one",))
    assert [len(t.x) for t in figure.data if t.name == "variant"] == [5, 0]


def test_the_scatter_has_a_title_axis_names_and_units(axis_names, variants):
    figure = saturation_plot.scatter(variants, "my model-2", "#123456", "HepG2")
    assert figure.layout.title.text == "my model-2"
    assert axis_names(figure, "x") == ["measured effect (log<sub>2</sub> alt/ref)"]
    assert axis_names(figure, "y") == [f"predicted effect in HepG2 ({theme.UNIT})"]


def test_the_scatter_tells_high_confidence_apart_and_counts_it(variants):
    figure = saturation_plot.scatter(variants, "my model-2", "#123456", "HepG2")
    low, high = figure.data
    assert low.name.endswith("n=2") and high.name.endswith("n=3") and "high confidence" in high.name
    assert list(high.x) == [0.5, 2.0, 0.75] and list(high.y) == [1.0, -3.0, 0.25]
    assert list(low.text) == ["201 G>-", "204 T>C"]
    assert high.marker.color == "#123456" != low.marker.color
