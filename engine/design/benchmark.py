"""The table of all methods by all measures: every method answers the same questions, and judges that did not help to
make the answers say what they are worth.

A *unit* is one method with one seed. What is done is kept (`shared_results/design_benchmark.json`), so that a stopped
benchmark goes on and a method, a seed or a judge that is new adds its own numbers alone. A unit carries what made it
(method, options, the weights of guide and generator, data, split, questions); if that is another by now it is made
anew. The designs themselves lie in the cache. A method that cannot answer is left out, with the reason. Several
processes may compute side by side, each other methods: what stands in the file is read again before a unit is added.

Intervals are Student's t over seeds: they say how much a method's numbers differ from draw to draw, and nothing of how
far a judge is off; that several judges say the same, does.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import numpy as np

from engine import places, store
from engine.data.library import Library
from engine.design import asking, judge
from engine.design.asking import Question, Settings
from engine.design.methods import Asked, Method
from engine.design.metrics.table import FLOOR as NEAR_FLOOR
from engine.design.metrics.table import HIGH, MEASURES
from engine.design.nature import Nature
from engine.design.results import BenchmarkRow
from engine.design.splits import design_rows
from engine.errors import CheckpointError, CisLensError, InputError
from engine.experiments import checkpoints
from engine.experiments.checkpoints import Checkpoint
from engine.results import Progress
from engine.sequence import encode
from engine.statistics import Metric, t_mean, verdict

COMMAND = "python -m engine design benchmark"
FLOOR = "floor"  # in place of a method: natural elements
VERSION = 2  # of the questions and of how answers are scored; a new one makes all units anew


@dataclass(frozen=True)
class Means:
    """What answers are made with, and who judges them.

    Attributes:
        judges: the first is the one that others stand beside.
        guide: for the methods that need one.
        generators: by the method that needs one.
        options: by method, in place of its defaults.
    """

    judges: tuple[Checkpoint, ...]
    guide: Checkpoint | None = None
    generators: Mapping[str, Checkpoint] = field(default_factory=dict)
    options: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


def of_trained(
    judges: tuple[str, ...] = (judge.JUDGE,),
    guide: str | None = judge.GUIDE,
    generators: Mapping[str, str] = MappingProxyType({}),
) -> Means:
    """Means out of what is trained, by name.

    Args:
        judges: the first is the one that others stand beside.
        guide: None leaves out the methods that need one.
        generators: the name of the trained generator by the method that needs one: the twin that learned from half A.

    Raises:
        InputError: an unknown name.
        CheckpointError: a model that is not trained; gives the command.
    """
    return Means(
        tuple(checkpoints.load(name) for name in judges),
        checkpoints.load(guide) if guide else None,
        {method: checkpoints.load(name) for method, name in generators.items()},
    )


@dataclass(frozen=True)
class Judge:
    """A judge as far as its numbers need one: how good it is, and what is to be said of it.

    Attributes:
        held_out: Spearman correlation with the test fold, by output.
        caveats: sentences of `engine.design.judge`, why its word counts for less.
    """

    name: str
    weights: str
    held_out: Mapping[str, float]
    caveats: tuple[str, ...]


@dataclass(frozen=True)
class Benchmark:
    """What is stored.

    Attributes:
        rows: every number.
        judges: in the order in which they stand beside each other.
        left_out: methods that could not answer, with the reason.
        seeds: draws by method.
        scores: by method, seed and name of the number (`judge|measure/output`), for comparisons draw by draw.
        options: that each method ran with, all of them.
    """

    rows: tuple[BenchmarkRow, ...]
    judges: tuple[Judge, ...]
    left_out: Mapping[str, str]
    seeds: Mapping[str, tuple[int, ...]]
    scores: Mapping[str, Mapping[int, Mapping[str, float]]]
    options: Mapping[str, Mapping[str, float]]


def file() -> Path:
    """Where the benchmark is kept."""
    return places.shared_results() / "design_benchmark.json"


# --- computing --------------------------------------------------------------------------------------


def compute(
    methods: Mapping[str, Method],
    means: Means,
    library: Library,
    settings: Settings = Settings(),
    progress: Progress | None = None,
) -> Benchmark:
    """Answer, score and store what is not there yet; hours for all methods, each unit kept as it is done.

    Args:
        progress: called with (units done, units).

    Raises:
        InputError: more is asked for than there are natural elements; a judge without one of the library's outputs; no
            judge.
    """
    if not means.judges:
        raise InputError("a benchmark needs a judge that is trained; run: python -m engine train " + judge.JUDGE)
    questions = asking.questions(library, settings)
    nature = Nature(library, questions, settings.examined)
    judges = {c.name: _of_judge(c, library) for c in means.judges}
    units: dict[str, dict] = {}
    left_out: dict[str, str] = {}
    wanted = [(name, seed) for name in (FLOOR, *methods) for seed in settings.seeds]
    for done, (name, seed) in enumerate(wanted):
        if progress:
            progress(done, len(wanted))
        if name in left_out:
            continue
        try:
            units[f"{name} {seed}"] = _unit(
                _begun(library, settings), methods.get(name), seed, questions, means, nature
            )
        except CisLensError as error:
            left_out[name] = str(error)
        _keep(_begun(library, settings), judges, units, left_out)
    # once more, in case that another process wrote between our reading and our writing
    content = _begun(library, settings)
    _keep(content, judges, units, left_out)
    if progress:
        progress(len(wanted), len(wanted))
    return _as_benchmark(content)


def _keep(content: dict, judges: dict[str, dict], units: dict[str, dict], left_out: dict[str, str]) -> None:
    """Write what is stored, with what this process made of it in its place."""
    # the judge of the front stays in front, whichever process came first
    content["judges"] = judges | {n: j for n, j in content["judges"].items() if n not in judges}
    recipes = {unit["method"]: unit["recipe"] for unit in units.values()}
    # draws that were made otherwise are not of this method's numbers
    others = {k: u for k, u in content["units"].items() if u["recipe"] == recipes.get(u["method"], u["recipe"])}
    for key, unit in units.items():
        if key in others:  # another process may have asked other judges about the same draw
            unit["judges"] = others[key]["judges"] | unit["judges"]
    content["units"] = others | units
    content["left_out"] = {m: why for m, why in content["left_out"].items() if m not in recipes} | left_out
    store.write_json(file(), content)


def _begun(library: Library, settings: Settings) -> dict:
    """What is stored of the same questions and data, or nothing yet."""
    asked = {
        "version": VERSION,
        "data": library.table.hash,
        "split": library.split.hash,
        "settings": settings.as_dict(),
    }
    kept = store.load_json(file()) or {}
    if any(kept.get(key) != value for key, value in asked.items()):
        kept = asked | {"judges": {}, "units": {}, "left_out": {}}
    return kept


def _of_judge(checkpoint: Checkpoint, library: Library) -> dict:
    if missing := [o for o in library.table.outputs if o not in checkpoint.model.outputs]:
        raise InputError(f"'{checkpoint.name}' cannot judge: it does not predict {', '.join(missing)}")
    caveats = [judge.weakness(checkpoint), judge.dependence(checkpoint)]
    return {
        "weights": checkpoint.weights_hash,
        "held_out": judge.held_out(checkpoint),
        "caveats": [c for c in caveats if c],
    }


def _unit(
    content: dict, method: Method | None, seed: int, questions: tuple[Question, ...], means: Means, nature: Nature
) -> dict:
    """One method (None: the floor) with one seed: what is stored of it, with what was missing."""
    name = method.name if method else FLOOR
    recipe = _recipe(method, means, nature.library, content["settings"])
    unit = content["units"].get(f"{name} {seed}")
    if unit is None or unit["recipe"] != recipe:
        unit = {"method": name, "seed": seed, "recipe": recipe, "n": _n(questions, nature.examined), "judges": {}}
        unit["options"] = _options(method, means) if method else {}
    missing = [c for c in means.judges if unit["judges"].get(c.name, {}).get("weights") != c.weights_hash]
    if "sequences" in unit and not missing:
        return unit
    answers = [answered(method, question, seed, means, nature.library, recipe) for question in questions]
    if "sequences" not in unit:
        unit["sequences"] = nature.sequences(answers[0])
    specific = {q.name.removeprefix("specific "): a for q, a in zip(questions[1:], answers[1:], strict=True)}
    for checkpoint in missing:
        scores = nature.judged_by(checkpoint, answers[0], specific)
        unit["judges"][checkpoint.name] = {"weights": checkpoint.weights_hash, "scores": scores}
    return unit


def _n(questions: tuple[Question, ...], examined: int) -> dict[str, int]:
    """Of how many designs each measure is, by its name; "" of all others."""
    return {"": questions[0].n, "specificity": questions[-1].n, "reliable": min(examined, questions[0].n)}


def _recipe(method: Method | None, means: Means, library: Library, settings: dict) -> str:
    """Names everything but the seed that a method's designs depend on."""
    parts: dict = {"data": library.table.hash, "split": library.split.hash, "settings": settings}
    if method is not None:
        guide, generator = means.guide, means.generators.get(method.name)
        parts |= {
            "method": method.name,
            "options": _options(method, means),
            "guide": guide.weights_hash if guide and "guide" in method.needs else "",
            "generator": generator.weights_hash if generator and "generator" in method.needs else "",
        }
    return store.digest(json.dumps({"version": VERSION} | parts, sort_keys=True), 32)


