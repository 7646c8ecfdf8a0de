"""Everything that metrics.json says of a model: how it was trained, and what it scores."""

from __future__ import annotations

from engine.data.lentimpra import ActivityTable
from engine.data.satmut import MATCHED_ELEMENTS
from engine.data.splits import Split
from engine.evaluation import cagi5, held_out, strata
from engine.evaluation.calibration import compose
from engine.experiments import checkpoints
from engine.experiments.checkpoints import Checkpoint
from engine.results import Progress


def score(
    checkpoint: Checkpoint,
    table: ActivityTable,
    split: Split,
    training: dict | None = None,
    calibration: dict | None = None,
    progress: Progress | None = None,
) -> dict:
    """Score a loaded model (the stored float16 weights, as every user will run them) and write metrics.json.

    Its predictions for the test fold and its effects of the matched CAGI5 elements are kept beside the weights, so
    that models are compared, and the app shows them, without computing them again.

    Args:
        training: `training_facts` of the run; by default what an earlier metrics.json says.
        calibration: what `engine.evaluation.calibration` fitted now, on top of what an earlier metrics.json says.
        progress: called with (steps done, steps) over the held-out fold and the CAGI5 elements.
    """
    steps = 2 + len(MATCHED_ELEMENTS)
    report = progress or (lambda done, total: None)

    def effects_of(element):
        return cagi5.stored_effects(checkpoint, element, ship=True)

    scale = held_out.standardisation(checkpoint.model, table, split)
    report(1, steps)
    predicted = held_out.stored_predictions(checkpoint, table, split, mend=True)
    test = held_out.held_out(checkpoint.model, table, split, predicted=predicted)
    report(2, steps)
    effects = cagi5.evaluate(
        checkpoint.model, elements=MATCHED_ELEMENTS, effects_of=effects_of, progress=lambda d, _: report(2 + d, steps)
    )
    metrics = {
        "model": checkpoint.name,
        "weights_sha256": checkpoint.weights_hash,
        "training": training or checkpoint.metrics.get("training", {}),
        "calibration": compose(checkpoint.metrics.get("calibration", {}), calibration or {}),
        "data_hash": table.hash,
        "split_hash": split.hash,
        "standardisation": scale,
        "held_out": test,
        "cagi5": effects,
        "effect_strata": strata.effect_strata(checkpoint.model.outputs, effects_of),
    }
    checkpoints.save_metrics(checkpoint.name, metrics, checkpoint.folder)
    return metrics
