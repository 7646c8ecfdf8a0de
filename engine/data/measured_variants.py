"""What saturation mutagenesis measured for one variant, in every data set that holds it."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from engine.builds import build_or_none
from engine.data import satmut
from engine.sequence import Region, reverse_complement

# Of the variants in `satmut.SIGN_DIFFERS`, by position in either build, which sign fits what else is known. The
# challenge's values are positive for all three, so the remark belongs to the data sets that say the opposite.
_OTHER_SIGN = "The CAGI5 challenge files give this effect with the other sign"
_CEBP = (
    f"{_OTHER_SIGN}. Theirs is the plausible one: T makes a C/EBP site and raises expression (Musunuru et al. 2010, "
    "Nature 466:714)."
)
_MSMB = (
    f"{_OTHER_SIGN}. Theirs is the plausible one: the T allele lowers the promoter's activity (Lou et al. 2009, PNAS "
    "106:7933)."
)
_OPEN = f"{_OTHER_SIGN}. Nothing we know of decides between the two."
SIGN_REMARKS: dict[tuple[str, str, int, str, str], str] = {
    ("GRCh37", "SORT1", 109817590, "G", "T"): _CEBP,
    ("GRCh38", "SORT1", 109274968, "G", "T"): _CEBP,
    ("GRCh37", "SORT1", 109817479, "G", "C"): _OPEN,
    ("GRCh38", "SORT1", 109274857, "G", "C"): _OPEN,
    ("GRCh37", "MSMB", 51549496, "T", "C"): _MSMB,
    ("GRCh38", "MSMB", 46046326, "A", "G"): _MSMB,
}


@dataclass(frozen=True)
class MeasuredVariant:
    """One row of the table of measurements.

    Attributes:
        data_set, cells: which assay, and in which cells.
        effect: log2(alt/ref).
        sd: the standard deviation of the substitutions that this data set measured, to set effects of other scales
            beside it.
        p, confidence, barcodes: as the table has them (`satmut.confidence`).
        remark: that another publication gives the other sign, and which of them is plausible; '' for nearly all.
    """

    data_set: str
    cells: str
    effect: float
    sd: float
    p: float
    confidence: float
    barcodes: int
    remark: str = ""


def measured_variants(region: Region, ref: str, alt: str) -> tuple[MeasuredVariant, ...]:
    """The measurements of a variant, in the order of `satmut.DATA_SETS`.

    Args:
        region: of the one base that is exchanged or deleted, with its build; where it is read backwards, so are the
            alleles.
        ref, alt: one base each; '' for the deletion of the base.

    Returns:
        Empty for a longer variant, for a place that was not measured, and without a build that the table has.

    Raises:
        DataError: the measurements have not been downloaded.
    """
    build = build_or_none(region.build)
    if build not in satmut.BUILDS or len(ref) != 1 or len(alt) > 1 or len(region) != 1:
        return ()
    if region.reverse:
        ref, alt = reverse_complement(ref), reverse_complement(alt)
    return _table(build).get((region.chrom.removeprefix("chr"), region.start + 1, ref, alt or satmut.DELETION), ())


@functools.cache
def _table(build: str) -> dict[tuple[str, int, str, str], tuple[MeasuredVariant, ...]]:
    """Every measured variant of a build: contig without 'chr', 1-based position, alleles."""
    table: dict[tuple[str, int, str, str], tuple[MeasuredVariant, ...]] = {}
    for name, data_set in satmut.DATA_SETS.items():
        element = satmut.load(name, build)
        chrom, sd = element.region.chrom.removeprefix("chr"), float(element.snvs()["effect"].std())
        columns = (element.variants[c].tolist() for c in ("pos", "ref", "alt", "effect", "p", "confidence", "barcodes"))
        for pos, ref, alt, effect, p, sure, barcodes in zip(*columns, strict=True):
            remark = SIGN_REMARKS.get((build, data_set.element, pos, ref, alt), "") if effect < 0 else ""
            one = MeasuredVariant(name, data_set.cells, effect, sd, p, sure, int(barcodes), remark)
            key = (chrom, pos, ref, alt)
            table[key] = (*table.get(key, ()), one)
    return table
