"""A uniform ensemble of trained models as one model (Lakshminarayanan et al. 2017, arXiv:1612.01474)."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.errors import InputError
from engine.models.layers import SequenceModel, module_list


class Ensemble(SequenceModel):
    """The mean of its members' predictions in log2(RNA/DNA).

    Members may have more outputs than the ensemble; each must have all of the ensemble's. Their standardised scale
    is log2(RNA/DNA) already, so `target_mean` and `target_sd` start as 0 and 1 and hold a calibration at most.

    Args:
        by_network: each network of a member counts as a member of its own.

    Attributes:
        weights: of each member that was given, how often it counts in the mean.
    """

    def __init__(self, outputs: tuple[str, ...], members: list[SequenceModel], by_network: bool = False):
        super().__init__(outputs)
        if not members:
            raise InputError("an ensemble needs at least one member")
        self.by_network = by_network
        networks = [member.split() if by_network else [member] for member in members]
        self.weights = tuple(map(len, networks))
        members = [network for of_member in networks for network in of_member]
        for member in members:
            if missing := set(outputs) - set(member.outputs):
                raise InputError(f"a member of the ensemble lacks the output(s) {', '.join(sorted(missing))}")
        self.members = module_list(members)
        self.columns = [[member.outputs.index(o) for o in outputs] for member in members]
        self.window = max(member.window for member in members)

    def embed(self, x: Tensor) -> Tensor:
        """The members' embeddings side by side."""
        return torch.cat([member.embed(x) for member in self.members], dim=1)

    def member_predictions(self, x: Tensor) -> Tensor:
        return torch.stack([m(x)[:, c] for m, c in zip(self.members, self.columns, strict=True)])

    def standardised(self, x: Tensor) -> Tensor:
        return self.member_predictions(x).mean(0)
