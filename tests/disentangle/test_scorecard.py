"""metrics.json of a network: what stands in it, what is kept beside the weights, what comes from the cache."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine import models, store
from engine.data import sources
from engine.data.library import Library
from engine.disentangle import evaluation, scorecard
from engine.disentangle.declared import EXPERIMENTS
from engine.experiments import checkpoints
from engine.interpretation.representations import probes
from engine.models.predict import predict_codes
from engine.statistics import Metric

NAME = "disentangle.cnn_full_disentangle"


@pytest.fixture
def library(planted, models_folder, monkeypatch, tmp_path) -> Library:
    """A made-up library on a machine without other files."""
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(sources, "available", lambda name: False)
    monkeypatch.setattr(probes, "ALPHAS", (1.0, 100.0))
    return Library(*planted)


def trained(seed: int = 0):
    experiment = replace(EXPERIMENTS[NAME], options={"filters": (8, 8, 8)})
    torch.manual_seed(seed)
    model = models.build("disentangle", ("consensus", "K562", "HepG2"), experiment.model.options).eval()
    with torch.no_grad():
        model.norms[1].bias.normal_()
    checkpoints.save(NAME, model, experiment)
    return checkpoints.load(NAME)


def test_metrics_hold_every_score_and_what_they_are_of(library):
    checkpoint = trained()
    store.write_json(
        checkpoint.folder / "metrics.json", {"weights_sha256": checkpoint.weights_hash, "training": {"seed": 7}}
    )
    checkpoint = checkpoints.load(NAME)
    steps = []
    scorecard.score(checkpoint, library, progress=lambda done, total: steps.append((done, total)))
    metrics = checkpoints.read_metrics(NAME)
    assert metrics["training"] == {"seed": 7}
    assert (metrics["data_hash"], metrics["split_hash"]) == (library.table.hash, library.split.hash)
    assert metrics["weights_sha256"] == checkpoint.weights_hash
    own = {measure: Metric.from_dict(metric) for measure, metric in metrics["disentangle"].items()}
    assert own == dict(evaluation.evaluate(checkpoint, library))
    validation = predict_codes(checkpoint.model, library.table.codes[library.split.validation])
    assert metrics["standardisation"]["consensus"]["sd"] == pytest.approx(validation[:, 0].std())
    held_out = store.load_arrays(checkpoint.folder / "held_out.npz", "predicted")["predicted"]
    assert np.allclose(held_out, predict_codes(checkpoint.model, library.table.codes[library.split.test]), atol=1e-6)
    assert steps == sorted(steps) and steps[-1][0] == steps[-1][1]


def test_draws_come_from_the_cache_and_are_of_the_weights_they_are_asked_for(library):
    checkpoint = trained()
    asked = evaluation.of_checkpoint(checkpoint, library)
    said = scorecard.kept(checkpoint, asked, library)
    first = scorecard.draws(checkpoint, asked, lambda: said)
    again = scorecard.draws(checkpoint, asked, lambda: pytest.fail("it is in the cache"))
    assert first.keys() == again.keys()
    assert all(np.array_equal(first[k].draws, again[k].draws) and first[k].n == again[k].n for k in first)
    other = trained(seed=1)
    fresh = scorecard.draws(other, asked, lambda: scorecard.kept(other, asked, library))
    assert fresh["tier 1/K562/spearman"].value != first["tier 1/K562/spearman"].value
