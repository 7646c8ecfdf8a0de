"""A way of designing sequences: what it is asked for, what it gives. All of them stand in `engine.design.catalogue`.

A method is a function `(asked, progress) -> Iterator[Designed]`: it gives sequences as they come, never more than
`asked.count`, obeys `Goal.kept` and `Goal.edits` or raises InputError that says what it cannot do, and draws all that
is random from `asked.seed`. What it may learn from stands in `Asked`: training folds alone, a guide and a generator
that never saw the judge's folds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import torch

from engine.data.library import Library
from engine.design.results import Designed, Goal
from engine.experiments.checkpoints import Checkpoint
from engine.results import Progress


@dataclass(frozen=True)
class Asked:
    """What a method is asked for, and what it may use.

    Attributes:
        count: sequences wanted.
        library: the joint library; a method reads the rows in `rows` alone.
        rows: of the library that generators and guides learned from.
        guide: a model of activity that searches follow; None for methods that need none.
        generator: a trained generator; None for methods that need none.
        options: of the method, by name.
        device: where guide and generator compute; None: where they are.
    """

    goal: Goal
    count: int
    seed: int
    library: Library
    rows: tuple[int, ...]
    guide: Checkpoint | None = None
    generator: Checkpoint | None = None
    options: Mapping[str, float] = field(default_factory=dict)
    device: torch.device | None = None


Design = Callable[[Asked, Progress | None], Iterator[Designed]]


@dataclass(frozen=True)
class Method:
    """A way of designing.

    Attributes:
        label: as a biologist would call it.
        what: one sentence on how it works, with its source.
        needs: 'guide', 'generator', 'template': what has to be given.
        options: its options with their defaults.
        edits: whether it can keep to a number of edits of the template.
    """

    name: str
    label: str
    what: str
    design: Design
    needs: frozenset[str] = frozenset()
    options: Mapping[str, float] = field(default_factory=dict)
    edits: bool = False
