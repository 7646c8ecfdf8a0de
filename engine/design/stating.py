"""Claims of designs: predictions with their intervals, twins, motifs, peers, and what of it a measurement can refute.

What nobody can know before measuring is whether the intervals, which were fitted on natural elements, are wide enough
for sequences that nature does not have; a set of designs whose statements fail too often says that they are not
(`engine.design.claims.tallies`).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch

from engine.data.library import Library
from engine.design import opinions, splits, twins
from engine.design.claims import Claim, Claims, Control, Direction, Expected, Motif, Spacing, Statement, Twin, TwinKind
from engine.design.metrics.novelty import Trained
from engine.design.peers import Scanned
from engine.design.results import Designed, Goal
from engine.design.statements import Predicted, Scale, against, between, directions, half_widths, levels
from engine.design.twins import KnockOut, Sites, jaspar_sites
from engine.design.warnings import PRESETS, Preset, cautions
from engine.errors import InputError, unknown
from engine.evaluation.intervals import fitted
from engine.experiments.checkpoints import Checkpoint
from engine.interpretation.reliability.out_of_distribution import Familiar, Familiarity, familiarity
from engine.models.predict import predict
from engine.results import MotifSite, Prediction, Progress
from engine.sequence import Sequence, any_known, encode

_ARROWS = {"+": "→", "-": "←"}


@dataclass(frozen=True)
class Terms:
    """What claims are made with.

    Attributes:
        model: predicts; a guide that designed the sequences too thinks well of them by design, so take another
            where one is trained.
        scanned: natural elements that were looked through for motifs; None to leave out what designs share with them.
        presets: what to warn of.
        seed: of the twins.
        made, version: see `engine.design.claims.Claims`.
        read: finds the motif sites of a sequence.
        trained: natural elements in which stretches of the designs are looked up; None to leave that out.
        known: what the model is familiar with (`engine.design.metrics.trust.familiar`); None to leave that out.
        device: where the model predicts; None: where it is.
    """

    model: Checkpoint
    library: Library
    scanned: Scanned | None = None
    presets: tuple[Preset, ...] = tuple(PRESETS.values())
    seed: int = 0
    made: str = ""
    version: str = ""
    read: Sites = jaspar_sites
    trained: Trained | None = None
    known: Familiar | None = None
    device: torch.device | None = None


@dataclass(frozen=True)
class _Drafted:
    """A design with its motifs and the twins that it could have."""

    designed: Designed
    sites: list[MotifSite]
    shuffled: Sequence | None
    knock_outs: list[KnockOut]


def state(designs: list[Designed], goal: Goal, terms: Terms, progress: Progress | None = None) -> Claims:
    """The claims of designs of one goal, in their order.

    Args:
        progress: called with (steps done, steps): a step a design for its motifs and one for its predictions.

    Raises:
        InputError: no designs, two of one name, one called as the twin of another, one without a known base, or a goal
            for an output that the model does not predict.
        CheckpointError: no intervals were fitted for the model; names the command that does.
    """
    _check(designs, goal, terms)
    scale = _scale(terms)
    drafts = []
    for done, designed in enumerate(designs):
        drafts.append(_drafted(designed, goal, terms))
        if progress:
            progress(done + 1, 2 * len(designs))
    sequences = [s for draft in drafts for s in _sequences(draft)]
    step = partial(_second_half, progress, len(designs)) if progress else None
    predicted = _predictions(sequences, terms, scale, step)
    claims = tuple(_claim(draft, goal, terms, scale, predicted) for draft in drafts)
    _check_orders(claims)
    return Claims(
        terms.made,
        terms.version,
        terms.model.name,
        terms.model.weights_hash,
        terms.library.table.hash,
        scale.mean,
        scale.sd,
        _controls(goal, terms.library),
        claims,
    )


def _check(designs: list[Designed], goal: Goal, terms: Terms) -> None:
    if not designs:
        raise InputError("there are no designs to make claims of")
    names = [d.sequence.name for d in designs]
    if twice := sorted({n for n in names if names.count(n) > 1}):
        raise InputError(f"two designs are called '{twice[0]}'; give each a name of its own")
    if blank := [d.sequence.name for d in designs if not any_known(d.sequence.bases)]:
        raise InputError(f"sequence '{blank[0]}' has no known base, so nothing can be predicted of it")
    for output in goal.activity:
        if output not in terms.model.model.outputs:
            raise unknown(f"output of '{terms.model.name}'", output, terms.model.model.outputs)


def _check_orders(claims: tuple[Claim, ...]) -> None:
    """Raise InputError where two different sequences would be ordered under one name: a measurement could not tell
    which of them it is of."""
    bases: dict[str, str] = {}
    for claim in claims:
        for name, ordered in ((claim.name, claim.bases), *((twin.name, twin.bases) for twin in claim.twins)):
            if bases.setdefault(name, ordered) != ordered:
                raise InputError(
                    f"'{name}' would be the name of two sequences, one of them a twin of another design; give "
                    "the designs other names"
                )


def _scale(terms: Terms) -> Scale:
    errors = fitted(terms.model)
    outputs = [o for o in terms.model.model.outputs if o in terms.library.table.outputs]
    if not outputs:
        raise InputError(
            f"'{terms.model.name}' predicts none of the cell types in which natural elements were measured "
            f"({', '.join(terms.library.table.outputs)}); take a model that does"
        )
    mean, sd = splits.scale(terms.library, outputs)
    rows = terms.library.split.train
    measured = {o: np.sort(terms.library.table.column(o)[rows].astype(np.float64)) for o in outputs}
    known = {o: values[~np.isnan(values)] for o, values in measured.items()}
    means, deviations = (dict(zip(outputs, map(float, part), strict=True)) for part in (mean, sd))
    return Scale(means, deviations, errors, known)


def _drafted(designed: Designed, goal: Goal, terms: Terms) -> _Drafted:
    sequence = designed.sequence
    sites = terms.read(sequence)
    return _Drafted(
        designed,
        sites,
        twins.shuffled(sequence, goal.kept, terms.seed),
        twins.knock_outs(sequence, sites, terms.read, goal.kept, terms.seed),
    )


def _sequences(draft: _Drafted) -> list[Sequence]:
    shuffled = [draft.shuffled] if draft.shuffled else []
    return [draft.designed.sequence, *shuffled, *(k.sequence for k in draft.knock_outs)]


def _second_half(progress: Progress, designs: int, done: int, total: int) -> None:
    progress(designs + designs * done // max(1, total), 2 * designs)


def _predictions(
    sequences: list[Sequence], terms: Terms, scale: Scale, progress: Progress | None
) -> dict[str, Predicted]:
    """By bases, of which equal ones are predicted once."""
    once = list({s.bases: s for s in sequences}.values())
    model = terms.model.inference_model
    said = predict(model, once, name=terms.model.name, device=terms.device, progress=progress)
    return {s.bases: _of_one(said, row, len(s) <= model.window, scale) for row, s in enumerate(once)}


def _of_one(said: Prediction, row: int, one_window: bool, scale: Scale) -> Predicted:
    columns = {o: column for column, o in enumerate(said.outputs) if o in scale.mean}
    values = {o: float(said.values[row, column]) for o, column in columns.items()}
    if not one_window:
        return Predicted(values, {})
    own = said.said.at([row])
    halves = {o: float(half_widths(own, c, scale.errors[o])[0]) for o, c in columns.items() if o in scale.errors}
    return Predicted(values, {o: half for o, half in halves.items() if not np.isnan(half)})


def _claim(draft: _Drafted, goal: Goal, terms: Terms, scale: Scale, predicted: dict[str, Predicted]) -> Claim:
    designed = draft.designed
    own = predicted[designed.sequence.bases]
    expected = tuple(_expected(o, own, scale) for o in own.values)
    wanted = directions(goal.activity, {e.output: e.standing for e in expected})
    of_twins = _twins(draft, own, wanted, scale, predicted)
    tried = [
        *levels(designed.sequence.name, goal.activity, wanted, own, scale),
        *(s for twin in of_twins for s in against(designed.sequence.name, twin, wanted, own, predicted[twin.bases])),
        *between(designed.sequence.name, goal.activity, own, scale),
    ]
    stated = tuple(s for s in tried if isinstance(s, Statement))
    families = [site.family for site in draft.sites]
    known = None
    if terms.known is not None:
        known = familiarity(terms.known, terms.model.inference_model, designed.sequence)
    standing = {e.output: e.standing for e in expected if terms.scanned and e.output in terms.scanned.outputs}
    return Claim(
        designed.sequence.name,
        designed.sequence.bases,
        designed.method,
        designed.seed,
        dict(goal.activity),
        goal.kept,
        expected,
        of_twins,
        stated,
        tuple(s for s in tried if isinstance(s, str)),
        tuple(Motif(s.family, s.start, s.end, s.strand, s.best.p) for s in draft.sites),
        spacing(draft.sites),
        terms.scanned.shares(standing, families) if terms.scanned and standing else (),
        None if terms.trained is None else int(terms.trained.longest_shared(encode(designed.sequence.bases)[None])[0]),
        known.warns if known else None,
        _caveats(known, draft, stated, terms.model.name),
        tuple(f"{c.preset}: {c.words}" for c in cautions(designed.sequence.bases, terms.presets)),
    )


def _caveats(known: Familiarity | None, draft: _Drafted, stated: tuple[Statement, ...], model: str) -> tuple[str, ...]:
    """What the statements of a design are to be read with."""
    caveats = []
    if known is not None and known.warns:
        caveats.append(f"{known.words} Nobody has tested what '{model}' predicts there.")
    if any(s.kind == "knock-out" for s in stated) and len(draft.knock_outs) > 1:
        caveats.append(
            f"The twin without a motif is the one of {len(draft.knock_outs)} by which '{model}' loses most, so that "
            "the loss it predicts leans outwards."
        )
    return tuple(caveats)


def _expected(output: str, own: Predicted, scale: Scale) -> Expected:
    value, half = own.values[output], own.halves.get(output)
    low, high = (None, None) if half is None else (value - half, value + half)
    return Expected(output, value, low, high, scale.standing(output, value), scale.above(output, value))


def spacing(sites: list[MotifSite]) -> tuple[Spacing, ...]:
    """Every two sites that follow each other."""
    ordered = sorted(sites, key=lambda s: (s.start, s.end))
    return tuple(
        Spacing(a.family, b.family, b.start - a.end, f"{_ARROWS[a.strand]} {_ARROWS[b.strand]}")
        for a, b in itertools.pairwise(ordered)
    )


def _twins(
    draft: _Drafted,
    own: Predicted,
    wanted: Mapping[str, Direction],
    scale: Scale,
    predicted: dict[str, Predicted],
) -> tuple[Twin, ...]:
    """The shuffled twin, and the knock-out of the family that the model takes to do most of what is wanted."""

    def does(knock_out: KnockOut) -> float:
        without = predicted[knock_out.sequence.bases]
        return sum(d * (own.values[o] - without.values[o]) / scale.sd[o] for o, d in wanted.items())

    made = []
    if draft.shuffled:
        made.append(_twin("shuffled", draft.shuffled, "", (), predicted))
    if draft.knock_outs:
        most = max(draft.knock_outs, key=does)
        made.append(_twin("knock-out", most.sequence, most.family, most.stretches, predicted))
    return tuple(made)


def _twin(
    kind: TwinKind, sequence: Sequence, family: str, stretches: twins.Stretches, predicted: dict[str, Predicted]
) -> Twin:
    return Twin(kind, sequence.name, sequence.bases, family, stretches, dict(predicted[sequence.bases].values))


# --- natural controls -----------------------------------------------------------------------------------


def _controls(goal: Goal, library: Library) -> tuple[Control, ...]:
    """The training elements measured nearest to the goal and nearest to the mean in what it names (without a goal, in
    all outputs)."""
    outputs = [o for o in goal.activity if o in library.table.outputs] or list(library.table.outputs)
    rows = library.split.train
    measured = opinions.measured(library, rows)
    places = {"nearest to the mean of natural elements": dict.fromkeys(outputs, 0.0)}
    if goal.activity:
        places = {"nearest to the goal": {o: goal.activity[o] for o in outputs}} | places
    chosen: dict[str, Control] = {}
    for why, place in places.items():
        away = measured.distance(place)
        if np.isnan(away).all():
            continue
        row = int(rows[np.nanargmin(away)])
        known = {
            o: float(v)
            for o, v in zip(library.table.outputs, library.table.activity[row], strict=True)
            if not np.isnan(v)
        }
        element = library.table.sequence(row)
        chosen.setdefault(element.name, Control(element.name, element.bases, why, known))
    return tuple(chosen.values())
