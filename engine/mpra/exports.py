"""A comparison as rows of a table, and in words."""

from __future__ import annotations

import math

import numpy as np

from engine.mpra.comparison import Comparison
from engine.mpra.overlap import IDENTICAL, IN_WORDS, SHARED, VALIDATION


def rows(comparison: Comparison) -> list[tuple]:
    """The header and one row a sequence: what was measured and predicted, and whether each model has seen it."""
    library = comparison.library
    header = ["name", "line", "length", "gc"]
    header += [f"measured.{library.title(label)}" for label in library.labels]
    header += [f"{p.model}.{o}" for p in comparison.predictions for o in p.outputs]
    header += [f"{p.model}.seen" for p in comparison.predictions if p.seen is not None]
    table: list[tuple] = [(*header, "sequence")]
    for i, name in enumerate(library.names):
        row = [name, int(library.lines[i]), len(library.bases[i]), _number(library.gc[i])]
        row += [_number(v) for v in library.measured[i]]
        row += [_number(v) for p in comparison.predictions for v in p.values[i]]
        row += [IN_WORDS[int(p.seen[i])] for p in comparison.predictions if p.seen is not None]
        table.append((*row, library.bases[i]))
    return table


def without_output(comparison: Comparison) -> list[str]:
    """The columns of measurements that no output is called like, so that each is held against several."""
    outputs: dict[str, set[str]] = {}
    for _, output, label in comparison.pairs:
        outputs.setdefault(label, set()).add(output)
    return [comparison.library.title(label) for label, held in outputs.items() if label not in held and len(held) > 1]


def _number(value: float) -> str:
    """What is no number is an empty cell."""
    return "" if math.isnan(value) else f"{value:.6g}"


def seen_in_words(seen: np.ndarray | None) -> str:
    """How much of a library a model has seen, in a sentence."""
    if seen is None:
        return "which of these sequences it learned from is not known"
    identical, shared, chose = ((seen == status).sum() for status in (IDENTICAL, SHARED, VALIDATION))
    if not identical + shared + chose:
        return "it has seen none of these sequences, nor any that shares a 30-mer with one"
    rest = len(seen) - identical - shared - chose
    return (
        f"it learned from {identical:,} of these sequences, and from kin of {shared:,} more (a shared 30-mer); "
        f"{chose:,} are kin of the fold that chose its epoch; {rest:,} are new to it"
    )
