"""All that is known of one edited sequence, and the stages in which it becomes known.

A `Dossier` is a value that every stage returns with more in it: `predicted` first, since a key press waits for it, then
`measured`, `scanned` and `explained` for what is on screen, and `complete` for a report, which explains the rest of the
models and outputs. What is in a dossier already is not computed again. `gather` goes through all stages at once.

Where numbers come from is a `Computing`; see `engine.report.computing`.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence as Several
from dataclasses import dataclass, field, replace

import numpy as np
import torch

from engine.data import expression, jaspar
from engine.data.measured import measured_on
from engine.data.motif_files import Collection
from engine.editor.document import Document
from engine.editor.summary import EditFacts, facts
from engine.errors import DataError, unknown
from engine.evaluation.intervals import interval_of
from engine.experiments import lineage
from engine.experiments.checkpoints import Checkpoint
from engine.interpretation.attribution.agreement import agreement
from engine.interpretation.motifs import families
from engine.interpretation.reliability.badge import badge, calibrated
from engine.interpretation.reliability.verdict import Verdict
from engine.intervals import Interval
from engine.mpra import separate
from engine.report.at_edit import at_edit
from engine.report.computing import FRESH, USUAL, Choices, Computing, Fresh
from engine.results import Agreement, MotifHit, MotifSite, Prediction, Progress, Track
from engine.sequence import any_known

LIBRARY = {"joint": ("lentimpra_sequences", "lentimpra_activity")}  # the files behind a table that models learn from


@dataclass(frozen=True)
class Identity:
    """Which model this was, so that the same numbers can be had again.

    Attributes:
        weights: sha256 of the weights; of an ensemble, of its description. `members` holds those of its models.
        data, split: hashes of the table and of the folds that it was trained and scored on; '' if it was not scored.
        seeds: of the training; those of the members of an ensemble.
        held_out: for each output the Spearman correlation on the test fold: value, low, high, n.
        files: names in `engine.data.sources` of what it was trained on.
    """

    name: str
    source: str
    weights: str
    outputs: tuple[str, ...]
    window: int
    data: str = ""
    split: str = ""
    seeds: tuple[int, ...] = ()
    held_out: dict[str, dict] = field(default_factory=dict)
    members: dict[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()


def identity(checkpoint: Checkpoint) -> Identity:
    """What there is to say of a loaded model; nothing is read or measured anew."""
    description, metrics, members = checkpoint.description, checkpoint.metrics, checkpoint.members
    training = metrics.get("training", {})
    own = (training["seed"],) if "seed" in training else ()
    inside = [identity(m) for m in members]
    return Identity(
        checkpoint.name,
        description.get("experiment", {}).get("source", ""),
        checkpoint.weights_hash,
        tuple(checkpoint.model.outputs),
        checkpoint.model.window,
        metrics.get("data_hash") or training.get("data_hash", ""),
        metrics.get("split_hash") or training.get("split_hash", ""),
        own or tuple(s for m in inside for s in m.seeds),
        {o: scores["spearman"] for o, scores in metrics.get("held_out", {}).items() if "spearman" in scores},
        {m.name: m.weights for m in inside},
        _files(description),
    )


def _files(description: dict) -> tuple[str, ...]:
    """Names in `engine.data.sources` of what the described model, its members or its teacher learned from."""
    tables = lineage.tables(description)
    of_tables = [name for table in tables for name in LIBRARY.get(table, ())]
    return (*of_tables, *(separate.FILES[cell] for cell in lineage.separate_cells(tables)))


@dataclass(frozen=True)
class Dossier:
    """One edited sequence and everything that is known of it so far.

    Attributes:
        before, after: of the reference and of the sequence as it stands, one prediction for every model: the mean over
            the windows that hold the edit (`engine.genome.edited`), so that their difference is its effect. Of an
            unedited sequence both are the same, over all windows.
        whole: of the sequence as it stands over all of its windows, one prediction for every model.
        intervals: model and output to where a measurement of the sequence as it stands is expected; of models whose
            intervals were fitted, for a sequence of one window.
        tracks: of the sequence as it stands or of its reference (`Track.bases` tells which).
        hits: motif matches in the sequence as it stands; None if nobody looked for any.
        sites: of these one family a place, and all that the edits made; what they took away is in the facts.
        models: which models these are.
        settings: what was chosen in computing this, as pairs of name and value in words.
        sources: names in `engine.data.sources` of what the sequence itself came from.
        verdicts: model, output and the verdict on its two maps, where its scale was computed.
        measured: what saturation mutagenesis measured on the reference, whatever was edited: data set to `(length, 4)`
            log2(alt/ref), as `engine.data.measured.measured_on` has it.
        unmeasured: why that is not known, in words; '' if it is, or if the reference has no known place in a genome.
        choices: what was chosen, as values.
        unedited: Integrated Gradients of the reference, for the difference that an edit made to them; for the screen
            alone.
        agreement: of several models about mutagenesis; for the screen alone.
    """

    document: Document
    facts: EditFacts
    before: tuple[Prediction, ...]
    after: tuple[Prediction, ...]
    tracks: tuple[Track, ...] = ()
    hits: tuple[MotifHit, ...] | None = None
    sites: tuple[MotifSite, ...] = ()
    models: tuple[Identity, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    sources: tuple[str, ...] = ()
    verdicts: tuple[tuple[str, str, Verdict], ...] = ()
    measured: dict[str, np.ndarray] = field(default_factory=dict)
    unmeasured: str = ""
    choices: Choices = USUAL
    unedited: Track | None = None
    agreement: Agreement | None = None
    whole: tuple[Prediction, ...] = ()
    intervals: dict[tuple[str, str], Interval] = field(default_factory=dict)

    @property
    def edited(self) -> bool:
        return bool(self.facts.changes) or self.facts.turned

    def track(self, kind: str, model: str, output: str) -> Track | None:
        """The map of the sequence as it stands, alone or among those of other outputs; None if it is not there yet."""
        own = (t for t in self.tracks if (t.kind, t.model, t.bases) == (kind, model, self.document.bases))
        return next((t for t in own if output in t.outputs), None)

    def verdict(self, model: str, output: str) -> Verdict | None:
        """None where there is no scale for it, or no map yet."""
        return next((v for m, o, v in self.verdicts if (m, o) == (model, output)), None)


# --- the stages -------------------------------------------------------------------------------------


def predicted(
    document: Document,
    loaded: Several[Checkpoint],
    choices: Choices = USUAL,
    computing: Computing = FRESH,
    progress: Progress | None = None,
) -> Dossier:
    """What the models predict for the reference and for the sequence as it stands, and nothing that takes longer.

    Raises:
        InputError: a sequence that its window policy cannot fit.
    """
    before, after, whole, holding = [], [], [], []
    intervals: dict[tuple[str, str], Interval] = {}
    for i, checkpoint in enumerate(loaded):
        policies = choices.policies_of(checkpoint.name)
        part = _share(progress, i, 1, len(loaded))
        pair = (
            computing.prediction(checkpoint, document.reference, policies[0], _share(part, 0, 1, 3)),
            computing.prediction(checkpoint, document.sequence, policies[1], _share(part, 1, 1, 3)),
        )
        whole.append(pair[1])
        if len(document.bases) <= checkpoint.model.window:
            each = {(checkpoint.name, o): interval_of(checkpoint, pair[1], o) for o in checkpoint.model.outputs}
            intervals |= {of: found for of, found in each.items() if found is not None}
        pair, windows = at_edit(document, checkpoint, pair, computing, _share(part, 2, 1, 3))
        before.append(pair[0])
        after.append(pair[1])
        holding.append(windows)
    return Dossier(
        document,
        facts(document, before, after, None, holding),
        tuple(before),
        tuple(after),
        models=tuple(identity(c) for c in loaded),
        choices=choices,
        whole=tuple(whole),
        intervals=intervals,
    )


def measured(dossier: Dossier) -> Dossier:
    """With what was measured on the reference, or with the words for why that is not known."""
    try:
        return replace(dossier, measured=measured_on(dossier.document.reference))
    except DataError as error:
        return replace(dossier, unmeasured=f"Whether this place was measured is not known: {error}")


def scanned(dossier: Dossier, computing: Computing = FRESH, progress: Progress | None = None) -> Dossier:
    """With the motif matches in the sequence as it stands, its sites, and those gained and lost in its facts.

    Raises:
        DataError: only factors that a cell type makes are wanted, and the table of these is not there.
    """
    document, largest_q = dossier.document, dossier.choices.largest_q
    collection = dossier.choices.collection
    before = computing.motif_hits(document.reference, collection, progress)
    same = document.bases == document.reference.bases
    after = before if same else computing.motif_hits(document.sequence, collection, progress)
    if dossier.choices.expressed_in:
        made = expression.of(dossier.choices.expressed_in)
        matrices = collection.matrices if collection else jaspar.load()
        before, after = ([h for h in found if made.has(matrices[h.matrix])] for found in (before, after))
    known = families.of(collection.matrices.values() if collection else None)
    sites, changes = families.compared(before, after, known, largest_q, document.origins)
    return replace(
        dossier,
        facts=replace(dossier.facts, motifs=changes),
        hits=tuple(h for h in after if h.q <= largest_q),
        sites=tuple(sites),
    )


def contributed(
    dossier: Dossier,
    checkpoint: Checkpoint,
    output: str,
    computing: Computing = FRESH,
    progress: Progress | None = None,
) -> Dossier:
    """With Integrated Gradients of the sequence as it stands, of one model and output.

    Raises:
        CheckpointError: the map is to be standardised, and the model was never scored.
    """
    choices, sequence = dossier.choices, dossier.document.sequence
    return _with_map(
        dossier,
        "ig",
        checkpoint,
        output,
        lambda policy: computing.contributions(checkpoint, sequence, policy, output, choices, progress),
    )


def mutated(
    dossier: Dossier,
    checkpoint: Checkpoint,
    output: str,
    computing: Computing = FRESH,
    progress: Progress | None = None,
) -> Dossier:
    """With in-silico mutagenesis of the sequence as it stands, of one model.

    Raises:
        CheckpointError: the map is to be standardised, and the model was never scored.
    """
    choices, sequence = dossier.choices, dossier.document.sequence
    return _with_map(
        dossier,
        "ism",
        checkpoint,
        output,
        lambda policy: computing.mutagenesis(checkpoint, sequence, policy, choices.standardised, progress),
    )


def _with_map(
    dossier: Dossier, kind: str, checkpoint: Checkpoint, output: str, compute: Callable[[str | None], Track]
) -> Dossier:
    """With a map that `compute` gives for the window policy of the sequence as it stands, unless it is there."""
    if dossier.track(kind, checkpoint.name, output) is not None:
        return dossier
    policy = dossier.choices.policies_of(checkpoint.name)[1]
    return replace(dossier, tracks=(*dossier.tracks, compute(policy)))


def judged(dossier: Dossier, checkpoint: Checkpoint, output: str, computing: Computing = FRESH) -> Dossier:
    """With the verdict on both maps, where they are there and the model has a scale for them."""
    choices, sequence = dossier.choices, dossier.document.sequence
    ig, mutagenesis = (dossier.track(kind, checkpoint.name, output) for kind in ("ig", "ism"))
    scale = computing.scale(checkpoint, output) if calibrated(choices.baseline, choices.correct_simplex) else None
    if not any_known(sequence.bases) or ig is None or mutagenesis is None:
        return dossier  # there is no map to judge
    if scale is None or dossier.verdict(checkpoint.name, output):
        return dossier
    verdict = badge(checkpoint, scale, sequence, ig, mutagenesis, output)
    return replace(dossier, verdicts=(*dossier.verdicts, (checkpoint.name, output, verdict)))


def explained(
    dossier: Dossier,
    checkpoint: Checkpoint,
    output: str,
    computing: Computing = FRESH,
    progress: Progress | None = None,
) -> Dossier:
    """With both maps of the sequence as it stands for one model and output, and the verdict on them, if it has one.

    Raises:
        CheckpointError: the maps are to be standardised, and the model was never scored.
    """
    dossier = contributed(dossier, checkpoint, output, computing, _share(progress, 0, 1, 2))
    dossier = mutated(dossier, checkpoint, output, computing, _share(progress, 1, 1, 2))
    return judged(dossier, checkpoint, output, computing)


def with_difference(dossier: Dossier, checkpoint: Checkpoint, output: str, computing: Computing = FRESH) -> Dossier:
    """With Integrated Gradients of the reference, where an edit can be held against it base by base."""
    document = dossier.document
    if len(document.reference) != len(document.sequence) or document.reference.bases == document.bases:
        return dossier
    policy = dossier.choices.policies_of(checkpoint.name)[1]
    return replace(
        dossier,
        unedited=computing.contributions(checkpoint, document.reference, policy, output, dossier.choices),
    )


def with_agreement(
    dossier: Dossier,
    loaded: Several[Checkpoint],
    output: str,
    computing: Computing = FRESH,
    progress: Progress | None = None,
) -> Dossier:
    """With the agreement of all models that know the output, on the scale on which they compare, if these are several.

    Raises:
        CheckpointError: one of them was never scored.
    """
    several = [c for c in loaded if output in c.model.outputs]
    if len(several) < 2:
        return dossier
    sequence, policies = dossier.document.sequence, dossier.choices.policies_of
    maps = [computing.mutagenesis(c, sequence, policies(c.name)[1], True, progress) for c in several]
    return replace(dossier, agreement=agreement(maps, output))


def complete(
    dossier: Dossier,
    loaded: Several[Checkpoint],
    computing: Computing = FRESH,
    progress: Progress | None = None,
) -> Dossier:
    """With both maps of every model that was predicted with, for all chosen outputs, in the models' order.

    A model that was never scored keeps its maps in log2(RNA/DNA) also where they are to be standardised.
    """
    wanted = {
        c.name: tuple(o for o in c.model.outputs if o in (dossier.choices.outputs or c.model.outputs)) for c in loaded
    }
    steps, step = sum(map(len, wanted.values())), 0
    tracks: list[Track] = []
    verdicts: list[tuple[str, str, Verdict]] = []
    for checkpoint in loaded:
        name, outputs = checkpoint.name, wanted[checkpoint.name]
        standardised = dossier.choices.standardised and "standardisation" in checkpoint.metrics
        part = replace(dossier, choices=replace(dossier.choices, standardised=standardised))
        for output in outputs:
            part = explained(part, checkpoint, output, computing, _share(progress, step, 1, steps))
            step += 1
        if outputs:
            tracks.append(_together([t for o in outputs if (t := part.track("ig", name, o))]))
            tracks += [_only(t, outputs) for t in [part.track("ism", name, outputs[0])] if t]
            verdicts += [(name, o, v) for o in outputs if (v := part.verdict(name, o))]
    return replace(dossier, tracks=tuple(tracks), verdicts=tuple(verdicts), settings=dossier.choices.in_words())


def gather(
    document: Document,
    loaded: Several[Checkpoint],
    *,
    outputs: Several[str] = (),
    policy: str | None = None,
    motifs: bool | Collection = True,
    sources: tuple[str, ...] = (),
    device: torch.device | None = None,
    progress: Progress | None = None,
) -> Dossier:
    """Predictions, both kinds of tracks and motif matches of a document, all as usual, and what was measured.

    Args:
        outputs: see `Choices`.
        motifs: those of JASPAR, or of a collection, are looked for; False: none.
        policy: a window policy for all sequences; None takes the default for each length.
        progress: called with (done, total) in thousandths of each of the steps.

    Raises:
        InputError: an output that no model has, or a sequence that the policy cannot fit.
    """
    known = list(dict.fromkeys(o for c in loaded for o in c.model.outputs))
    for o in outputs:
        if o not in known:
            raise unknown("output", o, known)
    policies = {c.name: (policy, policy) for c in loaded}
    collection = motifs if isinstance(motifs, Collection) else None
    choices = Choices(tuple(outputs), policies, motifs=bool(motifs), collection=collection)
    computing, n = Fresh(device), len(loaded)
    steps = 3 * n + 1  # of each model predictions and two maps, and the motifs
    dossier = predicted(document, loaded, choices, computing, _share(progress, 0, n, steps))
    dossier = complete(dossier, loaded, computing, _share(progress, n, 2 * n, steps))
    if motifs:
        dossier = scanned(dossier, computing, _share(progress, 3 * n, 1, steps))
    return replace(measured(dossier), sources=sources)


def _share(progress: Progress | None, first: int, size: int, steps: int) -> Progress | None:
    """The progress of a part that takes `size` of so many steps, after `first` of them; in thousandths of a step."""
    if progress is None:
        return None
    return lambda done, total: progress(1000 * first + 1000 * size * done // max(1, total), 1000 * steps)


def _together(tracks: list[Track]) -> Track:
    """Maps of one model and sequence, each of one output, as one track."""
    checks: dict[str, dict] = {}
    for track in tracks:
        for name, values in track.checks.items():
            checks.setdefault(name, {}).update(values)
    return replace(
        tracks[0],
        outputs=tuple(o for t in tracks for o in t.outputs),
        values=np.concatenate([t.values for t in tracks]),
        reference=np.concatenate([t.reference for t in tracks]),
        checks=checks,
    )


def _only(track: Track, outputs: tuple[str, ...]) -> Track:
    """A track of some outputs alone."""
    rows = [track.outputs.index(o) for o in outputs]
    return replace(track, outputs=outputs, values=track.values[rows], reference=track.reference[rows])
