"""Comparison of what a command or a page gave with what it gave when it was pinned: words equal, numbers close."""

from __future__ import annotations

import math
import re
from itertools import zip_longest

RTOL, ATOL = 1e-4, 1e-5
# a number that stands for itself: not part of a name such as K562, MA0035.4 or hg38
_NUMBER = re.compile(r"(?<![\w.])[-+−]?(?:\d[\d,]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w])")


def difference(golden: str, now: str, rtol: float = RTOL, atol: float = ATOL) -> str | None:
    """The first line that differs, with its number, as it was and as it is; None where there is none."""
    for count, (was, is_) in enumerate(zip_longest(golden.splitlines(), now.splitlines()), 1):
        if was is None or is_ is None or not same(was, is_, rtol, atol):
            return f"line {count}\n  was: {_short(was)}\n  is:  {_short(is_)}"
    return None


def same(was: str, is_: str, rtol: float = RTOL, atol: float = ATOL) -> bool:
    """Whether two lines have the same text between their numbers, and close numbers."""
    if was == is_:
        return True
    if _NUMBER.split(was) != _NUMBER.split(is_):
        return False
    pairs = zip(_NUMBER.findall(was), _NUMBER.findall(is_), strict=True)
    return all(a == b or _close(a, b, rtol, atol) for a, b in pairs)


def _close(a: str, b: str, rtol: float, atol: float) -> bool:
    """Two numbers as written: within the tolerance, or apart by one in the last place that is shown."""
    x, y = _value(a), _value(b)
    return math.isclose(x, y, rel_tol=rtol, abs_tol=max(atol, 1.01 * min(_unit(a), _unit(b))))


def _value(text: str) -> float:
    return float(text.replace(",", "").replace("−", "-"))


def _unit(text: str) -> float:
    """The last place of a decimal fraction as written; 0 for whole numbers, which are counts."""
    mantissa, _, exponent = text.lower().replace(",", "").partition("e")
    if "." not in mantissa:
        return 0.0
    return 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))


def _short(line: str | None) -> str:
    return "(no such line)" if line is None else line if len(line) < 400 else line[:400] + " ..."
