"""Effect strata: the order within each quarter of effect sizes, a mean over the elements of a cell type."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from engine.data import satmut
from engine.data.satmut import MATCHED, DataSet, MeasuredElement
from engine.evaluation.strata import QUARTERS, effect_strata, quarters
from engine.sequence import Region

VARIANTS = 90  # of which the last 80 are tested


def test_quarters_go_by_the_size_of_an_effect_and_not_by_its_sign():
    effects = np.array([0.1, -8.0, 3.0, -0.2, 5.0, -4.0, 0.3, -7.0])
    assert quarters(effects).tolist() == [0, 3, 1, 0, 2, 2, 1, 3]


@pytest.mark.parametrize("n", [8, 100, 901])
def test_quarters_are_equally_filled(n):
    sizes = np.bincount(quarters(np.random.default_rng(n).normal(size=n)), minlength=4)
    assert sizes.sum() == n
    assert sizes.max() - sizes.min() <= 1


def made_up_element(name: str) -> tuple[MeasuredElement, np.ndarray]:
    rng = np.random.default_rng(len(name))
    variants = pd.DataFrame({"pos": np.arange(VARIANTS) + 1, "ref": "A", "alt": "C", "confidence": 1.0})
    variants["effect"] = rng.normal(size=VARIANTS)
    variants.loc[VARIANTS - 1, "alt"] = "-"  # a deletion is no SNV
    element = MeasuredElement(DataSet(name, name, "cells"), Region("chr1", 0, VARIANTS, "GRCh37"), variants)
    return element, np.arange(VARIANTS) < 10


@pytest.fixture(autouse=True)
def made_up(monkeypatch):
    monkeypatch.setattr(satmut, "load_cagi5", made_up_element)


def says(element: MeasuredElement) -> np.ndarray:
    """WTC11 knows nothing; K562 the order of the strongest quarter of the tested alone; HepG2 all but its own name."""
    effect = element.variants["effect"].to_numpy()
    noise = np.random.default_rng(0).normal(size=(VARIANTS, 3))
    strong = np.abs(effect) > np.quantile(np.abs(effect[10:-1]), 0.75)
    return np.stack([noise[:, 0], np.where(strong, effect, noise[:, 1]), effect + noise[:, 2]], axis=1)


OUTPUTS = ("WTC11", "K562", "HepG2")


def test_each_quarter_is_scored_on_its_own():
    strata = effect_strata(OUTPUTS, says, resamples=50)
    assert set(strata) == {"K562", "HepG2"}  # no element was assayed in cells like WTC11
    assert tuple(strata["K562"]) == QUARTERS
    assert strata["K562"]["strongest"]["value"] == pytest.approx(1)
    assert all(abs(strata["K562"][q]["value"]) < 0.5 for q in QUARTERS[:3])
    json.dumps(strata)


def test_a_quarters_score_is_the_mean_over_the_elements_with_their_number_of_test_snvs():
    strata = effect_strata(OUTPUTS, says, resamples=50)["HepG2"]
    for i, quarter in enumerate(QUARTERS):
        scores, n = [], 0
        for name in MATCHED["HepG2"]:
            element, _ = made_up_element(name)
            measured = element.variants["effect"].to_numpy()[10:-1]
            rows = quarters(measured) == i
            scores.append(spearmanr(says(element)[10:-1, 2][rows], measured[rows]).statistic)
            n += rows.sum()
        found = strata[quarter]
        assert found["value"] == pytest.approx(np.mean(scores))
        assert found["n"] == n
        assert found["low"] < found["value"] < found["high"]


def test_training_variants_and_deletions_have_no_say():
    def spoiled(element):
        effects = says(element)
        effects[:10] = effects[-1] = 1e6
        return effects

    assert effect_strata(OUTPUTS, spoiled, resamples=20) == effect_strata(OUTPUTS, says, resamples=20)


def test_outputs_are_found_by_name():
    swapped = effect_strata(("HepG2",), lambda e: says(e)[:, [2]], resamples=20)
    assert swapped == {"HepG2": effect_strata(OUTPUTS, says, resamples=20)["HepG2"]}
