"""Results as files for other tools: CSV and VCF of variants, CSV of measured effects."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from engine import sheets
from engine.data.satmut import DELETION
from engine.editor.summary import EditFacts
from engine.genome.exports import InfoField, Record, info_keys, vcf
from engine.genome.reference import PlacedReference
from engine.intervals import Interval
from engine.report.track_files import TRACK_PLACE, needs_place
from engine.sequence import BASES, Sequence, genomic_columns

if TYPE_CHECKING:
    import pandas as pd


def measured_csv(measured: dict[str, np.ndarray], sequence: Sequence) -> str:
    """CSV of measured substitutions, one row each: position (1-based), genomic place, ref, alt, data set, effect.

    Args:
        measured: data set to `(length, 4)` effects on `sequence`, log2(alt/ref); nan where nothing is known.
    """
    out = io.StringIO()
    writer = sheets.Writer(out)
    writer.writerow(["name", *TRACK_PLACE, "ref", "alt", "data_set", "effect"])
    for data_set, values in measured.items():
        for i, base in np.argwhere(~np.isnan(values)).tolist():
            genomic = genomic_columns(sequence.region, i, i + 1)
            effect = f"{values[i, base]:.6g}"
            writer.writerow([sequence.name, i + 1, *genomic, sequence.bases[i], BASES[base], data_set, effect])
    return out.getvalue()


def prediction_rows(
    facts: EditFacts, outputs: Iterable[str], intervals: Mapping[tuple[str, str], Interval] = MappingProxyType({})
) -> list[dict]:
    """One row a model and output: prediction for the reference and as edited, and the change with its spread.

    Only that of an ensemble has a spread, `s.d.`. Where `intervals` of a model and output are known, those of the
    edited sequence follow.
    """
    chosen = list(outputs)
    rows: list[dict] = []
    for model in dict.fromkeys(p.model for p in facts.predictions):
        of_model = {p.output: p for p in facts.predictions if p.model == model}
        for p in (of_model[o] for o in chosen if o in of_model):
            row = {"model": model, "cell type": p.output, "reference": p.before, "edited": p.after, "change": p.change}
            row |= {} if p.spread is None else {"s.d.": p.spread}
            if held := intervals.get((model, p.output)):
                row |= {f"{held.level}% from": held.low, f"{held.level}% to": held.high}
            rows.append(row)
    return rows


def variants_csv(variants: pd.DataFrame, chrom: str, build: str) -> str:
    """CSV of measured variants with their predictions; the genome build and contig in front."""
    table = variants.copy()
    table.insert(0, "chrom", chrom)
    table.insert(0, "build", build)
    return sheets.of_frame(table, "%.6g")


def variants_vcf(variants: pd.DataFrame, models: list[str], around: Sequence, output: str) -> str:
    """VCF 4.2 of measured variants with the predictions of `models` as INFO fields.

    Args:
        variants: columns `pos` (1-based), `ref`, `alt` (`-`: deletion), `effect`, `p`, `confidence`, and one a model.
        around: the element with its flanks; a deletion is written with the base before it, as VCF asks. Where that
            base is not known, with the base after it.
        output: the model output that the predictions are for.
    """
    region = needs_place(around, "VCF")
    keys = info_keys("PRED_", models, "A-Za-z0-9")
    fields = [
        InfoField("MEASURED", "Measured effect, log2(alt/ref)"),
        InfoField("P", "P value of the measured effect"),
        InfoField("CONFIDENCE", "CAGI5 confidence, min(1, -log10(p)/50)"),
        *(
            InfoField(key, f"Effect predicted by {model} for {output}, alt minus ref, log2(RNA/DNA)")
            for model, key in keys.items()
        ),
    ]
    records = []
    for row in variants.to_dict("records"):
        info = [f"MEASURED={row['effect']:.6g}", f"P={row['p']:.6g}", f"CONFIDENCE={row['confidence']:.4g}"]
        info += [f"{key}={row[model]:.6g}" for model, key in keys.items()]
        alt = "" if row["alt"] == DELETION else row["alt"]
        records.append(Record(region.chrom, int(row["pos"]), row["ref"], alt, info))
    return vcf(records, fields, [region.chrom], PlacedReference([around]))
