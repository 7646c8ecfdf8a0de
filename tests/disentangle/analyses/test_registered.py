"""Analyses of features, weights, predictions and histories as they are stored: each computes and reads back."""

import numpy as np
import pytest
import torch

from engine.disentangle import analyses
from engine.disentangle.analyses import cka, geometry, networks
from engine.disentangle.analyses.dynamics import SCORES
from engine.disentangle.analyses.parts import FOLD
from engine.disentangle.results import Score
from engine.experiments import checkpoints
from tests.disentangle.analyses.conftest import network
from tests.disentangle.analyses.made import OUTPUTS, library

NAMES = ("geometry", "norms", "cka", "head", "composition", "noise", "dynamics")


@pytest.mark.parametrize("name", NAMES)
def test_every_analysis_is_stored_and_read_back(name, save_network, tmp_path, monkeypatch):
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path))
    for module in (geometry, cka):
        monkeypatch.setattr(module, "DRAWS", 5)
    for recipe in ("baseline_mse", "full_disentangle"):
        model = network("cnn")
        for norm in model.norms:
            torch.nn.init.normal_(norm.bias)
            torch.nn.init.uniform_(norm.running_var, 0.5, 2)
        own = save_network("cnn", recipe, model=model)
        metrics = checkpoints.read_metrics(own)
        metrics["training"]["history"] = [{SCORES: dict.fromkeys(OUTPUTS, s)} for s in (0.2, 0.4)]
        checkpoints.save_metrics(own, metrics)
    assert analyses.compute(name, networks.every(), library())
    rows = analyses.read(name)
    assert rows and all(isinstance(row, Score) and row.notion == "cells" for row in rows)
    assert {row.recipe for row in rows} >= {"baseline_mse"}
    assert all(row.metric.n > 0 for row in rows)
    assert all(np.isfinite(row.metric.value) for row in rows if not row.measure.endswith(FOLD))  # not where it is 0
