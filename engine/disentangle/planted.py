"""Planted noise: two experiments of which the clean one is the truth, and who finds it again.

The truth is what a trained network (the teacher) says of elements of the joint library, and not what was measured of
them. A measurement has noise of its own, which no network can predict, and what it leaves open goes with GC content: of
measured activities nobody could say how much of a planted bias a prediction carries. A teacher's answer is a function
of the sequence, so a network that found it would score 1 and carry 0.

The first experiment is the truth, the second the truth with noise (`engine.disentangle.noise`); every recipe learns
from both, with several seeds, each of which draws the noise anew. Nothing that chooses an epoch knows which of the two
is clean. On elements of the test fold is reported:

- `clean/spearman`: the denoised prediction against the truth; `clean/through clean/spearman` and `clean/through
  noisy/spearman` the same through the norm of either experiment;
- `nuisance/carried`: of the denoised prediction's regression on the truth and on what was planted, the coefficient of
  the second over that of the first: 0 for the truth, 1 for the noisy experiment. Under 'planted nothing' it is of the
  GC bias that was not planted: what a network carries because it learned the truth only in part.

Simple rules beside them have no encoder: the mean of ranks of both experiments, the noisy experiment itself (both as
measured, which a network does not see of these elements), and GC content.

Rows over seeds (`seed=None`) have intervals from drawing elements and seeds anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np

from engine import device as devices
from engine import store
from engine.data.library import Library
from engine.data.splits import TEST_FOLD
from engine.disentangle import data
from engine.disentangle.data import Pairs
from engine.disentangle.declared import RECIPES, Disentangle
from engine.disentangle.drawn import Drawn, mean
from engine.disentangle.noise import BATCHES, FACTORS, NOISES, SIZE, SPREAD, gc_shift
from engine.disentangle.results import Score
from engine.disentangle.training import DisentangleTask
from engine.errors import CheckpointError
from engine.experiments import checkpoints
from engine.experiments.optimizer import Optimizer
from engine.interpretation import stored
from engine.models.predict import predict_codes
from engine.results import Progress
from engine.sequence import gc_contents
from engine.statistics import RESAMPLES, bootstrap, spearman
from engine.training import loop

CONDITIONS = ("clean", "noisy")
BASELINE = "baseline_mse"
COMMAND = "python -m engine disentangle planted"
NOTION = "planted"  # and the noise
DIGITS = 5  # significant ones of a stored number


@dataclass(frozen=True)
class Settings:
    """What is trained. All of it takes some ten minutes on one processor core.

    Attributes:
        teacher, output: whose predictions are the truth.
        rows: elements that train, choose the epoch, and are held out; drawn from folds 2 to 9, 1 and 0.
        drawn: seed of which elements.
    """

    teacher: str = "joint_legnet"
    output: str = "K562"
    rows: tuple[int, int, int] = (4000, 500, 2000)
    drawn: int = 0
    encoder: str = "dilated_cnn"
    options: dict = field(default_factory=lambda: {"filters": 32, "layers": 4, "pool": 8, "dropout": 0.0})
    seeds: tuple[int, ...] = (42, 123, 456)
    epochs: int = 6
    batch_size: int = 64

    @property
    def optimizer(self) -> Optimizer:
        return Optimizer(
            peak_lr=3e-3, batch_size=self.batch_size, epochs=self.epochs, warmup=0.2, ema=0.998, weight_decay=0.01,
            max_shift=10, patience=self.epochs,
        )  # fmt: skip

    def as_dict(self) -> dict:
        """Everything that the numbers depend on beside weights and data, as JSON has it."""
        noise = {"size": SIZE, "batches": BATCHES, "spread": SPREAD, "factors": FACTORS, "noises": list(NOISES)}
        return stored.as_json(asdict(self) | {"noise": noise, "recipes": {n: asdict(r) for n, r in RECIPES.items()}})


SETTINGS = Settings()


@dataclass(frozen=True)
class Truth:
    """Elements with their true activities.

    Attributes:
        codes: `(n, 200)` uint8.
        activity: `(n,)` float32.
        folds: `(n,)` of the split.
        hash: of what they were made of.
    """

    codes: np.ndarray
    activity: np.ndarray
    folds: np.ndarray
    hash: str

    def pairs(self, noise: str, seed: int) -> Pairs:
        """The clean and the noisy experiment."""
        noisy = NOISES[noise](self.activity, self.codes, np.random.default_rng(seed))
        activity = np.stack([self.activity, noisy], axis=1).astype(np.float32)
        return Pairs(self.codes, activity, CONDITIONS, self.folds, f"{self.hash} {noise} {seed}")


def file() -> Path:
    """Where the rows lie."""
    return stored.shared_file("disentangle_planted")


def compute(library: Library, progress: Progress | None = None, again: bool = False) -> bool:
    """Train, score and write the rows; False if they are there. Runs that are done are kept in the cache, so that what
    was stopped goes on.

    Raises:
        InputError, CheckpointError: the teacher is not there or broken.
    """
    settings = SETTINGS
    weights = stored.place(settings.teacher).weights_hash
    key = stored.key(weights, library, settings.as_dict())
    if not again and stored.is_current(file(), key):
        return False
    truth = _truth(library, settings, weights)
    runs = [(n, r, s) for s in settings.seeds for n in NOISES for r in RECIPES]
    said: dict[tuple[str, str, int], np.ndarray] = {}
    for done, (noise, recipe, seed) in enumerate(runs):
        if progress:
            progress(done, len(runs))
        said[noise, recipe, seed] = _predictions(truth.pairs(noise, seed), noise, recipe, seed, settings)
    rows = [_short(score.as_row()) for noise in NOISES for score in scores(noise, truth, said, settings)]
    stored.write_json(file(), key, stored.made_of(weights, library, settings.as_dict()) | {"rows": rows})
    if progress:
        progress(len(runs), len(runs))
    return True


def read() -> list[Score]:
    """The stored rows; none where nothing is stored.

    Raises:
        CheckpointError: the file is broken or stale; says how to mend it.
    """
    content = store.read_json(file(), f"{COMMAND} --again")
    if not content:
        return []
    try:
        rows, weights, settings = [Score.from_row(r) for r in content["rows"]], content["weights"], content["settings"]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CheckpointError(
            f"{file()} is not as this version of CisLens writes it; run: {COMMAND} --again"
        ) from error
    if settings != SETTINGS.as_dict() or weights != stored.place(SETTINGS.teacher).weights_hash:
        raise CheckpointError(f"{file()} was made with other weights or settings; run: {COMMAND}")
    return rows


def _truth(library: Library, settings: Settings, weights: str) -> Truth:
    """Elements of the library and what the teacher says of them; kept in the cache."""
    table, split = library
    rng = np.random.default_rng(settings.drawn)
    parts = zip((split.train, split.validation, split.test), settings.rows, strict=True)
    rows = np.concatenate([np.sort(rng.permutation(part)[:count]) for part, count in parts])
    mark = f"{weights} {table.hash} {split.hash} {settings.output} {settings.rows} {settings.drawn}"

    def answers() -> dict[str, np.ndarray]:
        teacher = checkpoints.load(settings.teacher).model
        column = teacher.outputs.index(settings.output)
        return {"activity": predict_codes(teacher, table.codes[rows])[:, column].astype(np.float32)}

    kept = store.remembered(_cache("truth", mark), ("activity",), answers, made_of=mark)
    return Truth(table.codes[rows], kept["activity"], split.folds[rows], mark)


def declared(noise: str, recipe: str, settings: Settings) -> Disentangle:
    """A run on one planted noise."""
    return Disentangle(
        name=f"{NOTION} {noise}, {recipe}",
        notion=f"{NOTION} {noise}",
        conditions=CONDITIONS,
        encoder=settings.encoder,
        recipe=RECIPES[recipe],
        options=settings.options,
        optimizer=settings.optimizer,
    )


def _predictions(pairs: Pairs, noise: str, recipe: str, seed: int, settings: Settings) -> np.ndarray:
    """`(test elements, 3)` what a run predicts, denoised and through either norm; kept in the cache."""
    experiment = declared(noise, recipe, settings)
    where = devices.resolve("auto")
    task = DisentangleTask(experiment, pairs, where, devices.precision("fp32", where))
    mark = repr((task.identity, seed))

    def learned() -> dict[str, np.ndarray]:
        run = loop.RunSettings(precision="fp32", show_progress=False)
        trained = loop.train(task, experiment.optimizer, run, seed=seed, label=experiment.name)
        return {"predicted": predict_codes(trained.model, pairs.codes[pairs.rows(TEST_FOLD)])}

    return store.remembered(_cache("run", mark), ("predicted",), learned, made_of=mark)["predicted"]


def _cache(what: str, mark: str) -> Path:
    return store.cache_folder() / "planted" / f"{what}-{store.digest(mark, 16)}.npz"


# --- scores -------------------------------------------------------------------------------------------


def scores(
    noise: str, truth: Truth, said: dict[tuple[str, str, int], np.ndarray], settings: Settings
) -> Iterator[Score]:
    """Every row of a noise: of each network and over its seeds, each against the baseline; and of the simple rules.

    Args:
        said: predictions of the test elements by noise, recipe and seed.
    """
    seeds = settings.seeds
    wanted = {s: _wanted(truth, noise, s) for s in seeds}
    known = {r: {s: _of_network(said[noise, r, s], wanted[s]) for s in seeds} for r in RECIPES}
    for recipe, parts in known.items():
        for measure in parts[seeds[0]]:
            head = {"notion": f"{NOTION} {noise}", "encoder": settings.encoder, "recipe": recipe, "measure": measure}
            own = {s: parts[s][measure] for s in seeds}
            yield from _of_seeds(own, head)
            yield _over_seeds(own, head)
            if recipe != BASELINE:
                base = {s: known[BASELINE][s][measure] for s in seeds}
                apart = {s: own[s].less(base[s]) for s in seeds}
                yield from _of_seeds(apart, head | {"against": BASELINE})
                yield _over_seeds(apart, head | {"against": BASELINE})
    rules = {s: _of_rules(wanted[s]) for s in seeds}
    for rule, measure in rules[seeds[0]]:
        head = {"notion": f"{NOTION} {noise}", "encoder": "", "recipe": rule, "measure": measure}
        yield _over_seeds({s: rules[s][rule, measure] for s in seeds}, head)


def _of_seeds(parts: dict[int, Drawn], head: dict) -> Iterator[Score]:
    for seed, part in parts.items():
        yield Score(seed=seed, metric=part.metric, **head)


def _over_seeds(parts: dict[int, Drawn], head: dict) -> Score:
    """The mean over seeds; each of its draws is of the same elements and of as many seeds, drawn with replacement."""
    draws = np.stack([part.draws for part in parts.values()])
    picked = np.random.default_rng(0).integers(0, len(draws), draws.shape)
    of_all = mean(list(parts.values()))
    drawn = replace(of_all, draws=np.take_along_axis(draws, picked, axis=0).mean(axis=0))
    return Score(seed=None, metric=drawn.metric, **head)


@dataclass(frozen=True)
class Wanted:
    """Of the test elements: the truth, the noisy experiment, what was planted (see the module's text for 'nothing'),
    and GC content; `(n,)` each."""

    clean: np.ndarray
    noisy: np.ndarray
    planted: np.ndarray
    gc: np.ndarray


def _wanted(truth: Truth, noise: str, seed: int) -> Wanted:
    pairs = truth.pairs(noise, seed)
    test = pairs.rows(TEST_FOLD)
    clean, noisy = pairs.activity[test].astype(np.float64).T
    planted = noisy - clean if np.ptp(noisy - clean) > 0 else gc_shift(truth.activity, truth.codes)[test]
    return Wanted(clean, noisy, planted, gc_contents(pairs.codes[test]))


def _of_network(predicted: np.ndarray, wanted: Wanted) -> dict[str, Drawn]:
    parts = {}
    for place, column in zip(("", *(f"through {c}/" for c in CONDITIONS)), predicted.T.astype(np.float64), strict=True):
        parts[f"clean/{place}spearman"] = _recovered(column, wanted)
        parts[f"nuisance/{place}carried"] = _carried(column, wanted)
    return parts


def _of_rules(wanted: Wanted) -> dict[tuple[str, str], Drawn]:
    agreed = data.consensus(np.stack([wanted.clean, wanted.noisy], axis=1))
    return {
        ("mean of ranks as measured", "clean/spearman"): _recovered(agreed, wanted),
        ("noisy experiment as measured", "clean/spearman"): _recovered(wanted.noisy, wanted),
        ("GC content", "clean/spearman"): _recovered(wanted.gc, wanted),
        ("mean of ranks as measured", "nuisance/carried"): _carried(agreed, wanted),
    }


def _recovered(said: np.ndarray, wanted: Wanted) -> Drawn:
    draws = bootstrap(spearman, said, wanted.clean, RESAMPLES)
    return Drawn(spearman(said, wanted.clean), draws, len(said))


def _carried(said: np.ndarray, wanted: Wanted) -> Drawn:
    known = np.stack([wanted.clean, wanted.planted], axis=1)
    return Drawn(carried(said, known), bootstrap(carried, said, known, RESAMPLES), len(said))


def carried(said: np.ndarray, known: np.ndarray) -> float:
    """How much of what was planted is in a prediction, in parts of the truth that is in it.

    Args:
        said: `(n,)`.
        known: `(n, 2)` the truth and what was planted on it.

    Returns:
        The coefficient of the second in the regression on both over that of the first; nan for a constant prediction.
    """
    if np.ptp(said) == 0:
        return float("nan")
    known = known - known.mean(axis=0)
    truth, planted = np.linalg.solve(known.T @ known, known.T @ (said - said.mean()))
    return float(planted / truth)


def _short(row: dict) -> dict:
    return {k: float(f"{v:.{DIGITS}g}") if isinstance(v, float) else v for k, v in row.items()}
