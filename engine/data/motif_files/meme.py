"""MEME text: the minimal format, versions 4 and 5 as MEME writes them, and what DREME and STREME write
(https://meme-suite.org/meme/doc/meme-format.html).

Only `letter-probability matrix` is read. Background frequencies are not: all matrices are scanned against equal ones.
"""

from __future__ import annotations

import re

from engine.data.motif_files.columns import Line, Record, fault, numbers, tokens

_PAIR = re.compile(r"\s*(\w+)=\s*(\S+)", re.ASCII)
_MATRIX, _LOG_ODDS, _MOTIF = "letter-probability matrix", "log-odds matrix", "MOTIF"


def fits(lines: list[Line]) -> bool:
    """Whether a text is of this format."""
    return any(line.text.startswith(("MEME version", _MATRIX)) for line in lines)


def read(lines: list[Line], what: str) -> list[Record]:
    """The motifs of a file; raises InputError with the line of what is wrong."""
    records: list[Record] = []
    motif: tuple[Line, bool] | None = None  # its line, and whether log-odds were met; None once it has its matrix
    k = 0
    while k < len(lines):
        line, k = lines[k], k + 1
        text = line.text.strip()
        if text.startswith("ALPHABET"):
            k = _alphabet(lines, k - 1, what)
        elif text.split(None, 1)[:1] == [_MOTIF]:
            _finished(motif, what)
            motif = (line, False)
        elif text.startswith(_LOG_ODDS) and motif:
            motif = (motif[0], True)
        elif text.startswith(_MATRIX):
            if motif is None:
                raise fault(what, line.number, "a matrix without its own 'MOTIF name' line before it")
            record, k = _matrix(motif[0], lines, k - 1, what)
            records.append(record)
            motif = None
    _finished(motif, what)
    return records


def _finished(motif: tuple[Line, bool] | None, what: str) -> None:
    if motif is None:
        return
    line, log_odds = motif
    reason = "holds log-odds alone, which are scaled and rounded" if log_odds else "has no matrix"
    raise fault(what, line.number, f"this motif {reason}; give its letter-probability matrix")


def _alphabet(lines: list[Line], k: int, what: str) -> int:
    """The line after the alphabet at `k`, which has to be that of DNA."""
    line, text = lines[k], lines[k].text.strip()
    if "=" in text.split('"')[0]:
        letters = "".join(text.split("=", 1)[1].split())
        k += 1
    else:  # an alphabet in full, a line a letter; those of a pair are the letters themselves
        core = set()
        k += 1
        while k < len(lines) and not lines[k].text.strip().startswith("END ALPHABET"):
            if "~" in lines[k].text:
                core |= {side.strip()[:1] for side in lines[k].text.split("~")}
            k += 1
        letters = "".join(sorted(core))
        k += 1
    if letters.upper() not in ("ACGT", "DNA"):
        kind = " (RNA)" if letters.upper() in ("ACGU", "RNA") else ""
        raise fault(what, line.number, f"its alphabet is {letters[:30] or 'empty'}{kind}; motifs of DNA are read")
    return k


def _matrix(motif: Line, lines: list[Line], k: int, what: str) -> tuple[Record, int]:
    """The record of a matrix whose first line is `lines[k]`, and the line after it."""
    head = lines[k]
    declared = {name: numbers([value]) for name, value in _PAIR.findall(head.text.split(":", 1)[-1])}
    for name in ("alength", "w", "nsites"):
        value = declared.get(name, (0.0,))
        if value is None or value[0] < 0:
            raise fault(what, head.number, f"{name}= is not a number")
    if (declared.get("alength") or (4,))[0] != 4:
        raise fault(what, head.number, "alength= is not 4; motifs of DNA are read")
    width = declared.get("w")
    rows: list[tuple[float, ...]] = []
    at: list[int] = []
    k += 1
    while k < len(lines):
        cells = tokens(lines[k].text)
        values = numbers(cells)
        if not cells and (not rows or (width and len(rows) < width[0])):
            k += 1  # blank lines may stand above the rows, and between them where their number is given
            continue
        if values is None and (not width or len(rows) >= width[0]):
            break  # the motif ends with the first line that is no row
        if values is None or len(values) != 4:
            short = lines[k].text.strip()[:40]
            of = f" of {width[0]:g}" if width else ""
            raise fault(what, lines[k].number, f"'{short}' is not row {len(rows) + 1}{of} of the matrix: four numbers")
        rows.append(values)
        at.append(lines[k].number)
        k += 1
    if not rows or (width and len(rows) != width[0]):
        given = f"; w= says {width[0]:g}" if width else ""
        raise fault(what, head.number, f"the matrix has {len(rows)} rows{given}")
    id_, name = _names(motif, what)
    sites = declared.get("nsites")
    return Record(id_, name, motif.number, tuple(rows), tuple(at), sites[0] if sites else None), k


def _names(motif: Line, what: str) -> tuple[str, str]:
    """Identifier and alternate name; MEME's own output goes on with 'width = 8 sites = 20 ...'."""
    words = motif.text.split()[1:]
    if not words:
        raise fault(what, motif.number, "a motif without a name")
    alternate = words[1] if len(words) > 1 and not words[1].startswith("width") else ""
    return words[0], alternate
