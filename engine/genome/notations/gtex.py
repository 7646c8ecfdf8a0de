"""`chr1_109274968_G_T_b38`: variant ids of GTEx and Open Targets; also `1_109274968_G/T`, Ensembl VEP's own names.

Positions are 1-based. GTEx's alleles are VCF's; in VEP's names '-' stands for no bases, and an insertion lies before
the position (its start is the end plus one).
"""

from __future__ import annotations

import re

from engine.builds import build_named
from engine.errors import InputError
from engine.genome.assemblies import by_accession, chromosome, is_accession
from engine.genome.reference import Reference
from engine.genome.variants import Variant, position

EXAMPLE = "chr1_109274968_G_T_b38"
_FORM = re.compile(
    r"(?P<chrom>[A-Za-z0-9.]+(_[A-Za-z0-9.]+)*)_(?P<pos>[0-9]+)_(?P<ref>[A-Za-z]+|-)[_/](?P<alt>[A-Za-z]+|-)"
    r"(_(?P<build>[A-Za-z]+[0-9]+(\.p[0-9]+)?))?",
    re.ASCII,
)


def looks_like(text: str) -> bool:
    return text.count("_") <= 10 and _FORM.fullmatch(text) is not None


def read(text: str, reference: Reference | None) -> list[Variant]:
    """The variant of an id; raises InputError, also for a build that nobody knows."""
    form = _FORM.fullmatch(text)
    if form is None:
        raise InputError(f"'{text[:80]}' is not a variant id; write it as {EXAMPLE}")
    chrom, build = form["chrom"], build_named(form["build"] or "")
    if is_accession(chrom):
        chrom, of_accession = by_accession(chrom)
        if build and of_accession and build != of_accession:
            raise InputError(f"'{text[:80]}' names {form['chrom']}, {chromosome(chrom)} of {of_accession}, and {build}")
        build = build or of_accession
    ref, alt = ("" if form[k] == "-" else form[k].upper() for k in ("ref", "alt"))
    return [Variant(chrom, position(form["pos"], text), ref, alt, text, build)]
