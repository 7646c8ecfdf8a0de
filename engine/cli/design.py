"""`python -m engine design`: sequences that are to do something, with claims that a measurement can refute."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from typer import core

from engine import device, limits
from engine.cli import design_claims
from engine.cli.common import (
    LARGEST_SEED,
    Adapters,
    Device,
    LeftOut,
    bar,
    interval,
    read,
)
from engine.cli.common import names as split_names
from engine.cli.design_options import (
    ClaimModel,
    FlanksText,
    Folder,
    GoalText,
    Keep,
    PresetsFile,
    check_cells,
    check_folder,
    claimed,
    claiming,
    generators_of,
    goal_of,
    in_words,
    options_of,
    presets_of,
    remark,
    terms_of,
    write,
)
from engine.cli.training import seeds_of
from engine.cli.training_options import Again, BudgetMinutes, Epochs, Jobs, OnRay, Precision, RayAddress, carry_out
from engine.data import library
from engine.design import benchmark, by_name, catalogue, compared, declared, judge, kept, orders, splits
from engine.design import runs as generators
from engine.design.asking import Settings
from engine.design.claims import Claims
from engine.design.diffusion import generating
from engine.design.drawing import draw
from engine.design.methods import Asked, Method
from engine.design.results import Designed, Goal
from engine.design.stating import Terms
from engine.errors import CisLensError, InputError, unknown
from engine.experiments import checkpoints
from engine.experiments.checkpoints import Checkpoint
from engine.sequence import WINDOW, Sequence
from engine.training import runs

Generators = Annotated[list[str] | None, typer.Argument(help="generators such as masked_unet (see 'design list')")]
FIRST = "make"  # the command that is meant where the first word is none


class Designing(core.TyperGroup):
    """A group whose first word need not be a command: a file, or an option, is one of `FIRST`."""

    def parse_args(self, ctx, args):
        if args and args[0] not in self.commands and args[0] != "--help":
            args = [FIRST, *args]
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx, args):
        """The command that the first word names; of a file of that name an error of usage says how it is written."""
        if args[0] == FIRST or not Path(args[0]).is_file() or not _FOR_FILES.intersection(_names(args)):
            return super().resolve_command(ctx, args)
        raise InputError(f"'{args[0]}' is a command of design; write the file of that name as ./{args[0]}")


# options that only a file of sequences has: no command of the group but `FIRST` takes them
_FOR_FILES = {"--goal", "--keep", "--edits", "--length", "-n", "--count", "--method", "--option", "--model", "--flanks"}


def _names(words: list[str]) -> set[str]:
    return {word.partition("=")[0] for word in words}


app = typer.Typer(
    cls=Designing, help="Design: sequences for an activity, with claims that a measurement can refute.",
    no_args_is_help=True,
)  # fmt: skip


@app.command(FIRST)
def make_command(
    fasta: Annotated[
        str, typer.Argument(help="FASTA of sequences to start from, - for standard input; none: from nothing")
    ] = "",
    goal: GoalText = "",
    keep: Keep = "",
    edits: Annotated[int | None, typer.Option(min=1, max=1_000, help="at most so many substitutions")] = None,
    length: Annotated[int, typer.Option(min=10, max=1_000, help="bases, of designs from nothing")] = WINDOW,
    count: Annotated[int, typer.Option("-n", "--count", min=1, max=limits.DESIGNS.most, help="designs of each")] = 10,
    method: Annotated[str, typer.Option(help="see 'design methods'")] = "evolution",
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="the same seed gives the same designs")] = 1,
    guide: Annotated[str | None, typer.Option(help="model that a search follows")] = None,
    generator: Annotated[str | None, typer.Option(help="trained generator, see 'design list'")] = None,
    option: Annotated[list[str] | None, typer.Option(help="of the method, NAME=NUMBER; several times")] = None,
    model: ClaimModel = None,
    presets: PresetsFile = None,
    flanks: FlanksText = "",
    adapters: Adapters = "auto",
    device_name: Device = "auto",
    out: Folder = "-",
) -> None:
    """Design sequences; 'make' may be left out.

    Each comes with a dinucleotide-shuffled twin, a twin without the motif that does most, and statements of what will
    be measured: order.fa and order.csv list all of them, claims.json keeps what is claimed under a checksum.

    What is designed is for reporter assays: elements of some 200 bases without a coding sequence. The vendor's own
    screening of every order is the next step, and nothing here takes its place.

    Ctrl-C stops; what was designed until then is written, with its claims.
    """
    way = catalogue.get(method)
    wanted, settings, around = goal_of(goal), options_of(option or []), orders.flanks(flanks or ",")
    for need, name in (("guide", guide), ("generator", generator)):
        if name and need not in way.needs:
            raise InputError(f"'{way.name}' uses no {need}; leave out --{need} {name[:80]}, or take another --method")
    cautious, held, where = presets_of(presets), kept.read(keep), device.resolve(device_name)
    templates: list[Sequence | None] = [*read(fasta, adapters)] if fasta else [None]
    if len(templates) == 1:
        Goal(wanted, templates[0], held, length, edits)  # what cannot be ends the command before the work
    limits.DESIGNS.check(count * len(templates), "this run")
    _check_names(templates)
    joint = library.joint()
    check_cells(wanted, joint)
    check_folder(out)
    led = by_name.guide_for(guide or "", wanted) if "guide" in way.needs else None
    trained = _generator(way, generator or "") if "generator" in way.needs else None
    makers = tuple(maker for maker in (led, trained) if maker)
    predictor = claiming(model, wanted, makers)
    rows = tuple(map(int, splits.design_rows(joint)))
    asked = Asked(Goal(wanted), count, seed, joint, rows, led, trained, settings, where)
    terms = terms_of(predictor, joint, cautious, seed, where)
    if beyond := generating.beyond(asked):
        print(beyond, file=sys.stderr)
    left, made, stopped = LeftOut(), _Made(), False
    for template in templates:
        label = template.name if template else in_words(wanted)
        try:
            own = replace(asked, goal=Goal(wanted, template, held, length, edits))
            designs, stopped = _designed(label, way, own, template if len(templates) > 1 else None)
            if designs:
                made.add(label, designs, own.goal, terms)
        except InputError as error:
            if len(templates) < 2:
                raise
            left.add(label, str(error))
        except KeyboardInterrupt:  # while its claims were made: what was designed before has them
            stopped = True
        if stopped:
            break
    if made.claims is None:
        if stopped:
            _stopped("no sequence was finished")
        raise InputError("nothing was designed, for the reasons above")
    write(out, made.claims, around, cautious)
    remark(predictor, makers)
    if stopped:
        _stopped(f"{len(made.claims.claims)} of {count * len(templates)} sequences were designed, and are written")
    left.finish()


def _check_names(templates: list[Sequence | None]) -> None:
    """Designs are named after their templates, whose names therefore have to differ; raises InputError."""
    names = ["_".join(template.name.split()) for template in templates if template]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise InputError(f"two sequences are called '{twice[:80]}'; give each a name of its own")


class _Made:
    """The claims of all goals until now; None before the first."""

    def __init__(self) -> None:
        self.claims: Claims | None = None

    def add(self, label: str, designs: list[Designed], goal: Goal, terms: Terms) -> None:
        own = claimed(label, designs, goal, terms)
        self.claims = self.claims.with_claims(own) if self.claims else own


def _stopped(what: str) -> NoReturn:
    print(f"stopped: {what}", file=sys.stderr)
    raise typer.Exit(130)


def _designed(label: str, way: Method, asked: Asked, template: Sequence | None) -> tuple[list[Designed], bool]:
    """The designs of one goal, named after their template where there are several; and whether Ctrl-C ended it."""
    designs: list[Designed] = []
    stopped = False
    try:
        with bar(f"{label}: {way.label}") as progress:
            draw(way, asked, designs, progress)
    except KeyboardInterrupt:
        stopped = True
    if not designs and not stopped:
        raise InputError(f"'{way.name}' found no sequence for this goal; ask for less, or take another method")
    if len(designs) < asked.count and not stopped:
        print(f"{label}: '{way.name}' has {len(designs)} different designs and no more", file=sys.stderr)
    if template is None:
        return designs, stopped
    before = "_".join(template.name.split())
    named = [replace(d, sequence=replace(d.sequence, name=f"{before}-{d.sequence.name}")) for d in designs]
    return named, stopped


def _generator(way: Method, name: str) -> Checkpoint:
    """`by_name.generator_for`, where "design." may be left out of a declared name."""
    full = f"{declared.SYSTEM}.{name}"
    return by_name.generator_for(way, full if full in declared.EXPERIMENTS else name)


@app.command("benchmark")
def benchmark_command(
    methods: Annotated[list[str] | None, typer.Argument(help="methods; all by default, see 'design methods'")] = None,
    what: Annotated[str, typer.Option(help="what is compared: " + ", ".join(compared.COMPARISONS))] = "methods",
    judges: Annotated[str, typer.Option(help="trained models, with commas; the first stands in front")] = judge.JUDGE,
    guide: Annotated[str, typer.Option(help="model that searches follow")] = judge.GUIDE,
    generator: Annotated[
        list[str] | None,
        typer.Option(help="METHOD=NAME of a generator that learned from half of the training folds; several times"),
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, max=1_000, help="draws of every method")] = len(Settings().seeds),
    goals: Annotated[int, typer.Option(min=1, max=5_000, help="elements whose activities are asked for")] = (
        Settings().goals
    ),
    each: Annotated[int, typer.Option(min=1, max=1_000, help="designs of each")] = Settings().each,
    specific: Annotated[int, typer.Option(min=1, max=10_000, help="designs for each cell type alone")] = (
        Settings().specific
    ),
    examined: Annotated[
        int, typer.Option(min=0, max=1_000, help="designs whose maps are examined, seconds each and judge")
    ] = Settings().examined,
) -> None:
    """Hold every method against nature and the others, as judged by what did not make the designs.

    Hours for all of them; what is done is kept, and the same command goes on there. Commands for different methods may
    run side by side. A method that cannot answer is left out with the reason. Where no generator is named, a method has
    its usual one, of half of the training folds.
    """
    comparison = compared.get(what)
    chosen = comparison.methods(*methods or ())
    named = generators_of(generator or [])
    for name in named:
        if name not in chosen:
            raise unknown("method", name, chosen)
    there = checkpoints.trained(declared.SYSTEM)
    trained = {}
    for name in chosen:
        usual = f"{catalogue.GENERATORS.get(comparison.entries[name].method, '')}{declared.TWIN}"
        if usual in there:
            trained[name] = usual
    trained |= named
    led = guide if any("guide" in method.needs for method in chosen.values()) else None
    means = replace(benchmark.of_trained(tuple(split_names(judges)), led, trained), options=comparison.options)
    settings = Settings(goals, each, specific, examined, tuple(range(seeds)))
    with bar("draws of methods") as progress:
        done = benchmark.compute(chosen, means, library.joint(), settings, progress)
    print(f"{benchmark.file()}: {len(done.rows)} numbers of {len(done.seeds)} methods, natural elements among them")
    left = LeftOut()
    for name, reason in done.left_out.items():
        left.add(name, reason)
    left.finish()


@app.command("list")
def list_command() -> None:
    """Every declared generator: the folds that it learns from, and which seeds are trained."""
    there = set(checkpoints.trained(declared.SYSTEM))
    for name, generator in declared.EXPERIMENTS.items():
        trained = sorted(checkpoints.read_seeds(name)) if name in there else []
        missing = [seed for seed in generator.seeds if seed not in trained]
        states = (("trained", trained), ("not trained", missing))
        said = "; ".join(f"{state}: seed {', '.join(map(str, seeds))}" for state, seeds in states if seeds)
        print(f"{name:34} folds {', '.join(map(str, generator.folds)):24} {said}")


@app.command("train")
def train_command(
    names: Annotated[
        list[str] | None, typer.Argument(help="generators such as masked_unet (see 'design list')")
    ] = None,
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
    """Train declared generators, every seed of each, score and keep them.

    Ctrl-C stops, the same command goes on where it was; what is done is skipped.
    """
    if bool(names) == everything:
        raise InputError("name what to train, or use --all (and not both); see: python -m engine design list")
    wanted = [declared.get(name).name for name in names or declared.EXPERIMENTS]
    plan = runs.plan(wanted, seeds_of(seed_list), generators.KIND)
    device.precision(precision, device.resolve(device_name))
    runs.check_data()
    settings = runs.Settings(
        epochs=epochs, device=device_name, precision=precision, budget_minutes=budget_minutes, again=again
    )
    carry_out(plan, settings, generators.KIND, _report, jobs, ray_address if ray else None)


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
    for measure, metric in outcome.metrics["design"].items():
        print(f"  {measure:48} {interval(metric)}")


@app.command("methods")
def methods_command() -> None:
    """Every way of designing: what it does, what it needs, its options with their defaults."""
    for method in catalogue.METHODS.values():
        print(f"{method.name:22} {method.label}")
        print(f"{'':22} {method.what}")
        needs = ", ".join(sorted(method.needs)) or "nothing else"
        print(f"{'':22} needs {needs}; {'keeps to' if method.edits else 'cannot keep to'} a number of edits")
        for name, default in method.options.items():
            print(f"{'':22} --option '{name}={default:g}'")


app.command("coverage")(design_claims.coverage)
app.command("presets")(design_claims.presets)
app.command("verify")(design_claims.verify)
