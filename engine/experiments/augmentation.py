"""How training sequences are perturbed: the settings that the task of activity reads."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Augmentation:
    """Evolution-inspired perturbations (EvoAug; Lee et al. 2023, Genome Biol 24:105): a perturbed sequence keeps its
    label. They stop before the run ends, so that the last epochs see sequences as they are (the paper's fine-tuning).

    Attributes:
        most: how many kinds of perturbation a sequence gets at most; each from 0 to that many is as likely.
        insertion, deletion, inversion, translocation: bases that one of these takes at most; 0 leaves it out. What an
            insertion pushes out of the window is lost, what a deletion leaves open is filled with random bases.
        mutation: share of the positions that get a random base, which may be the same.
        noise: standard deviation of the normal noise on the one-hot input, on every sequence.
        share: of the run, from its start, in which sequences are perturbed.
    """

    most: int = 2
    insertion: int = 20
    deletion: int = 20
    inversion: int = 20
    translocation: int = 20
    mutation: float = 0.05
    noise: float = 0.1
    share: float = 0.75
