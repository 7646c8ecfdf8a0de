"""What a model says of a sequence with one base replaced, without computing anew what the change does not reach.

The numbers are those of the whole model up to float32 rounding: what is left out is what cannot change, for each
network in a way of its own. That is not much: three quarters of a LegNet's multiplications stand behind gates that
every base moves, and the LSTM of a DREAM-RNN carries a change to the end of the sequence in each direction
(`benchmarks/mutagenesis.py` counts and times both).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from engine.models.dream_rnn import DreamRNN
from engine.models.ensemble import Ensemble
from engine.models.fused import Fused
from engine.models.layers import SequenceModel
from engine.models.legnet import LegNet
from engine.models.mutants.dream_rnn import OfDreamRNN
from engine.models.mutants.legnet import OfLegNet
from engine.models.mutants.substitutions import Mutants, replaced


def mutants(model: nn.Module, x: Tensor) -> Mutants | None:
    """The substitutions of one sequence, or None where there is no shorter way than the whole model.

    Args:
        model: in evaluation mode; what is returned is to be called without gradients.
        x: one-hot `(1, 4, length)`.

    Returns:
        A function of `positions` and `bases`, both `(n,)` int64, that gives the `member_activities`
        `(members, n, outputs)` of x with the base at each position replaced.
    """
    network = model.network if isinstance(model, Fused) else model
    if isinstance(network, LegNet | DreamRNN):
        local = OfLegNet(network, x) if isinstance(network, LegNet) else OfDreamRNN(network, x)
        return local if local.applies else None
    if isinstance(network, Ensemble):
        each = [mutants(member, x) for member in network.members]
        return _OfEnsemble(network, each, x) if any(each) else None
    return None


class _Whole:
    """`mutants` of a model that knows no shorter way."""

    batch = 64

    def __init__(self, model: SequenceModel, x: Tensor):
        self.model, self.x = model, x

    def __call__(self, positions: Tensor, bases: Tensor) -> Tensor:
        return self.model.member_activities(replaced(self.x, positions, bases))


class _OfEnsemble:
    """`mutants` of an ensemble: `each` member's, None for a member that knows no shorter way."""

    def __init__(self, model: Ensemble, each: list[Mutants | None], x: Tensor):
        self.model = model
        self.each = [short or _Whole(member, x) for short, member in zip(each, model.members, strict=True)]
        self.batch = max(member.batch for member in self.each)

    def __call__(self, positions: Tensor, bases: Tensor) -> Tensor:
        columns = zip(self.each, self.model.columns, strict=True)
        activities = torch.stack([_mean(m, positions, bases)[:, c] for m, c in columns])
        return activities * self.model.target_sd + self.model.target_mean


def _mean(member: Mutants, positions: Tensor, bases: Tensor) -> Tensor:
    """`(n, outputs)` what a member of an ensemble says, as many at once as are quick for it."""
    batches = zip(positions.split(member.batch), bases.split(member.batch), strict=True)
    return torch.cat([member(p, b).mean(0) for p, b in batches])
