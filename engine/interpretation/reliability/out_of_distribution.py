"""Is a sequence like those that a model learned from? Distances to the training set, calibrated on held-out elements.

Two distances: in the space of the model's penultimate layer, and in that of 4-mer frequencies, counted without regard
to the strand. Each is a Mahalanobis distance in the leading principal components of training sequences, with what the
components leave over as one more. A sequence warns if either is as far out as it takes for 5% of held-out elements to
warn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from engine import device as devices
from engine.data.splits import canonical_kmers
from engine.models.layers import SequenceModel
from engine.models.predict import BATCH_SIZE, one_hot, reverse_complement
from engine.results import Progress
from engine.sequence import Sequence, default_policy, encode, windows

K = 4
COMPONENTS = 32
WARN = 0.05  # share of held-out elements that warn
GRID = 401  # quantiles of held-out distances that are kept
SPACES = {"embedding": "the model's inner representation", "kmers": "4-mer composition"}


@dataclass(frozen=True)
class Space:
    """Where training sequences lie: `centre` `(d,)`, `axes` `(k, d)`, `spread` `(k + 1,)`, the last one the rest's."""

    centre: np.ndarray
    axes: np.ndarray
    spread: np.ndarray

    def distance(self, features: np.ndarray) -> np.ndarray:
        """`(n,)` distances of features `(n, d)`: about 1 for a training sequence."""
        away = features.astype(np.float64) - self.centre
        along = away @ self.axes.T
        rest = np.sqrt(np.maximum(0, (away**2).sum(axis=1) - (along**2).sum(axis=1)))
        scaled = np.column_stack([along, rest]) / self.spread
        return np.sqrt((scaled**2).mean(axis=1))


def fit(features: np.ndarray, components: int = COMPONENTS) -> Space:
    """The space of training features `(n, d)`."""
    centre = features.mean(axis=0, dtype=np.float64)
    away = features.astype(np.float64) - centre
    values, vectors = np.linalg.eigh(away.T @ away / len(away))
    # directions without spread say nothing, and dividing by it would say too much
    kept = [i for i in np.argsort(-values)[:components] if values[i] > 1e-8 * values.max()]
    axes = vectors[:, kept].T.astype(np.float16).astype(np.float64)  # as they are kept in the file
    along = away @ axes.T
    rest = np.sqrt(np.maximum(0, (away**2).sum(axis=1) - (along**2).sum(axis=1)).mean())
    # a rest of a hundredth is rounding: it says nothing
    spread = np.append(along.std(axis=0), rest if rest > 0.01 * np.sqrt(values.sum()) else np.inf)
    return Space(*(a.astype(np.float32) for a in (centre, axes, spread)))


def embeddings(
    model: SequenceModel, codes: np.ndarray, batch_size: int = BATCH_SIZE, progress: Progress | None = None
) -> np.ndarray:
    """`(n, features)` penultimate layer of sequences of one length, both strands averaged."""
    parts = []
    with devices.inference(model) as (network, where), torch.inference_mode():
        for first in range(0, len(codes), batch_size):
            batch = torch.as_tensor(codes[first : first + batch_size]).to(where)
            both = [network.embed(one_hot(strand)) for strand in (batch, reverse_complement(batch))]
            parts.append(((both[0] + both[1]) / 2).float().cpu().numpy())
            if progress:
                progress(min(first + batch_size, len(codes)), len(codes))
    return np.concatenate(parts)


def kmer_frequencies(codes: np.ndarray, k: int = K) -> np.ndarray:
    """`(n, 4**k)` frequency of each k-mer, a k-mer and its reverse complement counted as the smaller of the two."""
    kmers = canonical_kmers(codes, k)
    known = kmers < 4**k
    counts = np.zeros((len(codes), 4**k), np.float64)
    np.add.at(counts, (np.nonzero(known)[0], kmers[known].astype(np.int64)), 1)
    return (counts / np.maximum(1, known.sum(axis=1, keepdims=True))).astype(np.float32)


