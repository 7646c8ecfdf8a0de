"""Block shuffle scan: which stretches of a sequence the prediction rests on, in their arrangement."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.errors import InputError
from engine.interpretation.in_silico import windowed
from engine.interpretation.in_silico.windowed import Change, Shuffles, WindowedRun
from engine.models.layers import SequenceModel
from engine.results import BlockShuffle, Progress
from engine.sequence import Sequence


def block_shuffle(
    model: SequenceModel,
    sequence: Sequence,
    *,
    width: int = 10,
    stride: int = 5,
    shuffles: Shuffles = Shuffles(),
    name: str = "model",
    run: WindowedRun = WindowedRun(),
    progress: Progress | None = None,
) -> BlockShuffle:
    """Replace each block by dinucleotide-preserving shuffles of itself: mean and sd of the change of the prediction.

    A shuffle keeps the first and the last base, the composition and the dinucleotides of a block, so what changes is
    the order alone. A short block has few such arrangements: a shuffle that gives the block back is left out and
    drawn again, and those that remain may repeat each other. `used` and `distinct` of the result say how many there
    are; a block without another arrangement has the effect nan, not 0.

    Args:
        width, stride: of the blocks, in bases; a last block ends with the sequence.
        shuffles: of each block.
        progress: called with (windows computed, total).

    Raises:
        InputError: a block of fewer than 3 bases, longer than the sequence, or that no window holds; a stride or a
            number of shuffles below 1; a sequence that the policy cannot fit.
    """
    starts = block_starts(len(sequence), width, stride)
    if shuffles.count < 1:
        raise InputError(f"a block shuffle scan needs at least 1 shuffle a block, not {shuffles.count}")
    cut = windowed.cut(model, sequence, run.policy)
    if not any(cut.holding(s, s + width) for s in starts):
        cut.check(starts[0], starts[0] + width)
    rng = np.random.default_rng(shuffles.seed)
    drawn = [windowed.other_shuffles(sequence.bases[s : s + width], shuffles.count, rng) for s in starts]
    changes = [Change(s, s + width, b) for s, written in zip(starts, drawn, strict=True) for b in written]
    values, reference = windowed.effects(model, cut, changes, run, progress=progress)
    mean, sd = np.full((2, len(model.outputs), len(starts)), np.nan, np.float32)
    used = np.array([len(written) for written in drawn])
    for i, (first, n) in enumerate(zip(used.cumsum() - used, used, strict=True)):
        if n:
            mean[:, i] = values[first : first + n].mean(axis=0, dtype=np.float64)
        if n > 1:
            sd[:, i] = values[first : first + n].std(axis=0, ddof=1, dtype=np.float64)
    return BlockShuffle(
        name,
        tuple(model.outputs),
        sequence.bases,
        width,
        np.array(starts),
        shuffles.count,
        used,
        np.array([len(set(written)) for written in drawn]),
        mean,
        sd,
        reference,
    )


def block_starts(length: int, width: int, stride: int) -> list[int]:
    """0-based starts of the blocks; the last block ends with the sequence. Raises InputError."""
    if not 3 <= width <= length:
        raise InputError(f"a block takes 3 to {length} bases here (the length of the sequence), not {width}")
    if stride < 1:
        raise InputError(f"blocks must lie at least 1 base apart, not {stride}")
    return [*range(0, length - width, stride), length - width]


def predictions_needed(
    model: SequenceModel, sequence: Sequence, width: int, stride: int, shuffles: int, policy: str | None = None
) -> int:
    """How many windows `block_shuffle` will predict at most; fewer where shuffles repeat. Raises InputError."""
    cut = windowed.cut(model, sequence, policy)
    starts = block_starts(len(sequence), width, stride)
    return len(cut.windows) + shuffles * sum(len(cut.holding(s, s + width)) for s in starts)


def columns(result: BlockShuffle) -> tuple[str, ...]:
    """The names of what `rows` gives."""
    return ("start", "end", "bases", "used", "distinct", *(f"{o} {k}" for o in result.outputs for k in ("mean", "sd")))


def rows(result: BlockShuffle) -> Iterator[tuple]:
    """Every block: first and last position (1-based), bases, shuffles used, different ones, then mean and sd of the
    effect for each output."""
    for i, start in enumerate(result.starts):
        end = int(start) + result.width
        numbers = zip(result.mean[:, i], result.sd[:, i], strict=True)
        yield (
            *(int(start) + 1, end, result.bases[start:end], int(result.used[i]), int(result.distinct[i])),
            *(float(v) for pair in numbers for v in pair),
        )
