"""Changed versions of one sequence, window by window: what the in-silico experiments share.

A changed version is as long as the sequence and is cut into the same windows. The effect of a change is alt minus ref
over the windows that hold all of it, and their mean; windows that show only a part of the change do not count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from engine.errors import InputError
from engine.models.layers import SequenceModel
from engine.models.predict import Run, mean_of_known, predict_codes
from engine.results import Progress
from engine.sequence import Sequence, Window, any_known, default_policy, dinucleotide_shuffle, encode, windows

AT_ONCE = 512  # windows laid out before they are predicted
DRAWS = 10  # times as many shuffles are drawn as are asked for, before those that changed nothing are given up


class Change(NamedTuple):
    """`bases` written over the stretch `[start, end)` (0-based) of a sequence, as many as stood there."""

    start: int
    end: int
    bases: str


@dataclass(frozen=True)
class Cut:
    """A sequence and the windows that a model reads of it."""

    sequence: Sequence
    policy: str
    windows: tuple[Window, ...]

    def holding(self, start: int, end: int) -> list[Window]:
        """The windows that hold all of `[start, end)`."""
        return [w for w in self.windows if w.start <= start and end <= w.end]

    def view(self, window: Window, bases: str) -> str:
        """What a window shows of a version `bases` of the sequence; flanks of a padded window stay."""
        first, last = max(0, window.start), min(window.end, len(self.sequence))
        return window.bases[: first - window.start] + bases[first:last] + window.bases[last - window.start :]

    def check(self, start: int, end: int) -> None:
        """Raise InputError if `[start, end)` lies outside the sequence, or no window holds all of it."""
        if not 0 <= start < end <= len(self.sequence):
            raise InputError(f"{start + 1}-{end} is not a stretch of a sequence of {len(self.sequence)} bases")
        if not self.holding(start, end):
            raise InputError(
                f"no window holds all of {start + 1}-{end} under the window policy '{self.policy}'; take a shorter "
                "stretch or another policy"
            )


@dataclass(frozen=True, kw_only=True)
class WindowedRun(Run):
    """How a model is run over the windows of a sequence.

    Attributes:
        policy: a window policy; None takes the default for the length (`engine.sequence.default_policy`).
    """

    policy: str | None = None


@dataclass(frozen=True)
class Shuffles:
    """So many dinucleotide-preserving shuffles of a stretch, drawn by a seed."""

    count: int = 20
    seed: int = 0


def cut(model: SequenceModel, sequence: Sequence, policy: str | None = None) -> Cut:
    """The windows of a sequence under a policy; None takes the default for its length. Raises InputError."""
    used = policy or default_policy(len(sequence), model.window)
    return Cut(sequence, used, tuple(windows(sequence.bases, model.window, used, name=sequence.name)))


def write(bases: str, change: Change) -> str:
    """The version of `bases` with a change."""
    return bases[: change.start] + change.bases + bases[change.end :]


def predict_views(
    model: SequenceModel,
    views: list[str],
    run: Run = Run(),
    *,
    memory: dict[str, np.ndarray] | None = None,
    progress: Progress | None = None,
) -> np.ndarray:
    """`(n, outputs)` predictions for windows of one length, both strands averaged; equal ones are computed once.

    Args:
        memory: predictions of earlier calls by window, which are not computed again; new ones are added.
        progress: called with (windows computed, windows to compute).
    """
    known = {} if memory is None else memory
    new = [v for v in dict.fromkeys(views) if v not in known]
    if new:
        codes = np.stack([encode(v) for v in new])
        values = predict_codes(model, codes, batch_size=run.batch_size, device=run.device, progress=progress)
        known.update(zip(new, values, strict=True))
    return np.array([known[v] for v in views], np.float32).reshape(len(views), len(model.outputs))


def predictions(
    model: SequenceModel,
    cut: Cut,
    versions: list[str],
    run: Run = Run(),
    *,
    memory: dict[str, np.ndarray] | None = None,
    progress: Progress | None = None,
) -> np.ndarray:
    """`(n, outputs)` predictions of versions of the sequence: the mean over all windows in which the sequence has a
    known base, as `engine.models.predict.predict`; nan where there is none.

    Args:
        memory: see `predict_views`.
        progress: called with (versions done, n).
    """
    counted = [w for w in cut.windows if any_known(w.bases)]
    if not counted:
        return np.full((len(versions), len(model.outputs)), np.nan, np.float32)
    step = max(1, AT_ONCE // len(counted))  # a long sequence has many windows, nearly all of them known already
    parts = []
    for first in range(0, len(versions), step):
        some = versions[first : first + step]
        values = predict_views(model, [cut.view(w, bases) for bases in some for w in counted], run, memory=memory)
        parts.append(values.reshape(len(some), len(counted), -1).mean(axis=1, dtype=np.float64))
        if progress:
            progress(first + len(some), len(versions))
    return np.concatenate(parts).astype(np.float32)


def effects(
    model: SequenceModel, cut: Cut, changes: list[Change], run: Run = Run(), *, progress: Progress | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The effect of each change, alt minus ref over the windows that hold all of it.

    Args:
        progress: called with (windows computed, windows to compute).

    Returns:
        `(n, outputs)` effects, nan where no window with a known base holds all of a change, and `(outputs,)` the
        prediction for the sequence as it is; log2(RNA/DNA).
    """
    bases = cut.sequence.bases
    memory: dict[str, np.ndarray] = {}
    given = {w: cut.view(w, bases) for w in cut.windows}
    pairs, owner = [], []
    for i, change in enumerate(changes):
        changed = write(bases, change)
        for window in cut.holding(change.start, change.end):
            alt, ref = cut.view(window, changed), given[window]
            if any_known(alt) and any_known(ref):
                pairs.append((alt, ref))
                owner.append(i)
    predict_views(model, [*given.values(), *(alt for alt, _ in pairs)], run, memory=memory, progress=progress)
    values = np.full((len(changes), len(model.outputs)), np.nan)
    if pairs:
        apart = np.array([memory[alt] - memory[ref] for alt, ref in pairs], np.float64)
        sums = np.zeros_like(values)
        np.add.at(sums, owner, apart)
        count = np.bincount(owner, minlength=len(changes))
        values[count > 0] = sums[count > 0] / count[count > 0, None]
    reference = mean_of_known(np.array([memory[v] for v in given.values()]), axis=0)
    return values.astype(np.float32), reference.astype(np.float32)


def other_shuffles(bases: str, count: int, rng: np.random.Generator) -> list[str]:
    """Up to `count` dinucleotide-preserving shuffles of `bases` that differ from it.

    A short stretch has few arrangements, and a shuffle may give it back unchanged; these are left out and drawn
    again, in all up to `DRAWS` times `count` times. Those that remain may still equal each other. Empty where there
    is no other arrangement.
    """
    shuffles: list[str] = []
    for _ in range(DRAWS * count):
        shuffled = dinucleotide_shuffle(bases, rng)
        if shuffled != bases:
            shuffles.append(shuffled)
            if len(shuffles) == count:
                break
    return shuffles
