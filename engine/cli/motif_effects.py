"""`python -m engine motif-effects | motif-association`: any motif in held-out elements, as tables."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Annotated

import typer

from engine.cli.common import LARGEST_SEED, LONGEST, MOTIF, Out, bar, names, number, writer
from engine.cli.own_motifs import OwnMotifs, own_matrices
from engine.data import library, motifs
from engine.data.jaspar import Matrix
from engine.data.motifs import STUDY, Site
from engine.errors import InputError, unknown
from engine.experiments import checkpoints
from engine.interpretation.motifs import association, effects, grammar, importance
from engine.interpretation.motifs.effects import Backgrounds
from engine.interpretation.motifs.grammar import Curve
from engine.models.layers import SequenceModel
from engine.results import Progress
from engine.statistics import Metric

COLUMNS = ("what", "motif", "at", "output", "log2_rna_dna", "low", "high", "backgrounds")
ASSOCIATED = ("motif", "cell", "present", "measure", "value", "low", "high", "n")
StudyUnlessNamed = Annotated[
    str, typer.Option("--motif", help=f"{MOTIF}; several with commas; the study's, or all of --motifs, if empty")
]
Line = tuple[str, str, int | str, tuple[Metric, ...]]  # what, motif, at, of each output


def _importance(model: SequenceModel, around: Backgrounds, sites: list[Site], progress: Progress) -> Iterator[Line]:
    by_motif = importance.importance(model, around, sites, progress=progress)
    for name, measures in by_motif.items():
        for measure, metrics in measures.items():
            yield importance.MEASURES[measure], name, "", metrics


def _curves(what: str, motif: str, curves: list[Curve]) -> Iterator[Line]:
    for curve in curves:
        for x, metrics in zip(curve.x, curve.effects, strict=True):
            yield f"{what}: {curve.name}", motif, x, metrics


def motif_effects_command(
    model: Annotated[str, typer.Argument(help="a trained model")],
    motif: StudyUnlessNamed = "",
    own: OwnMotifs = None,
    what: Annotated[str, typer.Option(help="importance, position, copies, gap or pairs")] = "importance",
    backgrounds: Annotated[str, typer.Option(help=" | ".join(effects.KINDS))] = "shuffles",
    count: Annotated[int, typer.Option(min=2, max=100_000, help="of backgrounds")] = importance.COUNT,
    every: Annotated[int, typer.Option(min=1, max=LONGEST, help="position, gap: a point every so many bases")] = 10,
    most: Annotated[int, typer.Option(min=1, max=100, help="copies: up to so many")] = 5,
    step: Annotated[int, typer.Option(min=1, max=LONGEST, help="copies: from one to the next, in bases")] = 20,
    gap: Annotated[int, typer.Option(min=0, max=LONGEST, help="pairs: bases between; gap: up to so many")] = 10,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="of the backgrounds")] = importance.SEED,
    out: Out = "-",
) -> None:
    """What motifs do to predictions when they are written into held-out elements or shuffles of them.

    The mean over backgrounds of the prediction with minus without, with its 95% interval: of a motif in the middle
    (importance), by its position, by the number of copies, of two by the gap and orientation between them, of all pairs
    (effect of both minus that of each alone).
    """
    matrices = own_matrices(own)
    sites = [motifs.site(name, matrices) for name in _wanted(motif, matrices) or STUDY]
    table = {
        "importance": lambda m, a, p: _importance(m, a, sites, p),
        "position": lambda m, a, p: (
            line for s in sites
            for line in _curves("position", s.name, grammar.by_position(m, a, s.bases, every, progress=p))
        ),
        "copies": lambda m, a, p: (
            line for s in sites
            for line in _curves("copies", s.name, grammar.by_copies(m, a, s.bases, most, step, progress=p))
        ),
        "gap": lambda m, a, p: _by_gap(m, a, sites, range(0, gap + 1, every), p),
        "pairs": lambda m, a, p: (
            (f"interaction, {gap} bases between", " ".join(pair), "", metrics)
            for pair, metrics in grammar.every_pair(
                m, a, {s.name: s.bases for s in sites}, gap, progress=p
            ).items()
        ),
    }  # fmt: skip
    if what not in table:
        raise unknown("kind of effect", what, table)
    checkpoint = checkpoints.load(model)
    with writer(out) as write:
        around = effects.backgrounds(library.joint(), backgrounds, count, seed)
        with bar(f"{model}: {what}") as progress:
            lines = list(table[what](checkpoint.inference_model, around, progress))
        write([COLUMNS])
        for kind, name, at, metrics in lines:
            for output, m in zip(checkpoint.model.outputs, metrics, strict=True):
                write([(kind, name, at, output, number(m.value), number(m.low), number(m.high), m.n)])
    print(f"{around.what()}: {', '.join(f'{s.name} {s.bases}' for s in sites)}", file=sys.stderr)


def _wanted(motif: str, own: dict[str, Matrix] | None) -> list[str]:
    """The motifs that were named, else all of the user's own, else none."""
    return names(motif) if motif else list(own or {})


def _by_gap(model: SequenceModel, around: Backgrounds, sites: list[Site], gaps: range, progress: Progress):
    if len(sites) != 2:
        raise InputError(f"--what gap takes two motifs, the left and the right one, not {len(sites)}")
    first, second = sites
    by_kind = grammar.by_gap(model, around, first.bases, second.bases, gaps, progress=progress)
    for kind, curves in zip(("interaction", "both"), by_kind, strict=True):
        yield from _curves(kind, f"{first.name} {second.name}", curves)


def motif_association_command(
    motif: StudyUnlessNamed = "",
    own: OwnMotifs = None,
    out: Out = "-",
) -> None:
    """How the count of motifs goes with measured activity of held-out elements, also at given GC content."""
    matrices = own_matrices(own)
    wanted = {
        label: m for name in _wanted(motif, matrices) for label, m in motifs.named(name, matrices).items()
    } or None
    with writer(out) as write:
        with bar("motif-association") as progress:
            associations = association.held_out(library.joint(), wanted, progress=progress)
        write([ASSOCIATED])
        for row in associations:
            for measure in ("frequency", "spearman", "partial", "gc", "delta"):
                m = getattr(row, measure)
                cells = (number(m.value), number(m.low), number(m.high), m.n)
                write([(row.motif, row.cell, row.present, measure, *cells)])
