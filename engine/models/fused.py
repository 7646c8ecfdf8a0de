"""A trained model made ready for predicting: the same numbers up to float32 rounding, in less time and memory.

In evaluation mode a batch norm is a scale and a shift, which go into the weights of the convolution or linear layer
before it. What then follows such a layer works in place where no gradient is asked for.
"""

from __future__ import annotations

import copy

from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval

from engine.intervals import ChangeSpread
from engine.models.layers import Part, SequenceModel, SqueezeExcite
from engine.models.own import OwnModel

_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d)
_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)


class Fused(SequenceModel):
    """A model for prediction only, with the contract of the one that it was made of, whose weights it does not share.

    `network` is that model, folded; its weights take no gradients, its input does.
    """

    def __init__(self, network: SequenceModel):
        super().__init__(network.outputs)
        self.network = network
        self.window = network.window
        self.target_mean, self.target_sd = network.target_mean, network.target_sd
        self.eval()

    def train(self, mode: bool = True) -> Fused:
        if mode:
            raise RuntimeError("a fused model has no batch norms left to train; train the model it was made of")
        return super().train(False)

    def embed(self, x: Tensor) -> Tensor:
        return self.network.embed(x)

    def standardised(self, x: Tensor) -> Tensor:
        return self.network.standardised(x)

    def member_predictions(self, x: Tensor) -> Tensor:
        return self.network.member_predictions(x)

    def uncertainties(self, x: Tensor) -> Tensor | None:
        return self.network.uncertainties(x)

    def answers(self, x: Tensor) -> Tensor:
        return self.network.answers(x)

    @property
    def says_uncertainty(self) -> bool:
        return self.network.says_uncertainty

    @property
    def change_spread(self) -> ChangeSpread | None:
        return self.network.change_spread


def fused(model: SequenceModel) -> SequenceModel:
    """`model` made ready for predicting, or `model` itself where it has none to fold (any DREAM-RNN, the user's own).

    Raises:
        RuntimeError: a model in training mode, whose batch norms do not stand still.
    """
    if isinstance(model, Fused):
        return model
    if any(module.training for module in model.modules()):
        raise RuntimeError("only a model in evaluation mode can be fused; call its eval() first")
    # nobody knows in which order a user's own module calls its layers
    if isinstance(model, OwnModel) or not any(isinstance(module, _NORMS) for module in model.modules()):
        return model
    return Fused(_fold(copy.deepcopy(model).requires_grad_(False)))


def _fold(module: Part) -> Part:
    for name, child in module.named_children():
        setattr(module, name, _fold_sequence(child) if isinstance(child, nn.Sequential) else _fold(child))
    return module


def _fold_sequence(layers: nn.Sequential) -> nn.Sequential:
    """The layers with the norms folded away, and those in place whose input is nobody else's."""
    folded: list[nn.Module] = []
    for layer in layers:
        before = folded[-1] if folded else None
        if isinstance(layer, _NORMS) and isinstance(before, _CONVOLUTIONS):
            folded[-1] = fuse_conv_bn_eval(before, layer)
        elif isinstance(layer, _NORMS) and isinstance(before, nn.Linear):
            folded[-1] = fuse_linear_bn_eval(before, layer)
        elif isinstance(layer, nn.SiLU) and isinstance(before, (*_CONVOLUTIONS, nn.Linear)):
            folded.append(_InPlaceSiLU())
        elif isinstance(layer, SqueezeExcite) and isinstance(before, _InPlaceSiLU):
            folded.append(_InPlaceSqueezeExcite(_fold_sequence(layer.gate)))
        else:
            folded.append(_fold_sequence(layer) if isinstance(layer, nn.Sequential) else _fold(layer))
    return nn.Sequential(*folded)


class _InPlaceSiLU(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.silu(x, inplace=not x.requires_grad)


class _InPlaceSqueezeExcite(SqueezeExcite):
    def __init__(self, gate: nn.Sequential):
        nn.Module.__init__(self)
        self.gate = gate

    def forward(self, x: Tensor) -> Tensor:
        # unlike that of mean, the gradient of sum takes no memory of the size of x
        gates = self.gate(x.sum((2, 3)) / (x.shape[2] * x.shape[3]))[:, :, None, None]
        return x * gates if x.requires_grad else x.mul_(gates)
