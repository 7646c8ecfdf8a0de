"""Do designs do what was asked, by a judge's word? All activities are in s.d. (`engine.design.splits.scale`).

*fidelity* and *shift* are those of D3 (Sarkar et al. 2024, bioRxiv 2024.05.23.595630): a judge is asked about each
design and about the natural element whose activity it was asked for, and the two are compared pair by pair (mean
squared error) or as distributions (Kolmogorov-Smirnov). Fidelity alone rewards collapse: under a weak judge a set whose
every member is predicted at the mean has a small error. So `asked` stands beside it, which a collapsed set fails.
"""

from __future__ import annotations

import numpy as np

from engine.errors import InputError, unknown
from engine.statistics import spearman


def fidelity(designs: np.ndarray, natural: np.ndarray) -> float:
    """Mean squared difference of the judge's `(n,)` values of designs and of their natural counterparts; s.d. squared.

    D3's "conditional generation fidelity".
    """
    return float(np.mean((designs - natural) ** 2))


def shift(designs: np.ndarray, natural: np.ndarray) -> float:
    """Kolmogorov-Smirnov statistic of the judge's values of `(n,)` designs and `(m,)` natural elements: the largest
    difference of their cumulative distributions, 0 to 1. D3's "predictive distribution shift" of one output.
    """
    both = np.sort(np.concatenate([designs, natural]))
    below = [np.searchsorted(np.sort(x), both, side="right") / len(x) for x in (designs, natural)]
    return float(np.abs(below[0] - below[1]).max())


def asked(judged: np.ndarray, wanted: np.ndarray) -> float:
    """Spearman correlation of the judge's `(n,)` values with the activity that was asked for; nan where fewer than
    three designs were asked for one (nan in `wanted`), or where either is constant."""
    known = ~np.isnan(wanted)
    return spearman(judged[known], wanted[known]) if known.sum() >= 3 else float("nan")


def missed(judged: np.ndarray, wanted: np.ndarray) -> float:
    """Root mean squared distance of the judge's values from what was asked for, over all that was asked for
    (`(n, outputs)`, nan where nothing was); s.d."""
    return float(np.sqrt(np.nanmean((judged - wanted) ** 2)))


def specific(judged: np.ndarray, outputs: tuple[str, ...], output: str) -> np.ndarray:
    """`(n,)` how much more active sequences are in one output than in the mean of all others; s.d.

    Args:
        judged: `(n, outputs)`.

    Raises:
        InputError: an unknown output, or no other one.
    """
    if output not in outputs:
        raise unknown("output", output, outputs)
    if len(outputs) < 2:
        raise InputError("specificity needs a second output to be specific against")
    column = outputs.index(output)
    return judged[:, column] - np.delete(judged, column, axis=1).mean(axis=1)


def against_best(designs: np.ndarray, natural: np.ndarray) -> float:
    """Mean specificity of designs as a multiple of that of the most specific natural element, both by one judge: so
    judges of different reach can be read side by side. nan where no natural element is specific at all.

    Args:
        designs, natural: `(n,)`, `(m,)` of `specific`.
    """
    best = float(natural.max())
    return float(designs.mean()) / best if best > 0 else float("nan")
