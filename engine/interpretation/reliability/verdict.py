"""One verdict on a map in words, on a scale calibrated on held-out elements.

A check is passed unless the map is among the worst tenth of the held-out maps of the same model and output, or agrees
no better than maps of different elements do. The level follows from how many checks fail, measured by how many fail on
the held-out maps themselves: whatever checks are given, most held-out maps are 'as reliable as usual'.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from engine.experiments import labels
from engine.interpretation.reliability.checks import CHECKS

LEVELS = ("as reliable as usual", "less reliable than usual", "do not rely on it")
WORST = 10.0  # percentile below which a check fails
USUAL, RARE = 75.0, 95.0  # percentiles of the number of failed checks at which the level changes


@dataclass(frozen=True)
class Calibration:
    """The checks of held-out maps of one model and output.

    Attributes:
        values: check to `(n,)` value of each held-out map.
        chance: the correlation that 95% of pairs of IG and ISM of different elements stay below.
        companions: models that 'models' compares with.
    """

    model: str
    output: str
    values: dict[str, np.ndarray]
    chance: float
    companions: tuple[str, ...] = ()

    def percentile(self, check: str, value: float) -> float:
        """Percent of the held-out maps that are worse than this one; those that equal it count half."""
        return float(self._percentiles(check, np.array([value]))[0])

    def fails(self, check: str, value: float) -> bool:
        """Whether a value is among the worst tenth, or a correlation no better than chance."""
        return bool(self._fails(check, np.array([value]))[0])

    def failures(self, checks: tuple[str, ...]) -> np.ndarray:
        """`(n,)` how many of these checks each held-out map fails."""
        return np.sum([self._fails(c, self.values[c]) for c in checks], axis=0)

    def _percentiles(self, check: str, values: np.ndarray) -> np.ndarray:
        sign = 1 if CHECKS[check].high else -1
        held_out = np.sort(sign * self.values[check][np.isfinite(self.values[check])])
        places = [np.searchsorted(held_out, sign * values, side) for side in ("left", "right")]
        return np.where(np.isfinite(values), 50 * (places[0] + places[1]) / max(1, len(held_out)), 0)

    def _fails(self, check: str, values: np.ndarray) -> np.ndarray:
        by_chance = CHECKS[check].correlation & ~(values > self.chance)
        return by_chance | (self._percentiles(check, values) < WORST)


@dataclass(frozen=True)
class Verdict:
    """What may be said of a map.

    Attributes:
        level: one of `LEVELS`.
        sentence: the level with its reasons and numbers.
        passed, failed: names of checks.
        percentiles: of every check, 100 the best of the held-out maps.
    """

    level: str
    sentence: str
    passed: tuple[str, ...]
    failed: tuple[str, ...]
    percentiles: dict[str, float] = field(default_factory=dict)


def verdict(checks: dict[str, float], calibration: Calibration, unfamiliar: str = "") -> Verdict:
    """The verdict on a map.

    Args:
        checks: values by name, any of those that are calibrated.
        unfamiliar: why the sequence lies outside what the model learned from, or "" if it does not; such a sequence is
            never better than 'less reliable than usual'.
    """
    known = tuple(c for c in CHECKS if c in checks and c in calibration.values)
    percentiles = {c: calibration.percentile(c, checks[c]) for c in known}
    failed = tuple(c for c in known if calibration.fails(c, checks[c]))
    passed = tuple(c for c in known if c not in failed)
    held_out = calibration.failures(known) if known else np.zeros(1)
    usual, rare = np.percentile(held_out, [USUAL, RARE])
    place = 0 if len(failed) <= usual else 1 if len(failed) <= rare else 2
    place = min(2, place + 1) if unfamiliar else place
    level = LEVELS[place]
    more = float((held_out >= len(failed)).mean() * 100) if failed else 100.0
    summary = f"{len(passed)} of {len(known)} checks passed"
    if failed:
        worst = ", ".join(f"{CHECKS[c].words} {checks[c]:.2f} ({ordinal(percentiles[c])} percentile)" for c in failed)
        summary += f"; failed: {worst}. {more:.0f}% of held-out maps fail at least as many"
    of = "" if place == 2 else f" for maps of {labels.short(calibration.model)}"
    sentence = f"{level[0].upper()}{level[1:]}{of}: {summary}."
    if unfamiliar:
        sentence += f" {unfamiliar}"
    return Verdict(level, sentence, passed, failed, percentiles)


def ordinal(number: float) -> str:
    """'1st', '2nd', '13th', ..."""
    n = round(number)
    if n % 100 in (11, 12, 13):
        return f"{n}th"
    return f"{n}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(n % 10, 'th') }"
