"""The task: what each recipe loses, that the contrastive loss has something to learn, and that every run trains."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.disentangle import data, declared
from engine.disentangle.data import Pairs
from engine.disentangle.declared import EXPERIMENTS, GRID, RECIPES, Disentangle
from engine.disentangle.objectives import condition_views
from engine.disentangle.training import DisentangleTask
from engine.losses.info_nce import info_nce
from engine.models.predict import one_hot
from engine.training import loop

ROWS = 120
CPU = torch.device("cpu")
SMALL = {
    "bilstm": {"filters": 8, "hidden": 8, "pool": 8},
    "dilated_cnn": {"filters": 8, "layers": 2, "pool": 8},
    "cnn": {"filters": (8, 8, 8)},
    "transformer": {"width": 16, "layers": 1, "heads": 2, "pools": (5, 4)},
}


def pairs() -> Pairs:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (ROWS, 200)).astype(np.uint8)
    gc = np.isin(codes, (1, 2)).mean(1)
    activity = (gc[:, None] * 20 + rng.normal(size=(ROWS, 2)) * 0.1).astype(np.float32)
    return Pairs(codes, activity, ("K562", "HepG2"), np.arange(ROWS) % 10, "made up")


def toy(name: str, **more) -> Disentangle:
    experiment = EXPERIMENTS[name if "." in name else f"disentangle.{name}"]
    optimizer = replace(experiment.optimizer, epochs=2, batch_size=32)
    return replace(experiment, options=SMALL[experiment.encoder], optimizer=optimizer, **more)


def task(name: str, **more) -> DisentangleTask:
    return DisentangleTask(toy(name, **more), pairs(), CPU, torch.float32)


def first_batch(task: DisentangleTask):
    return next(task.batches(0, torch.Generator().manual_seed(1)))


def test_the_grid_is_four_encoders_by_six_recipes_and_forty_eight_runs():
    assert len(GRID) == 24
    assert sum(len(e.seeds) for e in GRID) == 48
    for encoder in declared.SIZES:
        sizes = {repr((e.options, e.optimizer)) for e in GRID if e.encoder == encoder}
        assert len(sizes) == 1


def test_consensus_by_hand():
    """Ranks 0, 1/2, 1 in the first experiment and 1, 0, 1/2 in the second."""
    agreed = data.consensus(np.array([[1.0, 9.0], [2.0, 0.0], [7.0, 4.0]]))
    assert agreed == pytest.approx([0.5, 0.25, 0.75])


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_loses_what_it_names(recipe):
    run = task(f"bilstm_{recipe}")
    losses = run.losses(run.build(), first_batch(run), 0.0)
    assert set(losses) == {k for k in ("mse", "ranking", "contrastive", "consensus") if getattr(RECIPES[recipe], k)}
    assert all(torch.isfinite(v) and v > 0 for v in losses.values())


def test_every_weight_learns_under_all_losses():
    """The projection too, which no prediction passes."""
    run = task("bilstm_full_disentangle")
    model = run.build().train()
    sum(run.losses(model, first_batch(run), 0.0).values()).backward()
    assert [n for n, p in model.named_parameters() if p.grad is None or not p.grad.abs().max() > 0] == []


def test_every_norm_sees_the_samples_of_its_condition_and_the_paired_ones():
    run = task("bilstm_full_disentangle")
    model, batch = run.build(), first_batch(run)
    encoded = model.encoder(one_hot(torch.cat([batch.windows, batch.second])))
    views = condition_views(model.train(), encoded, batch, len(batch.second))
    first, second = encoded[: len(batch)], encoded[len(batch) :]
    for i, norm in enumerate(run.build().train().norms):
        mine = batch.condition == i
        paired = torch.arange(len(batch)) < batch.paired
        foreign = ~mine & paired
        rows = torch.cat([first[mine], first[foreign], second[foreign[: batch.paired]]])
        expected = torch.nn.functional.batch_norm(rows, None, None, norm.weight, norm.bias, training=True)
        assert torch.allclose(views.own[mine], expected[: int(mine.sum())], atol=1e-5)
        assert torch.allclose(
            views.other[foreign[: batch.paired]], expected[int(mine.sum()) + int(foreign.sum()) :], atol=1e-5
        )
        assert torch.allclose(model.norms[i].running_mean, 0.1 * rows.mean(0), atol=1e-5)


def test_the_contrastive_loss_is_not_minimal_from_the_start():
    """An anchor and its positive are not one vector: they differ in window and norm. And an untrained network is not
    far below guessing among the positive and its negatives."""
    run = task("bilstm_contrastive_only")
    torch.manual_seed(3)
    model, batch = run.build().train(), first_batch(run)
    encoded = model.encoder(one_hot(torch.cat([batch.windows, batch.second])))
    views = condition_views(model, encoded, batch, len(batch.second))
    assert not torch.allclose(views.own[: batch.paired], views.other, atol=1e-2)
    loss = run.losses(model, batch, 0.0)["contrastive"].item()
    negatives = min(32, int((batch.condition == 0).sum()) - 1, int((batch.condition == 1).sum()) - 1)
    assert loss > 0.3 * math.log(1 + negatives)


def test_a_positive_that_is_the_anchor_would_cost_nothing():
    """What ours avoids: one window through one norm for both leaves the loss near its minimum before any training."""
    run = task("bilstm_contrastive_only")
    torch.manual_seed(3)
    model, batch = run.build().train(), first_batch(run)
    own = condition_views(model, model.encoder(one_hot(batch.windows)), batch, 0).own
    z = model.projection(own)
    others = torch.stack([z[torch.arange(len(z)) != i] for i in range(batch.paired)])
    same = info_nce(z[: batch.paired], z[: batch.paired], others).item()
    assert same < run.losses(model, batch, 0.0)["contrastive"].item()


@pytest.mark.filterwarnings("ignore:An input array is constant")
@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_run_of_the_grid_trains(name):
    run = task(name)
    trained = loop.train(
        run, run.experiment.optimizer, loop.RunSettings("cpu", "fp32", show_progress=False), seed=1, label=name
    )
    assert len(trained.history) == 2 and np.isfinite([e.loss for e in trained.history]).all()
    assert set(trained.history[0].scores) == {"score", "consensus", *run.experiment.conditions}


def test_a_resumed_run_equals_an_uninterrupted_one(tmp_path, monkeypatch):
    name = "cnn_full_disentangle"

    def train(state=None):
        run = task(name)
        settings = loop.RunSettings("cpu", "fp32", state_file=state, show_progress=False)
        return loop.train(run, run.experiment.optimizer, settings, seed=1, label=name)

    straight = train()
    validate, calls = DisentangleTask.validate, iter(range(9))
    with monkeypatch.context() as patch:
        patch.setattr(DisentangleTask, "validate", lambda *a: 1 / 0 if next(calls) == 1 else validate(*a))
        with pytest.raises(ZeroDivisionError):
            train(tmp_path / "state")
    resumed = train(tmp_path / "state")
    assert [e.scores for e in resumed.history] == [e.scores for e in straight.history]
    pairs = zip(resumed.model.state_dict().values(), straight.model.state_dict().values(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)
