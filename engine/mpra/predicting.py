"""What a model predicts for a user's library: the activity of each sequence, or the effect of each variant.

Effects are alt minus ref by the one rule (`engine.genome.effects`): over the same windows, in which the variant stands
in the middle. A target that is shorter than the window stands in it whole, between the library's adapters and N, as the
models' window policy 'pad' puts it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from engine.experiments.checkpoints import Checkpoint
from engine.genome.effects import Scored, score_variants
from engine.genome.reference import PlacedReference
from engine.genome.variants import Variant
from engine.models.layers import SequenceModel
from engine.models.predict import Run, predict
from engine.mpra.comparison import Predictions
from engine.mpra.library import ELEMENTS, MeasuredLibrary
from engine.results import Progress
from engine.sequence import ADAPTER_LEFT, ADAPTER_RIGHT, Region, Sequence

AT_ONCE = 512  # sequences between two states that a stopped run goes on from
CONTIG = "target"


@dataclass
class Done:
    """Predictions that are there already: activities in parts, in the order of the library; effects by variant."""

    activities: list[np.ndarray] = field(default_factory=list)
    effects: dict[Variant, Scored] = field(default_factory=dict)

    def __len__(self) -> int:
        return sum(map(len, self.activities)) + len(self.effects)


def predicted(
    checkpoint: Checkpoint,
    library: MeasuredLibrary,
    *,
    policy: str | None = None,
    run: Run = Run(),
    seen: np.ndarray | None = None,
    done: Done | None = None,
    progress: Progress | None = None,
) -> Predictions:
    """Predictions of one model for every sequence or variant.

    Args:
        policy: a window policy of `engine.sequence.WINDOW_POLICIES`, of sequences; by default pad or tile.
        done: what an earlier call with the same settings computed; new parts are added, so that stopped work goes on.
        progress: called with (sequences done, sequences).

    Raises:
        InputError: a sequence that the policy cannot fit.
    """
    model = checkpoint.inference_model
    done = Done() if done is None else done
    if library.kind != ELEMENTS:
        values, problems = _effects(model, library, run, done.effects, progress)
        return Predictions(checkpoint.name, tuple(model.outputs), values, seen, problems)
    parts = done.activities
    ready = sum(len(p) for p in parts)
    for start in range(ready, len(library), AT_ONCE):
        some = [library.sequence(i) for i in range(start, min(start + AT_ONCE, len(library)))]
        result = predict(model, some, policy=policy, batch_size=run.batch_size, device=run.device)
        parts.append(result.values.astype(np.float64))
        if progress:
            progress(start + len(some), len(library))
    return Predictions(checkpoint.name, tuple(model.outputs), np.concatenate(parts), seen)


def as_variant(target: str, bases: str, name: str, offset: int = 0) -> Variant:
    """The change that makes `bases` of `target`, as short as it can be; `offset` bases stand before the target."""
    start = 0
    while start < min(len(target), len(bases)) and target[start] == bases[start]:
        start += 1
    end = 0
    while end < min(len(target), len(bases)) - start and target[-1 - end] == bases[-1 - end]:
        end += 1
    return Variant(CONTIG, offset + start + 1, target[start : len(target) - end], bases[start : len(bases) - end], name)


def placed(target: Sequence, window: int, missing: int) -> tuple[PlacedReference, int]:
    """The target as a reference of its own, and how many bases stand before it.

    Args:
        missing: bases that the longest deletion takes away, for which a short target's right flank is longer.
    """
    left, right = "", ""
    if len(target) < window + missing:
        space = max(0, window - len(target))
        n = space // 2
        left = ("N" * window + ADAPTER_LEFT)[-n:] if n else ""
        right = (ADAPTER_RIGHT + "N" * window)[: space - n + missing]
    bases = left + target.bases + right
    region = Region(CONTIG, 0, len(bases))
    return PlacedReference([Sequence(target.name, bases, region, target.origin)], target.name), len(left)


def _effects(
    model: SequenceModel, library: MeasuredLibrary, run: Run, done: dict[Variant, Scored], progress: Progress | None
) -> tuple[np.ndarray, tuple[tuple[int, str], ...]]:
    """`(n, outputs)` alt minus ref, and the variants that cannot be scored; those of one length change together."""
    assert library.target is not None
    target = library.target
    by_missing: dict[int, list[int]] = {}
    for i, bases in enumerate(library.bases):
        by_missing.setdefault(max(0, len(target) - len(bases)), []).append(i)
    values = np.full((len(library), len(model.outputs)), np.nan)
    problems: list[tuple[int, str]] = []
    before = 0
    for missing, rows in by_missing.items():
        reference, offset = placed(target, model.window, missing)
        variants = [as_variant(target.bases, library.bases[i], library.names[i], offset) for i in rows]
        step = _after(progress, before, len(library))
        # variants of one group are never those of another, which change the length by other numbers of bases
        table = score_variants(model, variants, reference, run=run, done=done, progress=step)
        columns = [f"model.{output}.effect" for output in model.outputs]
        values[rows] = table[columns].to_numpy(np.float64)
        problems += [(i, p) for i, p in zip(rows, table["problem"], strict=True) if p]
        before += len(rows)
    return values, tuple(problems)


def _after(progress: Progress | None, before: int, total: int) -> Callable[[int, int], None] | None:
    if progress is None:
        return None
    return lambda done, _: progress(min(before + done, total), total)
