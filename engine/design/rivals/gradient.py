"""Gradient design: the guide's gradients say which bases to change, and few are (Ledidi: Schreiber, Lu & Noble 2020,
doi:10.1101/2020.05.21.109686).

Weights are added to the log of the start's one-hot bases. Sequences are drawn from them by Gumbel-softmax; forward the
drawn sequence counts, backward the soft one (straight-through: Jang, Gu & Poole 2017, arXiv:1611.01144). The weights
follow Adam on the squared distance to the goal plus a price for each edit. The drawn sequence that came nearest counts.

Written here rather than taken from the package of that name, which knows neither kept stretches nor a number of edits:
here weights of kept bases do not enter, and of a drawn sequence with too many edits the surest stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
import torch
from torch import Tensor

from engine.design.methods import Asked, Method
from engine.design.results import Designed
from engine.design.rivals import common
from engine.design.rivals.common import Counter
from engine.design.rivals.guide import REACHED, Guide
from engine.design.rivals.substitutions import Bounds
from engine.models.predict import one_hot
from engine.results import Progress
from engine.sequence import BASES, decode

TOGETHER = 8  # designs side by side
UNLIKELY = 1e-4  # probability that a base has at first where another one stands, as in Ledidi


@dataclass(frozen=True)
class Settings:
    """How the weights move.

    Attributes:
        draws: sequences drawn in a step for each design.
        price: of an edit, in squared standard deviations.
    """

    steps: int
    draws: int
    rate: float
    price: float

    @property
    def predictions(self) -> int:
        """Sequences predicted for one design, at most."""
        return 1 + self.steps * self.draws


def _design(asked: Asked, progress: Progress | None = None) -> Iterator[Designed]:
    options = common.begun(asked, METHOD)
    settings = Settings(
        common.whole(options, "steps"),
        common.whole(options, "draws a step"),
        common.within(options, "learning rate", 1e-4, 100),
        common.within(options, "price of an edit", 0, 100),
    )
    guide, begins = Guide(asked), list(islice(common.starts(asked), asked.count))
    return _descended(asked, guide, begins, settings, Counter(progress, asked.count * settings.predictions))


def _descended(
    asked: Asked, guide: Guide, begins: list[np.ndarray], settings: Settings, counter: Counter
) -> Iterator[Designed]:
    for first in range(0, len(begins), TOGETHER):
        numbers = range(first, min(first + TOGETHER, len(begins)))
        bounds = [Bounds.of(asked.goal, begins[n]) for n in numbers]
        paths = descend(guide, bounds, settings, [common.generator(asked, n, 1) for n in numbers], counter)
        counter.at(numbers.stop * settings.predictions)
        for number, path in zip(numbers, paths, strict=True):
            yield common.designed(asked, METHOD.name, number, path[-1], tuple(decode(s) for s in path))


def descend(
    guide: Guide, bounds: list[Bounds], settings: Settings, rngs: list[np.random.Generator], counter: Counter
) -> list[list[np.ndarray]]:
    """Of each design the nearest so far, `(length,)` uint8 each time that it changed, the start first."""
    codes = np.stack([b.start for b in bounds])
    least = guide.distances(codes)
    counter.add(len(codes))
    paths = [[row] for row in codes]
    # whoever calls may have turned gradients off
    with torch.inference_mode(False), torch.enable_grad():
        where = next(iter(guide.model.parameters())).device
        start = torch.as_tensor(codes).to(where)
        free = torch.zeros(start.shape, dtype=torch.bool)
        for row, own in enumerate(bounds):
            free[row, own.free] = True
        free = free.to(where)
        most = bounds[0].most  # the same of all: they are one goal's
        given = one_hot(start)
        likely = torch.log(given * (1 - len(BASES) * UNLIKELY) + UNLIKELY)
        weights = torch.zeros_like(likely, requires_grad=True)
        optimizer = torch.optim.Adam([weights], lr=settings.rate)
        for _ in range(settings.steps):
            if (least <= REACHED).all():
                break
            noise = np.stack([rng.gumbel(size=(settings.draws, *likely.shape[1:])) for rng in rngs])
            noisy = (likely + weights)[:, None] + torch.as_tensor(noise, dtype=likely.dtype, device=where)
            drawn = kept_to(noisy.detach(), start, free, most)
            soft = noisy.softmax(dim=2) * free[:, None, None]
            hard = one_hot(drawn.flatten(0, 1)).unflatten(0, drawn.shape[:2])
            x = hard + soft - soft.detach()
            distances = guide.differentiable(x.flatten(0, 1)).unflatten(0, drawn.shape[:2])
            edits = ((1 - x * given[:, None]).sum(dim=2) - (len(BASES) - 1)).sum(dim=2)
            loss = (distances + settings.price * edits).mean(dim=1).sum()
            # not by backward(), which would leave gradients in a model that others share
            weights.grad = torch.autograd.grad(loss, weights)[0]
            optimizer.step()
            counter.add(distances.numel())
            for row, values in enumerate(distances.detach().cpu().numpy()):
                if values.min() < least[row]:
                    least[row] = values.min()
                    paths[row].append(drawn[row, values.argmin()].cpu().numpy())
    return paths


def kept_to(noisy: Tensor, start: Tensor, free: Tensor, most: int) -> Tensor:
    """The most likely bases where they may change, elsewhere the start's: those edits that are likeliest against the
    start's own base, at most `most` of them.

    Args:
        noisy: `(designs, draws, 4, length)` logits with their noise.
        start: `(designs, length)` uint8 codes.
        free: `(designs, length)` whether a position may change.

    Returns:
        `(designs, draws, length)` uint8 codes.
    """
    begun = start[:, None].expand(*noisy.shape[:2], -1)
    value, base = noisy.max(dim=2)
    own = noisy.gather(2, begun[:, :, None].long())[:, :, 0]
    margin = torch.where(free[:, None], value - own, 0)
    surest = margin.topk(most, dim=2).indices
    allowed = torch.zeros_like(margin, dtype=torch.bool).scatter(2, surest, True) & (margin > 0)
    return torch.where(allowed, base.to(start.dtype), begun)


METHOD = Method(
    name="gradient",
    label="Gradient design (as Ledidi)",
    what="The guide's gradients say which bases to change, at a price for each edit (Schreiber et al. 2020).",
    design=_design,
    needs=frozenset({"guide"}),
    options={"steps": 100.0, "draws a step": 4.0, "learning rate": 1.0, "price of an edit": 0.001},
    edits=True,
)
