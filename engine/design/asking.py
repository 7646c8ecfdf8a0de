"""What the benchmark asks of every method, and what nature gives for it.

Two questions. *Natural*: the measured activities of some elements of the test fold, several designs each: a method that
learned the grammar answers with sequences that a judge ranks as asked and cannot tell from natural ones. *Specific*: as
active as possible in one cell type and not in the others, where searches are strong: how far beyond nature?

What *specific* asks for is the corner of what was measured: the highest activity of any element of half A in one cell
type, with the lowest of any in each of the others. Each number by itself is one that generators learned from, so that
they are not asked for what they cannot know; no element has them together, so that no search ends because it is there.
All methods are asked for the same and scored alike: the activity in that cell type minus the mean of the others
(K562 minus half of HepG2 and WTC11), by each judge, as a multiple of what that judge says of the most specific natural
element (`engine.design.metrics.activity`). Searches differ in how many predictions of the guide they may use, which is
an option of theirs and to be set alike.

A goal's natural counterparts are the elements of the test fold whose measured activities are nearest; each is one
design's counterpart alone. The *floor* answers the same questions with elements of the validation fold, chosen in the
same way out of a random half of it: natural, and of the training sequences of nobody. The judge chose its epoch on that
fold, which makes its errors there a little smaller than on the test fold.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from engine.data.library import Library
from engine.design.results import Goal
from engine.design.splits import asked_rows, design_rows, scale
from engine.errors import InputError

SEED = 0  # of which elements of the test fold are asked for: the same for every method and draw


@dataclass(frozen=True)
class Settings:
    """How much is asked.

    Attributes:
        goals, each: elements of the test fold whose activities are asked for, and designs for each; N is their product.
        specific: designs for each cell type that is to be specific.
        examined: designs whose map is examined for each output, of judges whose maps have a scale; 0 for none.
        seeds: draws of every method, over which intervals are taken.
    """

    goals: int = 30
    each: int = 10
    specific: int = 30
    examined: int = 0
    seeds: tuple[int, ...] = (0, 1, 2)

    def as_dict(self) -> dict:
        """Of all but the seeds: what the numbers of one draw depend on."""
        return {key: value for key, value in asdict(self).items() if key != "seeds"}


@dataclass(frozen=True)
class Question:
    """What is asked for.

    Attributes:
        name: 'natural', or 'specific ' and an output.
        goals: what is asked, one after the other.
        each: designs wanted of each goal; together N.
        rows: `(N,)` of the library, the natural counterpart of each design in the order of the goals.
        wanted: `(N, outputs)` s.d.; nan where nothing is asked.
    """

    name: str
    goals: tuple[Goal, ...]
    each: int
    rows: np.ndarray
    wanted: np.ndarray

    @property
    def n(self) -> int:
        return len(self.goals) * self.each


def in_sd(library: Library) -> np.ndarray:
    """`(elements, outputs)` float64 measured activities in s.d. above the mean of the training folds; nan where not
    measured."""
    mean, sd = scale(library, library.table.outputs)
    return (library.table.activity.astype(np.float64) - mean) / sd


def questions(library: Library, settings: Settings) -> tuple[Question, ...]:
    """All that is asked; raises InputError where the test fold holds too few elements that every cell type measured."""
    activity, outputs, rows = in_sd(library), library.table.outputs, asked_rows(library)
    rows = rows[~np.isnan(activity[rows]).any(axis=1)]
    if len(rows) < settings.goals * settings.each:
        raise InputError(
            f"{settings.goals} x {settings.each} designs need as many elements of the test fold that every cell type "
            f"measured, and there are {len(rows)}; ask for fewer"
        )
    chosen = np.sort(np.random.default_rng(SEED).permutation(rows)[: settings.goals])
    goals = tuple(Goal(dict(zip(outputs, map(float, activity[row]), strict=True))) for row in chosen)
    asked = [_question("natural", goals, settings.each, library, rows)]
    for output in outputs:
        asked.append(_question(f"specific {output}", (corner(library, output),), settings.specific, library, rows))
    return tuple(asked)


def corner(library: Library, output: str) -> Goal:
    """The highest activity that an element of half A was measured to have in one output, and the lowest in each of the
    others."""
    activity = in_sd(library)[design_rows(library)]
    high, low = np.nanmax(activity, axis=0), np.nanmin(activity, axis=0)
    extremes = zip(library.table.outputs, high, low, strict=True)
    return Goal({o: float(most if o == output else least) for o, most, least in extremes})


def floor(question: Question, library: Library, seed: int) -> np.ndarray:
    """`(N, length)` uint8: a question answered by natural elements of the validation fold; see the module's text.

    Raises:
        InputError: half of the validation fold holds fewer elements than designs are asked for.
    """
    rows = library.split.validation
    rows = rows[~np.isnan(in_sd(library)[rows]).any(axis=1)]
    half = np.random.default_rng(seed).permutation(rows)[: len(rows) // 2]
    return library.table.codes[counterparts(question.goals, question.each, library, np.sort(half))]


def counterparts(goals: tuple[Goal, ...], each: int, library: Library, rows: np.ndarray) -> np.ndarray:
    """`(goals x each,)` of `rows` the elements nearest to each goal by measured activity, one goal after the other;
    none is taken twice.

    Raises:
        InputError: fewer rows than are wanted.
    """
    if len(rows) < len(goals) * each:
        raise InputError(f"{len(goals) * each} natural elements are wanted, and there are {len(rows)}; ask for fewer")
    activity, outputs = in_sd(library)[rows], library.table.outputs
    free, taken = np.ones(len(rows), bool), []
    for goal in goals:
        columns = [outputs.index(o) for o in goal.activity]
        away = ((activity[:, columns] - np.array(list(goal.activity.values()))) ** 2).sum(axis=1)
        nearest = np.argsort(np.where(free, away, np.inf), kind="stable")[:each]
        free[nearest] = False
        taken.append(rows[nearest])
    return np.concatenate(taken)


def _question(name: str, goals: tuple[Goal, ...], each: int, library: Library, rows: np.ndarray) -> Question:
    outputs = library.table.outputs
    wanted = np.array([[goal.activity.get(o, np.nan) for o in outputs] for goal in goals for _ in range(each)])
    return Question(name, goals, each, counterparts(goals, each, library, rows), wanted)
