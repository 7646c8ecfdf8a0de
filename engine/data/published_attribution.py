"""What the rank-order study reports of its models' attributions: restated figures, shown beside ours.

Its maps are Integrated Gradients of a bidirectional LSTM over oligos of 230 bases (200 and the two adapters), in the
scale of each model's own output.
"""

from __future__ import annotations

from typing import NamedTuple

from engine.data.published import SOURCE

CITE = f"{SOURCE}, section on Integrated Gradients"
CORRELATION = (0.001, 0.035)  # Pearson between models, lowest and highest


class Reported(NamedTuple):
    """Where a model's attribution lies, in few words, and the order of its size."""

    focus: str
    magnitude: float


REPORTED = {
    "B1_baseline_mse": Reported("broad", 0.03),
    "R1_plackett_luce": Reported("5' end, bases 0-30", 1e9),
    "R2_softsort": Reported("3' end, bases 180-230", 1e10),
    "R3_ranknet": Reported("3' side", 1e8),
    "R4_combined": Reported("5' side", 1e13),
}
