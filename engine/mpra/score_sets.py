"""Score sets of MaveDB: what changes of one target do, as `hgvs_nt` and `score`.

Changes are read by mavehgvs (MAVE-HGVS, https://www.mavedb.org/docs/mavehgvs): `n.`, `c.` and `g.` with substitutions,
del, dup, ins, delins, and several at once as `[a;b]`. Positions count from the first base of the target, with `g.` and
an accession from that of the chromosome, where the target's place is known. `=` and `_wt` are the target itself.

Each variant becomes the whole target with its change, so that two notations of one change are one sequence.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from mavehgvs import MaveHgvsParseError, Variant, VariantPosition

from engine import limits
from engine.errors import InputError
from engine.genome.assemblies import by_accession, chromosome
from engine.mpra.cells import Cells
from engine.mpra.columns import Columns
from engine.mpra.library import VARIANTS, LeftOutRow, MeasuredLibrary
from engine.mpra.numbers import Notation
from engine.mpra.rows import NO_VALUE, dna, nothing_left, repeats, summed_up
from engine.sequence import Sequence

WILD_TYPE = {"_wt", "=", "n.=", "c.=", "g.=", "wt", "wildtype", "wild-type"}
OF_PROTEINS = {"_sy"}
LEAST = 5  # substitutions from which on mismatches speak of the target and not of single variants


@dataclass(frozen=True)
class Edit:
    """`removed` bases from 0-based `start` of the target give way to `inserted`; `ref` is what should stand there."""

    start: int
    removed: int
    inserted: str
    ref: str = ""


class Mismatch(InputError):
    """The target has another base there than the variant says."""


def edits_of(text: str, target: Sequence) -> list[Edit]:
    """The changes that a variant names, in the order of the target; none for the target itself.

    Raises:
        InputError: not MAVE-HGVS, a position that the target does not have, or a place that is not its own.
        Mismatch: the target has another base there.
    """
    limits.HGVS.check(len(text), "a variant")
    if text.lower() in WILD_TYPE:
        return []
    if text in OF_PROTEINS or text.startswith("p."):
        raise InputError(f"'{text[:60]}' is a change of the protein, which many changes of DNA make")
    try:
        variant = Variant(text, relaxed_ordering=True)
    except (MaveHgvsParseError, ValueError) as error:
        raise InputError(f"'{text[:60]}' is no change of DNA in MAVE-HGVS ({error})") from error
    offset = _offset(variant, target)
    # mavehgvs holds a list of each of several changes, and the thing itself of a single one
    held: tuple[Any, Any, Any] = (variant.variant_type, variant.positions, variant.sequence)
    parts = list(zip(*held, strict=True)) if variant.is_multi_variant() else [held]
    edits = [e for kind, positions, given in parts if (e := _edit(kind, positions, given, target, offset))]
    edits.sort(key=lambda e: (e.start, e.start + e.removed))
    return edits  # which do not overlap: mavehgvs refuses these


def _offset(variant: Variant, target: Sequence) -> int:
    """What is taken from a position to count it from the target's first base, from 0."""
    accession = variant.target_id
    if accession is None or accession == target.name:
        return 1
    try:
        contig = by_accession(accession)
    except InputError:
        contig = None
    if contig is None or variant.prefix != "g":
        raise InputError(f"positions are those of {accession}; the target given is '{target.name}'")
    region = target.region
    if region is None:
        raise InputError(f"positions are those of {accession}; give the target with its place (>name chr1:101-400)")
    if chromosome(contig[0]) != chromosome(region.chrom):
        raise InputError(f"positions are those of {accession}; the target lies on {region.chrom}")
    if contig[1] and region.build and contig[1] != region.build:
        raise InputError(f"positions are of {contig[1]}; the target's place is of {region.build}")
    if getattr(region, "strand", "") == "-":
        raise InputError("the target is given on the minus strand; give it on the plus strand for genomic positions")
    return region.start + 1


def _edit(kind: str, positions: Any, given: Any, target: Sequence, offset: int) -> Edit | None:
    """One change of a variant as mavehgvs holds it; None where nothing changes."""
    if kind == "equal":
        return None
    first, last = positions if isinstance(positions, tuple) else (positions, positions)
    start, end = _place(first, target, offset), _place(last, target, offset) + 1
    if end < start + 1:
        raise InputError(f"positions {first}_{last} are not in order")
    if kind == "sub":
        ref, alt = given
        if target.bases[start] != ref:
            raise Mismatch(f"the target has {target.bases[start]} at position {first}, not {ref}")
        return Edit(start, 1, alt, ref)
    if kind == "ins":
        if end != start + 2:
            raise InputError(f"an insertion stands between two neighbours, not at {first}_{last}")
        return Edit(start + 1, 0, str(given))
    if kind == "dup":
        return Edit(start, end - start, target.bases[start:end] * 2)
    if kind in ("del", "delins"):
        return Edit(start, end - start, str(given) if kind == "delins" else "")
    raise InputError(f"a change of the kind '{kind}' is not one of DNA")


