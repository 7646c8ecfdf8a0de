"""Designing that can be stopped and gone on with: sequences are kept as they come, each with the seed of its draw."""

from __future__ import annotations

import dataclasses

from engine.design.methods import Asked, Method
from engine.design.results import Designed
from engine.results import Progress


def draw(method: Method, asked: Asked, made: list[Designed], progress: Progress | None = None) -> list[Designed]:
    """Design until there are as many sequences as are asked for.

    What is in `made` stays, and what comes is put behind it at once, so that a draw which was stopped by an exception
    out of `progress` goes on when it is called again with the same list. A draw that goes on cannot begin where the
    last one was stopped, inside of a search: it asks for as many as are lacking with the next seed. A sequence whose
    bases are there already is left out, so the list may stay shorter than `asked.count` where the method has no more
    to give.

    Args:
        progress: told of the steps of the method alone, in its own unit.

    Returns:
        `made`.

    Raises:
        InputError: what the method says of what is asked for.
    """
    known = {d.sequence.bases for d in made}
    while len(made) < asked.count:
        before = len(made)
        seed = asked.seed + len({d.seed for d in made})
        wanted = dataclasses.replace(asked, count=asked.count - len(made), seed=seed)
        for designed in method.design(wanted, progress):
            if designed.sequence.bases not in known:
                known.add(designed.sequence.bases)
                made.append(designed)
        if len(made) == before:
            break
    return made
