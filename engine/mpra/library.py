"""What a table of measured sequences is once it is read: the same for every format."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from engine import store
from engine.sequence import Sequence, gc_content

ELEMENTS, VARIANTS = "elements", "variants"


@dataclass(frozen=True)
class LeftOutRow:
    """A row that could not be used.

    Attributes:
        counts: False where the table itself says that there is nothing to use: an empty cell, the wild type.
    """

    line: int
    reason: str
    counts: bool = True


@dataclass(frozen=True)
class MeasuredLibrary:
    """Measured sequences of a user's table.

    Attributes:
        what: the file.
        kind: `ELEMENTS`: `measured` is activity, log2(RNA/DNA); `VARIANTS`: it is the effect of a change of `target`.
        names, bases: of each sequence; of a variant the target with its change.
        lines: `(n,)` int, where each stands in the file (the first, of several rows).
        measured: `(n, labels)` float64, nan where there is none.
        labels: cell types as the models call them where it is one of theirs; '' where the table names none.
        meanings: `(column, meaning)`, what each column of the file was taken for.
        notes: how the numbers came about, in sentences.
        left_out: rows that could not be used.
        target: of variants, the sequence that is changed.
    """

    what: str
    kind: str
    names: tuple[str, ...]
    bases: tuple[str, ...]
    lines: np.ndarray
    measured: np.ndarray
    labels: tuple[str, ...]
    meanings: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    left_out: tuple[LeftOutRow, ...] = ()
    target: Sequence | None = None

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def hash(self) -> str:
        """The sha256 of sequences and measurements: what scores and predictions of it depend on."""
        parts = ("\n".join(self.names), "\n".join(self.bases), "\n".join(self.labels), self.kind)
        return store.digest("\0".join(parts).encode() + self.measured.tobytes())

    @cached_property
    def gc(self) -> np.ndarray:
        """`(n,)` GC content of each sequence; of variants what the change adds to that of the target."""
        values = np.array([gc_content(b) for b in self.bases])
        return values - gc_content(self.target.bases) if self.target else values

    def sequence(self, row: int) -> Sequence:
        """One of them, as every page takes it."""
        return Sequence(self.names[row], self.bases[row], origin=self.what)

    def sequences(self) -> list[Sequence]:
        return [self.sequence(i) for i in range(len(self))]

    def title(self, label: str) -> str:
        """What a column of `measured` is called."""
        return label or ("effect" if self.kind == VARIANTS else "activity")
