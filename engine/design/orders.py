"""Designs, their twins and their natural controls as lists to order: FASTA and CSV.

What is ordered is a row's `oligo`: the bases between the flanks that the cloning needs, as the lentiMPRA library has
its adapters. Warnings are of the oligo, in which sites may arise where flank and element meet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine import sheets
from engine.design.claims import Claims
from engine.design.warnings import Preset, cautions
from engine.errors import InputError
from engine.fasta import write_fasta
from engine.sequence import ADAPTER_LEFT, ADAPTER_RIGHT, Sequence, check, gc_content, upper

LENTIMPRA = "lentimpra"  # names the adapters of the joint library's assay


@dataclass(frozen=True)
class Flanks:
    """Bases that are ordered on either side of every sequence."""

    left: str = ""
    right: str = ""


@dataclass(frozen=True)
class Row:
    """A sequence to order.

    Attributes:
        role: 'design', 'shuffled twin', 'knock-out twin' or 'natural control'.
        of: name of the design that it is a twin of; "" of any other.
    """

    name: str
    role: str
    of: str
    bases: str
    oligo: str
    warnings: tuple[str, ...]


def flanks(text: str) -> Flanks:
    """`lentimpra` or `LEFT,RIGHT` bases (either may be empty) as flanks; raises InputError."""
    if text.strip().lower() == LENTIMPRA:
        return Flanks(ADAPTER_LEFT, ADAPTER_RIGHT)
    parts = [upper(part.strip()) for part in text.split(",")]
    if len(parts) != 2:
        raise InputError(f"'{text[:80]}' are no flanks; write them as LEFT,RIGHT in bases, or {LENTIMPRA}")
    for side, part in zip(("left", "right"), parts, strict=True):
        if part:
            check(part, f"{side} flank")
    return Flanks(*parts)


def rows(claims: Claims, around: Flanks = Flanks(), presets: tuple[Preset, ...] = ()) -> tuple[Row, ...]:
    """Every design followed by its twins, then the natural controls.

    Args:
        presets: what to warn of; of nothing where there are none.
    """

    def row(name: str, role: str, of: str, bases: str) -> Row:
        oligo = around.left + bases + around.right
        return Row(name, role, of, bases, oligo, tuple(f"{c.preset}: {c.words}" for c in cautions(oligo, presets)))

    designs = (
        r
        for claim in claims.claims
        for r in (
            row(claim.name, "design", "", claim.bases),
            *(row(twin.name, f"{twin.kind} twin", claim.name, twin.bases) for twin in claim.twins),
        )
    )
    return (*designs, *(row(c.name, "natural control", "", c.bases) for c in claims.controls))


def fasta(order: tuple[Row, ...]) -> str:
    """The oligos as FASTA."""
    return write_fasta([Sequence(row.name, row.oligo, origin=row.role) for row in order])


def csv(order: tuple[Row, ...], claims: Claims) -> str:
    """The list as CSV: a row an oligo, with what is predicted of it, log2(RNA/DNA), and of natural controls what was
    measured in the library."""
    return sheets.text(_table(order, claims))


def _table(order: tuple[Row, ...], claims: Claims) -> Iterator[tuple]:
    outputs = list(claims.mean)
    columns = [*(f"{o} predicted" for o in outputs), *(f"{o} measured in the library" for o in outputs)]
    yield ("name", "role", "twin of", "bases", "oligo", "length", "GC", *columns, "warnings")
    predicted: dict[str, dict[str, float]] = {c.name: {e.output: e.value for e in c.expected} for c in claims.claims}
    predicted |= {twin.name: dict(twin.expected) for claim in claims.claims for twin in claim.twins}
    measured = {control.name: control.measured for control in claims.controls}
    for row in order:
        numbers = [_number(of.get(row.name, {}).get(o)) for of in (predicted, measured) for o in outputs]
        gc = f"{gc_content(row.oligo):.3f}"
        yield (row.name, row.role, row.of, row.bases, row.oligo, len(row.oligo), gc, *numbers, "; ".join(row.warnings))


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"
