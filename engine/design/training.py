"""The task of generators: elements of the library with their activities, half of them turned to the other strand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from engine import models
from engine.data.library import Library
from engine.data.splits import TEST_FOLD, VALIDATION_FOLD
from engine.design import objectives
from engine.design.declared import Generator
from engine.design.likelihood import Elements, bits, elements, without
from engine.errors import InputError
from engine.models.generators.contract import GeneratorModel
from engine.models.predict import reverse_complement
from engine.training import loop
from engine.training.loop import SCORE

VALIDATED = 2048  # elements of the validation fold that an epoch is scored by, so that scoring does not cost an epoch


@dataclass(frozen=True)
class Batch:
    """`codes` `(n, 200)` uint8; `conditions` `(n, outputs)` standardised activities, nan where dropped or not measured;
    `generator` for what the objective draws."""

    codes: Tensor
    conditions: Tensor
    generator: torch.Generator

    def __len__(self) -> int:
        return len(self.codes)


class GeneratorTask:
    """A declared generator on the joint library: an `engine.training.loop.Task`.

    It learns from its declared folds, fold 1 chooses the epoch, fold 0 is never touched here. Elements that hold an
    unknown base are left out.

    Attributes:
        counted: rows of each part.

    Raises:
        InputError: an unknown objective, network or output, or folds that are not there to learn from.
    """

    def __init__(self, experiment: Generator, library: Library, device: torch.device, dtype: torch.dtype):
        if {TEST_FOLD, VALIDATION_FOLD} & set(experiment.folds):
            raise InputError(f"'{experiment.name}' would learn from the validation or test fold; declare others")
        self.experiment, self.device, self.dtype = experiment, device, dtype
        self.identity = repr((decisive(experiment), library.table.hash, library.split.hash))
        self.objective = objectives.get(experiment.objective)
        measured = elements(library, experiment.folds, experiment.outputs)
        unseen = elements(library, (VALIDATION_FOLD,), experiment.outputs)
        for part, folds in ((measured, experiment.folds), (unseen, (VALIDATION_FOLD,))):
            if not len(part.codes):
                raise InputError(f"no element lies in the folds {folds}, which '{experiment.name}' needs")
        self.mean = np.nanmean(measured.activity, axis=0)
        self.sd = np.nanstd(measured.activity, axis=0)
        self.counted = {"training": len(measured.codes), "validation": len(unseen.codes)}
        chosen = np.unique(np.linspace(0, len(unseen.codes) - 1, VALIDATED).astype(int))
        self.unseen = Elements(unseen.codes[chosen], unseen.activity[chosen])
        self.codes = torch.as_tensor(measured.codes).to(device)
        conditions = (measured.activity - self.mean) / self.sd
        self.conditions = torch.as_tensor(conditions, dtype=torch.float32).to(device)
        self.steps = max(1, len(self.codes) // experiment.optimizer.batch_size)

    def build(self) -> GeneratorModel:
        declared = self.experiment
        model = models.build(declared.model.name, declared.outputs, declared.model.options)
        if not isinstance(model, GeneratorModel):
            raise InputError(f"'{declared.model.name}' generates no sequences; declare one of GENERATORS")
        model.target_mean.copy_(torch.as_tensor(self.mean))
        model.target_sd.copy_(torch.as_tensor(self.sd))
        return model

    def batches(self, epoch: int, generator: torch.Generator) -> Iterator[Batch]:
        size = self.experiment.optimizer.batch_size
        order = torch.randperm(len(self.codes), generator=generator)
        for step in range(self.steps):
            rows = order[step * size : (step + 1) * size].to(self.device)
            codes = self.codes[rows]
            turned = (torch.rand(len(rows), 1, generator=generator) < 0.5).to(self.device)
            codes = torch.where(turned, reverse_complement(codes), codes)
            yield Batch(codes, self._dropped(self.conditions[rows], generator), generator)

    def _dropped(self, conditions: Tensor, generator: torch.Generator) -> Tensor:
        """Some activities put out of sight, as declared."""
        dropping = self.experiment.dropping
        together = torch.rand(len(conditions), 1, generator=generator) < dropping.together
        each = torch.rand(conditions.shape, generator=generator) < dropping.each
        return conditions.masked_fill((together | each).to(self.device), float("nan"))

    def losses(self, model: GeneratorModel, batch: Batch, progress: float) -> dict[str, Tensor]:
        """Nats a base."""
        lost = self.objective.loss(model.log_probabilities, batch.codes, batch.conditions, batch.generator)
        return {self.experiment.objective: lost}

    def validate(self, model: GeneratorModel) -> dict[str, float]:
        """Minus the bits a base of validation elements, given their activities (which chooses the epoch) and given
        nothing; the same draws after every epoch, so that epochs are compared on the same footing."""
        given = -float(bits(model, self.experiment.objective, self.unseen, dtype=self.dtype).mean())
        nothing = -float(bits(model, self.experiment.objective, without(self.unseen), dtype=self.dtype).mean())
        return {SCORE: given, "given activities": given, "given nothing": nothing}

    def schedule(self, progress: float, warmup: float) -> float:
        return loop.one_cycle(progress, warmup)


def decisive(experiment: Generator) -> dict:
    """What decides the weights of a run, given the data and a seed."""
    return {key: value for key, value in experiment.as_dict().items() if key not in ("name", "seeds", "source")}
