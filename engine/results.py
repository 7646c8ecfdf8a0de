"""The result types that cross a floor of the house. Plain, immutable, arrays of numpy; no torch.

Positions are 0-based in arrays and 1-based in what `rows()` writes out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from engine.sequence import BASES

# Called with (done, total) by everything that takes long; it may raise to stop the work.
Progress = Callable[[int, int], None]


# What may be said of the difference between two models.
VERDICTS = ("better", "worse", "no difference that this data can show")


def verdict(low: float, high: float) -> str:
    """What the interval of a difference allows to say."""
    if low > 0:
        return VERDICTS[0]
    return VERDICTS[1] if high < 0 else VERDICTS[2]


@dataclass(frozen=True)
class Prediction:
    """Predicted activity of some sequences by one model.

    Attributes:
        model: its name.
        names: the sequences, in order.
        outputs: the columns.
        values: `(n, outputs)` float32, log2(RNA/DNA).
        policies: `(n,)` the window policy used for each sequence.
        members: `(members, n, outputs)` float32, what each member of an ensemble predicts; None for a single network.
    """

    model: str
    names: tuple[str, ...]
    outputs: tuple[str, ...]
    values: np.ndarray
    policies: tuple[str, ...] = ()
    members: np.ndarray | None = None

    @property
    def spread(self) -> np.ndarray | None:
        """`(n, outputs)` standard deviation over the members of an ensemble; None for a single network."""
        return None if self.members is None else self.members.std(axis=0, ddof=1)


@dataclass(frozen=True)
class Track:
    """One number for every base and position of a sequence, for each output of one model.

    Attributes:
        kind: 'ism' (effect of writing a base there: alt minus ref, 0 at the reference base) or 'ig' (gradient
            times input minus baseline of each base; a position contributes their sum).
        model, outputs: who says so, and the names of the first axis.
        bases: the sequence, `length` letters.
        values: `(outputs, length, 4)` float32 in the order A C G T; log2(RNA/DNA), or standard deviations of
            the model's held-out predictions if `standardised`. nan where no window covers a position.
        reference: `(outputs,)` prediction for the unchanged sequence.
        checks: what the method says of itself, e.g. the convergence delta of each output.
    """

    kind: str
    model: str
    outputs: tuple[str, ...]
    bases: str
    values: np.ndarray
    reference: np.ndarray
    standardised: bool = False
    checks: dict = field(default_factory=dict)

    def output(self, name: str) -> np.ndarray:
        """The `(length, 4)` map of one output."""
        return self.values[self.outputs.index(name)]

    def per_position(self, name: str) -> np.ndarray:
        """`(length,)` one number a position: the base's own contribution (ig), or minus the mean effect
        of the three substitutions (ism), so that a base that matters for activity is positive in both."""
        values = self.output(name)
        if self.kind == "ig":
            return values.sum(axis=1)
        substitutions = np.array([[b != base for b in BASES] for base in self.bases])
        return -np.where(substitutions, values, 0).sum(axis=1) / substitutions.sum(axis=1)

    def rows(self) -> Iterator[tuple]:
        """Rows for a table: position (1-based), ref, alt, then one value an output.

        For 'ism' the three substitutions of every position, for 'ig' the contribution of the base that is there.
        """
        for i, ref in enumerate(self.bases):
            if self.kind == "ig":
                yield (i + 1, ref, ref, *(float(v) for v in self.values[:, i].sum(axis=1)))
                continue
            for j, base in enumerate(BASES):
                if base != ref:
                    yield (i + 1, ref, base, *(float(v) for v in self.values[:, i, j]))


@dataclass(frozen=True)
class Metric:
    """A score with its sample size and 95% bootstrap interval."""

    value: float
    low: float
    high: float
    n: int

    def as_dict(self) -> dict:
        return {"value": self.value, "low": self.low, "high": self.high, "n": self.n}
