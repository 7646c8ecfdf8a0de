"""What a measurement of a design can refute: bounds out of predictions and their intervals, in numbers and in words.

The bound of a difference between a design and its twin takes the errors of the two predictions as independent. Where
they share errors (most of a twin is the design) the true difference is surer than that. It is less sure where the
design alone was searched for by a model of the same kind, whose errors then lean upwards on it and not on the twin.

Every function gives a `Statement`, or in words why there is none: a bound that does not clear the control claims
nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine.design.claims import Direction, Statement, Twin
from engine.intervals import SHOWN, ErrorModel
from engine.results import Said


@dataclass(frozen=True)
class Scale:
    """The unit of goals and how wide intervals are, by output; `measured` are the known natural values, in order."""

    mean: Mapping[str, float]
    sd: Mapping[str, float]
    errors: Mapping[str, ErrorModel]
    measured: Mapping[str, np.ndarray]

    def standing(self, output: str, value: float) -> float:
        return (value - self.mean[output]) / self.sd[output]

    def above(self, output: str, value: float) -> float:
        """Share of the natural elements measured below a value."""
        known = self.measured[output]
        return float(np.searchsorted(known, value) / len(known))


@dataclass(frozen=True)
class Predicted:
    """What is predicted of one sequence: log2(RNA/DNA) and, where there is an interval, half of its width."""

    values: Mapping[str, float]
    halves: Mapping[str, float]


def half_widths(said: Said, column: int, errors: ErrorModel) -> np.ndarray:
    """`(n,)` half of each interval of one output, log2(RNA/DNA); nan where the model does not say how sure it is."""
    parts = (said.epistemic, None) if said.own is None else said.own
    sd = errors.sd(*(None if p is None else p[:, column] for p in parts))
    return np.broadcast_to(errors.reach[SHOWN] * sd, (len(said.values),)).astype(np.float64)


def directions(asked: Mapping[str, float], standing: Mapping[str, float]) -> dict[str, Direction]:
    """Which way each output is to differ from its controls, 1 up and -1 down: of a goal the outputs that it asks to be
    above or below the mean; without a goal the output that is predicted farthest from the mean."""
    if asked:
        return {output: 1 if wanted > 0 else -1 for output, wanted in asked.items() if wanted and output in standing}
    farthest = max(standing, key=lambda output: abs(standing[output]))
    return {farthest: 1 if standing[farthest] >= 0 else -1}


def levels(
    name: str, asked: Mapping[str, float], wanted: Mapping[str, Direction], own: Predicted, scale: Scale
) -> list[Statement | str]:
    """That outputs lie above or below the mean of natural elements."""
    tried: list[Statement | str] = []
    for output, direction in wanted.items():
        value, half = own.values[output], own.halves.get(output)
        side = "above" if direction > 0 else "below"
        if half is None:
            tried.append(_no_interval(name, output))
            continue
        bound = value - direction * half
        standing = scale.standing(output, bound)
        goal = f", asked for {asked[output]:+.2g} s.d." if output in asked else ""
        if standing * direction <= 0:
            tried.append(
                f"{output}: that {name} is {side} the mean of natural elements is not claimed: predicted is "
                f"{value:.2f} log2(RNA/DNA) ({scale.standing(output, value):+.2g} s.d.{goal}), and the interval "
                f"reaches {bound:.2f}, not {side} it"
            )
            continue
        share = scale.above(output, bound)
        rank = f"{side} what {share if direction > 0 else 1 - share:.0%} of natural elements measure"
        words = (
            f"{name} measures at {'least' if direction > 0 else 'most'} {bound:.2f} log2(RNA/DNA) in {output}, {rank} "
            f"(predicted {value:.2f}, {scale.standing(output, value):+.2g} s.d.{goal})"
        )
        tried.append(Statement("level", output, "", direction, bound, value, words))
    return tried


def against(
    name: str, twin: Twin, wanted: Mapping[str, Direction], own: Predicted, control: Predicted
) -> list[Statement | str]:
    """That a design differs from one of its twins in the wanted way."""
    what = "its dinucleotide shuffle" if twin.kind == "shuffled" else f"itself without its sites of {twin.family}"
    tried: list[Statement | str] = []
    for output, direction in wanted.items():
        difference = own.values[output] - control.values[output]
        side = "above" if direction > 0 else "below"
        if output not in own.halves or output not in control.halves:
            tried.append(_no_interval(name, output))
            continue
        half = float(np.hypot(own.halves[output], control.halves[output]))
        bound = difference - direction * half
        if bound * direction <= 0:
            tried.append(
                f"{output}: that {name} is {side} {what} is not claimed: predicted is a difference of "
                f"{difference:+.2f} log2(RNA/DNA), and its error is up to {half:.2f}"
            )
            continue
        words = (
            f"{name} measures at least {abs(bound):.2f} log2(RNA/DNA) {side} {what} in {output} (predicted "
            f"{difference:+.2f})"
        )
        tried.append(Statement(twin.kind, output, twin.name, direction, bound, difference, words))
    return tried


def between(name: str, asked: Mapping[str, float], own: Predicted, scale: Scale) -> list[Statement | str]:
    """That a design is more active in one output than in another, of every two that were asked for so."""
    tried: list[Statement | str] = []
    for a, b in itertools.permutations([o for o in asked if o in own.values], 2):
        if asked[a] <= asked[b]:
            continue
        if a not in own.halves or b not in own.halves:
            tried.append(_no_interval(name, f"{a} against {b}"))
            continue
        difference = scale.standing(a, own.values[a]) - scale.standing(b, own.values[b])
        half = float(np.hypot(own.halves[a] / scale.sd[a], own.halves[b] / scale.sd[b]))
        bound = difference - half
        if bound <= 0:
            tried.append(
                f"{a} against {b}: that {name} is more active in {a} is not claimed: predicted is a difference of "
                f"{difference:+.2f} s.d., and its error is up to {half:.2f}"
            )
            continue
        words = (
            f"{name} is at least {bound:.2f} s.d. of natural elements more active in {a} than in {b} (predicted "
            f"{difference:+.2f})"
        )
        tried.append(Statement("between", a, b, 1, bound, difference, words))
    return tried


def _no_interval(name: str, what: str) -> str:
    return (
        f"{what}: nothing is claimed of {name}: it takes several windows, or too few bases of it or of its twin are "
        "known, and no interval was fitted for that"
    )