def _options(method: Method, means: Means) -> dict[str, float]:
    return {**method.options, **means.options.get(method.name, {})}


def answered(
    method: Method | None, question: Question, seed: int, means: Means, library: Library, recipe: str
) -> np.ndarray:
    """`(N, length)` uint8: a method's answers to a question, the same for the same seed; kept in the cache.

    Raises:
        InputError: what the method cannot do, or fewer sequences than were asked for.
    """
    kept = store.cache_folder() / "designs" / f"{store.digest(f'{recipe} {seed} {question.name}', 24)}.npz"

    def draw() -> dict[str, np.ndarray]:
        if method is None:
            return {"codes": asking.floor(question, library, seed)}
        return {"codes": np.concatenate(list(_drawn(method, question, seed, means, library)))}

    return store.remembered(kept, ("codes",), draw, recipe=recipe)["codes"]


def _drawn(method: Method, question: Question, seed: int, means: Means, library: Library) -> Iterator[np.ndarray]:
    rows = tuple(map(int, design_rows(library)))
    for place, goal in enumerate(question.goals):
        asked = Asked(
            goal,
            question.each,
            seed * len(question.goals) + place,  # no two goals of a benchmark draw the same random numbers
            library,
            rows,
            means.guide,
            means.generators.get(method.name),
            means.options.get(method.name, {}),
        )
        codes = [encode(designed.sequence.bases) for designed in method.design(asked, None)]
        if len(codes) < question.each:
            raise InputError(f"'{method.name}' gave {len(codes)} of {question.each} sequences that were asked for")
        yield np.stack(codes)


