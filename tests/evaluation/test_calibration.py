"""Calibration: scores of any scale become log2(RNA/DNA), and no rank changes."""

import numpy as np
import pytest
import torch
from scipy.stats import rankdata

from engine.data.lentimpra import ActivityTable
from engine.data.library import Library
from engine.data.splits import Split
from engine.evaluation import scorecard
from engine.evaluation.calibration import Fit, calibrate, compose, fit
from engine.experiments import checkpoints
from engine.models.ensemble import Ensemble
from engine.models.predict import predict_codes

ROWS = 300
OUTPUTS = ("K562", "HepG2", "WTC11")


@pytest.fixture(scope="module")
def split() -> Split:
    return Split((np.arange(ROWS) % 3).astype(np.int8), np.arange(ROWS, dtype=np.int32), "split hash")


@pytest.fixture
def table(toy_model) -> ActivityTable:
    """Elements whose activity is what a toy model says of them, and noise."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (ROWS, 200)).astype(np.uint8)
    activity = predict_codes(toy_model(), codes) + rng.normal(0, 0.5, (ROWS, 3)).astype(np.float32)
    names = np.array([f"e{i}" for i in range(ROWS)])
    return ActivityTable(names, codes, activity, OUTPUTS, names, "data hash")


def on_validation(model, table, split) -> tuple[np.ndarray, np.ndarray]:
    """Predicted and measured `(n, outputs)` of the validation fold."""
    return predict_codes(model, table.codes[split.validation]).astype(np.float64), table.activity[split.validation]


def rescale(model, scale: float, shift: float) -> None:
    model.target_mean.mul_(scale).add_(shift)
    model.target_sd.mul_(scale)


# --- the fit ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [1e-6, 1, -3, 1e6])
def test_the_fit_is_that_of_least_squares(scale):
    rng = np.random.default_rng(1)
    predicted = rng.normal(2, 1, 200) * scale
    measured = predicted / scale + rng.normal(size=200)
    slope, intercept = np.polyfit(predicted, measured, 1)
    assert fit(predicted, measured) == pytest.approx((slope, intercept), rel=1e-6)


def test_rows_that_were_not_measured_do_not_count():
    rng = np.random.default_rng(2)
    predicted, measured = rng.normal(size=(2, 50))
    known = fit(predicted[10:], measured[10:])
    measured[:10] = np.nan
    assert fit(predicted, measured) == known


@pytest.mark.parametrize("constant", [0.0, 0.1, -7.3])
def test_a_constant_prediction_has_no_slope(constant):
    """0.1 is a number whose mean over many rows is not itself, so its variance is not 0."""
    measured = np.random.default_rng(3).normal(size=57)
    assert fit(np.full(57, constant), measured) == (0, pytest.approx(measured.mean()))


# --- a model ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("scale", "shift"), [(1e6, 3e5), (1e-3, -2.0), (1.0, 50.0)])
def test_scores_of_any_scale_become_activities(scale, shift, toy_model, table, split):
    model = toy_model()
    rescale(model, scale, shift)
    before = predict_codes(model, table.codes)
    fits = calibrate(model, Library(table, split))
    predicted, measured = on_validation(model, table, split)
    for i, output in enumerate(OUTPUTS):
        assert np.polyfit(predicted[:, i], measured[:, i], 1) == pytest.approx([1, 0], abs=2e-3)
        assert fits[output].applied
        assert fits[output].slope == pytest.approx(1 / scale, rel=0.3)
    after = predict_codes(model, table.codes)
    for i in range(3):
        expected = fits[OUTPUTS[i]].intercept + fits[OUTPUTS[i]].slope * before[:, i].astype(np.float64)
        np.testing.assert_allclose(after[:, i], expected, atol=2e-3)


def test_no_rank_changes(toy_model, table, split):
    model = toy_model()
    rescale(model, 40, 3)
    before = predict_codes(model, table.codes)
    calibrate(model, Library(table, split))
    assert np.array_equal(rankdata(predict_codes(model, table.codes), axis=0), rankdata(before, axis=0))


def test_a_second_calibration_changes_nothing(toy_model, table, split):
    model = toy_model()
    rescale(model, 1e6, 1)
    calibrate(model, Library(table, split))
    scale = model.target_mean.clone(), model.target_sd.clone()
    for fitted in calibrate(model, Library(table, split)).values():
        assert (fitted.slope, fitted.intercept) == pytest.approx((1, 0), abs=1e-4)
    torch.testing.assert_close((model.target_mean, model.target_sd), scale, rtol=1e-4, atol=1e-4)


def test_what_was_not_applied_has_no_part_in_two_calibrations_put_together():
    fits, idle = {"K562": Fit(2.0, 1.0, True)}, {"K562": Fit(-0.5, 3.0, False)}
    assert compose({}, fits) == compose(fits, {}) == compose(idle, fits) == compose(fits, idle) == fits
    assert compose(idle, idle) == idle
    assert compose(fits, fits) == {"K562": Fit(4.0, 3.0, True)}


def test_a_saved_model_that_is_calibrated_twice_says_what_was_done_to_its_first_scores(
    toy_model, table, split, save_model, made_up
):
    save_model("toy")
    first = checkpoints.load("toy")
    model = checkpoints.load("toy").model
    rescale(model, 40, 3)
    with checkpoints.renewed(first, model):
        pass
    before = predict_codes(checkpoints.load("toy").model, table.codes).astype(np.float64)
    library = Library(table, split)
    told = [scorecard.recalibrate(checkpoints.load("toy"), library)["calibration"] for _ in range(2)]
    after = checkpoints.load("toy")
    slopes = [each["K562"]["slope"] for each in told]
    assert slopes[1] / slopes[0] == pytest.approx(1, abs=1e-3)  # nothing was left to do
    assert after.metrics["calibration"] == told[1]
    for i, output in enumerate(OUTPUTS):
        assert told[1][output] == pytest.approx(told[0][output], rel=1e-3, abs=1e-3)
        expected = told[1][output]["intercept"] + told[1][output]["slope"] * before[:, i]
        np.testing.assert_allclose(predict_codes(after.model, table.codes)[:, i], expected, atol=5e-3)
        assert told[1][output]["slope"] == pytest.approx(1 / 40, rel=0.3)


@pytest.mark.parametrize("kind", ["constant", "anti-correlated"])
def test_an_output_without_a_positive_slope_is_left_as_it_is(kind, toy_model, table, split):
    model = toy_model()
    model.target_sd[1] *= 0 if kind == "constant" else -1
    before = model.target_mean.clone(), model.target_sd.clone()
    fits = calibrate(model, Library(table, split))
    assert [fits[o].applied for o in OUTPUTS] == [True, False, True]
    assert fits["HepG2"].slope <= 0
    for now, then in zip((model.target_mean, model.target_sd), before, strict=True):
        assert now[1] == then[1]
        assert (now[[0, 2]] != then[[0, 2]]).all()


def test_only_the_validation_fold_is_looked_at(toy_model, table, split):
    models = toy_model(), toy_model()
    other = np.setdiff1d(np.arange(ROWS), split.validation)
    calibrate(models[0], Library(table, split))
    table.activity[other], table.codes[other] = 1e9, 4
    calibrate(models[1], Library(table, split))
    assert torch.equal(models[0].target_mean, models[1].target_mean)
    assert torch.equal(models[0].target_sd, models[1].target_sd)


def test_an_ensemble_is_calibrated_as_a_whole(toy_model, table, split):
    members = [toy_model(), toy_model()]
    for member in members:
        rescale(member, 10, 5)
    scales = [m.target_sd.clone() for m in members]
    model = Ensemble(("WTC11", "K562"), members)
    calibrate(model, Library(table, split))
    predicted, measured = on_validation(model, table, split)
    for i, column in enumerate((2, 0)):
        assert np.polyfit(predicted[:, i], measured[:, column], 1) == pytest.approx([1, 0], abs=1e-4)
    assert all(torch.equal(m.target_sd, s) for m, s in zip(members, scales, strict=True))
