"""What the commands share: options, bars, reading and writing of tables."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from tqdm import tqdm
from typer import core
from typer.main import get_command

from engine import places, sheets, store
from engine.cli.outputs import described, output, text_writer
from engine.errors import CheckpointError, InputError
from engine.fasta import ADAPTERS, read_records
from engine.fasta_stream import FastaStream
from engine.limits import FASTA_TEXT, PIPED, UNPACKED, Limit
from engine.results import Progress
from engine.sequence import WINDOW_POLICIES, Sequence
from engine.statistics import in_words
from engine.text import TextFile, text_of

Input = Annotated[str, typer.Argument(help="FASTA file (plain or .gz), or - for standard input")]
Adapters = Annotated[
    str,
    typer.Option("--adapters", help="at both ends of an oligo: " + "; ".join(f"{k}: {v}" for k, v in ADAPTERS.items())),
]
Out = Annotated[str, typer.Option("--out", help=described("csv"))]
Policy = Annotated[
    str | None,
    typer.Option("--window", help="window policy: " + "; ".join(f"{k}: {v}" for k, v in WINDOW_POLICIES.items())),
]
Model = Annotated[str, typer.Option("--model", help="name of a trained model (see 'models')")]
# what every --motif takes, see `engine.data.motifs.named`
MOTIF = "a motif of the study, a factor or id of JASPAR, or bases; where motifs are counted, also other IUPAC letters"
# bounds of numbers that nobody who means them meets; every option with a number states its own
LONGEST = 1_000_000_000  # bases of a sequence
LARGEST_SEED = 2**32 - 1  # that every generator of random numbers takes
# the names of `engine.device.DEVICES`, written out: that module loads torch, which not every command needs
Device = Annotated[str, typer.Option("--device", help="auto | cpu | cuda | mps")]


def finite(value: float | None) -> float | None:
    """A number of an option that its bounds let pass, as they do 'nan'."""
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter(f"{value} is not a number")
    return value


def model_folder() -> core.TyperOption:
    """The option that every command has whose models are named: it is no argument of the command's function."""
    alone = typer.Typer(add_completion=False)

    @alone.command()
    def _(
        model_folder: Annotated[
            Path | None,
            typer.Option(
                help="folder whose models are meant, in place of CisLens's own",
                callback=_use_models_in,
                expose_value=False,
            ),
        ] = None,
    ) -> None: ...

    options = [p for p in get_command(alone).params if isinstance(p, core.TyperOption)]
    return next(p for p in options if p.name == "model_folder")


def _use_models_in(ctx: typer.Context, folder: Path | None) -> None:
    if folder is not None:
        ctx.with_resource(places.models_in(folder))


def names(text: str) -> list[str]:
    """Names separated by commas, each once."""
    return list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip())) or [text]


def stretch_of(text: str) -> tuple[int, int]:
    """`80-100` (1-based, both ends included) as a 0-based half-open stretch; raises InputError."""
    match = re.fullmatch(r"\s*(\d+)\s*[-–]\s*(\d+)\s*", text)
    if not match or not 1 <= int(match[1]) <= int(match[2]):
        raise InputError(f"'{text}' is not a stretch; write its first and last position as 80-100")
    return int(match[1]) - 1, int(match[2])


def read(fasta: str, adapters: str) -> list[Sequence]:
    """The records of a FASTA file, plain or gzip, or of standard input; what was done to them goes to standard error.

    Args:
        adapters: one of `engine.fasta.ADAPTERS`; every command that reads sequences takes it as `--adapters`.
    """
    raw, what = content(fasta, FASTA_TEXT)
    records = read_records(text_of(raw, what, "FASTA", FASTA_TEXT), what, adapters)
    _remark(what, records.remarks, bool(records.oligos))
    return records.sequences


def stream(fasta: str, adapters: str, accept: Callable[[Sequence], None]) -> FastaStream:
    """The records of `read`, of a file of any size, in batches.

    Args:
        accept: see `engine.fasta_stream.FastaStream`.
    """
    records = FastaStream(text_file(fasta, "FASTA"), adapters, accept)
    _remark("standard input" if fasta == "-" else fasta, records.remarks, bool(records.oligos))
    return records