# --- reading ----------------------------------------------------------------------------------------


def read() -> Benchmark | None:
    """What is stored; None if nothing is.

    Raises:
        CheckpointError: the file is broken, or of another version of the questions; gives the command that mends it.
    """
    content = store.read_json(file(), COMMAND)
    if not content:
        return None
    if content.get("version") != VERSION:
        raise CheckpointError(f"{file()} is of another version of the benchmark; run: {COMMAND}")
    try:
        return _as_benchmark(content)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CheckpointError(f"{file()} is not as this version of CisLens writes it; run: {COMMAND}") from error


def _as_benchmark(content: dict) -> Benchmark:
    judges = tuple(
        Judge(name, part["weights"], part["held_out"], tuple(part["caveats"]))
        for name, part in content["judges"].items()
    )
    weights = {each.name: each.weights for each in judges}
    scores: dict[str, dict[int, dict[str, float]]] = {}
    numbers: dict[str, dict[str, int]] = {}
    for unit in content["units"].values():
        named = {f"|{name}": value for name, value in unit["sequences"].items()}
        for name, said in unit["judges"].items():
            if said["weights"] == weights.get(name):  # a judge that was trained anew says nothing until it is asked
                named |= {f"{name}|{measure}": value for measure, value in said["scores"].items()}
        scores.setdefault(unit["method"], {})[unit["seed"]] = named
        numbers[unit["method"]] = unit["n"]
    floors = {number: over_draws(values) for number, values in _by_number(scores.get(FLOOR, {})).items()}
    rows = tuple(
        _row(method, number, numbers[method], over_draws(values), floors.get(number))
        for method, of_seeds in scores.items()
        for number, values in _by_number(of_seeds).items()
    )
    seeds = {method: tuple(sorted(of_seeds)) for method, of_seeds in scores.items()}
    options = {unit["method"]: unit["options"] for unit in content["units"].values()}
    return Benchmark(rows, judges, content["left_out"], seeds, scores, options)


