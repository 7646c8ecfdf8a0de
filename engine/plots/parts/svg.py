"""SVG for print as text: a thin layer over the standard library's XML tree, which escapes everything."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET

import numpy as np

INK, FAINT = "#1a1a1a", "#9a9a9a"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, section 2.2


def root(width: float, height: float, title: str) -> ET.Element:
    """An empty drawing on white; `width` and `height` in pixels of 1/96 inch, `title` for those who cannot see it."""
    box = f"0 0 {number(width)} {number(height)}"
    names = {"xmlns": "http://www.w3.org/2000/svg", "xmlns:xlink": "http://www.w3.org/1999/xlink"}
    drawing = ET.Element(
        "svg", names | {"viewBox": box, "width": number(width), "height": number(height), "role": "img"}
    )
    add(drawing, "title", title)
    add(drawing, "rect", x=0, y=0, width=width, height=height, fill="#ffffff")
    return drawing


def add(parent: ET.Element, tag: str, text: str | None = None, **attributes: str | float) -> ET.Element:
    """A new element; numbers are rounded to a hundredth of a pixel, `_` in names stands for `-`, `class_` for class."""
    return _added(parent, tag, attributes, text)


def _added(parent: ET.Element, tag: str, attributes: dict[str, str | float], text: str | None = None) -> ET.Element:
    made = ET.SubElement(parent, tag)
    for name, value in attributes.items():
        key = "class" if name == "class_" else name.replace("_", "-")
        made.set(key, clean(value) if isinstance(value, str) else number(value))
    if text is not None:
        made.text = clean(text)
    return made


def label(parent: ET.Element, text: str, x: float, y: float, size: float = 9, **attributes: str | float) -> ET.Element:
    """Text in the reader's own sans-serif font; `y` is its base line."""
    style: dict[str, str | float] = {"font_size": size, "font_family": "sans-serif", "fill": INK}
    return _added(parent, "text", {"x": x, "y": y} | style | attributes, text)


def line(parent: ET.Element, x1: float, y1: float, x2: float, y2: float, **attributes: str | float) -> ET.Element:
    style: dict[str, str | float] = {"stroke": INK, "stroke_width": 1.0}
    return _added(parent, "line", {"x1": x1, "y1": y1, "x2": x2, "y2": y2} | style | attributes)


def polygon(parent: ET.Element, points: list[tuple[float, float]], **attributes: str | float) -> ET.Element:
    corners: dict[str, str | float] = {"points": " ".join(f"{number(x)},{number(y)}" for x, y in points)}
    return _added(parent, "polygon", corners | attributes)


def path(pieces: list[np.ndarray]) -> str:
    """Closed polygons `(points, 2)` as the `d` of one path."""
    return "".join("M" + "L".join(f"{number(x, 3)},{number(y, 3)}" for x, y in piece) + "Z" for piece in pieces)


def text_of(drawing: ET.Element) -> str:
    """The drawing as one string, valid as a file of its own and inside HTML."""
    return ET.tostring(drawing, encoding="unicode")


def clean(text: str) -> str:
    """Without the characters that XML forbids even escaped (control characters)."""
    return _NOT_XML.sub("\ufffd", text)


def number(value: float, digits: int = 2) -> str:
    rounded = f"{float(value):.{digits}f}".rstrip("0").rstrip(".") if digits else f"{value:.0f}"
    return "0" if rounded in ("-0", "") else rounded


def round_length(largest: float) -> float:
    """The largest of 1, 2 and 5 times a power of ten that is not above `largest` (> 0)."""
    power = 10.0 ** math.floor(math.log10(largest))
    return max(step * power for step in (1, 2, 5) if step * power <= largest * (1 + 1e-9))


def width_of(text: str, size: float) -> float:
    """About how wide a text of a sans-serif font gets; it errs on the wide side."""
    return 0.55 * size * len(text)
