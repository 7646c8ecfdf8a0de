"""What the list losses share. A list is a batch: every output ranks the batch's measured elements on its own.

Nothing here asks the device for a number, so a training step on a GPU never waits for the host.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

import torch
from torch import Tensor

ListLoss = Callable[..., Tensor]


def list_loss(function: ListLoss) -> ListLoss:
    """A loss `(prediction, target, **options)` from `function(scores, values, measured, **options)`.

    `function` sees `(outputs, batch)` float32 scores, values and a boolean mask, and returns `(outputs,)`. Values
    that were not measured arrive as 0 with mask False. The result is the mean over the outputs, each of which counts by
    how many of the batch were measured for it: an output of few measurements would else move the weights as much as one
    of all, by what a handful of elements say.
    """

    @wraps(function)
    def loss(prediction: Tensor, target: Tensor, **options) -> Tensor:
        target = target.float().T.contiguous()
        measured = ~torch.isnan(target)
        values = torch.where(measured, target, 0.0)
        each = function(prediction.float().T.contiguous(), values, measured, **options)
        return average_of(each, measured.sum(1).float(), 0)

    return loss


def average_of(terms: Tensor, weights: Tensor, dims: int | tuple[int, ...]) -> Tensor:
    """Weighted mean over `dims`; 0 where all weights are 0 (a list with nothing to order)."""
    total = weights.sum(dims)
    # not divided by something tiny: the gradient of what follows would overflow, and nothing times inf is nan
    return (terms * weights).sum(dims) / torch.where(total < torch.finfo(torch.float32).tiny, 1.0, total)


def pairs(values: Tensor, measured: Tensor) -> Tensor:
    """`(outputs, batch, batch)` bool: is the first element measured to be more active than the second."""
    both = measured.unsqueeze(2) & measured.unsqueeze(1)
    return both & (values.unsqueeze(2) > values.unsqueeze(1))


def ranks(values: Tensor, measured: Tensor) -> Tensor:
    """`(outputs, batch)` ranks from 1 for the highest value; ties share their mean rank."""
    above = pairs(values, measured)
    both = measured.unsqueeze(2) & measured.unsqueeze(1)
    tied = both & (values.unsqueeze(2) == values.unsqueeze(1))
    return above.sum(1) + (tied.sum(1) + 1) / 2


def below_all(scores: Tensor, measured: Tensor, distance: float) -> Tensor:
    """The scores, with those of unmeasured elements moved `distance` below the lowest measured one."""
    lowest = torch.where(measured, scores, torch.inf).detach().amin(1, keepdim=True)
    return torch.where(measured, scores, lowest.nan_to_num(posinf=0.0) - distance)
