"""Tracks (mutagenesis, Integrated Gradients) as files for other tools: CSV, and on the genome bedGraph, bigWig and a
track hub."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np

from engine import sheets
from engine.errors import InputError
from engine.genome.bigwig import bigwig, contig_lengths
from engine.genome.hub import DATABASES, hub
from engine.genome.tracks import GenomeTrack, Piece, bedgraph, genome_track
from engine.results import Track
from engine.sequence import Region, Sequence, genomic_columns

TRACK_PLACE = ("position", "genomic_position", "genomic_strand")
TRACK_COLUMNS = ("name", *TRACK_PLACE, "ref", "alt")
_KINDS = {"ig": "Integrated Gradients", "ism": "minus the mean effect of the three substitutions"}


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


def track_bigwig(track: Track, sequence: Sequence, output: str) -> bytes:
    """bigWig of one output, as `track_bedgraph` has it; raises InputError without a place or without a number."""
    region = needs_place(sequence, "bigWig")
    (placed,) = genome_tracks([(track, sequence)], output)
    return bigwig(placed, contig_lengths(placed, region.build))


def tracks_hub(explained: list[tuple[Track, Sequence]]) -> dict[str, bytes]:
    """The files of a track hub and an IGV session of some maps, each a track of its own.

    Empty where they do not lie on one build that browsers know, or hold no number.
    """
    builds = {sequence.region.build if sequence.region else "" for _, sequence in explained}
    placed = [track for one in explained for track in genome_tracks([one]) if track.contigs]
    return hub(placed, builds.pop()) if placed and len(builds) == 1 and builds <= set(DATABASES) else {}


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
        first = explained[0][0]
        description = f"{_KINDS[first.kind]} for {output}, {'s.d.' if first.standardised else 'log2(RNA/DNA)'}"
        made.append(genome_track(f"{first.kind} {first.model} {output}", description, pieces))
    return made


def needs_place(sequence: Sequence, format: str) -> Region:
    """Its region; raises InputError if it has none."""
    if sequence.region is None:
        raise InputError(
            f"sequence '{sequence.name}' has no place in a genome, which {format} needs; "
            "open it by its region, or take the CSV"
        )
    return sequence.region
