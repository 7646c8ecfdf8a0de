"""The methods made of diffusion: what is asked becomes a condition, kept bases and a number of edits, or one error."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from engine.data.lentimpra import CELL_TYPES, ActivityTable
from engine.data.library import Library
from engine.data.splits import FOLDS, Split
from engine.design.diffusion import generating
from engine.design.diffusion.generating import MASKED, METHODS, ONE_BY_ONE, UNIFORM
from engine.design.methods import Asked
from engine.design.results import Goal
from engine.errors import InputError
from engine.experiments.checkpoints import Checkpoint
from engine.models.generators.contract import GeneratorModel, log_softmax
from engine.sequence import Sequence

ROWS = 40


class Leaning(GeneratorModel):
    """Says C with the probability that the first asked-for activity gives; its window is 20."""

    window = 20

    def __init__(self):
        super().__init__(CELL_TYPES)
        self.anything = nn.Parameter(torch.zeros(1))

    def log_probabilities(self, tokens, conditions, noise=None):
        logits = torch.zeros(*tokens.shape, 4)
        logits[..., 1] = conditions[:, :1].nan_to_num(0.0)
        return log_softmax(logits, tokens, noise)


def library() -> Library:
    rng = np.random.default_rng(0)
    codes, activity = rng.integers(0, 4, (ROWS, 200)).astype(np.uint8), rng.normal(size=(ROWS, 3)).astype(np.float32)
    names = np.array([f"e{i}" for i in range(ROWS)])
    table = ActivityTable(names, codes, activity, CELL_TYPES, np.full(ROWS, "made up"), "made up")
    return Library(table, Split((np.arange(ROWS) % FOLDS).astype(np.int8), np.arange(ROWS, dtype=np.int32), "by row"))


LIBRARY = library()
TEMPLATE = Sequence("mine", "ACGTTGCA" * 5)


def asked(goal: Goal, method=MASKED, count: int = 5, seed: int = 3, **options: float) -> Asked:
    description = {"experiment": {"objective": generating.OBJECTIVE[method.name]}}
    checkpoint = Checkpoint("design.toy", Leaning().eval(), description, {}, Path("nowhere"))
    rows = tuple(range(ROWS))
    return Asked(goal, count, seed, LIBRARY, rows, generator=checkpoint, options=options)


def designs(goal: Goal, method=MASKED, progress=None, **more) -> list:
    return list(method.design(asked(goal, method, **more), progress))


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.name)
def test_kept_stretches_stay_edits_are_obeyed_and_the_states_lead_to_the_design(method):
    goal = Goal({"K562": 2.0}, TEMPLATE, kept=((0, 12), (16, 18), (26, 40)), edits=6)
    made = designs(goal, method)
    assert [d.sequence.name for d in made] == [f"{method.name}-3-{i}" for i in range(1, 6)]
    for design in made:
        bases = design.sequence.bases
        changed = [i for i in range(40) if bases[i] != TEMPLATE.bases[i]]
        assert len(changed) <= 6 and set(changed) <= set(goal.free)
        assert design.steps[-1] == bases and all(len(s) == 40 for s in design.steps)
        assert all(s[:12] == TEMPLATE.bases[:12] for s in design.steps)
        assert (design.steps[0].count(".") == 6) == (method is not UNIFORM)
    assert len({d.sequence.bases for d in made}) > 1


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.name)
def test_a_seed_gives_the_same_whatever_the_count_and_another_seed_others(method, monkeypatch):
    goal = Goal({"K562": 1.0}, length=15)
    made = [d.sequence.bases for d in designs(goal, method)]
    assert all(len(bases) == 15 and set(bases) <= set("ACGT") for bases in made)
    assert [d.sequence.bases for d in designs(goal, method, count=2)] == made[:2]
    monkeypatch.setattr(generating, "BATCH", 2)
    assert [d.sequence.bases for d in designs(goal, method)] == made
    assert [d.sequence.bases for d in designs(goal, method, seed=4)] != made


def share_of_c(made: list) -> float:
    return float(np.mean([d.sequence.bases.count("C") / len(d.sequence) for d in made]))


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.name)
def test_the_goal_is_the_networks_condition_and_guidance_overstates_it(method):
    """The network gives C the logit of the condition: a share of e^c / (e^c + 3)."""
    mean, sd = (float(x[0]) for x in generating.splits.scale(LIBRARY, ("K562",)))
    goal = Goal({"K562": (1.0 - mean) / sd}, length=20)  # the network's own scale is 0 and 1
    for weight in (0.0, 1.0, 2.0):
        share = share_of_c(designs(goal, method, count=64, guidance=weight))
        assert share == pytest.approx(np.exp(weight) / (np.exp(weight) + 3), abs=0.05), weight


def test_a_condition_is_in_the_generators_own_standard_deviations():
    checkpoint = asked(Goal()).generator
    checkpoint.model.target_mean.copy_(torch.tensor([0.5, 0.0, 0.0]))
    checkpoint.model.target_sd.copy_(torch.tensor([2.0, 1.0, 1.0]))
    mean, sd = generating.splits.scale(LIBRARY, CELL_TYPES)
    goal = Goal({"K562": 1.5})
    given = generating.condition(Asked(goal, 1, 0, LIBRARY, (), generator=checkpoint), checkpoint.model)
    assert given[0] == pytest.approx((1.5 * sd[0] + mean[0] - 0.5) / 2)
    assert np.isnan(given[1:]).all()


def test_a_goal_beyond_all_that_was_learned_from_is_taken_as_the_outermost():
    given = asked(Goal({"K562": 6.0, "HepG2": 0.5, "WTC11": -6.0}))
    mean, sd = generating.splits.scale(LIBRARY, CELL_TYPES)
    own = LIBRARY.table.activity[LIBRARY.split.train]
    taken = generating.condition(given, given.generator.model)  # the network's own scale is 0 and 1
    np.testing.assert_allclose(taken, [own[:, 0].max(), 0.5 * sd[1] + mean[1], own[:, 2].min()], rtol=1e-5)
    said = generating.beyond(given)
    assert "K562 +6" in said and "WTC11 -6" in said and "HepG2" not in said
    assert generating.beyond(asked(Goal({"HepG2": 0.5}))) is None

    half = given.generator.description["experiment"] | {"folds": [2, 3]}  # of another half other elements count
    twin = dataclasses.replace(given.generator, description={"experiment": half})
    taken = generating.condition(dataclasses.replace(given, generator=twin), twin.model)
    own = LIBRARY.table.activity[LIBRARY.split.rows(2, 3)]
    np.testing.assert_allclose(taken[[0, 2]], [own[:, 0].max(), own[:, 2].min()], rtol=1e-5)


def test_progress_rises_to_its_end():
    said: list[tuple[int, int]] = []
    designs(Goal(length=12), ONE_BY_ONE, lambda done, total: said.append((done, total)), count=20)
    assert [done for done, _ in said] == sorted({done for done, _ in said}) and said[-1] == (26, 26)


def test_few_states_are_kept_of_many():
    made = designs(Goal(length=10), count=1, steps=300.0)
    assert len(made[0].steps) == generating.MOST_STATES
    assert made[0].steps[0] == "." * 10 and made[0].steps[-1] == made[0].sequence.bases


@pytest.mark.parametrize(
    ("goal", "options", "words"),
    [
        (Goal(length=21), {}, "generators make 20 bases"),
        (Goal(template=TEMPLATE), {}, "span 40, and generators see 20 at once"),
        (Goal({"HeLa": 1.0}, length=10), {}, "unknown cell type 'HeLa'"),
        (Goal(length=10), {"steps": 0.5}, "steps"),
        (Goal(length=10), {"guidance": -1.0}, "guidance"),
        (Goal(length=10), {"heat": 1.0}, "heat"),
    ],
)
def test_what_cannot_be_done_is_said_at_the_call(goal, options, words):
    with pytest.raises(InputError, match=words):
        MASKED.design(asked(goal, **options), None)


def test_a_generator_is_needed_and_one_of_the_methods_kind():
    with pytest.raises(InputError, match="needs a trained generator"):
        MASKED.design(Asked(Goal(), 1, 0, LIBRARY, ()), None)
    of_uniform = asked(Goal(length=10), UNIFORM)
    with pytest.raises(InputError, match="learned by masked diffusion"):
        MASKED.design(Asked(Goal(length=10), 1, 0, LIBRARY, (), generator=of_uniform.generator), None)
