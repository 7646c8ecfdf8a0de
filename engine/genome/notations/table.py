"""Tables of variants with a header: TSV, CSV, or columns parted by semicolons or blanks.

Columns are found by their common names. Chromosome, position, reference and alternative allele are as in VCF, 1-based;
or one column holds variants in a notation of `engine.genome.notations.typed` (GTEx's variant_id, HGVS, SPDI). Columns
that tools fill by different conventions are refused by name: a 'start' counts from 0 in some tables and from 1 in
others, and an effect allele may be either.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass

from engine import limits
from engine.builds import build_named, contradict
from engine.errors import InputError
from engine.genome.assemblies import by_accession, is_accession
from engine.genome.notations.typed import RsNumbers, parse_line
from engine.genome.reference import Reference
from engine.genome.variants import ReadVariants, Skipped, Variant, position
from engine.text import numbered_lines

NAMES: dict[str, tuple[str, ...]] = {
    "chrom": ("chrom", "chr", "chromosome", "contig", "seqname", "seqnames", "chromosome_name", "chr_name", "hm_chrom",
              "chr_id"),
    "pos": ("pos", "position", "bp", "base_pair_location", "hm_pos", "pos_1based", "genpos"),
    "ref": ("ref", "reference", "ref_allele", "reference_allele", "allele_ref", "refallele", "reference_base"),
    "alt": ("alt", "alternate", "alternative", "alt_allele", "alternate_allele", "alternative_allele", "allele_alt",
            "altallele", "alternate_base"),
    "name": ("id", "rsid", "rs_id", "snp", "snpid", "snp_id", "name", "marker", "markername", "rs"),
    "build": ("build", "assembly", "genome_build", "ncbi_build", "genome"),
    "strand": ("strand",),
    "variant": ("variant", "variant_id", "variantid", "hgvs", "hgvs_g", "hgvsg", "spdi", "canonical_spdi", "gnomad_id"),
}  # fmt: skip
# columns that tables fill in more than one way, and why that is too little
REFUSED: dict[str, str] = {
    **dict.fromkeys(
        ("start", "chromstart", "start_position", "chrom_start", "start0", "begin", "pos0", "pos_0based"),
        "counts from 0 in some tables and from 1 in others; name a column 'pos' that counts from 1",
    ),
    **dict.fromkeys(
        ("effect_allele", "other_allele", "a1", "a2", "allele1", "allele2", "risk_allele", "tested_allele",
         "non_effect_allele", "ea", "oa", "nea"),
        "does not say which allele is the reference's; name columns 'ref' and 'alt'",
    ),
}  # fmt: skip
_BY_NAME = {name: column for column, names in NAMES.items() for name in names}
_NEEDED = ("chrom", "pos", "ref", "alt")
_WHOLE = re.compile(r"([0-9,]+)(\.0+)?", re.ASCII)  # some programs write whole numbers as 100.0


@dataclass(frozen=True)
class _Layout:
    """How the lines of a table are parted, and which column holds what."""

    split: Callable[[str], list[str]]
    columns: dict[str, int]
    width: int


def _splitter(header: str) -> Callable[[str], list[str]]:
    mark = next((m for m in "\t,;" if m in header), None)
    if mark is None:
        return str.split
    return lambda line: [cell.strip() for cell in next(csv.reader([line], delimiter=mark))]


def _plain(name: str) -> str:
    return re.sub(r"[ .\-]+", "_", name.strip().lower())[:60]


def layout(header: str) -> _Layout | None:
    """How a table with this first line is read; None if it is no header of variants.

    Raises:
        InputError: a header that lacks a column, or has one that says too little.
    """
    line = header.lstrip("#").strip("\n")
    if len(line) > limits.VARIANT_LINE.most:
        return None
    split = _splitter(line)
    try:
        names = [_plain(cell) for cell in split(line)]
    except csv.Error:
        return None
    columns: dict[str, int] = {}
    twice = ""
    for i, name in enumerate(names):
        column = _BY_NAME.get(name, "")
        if column in columns and column in _NEEDED:
            twice = f"has two columns that may be the '{column}': '{names[columns[column]]}' and '{name}'"
        if column:
            columns.setdefault(column, i)
    known = sum(name in _BY_NAME or name in REFUSED for name in names)
    if not known or (known < 2 and "variant" not in columns) or any(re.fullmatch("[0-9]+", n) for n in names):
        return None
    if twice:
        raise InputError(f"its header {twice}; keep one of them")
    missing = [c for c in _NEEDED if c not in columns]
    if missing and "variant" not in columns:
        for name in names:
            if name in REFUSED:
                raise InputError(f"its column '{name}' {REFUSED[name]}")
        raise InputError(
            f"its header lacks a column {' and '.join(repr(m) for m in missing)}; a table of variants has chrom, pos "
            "(from 1), ref and alt, or one column 'variant'"
        )
    return _Layout(split, columns, len(names))


def read_table(
    text: str, what: str, reference: Reference | None = None, dbsnp: RsNumbers | None = None
) -> ReadVariants:
    """The variants of a table; a row that is none is skipped and named.

    Raises:
        InputError: no header of variants, or a header that lacks a column or has one that says too little.
    """
    variants: list[Variant] = []
    skipped: list[Skipped] = []
    lines: list[int] = []
    table: _Layout | None = None
    for number, line in numbered_lines(text):
        if not line.strip() or line.startswith("##") or (table and line.startswith("#")):
            continue
        if table is None:
            try:
                table = layout(line)
            except InputError as error:
                raise InputError(f"line {number} of {what}: {error}") from error
            if table is None and not line.startswith("#"):
                raise InputError(f"line {number} of {what} is not the header of a table of variants")
            continue
        try:
            alleles = _row(line, table, reference, dbsnp)
        except (InputError, csv.Error) as error:
            skipped.append(Skipped(number, str(error)))
            limits.NO_VARIANTS.check(len(skipped), what)
            continue
        variants += alleles
        lines += [number] * len(alleles)
        limits.VARIANTS.check(len(variants), what)
    if table is None:
        raise InputError(f"{what} is empty; expected a table of variants")
    return ReadVariants(variants, skipped, lines)


def _row(line: str, table: _Layout, reference: Reference | None, dbsnp: RsNumbers | None) -> list[Variant]:
    limits.VARIANT_LINE.check(len(line), "the row")
    cells = table.split(line)
    if len(cells) != table.width:
        raise InputError(f"the row has {len(cells)} column(s) where its header has {table.width}")
    row = {column: cells[i] for column, i in table.columns.items()}
    build = "" if row.get("build", "") in ("", ".", "NA") else build_named(row["build"])
    name = "" if row.get("name", "") in ("", ".", "NA", "nan") else row["name"]
    if any(column not in row for column in _NEEDED):
        return [_named(v, name, build) for v in parse_line(row["variant"], reference, dbsnp)]
    if row.get("strand", "") not in ("", "+", "1", ".", "NA"):
        raise InputError(f"strand '{row['strand'][:20]}': write the alleles as the plus strand has them")
    chrom = row["chrom"]
    if is_accession(chrom):
        chrom, of_accession = by_accession(chrom)
        if contradict(build, of_accession):
            raise InputError(f"{row['chrom']} is of {of_accession}, but the row says {build}")
        build = build or of_accession
    if not chrom or len(chrom.split()) > 1:
        raise InputError(f"'{chrom[:40]}' is not a chromosome")
    whole = _WHOLE.fullmatch(row["pos"])
    pos = position(whole[1] if whole else row["pos"], f"{chrom}:{row['pos'][:40]}")
    ref = row["ref"].upper()
    if ref in ("-", ""):
        raise InputError(
            f"{chrom}:{pos}: tables place an insertion without reference base before or behind its position; write it "
            "with the base before it, as in VCF"
        )
    alts = re.split("[,/]", row["alt"].upper())
    limits.ALLELES.check(len(alts), "the row")
    return [Variant(chrom, pos, ref, "" if alt == "-" else alt, name, build) for alt in alts]


def _named(variant: Variant, name: str, build: str) -> Variant:
    if contradict(build, variant.build):
        raise InputError(f"{variant.name[:80]} is of {variant.build}, but the row says {build}")
    return Variant(variant.chrom, variant.pos, variant.ref, variant.alt, name or variant.name, variant.build or build)
