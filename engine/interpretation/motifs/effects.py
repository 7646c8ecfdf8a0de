"""What sites do to a prediction when they are written into many backgrounds.

Global importance analysis (Koo et al. 2021, PLoS Comput Biol 17:e1008925) over held-out elements. The effect of an
arrangement of sites is the prediction with minus without it in the same background; its mean comes with a 95% t
interval over backgrounds, which tells how well the mean is known, not whether the model is right.

Whatever is written replaces what stood there, and brings its own composition. Beside the effect of a motif therefore
stands that of its scrambled bases in the same place: what is left after subtracting it is the motif's.
"""

from __future__ import annotations

from collections.abc import Sequence as Ordered
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import torch

from engine.data.library import Library
from engine.errors import InputError, unknown
from engine.experiments.declared import RANK_ORDER, same_but_for_the_cell
from engine.interpretation.motifs.counts import of_patterns
from engine.models.layers import SequenceModel
from engine.models.predict import BATCH_SIZE, predict_codes
from engine.results import Progress
from engine.sequence import decode, dinucleotide_shuffle, encode
from engine.statistics import Metric, t_mean

KINDS = {
    "shuffles": "dinucleotide-preserving shuffles of held-out elements",
    "real": "held-out elements as they are",
}
TRIES = 200  # at a scrambled site without the motif
Arrangement = Ordered[tuple[int, str]]  # (0-based first base, bases) of each site


@dataclass(frozen=True)
class Backgrounds:
    """Sequences that sites are written into: what they are, and `(n, length)` uint8 codes."""

    kind: str
    codes: np.ndarray

    @property
    def length(self) -> int:
        return self.codes.shape[1]

    def what(self) -> str:
        return f"{len(self.codes)} {KINDS[self.kind]}"


def backgrounds(library: Library, kind: str, count: int, seed: int = 0) -> Backgrounds:
    """`count` held-out elements of a seed, as they are or each shuffled once.

    Raises:
        InputError: an unknown kind, fewer than 2 or more than there are held-out elements.
    """
    if kind not in KINDS:
        raise unknown("backgrounds", kind, KINDS)
    if not 2 <= count <= len(library.split.test):
        raise InputError(f"{count} backgrounds are not possible; ask for 2 to {len(library.split.test):,}")
    rng = np.random.default_rng(seed)
    codes = library.table.codes[rng.permutation(library.split.test)[:count]]
    if kind == "shuffles":
        codes = np.stack([encode(dinucleotide_shuffle(decode(c), rng)) for c in codes])
    return Backgrounds(kind, codes)


def written(codes: np.ndarray, sites: Arrangement) -> np.ndarray:
    """A copy of `(n, length)` codes with the sites in every row.

    Raises:
        InputError: a site that does not fit, or two that overlap.
    """
    changed, taken = codes.copy(), np.zeros(codes.shape[1], bool)
    for start, bases in sites:
        end = start + len(bases)
        if not 0 <= start <= end <= codes.shape[1]:
            raise InputError(f"{bases} does not fit at position {start + 1} of {codes.shape[1]} bases")
        if taken[start:end].any():
            raise InputError(f"{bases} at position {start + 1} overlaps another site; move it or widen the gap")
        changed[:, start:end], taken[start:end] = encode(bases), True
    return changed


def differences(
    model: SequenceModel,
    around: Backgrounds,
    arrangements: Ordered[Arrangement | np.ndarray],
    *,
    batch_size: int = BATCH_SIZE,
    device: torch.device | None = None,
    progress: Progress | None = None,
) -> np.ndarray:
    """`(arrangements, n, outputs)` float64: prediction with minus without each arrangement, both strands averaged.

    An arrangement may also be the changed codes `(n, length)` themselves. `progress` is called with (sequences
    predicted, all).
    """
    variants = [a if isinstance(a, np.ndarray) else written(around.codes, a) for a in arrangements]
    codes = np.concatenate([around.codes, *variants])
    predictions = predict_codes(model, codes, batch_size=batch_size, device=device, progress=progress).astype(
        np.float64
    )
    predictions = predictions.reshape(1 + len(variants), len(around.codes), -1)
    return predictions[1:] - predictions[0]


def centre(length: int, bases: str) -> int:
    """Where a site begins whose middle is that of the sequence."""
    return length // 2 - len(bases) // 2


def scrambled(around: Backgrounds, start: int, bases: str, patterns: tuple[str, ...], seed: int = 0) -> np.ndarray:
    """The backgrounds with the site's bases there in another random order, in every row another one.

    Orders that hold a pattern by themselves are drawn again; after `TRIES` draws the last one stays.
    """
    rng, site = np.random.default_rng(seed), encode(bases)
    orders = rng.permuted(np.tile(site, (len(around.codes), 1)), axis=1)
    for _ in range(TRIES):
        again = of_patterns(orders, patterns) > 0
        if not again.any():
            break
        orders[again] = rng.permuted(orders[again], axis=1)
    changed = around.codes.copy()
    changed[:, start : start + len(site)] = orders
    return changed


def means(effects: np.ndarray) -> tuple[Metric, ...]:
    """`(n, outputs)` effects -> for each output the mean with its 95% t interval."""
    return tuple(t_mean(column) for column in effects.T)


# --- one cell type beside another, from stored effects ----------------------------------------------


def side_by_side(name: str, outputs: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """The model to ask for each cell type: `name` itself if it has several outputs, else the two networks of the study
    that learned one cell type each by the same loss. Only `name`'s own if there is no such pair, or it is not stored.

    Args:
        outputs: of each model whose effects are stored.
    """
    pair = next((p for _, *p in same_but_for_the_cell(RANK_ORDER) if name in p), (name,))
    asked = (name,) if len(outputs[name]) > 1 else tuple(n for n in pair if n in outputs)
    return {output: n for n in asked for output in outputs[n]}


def apart(effects: dict[str, dict[str, dict]]) -> dict[tuple[str, str], list[str]]:
    """For each ordered pair of cell types the motifs whose effect is surely higher in the first than in the second.

    The draws behind the intervals are not stored, so the interval of a difference is not known. Two intervals that do
    not meet tell enough all the same: the standard error of a difference is at most the sum of the two, whatever the
    correlation between them, so where they do not meet the paired interval of the difference leaves 0 out. Where they
    meet nothing is told.

    Args:
        effects: cell type -> motif -> `low` and `high` of its 95% interval, over the same number of backgrounds.
    """
    cells = [pair for both in combinations(effects, 2) for pair in (both, both[::-1])]
    return {(a, b): [m for m in effects[a] if effects[a][m]["low"] > effects[b][m]["high"]] for a, b in cells}
