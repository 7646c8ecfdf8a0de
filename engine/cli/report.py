"""`python -m engine report`: one sequence and its edited form as a report, or as a ZIP of the report and its tables."""

from __future__ import annotations

import datetime
import sys
from typing import Annotated

import typer

from engine import device
from engine.cli.common import Adapters, Device, Input, bar, names, read
from engine.cli.outputs import described, file_writer, known, output
from engine.cli.own_motifs import own_motifs
from engine.data.measured import recognised
from engine.editor.changes import edited_to
from engine.editor.document import Document
from engine.editor.summary import sentence
from engine.errors import InputError
from engine.experiments import checkpoints
from engine.report.document import bundle, report
from engine.report.dossier import gather
from engine.sequence import WINDOW_POLICIES


def report_command(
    fasta: Input,
    model: Annotated[str, typer.Option("--model", help="one name, or several with commas")],
    out: Annotated[
        str, typer.Option("--out", help=f"{described('html', 'zip')}, which holds all tables and figures as well")
    ],
    edited: Annotated[
        str | None, typer.Option("--edited", help="FASTA file of the edited sequence, of any length; its first record")
    ] = None,
    outputs: Annotated[str, typer.Option(help="outputs to explain, with commas; all if empty")] = "",
    window: Annotated[str | None, typer.Option("--window", help=" | ".join(WINDOW_POLICIES))] = None,
    motifs: Annotated[
        str | None, typer.Option("--motifs", help="file of your own motifs to look for in place of JASPAR 2024")
    ] = None,
    no_motifs: Annotated[bool, typer.Option("--no-motifs", help="look for no motifs")] = False,
    adapters: Adapters = "auto",
    device_name: Device = "auto",
) -> None:
    """What an edit does: predictions, the bases they rest on and motifs, before and after, as one HTML file.

    The first record of the FASTA file is the reference. If its bases are those of an element of saturation mutagenesis
    or of its flanks, the report says what was measured there.
    """
    if out == "-":
        raise InputError(f"a report is no text for standard output; give a file that ends in {known('html', 'zip')}")
    target = output(out, "html", "zip")
    if motifs and no_motifs:
        raise InputError("--motifs and --no-motifs exclude each other; give one of them")
    own = own_motifs(motifs)
    where = device.resolve(device_name)
    loaded = [checkpoints.load(name) for name in names(model)]
    document = _document(fasta, edited, adapters)
    with file_writer(out) as partial:
        with bar("report") as progress:
            findings = gather(
                document,
                loaded,
                outputs=names(outputs) if outputs else (),
                policy=window,
                motifs=own or not no_motifs,
                device=where,
                progress=progress,
            )
        today = datetime.date.today()
        made = bundle(findings, today) if target.format == "zip" else report(findings, today).encode()
        partial.write_bytes(made)
    if findings.edited:
        print(sentence(findings.facts), file=sys.stderr)


def _document(fasta: str, edited: str | None, adapters: str) -> Document:
    """The reference with the edits that lead to the edited sequence."""
    document = Document(recognised(read(fasta, adapters)[0]))
    if edited is None:
        return document
    if edited == fasta == "-":
        raise InputError("standard input holds one of the two sequences; give the other as a file")
    return edited_to(document, read(edited, adapters)[0].bases)
