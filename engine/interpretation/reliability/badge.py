"""The short form of the verdict, for wherever a map is shown: from what is known once both maps are drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.errors import CheckpointError
from engine.experiments.checkpoints import Checkpoint
from engine.interpretation.attribution.maps import Maps
from engine.interpretation.reliability import store
from engine.interpretation.reliability.checks import Settings, correlation, from_tracks
from engine.interpretation.reliability.out_of_distribution import Familiar, familiarity
from engine.interpretation.reliability.verdict import Calibration, Verdict, verdict
from engine.results import Track
from engine.sequence import Sequence

OTHER_BASELINE = "The verdict on a map is calibrated for the baseline 'uniform' without simplex correction."


@dataclass(frozen=True)
class Scale:
    """What `badge` reads of a model, once: `load_scale`."""

    calibration: Calibration
    familiar: Familiar | None
    sd: float


def calibrated(baseline: str, correct_simplex: bool) -> bool:
    """Whether maps of Integrated Gradients that were made so can be held against the scale."""
    return baseline == "uniform" and not correct_simplex


def load_scale(checkpoint: Checkpoint, output: str) -> Scale | None:
    """The scale of verdicts on one output, from the files beside the weights; None if it was not computed."""
    try:
        sd = float(checkpoint.standardisation()[1][checkpoint.model.outputs.index(output)])
        return Scale(store.calibration(checkpoint, output), store.familiar(checkpoint), sd)
    except CheckpointError:
        return None


def of_panel(scale: Calibration, stored: Maps, output: str, number: int) -> Verdict:
    """The verdict on the stored maps of one element of the panel, from the agreement of IG and ISM alone.

    Their completeness is not asked: maps of the panel have fewer steps than those of the scale.
    """
    ig, mutagenesis = (stored.profile(output, method)[number] for method in ("ig", "ism"))
    return verdict({"ig_ism": correlation(ig, mutagenesis)}, scale)


def badge(checkpoint: Checkpoint, scale: Scale, sequence: Sequence, ig: Track, ism: Track, output: str) -> Verdict:
    """The verdict from completeness of IG, its agreement with ISM and how familiar the sequence is.

    A map that added up with fewer steps than those of the scale have is not asked how complete it is.
    Some milliseconds: it asks the model for the embedding of the sequence and its other strand, and for nothing else.

    Args:
        scale: of `load_scale`, kept by the caller.
        ig: from the baseline 'uniform' without simplex correction, which is what the scale was made with.
    """
    known = scale.familiar and familiarity(scale.familiar, checkpoint.inference_model, sequence)
    checks = from_tracks(ig, ism, output, scale.sd)
    if ig.checks["steps"][output] < Settings().steps:
        del checks["completeness"]
    judged = verdict(checks, scale.calibration, known.words if known else "")
    if len(sequence) == checkpoint.model.window:
        return judged
    return replace(judged, sentence=f"{judged.sentence} The scale is that of {checkpoint.model.window} bases.")
