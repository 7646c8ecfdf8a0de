"""The lentiMPRA tables (Agarwal et al. 2025): the joint library and the large-scale experiments.

An element is the 200 bp between the two constant adapters; it is stored as uint8 codes. Activities are
log2(RNA/DNA), float32, nan where a cell type was not measured.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine import store
from engine.data import sources
from engine.errors import DataError, InputError, unknown
from engine.fasta import read_fasta
from engine.sequence import ADAPTER_LEFT, ADAPTER_RIGHT, Sequence, decode, encode

if TYPE_CHECKING:
    import pandas as pd

JOINT = "joint library"
CELL_TYPES = ("K562", "HepG2", "WTC11")
ELEMENT_LENGTH = 200
PUBLISHED_FOLDS = tuple(range(1, 11))  # of the full large-scale tables

# Element names carry the library that an element was chosen from as a prefix; the first match counts. The controls
# come from earlier studies: C:SLEA names spell out motifs set into a neutral template, R: names a ChIP-seq peak.
# UWpeak elements are dinucleotide shuffles of HepG2 peaks (same counts where the peak is in the library too).
_CLASSES = (
    ("C:SLEA", "HepG2 control (motif array)"),
    ("R:", "HepG2 control (ChIP-seq peak)"),
    ("controlhigh", "K562 positive control"),
    ("UWpeak", "shuffled control"),
    ("ENSG", "promoter"),
    ("HepG2_DNasePeakNoPromoter", "HepG2 DNase peak"),
    ("K562_peak", "K562 DNase peak"),
    ("WTC11_seq", "WTC11 DNase peak"),
    ("DNasePeakNoPromoter", "HepG2 DNase peak"),
    ("peak", "K562 DNase peak"),
    ("seq", "WTC11 DNase peak"),
)

# The library that an element was chosen for, as a domain: one for each cell type's peaks, promoters, controls.
LIBRARIES = ("K562 DNase peak", "HepG2 DNase peak", "WTC11 DNase peak", "promoter", "control")


@dataclass(frozen=True)
class ActivityTable:
    """Measured elements.

    Attributes:
        names: `(n,)` unicode.
        codes: `(n, 200)` uint8 (see `engine.sequence.encode`).
        activity: `(n, outputs)` float32, log2(RNA/DNA), nan where not measured.
        outputs: the names of the activity columns.
        classes: `(n,)` unicode, what kind of element it is, read from the name.
        hash: sha256 of all of it, recorded with every metric.
        library: which of the lentiMPRA libraries the elements are of.
        both_orientations: an element and the same element cloned the other way round are rows of their own, each with
            its own measurement. Training then never turns a row to the other strand: that is another row's sequence.
    """

    names: np.ndarray
    codes: np.ndarray
    activity: np.ndarray
    outputs: tuple[str, ...]
    classes: np.ndarray
    hash: str
    library: str = JOINT
    both_orientations: bool = False

    def __len__(self) -> int:
        return len(self.names)

    def column(self, output: str) -> np.ndarray:
        """Activities `(n,)` of one cell type."""
        if output not in self.outputs:
            raise unknown("cell type", output, self.outputs)
        return self.activity[:, self.outputs.index(output)]

    def libraries(self) -> np.ndarray:
        """`(n,)` int64, the library of each element as an index into `LIBRARIES`; all controls are one."""
        control = LIBRARIES.index("control")
        place = {name: i for i, name in enumerate(LIBRARIES)}
        return np.array([place.get(str(c), control) for c in self.classes], dtype=np.int64)

    def sequence(self, row: int) -> Sequence:
        """Element `row` as a `Sequence`."""
        return Sequence(str(self.names[row]), decode(self.codes[row]), origin=f"lentiMPRA {self.library}")

    def find(self, name: str) -> int:
        """The row of the element called `name`; raises InputError."""
        rows = np.flatnonzero(self.names == name)
        if not len(rows):
            raise InputError(f"no lentiMPRA element is called '{name}'; names look like {self.names[0]}")
        return int(rows[0])


def element_class(name: str) -> str:
    """The class of an element, read from its name."""
    if "_shuffled_" in name:
        return "shuffled control"
    return next((label for prefix, label in _CLASSES if name.startswith(prefix)), "other")


def strip_adapters(oligo: str, name: str = "oligo") -> str:
    """The 200-bp element of a 230-nt library oligo; raises DataError if the adapters or the length are not right."""
    element = oligo.removeprefix(ADAPTER_LEFT).removesuffix(ADAPTER_RIGHT)
    if len(element) != len(oligo) - len(ADAPTER_LEFT) - len(ADAPTER_RIGHT):
        raise DataError(f"'{name}' does not lie between the adapters {ADAPTER_LEFT} and {ADAPTER_RIGHT}")
    if len(element) != ELEMENT_LENGTH:
        raise DataError(f"'{name}' has {len(element)} bases between the adapters, not {ELEMENT_LENGTH}")
    return element


def joint() -> ActivityTable:
    """The joint library: 56,979 elements with a sequence, measured in K562, HepG2 and WTC11."""
    names = ("lentimpra_sequences", "lentimpra_activity")
    return _cached("lentimpra_joint", names, _build_joint, JOINT)


def large_scale(cell_type: str) -> ActivityTable:
    """The public tenth of the separate large-scale experiment in HepG2 or WTC11, both orientations as rows."""
    tables = {"HepG2": "large_hepg2", "WTC11": "large_wtc11"}
    if cell_type not in tables:
        raise unknown("large-scale table", cell_type, tables)
    source = tables[cell_type]
    return _cached(
        source, (source,), lambda: _table_from_tsv(sources.path(source), cell_type), large_scale_library(cell_type)
    )


def large_scale_full(file: str | Path, cell_type: str) -> tuple[ActivityTable, np.ndarray]:
    """A full large-scale table that the user downloaded (`engine.data.large_scale` says from where), as published.

    Rows that the study made by turning others round (`rev` other than 0) are no measurements and are left out.

    Args:
        file: a TSV, packed or not, with the columns `seq_id, seq, mean_value, fold` and perhaps `rev`.
        cell_type: the output that its values belong to.

    Returns:
        The table and `(n,)` int folds as published, 1 to 10.

    Raises:
        DataError: no such table, or not the one that was published for this cell type: other columns, oligos without
            the adapters, folds other than 1 to 10, or the elements of another cell type's library.
    """
    columns = ("seq_id", "seq", "mean_value", "fold")
    frame = _read_tsv(Path(file), columns, optional=("rev",))
    if "rev" in frame.columns:
        frame = frame[frame["rev"] == 0]
    if frame.empty:
        raise DataError(f"{file} holds no measured rows: 'rev' is 0 in none")
    folds, values = (_numbers(frame, column, file) for column in ("fold", "mean_value"))
    if not np.isin(folds, PUBLISHED_FOLDS).all():
        raise DataError(f"{file} has folds other than 1 to 10; the published tables have these ten")
    table = _from_frame(frame.assign(mean_value=values), cell_type)
    for other in CELL_TYPES:
        peaks = int((table.classes == f"{other} DNase peak").sum())
        if other != cell_type and peaks > len(table) / 2:
            raise DataError(
                f"{file} holds the library of {other}: {peaks:,} of its {len(table):,} elements are peaks of {other}, "
                f"not of {cell_type}"
            )
    return table, folds.astype(np.int64)


def _build_joint() -> ActivityTable:
    # only to read the published tables: every model names cell types by this file, and pandas takes 0.2 s to import
    import pandas as pd

    with gzip.open(sources.path("lentimpra_sequences"), "rt", encoding="utf-8") as handle:
        records = {s.name: s.bases for s in read_fasta(handle.read(), "ultra_joint.fa.gz")}
    sheet = pd.read_excel(sources.path("lentimpra_activity"))
    sheet.columns = [str(c).split(" ")[0] for c in sheet.columns]
    sheet = sheet[sheet["name"].isin(records.keys())]
    codes = np.stack([encode(strip_adapters(records[n], n), n) for n in sheet["name"]])
    return _table(sheet["name"].to_numpy(str), codes, sheet[list(CELL_TYPES)].to_numpy(np.float32), CELL_TYPES, JOINT)


def _read_tsv(file: Path, columns: tuple[str, ...], optional: tuple[str, ...] = ()) -> pd.DataFrame:
    # see `_build_joint`
    import pandas as pd

    wanted = {*columns, *optional}
    try:
        frame = pd.read_csv(file, sep="\t", usecols=lambda name: name in wanted)
    except (OSError, ValueError, EOFError, zlib.error) as error:
        raise DataError(f"{file} cannot be read as a tab-separated table ({error})") from error
    missing = [c for c in columns if c not in frame.columns]
    if missing:
        raise DataError(f"{file} lacks the column(s) {', '.join(missing)}; expected {', '.join(columns)}")
    if frame.empty:
        raise DataError(f"{file} holds no rows")
    return frame


def _numbers(frame: pd.DataFrame, column: str, file: str | Path) -> np.ndarray:
    """A column `(n,)` as float64, nan where it is empty; raises DataError for anything else."""
    try:
        return frame[column].to_numpy(np.float64)
    except ValueError as error:
        raise DataError(f"column '{column}' of {file} holds something else than numbers ({error})") from error


def _table_from_tsv(file: Path, cell_type: str) -> ActivityTable:
    return _from_frame(_read_tsv(file, ("seq_id", "seq", "mean_value")), cell_type)


def _from_frame(frame: pd.DataFrame, cell_type: str) -> ActivityTable:
    names = frame["seq_id"].to_numpy(str)
    oligos = frame["seq"].fillna("").astype(str).str.upper()
    codes = np.stack([encode(strip_adapters(o, n), n) for o, n in zip(oligos, names, strict=True)])
    values = frame[["mean_value"]].to_numpy(np.float32)
    return _table(names, codes, values, (cell_type,), large_scale_library(cell_type))


def large_scale_library(cell_type: str) -> str:
    """What `ActivityTable.library` is of the large-scale experiment in a cell type."""
    return f"large-scale {cell_type} library"


def _table(
    names: np.ndarray, codes: np.ndarray, activity: np.ndarray, outputs: tuple[str, ...], library: str
) -> ActivityTable:
    digest = hashlib.sha256()
    for part in ("\n".join(names).encode(), codes.tobytes(), activity.tobytes()):
        digest.update(part)
    return ActivityTable(
        names, codes, activity, tuple(outputs), _classes(names), digest.hexdigest(), library, library != JOINT
    )


def _classes(names: np.ndarray) -> np.ndarray:
    return np.array([element_class(n) for n in names])


def _cached(stem: str, names: tuple[str, ...], build: Callable[[], ActivityTable], library: str) -> ActivityTable:
    """Read the table from its compact form, or build it and leave that form behind."""
    for name in names:
        sources.get(name)
    file = sources.processed(stem, *names)

    def compute() -> dict[str, np.ndarray]:
        table = build()
        return {
            "names": table.names,
            "codes": table.codes,
            "activity": table.activity,
            "outputs": np.array(table.outputs),
            "hash": np.array(table.hash),
        }

    kept = store.remembered(file, ("names", "codes", "activity", "outputs", "hash"), compute)
    outputs, element_names = tuple(map(str, kept["outputs"])), kept["names"]
    # classes are read from the names anew, so that a better reading needs no new cache
    classes = _classes(element_names)
    return ActivityTable(
        element_names, kept["codes"], kept["activity"], outputs, classes, str(kept["hash"]), library, library != JOINT
    )
