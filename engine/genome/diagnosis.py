"""Whether variants fit a reference, one by one and together, and if not, what most likely happened to them.

Of the variants of a file that was shifted by one base, whose alleles are exchanged, that is written on the other strand
or called against another build, about one in four fits by chance. So a file is judged as a whole before any of its
variants is scored.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.builds import contradict
from engine.errors import InputError
from engine.genome.reference import Reference, concrete
from engine.genome.variants import Variant
from engine.sequence import Region, reverse_complement

LOOKED_AT = 1_000  # variants that are compared at most, spread over the whole list
LEAST = 20  # variants from which on mismatches without a cause speak of the file and not of single variants
LEAST_WITH_CAUSE = 5  # the same where one cause explains them all: that happens by chance once in a thousand times
_EXPLAINED = 0.9  # of the variants, from which on one cause stands for all


class Mismatch(InputError):
    """The variant is not one of this reference: it has other bases there, or is of another build."""


def fits(allele: str, bases: str) -> bool:
    """Whether a reference allele is these bases; an ambiguous one is written as VCF 4.3 asks (`concrete`)."""
    return allele == concrete(bases)


def checked(variant: Variant, reference: Reference) -> Region:
    """The known stretch around a variant, after the test that it holds the variant's reference allele.

    Raises:
        Mismatch: another build, or other bases.
        InputError: nothing is known there.
    """
    if contradict(variant.build, reference.build):
        raise Mismatch(f"variant {variant.label} is of {variant.build} but {reference.name} is {reference.build}")
    start = variant.pos - 1
    end = start + len(variant.ref)
    known = reference.stretch(variant.chrom, start, max(end, start + 1))
    if variant.ref:
        bases = reference.bases(Region(known.chrom, start, end, known.build))
        if not fits(variant.ref, bases):
            shown = bases if len(bases) <= 40 else f"{bases[:20]}…"
            raise Mismatch(f"variant {variant.label}: the genome has {shown} there (wrong build?)")
    return known


@dataclass(frozen=True)
class Diagnosis:
    """What `diagnosis` found; `remark` is '' where nothing is wrong with the list as a whole.

    Attributes:
        refused: none of the variants may be scored, since those that fit do so by chance.
    """

    remark: str = ""
    refused: bool = False


def diagnosis(variants: list[Variant], reference: Reference) -> Diagnosis:
    """What is wrong with a list of variants as a whole, if most of them do not fit.

    Variants that lie outside what the reference covers say nothing.
    """
    of_build = [v for v in variants if contradict(v.build, reference.build)]
    if len(of_build) == len(variants) > 1:
        named = " and ".join(sorted({v.build for v in of_build}))
        return Diagnosis(
            f"all {len(variants):,} alleles are of {named} by what their file says, and {reference.name} is "
            f"{reference.build}: give that build's genome, or lift them over (if a header is wrong, correct it)",
            refused=True,
        )
    looked_at = []
    for variant in variants[:: max(1, -(-len(variants) // LOOKED_AT))]:
        if not variant.ref or contradict(variant.build, reference.build):
            continue
        at = [_bases(variant, reference, shift) for shift in (0, 1, -1)]
        if at[0] is not None:
            looked_at.append((variant, at))
    # an insertion or deletion fits by its first base alone, also where REF and ALT are exchanged
    telling = [(v, at) for v, at in looked_at if len(v.ref) == len(v.alt)]
    if len(telling) < LEAST_WITH_CAUSE:
        telling = looked_at
    counts = {cause: sum(bool(explains(v, at)) for v, at in telling) for cause, explains in _CAUSES.items()}
    return _judged(len(telling), counts, reference)


# --- causes -----------------------------------------------------------------------------------------

_RIGHT = "fit"
# `at`: what stands at the variant's position, one base behind and one before it; None where that is not known
_CAUSES = {
    _RIGHT: lambda v, at: at[0] is not None and fits(v.ref, at[0]),
    "fit one base further on (POS+1)": lambda v, at: at[1] is not None and fits(v.ref, at[1]),
    "fit one base earlier (POS-1)": lambda v, at: at[2] is not None and fits(v.ref, at[2]),
    "have ALT as the genome's base": lambda v, at: _substitution(v) and at[0] == v.alt,
    "fit on the other strand": lambda v, at: _substitution(v) and at[0] == reverse_complement(v.ref),
    "have ALT as the genome's base on the other strand": lambda v, at: (
        _substitution(v) and at[0] == reverse_complement(v.alt) and not fits(v.ref, at[0])
    ),
}
_MENDS = {
    "fit one base further on (POS+1)": "every position is one too small, as if counted from 0: add 1 to each",
    "fit one base earlier (POS-1)": "every position is one too large: take 1 off each",
    "have ALT as the genome's base": "REF and ALT are exchanged: exchange them",
    "fit on the other strand": "they are written on the other strand: write both alleles as the plus strand has them",
    "have ALT as the genome's base on the other strand": (
        "REF and ALT are exchanged and on the other strand: exchange them, and write both as the plus strand has them"
    ),
}


def _substitution(variant: Variant) -> bool:
    return len(variant.ref) == len(variant.alt)


def _bases(variant: Variant, reference: Reference, shift: int) -> str | None:
    start = variant.pos - 1 + shift
    end = start + len(variant.ref)
    if start < 0:
        return None
    try:
        known = reference.stretch(variant.chrom, start, end)
        return reference.bases(Region(known.chrom, start, end, known.build))
    except InputError:
        return None


def _judged(seen: int, counts: dict[str, int], reference: Reference) -> Diagnosis:
    right = counts[_RIGHT]
    wrong = seen - right
    cause = max(_MENDS, key=lambda c: counts[c])
    explained = counts[cause]
    looked_at = f"{wrong:,} of {seen:,} variants looked at have another reference base than {reference.name}"
    looked_at += f" ({reference.build})" if reference.build else ""
    if seen >= LEAST_WITH_CAUSE and wrong >= 2 and explained >= _EXPLAINED * seen and explained > right:
        return Diagnosis(
            f"{looked_at}, and {explained:,} of {seen:,} {cause}: {_MENDS[cause]}. None is scored, "
            "since those that fit do so by chance",
            refused=True,
        )
    if seen < LEAST or wrong <= seen / 2:
        return Diagnosis()
    likely = [f"{n:,} {c}" for c, n in counts.items() if c in _MENDS and n > seen / 2.5]
    if likely:
        return Diagnosis(
            f"{looked_at}; {', '.join(likely)}. None is scored, since those that fit may do so by chance", refused=True
        )
    return Diagnosis(
        f"{looked_at}: they were most likely called against another genome build; give that build's genome, or lift "
        "them over. None is scored, since those that fit do so by chance",
        refused=True,
    )
