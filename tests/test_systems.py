"""What every system of SYSTEMS promises: it trains, goes on where it was stopped, scores with n and an interval, and
its page opens with nothing trained."""

import itertools
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from engine.data import lentimpra
from engine.data.lentimpra import CELL_TYPES, ActivityTable
from engine.data.library import Library
from engine.data.splits import FOLDS, Split
from engine.experiments.checkpoints import Checkpoint
from engine.systems import SYSTEMS
from engine.training import loop
from tests.design.test_generators import small as small_generator
from tests.disentangle.test_training import SMALL as SMALL_ENCODERS

ROOT = Path(__file__).resolve().parent.parent
ROWS = 80
# of each system the page that shows its scores
PAGES = {"activity": "benchmark", "disentangle": "disentangle", "design": "design"}
COMMANDS = {
    "activity": "python -m engine train",
    "disentangle": "python -m engine disentangle train",
    "design": "python -m engine train",  # of a guide, which the method shown first needs
}


def activity_library() -> Library:
    rng = np.random.default_rng(0)
    names = np.array([f"peak{i}" for i in range(ROWS)])
    codes, activity = rng.integers(0, 4, (ROWS, 200)).astype(np.uint8), rng.normal(size=(ROWS, 3)).astype(np.float32)
    table = ActivityTable(names, codes, activity, CELL_TYPES, np.full(ROWS, "made up"), "made up")
    return Library(table, Split((np.arange(ROWS) % FOLDS).astype(np.int8), np.arange(ROWS, dtype=np.int32), "by row"))


LIBRARIES = {"activity": activity_library, "disentangle": activity_library, "design": activity_library}


def small_activity(experiment):
    options = experiment.model.options | {"width": 8 if experiment.model.name == "legnet" else 16}
    return replace(experiment, model=replace(experiment.model, options=options))


def small_disentangle(experiment):
    return replace(experiment, options=SMALL_ENCODERS[experiment.encoder])


SMALL = {"activity": small_activity, "disentangle": small_disentangle, "design": small_generator}
# of an experiment what makes it another kind than others
KINDS = {
    "activity": {
        "network": lambda e: e.model.name,
        "lesson": lambda e: (e.model.name, e.loss, e.curriculum),
    },
    "disentangle": {
        "network": lambda e: e.encoder,
        "lesson": lambda e: (e.notion, e.recipe.name),
    },
    "design": {
        "network": lambda e: e.model.name,
        "lesson": lambda e: (e.objective, e.model.name),
    },
}


def small(system: str, experiment):
    """Two epochs of two steps of a narrow network."""
    optimizer = replace(experiment.optimizer, epochs=2, batch_size=32, patience=2)
    return replace(SMALL[system](experiment), optimizer=optimizer)


def kinds(by: str) -> list[tuple[str, str]]:
    """`(system, experiment)`: the first experiment of each kind."""
    firsts = {}
    for system in SYSTEMS.values():
        for name, experiment in system.experiments.items():
            firsts.setdefault((system.name, KINDS[system.name][by](experiment)), (system.name, name))
    return list(firsts.values())


@pytest.fixture(autouse=True)
def measured_twice(monkeypatch):
    """The first of the made-up elements, measured again in the separate experiments."""

    def again(cell_type: str) -> ActivityTable:
        table = activity_library().table
        column = table.column(cell_type)[:, None] + np.float32(0.1)
        return replace(table, activity=column, outputs=(cell_type,), hash=f"made up again in {cell_type}")

    monkeypatch.setattr(lentimpra, "large_scale", again)


def train(system: str, name: str, state: Path | None = None) -> loop.Trained:
    experiment = small(system, SYSTEMS[system].experiments[name])
    task = SYSTEMS[system].task(experiment, LIBRARIES[system](), torch.device("cpu"), torch.float32)
    settings = loop.RunSettings("cpu", "fp32", state_file=state, show_progress=False)
    return loop.train(task, experiment.optimizer, settings, seed=1, label=name)


def scored(run: loop.Trained) -> list:
    return [(e.loss, e.losses, e.scores) for e in run.history]


@pytest.mark.filterwarnings("ignore:An input array is constant")
@pytest.mark.parametrize(("system", "name"), kinds("lesson"))
def test_every_kind_of_experiment_trains(system, name):
    run = train(system, name)
    assert len(run.history) == 2 and np.isfinite([e.loss for e in run.history]).all()
    assert all(loop.SCORE in e.scores for e in run.history)
    assert all(torch.isfinite(v).all() for v in run.model.state_dict().values())


@pytest.mark.filterwarnings("ignore:An input array is constant")
@pytest.mark.parametrize(("system", "name"), kinds("network"))
def test_a_resumed_run_equals_an_uninterrupted_one(system, name, tmp_path, monkeypatch):
    straight = train(system, name)
    task = SYSTEMS[system].task
    validate, calls = task.validate, itertools.count()
    with monkeypatch.context() as patch:
        patch.setattr(task, "validate", lambda *a: 1 / 0 if next(calls) == 1 else validate(*a))
        with pytest.raises(ZeroDivisionError):
            train(system, name, tmp_path / "state")
    resumed = train(system, name, tmp_path / "state")
    assert scored(resumed) == scored(straight)
    pairs = zip(resumed.model.state_dict().values(), straight.model.state_dict().values(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_score_has_its_n_and_an_interval(system, monkeypatch, tmp_path):
    name = next(iter(SYSTEMS[system].experiments))
    description = {"experiment": small(system, SYSTEMS[system].experiments[name]).as_dict()}
    checkpoint = Checkpoint(name, train(system, name).model, description, {}, tmp_path / "nowhere")
    scores = dict(SYSTEMS[system].evaluate(checkpoint, LIBRARIES[system]()))
    assert scores
    for score, metric in scores.items():
        assert metric.n > 0 and metric.low <= metric.value <= metric.high, score
    assert not list(tmp_path.iterdir())
    json.dumps({score: metric.as_dict() for score, metric in scores.items()})


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_page_opens_with_nothing_trained_and_names_the_command_that_mends(system, models_folder):
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    app.switch_page(f"pages/{PAGES[system]}.py").run()
    assert not app.exception
    words = [e.value for kind in (app.markdown, app.info, app.warning, app.caption) for e in kind]
    tables = [table.value.to_csv() for table in app.dataframe]
    assert any(COMMANDS[system] in text for text in (*words, *tables))


@pytest.mark.parametrize("system", SYSTEMS)
def test_analyses_and_tables_are_named_and_a_table_rests_on_analyses_that_there_are(system):
    declared = SYSTEMS[system]
    assert declared.name == system
    assert {what for table in declared.tables.values() for what in table.what} <= set(declared.analyses)
    assert callable(declared.findings)


def test_results_import_no_torch():
    code = "import engine.results, sys; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)