def _remark(what: str, remarks: list[str], has_oligos: bool) -> None:
    for remark in remarks:
        print(f"{what}: {remark}", file=sys.stderr)
    if has_oligos:
        print("('--adapters keep' leaves adapters on)", file=sys.stderr)


def text_file(file: str, expected: str) -> TextFile:
    """The text of a file, or of standard input for '-', that is read in pieces; raises InputError."""
    what = "standard input" if file == "-" else file
    if file == "-":
        return TextFile(store.spooled(sys.stdin.buffer, PIPED, what), what, expected)
    try:
        if Path(file).is_file():
            return TextFile(lambda: Path(file).open("rb"), what, expected)
        with Path(file).open("rb") as handle:  # a pipe, which can be read once
            return TextFile(store.spooled(handle, PIPED, what), what, expected)
    except OSError as error:
        raise InputError(f"{what} cannot be read ({error.strerror})") from error


def content(file: str, most: Limit = UNPACKED) -> tuple[bytes, str]:
    """The bytes of a file, or of standard input for '-', and what to call it; raises InputError beyond `most` bytes."""
    what = "standard input" if file == "-" else file
    try:
        if file == "-":
            data = sys.stdin.buffer.read(most.most + 1)
        else:
            with Path(file).open("rb") as handle:
                data = handle.read(most.most + 1)
    except OSError as error:
        raise InputError(f"{what} cannot be read ({error.strerror})") from error
    most.check(len(data), what)
    return data, what


LEFT_OUT = 3  # exit code of a command that did the rest but had to leave some of its input out


class LeftOut:
    """What of the input could not be used: named on standard error as it is met, and told by the exit code at the end.

    What a format itself says names no bases (a VCF's '*' or <DEL>) is named too, and does not count.
    """

    def __init__(self) -> None:
        self.n = 0

    def add(self, where: str, reason: str, counts: bool = True) -> None:
        """`where` is the file and line, or the text as it was typed."""
        print(f"{where}, left out: {reason}", file=sys.stderr)
        self.n += counts

    def finish(self) -> None:
        """Call it after everything was written; raises typer.Exit with `LEFT_OUT` if anything was left out."""
        if self.n:
            print(f"{self.n} of the input left out; all else is done", file=sys.stderr)
            raise typer.Exit(LEFT_OUT)


@contextmanager
def writer(out: str) -> Iterator:
    """A function that writes rows as CSV; see `outputs.text_writer`."""
    with text_writer(output(out, "csv")) as handle:
        yield sheets.Writer(handle).writerows


def write_records(out: str, records: list[dict]) -> None:
    """Records with the same keys as CSV, under a line of these; see `outputs.text_writer`."""
    with writer(out) as write:
        write([list(records[0])])
        write(list(record.values()) for record in records)


def number(value: float) -> str:
    """As written in tables; what is no number is an empty cell."""
    return "" if math.isnan(value) else f"{value:.6g}"


def interval(metric: dict) -> str:
    """A metric with its 95% interval and sample size."""
    return in_words(metric["value"], metric["low"], metric["high"], metric["n"])


@contextmanager
def bar(what: str) -> Iterator[Progress]:
    """A progress callback that draws a bar on a terminal."""
    with tqdm(desc=what, file=sys.stderr, leave=False, disable=not sys.stderr.isatty()) as drawn:

        def progress(done: int, total: int) -> None:
            drawn.total = total
            drawn.update(done - drawn.n)

        yield progress


def each(jobs: list[tuple[str, str, Callable[[Progress], bool]]]) -> None:
    """Do one job after the other and say of each whether it was there; what one cannot do does not stop the others.

    Args:
        jobs: what each is called, what stands between that and "computed" or "was there", and a function that gives
            whether it had to compute.

    Raises:
        CheckpointError: some could not be done. A single job raises what it raises.
    """
    failed = []
    for label, then, work in jobs:
        try:
            with bar(label) as progress:
                done = work(progress)
        except (CheckpointError, InputError) as error:
            if len(jobs) == 1:
                raise
            print(f"{label}: {error}", file=sys.stderr)
            failed.append(label)
        else:
            print(f"{label}{then}{'computed' if done else 'was there'}", file=sys.stderr)
    if failed:
        raise CheckpointError(f"not computed, for the reasons above: {'; '.join(failed)}")
