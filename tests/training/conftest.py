"""What the tests of training share: planted elements, small declared runs, and whether two runs are the same run."""

import pytest
import torch

from engine.data.lentimpra import ActivityTable
from engine.data.library import Library
from engine.data.splits import Split
from engine.experiments import trained
from engine.experiments.declared import Architecture, Experiment, Optimizer, Target
from engine.training import single
from engine.training.loop import RunSettings

SMALL = {
    "legnet": Architecture("legnet", {"width": 8, "growth": (1.0, 1.0)}),
    "two members": Architecture("legnet", {"width": 8, "growth": (1.0,), "members": 2}),
    "dream_rnn": Architecture("dream_rnn", {"width": 8, "pool": 8}),
    "adversarial": Architecture("dream_rnn_da", {"width": 8, "pool": 8}),
}


@pytest.fixture(scope="session")
def table(planted) -> ActivityTable:
    return planted[0]


@pytest.fixture(scope="session")
def split(planted) -> Split:
    return planted[1]


@pytest.fixture(scope="session")
def experiment():
    """A factory of declared runs of two epochs, of one of `SMALL`; `settings` replace those of the optimiser."""

    def declare(model: str = "legnet", **settings) -> Experiment:
        options = {"epochs": 2, "batch_size": 48, "peak_lr": 0.01, "patience": 50} | settings
        return Experiment("toy", Target(), SMALL[model], "mse", Optimizer(**options))

    return declare


@pytest.fixture(scope="session")
def run():
    """Trains a declared run on the CPU in single precision, unless asked otherwise."""

    def train(
        declared: Experiment, table: ActivityTable, split: Split, *, seed: int | None = None, **options
    ) -> trained.TrainedModel:
        options = {"device": "cpu", "precision": "fp32", "show_progress": False} | options
        return single.train(declared, Library(table, split), RunSettings(**options), seed=seed)

    return train


@pytest.fixture(scope="session")
def same_weights():
    """Have two runs ended with the same weights, bit for bit?"""

    def same(a: trained.TrainedModel, b: trained.TrainedModel) -> bool:
        pairs = zip(a.model.state_dict().values(), b.model.state_dict().values(), strict=True)
        return all(torch.equal(x, y) for x, y in pairs)

    return same
