"""The result types that cross a floor of the house. Plain, immutable, arrays of numpy; no torch.

Positions are 0-based in arrays and 1-based in what `rows()` writes out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from engine.intervals import ChangeSpread
from engine.sequence import BASES, Region
from engine.statistics import Metric

# Called with (done, total) by everything that takes long; it may raise to stop the work.
Progress = Callable[[int, int], None]

# The parts of an uncertainty: how much networks differ (epistemic), and the noise of the measurement (aleatoric).
UNCERTAINTIES = ("spread", "noise")


@dataclass(frozen=True)
class Said:
    """Predictions with what the model says of their uncertainty, log2(RNA/DNA).

    Attributes:
        members: `(members, n, outputs)` of each member of an ensemble; a single network is its only member.
        own: `(2, n, outputs)` standard deviations that the model says itself, in the order of
            `engine.results.UNCERTAINTIES`; None of a model that says none; nan of sequences of few known bases, for
            which it would say too little.
        changes: how far the networks that a model learned from differ over a change; None where nobody fitted it.
    """

    members: np.ndarray
    own: np.ndarray | None = None
    changes: ChangeSpread | None = None

    @property
    def values(self) -> np.ndarray:
        """`(n, outputs)` the predictions."""
        return self.members.mean(axis=0)

    @property
    def epistemic(self) -> np.ndarray | None:
        """`(n, outputs)` standard deviation over the networks behind a prediction: as a network says itself, or else
        over the members of an ensemble; None for a single network that does not say."""
        if self.own is not None:
            return None if np.isnan(self.own[0]).all() else self.own[0]
        return self.members.std(axis=0, ddof=1) if len(self.members) > 1 else None

    @property
    def aleatoric(self) -> np.ndarray | None:
        """`(n, outputs)` standard deviation of the measurement's noise, as a network says; None where it does not."""
        return None if self.own is None or np.isnan(self.own[1]).all() else self.own[1]

    def at(self, rows: np.ndarray | list[int]) -> Said:
        """Of some rows alone."""
        return replace(self, members=self.members[:, rows], own=None if self.own is None else self.own[:, rows])

    def over_windows(self) -> Said:
        """The mean over all rows, as one row."""
        own = None if self.own is None else self.own.mean(axis=1, keepdims=True, dtype=np.float64)
        return replace(self, members=self.members.mean(axis=1, keepdims=True, dtype=np.float64), own=own)


