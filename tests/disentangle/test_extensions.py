"""Recipes beyond the grid: each differs from one of the grid in what it names, and leaves the grid as it was."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from engine import models
from engine.disentangle import data
from engine.disentangle.declared import EXTENDED, EXTENSIONS, GRID, RECIPES, Extension
from engine.disentangle.objectives import encoded_views, single_base_mutants
from engine.disentangle.training import DisentangleTask
from engine.errors import InputError
from engine.experiments import checkpoints
from engine.losses.gaussian_nll import gaussian_nll
from engine.models.disentangle import DENOISED, DisentangleModel
from engine.models.predict import predict_codes
from engine.training import loop
from tests.disentangle.test_encoders import dna
from tests.disentangle.test_training import SMALL, first_batch, pairs, task

LOSSES = {
    "hierarchical_contrastive": {"mse", "contrastive"},
    "two_stage": {"ranking", "contrastive", "consensus"},
    "variant_contrastive": {"mse", "contrastive"},
    "quantile_mse": {"mse"},
    "heteroscedastic": {"likelihood"},
}


def fresh(run: DisentangleTask) -> DisentangleModel:
    torch.manual_seed(0)
    return run.build().train()


def in_stages() -> DisentangleTask:
    """The run in two stages, the second of which is the last third."""
    run = task("bilstm_two_stage")
    recipe = run.experiment.recipe
    then = replace(recipe.extension.then, begins=2 / 3)
    run.experiment = replace(run.experiment, recipe=replace(recipe, extension=replace(recipe.extension, then=then)))
    return run


def losses(name: str, progress: float = 0.0, **changed) -> dict[str, float]:
    """Of a toy network at its first weights on the first batch."""
    run = task(f"bilstm_{name}")
    batch = replace(first_batch(run), **changed)
    model = fresh(run)
    torch.manual_seed(1)  # of the dropout
    return {k: v.item() for k, v in run.losses(model, batch, progress).items()}


def test_they_stand_beside_the_grid_and_not_in_it():
    assert [e.name for e in EXTENSIONS] == [f"disentangle.bilstm_{name}" for name in LOSSES]
    assert not set(EXTENDED) & set(RECIPES) and all(e.recipe.extension == Extension() for e in GRID)
    assert all(e.encoder == "bilstm" and e.options == GRID[0].options and e.seeds == (42,) for e in EXTENSIONS)


def test_a_run_of_the_grid_is_written_as_before_there_were_extensions():
    """Or none that was stopped would go on: its identity is made of what is written."""
    for experiment in GRID:
        assert set(experiment.as_dict()["recipe"]) == {"name", "mse", "ranking", "contrastive", "consensus"}
        assert set(experiment.model.options) == {"encoder", "options"}
    assert all("extension" in e.as_dict()["recipe"] for e in EXTENSIONS)


@pytest.mark.parametrize("name", LOSSES)
def test_a_recipe_loses_what_it_names(name):
    found = losses(name)
    assert set(found) == LOSSES[name]
    assert all(math.isfinite(v) and v > 0 for v in found.values())


@pytest.mark.parametrize(
    ("extended", "plain"),
    [("two_stage", "full_disentangle"), ("hierarchical_contrastive", "contrastive_only")],
)
def test_what_an_extension_does_not_name_is_lost_as_in_the_grid(extended, plain):
    """The same draws too: a batch without weights costs the same under both."""
    assert losses(extended, agreement=None) == losses(plain)


def test_mutants_are_one_base_from_their_sequence_and_any_base():
    windows = torch.randint(0, 4, (4000, 20), generator=torch.Generator().manual_seed(0)).to(torch.uint8)
    changed = single_base_mutants(windows, torch.Generator().manual_seed(1))
    places = changed != windows
    assert (places.sum(1) == 1).all() and changed.max() < 4
    assert places.sum(0).min() > 120  # of 200 expected at each of 20 places
    steps = (changed[places].int() - windows[places].int()) % 4
    assert torch.bincount(steps).tolist() == pytest.approx([0, 4000 / 3, 4000 / 3, 4000 / 3], abs=150)


def test_mutants_go_through_the_norm_of_their_sequence():
    run = task("bilstm_variant_contrastive")
    model, batch = fresh(run).eval(), first_batch(run)
    for i, norm in enumerate(model.norms):  # apart, as after training
        torch.nn.init.constant_(norm.bias, i)
    state = batch.generator.get_state()
    views = encoded_views(model, batch, batch.second, 3)
    batch.generator.set_state(state)
    windows = single_base_mutants(batch.windows[: batch.paired].repeat_interleave(3, dim=0), batch.generator)
    from_each = model.normed(model.encoder(torch.eye(4)[windows.long()].transpose(1, 2)))
    own = from_each[batch.condition[: batch.paired].repeat_interleave(3), torch.arange(len(windows))]
    assert torch.allclose(views.mutants, own, atol=1e-5)
    assert not torch.allclose(views.mutants[::3], views.own[: batch.paired], atol=1e-6)


def test_mutants_are_the_hardest_negatives():
    """At first a mutant is nearer to its sequence than the positive is, and the loss pays for each."""
    run = task("bilstm_variant_contrastive")
    model, batch = fresh(run).eval(), first_batch(run)
    views = encoded_views(model, batch, batch.second, 1)
    anchors, positives, mutants = (model.projection(v) for v in (views.own, views.other, views.mutants))
    near = [torch.cosine_similarity(anchors[: batch.paired], other) for other in (mutants, positives)]
    assert (near[0] > near[1]).all()
    assert losses("variant_contrastive")["contrastive"] > losses("contrastive_only")["contrastive"] + 0.3


def test_positives_weigh_by_how_far_the_experiments_agree():
    run = task("bilstm_hierarchical_contrastive")
    ranks = data.ranks(pairs().activity[pairs().folds > 1])
    apart = np.abs(ranks[:, 0] - ranks[:, 1])
    assert run.agreement.tolist() == pytest.approx((1 / (1 + np.exp(-2 * (0.5 - apart)))).tolist(), rel=1e-5)
    batch = first_batch(run)
    one = torch.zeros(len(batch))
    one[3] = 1.0
    alone = losses("hierarchical_contrastive", agreement=one)["contrastive"]
    other = losses("hierarchical_contrastive", agreement=one.roll(1))["contrastive"]
    both = losses("hierarchical_contrastive", agreement=3 * one + one.roll(1))["contrastive"]
    assert alone != other and both == pytest.approx((3 * alone + other) / 4, rel=1e-5)


def test_targets_of_quantile_mse_know_the_order_alone():
    """Activities of another scale with another tail: the same targets, where those of baseline_mse differ."""
    warped = replace(pairs(), activity=np.exp(pairs().activity / 5))
    for name, same in (("quantile_mse", True), ("baseline_mse", False)):
        run = task(f"bilstm_{name}")
        other = DisentangleTask(run.experiment, warped, run.device, run.dtype)
        assert torch.equal(run.targets, other.targets) == same
        assert run.targets.mean().item() == pytest.approx(0, abs=1e-5)


def test_the_variance_has_a_head_where_it_is_asked_for_and_begins_at_one():
    run = task("bilstm_heteroscedastic")
    model, batch = fresh(run), first_batch(run)
    plain = fresh(task("bilstm_baseline_mse"))
    extra = set(model.state_dict()) - set(plain.state_dict())
    assert extra == {"log_variance.weight", "log_variance.bias"}
    assert all(torch.equal(v, model.state_dict()[k]) for k, v in plain.state_dict().items())
    assert losses("heteroscedastic")["likelihood"] == pytest.approx(losses("baseline_mse")["mse"] / 2, rel=1e-5)
    model.log_variance.bias.data.fill_(0.7)
    torch.manual_seed(1)
    views = encoded_views(model, batch, None, 0)
    scores, target = model.head(views.own)[:, 0], batch.targets.gather(1, batch.condition[:, None])[:, 0]
    expected = gaussian_nll(scores, torch.full_like(scores, 0.7), target, 0.5)
    torch.manual_seed(1)
    assert run.losses(model, batch, 0.0)["likelihood"].item() == pytest.approx(expected.item(), rel=1e-5)


def test_a_checkpoint_of_before_the_variance_is_still_a_model():
    """Its configuration does not name the second head, and its weights hold none."""
    config = {"encoder": "bilstm", "options": SMALL["bilstm"]}
    outputs = (DENOISED, "K562", "HepG2")
    assert not any("variance" in k for k in models.build("disentangle", outputs, config).state_dict())
    assert "log_variance.bias" in models.build("disentangle", outputs, config | {"variance": True}).state_dict()
    assert models.full_config("disentangle", config)["variance"] is False
    with pytest.raises(InputError, match="predicts no variance"):
        models.build("disentangle", outputs, config).log_variances(torch.zeros(1, 256))


def test_the_head_of_the_variance_is_kept_and_its_description_says_so(tmp_path):
    run = task("bilstm_heteroscedastic")
    model = fresh(run).eval()
    torch.nn.init.normal_(model.log_variance.weight)
    kept = checkpoints.load("made", checkpoints.save("made", model, run.experiment, tmp_path / "made"))
    assert kept.description["config"]["variance"] is True
    features = model.normed(model.encoder(dna(3, 200)))[0].detach()
    assert torch.allclose(kept.model.log_variances(features), model.log_variances(features), atol=0.05)
    assert np.allclose(*(predict_codes(m, pairs().codes[:4]) for m in (kept.model, kept.inference_model)), atol=1e-4)


def test_the_second_stage_is_squared_error_with_a_floor_under_a_bases_effect():
    run = task("bilstm_two_stage")
    begins = run.experiment.recipe.extension.then.begins
    assert set(losses("two_stage", begins - 1e-6)) == LOSSES["two_stage"]
    found = losses("two_stage", begins)
    assert set(found) == {"mse", "sensitivity"}
    model, batch = fresh(run), first_batch(run)
    torch.nn.init.zeros_(model.head.weight)  # nothing moves: the whole floor is missing, of which a tenth counts
    assert run.losses(model, batch, 1.0)["sensitivity"].item() == pytest.approx(0.1 * 0.01)


def test_the_first_stage_is_as_long_as_a_run_of_the_grid():
    declared = next(e for e in EXTENSIONS if e.recipe.extension.then)
    assert declared.optimizer.epochs * declared.recipe.extension.then.begins == GRID[0].optimizer.epochs
    assert replace(declared.optimizer, epochs=GRID[0].optimizer.epochs) == GRID[0].optimizer


def test_each_stage_has_a_cycle_and_the_second_a_tenth_of_the_rate():
    run = in_stages()
    rates = [run.schedule(p, 0.2) for p in np.linspace(0, 1, 3001)]
    first, second = rates[:2000], rates[2000:]
    assert first[400] == pytest.approx(1) and first[-1] < 1e-3
    assert second[0] == pytest.approx(0.1 / 25) and second[200] == pytest.approx(0.1) and second[-1] < 1e-4
    plain = task("bilstm_full_disentangle")
    assert [plain.schedule(p, 0.2) for p in (0, 0.2, 1)] == [loop.one_cycle(p, 0.2) for p in (0, 0.2, 1)]


def train(name: str, epochs: int, state=None) -> loop.Trained:
    run = in_stages() if name == "two_stage" else task(f"bilstm_{name}")
    settings = loop.RunSettings("cpu", "fp32", state_file=state, show_progress=False)
    optimizer = replace(run.experiment.optimizer, epochs=epochs)
    return loop.train(run, optimizer, settings, seed=1, label=name)


@pytest.mark.filterwarnings("ignore:An input array is constant")
def test_the_first_stage_is_the_whole_of_full_disentangle():
    both, full = train("two_stage", 3), train("full_disentangle", 2)
    assert [set(e.losses) for e in both.history] == [LOSSES["two_stage"]] * 2 + [{"mse", "sensitivity"}]
    for mine, theirs in zip(both.history[:2], full.history, strict=True):
        assert mine.loss == pytest.approx(theirs.loss, rel=1e-4)


@pytest.mark.filterwarnings("ignore:An input array is constant")
@pytest.mark.parametrize("stopped", [1, 2])
def test_a_run_that_is_stopped_in_either_stage_goes_on_as_if_it_was_not(stopped, tmp_path, monkeypatch):
    straight = train("two_stage", 3)
    validate, calls = DisentangleTask.validate, iter(range(9))
    with monkeypatch.context() as patch:
        patch.setattr(DisentangleTask, "validate", lambda *a: 1 / 0 if next(calls) == stopped else validate(*a))
        with pytest.raises(ZeroDivisionError):
            train("two_stage", 3, tmp_path / "state")
    resumed = train("two_stage", 3, tmp_path / "state")
    assert [(e.losses, e.scores) for e in resumed.history] == [(e.losses, e.scores) for e in straight.history]
    pairs = zip(resumed.model.state_dict().values(), straight.model.state_dict().values(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)
