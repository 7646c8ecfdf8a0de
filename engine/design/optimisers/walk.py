"""Guided substitutions: a greedy or beam search for the few edits that raise or lower an output most."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from engine.errors import InputError, unknown
from engine.interpretation.in_silico import windowed
from engine.interpretation.in_silico.windowed import Change, Cut, WindowedRun
from engine.models.layers import SequenceModel
from engine.results import Progress, Walk
from engine.sequence import BASES, Sequence, any_known

DIRECTIONS = ("up", "down")


class Aim(Protocol):
    """What a search raises."""

    def check(self, outputs: tuple[str, ...]) -> None:
        """Raise InputError if this cannot be asked of a model with these outputs."""
        ...

    def scores(self, values: np.ndarray, outputs: tuple[str, ...], scale: np.ndarray | None) -> np.ndarray:
        """`(n,)` what the search raises, from `(n, outputs)` predictions and `(outputs,)` standard deviations."""
        ...

    def words(self, scale: np.ndarray | None) -> str:
        """What the search raises and in which unit, as people read it."""
        ...


@dataclass(frozen=True)
class Objective:
    """What to raise ('up') or lower ('down'): an output, or its difference to another output.

    A difference is taken between standardised outputs where their standard deviations are known (`Search.scale`), so
    that the output with the wider range does not decide alone.
    """

    output: str
    direction: str = "up"
    minus: str | None = None

    def __str__(self) -> str:
        return f"{self.output} minus {self.minus} {self.direction}" if self.minus else f"{self.output} {self.direction}"

    def check(self, outputs: tuple[str, ...]) -> None:
        """Raise InputError if this cannot be asked of a model with these outputs."""
        if self.direction not in DIRECTIONS:
            raise unknown("direction", self.direction, DIRECTIONS)
        for o in (self.output, self.minus):
            if o is not None and o not in outputs:
                raise unknown("output", o, outputs)
        if self.output == self.minus:
            raise InputError(f"'{self.output}' minus itself is always 0; choose two outputs")

    def scores(self, values: np.ndarray, outputs: tuple[str, ...], scale: np.ndarray | None) -> np.ndarray:
        """`(n,)` what the search raises, from `(n, outputs)` predictions and `(outputs,)` standard deviations."""
        i = outputs.index(self.output)
        score = values[:, i]
        if self.minus:
            j = outputs.index(self.minus)
            score = score - values[:, j] if scale is None else score / scale[i] - values[:, j] / scale[j]
        return score if self.direction == "up" else -score

    def words(self, scale: np.ndarray | None) -> str:
        """What the search raises and in which unit, as people read it."""
        if not self.minus:
            return f"{self} (log2 RNA/DNA)"
        return f"{self} ({'log2 RNA/DNA' if scale is None else 'standardised'})"


@dataclass(frozen=True)
class Search:
    """How far and how broadly to search, and where.

    Attributes:
        edits: substitutions to make.
        beam: sequences kept after each step; 1 is greedy.
        protected: 0-based half-open stretches that stay as they are.
        scale: `(outputs,)` standard deviations for the difference of two outputs, or None.
    """

    edits: int = 5
    beam: int = 1
    protected: tuple[tuple[int, int], ...] = ()
    scale: np.ndarray | None = None


def walk(
    model: SequenceModel,
    sequence: Sequence,
    objective: Aim,
    search: Search = Search(),
    *,
    name: str = "model",
    run: WindowedRun = WindowedRun(),
    progress: Progress | None = None,
) -> Walk:
    """Search for the `search.edits` substitutions, each at a position of its own, that serve the objective most.

    Every step tries all substitutions of the `search.beam` best sequences so far and keeps as many of what comes out.
    With one edit that is exact (the best cell of in-silico mutagenesis, for a sequence of one window), with a beam of 1
    it is greedy; beyond, the best set of edits may be missed. The predictions are those of
    `engine.models.predict.predict`, over all windows. No window is predicted twice.

    Args:
        progress: called with (predictions done, total), where the total is that of `predictions_needed`.

    Returns:
        The path to the best sequence with `edits` substitutions. Every step is on it, also one that lowers the score:
        the caller may stop wherever the score is best.

    Raises:
        InputError: an objective that the model does not have, edits or beam below 1, more edits than positions that
            may change, a sequence without a known base or that the policy cannot fit.
    """
    objective.check(tuple(model.outputs))
    cut, free = _prepared(model, sequence, search, run.policy)
    memory: dict[str, np.ndarray] = {}
    first, later = _costs(cut, free, search.beam)
    total, done = len(cut.windows) + first + later * (search.edits - 1), 0

    def evaluate(versions: list[str], share: int) -> np.ndarray:
        nonlocal done
        report = (lambda d, n: progress(done + d * share // n, total)) if progress else None
        values = windowed.predictions(model, cut, versions, run, memory=memory, progress=report)
        done += share
        return values

    start = sequence.bases
    values = evaluate([start], len(cut.windows))
    # sequence, its edits, predictions after each of them
    kept: list[tuple[str, tuple, np.ndarray]] = [(start, (), values)]
    for step in range(search.edits):
        # a new sequence -> its edits, and predictions before them
        offspring: dict[str, tuple[tuple, np.ndarray]] = {}
        for bases, path, history in kept:
            changed = {p for p, _, _ in path}
            for p, base in [(p, b) for p in free if p not in changed for b in BASES if b != start[p]]:
                version = windowed.write(bases, Change(p, p + 1, base))
                offspring.setdefault(version, ((*path, (p, start[p], base)), history))
        versions = list(offspring)
        values = evaluate(versions, later if step else first)
        scores = objective.scores(values, tuple(model.outputs), search.scale)
        best = np.argsort(-scores, kind="stable")[: search.beam]
        kept = [
            (versions[i], offspring[versions[i]][0], np.vstack([offspring[versions[i]][1], values[i]])) for i in best
        ]
    _, path, history = kept[0]
    sequences = [start]
    for p, _, base in path:
        sequences.append(windowed.write(sequences[-1], Change(p, p + 1, base)))
    return Walk(
        name,
        tuple(model.outputs),
        objective.words(search.scale),
        path,
        tuple(sequences),
        history,
        objective.scores(history, tuple(model.outputs), search.scale),
        len(memory),
    )


def predictions_needed(model: SequenceModel, sequence: Sequence, search: Search, policy: str | None = None) -> int:
    """How many windows `walk` will predict at most; fewer where paths meet. Raises InputError."""
    cut, free = _prepared(model, sequence, search, policy)
    first, later = _costs(cut, free, search.beam)
    return len(cut.windows) + first + later * (search.edits - 1)


def columns(result: Walk) -> tuple[str, ...]:
    """The names of what `rows` gives."""
    return ("step", "position", "ref", "alt", "score", *result.outputs, "sequence")


def rows(result: Walk) -> Iterator[tuple]:
    """Every step from 0, the given sequence: step, position (1-based), ref, alt, score, prediction by output, bases.

    Position, ref and alt of step 0 are None.
    """
    edits = [(None, None, None), *((p + 1, a, b) for p, a, b in result.edits)]
    for step, (edit, score, values) in enumerate(zip(edits, result.scores, result.values, strict=True)):
        yield (step, *edit, float(score), *map(float, values), result.sequences[step])


def _prepared(model: SequenceModel, sequence: Sequence, search: Search, policy: str | None) -> tuple[Cut, list[int]]:
    """The windows, and the positions that may change: not protected, and seen by a window."""
    for what, number in (("edit", search.edits), ("sequence in the beam", search.beam)):
        if number < 1:
            raise InputError(f"the search needs at least 1 {what}, not {number}")
    if not any_known(sequence.bases):
        raise InputError(f"sequence '{sequence.name}' has no known base, so no edit can be compared with it")
    cut = windowed.cut(model, sequence, policy)
    for first, end in search.protected:
        if not 0 <= first < end <= len(sequence):
            raise InputError(f"{first + 1}-{end} is not a stretch of a sequence of {len(sequence)} bases")
    free = [
        p
        for p in range(len(sequence))
        if not any(first <= p < end for first, end in search.protected) and cut.holding(p, p + 1)
    ]
    if search.edits > len(free):
        raise InputError(f"{search.edits} edits were asked for, but only {len(free)} position(s) may change")
    return cut, free


def _costs(cut: Cut, free: list[int], beam: int) -> tuple[int, int]:
    """Windows to predict, at most, in the first and in every later step."""
    first = sum((len(BASES) - (cut.sequence.bases[p] in BASES)) * len(cut.holding(p, p + 1)) for p in free)
    return first, first * beam