def _place(position: VariantPosition, target: Sequence, offset: int) -> int:
    """A position as an index of the target; raises InputError for one outside it, in an intron or in a UTR."""
    if not isinstance(position.position, int) or position.is_extended() or position.utr:
        raise InputError(f"position {position} lies in an intron or outside the coding sequence")
    index = position.position - offset
    if not 0 <= index < len(target):
        raise InputError(f"position {position} lies outside the target, which has {len(target)} bases")
    return index


def changed(target: Sequence, edits: list[Edit]) -> str:
    """The target's bases with these changes."""
    bases = target.bases
    for edit in reversed(edits):
        bases = bases[: edit.start] + edit.inserted + bases[edit.start + edit.removed :]
    return bases


def target_of(cells: Cells, columns: Columns, given: Sequence | None) -> Sequence:
    """The target: the one that is given, or that of the table's own column; raises InputError."""
    if given is not None:
        return given
    if columns.target is None:
        raise InputError(
            f"{cells.what} is a MaveDB score set: its variants are changes of a target sequence; give it as FASTA "
            "(--target), from the score set's page"
        )
    values = {v.upper() for v in cells.column(columns.target) if v}
    if len(values) != 1:
        raise InputError(f"{cells.what} names {len(values)} target sequences; one is needed (--target)")
    return Sequence("target", dna(values.pop(), "target"), origin=cells.what)


def read_score_set(cells: Cells, columns: Columns, notation: Notation, given: Sequence | None) -> MeasuredLibrary:
    """A MaveDB score set as a library of variants of its target.

    Raises:
        InputError: no target, one that most variants do not fit, or nothing that can be used.
    """
    assert columns.hgvs is not None and columns.score is not None
    target = target_of(cells, columns, given)
    left_out = [LeftOutRow(line, reason) for line, reason in cells.skipped]
    rows: list[tuple[str, str, int, float]] = []
    wild_type: list[float] = []
    mismatches = 0
    for line, row in cells.rows:
        try:
            text, score = row[columns.hgvs], notation.number(row[columns.score])
            if text.upper() in ("", "NA"):
                left_out.append(LeftOutRow(line, "no change of DNA is given", counts=False))
                continue
            bases = changed(target, edits_of(text, target))
            if not bases:
                raise InputError(f"'{text}' leaves nothing of the target")
        except Mismatch as error:
            mismatches += 1
            left_out.append(LeftOutRow(line, str(error)))
        except (InputError, ValueError) as error:
            left_out.append(LeftOutRow(line, str(error)))
        else:
            if bases == target.bases:
                wild_type.append(score)
                left_out.append(LeftOutRow(line, "the target itself, which has no effect to predict", counts=False))
            elif math.isnan(score):
                left_out.append(LeftOutRow(line, NO_VALUE, counts=False))
            else:
                rows.append((text, bases, line, score))
    if mismatches >= LEAST and mismatches > len(rows) / 2:
        raise InputError(
            f"{mismatches} variants of {cells.what} name another base than the target '{target.name}' has; it is "
            "another sequence, the other strand, or begins at another position"
        )
    if not rows:
        raise nothing_left(cells.what, left_out)
    return _library(cells, columns, target, rows, (wild_type, left_out))


def _library(
    cells: Cells,
    columns: Columns,
    target: Sequence,
    rows: list[tuple[str, str, int, float]],
    rest: tuple[list[float], list[LeftOutRow]],
) -> MeasuredLibrary:
    wild_type, left_out = rest
    names, bases, lines, scores = zip(*rows, strict=True)
    known = [s for s in wild_type if not math.isnan(s)]
    notes = [
        f"Each variant is a change of '{target.name}' ({len(target)} bases); predicted effects are alt minus ref, and "
        "the table's scores are taken as they are."
    ]
    if known:
        notes.append(f"The target itself has a score of {np.mean(known):.3g} in the table.")
    return MeasuredLibrary(
        what=cells.what,
        kind=VARIANTS,
        names=names,
        bases=bases,
        lines=np.array(lines),
        measured=np.array(scores)[:, None],
        labels=("",),
        meanings=columns.meanings,
        notes=(*notes, *repeats(names, bases), *summed_up(left_out)),
        left_out=tuple(sorted(left_out, key=lambda row: row.line)),
        target=target,
    )
