"""A VCF written out again with the predicted effects added: everything else stays as it was.

A record keeps its line: position, alleles and their order, QUAL, FILTER, INFO, FORMAT and samples. Its effects are INFO
fields with one value an alternative allele (Number=A), so nothing has to be split. Records are sorted by contig, in the
order in which these first appear, and by position, as tabix asks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from engine.genome.exports import effect_fields, effect_text, problem_text
from engine.genome.variants import VcfRecord, VcfSource

_OURS = "CisLens: "  # begins the description of each field of ours, so that a second run takes the place of the first
_DECLARED = re.compile(r"##INFO=<ID=([^,>]+)")
_FIXED = 8  # columns up to INFO


@dataclass(frozen=True)
class _Keys:
    """INFO keys: of each effect column, of the problem, and those of an earlier run, which are taken out."""

    effects: dict[str, str]
    problem: str
    earlier: frozenset[str]


def annotated_vcf(source: VcfSource, table: pd.DataFrame) -> str:
    """The VCF as text, its records sorted; see `annotated_lines`."""
    return "".join(annotated_lines(source, table))


def annotated_lines(source: VcfSource, table: pd.DataFrame) -> Iterator[str]:
    """The lines of the VCF with their ends, its records sorted.

    Args:
        source: what `engine.genome.notations.vcf` kept of it.
        table: the scores, one row a variant in the order in which they were read; of its columns the effects and the
            problem are looked at.
    """
    *meta, columns = source.header
    declared = {m[1]: line for line in meta if (m := _DECLARED.match(line))}
    earlier = frozenset(key for key, line in declared.items() if f'Description="{_OURS}' in line)
    foreign = set(declared) - earlier
    wanted, described = effect_fields(table)
    effects = {column: _free(key, foreign) for column, key in wanted.items()}
    keys = _Keys(effects, _free("PROBLEM", foreign), earlier)
    head = [line for line in meta if not ((m := _DECLARED.match(line)) and m[1] in earlier)]
    if not head or not head[0].startswith("##fileformat="):
        head = ["##fileformat=VCFv4.2", *(line for line in head if not line.startswith("##fileformat="))]
    listed = {line.split("ID=")[1].split(",")[0].rstrip(">") for line in head if line.startswith("##contig=<ID=")}
    contigs = dict.fromkeys(r.line.split("\t", 1)[0] for r in source.records)
    head += [f"##contig=<ID={contig}>" for contig in contigs if contig not in listed]
    head += [
        f'##INFO=<ID={key},Number=A,Type=Float,Description="{_OURS}{described[column]}">'
        for column, key in effects.items()
    ]
    head.append(
        f'##INFO=<ID={keys.problem},Number=A,Type=String,Description="{_OURS}why the allele could not be scored">'
    )
    names = columns.split("\t")
    missing = ["QUAL", "FILTER", "INFO"][len(names) - _FIXED :] if len(names) < _FIXED else []
    head.append("\t".join([*names, *missing]))
    yield from (f"{line}\n" for line in head)
    order = {contig: i for i, contig in enumerate(contigs)}
    places = [record.line.split("\t", 2)[:2] for record in source.records]
    chroms, positions = [order[chrom] for chrom, _ in places], [int(pos) for _, pos in places]
    values = table[list(effects)].to_numpy(float)
    problems = list(table["problem"])
    for i in np.lexsort((positions, chroms)):
        yield f"{_annotated(source.records[i], values, problems, keys)}\n"


def _free(key: str, taken: set[str]) -> str:
    """The key, or with a number behind it where the file has a field of that name which is not ours."""
    free, number = key, 2
    while free in taken:
        free, number = f"{key}_{number}", number + 1
    return free


def _annotated(record: VcfRecord, values, problems: list[str], keys: _Keys) -> str:
    columns = record.line.split("\t")
    columns += ["."] * (_FIXED - len(columns))
    kept = [part for part in columns[7].split(";") if part not in ("", ".") and part.split("=")[0] not in keys.earlier]
    ours = [problems[a] if isinstance(a, int) else a for a in record.alleles]
    if any(isinstance(a, int) and not problem for a, problem in zip(record.alleles, ours, strict=True)):
        for i, key in enumerate(keys.effects.values()):
            of_alleles = [values[a, i] if isinstance(a, int) else float("nan") for a in record.alleles]
            kept.append(f"{key}={','.join(effect_text(value) for value in of_alleles)}")
    if any(ours):
        kept.append(f"{keys.problem}={','.join(problem_text(problem) or '.' for problem in ours)}")
    columns[7] = ";".join(kept) or "."
    return "\t".join(columns)
