"""Designing in one call, out of what is trained, by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine import limits
from engine.data import library
from engine.design import catalogue, declared, judge, splits
from engine.design.drawing import draw
from engine.design.methods import Asked, Method
from engine.design.results import Designed, Goal
from engine.errors import CheckpointError, InputError
from engine.experiments import checkpoints
from engine.experiments.checkpoints import Checkpoint
from engine.results import Progress


def designs(
    goal: Goal | Mapping[str, float],
    count: int = 10,
    method: str = "evolution",
    *,
    seed: int = 1,
    guide: str = "",
    generator: str = "",
    options: Mapping[str, float] | None = None,
    progress: Progress | None = None,
) -> list[Designed]:
    """Sequences for a goal, each once; the same arguments give the same. Of the library a method reads half A of the
    training folds alone (`engine.design.splits`). Who may judge them says `engine.design.judge.judges`, and what a
    judge shares with what made them, `dependence` there.

    Args:
        goal: or its activities alone, by output.
        count: how many; the list is shorter where the method has no more that differ.
        method: its name in `engine.design.catalogue.METHODS`.
        guide: a trained model of activity that a search follows; by default the first of `engine.design.judge.guides`.
        generator: a trained generator; by default the method's usual one, or its twin where that alone is trained.
        options: of the method, by name.
        progress: called with (steps done, steps) of the method's own.

    Raises:
        InputError: an unknown name, or a goal, a count or an option that the method cannot do; says which.
        CheckpointError: a guide or generator that is not trained; gives the command.
    """
    way, goal = catalogue.get(method), goal if isinstance(goal, Goal) else Goal(goal)
    if not isinstance(count, int) or count < 1:
        raise InputError(f"{count!r} is no number of designs; give a whole number from 1")
    limits.DESIGNS.check(count, "this call")
    for need, name in (("guide", guide), ("generator", generator)):
        if name and need not in way.needs:
            raise InputError(f"'{way.name}' uses no {need}; leave out {need}='{name[:80]}', or take another method")
    joint = library.joint()
    asked = Asked(
        goal,
        count,
        seed,
        joint,
        tuple(map(int, splits.design_rows(joint))),
        guide_for(guide, goal.activity) if "guide" in way.needs else None,
        generator_for(way, generator) if "generator" in way.needs else None,
        options or {},
    )
    return draw(way, asked, [], progress)


def guide_for(name: str = "", outputs: Iterable[str] = ()) -> Checkpoint:
    """The model that was named, or else the one to take of those that predict the outputs.

    Raises:
        InputError: an unknown name.
        CheckpointError: it is not trained, or none is; gives the command.
    """
    return checkpoints.load(name or next(iter(judge.guides(checkpoints.trained(), outputs)), judge.GUIDES[0]))


def generator_for(way: Method, name: str = "") -> Checkpoint:
    """The generator that was named, or else the usual one of a method, or its twin where that alone is trained.

    Raises:
        InputError: an unknown name.
        CheckpointError: it is not trained, or neither is; gives the command.
    """
    there, usual = checkpoints.trained(declared.SYSTEM), catalogue.GENERATORS[way.name]
    wanted = name or next((n for n in (usual, usual + declared.TWIN) if n in there), usual)
    if wanted in declared.EXPERIMENTS and wanted not in there:
        short = wanted.removeprefix(f"{declared.SYSTEM}.")
        raise CheckpointError(f"'{wanted}' is not trained yet; run: python -m engine design train {short}")
    return checkpoints.load(wanted)
