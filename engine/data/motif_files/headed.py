"""Motifs below a line that begins with `>`: JASPAR (with or without letters and brackets), HOCOMOCO's counts (pcm) and
weights (pwm), HOMER's .motif."""

from __future__ import annotations

import re

from engine.data.motif_files.columns import Line, Record, fault, grid, numbers, uncommented
from engine.sequence import IUPAC

_HOMER_SITES = re.compile(r"T:([0-9]{1,12}(?:\.[0-9]{1,6})?)")  # of the occurrences in the target sequences


def fits(lines: list[Line]) -> bool:
    """Whether a text is of this format."""
    first = next((line.text for line in lines if line.text.strip() and not line.text.startswith("#")), "")
    return first.startswith(">")


def read(lines: list[Line], what: str) -> list[Record]:
    """The motifs of a file; raises InputError with the line of what is wrong."""
    records: list[Record] = []
    head: Line | None = None
    body: list[Line] = []
    for line in [*lines, Line(len(lines) + 1, ">")]:
        if line.text.startswith(">"):
            if head is not None:
                records.append(_record(head, body, what))
            head, body = line, []
        else:
            body += uncommented([line], "#")
    return records


def _record(head: Line, body: list[Line], what: str) -> Record:
    title = head.text[1:].strip()
    if not title:
        raise fault(what, head.number, "a motif without a name after '>'")
    if body and not set(body[0].text.strip().upper()) - set(IUPAC) - {"-"} and body[0].text.strip():
        raise fault(what, head.number, "these are sequences (FASTA), not motifs; give a matrix of counts")
    rows, at = grid(body, what, head.number)
    cells = [cell.strip() for cell in title.split("\t")]
    if len(cells) > 2 and numbers(cells[2:3]) is not None:  # HOMER: consensus, name, threshold, ...
        id_ = cells[1].split(",")[0] or cells[0]
        sites = _HOMER_SITES.search(" ".join(cells[3:]))
        name = re.split(r"[(/]", id_)[0]
        return Record(id_, "" if name == id_ else name, head.number, rows, at, float(sites[1]) if sites else None)
    words = title.split(None, 1)
    return Record(words[0], words[1] if len(words) > 1 else "", head.number, rows, at)
