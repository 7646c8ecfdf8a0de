"""Maps with their patterns taken out: what a statistic of maps has to be compared with."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

ROUNDS = 50  # more change nothing in nine maps of ten
WIDTH = 8  # standard deviation, in bases, of the window in which sizes are averaged: as wide as a motif


def shuffled(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Maps `(n, length, ...)`, the positions of each in an order of its own: the same values, without neighbours."""
    order = rng.permuted(np.tile(np.arange(values.shape[1]), (len(values), 1)), axis=1)
    return values[np.arange(len(values))[:, None], order]


def local(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Maps `(n, length)` as large at the same places and as smooth, but without patterns.

    Each map is divided by its size around each position (root mean square in a window of `WIDTH`), replaced by
    `as_smooth`, and multiplied again. A map whose large values lie together, or that is smooth, would otherwise pass
    for one with motifs.
    """
    size = np.sqrt(gaussian_filter1d(values**2, WIDTH, axis=1))
    return as_smooth(np.divide(values, size, out=np.zeros_like(values), where=size > 0), rng) * size


def as_smooth(values: np.ndarray, rng: np.random.Generator, rounds: int = ROUNDS) -> np.ndarray:
    """Maps `(n, length)` with exactly the same values and nearly the same autocorrelation.

    Iterated amplitude-adjusted Fourier transform (Schreiber & Schmitz 1996, Phys Rev Lett 77:635): from a shuffle, the
    amplitudes of the map's spectrum and its values are put in by turns.
    """
    length = values.shape[1]
    sizes = np.abs(np.fft.rfft(values, axis=1))
    ascending = np.sort(values, axis=1)
    drawn = shuffled(values, rng)
    for _ in range(rounds):
        phases = np.exp(1j * np.angle(np.fft.rfft(drawn, axis=1)))
        wave = np.fft.irfft(sizes * phases, length, axis=1)
        ranks = wave.argsort(axis=1, kind="stable").argsort(axis=1, kind="stable")
        drawn = np.take_along_axis(ascending, ranks, axis=1)
    return drawn
