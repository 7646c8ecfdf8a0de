"""Networks that generate sequences, by name. A new one is one file here and one row in `GENERATORS`."""

from __future__ import annotations

from collections.abc import Callable

from engine.models.generators.autoregressive import AutoregressiveConfig, AutoregressiveNetwork
from engine.models.generators.contract import GeneratorModel
from engine.models.generators.dilated import DilatedDenoiser, DilatedDenoiserConfig
from engine.models.generators.transformer import TransformerDenoiser, TransformerDenoiserConfig
from engine.models.generators.unet import UNetDenoiser, UNetDenoiserConfig

GENERATORS: dict[str, tuple[Callable[..., GeneratorModel], type]] = {
    "dilated_denoiser": (DilatedDenoiser, DilatedDenoiserConfig),
    "transformer_denoiser": (TransformerDenoiser, TransformerDenoiserConfig),
    "unet_denoiser": (UNetDenoiser, UNetDenoiserConfig),
    "autoregressive": (AutoregressiveNetwork, AutoregressiveConfig),
}
