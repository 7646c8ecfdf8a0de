"""Long texts and arrays in few lines: what would change if any number or word in them did.

A digest of floats would differ between processors, so numbers become moments, two of them weighted by place.
"""

from __future__ import annotations

import csv
import hashlib
import html
import io
import re

import numpy as np

LONG = 24  # entries of an array, rows of a table: more are told by moments
LINES = 120  # of a text that is no table
SHOWN = 3  # first rows of a long table
# decimal fractions alone: whole numbers are counts and positions, the same on every processor
_NUMBER = re.compile(r"(?<![\w.#])-?(?:\d*\.\d+(?:[eE][-+]?\d+)?|\d+[eE]-\d+)(?![\w.])")


def moments(values: object) -> str:
    """Of an array of numbers: how many, how many unknown, mean, mean size, two means weighted by place, extremes."""
    flat = np.asarray(values, dtype=np.float64).ravel()
    known = flat[np.isfinite(flat)]
    told = f"n {len(flat)} known {len(known)}"
    if not len(known):
        return told
    place = np.flatnonzero(np.isfinite(flat)).astype(np.float64)
    numbers = (
        known.mean(), np.abs(known).mean(), (known * np.cos(place)).mean(), (known * np.sin(0.37 * place)).mean(),
        known.min(), known.max(),
    )  # fmt: skip
    return told + " mean {} size {} by cosine {} by sine {} least {} most {}".format(*map(rounded, numbers))


def rounded(value: float) -> str:
    """To six significant digits, and no negative zero."""
    return f"{round(float(value), 9) + 0.0:.6g}"


def words(values: list) -> str:
    """Of a list of texts: how many, and a digest of all."""
    return f"n {len(values)} sha256 {_sha(chr(10).join(map(str, values)))}"


def column(values: list) -> str:
    """Of a column of a table: moments where its entries are numbers, or else a digest of its words."""
    texts = ["" if v is None else str(v) for v in values]
    if not any(_NUMBER.search(text) for text in texts):
        return words(texts)
    try:
        return "numbers " + moments([float(t) if t.strip() not in ("", "None", "<NA>") else np.nan for t in texts])
    except ValueError:
        return mixed(texts)


def mixed(texts: list[str]) -> str:
    """Of texts with numbers in them: a digest of the words, moments of the numbers."""
    joined = "\n".join(texts)
    numbers = [float(n) for n in _NUMBER.findall(joined)]
    told = f"words n {len(texts)} sha256 {_sha(_NUMBER.sub('#', joined))}"
    return f"{told} numbers in them {moments(numbers)}" if numbers else told


def table(rows: list[list[str]], shown: bool = True) -> list[str]:
    """Lines that tell a table: all of a short one, of a long one its header, its first rows and each column."""
    if shown and len(rows) <= LONG:
        return [",".join(map(str, row)) for row in rows]
    head, *rest = rows
    lines = [f"{len(rest)} rows", ",".join(head), *(",".join(map(str, row)) for row in rest[: SHOWN * shown])]
    if any(len(row) != len(head) for row in rest):
        return [*lines, mixed([",".join(row) for row in rest])]
    return lines + [f"  {name}: {column([row[i] for row in rest])}" for i, name in enumerate(head)]


def text(content: str, name: str = "", rows: bool = True) -> list[str]:
    """Lines that tell a text by the ending of its name: a table, a figure, a page, or anything else."""
    lines = content.splitlines()
    if name.endswith((".html", ".svg")):
        return markup(content)
    if name.endswith(".csv"):
        return table(list(csv.reader(io.StringIO(content))), rows)
    if len(lines) <= LINES and rows:
        return lines
    return [f"{len(lines)} lines", *lines[: SHOWN * rows], mixed(lines)]


def markup(content: str) -> list[str]:
    """Of HTML or SVG: the words that are read, one line each, then what is drawn, by figure."""
    figures = re.findall(r"<svg.*?</svg>", content, re.DOTALL)
    rest = re.sub(r"<(svg|style|script).*?</\1>", " ", content, flags=re.DOTALL)
    lines = [" ".join(html.unescape(piece).split()) for piece in re.split(r"<[^>]*>", rest)]
    # a long report has hundreds of cells: of these a digest of words and the moments of numbers are kept
    said = [line for line in lines if line]
    told = [line for line in said if len(line) > 25]
    return [
        *told,
        "every piece of text: " + mixed(said),
        *(f"figure {i}: {drawn(f)}" for i, f in enumerate(figures, 1)),
    ]


def drawn(figure: str) -> str:
    """Of an SVG: how many elements of each kind, its words, and moments of all numbers in it."""
    kinds = re.findall(r"<([a-zA-Z]+)", figure)
    count = ", ".join(f"{kind} {kinds.count(kind)}" for kind in sorted(set(kinds)))
    said = [" ".join(piece.split()) for piece in re.findall(r">([^<]+)<", figure)]
    numbers = re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", re.sub(r"#[0-9a-fA-F]{3,8}", "", figure))
    return f"{count}; {mixed([s for s in said if s])}; {moments([float(n) for n in numbers])}"


def _sha(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()[:16]
