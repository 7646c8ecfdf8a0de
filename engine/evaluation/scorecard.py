"""Everything that metrics.json says of a model: how it was trained, and what it scores.

The evaluators (`held_out.evaluate`, `cagi5.scores`, `strata.scores`) only compute. What they need that is kept beside
the weights is fetched here, and what they give is written here.
"""

from __future__ import annotations

import copy

from engine.data import sources
from engine.data.library import Library
from engine.data.satmut import MATCHED_ELEMENTS, MeasuredElement
from engine.evaluation import cagi5, held_out, strata
from engine.evaluation.calibration import Fit, calibrate, compose
from engine.evaluation.intervals import fit_intervals
from engine.experiments import checkpoints
from engine.experiments.checkpoints import Checkpoint
from engine.experiments.trained import TrainingFacts
from engine.results import Progress
from engine.statistics import nested


def score(
    checkpoint: Checkpoint,
    library: Library,
    training: TrainingFacts | None = None,
    calibration: dict[str, Fit] | None = None,
    progress: Progress | None = None,
    large_scale: dict | None = None,
) -> dict:
    """Score a loaded model (the stored float16 weights, as every user will run them) and write metrics.json.

    Its predictions for the test fold and its effects of the matched CAGI5 elements are kept beside the weights, so
    that models are compared, and the app shows them, without computing them again.

    What a model of a user's own table scores on the test fold of that table stands under `own_table`, so that it is
    never taken for a score on the joint library, with the CAGI5 elements that the table holds kin of. Without the files
    of CAGI5 such a model is scored on its own table alone.

    Args:
        training: of the run; by default what an earlier metrics.json says.
        calibration: what `engine.evaluation.calibration` fitted now, on top of what an earlier metrics.json says.
        progress: called with (steps done, steps) over the held-out fold and the CAGI5 elements.
        large_scale: of a model of a full large-scale table, what it scores there (`engine.evaluation.large_scale`); by
            default what an earlier metrics.json says.
    """
    table, split = library
    steps = 2 + len(MATCHED_ELEMENTS)
    report = progress or (lambda done, total: None)

    def effects_of(element: MeasuredElement):
        return cagi5.stored_effects(checkpoint, element, ship=True)

    scale = held_out.standardisation(checkpoint.model, library)
    intervals = {output: errors.as_dict() for output, errors in fit_intervals(checkpoint, library).items()}
    report(1, steps)
    predictions = held_out.stored_predictions(checkpoint, table, split, mend=True)
    test = nested(held_out.evaluate(checkpoint, library, predictions))
    report(2, steps)
    own = checkpoints.of_own_table(checkpoint.description)
    has_cagi5 = not own or all(sources.available(name) for name in _CAGI5_FILES)
    effects = {}
    if has_cagi5:
        effects = cagi5.evaluate(
            checkpoint.model,
            elements=MATCHED_ELEMENTS,
            effects_of=effects_of,
            progress=lambda d, _: report(2 + d, steps),
        )
    earlier = {output: Fit(**fit) for output, fit in checkpoint.metrics.get("calibration", {}).items()}
    large_scale = large_scale or checkpoint.metrics.get("large_scale")
    metrics = {
        "model": checkpoint.name,
        "weights_sha256": checkpoint.weights_hash,
        "training": training.as_dict() if training else checkpoint.metrics.get("training", {}),
        "calibration": {output: fit.as_dict() for output, fit in compose(earlier, calibration or {}).items()},
        "data_hash": table.hash,
        "split_hash": split.hash,
        "standardisation": scale,
        "intervals": intervals,
        **({"own_table": _own_table(library, test, has_cagi5)} if own else {"held_out": test}),
        **({"large_scale": large_scale} if large_scale else {}),
        "cagi5": effects,
        "effect_strata": strata.effect_strata(checkpoint.model.outputs, effects_of) if has_cagi5 else {},
    }
    checkpoints.save_metrics(checkpoint.name, metrics, checkpoint.folder)
    return metrics


_CAGI5_FILES = ("satmut", "cagi5_references")


def _own_table(library: Library, test: dict, has_cagi5: bool) -> dict:
    """`own_table` of metrics.json: the file, the scores on its test fold, and the CAGI5 elements that it has seen."""
    seen = cagi5.elements_seen(library) if has_cagi5 else []
    return {"file": library.table.library, "held_out": test, "cagi5_elements_seen": seen}


def recalibrate(checkpoint: Checkpoint, library: Library, progress: Progress | None = None) -> dict:
    """Calibrate a loaded model anew and score it; both are kept as one thing, once the scores are there.

    Raises:
        CheckpointError: an ensemble, which has no weights.
        InputError: another process has changed the model meanwhile.
    """
    checkpoints.check_has_weights(checkpoint)
    model = copy.deepcopy(checkpoint.model)  # a loaded model is read by others too
    fitted = calibrate(model, library)
    with checkpoints.renewed(checkpoint, model) as renewed:
        return score(renewed, library, calibration=fitted, progress=progress)
