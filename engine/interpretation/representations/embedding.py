"""Embeddings of the panel, and their UMAP coordinates (McInnes et al. 2018, arXiv:1802.03426).

An embedding is the mean over both strands of the penultimate layer, from which every model's linear head gives the
prediction. Embeddings are kept in the cache, coordinates beside the weights.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from engine import device as devices
from engine import store
from engine.data.lentimpra import ActivityTable
from engine.data.library import Library
from engine.errors import InputError
from engine.experiments.checkpoints import Checkpoint
from engine.interpretation import panel, stored
from engine.models.layers import SequenceModel
from engine.models.predict import BATCH_SIZE, one_hot, reverse_complement
from engine.results import Progress
from engine.statistics import Metric, from_draws

WHAT = "umap"
SETTINGS = {"n_neighbors": 15, "min_dist": 0.1, "metric": "euclidean", "random_state": 0}
NEIGHBOURS = 15  # of a point on the map, when mixing and order are counted
DRAWS = 200  # half-samples behind an interval
PEAKS = ("K562 DNase peak", "HepG2 DNase peak")


def embed(
    model: SequenceModel,
    codes: np.ndarray,
    *,
    batch_size: int = BATCH_SIZE,
    device: torch.device | None = None,
    progress: Progress | None = None,
) -> np.ndarray:
    """`(n, length)` uint8 -> `(n, features)` float32, the mean over both strands of `model.embed`."""
    parts = []
    with devices.inference(model, device) as (network, where), torch.inference_mode():
        for start in range(0, len(codes), batch_size):
            batch = torch.as_tensor(codes[start : start + batch_size]).to(where)
            both = network.embed(one_hot(torch.cat([batch, reverse_complement(batch)])))
            parts.append((sum(both.split(len(batch))) / 2).cpu().numpy())
            if progress:
                progress(min(start + batch_size, len(codes)), len(codes))
    return np.concatenate(parts)


def embeddings(
    checkpoint: Checkpoint, table: ActivityTable, rows: np.ndarray, progress: Progress | None = None
) -> np.ndarray:
    """`(n, features)` float32 of some rows of a table, kept in the cache for these weights."""
    content = f"{checkpoint.weights_hash} {table.hash} ".encode() + np.asarray(rows, np.int64).tobytes()
    file = store.cache_folder() / "embeddings" / f"{store.digest(content, 24)}.npz"

    def compute() -> dict[str, np.ndarray]:
        return {"embedded": embed(checkpoint.model, table.codes[rows], progress=progress)}

    return store.remembered(file, ("embedded",), compute)["embedded"]


@dataclass(frozen=True)
class Layout:
    """Elements on a map, and what it shows in numbers.

    Attributes:
        at: `(n, 2)`.
        order: of each output how smoothly its measured activity runs over the map (see `ordered`).
        mixing: how far the peaks of both cell types are interleaved (see `mixing`).
    """

    at: np.ndarray
    order: dict[str, Metric]
    mixing: Metric

    def as_dict(self) -> dict:
        """For a file: coordinates with two digits."""
        x, y = ([round(float(v), 2) for v in column] for column in self.at.T)
        order = {output: metric.as_dict() for output, metric in self.order.items()}
        return {"x": x, "y": y, "order": order, "mixing": self.mixing.as_dict()}

    @classmethod
    def from_dict(cls, stored: dict) -> Layout:
        order = {output: Metric.from_dict(metric) for output, metric in stored["order"].items()}
        return cls(np.array([stored["x"], stored["y"]]).T, order, Metric.from_dict(stored["mixing"]))


def umap(embedded: np.ndarray, settings: dict = SETTINGS) -> np.ndarray:
    """`(n, features)` -> `(n, 2)` float32. The same coordinates for the same input on one machine (one thread)."""
    # only here: umap takes many seconds to import, and no other work should wait for it
    from umap import UMAP

    layout = UMAP(n_components=2, n_jobs=1, **settings)
    return layout.fit_transform(embedded).astype(np.float32)


def compute(checkpoint: Checkpoint, library: Library, progress: Progress | None = None) -> bool:
    """UMAP of the panel, written beside the weights; False if it was there."""
    wanted = _key(checkpoint.weights_hash, library)
    file = stored.model_file(checkpoint.name, WHAT)
    if stored.is_current(file, wanted):
        return False
    rows = panel.rows(library)
    drawn = redraw(checkpoint, library, rows, progress=progress)
    result = {"settings": SETTINGS | {"size": panel.SIZE, "seed": panel.SEED}, **drawn.as_dict()}
    stored.write_json(file, wanted, result)
    return True


def redraw(
    checkpoint: Checkpoint,
    library: Library,
    rows: np.ndarray,
    settings: dict = SETTINGS,
    progress: Progress | None = None,
) -> Layout:
    """The map of some elements, with settings of one's own, and what it shows in numbers.

    Args:
        rows: `(n,)` of the table.
        settings: of UMAP, some or all of `SETTINGS`.
        progress: called with (elements embedded, all); the layout follows, some ten seconds for 2,000 elements.

    Raises:
        InputError: settings that UMAP does not take for so many elements.
    """
    wanted = SETTINGS | settings
    if not 2 <= wanted["n_neighbors"] < len(rows):
        raise InputError(f"{wanted['n_neighbors']} neighbours of {len(rows)} elements; give 2 to {len(rows) - 1}")
    if not 0 <= wanted["min_dist"] <= 1:
        raise InputError(f"the least distance is {wanted['min_dist']:g}; give one from 0 to 1")
    at = umap(embeddings(checkpoint, library.table, rows, progress), wanted)
    classes = library.table.classes[rows]
    return Layout(
        at,
        {o: ordered(at, library.table.column(o)[rows]) for o in checkpoint.model.outputs},
        mixing(at, classes == PEAKS[0], classes == PEAKS[1]),
    )


def read(name: str, library: Library) -> Layout | None:
    """What `compute` wrote for a model, None if nothing; raises CheckpointError if it is stale."""
    file = stored.model_file(name, WHAT)
    content = stored.read(file, key=_key(stored.weights_of(name), library))
    return stored.parsed(file, content, Layout.from_dict) if content else None


def _key(weights: str, library: Library) -> str:
    return stored.key(
        weights, library, {"what": WHAT, "size": panel.SIZE, "seed": panel.SEED, "draws": DRAWS, **SETTINGS}
    )


# --- what a map shows, in numbers -------------------------------------------------------------------


def mixing(at: np.ndarray, first: np.ndarray, second: np.ndarray, k: int = NEIGHBOURS) -> Metric:
    """How far two kinds of points are interleaved: 1 as if dealt at random, 0 wholly apart.

    Among the points of the two kinds alone, the mean over points of the fraction of the k nearest that are of the other
    kind, over what random dealing gives. Each kind weighs the same.

    Args:
        at: `(n, 2)`.
        first, second: `(n,)` bool.

    Returns:
        With its interval over points; nan if a kind has fewer than 2 k points.
    """
    either = first | second
    at, first = at[either], first[either]

    def ratio(points: np.ndarray, nearest: np.ndarray) -> float:
        own = first[points]
        other = (own[nearest] != own[:, None]).mean(axis=1)
        chance = np.where(own, (~own).sum(), own.sum()) / (len(own) - 1)
        return float(((other / chance)[own].mean() + (other / chance)[~own].mean()) / 2)

    if min(first.sum(), (~first).sum()) < 2 * k:
        return Metric.unknown(len(at))
    return _over_neighbours(at, ratio, k)


def ordered(at: np.ndarray, values: np.ndarray, k: int = NEIGHBOURS) -> Metric:
    """How smoothly a value runs over a map: R2 of each point's value against the mean of its k nearest.

    Args:
        at: `(n, 2)`.
        values: `(n,)`; points with nan are left out.

    Returns:
        With its interval over points; nan if there are fewer than 2 k of them.
    """
    known = ~np.isnan(values)
    at, values = at[known], values[known].astype(np.float64)

    def fit(points: np.ndarray, nearest: np.ndarray) -> float:
        own = values[points]
        return float(1 - ((own - own[nearest].mean(axis=1)) ** 2).sum() / ((own - own.mean()) ** 2).sum())

    if len(at) < 2 * k:
        return Metric.unknown(len(at))
    return _over_neighbours(at, fit, k)


def _over_neighbours(at: np.ndarray, measure: Callable[[np.ndarray, np.ndarray], float], k: int) -> Metric:
    """`of(points, the k nearest of each)` of all points, with the interval over half-samples.

    Neighbours share their neighbours, so points cannot be drawn with their neighbourhoods as they are: each draw is
    half of the points (see `engine.interpretation.representations.similarity.intervals`) with new neighbourhoods of
    half of k, which reach as far. Draws are moved so that their mean is the value.
    """
    n = len(at)
    apart = ((at[:, None] - at[None]) ** 2).sum(axis=2)
    np.fill_diagonal(apart, np.inf)

    def measured(points: np.ndarray, near: int) -> float:
        return measure(points, np.argpartition(apart[np.ix_(points, points)], near, axis=1)[:, :near])

    rng = np.random.default_rng(0)
    draws = np.array([measured(rng.permutation(n)[: n // 2], max(1, k // 2)) for _ in range(DRAWS)])
    value = measured(np.arange(n), k)
    return from_draws(value, draws - draws.mean() + value, n)
