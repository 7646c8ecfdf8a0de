"""What the networks that generate sequences share: their contract, and how an asked-for activity enters.

Contract: `model.log_probabilities(tokens, conditions, noise)` takes

- `tokens` `(batch, length)` uint8 or int64: A 0, C 1, G 2, T 3; 4 is a base that is not known yet;
- `conditions` `(batch, outputs)`: activities in standard deviations of the training activities; nan is anything;
- `noise` `(batch,)`: the total noise of uniform diffusion; None where there is none to be told;

and returns `(batch, length, 4)` log-probabilities of the bases, float32.

It is kept, loaded and named like every other model, so that it has outputs, a window and a scale. It predicts no
activity, and says so to whoever asks for one.
"""

from __future__ import annotations

from typing import NoReturn

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.errors import InputError
from engine.models.layers import SequenceModel
from engine.sequence import BASES

TOKENS = 5  # four bases, and one for what is not known yet
MASK = 4  # the same code as an unknown base (`engine.sequence.UNKNOWN`)


class GeneratorModel(SequenceModel):
    """Base of all generators: a subclass defines `log_probabilities`.

    `outputs` are the activities that it can be asked for; `target_mean` and `target_sd` carry their scale over the
    elements that it learned from.
    """

    def log_probabilities(self, tokens: Tensor, conditions: Tensor, noise: Tensor | None = None) -> Tensor:
        """`(batch, length)` tokens -> `(batch, length, 4)`; see the module's text."""
        raise NotImplementedError

    def embed(self, x: Tensor) -> NoReturn:
        raise InputError(_NO_ACTIVITY)

    def standardised(self, x: Tensor) -> NoReturn:
        raise InputError(_NO_ACTIVITY)


_NO_ACTIVITY = (
    "a generator makes sequences and predicts no activity; name a model of activity (python -m engine models)"
)


class Condition(nn.Module):
    """Asked-for activities, and the noise where it is told, as one vector: `(batch, outputs)` -> `(batch, width)`.

    An activity that is not asked for enters as 0 with its flag set, so that 0 standard deviations and "anything" are
    two things. The noise enters as Fourier features of its logarithm, as in Lou et al. 2024 (arXiv:2310.16834).
    """

    frequencies: Tensor

    def __init__(self, outputs: int, width: int, with_noise: bool):
        super().__init__()
        self.activity = nn.Linear(2 * outputs, width)
        self.mix = nn.Sequential(nn.SiLU(), nn.Linear(width, width), nn.SiLU())
        self.noise = nn.Linear(2 * _FREQUENCIES, width) if with_noise else None
        # from twice the range of log noise (some 12) down to a quarter of a unit
        wavelengths = torch.logspace(1.4, -0.6, _FREQUENCIES)
        self.register_buffer("frequencies", 2 * torch.pi / wavelengths, persistent=False)

    def forward(self, conditions: Tensor, noise: Tensor | None) -> Tensor:
        missing = conditions.isnan()
        h = self.activity(torch.cat([conditions.nan_to_num(0.0), missing.to(conditions.dtype)], dim=1))
        if self.noise is not None:
            if noise is None:
                raise ValueError("a denoiser of uniform diffusion has to be told the noise")
            angle = noise.float().log()[:, None] * self.frequencies
            h = h + self.noise(torch.cat([angle.sin(), angle.cos()], dim=1).to(h.dtype))
        return self.mix(h)


_FREQUENCIES = 16


def one_hot_tokens(tokens: Tensor) -> Tensor:
    """`(batch, length)` tokens as float32 `(batch, length, 5)`."""
    return functional.one_hot(tokens.long(), TOKENS).float()


def bases_head(width: int) -> nn.Linear:
    """The last layer, `(..., width)` -> `(..., 4)` logits. It begins at 0: an untrained network says that all bases are
    alike, 2 bits each, and has no prejudice to unlearn."""
    head = nn.Linear(width, len(BASES))
    for tensor in head.parameters():
        nn.init.zeros_(tensor)
    return head


def log_softmax(logits: Tensor, tokens: Tensor | None = None, noise: Tensor | None = None) -> Tensor:
    """Log-probabilities `(batch, length, 4)` of logits in float32, whatever the network computes in.

    Under a total noise, what the noised base itself says of the base that was there before is added, so that the
    network has to say only what the others do. One that says nothing then speaks for uniform sequences, and none has to
    learn to copy its input where there is hardly any noise.
    """
    logits = logits.float()
    if tokens is not None and noise is not None:
        logits = logits + noise_kernel(tokens, noise.float()).log()
    return functional.log_softmax(logits, dim=-1)


def noise_kernel(tokens: Tensor, noise: Tensor) -> Tensor:
    """`(batch, length, 4)` the probability that uniform noise `(batch,)` leads from each base to the one in `tokens`:
    exp(-noise) that a base stays, else one of the four."""
    noise = noise[:, None, None]
    own = functional.one_hot(tokens.long(), len(BASES))
    return -torch.expm1(-noise) / len(BASES) + torch.exp(-noise) * own
