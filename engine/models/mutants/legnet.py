"""The mutants of a sequence by a LegNet.

A substitution reaches only a few positions before the first squeeze-excite, whose gates then carry it everywhere. So
everything before those gates is computed once for the sequence, and anew only for a short window around the
substitution; the same holds for the stem's half of the convolution that mixes the first block's input with its result.
What stands behind those gates differs at every position for every mutant, so all of it is computed for each.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from itertools import takewhile
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d

from engine.models.layers import SqueezeExcite, as_image
from engine.models.legnet import EfficientBlock, LegNet, Member
from engine.models.mutants.substitutions import replaced

# substitutions whose whole length stands in memory at once behind the first gates, where a position is widest: of more,
# the caches hold less. The later blocks are narrower and take a batch of twice as many.
AT_ONCE = 32


class OfLegNet:
    """`mutants` of a LegNet.

    A substitution changes the first block up to `reach` positions away. To have those right, the first layers see a
    window of `2 reach` positions to either side, moved inwards at the ends of the sequence, where the padding of the
    window is that of the sequence. Of each window the `2 reach + 1` positions are used that lie nearest.
    """

    batch = 2 * AT_ONCE

    def __init__(self, model: LegNet, x: Tensor):
        self.model, self.x = model, x
        self.networks = [_FirstBlock(member, as_image(x)) for member in model.members]
        self.reach = self.networks[0].reach
        self.applies = x.shape[2] > 4 * self.reach
        self.own = threading.local()  # batches may be computed side by side, each by a thread of its own

    def __call__(self, positions: Tensor, bases: Tensor) -> Tensor:
        seen, used = self._around(positions, 2 * self.reach), self._around(positions, self.reach)
        start = seen[:, :1]
        windows = replaced(self.x[0].T[seen].transpose(1, 2), positions - start[:, 0], bases)
        room = self._room()
        features = [network(as_image(windows), used - start, used, room) for network in self.networks]
        activities = torch.stack([head(f) for head, f in zip(self.model.heads, features, strict=True)])
        return activities * self.model.target_sd + self.model.target_mean

    def _around(self, positions: Tensor, margin: int) -> Tensor:
        """`(n, 2 margin + 1)` positions around each, moved inwards at the ends of the sequence."""
        size = 2 * margin + 1
        first = (positions - margin).clamp(0, self.x.shape[2] - size)
        return first[:, None] + torch.arange(size, device=first.device)

    def _room(self) -> Tensor:
        """A thread's same memory for every batch: fresh memory costs more time than what is computed into it."""
        memory = getattr(self.own, "memory", None)
        if memory is None:
            memory = self.own.memory = self.x.new_empty(AT_ONCE, *self.networks[0].ungated.shape[1:])
        return memory


class _FirstBlock:
    """One network of a LegNet, its first block computed for the given sequence as far as a substitution is local."""

    def __init__(self, member: Member, image: Tensor):
        stem = _until(EfficientBlock, member.body)
        block, *later = list(member.body)[len(stem) :]
        block = cast(EfficientBlock, block)
        before = _until(SqueezeExcite, block.bottleneck)
        excite, *after = list(block.bottleneck)[len(before) :]
        excite = cast(SqueezeExcite, excite)
        mix, *mixed = block.mix
        mix = cast(nn.Conv2d, mix)
        self.stem, self.before, self.after = nn.Sequential(*stem), nn.Sequential(*before), nn.Sequential(*after)
        self.gate, self.mixed, self.later = excite.gate, nn.Sequential(*mixed), nn.Sequential(*later)
        self.features = member.features
        channels = mix.in_channels // 2
        self.of_stem, self.of_gated, self.bias = mix.weight[:, :channels], mix.weight[:, channels:], mix.bias
        self.reach = _reach(stem) + max(_reach(before), _reach([mix]))
        whole = self.stem(image)
        self.ungated, self.skipped = _by_position(self.before(whole)), _by_position(self._mix_stem(whole))

    def _mix_stem(self, stem: Tensor) -> Tensor:
        return conv2d(stem, self.of_stem, self.bias, padding="same")

    def __call__(self, windows: Tensor, inside: Tensor, used: Tensor, room: Tensor) -> Tensor:
        """Features `(n, size)` of substitutions.

        Args:
            windows: the changed windows as an image.
            inside: `(n, positions)` which of their positions are used.
            used: `(n, positions)` the same positions in the sequence.
            room: `(AT_ONCE, length, channels)` memory to be written over.
        """
        rows = torch.arange(len(used), device=used.device)[:, None]
        stem = self.stem(windows)
        skipped = _by_position(self._mix_stem(stem))[rows, inside]
        ungated = _by_position(self.before(stem))[rows, inside]
        whole = self.ungated[0]
        gates = self.gate(whole.mean(0) + (ungated - whole[used]).sum(1) / len(whole))[:, None]
        changed = (gates, ungated, skipped - self.skipped[0][used], used)
        parts = zip(*(part.split(AT_ONCE) for part in changed), strict=True)
        blocks = torch.cat([self._from_gates_on(g, u, s, at, room) for g, u, s, at in parts])
        return self.features(self.later(blocks).mean((2, 3)))

    def _from_gates_on(self, gates: Tensor, ungated: Tensor, skipped: Tensor, used: Tensor, room: Tensor) -> Tensor:
        """The rest of the first block, of at most AT_ONCE substitutions: an image.

        Args:
            gates: `(n, 1, channels)`.
            ungated: `(n, positions, channels)` what the gates scale, at the positions that changed before them.
            skipped: `(n, positions, outputs)` by how much the stem's half of the mixing convolution changes there.
            used: `(n, positions)` which those are.
        """
        rows = torch.arange(len(used), device=used.device)[:, None]
        gated = torch.mul(self.ungated, gates, out=room[: len(used)])
        gated[rows, used] = ungated * gates
        mixed = conv2d(self.after(gated.transpose(1, 2).unsqueeze(2)), self.of_gated, padding="same")
        by_position = _by_position(mixed)
        by_position += self.skipped
        by_position[rows, used] += skipped
        return self.mixed(mixed)


def _until(kind: type[nn.Module], layers: Iterable[nn.Module]) -> list[nn.Module]:
    """The layers before the first of a kind."""
    return list(takewhile(lambda layer: not isinstance(layer, kind), layers))


def _reach(layers: list[nn.Module]) -> int:
    """How many positions to either side the convolutions of these layers see together."""
    return sum(layer.kernel_size[1] // 2 for layer in layers if isinstance(layer, nn.Conv2d))


def _by_position(image: Tensor) -> Tensor:
    """A channels-last image `(n, channels, 1, length)` as `(n, length, channels)`, the same memory."""
    return image.squeeze(2).transpose(1, 2)
