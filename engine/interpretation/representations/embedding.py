"""Embeddings of the panel, and their UMAP coordinates (McInnes et al. 2018, arXiv:1802.03426).

An embedding is the mean over both strands of the penultimate layer, from which every model's linear head gives the
prediction. Embeddings are kept in the cache, coordinates beside the weights.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

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
from engine.store import write_json

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
    with devices.inference(model, device) as where, torch.inference_mode():
        for start in range(0, len(codes), batch_size):
            batch = torch.as_tensor(codes[start : start + batch_size]).to(where)
            both = model.embed(one_hot(torch.cat([batch, reverse_complement(batch)])))
            parts.append((sum(both.split(len(batch))) / 2).cpu().numpy())
            if progress:
                progress(min(start + batch_size, len(codes)), len(codes))
    return np.concatenate(parts)


def embeddings(
    checkpoint: Checkpoint, table: ActivityTable, rows: np.ndarray, progress: Progress | None = None
) -> np.ndarray:
    """`(n, features)` float32 of some rows of a table, kept in the cache for these weights."""
    content = f"{checkpoint.weights_hash} {table.hash} ".encode() + np.asarray(rows, np.int64).tobytes()
    file = store.cache_folder() / "embeddings" / f"{hashlib.sha256(content).hexdigest()[:24]}.npz"
    if found := store.load_arrays(file, "embedded"):
        return found["embedded"]
    embedded = embed(checkpoint.model, table.codes[rows], progress=progress)
    store.save_arrays(file, embedded=embedded)
    return embedded


def umap(embedded: np.ndarray, settings: dict = SETTINGS) -> np.ndarray:
    """`(n, features)` -> `(n, 2)` float32. The same coordinates for the same input on one machine (one thread)."""
    # only here: umap takes many seconds to import, and no other work should wait for it
    from umap import UMAP

    layout = UMAP(n_components=2, n_jobs=1, **settings)
    return layout.fit_transform(embedded).astype(np.float32)


def compute(checkpoint: Checkpoint, of: Library, progress: Progress | None = None) -> bool:
    """UMAP of the panel, written beside the weights; False if it was there."""
    wanted = _key(checkpoint.weights_hash, of)
    file = stored.model_file(checkpoint.name, WHAT)
    if stored.is_current(file, wanted):
        return False
    rows = panel.rows(of)
    drawn = redraw(checkpoint, of, rows, progress=progress)
    result = {
        "key": wanted,
        "settings": SETTINGS | {"size": panel.SIZE, "seed": panel.SEED},
        "x": [round(float(v), 2) for v in drawn["at"][:, 0]],
        "y": [round(float(v), 2) for v in drawn["at"][:, 1]],
        "order": drawn["order"],
        "mixing": drawn["mixing"],
    }
    write_json(file, result)
    return True


def redraw(
    checkpoint: Checkpoint, of: Library, rows: np.ndarray, settings: dict = SETTINGS, progress: Progress | None = None
) -> dict:
    """The map of some elements, with settings of one's own, and what it shows in numbers.

    Args:
        rows: `(n,)` of the table.
        settings: of UMAP, some or all of `SETTINGS`.
        progress: called with (elements embedded, all); the layout follows, some ten seconds for 2,000 elements.

    Returns:
        `at` `(n, 2)`, `order` (see `ordered`) of each output, `mixing` of the peaks of both cell types; the last two as
        `Metric.as_dict`.

    Raises:
        InputError: settings that UMAP does not take for so many elements.
    """
    wanted = SETTINGS | settings
    if not 2 <= wanted["n_neighbors"] < len(rows):
        raise InputError(f"{wanted['n_neighbors']} neighbours of {len(rows)} elements; give 2 to {len(rows) - 1}")
    if not 0 <= wanted["min_dist"] <= 1:
        raise InputError(f"the least distance is {wanted['min_dist']:g}; give one from 0 to 1")
    at = umap(embeddings(checkpoint, of.table, rows, progress), wanted)
    classes = of.table.classes[rows]
    return {
        "at": at,
        "order": {o: ordered(at, of.table.column(o)[rows]).as_dict() for o in checkpoint.model.outputs},
        "mixing": mixing(at, classes == PEAKS[0], classes == PEAKS[1]).as_dict(),
    }


def read(name: str, of: Library) -> dict | None:
    """What `compute` wrote for a model, None if nothing; raises CheckpointError if it is stale."""
    wanted = _key(panel.weights_of(name), of)
    return stored.read(stored.model_file(name, WHAT), wanted, f"python -m engine interpret {name} --what {WHAT}")


def _key(weights: str, of: Library) -> str:
    return stored.key(weights, of, {"what": WHAT, "size": panel.SIZE, "seed": panel.SEED, "draws": DRAWS, **SETTINGS})


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

    def of(points: np.ndarray, nearest: np.ndarray) -> float:
        own = first[points]
        other = (own[nearest] != own[:, None]).mean(axis=1)
        chance = np.where(own, (~own).sum(), own.sum()) / (len(own) - 1)
        return float(((other / chance)[own].mean() + (other / chance)[~own].mean()) / 2)

    if min(first.sum(), (~first).sum()) < 2 * k:
        return Metric(float("nan"), float("nan"), float("nan"), len(at))
    return _over_neighbours(at, of, k)


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

    def of(points: np.ndarray, nearest: np.ndarray) -> float:
        own = values[points]
        return float(1 - ((own - own[nearest].mean(axis=1)) ** 2).sum() / ((own - own.mean()) ** 2).sum())

    if len(at) < 2 * k:
        return Metric(float("nan"), float("nan"), float("nan"), len(at))
    return _over_neighbours(at, of, k)


def _over_neighbours(at: np.ndarray, of: Callable[[np.ndarray, np.ndarray], float], k: int) -> Metric:
    """`of(points, the k nearest of each)` of all points, with the interval over half-samples.

    Neighbours share their neighbours, so points cannot be drawn with their neighbourhoods as they are: each draw is
    half of the points (see `engine.interpretation.representations.similarity.intervals`) with new neighbourhoods of
    half of k, which reach as far. Draws are moved so that their mean is the value.
    """
    n = len(at)
    apart = ((at[:, None] - at[None]) ** 2).sum(axis=2)
    np.fill_diagonal(apart, np.inf)

    def found(points: np.ndarray, near: int) -> float:
        return of(points, np.argpartition(apart[np.ix_(points, points)], near, axis=1)[:, :near])

    rng = np.random.default_rng(0)
    draws = np.array([found(rng.permutation(n)[: n // 2], max(1, k // 2)) for _ in range(DRAWS)])
    value = found(np.arange(n), k)
    return from_draws(value, draws - draws.mean() + value, n)
