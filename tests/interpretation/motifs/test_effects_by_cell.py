"""Effects of motifs in several cell types: which models stand side by side, and what surely differs."""

import numpy as np
from scipy import stats

from engine.interpretation.motifs.effects import apart, means, side_by_side


def test_a_model_of_several_cell_types_is_asked_for_all_and_one_of_one_with_its_twin():
    stored = {
        "joint_legnet": ("K562", "HepG2", "WTC11"), "B1_baseline_mse": ("K562",), "R4_combined": ("K562",),
        "H1_HepG2_baseline_mse": ("HepG2",), "C1_pl_linear_curriculum": ("K562",),
    }  # fmt: skip
    joint = side_by_side("joint_legnet", stored)
    assert joint == dict.fromkeys(("K562", "HepG2", "WTC11"), "joint_legnet")
    pair = {"K562": "B1_baseline_mse", "HepG2": "H1_HepG2_baseline_mse"}
    assert side_by_side("B1_baseline_mse", stored) == pair
    assert side_by_side("H1_HepG2_baseline_mse", stored) == pair
    assert side_by_side("R4_combined", stored) == {"K562": "R4_combined"}  # its twin is not there
    assert side_by_side("C1_pl_linear_curriculum", stored) == {"K562": "C1_pl_linear_curriculum"}


def test_intervals_that_meet_tell_nothing():
    def interval(low: float, high: float) -> dict:
        return {"low": low, "high": high}

    effects = {
        "K562": {"A": interval(0.3, 0.4), "B": interval(0.0, 0.2), "C": interval(-0.3, -0.2)},
        "HepG2": {"A": interval(0.1, 0.2), "B": interval(0.1, 0.3), "C": interval(0.0, 0.1)},
    }
    assert apart(effects) == {("K562", "HepG2"): ["A"], ("HepG2", "K562"): ["C"]}


def test_what_is_told_apart_the_paired_interval_tells_apart_too():
    rng = np.random.default_rng(0)
    told = 0
    for correlation in (-0.99, -0.5, 0.0, 0.9):
        for shift in np.linspace(-1.5, 1.5, 40):
            draws = np.array([shift, 0]) + rng.multivariate_normal([0, 0], [[1, correlation], [correlation, 1]], 20)
            one, other = ({"m": metric.as_dict()} for metric in means(draws))
            found = apart({"one": one, "other": other})
            low, high = stats.ttest_1samp(draws[:, 0] - draws[:, 1], 0).confidence_interval()
            if found["one", "other"]:
                assert low > 0
            if found["other", "one"]:
                assert high < 0
            told += any(found.values())
    assert 20 < told < 140  # both answers were given
