"""How figures call and draw models: by a label that people can read, in one style a model."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.plots.parts import theme

WIDTH = 40  # characters of a label before it breaks


@dataclass(frozen=True)
class Legend:
    """What stands for each model in a figure.

    Attributes:
        labels: by the model's name; one that is missing goes by its name.
        known: all models, whose order decides their styles.
    """

    labels: Mapping[str, str] = field(default_factory=dict)
    known: Sequence[str] = ()

    def label(self, name: str) -> str:
        """On one line, as a figure's texts take it."""
        return theme.literal(self.labels.get(name, name))

    def axis(self, name: str) -> str:
        """Broken into lines, to stand at an axis."""
        return (
            "<br>".join(textwrap.wrap(self.label(name), WIDTH, break_long_words=False, break_on_hyphens=False)) or name
        )

    def code(self, name: str) -> str:
        """The code that a label begins with, as R3; empty for one without, whose first word several may share."""
        first, _, rest = self.label(name).partition(" ")
        return "" if not rest or first.endswith(",") else first

    def below(self, names: Sequence[str]) -> list[str]:
        """To stand below a square map whose rows are written out: each one's code, or all of it where two share one."""
        codes = [self.label(n).split(" ")[0] for n in names]
        return [c if codes.count(c) == 1 else self.label(n) for c, n in zip(codes, names, strict=True)]

    def colour(self, name: str) -> str:
        return self.style(name).colour

    def style(self, name: str) -> theme.Style:
        return theme.model_style(name, list(self.known))
