"""How much faster our formulation of DREAM-RNN trains on a CPU: `python -m benchmarks.dream_rnn_speed`.

Convolutions as channels-last images, max-pool before ReLU and dropout, positions first in the LSTM and the mean before
the 1x1 convolution, against the same network written down plainly: same parameters, same outputs, one run, one thread.
"""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn

from benchmarks.shared import Row, compared, furthest, table
from engine import device, models
from engine.experiments.declared import SCHEDULE, SIZE
from engine.losses import get
from engine.models.dream_rnn import DreamRNN
from engine.models.predict import one_hot
from engine.training.loop import make_optimizer

BATCH, STEPS = SCHEDULE.batch_size, 4


class Plain(nn.Module):
    """The layers of a `DreamRNN`, put together as they are usually written down."""

    def __init__(self, model: DreamRNN):
        super().__init__()
        self.model = model

    def forward(self, x: Tensor) -> Tensor:
        m = self.model
        h = m.first.dropout(torch.cat([branch(x).relu() for branch in m.first.branches], dim=1))
        h = nn.functional.max_pool1d(h, m.first.pool)
        h = m.lstm(h.permute(2, 0, 1).contiguous())[0].permute(1, 2, 0)
        h = m.second.dropout(torch.cat([branch(h).relu() for branch in m.second.branches], dim=1))
        return m.head(m.mix(m.late_dropout(h)).mean(2))


def steps(network: nn.Module, model: DreamRNN, x: Tensor, y: Tensor) -> Callable[[], None]:
    """Training steps of a network with the parameters of a model."""
    where = torch.device("cpu")
    optimizer, loss = make_optimizer(model, SCHEDULE, where), get("mse")

    def run() -> None:
        for _ in range(STEPS):
            with device.autocast(where, device.precision("auto", where)):
                activities = network(x)
            optimizer.zero_grad()
            loss(activities.float(), y).backward()
            optimizer.step()

    return run


def rows(quick: bool) -> list[Row]:
    """Training steps on random sequences, in the precision that this processor trains in."""
    torch.manual_seed(0)
    model = models.build("dream_rnn", ("K562",), SIZE).eval()
    x = one_hot(torch.randint(0, 4, (BATCH, 200)))
    with torch.no_grad():
        note = furthest(model.standardised(x[:8]), Plain(model)(x[:8]))
    runs = []
    for written in (lambda m: m.standardised, Plain):
        twin = copy.deepcopy(model).train()
        runs.append(steps(written(twin), twin, x, torch.randn(BATCH, 1)))
    repeats = 2 if quick else 5
    return [
        compared("training step, dream_rnn", "the same network written down plainly", *runs, repeats=repeats,
                 count=STEPS * BATCH, unit="sequences/CPU s", note=note)
    ]  # fmt: skip


def main() -> None:
    torch.set_num_threads(1)
    print(table(rows(quick=False)))


if __name__ == "__main__":
    main()
