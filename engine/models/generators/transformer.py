"""A small transformer as a denoiser, its layers under the condition as in DiT (Peebles & Xie 2023, arXiv:2212.09748),
which SEDD and MDLM use."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.models.generators.contract import (
    TOKENS,
    Condition,
    GeneratorModel,
    bases_head,
    log_softmax,
    one_hot_tokens,
)
from engine.models.layers import module_list


@dataclass(frozen=True)
class TransformerDenoiserConfig:
    """How a `TransformerDenoiser` is built.

    Attributes:
        width: features of a base; `heads` share them, an even number each.
        stem: bases that the first layer, a convolution, sees.
        dropout: within attention and the layers behind it.
        with_noise: whether the network is told the noise, which uniform diffusion needs and masked diffusion does not.
    """

    width: int = 128
    layers: int = 6
    heads: int = 4
    stem: int = 9
    dropout: float = 0.0
    with_noise: bool = False


class TransformerDenoiser(GeneratorModel):
    """A convolution over the tokens, self-attention layers, and four log-probabilities for each base.

    Places enter by rotating queries and keys (Su et al. 2021, arXiv:2104.09864), so that the length may vary.
    """

    def __init__(self, outputs: tuple[str, ...], config: TransformerDenoiserConfig = TransformerDenoiserConfig()):
        super().__init__(outputs)
        width = config.width
        self.condition = Condition(len(outputs), width, config.with_noise)
        self.stem = nn.Conv1d(TOKENS, width, config.stem, padding="same")
        self.layers = module_list(_Layer(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(width)
        self.head = bases_head(width)

    def log_probabilities(self, tokens: Tensor, conditions: Tensor, noise: Tensor | None = None) -> Tensor:
        asked = self.condition(conditions, noise)
        h = self.stem(one_hot_tokens(tokens).transpose(1, 2)).transpose(1, 2)
        for layer in self.layers:
            h = layer(h, asked)
        return log_softmax(self.head(self.norm(h)), tokens, noise)


class _Layer(nn.Module):
    """Self-attention and a feed-forward layer; the condition sets scale, shift and gate of both, the gates from 0."""

    def __init__(self, config: TransformerDenoiserConfig):
        super().__init__()
        width, self.heads, self.dropout = config.width, config.heads, config.dropout
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.adapt = nn.Linear(width, 6 * width)
        self.attend = nn.Linear(width, 3 * width)
        self.join = nn.Linear(width, width)
        self.feed = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width), nn.Dropout(config.dropout)
        )
        for tensor in self.adapt.parameters():
            nn.init.zeros_(tensor)

    def forward(self, h: Tensor, asked: Tensor) -> Tensor:
        scale, shift, gate, scale2, shift2, gate2 = self.adapt(asked)[:, None].chunk(6, dim=-1)
        h = h + gate * self._attention(self.norm(h) * (1 + scale) + shift)
        return h + gate2 * self.feed(self.norm(h) * (1 + scale2) + shift2)

    def _attention(self, h: Tensor) -> Tensor:
        batch, length, width = h.shape
        parts = self.attend(h).view(batch, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        query, key, value = parts.unbind(0)
        query, key = _rotated(query), _rotated(key)
        dropout = self.dropout if self.training else 0.0
        mixed = functional.scaled_dot_product_attention(query, key, value, dropout_p=dropout)
        return self.join(mixed.transpose(1, 2).reshape(batch, length, width))


def _rotated(x: Tensor) -> Tensor:
    """`(batch, heads, length, features)`, each pair of features turned by an angle that grows with the position."""
    length, features = x.shape[-2:]
    rate = 10_000.0 ** (-torch.arange(0, features, 2, device=x.device) / features)
    angle = torch.arange(length, device=x.device)[:, None] * rate
    cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1).flatten(-2)
