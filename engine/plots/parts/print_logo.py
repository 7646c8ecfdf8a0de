"""Sequence logos for print: wrapped lines, one common scale, edits and motif matches marked by shape."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

import numpy as np

from engine.errors import InputError
from engine.plots.parts import svg, theme
from engine.plots.parts.logo import GLYPHS
from engine.results import MotifSite
from engine.sequence import BASES

CELL = 11.0  # pixels a base
LOGO = 50.0  # height of the letters' area of one line
LEFT, RIGHT, TOP = 46.0, 14.0, 26.0
LETTERS, MARKS, RULER, LANE, GAP = 11.0, 9.0, 13.0, 12.5, 9.0  # heights of the rows below the logo
LABEL = 8.5  # font size of motif labels
NARROWEST = 420.0  # pixels: the legend needs as much
UNIT = "log2(RNA/DNA)"


@dataclass(frozen=True)
class Marks:
    """0-based positions of what was edited; at a `deleted` one, bases are missing before it (`length`: at the end)."""

    substituted: frozenset[int] = frozenset()
    inserted: frozenset[int] = frozenset()
    deleted: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Layout:
    """How a logo is laid out.

    Attributes:
        per_line: bases a line, 10 or more.
        first_position: what the first base is called on the ruler (1, or its genomic position).
        extent: the lowest and highest value that the scale has room for, to draw several sequences on one scale;
            by default those of the values, and 0.
    """

    per_line: int = 60
    first_position: int = 1
    palette: str = "standard"
    extent: tuple[float, float] | None = None


def logo(
    bases: str,
    values: np.ndarray,
    *,
    title: str,
    unit: str = UNIT,
    marks: Marks = Marks(),
    sites: Sequence[MotifSite] = (),
    layout: Layout = Layout(),
) -> str:
    """One SVG drawing of a sequence whose letters are as tall as a number at each position.

    Args:
        values: `(length,)`, in `unit`; letters of negative ones hang below the line, upside down. Letters other than
            A, C, G, T, and positions of nan, have no height; every base also stands in small type below.
        marks: a triangle below a substituted base, a diamond below an inserted one, a wedge where bases were deleted.
        sites: motif sites, drawn as bars that point along their strand.

    Raises:
        InputError: values that are not one a base, a line of less than 10 bases, or an unknown palette.
    """
    if len(values) != len(bases):
        raise InputError(f"the logo of {len(bases)} bases needs as many values, not {len(values)}")
    per_line = layout.per_line
    if per_line < 10:
        raise InputError(f"a line of {per_line} bases is too short to number; take 10 or more")
    colours = theme.base_colours(layout.palette)
    low, high = layout.extent or (0.0, 0.0)
    known = np.nan_to_num(np.asarray(values, float))
    low, high = min(low, 0.0, known.min()), max(high, 0.0, known.max())
    pixels = LOGO / ((high - low) or 1.0)
    starts = range(0, len(bases), per_line)
    lanes = [_lanes(sites, s, min(s + per_line, len(bases))) for s in starts]
    below = [LETTERS + RULER + MARKS * _any(marks, s, min(s + per_line, len(bases)), len(bases)) for s in starts]
    heights = [LOGO + under + LANE * len(rows) + GAP for under, rows in zip(below, lanes, strict=True)]
    width = LEFT + CELL * min(per_line, len(bases)) + RIGHT
    drawing = svg.root(max(width, NARROWEST, 8 + 1.1 * svg.width_of(title, 12)), TOP + sum(heights) + 18, title)
    svg.label(drawing, title, 4, 15, 12, font_weight="bold")
    prefix = f"g{zlib.crc32(f'{title} {bases}'.encode()):08x}"  # several drawings share a page
    definitions = svg.add(drawing, "defs")
    for base in BASES:
        svg.add(definitions, "path", id=f"{prefix}{base}", d=svg.path(GLYPHS[base]), fill=colours[base])
    bar = svg.round_length((high - low) / 2) if high > low else 0.0
    top = TOP
    for start, under, rows, height in zip(starts, below, lanes, heights, strict=True):
        end = min(start + per_line, len(bases))
        zero = top + high * pixels if high > low else top + LOGO
        group = svg.add(drawing, "g", class_="line")
        _scale_bar(group, top, bar, bar * pixels)
        svg.line(group, LEFT, zero, LEFT + CELL * (end - start), zero, stroke=svg.FAINT, stroke_width=0.5)
        for i in range(start, end):
            x = LEFT + CELL * (i - start)
            if bases[i] in BASES and known[i]:
                place = f"translate({svg.number(x + 0.04 * CELL)},{svg.number(zero)})"
                size = f"scale({svg.number(0.92 * CELL)},{svg.number(-known[i] * pixels, 4)})"
                svg.add(group, "use", class_="letter", transform=f"{place} {size}").set(
                    "xlink:href", f"#{prefix}{bases[i]}"
                )
            y = top + LOGO + LETTERS - 1
            svg.label(group, bases[i], x + CELL / 2, y, 8.5, text_anchor="middle", font_family="monospace")
        _marks(group, marks, start, end, len(bases), top + LOGO + LETTERS)
        _ruler(group, start, end, layout.first_position, top + LOGO + under - RULER)
        for lane, row in enumerate(rows):
            for hit in row:
                _motif(group, hit, start, end, top + LOGO + under + LANE * lane)
        top += height
    _legend(drawing, marks, f"Scale bar {bar:g} {unit}, one scale for all lines." if bar else "All values are 0.", top)
    return svg.text_of(drawing)


def _scale_bar(group: Element, top: float, value: float, height: float) -> None:
    if not value:
        return
    middle = top + LOGO / 2
    svg.line(group, LEFT - 8, middle - height / 2, LEFT - 8, middle + height / 2, stroke_width=1.5, class_="scale")
    svg.label(group, f"{value:g}", LEFT - 12, middle + 3, 9, text_anchor="end")


def _ruler(group: Element, start: int, end: int, first: int, y: float) -> None:
    """A tick below every tenth position and its number; the first base of the line is numbered if there is room."""
    for i in range(start, end):
        x = LEFT + CELL * (i - start + 0.5)
        if (i + first) % 10 == 0:
            svg.line(group, x, y, x, y + 3, stroke_width=0.7)
            svg.label(group, str(i + first), x, y + 11, 8, text_anchor="middle", class_="number")


def _any(marks: Marks, start: int, end: int, length: int) -> bool:
    """Whether a line has marks; the one behind the last base of all belongs to the last line."""
    last = end + (end == length)
    return any(start <= i < last for i in (*marks.substituted, *marks.inserted, *marks.deleted))


def _marks(group: Element, marks: Marks, start: int, end: int, length: int, y: float) -> None:
    for i in range(start, end):
        x = LEFT + CELL * (i - start + 0.5)
        if i in marks.substituted:
            _triangle(group, x, y)
        if i in marks.inserted:
            _diamond(group, x, y)
    # before the first base of a line, or after the last base of all
    for i in marks.deleted:
        if start <= i < end or i == end == length:
            _wedge(group, LEFT + CELL * (i - start), y)


def _triangle(group: Element, x: float, y: float) -> None:
    svg.polygon(group, [(x, y), (x - 4, y + 7), (x + 4, y + 7)], fill=svg.INK, class_="substituted")


def _diamond(group: Element, x: float, y: float) -> None:
    corners = [(x, y), (x + 4, y + 4), (x, y + 8), (x - 4, y + 4)]
    svg.polygon(group, corners, fill="#ffffff", stroke=svg.INK, stroke_width=1.2, class_="inserted")


def _wedge(group: Element, x: float, y: float) -> None:
    points = " ".join(f"{svg.number(px)},{svg.number(py)}" for px, py in ((x - 3, y + 8), (x, y), (x + 3, y + 8)))
    svg.add(group, "polyline", points=points, fill="none", stroke=svg.INK, stroke_width=1.4, class_="deleted")


def _name(site: MotifSite) -> str:
    return f"{'+ ' * (site.status == 'gained')}{site.family} ({site.strand}) q {site.best.q:.2g}"


def _span(site: MotifSite, start: int, end: int) -> tuple[float, float, float]:
    """Left and right edge of a bar in the line, and of its label's left edge: in the bar, else beside it."""
    left, right = LEFT + CELL * (max(site.start, start) - start), LEFT + CELL * (min(site.end, end) - start)
    text = svg.width_of(_name(site), LABEL)
    if text + 12 <= right - left:
        return left, right, left + 7
    room = max(LEFT + CELL * (end - start), NARROWEST - RIGHT)
    return left, right, right + 3 if right + 3 + text <= room else max(2.0, left - 3 - text)


