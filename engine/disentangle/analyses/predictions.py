"""What the networks predict for all held-out sequences that were measured under every condition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.data.library import Library
from engine.disentangle import data
from engine.disentangle.analyses import features
from engine.disentangle.analyses.features import Panel
from engine.disentangle.analyses.networks import Network
from engine.disentangle.declared import CELLS
from engine.evaluation.held_out import stored_predictions
from engine.models.disentangle import DENOISED
from engine.models.predict import predict_codes
from engine.results import Progress
from engine.sequence import gc_contents


@dataclass(frozen=True)
class Fold:
    """The test fold of a notion.

    Attributes:
        shown: its sequences that were measured under every condition.
        gc: `(n,)` their GC content.
        truth: `(n, 1 + conditions)` the mean of ranks, then what was measured under each condition.
        outputs: what those columns are of.
    """

    shown: Panel
    gc: np.ndarray
    truth: np.ndarray
    outputs: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.gc)


def fold_of(networks: list[Network], library: Library) -> Fold:
    """The test fold that some networks of one notion are asked about."""
    shown = features.measured(networks, library, None)
    truth = np.concatenate([data.consensus(shown.activity)[:, None], shown.activity], axis=1)
    return Fold(shown, gc_contents(shown.codes), truth, (DENOISED, *shown.conditions))


def predicted(
    networks: list[Network], library: Library, fold: Fold, progress: Progress | None = None
) -> Iterator[tuple[Network, np.ndarray]]:
    """Of each network `(n, 1 + conditions)` float64 log2(RNA/DNA) in the columns of `Fold.truth`."""
    for i, network in enumerate(networks):
        yield network, _of(network, library, fold).astype(np.float64)
        if progress:
            progress(i + 1, len(networks))


def _of(network: Network, library: Library, fold: Fold) -> np.ndarray:
    """Of cells those that are kept beside the weights, of the whole test fold of the joint library."""
    if network.experiment.notion != CELLS:
        return predict_codes(network.model, fold.shown.codes)
    table, split = library
    kept = stored_predictions(network.checkpoint, table, split)
    paired = data.paired(np.stack([table.column(c) for c in fold.shown.conditions], axis=1))
    rows = np.flatnonzero(paired)[fold.shown.places]
    return kept[np.searchsorted(split.test, rows)]
