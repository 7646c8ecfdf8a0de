"""Linear probes: what can be read off a network's embedding by a straight line.

Ridge regression on the standardised embedding of the panel, nested cross-validation (scikit-learn): the penalty is
chosen inside the training folds, and what is scored are the predictions for the fold that was left out. Folds are made
of homology groups, so that no element is predicted from a relative. R2 is that of all left-out predictions together,
its interval a bootstrap over elements.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from scipy.stats import rankdata
from sklearn.linear_model import Ridge
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from engine import models, store
from engine.data.lentimpra import ActivityTable
from engine.data.library import Library
from engine.errors import CheckpointError
from engine.experiments.checkpoints import Checkpoint
from engine.experiments.declared import SIZE
from engine.interpretation import panel, stored
from engine.interpretation.representations.embedding import PEAKS, embed, embeddings
from engine.results import Progress
from engine.sequence import gc_contents
from engine.statistics import Metric, measure

WHAT, UNTRAINED = "probes", "untrained"
ALPHAS = tuple(10.0**e for e in range(-2, 6))
OUTER, INNER = 5, 4  # folds
CONTROL = "random labels"
COMPOSITION = ("GC content", "CpG frequency")
ORIGIN = "K562 or HepG2 peak"


def targets(table: ActivityTable, rows: np.ndarray, outputs: tuple[str, ...]) -> dict[str, np.ndarray]:
    """What embeddings are probed for, each `(n,)`; nan where an element was not measured.

    Activity of each output (log2 RNA/DNA) and its rank (0 to 1), GC content, CpG frequency (CG a step of two bases),
    and numbers that have nothing to do with the elements.
    """
    wanted = {}
    for output in outputs:
        activity = table.column(output)[rows].astype(np.float64)
        wanted[f"activity {output}"] = activity
        wanted[f"rank {output}"] = rankdata(activity, nan_policy="omit") / np.isfinite(activity).sum()
    codes = table.codes[rows]
    wanted[COMPOSITION[0]] = gc_contents(codes)
    wanted[COMPOSITION[1]] = ((codes[:, :-1] == 1) & (codes[:, 1:] == 2)).mean(axis=1)
    wanted[CONTROL] = np.random.default_rng(1).normal(size=len(rows))
    return wanted


def out_of_fold(embedded: np.ndarray, wanted: np.ndarray, groups: np.ndarray, seed: int = 0) -> np.ndarray:
    """`(n, targets)` predictions of each element by a ridge that saw neither it nor its relatives.

    Args:
        embedded: `(n, features)`.
        wanted: `(n, targets)`; each target gets a penalty of its own.
        groups: `(n,)` elements of one group stay together, in the inner folds too.
    """
    embedded = embedded.astype(np.float64)  # with a small penalty, float32 has too few digits
    predicted = np.full(wanted.shape, np.nan)
    for train, test in GroupKFold(OUTER, shuffle=True, random_state=seed).split(embedded, groups=groups):
        errors = []
        for alpha in ALPHAS:
            inner = cross_val_predict(
                _ridge(alpha), embedded[train], wanted[train], groups=groups[train], cv=GroupKFold(INNER)
            )
            errors.append(((inner.reshape(wanted[train].shape) - wanted[train]) ** 2).mean(axis=0))
        best = np.array(ALPHAS)[np.argmin(errors, axis=0)]
        fitted = _ridge(best).fit(embedded[train], wanted[train])
        predicted[test] = fitted.predict(embedded[test]).reshape(len(test), -1)
    return predicted


def _ridge(alpha: float | np.ndarray):
    return make_pipeline(StandardScaler(), Ridge(alpha))


def r2(predicted: np.ndarray, measured: np.ndarray) -> float:
    """Fraction of the variance that is predicted; below 0 for a prediction worse than the mean."""
    return float(1 - ((measured - predicted) ** 2).sum() / ((measured - measured.mean()) ** 2).sum())


def auroc(predicted: np.ndarray, kind: np.ndarray) -> float:
    """How often an element of kind 1 is predicted above one of kind 0; nan if there is only one kind."""
    return float(roc_auc_score(kind, predicted)) if len(np.unique(kind)) == 2 else float("nan")


def probe(
    embedded: np.ndarray, table: ActivityTable, rows: np.ndarray, groups: np.ndarray, outputs: tuple[str, ...]
) -> tuple[dict[str, Metric], dict[str, np.ndarray]]:
    """R2 of every target by a linear probe, and its predictions, `{target: (n,)}`.

    Under `ORIGIN` stands an AUROC: how well the embedding tells elements chosen as K562 peaks from HepG2 peaks.
    Predictions are nan for elements that the probe left out: those without a measurement, those that are no such peaks.
    """
    wanted = targets(table, rows, outputs)
    values = np.stack(list(wanted.values()), axis=1)
    known = np.isfinite(values).all(axis=1)
    predicted = np.full(values.shape, np.nan)
    predicted[known] = out_of_fold(embedded[known], values[known], groups[known])
    predictions = dict(zip(wanted, predicted.T, strict=True))
    scores = {name: measure(r2, predictions[name], wanted[name]) for name in wanted}
    classes = table.classes[rows]
    peaks = np.isin(classes, PEAKS)
    kind = np.where(peaks, classes == PEAKS[0], np.nan)
    if len(np.unique(kind[peaks])) == 2:
        predictions[ORIGIN] = np.full(len(rows), np.nan)
        predictions[ORIGIN][peaks] = out_of_fold(embedded[peaks], kind[peaks, None], groups[peaks])[:, 0]
        scores[ORIGIN] = measure(auroc, predictions[ORIGIN], kind)
    return scores, predictions


def compute(checkpoint: Checkpoint, library: Library, progress: Progress | None = None) -> bool:
    """Probes of one network, written beside its weights; False if they were there."""
    file, wanted = stored.model_file(checkpoint.name, WHAT), _key(checkpoint.weights_hash, library)
    if _is_current(file, wanted):
        return False
    embedded = embeddings(checkpoint, library.table, panel.rows(library), progress)
    _write(file, wanted, embedded, library, checkpoint.model.outputs)
    return True


def compute_untrained(_: list[Checkpoint], library: Library, progress: Progress | None = None) -> bool:
    """The same probes of the study's network with its first, random weights: what a network holds without learning."""
    file, wanted = stored.shared_file(UNTRAINED), _key(UNTRAINED, library)
    if _is_current(file, wanted):
        return False
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = models.build("dream_rnn", library.table.outputs, SIZE)
    embedded = embed(network, library.table.codes[panel.rows(library)], progress=progress)
    _write(file, wanted, embedded, library, library.table.outputs)
    return True


