"""The fixed panel of held-out elements that models are looked into with, and how its results are kept.

What is computed on the panel is heavy and its results are small: JSON files under
`trained_models/<name>/interpretation/` (one model) or `shared_results/` (several), each with a key made of all that
they depend on. Pages read them; `python -m engine interpret` writes them. A file with another key is stale
and is never shown.
"""

from __future__ import annotations

import numpy as np

from engine.data.library import Library
from engine.errors import InputError
from engine.experiments import checkpoints

SIZE = 2000
SEED = 0
FOLDER = "interpretation"


def rows(library: Library, size: int = SIZE, seed: int = SEED) -> np.ndarray:
    """`(n,)` ascending rows of the table: `size` elements of the test fold drawn by `seed`, or all if there are fewer.

    Every smaller panel of a seed is part of the larger ones.
    """
    return np.sort(np.random.default_rng(seed).permutation(library.split.test)[:size])


def in_test_fold(library: Library, panel: np.ndarray) -> np.ndarray:
    """`(n,)` where the rows of a panel stand in what is stored for the whole test fold."""
    return np.searchsorted(library.split.test, panel)


def weights_of(name: str) -> str:
    """The hash of a trained network's weights, without loading it.

    Raises:
        InputError: an unknown name, or an ensemble, which has no features of its own.
    """
    description = checkpoints.read_description(name)
    if description["architecture"] == checkpoints.ENSEMBLE:
        members = ", ".join(description["config"]["members"])
        raise InputError(
            f"'{name}' is an ensemble: it has maps and reliability, but no features of its own; for those look "
            f"into its members: {members}"
        )
    return description["weights_sha256"]


def networks() -> list[str]:
    """The trained models with features of their own: all but ensembles."""
    ensemble = checkpoints.ENSEMBLE
    return [n for n in checkpoints.trained() if checkpoints.read_description(n)["architecture"] != ensemble]
