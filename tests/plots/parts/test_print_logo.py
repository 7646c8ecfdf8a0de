"""Figures for print: valid XML, heights that follow the numbers, marks told apart by shape."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from engine.errors import InputError
from engine.plots.parts import svg
from engine.plots.parts.print_bars import bars
from engine.plots.parts.print_logo import CELL, LOGO, Layout, Marks, logo
from engine.results import MotifHit, MotifSite, Prediction

SVG, LINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}href"
BASES = "ACGTNACGTTGCAAGCATTCGGATT"  # 25


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text)


def of_class(drawing: ET.Element, name: str) -> list[ET.Element]:
    return [e for e in drawing.iter() if e.get("class") == name]


def letters(drawing: ET.Element) -> list[tuple[str, float, float, float]]:
    """Base, left edge, base line and height (negative: hanging) of every letter."""
    found = []
    for use in of_class(drawing, "letter"):
        place, size = re.findall(r"\(([^)]*)\)", use.get("transform"))
        (x, y), (_, height) = (map(float, p.split(",")) for p in (place, size))
        found.append((use.get(LINK)[-1], x, y, -height))
    return found


def texts(drawing: ET.Element) -> list[str]:
    return [e.text for e in drawing.iter(SVG + "text")]


def site(start: int, end: int, strand: str = "+", family: str = "GATA1") -> MotifSite:
    return MotifSite(family, (MotifHit("GATA1", "MA0035.4", start, end, strand, 11.0, 1e-5, 0.012),))


# --- logos ------------------------------------------------------------------------------------------


def test_letters_are_as_tall_as_their_values_on_one_scale():
    values = np.linspace(-0.45, 1.4, len(BASES))
    values[[0, 1]] = 1.5, -0.5
    drawing = parsed(logo(BASES, values, title="mine", layout=Layout(per_line=10)))
    drawn = letters(drawing)
    # the highest and the lowest value, 2 units apart, share the height of a line
    assert drawn[0][::3] == ("A", pytest.approx(1.5 * LOGO / 2))
    assert drawn[1][::3] == ("C", pytest.approx(-0.5 * LOGO / 2))
    heights = [h for *_, h in drawn]
    known = [v for v, base in zip(values, BASES, strict=True) if base != "N"]
    assert heights == pytest.approx(np.array(known) * LOGO / 2, abs=1e-3)


def test_every_base_with_a_value_is_one_letter_in_its_column_and_line():
    values = np.ones(len(BASES))
    values[[2, 3]] = 0, np.nan
    drawing = parsed(logo(BASES, values, title="mine", layout=Layout(per_line=10)))
    drawn = letters(drawing)
    left = [i for i, base in enumerate(BASES) if base != "N" and i not in (2, 3)]
    assert "".join(base for base, *_ in drawn) == "".join(BASES[i] for i in left)
    columns = np.array([x for _, x, *_ in drawn])
    assert np.diff(columns)[:1] == pytest.approx([CELL])
    assert columns - columns[0] == pytest.approx([CELL * (i % 10) for i in left], abs=0.02)
    assert [len(letters(g)) for g in of_class(drawing, "line")] == [7, 10, 5]
    assert len({y for *_, y, _ in drawn}) == 3
    # the bases themselves can be read even where a letter has no height
    assert "".join(t for t in texts(drawing) if len(t) == 1) == BASES


def test_the_ruler_numbers_every_tenth_position_from_the_first_on():
    of = lambda first: [  # noqa: E731
        e.text
        for e in of_class(parsed(logo(BASES, np.ones(25), title="mine", layout=Layout(first_position=first))), "number")
    ]
    assert of(1) == ["10", "20"]
    assert of(11089300) == ["11089300", "11089310", "11089320"]


def test_marks_have_shapes_of_their_own_beside_the_base_they_belong_to():
    marks = Marks(frozenset({3}), frozenset({11, 12}), frozenset({20, 25}))
    drawing = parsed(logo(BASES, np.ones(25), title="mine", marks=marks, layout=Layout(per_line=10)))
    lines = of_class(drawing, "line")
    assert [len(of_class(g, "substituted")) for g in lines] == [1, 0, 0]
    assert [len(of_class(g, "inserted")) for g in lines] == [0, 2, 0]
    assert [len(of_class(g, "deleted")) for g in lines] == [0, 0, 2]  # one of them behind the last base
    (triangle,) = of_class(lines[0], "substituted")
    tip = float(triangle.get("points").split(",")[0])
    column = letters(lines[0])[3][1] - 0.04 * CELL + CELL / 2
    assert tip == pytest.approx(column, abs=0.02)
    assert len({e.get("fill") for e in of_class(drawing, "substituted") + of_class(drawing, "inserted")}) == 2
    assert {"substituted", "inserted", "bases deleted here"} <= set(texts(drawing))
    assert not {"substituted", "inserted"} & set(texts(parsed(logo(BASES, np.ones(25), title="mine"))))


def test_a_motif_that_runs_over_the_end_of_a_line_is_drawn_in_both():
    drawing = parsed(
        logo(
            BASES, np.ones(25), title="mine", sites=[site(8, 13), site(9, 13, "-", "TAL1")], layout=Layout(per_line=10)
        )
    )
    first, second, third = of_class(drawing, "line")
    widths = []
    for part in of_class(first, "motif") + of_class(second, "motif"):
        xs = [float(p.split(",")[0]) for p in part.get("points").split()]
        widths.append(round((max(xs) - min(xs)) / CELL))
    assert widths == [2, 1, 3, 3] and not of_class(third, "motif")
    assert texts(first).count("GATA1 (+) q 0.012") == texts(second).count("GATA1 (+) q 0.012") == 1
    # labels of both fit into no single row of ten bases
    tops = [e.get("points").split()[0].split(",")[1] for e in of_class(first, "motif")]
    assert len(set(tops)) == 2
    # the point of a bar stands at the end that its strand runs to, and only where it ends
    corners = [len(e.get("points").split()) for e in of_class(first, "motif") + of_class(second, "motif")]
    assert corners == [4, 5, 5, 4]


def test_the_scale_bar_is_as_long_as_its_number_says():
    drawing = parsed(logo("ACGT", np.array([0.3, -0.1, 0, 0]), title="mine", unit="things"))
    (bar,) = of_class(drawing, "scale")
    assert float(bar.get("y2")) - float(bar.get("y1")) == pytest.approx(LOGO * 0.2 / 0.4)
    assert "0.2" in texts(drawing) and any(t.startswith("Scale bar 0.2 things") for t in texts(drawing))


def test_two_drawings_share_a_scale_when_it_is_given():
    low = parsed(logo("ACGT", np.full(4, 0.5), title="mine", layout=Layout(extent=(0, 1))))
    assert {h for *_, h in letters(low)} == {LOGO / 2}


def test_nothing_but_zeros_draws_the_bases_and_says_so():
    drawing = parsed(logo("ACGT", np.zeros(4), title="mine"))
    assert letters(drawing) == [] and "All values are 0." in texts(drawing)


def test_names_cannot_break_the_drawing():
    name = "<script>alert('&')</script>\x07 \"q\""
    drawing = parsed(logo("ACGT" * 5, np.ones(20), title=name, sites=[site(2, 9, family="A<B&C")]))
    shown = name.replace("\x07", "\ufffd")
    assert drawing.find(SVG + "title").text == shown and shown in texts(drawing)
    assert "A<B&C (+) q 0.012" in texts(drawing)
    assert not list(drawing.iter("script")) and not list(drawing.iter(SVG + "script"))


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(InputError, match="4 bases needs as many values, not 3"):
        logo("ACGT", np.ones(3), title="mine")
    with pytest.raises(InputError, match="line of 5 bases"):
        logo("ACGT", np.ones(4), title="mine", layout=Layout(per_line=5))
    with pytest.raises(InputError, match="unknown palette"):
        logo("ACGT", np.ones(4), title="mine", layout=Layout(palette="neon"))


# --- bars -------------------------------------------------------------------------------------------


def prediction(*members: tuple[float, float]) -> Prediction:
    each = np.array(members, np.float32)[:, None, :]
    return Prediction("m<1>", ("s",), ("K562", "HepG2"), each.mean(axis=0), (), each if len(members) > 1 else None)


def test_bars_are_as_long_as_the_predictions_and_start_at_zero():
    drawing = parsed(bars([prediction((1.0, -0.5))], [prediction((2.0, -1.0))]))
    reference, edited = of_class(drawing, "reference"), of_class(drawing, "edited")
    unit = float(reference[0].get("width"))
    assert [float(e.get("width")) / unit for e in reference + edited] == pytest.approx([1, 0.5, 2, 1], rel=1e-3)
    zero = float(reference[0].get("x"))
    assert float(edited[0].get("x")) == zero
    assert float(edited[1].get("x")) + float(edited[1].get("width")) == pytest.approx(zero, abs=0.02)
    assert {e.get("fill") for e in reference} != {e.get("fill") for e in edited}
    assert {"m<1>, K562", "m<1>, HepG2", "+1.00", "−1.00"} <= set(texts(drawing))


def test_the_spread_is_a_line_to_either_side():
    drawing = parsed(bars([prediction((1.0, 1.0), (3.0, 1.0))], []))
    unit = float(of_class(drawing, "reference")[0].get("width")) / 2  # the mean is 2
    spans = [float(e.get("x2")) - float(e.get("x1")) for e in drawing.iter(SVG + "line") if e.get("stroke") == svg.INK]
    assert max(spans) == pytest.approx(2 * np.sqrt(2) * unit, rel=1e-3)  # s.d. of 1 and 3
    assert not of_class(drawing, "edited")
    assert "edited" not in texts(drawing)


@pytest.mark.parametrize(("largest", "expected"), [(1, 1), (0.99, 0.5), (0.2, 0.2), (7, 5), (0.03, 0.02), (1000, 1000)])
def test_round_lengths(largest, expected):
    assert svg.round_length(largest) == pytest.approx(expected)
