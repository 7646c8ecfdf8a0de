"""How much faster LegNet's training step is as a channels-last image than as 1-d convolutions, in one run.

    python -m benchmarks.legnet_layout

Builds the same network twice, once as the engine has it and once with every convolution, norm and pool in its 1-d
form, checks that both compute the same, then times training steps of either in turn.
"""

import copy
import time

import torch
from torch import nn

from engine import device, models

BATCH, STEPS, ROUNDS = 256, 5, 3


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


def seconds(model: nn.Module, x: torch.Tensor, y: torch.Tensor, where: torch.device, dtype: torch.dtype) -> float:
    optimizer = torch.optim.AdamW(model.parameters(), fused=True)
    started = time.monotonic()
    for _ in range(STEPS):
        with device.autocast(where, dtype):
            loss = (model.standardised(x).float() - y).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if where.type == "cuda":
        torch.cuda.synchronize()
    return time.monotonic() - started


def main() -> None:
    where = device.resolve()
    dtype = device.precision("auto", where)
    torch.manual_seed(0)
    image = models.build("legnet", ("K562", "HepG2", "WTC11")).to(where)
    sequence = AsSequence(image).to(where)
    x = torch.zeros(BATCH, 4, 200).scatter_(1, torch.randint(0, 4, (BATCH, 1, 200)), 1.0).to(where)
    y = torch.randn(BATCH, 3, device=where)
    with torch.inference_mode():
        assert torch.allclose(image.eval().standardised(x), sequence.eval().standardised(x), atol=1e-4)
    times = {"channels-last image": [], "1-d": []}
    for _ in range(ROUNDS + 1):
        times["channels-last image"].append(seconds(image.train(), x, y, where, dtype))
        times["1-d"].append(seconds(sequence.train(), x, y, where, dtype))
    best = {name: min(values[1:]) for name, values in times.items()}  # the first round warms up
    for name, value in best.items():
        print(f"{name:20} {STEPS * BATCH / value:7.0f} sequences per second")
    print(f"ratio {best['1-d'] / best['channels-last image']:.2f} on {device.describe(where)}, {dtype}")


if __name__ == "__main__":
    main()
