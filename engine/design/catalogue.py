"""METHODS: every way of designing by its name, out of the rows that the files of generators and rivals declare."""

from __future__ import annotations

from collections.abc import Iterable

from engine.design import declared
from engine.design.diffusion import generating
from engine.design.methods import Method
from engine.design.rivals import (
    adalead,
    annealing,
    autoregressive,
    beam,
    evolution,
    gradient,
    grafting,
    markov,
    natural,
    sharpened,
    shuffles,
)
from engine.errors import unknown
from engine.experiments.description import read_description

METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        *generating.METHODS,
        sharpened.METHOD,
        *natural.METHODS,
        shuffles.METHOD,
        markov.METHOD,
        evolution.METHOD,
        beam.METHOD,
        annealing.METHOD,
        adalead.METHOD,
        gradient.METHOD,
        grafting.METHOD,
        autoregressive.METHOD,
    )
}

# what the generator of a method that needs one has to have learned by
OBJECTIVES: dict[str, str] = generating.OBJECTIVE | {
    sharpened.METHOD.name: generating.OBJECTIVE[generating.MASKED.name],
    autoregressive.METHOD.name: "autoregressive",
}

# the trained generator that a method takes where the user names none
GENERATORS: dict[str, str] = generating.DEFAULT_GENERATOR | {
    sharpened.METHOD.name: generating.DEFAULT_GENERATOR[generating.MASKED.name],
    autoregressive.METHOD.name: autoregressive.DEFAULT_GENERATOR,
}


def fitting(method: str, names: Iterable[str]) -> list[str]:
    """Those of some trained generators that a method can draw by: its usual one first, then that one's twin of half A,
    then the others as they come.

    Raises:
        CheckpointError: what a generator learned by cannot be read.
    """
    usual = GENERATORS[method]
    first = (usual, usual + declared.TWIN)
    able = [n for n in names if read_description(n)["experiment"].get("objective") == OBJECTIVES[method]]
    return sorted(able, key=lambda n: first.index(n) if n in first else len(first))


def get(name: str) -> Method:
    """A method by its name; raises InputError with the names there are."""
    if name not in METHODS:
        raise unknown("method", name, METHODS)
    return METHODS[name]