def spread_of_change(before: Said, after: Said, bases: np.ndarray | float) -> np.ndarray | None:
    """`(n, outputs)` how far the networks behind a model differ over what a change does, log2(RNA/DNA): the standard
    deviation of the members' own differences, or what `Said.changes` makes of a model's own word; None where neither
    is known.

    Args:
        before, after: of the same sequences without and with the change.
        bases: how many it changes (`engine.intervals.changed_bases`), `(n, 1)` or one number.
    """
    if before.own is not None and after.own is not None:
        if before.changes is None:
            return None
        return before.changes.sd(before.own[0], after.own[0], after.values - before.values, bases)
    if len(before.members) < 2:
        return None
    return (after.members - before.members).std(axis=0, ddof=1)


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
        epistemic, aleatoric: `(n, outputs)` float32 standard deviations that a network says itself: how far the
            networks that it learned from differ, and the noise of the measurement; None for a model that does not.
        changes: how far those networks differ over a change of a sequence; None where nobody fitted it.
    """

    model: str
    names: tuple[str, ...]
    outputs: tuple[str, ...]
    values: np.ndarray
    policies: tuple[str, ...] = ()
    members: np.ndarray | None = None
    epistemic: np.ndarray | None = None
    aleatoric: np.ndarray | None = None
    changes: ChangeSpread | None = None

    @property
    def said(self) -> Said:
        """The numbers alone."""
        own = None if self.epistemic is None or self.aleatoric is None else np.stack([self.epistemic, self.aleatoric])
        return Said(self.values[None] if self.members is None else self.members, own, self.changes)

    @property
    def spread(self) -> np.ndarray | None:
        """`Said.epistemic`."""
        return self.said.epistemic


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


def mean_loss(values: np.ndarray) -> np.ndarray:
    """`(length,)` minus the mean of the known effects at each position of `(length, 4)`; nan where none is known."""
    count = (~np.isnan(values)).sum(axis=1)
    return np.where(count > 0, -np.nansum(values, axis=1) / np.maximum(count, 1), np.nan)


@dataclass(frozen=True)
class MotifHit:
    """One match of a motif matrix to a sequence.

    Attributes:
        motif, matrix: the factor's name and the matrix's JASPAR id with version ('GATA1', 'MA0035.3').
        start, end: 0-based half-open, whatever the strand.
        strand: '+' or '-'.
        score: log-odds score of the match, in bits.
        p: probability of a score at least as high at one place of a random sequence.
        q: false discovery rate at which this match is called, over the places that its matrix was scanned at.
    """

    motif: str
    matrix: str
    start: int
    end: int
    strand: str
    score: float
    p: float
    q: float


@dataclass(frozen=True)
class Feature:
    """A stretch of a sequence that somebody gave a name.

    Attributes:
        start, end: 0-based half-open, whatever the strand.
        strand: '+', '-', or '' where it has no direction.
        colour: '#rrggbb'.
        kind: its key in GenBank's feature table ('misc_feature', 'promoter', 'protein_bind', ...).
    """

    name: str
    start: int
    end: int
    strand: str = ""
    colour: str = "#0072b2"
    kind: str = "misc_feature"

    def moved(self, start: int, end: int, strand: str | None = None) -> Feature:
        """The same at another place; on its own strand if none is given."""
        return replace(self, start=start, end=end, strand=self.strand if strand is None else strand)


@dataclass(frozen=True)
class MotifSite:
    """A place where matrices of one family match: one site, whichever member binds it.

    Attributes:
        family: its name ('SP1/KLF').
        hits: the matches of its matrices here, the smallest p-value first.
        status: 'kept', or what an edit did: 'gained' (its place is one of the edited sequence), 'lost' (one of the
            sequence before).
        before: of a kept site, the smallest p-value of its family's matches there before the edit; None if unknown.
        others: names of other families that match here and are not listed themselves, the smallest p-value first.
    """

    family: str
    hits: tuple[MotifHit, ...]
    status: str = "kept"
    others: tuple[str, ...] = ()
    before: float | None = None

    @property
    def best(self) -> MotifHit:
        """The match of the smallest p-value; place, strand and numbers of the site are its own."""
        return self.hits[0]

    @property
    def start(self) -> int:
        return self.best.start

    @property
    def end(self) -> int:
        return self.best.end

    @property
    def strand(self) -> str:
        return self.best.strand

    @property
    def members(self) -> tuple[str, ...]:
        """The factors whose matrices match here, each once."""
        return tuple(dict.fromkeys(h.motif for h in self.hits))


@dataclass(frozen=True)
class MotifChanges:
    """What an edit did to motif sites; places are those of the edited sequence, of lost sites those of the one before.

    Attributes:
        gained, lost: sites that it made and took away.
        weaker, stronger: kept sites whose best match is a clear factor more or less likely by chance than before.
    """

    gained: tuple[MotifSite, ...] = ()
    lost: tuple[MotifSite, ...] = ()
    weaker: tuple[MotifSite, ...] = ()
    stronger: tuple[MotifSite, ...] = ()


@dataclass(frozen=True)
class Agreement:
    """What several models say together of every substitution of a sequence, for one output.

    Attributes:
        models: which ones, at least two.
        mean, sd: `(length, 4)` over the models, in standard deviations of each model's held-out predictions; the
            standard deviation is that of a sample (n - 1).
        same_sign: `(length, 4)` fraction of the models whose effect has the sign of the mean.
        bases: the sequence.
    """

    models: tuple[str, ...]
    mean: np.ndarray
    sd: np.ndarray
    same_sign: np.ndarray
    bases: str


@dataclass(frozen=True)
class Profile:
    """Predicted activity along a long sequence, one window of the model after the other.

    Attributes:
        model, outputs: who says so, and the columns.
        name: the sequence's.
        length: of the sequence, in bases.
        window: bases of a window.
        stride: step between windows; the last one ends with the sequence, so its step may be shorter.
        starts: `(n,)` int64, 0-based first base of each window.
        values: `(n, outputs)` float32, log2(RNA/DNA); nan where a window holds no known base.
        region: the sequence's place in a genome, if known.
    """

    model: str
    outputs: tuple[str, ...]
    name: str
    length: int
    window: int
    stride: int
    starts: np.ndarray
    values: np.ndarray
    region: Region | None = None

    @property
    def centres(self) -> np.ndarray:
        """`(n,)` 0-based middle of each window."""
        return self.starts + self.window // 2


# --- experiments on one sequence --------------------------------------------------------------------
# Effects are changed minus given sequence, log2(RNA/DNA); positions are 0-based, stretches half-open.

FEWEST_DIFFERENT = 3  # replacements; of fewer that differ from each other a mean and a spread say nothing


@dataclass(frozen=True)
class Epistasis:
    """All single and double substitutions within a stretch of a sequence.

    Attributes:
        bases: the whole sequence; `[start, end)` is the stretch, n bases long.
        singles: `(outputs, n, 4)` effect of writing a base; 0 at the base that is there.
        doubles: `(outputs, n, 4, n, 4)` effect of writing two bases; nan where that is no double mutant.
        reference: `(outputs,)` prediction for the sequence as it is.
    """

    model: str
    outputs: tuple[str, ...]
    bases: str
    start: int
    end: int
    singles: np.ndarray
    doubles: np.ndarray
    reference: np.ndarray

    def interaction(self, output: str) -> np.ndarray:
        """`(n, 4, n, 4)` effect of each double mutant minus the sum of its two singles; nan where there is none."""
        i = self.outputs.index(output)
        single = self.singles[i]
        return self.doubles[i] - single[:, :, None, None] - single[None, None]

    def strongest(self, output: str) -> np.ndarray:
        """`(n, n)` the interaction of largest size of each pair of positions, with its sign; nan on the diagonal."""
        pairs = self._by_pair(output)
        largest = np.abs(np.nan_to_num(pairs)).argmax(axis=2)
        return np.take_along_axis(pairs, largest[:, :, None], axis=2)[:, :, 0] + self._diagonal()

    def mean_size(self, output: str) -> np.ndarray:
        """`(n, n)` mean absolute interaction over the double mutants of each pair of positions; nan on the diagonal."""
        pairs = self._by_pair(output)
        count = np.maximum(1, np.isfinite(pairs).sum(axis=2))
        return np.abs(np.nan_to_num(pairs)).sum(axis=2) / count + self._diagonal()

    def _by_pair(self, output: str) -> np.ndarray:
        n = self.end - self.start
        return self.interaction(output).transpose(0, 2, 1, 3).reshape(n, n, 16)

    def _diagonal(self) -> np.ndarray:
        return np.where(np.eye(self.end - self.start, dtype=bool), np.nan, 0.0)


@dataclass(frozen=True)
class BlockShuffle:
    """Each block of a sequence replaced by shuffles of itself.

    Attributes:
        starts: `(n,)` where the blocks of `width` bases begin.
        shuffles: how many were asked for a block.
        used: `(n,)` how many of these differ from the block.
        distinct: `(n,)` how many different sequences are among them.
        mean, sd: `(outputs, n)` effect over the used shuffles; nan where there are none (sd: fewer than two), and
            where no window holds the block.
        reference: `(outputs,)` prediction for the sequence as it is.
    """

    model: str
    outputs: tuple[str, ...]
    bases: str
    width: int
    starts: np.ndarray
    shuffles: int
    used: np.ndarray
    distinct: np.ndarray
    mean: np.ndarray
    sd: np.ndarray
    reference: np.ndarray


@dataclass(frozen=True)
class KnockOut:
    """A stretch `[start, end)` of a sequence replaced.

    Attributes:
        replacements: what was written there, one entry a replacement; they may repeat.
        effects: `(outputs, replacements)`.
        reference: `(outputs,)` prediction for the sequence as it is.
    """

    model: str
    outputs: tuple[str, ...]
    bases: str
    start: int
    end: int
    replacements: tuple[str, ...]
    effects: np.ndarray
    reference: np.ndarray

    @property
    def mean(self) -> np.ndarray:
        """`(outputs,)` mean effect."""
        return self.effects.mean(axis=1)

    @property
    def sd(self) -> np.ndarray:
        """`(outputs,)` standard deviation over the replacements; nan for a single one."""
        n = self.effects.shape[1]
        return self.effects.std(axis=1, ddof=1) if n > 1 else np.full(len(self.outputs), np.nan)


@dataclass(frozen=True)
class KnockIn:
    """A motif written over a sequence at several positions, on either strand.

    Attributes:
        motif, written: its name and its bases on the forward strand.
        positions: `(n,)` where it begins, on the forward strand's count.
        effects: `(outputs, 2, n)`, forward strand first; nan where no window holds the motif.
        reference: `(outputs,)` prediction for the sequence as it is.
    """

    model: str
    outputs: tuple[str, ...]
    bases: str
    motif: str
    written: str
    positions: np.ndarray
    effects: np.ndarray
    reference: np.ndarray


@dataclass(frozen=True)
class GlobalImportance:
    """Motifs written into many backgrounds.

    Attributes:
        motifs, written: their names and bases.
        starts: where each begins.
        backgrounds: what these are, in words.
        differences: `(outputs, motifs, backgrounds)` prediction with minus without the motif.
        importance: of each output, of each motif: the mean difference with its 95% interval.
        own: `(outputs, motifs)` the same difference in the sequence itself.
    """

    model: str
    outputs: tuple[str, ...]
    motifs: tuple[str, ...]
    written: tuple[str, ...]
    starts: tuple[int, ...]
    backgrounds: str
    differences: np.ndarray
    importance: tuple[tuple[Metric, ...], ...]
    own: np.ndarray


@dataclass(frozen=True)
class Walk:
    """A path of substitutions from a sequence towards an objective; entry 0 is the sequence as it was.

    Attributes:
        objective: in words.
        edits: `(position, old base, new base)` of each step.
        sequences: the bases before the first and after each step, one more than edits.
        values: `(steps + 1, outputs)` predictions, log2(RNA/DNA).
        scores: `(steps + 1,)` what the search raises.
        evaluated: how many different windows were predicted.
    """

    model: str
    outputs: tuple[str, ...]
    objective: str
    edits: tuple[tuple[int, str, str], ...]
    sequences: tuple[str, ...]
    values: np.ndarray
    scores: np.ndarray
    evaluated: int
