"""Evolution-inspired augmentation (EvoAug; Lee et al. 2023, Genome Biol 24:105) of a batch of sequences.

Everything works on uint8 codes `(batch, length)` of one length, which it keeps, and draws from the generator that it is
handed, on the CPU, so that every device sees the same.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from engine.experiments.augmentation import Augmentation

Perturbation = Callable[[Tensor, torch.Generator], Tensor]


def perturbed(codes: Tensor, settings: Augmentation, generator: torch.Generator) -> Tensor:
    """`codes` `(batch, length)` on the CPU, each row with a random choice of perturbations, one after the other.

    Raises:
        RuntimeError: a stretch that is longer than the sequences.
    """
    enabled = _enabled(settings)
    if not enabled or not settings.most:
        return codes
    most = min(settings.most, len(enabled))
    many = torch.randint(0, most + 1, (len(codes), 1), generator=generator)
    # of each row, the kinds that come first in a random order
    rank = torch.rand(len(codes), len(enabled), generator=generator).argsort(1).argsort(1)
    chosen = rank < many
    for kind, perturb in enumerate(enabled):
        rows = chosen[:, kind].nonzero()[:, 0]
        if len(rows):
            codes = codes.index_put((rows,), perturb(codes[rows], generator))
    return codes


def noise(shape: tuple[int, ...], settings: Augmentation, generator: torch.Generator) -> Tensor:
    """Normal noise for a one-hot batch of a shape."""
    return settings.noise * torch.randn(shape, generator=generator)


def mutated(codes: Tensor, share: float | Tensor, generator: torch.Generator) -> Tensor:
    """A random base at each position with probability `share` (a number, or one a row as `(batch, 1)`)."""
    where = torch.rand(codes.shape, generator=generator) < share
    return torch.where(where, _random(codes, codes.shape, generator), codes)


def inserted(codes: Tensor, most: int, generator: torch.Generator) -> Tensor:
    """1 to `most` random bases anywhere; as many leave the window, on the left and on the right."""
    n, length = codes.shape
    size, at, left = _stretch(n, most, length + 1, generator)
    left = (left * (size + 1)).long()  # of the lengthened sequence, how many are cut off on the left
    source = torch.arange(length) + left
    inside = (source >= at) & (source < at + size)
    source = torch.where(source >= at + size, source - size, source).clamp(0, length - 1)
    return torch.where(inside, _random(codes, codes.shape, generator), codes.gather(1, source))


def deleted(codes: Tensor, most: int, generator: torch.Generator) -> Tensor:
    """1 to `most` bases fewer; random bases fill the window, on the left and on the right."""
    n, length = codes.shape
    size, at, left = _stretch(n, most, length, generator)
    at = torch.minimum(at, length - size)
    left = (left * (size + 1)).long()
    source = torch.arange(length) - left
    beyond = (source < 0) | (source >= length - size)
    source = torch.where(source >= at, source + size, source).clamp(0, length - 1)
    return torch.where(beyond, _random(codes, codes.shape, generator), codes.gather(1, source))


def inverted(codes: Tensor, most: int, generator: torch.Generator) -> Tensor:
    """A stretch of 1 to `most` bases turned to the other strand."""
    n, length = codes.shape
    size, at, _ = _stretch(n, most, length, generator)
    at = torch.minimum(at, length - size)
    position = torch.arange(length).expand(n, length)
    inside = (position >= at) & (position < at + size)
    turned = codes.gather(1, torch.where(inside, 2 * at + size - 1 - position, position))
    return torch.where(inside, _complement(turned), turned)


def translocated(codes: Tensor, most: int, generator: torch.Generator) -> Tensor:
    """The sequence turned round as a circle by 1 to `most` bases either way: an end comes to lie at the other."""
    n, length = codes.shape
    size = torch.randint(1, most + 1, (n, 1), generator=generator)
    size = torch.where(torch.rand(n, 1, generator=generator) < 0.5, size, -size)
    return codes.gather(1, (torch.arange(length) - size) % length)


def _enabled(settings: Augmentation) -> list[Perturbation]:
    """The kinds of perturbation that the settings ask for, each bound to its size."""
    stretches: dict[Callable[[Tensor, int, torch.Generator], Tensor], int] = {
        inserted: settings.insertion,
        deleted: settings.deletion,
        inverted: settings.inversion,
        translocated: settings.translocation,
    }
    kinds: list[Perturbation] = [partial(_of_size, perturb, most) for perturb, most in stretches.items() if most]
    return [*kinds, partial(_of_share, settings.mutation)] if settings.mutation else kinds


def _of_size(perturb: Callable, most: int, codes: Tensor, generator: torch.Generator) -> Tensor:
    return perturb(codes, most, generator)


def _of_share(share: float, codes: Tensor, generator: torch.Generator) -> Tensor:
    return mutated(codes, share, generator)


def _stretch(n: int, most: int, places: int, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Of n rows a size from 1 to `most`, a place from 0 to `places` - 1 and a number from 0 to 1, each `(n, 1)`."""
    if most >= places:
        raise RuntimeError(f"a stretch of {most} bases does not fit into a sequence of {places}")
    size = torch.randint(1, most + 1, (n, 1), generator=generator)
    return (
        size,
        torch.randint(0, places, (n, 1), generator=generator),
        torch.rand(n, 1, generator=generator),
    )


def _random(like: Tensor, shape: torch.Size, generator: torch.Generator) -> Tensor:
    return torch.randint(0, 4, shape, generator=generator).to(like.dtype)


def _complement(codes: Tensor) -> Tensor:
    """The other strand's bases; an unknown one (4) stays unknown."""
    return torch.where(codes < 4, 3 - codes.clamp(max=3), codes)
