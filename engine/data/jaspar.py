"""The matrices of JASPAR 2024 CORE vertebrates (Rauluseviciute et al. 2024, Nucleic Acids Res 52:D174-D182,
doi:10.1093/nar/gkad1059; CC BY 4.0), out of the database file that pyjaspar carries: nothing is downloaded.

The newest version of each of 879 matrices. Counts are kept as one small file in the cache, so a later start does
not open the database.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np

from engine import store
from engine.data import sources
from engine.errors import InputError, unknown_of_many
from engine.sequence import BASES

RELEASE = "JASPAR2024"
_BETWEEN = "|"  # of classes in the file of the cache; no name of one holds it


@dataclass(frozen=True, eq=False)
class Matrix:
    """What a factor binds: its name, the JASPAR id with version, and `(4, width)` base probabilities, order A C G T.

    `source` is where it is from: JASPAR, or a file of the user's (`engine.data.motif_files`), whose ids it then has.
    `tf_class` and `tf_family` are JASPAR's, one for each part of a heterodimer (TFClass, Wingender et al. 2018, Nucleic
    Acids Res 46:D343-D347); empty where nobody classed it.
    """

    name: str
    id: str
    probabilities: np.ndarray
    source: str = RELEASE
    tf_class: tuple[str, ...] = ()
    tf_family: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        return self.probabilities.shape[1]

    @property
    def consensus(self) -> str:
        """The most likely base at each position."""
        return "".join(BASES[k] for k in self.probabilities.argmax(axis=0))

    @property
    def label(self) -> str:
        """As menus have it: name, consensus and id."""
        return f"{self.name} {self.consensus}" + (f" ({self.id})" if self.id != self.name else "")


_memory: dict[str, dict[str, Matrix]] = {}


def load() -> dict[str, Matrix]:
    """All matrices by their id, in the order of ids; the arrays are not to be written to."""
    file = sources.processed(f"jaspar2024-vertebrates-pyjaspar{version('pyjaspar')}")
    if str(file) not in _memory:
        kept = store.remembered(file, ("counts", "widths", "ids", "names", "classes", "families"), _read_database)
        counts = np.split(kept["counts"], np.cumsum(kept["widths"])[:-1], axis=1)
        named = (kept[column].tolist() for column in ("names", "ids", "classes", "families"))
        _memory[str(file)] = {
            i: Matrix(n, i, probabilities(c), RELEASE, _parts(tf_class), _parts(family))
            for n, i, tf_class, family, c in zip(*named, counts, strict=True)
        }
    return _memory[str(file)]


def _parts(joined: str) -> tuple[str, ...]:
    return tuple(part for part in joined.split(_BETWEEN) if part)


def chosen(wanted: list[str], own: dict[str, Matrix] | None = None) -> dict[str, Matrix]:
    """The matrices that go by one of the names: an id with or without version, or a factor, in upper or lower case.

    Args:
        own: matrices of a user's file, which are then looked through in place of JASPAR's.

    Raises:
        InputError: a name that no matrix has; names those that are close.
    """
    matrices: dict[str, Matrix] = {}
    for name in wanted:
        if hits := matching(name, own):
            matrices |= hits
        elif own is None:
            raise unknown_motif(name)
        else:
            raise unknown_of_many("motif", name, [*own, *(m.name for m in own.values())], f"the {len(own)} of the file")
    return matrices


def unknown_motif(name: str, also: Iterable[str] = (), elsewhere: str = "") -> InputError:
    """The error for a name that no matrix has; it names those that are close.

    Args:
        also: names of motifs that may be asked for beside the matrices; they are suggested too.
        elsewhere: what these and others are, in words.
    """
    matrices = load()
    id_ = name.upper().split(".")[0]
    newest = [i for i in matrices if i.split(".")[0] == id_]  # of an id with another version
    names = newest or [*also, *(m.name for m in matrices.values()), *matrices]
    table = f"the ids and factors of JASPAR 2024 CORE vertebrates (https://jaspar.elixir.no){elsewhere}"
    return unknown_of_many("motif", name, names, table)


def matching(name: str, own: dict[str, Matrix] | None = None) -> dict[str, Matrix]:
    """The matrices that go by a name as `chosen` takes it; empty if there are none."""
    key, among = name.upper(), load() if own is None else own
    return {i: m for i, m in among.items() if key in (i.upper(), i.upper().split(".")[0], m.name.upper())}


def probabilities(counts: np.ndarray) -> np.ndarray:
    """`(4, width)` probabilities from counts, read-only.

    The pseudocount is the square root of a column's count, spread evenly over the bases (Wasserman & Sandelin 2004,
    Nat Rev Genet 5:276-287), so no base is impossible and a matrix of few sites promises less.
    """
    sites = counts.sum(axis=0)
    values = (counts + np.sqrt(sites) / 4) / (sites + np.sqrt(sites))
    values.flags.writeable = False
    return values


def _read_database() -> dict[str, np.ndarray]:
    """The counts of all matrices side by side, with their widths, ids and names."""
    # once a machine, when the cache is empty; it brings Biopython and its database along
    from pyjaspar import jaspardb

    database = jaspardb(release=RELEASE)
    with closing(database.conn):
        motifs = database.fetch_motifs(collection="CORE", tax_group="vertebrates", all_versions=False)
    motifs.sort(key=lambda m: m.matrix_id)
    counts = [np.array([m.counts[base] for base in BASES]) for m in motifs]
    return {
        "counts": np.concatenate(counts, axis=1),
        "widths": np.array([c.shape[1] for c in counts]),
        "ids": np.array([m.matrix_id for m in motifs]),
        "names": np.array([m.name for m in motifs]),
        "classes": np.array([_BETWEEN.join(m.tf_class or ()) for m in motifs]),
        "families": np.array([_BETWEEN.join(m.tf_family or ()) for m in motifs]),
    }
