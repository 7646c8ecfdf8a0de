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

_EFFECT = ".effect"


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


def variants_vcf(variants: list[Variant], table: pd.DataFrame, reference: Reference) -> str:
    """VCF 4.2 of scored variants, the predicted effects as INFO fields.

    Sites only: samples and annotations of a VCF that the variants came from are not taken over.

    Args:
        variants: in the order of the table's rows.
        table: what `engine.genome.effects.score_variants` or `join` gave; each `<model>.<output>.effect` becomes the
            field `EFFECT_<model>.<output>`, and a problem the field `PROBLEM`.
        reference: as for `vcf`.
    """
    keys = info_keys("EFFECT_", [c.removesuffix(_EFFECT) for c in table.columns if c.endswith(_EFFECT)])
    fields = [
        InfoField(key, f"Predicted effect of the allele, {name}, alt minus ref, log2(RNA/DNA)")
        for name, key in keys.items()
    ]
    fields.append(InfoField("PROBLEM", "Why the allele could not be scored", "String"))
    records = []
    effects = table[[name + _EFFECT for name in keys]].to_numpy(float)
    for variant, values, problem in zip(variants, effects, table["problem"], strict=True):
        if problem:
            info = ["PROBLEM=" + re.sub(r"[\s;=,]+", "_", problem)]
        else:
            info = [f"{key}={value:.6g}" for key, value in zip(keys.values(), values, strict=True)]
        name = "." if re.search(r"[\s;]", variant.name) or variant.name == variant.label else variant.name
        records.append(Record(variant.chrom, variant.pos, variant.ref, variant.alt, info, name))
    return vcf(records, fields, dict.fromkeys(v.chrom for v in variants), reference)


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
