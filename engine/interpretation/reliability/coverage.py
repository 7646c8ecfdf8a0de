"""Do a model's intervals hold what was measured? Coverage on elements that neither it nor the fit of its intervals saw.

Three kinds of intervals stand side by side (`KINDS`). All were fitted on the validation fold
(`engine.evaluation.intervals`), so that nothing here chooses anything. The separate experiments are of other libraries
and days, with a scale of their own: their elements are judged as they were measured, and again brought to the joint
library's scale by other elements, which both measured (`engine.mpra.separate`). The first says how far the intervals
are off where nobody knows the experiment, the second what is left once its scale is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from engine.data.library import Library
from engine.errors import CheckpointError
from engine.evaluation.changes import changed
from engine.evaluation.intervals import fitted
from engine.experiments import checkpoints, declared, lineage
from engine.experiments.checkpoints import Checkpoint
from engine.interpretation import stored
from engine.interpretation.reliability import uncertainty
from engine.intervals import LEVELS, SHOWN, ErrorModel
from engine.models.predict import predict_with_uncertainty
from engine.mpra import separate
from engine.mpra.separate import Separate
from engine.results import Progress, Said
from engine.statistics import INTERVAL, RESAMPLES, Metric, mean_of, measure, spearman

NAME, FILE = "coverage", "coverage.json"
OWN, ONE_WIDTH, AS_SAID = "own", "one width", "as said"
KINDS = {
    OWN: "as wide as the model is unsure, scaled on the validation fold",
    ONE_WIDTH: "one width for all, from the validation fold",
    AS_SAID: "the model's own standard deviations as they are, errors taken as normal",
}
NORMAL = {50: 0.67449, 80: 1.28155, 95: 1.95996}  # standard deviations within which a level of normal errors lies
SMALLEST = 30  # elements of a group
TENTH = 0.1
LIKE_TEACHER = ("teacher", "changes", "single")
SCALED = ", on the joint library's scale"


@dataclass(frozen=True)
class Held:
    """What intervals of one kind hold, by level: the share of the measurements within, and their mean width in
    log2(RNA/DNA)."""

    coverage: dict[int, Metric]
    width: dict[int, float]

    @classmethod
    def from_dict(cls, stored: dict) -> Held:
        """The inverse of `as_dict`."""
        coverage = {int(level): Metric.from_dict(m) for level, m in stored["coverage"].items()}
        return cls(coverage, {int(level): width for level, width in stored["width"].items()})

    def as_dict(self) -> dict:
        return {
            "coverage": {str(level): m.as_dict() for level, m in self.coverage.items()},
            "width": {str(level): width for level, width in self.width.items()},
        }


@dataclass(frozen=True)
class Group:
    """Elements of one kind.

    Attributes:
        bias: mean of measured minus predicted, log2(RNA/DNA).
        held: by kind of interval; `AS_SAID` only of a model that says both parts itself.
        gain: mean interval score (Gneiting & Raftery 2007, JASA 102:359) at 80% of `OWN` minus that of `ONE_WIDTH`,
            log2(RNA/DNA): the width, and what is missed times ten. Below 0, going by the model's word is worth it.
        line: slope and intercept of an experiment on the joint library, whose scale its measurements were brought to.
    """

    elements: str
    n: int
    bias: Metric
    held: dict[str, Held]
    gain: Metric
    line: tuple[float, float] | None = None

    @classmethod
    def from_dict(cls, stored: dict) -> Group:
        """The inverse of `as_dict`."""
        return cls(
            stored["elements"],
            stored["n"],
            Metric.from_dict(stored["bias"]),
            {kind: Held.from_dict(held) for kind, held in stored["held"].items()},
            Metric.from_dict(stored["gain"]),
            tuple(stored["line"]) if stored["line"] else None,
        )

    def as_dict(self) -> dict:
        return {
            "elements": self.elements,
            "n": self.n,
            "bias": self.bias.as_dict(),
            "held": {kind: held.as_dict() for kind, held in self.held.items()},
            "gain": self.gain.as_dict(),
            "line": self.line and list(self.line),
        }


@dataclass(frozen=True)
class Coverage:
    """What the intervals of one output hold.

    Attributes:
        ranks: Spearman of the intervals' width with the size of the error, over the test fold; None where all are as
            wide.
        teacher: of a student, Spearman of the spread that it says with that of its teacher's networks, over the test
            fold; None of any other model.
        changes, single: the same of the spread of what random substitutions do, 1 to 60 of an element and one alone
            (`engine.evaluation.changes`).
    """

    groups: tuple[Group, ...]
    ranks: Metric | None
    teacher: Metric | None = None
    changes: Metric | None = None
    single: Metric | None = None

    @classmethod
    def from_dict(cls, stored: dict) -> Coverage:
        """The inverse of `as_dict`."""
        metrics = {k: Metric.from_dict(m) for k in ("ranks", *LIKE_TEACHER) if (m := stored.get(k)) is not None}
        return cls(tuple(Group.from_dict(g) for g in stored["groups"]), **{"ranks": None} | metrics)

    def as_dict(self) -> dict:
        return {
            "groups": [g.as_dict() for g in self.groups],
            "ranks": self.ranks and self.ranks.as_dict(),
            **{k: m.as_dict() for k in LIKE_TEACHER if (m := getattr(self, k)) is not None},
        }


@dataclass(frozen=True)
class Elements:
    """Measured elements and what a model says of them, `(n,)` float64 each, log2(RNA/DNA).

    Attributes:
        sd: standard deviation of the error, of its intervals.
        said: the model's own word for it, both parts together; None where it does not say both.
    """

    measured: np.ndarray
    predicted: np.ndarray
    sd: np.ndarray
    said: np.ndarray | None

    def at(self, rows: np.ndarray) -> Elements:
        return Elements(
            self.measured[rows], self.predicted[rows], self.sd[rows], None if self.said is None else self.said[rows]
        )


def elements(said: Said, column: int, measured: np.ndarray, errors: ErrorModel) -> Elements:
    """Those of `(n,)` measurements that are known."""
    known = ~np.isnan(measured)
    parts = [None if p is None else p[known, column].astype(np.float64) for p in (said.epistemic, said.aleatoric)]
    own = None if parts[0] is None or parts[1] is None else np.hypot(parts[0], parts[1])
    sd = np.broadcast_to(errors.sd(*parts), known.sum())
    return Elements(measured[known].astype(np.float64), said.values[known, column].astype(np.float64), sd, own)


def group(name: str, given: Elements, errors: ErrorModel, line: tuple[float, float] | None = None) -> Group:
    """What the intervals hold of some elements."""
    apart = given.measured - given.predicted
    halves = {OWN: {at: errors.reach[at] * given.sd for at in LEVELS}}
    halves[ONE_WIDTH] = {at: np.full(len(apart), errors.one_width[at]) for at in LEVELS}
    if given.said is not None:
        halves[AS_SAID] = {at: NORMAL[at] * given.said for at in LEVELS}
    held = {kind: Held(*_held(apart, by_level)) for kind, by_level in halves.items()}
    own, flat = (interval_score(apart, halves[kind][SHOWN], SHOWN) for kind in (OWN, ONE_WIDTH))
    return Group(name, len(apart), mean_of(apart), held, mean_of(own - flat), line)


def _held(apart: np.ndarray, halves: dict[int, np.ndarray]) -> tuple[dict[int, Metric], dict[int, float]]:
    coverage = {at: share(np.abs(apart) <= half) for at, half in halves.items()}
    return coverage, {at: float(2 * half.mean()) for at, half in halves.items()}


def share(inside: np.ndarray) -> Metric:
    """The share of `(n,)` booleans that are true, with its bootstrap interval: resampling them is a binomial draw."""
    value, n = float(inside.mean()), len(inside)
    low, high = np.percentile(np.random.default_rng(0).binomial(n, value, RESAMPLES) / n, INTERVAL)
    return Metric(value, float(low), float(high), n)


def interval_score(apart: np.ndarray, half: np.ndarray, level: int) -> np.ndarray:
    """`(n,)` width of each interval, and 2 / (1 - level) times what it misses an error `(n,)` by: the lower the
    better, and lowest on average for the true quantiles."""
    return 2 * half + 2 / (1 - level / 100) * np.maximum(np.abs(apart) - half, 0)


def kinds_of_elements(given: Elements, table_groups: dict[str, np.ndarray]) -> Iterator[tuple[str, np.ndarray]]:
    """The groups of the test fold that have enough elements, and tenths by what the model itself says."""
    yield from ((name, rows) for name, rows in table_groups.items() if rows.sum() >= SMALLEST)
    tenths = {"predicted most active": given.predicted}
    if np.ptp(given.sd) > 0:
        tenths |= {"where the model is surest": -given.sd, "where the model is least sure": given.sd}
    for name, by in tenths.items():
        rows = by >= np.quantile(by, 1 - TENTH)
        if rows.sum() >= SMALLEST:
            yield f"tenth {name}", rows


def of_separate(
    unseen: Separate, said: Said, column: int, errors: ErrorModel, rows: np.ndarray, what: str = ""
) -> Iterator[Group]:
    """Some `rows` (bool) of a separate experiment as they were measured, and on the joint library's scale."""
    if rows.sum() < SMALLEST:
        return
    name = f"separate {unseen.cell} experiment{what}"
    part = said.at(rows)
    yield group(name, elements(part, column, unseen.activity[rows], errors), errors)
    if unseen.line != (1.0, 0.0):
        known = elements(part, column, unseen.on_joint_scale[rows], errors)
        yield group(f"{name}{SCALED}", known, errors, unseen.line)


