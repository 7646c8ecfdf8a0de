"""The command line: `python -m engine SUBCOMMAND`.

Tables go to `--out` (or standard output with `-`), progress and remarks to standard error. What the user can
mend ends with one line and exit code 2.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from tqdm import tqdm

from engine import checkpoints, device, experiments
from engine.checkpoints import Checkpoint
from engine.data import lentimpra, satmut, sources, splits
from engine.errors import CisLensError, InputError
from engine.evaluation import cagi5 as cagi5_evaluation
from engine.evaluation import scorecard
from engine.interpretation.attribution import BASELINES, integrated_gradients, ism
from engine.predict import BATCH_SIZE, predict
from engine.results import Progress, Track
from engine.sequence import WINDOW_POLICIES, Sequence, read_fasta
from engine.training import train

app = typer.Typer(
    help="CisLens engine: train, score and explain models of regulatory DNA.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
data_app = typer.Typer(help="The public data files: list, fetch, verify.", no_args_is_help=True)
app.add_typer(data_app, name="data")

Input = Annotated[str, typer.Argument(help="FASTA file, or - for standard input")]
Out = Annotated[str, typer.Option("--out", help="CSV file to write, or - for standard output")]
Model = Annotated[str, typer.Option("--model", help="name of a trained model (see 'models')")]
Device = Annotated[str, typer.Option("--device", help=" | ".join(device.DEVICES))]
Policy = Annotated[
    str | None,
    typer.Option("--window", help="window policy: " + "; ".join(f"{k}: {v}" for k, v in WINDOW_POLICIES.items())),
]


def main() -> None:
    """Run the command line; a CisLensError becomes one line on standard error and exit code 2."""
    try:
        app()
    except CisLensError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)


# --- data -------------------------------------------------------------------------------------------


@data_app.command("list")
def data_list() -> None:
    """Every data file: its state, size, source, citation and licence."""
    for source in sources.SOURCES.values():
        print(f"{source.name:22} {sources.state(source):15} {source.bytes / 1e6:6.2f} MB  {source.what}")
        print(f"{'':22} {sources.location(source)}")
        print(f"{'':22} from {source.url or 'no public download'}")
        print(f"{'':22} cite {source.cite}; licence: {source.licence}")


@data_app.command("fetch")
def data_fetch(
    names: Annotated[list[str] | None, typer.Argument(help="files; all with a URL by default")] = None,
) -> None:
    """Download the named files (or all) into the cache, each checked against its sha256."""
    wanted = [sources.get(n) for n in names or [s.name for s in sources.SOURCES.values() if s.url]]
    for source in wanted:
        with tqdm(total=source.bytes, desc=source.name, unit="B", unit_scale=True, file=sys.stderr) as bar:
            sources.fetch(source.name, bar.update)
            bar.update(source.bytes - bar.n)


@data_app.command("verify")
def data_verify() -> None:
    """Test the checksum of every file with a public source; exit code 2 if one is not as it should be."""
    bad = []
    for source in sources.SOURCES.values():
        found = sources.state(source)
        print(f"{source.name:22} {found}")
        if found != "ok" and source.url:
            bad.append(source.name)
    if bad:
        folder = sources.local_folder()
        mend = f"run: python -m engine data fetch {' '.join(bad)}"
        if folder:
            mend = f"CISLENS_DATA points to {folder}: put the right files there, or unset it and {mend}"
        raise InputError(f"not as they should be: {', '.join(bad)}; {mend}")


# --- models -----------------------------------------------------------------------------------------


@app.command("models")
def models_command(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """All declared and trained models with their scores on fold 0 and on CAGI5."""
    rows = [_model_row(name) for name in dict.fromkeys([*experiments.EXPERIMENTS, *checkpoints.trained()])]
    if as_json:
        print(json.dumps(rows, indent=1))
        return
    for row in rows:
        print(row["name"] + ("" if row["trained"] else f"   not trained: python -m engine train {row['name']}"))
        for output, spearman in row["held_out_spearman"].items():
            line = f"  {output:6} held-out Spearman {_interval(spearman)}"
            if output in row["cagi5_test"]:
                scores = row["cagi5_test"][output]
                line += f"   CAGI5 test, all {_interval(scores['all'])}, high confidence {_interval(scores['high'])}"
            print(line)


def _model_row(name: str) -> dict:
    metrics = checkpoints.read_metrics(name)
    return {
        "name": name,
        "trained": name in checkpoints.trained(),
        "held_out_spearman": {o: m["spearman"] for o, m in metrics.get("held_out", {}).items()},
        "cagi5_test": {o: m["test"] for o, m in metrics.get("cagi5", {}).get("matched_mean", {}).items()},
    }


def _interval(metric: dict) -> str:
    return f"{metric['value']:.3f} [{metric['low']:.3f}, {metric['high']:.3f}] (n={metric['n']:,})"


# --- sequences --------------------------------------------------------------------------------------


@app.command("predict")
def predict_command(
    fasta: Input,
    model: Annotated[str, typer.Option("--model", help="one name, or several with commas")],
    out: Out = "-",
    window: Policy = None,
    device_name: Device = "auto",
    batch_size: Annotated[int, typer.Option(min=1)] = BATCH_SIZE,
) -> None:
    """Predicted log2(RNA/DNA): one row a sequence, one column `<model>.<output>` each."""
    where = device.resolve(device_name)
    loaded = [checkpoints.load(name) for name in _names(model)]
    sequences = _read(fasta)
    with _writer(out) as write:
        tables = []
        for checkpoint in loaded:
            with _bar(f"predict {checkpoint.name}") as progress:
                tables.append(
                    predict(
                        checkpoint.model,
                        sequences,
                        name=checkpoint.name,
                        policy=window,
                        batch_size=batch_size,
                        device=where,
                        progress=progress,
                    )
                )
        _remark_policies(sequences, tables[0].policies, loaded[0].model.window)
        write([("name", *(f"{t.model}.{o}" for t in tables for o in t.outputs))])
        values = np.concatenate([t.values for t in tables], axis=1)
        write((s.name, *map(_number, row)) for s, row in zip(sequences, values, strict=True))


@app.command("ism")
def ism_command(
    fasta: Input,
    model: Model,
    out: Out = "-",
    window: Policy = None,
    standardised: Annotated[bool, typer.Option(help="in standard deviations of the validation predictions")] = False,
    device_name: Device = "auto",
) -> None:
    """In-silico mutagenesis: the effect of every substitution (alt minus ref)."""
    checkpoint, settings = _explained(model, window, standardised, device_name)

    def one(sequence: Sequence, progress: Progress) -> Track:
        return ism(checkpoint.model, sequence, progress=progress, **settings)

    _write_tracks(_read(fasta), one, out)


@app.command("ig")
def ig_command(
    fasta: Input,
    model: Model,
    out: Out = "-",
    window: Policy = None,
    baseline: Annotated[str, typer.Option(help="; ".join(f"{k}: {v}" for k, v in BASELINES.items()))] = "uniform",
    steps: Annotated[int, typer.Option(min=2)] = 50,
    simplex: Annotated[bool, typer.Option(help="subtract the mean gradient over the four bases")] = False,
    standardised: Annotated[bool, typer.Option(help="in standard deviations of the validation predictions")] = False,
    device_name: Device = "auto",
) -> None:
    """Integrated Gradients: each base's contribution; the convergence delta goes to standard error."""
    checkpoint, settings = _explained(model, window, standardised, device_name)

    def one(sequence: Sequence, progress: Progress) -> Track:
        track = integrated_gradients(
            checkpoint.model,
            sequence,
            baseline=baseline,
            steps=steps,
            correct_simplex=simplex,
            progress=progress,
            **settings,
        )
        deltas = ", ".join(f"{o} {d:.2g}" for o, d in track.checks["convergence_delta"].items())
        print(f"{sequence.name}: convergence delta {deltas}", file=sys.stderr)
        return track

    _write_tracks(_read(fasta), one, out)


