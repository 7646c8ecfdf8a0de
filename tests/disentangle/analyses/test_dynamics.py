"""Histories by hand: how soon, what is lost again, and the interval of a correlation."""

import numpy as np
import pytest
from scipy.stats import norm

from engine.disentangle.analyses.dynamics import SCORES, compute, epochs_to, spearman_metric
from engine.errors import CheckpointError
from tests.disentangle.analyses.made import OUTPUTS, fresh, library, subject


def history(*scores: float) -> tuple[dict, ...]:
    return tuple({"epoch": i + 1, SCORES: {output: s for output in OUTPUTS}} for i, s in enumerate(scores))


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([0.5], 0.9),  # a straight line from 0
        ([0.4, 0.5], 1.5),  # 0.45 lies halfway from 0.4 to 0.5
        ([0.2, 0.6, 0.5], 1.625),  # 0.45 of the last, on the way from 0.2 to 0.6
        ([0.45, 0.5], 1.0),
        ([0.1, -0.2], float("nan")),
    ],
)
def test_epochs_to_ninety_percent_by_hand(scores, expected):
    assert epochs_to(scores) == pytest.approx(expected, nan_ok=True)


def test_the_interval_of_a_spearman_correlation():
    metric = spearman_metric(0.6, 103)
    half = norm.ppf(0.975) * np.sqrt((1 + 0.18) / 100)
    z = np.log(1.6 / 0.4) / 2
    assert (metric.low, metric.high) == pytest.approx((np.tanh(z - half), np.tanh(z + half)), rel=1e-6)
    assert np.isnan(spearman_metric(1.0, 103).low) and np.isnan(spearman_metric(0.5, 3).high)


def test_rows_of_epochs_and_over_seeds():
    networks = [
        subject(fresh(), seed=1, history=history(0.2, 0.6, 0.5)),
        subject(fresh(), seed=2, history=history(0.2, 0.5)),
    ]
    found = {(s.seed, s.measure): s.metric for s in compute(networks, library())}
    assert found[1, "dynamics/K562/epoch 2"].value == 0.6 and found[1, "dynamics/K562/epoch 2"].n == 120
    assert found[1, "dynamics/consensus/overfitting"].value == pytest.approx(0.1)
    assert found[2, "dynamics/consensus/overfitting"].value == 0
    lost = found[None, "dynamics/consensus/overfitting"]
    assert lost.value == pytest.approx(0.05) and lost.n == 2 and lost.low < 0.05 < lost.high
    assert (None, "dynamics/HepG2/epoch 3") not in found and (1, "dynamics/HepG2/epoch 3") in found


def test_a_network_without_history_names_the_command():
    with pytest.raises(CheckpointError, match=r"no history of its training; run: .* train disentangle\.cnn_baseline"):
        list(compute([subject(fresh())], library()))
