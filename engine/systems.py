"""SYSTEMS: everything that models are trained for here, each declared once.

The one loose file that looks into the folders: it says for each system where its experiments, its task, its scores, its
stored analyses, its tables and its findings stand. A new system is one row; `tests/test_systems.py` walks them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from engine.data.library import Library
from engine.design import benchmark
from engine.design import declared as design
from engine.design import evaluation as generators
from engine.design import tables as design_tables
from engine.design.training import GeneratorTask
from engine.disentangle import declared as disentangle
from engine.disentangle import evaluation, planted
from engine.disentangle import tables as disentangle_tables
from engine.disentangle.analyses import ANALYSES
from engine.disentangle.training import DisentangleTask
from engine.evaluation import held_out
from engine.experiments.checkpoints import Checkpoint
from engine.experiments.declared import EXPERIMENTS
from engine.interpretation import analyses, tables
from engine.interpretation.tables import Table
from engine.replication import table as replication
from engine.replication.table import Part
from engine.statistics import Metric
from engine.training.activity import ActivityTask
from engine.training.loop import Task


@dataclass(frozen=True)
class System:
    """What models are trained for, and all that asks them.

    Attributes:
        experiments: what is declared to be trained, by name.
        task: an experiment on a library, a device and in a precision, as `engine.training.loop.train` takes it.
        evaluate: every score of a trained model on what it never saw, by name; touches no file.
        analyses: what the system's own command computes and keeps, by name.
        tables: what is written of that as tables, by name.
        findings: published statements held against our numbers, given what gives the library.
    """

    name: str
    experiments: Mapping[str, Any]
    task: Callable[[Any, Library, torch.device, torch.dtype], Task[Any, Any]]
    evaluate: Callable[[Checkpoint, Library], Iterator[tuple[str, Metric]]]
    analyses: Mapping[str, Any]
    tables: Mapping[str, Table]
    findings: Callable[[Callable[[], Library]], Mapping[str, Part]]


SYSTEMS: dict[str, System] = {
    system.name: system
    for system in (
        System(
            name="activity",
            experiments=EXPERIMENTS,
            task=ActivityTask,
            evaluate=held_out.evaluate,
            analyses=analyses.MODEL | analyses.TOGETHER,
            tables=tables.TABLES,
            findings=replication.read,
        ),
        System(
            name=disentangle.SYSTEM,
            experiments=disentangle.EXPERIMENTS,
            task=DisentangleTask,
            evaluate=evaluation.evaluate,
            analyses={**ANALYSES, "planted": planted.compute},
            tables=disentangle_tables.TABLES,
            findings=replication.read,
        ),
        System(
            name=design.SYSTEM,
            experiments=design.EXPERIMENTS,
            task=GeneratorTask,
            evaluate=generators.evaluate,
            analyses={design_tables.WHAT: benchmark.compute},
            tables=design_tables.TABLES,
            findings=replication.read,
        ),
    )
}
