"""Generators from declaration to metrics.json: what they learn from, what they score, how they are kept and named."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from engine import models
from engine.design import catalogue, evaluation, likelihood, runs
from engine.design.declared import EXPERIMENTS, TWIN, Generator, get
from engine.design.objectives import OBJECTIVES
from engine.design.splits import JUDGE_FOLDS
from engine.design.training import GeneratorTask
from engine.errors import CheckpointError, InputError
from engine.experiments import checkpoints, labels
from engine.models.generators import GENERATORS
from engine.models.generators.contract import MASK, GeneratorModel, log_softmax
from engine.training import loop
from engine.training.runs import Settings
from tests.design.diffusion.test_generating import library

CPU = torch.device("cpu")
SMALL = {
    "dilated_denoiser": {"width": 8, "dilations": (1, 4)},
    "transformer_denoiser": {"width": 8, "layers": 1, "heads": 2},
    "unet_denoiser": {"widths": (8, 12)},
}
# of the networks that are no denoisers too: these are never told a noise
TOY = SMALL | {"autoregressive": {"width": 8, "dilations": (1, 4), "stem": 3}}
OUTPUTS = ("K562", "HepG2", "WTC11")


def small(generator: Generator) -> Generator:
    options = generator.model.options | TOY[generator.model.name]
    optimizer = replace(generator.optimizer, epochs=2, batch_size=8)
    return replace(generator, model=replace(generator.model, options=options), optimizer=optimizer)


def task(name: str = "masked_conv", **more) -> GeneratorTask:
    return GeneratorTask(replace(small(get(name)), **more), library(), CPU, torch.float32)


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("with_noise", [False, True])
def test_a_network_gives_probabilities_at_any_length_and_each_sequence_its_own(name, with_noise):
    torch.manual_seed(0)
    model = models.build(name, OUTPUTS, SMALL[name] | {"with_noise": with_noise}).eval()
    for parameter in model.parameters():  # layers begin at 0 and would say nothing
        torch.nn.init.normal_(parameter, std=0.3)
    tokens = torch.randint(0, 4 if with_noise else 5, (3, 30), dtype=torch.uint8)
    conditions = torch.tensor([[0.0, 1.0, float("nan")]] * 3)
    noise = torch.full((3,), 0.5) if with_noise else None
    said = model.log_probabilities(tokens, conditions, noise)
    assert said.shape == (3, 30, 4) and said.dtype == torch.float32
    assert said.exp().sum(-1).detach().numpy() == pytest.approx(np.ones((3, 30)), abs=1e-5)
    alone = model.log_probabilities(tokens[1:2], conditions[:1], None if noise is None else noise[:1])
    assert alone.detach().numpy() == pytest.approx(said[1:2].detach().numpy(), abs=1e-5)
    nothing = model.log_probabilities(tokens, torch.full((3, 3), float("nan")), noise)
    at_mean = model.log_probabilities(tokens, torch.zeros(3, 3), noise)
    assert not torch.allclose(nothing, at_mean, atol=1e-4)  # anything is not 0 standard deviations
    said.sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())


def speaking(options: dict) -> GeneratorModel:
    """A narrow U-Net of as many resolutions as the declared ones, whose layers say something."""
    torch.manual_seed(1)
    model = models.build("unet_denoiser", OUTPUTS, {"widths": (4, 5, 6, 7)} | options).eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return model


@pytest.mark.parametrize("with_noise", [False, True])
@pytest.mark.parametrize("length", [*range(1, 10), 199, 200, 2000])
def test_the_unet_takes_any_length_and_what_stands_beside_a_sequence_changes_nothing(length, with_noise):
    model = speaking({"with_noise": with_noise})
    tokens = torch.randint(0, 4 if with_noise else 5, (3, length), dtype=torch.uint8)
    conditions = torch.tensor([[0.0, 1.0, float("nan")], [2.0, 0.0, 0.0], [float("nan")] * 3])
    noise = torch.tensor([0.5, 3.0, 1e-4]) if with_noise else None
    with torch.no_grad():
        said = model.log_probabilities(tokens, conditions, noise)
        rows = [slice(i, i + 1) for i in range(3)]
        alone = [model.log_probabilities(tokens[i], conditions[i], None if noise is None else noise[i]) for i in rows]
    assert said.shape == (3, length, 4) and said.exp().sum(-1).numpy() == pytest.approx(np.ones((3, length)), abs=1e-5)
    assert torch.cat(alone).numpy() == pytest.approx(said.numpy(), abs=1e-4)


def test_behind_the_end_the_unet_sees_unknown_bases_where_it_learned_of_them():
    model, conditions = speaking({}), torch.zeros(2, 3)
    tokens = torch.randint(0, 5, (2, 13), dtype=torch.uint8)
    longer = torch.nn.functional.pad(tokens, (0, 3), value=MASK)
    with torch.no_grad():
        said = model.log_probabilities(tokens, conditions)
        assert torch.equal(said, model.log_probabilities(longer, conditions)[:, :13])


def test_of_uniform_diffusion_weights_of_unknown_bases_which_nothing_ever_trained_say_nothing():
    model, conditions, noise = speaking({"with_noise": True}), torch.zeros(2, 3), torch.ones(2)
    tokens = torch.randint(0, 4, (2, 13), dtype=torch.uint8)
    with torch.no_grad():
        said = model.log_probabilities(tokens, conditions, noise)
        model.stem.weight[:, MASK] = 5.0
        assert torch.equal(said, model.log_probabilities(tokens, conditions, noise))


@pytest.mark.parametrize("name", SMALL)
def test_a_network_that_is_to_be_told_the_noise_wants_it(name):
    model = models.build(name, OUTPUTS, SMALL[name] | {"with_noise": True})
    with pytest.raises(ValueError, match="told the noise"):
        model.log_probabilities(torch.zeros(1, 20, dtype=torch.uint8), torch.zeros(1, 3))


@pytest.mark.parametrize("generator", EXPERIMENTS.values(), ids=list(EXPERIMENTS))
def test_an_untrained_network_costs_two_bits_a_base(generator):
    declared = small(generator).model
    model = models.build(declared.name, OUTPUTS, declared.options)
    codes = torch.randint(0, 4, (64, 50), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    nats = OBJECTIVES[generator.objective].nats
    with torch.no_grad():
        said = nats(model.log_probabilities, codes, torch.zeros(64, 3), 8, torch.Generator().manual_seed(0))
    exactly = 0.1 if generator.objective == "uniform" else 1e-5  # noise is drawn as well as time
    assert said.mean().item() / 50 / math.log(2) == pytest.approx(2.0, abs=exactly)


def test_a_noised_base_speaks_for_itself():
    """At noise log 2 a base is itself with 5/8, and was any other with 1/8, if nothing else is known."""
    said = log_softmax(torch.zeros(1, 1, 4), torch.tensor([[2]]), torch.tensor([math.log(2)]))
    assert said.exp()[0, 0].tolist() == pytest.approx([1 / 8, 1 / 8, 5 / 8, 1 / 8])


@pytest.mark.parametrize("name", GENERATORS)
def test_whoever_asks_a_generator_for_an_activity_is_told(name):
    model = models.build(name, OUTPUTS, TOY[name])
    with pytest.raises(InputError, match="makes sequences and predicts no activity"):
        model(torch.zeros(1, 4, 200))


def test_every_generator_has_a_twin_that_saw_nothing_of_the_judge():
    for name, generator in EXPERIMENTS.items():
        assert name == generator.name and generator.objective in OBJECTIVES
        if name.endswith(TWIN):
            assert not set(generator.folds) & {0, 1, *JUDGE_FOLDS}
            whole = EXPERIMENTS[name.removesuffix(TWIN)]
            assert replace(generator, name=whole.name, folds=whole.folds) == whole
        else:
            assert name + TWIN in EXPERIMENTS and set(generator.folds) == set(range(2, 10))
    assert get("masked_conv_A") is get("design.masked_conv_A")
    with pytest.raises(InputError, match="no generator is called 'x'"):
        get("x")


def test_a_twin_learns_from_its_folds_alone_and_by_their_scale():
    given, twin = library(), task("masked_conv_A")
    rows = np.flatnonzero(np.isin(given.split.folds, (2, 3, 4, 5)))
    assert (twin.codes.numpy() == given.table.codes[rows]).all()
    assert twin.mean == pytest.approx(given.table.activity[rows].mean(0), rel=1e-5)
    assert twin.conditions.numpy().std(0) == pytest.approx(np.ones(3), rel=1e-5)
    assert twin.build().target_sd.numpy() == pytest.approx(twin.sd, rel=1e-6)
    assert twin.identity != task("masked_conv").identity
    with pytest.raises(InputError, match="validation or test fold"):
        task(folds=(1, 2))


def test_elements_with_an_unknown_base_are_left_out():
    given = library()
    codes = given.table.codes.copy()
    codes[2, 7] = MASK
    there = likelihood.elements(given._replace(table=replace(given.table, codes=codes)), (2, 3), OUTPUTS)
    assert len(there.codes) == 7 and (there.codes < MASK).all()


def test_activities_are_dropped_as_often_as_declared():
    toy = task()
    dropped = toy._dropped(torch.zeros(20_000, 3), torch.Generator().manual_seed(0)).isnan()
    together = 0.1 + 0.9 * 0.2**3
    assert dropped.all(dim=1).float().mean().item() == pytest.approx(together, abs=0.01)
    assert dropped.float().mean(0).tolist() == pytest.approx([0.1 + 0.9 * 0.2] * 3, abs=0.012)


def test_an_epoch_holds_each_element_once_half_of_them_turned():
    toy = task()
    batches = list(toy.batches(0, torch.Generator().manual_seed(0)))
    assert [len(b) for b in batches] == [8] * toy.steps and toy.steps == len(toy.codes) // 8
    seen = np.concatenate([b.codes.numpy() for b in batches])
    forward = {codes.tobytes() for codes in toy.codes.numpy()}
    backward = {(3 - codes[::-1]).tobytes() for codes in toy.codes.numpy()}
    straight = sum(codes.tobytes() in forward for codes in seen)
    assert 0 < straight < len(seen)
    assert all(codes.tobytes() in forward | backward for codes in seen)


class Flat(GeneratorModel):
    def __init__(self):
        super().__init__(OUTPUTS)
        self.logits = torch.nn.Parameter(torch.tensor([0.1, 0.2, 0.3, 0.4]).log())

    def log_probabilities(self, tokens, conditions, noise=None):
        return self.logits.expand(*tokens.shape, 4)


def test_bits_of_a_network_that_knows_composition_alone_are_those_of_the_composition():
    given = likelihood.elements(library(), (0,), OUTPUTS)
    said = likelihood.bits(Flat(), "masked", given, draws=400)
    by_hand = -np.log2(np.array([0.1, 0.2, 0.3, 0.4]))[given.codes].mean(1)
    assert said == pytest.approx(by_hand, abs=0.03)
    assert (
        likelihood.bits(Flat(), "masked", given, draws=2) == likelihood.bits(Flat(), "masked", given, draws=2)
    ).all()


def test_scores_stand_beside_a_chain_and_uniform_bases(tmp_path):
    description = {"experiment": {"objective": "masked", "folds": [2, 3]}}
    checkpoint = checkpoints.Checkpoint("design.flat", Flat().eval(), description, {}, tmp_path)
    scores = dict(evaluation.evaluate(checkpoint, library()))
    assert scores["bits/uniform"].value == scores["bits/uniform"].low == 2.0 and scores["bits/uniform"].n == 4
    saved = scores["bits/Markov-5"].value - scores["bits/given activities"].value
    assert scores["saved/against Markov-5"].value == pytest.approx(saved)
    assert scores["saved/by activities"].value == pytest.approx(0, abs=1e-9)
    with pytest.raises(CheckpointError, match="generates no sequences"):
        evaluation.generator_of(replace(checkpoint, model=models.build("legnet", OUTPUTS, {"width": 8})))


def test_a_generator_is_trained_kept_and_named(models_folder):
    toy = small(get("masked_conv_A"))
    folder = models_folder / toy.name
    settings = Settings(device="cpu", precision="fp32", show_progress=False)
    metrics = runs.make(toy.name, toy, 7, settings, library(), folder)
    assert json.loads(json.dumps(metrics)) and metrics["training"]["seed"] == 7
    assert len(metrics["training"]["history"]) == 2 and metrics["training"]["folds"] == [2, 3, 4, 5]
    kept = checkpoints.load(toy.name)
    assert isinstance(kept.model, GeneratorModel) and kept.metrics["design"]["bits/uniform"]["n"] == 4
    assert kept.inference_model is kept.model and kept.description["experiment"]["objective"] == "masked"
    assert checkpoints.trained("design") == [toy.name]
    assert toy.name not in checkpoints.of_every_system()  # never offered where an activity is asked for
    assert set(labels.GENERATORS) == set(GENERATORS) and set(labels.OBJECTIVES) == set(OBJECTIVES)
    described = labels.describe(toy.name)
    assert described.short == "masked diffusion · dilated convolutions · half of the training folds"


def test_a_run_learns():
    """Elements of two kinds, told apart by their activity: all A, or all C. Given it, they cost hardly any bits."""
    given = library()
    codes = np.where(given.table.activity[:, :1] > 0, np.uint8(1), np.uint8(0)).repeat(200, axis=1)
    activity = np.sign(given.table.activity[:, :1]).repeat(3, axis=1)
    made = given._replace(table=replace(given.table, codes=codes, activity=activity.astype(np.float32)))
    experiment = small(get("masked_conv"))
    experiment = replace(experiment, optimizer=replace(experiment.optimizer, epochs=25, peak_lr=0.03, ema=0.0))
    learner = GeneratorTask(experiment, made, CPU, torch.float32)
    settings = loop.RunSettings("cpu", "fp32", show_progress=False)
    run = loop.train(learner, experiment.optimizer, settings, seed=1, label="toy")
    assert run.history[-1].scores["given activities"] > -0.7 > -1.0 > run.history[0].scores["given activities"]


def test_a_method_is_offered_the_generators_that_learned_what_it_draws_by_its_usual_one_first(monkeypatch):
    learned = {
        "design.mine": "masked",
        "design.masked_unet_A": "masked",
        "design.uniform_unet": "uniform",
        "design.masked_unet": "masked",
        "design.autoregressive_A": "autoregressive",
    }
    monkeypatch.setattr(catalogue, "read_description", lambda name: {"experiment": {"objective": learned[name]}})
    assert catalogue.fitting("masked", learned) == ["design.masked_unet", "design.masked_unet_A", "design.mine"]
    assert catalogue.fitting("masked_one_by_one", ["design.masked_unet_A"]) == ["design.masked_unet_A"]
    assert catalogue.fitting("uniform", learned) == ["design.uniform_unet"]
    assert catalogue.fitting("autoregressive", learned) == ["design.autoregressive_A"]
    needing = {name for name, method in catalogue.METHODS.items() if "generator" in method.needs}
    assert needing == set(catalogue.OBJECTIVES) == set(catalogue.GENERATORS)