def compute(checkpoint: Checkpoint, library: Library, progress: Progress | None = None) -> bool:
    """Measure and keep the coverage of each output that has intervals; False if it was there already.

    Raises:
        CheckpointError: no intervals were fitted for the model, or it learned from a user's own table.
    """
    table, split = library
    if checkpoints.of_own_table(checkpoint.description):
        raise CheckpointError(
            f"'{checkpoint.name}' learned from a table of your own, whose scale the joint library does not have: what "
            "its intervals hold is not measured there"
        )
    errors = fitted(checkpoint)
    taught = learned_separate(checkpoint.description)
    others = {c: separate.measured(c, library) for c in separate.here() if c in errors}
    scales = {c: (len(unseen.activity), unseen.line) for c, unseen in others.items()}
    fits = {output: e.as_dict() for output, e in errors.items()}
    settings = f"{fits} {scales} {taught} {lineage.teacher_of(checkpoint.description)}"
    file, key = stored.file_of(checkpoint, FILE), stored.key_of(checkpoint, table, split, settings)
    if stored.is_current(file, key):
        return False
    steps = 1 + len(others) + bool(lineage.teacher_of(checkpoint.description))
    report = progress or (lambda done, total: None)
    model = checkpoint.inference_model
    said = predict_with_uncertainty(model, table.codes[split.test])
    report(1, steps)
    told = {}
    for done, (cell, unseen) in enumerate(others.items()):
        told[cell] = predict_with_uncertainty(model, unseen.codes)
        report(2 + done, steps)
    like_teacher = _like_teacher(checkpoint, said, library)
    outputs = {}
    for output, model_of_errors in errors.items():
        column = checkpoint.model.outputs.index(output)
        measured = table.column(output)[split.test]
        given = elements(said, column, measured, model_of_errors)
        known = {name: rows[~np.isnan(measured)] for name, rows in uncertainty.groups(table, split).items()}
        groups = [group(name, given.at(rows), model_of_errors) for name, rows in kinds_of_elements(given, known)]
        if output in others:
            unseen = others[output]
            of = partial(of_separate, unseen, told[output], column, model_of_errors)
            if not taught:
                groups += of(np.ones(len(unseen.activity), bool))
            groups += of(unseen.held_out, ", kin of the test fold alone")
        varies = np.ptp(given.sd) > 0
        ranks = measure(spearman, given.sd, np.abs(given.measured - given.predicted)) if varies else None
        outputs[output] = Coverage(tuple(groups), ranks, **like_teacher.get(output, {})).as_dict()
    report(steps, steps)
    stored.write_json(file, key, {"outputs": outputs})
    return True


