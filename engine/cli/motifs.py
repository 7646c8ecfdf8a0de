"""`python -m engine motifs`: where the matrices of JASPAR, or the user's own, match the user's sequences."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from engine import sheets
from engine.cli.common import Adapters, Input, bar, finite, names, read
from engine.cli.outputs import described, output, text_writer
from engine.cli.own_motifs import own_matrices
from engine.data import jaspar
from engine.errors import InputError
from engine.interpretation.motifs.scan import P_THRESHOLD, Q_SHOWN, best_per_place, remark, scan
from engine.report.motif_files import HIT_COLUMNS, hit_rows, hits_bed


def motifs_command(
    fasta: Input,
    out: Annotated[str, typer.Option("--out", help=described("csv", "bed"))] = "-",
    q: Annotated[
        float,
        typer.Option(
            min=0,
            max=1,
            callback=finite,
            help="largest q-value: false discovery rate over the places of one matrix, not over all",
        ),
    ] = Q_SHOWN,
    p: Annotated[
        float | None,
        typer.Option(
            min=1e-30,
            max=1,
            callback=finite,
            help=f"largest p-value of a match at one place; by default {P_THRESHOLD:g}, and of a matrix too "
            "short for that, the p-value of its best match",
        ),
    ] = None,
    matrix: Annotated[
        str, typer.Option(help="ids of JASPAR 2024 or factors, with commas: MA0035,SP1; all if empty")
    ] = "",
    motifs: Annotated[
        str | None,
        typer.Option(
            "--motifs",
            help="file of your own motifs in place of JASPAR: MEME, JASPAR, TRANSFAC, HOCOMOCO, HOMER, counts; "
            "--matrix then names those of the file",
        ),
    ] = None,
    best: Annotated[bool, typer.Option("--best", help="of matches that overlap by half only the best")] = False,
    adapters: Adapters = "auto",
) -> None:
    """Motif matches of JASPAR 2024 CORE vertebrates, or of your own motifs, on both strands, one row a match.

    In BED, a sequence whose place is known (behind the name in FASTA) is on its chromosome, any other its own contig.
    """
    target = output(out, "csv", "bed")
    if motifs == fasta == "-":
        raise InputError("standard input holds the sequences or the motifs; give the other as a file")
    own = own_matrices(motifs)
    matrices = jaspar.chosen(names(matrix), own) if matrix else own or jaspar.load()
    short = remark(matrices, p)
    sequences = read(fasta, adapters)
    count = 0
    with text_writer(target) as handle:
        table = sheets.Writer(handle)
        if target.format == "csv":
            table.writerow(HIT_COLUMNS)
        for done, sequence in enumerate(sequences):
            with bar(f"{sequence.name} ({done + 1}/{len(sequences)})") as progress:
                hits = [h for h in scan(sequence, matrices, p, progress) if h.q <= q]
            hits = best_per_place(hits) if best else hits
            if target.format == "bed":
                handle.write(hits_bed(hits, sequence))
            else:
                table.writerows(hit_rows(hits, sequence))
            count += len(hits)
    print(
        f"{count} matches of {len(matrices)} matrices in {len(sequences)} sequence(s), "
        f"p <= {P_THRESHOLD if p is None else p:g}, q <= {q:g}",
        file=sys.stderr,
    )
    if short:
        print(short, file=sys.stderr)
