"""Embeddings of both strands, what their maps say in numbers, and what is kept of them."""

import numpy as np
import pytest
import torch

from engine import store
from engine.data.library import Library
from engine.errors import CheckpointError, InputError
from engine.experiments import checkpoints
from engine.interpretation import panel, stored
from engine.interpretation.representations import embedding
from engine.interpretation.representations.embedding import embed, mixing, ordered, umap
from engine.models.predict import predict_codes, reverse_complement


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("name", ["dream_rnn", "legnet"])
def test_the_head_makes_the_prediction_out_of_the_embedding(toy_model, name, rng):
    codes = rng.integers(0, 4, (11, 200)).astype(np.uint8)
    model = toy_model(name, **({"members": 1} if name == "legnet" else {}))
    done = []
    embedded = embed(model, codes, batch_size=4, progress=lambda *d: done.append(d))
    head = model.heads[0] if name == "legnet" else model.head
    with torch.inference_mode():
        said = head(torch.as_tensor(embedded)) * model.target_sd + model.target_mean
    assert said.numpy() == pytest.approx(predict_codes(model, codes), abs=1e-4)
    assert done == [(4, 11), (8, 11), (11, 11)]
    other_strand = reverse_complement(torch.as_tensor(codes)).numpy()
    assert embed(model, other_strand) == pytest.approx(embedded, abs=1e-5)


def test_panels_are_drawn_from_the_test_fold_and_the_smaller_is_part_of_the_larger(made_up):
    of = Library(made_up.table, made_up.split)
    large, small = panel.rows(of, 30), panel.rows(of, 10)
    assert set(small) < set(large) < set(made_up.split.test.tolist())
    assert (made_up.split.test[panel.in_test_fold(of, large)] == large).all()
    assert len(panel.rows(of)) == 40
    assert set(panel.rows(of, 10, seed=1)) != set(small)


def test_umap_keeps_two_clouds_apart_and_gives_the_same_twice(rng):
    clouds = np.concatenate([rng.normal(size=(60, 8)), rng.normal(size=(60, 8)) + 12]).astype(np.float32)
    at = umap(clouds)
    assert at.shape == (120, 2) and (umap(clouds) == at).all()
    first = np.arange(120) < 60
    assert mixing(at, first, ~first).value == 0


def test_mixing_is_one_for_points_dealt_at_random_and_nought_for_separate_ones(rng):
    at = rng.normal(size=(600, 2))
    first = rng.random(600) < 0.3
    random = mixing(at, first, ~first)
    assert random.low < 1 < random.high and random.n == 600
    apart = mixing(at + 100 * first[:, None], first, ~first)
    assert apart.value == 0 and apart.high < 0.01
    third = rng.random(600) < 0.5
    assert mixing(at, first & third, ~first & third).n == third.sum()
    assert np.isnan(mixing(at, first, np.zeros(600, bool)).value)


def test_a_value_that_runs_smoothly_over_the_map_is_told_from_one_that_does_not(rng):
    at = rng.random((500, 2))
    values = at[:, 0] * 3
    values[:20] = np.nan
    smooth, random = ordered(at, values), ordered(at, rng.normal(size=500))
    assert smooth.low > 0.95 and smooth.n == 480
    assert random.high < 0.05


def test_coordinates_are_kept_with_the_model_until_something_changes(made_up, save_model, monkeypatch):
    monkeypatch.setattr(embedding, "umap", lambda embedded, *_: embedded[:, :2])
    of = Library(made_up.table, made_up.split)
    save_model("mine")
    assert embedding.read("mine", of) is None
    checkpoint = checkpoints.load("mine")
    assert embedding.compute(checkpoint, of) and not embedding.compute(checkpoint, of)
    kept = embedding.read("mine", of)
    expected = embed(checkpoint.model, made_up.table.codes[panel.rows(of)])
    assert kept.at == pytest.approx(expected[:, :2], abs=0.006)
    assert set(kept.order) == set(checkpoint.model.outputs)
    save_model("mine", seed=1)
    with pytest.raises(CheckpointError, match="run: python -m engine interpret mine --what umap"):
        embedding.read("mine", of)
    assert embedding.compute(checkpoints.load("mine"), of)  # what is stale is made anew
    assert (embedding.read("mine", of).at[:, 0] != kept.at[:, 0]).any()


def test_settings_that_umap_cannot_take_are_named(made_up, save_model):
    of = Library(made_up.table, made_up.split)
    save_model("mine")
    rows = panel.rows(of)
    with pytest.raises(InputError, match=rf"give 2 to {len(rows) - 1}"):
        embedding.redraw(checkpoints.load("mine"), of, rows, {"n_neighbors": len(rows)})
    with pytest.raises(InputError, match="least distance is 2; give one from 0 to 1"):
        embedding.redraw(checkpoints.load("mine"), of, rows, {"min_dist": 2.0})


def test_an_ensemble_has_no_features_of_its_own(models_folder):
    store.write_json(
        models_folder / "both" / "experiment.json",
        {"format": 1, "experiment": {}, "architecture": "ensemble", "outputs": ["K562"], "weights_sha256": "0" * 64,
         "config": {"members": {"one": "a" * 64, "other": "b" * 64}, "scale": {"mean": [0.0], "sd": [1.0]}}},
    )  # fmt: skip
    with pytest.raises(InputError, match=r"'both' is an ensemble.* one, other"):
        stored.weights_of("both")
    assert stored.networks() == []
