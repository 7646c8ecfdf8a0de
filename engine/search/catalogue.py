"""All that can be found by its name, as a list that a search box filters while one types.

`small` is at hand at once; `whole` reads the joint library and JASPAR, which takes seconds the first time.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from engine.data import genes, jaspar, library, sources
from engine.data.satmut import DATA_SETS
from engine.experiments import labels
from engine.experiments.names import of_every_system

ELEMENT, MAP, PROMOTER, MOTIF, MODEL = "element", "map", "promoter", "motif", "model"
NEEDED = ("lentimpra_sequences", "lentimpra_activity", "genes")  # for promoters by the names of their genes


@dataclass(frozen=True)
class Entry:
    """One thing with a name.

    Attributes:
        kind: one of the constants above.
        name: what is shown and searched first.
        about: what it is, in a few words, which are searched too.
        id: what the engine calls it: a data set, an element of the library, a matrix, a model.
    """

    kind: str
    name: str
    about: str
    id: str


def small() -> tuple[Entry, ...]:
    """Measured elements and trained models."""
    return (*_measured(), *_models())


def whole() -> tuple[Entry, ...]:
    """The same with the motifs of JASPAR and, where the files are there, the promoters of the joint library."""
    promoters = _promoters() if sources.available(*NEEDED) else ()
    return (*small(), *_motifs(), *promoters)


def _measured() -> tuple[Entry, ...]:
    entries = []
    for name, data_set in DATA_SETS.items():
        gene, kind = genes.ELEMENTS[data_set.element]
        about = f"{kind} of {gene}, saturation mutagenesis in {data_set.cells}"
        entries += [Entry(ELEMENT, name, about, name), Entry(MAP, name, about, name)]
    return tuple(entries)


def _models() -> tuple[Entry, ...]:
    return tuple(Entry(MODEL, labels.label(name), f"model {name}", name) for name in of_every_system())


@functools.lru_cache(maxsize=1)
def _motifs() -> tuple[Entry, ...]:
    matrices = jaspar.load().values()
    return tuple(Entry(MOTIF, m.name, f"motif {m.id}, JASPAR", m.id) for m in matrices)


@functools.lru_cache(maxsize=1)
def _promoters() -> tuple[Entry, ...]:
    held = set(library.joint().table.names.tolist())
    return tuple(
        Entry(PROMOTER, g.symbol, f"promoter in the lentiMPRA library, {g.ensembl}", g.ensembl)
        for g in genes.known().values()
        if g.ensembl in held
    )
