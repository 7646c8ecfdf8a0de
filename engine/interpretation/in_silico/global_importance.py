"""Global importance: what a motif adds to the prediction by itself, whatever stands around it.

Koo et al. 2021 (PLoS Comput Biol 17:e1008925): write the motif into many backgrounds and take the mean of the
prediction with minus without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.data.motifs import Site
from engine.errors import InputError, unknown
from engine.interpretation.in_silico import windowed
from engine.interpretation.in_silico.knock import motif_bases
from engine.interpretation.in_silico.windowed import Change, WindowedRun
from engine.models.layers import SequenceModel
from engine.results import GlobalImportance, Progress
from engine.sequence import BASES, Sequence, dinucleotide_shuffle
from engine.statistics import t_mean

BACKGROUNDS = {
    "shuffles": "dinucleotide-preserving shuffles of the sequence",
    "random": "random sequences with the base composition of the sequence",
}
COLUMNS = ("motif", "bases", "start", "output", "importance", "low", "high", "backgrounds", "in_sequence")  # of `rows`


@dataclass(frozen=True)
class Backgrounds:
    """What a motif is written into: `count` (at least 2) of one kind of `BACKGROUNDS`, drawn by a seed."""

    kind: str = "shuffles"
    count: int = 100
    seed: int = 0


def global_importance(
    model: SequenceModel,
    sequence: Sequence,
    motifs: list[str | Site],
    *,
    start: int | None = None,
    backgrounds: Backgrounds = Backgrounds(),
    name: str = "model",
    run: WindowedRun = WindowedRun(),
    progress: Progress | None = None,
) -> GlobalImportance:
    """Mean over backgrounds of the prediction with minus without each motif, with a 95% t interval.

    All motifs see the same backgrounds. The interval tells how well the mean over such backgrounds is known, not
    whether the model is right.

    Args:
        motifs: each as `engine.interpretation.in_silico.knock.motif_bases` takes it.
        start: 0-based first base of every motif; None puts the middle of each to the middle of the sequence.
        progress: called with (windows computed, total).

    Raises:
        InputError: no motif or not a motif, a place where one does not fit or that no window holds, unknown
            backgrounds or fewer than 2, a sequence without A, C, G, T or that the policy cannot fit.
    """
    named = _motifs(motifs)
    if backgrounds.kind not in BACKGROUNDS:
        raise unknown("backgrounds", backgrounds.kind, BACKGROUNDS)
    if backgrounds.count < 2:
        raise InputError(f"an interval needs at least 2 backgrounds, not {backgrounds.count}")
    cut = windowed.cut(model, sequence, run.policy)
    places = [_place(len(sequence), bases, start) for bases in named.values()]
    for place, bases in zip(places, named.values(), strict=True):
        cut.check(place, place + len(bases))
    # the sequence itself comes last: it is no background, but its own difference is told beside theirs
    around = [*_backgrounds(sequence.bases, backgrounds), sequence.bases]
    pairs = []
    for place, bases in zip(places, named.values(), strict=True):
        change = Change(place, place + len(bases), bases)
        for window in cut.holding(change.start, change.end):
            pairs += [(cut.view(window, windowed.write(b, change)), cut.view(window, b)) for b in around]
    memory: dict[str, np.ndarray] = {}
    views = [view for pair in pairs for view in pair]
    windowed.predict_views(model, views, run, memory=memory, progress=progress)
    apart = np.array([memory[with_] - memory[without] for with_, without in pairs])
    differences, first = np.zeros((len(model.outputs), len(named), len(around)), np.float32), 0
    for i, (place, bases) in enumerate(zip(places, named.values(), strict=True)):
        n = len(cut.holding(place, place + len(bases))) * len(around)
        by_window = apart[first : first + n].reshape(-1, len(around), len(model.outputs))
        differences[:, i], first = by_window.mean(axis=0).T, first + n
    return GlobalImportance(
        name,
        tuple(model.outputs),
        tuple(named),
        tuple(named.values()),
        tuple(places),
        f"{backgrounds.count} {BACKGROUNDS[backgrounds.kind]}",
        differences[:, :, :-1],
        tuple(tuple(t_mean(values) for values in of_output) for of_output in differences[:, :, :-1]),
        differences[:, :, -1],
    )


def predictions_needed(
    model: SequenceModel,
    sequence: Sequence,
    motifs: list[str | Site],
    *,
    start: int | None = None,
    count: int = 100,
    policy: str | None = None,
) -> int:
    """How many windows `global_importance` will predict at most. Raises InputError."""
    cut = windowed.cut(model, sequence, policy)
    held = {}
    for bases in _motifs(motifs).values():
        place = _place(len(sequence), bases, start)
        cut.check(place, place + len(bases))
        held[bases] = {w.start for w in cut.holding(place, place + len(bases))}
    return (count + 1) * (sum(map(len, held.values())) + len(set().union(*held.values())))


def rows(result: GlobalImportance) -> Iterator[tuple]:
    """Every motif and output: motif, bases, first position (1-based), output, importance, 95% interval, number of
    backgrounds, difference in the sequence itself."""
    for i, motif in enumerate(result.motifs):
        for j, output in enumerate(result.outputs):
            m = result.importance[j][i]
            interval = (m.value, m.low, m.high, m.n)
            yield (motif, result.written[i], result.starts[i] + 1, output, *interval, float(result.own[j, i]))


def _motifs(motifs: list[str | Site]) -> dict[str, str]:
    named = dict(motif_bases(m) for m in motifs)
    if not named:
        raise InputError("no motif was given; name at least one")
    return named


def _place(length: int, motif: str, start: int | None) -> int:
    if len(motif) > length:
        raise InputError(f"the motif {motif} does not fit into a sequence of {length} bases")
    return length // 2 - len(motif) // 2 if start is None else start


def _backgrounds(bases: str, wanted: Backgrounds) -> list[str]:
    rng = np.random.default_rng(wanted.seed)
    if wanted.kind == "shuffles":
        return [dinucleotide_shuffle(bases, rng) for _ in range(wanted.count)]
    known = np.array([bases.count(b) for b in BASES])
    if not known.sum():
        raise InputError("the sequence holds none of A, C, G, T, so it has no base composition")
    return ["".join(rng.choice(list(BASES), len(bases), p=known / known.sum())) for _ in range(wanted.count)]
