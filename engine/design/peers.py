"""What natural elements that are as active as a design have in common with it: families of motifs, counted.

A random part of the training elements is scanned once and kept in the cache. The peers of a design are those of them
whose measured activities lie nearest to what is predicted for it; beside them stand all that were scanned, so that a
family which half of all elements hold is not taken for a mark of the active ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine import store
from engine.data import jaspar, sources
from engine.data.library import Library
from engine.design import opinions
from engine.design.claims import Share
from engine.design.twins import Sites, jaspar_sites
from engine.errors import InputError
from engine.interpretation.motifs.scan import Q_SHOWN
from engine.results import Progress

SCANNED = 2000  # training elements, drawn at random
NEAREST = 100  # of them that are a design's peers
SEED = 0


@dataclass(frozen=True)
class Scanned:
    """Natural elements with what they hold.

    Attributes:
        rows: `(n,)` of the library.
        outputs: the columns of `values`.
        values: `(n, outputs)` measured activities in the unit of goals; nan where not measured.
        families: names.
        holds: `(n, families)` bool.
    """

    rows: np.ndarray
    outputs: tuple[str, ...]
    values: np.ndarray
    families: tuple[str, ...]
    holds: np.ndarray

    def nearest(self, activity: Mapping[str, float], count: int = NEAREST) -> np.ndarray:
        """Up to `count` indices of the elements whose measured activities are nearest (Euclidean, standard deviations)
        over the outputs that are named; those not measured in all of them are left out.

        Raises:
            InputError: no output is named, or one that was not measured.
        """
        if not activity or not set(activity) <= set(self.outputs):
            raise InputError(f"peers are found by measured activities: name some of {', '.join(self.outputs)}")
        columns = [self.outputs.index(output) for output in activity]
        away = ((self.values[:, columns] - np.array(list(activity.values()))) ** 2).sum(axis=1)
        order = np.argsort(away, kind="stable")  # nan comes last
        return order[: min(count, int((~np.isnan(away)).sum()))]

    def shares(self, activity: Mapping[str, float], of: list[str], count: int = NEAREST) -> tuple[Share, ...]:
        """How many of a design's peers, and of all elements, hold each of its families; raises InputError."""
        near = self.nearest(activity, count)
        rows = []
        for family in dict.fromkeys(of):
            known = family in self.families
            holds = self.holds[:, self.families.index(family)] if known else np.zeros(len(self.rows), bool)
            rows.append(Share(family, int(holds[near].sum()), len(near), int(holds.sum()), len(self.rows)))
        return tuple(rows)


def scanned(library: Library, count: int = SCANNED, progress: Progress | None = None) -> Scanned:
    """Up to `count` training elements with JASPAR's families in them; scanned once a machine, then from the cache.

    Args:
        progress: called with (elements scanned, elements).
    """
    rows = drawn(library, count)
    file = sources.processed(f"design-peers-{count}-{store.digest(library.table.hash + library.split.hash, 12)}")

    def compute() -> dict[str, np.ndarray]:
        names, holds = hold(library, rows, jaspar_sites, progress)
        return {"families": np.array(names or [""]), "holds": holds}

    marks = {"data": library.table.hash, "split": library.split.hash, "rule": f"{jaspar.RELEASE} q {Q_SHOWN:g} v1"}
    kept = store.remembered(file, ("families", "holds"), compute, **marks)
    return of_rows(library, rows, tuple(map(str, kept["families"])), kept["holds"])


def drawn(library: Library, count: int = SCANNED) -> np.ndarray:
    """Up to `count` rows of the training folds, drawn at random, ascending; the same every time."""
    train = library.split.train
    return np.sort(np.random.default_rng(SEED).choice(train, min(count, len(train)), replace=False))


def hold(
    library: Library, rows: np.ndarray, read: Sites, progress: Progress | None = None
) -> tuple[tuple[str, ...], np.ndarray]:
    """Names of the families that any of the elements holds, sorted, and `(n, families)` bool which element does."""
    held: list[set[str]] = []
    for done, row in enumerate(rows):
        held.append({site.family for site in read(library.table.sequence(int(row)))})
        if progress:
            progress(done + 1, len(rows))
    names = tuple(sorted(set().union(*held)))
    holds = np.array([[name in own for name in names] for own in held], bool).reshape(len(rows), len(names))
    return names, holds


def of_rows(library: Library, rows: np.ndarray, names: tuple[str, ...], holds: np.ndarray) -> Scanned:
    """Elements with what `hold` found in them, and their measured activities."""
    measured = opinions.measured(library, rows)
    return Scanned(rows, measured.outputs, measured.values, names, holds)
