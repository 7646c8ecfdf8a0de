"""How much faster our formulation of DREAM-RNN trains on a CPU: `python -m benchmarks.dream_rnn_speed`.

Convolutions as channels-last images, max-pool before ReLU and dropout, positions first in the LSTM and the mean before
the 1x1 convolution, against the same network written down plainly: same parameters, same outputs, one run, one thread.
"""

from __future__ import annotations

import time

import torch
from torch import Tensor, nn

from engine import device, models
from engine.experiments.declared import SCHEDULE, SIZE
from engine.losses import get
from engine.models.dream_rnn import DreamRNN
from engine.training.loop import make_optimizer

BATCH, STEPS, ROUNDS = SCHEDULE.batch_size, 12, 3


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


def seconds_per_step(plain: bool) -> float:
    """The fastest of some rounds of training steps on random sequences."""
    torch.manual_seed(0)
    model = models.build("dream_rnn", ("K562",), SIZE).train()
    network = Plain(model) if plain else model.standardised
    where = torch.device("cpu")
    optimizer, loss = make_optimizer(model, SCHEDULE, where), get("mse")
    x = nn.functional.one_hot(torch.randint(0, 4, (BATCH, 200)), 4).transpose(1, 2).float().contiguous()
    y = torch.randn(BATCH, 1)
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for _ in range(STEPS):
            with device.autocast(where, device.precision("auto", where)):
                said = network(x)
            optimizer.zero_grad()
            loss(said.float(), y).backward()
            optimizer.step()
        best = min(best, (time.perf_counter() - started) / STEPS)
    return best


def main() -> None:
    model = models.build("dream_rnn", ("K562",), SIZE).eval()
    x = nn.functional.one_hot(torch.randint(0, 4, (8, 200)), 4).transpose(1, 2).float()
    with torch.no_grad():
        apart = (Plain(model)(x) - model.standardised(x)).abs().max().item()
    print(f"largest difference between the two formulations' outputs: {apart:.1e}")
    torch.set_num_threads(1)
    ours, plain = seconds_per_step(plain=False), seconds_per_step(plain=True)
    print(f"plain {BATCH / plain:.0f}, ours {BATCH / ours:.0f} sequences/s, one thread: {plain / ours:.2f} times")


if __name__ == "__main__":
    main()
