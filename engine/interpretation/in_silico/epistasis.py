"""Double mutants: do two substitutions of a stretch act independently of each other?"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from engine.errors import InputError
from engine.interpretation.in_silico import windowed
from engine.interpretation.in_silico.windowed import Change, Cut, WindowedRun
from engine.models.layers import SequenceModel
from engine.results import Epistasis, Progress
from engine.sequence import BASES, Sequence

COLUMNS = (
    *("position_1", "ref_1", "alt_1", "effect_1"),
    *("position_2", "ref_2", "alt_2", "effect_2"),
    *("effect_both", "interaction"),
)  # of `rows`
LONGEST = 40  # bases: 7,020 double mutants; their number grows with the square of the length


def epistasis(
    model: SequenceModel,
    sequence: Sequence,
    start: int,
    end: int,
    *,
    name: str = "model",
    run: WindowedRun = WindowedRun(),
    progress: Progress | None = None,
) -> Epistasis:
    """The effects of all single and double substitutions of `[start, end)` (0-based).

    Their interaction, the effect of a double mutant minus the sum of its two singles, is 0 wherever the model adds
    up what the two bases contribute. Single and double mutants are computed over the same windows, those that hold
    the whole stretch, so that nothing but the model can make an interaction.

    Args:
        progress: called with (windows computed, total); `count` says beforehand how many there will be.

    Raises:
        InputError: a stretch of fewer than 2 or more than `LONGEST` bases, outside the sequence, or that no window
            holds; a sequence that the policy cannot fit.
    """
    cut = _checked(model, sequence, start, end, run.policy)
    given = sequence.bases[start:end]
    singles = _singles(given)
    doubles = [(i, a, j, b) for (i, a), (j, b) in itertools.combinations(singles, 2) if i != j]
    changes = [Change(start, end, _mutated(given, (i, a))) for i, a in singles]
    changes += [Change(start, end, _mutated(given, (i, a), (j, b))) for i, a, j, b in doubles]
    values, reference = windowed.effects(model, cut, changes, run, progress=progress)
    n, outputs = len(given), len(model.outputs)
    one = np.zeros((outputs, n, 4), np.float32)
    two = np.full((outputs, n, 4, n, 4), np.nan, np.float32)
    i, a = np.array(singles).T
    one[:, i, a] = values[: len(singles)].T
    i, a, j, b = np.array(doubles).T
    two[:, i, a, j, b] = two[:, j, b, i, a] = values[len(singles) :].T
    return Epistasis(name, tuple(model.outputs), sequence.bases, start, end, one, two, reference)


def count(bases: str) -> int:
    """How many double mutants a stretch has: 9 for each pair of positions that hold A, C, G or T."""
    options = [len(BASES) - (b in BASES) for b in bases]
    return sum(a * b for a, b in itertools.combinations(options, 2))


def predictions_needed(
    model: SequenceModel, sequence: Sequence, start: int, end: int, policy: str | None = None
) -> int:
    """How many windows `epistasis` will predict. Raises InputError like it."""
    cut = _checked(model, sequence, start, end, policy)
    given = sequence.bases[start:end]
    return len(cut.windows) + len(cut.holding(start, end)) * (len(_singles(given)) + count(given))


def rows(result: Epistasis, output: str) -> Iterator[tuple]:
    """Every double mutant: position (1-based), ref, alt, effect of the first and of the second substitution, effect
    of both, interaction; the largest interactions first."""
    i, a, j, b = np.nonzero(np.isfinite(result.doubles[0]))
    keep = i < j
    i, a, j, b = i[keep], a[keep], j[keep], b[keep]
    column = result.outputs.index(output)
    single, double = result.singles[column], result.doubles[column]
    interaction = result.interaction(output)[i, a, j, b]
    for k in np.argsort(-np.abs(interaction), kind="stable"):
        p, q = result.start + i[k], result.start + j[k]
        yield (
            *(int(p) + 1, result.bases[p], BASES[a[k]], float(single[i[k], a[k]])),
            *(int(q) + 1, result.bases[q], BASES[b[k]], float(single[j[k], b[k]])),
            *(float(double[i[k], a[k], j[k], b[k]]), float(interaction[k])),
        )


def _checked(model: SequenceModel, sequence: Sequence, start: int, end: int, policy: str | None) -> Cut:
    cut = windowed.cut(model, sequence, policy)
    cut.check(start, end)
    if not 2 <= end - start <= LONGEST:
        raise InputError(
            f"a double-mutant map takes a stretch of 2 to {LONGEST} bases, and {start + 1}-{end} has {end - start}"
        )
    return cut


def _singles(bases: str) -> list[tuple[int, int]]:
    """`(position, new base)` of every substitution."""
    return [(i, j) for i, base in enumerate(bases) for j in range(4) if BASES[j] != base]


def _mutated(bases: str, *substitutions: tuple[int, int]) -> str:
    letters = list(bases)
    for i, j in substitutions:
        letters[i] = BASES[j]
    return "".join(letters)
