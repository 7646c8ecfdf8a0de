"""Where the full large-scale lentiMPRA tables come from (Agarwal et al. 2025; one cell type each) and where they lie.

Of the separate large-scale experiments only a tenth (HepG2, WTC11) lies where a program can fetch it file by file
(`engine.data.sources`). The full tables, on which the study trained its networks, a user downloads by hand. No checksum
of them is known here, so what is checked is their shape (`engine.data.lentimpra.large_scale_full`).
"""

from __future__ import annotations

from pathlib import Path

from engine.data import sources
from engine.data.lentimpra import CELL_TYPES
from engine.errors import DataError, InputError, unknown

FOLDER = "large_scale"  # in the folder of the data files
FROM = (
    "github.com/autosome-ru/human_legnet, folder datasets/original "
    "(or human_legnet-main.zip of doi.org/10.5281/zenodo.8219231)"
)
_ENDINGS = (".tsv", ".tsv.gz")


def location(cell: str) -> Path:
    """Where the table of a cell type should lie; one packed as .tsv.gz serves too. Raises InputError."""
    if cell not in CELL_TYPES:
        raise unknown("cell type", cell, CELL_TYPES)
    folder = sources.folder() / FOLDER
    files = [folder / f"{cell}{ending}" for ending in _ENDINGS]
    return next((file for file in files if file.is_file()), files[0])


def here(cell: str) -> bool:
    """True if a file lies where the table should lie; whether it is one is seen when it is read."""
    return location(cell).is_file()


def how_to_get(cell: str) -> str:
    """Where the table comes from and where it goes, without a full stop."""
    return f"download {cell}.tsv from {FROM} to {location(cell)}"


def find(cell: str, file: str | Path | None = None) -> Path:
    """The table of a cell type: `file` where one is named, else the one among the data files.

    Raises:
        InputError: a file that is named and not there.
        DataError: none is named, and none lies among the data files.
    """
    if file is None:
        where = location(cell)
        if not where.is_file():
            raise DataError(f"the full large-scale table of {cell} is not here; {how_to_get(cell)}")
        return where
    if not Path(file).is_file():
        raise InputError(f"there is no file {file}; name the downloaded table with --table, or {how_to_get(cell)}")
    return Path(file)
