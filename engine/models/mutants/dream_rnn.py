"""The mutants of a sequence by a DREAM-RNN.

A substitution changes a few steps that the LSTM reads. Before the first of them its forward half is in the state that
it has for the given sequence, after the last of them its backward half is. So each half starts there, from states
that were kept, and the second convolutions see its channels only where they changed. Past the change every step is
computed: the halves do not forget it, so that nothing there equals the given sequence again.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, pad

from engine.models.dream_rnn import DreamRNN, ParallelConv
from engine.models.layers import as_image
from engine.models.mutants.substitutions import replaced

KEPT = 16  # about as many states are kept of each half; each start is another shape, for which oneDNN must prepare
FEWEST, MOST = 32, 96  # substitutions at once: of more, the starts that they share lie further before the most of them
ROOM = 2**22  # numbers in what the LSTM reads of a batch, 16 MB


class OfDreamRNN:
    """`mutants` of a DREAM-RNN and of those with other heads."""

    def __init__(self, model: DreamRNN, x: Tensor):
        self.model, self.x = model, x
        first, second = model.first, model.second
        self.margin = _margin(first)
        self.padded = pad(x, (self.margin, self.margin))[0].T
        inputs = first(as_image(x))[0, :, 0].T
        self.length, width = inputs.shape
        self.batch = min(MOST, max(FEWEST, ROOM // inputs.numel()))
        self.changed = 2 * self.margin // first.pool + 2  # steps that one base can reach
        self.applies = self.length > 2 * self.changed
        halves = (slice(width), slice(width, None))
        kernels = [[branch.weight[:, half].unsqueeze(2) for branch in second.branches] for half in halves]
        self.halves = [_Half(model.lstm, b, inputs, kernels[b], _margin(second)) for b in (False, True)]
        both = zip(self.halves[0].mixed, self.halves[1].mixed, second.branches, strict=True)
        self.mixed = [forward + backward + cast(Tensor, branch.bias) for forward, backward, branch in both]

    def __call__(self, positions: Tensor, bases: Tensor) -> Tensor:
        first = ((positions - self.margin) // self.model.first.pool).clamp(0, self.length - self.changed)
        inputs = self._inputs(positions, bases, first)
        mixed = [whole.repeat(len(positions), 1, 1) for whole in self.mixed]
        for half in self.halves:
            start, changes = half(first, inputs)
            for whole, change in zip(mixed, changes, strict=True):
                whole[:, start : start + change.shape[1]] += change
        features = self.model.mix(torch.cat([whole.relu_().mean(1) for whole in mixed], dim=1)[:, :, None]).squeeze(2)
        scores = self.model.scores(replaced(self.x, positions, bases), features)
        return (scores * self.model.target_sd + self.model.target_mean)[None]

    def _inputs(self, positions: Tensor, bases: Tensor, first: Tensor) -> Tensor:
        """`(n, changed, width)` what the LSTM reads of each mutant from its `first` step on."""
        pool, branches = self.model.first.pool, self.model.first.branches
        start = first * pool
        size = self.changed * pool + 2 * self.margin
        seen = self.padded[start[:, None] + torch.arange(size, device=start.device)].transpose(1, 2)
        windows = replaced(seen, positions + self.margin - start, bases).transpose(1, 2).contiguous()
        said = _convolved([branch.weight.unsqueeze(2) for branch in branches], windows, self.margin)
        biased = [s + cast(Tensor, b.bias) for s, b in zip(said, branches, strict=True)]
        pooled = [s.unflatten(1, (-1, pool)).amax(2) for s in biased]
        return torch.cat(pooled, dim=2).relu_()


class _Half:
    """One direction of the LSTM, and what the second convolutions make of its channels, for the given sequence.

    Args:
        inputs: `(length, width)` what the LSTM reads of the given sequence.
        kernels: of the second convolutions, the channels of this direction.
        margin: how far those see to either side.
    """

    def __init__(self, lstm: nn.LSTM, backwards: bool, inputs: Tensor, kernels: list[Tensor], margin: int):
        self.backwards, self.kernels, self.margin = backwards, kernels, margin
        self.lstm = _alone(lstm, "_l0_reverse" if backwards else "_l0")
        self.inputs = self._turned(inputs[:, None])
        self.stride = -(-len(inputs) // KEPT)
        said, self.states = [], [tuple(inputs.new_zeros(2, 1, 1, lstm.hidden_size))]
        for part in self.inputs.split(self.stride):
            steps, state = self.lstm(part, self.states[-1])
            said.append(steps)
            self.states.append(state)
        self.padded = pad(self._turned(torch.cat(said)).transpose(0, 1), (0, 0, margin, margin))
        self.mixed = _convolved(kernels, self.padded, margin)

    def __call__(self, first: Tensor, inputs: Tensor) -> tuple[int, list[Tensor]]:
        """How the second convolutions change.

        Args:
            first: `(n,)` of each mutant the first step whose input changes.
            inputs: `(n, changed, width)` from there on.

        Returns:
            The position where a change begins, and for each convolution `(n, positions, channels)` from there on.
        """
        n, length, size = len(first), len(self.inputs), inputs.shape[1]
        first = length - size - first if self.backwards else first
        kept = int(first.min()) // self.stride
        known = kept * self.stride
        read = self.inputs[known:].repeat(1, n, 1)
        steps = torch.arange(size, device=first.device)[:, None]
        read[first - known + steps, torch.arange(n, device=first.device)] = self._turned(inputs.transpose(0, 1))
        said = self.lstm(read, tuple(state.repeat(1, n, 1) for state in self.states[kept]))[0]
        begin, end = (0, length - known) if self.backwards else (known, length)
        start, stop = max(0, begin - self.margin), min(length, end + self.margin)
        seen = self.padded[:, start : stop + 2 * self.margin].repeat(n, 1, 1)
        seen[:, begin - start + self.margin : end - start + self.margin] = self._turned(said).transpose(0, 1)
        changed = _convolved(self.kernels, seen, self.margin)
        return start, [c.sub_(mixed[:, start:stop]) for c, mixed in zip(changed, self.mixed, strict=True)]

    def _turned(self, steps: Tensor) -> Tensor:
        """Positions in the order in which this direction reads them, and back."""
        return steps.flip(0) if self.backwards else steps


def _alone(lstm: nn.LSTM, which: str) -> nn.LSTM:
    """One direction of an LSTM as one of its own, with the same weights."""
    alone = nn.LSTM(lstm.input_size, lstm.hidden_size, device="meta")
    for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        setattr(alone, f"{name}_l0", getattr(lstm, name + which))
    alone.training = False  # as eval() would, which nothing calls where threads share a model
    return alone


def _margin(layer: ParallelConv) -> int:
    return max(branch.kernel_size[0] for branch in layer.branches) // 2


def _convolved(kernels: list[Tensor], steps: Tensor, margin: int) -> list[Tensor]:
    """Each convolution of `(n, margin + positions + margin, channels)` -> `(n, positions, channels)`, without bias."""
    image, length = steps.transpose(1, 2).unsqueeze(2), steps.shape[1] - 2 * margin
    said = []
    for kernel in kernels:
        size = kernel.shape[3]
        start = margin - (size - 1) // 2  # where the window of the first position begins
        said.append(conv2d(image[..., start : start + length + size - 1], kernel).squeeze(2).transpose(1, 2))
    return said