def _explained(model: str, window: str | None, standardised: bool, device_name: str) -> tuple[Checkpoint, dict]:
    """The model to explain, and the settings that every kind of track takes."""
    where = device.resolve(device_name)
    checkpoint = checkpoints.load(model)
    scale = checkpoint.standardisation()[1] if standardised else None
    return checkpoint, {"name": model, "policy": window, "scale": scale, "device": where}


# --- scores and training ----------------------------------------------------------------------------


@app.command("cagi5")
def cagi5_command(
    model: Model,
    element: Annotated[list[str] | None, typer.Option(help="CAGI5 element(s); the matched ones by default")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Spearman of predicted against measured effects of single-nucleotide variants."""
    checkpoint = checkpoints.load(model)
    for name in element or []:
        satmut.load_cagi5(name)
    with _bar("cagi5 elements") as progress:
        result = cagi5_evaluation.evaluate(
            checkpoint.model,
            elements=tuple(element) if element else None,
            effects_of=lambda measured: cagi5_evaluation.stored_effects(checkpoint, measured),
            progress=progress,
        )
    if as_json:
        print(json.dumps(result, indent=1))
        return
    for name, entry in result["elements"].items():
        print(f"{name} (assayed in {entry['cells']})")
        for output, subsets in entry["spearman"].items():
            print(
                f"  {output:6} test, all {_interval(subsets['test']['all'])}, high {_interval(subsets['test']['high'])}"
            )
    for output, subsets in result["matched_mean"].items():
        print(f"mean over the elements matched to {output}")
        for subset, scores in subsets.items():
            print(f"  {subset:8} all {_interval(scores['all'])}, high {_interval(scores['high'])}")


@app.command("evaluate")
def evaluate_command(name: Annotated[str, typer.Argument(help="a trained model")]) -> None:
    """Score a trained model on the held-out fold and on CAGI5, and write its metrics.json."""
    checkpoint = checkpoints.load(name)
    table = lentimpra.joint()
    _score(checkpoint, table, splits.joint_split(table), None)


@app.command("train")
def train_command(
    name: Annotated[str, typer.Argument(help="a declared experiment (see 'models')")],
    seed: Annotated[int | None, typer.Option(help="by default the experiment's first seed")] = None,
    width: Annotated[int | None, typer.Option(help="another width of the architecture", min=2)] = None,
    epochs: Annotated[int | None, typer.Option(min=1)] = None,
    budget_minutes: Annotated[
        float | None, typer.Option(help="end a full learning-rate cycle within this time")
    ] = None,
    device_name: Device = "auto",
    precision: Annotated[str, typer.Option(help=" | ".join(device.PRECISIONS))] = "auto",
    again: Annotated[bool, typer.Option(help="train even if there are weights already")] = False,
) -> None:
    """Train a declared experiment, score and keep it. Ctrl-C stops it, the same command goes on."""
    experiment = experiments.get(name)
    if name in checkpoints.trained() and not again:
        raise InputError(f"model '{name}' is trained already; use --again to train it anew")
    if width:
        model = replace(experiment.model, options={**experiment.model.options, "width": width})
        experiment = replace(experiment, model=model)
    if epochs:
        experiment = replace(experiment, optimizer=replace(experiment.optimizer, epochs=epochs))
    table = lentimpra.joint()
    split = splits.joint_split(table)
    for needed in ("satmut", "cagi5_references"):
        sources.path(needed)  # the scores need them: said now and not after the training
    seed = experiment.seeds[0] if seed is None else seed
    state_file = sources.cache_folder() / "training" / f"{name}-{seed}.state"
    try:
        run = train(
            experiment,
            table,
            split,
            seed=seed,
            device=device_name,
            precision=precision,
            budget_minutes=budget_minutes,
            state_file=state_file,
        )
    except KeyboardInterrupt:
        kept = f"the last whole epoch is kept in {state_file}, the same command goes on there"
        print(f"stopped; {kept if state_file.is_file() else 'no epoch was finished, nothing is kept'}", file=sys.stderr)
        raise typer.Exit(130) from None
    folder = checkpoints.save(name, run.model, experiment)
    _score(checkpoints.load(name), table, split, scorecard.training_facts(run, table, split))
    state_file.unlink(missing_ok=True)
    print(f"kept in {folder}")


def _score(checkpoint: Checkpoint, table, split, training: dict | None) -> None:
    with _bar(f"score {checkpoint.name}") as progress:
        metrics = scorecard.score(checkpoint, table, split, training, progress)
    for output, scores in metrics["held_out"].items():
        print(f"{output:6} held-out " + "  ".join(f"{k} {v['value']:.3f}" for k, v in scores.items()))
    for output, subsets in metrics["cagi5"]["matched_mean"].items():
        print(
            f"{output:6} CAGI5 test all {_interval(subsets['test']['all'])}, high {_interval(subsets['test']['high'])}"
        )


# --- in and out -------------------------------------------------------------------------------------


def _names(text: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip())) or [text]


def _read(fasta: str) -> list[Sequence]:
    what = "standard input" if fasta == "-" else fasta
    try:
        raw = sys.stdin.buffer.read() if fasta == "-" else Path(fasta).read_bytes()
        return read_fasta(raw.decode("utf-8-sig"), what)  # some editors begin a text with a byte order mark
    except UnicodeDecodeError as error:
        raise InputError(f"{what} is not text; expected FASTA (a compressed file must be unpacked first)") from error
    except OSError as error:
        raise InputError(f"{what} cannot be read ({error.strerror})") from error


@contextmanager
def _writer(out: str) -> Iterator:
    """A function that writes rows as CSV. A bad path fails before the work, a failed run leaves no half table."""
    if out == "-":
        yield csv.writer(sys.stdout, lineterminator="\n").writerows
        return
    if Path(out).is_dir():
        raise InputError(f"{out} cannot be written (it is a folder)")
    partial = Path(out + ".partial")
    try:
        with partial.open("w", newline="") as handle:
            yield csv.writer(handle, lineterminator="\n").writerows
        partial.replace(out)
    except OSError as error:
        raise InputError(f"{out} cannot be written ({error.strerror})") from error
    finally:
        partial.unlink(missing_ok=True)


def _write_tracks(sequences: list[Sequence], one, out: str) -> None:
    with _writer(out) as write:
        for number, sequence in enumerate(sequences):
            with _bar(f"{sequence.name} ({number + 1}/{len(sequences)})") as progress:
                track = one(sequence, progress)
            if number == 0:
                write([("name", "position", "ref", "alt", *track.outputs)])
            write((sequence.name, *row[:3], *map(_number, row[3:])) for row in track.rows())


def _number(value: float) -> str:
    return f"{value:.6g}"


@contextmanager
def _bar(what: str) -> Iterator[Progress]:
    with tqdm(desc=what, file=sys.stderr, leave=False, disable=not sys.stderr.isatty()) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield progress


def _remark_policies(sequences: list[Sequence], policies: tuple[str, ...], window: int) -> None:
    used = {p for s, p in zip(sequences, policies, strict=True) if len(s) != window}
    for policy in sorted(used):
        print(f"window policy '{policy}': {WINDOW_POLICIES[policy]}", file=sys.stderr)
