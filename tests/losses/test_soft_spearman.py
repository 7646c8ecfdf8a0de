"""Soft Spearman: a formula with loops, and scipy's correlation where the ranks are hard."""

import math
from functools import partial

import pytest
import torch
from scipy.stats import rankdata, spearmanr

from engine.losses import soft_spearman

NAN = math.nan


def by_loops(scores, values, temperature=0.1):
    """1 - the Pearson correlation of the soft ranks, summed over pairs, and scipy's ranks; 1 where nothing differs."""
    unit = temperature * scores.std(correction=0)
    soft = torch.stack([sum(torch.sigmoid((a - b) / unit) for b in scores) for a in scores])
    hard = torch.tensor(rankdata(values))
    if hard.std() == 0:
        return torch.tensor(1.0)
    return 1 - torch.corrcoef(torch.stack([soft, hard]))[0, 1]


@pytest.mark.parametrize("temperature", [0.1, 1.0])
def test_soft_spearman_by_loops(same, temperature):
    same(partial(soft_spearman, temperature=temperature), partial(by_loops, temperature=temperature))


@pytest.mark.parametrize(
    ("scores", "values"),
    [
        ([0.2, -0.5, 1.0, 0.4, -1.2, 2.0], [1.0, 3.0, 2.0, -1.0, 0.5, 2.5]),
        ([0.2, -0.5, 1.0, 0.4, -1.2, 2.0], [1.0, 2.0, 2.0, 1.0, 1.0, 2.5]),
        ([0.5, 0.5, 1.0, -1.0, -1.0, 2.0], [1.0, 2.0, 2.0, 1.0, 1.0, 2.5]),
        ([3.0, 2.0, 1.0], [1.0, 2.0, 3.0]),
        ([3.0, 7.0, 2.0, 1.0], [3.0, NAN, 2.0, 1.0]),
    ],
)
def test_at_a_low_temperature_it_is_one_minus_spearman(scores, values):
    loss = soft_spearman(torch.tensor(scores)[:, None], torch.tensor(values)[:, None], temperature=1e-4)
    assert loss.item() == pytest.approx(1 - spearmanr(scores, values, nan_policy="omit").statistic, abs=1e-5)
