"""Motif knock-out (a stretch of a sequence replaced) and knock-in (a motif written at several positions)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from engine.data import motifs
from engine.data.jaspar import Matrix
from engine.data.motifs import Site
from engine.errors import InputError
from engine.interpretation.in_silico import windowed
from engine.interpretation.in_silico.windowed import Change, Shuffles, WindowedRun
from engine.models.layers import SequenceModel
from engine.results import KnockIn, KnockOut, Progress
from engine.sequence import BASES, Sequence, reverse_complement

STRANDS = ("+", "-")
OUT_COLUMNS = ("start", "end", "given", "written", "times")  # of `knock_out_rows`, then the outputs
IN_COLUMNS = ("start", "end", "strand", "given", "written")  # of `knock_in_rows`, then the outputs


def motif_bases(motif: str | Site, own: dict[str, Matrix] | None = None) -> tuple[str, str]:
    """`(name, bases)` of a site, or of what a name or bases stand for (`engine.data.motifs.site`), under the name
    that was asked for; bases are their own name. Raises InputError."""
    if isinstance(motif, Site):
        return motif.name, motif.bases
    asked, bases = motif.strip(), motifs.site(motif, own).bases
    return bases if asked.upper() == bases else asked, bases


def knock_out(
    model: SequenceModel,
    sequence: Sequence,
    start: int,
    end: int,
    *,
    replacement: str | Shuffles = Shuffles(),
    name: str = "model",
    run: WindowedRun = WindowedRun(),
    progress: Progress | None = None,
) -> KnockOut:
    """Replace the stretch `[start, end)` (0-based) and see how the prediction changes.

    Args:
        replacement: bases to write there, as many as the stretch has, or how many dinucleotide-preserving shuffles
            of the stretch that differ from it (those of a short stretch may repeat each other).
        progress: called with (windows computed, total).

    Raises:
        InputError: a stretch outside the sequence or that no window holds, a replacement of another length or with
            other letters than A, C, G, T, a stretch that has no other arrangement, fewer than 1 shuffle, a sequence
            that the policy cannot fit.
    """
    cut = windowed.cut(model, sequence, run.policy)
    cut.check(start, end)
    given = sequence.bases[start:end]
    if isinstance(replacement, str):
        written = [_neutral(replacement, end - start)]
    elif replacement.count < 1:
        raise InputError(f"a knock-out needs at least 1 shuffle, not {replacement.count}")
    else:
        written = windowed.other_shuffles(given, replacement.count, np.random.default_rng(replacement.seed))
        if not written:
            raise InputError(
                f"{start + 1}-{end} ({given}) has no other arrangement with the same dinucleotides; take a longer "
                "stretch or give the bases to write there"
            )
    changes = [Change(start, end, b) for b in written]
    values, reference = windowed.effects(model, cut, changes, run, progress=progress)
    return KnockOut(name, tuple(model.outputs), sequence.bases, start, end, tuple(written), values.T, reference)


def knock_in(
    model: SequenceModel,
    sequence: Sequence,
    motif: str | Site,
    *,
    positions: list[int] | None = None,
    stride: int = 1,
    name: str = "model",
    run: WindowedRun = WindowedRun(),
    progress: Progress | None = None,
) -> KnockIn:
    """Write a motif over the sequence at each position, on either strand, and see how the prediction changes.

    The effect of a place is that of the motif gained and of the bases lost, which one number cannot tell apart;
    `engine.interpretation.in_silico.global_importance` measures the motif on its own.

    Args:
        motif: see `motif_bases`.
        positions: 0-based first bases on the forward strand; None takes every `stride`-th place where it fits.
        progress: called with (windows computed, total).

    Raises:
        InputError: not a motif, a place where it does not fit, no place that a window holds, a stride below 1, a
            sequence that the policy cannot fit.
    """
    label, written = motif_bases(motif)
    cut = windowed.cut(model, sequence, run.policy)
    places = knock_in_positions(len(sequence), len(written), stride) if positions is None else positions
    for p in places:
        if not 0 <= p <= len(sequence) - len(written):
            raise InputError(
                f"a motif of {len(written)} bases does not fit at position {p + 1} of {len(sequence)} bases"
            )
    if not any(cut.holding(p, p + len(written)) for p in places):
        raise InputError(f"no window under the policy '{cut.policy}' holds the motif at any of these positions")
    changes = [Change(p, p + len(written), bases) for bases in (written, reverse_complement(written)) for p in places]
    values, reference = windowed.effects(model, cut, changes, run, progress=progress)
    effects = values.T.reshape(len(model.outputs), 2, len(places))
    return KnockIn(name, tuple(model.outputs), sequence.bases, label, written, np.array(places), effects, reference)


def knock_in_positions(length: int, motif: int, stride: int = 1) -> list[int]:
    """Every `stride`-th 0-based position where a motif of `motif` bases fits. Raises InputError."""
    if stride < 1:
        raise InputError(f"positions must lie at least 1 base apart, not {stride}")
    if motif > length:
        raise InputError(f"a motif of {motif} bases does not fit into a sequence of {length}")
    return list(range(0, length - motif + 1, stride))


def knock_out_predictions(
    model: SequenceModel, sequence: Sequence, start: int, end: int, shuffles: int, policy: str | None = None
) -> int:
    """How many windows `knock_out` will predict at most; fewer where shuffles repeat. Raises InputError."""
    cut = windowed.cut(model, sequence, policy)
    cut.check(start, end)
    return len(cut.windows) + shuffles * len(cut.holding(start, end))


def knock_in_predictions(
    model: SequenceModel, sequence: Sequence, motif: str | Site, stride: int = 1, policy: str | None = None
) -> int:
    """How many windows `knock_in` will predict at most. Raises InputError."""
    _, written = motif_bases(motif)
    cut = windowed.cut(model, sequence, policy)
    places = knock_in_positions(len(sequence), len(written), stride)
    return len(cut.windows) + 2 * sum(len(cut.holding(p, p + len(written))) for p in places)


def knock_out_rows(result: KnockOut) -> Iterator[tuple]:
    """Every different replacement: first and last position (1-based), what was there, what was written, how many
    times, effect by output."""
    given = result.bases[result.start : result.end]
    for written, times in Counter(result.replacements).items():
        effects = result.effects[:, result.replacements.index(written)]
        yield (result.start + 1, result.end, given, written, times, *map(float, effects))


def knock_in_rows(result: KnockIn) -> Iterator[tuple]:
    """Every place: first and last position (1-based), strand, the bases lost, the bases written, effect by output."""
    for s, (strand, written) in enumerate(zip(STRANDS, both_strands(result), strict=True)):
        for i, p in enumerate(map(int, result.positions)):
            end = p + len(written)
            yield (p + 1, end, strand, result.bases[p:end], written, *map(float, result.effects[:, s, i]))


def both_strands(result: KnockIn) -> tuple[str, str]:
    """What a knock-in writes for the motif on the forward and on the reverse strand."""
    return result.written, reverse_complement(result.written)


def _neutral(replacement: str, length: int) -> str:
    bases = replacement.strip().upper()
    if set(bases) - set(BASES):
        raise InputError(f"the replacement '{replacement}' holds other letters than A, C, G and T")
    if len(bases) != length:
        raise InputError(f"the replacement has {len(bases)} bases and the stretch {length}; give as many")
    return bases
