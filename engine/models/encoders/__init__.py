"""Encoders, by name: one-hot `(batch, 4, length)` -> `(batch, FEATURES)`. A new one is one file here and one row.

Each stands for a family of published networks, at a width that two processor cores train in minutes; the widths are
options, and the published ones can be asked for.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from engine.errors import unknown
from engine.models.encoders.bilstm import BiLSTM
from engine.models.encoders.cnn import CNN
from engine.models.encoders.dilated_cnn import DilatedCNN
from engine.models.encoders.transformer import Transformer

FEATURES = 256

ENCODERS: dict[str, Callable[..., nn.Module]] = {
    "bilstm": BiLSTM,
    "dilated_cnn": DilatedCNN,
    "cnn": CNN,
    "transformer": Transformer,
}


def build(name: str, options: dict) -> nn.Module:
    """The encoder called `name` with its options, or an InputError that lists the known ones."""
    if name not in ENCODERS:
        raise unknown("encoder", name, ENCODERS)
    return ENCODERS[name](FEATURES, **options)
