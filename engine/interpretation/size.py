"""Which models are large: these are asked about fewer elements, since a LegNet costs five to ten times a DREAM-RNN."""

from __future__ import annotations

from engine.experiments.checkpoints import Checkpoint

LARGE = 1_000_000  # weights


def is_large(checkpoint: Checkpoint) -> bool:
    """True if a model, or all members of an ensemble together, have more than `LARGE` weights."""
    return sum(p.numel() for p in checkpoint.model.parameters()) > LARGE
