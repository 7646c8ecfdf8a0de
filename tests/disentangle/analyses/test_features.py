"""One pass of the encoder gives all views and predictions; an untrained network is the one that a run starts from."""

import numpy as np
import pytest
import torch

from engine.disentangle import data
from engine.disentangle.analyses import features
from engine.disentangle.analyses.features import ENCODER
from engine.disentangle.training import DisentangleTask
from engine.interpretation import panel
from engine.interpretation.representations.embedding import embed
from engine.models.disentangle import DENOISED
from engine.models.predict import predict_codes
from tests.disentangle.analyses.made import OUTPUTS, fresh, library, subject


def trained_norms(seed: int = 0):
    """A network whose norms differ in everything that they hold."""
    model = fresh(seed)
    for norm in model.norms:
        torch.nn.init.normal_(norm.weight)
        torch.nn.init.normal_(norm.bias)
        torch.nn.init.normal_(norm.running_mean)
        torch.nn.init.uniform_(norm.running_var, 0.1, 2)
    return model


@pytest.mark.parametrize("output", OUTPUTS)
def test_views_and_predictions_follow_from_the_encoders_features(output, monkeypatch, tmp_path):
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path))
    network, made = subject(trained_norms()), library(300)
    shown = features.measured([network], made)
    own = features.of(network, shown)
    view = network.model.through(output)
    assert np.allclose(own.view(output), embed(view, shown.codes), atol=1e-4)
    both = predict_codes(view, shown.codes)[:, 0]
    assert np.allclose(own.predicted(output), both, atol=1e-4)  # target mean 0 and s.d. 1
    assert own.view(ENCODER) is own.encoded
    assert np.array_equal(features.of(network, shown).encoded, own.encoded)  # out of the cache


def test_the_panel_is_the_one_that_every_model_is_asked_about():
    made = library(300)
    shown = features.measured([subject(fresh())], made, 20)
    rows = panel.rows(made, 20)
    assert np.array_equal(shown.codes, made.table.codes[rows])
    assert np.array_equal(shown.activity, made.table.activity[rows, :2])
    assert list(shown.classes(made)) == list(made.table.classes[rows])


def test_an_element_that_one_condition_lacks_is_left_out():
    made = library(300)
    made.table.activity[made.split.test[3], 1] = np.nan
    shown = features.measured([subject(fresh())], made)
    assert len(shown) == 29 and np.isfinite(shown.activity).all()


def test_an_untrained_network_has_the_weights_that_its_run_started_from():
    network, made = subject(trained_norms(), seed=7), library(100)
    (start,) = features.untrained([network, subject(fresh(), "ranking_only", seed=7)])
    torch.manual_seed(7)
    pairs = data.cells(made, ("K562", "HepG2"))
    built = DisentangleTask(network.experiment, pairs, torch.device("cpu"), torch.float32).build()
    for name, parameter in built.named_parameters():
        assert torch.equal(dict(start.model.named_parameters())[name], parameter)
    assert (start.recipe, start.seed, start.encoder) == ("untrained", 7, "cnn")


def test_networks_are_dealt_out_by_notion_and_progress_goes_on_through_all():
    seen = []
    cells = [subject(fresh()), subject(fresh(), "ranking_only")]
    for own, told in features.by_notion(cells, lambda done, total: seen.append((done, total))):
        for i in range(len(own)):
            told(i + 1, len(own))
    assert seen == [(1, 2), (2, 2)]
    assert list(features.by_notion([])) == [] and OUTPUTS[0] == DENOISED
