"""The command line: `python -m engine COMMAND`.

Tables go to `--out` (or standard output with `-`), progress and remarks to standard error. What the user can
mend ends with one line and exit code 2.

`PANELS` names every command with the module that holds it, as the list of commands shows them. The module is imported
when its command is called, so the list comes up without loading torch or pandas. A new command is one function and one
row; a group of commands is a `typer.Typer` and one row.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import signal
import sys
from dataclasses import dataclass

import typer
from typer import core
from typer.main import get_command, get_group

from engine.errors import CisLensError


@dataclass(frozen=True)
class Row:
    """Where a command lives, and how the list of commands shows it.

    Attributes:
        module, name: of its function there, or of a `typer.Typer` with commands of its own.
        help: the first line of the function's docstring, or the help of the group.
        passes_on: options that the command does not know go to the program that it starts.
    """

    module: str
    name: str
    help: str
    passes_on: bool = False


PANELS: dict[str, dict[str, Row]] = {
    "The app": {
        "app": Row("engine.cli.start", "app_command", "Start the app in the browser, from any folder.", passes_on=True),
    },
    "Data and models": {
        "data": Row("engine.cli.data", "app", "The public data files: list, fetch, verify."),
        "models": Row(
            "engine.cli.models", "models_command",
            "All declared and trained models with their scores on fold 0 and on CAGI5.",
        ),
        "add-model": Row(
            "engine.cli.models", "add_model_command",
            "Add a model of your own: it is built, tried and copied, and stands beside all others from then on.",
        ),
        "upgrade": Row(
            "engine.cli.models", "upgrade_command",
            "Give the files of models that an earlier version of CisLens wrote their checksums; nothing else changes.",
        ),
        "leaderboard": Row(
            "engine.cli.models", "leaderboard_command",
            "Every declared model, its scores with intervals and what the rank-order study published for it, as CSV.",
        ),
    },
    "Sequences": {
        "predict": Row(
            "engine.cli.sequences", "predict_command",
            "Predicted log2(RNA/DNA): one row a sequence, one column `<model>.<output>` each.",
        ),
        "ism": Row(
            "engine.cli.sequences", "ism_command",
            "In-silico mutagenesis: the effect of every substitution (alt minus ref).",
        ),
        "ig": Row(
            "engine.cli.sequences", "ig_command",
            "Integrated Gradients: each base's contribution; the convergence delta goes to standard error.",
        ),
        "motifs": Row(
            "engine.cli.motifs", "motifs_command",
            "Motif matches of JASPAR 2024 CORE vertebrates, or of your own motifs, on both strands, one row a match.",
        ),
        "check": Row(
            "engine.cli.check", "check_command",
            "Can the maps be trusted? Every check of a sequence's map beside the same check of held-out elements.",
        ),
        "report": Row(
            "engine.cli.report", "report_command",
            "What an edit does: predictions, the bases they rest on and motifs, before and after, as one HTML file.",
        ),
    },
    "Your own measurements": {
        "library": Row(
            "engine.cli.library", "library_command",
            "Your own MPRA table, barcode counts or MaveDB variants beside predictions: scores and disagreements.",
        ),
    },
    "Variants and genomes": {
        "variants": Row(
            "engine.cli.variants", "variants_command",
            "Predicted effect of variants: ref, alt and alt minus ref for each model and output, one row an allele.",
        ),
        "scan": Row(
            "engine.cli.regions", "scan_command",
            "Activity profile of long sequences: the model's window moved along them.",
        ),
        "extract": Row("engine.cli.regions", "extract_command", 
            "Regions of a genome as FASTA, those of the minus strand as their reverse complement.",
        ),
    },
    "In-silico experiments": {
        "epistasis": Row(
            "engine.cli.in_silico", "epistasis_command",
            "Double mutants of a stretch: the effect of both substitutions minus the sum of each alone.",
        ),
        "shuffle-scan": Row(
            "engine.cli.in_silico", "shuffle_scan_command",
            "Each block replaced by dinucleotide-preserving shuffles of itself: mean and s.d. of the change.",
        ),
        "knock-out": Row(
            "engine.cli.in_silico", "knock_out_command",
            "A stretch replaced by shuffles of itself or by given bases: the change by replacement.",
        ),
        "knock-in": Row(
            "engine.cli.in_silico", "knock_in_command",
            "A motif written at each of several positions, on both strands: the change by position.",
        ),
        "embed": Row(
            "engine.cli.in_silico", "embed_command",
            "Global importance of motifs: mean change over many backgrounds, with its 95% interval.",
        ),
        "walk": Row(
            "engine.cli.in_silico", "walk_command",
            "The substitutions that raise or lower an output most: a greedy or beam search.",
        ),
    },
    "Training and scores": {
        "train": Row(
            "engine.cli.training", "train_command",
            "Train declared experiments, or a network on your own table, score and keep them.",
        ),
        "evaluate": Row(
            "engine.cli.training", "evaluate_command",
            "Score trained models on the held-out fold and on CAGI5, and write their metrics.json.",
        ),
        "cagi5": Row(
            "engine.cli.training", "cagi5_command",
            "Spearman of predicted against measured effects of single-nucleotide variants.",
        ),
        "compare": Row(
            "engine.cli.training", "compare_command",
            "Compare models on the same resampled elements and variants.",
        ),
        "ingredients": Row(
            "engine.cli.ingredients", "ingredients_command",
            "What each ingredient of the models brings on held-out elements and on CAGI5, with paired intervals.",
        ),
        "select": Row(
            "engine.cli.ingredients", "select_command",
            "Members of the best uniform ensemble, chosen greedily on the validation fold or on CAGI5's training SNVs.",
        ),
    },
    "Learning from several experiments": {
        "disentangle": Row(
            "engine.cli.disentangle", "app", "DISENTANGLE: what several experiments agree on; train, score, analyse."
        ),
    },
    "Design": {
        "design": Row(
            "engine.cli.design", "app",
            "Design: sequences for an activity, with claims that a measurement can refute.",
        ),
        "design-score": Row(
            "engine.cli.design_score", "design_score_command",
            "Twins, predictions, warnings and claims for sequences of your own, as 'design' gives them for its own.",
        ),
    },
    "Interpretation": {
        "interpret": Row(
            "engine.cli.interpret", "interpret_command",
            "Look into models on a fixed panel of held-out elements; what is there for these weights is left as it is.",
        ),
        "interpret-tables": Row(
            "engine.cli.interpret_tables", "interpret_tables_command",
            "What `interpret` stored of all networks, as long tables: one row a number with its interval.",
        ),
        "motif-effects": Row(
            "engine.cli.motif_effects", "motif_effects_command",
            "What motifs do to predictions when they are written into held-out elements or shuffles of them.",
        ),
        "motif-association": Row(
            "engine.cli.motif_effects", "motif_association_command",
            "How the count of motifs goes with measured activity of held-out elements, also at given GC content.",
        ),
    },
    "Replication of the study": {
        "findings": Row(
            "engine.cli.findings", "findings_command",
            "Findings 1 to 26 of the rank-order study, decided by intervals over our stored results.",
        ),
    },
}  # fmt: skip
COMMANDS: dict[str, Row] = {name: row for rows in PANELS.values() for name, row in rows.items()}


def load(name: str) -> core.TyperCommand | core.TyperGroup:
    """A command with its options; imports the module that holds it."""
    row = COMMANDS[name]
    held = getattr(importlib.import_module(row.module), row.name)
    if isinstance(held, typer.Typer):
        return get_group(held)
    alone = typer.Typer(add_completion=False)
    extra = {"allow_extra_args": True, "ignore_unknown_options": True} if row.passes_on else {}
    alone.command(name, context_settings=extra)(held)
    command = get_command(alone)
    assert isinstance(command, core.TyperCommand)  # a group only where a Typer holds several
    if name in ("models", "add-model", "upgrade") or any(p.name in ("model", "names") for p in command.params):
        common = importlib.import_module("engine.cli.common")  # which the command's module has loaded
        command.params.append(common.model_folder())
    return command


class LazyGroup(core.TyperGroup):
    """A group whose list of commands is made of names and lines of help alone; the command that is called is loaded."""

    def resolve_command(self, ctx, args):
        """The command that the first word names, loaded, and the words that are left for it."""
        name, stub, rest = super().resolve_command(ctx, args)  # fails for an unknown one
        return name, stub and load(name or args[0]), rest


app = LazyGroup(
    commands={
        name: core.TyperCommand(name, help=row.help, rich_help_panel=panel)
        for panel, rows in PANELS.items()
        for name, row in rows.items()
    },
    help="CisLens engine: train, score and explain models of regulatory DNA.",
    no_args_is_help=True,
)


def main() -> None:
    """Run the command line.

    What ends it is one line on standard error and an exit code: 2 for what the user can mend (a CisLensError, a full
    disk), 1 for a defect of ours, whose traceback goes into a file (with CISLENS_DEBUG=1 it is shown), 130 for Ctrl-C,
    143 for a request to end (SIGTERM). Whichever it is, no file is left half-written.
    """
    _speak_utf8()
    with contextlib.suppress(ValueError):  # only the main thread is told of signals
        signal.signal(signal.SIGTERM, _ended)
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except CisLensError as error:
        _end(" ".join(str(error).splitlines()), 2)
    except BrokenPipeError:  # whoever read our output has seen enough, as in `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes once more as it ends
        sys.exit(1)
    except Exception as error:
        if os.environ.get("CISLENS_DEBUG"):
            raise
        failures = importlib.import_module("engine.cli.failures")
        _end(failures.in_a_line(error), 2 if failures.is_of_the_machine(error) else 1)


def _speak_utf8() -> None:
    """Read and write UTF-8, whatever the system's own encoding is."""
    for stream, errors in ((sys.stdin, "strict"), (sys.stdout, "strict"), (sys.stderr, "backslashreplace")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors=errors)


def _ended(*_: object) -> None:
    """On SIGTERM: unwind, so that what is half-written goes, and end as a process that was told to."""
    raise SystemExit(128 + signal.SIGTERM)


def _end(text: str, code: int) -> None:
    with contextlib.suppress(OSError):  # nobody may be left to read it
        print(f"error: {text}", file=sys.stderr)
    sys.exit(code)
