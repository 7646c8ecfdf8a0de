"""Intervals: the fit finds what made the errors, a level holds what it says, and both strands and windows count."""

import dataclasses

import numpy as np
import pytest
import torch

from engine.errors import CheckpointError
from engine.evaluation import intervals, scorecard
from engine.evaluation.intervals import columns, conformal_quantile, error_models, fit, interval_of
from engine.experiments import checkpoints
from engine.experiments.description import problem_of_metrics
from engine.experiments.distillation import uncertainty_columns
from engine.intervals import LEVELS, ErrorModel, interval
from engine.models.fused import fused
from engine.models.layers import SequenceModel
from engine.models.predict import one_hot, predict, predict_codes, predict_with_uncertainty
from engine.results import Prediction
from engine.sequence import Sequence, decode, encode

RNG = np.random.default_rng(7)


class Sure(SequenceModel):
    """Predicts the share of A; epistemic is the share of C, aleatoric 2 where the first base is A and 0 elsewhere."""

    says_uncertainty = True

    def standardised(self, x):
        return x[:, :1].mean(2)

    def uncertainties(self, x):
        return torch.stack([x[:, 1:2].mean(2), 2 * x[:, 0, :1]])


def held(errors: ErrorModel, drawn: np.ndarray, *said: np.ndarray) -> dict[int, float]:
    return {at: float((np.abs(drawn) <= errors.reach[at] * errors.sd(*said)).mean()) for at in LEVELS}


