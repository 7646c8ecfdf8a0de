"""What the training loop costs beside the network: its samples a second, and those of a plain loop over a DataLoader.

    python -m benchmarks.training_throughput

Both train the same network from the same first weights on the same made-up elements, in batches of one size, each
window shifted and every second one turned round, by AdamW with clipped gradients. The plain loop is what one writes
first: a Dataset whose items are encoded one by one, a DataLoader that shuffles and stacks them, the network in single
precision. The engine's loop deals out batches of codes, and is measured in single precision, and in the precision that
this machine trains in where that is another.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from benchmarks.shared import Row, compared, table
from engine import device as devices
from engine.data.lentimpra import CELL_TYPES, ActivityTable
from engine.data.library import Library
from engine.data.splits import Split
from engine.experiments.declared import EXPERIMENTS, Experiment
from engine.models.layers import SequenceModel
from engine.sequence import ADAPTER_LEFT, ADAPTER_RIGHT, decode, encode, one_hot, reverse_complement
from engine.training import loop
from engine.training.activity import ActivityTask
from engine.training.loop import SCORE, RunSettings

NAME, SEED = "joint_legnet", 1
BATCH, QUICK_BATCH, STEPS = 256, 64, 3


class Unscored(ActivityTask):
    """The task as it is trained, without the scores after an epoch, which the plain loop has none of."""

    def validate(self, model: SequenceModel) -> dict[str, float]:
        return {SCORE: 0.0}


class Elements(Dataset):
    """Elements as text between the adapters of the library, and their standardised activity."""

    def __init__(self, oligos: list[str], targets: Tensor, max_shift: int):
        self.oligos, self.targets, self.max_shift = oligos, targets, max_shift

    def __len__(self) -> int:
        return len(self.oligos)

    def __getitem__(self, i: int) -> tuple[Tensor, Tensor]:
        shift = int(torch.randint(-self.max_shift, self.max_shift + 1, (1,)))
        start = len(ADAPTER_LEFT) + shift
        window = self.oligos[i][start : start + 200]
        if torch.rand(1) < 0.5:
            window = reverse_complement(window)
        return torch.from_numpy(one_hot(encode(window))), self.targets[i]


def library(batch: int) -> Library:
    """Made-up elements: `STEPS` batches to train on, and a few rows of the other folds."""
    rng = np.random.default_rng(0)
    n = STEPS * batch + 20
    folds = np.full(n, 2, np.int8)
    folds[:20] = np.arange(20) % 2  # to validate and to test on
    return Library(
        ActivityTable(
            np.array([f"element{i}" for i in range(n)]),
            rng.integers(0, 4, (n, 200)).astype(np.uint8),
            rng.normal(size=(n, len(CELL_TYPES))).astype(np.float32),
            CELL_TYPES,
            np.array(["other"] * n),
            "made up",
        ),
        Split(folds, np.arange(n, dtype=np.int32), "by row"),
    )


def ours(experiment: Experiment, elements: Library, precision: str) -> Callable[[], None]:
    """An epoch of the engine's loop."""
    where = devices.resolve()
    settings = RunSettings(precision=precision, show_progress=False)

    def run() -> None:
        task = Unscored(experiment, elements, where, devices.precision(precision, where))
        loop.train(task, experiment.optimizer, settings, seed=SEED, label=NAME)

    return run


def plain(experiment: Experiment, elements: Library) -> Callable[[], None]:
    """An epoch of a plain loop."""
    where, recipe = devices.resolve(), experiment.optimizer
    task = Unscored(experiment, elements, where, torch.float32)
    codes = elements.table.codes[elements.split.train]
    data = Elements([ADAPTER_LEFT + decode(c) + ADAPTER_RIGHT for c in codes], task.targets.cpu(), recipe.max_shift)

    def run() -> None:
        torch.manual_seed(SEED)
        model = task.build().to(where).train()
        optimizer = torch.optim.AdamW(model.parameters(), lr=recipe.peak_lr, weight_decay=recipe.weight_decay)
        for x, y in DataLoader(data, batch_size=recipe.batch_size, shuffle=True, drop_last=True):
            members = model.training_outputs(x.to(where)).members
            loss = torch.stack([nn.functional.mse_loss(m, y.to(where)) for m in members]).mean()
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), recipe.clip)
            optimizer.step()

    return run


def rows(quick: bool) -> list[Row]:
    """Samples a second, in single precision and as this machine trains."""
    batch = QUICK_BATCH if quick else BATCH
    declared = EXPERIMENTS[NAME]
    recipe = dataclasses.replace(declared.optimizer, batch_size=batch, epochs=1)
    experiment = dataclasses.replace(declared, optimizer=recipe)
    elements = library(batch)
    precisions = ["fp32"]
    own = devices.precision("auto", devices.resolve())
    if own is not torch.float32:
        precisions.append("auto")
    averaged = "; the engine's loop also averages the weights" if recipe.ema else ""
    return [
        compared(
            f"training, in {'single precision' if p == 'fp32' else str(own).removeprefix('torch.')}",
            "a plain loop over a DataLoader, in single precision",
            ours(experiment, elements, p),
            plain(experiment, elements),
            repeats=2 if quick else 5,
            count=STEPS * batch,
            unit="samples/CPU s",
            note=f"{NAME}, batches of {batch}{averaged}",
        )
        for p in precisions
    ]


def main() -> None:
    torch.set_num_threads(1)
    print(table(rows(quick=False)))


if __name__ == "__main__":
    main()
