"""Variants as VCF for other tools: the one writer (`vcf`), and scored variants through it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from engine.errors import InputError
from engine.genome.reference import Reference
from engine.genome.variants import Variant
from engine.sequence import Region

EFFECT = ".effect"


@dataclass(frozen=True)
class InfoField:
    """What the header says of an INFO field; `kind` is VCF's name of its type."""

    key: str
    description: str
    kind: str = "Float"


@dataclass(frozen=True)
class Record:
    """One allele of a VCF: `pos` 1-based, `ref` and `alt` '' for none, `info` as `KEY=value` texts."""

    chrom: str
    pos: int
    ref: str
    alt: str
    info: list[str]
    name: str = "."


def vcf(records: list[Record], fields: Iterable[InfoField], contigs: Iterable[str], reference: Reference) -> str:
    """VCF 4.2 of sites: one record an allele, sorted in each contig; contigs in the order in which they are given.

    Args:
        reference: where the base before an empty allele is looked up, since VCF allows none; the one after it,
            or N, where that is not known.
    """
    order = {contig: i for i, contig in enumerate(contigs)}
    assembly = f",assembly={reference.build}" if reference.build else ""
    head = [
        "##fileformat=VCFv4.2",
        "##source=CisLens",
        f"##reference={reference.build or reference.name}",
        *(f"##contig=<ID={contig}{assembly}>" for contig in order),
        *(f'##INFO=<ID={f.key},Number=1,Type={f.kind},Description="{f.description}">' for f in fields),
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO",
    ]
    lines = []
    for record in records:
        pos, ref, alt = _anchored(record, reference)
        line = f"{record.chrom}\t{pos}\t{record.name}\t{ref}\t{alt}\t.\t.\t{';'.join(record.info) or '.'}"
        lines.append((order[record.chrom], pos, line))
    return "\n".join([*head, *(line for *_, line in sorted(lines, key=lambda row: row[:2]))]) + "\n"


def info_keys(prefix: str, names: Iterable[str], allowed: str = "A-Za-z0-9_.") -> dict[str, str]:
    """An INFO key of its own for each name: `prefix` and the name, with _ for what is not among `allowed`."""
    keys: dict[str, str] = {}
    for name in names:
        key = prefix + re.sub(f"[^{allowed}]", "_", name)
        keys[name] = f"{key}.{len(keys)}" if key in keys.values() else key
    return keys


def effect_fields(table: pd.DataFrame) -> tuple[dict[str, str], dict[str, str]]:
    """The INFO key, and what it is in words, of each effect column of a table of scores."""
    columns = [c for c in table.columns if c.endswith(EFFECT)]
    keys = info_keys("EFFECT_", [c.removesuffix(EFFECT) for c in columns])
    described = {c: f"Predicted effect of the allele, {_words(c)}, alt minus ref, log2(RNA/DNA)" for c in columns}
    return {c: keys[c.removesuffix(EFFECT)] for c in columns}, described


def _words(column: str) -> str:
    """A column's name as a quoted description may hold it."""
    return re.sub(r'["\\\s]+', " ", column.removesuffix(EFFECT))


def effect_text(value: float) -> str:
    """An effect as a VCF has it; '.' for none."""
    return "." if value != value else f"{value:.6g}"


def problem_text(problem: str) -> str:
    """A problem as one value of an INFO field, which has no blanks and none of its separators."""
    return re.sub(r"[\s;=,]+", "_", problem)


def variants_vcf(variants: list[Variant], table: pd.DataFrame, reference: Reference) -> str:
    """VCF 4.2 of scored variants, the effects as INFO fields; `engine.genome.annotated` writes a VCF out again whole.

    Args:
        variants: in the order of the table's rows.
        table: what `engine.genome.effects.score_variants` or `join` gave; each `<model>.<output>.effect` becomes the
            field `EFFECT_<model>.<output>`, and a problem the field `PROBLEM`.
        reference: as for `vcf`.
    """
    keys, described = effect_fields(table)
    fields = [InfoField(key, described[column]) for column, key in keys.items()]
    fields.append(InfoField("PROBLEM", "Why the allele could not be scored", "String"))
    records = []
    effects = table[list(keys)].to_numpy(float)
    for variant, values, problem in zip(variants, effects, table["problem"], strict=True):
        if problem:
            info = ["PROBLEM=" + problem_text(problem)]
        else:
            info = [f"{key}={effect_text(value)}" for key, value in zip(keys.values(), values, strict=True)]
        records.append(Record(variant.chrom, variant.pos, variant.ref, variant.alt, info, _id(variant)))
    return vcf(records, fields, dict.fromkeys(v.chrom for v in variants), reference)


def _id(variant: Variant) -> str:
    """A VCF's ID, which may be a list parted by semicolons; '.' for a name that is none."""
    is_id = variant.name != variant.label and not re.search(r"[^!-~]", variant.name)
    return variant.name if is_id else "."


def _anchored(record: Record, reference: Reference) -> tuple[int, str, str]:
    """Position and alleles with the base before them where one is empty; with the one after if only that is known."""
    chrom, pos, ref, alt = record.chrom, record.pos, record.ref, record.alt
    if ref and alt:
        return pos, ref, alt
    before, after = _base(chrom, pos - 2, reference), _base(chrom, pos - 1 + len(ref), reference)
    if pos > 1 and (before or not after):
        before = before or "N"
        return pos - 1, before + ref, before + alt
    after = after or "N"
    return pos, ref + after, alt + after


def _base(chrom: str, index: int, reference: Reference) -> str:
    """The base at a 0-based place; '' where it is not known."""
    try:
        known = reference.stretch(chrom, index, index + 1)
        return reference.bases(Region(known.chrom, index, index + 1, known.build))
    except InputError:
        return ""
