"""The model architectures, by name. A new one is one file here and one row in `MODELS`.

Networks that generate sequences (`GENERATORS`) are built, kept and loaded by the same functions; they predict nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, fields

from engine.errors import InputError, unknown
from engine.models.disentangle import DisentangleConfig, DisentangleModel
from engine.models.dream_rnn import DreamRNN, DreamRNNConfig
from engine.models.dream_rnn_variants import (
    AdvancedConfig,
    AdversarialConfig,
    BiasConfig,
    DreamRNNAdvanced,
    DreamRNNAdversarial,
    DreamRNNBiasFactorised,
    DreamRNNDual,
    DreamRNNSingle,
)
from engine.models.generators import GENERATORS
from engine.models.layers import SequenceModel
from engine.models.legnet import LegNet, LegNetConfig

MODELS: dict[str, tuple[Callable[..., SequenceModel], type]] = {
    "legnet": (LegNet, LegNetConfig),
    "dream_rnn": (DreamRNN, DreamRNNConfig),
    "dream_rnn_single": (DreamRNNSingle, DreamRNNConfig),
    "dream_rnn_dual": (DreamRNNDual, DreamRNNConfig),
    "dream_rnn_da": (DreamRNNAdversarial, AdversarialConfig),
    "dream_rnn_bf": (DreamRNNBiasFactorised, BiasConfig),
    "dream_rnn_adv": (DreamRNNAdvanced, AdvancedConfig),
    "disentangle": (DisentangleModel, DisentangleConfig),
}
_EVERY: dict[str, tuple[Callable[..., SequenceModel], type]] = {**MODELS, **GENERATORS}


def configure(name: str, options: dict):
    """The configuration of model `name` with `options` in place of defaults; raises InputError."""
    if name not in _EVERY:
        raise unknown("model", name, MODELS)
    config_type = _EVERY[name][1]
    known = {f.name for f in fields(config_type)}
    for option in options:
        if option not in known:
            raise unknown(f"option of model '{name}'", option, sorted(known))
    # JSON has no tuples: a list in an option is one of the configuration's tuples
    return config_type(**{k: tuple(v) if isinstance(v, list) else v for k, v in options.items()})


def build(name: str, outputs: tuple[str, ...], options: dict | None = None) -> SequenceModel:
    """A fresh model `name` with the named outputs; `options` replace fields of its configuration."""
    config = configure(name, options or {})
    if not outputs:
        raise InputError(f"model '{name}' needs at least one output")
    return _EVERY[name][0](tuple(outputs), config)


def full_config(name: str, options: dict) -> dict:
    """All fields of the configuration, defaults included, as stored with the weights."""
    return asdict(configure(name, options))
