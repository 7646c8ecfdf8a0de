"""Predictions for print: reference and edited sequence as bars, one pair for every output of every model."""

from __future__ import annotations

import math

from engine.plots.parts import svg
from engine.results import Prediction

BAR, PAIR, RIGHT, TOP, BOTTOM, WIDTH = 11.0, 32.0, 66.0, 44.0, 40.0, 720.0


def bars(before: list[Prediction], after: list[Prediction], *, title: str = "Predicted activity") -> str:
    """One SVG drawing; hollow bars are the reference, full ones the edited sequence.

    Args:
        before, after: one prediction of one sequence for every model, in the same order. `after` may be empty: then
            there is one bar for each output.

    A line on a bar is the standard deviation over the members of an ensemble, or what a network says of it, to either
    side.
    """
    both: list[tuple[Prediction, ...]] = list(zip(before, after, strict=True)) if after else [(b,) for b in before]
    pairs = [
        (f"{b.model}, {o}", [(p.values[0, i], None if p.spread is None else p.spread[0, i]) for p in (b, *a)])
        for b, *a in both
        for i, o in enumerate(b.outputs)
    ]
    ends = [v + sign * (s or 0.0) for _, values in pairs for v, s in values for sign in (-1, 1)]
    ends = [e for e in ends if not math.isnan(e)]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    left = 16 + max(svg.width_of(name, 10) for name, _ in pairs)
    pixels = (WIDTH - left - RIGHT) / ((high - low) or 1.0)
    zero, bottom = left - low * pixels, TOP + PAIR * len(pairs)
    drawing = svg.root(WIDTH, bottom + BOTTOM, title)
    svg.label(drawing, title, 4, 15, 12, font_weight="bold")
    _key(drawing, bool(after))
    step = svg.round_length(((high - low) or 1.0) / 4)
    for k in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1):
        x = zero + k * step * pixels
        svg.line(drawing, x, TOP, x, bottom, stroke="#dddddd", stroke_width=0.6)
        svg.label(drawing, f"{k * step:g}".replace("-", "−"), x, bottom + 13, 9, text_anchor="middle")
    svg.line(drawing, zero, TOP, zero, bottom)
    said = any(p.epistemic is not None for p in before)
    whose = "networks, as a model says it" if said else "the members of an ensemble"
    axis = "log2(RNA/DNA)" + (f"; lines: standard deviation over {whose}" * _any_spread(pairs))
    svg.label(drawing, axis, 4, bottom + 31, 9)
    for row, (name, values) in enumerate(pairs):
        top = TOP + PAIR * row + (PAIR - BAR * len(values)) / 2
        svg.label(drawing, name, left - 8, TOP + PAIR * (row + 0.5) + 3.5, 10, text_anchor="end")
        for k, (value, spread) in enumerate(values):
            y, x = top + BAR * k, zero + value * pixels
            if math.isnan(value):
                svg.label(drawing, "no known base", zero + 6, y + BAR - 2, 9)
                continue
            full = "#555555" if k == 1 or not after else "#ffffff"
            svg.add(
                drawing, "rect", class_="edited" if k else "reference", x=min(zero, x), y=y + 1,
                width=abs(x - zero), height=BAR - 2, fill=full, stroke=svg.INK, stroke_width=1,
            )  # fmt: skip
            edge = x
            if spread is not None:
                reach, middle = spread * pixels, y + BAR / 2
                edge = max(x, zero, x + reach)
                # white below black can be seen on a full bar as well as beside it
                for colour, thick in (("#ffffff", 3.0), (svg.INK, 1.2)):
                    svg.line(drawing, x - reach, middle, x + reach, middle, stroke=colour, stroke_width=thick)
                    for cap in (x - reach, x + reach):
                        svg.line(drawing, cap, middle - 3, cap, middle + 3, stroke=colour, stroke_width=thick)
            number = f"{value:+.2f}".replace("-", "−")
            svg.label(drawing, number, max(edge, zero) + 6, y + BAR - 2, 9)
    return svg.text_of(drawing)


def _any_spread(pairs: list) -> bool:
    return any(s is not None for _, values in pairs for _, s in values)


def _key(drawing, edited: bool) -> None:
    names = (("reference", "#ffffff"), ("edited", "#555555")) if edited else (("the sequence", "#555555"),)
    x = 4.0
    for name, fill in names:
        svg.add(drawing, "rect", x=x, y=24, width=16, height=9, fill=fill, stroke=svg.INK, stroke_width=1)
        svg.label(drawing, name, x + 21, 32, 10)
        x += 34 + svg.width_of(name, 10)
