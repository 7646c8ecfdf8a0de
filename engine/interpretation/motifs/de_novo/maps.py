"""The attribution maps that motifs are looked for in: active held-out elements and, as a control, their shuffles.

Integrated Gradients from the baseline 'uniform', both strands averaged. With that baseline the mean gradient of the
path, less its mean over the four bases (Majdandzic et al. 2023, Genome Biol 24:109), is what each base would
contribute if it stood there (a hypothetical contribution, in the words of TF-MoDISco); that of the base that stands
there is the contribution that Integrated Gradients gives the position.

A map takes 0.04 s (DREAM-RNN) to 0.25 s (LegNet) of one core. Maps are kept in the cache folder as they are made, so
stopped work goes on where it was, and motifs by other settings need no new maps.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine import store
from engine.data.library import Library
from engine.errors import InputError
from engine.experiments.checkpoints import Checkpoint, is_large
from engine.interpretation.attribution.methods import IGSettings, integrated_gradients
from engine.models.layers import SequenceModel
from engine.results import Progress
from engine.sequence import UNKNOWN, Sequence, dinucleotide_shuffle, encode

COUNT = 600  # elements of a cell type, and as many shuffled ones
FEWER = 300  # for a large model
ACTIVE = 0.75  # elements are drawn from above this quantile of the measured activity
SEED = 0
STEPS = 20
PART = 50  # elements whose maps are written to the cache at once


@dataclass(frozen=True)
class ContributionMaps:
    """What each base contributes, or would contribute, to one output.

    Attributes:
        rows: `(n,)` of the table.
        codes: `(n, length)` uint8, the bases, all of them known.
        hypothetical: `(n, 4, length)` float32, log2(RNA/DNA); the four bases of a position sum to 0.
    """

    rows: np.ndarray
    codes: np.ndarray
    hypothetical: np.ndarray

    def __post_init__(self):
        if (self.codes == UNKNOWN).any():
            raise InputError("a sequence with letters other than A, C, G, T has no contributions there; leave it out")

    @property
    def one_hot(self) -> np.ndarray:
        """`(n, 4, length)` bool."""
        return self.codes[:, None, :] == np.arange(4)[:, None]

    @property
    def contributions(self) -> np.ndarray:
        """`(n, length)` float32 of the bases that stand there."""
        return np.where(self.one_hot, self.hypothetical, 0).sum(axis=1, dtype=np.float32)

    def by_row(self) -> ContributionMaps:
        """The same maps in the order of their rows."""
        order = np.argsort(self.rows, kind="stable")
        return ContributionMaps(self.rows[order], self.codes[order], self.hypothetical[order])


def count_for(checkpoint: Checkpoint) -> int:
    """How many elements a model is asked about: fewer where it is large."""
    return FEWER if is_large(checkpoint) else COUNT


def elements(library: Library, cell: str, count: int = COUNT, seed: int = SEED) -> np.ndarray:
    """`(count,)` ascending rows: elements of the test fold drawn from the most active quarter in a cell type.

    The most active quarter, not the very top: its elements owe their activity to more different motifs.

    Raises:
        InputError: a cell type that was not measured, or too few elements.
    """
    test = library.split.test[(library.table.codes[library.split.test] != UNKNOWN).all(axis=1)]
    activity = library.table.column(cell)[test]
    known = test[~np.isnan(activity)]
    activity = activity[~np.isnan(activity)]
    pool = known[activity >= np.quantile(activity, ACTIVE)] if len(known) else known
    if len(pool) < count:
        raise InputError(f"the test fold has {len(pool)} elements of high activity in {cell}, {count} are needed")
    return np.sort(np.random.default_rng(seed).choice(pool, count, replace=False))


def hypothetical(model: SequenceModel, sequence: Sequence, output: str, steps: int = STEPS) -> np.ndarray:
    """`(4, length)` float32 hypothetical contributions (see above), log2(RNA/DNA)."""
    settings = IGSettings(baseline="uniform", steps=steps)
    track = integrated_gradients(model, sequence, settings, outputs=(output,))
    one_hot = encode(sequence.bases)[:, None] == np.arange(4)
    gradient = track.output(output) / (one_hot - np.float32(0.25))  # a map is gradient times input minus baseline
    return (gradient - gradient.mean(axis=1, keepdims=True)).T


def shuffled(sequence: Sequence, row: int, seed: int = SEED) -> Sequence:
    """The same dinucleotides in another order, the same one for an element whatever it is computed beside."""
    return Sequence(sequence.name, dinucleotide_shuffle(sequence.bases, np.random.default_rng((seed, row))))


def compute(
    checkpoint: Checkpoint, library: Library, output: str, progress: Progress | None = None
) -> tuple[ContributionMaps, ContributionMaps]:
    """Maps of the elements and of their shuffles by one output of a model, from the cache as far as they are there.

    Args:
        progress: called with (elements done, elements).
    """
    rows = elements(library, output, count_for(checkpoint))
    key = f"{checkpoint.weights_hash} {library.table.hash} {library.split.hash} {output} "
    key += f"{STEPS} {SEED} {PART} {rows.tolist()}"
    folder = store.cache_folder() / "de-novo" / store.digest(key, 16)
    parts = []
    for first in range(0, len(rows), PART):
        parts.append(
            _part(folder / f"{first}.npz", checkpoint.inference_model, library, output, rows[first : first + PART])
        )
        if progress:
            progress(min(first + PART, len(rows)), len(rows))
    codes, maps = (np.concatenate([p[k] for p in parts], axis=1) for k in range(2))
    return ContributionMaps(rows, codes[0], maps[0]), ContributionMaps(rows, codes[1], maps[1])


def _part(
    file: Path, model: SequenceModel, library: Library, output: str, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """`(2, n, length)` codes and `(2, n, 4, length)` maps: elements, then their shuffles."""

    def explain() -> dict[str, np.ndarray]:
        originals = [library.table.sequence(int(row)) for row in rows]
        both = [originals, [shuffled(s, int(row)) for s, row in zip(originals, rows, strict=True)]]
        codes = np.array([[encode(s.bases) for s in group] for group in both])
        maps = np.array([[hypothetical(model, s, output) for s in group] for group in both], np.float32)
        return {"codes": codes, "maps": maps}

    kept = store.remembered(file, ("codes", "maps"), explain)
    return kept["codes"], kept["maps"]
