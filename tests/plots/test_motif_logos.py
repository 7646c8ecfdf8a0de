"""Logos of motifs: heights in bits by hand, the small picture, both rows of the figure."""

import base64
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from engine.plots import motifs
from engine.plots.parts import theme

PFM = np.array([[1, 0, 0, 0], [0.5, 0.5, 0, 0], [0.25, 0.25, 0.25, 0.25]])


def test_heights_are_bits():
    found = motifs.information(PFM)
    np.testing.assert_allclose(found, [[2, 0, 0, 0], [0.5, 0.5, 0, 0], [0, 0, 0, 0]], atol=1e-12)


def test_the_small_logo_is_a_picture_of_its_letters():
    address = motifs.small_logo(motifs.information(PFM), "AMN <&>")
    drawing = ET.fromstring(base64.b64decode(address.split(",")[1]))
    paths = [e.get("fill") for e in drawing.iter() if e.tag.endswith("path")]
    colours = motifs.theme.base_colours("standard")
    assert paths[0] == colours["A"] and sorted(paths[1:]) == sorted([colours["A"], colours["C"]])
    assert [e.text for e in drawing.iter() if e.tag.endswith("title")] == ["AMN <&>"]


def test_both_rows_show_frequencies_and_contributions():
    cwm = np.array([[0.5, 0, 0, 0], [0, -0.25, 0, 0], [0, 0, 0, 0]])
    figure = motifs.two_logos(PFM, cwm, "m")
    letters = [t for t in figure.data if t.mode == "lines"]
    assert max(np.nanmax(t.y) for t in letters if t.yaxis == "y") == pytest.approx(2)
    below = [t for t in letters if t.yaxis == "y2"]
    assert {t.name for t in below} == {"A", "C"}
    assert max(np.nanmax(t.y) for t in below) == pytest.approx(0.5)
    assert min(np.nanmin(t.y) for t in below) == pytest.approx(-0.25, rel=0.01)  # a C is round
    said = next(t for t in figure.data if t.mode == "markers").customdata[1]
    assert "C 0.50, contributes -0.250" in said


def test_what_was_found_where_begins_at_zero_and_relatives_stand_in_brackets():
    table = pd.DataFrame(
        {"model": ["m"] * 3 + ["n"] * 3, "motif": ["A", "B", "C"] * 2, "value": [12.5, np.nan, 0, 1, 2, np.nan],
         "found_again": [True, False, False, False, True, False]}
    ).assign(low=np.nan, high=np.nan)  # fmt: skip
    heat, numbers = motifs.sites(table, ["m", "n"], ["A", "B", "C"], "").data
    assert (heat.zmin, heat.zmax) == (0, 12.5)
    assert list(numbers.text) == ["(1.00)", "2.00", "", "12.50", "", "(0.00)"]
    assert [list(step) for step in heat.colorscale] == theme.FAINT_SEQUENTIAL
