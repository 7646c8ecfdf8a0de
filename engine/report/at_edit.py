"""Predictions over the windows that hold an edit: their difference is its effect, however long the sequence is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.editor.document import Document
from engine.editor.summary import Holding
from engine.experiments.checkpoints import Checkpoint
from engine.genome.edited import held
from engine.report.computing import Computing
from engine.results import Prediction, Progress
from engine.sequence import Sequence

Pair = tuple[Prediction, Prediction]  # of the reference and of the edited sequence


def at_edit(
    document: Document, checkpoint: Checkpoint, pair: Pair, computing: Computing, progress: Progress | None = None
) -> tuple[Pair, Holding | None]:
    """Means over the windows that hold the edit, and how many these are.

    Each window is asked for by itself, so that those of the reference, and those that the next edit leaves as they are,
    are remembered. A window without a known base does not count.

    Args:
        pair: the predictions of both sequences over all of their windows.

    Returns:
        `pair` as it is where each sequence is one window, or where no window holds the edit; without `Holding` in the
        first case.
    """
    windows = held(document, checkpoint.model.window, (pair[0].policies[0], pair[1].policies[0]))
    if windows is None:
        return pair, None
    both = [*zip(windows.before, windows.after, strict=True)]
    predicted: list[Pair] = []
    for i, sides in enumerate(both):
        before, after = (
            computing.prediction(checkpoint, Sequence("a window that holds the edit", bases), "centre")
            for bases in sides
        )
        if not (np.isnan(before.values).any() or np.isnan(after.values).any()):
            predicted.append((before, after))
        if progress:
            progress(i + 1, len(both))
    holding = Holding(len(predicted), windows.total, windows.whole)
    if not predicted:
        return pair, holding
    return (_mean(pair[0], [b for b, _ in predicted]), _mean(pair[1], [a for _, a in predicted])), holding


def _mean(given: Prediction, windows: list[Prediction]) -> Prediction:
    """The mean over predictions of one window each, under the name and policy of the whole sequence's."""

    def mean(parts: list[np.ndarray | None]) -> np.ndarray | None:
        there = [part for part in parts if part is not None]
        return np.stack(there).mean(axis=0, dtype=np.float64).astype(np.float32) if there else None

    return replace(
        given,
        values=np.stack([p.values for p in windows]).mean(axis=0, dtype=np.float64).astype(np.float32),
        members=mean([p.members for p in windows]),
        epistemic=mean([p.epistemic for p in windows]),
        aleatoric=mean([p.aleatoric for p in windows]),
    )
