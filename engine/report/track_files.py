"""Tracks (mutagenesis, Integrated Gradients) as files for other tools: CSV, and bedGraph on the genome."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np

from engine import sheets
from engine.errors import InputError
from engine.genome.tracks import GenomeTrack, Piece, bedgraph, genome_track
from engine.results import Track
from engine.sequence import Region, Sequence, genomic_columns

TRACK_PLACE = ("position", "genomic_position", "genomic_strand")
TRACK_COLUMNS = ("name", *TRACK_PLACE, "ref", "alt")


def track_rows(track: Track, sequence: Sequence) -> Iterator[tuple]:
    """Rows of `TRACK_COLUMNS`, then one value an output: position (1-based), genomic position and strand if known.

    ref and alt are read on that strand.
    """
    for position, *rest in track.rows():
        yield sequence.name, position, *genomic_columns(sequence.region, position - 1, position), *rest


def track_csv(track: Track, sequence: Sequence) -> str:
    """CSV of a track, see `track_rows`."""
    out = io.StringIO()
    sheets.Writer(out).writerows([(*TRACK_COLUMNS, *track.outputs), *track_rows(track, sequence)])
    return out.getvalue()


def track_bedgraph(track: Track, sequence: Sequence, output: str) -> str:
    """bedGraph of one output: a line for every position that has a number, as `Track.per_position` has it.

    Raises:
        InputError: the sequence has no place in a genome.
    """
    needs_place(sequence, "bedGraph")
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


def needs_place(sequence: Sequence, format: str) -> Region:
    """Its region; raises InputError if it has none."""
    if sequence.region is None:
        raise InputError(
            f"sequence '{sequence.name}' has no place in a genome, which {format} needs; "
            "open it by its region, or take the CSV"
        )
    return sequence.region
