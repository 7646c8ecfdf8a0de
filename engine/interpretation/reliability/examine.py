"""Everything that is asked of the map of one sequence: all checks, other models and seeds among them, the verdict."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.experiments import checkpoints
from engine.experiments.checkpoints import Checkpoint
from engine.interpretation.attribution.methods import integrated_gradients, ism
from engine.interpretation.reliability import checks, seeds, store
from engine.interpretation.reliability.out_of_distribution import Familiarity, familiarity
from engine.interpretation.reliability.verdict import Calibration, Verdict, verdict
from engine.results import Progress
from engine.sequence import Sequence

OWN_STEPS = 12  # of the bar, beside one for each other network


@dataclass(frozen=True)
class Examined:
    """What was found about one map.

    Attributes:
        values: of each check.
        by_steps: what IG misses (log2 RNA/DNA), by its number of steps.
        familiarity: whether the sequence is like the training set; None where that was not computed.
        verdict: on the scale of held-out maps.
        profiles: 'ISM' and 'IG', what each base adds `(length,)`.
    """

    values: dict[str, float]
    by_steps: dict[int, float]
    familiarity: Familiarity | None
    verdict: Verdict
    profiles: dict[str, np.ndarray]


def examine(
    checkpoint: Checkpoint,
    output: str,
    sequence: Sequence,
    scale: Calibration,
    *,
    others: dict[str, Checkpoint] | None = None,
    progress: Progress | None = None,
) -> Examined:
    """All checks of a map. Seconds for a DREAM-RNN, several times that for a LegNet.

    Args:
        sequence: one window long (`checks.window_of`).
        scale: of this model and output (`store.calibration`).
        others: companions by name that are loaded already; those that are missing are loaded, if they are trained.

    Raises:
        CheckpointError: the model was never scored.
    """
    loaded, trained = others or {}, set(checkpoints.trained())
    beside = [loaded.get(n) or checkpoints.load(n) for n in scale.companions if n in trained]
    family = seeds.siblings(checkpoint) if "seeds" in scale.values else ()
    total = len(beside) + len(family) + OWN_STEPS
    advance = progress or (lambda done, total: None)
    profiles = []
    for i, other in enumerate([*beside, *family]):
        advance(i, total)
        profiles.append(ism(other.inference_model, sequence).per_position(output))
    model = checkpoint.inference_model
    own = ism(model, sequence)
    sd = float(checkpoint.standardisation()[1][checkpoint.model.outputs.index(output)])
    values = checks.run(
        model,
        sequence,
        {output: sd},
        others={output: profiles[: len(beside)]},
        siblings={output: profiles[len(beside) :]},
        mutagenesis=own,
        progress=lambda done, _: advance(len(profiles) + done, total),
    )[output]
    by_steps = checks.completeness_by_steps(model, sequence, output)
    contributions = integrated_gradients(model, sequence, outputs=(output,))
    advance(total, total)
    known = store.familiar(checkpoint)
    far = familiarity(known, model, sequence) if known else None
    judged = verdict(values, scale, far.words if far else "")
    return Examined(
        values, by_steps, far, judged, {"ISM": own.per_position(output), "IG": contributions.per_position(output)}
    )
