"""Does an explanation depend on what the elements do? Label randomisation, Adebayo et al. 2018 (arXiv:1810.03292).

A network of the same architecture memorises some training elements whose activities were dealt out anew (as in Zhang et
al. 2017, arXiv:1611.03530), and explains the panel. A map that still looks like the trained model's would speak of the
sequence and the architecture alone. So few elements teach little, though, whatever their labels; so another network
memorises the same elements with their own activities, and the two are held against each other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engine import models, store
from engine.data.lentimpra import ActivityTable
from engine.data.library import Library
from engine.data.splits import TEST_FOLD, VALIDATION_FOLD, Split
from engine.errors import CheckpointError
from engine.experiments import declared
from engine.experiments.checkpoints import Checkpoint, is_large
from engine.experiments.declared import Experiment
from engine.interpretation import stored
from engine.interpretation.attribution import maps
from engine.results import Progress
from engine.statistics import Metric, mean_of, row_pearson
from engine.training.loop import RunSettings, alone
from engine.training.single import train

FILE = "labels.json"
KINDS = {"permuted": "activities dealt out anew", "true": "their own activities"}
ELEMENTS = 500
EPOCHS = 200
FEWER_EPOCHS = 60  # for a large network, which memorises in fewer: each of them takes seconds
SEED = 1


@dataclass(frozen=True)
class Memorised:
    """A network that memorised one kind of labels, beside the trained model.

    Attributes:
        fit: output to the Spearman correlation with the labels that were learned.
        maps: output to method to the mean over the panel of the correlation with the trained model's map.
    """

    fit: dict[str, float]
    maps: dict[str, dict[str, Metric]]

    @classmethod
    def from_dict(cls, stored: dict) -> Memorised:
        """The inverse of `as_dict`."""
        alike = {o: {m: Metric.from_dict(v) for m, v in methods.items()} for o, methods in stored["maps"].items()}
        return cls(stored["fit"], alike)

    def as_dict(self) -> dict:
        alike = {o: {m: v.as_dict() for m, v in methods.items()} for o, methods in self.maps.items()}
        return {"fit": self.fit, "maps": alike}


def memorising(experiment: Experiment, epochs: int) -> Experiment:
    """An experiment as it is trained to memorise: nothing that regularises is left, except for the other strand."""
    options = models.full_config(experiment.model.name, experiment.model.options)
    options |= {name: 0.0 for name in options if "dropout" in name}
    options.pop("further", None)  # the labels are all that there is to learn
    settings = replace(
        experiment.optimizer,
        peak_lr=2e-3, weight_decay=0.0, epochs=epochs, batch_size=64, ema=0.0, max_shift=0, patience=epochs,
    )  # fmt: skip
    everything = replace(experiment.task, folds=None)  # what is memorised is all that there is
    plain = replace(experiment, task=everything, curriculum=None, augmentation=None, distillation=None)
    return replace(plain, model=replace(experiment.model, options=options), optimizer=settings)


def memorised(library: Library, kind: str, elements: int, seed: int = SEED) -> Library:
    """Some training elements, with their own activities or with these dealt out anew (those of all cell types of an
    element together).

    They are there twice, to train on and as the validation fold: the epoch that has memorised best is the one kept.
    """
    table, split = library
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.choice(split.train, min(elements, len(split.train)), replace=False))
    labels = rng.permutation(rows) if kind == "permuted" else rows
    twice, labels = np.tile(rows, 2), np.tile(labels, 2)
    names, classes = table.names[twice], table.classes[twice]
    name = f"{kind} {elements} {seed}"
    few = ActivityTable(
        names, table.codes[twice], table.activity[labels], table.outputs, classes, f"{table.hash} {name}"
    )
    parts = np.repeat(np.array([TEST_FOLD + 2, VALIDATION_FOLD], np.int8), len(rows))
    return Library(few, Split(parts, np.arange(len(twice), dtype=np.int32), f"{split.hash} {name}"))


def compute(checkpoint: Checkpoint, library: Library, progress: Progress | None = None) -> bool:
    """Memorise both ways, explain the panel, and write how alike the maps are to the trained model's.

    A few minutes for a row of the study, some more for a LegNet; a stopped training goes on after its last epoch.
    The file holds `elements`, `epochs`, and by kind (`KINDS`) a `Memorised`.

    Returns:
        False if all was there already.

    Raises:
        CheckpointError: it is not known how the model was trained.
        InputError: another process is at it.
    """
    table, split = library
    file = stored.file_of(checkpoint, FILE)
    try:
        epochs = FEWER_EPOCHS if is_large(checkpoint) else EPOCHS
        experiment = memorising(declared.from_stored(checkpoint.description["experiment"]), epochs)
    except KeyError as error:
        raise CheckpointError(f"it is not recorded how '{checkpoint.name}' was trained") from error
    map_settings = maps.settings(maps.choose_panel(table, split, maps.PER_HALF))
    settings = f"elements {ELEMENTS} seed {SEED} {experiment.recipe()} {map_settings}"
    key = stored.key_of(checkpoint, table, split, settings)
    folder = store.cache_folder() / "labels"
    with alone(folder / checkpoint.name, f"a network on the labels of '{checkpoint.name}'"):
        content = stored.whole(lambda: stored.read_json(file)) or {}
        if content.pop("key", None) != key:
            content = {"elements": ELEMENTS, "epochs": epochs, "kinds": {}}
        own = maps.store(checkpoint, library, progress=progress)
        todo = [kind for kind in KINDS if kind not in content["kinds"]]
        for kind in todo:
            state = folder / f"{checkpoint.name}-{kind}.state"
            content["kinds"][kind] = _one(checkpoint, experiment, library, own, kind, state, progress).as_dict()
            stored.write_json(file, key, content)
            state.unlink(missing_ok=True)
    return bool(todo)


def read(own: Checkpoint | stored.Place) -> dict[str, Memorised]:
    """What is stored for these weights, by kind; empty if there is nothing whole, or only of other weights."""
    content = stored.read_json(stored.file_of(own, FILE))
    if not str(content.get("key", "")).startswith(own.weights_hash):
        return {}
    return stored.parsed(stored.file_of(own, FILE), content, _of_all_kinds)


def _of_all_kinds(content: dict) -> dict[str, Memorised]:
    kinds = content["kinds"]
    return {kind: Memorised.from_dict(part) for kind, part in kinds.items()} if set(kinds) == set(KINDS) else {}


def _one(
    checkpoint: Checkpoint,
    experiment: Experiment,
    library: Library,
    own: maps.Maps,
    kind: str,
    state: Path,
    progress: Progress | None,
) -> Memorised:
    few = memorised(library, kind, ELEMENTS)
    run = train(experiment, few, RunSettings(state_file=state, show_progress=progress is not None), seed=SEED)
    # the trained model's scale serves as well: a correlation knows none
    learner = replace(checkpoint, model=run.model)
    panel = maps.Panel(own.rows, own.high)
    theirs = maps.compute(learner, library, panel, progress)
    alike = {
        output: {
            method: mean_of(row_pearson(own.profile(output, method), theirs.profile(output, method)))
            for method in maps.METHODS
        }
        for output in own.outputs
    }
    return Memorised(run.best["validation_spearman"], alike)
