"""Stretches of a sequence that stay as they are, as people write them: '80-120, 150-160'; from 1, with both ends."""

from __future__ import annotations

import re
from collections.abc import Iterable

from engine.errors import InputError
from engine.limits import DIGITS

_STRETCH = re.compile(r"([0-9]+)(?:\s*(?:-|–|\.\.)\s*([0-9]+))?", re.ASCII)


def read(text: str, length: int | None = None) -> tuple[tuple[int, int], ...]:
    """The stretches that a text names, sorted, 0-based half-open; those that touch or overlap are one.

    Args:
        length: bases of the sequence; None where it is not known yet, so that its end is not checked.

    Raises:
        InputError: what is no stretch, or reaches out of the sequence.
    """
    stretches = []
    for part in re.split(r"[,;\n]", text):
        if not part.strip():
            continue
        match = _STRETCH.fullmatch(part.strip())
        if match is None:
            raise InputError(f"'{part.strip()[:40]}' is no stretch; write first and last position, as 80-120")
        first, last = match[1], match[2] or match[1]
        for number in (first, last):
            DIGITS.check(len(number), f"the stretch '{part.strip()[:40]}'")
        start, end = int(first), int(last)
        if not 1 <= start <= end:
            raise InputError(f"'{part.strip()[:40]}' is no stretch; positions count from 1, and the first comes first")
        if length is not None and end > length:
            raise InputError(
                f"the stretch {start}-{end} does not lie within the {length} bases; write first and last position, "
                f"from 1 to {length}"
            )
        stretches.append((start - 1, end))
    return joined(stretches)


def joined(stretches: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """0-based half-open stretches in order, those that touch or overlap as one."""
    whole: list[tuple[int, int]] = []
    for start, end in sorted(stretches):
        if whole and start <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(whole[-1][1], end))
        else:
            whole.append((start, end))
    return tuple(whole)


def free(length: int, kept: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The 0-based half-open stretches between those that are kept, which are sorted and do not overlap."""
    edges = [0, *(edge for stretch in kept for edge in stretch), length]
    return tuple((a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b)


def in_words(stretches: Iterable[tuple[int, int]]) -> str:
    """The inverse of `read`."""
    return ", ".join(f"{start + 1}-{end}" if end - start > 1 else f"{start + 1}" for start, end in stretches)
