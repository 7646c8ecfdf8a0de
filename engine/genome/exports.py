"""Scored variants as a VCF for other tools."""

from __future__ import annotations

import re

import pandas as pd

from engine.errors import InputError
from engine.genome.reference import Reference
from engine.genome.variants import Variant
from engine.sequence import Region

_EFFECT = ".effect"


def variants_vcf(variants: list[Variant], table: pd.DataFrame, reference: Reference) -> str:
    """VCF 4.2 of scored variants: one record an allele, the predicted effects as INFO fields, sorted in each contig.

    Sites only: samples and annotations of a VCF that the variants came from are not taken over.

    Args:
        variants: in the order of the table's rows.
        table: what `engine.genome.effects.score_variants` or `join` gave; each `<model>.<output>.effect` becomes the
            field `EFFECT_<model>.<output>`, and a problem the field `PROBLEM`.
        reference: where the base before an empty allele is looked up, since VCF allows none; the one after it,
            or N, where that is not known.
    """
    fields: dict[str, str] = {}
    for column in (c for c in table.columns if c.endswith(_EFFECT)):
        key = "EFFECT_" + re.sub(r"[^A-Za-z0-9_.]", "_", column.removesuffix(_EFFECT))
        fields[column] = f"{key}.{len(fields)}" if key in fields.values() else key
    contigs = {c: i for i, c in enumerate(dict.fromkeys(v.chrom for v in variants))}
    assembly = f",assembly={reference.build}" if reference.build else ""
    head = [
        "##fileformat=VCFv4.2",
        "##source=CisLens",
        f"##reference={reference.build or reference.name}",
        *(f"##contig=<ID={c}{assembly}>" for c in contigs),
        *(
            f'##INFO=<ID={key},Number=1,Type=Float,Description="Predicted effect of the allele, '
            f'{column.removesuffix(_EFFECT)}, alt minus ref, log2(RNA/DNA)">'
            for column, key in fields.items()
        ),
        '##INFO=<ID=PROBLEM,Number=1,Type=String,Description="Why the allele could not be scored">',
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO",
    ]
    lines = []
    effects = table[list(fields)].to_numpy(float)
    for variant, values, problem in zip(variants, effects, table["problem"], strict=True):
        pos, ref, alt = _anchored(variant, reference)
        if problem:
            info = "PROBLEM=" + re.sub(r"[\s;=,]+", "_", problem)
        else:
            info = ";".join(f"{key}={value:.6g}" for key, value in zip(fields.values(), values, strict=True))
        name = "." if re.search(r"[\s;]", variant.name) or variant.name == variant.label else variant.name
        line = f"{variant.chrom}\t{pos}\t{name}\t{ref}\t{alt}\t.\t.\t{info or '.'}"
        lines.append((contigs[variant.chrom], pos, line))
    return "\n".join([*head, *(line for *_, line in sorted(lines, key=lambda row: row[:2]))]) + "\n"


def _anchored(variant: Variant, reference: Reference) -> tuple[int, str, str]:
    """Position and alleles with the base before them where one is empty; with the one after if only that is known."""
    pos, ref, alt = variant.pos, variant.ref, variant.alt
    if ref and alt:
        return pos, ref, alt
    before, after = _base(variant.chrom, pos - 2, reference), _base(variant.chrom, pos - 1 + len(ref), reference)
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
