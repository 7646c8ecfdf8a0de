"""Motifs out of a user's own files, as the same matrices that JASPAR gives.

`FORMATS` names what is read, a file of this folder each; which it is, the content says, not the file's ending. A file
is read whole or refused with the line that is wrong.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import PurePath

import numpy as np

from engine import limits
from engine.data import jaspar
from engine.data.jaspar import Matrix
from engine.data.motif_files import headed, meme, plain, transfac
from engine.data.motif_files.columns import Line, Record, fault, matrix_of
from engine.errors import InputError
from engine.text import text_of


@dataclass(frozen=True)
class Format:
    """A format: whether the lines of a text are of it, and its motifs."""

    fits: Callable[[list[Line]], bool]
    read: Callable[[list[Line], str], list[Record]]


# the first that fits
FORMATS: dict[str, Format] = {
    "MEME (minimal, MEME, DREME and STREME text)": Format(meme.fits, meme.read),
    "TRANSFAC": Format(transfac.fits, transfac.read),
    "JASPAR, HOCOMOCO (pcm, pwm), HOMER": Format(headed.fits, headed.read),
    "plain counts or probabilities (4 lines, or 4 columns)": Format(plain.fits, plain.read),
}
EXPECTED = f"motifs: {'; '.join(FORMATS)}"
ENDINGS = ("meme", "jaspar", "pfm", "ppm", "pcm", "pwm", "motif", "transfac", "tf", "dat", "txt", "tsv", "csv", "gz")
LONGEST_NAME = 200  # characters
_MARKUP = {"xml": "XML", "html": "HTML"}


@dataclass(frozen=True, eq=False)
class Collection:
    """Matrices that are scanned with together.

    Attributes:
        what: in words.
        matrices: by id.
    """

    what: str
    matrices: dict[str, Matrix]

    @cached_property
    def digest(self) -> str:
        """The same for the same matrices under the same names; by it results are remembered."""
        found = hashlib.sha256()
        for m in self.matrices.values():
            found.update(repr((m.id, m.name, m.width)).encode())
            found.update(m.probabilities.tobytes())
        return found.hexdigest()


def of_jaspar() -> Collection:
    """The matrices of `engine.data.jaspar.load`."""
    return Collection("JASPAR 2024 CORE vertebrates", jaspar.load())


def together(collections: Iterable[Collection], what: str = "") -> Collection:
    """All matrices of several collections, in order; a second of an id becomes 'id#2', as in one file.

    Args:
        what: the collection in words; by default those of all of them.

    Raises:
        InputError: more than `limits.MOTIFS` or `limits.MOTIF_POSITIONS`.
    """
    several = list(collections)
    _bounded([m.width for c in several for m in c.matrices.values()], "all files together")
    matrices: dict[str, Matrix] = {}
    for matrix in (m for c in several for m in c.matrices.values()):
        id_ = _free(matrix.id, matrices)
        matrices[id_] = matrix if id_ == matrix.id else replace(matrix, id=id_)
    return Collection(what or " and ".join(c.what for c in several), matrices)


def restored(matrix: Matrix, what: str) -> Matrix:
    """A matrix whose parts come from elsewhere, checked; it is no file's, so its probabilities stay as they are.

    Raises:
        InputError: an empty id, or columns that are no probabilities.
    """
    p = np.array(matrix.probabilities, float)
    limits.MOTIF_COLUMNS.check(p.shape[1] if p.ndim == 2 else 0, f"{what}: a motif")
    if p.ndim != 2 or len(p) != 4 or not p.size or not (p > 0).all() or (np.abs(p.sum(axis=0) - 1) > 1e-6).any():
        raise InputError(f"{what}: motif '{matrix.id}' has columns that are no probabilities of A, C, G and T")
    if not matrix.id.strip():
        raise InputError(f"{what}: a motif without an id")
    p.flags.writeable = False
    return replace(matrix, probabilities=p)


def read(data: bytes, what: str) -> Collection:
    """The motifs of a file, plain or gzip, in its order.

    A second motif of an id becomes 'id#2'. Motifs that have no name are called after the file.

    Args:
        what: name of the file.

    Raises:
        InputError: not motifs, or one that is wrong; names the line.
    """
    text = text_of(data, what, "motifs as text", limits.MOTIF_FILE)
    lines = [Line(k, line) for k, line in enumerate(text.split("\n"), 1)]
    _refuse_others(text, what)
    chosen = next((f for f in FORMATS.values() if f.fits(lines)), None)
    if chosen is None:
        raise InputError(f"{what} holds no motifs that are known; expected {EXPECTED}")
    records = chosen.read(lines, what)
    if not records:
        raise InputError(f"{what} holds no motif; expected {EXPECTED}")
    _bounded([len(r.rows) for r in records], what)
    matrices: dict[str, Matrix] = {}
    stem = PurePath(what).name.split(".")[0] or "motif"
    for record in records:
        record = replace(
            record, id=_tidy(record.id or stem, "_", record, what), name=_tidy(record.name, " ", record, what)
        )
        id_ = _free(record.id, matrices)
        matrices[id_] = matrix_of(replace(record, id=id_), what)
    return Collection(f"{PurePath(what).name} ({len(matrices)} motif{'s' * (len(matrices) > 1)})", matrices)


def _bounded(widths: list[int], what: str) -> None:
    """Raise for more than a scan has room for: its tables grow with all positions."""
    limits.MOTIFS.check(len(widths), what)
    limits.MOTIF_POSITIONS.check(sum(widths), what)


def _free(id_: str, taken: dict[str, Matrix]) -> str:
    """The id, with a number where another matrix has it."""
    numbered = (f"{id_}#{k}" if k > 1 else id_ for k in itertools.count(1))
    return next(i for i in numbered if i not in taken)


def _refuse_others(text: str, what: str) -> None:
    """Raise for what is known and not read."""
    begins = text[:4000].lstrip()
    if begins.startswith("<"):
        kind = next((words for tag, words in _MARKUP.items() if tag in begins.lower()), "XML")
        raise InputError(f"{what} is {kind}; give the text output of the same run (meme.txt, dreme.txt, streme.txt)")
    if begins.startswith(("{", "[{")):
        raise InputError(f"{what} is JSON; download the motifs as MEME, JASPAR or TRANSFAC text")


def _tidy(text: str, blank: str, record: Record, what: str) -> str:
    """An id or name on one line, with `blank` for its blanks."""
    tidy = re.sub(r"\s+", blank, text.strip())
    if not tidy.isprintable() or len(tidy) > LONGEST_NAME:
        raise fault(
            what, record.line, f"the name of this motif holds what cannot be shown or more than {LONGEST_NAME} letters"
        )
    return tidy
