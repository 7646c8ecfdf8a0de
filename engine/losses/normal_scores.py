"""Targets of which the order within their own experiment alone is kept: rank-based normal scores.

Mean squared error on them is what the rank-order study's second half calls quantile MSE. Two experiments that measure
the same order on other scales, or with other tails, then have the same targets. Plotting positions follow Blom 1958
(Statistical Estimates and Transformed Beta-Variables).
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri
from scipy.stats import rankdata


def normal_scores(values: np.ndarray) -> np.ndarray:
    """`(n, experiments)` values, nan where not measured -> the same with each column replaced by the normal quantile of
    (rank - 3/8) / (measured + 1/4). Equal values share their mean rank."""
    ranks = rankdata(values, axis=0, nan_policy="omit")
    return ndtri((ranks - 3 / 8) / ((~np.isnan(values)).sum(0) + 1 / 4))
