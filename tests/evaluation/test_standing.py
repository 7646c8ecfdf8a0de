"""Where a prediction stands among the model's own predictions for held-out elements."""

import numpy as np
import pytest
from scipy.stats import percentileofscore

from engine import store
from engine.evaluation.standing import Standing, standing
from engine.experiments import checkpoints


@pytest.fixture
def checkpoint(save_model):
    save_model("joint_legnet")
    return checkpoints.load("joint_legnet")


def write(checkpoint, predicted, weights: str) -> None:
    store.write_arrays(checkpoint.folder / checkpoints.HELD_OUT, predicted=predicted, key=np.array(f"{weights} t s"))


def test_a_percentile_is_the_share_of_elements_below_with_ties_halved(checkpoint):
    rng = np.random.default_rng(0)
    predicted = rng.normal(size=(51, 3)).astype(np.float32).round(1)
    write(checkpoint, predicted, checkpoint.weights_hash)
    found = standing(checkpoint)
    assert found.n == 51 and found.outputs == tuple(checkpoint.model.outputs)
    for i, output in enumerate(found.outputs):
        for value in (-9.0, float(predicted[7, i]), 0.0, 0.33, 9.0):
            expected = percentileofscore(predicted[:, i], np.float32(value), kind="mean")
            assert found.percentile(output, value) == pytest.approx(expected)


def test_by_hand():
    found = Standing("m", ("K562",), np.array([[-1.0], [0.0], [1.0], [2.0]], np.float32))
    assert [found.percentile("K562", v) for v in (-2, 0.5, 1.0, 3)] == [0, 50, 62.5, 100]
    assert np.isnan(found.percentile("K562", np.nan))


def test_none_without_predictions_or_with_those_of_other_weights(checkpoint):
    assert standing(checkpoint) is None
    write(checkpoint, np.zeros((5, 3), np.float32), "other")
    assert standing(checkpoint) is None
    write(checkpoint, np.zeros((5, 3), np.float32), checkpoint.weights_hash)
    assert standing(checkpoint) is not None
    (checkpoint.folder / checkpoints.HELD_OUT).write_bytes(b"broken")
    assert standing(checkpoint) is None
