"""COMPARISONS: what the benchmark holds against each other, declared once: methods with their options.

*methods*: every method. What a search may ask of its guide is set alike: some 770 predictions a design (`BUDGET`), of
which a gradient counts as three, since it costs about as much; grafting spreads its screening of motifs over the ten
designs of a goal. More would bring every search further, so the table says which options were used.

*guidance* and *steps*: masked diffusion as it is by default beside other values of one option.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from engine.design.catalogue import METHODS
from engine.design.methods import Method
from engine.errors import unknown

BUDGET: Mapping[str, Mapping[str, float]] = {
    "evolution": {"rounds": 64.0, "children": 12.0},
    "masked_evolution": {"rounds": 64.0, "children": 12.0},
    "annealing": {"steps": 768.0},
    "adalead": {"population": 10.0, "rounds": 38.0, "predictions of each a round": 20.0},
    "gradient": {"steps": 64.0, "draws a step": 4.0},
    "grafting": {"backgrounds": 2.0, "grafts": 6.0, "tried for each": 96.0},
    "beam": {"edits": 7.0, "beam width": 2.0, "share of positions": 0.1},
}


@dataclass(frozen=True)
class Entry:
    """A method of `engine.design.catalogue` with options in place of its defaults."""

    method: str
    options: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Comparison:
    """What is compared, by the name under which it stands in the table."""

    entries: Mapping[str, Entry]

    def methods(self, *names: str) -> dict[str, Method]:
        """Those of some names, all where none is given, each under its own name.

        Raises:
            InputError: an unknown name.
        """
        for name in names:
            if name not in self.entries:
                raise unknown("method", name, self.entries)
        return {name: replace(METHODS[self.entries[name].method], name=name) for name in names or self.entries}

    @property
    def options(self) -> dict[str, Mapping[str, float]]:
        """By name."""
        return {name: entry.options for name, entry in self.entries.items()}


def _beside(option: str, *values: float, method: str = "masked") -> Comparison:
    """A method as it is by default, and with other values of one option."""
    others = {
        f"{method}, {option} {value:g}": Entry(method, {option: value})
        for value in values
        if value != METHODS[method].options[option]
    }
    return Comparison({method: Entry(method)} | others)


COMPARISONS: dict[str, Comparison] = {
    "methods": Comparison({name: Entry(name, BUDGET.get(name, {})) for name in METHODS}),
    "guidance": _beside("guidance", 1.0, 2.0, 3.0),
    "steps": Comparison({**_beside("steps", 16.0, 64.0).entries, "masked_one_by_one": Entry("masked_one_by_one")}),
}


def get(what: str) -> Comparison:
    """A comparison by its name; raises InputError with the names there are."""
    if what not in COMPARISONS:
        raise unknown("comparison", what, COMPARISONS)
    return COMPARISONS[what]
