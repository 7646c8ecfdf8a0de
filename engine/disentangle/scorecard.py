"""Everything that metrics.json says of a network of DISENTANGLE, and what is kept beside its weights."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine import store
from engine.data.library import Library
from engine.data.satmut import MeasuredElement
from engine.disentangle import evaluation, probes
from engine.disentangle.drawn import Drawn
from engine.disentangle.evaluation import Asked
from engine.disentangle.rows import Said, drawn
from engine.evaluation import cagi5, held_out
from engine.evaluation.comparison import DRAWN, SUBSET
from engine.experiments import checkpoints
from engine.experiments.checkpoints import Checkpoint
from engine.experiments.trained import TrainingFacts
from engine.genome.effects import Scoring
from engine.results import Progress
from engine.statistics import RESAMPLES

# whatever else the draws depend on
SETTINGS = {
    "resamples": RESAMPLES,
    "scoring": Scoring().as_text(),
    "subset": SUBSET,
    "drawn": DRAWN,
    "probed": [probes.SIZE, probes.SEED],
}


def score(
    checkpoint: Checkpoint,
    library: Library,
    training: TrainingFacts | None = None,
    progress: Progress | None = None,
) -> dict:
    """Score a loaded network (the stored float16 weights, as every user will run them) and write its metrics.json.

    Its predictions for the test fold and its effects of CAGI5's elements are kept beside the weights, the draws of its
    scores in the cache.

    Args:
        training: of the run; by default what an earlier metrics.json says.
        progress: called with (steps done, steps).
    """
    table, split = library
    report = progress or (lambda done, total: None)
    asked = evaluation.of_checkpoint(checkpoint, library)
    steps = 3 + len(asked.measured.elements)
    scale = held_out.standardisation(checkpoint.model, library)
    report(1, steps)
    said = kept(checkpoint, asked, library, lambda done, _: report(1 + done, steps))
    parts = draws(checkpoint, asked, lambda: said)
    report(steps, steps)
    metrics = {
        "model": checkpoint.name,
        "weights_sha256": checkpoint.weights_hash,
        "training": training.as_dict() if training else checkpoint.metrics.get("training", {}),
        "data_hash": table.hash,
        "split_hash": split.hash,
        "standardisation": scale,
        "disentangle": {measure: part.metric.as_dict() for measure, part in parts.items()},
    }
    checkpoints.save_metrics(checkpoint.name, metrics, checkpoint.folder)
    return metrics


def kept(checkpoint: Checkpoint, asked: Asked, library: Library, progress: Progress | None = None) -> Said:
    """What a network says, out of what is kept beside its weights; what is missing or broken there is made anew."""
    steps = 1 + len(asked.measured.elements)
    done = iter(range(1, steps + 1))
    report = progress or (lambda done, total: None)
    table, split = library
    test = held_out.stored_predictions(checkpoint, table, split, mend=True)

    def predict(checkpoint: Checkpoint, codes: np.ndarray) -> np.ndarray:
        if codes is asked.codes and asked.places is not None:
            return test[asked.places]
        return evaluation.computed(checkpoint, codes)

    def effects(checkpoint: Checkpoint, element: MeasuredElement) -> np.ndarray:
        report(next(done), steps)
        return cagi5.stored_effects(checkpoint, element, ship=True)

    said = evaluation.said(checkpoint, asked, predict, effects)
    report(steps, steps)
    return said


def draws(checkpoint: Checkpoint, asked: Asked, said: Callable[[], Said]) -> dict[str, Drawn]:
    """Every score of a network with its draws, kept in the cache for these weights and what was asked."""
    made_of = f"{checkpoint.weights_hash} {asked.key} {SETTINGS}"
    file = store.cache_folder() / "draws" / f"disentangle-{store.digest(made_of, 16)}.npz"

    def compute() -> dict[str, np.ndarray]:
        parts = drawn(evaluation.rows(checkpoint, asked, said()))
        return {
            "names": np.array(list(parts)),
            "values": np.array([part.value for part in parts.values()]),
            "draws": np.array([part.draws for part in parts.values()]),
            "n": np.array([part.n for part in parts.values()]),
        }

    kept = store.remembered(file, ("names", "values", "draws", "n"), compute)
    rows = zip(kept["names"], kept["values"], kept["draws"], kept["n"], strict=True)
    return {str(name): Drawn(float(value), each, int(n)) for name, value, each, n in rows}
