"""All that is known of one edited sequence, as a report and a download need it, and a way to compute it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence as Several
from dataclasses import dataclass

import numpy as np
import torch

from engine.data.measured import measured_on
from engine.editor.document import Document
from engine.editor.summary import EditFacts, facts
from engine.errors import DataError, unknown
from engine.experiments.checkpoints import Checkpoint
from engine.interpretation.attribution.methods import BASELINES, IGSettings, integrated_gradients, ism
from engine.interpretation.motifs import scan
from engine.interpretation.reliability.badge import badge, load_scale
from engine.interpretation.reliability.verdict import Verdict
from engine.models.predict import predict
from engine.results import MotifChanges, MotifHit, Prediction, Progress, Track

BASELINE, STEPS = "uniform", 50
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
    held_out: dict[str, dict] = dataclasses.field(default_factory=dict)
    members: dict[str, str] = dataclasses.field(default_factory=dict)
    files: tuple[str, ...] = ()


def identity(checkpoint: Checkpoint) -> Identity:
    """What there is to say of a loaded model; nothing is read or measured anew."""
    description, metrics, members = checkpoint.description, checkpoint.metrics, checkpoint.members
    training = metrics.get("training", {})
    own = (training["seed"],) if "seed" in training else ()
    inside = [identity(m) for m in members]
    table = description.get("experiment", {}).get("task", {}).get("table", "")
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
        LIBRARY.get(table, ()) or tuple(dict.fromkeys(f for m in inside for f in m.files)),
    )


@dataclass(frozen=True)
class Findings:
    """One edited sequence and everything that was computed of it.

    Attributes:
        before, after: of the reference and of the sequence as it stands, one prediction for every model; of an
            unedited sequence both are the same.
        tracks: of the sequence as it stands or of its reference (`Track.bases` tells which).
        hits: motif matches in the sequence as it stands; None if nobody looked for any.
        models: which models these are.
        settings: what was chosen in computing this, as pairs of name and value in words.
        sources: names in `engine.data.sources` of what the sequence itself came from.
        verdicts: model, output and the verdict on its two maps, where its scale was computed.
        measured: what saturation mutagenesis measured on the reference, whatever was edited: data set to `(length, 4)`
            log2(alt/ref), as `engine.data.measured.measured_on` has it.
        unmeasured: why that is not known, in words; '' if it is, or if the reference has no known place in a genome.
    """

    document: Document
    facts: EditFacts
    before: tuple[Prediction, ...]
    after: tuple[Prediction, ...]
    tracks: tuple[Track, ...] = ()
    hits: tuple[MotifHit, ...] | None = None
    models: tuple[Identity, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    sources: tuple[str, ...] = ()
    verdicts: tuple[tuple[str, str, Verdict], ...] = ()
    measured: dict[str, np.ndarray] = dataclasses.field(default_factory=dict)
    unmeasured: str = ""

    @property
    def edited(self) -> bool:
        return bool(self.facts.changes) or self.facts.turned


def gather(
    document: Document,
    loaded: Several[Checkpoint],
    *,
    outputs: Several[str] = (),
    policy: str | None = None,
    motifs: bool = True,
    largest_q: float = scan.Q_SHOWN,
    sources: tuple[str, ...] = (),
    device: torch.device | None = None,
    progress: Progress | None = None,
) -> Findings:
    """Predictions, both kinds of tracks and motif matches of a document, all as usual, and what was measured.

    Args:
        outputs: those to explain; all of each model by default. Predictions are given for every output.
        policy: a window policy; None takes the default for each length.
        motifs: look for motifs of JASPAR in the reference and in the sequence as it stands.
        largest_q: of the matches, those with a q-value up to this are told.
        progress: called with (done, total) in thousandths of each of the steps.

    Raises:
        InputError: an output that no model has, or a sequence that the policy cannot fit.
    """
    known = list(dict.fromkeys(o for c in loaded for o in c.model.outputs))
    for o in outputs:
        if o not in known:
            raise unknown("output", o, known)
    steps, step = 3 * len(loaded) + 1, 0
    verdicts: list[tuple[str, str, Verdict]] = []

    def part(done: int, total: int) -> None:
        if progress:
            progress(1000 * step + 1000 * done // max(1, total), 1000 * steps)

    now, before, after, tracks = document.sequence, [], [], []
    for checkpoint in loaded:
        common = {"name": checkpoint.name, "device": device, "progress": part}
        before.append(predict(checkpoint.inference_model, [document.reference], policy=policy, **common))
        after.append(predict(checkpoint.inference_model, [now], policy=policy, **common))
        step += 1
        explained = tuple(o for o in checkpoint.model.outputs if o in (outputs or known))
        if explained:
            how = IGSettings(baseline=BASELINE, steps=STEPS, policy=policy)
            tracks.append(integrated_gradients(checkpoint.inference_model, now, how, outputs=explained, **common))
        step += 1
        if explained:
            tracks.append(_only(ism(checkpoint.inference_model, now, policy=policy, **common), explained))
            scales = [(o, load_scale(checkpoint, o)) for o in explained]
            verdicts += [(checkpoint.name, o, badge(checkpoint, s, now, *tracks[-2:], o)) for o, s in scales if s]
        step += 1
    hits, changes = _motifs(document, largest_q, part) if motifs else (None, None)
    settings = [
        ("Integrated Gradients", f"{STEPS} steps from the baseline '{BASELINE}' ({BASELINES[BASELINE]}), both strands"),
        ("In-silico mutagenesis", "all three substitutions of every base, both strands"),
    ]
    if motifs:
        settings.append(
            (
                "Motif scan",
                f"JASPAR 2024 CORE vertebrates, matches of p ≤ {scan.P_THRESHOLD:g}; gained "
                "and lost: of each place the best with q ≤ " + f"{largest_q:g}",
            )
        )
    return Findings(
        document,
        facts(document, before, after, changes),
        tuple(before),
        tuple(after),
        tuple(tracks),
        hits,
        tuple(identity(c) for c in loaded),
        tuple(settings),
        sources,
        tuple(verdicts),
        *_measured(document),
    )


def _measured(document: Document) -> tuple[dict[str, np.ndarray], str]:
    """What was measured on the reference, and why that is not known."""
    try:
        return measured_on(document.reference), ""
    except DataError as error:
        return {}, f"Whether this place was measured is not known: {error}"


def _only(track: Track, outputs: tuple[str, ...]) -> Track:
    """A track of some outputs alone."""
    rows = [track.outputs.index(o) for o in outputs]
    return dataclasses.replace(track, outputs=outputs, values=track.values[rows], reference=track.reference[rows])


def _motifs(document: Document, largest_q: float, progress: Progress) -> tuple[tuple[MotifHit, ...], MotifChanges]:
    """Matches in the sequence as it stands, and the clearest of those gained and lost."""
    before = scan.scan(document.reference, progress=progress)
    now = document.bases == document.reference.bases
    after = before if now else scan.scan(document.sequence, progress=progress)
    changes = scan.compare(before, after, document.origins)
    return tuple(h for h in after if h.q <= largest_q), scan.clearest(changes, largest_q)
