"""How weights are moved: the settings that the training loop reads, whatever is learned."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Optimizer:
    """AdamW under a one-cycle learning rate (Smith & Topin 2018, arXiv:1708.07120).

    Attributes:
        peak_lr: the highest learning rate, reached after `warmup` of the run.
        batch_size: samples in a step, for the task that deals them out.
        ema: decay of the averaged weights, which are the ones that are validated and kept; 0 turns it off.
        max_shift: of a task on sequences: each training window is moved by up to this many bases into the adapters.
        patience: stop after this many epochs without a better score on the validation part.
    """

    peak_lr: float = 5e-3
    weight_decay: float = 0.05
    epochs: int = 16
    batch_size: int = 256
    warmup: float = 0.3
    ema: float = 0.0
    max_shift: int = 10
    clip: float = 1.0
    patience: int = 8
