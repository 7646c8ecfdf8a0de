"""The command line: interpret computes what is missing, leaves what is there, and names what it cannot do."""

import pytest

from engine import checkpoints
from engine.experiments import Ensemble
from engine.interpretation import embedding, panel, probes, similarity


@pytest.fixture
def quick(monkeypatch, made_up, trained):
    monkeypatch.setattr(embedding, "umap", lambda embedded, *_: embedded[:, :2])
    monkeypatch.setattr(embedding, "DRAWS", 5)
    monkeypatch.setattr(similarity, "DRAWS", 5)
    monkeypatch.setattr(probes, "ALPHAS", (1.0, 100.0))


def test_what_is_missing_is_computed_and_what_is_there_is_left(call, quick, trained):
    first = call("interpret", "mine", "--what", "umap")
    assert first.code == 0 and first.err == "mine: umap computed\n"
    kept = panel.model_file("mine", "umap").read_text()
    second = call("interpret", "--what", "umap,probes")
    assert second.err.splitlines() == [
        "joint_legnet: umap computed", "joint_legnet: probes computed", "mine: umap was there",
        "mine: probes computed",
    ]  # fmt: skip
    assert panel.model_file("mine", "umap").read_text() == kept
    together = call("interpret", "mine", "--what", "cka,untrained")
    assert together.err.splitlines() == ["cka: computed", "untrained: computed"]
    found, missing = similarity.stored(panel.library())
    assert set(found["models"]) == {"joint_legnet", "mine"} and not missing
    assert call("interpret", "--what", "cka").err == "cka: was there\n"


def test_unknown_names_end_with_those_that_are_known(call, quick):
    assert "unknown analysis 'tea'; known: " in call("interpret", "mine", "--what", "tea").error()
    assert "unknown model 'yours'" in call("interpret", "yours", "--what", "umap").error()


def test_an_ensemble_is_asked_for_what_it_has(call, quick, trained, save_model):
    declared = Ensemble("both", ("joint_legnet", "mine"), ("K562",), "nothing")
    checkpoints.save_ensemble(checkpoints.build_ensemble(declared), declared)
    told = call("interpret", "both", "--what", "maps,umap").error()
    assert "'both' is an ensemble: it has maps and reliability" in told and "joint_legnet, mine" in told
    # of all models, each is asked for what it has
    assert "both" not in call("interpret", "--what", "umap").err
