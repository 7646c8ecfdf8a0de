"""Results as files for other tools: CSV and bedGraph of tracks, CSV and VCF of variants, CSV of
measured effects."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from engine import sheets
from engine.data.satmut import DELETION
from engine.editor.summary import EditFacts
from engine.errors import InputError
from engine.genome.exports import InfoField, Record, info_keys, vcf
from engine.genome.reference import PlacedReference
from engine.genome.tracks import GenomeTrack, Piece, bedgraph, genome_track
from engine.results import Track
from engine.sequence import BASES, Region, Sequence, genomic_columns

if TYPE_CHECKING:
    import pandas as pd

TRACK_PLACE = ("position", "genomic_position", "genomic_strand")


def track_csv(track: Track, sequence: Sequence) -> str:
    """CSV of a track: name, position (1-based), genomic position and strand if known, ref, alt, then the outputs.

    ref and alt are read on that strand.
    """
    out = io.StringIO()
    writer = sheets.Writer(out)
    writer.writerow(["name", *TRACK_PLACE, "ref", "alt", *track.outputs])
    for position, *rest in track.rows():
        writer.writerow([sequence.name, position, *genomic_columns(sequence.region, position - 1, position), *rest])
    return out.getvalue()


def track_bedgraph(track: Track, sequence: Sequence, output: str) -> str:
    """bedGraph of one output: a line for every position that has a number, as `Track.per_position` has it.

    Raises:
        InputError: the sequence has no place in a genome.
    """
    _place(sequence, "bedGraph")
    return bedgraph(genome_tracks([(track, sequence)], output))


def genome_tracks(explained: list[tuple[Track, Sequence]], *outputs: str) -> list[GenomeTrack]:
    """Tracks of one kind and model on the genome, one for each output: a value for every position that has a number.

    Where sequences overlap, their mean is taken. A sequence whose place is not known is its own contig.

    Args:
        outputs: those that are wanted; all by default.
    """
    made = []
    for output in outputs or explained[0][0].outputs:
        pieces = []
        for track, sequence in explained:
            places = np.arange(len(sequence))
            pieces.append(Piece(sequence.placed, places, places + 1, track.per_position(output)))
        made.append(genome_track(f"{explained[0][0].kind} {explained[0][0].model} {output}", "", pieces))
    return made


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


def prediction_rows(facts: EditFacts, outputs: Iterable[str]) -> list[dict]:
    """One row a model and output: prediction for the reference and as edited, and the change with its spread.

    Only that of an ensemble has a spread, `s.d.`.
    """
    chosen = list(outputs)
    rows: list[dict] = []
    for model in dict.fromkeys(p.model for p in facts.predictions):
        of_model = {p.output: p for p in facts.predictions if p.model == model}
        for p in (of_model[o] for o in chosen if o in of_model):
            row = {"model": model, "cell type": p.output, "reference": p.before, "edited": p.after, "change": p.change}
            rows.append(row if p.spread is None else row | {"s.d.": p.spread})
    return rows


def _place(sequence: Sequence, format: str) -> Region:
    if sequence.region is None:
        raise InputError(
            f"sequence '{sequence.name}' has no place in a genome, which {format} needs; "
            "open it by its region, or take the CSV"
        )
    return sequence.region


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
    region = _place(around, "VCF")
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
