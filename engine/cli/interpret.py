"""`python -m engine interpret`: analyses of trained models that take long, computed once and kept for the pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Annotated

import typer

from engine.cli.common import each
from engine.cli.common import names as split_names
from engine.data import library
from engine.data.library import Library
from engine.errors import unknown
from engine.experiments import checkpoints
from engine.experiments.checkpoints import Checkpoint
from engine.interpretation import analyses, stored
from engine.results import Progress

USUAL = [w for w in analyses.WHAT if w not in analyses.RETRAINING]


def interpret_command(
    names: Annotated[list[str] | None, typer.Argument(help="trained models; all by default")] = None,
    what: Annotated[str, typer.Option("--what", help=f"with commas: {', '.join(analyses.WHAT)}")] = ",".join(USUAL),
) -> None:
    """Look into models on a fixed panel of held-out elements; what is there for these weights is left as it is.

    What compares models takes all trained ones, whichever are named. `seeds` trains each named model once more with
    another seed, `labels` twice on a few elements: they are done when they are asked for. What cannot be computed of
    one model is told and the others go on; the command then ends with exit code 2.
    """
    asked = split_names(what)
    for one in asked:
        if one not in analyses.WHAT:
            raise unknown("analysis", one, analyses.WHAT)
    wanted = [one for one in analyses.WHAT if one in asked]  # in this order: some start from the maps
    for name in names or ():
        checkpoints.read_description(name)  # an unknown name ends the command before the work
    networks = stored.networks()
    for name in names or ():
        if name not in networks and not set(wanted) <= {*analyses.OF_ENSEMBLES, *analyses.TOGETHER}:
            stored.weights_of(name)  # so do features of an ensemble
    load = lru_cache(maxsize=1)(checkpoints.load)
    joint = library.joint()
    jobs: list[tuple[str, str, Callable[[Progress], bool]]] = []
    for name in dict.fromkeys(names or checkpoints.trained()):
        for one in (w for w in wanted if w in (analyses.MODEL if name in networks else analyses.OF_ENSEMBLES)):
            jobs.append((f"{name}: {one}", " ", partial(_of_model, one, load, name, joint)))
    for one in (w for w in wanted if w in analyses.TOGETHER):
        jobs.append((one, ": ", partial(_of_all, one, networks, joint)))
    each(jobs)


def _of_model(what: str, load: Callable[[str], Checkpoint], name: str, library: Library, progress: Progress) -> bool:
    return analyses.MODEL[what](load(name), library, progress)


def _of_all(what: str, networks: list[str], library: Library, progress: Progress) -> bool:
    return analyses.TOGETHER[what]([checkpoints.load(name) for name in networks], library, progress)