@dataclass(frozen=True)
class Familiar:
    """What is known of a model's training sequences.

    Attributes:
        spaces: by the names in `SPACES`.
        held_out: of each the sorted quantiles `(GRID,)` of the distances of held-out elements.
        threshold: rank (0 to 1) among held-out elements above which a distance warns.
    """

    spaces: dict[str, Space]
    held_out: dict[str, np.ndarray]
    threshold: float

    def ranks(self, distances: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Of each space the share of held-out elements that lie nearer, `(n,)`."""
        grid = np.linspace(0, 1, GRID)
        return {name: np.interp(values, self.held_out[name], grid) for name, values in distances.items()}

    def distances(self, model: SequenceModel, codes: np.ndarray) -> dict[str, np.ndarray]:
        """`(n,)` distances of sequences `(n, length)` in each space."""
        features = {"embedding": embeddings(model, codes), "kmers": kmer_frequencies(codes)}
        return {name: self.spaces[name].distance(features[name]) for name in SPACES}

    def warns(self, distances: dict[str, np.ndarray]) -> np.ndarray:
        """`(n,)` whether a sequence lies further out than 95% of held-out elements."""
        return np.max(list(self.ranks(distances).values()), axis=0) > self.threshold


@dataclass(frozen=True)
class Familiarity:
    """Of one sequence: distance and rank among held-out elements in each space, and whether it warns."""

    distance: dict[str, float]
    rank: dict[str, float]
    warns: bool

    @property
    def words(self) -> str:
        """Why the sequence warns; "" if it does not."""
        if not self.warns:
            return ""
        space = max(self.rank, key=lambda name: (self.rank[name], self.distance[name]))
        return (
            f"The sequence is unlike those that the model learned from: in {SPACES[space]} it lies further out than "
            f"{100 * self.rank[space]:.1f}% of held-out elements."
        )


def calibrated(train: dict[str, np.ndarray], held_out: dict[str, np.ndarray], warn: float = WARN) -> Familiar:
    """What is familiar, from features by space of training and of held-out sequences (`warn` of which will warn)."""
    spaces = {name: fit(features) for name, features in train.items()}
    distances = {name: spaces[name].distance(features) for name, features in held_out.items()}
    grids = {name: np.quantile(d, np.linspace(0, 1, GRID)).astype(np.float32) for name, d in distances.items()}
    first = Familiar(spaces, grids, 1.0)
    return Familiar(spaces, grids, float(np.quantile(np.max(list(first.ranks(distances).values()), axis=0), 1 - warn)))


def familiarity(familiar: Familiar, model: SequenceModel, sequence: Sequence) -> Familiarity:
    """How far from the training sequences a sequence lies: of several windows the farthest counts."""
    policy = default_policy(len(sequence), model.window)
    cut = windows(sequence.bases, model.window, policy, name=sequence.name)
    distances = familiar.distances(model, np.stack([encode(w.bases) for w in cut]))
    ranks = familiar.ranks(distances)
    return Familiarity(
        {name: float(d.max()) for name, d in distances.items()},
        {name: float(r.max()) for name, r in ranks.items()},
        bool(familiar.warns(distances).any()),
    )


def to_arrays(familiar: Familiar) -> dict[str, np.ndarray]:
    """As arrays for a file; axes in half precision."""
    arrays: dict[str, np.ndarray] = {"threshold": np.array(familiar.threshold)}
    for name, space in familiar.spaces.items():
        arrays |= {f"{name}_centre": space.centre, f"{name}_axes": space.axes.astype(np.float16)}
        arrays |= {f"{name}_spread": space.spread, f"{name}_held_out": familiar.held_out[name]}
    return arrays


def from_arrays(arrays: dict[str, np.ndarray]) -> Familiar:
    """The inverse of `to_arrays`."""
    spaces = {
        name: Space(arrays[f"{name}_centre"], arrays[f"{name}_axes"].astype(np.float32), arrays[f"{name}_spread"])
        for name in SPACES
    }
    return Familiar(spaces, {name: arrays[f"{name}_held_out"] for name in SPACES}, float(arrays["threshold"]))
