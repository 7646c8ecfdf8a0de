"""What a student learns from: the settings that the task of distillation reads."""

from __future__ import annotations

from dataclasses import dataclass

from engine.results import UNCERTAINTIES


@dataclass(frozen=True)
class Distillation:
    """A trained model whose networks' mean and spread are learned, on sequences that cost nothing to label (DEGU;
    Zhou et al. 2024, bioRxiv 2024.11.13.623485).

    Attributes:
        teacher: a trained model of several networks.
        mutants: of each training element so many copies with 1 to `mutations` random substitutions, few as likely as
            many on a logarithmic scale.
        shuffles: of so large a share of the training elements a copy with the same dinucleotides.
        seed: of what is drawn.
        weight: of the losses on spread and noise, each beside that on the mean.
    """

    teacher: str
    mutants: int = 1
    mutations: int = 60
    shuffles: float = 0.25
    seed: int = 0
    weight: float = 0.1


def uncertainty_columns(outputs: tuple[str, ...]) -> tuple[str, ...]:
    """The further columns of a student's head, in the order in which it learns them."""
    return tuple(f"{kind}:{output}" for kind in UNCERTAINTIES for output in outputs)
