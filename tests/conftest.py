"""What every test shares: where data and caches lie, toy models, the joint table and its split.

Data come from `CISLENS_DATA`; if that is not set, from `../shared/data` beside the repository or else from what
`python -m engine data fetch` left in the user's cache. Tests that need a file that is not there are skipped with
the reason. Computed tables always go to a temporary cache, so the first load of a table is truly a first load.
"""

from __future__ import annotations

import dataclasses
import functools
import os
import shutil
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from engine import models, store
from engine.data import lentimpra, sources, splits
from engine.data.library import Library
from engine.evaluation import cagi5, held_out, strata
from engine.experiments import checkpoints, declared
from engine.experiments.declared import EXPERIMENTS, Architecture, Target
from engine.models.disentangle import DENOISED
from engine.models.layers import SequenceModel
from engine.sequence import encode, reverse_complement

ROOT = Path(__file__).resolve().parent.parent

if "CISLENS_DATA" not in os.environ:
    for _folder in (ROOT.parent / "shared" / "data", store.cache_folder() / "downloads"):
        if _folder.is_dir():
            os.environ["CISLENS_DATA"] = str(_folder)
            break
_CACHE = tempfile.mkdtemp(prefix="cislens-tests-")
os.environ["CISLENS_CACHE"] = _CACHE


@functools.wraps(store._fsync)
def _soon(*_: object) -> None:
    """In place of waiting for the disk at each file that a test writes, which takes seconds where many tests run."""


store._fsync = _soon
# two workers on two cores: each has its own
torch.set_num_threads(1 if "PYTEST_XDIST_WORKER" in os.environ else min(2, torch.get_num_threads()))


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "needs_data(*names): skipped unless these files of engine.data.sources are there"
    )


def pytest_unconfigure(config):
    shutil.rmtree(_CACHE, ignore_errors=True)


def pytest_runtest_setup(item):
    for marker in item.iter_markers("needs_data"):
        _skip_without(*marker.args)


def _skip_without(*names: str) -> None:
    missing = [sources.SOURCES[n].file for n in names if not sources.available(n)]
    if missing:
        pytest.skip(f"not there (set CISLENS_DATA or run python -m engine data fetch): {', '.join(missing)}")


@pytest.fixture(scope="session")
def joint_table() -> lentimpra.ActivityTable:
    """The joint library, built from its source files."""
    _skip_without("lentimpra_sequences", "lentimpra_activity")
    return lentimpra.joint()


@pytest.fixture(scope="session")
def joint_split(joint_table) -> splits.Split:
    """The split of the joint library, computed from its sequences."""
    return splits.joint_split(joint_table)


@pytest.fixture(scope="session")
def planted() -> tuple[lentimpra.ActivityTable, splits.Split]:
    """600 random elements and their split; up to three motifs on either strand set their activity in each output."""
    rng = np.random.default_rng(0)
    motif = "GATTACAGATTACA"
    counts = rng.integers(0, 4, 600)
    codes = rng.integers(0, 4, (600, 200)).astype(np.uint8)
    for row, count in enumerate(counts):
        for place in rng.choice(12, count, replace=False):
            strand = motif if rng.random() < 0.5 else reverse_complement(motif)
            codes[row, 4 + 16 * place : 18 + 16 * place] = encode(strand)
    effect, level = np.array([1.0, 0.6, -0.8]), np.array([0.5, -0.5, 2.0])
    activity = (counts[:, None] * effect + level + rng.normal(0, 0.2, (600, 3))).astype(np.float32)
    names = np.array([f"planted{i}" for i in range(600)])
    table = lentimpra.ActivityTable(names, codes, activity, lentimpra.CELL_TYPES, np.full(600, "planted"), "planted")
    folds = (np.arange(600) % splits.FOLDS).astype(np.int8)
    return table, splits.Split(folds, np.arange(600, dtype=np.int32), "by row")


@pytest.fixture
def models_folder(tmp_path, monkeypatch) -> Path:
    """An empty folder that serves as trained_models/."""
    folder = tmp_path / "trained_models"
    monkeypatch.setenv("CISLENS_MODELS", str(folder))
    return folder


class MadeUp(NamedTuple):
    """What stands in place of the real data: the joint library, its split, the scores on CAGI5."""

    table: lentimpra.ActivityTable
    split: splits.Split
    cagi5: dict

    @property
    def library(self) -> Library:
        return Library(self.table, self.split)