def drawn(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Errors whose variance is (2 epistemic)^2 + (0.5 aleatoric)^2 + 0.3^2, with what the model says of them."""
    epistemic, aleatoric = rng.gamma(2, 0.2, n), rng.gamma(2, 0.4, n)
    sd = np.sqrt((2 * epistemic) ** 2 + (0.5 * aleatoric) ** 2 + 0.09)
    return rng.normal(0, sd), epistemic, aleatoric


def test_the_fit_finds_the_factors_that_made_the_errors():
    errors = fit(*drawn(40_000, np.random.default_rng(0)))
    assert (errors.epistemic, errors.aleatoric, errors.constant) == pytest.approx((2, 0.5, 0.3), abs=0.06)
    assert errors.reach == pytest.approx({50: 0.674, 80: 1.282, 95: 1.960}, abs=0.02)  # of normal errors
    _, *said = drawn(20_000, np.random.default_rng(1))
    assert (errors.sd(*said) > errors.unsure).mean() == pytest.approx(0.1, abs=0.01)


def test_a_level_holds_what_it_says_also_where_errors_are_not_normal():
    rng = np.random.default_rng(2)

    def skewed(n):
        spread = rng.gamma(2, 0.3, n)
        return (0.2 + spread) * (rng.exponential(1, n) - 0.7), spread

    errors = fit(*skewed(5000))
    apart, spread = skewed(50_000)
    assert held(errors, apart, spread, None) == pytest.approx({50: 0.5, 80: 0.8, 95: 0.95}, abs=0.02)
    assert errors.aleatoric == 0


@pytest.mark.parametrize("said", [(None, None), (np.zeros(500), None)])
def test_a_model_that_says_nothing_has_one_width(said):
    apart = np.random.default_rng(3).normal(0, 0.4, 500)
    errors = fit(apart, *said)
    assert errors.constant == pytest.approx(np.sqrt((apart**2).mean()), rel=1e-4)
    assert errors.unsure is None and errors.epistemic == errors.aleatoric == 0
    assert interval(1.0, errors, None, None, 80).unsure is None
    assert held(errors, apart, *said)[80] == pytest.approx(0.802)  # the 401st of 500
    assert errors.one_width[80] == pytest.approx(errors.reach[80] * errors.constant)


def test_a_spread_that_has_nothing_to_do_with_the_errors_is_not_believed():
    rng = np.random.default_rng(4)
    errors = fit(rng.normal(0, 1, 20_000), rng.gamma(2, 1, 20_000))
    assert errors.epistemic < 0.15 and errors.constant == pytest.approx(1, abs=0.03)


def test_the_conformal_quantile_is_the_place_worked_out_by_hand():
    scores = np.array([3.0, 1.0, 2.0, 5.0, 4.0, 9.0, 8.0, 7.0, 6.0])  # nine: 80% is the eighth, 95% would be the tenth
    assert [conformal_quantile(scores, level) for level in (0.5, 0.8, 0.95)] == [5, 8, 9]


def test_the_interval_of_one_prediction_by_hand():
    errors = ErrorModel(2.0, 0.5, 0.3, {50: 0.5, 80: 1.0, 95: 2.0}, 0.7, {50: 0.2, 80: 0.4, 95: 0.9}, 100)
    found = interval(1.0, errors, 0.2, 0.0, 95)  # 0.16 + 0.09 = 0.25
    assert (found.low, found.high, found.sd) == pytest.approx((0.0, 2.0, 0.5)) and found.unsure is False
    assert interval(1.0, errors, 0.4, 0.0).unsure is True
    with pytest.raises(ValueError, match="not given"):
        interval(1.0, errors, None, 0.1)
    assert ErrorModel.from_dict(errors.as_dict()) == errors


def test_what_a_model_says_is_the_mean_over_strands_and_windows():
    model = Sure(("K562",)).eval()
    sequence = "AC" + "G" * 198
    codes = encode(sequence)[None]
    own = predict_with_uncertainty(model, codes).own
    # the other strand has 198 C and one of another base at the end, where this one starts with A
    assert own[:, 0, 0] == pytest.approx([(1 / 200 + 198 / 200) / 2, 1.0])
    assert predict_with_uncertainty(model, codes, both_strands=False).own[:, 0, 0] == pytest.approx([1 / 200, 2.0])
    said = predict_with_uncertainty(model, np.concatenate([codes, np.full((1, 200), 4, np.uint8)]))
    assert np.isnan(said.values[1]).all() and np.isnan(said.epistemic[1]).all() and np.isnan(said.aleatoric[1]).all()
    assert (said.values[0] == predict_codes(model, codes)[0]).all()
    long = Sequence("long", sequence + decode(RNG.integers(0, 4, 200).astype(np.uint8)))
    whole = predict(model, [long], policy="tile")
    parts = predict(model, [Sequence(str(i), long.bases[i : i + 200]) for i in (0, 100, 200)], batch_size=2)
    assert len(parts.epistemic) == 3 and parts.members is None and (parts.spread == parts.epistemic).all()
    for name in ("epistemic", "aleatoric"):
        ends = predict(model, [Sequence("a", long.bases[:200]), Sequence("b", long.bases[200:])])
        lowest, highest = (f(getattr(p, name)) for f, p in ((np.min, parts), (np.max, parts)))
        assert lowest - 1e-6 <= getattr(whole, name)[0, 0] <= highest + 1e-6
        assert getattr(ends, name)[0, 0] == pytest.approx(getattr(parts, name)[0, 0])


def test_a_model_that_does_not_say_has_no_parts_and_an_ensemble_its_members_spread(toy_model):
    codes = RNG.integers(0, 4, (5, 200)).astype(np.uint8)
    model = toy_model(members=3)
    assert predict_with_uncertainty(model, codes).own is None
    said = predict_with_uncertainty(model, codes)
    members = predict_codes(model, codes, members=True)
    assert said.aleatoric is None
    assert said.epistemic == pytest.approx(members.std(axis=0, ddof=1))
    predicted = predict(model, [Sequence("one", decode(codes[0]))])
    assert predicted.epistemic is None and predicted.aleatoric is None and predicted.spread is not None


def test_scoring_keeps_the_intervals_and_metrics_that_hold_no_such_thing_are_refused(made_up, save_model):
    save_model("joint_legnet")
    checkpoint = checkpoints.load("joint_legnet")
    metrics = scorecard.score(checkpoint, made_up.library)
    assert problem_of_metrics(metrics, checkpoint.weights_hash) == ""
    again = checkpoints.load("joint_legnet")
    errors = error_models(again)
    assert tuple(errors) == again.model.outputs
    table, split = made_up.library
    known = ~np.isnan(table.column("HepG2")[split.validation])
    assert errors["HepG2"].n == known.sum() < len(split.validation) == errors["K562"].n
    predicted = predict(again.inference_model, [table.sequence(0)])
    found = interval_of(again, predicted, "K562")
    assert found.high - found.low == pytest.approx(2 * errors["K562"].reach[80] * errors["K562"].constant, rel=1e-6)
    nothing = dataclasses.replace(predicted, values=np.full((1, 3), np.nan, np.float32))
    assert interval_of(again, nothing, "K562") is None
    assert interval_of(dataclasses.replace(again, metrics={}), predicted, "K562") is None
    metrics["intervals"]["K562"]["reach"].pop("80")
    assert "reach" in problem_of_metrics(metrics, checkpoint.weights_hash)
    metrics["intervals"] = {"K562": errors["K562"].as_dict() | {"constant": 0.0}}
    assert "constant" in problem_of_metrics(metrics, checkpoint.weights_hash)


def test_what_a_student_says_comes_through_folded_and_unfolded(toy_model):
    outputs = ("K562", "HepG2", "WTC11")
    model = toy_model("legnet", outputs, members=2, further=uncertainty_columns(outputs))
    codes = RNG.integers(0, 4, (3, 200)).astype(np.uint8)
    said = predict_with_uncertainty(fused(model), codes)
    strands = [torch.as_tensor(codes), torch.as_tensor(3 - codes[:, ::-1].copy())]
    with torch.inference_mode():
        expected = torch.stack([model.uncertainties(one_hot(s)) for s in strands]).mean(0).numpy()
    np.testing.assert_allclose([said.epistemic, said.aleatoric], expected, rtol=1e-4)
    assert (expected > 0).all()
    # what it says itself comes before how far its own members differ
    assert predict(model, [Sequence("a", decode(codes[0]))]).spread == pytest.approx(expected[0, :1], rel=1e-4)


def test_columns_are_the_intervals_of_each_sequence_and_none_of_long_ones(save_model):
    save_model("joint_legnet", "legnet")
    loaded = checkpoints.load("joint_legnet")
    by_level = {50: 0.5, 80: 1.0, 95: 2.0}
    errors = ErrorModel(2.0, 1.0, 0.3, by_level, 0.7, by_level, 100)
    checkpoint = dataclasses.replace(loaded, metrics={"intervals": {"HepG2": errors.as_dict()}})
    said = np.array([[0.1, 0.2], [0.1, 0.0], [0.0, 0.4]], np.float32)
    told = Prediction("m", ("a", "b", "c"), ("K562", "HepG2"), np.ones((3, 2), np.float32), (), None, said, 0 * said)
    table = columns(checkpoint, told, np.array([True, True, False]))
    assert list(table)[:4] == ["m.K562.spread", "m.K562.noise", "m.HepG2.spread", "m.HepG2.noise"]
    assert list(table)[4:] == [f"m.HepG2.{end}{level}" for level in LEVELS for end in ("from", "to")]
    assert table["m.HepG2.from80"][:2] == pytest.approx([0.5, 0.7])  # 0.16 + 0.09 = 0.25, and 0.09
    assert table["m.HepG2.to95"][:2] == pytest.approx([2.0, 1.6]) and np.isnan(table["m.HepG2.to95"][2])
    with pytest.raises(CheckpointError, match="python -m engine evaluate joint_legnet"):
        columns(loaded, told, np.ones(3, bool))


def test_of_few_measurements_no_interval_is_made(planted):
    table, split = planted
    said = predict_with_uncertainty(Sure(("K562",)).eval(), table.codes[split.validation])
    few = table.column("K562")[split.validation].copy()
    few[intervals.FEWEST - 1 :] = np.nan
    assert intervals.of_output(said, 0, few) is None
    assert intervals.of_output(said, 0, table.column("K562")[split.validation]).n == len(split.validation)
