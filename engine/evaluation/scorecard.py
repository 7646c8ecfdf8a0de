"""Everything that metrics.json says of a model: how it was trained, and what it scores."""

from __future__ import annotations

from engine import checkpoints
from engine.checkpoints import Checkpoint
from engine.data.lentimpra import ActivityTable
from engine.data.splits import TEST_FOLD, VALIDATION_FOLD, Split
from engine.evaluation import cagi5, held_out
from engine.results import Progress
from engine.training import TrainedModel

SPLIT_RULE = (
    "homology-aware: elements sharing a 30-mer on either strand stay in one of 10 folds; "
    f"fold {TEST_FOLD} test, fold {VALIDATION_FOLD} validation, the others training"
)


def training_facts(run: TrainedModel, table: ActivityTable, split: Split) -> dict:
    """How a model came about, as recorded with every metric."""
    return {
        "seed": run.seed,
        "device": run.device,
        "precision": run.precision,
        "seconds": run.seconds,
        "samples_per_second": run.samples_per_second,
        "epochs": len(run.history),
        "stopped": run.stopped,
        "history": run.history,
        "data_hash": table.hash,
        "split_hash": split.hash,
        "split": SPLIT_RULE,
        "rows": {"training": len(split.train), "validation": len(split.validation), "test": len(split.test)},
    }


def score(
    checkpoint: Checkpoint,
    table: ActivityTable,
    split: Split,
    training: dict | None = None,
    progress: Progress | None = None,
) -> dict:
    """Score a loaded model (the stored float16 weights, as every user will run them) and write metrics.json.

    The predicted effects of the matched CAGI5 elements are kept beside the weights, so that the app shows them at once.

    Args:
        training: `training_facts` of the run; by default what an earlier metrics.json says.
        progress: called with (steps done, steps) over the held-out fold and the CAGI5 elements.
    """
    cells = tuple(n for group in cagi5.MATCHED.values() for n in group)
    steps = 2 + len(cells)
    report = progress or (lambda done, total: None)
    scale = held_out.standardisation(checkpoint.model, table, split)
    report(1, steps)
    test = held_out.held_out(checkpoint.model, table, split)
    report(2, steps)
    effects = cagi5.evaluate(
        checkpoint.model,
        elements=cells,
        effects_of=lambda element: cagi5.stored_effects(checkpoint, element, ship=True),
        progress=lambda d, _: report(2 + d, steps),
    )
    metrics = {
        "model": checkpoint.name,
        "weights_sha256": checkpoint.weights_hash,
        "training": training or checkpoint.metrics.get("training", {}),
        "data_hash": table.hash,
        "split_hash": split.hash,
        "standardisation": scale,
        "held_out": test,
        "cagi5": effects,
    }
    checkpoints.save_metrics(checkpoint.name, metrics)
    return metrics
