"""What a trained model learned from, by what its description says: its tables, those of its members and its teacher."""

from __future__ import annotations

from collections.abc import Iterator

from engine.experiments import checkpoints
from engine.experiments.declared import SEPARATE

NOT_HERE = "a teacher that is not here"


def teacher_of(description: dict) -> str:
    """The name of the teacher that the described model learned from; '' of one that learned from measurements."""
    return (description.get("experiment", {}).get("distillation") or {}).get("teacher", "")


def folds(description: dict) -> tuple[int, ...] | None:
    """The folds that the described model learned from (`Target.folds`, those of a generator); None where it learned
    from all that train, or does not say."""
    experiment = description.get("experiment", {})
    named = experiment.get("task", {}).get("folds") or experiment.get("folds")
    return tuple(named) if named else None


def tables(description: dict) -> dict[str, None]:
    """The tables that the described model, its members or its teacher learned from, as their experiments name them, in
    order: 'joint', '' of a model that does not say, 'separate:HepG2' of a separate experiment, or `NOT_HERE`."""
    return dict.fromkeys(_tables(description))


def separate_cells(of_tables: dict[str, None]) -> tuple[str, ...]:
    """The cell types whose separate experiments are among `tables`."""
    return tuple(t.removeprefix(SEPARATE) for t in of_tables if t.startswith(SEPARATE))


def _tables(description: dict) -> Iterator[str]:
    experiment = description.get("experiment", {})
    if description["architecture"] == checkpoints.ENSEMBLE:
        for member in description["config"]["members"]:
            yield from _tables(checkpoints.read_description(member))
        return
    yield str(experiment.get("task", {}).get("table", ""))
    further = map(str, description["config"].get("further", ()))
    yield from (column for column in further if column.startswith(SEPARATE))
    if teacher := teacher_of(description):
        if teacher not in checkpoints.trained():
            yield NOT_HERE
        else:
            yield from _tables(checkpoints.read_description(teacher))
