"""Attribution at scale: IG and ISM maps of one fixed panel of held-out elements, for every model, on one scale.

The panel is half of high, half of low activity. Maps are divided by the standard deviation of the model's predictions
on the validation fold, so that models whose outputs have another scale compare.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.data.lentimpra import ActivityTable
from engine.data.library import Library
from engine.data.splits import Split
from engine.errors import InputError
from engine.experiments.checkpoints import Checkpoint
from engine.interpretation import stored
from engine.interpretation.attribution.methods import IGSettings, integrated_gradients, ism
from engine.results import Progress
from engine.sequence import UNKNOWN

FILE = "maps.npz"
PER_HALF = 30  # elements of high and as many of low activity
SEED = 0
STEPS = 20  # of Integrated Gradients; the convergence delta is stored with the maps
SHUFFLES = 3  # dinucleotide shuffles of the baseline 'shuffles'
PANEL_CELLS = ("K562", "HepG2")  # whose mean activity says high or low; outputs that maps are kept of
METHODS = {
    "ig": "Integrated Gradients",
    "ism": "in-silico mutagenesis",
}
BASELINES = ("uniform", "zeros", "shuffles")


@dataclass(frozen=True)
class Panel:
    """Held-out elements to explain: `rows` of the table, and which of them are of `high` activity."""

    rows: np.ndarray
    high: np.ndarray


@dataclass(frozen=True)
class Maps:
    """The maps of the panel by one model, in standard deviations of its held-out predictions.

    Attributes:
        outputs: those that were explained.
        ism: `(outputs, n, length, 4)` float16, effect of writing a base.
        ig: baseline to `(outputs, n, length)` float16, contribution of each position.
        delta: `(outputs, n)` convergence delta of IG from the baseline 'uniform'.
        sd: `(outputs,)` the standard deviation that all is divided by, log2(RNA/DNA).
        rows, high: of the panel.
        codes: `(n, length)` uint8.
    """

    model: str
    outputs: tuple[str, ...]
    ism: np.ndarray
    ig: dict[str, np.ndarray]
    delta: np.ndarray
    sd: np.ndarray
    rows: np.ndarray
    high: np.ndarray
    codes: np.ndarray

    def profile(self, output: str, method: str, baseline: str = "uniform") -> np.ndarray:
        """`(n, length)` float64, one number a position: what the base there adds to the prediction.

        For ISM minus the mean effect of the three substitutions (`Track.per_position`).
        """
        i = self.outputs.index(output)
        if method == "ig":
            return self.ig[baseline][i].astype(np.float64)
        return ism_profile(self.ism[i], self.codes)


def ism_profile(effects: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """`(n, length)` minus the mean effect of the substitutions, from effects `(n, length, 4)`; 0 at the base itself."""
    return -effects.astype(np.float64).sum(axis=-1) / np.where(codes == UNKNOWN, 4, 3)


def choose_panel(table: ActivityTable, split: Split, per_half: int = PER_HALF, seed: int = SEED) -> Panel:
    """Elements of the test fold, drawn from the upper and the lower quarter of mean activity in K562 and HepG2.

    Raises:
        InputError: too few of them were measured.
    """
    mean = np.mean([table.column(cell)[split.test] for cell in PANEL_CELLS], axis=0)
    known = split.test[~np.isnan(mean)]
    mean = mean[~np.isnan(mean)]
    low, high = np.quantile(mean, [0.25, 0.75])
    rng = np.random.default_rng(seed)
    halves = []
    for pool in (known[mean >= high], known[mean <= low]):
        if len(pool) < per_half:
            raise InputError(f"the test fold has {len(pool)} elements for a half of the panel, {per_half} are needed")
        halves.append(np.sort(rng.choice(pool, per_half, replace=False)))
    return Panel(np.concatenate(halves), np.repeat([True, False], per_half))


def settings(panel: Panel) -> str:
    """What maps depend on besides weights and data."""
    return f"panel {len(panel.rows)} seed {SEED} steps {STEPS} shuffles {SHUFFLES}"


def compute(checkpoint: Checkpoint, library: Library, panel: Panel, progress: Progress | None = None) -> Maps:
    """The maps of the panel, for each output that is one of `PANEL_CELLS` (or for all if none is).

    Args:
        progress: called with (elements done, elements).
    """
    table = library.table
    outputs = explained(checkpoint.model.outputs)
    columns = [checkpoint.model.outputs.index(o) for o in outputs]
    sd = checkpoint.standardisation()[1][columns]
    n, length = len(panel.rows), table.codes.shape[1]
    effects = np.zeros((len(outputs), n, length, 4), np.float16)
    ig = {b: np.zeros((len(outputs), n, length), np.float16) for b in BASELINES}
    delta = np.zeros((len(outputs), n), np.float32)
    for i, row in enumerate(panel.rows):
        sequence = table.sequence(int(row))
        effects[:, i] = ism(checkpoint.inference_model, sequence).values[columns] / sd[:, None, None]
        for baseline in BASELINES:
            track = integrated_gradients(
                checkpoint.inference_model,
                sequence,
                IGSettings(baseline=baseline, steps=STEPS, shuffles=SHUFFLES),
                outputs=outputs,
                scale=sd,
            )
            ig[baseline][:, i] = track.values.sum(axis=2)
            if baseline == "uniform":
                delta[:, i] = [track.checks["convergence_delta"][o] / s for o, s in zip(outputs, sd, strict=True)]
        if progress:
            progress(i + 1, n)
    return Maps(checkpoint.name, outputs, effects, ig, delta, sd, panel.rows, panel.high, table.codes[panel.rows])


def of_members(checkpoint: Checkpoint, members: list[Maps]) -> Maps:
    """The maps of an ensemble from those of its members: both methods are linear in what is explained, so they are the
    members' mean in log2(RNA/DNA).

    Args:
        members: maps of the outputs that are explained of the ensemble, at least.
    """
    outputs = explained(checkpoint.model.outputs)
    columns = [checkpoint.model.outputs.index(o) for o in outputs]
    sd = checkpoint.standardisation()[1][columns]
    # an ensemble's prediction is the mean of its members', calibrated once more
    calibrated = checkpoint.model.target_sd.numpy()[columns] / sd

    def mean(part: Callable[[Maps], np.ndarray]) -> np.ndarray:
        scaled = []
        for m in members:
            rows = [m.outputs.index(o) for o in outputs]
            values = part(m)[rows].astype(np.float64)
            scaled.append(values * (m.sd[rows] * calibrated).reshape(-1, *[1] * (values.ndim - 1)))
        return np.mean(scaled, axis=0).astype(part(members[0]).dtype)

    return dataclasses.replace(
        members[0],
        model=checkpoint.name,
        outputs=outputs,
        ism=mean(lambda m: m.ism),
        ig={b: mean(_ig_from(b)) for b in BASELINES},
        delta=mean(lambda m: m.delta),
        sd=sd,
    )


def _ig_from(baseline: str) -> Callable[[Maps], np.ndarray]:
    return lambda maps: maps.ig[baseline]


def explained(outputs: tuple[str, ...]) -> tuple[str, ...]:
    """The outputs of a model that maps are made of."""
    return tuple(o for o in outputs if o in PANEL_CELLS) or tuple(outputs)


def store(checkpoint: Checkpoint, library: Library, *, again: bool = False, progress: Progress | None = None) -> Maps:
    """The maps of the panel, computed once for these weights and kept beside them (some hundred kB)."""
    kept = None if again else current(checkpoint, library)
    if kept:
        return kept
    asked = set(explained(checkpoint.model.outputs))
    if checkpoint.members and all(asked <= set(explained(m.model.outputs)) for m in checkpoint.members):
        theirs = [store(m, library, again=again, progress=progress) for m in checkpoint.members]
        made = of_members(checkpoint, theirs)
    else:
        made = compute(checkpoint, library, choose_panel(library.table, library.split, PER_HALF), progress)
    stored.write_arrays(
        stored.file_of(checkpoint, FILE),
        _key(checkpoint, library),
        outputs=np.array(made.outputs),
        ism=made.ism,
        delta=made.delta,
        sd=made.sd,
        rows=made.rows,
        high=made.high,
        codes=made.codes,
        **{f"ig_{b}": values for b, values in made.ig.items()},
    )
    return made


def current(checkpoint: Checkpoint, library: Library) -> Maps | None:
    """Stored maps of these weights, data and settings; None where there are none, or their file is broken."""
    kept = stored.whole(lambda: read(checkpoint))
    return kept[0] if kept and kept[1] == _key(checkpoint, library) else None


def _key(checkpoint: Checkpoint, library: Library) -> str:
    panel = choose_panel(library.table, library.split, PER_HALF)
    return stored.key_of(checkpoint, library.table, library.split, settings(panel))


def read(checkpoint: Checkpoint | stored.Place) -> tuple[Maps, str] | None:
    """Stored maps of a model and the key of what made them; None where there are none or they are of other weights.

    Raises:
        CheckpointError: their file is broken; says how to mend it.
    """
    file = stored.file_of(checkpoint, FILE)
    arrays = stored.read_arrays(file)
    if arrays is None or not str(arrays["key"]).startswith(checkpoint.weights_hash):
        return None
    kept = stored.parsed(file, arrays, lambda a: _from_arrays(checkpoint.name, a))
    return kept, str(arrays["key"])


def _from_arrays(name: str, arrays: dict[str, np.ndarray]) -> Maps:
    return Maps(
        name,
        tuple(map(str, arrays["outputs"])),
        arrays["ism"],
        {b: arrays[f"ig_{b}"] for b in BASELINES},
        arrays["delta"],
        arrays["sd"],
        arrays["rows"],
        arrays["high"],
        arrays["codes"],
    )