@pytest.fixture
def made_up(monkeypatch, models_folder, tmp_path) -> MadeUp:
    """400 made-up elements and a CAGI5 evaluation that is not computed; joint_legnet is declared small."""
    rng = np.random.default_rng(0)
    names = np.array([f"peak{i}" for i in range(400)])
    codes = rng.integers(0, 4, (400, 200)).astype(np.uint8)
    activity = rng.normal(size=(400, 3)).astype(np.float32)
    activity[:40, 1] = np.nan
    table = lentimpra.ActivityTable(
        names, codes, activity, lentimpra.CELL_TYPES, np.array(["other"] * 400), "hash-of-the-data"
    )
    split = splits.Split((np.arange(400) % 10).astype(np.int8), np.arange(400, dtype=np.int32), "hash-of-the-split")
    metric = {"value": 0.7123, "low": 0.6987, "high": 0.7261, "n": 5698}
    scores = {"scoring": {}, "elements": {}, "matched_mean": {"K562": {"test": {"all": metric, "high": metric}}}}
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(lentimpra, "joint", lambda: table)
    monkeypatch.setattr(splits, "joint_split", lambda _: split)
    monkeypatch.setattr(sources, "path", lambda name: Path(name))
    monkeypatch.setattr(cagi5, "evaluate", lambda model, **_: scores)
    monkeypatch.setattr(strata, "effect_strata", lambda outputs, effects_of: {})
    monkeypatch.setattr(held_out, "measure", functools.partial(held_out.measure, resamples=20))
    small = dataclasses.replace(
        EXPERIMENTS["joint_legnet"],
        model=Architecture("legnet", {"width": 8, "growth": (1.0, 1.0), "members": 2}),
        optimizer=dataclasses.replace(EXPERIMENTS["joint_legnet"].optimizer, epochs=2, batch_size=64),
        seeds=(5, 6),
    )
    monkeypatch.setitem(declared.EXPERIMENTS, "joint_legnet", small)
    return MadeUp(table, split, scores)


# --- models -----------------------------------------------------------------------------------------

_TOY_OPTIONS = {name: {"width": 8} if name == "legnet" else {"width": 16, "pool": 2} for name in models.MODELS} | {
    "disentangle": {"encoder": "cnn", "options": {"filters": (8, 8, 8)}}
}
# of an architecture whose outputs are not free
_OUTPUTS = {"disentangle": (DENOISED, "K562", "HepG2")}


@pytest.fixture(scope="session")
def toy_options():
    """Options that make a small model of each registered architecture."""
    return _TOY_OPTIONS


@pytest.fixture
def toy_model(toy_options):
    """A factory of small models with fixed weights whose outputs differ by about 1 between random sequences."""

    def make(name: str = "legnet", outputs=None, seed: int = 0, **options):
        torch.manual_seed(seed)
        outputs = outputs or _OUTPUTS.get(name, ("K562", "HepG2", "WTC11"))
        model = models.build(name, tuple(outputs), toy_options[name] | options)
        x = nn.functional.one_hot(torch.randint(0, 4, (64, 200)), 4).transpose(1, 2).float()
        norms = [m for m in model.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
        with torch.no_grad():
            for p in model.parameters():
                p.mul_(3 if p.ndim > 1 else 1)  # small models at their first weights hardly tell sequences apart
            momenta = [m.momentum for m in norms]
            for m in norms:
                m.momentum = 1.0
            model.train()(x)
            for m, momentum in zip(norms, momenta, strict=True):
                m.momentum = momentum
            z = model.eval().standardised(x)
            model.target_sd.copy_(torch.linspace(0.7, 1.3, len(outputs)) / z.std(dim=0))
            model.target_mean.copy_(torch.linspace(-0.5, 0.5, len(outputs)) - z.mean(dim=0) * model.target_sd)
        return model

    return make


@pytest.fixture
def save_model(models_folder, toy_model, toy_options):
    """A factory that puts a small model into trained_models/."""

    def save(
        name: str,
        architecture: str = "legnet",
        seed: int = 0,
        metrics: dict | None = None,
        outputs=lentimpra.CELL_TYPES,
    ) -> None:
        described, task = Architecture(architecture, toy_options[architecture]), Target(outputs=outputs)
        experiment = dataclasses.replace(EXPERIMENTS["joint_legnet"], name=name, model=described, task=task)
        checkpoints.save(name, toy_model(architecture, outputs, seed=seed), experiment)
        if metrics:
            checkpoints.save_metrics(name, metrics)

    return save


class Linear(SequenceModel):
    """y = sum(W * X) + b with `W: (outputs, 4, window)`: every effect and every attribution is known by hand."""

    def __init__(self, weights: Tensor, bias: Tensor):
        super().__init__(tuple(f"output{i}" for i in range(len(weights))))
        self.weights, self.bias = nn.Parameter(weights), nn.Parameter(bias)
        self.window = weights.shape[2]

    def standardised(self, x: Tensor) -> Tensor:
        return torch.einsum("bcl,ocl->bo", x, self.weights) + self.bias


@pytest.fixture
def linear_model():
    """A factory of linear models with random weights."""

    def make(window: int = 12, outputs: int = 2, seed: int = 0) -> Linear:
        rng = np.random.default_rng(seed)
        weights = torch.tensor(rng.normal(size=(outputs, 4, window)), dtype=torch.float32)
        return Linear(weights, torch.tensor(rng.normal(size=outputs), dtype=torch.float32))

    return make


@pytest.fixture(scope="session")
def random_bases():
    """A factory of random sequences of A, C, G and T."""

    def make(length: int, seed: int = 0, alphabet: str = "ACGT") -> str:
        return "".join(np.random.default_rng(seed).choice(list(alphabet), length))

    return make
