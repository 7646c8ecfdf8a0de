"""`python -m engine train | evaluate | cagi5 | compare`: models are trained, scored and compared."""

from __future__ import annotations

import json
import re
import sys
import time
from typing import Annotated

import typer

from engine import device
from engine.cli import large_tables, own_tables
from engine.cli.common import LARGEST_SEED, Adapters, Device, LeftOut, Model, bar, interval
from engine.cli.common import names as split_names
from engine.cli.training_options import Again, BudgetMinutes, Epochs, Jobs, OnRay, Precision, RayAddress
from engine.data import library, satmut
from engine.data.lentimpra import CELL_TYPES, ELEMENT_LENGTH
from engine.data.library import Library
from engine.errors import CisLensError, InputError
from engine.evaluation import cagi5 as cagi5_evaluation
from engine.evaluation import comparison, scorecard
from engine.experiments import checkpoints, declared
from engine.models.own import OwnModel
from engine.mpra import training_table
from engine.replication.scores import conclude
from engine.training import own_table, runs, workers


def cagi5_command(
    model: Model,
    element: Annotated[list[str] | None, typer.Option(help="CAGI5 element(s); the matched ones by default")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Spearman of predicted against measured effects of single-nucleotide variants."""
    checkpoint = checkpoints.load(model)
    for name in element or []:
        satmut.load_cagi5(name)
    with bar("cagi5 elements") as progress:
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
                f"  {output:6} test, all {interval(subsets['test']['all'])}, high {interval(subsets['test']['high'])}"
            )
    for output, subsets in result["matched_mean"].items():
        print(f"mean over the elements matched to {output}")
        for subset, scores in subsets.items():
            print(f"  {subset:8} all {interval(scores['all'])}, high {interval(scores['high'])}")


def evaluate_command(
    names: Annotated[list[str], typer.Argument(help="trained models")],
    fit: Annotated[bool, typer.Option("--calibrate", help="fit log2(RNA/DNA) on the validation fold first")] = False,
) -> None:
    """Score trained models on the held-out fold and on CAGI5, and write their metrics.json."""
    loaded = [checkpoints.load(name) for name in names]
    for checkpoint in loaded:
        if checkpoints.of_own_table(checkpoint.description):
            raise InputError(
                f"'{checkpoint.name}' learned from a table of your own and is scored on its test fold; run: "
                f"python -m engine train --table TABLE --name {checkpoint.name} --again, or hold it against any table "
                f"with python -m engine library TABLE --model {checkpoint.name}"
            )
        _check_can_be_scored(checkpoint)
    joint = library.joint()
    for checkpoint in loaded:
        make = scorecard.recalibrate if fit else scorecard.score
        with bar(f"score {checkpoint.name}") as progress:
            metrics = make(checkpoint, joint, progress=progress)
        _print_scores(checkpoint.name, metrics)


def _check_can_be_scored(checkpoint: checkpoints.Checkpoint) -> None:
    """Raise InputError for a model of the user's own that the library's elements cannot be held against."""
    model, why = checkpoint.model, ""
    if foreign := [o for o in model.outputs if o not in CELL_TYPES]:
        why = f"'{foreign[0]}' is none of its outputs ({', '.join(CELL_TYPES)})"
    elif isinstance(model, OwnModel) and not model.any_length and model.window != ELEMENT_LENGTH:
        why = f"its elements have {ELEMENT_LENGTH} bases, and the model reads {model.window} and no other length"
    if why:
        raise InputError(
            f"'{checkpoint.name}' cannot be scored on the library: {why}; hold it against a table of your own with "
            f"python -m engine library TABLE --model {checkpoint.name}"
        )


def compare_command(
    names: Annotated[list[str] | None, typer.Argument(help="trained models; with --to")] = None,
    other: Annotated[str | None, typer.Option("--to", help="the model to compare them with, on every measure")] = None,
) -> None:
    """Compare models on the same resampled elements and variants.

    Without names: every trained model with its baseline, kept for the app. With names and --to: these with that one.
    """
    if bool(names) != (other is not None):
        raise InputError("name the models to compare and, by --to, the one to compare them with; or neither")
    joint = library.joint()
    if other is None or names is None:
        _compare(joint)
        return
    with bar("compare") as progress:
        differences = comparison.compare_to(other, names, joint.table, joint.split, progress)
    _print_differences(differences, f"difference to {other}")


def _compare(joint: Library) -> None:
    with bar("compare") as progress:
        result = comparison.compare(joint.table, joint.split, progress, conclude=conclude)
    shown = ("held_out spearman", "cagi5 matched all", "cagi5 matched high")
    _print_differences([d for d in result["differences"] if d["measure"] in shown], "difference to baseline")


def _print_differences(differences: list[dict], title: str) -> None:
    print(f"{'model':28} {'measure':30} {title:>38}")
    for d in differences:
        again = f"; another seed {interval(d['again'])} {d['again']['verdict']}" if d["again"] else ""
        print(f"{d['model']:28} {d['output'] + ' ' + d['measure']:30} {interval(d):>38}  {d['verdict']}{again}")


def train_command(
    names: Annotated[list[str] | None, typer.Argument(help="declared experiments or ensembles (see 'models')")] = None,
    everything: Annotated[bool, typer.Option("--all", help="all that is declared")] = False,
    seed_list: Annotated[
        str | None, typer.Option("--seeds", "--seed", help="seeds with commas; each experiment's first by default")
    ] = None,
    width: Annotated[int | None, typer.Option(help="another width of the architecture", min=2, max=4_096)] = None,
    epochs: Epochs = None,
    budget_minutes: BudgetMinutes = None,
    device_name: Device = "auto",
    precision: Precision = "auto",
    again: Again = False,
    jobs: Jobs = 1,
    ray: OnRay = False,
    ray_address: RayAddress = "local",
    table: Annotated[
        str | None,
        typer.Option(
            "--table",
            help="your own MPRA table to learn from (as 'library' reads it), with --name; or the downloaded table of "
            "K562_large, HepG2_large or WTC11_large",
        ),
    ] = None,
    own_name: Annotated[str, typer.Option("--name", help="what the model of your table is called")] = "",
    network: Annotated[
        str, typer.Option("--network", help="the declared experiment whose network, loss and schedule it takes")
    ] = "joint_legnet",
    cut: Annotated[bool, typer.Option("--cut", help="of sequences longer than the window take the middle")] = False,
    design: own_tables.Design = None,
    assignment: own_tables.Assignment = None,
    sequence_column: own_tables.SequenceColumn = "",
    name_column: own_tables.NameColumn = "",
    activity: own_tables.Activity = None,
    unit: own_tables.Unit = "",
    decimal: own_tables.Decimal = "",
    min_barcodes: own_tables.MinBarcodes = 10,
    adapters: Adapters = "auto",
) -> None:
    """Train declared experiments, or a network on your own table, score and keep them.

    Ctrl-C stops, the same command goes on where it was; what is done is skipped.
    """
    if table is not None and (own_name or not names):
        if names or everything or ray or jobs > 1:
            raise InputError("--table trains one model of its own: leave out names, --all, --jobs and --ray")
        choices = own_tables.Choices(
            sequence=sequence_column,
            name=name_column,
            activity=tuple(activity or ()),
            unit=unit,
            decimal=decimal,
            min_barcodes=min_barcodes,
            adapters=adapters,
        )
        own = own_tables.TableFiles(table, design, assignment)
        settings = runs.Settings(width, epochs, device_name, precision, budget_minutes, again)
        _train_own(own, choices, (own_name, network, cut), seeds_of(seed_list), settings)
        return
    if own_name:
        raise InputError("--name is of a model that learns from your own table; give that with --table")
    if bool(names) == everything:
        raise InputError("name what to train, or use --all (and not both); see: python -m engine models")
    large_table = large_tables.file_for(names or [], table) if table is not None else None
    wanted = large_tables.those_here(declared.names()) if everything else names or []
    plan = runs.plan(wanted, seeds_of(seed_list))
    device.precision(precision, device.resolve(device_name))
    runs.check_data()
    settings = runs.Settings(
        width=width,
        epochs=epochs,
        device=device_name,
        precision=precision,
        budget_minutes=budget_minutes,
        again=again,
        table=large_table,
    )
    large_tables.announce(wanted, library.joint, large_table, again)
    started = time.monotonic()
    try:
        with bar("score") as progress:
            results = workers.run_all(
                plan,
                settings,
                _report,
                library.joint,
                jobs=jobs,
                ray_address=ray_address if ray else None,
                progress=progress,
            )
    except KeyboardInterrupt:
        kept = [f for name, seed in plan if seed is not None and (f := runs.state_file(name, seed)).is_file()]
        where = f"the last whole epoch is kept in {', '.join(map(str, kept))}, the same command goes on there"
        print(f"stopped; {where if kept else 'no epoch was finished, nothing is kept'}", file=sys.stderr)
        raise typer.Exit(130) from None
    outcomes = [(run, o) for run, o in results if isinstance(o, runs.Outcome)]
    if outcomes:
        _print_summary(outcomes, (time.monotonic() - started) / 60)
    if len(outcomes) > 1 and any(o.status != "done before" for _, o in outcomes):
        _compare(library.joint())
    if len(outcomes) < len(results):
        raise typer.Exit(2)  # each error was reported when it came up


def _train_own(
    files: own_tables.TableFiles,
    choices: own_tables.Choices,
    model: tuple[str, str, bool],
    seeds: list[int] | None,
    settings: runs.Settings,
) -> None:
    """Train a model on a user's own table; `model` is its name, its network, and whether long sequences are cut."""
    name, network, cut = model
    recipe, left_out = own_table.recipe_of(name, network), LeftOut()
    device.precision(settings.precision, device.resolve(settings.device))
    measured = own_tables.read(files, choices, left_out)
    own = training_table.as_library(measured, own_tables.kin(), cut)
    experiment = own_table.on(recipe, own)
    print(own_table.in_words(own, settings.vary(experiment)), file=sys.stderr)
    outcomes: list[tuple[tuple[str, int], runs.Outcome]] = []
    started = time.monotonic()
    for seed in seeds or experiment.seeds[:1]:
        try:
            with bar(f"score {name}") as progress:
                outcome = runs.run(name, seed, settings, own, progress, experiment)
        except KeyboardInterrupt:
            kept = runs.state_file(name, seed).is_file()
            where = "the last whole epoch is kept, the same command goes on there"
            print(f"stopped; {where if kept else 'no epoch was finished, nothing is kept'}", file=sys.stderr)
            raise typer.Exit(130) from None
        runs.adopt(outcome, fresh=settings.again and not outcomes)
        outcomes.append(((name, seed), outcome))
        _report((name, seed), outcome)
    _print_summary(outcomes, (time.monotonic() - started) / 60)
    left_out.finish()


def seeds_of(text: str | None) -> list[int] | None:
    """The seeds that an option names, or None where it names none; raises InputError."""
    parts = split_names(text) if text else []
    if not all(re.fullmatch("[0-9]{1,10}", part) and int(part) <= LARGEST_SEED for part in parts):
        raise InputError(f"--seeds takes whole numbers up to {LARGEST_SEED} with commas, not '{str(text)[:80]}'")
    return [int(part) for part in parts] or None


def _report(run: tuple[str, int | None], outcome: runs.Outcome | CisLensError) -> None:
    name, seed = run
    if isinstance(outcome, CisLensError):
        print(f"error: {_label(run)}: {outcome}", file=sys.stderr)
    elif outcome.status == "done before":
        print(f"{_label(run)}: done before; use --again to train it anew")
    else:
        folder = checkpoints.models_folder() / name
        best = checkpoints.read_metrics(name).get("training", {}).get("seed")
        better = "" if best == seed else f"seed {best} is better and "
        print(f"{_label(run)}: {outcome.status}, {better}kept in {folder}")
        _print_scores(name, outcome.metrics)


def _label(run: tuple[str, int | None]) -> str:
    name, seed = run
    return name if seed is None else f"{name} seed {seed}"


def _print_scores(name: str, metrics: dict) -> None:
    print(name)
    own = metrics.get("own_table", {})
    if own:
        print(f"held out is the test fold of {own['file']}, not that of the joint library")
    for output, scores in (metrics.get("held_out") or own["held_out"]).items():
        print(f"{output:6} held-out " + "  ".join(f"{k} {v['value']:.3f}" for k, v in scores.items()))
    large = metrics.get("large_scale", {})
    for line in large_tables.scores_in_words(large):
        print(line)
    if seen := (own or large).get("cagi5_elements_seen"):
        print(f"CAGI5: it learned from sequences that share 30 bases with {', '.join(seen)}")
    for output, subsets in metrics["cagi5"].get("matched_mean", {}).items():
        print(f"{output:6} CAGI5 test all {interval(subsets['test']['all'])}, high {interval(subsets['test']['high'])}")


def _print_summary(outcomes: list, minutes: float) -> None:
    """One line a run and output: what it scored, what it cost."""
    columns = ("valid.", "test", "CAGI5", "high", "epochs", "min")
    print(f"\n{'model':28} {'seed':>5} output " + " ".join(f"{c:>6}" for c in columns) + f" {'seq/s':>7}  status")
    for (name, seed), outcome in outcomes:
        facts = outcome.metrics.get("training", {})
        held_out = outcome.metrics.get("held_out") or outcome.metrics["own_table"]["held_out"]
        for output, scores in held_out.items():
            matched = outcome.metrics.get("cagi5", {}).get("matched_mean", {}).get(output, {}).get("test", {})
            numbers = (
                facts.get("validation_spearman", {}).get(output),
                scores["spearman"]["value"],
                matched.get("all", {}).get("value"),
                matched.get("high", {}).get("value"),
            )
            cost = (
                f"{facts['epochs']:6} {facts['seconds'] / 60:6.1f} {facts['samples_per_second']:7.0f}"
                if "epochs" in facts
                else " " * 21
            )
            print(
                f"{name:28} {'' if seed is None else seed:>5} {output:6} "
                + " ".join(f"{n:6.3f}" if n is not None else " " * 6 for n in numbers)
                + f" {cost}  {outcome.status}"
            )
    print(f"{len(outcomes)} runs, {minutes:.1f} minutes")
