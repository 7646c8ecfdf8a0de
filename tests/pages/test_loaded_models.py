"""Models in memory: each loaded once, no more of them than so many bytes, and none that has changed on disk."""

from __future__ import annotations

import pytest

from engine.experiments import checkpoints
from pages.shared import models
from pages.shared.memory import Memory


@pytest.fixture
def cache(monkeypatch):
    """An empty cache of a size."""

    def of(most: int) -> Memory:
        empty = Memory(most=most, growing=models._bytes)
        monkeypatch.setattr(models, "LOADED", empty)
        return empty

    return of


def test_a_model_takes_what_its_weights_take_and_those_of_its_fused_form_once_it_is_made(trained):
    checkpoint = checkpoints.load("joint_legnet")
    plain = sum(t.nbytes for t in checkpoint.model.state_dict().values())
    assert checkpoint.nbytes == plain
    fused = sum(t.nbytes for t in checkpoint.inference_model.state_dict().values())
    # the fused form keeps the scale of the activities in the buffers that its network has
    shared = checkpoint.model.target_mean.nbytes + checkpoint.model.target_sd.nbytes
    assert plain + fused - 2 * shared <= checkpoint.nbytes <= plain + fused
    recurrent = checkpoints.load("mine")  # has nothing to fold
    before = recurrent.nbytes
    assert recurrent.inference_model is recurrent.model and recurrent.nbytes == before


def test_models_beyond_the_bytes_go_and_the_one_in_use_stays(trained, cache):
    sizes = {name: checkpoints.load(name).nbytes for name in ("joint_legnet", "mine")}
    both = cache(sum(sizes.values()))
    kept = models.load("joint_legnet"), models.load("mine")
    assert (models.load("joint_legnet"), models.load("mine")) == kept and both.bytes == sum(sizes.values())
    kept[0].inference_model  # noqa: B018 - as its first prediction makes it
    assert models.load("mine") is kept[1] and both.bytes == sizes["mine"]
    small = cache(1)
    assert models.load("mine") is models.load("mine") and small.bytes == sizes["mine"]


def test_a_model_that_changed_on_disk_is_read_anew_and_the_old_one_goes(trained, cache):
    loaded, memory = cache(10**9), models.load("mine")
    checkpoints.save_metrics("mine", memory.metrics | {"note": "scored anew"})
    assert models.load("mine").metrics["note"] == "scored anew"
    assert loaded.bytes == memory.nbytes
