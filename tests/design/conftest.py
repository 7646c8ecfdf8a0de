"""What the tests of methods share: a small library, and a guide whose predictions are what was measured."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from engine.data import lentimpra, splits
from engine.data.library import Library
from engine.design.methods import Asked
from engine.design.results import Goal
from engine.design.splits import design_rows
from engine.experiments.checkpoints import Checkpoint
from engine.models.layers import SequenceModel
from engine.models.predict import predict_codes
from engine.sequence import Sequence


class Filters(SequenceModel):
    """The mean over positions of eight random filters of six bases, through tanh, mixed into three outputs."""

    def __init__(self, seed: int = 0):
        super().__init__(lentimpra.CELL_TYPES)
        torch.manual_seed(seed)
        self.filters, self.head = nn.Conv1d(4, 8, 6), nn.Linear(8, 3)

    def embed(self, x: Tensor) -> Tensor:
        return torch.tanh(2 * self.filters(x)).mean(dim=2)

    def standardised(self, x: Tensor) -> Tensor:
        return 10 * self.head(self.embed(x))


@pytest.fixture(scope="session")
def guide() -> Checkpoint:
    return Checkpoint("toy", Filters().eval(), {}, {}, Path("toy"))


@pytest.fixture(scope="session")
def small_library(guide) -> Library:
    """300 random elements, measured to be what the guide predicts; one was not measured in HepG2, one holds an unknown
    base."""
    codes = np.random.default_rng(0).integers(0, 4, (300, 200)).astype(np.uint8)
    codes[13, 50] = 4
    activity = predict_codes(guide.model, codes)
    activity[12, 1] = np.nan
    names = np.array([f"element{i}" for i in range(300)])
    table = lentimpra.ActivityTable(names, codes, activity, lentimpra.CELL_TYPES, names, "small")
    folds = (np.arange(300) % splits.FOLDS).astype(np.int8)
    return Library(table, splits.Split(folds, np.arange(300, dtype=np.int32), "by row"))


@pytest.fixture
def ask(guide, small_library):
    """A factory of what is asked for: `count` designs of K562 at 1.5 s.d. and HepG2 at -0.5, or of another goal."""

    def make(count: int = 3, seed: int = 0, options=None, goal: Goal | None = None, **given) -> Asked:
        goal = goal or Goal({"K562": 1.5, "HepG2": -0.5})
        rows = tuple(design_rows(small_library).tolist())
        return Asked(goal, count, seed, small_library, rows, given.pop("guide", guide), options=options or {}, **given)

    return make


@pytest.fixture(scope="session")
def template() -> Sequence:
    return Sequence("template", "".join(np.random.default_rng(5).choice(list("ACGT"), 200)))
