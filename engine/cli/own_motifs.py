"""Motifs of the user's own for the commands that take them: the option, and what its file holds."""

from __future__ import annotations

from typing import Annotated

import typer

from engine.cli.common import content
from engine.data import motif_files
from engine.data.jaspar import Matrix
from engine.data.motif_files import Collection

OwnMotifs = Annotated[
    str | None,
    typer.Option(
        "--motifs", help="file of your own motifs, for --motif to name: MEME, JASPAR, TRANSFAC, HOCOMOCO, HOMER, counts"
    ),
]


def own_motifs(file: str | None) -> Collection | None:
    """The motifs of a file; None without one."""
    return None if file is None else motif_files.read(*content(file))


def own_matrices(file: str | None) -> dict[str, Matrix] | None:
    """The matrices of a file of motifs by id; None without a file."""
    own = own_motifs(file)
    return own.matrices if own else None