def _row(method: str, number: str, n: Mapping[str, int], metric: Metric, floor: Metric | None) -> BenchmarkRow:
    name, measure = number.split("|", 1)
    measure, _, output = measure.partition("/")
    return BenchmarkRow(method, measure, output, name, n.get(measure, n[""]), metric, floor)


def _by_number(of_seeds: Mapping[int, Mapping[str, float]]) -> dict[str, list[float]]:
    """Of each number its values, seed by seed."""
    names = dict.fromkeys(name for part in of_seeds.values() for name in part)
    return {name: [part[name] for _, part in sorted(of_seeds.items()) if name in part] for name in names}


def over_draws(values: list[float]) -> Metric:
    """The mean of a number over draws, with the 95% interval of Student's t; of a single draw without one. Draws in
    which it is undefined (nan) do not count."""
    known = np.array([v for v in values if np.isfinite(v)])
    if len(known) > 1:
        return t_mean(known)
    return Metric(float(known[0]), float("nan"), float("nan"), 1) if len(known) else Metric.unknown(0)


# --- one method against another ---------------------------------------------------------------------


@dataclass(frozen=True)
class Difference:
    """How much better one method is than another in one measure, by the same draws.

    Attributes:
        metric: by how much, in the measure's unit, above 0 for the first method; of a measure that is best near its
            floor, how much nearer the first is to it.
        verdict: in words, one of `engine.statistics.VERDICTS`.
    """

    measure: str
    output: str
    judge: str
    metric: Metric
    verdict: str


def differences(benchmark: Benchmark, first: str, second: str) -> tuple[Difference, ...]:
    """One method against another in every measure that both have, under every judge.

    Raises:
        InputError: a method that the benchmark has not.
    """
    for name in (first, second):
        if name not in benchmark.scores:
            raise InputError(f"the benchmark has no method '{name}'; it has {', '.join(benchmark.scores)}")
    floors = {(r.judge, r.measure, r.output): r.floor for r in benchmark.rows}
    one, other = benchmark.scores[first], benchmark.scores[second]
    seeds = sorted(set(one) & set(other))
    rows = []
    for number in dict.fromkeys(name for seed in seeds for name in one[seed] if name in other[seed]):
        name, measure = number.split("|", 1)
        measure, _, output = measure.partition("/")
        short = [
            [_short(part[seed].get(number, float("nan")), measure, floors[name, measure, output]) for seed in seeds]
            for part in (one, other)
        ]
        metric = over_draws([b - a for a, b in zip(*short, strict=True)])
        rows.append(Difference(measure, output, name, metric, verdict(metric.low, metric.high)))
    return tuple(rows)


def _short(value: float, measure: str, floor: Metric | None) -> float:
    """How far a number is from the best: the smaller the better."""
    better = MEASURES[measure].better
    if better == NEAR_FLOOR:
        return abs(value - floor.value) if floor else float("nan")
    return -value if better == HIGH else value
