"""Designing in one call, as `import engine` offers it."""

import pytest

import engine
from engine import models
from engine.design import by_name, catalogue, splits
from engine.design.declared import TWIN, get
from engine.design.methods import Method
from engine.design.results import Designed
from engine.errors import CheckpointError, InputError
from engine.experiments import checkpoints
from tests.design.test_generators import small


@pytest.fixture
def asked(monkeypatch, small_library):
    """What a method was asked, of one that gives so many elements."""
    calls = []

    def design(asked, progress=None):
        calls.append(asked)
        for row in asked.rows[: asked.count]:
            yield Designed(asked.library.table.sequence(row), "spy", asked.seed)

    def method(*needs):
        return Method("masked", "Spy", "For tests.", design, frozenset(needs))

    monkeypatch.setattr(by_name.library, "joint", lambda: small_library)
    monkeypatch.setattr(catalogue, "get", lambda name: method(*name.split()))
    return calls


def test_a_goal_gives_sequences_made_from_half_a_alone(asked, small_library):
    goal = engine.Goal({"K562": 1.0})
    made = engine.designs(goal, 4, "", seed=3, options={"speed": 2.0})
    assert [d.sequence.name for d in made] == [f"element{row}" for row in splits.design_rows(small_library)[:4]]
    (given,) = asked
    assert (given.goal, given.count, given.seed, given.options) == (goal, 4, 3, {"speed": 2.0})
    assert given.rows == tuple(splits.design_rows(small_library)) and given.guide is given.generator is None


@pytest.mark.parametrize("count", [0, -1, "3", 1.5])
def test_a_count_that_is_none_is_refused(asked, count):
    with pytest.raises(InputError, match="is no number of designs"):
        engine.designs({"K562": 1.0}, count, "")


def test_what_a_method_does_not_use_is_refused_and_activities_alone_are_a_goal(asked):
    with pytest.raises(InputError, match="uses no guide"):
        engine.designs({"K562": 1.0}, 1, "", guide="joint_legnet")
    engine.designs({"K562": 1.0}, 1, "")
    assert asked[-1].goal == engine.Goal({"K562": 1.0})
    with pytest.raises(InputError, match="K562 is no number"):
        engine.Goal({"K562": float("nan")})


def test_a_guide_is_the_one_named_or_one_that_predicts_what_is_asked(asked, save_model):
    with pytest.raises(CheckpointError, match="python -m engine train"):
        engine.designs(engine.Goal({"K562": 1.0}), 1, "guide")
    save_model("of_k562", outputs=("K562",))
    save_model("of_all")
    for name, activity, taken in (("", {"HepG2": 1.0}, "of_all"), ("of_k562", {"K562": 1.0}, "of_k562")):
        engine.designs(engine.Goal(activity), 1, "guide", guide=name)
        assert asked[-1].guide.name == taken


def test_a_generator_is_the_usual_one_or_its_twin_where_that_alone_is_trained(asked, models_folder):
    usual = catalogue.GENERATORS["masked"]
    with pytest.raises(CheckpointError, match=r"design train masked_unet$"):
        engine.designs(engine.Goal(), 1, "generator")
    for name in (usual + TWIN, usual):
        declaration = small(get(name))
        model = models.build(declaration.model.name, declaration.outputs, declaration.model.options)
        checkpoints.save(name, model, declaration, models_folder / name)
        engine.designs(engine.Goal(), 1, "generator")
        assert asked[-1].generator.name == name
    engine.designs(engine.Goal(), 1, "generator", generator=usual + TWIN)
    assert asked[-1].generator.name == usual + TWIN
