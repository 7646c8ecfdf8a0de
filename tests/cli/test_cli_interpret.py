"""The command line: interpret computes what is missing, leaves what is there, and names what it cannot do."""

import pytest

from engine.data import library
from engine.experiments import checkpoints
from engine.experiments.declared import Ensemble
from engine.interpretation import analyses, stored
from engine.interpretation.attribution import maps
from engine.interpretation.representations import embedding, probes, similarity


@pytest.fixture
def quick(monkeypatch, made_up, trained):
    monkeypatch.setattr(embedding, "umap", lambda embedded, *_: embedded[:, :2])
    monkeypatch.setattr(embedding, "DRAWS", 5)
    monkeypatch.setattr(similarity, "DRAWS", 5)
    monkeypatch.setattr(probes, "ALPHAS", (1.0, 100.0))


def test_what_is_missing_is_computed_and_what_is_there_is_left(call, quick, trained):
    first = call("interpret", "mine", "--what", "umap")
    assert first.code == 0 and first.err == "mine: umap computed\n"
    kept = stored.model_file("mine", "umap").read_text()
    second = call("interpret", "--what", "umap,probes")
    assert second.err.splitlines() == [
        "joint_legnet: umap computed", "joint_legnet: probes computed", "mine: umap was there",
        "mine: probes computed",
    ]  # fmt: skip
    assert stored.model_file("mine", "umap").read_text() == kept
    together = call("interpret", "mine", "--what", "cka,untrained")
    assert together.err.splitlines() == ["cka: computed", "untrained: computed"]
    found = similarity.read(library.joint())
    assert set(found.models) == {"joint_legnet", "mine"} and not found.missing
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


def test_every_name_is_checked_before_the_work(call, quick, monkeypatch):
    def work(*_):
        raise AssertionError("work was begun")

    monkeypatch.setitem(analyses.MODEL, "umap", work)
    monkeypatch.setitem(analyses.TOGETHER, "cka", work)
    told = call("interpret", "mine", "yours", "--what", "umap").error()
    assert "unknown model 'yours'; known: joint_legnet, mine" in told
    assert "unknown model 'yours'" in call("interpret", "yours", "--what", "cka").error()
    assert "'R3_ranknet' is not trained yet" in call("interpret", "R3_ranknet", "--what", "cka").error()


def test_analyses_are_done_in_their_order_whatever_the_users(call, quick, monkeypatch):
    done = []
    for one in ("maps", "seeds", "angles"):
        monkeypatch.setitem(analyses.MODEL, one, lambda checkpoint, of, progress, one=one: done.append(one) or True)
    assert call("interpret", "mine", "--what", "angles,seeds,maps").code == 0
    assert done == ["maps", "seeds", "angles"]


def test_a_model_that_cannot_be_computed_does_not_stop_the_others(call, quick, monkeypatch):
    real = analyses.MODEL["seeds"]
    monkeypatch.setitem(analyses.MODEL, "seeds", lambda c, *more: c.name == "mine" or real(c, *more))
    run = call("interpret", "--what", "seeds,cka")
    assert run.code == 2
    told = run.err.splitlines()
    assert told[0].startswith("joint_legnet: seeds: it is not recorded how 'joint_legnet' was trained")
    assert told[1:] == [
        "mine: seeds computed", "cka: computed", "error: not computed, for the reasons above: joint_legnet: seeds",
    ]  # fmt: skip
    # asked for nothing else, it is the one line of an error
    assert "not recorded how 'joint_legnet'" in call("interpret", "joint_legnet", "--what", "seeds").error()


def test_maps_of_other_settings_or_in_a_broken_file_are_made_anew_and_said_to_be(call, quick, monkeypatch):
    monkeypatch.setattr(maps, "PER_HALF", 2)
    monkeypatch.setattr(maps, "STEPS", 2)
    ask = ("interpret", "joint_legnet", "--what", "maps")
    assert [call(*ask).err for _ in range(2)] == ["joint_legnet: maps computed\n", "joint_legnet: maps was there\n"]
    monkeypatch.setattr(maps, "STEPS", 3)
    assert call(*ask).err == "joint_legnet: maps computed\n"
    file = stored.file_of(stored.place("joint_legnet"), maps.FILE)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    assert call(*ask).err == "joint_legnet: maps computed\n"
    assert maps.read(stored.place("joint_legnet"))[0].rows.shape == (4,)
