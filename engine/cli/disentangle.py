"""`python -m engine disentangle`: networks of several experiments are trained, scored and analysed."""

from __future__ import annotations

import sys
from functools import partial
from typing import Annotated

import typer

from engine import device
from engine.cli import interpret_tables
from engine.cli.common import Device, bar, each, interval
from engine.cli.training import seeds_of
from engine.cli.training_options import Again, BudgetMinutes, Epochs, Jobs, OnRay, Precision, RayAddress, carry_out
from engine.data import library, published
from engine.disentangle import analyses, comparison, planted, scorecard, tables
from engine.disentangle import runs as own
from engine.disentangle.analyses import networks
from engine.disentangle.declared import EXPERIMENTS, SYSTEM
from engine.errors import CisLensError, InputError
from engine.experiments import checkpoints
from engine.replication.disentangle import scores as findings
from engine.results import Progress
from engine.statistics import verdict
from engine.training import runs

app = typer.Typer(help="DISENTANGLE: what several experiments agree on; train, score, analyse.", no_args_is_help=True)

Names = Annotated[
    list[str] | None, typer.Argument(help="networks such as bilstm_full_disentangle (see 'disentangle list')")
]
# the measures whose differences are printed
HEADLINES = ("tier 1/K562/spearman", "tier 2/consensus/spearman", "tier 2/third HepG2/spearman",
             "tier 2/third WTC11/spearman", "tier 3/high/matched/spearman", "cells/difference/spearman")  # fmt: skip


@app.command("list")
def list_command() -> None:
    """Every declared network: what counts as an experiment, its encoder and recipe, and which seeds are trained."""
    there = set(checkpoints.trained("disentangle"))
    for name, experiment in EXPERIMENTS.items():
        trained = sorted(checkpoints.read_seeds(name)) if name in there else []
        missing = [seed for seed in experiment.seeds if seed not in trained]
        parts = ([f"trained: {_listed(trained)}"] if trained else []) + (
            [f"not trained: {_listed(missing)}"] if missing else []
        )
        print(f"{name:58} {experiment.notion:12} {'; '.join(parts)}")


@app.command("findings")
def findings_command() -> None:
    """Decide the study's findings about scores (19, 22, 26) out of all trained networks, and keep them.

    `python -m engine findings` shows them beside the others.
    """
    with bar("network") as progress:
        kept = findings.keep(library.joint(), progress)
    print(f"{len(kept)} findings are kept; see: python -m engine findings")


@app.command("train")
def train_command(
    names: Names = None,
    everything: Annotated[bool, typer.Option("--all", help="all that is declared")] = False,
    seed_list: Annotated[
        str | None, typer.Option("--seeds", "--seed", help="seeds with commas; all that are declared by default")
    ] = None,
    epochs: Epochs = None,
    budget_minutes: BudgetMinutes = None,
    device_name: Device = "auto",
    precision: Precision = "auto",
    again: Again = False,
    jobs: Jobs = 1,
    ray: OnRay = False,
    ray_address: RayAddress = "local",
) -> None:
    """Train declared networks, every seed of each, score and keep them.

    Ctrl-C stops, the same command goes on where it was; what is done is skipped.
    """
    if bool(names) == everything:
        raise InputError("name what to train, or use --all (and not both); see: python -m engine disentangle list")
    wanted = [own.get(name).name for name in names or EXPERIMENTS]
    plan = runs.plan(wanted, seeds_of(seed_list), own.KIND)
    device.precision(precision, device.resolve(device_name))
    runs.check_data()
    settings = runs.Settings(
        epochs=epochs, device=device_name, precision=precision, budget_minutes=budget_minutes, again=again
    )
    carry_out(plan, settings, own.KIND, _report, jobs, ray_address if ray else None)


@app.command("analyse")
def analyse_command(
    names: Annotated[
        list[str] | None, typer.Argument(help=f"analyses; all by default: {', '.join(analyses.ANALYSES)}")
    ] = None,
    again: Annotated[bool, typer.Option(help="compute what is there for these networks anew")] = False,
) -> None:
    """Compare the trained networks by their maps, features and weights; what is there for them is left as it is.

    What one analysis cannot do is told and the others go on; the command then ends with exit code 2.
    """
    wanted = list(dict.fromkeys(names or analyses.ANALYSES))
    for name in wanted:
        analyses.check_name(name)
    several = networks.every()
    if not several:
        raise InputError("no network of DISENTANGLE is trained; run: python -m engine disentangle train --all")
    joint = library.joint()

    def work(name: str, progress: Progress) -> bool:
        return analyses.compute(name, several, joint, progress, again)

    each([(name, ": ", partial(work, name)) for name in wanted])


