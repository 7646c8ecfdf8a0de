"""How much faster LegNet's training step is as a channels-last image than as 1-d convolutions, in one run.

    python -m benchmarks.legnet_layout

Builds the same network twice, once as the engine has it and once with every convolution, norm and pool in its 1-d
form, checks that both compute the same, then times training steps of either in turn.
"""

import copy
from collections.abc import Callable

import torch
from torch import nn

from benchmarks.shared import Row, compared, furthest, table
from engine import device, models
from engine.models.predict import one_hot

BATCH, STEPS = 256, 2


class AsSequence(nn.Module):
    """The engine's LegNet with `(batch, channels, length)` tensors all the way through."""

    def __init__(self, model: nn.Module):
        super().__init__()
        member = copy.deepcopy(model.members[0])
        self.body, self.features = _one_dimensional(member.body), member.features
        self.head = copy.deepcopy(model.heads[0])

    def standardised(self, x):
        return self.head(self.features(self.body(x).mean(2)))


class _Gate(nn.Module):
    def __init__(self, gate: nn.Module):
        super().__init__()
        self.gate = gate

    def forward(self, x):
        return x * self.gate(x.mean(2))[:, :, None]


def _one_dimensional(module: nn.Module) -> nn.Module:
    """Replace every 2-d layer by its 1-d twin with the same weights."""
    for name, child in list(module.named_children()):
        if isinstance(child, nn.Conv2d):
            twin = nn.Conv1d(
                child.in_channels,
                child.out_channels,
                child.kernel_size[1],
                padding="same",
                groups=child.groups,
                bias=False,
            )
            twin.weight.data = child.weight.data[:, :, 0].contiguous()
        elif isinstance(child, nn.BatchNorm2d):
            twin = nn.BatchNorm1d(child.num_features)
            twin.load_state_dict(child.state_dict())
        elif isinstance(child, nn.MaxPool2d):
            twin = nn.MaxPool1d(child.kernel_size[1])
        elif type(child).__name__ == "SqueezeExcite":
            twin = _Gate(child.gate)
        else:
            _one_dimensional(child)
            continue
        setattr(module, name, twin)
    return module


def steps(model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> Callable[[], None]:
    """Training steps of a network, in the precision that this device trains in."""
    optimizer = torch.optim.AdamW(model.parameters(), fused=True)
    dtype = device.precision("auto", x.device)

    def run() -> None:
        for _ in range(STEPS):
            with device.autocast(x.device, dtype):
                loss = (model.standardised(x).float() - y).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        if x.device.type == "cuda":
            torch.cuda.synchronize()

    return run


def rows(quick: bool) -> list[Row]:
    """Training steps on random sequences."""
    where = device.resolve()
    torch.manual_seed(0)
    image = models.build("legnet", ("K562", "HepG2", "WTC11")).to(where).eval()
    sequence = AsSequence(image).to(where).eval()
    x, y = one_hot(torch.randint(0, 4, (BATCH, 200), device=where)), torch.randn(BATCH, 3, device=where)
    with torch.inference_mode():
        note = furthest(image.standardised(x[:8]).cpu(), sequence.standardised(x[:8]).cpu())
    runs = steps(image.train(), x, y), steps(sequence.train(), x, y)
    repeats = 2 if quick else 5
    return [
        compared("training step, LegNet", "the same network as 1-d convolutions", *runs, repeats=repeats,
                 count=STEPS * BATCH, unit="sequences/CPU s", note=note)
    ]  # fmt: skip


def main() -> None:
    torch.set_num_threads(1)
    print(table(rows(quick=False)))


if __name__ == "__main__":
    main()
