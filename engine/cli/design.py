"""`python -m engine design`: sequences that are to do something, with claims that a measurement can refute."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Annotated

import typer
from typer import core

from engine import device, limits, sheets
from engine.cli.common import (
    LARGEST_SEED,
    Adapters,
    Device,
    LeftOut,
    bar,
    content,
    interval,
    number,
    read,
    stretches_of,
)
from engine.cli.common import names as split_names
from engine.cli.design_options import (
    ClaimModel,
    FlanksText,
    Folder,
    GoalText,
    Keep,
    PresetsFile,
    check_folder,
    claimed,
    claiming,
    generators_of,
    goal_of,
    guide_of,
    in_words,
    options_of,
    presets_of,
    remark,
    terms_of,
    write,
)
from engine.cli.outputs import described, file_writer, output, text_writer
from engine.cli.training import seeds_of
from engine.cli.training_options import Again, BudgetMinutes, Epochs, Jobs, OnRay, Precision, RayAddress
from engine.data import library
from engine.design import benchmark, catalogue, compared, declared, judge, orders, splits, warnings
from engine.design import claims as keeping
from engine.design import runs as generators
from engine.design.asking import Settings
from engine.design.claims import KINDS, Claims, Tally, Verdict
from engine.design.drawing import draw
from engine.design.methods import Asked, Method
from engine.design.results import Designed, Goal
from engine.errors import CheckpointError, CisLensError, InputError
from engine.experiments import checkpoints
from engine.experiments.checkpoints import Checkpoint
from engine.mpra.cells import Cells
from engine.mpra.reading import read_table
from engine.sequence import WINDOW, Sequence
from engine.training import runs, workers

Generators = Annotated[list[str] | None, typer.Argument(help="generators such as masked_unet (see 'design list')")]
FIRST = "make"  # the command that is meant where the first word is none


class Designing(core.TyperGroup):
    """A group whose first word need not be a command: a file, or an option, is one of `FIRST`."""

    def parse_args(self, ctx, args):
        if args and args[0] not in self.commands and args[0] != "--help":
            args = [FIRST, *args]
        return super().parse_args(ctx, args)


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
    out: Folder = "-",
) -> None:
    """Design sequences; 'make' may be left out.

    Each comes with a dinucleotide-shuffled twin, a twin without the motif that does most, and statements of what will
    be measured: order.fa and order.csv list all of them, claims.json keeps what is claimed under a checksum.

    What is designed is for reporter assays: elements of some 200 bases without a coding sequence. The vendor's own
    screening of every order is the next step, and nothing here takes its place.
    """
    way = catalogue.get(method)
    wanted, settings, around = goal_of(goal), options_of(option or []), orders.flanks(flanks or ",")
    cautious, kept = presets_of(presets), tuple(sorted(stretches_of(keep)))
    templates: list[Sequence | None] = [*read(fasta, adapters)] if fasta else [None]
    if not fasta:
        Goal(wanted, None, kept, length, edits)  # what needs a sequence to start from ends the command before the work
    limits.DESIGNS.check(count * len(templates), "this run")
    check_folder(out)
    led = guide_of(guide) if "guide" in way.needs or guide else None
    trained = _generator(way, generator) if "generator" in way.needs else None
    predictor = claiming(model, led)
    joint = library.joint()
    asked = Asked(Goal(), count, seed, joint, tuple(map(int, splits.design_rows(joint))), led, trained, settings)
    terms = terms_of(predictor, joint, cautious, seed)
    left = LeftOut()
    sets: list[Claims] = []
    for template in templates:
        label = template.name if template else in_words(wanted)
        try:
            own = replace(asked, goal=Goal(wanted, template, kept, length, edits))
            designs = _designed(label, way, own, template if len(templates) > 1 else None)
            sets.append(claimed(label, designs, own.goal, terms))
        except InputError as error:
            if len(templates) < 2:
                raise
            left.add(label, str(error))
    if not sets:
        raise InputError("nothing was designed, for the reasons above")
    together = sets[0]
    for more in sets[1:]:
        together = together.with_claims(more)
    write(out, together, around, cautious)
    remark(predictor, led)
    left.finish()


def _designed(label: str, way: Method, asked: Asked, template: Sequence | None) -> list[Designed]:
    """The designs of one goal; named after their template where there are several."""
    with bar(f"{label}: {way.label}") as progress:
        designs = draw(way, asked, [], progress)
    if not designs:
        raise InputError(f"'{way.name}' found no sequence for this goal; ask for less, or take another method")
    if len(designs) < asked.count:
        print(f"{label}: '{way.name}' has {len(designs)} different designs and no more", file=sys.stderr)
    if template is None:
        return designs
    before = "_".join(template.name.split())
    return [replace(d, sequence=replace(d.sequence, name=f"{before}-{d.sequence.name}")) for d in designs]


def _generator(way: Method, name: str | None) -> Checkpoint:
    """The trained generator that was named, or the usual one of a method; raises InputError, CheckpointError."""
    wanted = name or catalogue.GENERATORS.get(way.name)
    if wanted is None:
        raise InputError(f"'{way.name}' needs a trained generator; name it with --generator, see 'design list'")
    if wanted in declared.EXPERIMENTS and wanted not in checkpoints.trained(declared.SYSTEM):
        raise CheckpointError(f"'{wanted}' is not trained yet; run: python -m engine design train {wanted}")
    return checkpoints.load(wanted)


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
    there = checkpoints.trained(declared.SYSTEM)
    trained = {}
    for name in chosen:
        usual = f"{catalogue.GENERATORS.get(comparison.entries[name].method, '')}{declared.TWIN}"
        if usual in there:
            trained[name] = usual
    trained |= generators_of(generator or [])
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
                kind=generators.KIND,
            )
    except KeyboardInterrupt:
        kept = any(seed is not None and runs.state_file(name, seed).is_file() for name, seed in plan)
        where = "the last whole epoch is kept, the same command goes on there" if kept else "no epoch was finished"
        print(f"stopped; {where}", file=sys.stderr)
        raise typer.Exit(130) from None
    if any(isinstance(outcome, CisLensError) for _, outcome in results):
        raise typer.Exit(2)  # each error was reported when it came up


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


@app.command("presets")
def presets_command(
    out: Annotated[str, typer.Option("--out", help="JSON file to write, or - for standard output")] = "-",
) -> None:
    """What sequences are looked through for, as JSON to edit and to give back with --presets.

    Starting values of ours: the rules of your vendor and of your cloning are what counts.
    """
    if out == "-":
        sys.stdout.write(warnings.to_json())
        return
    with file_writer(out) as partial:
        partial.write_bytes(warnings.to_json().encode())


@app.command("verify")
def verify_command(
    file: Annotated[str, typer.Argument(help="claims.json as 'design' wrote it, or - for standard input")],
    sha256: Annotated[str, typer.Option(help="the checksum in the lab book")] = "",
    measured: Annotated[
        str | None, typer.Option(help="table of measurements: a column 'name', one a cell type, log2(RNA/DNA)")
    ] = None,
    out: Annotated[str, typer.Option("--out", help=described("csv"))] = "-",
) -> None:
    """Is a file of claims as it was written, and what do measurements say of it?

    Without --sha256 that nothing was changed since; with it, that it is the file of that day. With --measured one row a
    statement, and how many of each kind held.
    """
    claims = keeping.opened(*content(file, limits.CLAIMS), sha256)
    statements = sum(len(c.statements) for c in claims.claims)
    print(
        f"{file} is as it was written: {len(claims.claims)} designs, {statements} statements, made {claims.made} by "
        f"CisLens {claims.version} with {claims.model}",
        file=sys.stderr,
    )
    if not sha256:
        print(f"its sha256 is {keeping.checksum(claims)}; compare it with the lab book", file=sys.stderr)
    if measured is None:
        return
    left = LeftOut()
    verdicts = keeping.decide(claims, _measurements(read_table(*content(measured)), claims, left))
    with text_writer(output(out, "csv")) as handle:
        table = sheets.Writer(handle)
        table.writerow(("design", "kind", "output", "against", "direction", "bound", "expected", "measured", "verdict"))
        table.writerows(map(_verdict_row, verdicts))
    for tally in keeping.tallies(verdicts):
        print(_tally_words(tally), file=sys.stderr)
    left.finish()


def _measurements(cells: Cells, claims: Claims, left: LeftOut) -> dict[str, dict[str, float]]:
    """Log2(RNA/DNA) by output and name; what cannot be read is left out."""
    place = cells.index("name")
    columns = {output: cells.index(output) for output in claims.mean if output in cells.header}
    if not columns:
        raise InputError(f"{cells.what} has no column of a cell type; name some of {', '.join(claims.mean)}")
    for line, reason in cells.skipped:
        left.add(f"{cells.what}, line {line}", reason)
    measured: dict[str, dict[str, float]] = {}
    for line, row in cells.rows:
        name = row[place].strip()
        where = f"{cells.what}, line {line}"
        if name in measured:
            left.add(where, f"'{name[:80]}' was measured before; give the mean of both in one row")
            continue
        try:
            measured[name] = {o: float(row[i]) for o, i in columns.items() if row[i].strip()}
        except ValueError:
            left.add(where, "a measurement is no number")
    return measured


def _verdict_row(verdict: Verdict) -> tuple:
    s = verdict.statement
    word = {True: "holds", False: "refuted", None: "not measured"}[verdict.holds]
    against = s.control or "natural elements"
    direction = "at least" if s.direction > 0 else "at most"
    figures = map(number, (s.bound, s.expected, verdict.measured))
    return (verdict.design, s.kind, s.output, against, direction, *figures, word)


def _tally_words(tally: Tally) -> str:
    words = f"{KINDS[tally.kind]}: {tally.held} of {tally.decided} measured statements hold"
    if tally.refuted:
        return f"{words}, fewer than {tally.least}: the set is refuted"
    return f"{words}; fewer than {tally.least} would refute the set" if tally.least else words
