"""What models say of designs, in the unit of a goal, against the arithmetic done by hand."""

import numpy as np
import pytest

from engine.design import opinions
from engine.design.results import Opinion
from engine.design.splits import scale
from engine.errors import InputError
from engine.experiments import checkpoints
from engine.models.predict import predict
from engine.sequence import Sequence


def test_the_distance_is_over_the_outputs_that_the_goal_names():
    said = Opinion("m", ("K562", "HepG2", "WTC11"), np.array([[3.0, 4.0, 9.0], [0.0, 0.0, 0.0]]))
    np.testing.assert_allclose(said.distance({"K562": 0.0, "HepG2": 0.0}), [np.sqrt(12.5), 0])
    np.testing.assert_allclose(said.distance({"WTC11": 8.0}), [1, 8])
    assert np.isnan(said.distance({})).all()
    with pytest.raises(InputError, match="liver"):
        said.distance({"liver": 1.0})


def test_predictions_are_standard_deviations_above_the_mean_of_the_training_folds(made_up, random_bases, save_model):
    save_model("mine")
    checkpoint = checkpoints.load("mine")
    sequences = [Sequence(f"s{i}", random_bases(200, seed=i)) for i in range(3)]
    said = opinions.opinion(checkpoint, sequences, made_up.library)
    plain = predict(checkpoint.model, sequences).values
    mean, sd = scale(made_up.library, checkpoint.model.outputs)
    np.testing.assert_allclose(said.values * sd + mean, plain, atol=1e-4)
    assert opinions.opinion(checkpoint, [], made_up.library).values.shape == (0, len(checkpoint.model.outputs))


def test_a_model_that_was_not_scored_says_nothing_of_nature(made_up, save_model):
    save_model("mine")
    assert opinions.of_natural(checkpoints.load("mine"), made_up.library) is None


def test_measured_training_folds_have_mean_zero_and_one_standard_deviation(made_up):
    said = opinions.measured(made_up.library, made_up.library.split.train)
    np.testing.assert_allclose(np.nanmean(said.values, axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(np.nanstd(said.values, axis=0), 1, atol=1e-6)
