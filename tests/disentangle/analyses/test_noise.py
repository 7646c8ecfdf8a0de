"""What differs between conditions in predictions: known answers, and formulas against the columns themselves."""

import numpy as np
import pytest

from engine.disentangle.analyses.noise import RELIABILITY, numbers, parts, pearsons, references, without_noise
from engine.disentangle.analyses.predictions import fold_of
from tests.disentangle.analyses.made import fresh, library, subject

CELLS = "cells"


@pytest.fixture
def measured() -> np.ndarray:
    """Two conditions that share half of their variance."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(4000, 1)) + rng.normal(size=(4000, 2))


def of(predicted: np.ndarray, measured: np.ndarray, notion: str = CELLS) -> dict[str, float]:
    r = pearsons(np.concatenate([predicted, measured], axis=1), resamples=10)
    return {name: float(values[0]) for name, values in numbers(r, notion).items()}


def test_draws_are_of_rows(measured):
    r = pearsons(measured, resamples=3)
    assert r[0] == pytest.approx(np.corrcoef(measured.T))
    n = len(measured)
    counts = np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), 3)[1]
    assert r[2] == pytest.approx(np.corrcoef(np.repeat(measured, counts, axis=0).T))


def test_predictions_that_are_right_have_no_noise(measured):
    found = of(3 * measured + 5, measured)  # in any unit
    assert found["unexplained"] == pytest.approx(0, abs=1e-9) and found["noise fraction"] == pytest.approx(0, abs=1e-9)
    assert found["disagreement"] == pytest.approx(1 - np.corrcoef(measured.T)[0, 1])


def test_one_prediction_for_both_conditions_differs_in_nothing(measured):
    both = np.repeat(measured.mean(axis=1, keepdims=True), 2, axis=1)
    found = of(both, measured)
    assert found["disagreement"] == pytest.approx(0, abs=1e-9) and found["noise fraction"] == pytest.approx(0, abs=1e-9)


def test_a_difference_that_is_made_up_or_points_the_other_way_is_all_noise(measured):
    rng = np.random.default_rng(1)
    shared = measured.mean(axis=1, keepdims=True)
    made_up = of(shared + rng.normal(size=measured.shape), measured)
    assert made_up["unexplained"] == pytest.approx(1, abs=0.01)
    assert made_up["noise fraction"] == pytest.approx(made_up["disagreement"], rel=0.01)
    turned = of(measured[:, ::-1], measured)
    assert turned["unexplained"] == 1 and turned["noise fraction"] == pytest.approx(turned["disagreement"])


def test_the_formulas_are_those_of_the_columns(measured):
    predicted = measured @ [[1.0, 0.3], [0.2, 0.8]] + np.random.default_rng(2).normal(size=measured.shape)
    found = of(predicted, measured)
    p, m = ((v - v.mean(axis=0)) / v.std(axis=0) for v in (predicted, measured))
    assert found["disagreement"] == pytest.approx((p[:, 0] - p[:, 1]).var() / 2)
    r = np.corrcoef(p[:, 0] - p[:, 1], m[:, 0] - m[:, 1])[0, 1]
    assert found["unexplained"] == pytest.approx(1 - r**2)
    left = [m[:, i] - np.polyval(np.polyfit(p[:, i], m[:, i], 1), p[:, i]) for i in (0, 1)]
    assert found["errors' correlation"] == pytest.approx(np.corrcoef(*left)[0, 1])


def test_what_noise_of_the_measurements_hides_is_allowed_for():
    """A network that knows the true difference; measurements with the declared reliability."""
    rng = np.random.default_rng(3)
    true = rng.normal(size=(100_000, 1)) + rng.normal(size=(100_000, 2))
    true /= true.std(axis=0)
    noise = np.sqrt(1 / RELIABILITY - 1)
    found = of(true, true + noise * rng.normal(size=true.shape))
    assert found["unexplained"] > 0.15
    assert found["unexplained without noise"] == pytest.approx(0, abs=0.02)
    assert without_noise(np.array([0.25]), np.array([2 * RELIABILITY - 1])) == pytest.approx([0.5])


def test_of_two_measurements_of_one_cell_type_all_that_differs_is_noise(measured):
    found = of(measured, measured, "assays HepG2")
    assert found["noise fraction"] == found["disagreement"] and "unexplained without noise" not in found


def test_what_stands_beside_the_networks():
    fold = fold_of([subject(fresh())], library())
    found = {(recipe, part.measure): part for recipe, part in references(fold)}
    r = np.corrcoef(fold.truth[:, 1], fold.truth[:, 2])[0, 1]
    assert found["measured", "noise/disagreement"].value == pytest.approx(1 - r)
    assert found["measured without noise", "noise/disagreement"].value == pytest.approx(1 - min(1, r / RELIABILITY))
    assert 0 <= found["GC content", "noise/unexplained"].value <= 1
    own = {p.measure: p for p in parts(fold.truth, fold)}
    assert own["noise/noise fraction"].value == pytest.approx(0, abs=1e-9) and own["noise/noise fraction"].n == 120
