"""Tracks for genome browsers by command: bedGraph, bigWig, or a folder that UCSC and IGV open."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from engine import store
from engine.cli.outputs import Output, described, file_writer, text_writer
from engine.errors import InputError
from engine.genome.bigwig import bigwig, contig_lengths
from engine.genome.hub import HUB, SESSION, database, hub
from engine.genome.tracks import GenomeTrack, bedgraph
from engine.report.archive import file_stem
from engine.sequence import Sequence

TRACK_FORMATS = ("csv", "bedgraph", "bigwig", "hub")
TracksOut = Annotated[
    str,
    typer.Option(
        "--out",
        help=f"{described(*TRACK_FORMATS)}, with a session of IGV, for which the build has to be known. A bigWig holds "
        "one track: of several, each gets a file, its name before the ending",
    ),
]


def check(target: Output, build: str) -> None:
    """Raise InputError for what cannot be written, before the work that leads to it."""
    if target.format == "hub":
        database(build)
    folder = os.path.dirname(target.path.rstrip("/" + os.sep)) or "."
    if target.format == "hub" and os.path.exists(target.path) and not os.path.isdir(target.path):
        raise InputError(f"{target.path} cannot be made a folder (there is a file of that name)")
    if not target.is_standard_output and not os.path.isdir(folder):
        raise InputError(f"{target.path} cannot be written (there is no folder {folder})")


def build_of(sequences: list[Sequence], named: str) -> str:
    """The build that was named, else the one that all sequences with a place agree on; '' if none is known."""
    known = {s.region.build for s in sequences if s.region}
    return named or (known.pop() if len(known) == 1 else "")


def write_tracks(target: Output, tracks: list[GenomeTrack], build: str, known: dict[str, int] | None = None) -> None:
    """Write tracks in the format of the output; what files there are besides the one named goes to standard error.

    Args:
        build: of the genome; '' if nobody named it.
        known: lengths of its contigs.
    """
    if target.format == "bedgraph":
        with text_writer(target) as handle:
            handle.write(bedgraph(tracks))
    elif target.format == "hub":
        _write_hub(target, hub(tracks, build, known))
    else:
        _write_bigwigs(target, tracks, build, known)


def _write_bigwigs(target: Output, tracks: list[GenomeTrack], build: str, known: dict[str, int] | None) -> None:
    root, ending = os.path.splitext(target.path)
    shown = [track for track in tracks if track.contigs]
    if not shown:
        raise InputError("no position has a value; there is nothing to write as bigWig")
    guessed = False
    for track in shown:
        path = target.path if len(shown) == 1 else f"{root}.{file_stem(track.name)}{ending}"
        lengths = contig_lengths(track, build, known)
        guessed |= any(lengths[contig] == ends[-1] for contig, (_, ends, _) in track.contigs.items())
        with file_writer(path) as partial:
            partial.write_bytes(bigwig(track, lengths))
        print(f"{path}: {track.name}", file=sys.stderr)
    if guessed:
        print(
            "a contig whose length is not known ends with its last value; name its genome by --build to have it right",
            file=sys.stderr,
        )


def _write_hub(target: Output, files: dict[str, bytes]) -> None:
    """Every file of the hub; hub.txt, by which it is opened, last."""
    folder = Path(target.path)
    try:
        for path in sorted(files, key=lambda path: path == HUB):
            store.write_bytes(folder / path, files[path])
    except OSError as error:
        raise InputError(f"{target.path} cannot be written ({error.strerror or error})") from error
    print(f"{folder / HUB}: a track hub of UCSC, for a web server; {folder / SESSION}: for IGV", file=sys.stderr)
