"""What the rivals share: what is asked is checked once, sequences are begun alike and come out alike.

Every design has random numbers of its own, out of the seed and its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.data.library import Library
from engine.design import splits
from engine.design.methods import Asked, Method
from engine.design.results import Designed, Goal
from engine.errors import InputError, unknown
from engine.results import Progress
from engine.sequence import UNKNOWN, Sequence, ambiguous_positions, decode, encode


def begun(asked: Asked, method: Method) -> dict[str, float]:
    """The method's options with what was asked in place of defaults, once all that is asked can be done.

    Raises:
        InputError: what the method needs and was not given, or what it cannot do; says which.
    """
    goal = asked.goal
    if asked.count < 1:
        raise InputError(f"{asked.count} sequences were asked for; ask for at least 1")
    if asked.seed < 0:
        raise InputError(f"the seed {asked.seed} is below 0; give a whole number from 0 on")
    for option in asked.options:
        if option not in method.options:
            raise unknown(f"option of '{method.name}'", option, method.options)
    given = {"guide": asked.guide, "generator": asked.generator, "template": goal.template}
    for need in sorted(method.needs):
        if given[need] is None:
            raise InputError(f"'{method.name}' needs {NEEDED[need]}")
    for output in goal.activity:
        if output not in asked.library.table.outputs:
            raise unknown("cell type", output, asked.library.table.outputs)
    if "guide" in method.needs and not goal.activity:
        raise InputError(f"'{method.name}' searches towards an activity: name at least one, as K562=2")
    if goal.template is not None:
        _check_template(goal, method)
    return {**method.options, **asked.options}


NEEDED = {
    "guide": "a model that predicts activity as its guide: name a trained one",
    "generator": "a trained generator: name one, or train one with: python -m engine design train NAME",
    "template": "a sequence to start from: give one",
}


def _check_template(goal: Goal, method: Method) -> None:
    assert goal.template is not None
    if unclear := ambiguous_positions(goal.template.bases):
        raise InputError(
            f"'{goal.template.name}' has {goal.template.bases[unclear[0]]} at position {unclear[0] + 1}; a sequence to "
            "start from needs A, C, G or T at every position"
        )
    if not goal.free:
        raise InputError("all of the sequence is kept, so that nothing is left to design; keep less of it")
    if goal.edits is not None and goal.edits < 1:
        raise InputError(f"{goal.edits} edits were asked for; ask for at least 1")
    if goal.edits is not None and not method.edits and goal.edits < len(goal.free):
        raise InputError(
            f"'{method.name}' writes whole stretches and cannot keep to {goal.edits} edits; leave the number of edits "
            "out, or take a method that edits, as evolution"
        )


def whole(options: dict[str, float], name: str, least: int = 1) -> int:
    """An option that counts something; raises InputError for what is no whole number of at least `least`."""
    value = options[name]
    if not (np.isfinite(value) and value == int(value) and value >= least):
        raise InputError(f"the option '{name}' is {value:g}; it takes whole numbers from {least} on")
    return int(value)


def within(options: dict[str, float], name: str, least: float, most: float) -> float:
    """An option that is any number of a range, both ends included; raises InputError for another."""
    value = options[name]
    if not least <= value <= most:
        raise InputError(f"the option '{name}' is {value:g}; it takes numbers from {least:g} to {most:g}")
    return float(value)


def generator(asked: Asked, number: int = 0, stream: int = 0) -> np.random.Generator:
    """The random numbers of the design `number`, counted from 0. Where it begins is drawn from stream 0, what becomes
    of it from stream 1."""
    return np.random.default_rng((asked.seed, number, stream))


# --- where designs begin ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Elements:
    """Natural elements to begin from: `codes` `(n, length)` uint8 of A, C, G and T alone, as long as what is designed,
    and their `rows` `(n,)` in the library."""

    codes: np.ndarray
    rows: np.ndarray


def elements(asked: Asked) -> Elements:
    """The elements that may be read, without those that hold an unknown base; of shorter designs their middle.

    Raises:
        InputError: no element is there, or none is as long as what is designed.
    """
    rows = np.asarray(asked.rows, dtype=np.int64)
    codes = asked.library.table.codes[rows]
    known = (codes != UNKNOWN).all(axis=1)
    if not known.any():
        raise InputError("no natural element is there to learn from; name rows of the library that hold some")
    longest, length = codes.shape[1], asked.goal.length
    if length > longest:
        raise InputError(
            f"natural elements have {longest} bases, fewer than the {length} asked for; ask for {longest} or fewer, or "
            "edit a sequence of that length with evolution, beam, annealing or gradient"
        )
    first = (longest - length) // 2
    return Elements(np.ascontiguousarray(codes[known, first : first + length]), rows[known])


def standardised(library: Library, rows: np.ndarray, outputs: tuple[str, ...]) -> np.ndarray:
    """`(n, outputs)` float64 measured activities in the unit of goals; nan where not measured."""
    mean, sd = splits.scale(library, outputs)
    values = np.stack([library.table.column(o) for o in outputs], axis=1)[rows]
    return (values - mean) / sd


def nearest(asked: Asked, among: Elements) -> np.ndarray:
    """`(n,)` indices into `among`, those first whose measured activities are nearest to the goal: Euclidean, in
    standard deviations, over what the goal names. Elements that were not measured in all of that come last, and a goal
    that names nothing leaves the order of the library.
    """
    outputs = tuple(asked.goal.activity)
    if not outputs:
        return np.arange(len(among.rows))
    away = standardised(asked.library, among.rows, outputs) - np.array([asked.goal.activity[o] for o in outputs])
    squared = np.where(np.isnan(away).any(axis=1), np.inf, (away**2).sum(axis=1))
    return np.argsort(squared, kind="stable")


def starts(asked: Asked) -> Iterator[np.ndarray]:
    """Where the search for each design begins, `(length,)` uint8: the template, or else a natural element drawn at
    random for each; without end."""
    if asked.goal.template is not None:
        codes = encode(asked.goal.template.bases)
        while True:
            yield codes.copy()
    among = elements(asked)
    number = 0
    while True:
        yield among.codes[generator(asked, number).integers(len(among.codes))].copy()
        number += 1


def overlaid(goal: Goal, codes: np.ndarray) -> np.ndarray:
    """A copy of `codes` `(..., length)` with the template's bases written over the kept stretches."""
    written = codes.copy()
    if goal.template is not None:
        own = encode(goal.template.bases)
        for start, end in goal.kept:
            written[..., start:end] = own[start:end]
    return written


# --- how they come out --------------------------------------------------------------------------------


def designed(asked: Asked, method: str, number: int, codes: np.ndarray, steps: tuple[str, ...] = ()) -> Designed:
    """The design `number` (from 0) as it is handed out, at the template's place in the genome if that is known."""
    template = asked.goal.template
    sequence = Sequence(
        f"{method}-{asked.seed}-{number + 1}",
        decode(codes),
        None if template is None else template.region,
        origin=f"designed: {method}",
    )
    return Designed(sequence, method, asked.seed, steps)


class Counter:
    """Work done so far, told to a `Progress`."""

    def __init__(self, progress: Progress | None, total: int):
        self.progress, self.total, self.done = progress, max(1, total), 0

    def add(self, count: int) -> None:
        """So much more is done."""
        self.at(self.done + count)

    def at(self, done: int) -> None:
        """So much is done in all; less than was told already counts as nothing new."""
        self.done = max(self.done, min(self.total, done))
        if self.progress:
            self.progress(self.done, self.total)
