"""A model of a user's own table: the recipe of a declared experiment, under a name of its own."""

from __future__ import annotations

import re
from dataclasses import replace

from engine.data.library import Library
from engine.errors import InputError, unknown
from engine.experiments import declared
from engine.experiments.declared import EXPERIMENTS, Experiment, Target

FEW_STEPS = 20  # in an epoch; with fewer a schedule made for the joint library ends before much is learned
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def recipe_of(name: str, network: str) -> Experiment:
    """A declared experiment's network, loss and schedule under another name; `on` says what it learns from.

    Raises:
        InputError: no name, one that is no name of a folder or is declared, or an unknown network.
    """
    if not _NAME.fullmatch(name) or ".." in name:
        raise InputError(
            f"'{name}' is no name for a model; give one of letters, digits, '_', '-' and '.' with --name, as my_mpra"
        )
    if name in declared.names():
        raise InputError(f"'{name}' is the name of a declared model; choose another with --name")
    if network not in EXPERIMENTS:
        raise unknown("network", network, EXPERIMENTS)
    return replace(EXPERIMENTS[network], name=name, source=network)


def on(recipe: Experiment, library: Library) -> Experiment:
    """What is to be trained: the recipe on this table, and on no other."""
    table = library.table
    target = Target(declared.own_table(table.hash), table.outputs)
    return replace(recipe, task=target, source=f"{recipe.source} on {table.library}")


def in_words(library: Library, experiment: Experiment) -> str:
    """What is trained on what, before it begins."""
    table, split = library
    steps = max(1, len(split.train) // experiment.optimizer.batch_size)
    words = (
        f"{table.library}: {len(split.train):,} sequences train, {len(split.validation):,} choose the epoch, "
        f"{len(split.test):,} are held out; {len(set(split.groups.tolist())):,} groups share no 30-mer"
    )
    if steps < FEW_STEPS:
        words += f"; {steps} steps in each of {experiment.optimizer.epochs} epochs are few: try more with --epochs"
    return words