def _write(file: Path, key: str, embedded: np.ndarray, library: Library, outputs: tuple[str, ...]) -> None:
    rows = panel.rows(library)
    scores, predictions = probe(embedded, library.table, rows, library.split.groups[rows], outputs)
    store.write_arrays(_predictions(file), **{name: values.astype(np.float16) for name, values in predictions.items()})
    stored.write_json(
        file, key, {"features": embedded.shape[1], "targets": {t: m.as_dict() for t, m in scores.items()}}
    )


def read(name: str, library: Library) -> dict[str, Metric] | None:
    """What every target is probed with of a network, or of `UNTRAINED`; None if there are none.

    Raises:
        CheckpointError: they are stale or broken.
    """
    file = _file(name)
    content = stored.read(file, key=_key(UNTRAINED if name == UNTRAINED else stored.weights_of(name), library))
    return stored.parsed(file, content, _targets) if content else None


def _targets(content: dict) -> dict[str, Metric]:
    return {target: Metric.from_dict(metric) for target, metric in content["targets"].items()}


def stored_predictions(name: str, library: Library, target: str) -> np.ndarray | None:
    """`(n,)` what the probe of a network (or of `UNTRAINED`) predicts for each element of the panel, by folds that it
    was left out of; None if it was not probed for that. Raises CheckpointError like `stored`."""
    scores = read(name, library)
    if scores is None or target not in scores:
        return None
    file = _predictions(_file(name))
    predictions = store.load_arrays(file, target)
    if predictions is None:
        raise CheckpointError(f"{file} is missing or broken; run: {stored.mends(_file(name))}")
    return predictions[target].astype(np.float64)


def _is_current(file: Path, key: str) -> bool:
    """Whether there are probes of this key, with their predictions."""
    return stored.is_current(file, key) and store.load_arrays(_predictions(file)) is not None


def _predictions(file: Path) -> Path:
    return file.with_suffix(".npz")


def _file(name: str) -> Path:
    return stored.shared_file(UNTRAINED) if name == UNTRAINED else stored.model_file(name, WHAT)


def _key(weights: str, library: Library) -> str:
    settings = {"what": WHAT, "size": panel.SIZE, "seed": panel.SEED, "alphas": ALPHAS, "folds": [OUTER, INNER]}
    return stored.key(weights, library, settings)
