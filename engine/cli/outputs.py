"""What `--out` means, for every command: the ending of the name chooses the format, and nothing else does.

`-`                     standard output, in the format that the command names first
a pipe, a device        the same format; it is written to and never replaced
`name.ending`           that format; one that the command does not write is refused with those that it does
`name.ending.gz`        the same text as bgzip, which gzip reads too; of VCF, BED and bedGraph with a tabix index
                        beside it (`.tbi`) where the lines are in order
`folder/`               several files: a track hub (`engine.genome.hub`)
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engine import sheets, store
from engine.errors import InputError
from engine.genome import tabix

# format -> its endings, the usual one first
ENDINGS: dict[str, tuple[str, ...]] = {
    "csv": (".csv",),
    "vcf": (".vcf",),
    "bed": (".bed",),
    "bedgraph": (".bedgraph", ".bg", ".bdg"),
    "bigwig": (".bw", ".bigwig"),
    "fasta": (".fa", ".fasta", ".fna"),
    "html": (".html", ".htm"),
    "zip": (".zip",),
    "hub": ("/",),
}
PACKED = ("csv", "vcf", "bed", "bedgraph", "fasta")  # may end in .gz


@dataclass(frozen=True)
class Output:
    """Where a command writes, and what.

    Attributes:
        path: as the user gave it; '-' is standard output.
        format: a name in `ENDINGS`.
        is_packed: as bgzip.
    """

    path: str
    format: str
    is_packed: bool = False

    @property
    def is_standard_output(self) -> bool:
        return self.path == "-"


def output(out: str, *formats: str) -> Output:
    """What `--out` asks for of the `formats` that a command writes, the one for standard output first.

    Raises:
        InputError: another ending, or none, with those that are known.
    """
    if "\0" in out:
        raise InputError("--out holds a zero byte, which no file name does")
    if out == "-" or _is_stream(out):
        return Output(out, formats[0])
    name = out.lower()
    if name.endswith(("/", os.sep)) or os.path.isdir(out):
        if "hub" in formats:
            return Output(out, "hub")
        raise InputError(f"{out} cannot be written (it is a folder); name a file that ends in {known(*formats)}")
    plain = name.removesuffix(".gz").removesuffix(".bgz")
    for kind in formats:
        packs = kind in PACKED
        if (plain if packs else name).endswith(ENDINGS[kind]):
            return Output(out, kind, packs and plain != name)
    raise InputError(f"'{out}' does not say what to write; end its name in {known(*formats)}")


def known(*formats: str) -> str:
    """The endings of formats in words, for messages and the help of `--out`."""
    texts = [ENDINGS[kind][0] + ("[.gz]" if kind in PACKED else "") for kind in formats if kind != "hub"]
    if "hub" in formats:
        texts.append("/ (a folder: a track hub)")
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} or {texts[-1]}"


def described(*formats: str) -> str:
    """The help of `--out`."""
    more = f"; - for {formats[0].upper()} on standard output" if formats[0] not in ("html", "zip") else ""
    return f"file to write: {known(*formats)}{more}"


def _is_stream(out: str) -> bool:
    """Whether a path is there and neither a file nor a folder, or stands for an open file, or a link leads to such."""
    if store.descriptor(Path(out)) is not None:
        return True
    try:
        mode = os.stat(out).st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


@contextmanager
def text_writer(target: Output) -> Iterator[sheets.Text]:
    """Where the text of a command goes, in UTF-8 with plain line ends.

    A bad path fails before the work; a run that fails leaves the old file as it was.
    """
    if target.is_standard_output:
        yield sys.stdout
        return
    with file_writer(target.path) as partial:
        if not target.is_packed:
            with partial.open("w", encoding="utf-8", newline="") as plain:
                yield plain
            return
        with partial.open("wb") as handle:
            packer = tabix.Packer(handle, tabix.COLUMNS.get(target.format))
            yield packer
            index = packer.finish()
        for ending in (".tbi", ".csi"):  # an index of the old file would lead astray
            with contextlib.suppress(FileNotFoundError):
                os.unlink(target.path + ending)
    if index is not None and not _is_stream(target.path):
        with file_writer(target.path + ".tbi") as partial:
            partial.write_bytes(index)
    elif target.format in tabix.COLUMNS and index is None:
        print(f"{target.path} has no index beside it: its lines are not sorted by place", file=sys.stderr)


@contextmanager
def file_writer(out: str) -> Iterator[Path]:
    """`store.replacing` of a file that the user named; raises InputError where it cannot be written.

    An error of the work itself passes through.
    """
    if not os.path.isdir(os.path.dirname(out) or "."):
        raise InputError(f"{out} cannot be written (there is no folder {os.path.dirname(out)})")
    partial = None
    try:
        with store.replacing(Path(out)) as partial:
            yield partial
    except OSError as error:
        if partial and error.filename not in (None, str(partial), out):
            raise  # of another file
        raise InputError(f"{out} cannot be written ({error.strerror or error})") from error