@app.command("planted")
def planted_command(
    again: Annotated[bool, typer.Option(help="compute them even if they are there for these weights and data")] = False,
) -> None:
    """Noise of known kind planted on a known truth: which recipe finds the truth, and how much of the noise it carries.

    Trains small networks, some ten minutes in all. Ctrl-C stops, the same command goes on where it was.
    """
    with bar("planted noise") as progress:
        made = planted.compute(library.joint(), progress=progress, again=again)
    print(f"{planted.file()}: {'written' if made else 'there before; use --again to make it anew'}")
    for row in planted.read():
        if row.seed is None:
            what = f"{row.recipe}{' minus ' * bool(row.against)}{row.against}"
            print(f"{row.notion:24} {row.measure:32} {what:44} {interval(row.metric.as_dict())}")


def _report(run: tuple[str, int | None], outcome: runs.Outcome | CisLensError) -> None:
    name, seed = run
    if isinstance(outcome, CisLensError):
        print(f"error: {name} seed {seed}: {outcome}", file=sys.stderr)
        return
    if outcome.status == "done before":
        print(f"{name} seed {seed}: done before; use --again to train it anew")
        return
    minutes = outcome.metrics["training"]["seconds"] / 60
    print(f"{name} seed {seed}: {outcome.status} in {minutes:.1f} minutes")
    print_scores(outcome.metrics)


def print_scores(metrics: dict) -> None:
    """Every score of a network, one a line."""
    for measure, metric in metrics["disentangle"].items():
        print(f"  {measure:48} {interval(metric)}")


def _listed(seeds: list[int]) -> str:
    return f"seed{'s' * (len(seeds) > 1)} {', '.join(map(str, seeds))}"


@app.command("evaluate")
def evaluate_command(names: Names = None) -> None:
    """Score trained networks anew, all by default, every seed of each; then compare all that are trained."""
    wanted = [own.get(name).name for name in names or checkpoints.trained(SYSTEM)]
    for name in wanted:
        if name not in checkpoints.trained(SYSTEM):
            raise InputError(f"'{name}' is not trained yet; run: python -m engine disentangle train {name}")
    if not wanted:
        raise InputError("no network of DISENTANGLE is trained; run: python -m engine disentangle train --all")
    joint = library.joint()
    for name in dict.fromkeys(wanted):
        for folder in (checkpoints.folder_of(name), *checkpoints.replicates(name).values()):
            checkpoint = checkpoints.load(name, folder)
            label = f"{name} seed {checkpoint.metrics.get('training', {}).get('seed', 'unknown')}"
            with bar(label) as progress:
                metrics = scorecard.score(checkpoint, joint, progress=progress)
            print(label)
            print_scores(metrics)
    with bar("compare") as progress:
        analyses.compute(comparison.NAME, networks.every(), joint, progress)
    differences = [s for s in analyses.read(comparison.NAME) if s.against and s.measure in HEADLINES]
    for s in (s for s in differences if s.encoder == published.MEAN or s.seed is not None):
        seed = "mean over seeds" if s.seed is None else f"seed {s.seed}"
        place = f"{s.notion}: {s.encoder} {s.recipe} minus {s.against}, {seed}"
        print(f"{place:76} {s.measure:32} {interval(s.metric.as_dict())}  {verdict(s.metric.low, s.metric.high)}")


@app.command("tables")
def tables_command(
    folder: Annotated[str, typer.Option("--out", help="folder for the files, or - for one table on standard output")],
    what: Annotated[str, typer.Option("--what", help="with commas: " + ", ".join(tables.READ))] = ",".join(tables.READ),
) -> None:
    """What is stored of all networks, as long tables: one row a number with its interval.

    What is stale or broken is left out and told, with the command that mends it.
    """
    wanted = interpret_tables.chosen(what, tables.READ)
    interpret_tables.check_place(folder, wanted)
    interpret_tables.write_tables(folder, wanted, tables.read, tables.mends)