def learned_separate(description: dict) -> bool:
    """Whether the described model, a member of it or its teacher learned the separate experiments, which are a tenth of
    the full large-scale tables: of these, only elements that are kin of the test fold are new to it. A teacher that is
    not there counts as one that did."""
    tables = lineage.tables(description)
    return bool(lineage.separate_cells(tables) or lineage.NOT_HERE in tables or any(map(declared.large_cell, tables)))


def _like_teacher(checkpoint: Checkpoint, said: Said, library: Library) -> dict[str, dict[str, Metric]]:
    """For each output how like those of its teacher's networks the spreads that a student says are (`LIKE_TEACHER`);
    empty where there is no teacher, or where it is not trained.

    Args:
        said: what the student says of the test fold.
    """
    name = lineage.teacher_of(checkpoint.description)
    if name not in checkpoints.trained() or said.epistemic is None:
        return {}
    teacher = checkpoints.load(name)
    codes = library.table.codes[library.split.test]
    taught = predict_with_uncertainty(teacher.inference_model, codes).epistemic
    pairs: dict[str, tuple[np.ndarray | None, np.ndarray | None]] = {"teacher": (said.epistemic, taught)}
    single = np.zeros(0, bool)
    if said.changes is not None:
        own, its = (changed(one.inference_model, codes) for one in (checkpoint, teacher))
        pairs["changes"] = pairs["single"] = own.spread, its.spread
        single = own.bases[:, 0] == 1
    found: dict[str, dict[str, Metric]] = {}
    for column, output in enumerate(checkpoint.model.outputs):
        for kind, (own_spread, spread) in pairs.items():
            if own_spread is None or spread is None or output not in teacher.model.outputs:
                continue
            rows = single if kind == "single" else slice(None)
            own_column, column_of_teacher = own_spread[rows, column], spread[rows, teacher.model.outputs.index(output)]
            like = measure(spearman, own_column.astype(np.float64), column_of_teacher.astype(np.float64))
            found.setdefault(output, {})[kind] = like
    return found


def read(own: Checkpoint | stored.Place) -> dict[str, Coverage]:
    """What is stored for these weights, by output; empty if there is nothing, or only of other weights.

    Raises:
        CheckpointError: the file is broken; says how to mend it.
    """
    file = stored.file_of(own, FILE)
    content = stored.read_json(file)
    if not str(content.get("key", "")).startswith(own.weights_hash):
        return {}
    return stored.parsed(file, content, lambda c: {o: Coverage.from_dict(part) for o, part in c["outputs"].items()})
