"""Intervals in which a measurement is expected, from what a model says of its own uncertainty.

The error of a prediction, measured minus predicted, has up to three parts: how far the networks behind a prediction
differ (epistemic), the noise of the measurement as a model knows it (aleatoric), and what is the same for every
sequence. `ErrorModel` holds how much each counts and how many standard deviations an interval reaches, as they were
fitted on elements that no network learned from (`engine.evaluation.intervals`).

The networks behind a prediction err alike before and after a change of some bases, so that they differ less over what
the change does than over either sequence. `ChangeSpread` holds how much less.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

import numpy as np

LEVELS = (50, 80, 95)  # percent of the measurements that an interval is to hold
SHOWN = 80  # the level that screens, tables and reports give
_BY_LEVEL = ("reach", "one_width")
REACH = 40.0  # changed bases after which networks err no longer alike before and after
# What an insertion or deletion counts, in substituted bases over which networks differ as much: so much, and so much
# more for each of its bases. Chosen on elements of the validation fold with 1 to 30 bases inserted or deleted.
INDEL, INDEL_BASE = 4.0, 0.2


@dataclass(frozen=True)
class ErrorModel:
    """How wide the intervals of one output of a model are.

    The standard deviation of an error is the root of (`epistemic` x epistemic)^2 + (`aleatoric` x aleatoric)^2 +
    `constant`^2, log2(RNA/DNA); an interval of a level reaches `reach[level]` of these to either side.

    Attributes:
        epistemic, aleatoric: factors of the model's own standard deviations; 0 of a part that it does not give.
        constant: log2(RNA/DNA), the same for every sequence.
        reach: level in percent to a number of standard deviations.
        unsure: the standard deviation that a tenth of the elements of the fit exceed; None where all have the same.
        one_width: level in percent to the half width, log2(RNA/DNA), that holds as many of the elements of the fit if
            all intervals are as wide: what those that go by the model's own word are held against.
        n: elements of the fit.
    """

    epistemic: float
    aleatoric: float
    constant: float
    reach: Mapping[int, float]
    unsure: float | None
    one_width: Mapping[int, float]
    n: int

    @classmethod
    def from_dict(cls, stored: dict) -> ErrorModel:
        """The inverse of `as_dict`; JSON has made the levels texts."""
        return cls(**stored | {k: {int(level): float(v) for level, v in stored[k].items()} for k in _BY_LEVEL})

    def as_dict(self) -> dict:
        """As metrics.json keeps it."""
        return asdict(self) | {k: {str(level): v for level, v in getattr(self, k).items()} for k in _BY_LEVEL}

    def sd(self, epistemic: np.ndarray | None, aleatoric: np.ndarray | None) -> np.ndarray:
        """`(n,)` standard deviation of the error, from a model's own standard deviations `(n,)`; `()` where it gives
        neither.

        Raises:
            ValueError: a part that counts is not given.
        """
        variance = np.asarray(self.constant**2)
        for factor, part in ((self.epistemic, epistemic), (self.aleatoric, aleatoric)):
            if factor and part is None:
                raise ValueError("the errors were fitted to a spread that is not given")
            if factor and part is not None:
                variance = variance + (factor * np.asarray(part, np.float64)) ** 2
        return np.sqrt(variance)


@dataclass(frozen=True)
class Interval:
    """Where the measurement of one sequence is expected.

    Attributes:
        level: percent of such measurements that lie within.
        low, high: log2(RNA/DNA).
        sd: standard deviation of the error, log2(RNA/DNA).
        unsure: the model is less sure of it than of nine in ten elements; None where it is equally sure of all.
    """

    level: int
    low: float
    high: float
    sd: float
    unsure: bool | None


def interval(
    value: float, errors: ErrorModel, epistemic: float | None, aleatoric: float | None, level: int = SHOWN
) -> Interval:
    """The interval around one prediction, log2(RNA/DNA); raises ValueError as `ErrorModel.sd`."""
    sd = float(errors.sd(*(None if part is None else np.asarray(part) for part in (epistemic, aleatoric))))
    half = errors.reach[level] * sd
    return Interval(level, value - half, value + half, sd, None if errors.unsure is None else sd > errors.unsure)


@dataclass(frozen=True)
class ChangeSpread:
    """How far networks differ over the effect of a change, from how far they differ over the sequences.

    The variance is `moved` x (effect)^2 + `apart` x (s.d. before) x (s.d. after) x (1 - exp(-bases / `REACH`)).

    Attributes:
        moved, apart: `(outputs,)`, without a unit, as `engine.evaluation.changes` fits them.
    """

    moved: np.ndarray
    apart: np.ndarray

    def sd(self, before: np.ndarray, after: np.ndarray, effect: np.ndarray, bases: np.ndarray | float) -> np.ndarray:
        """`(..., outputs)` standard deviation of an effect over the networks, log2(RNA/DNA).

        Args:
            before, after: `(..., outputs)` their standard deviation for either sequence, log2(RNA/DNA).
            effect: `(..., outputs)` the prediction after minus the one before, log2(RNA/DNA).
            bases: how many were changed (`changed_bases`), which broadcasts with the others.
        """
        first, second = self.features(before, after, effect, bases)
        return np.sqrt(self.moved * first + self.apart * second)

    @staticmethod
    def features(
        before: np.ndarray, after: np.ndarray, effect: np.ndarray, bases: np.ndarray | float
    ) -> tuple[np.ndarray, np.ndarray]:
        """What `moved` and `apart` are the factors of."""
        before, after, effect = (np.asarray(part, np.float64) for part in (before, after, effect))
        return effect**2, before * after * -np.expm1(-np.asarray(bases) / REACH)


def changed_bases(changes: Iterable[tuple[str, str]]) -> float:
    """How much the changes of one sequence, `(before, after)` each, count for `ChangeSpread`.

    Of as many bases before as after, those that differ. What is inserted in one place and deleted in another, as where
    a window is filled up after a deletion, is one insertion or deletion of the longer of the two.
    """
    substituted = inserted = deleted = 0
    for before, after in changes:
        if len(before) == len(after):
            substituted += sum(a != b for a, b in zip(before, after, strict=True))
            continue
        substituted += min(len(before), len(after))
        inserted += max(0, len(after) - len(before))
        deleted += max(0, len(before) - len(after))
    length = max(inserted, deleted)
    return substituted + (INDEL + INDEL_BASE * length if length else 0.0)