def _lanes(sites: Sequence[MotifSite], start: int, end: int) -> list[list[MotifSite]]:
    """The sites that lie in a line, in as few rows as keep bars and labels apart."""
    rows: list[list[MotifSite]] = []
    edges: list[list[tuple[float, float]]] = []
    for site in sorted((s for s in sites if s.start < end and s.end > start), key=lambda s: (s.start, s.end)):
        left, right, text = _span(site, start, end)
        low, high = min(left, text) - 3, max(right, text + svg.width_of(_name(site), LABEL)) + 3
        for row, taken in zip(rows, edges, strict=True):
            if all(high <= a or low >= b for a, b in taken):
                row.append(site)
                taken.append((low, high))
                break
        else:
            rows.append([site])
            edges.append([(low, high)])
    return rows


def _motif(group: Element, site: MotifSite, start: int, end: int, y: float) -> None:
    """A bar with a point at the end that its strand runs to; an end that goes on in another line is cut straight."""
    left, right, text = _span(site, start, end)
    top, bottom, point = y + 1, y + LANE - 2, min(5.0, (right - left) / 2)
    shape = [(left, top), (right, top), (right, bottom), (left, bottom)]
    if site.strand == "+" and site.end <= end:
        shape = [
            (left, top),
            (right - point, top),
            (right, (top + bottom) / 2),
            (right - point, bottom),
            (left, bottom),
        ]
    if site.strand == "-" and site.start >= start:
        shape = [(left + point, top), (right, top), (right, bottom), (left + point, bottom), (left, (top + bottom) / 2)]
    svg.polygon(group, shape, fill="#e3e3e3", stroke="#6b6b6b", stroke_width=0.7, class_="motif")
    svg.label(group, _name(site), text, y + LANE - 4, LABEL)


def _legend(drawing: Element, marks: Marks, text: str, y: float) -> None:
    svg.label(drawing, text, 4, y + 10, 9)
    x = 4 + svg.width_of(text, 9) + 8
    for positions, draw, what in (
        (marks.substituted, _triangle, "substituted"),
        (marks.inserted, _diamond, "inserted"),
        (marks.deleted, _wedge, "bases deleted here"),
    ):
        if positions:
            legend = svg.add(drawing, "g", class_="legend")
            draw(legend, x + 4, y + 3)
            svg.label(legend, what, x + 12, y + 10, 9)
            x += 24 + svg.width_of(what, 9)
