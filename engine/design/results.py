"""What design is asked for and what it gives: goals, kept stretches, designed sequences. Plain; no torch.

Activities of a goal are standard deviations above the mean of the joint library's training folds, output by output, so
that one number means the same in every cell type.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from engine.errors import InputError, unknown
from engine.sequence import WINDOW, Sequence
from engine.statistics import Metric


@dataclass(frozen=True)
class Goal:
    """What sequences are to do, and what of a given one has to stay.

    Attributes:
        activity: output to standard deviations above the mean; an output that is not named may be anything.
        template: the sequence to start from; None to start from nothing.
        kept: sorted 0-based half-open stretches of the template that stay as they are.
        length: bases of what is designed; of a template its own.
        edits: at most so many substitutions of the template; None for any number.
    """

    activity: Mapping[str, float] = field(default_factory=dict)
    template: Sequence | None = None
    kept: tuple[tuple[int, int], ...] = ()
    length: int = WINDOW
    edits: int | None = None

    def __post_init__(self) -> None:
        if wrong := [output for output, value in self.activity.items() if not math.isfinite(value)]:
            raise InputError(f"the goal for {wrong[0]} is no number; give standard deviations above the mean")
        if self.template is not None:
            object.__setattr__(self, "length", len(self.template))
        elif self.kept or self.edits is not None:
            raise InputError("stretches that are kept, and a number of edits, need a sequence to start from")
        before = 0
        for start, end in self.kept:
            if not before <= start < end <= self.length:
                raise InputError(
                    f"the kept stretch {start + 1}-{end} does not lie within the {self.length} bases, or overlaps "
                    "another"
                )
            before = end

    @property
    def free(self) -> tuple[int, ...]:
        """The 0-based positions that may change."""
        held = {i for start, end in self.kept for i in range(start, end)}
        return tuple(i for i in range(self.length) if i not in held)


@dataclass(frozen=True)
class Designed:
    """One designed sequence.

    Attributes:
        sequence: its bases under a name of its own.
        method: the name in `engine.design.catalogue.METHODS`.
        seed: of the draw; the same goal, method, count and seed give the same sequences.
        steps: the states on the way to it, oldest first, where the method keeps them: bases, of masked diffusion with
            '.' for what is not drawn yet.
    """

    sequence: Sequence
    method: str
    seed: int
    steps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Opinion:
    """What one model predicts for some sequences, in the unit of a goal.

    Attributes:
        model: its name.
        outputs: the columns.
        values: `(n, outputs)` float64, standard deviations above the mean of the library's training folds.
        spread: `(n, outputs)` float64, how far the networks behind the model differ, in the same standard deviations;
            None of a single network that does not say.
    """

    model: str
    outputs: tuple[str, ...]
    values: np.ndarray
    spread: np.ndarray | None = None

    def column(self, output: str) -> np.ndarray:
        """Values `(n,)` of one output; raises InputError for one that the model does not predict."""
        return self.values[:, self._place(output)]

    def spread_of(self, output: str) -> np.ndarray | None:
        """Spread `(n,)` of one output; raises InputError as `column`."""
        return None if self.spread is None else self.spread[:, self._place(output)]

    def distance(self, activity: Mapping[str, float]) -> np.ndarray:
        """`(n,)` root mean squared distance from a goal over the outputs that it names, in standard deviations; nan
        where it names none.

        Raises:
            InputError: the goal names an output that the model does not predict.
        """
        if not activity:
            return np.full(len(self.values), np.nan)
        apart = np.stack([self.column(output) - wanted for output, wanted in activity.items()])
        return np.sqrt((apart**2).mean(axis=0))

    def below(self, output: str, wanted: float) -> tuple[float, int]:
        """The share of the sequences that lie below an activity, 0 to 1, and of how many; nan of none."""
        column = self.column(output)
        known = column[~np.isnan(column)]
        return (float((known < wanted).mean()) if len(known) else float("nan")), len(known)

    def _place(self, output: str) -> int:
        if output not in self.outputs:
            raise unknown(f"output of '{self.model}'", output, self.outputs)
        return self.outputs.index(output)


@dataclass(frozen=True)
class BenchmarkRow:
    """What a method scored in one measure of `engine.design.metrics.table.MEASURES`.

    Attributes:
        method: its name; 'floor' for natural elements that nobody designed.
        measure: its name.
        output: the cell type that it is about; "" where it is about none, or about all.
        judge: the model whose word it is; "" where it is of the sequences alone.
        designs: how many sequences each draw scored (N).
        metric: over draws, with the 95% interval of Student's t; n counts draws.
        floor: the same of natural elements at the same N; None where there is none.
    """

    method: str
    measure: str
    output: str
    judge: str
    designs: int
    metric: Metric
    floor: Metric | None = None
