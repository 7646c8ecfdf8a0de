"""How far the networks that a student learned from differ over a change, from what the student says of both sequences.

A student says how far its teacher's networks differ over a sequence. Over what a change of it does they differ less,
since they err alike before and after. How much less is fitted on elements of the validation fold with 1 to 60 random
substitutions, from what the teacher's networks say of them, by the likelihood of their variance; no measurement is
used. How good it is elsewhere, `engine.interpretation.reliability.coverage` measures on the test fold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.data.library import Library
from engine.intervals import ChangeSpread
from engine.models.layers import SequenceModel
from engine.models.predict import predict_with_uncertainty
from engine.results import Said, spread_of_change

BASES = (1, 1, 2, 4, 8, 16, 32, 60)  # substitutions of one element after the other
ELEMENTS = 1200
ROUNDS = 10  # of weighted least squares, whose weights are those of the round before
SMALLEST = 1e-6  # of the mean variance: the least that the weights take a variance for


@dataclass(frozen=True)
class Changed:
    """What a model says of elements as they are and with random substitutions.

    Attributes:
        bases: `(n, 1)` how many of each.
    """

    before: Said
    after: Said
    bases: np.ndarray

    @property
    def spread(self) -> np.ndarray | None:
        """`(n, outputs)` `engine.results.spread_of_change`."""
        return spread_of_change(self.before, self.after, self.bases)


def changed(model: SequenceModel, codes: np.ndarray) -> Changed:
    """What a model says of up to `ELEMENTS` of `(n, length)` uint8 codes, each as it is and changed; every model is
    asked for the same changes."""
    rng = np.random.default_rng(0)
    before = codes[np.sort(rng.permutation(len(codes))[:ELEMENTS])]
    bases = np.resize(BASES, len(before))[:, None]
    rank = rng.random(before.shape).argsort(axis=1).argsort(axis=1)
    where = (rank < bases) & (before < 4)
    after = np.where(where, (before + rng.integers(1, 4, before.shape)) % 4, before).astype(np.uint8)
    said = predict_with_uncertainty(model, np.concatenate([before, after]))
    rows = np.arange(len(before))
    return Changed(said.at(rows), said.at(rows + len(before)), where.sum(axis=1, keepdims=True))


def fit_changes(student: SequenceModel, teacher: SequenceModel, library: Library) -> ChangeSpread:
    """Fit and keep in the student how far the networks of its teacher differ over a change.

    Args:
        student: one that says its uncertainty; what it says of a change is set in place.
        teacher: several networks with the student's outputs among their own.
    """
    codes = library.table.codes[library.split.validation]
    said, taught = changed(student, codes), changed(teacher, codes)
    spread = taught.spread
    assert said.before.own is not None and said.after.own is not None and spread is not None
    columns = [teacher.outputs.index(o) for o in student.outputs]
    effect = said.after.values - said.before.values
    features = ChangeSpread.features(said.before.own[0], said.after.own[0], effect, said.bases)
    variance = spread[:, columns].astype(np.float64) ** 2
    factors = [fit(np.stack([f[:, i] for f in features], axis=1), variance[:, i]) for i in range(len(columns))]
    found = ChangeSpread(*np.array(factors).T)
    student.set_change_spread(found)
    return found


def fit(features: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """The non-negative factors of `(n, k)` features whose sum is the variance under which sample variances `(n,)` of
    normal draws are likeliest, by iterated weighted least squares (a gamma model with the identity as its link:
    McCullagh & Nelder 1989, Generalized Linear Models, chapter 8)."""
    # only where a student is trained
    from scipy.optimize import nnls

    expected = np.full(len(variance), variance.mean())
    factors = np.zeros(features.shape[1])
    for _ in range(ROUNDS):
        factors = nnls(features / expected[:, None], variance / expected)[0]
        expected = np.maximum(features @ factors, SMALLEST * variance.mean())
    return np.asarray(factors)
