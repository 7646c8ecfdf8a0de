"""The task of models that predict activity from sequence: what a batch is, what is lost, what is validated.

Data stay on the device as uint8 codes, `(n, 230)` with the adapters; each step gathers windows, turns half of them to
the other strand, and makes them one-hot there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from scipy.stats import spearmanr
from torch import Tensor

from engine import losses, models
from engine.data.lentimpra import ELEMENT_LENGTH
from engine.data.library import Library
from engine.errors import InputError
from engine.experiments.declared import Experiment, is_own_table, own_table
from engine.experiments.trained import TrainedModel
from engine.losses.curriculum import draw_weights, tiers
from engine.losses.domain import domain
from engine.models.layers import SequenceModel
from engine.models.predict import one_hot, predict_codes, reverse_complement
from engine.sequence import ADAPTER_LEFT, ADAPTER_RIGHT, encode
from engine.training import augmentation, loop, separate
from engine.training.loop import SCORE, Epoch


@dataclass(frozen=True)
class Elements:
    """A batch.

    Attributes:
        windows: `(batch, 200)` uint8.
        targets: `(batch, columns)` standardised, nan where not measured; outputs first, then further columns.
        libraries: `(batch,)` which library each element comes from.
        noise: `(batch, 4, 200)` added to the one-hot input, or None.
    """

    windows: Tensor
    targets: Tensor
    libraries: Tensor
    noise: Tensor | None = None

    def __len__(self) -> int:
        return len(self.windows)

    def one_hot(self) -> Tensor:
        """`(batch, 4, 200)`, the input of the network."""
        exact = one_hot(self.windows)
        return exact if self.noise is None else exact + self.noise


class ActivityTask:
    """A declared experiment on a library of measured elements: a `loop.Task`.

    Folds 2 to 9 train, or those that `Target.folds` names; fold 1 chooses the epoch. Fold 0 is never touched here. Half
    of the windows are turned to the other strand, unless the table holds both orientations with a measurement each.

    Raises:
        InputError: an unknown loss or output, a table that is not the one of the experiment, or some folds together
            with a teacher or separate experiments, which know the others; of a model when it is built, of a curriculum
            with the first batches.
    """

    def __init__(self, experiment: Experiment, library: Library, device: torch.device, dtype: torch.dtype):
        table, split = library
        target = experiment.task.table
        if is_own_table(target) and target != own_table(table.hash):
            raise InputError(
                f"'{experiment.name}' learned from a table of your own, and this is {table.library}; train it with "
                f"python -m engine train --table TABLE --name {experiment.name}"
            )
        if experiment.task.folds and (experiment.distillation or experiment.separate):
            raise InputError(
                f"'{experiment.name}' learns from some folds alone: it can have no teacher and no separate "
                "experiments, which know the others"
            )
        self.experiment, self.device, self.dtype = experiment, device, dtype
        self.identity = repr((experiment.recipe(), split.hash, table.hash))
        self.loss = losses.get(experiment.loss, experiment.loss_options)
        columns = np.stack([table.column(o) for o in experiment.task.outputs], axis=1)
        rows = split.learned(experiment.task.folds)
        codes, measured, libraries = table.codes[rows], columns[rows], table.libraries()[rows]
        if experiment.separate:
            more = separate.of(experiment.separate, library)
            codes, libraries = np.concatenate([codes, more.codes]), np.concatenate([libraries, more.libraries])
            measured = separate.beside(measured, more.activity)
            self.identity += more.hash
        mean, sd = np.nanmean(measured, axis=0), np.nanstd(measured, axis=0)
        self.mean, self.sd = mean[: columns.shape[1]], sd[: columns.shape[1]]
        self.tier = tiers(measured)
        self.oligos = torch.as_tensor(with_adapters(codes)).to(device)
        self.targets = torch.as_tensor((measured - mean) / sd, dtype=torch.float32).to(device)
        self.libraries = torch.as_tensor(libraries).to(device)
        self.turn = not table.both_orientations
        self.unseen, self.unseen_activity = table.codes[split.validation], columns[split.validation]
        self.steps = max(1, len(self.oligos) // experiment.optimizer.batch_size)

    def build(self) -> SequenceModel:
        declared = self.experiment
        model = models.build(declared.model.name, declared.task.outputs, declared.model.options)
        model.target_mean.copy_(torch.as_tensor(self.mean))
        model.target_sd.copy_(torch.as_tensor(self.sd))
        return model

    def batches(self, epoch: int, generator: torch.Generator) -> Iterator[Elements]:
        settings = self.experiment.optimizer
        order = epoch_order(self.experiment.curriculum, self.tier, epoch / settings.epochs, generator).to(self.device)
        for step in range(self.steps):
            rows = order[step * settings.batch_size : (step + 1) * settings.batch_size]
            windows, noise = augmented(self.oligos, rows, settings.max_shift, generator, self.turn), None
            perturb = self.experiment.augmentation
            if perturb and epoch < perturb.share * settings.epochs:
                windows = augmentation.perturbed(windows.cpu(), perturb, generator).to(self.device)
                noise = augmentation.noise((len(rows), 4, windows.shape[1]), perturb, generator).to(self.device)
            yield Elements(windows, self.targets[rows], self.libraries[rows], noise)

    def losses(self, model: SequenceModel, batch: Elements, progress: float) -> dict[str, Tensor]:
        model.at_progress(progress)
        outputs = model.training_outputs(batch.one_hot())
        # in single precision, whatever the network computes in
        with torch.autocast(self.device.type, enabled=False):
            members = [self.loss(member, batch.targets) for member in outputs.members.float()]
            parts = {self.experiment.loss: sum(members, torch.zeros((), device=self.device)) / len(members)}
            if outputs.domains is not None:
                parts["domain"] = domain(outputs.domains, batch.libraries)
        return parts

    def validate(self, model: SequenceModel) -> dict[str, float]:
        predicted = predict_codes(model, self.unseen, batch_size=512, dtype=self.dtype)
        scores = validation_spearman(predicted, self.unseen_activity)
        return {SCORE: float(np.mean(scores))} | dict(zip(self.experiment.task.outputs, scores, strict=True))

    def schedule(self, progress: float, warmup: float) -> float:
        return loop.one_cycle(progress, warmup)


def trained_model(run: loop.Trained, history: list[dict]) -> TrainedModel:
    """What a run leaves, with its epochs as metrics.json keeps them."""
    return TrainedModel(
        model=run.model,
        history=history,
        seed=run.seed,
        device=run.device,
        precision=run.precision,
        seconds=run.seconds,
        samples_per_second=run.samples_per_second,
        stopped=run.stopped,
    )


def history_entry(epoch: Epoch) -> dict:
    """An epoch as metrics.json keeps it."""
    return {
        "epoch": epoch.number,
        "training_loss": epoch.loss,
        "validation_spearman": {output: score for output, score in epoch.scores.items() if output != SCORE},
        "validation_spearman_mean": epoch.scores[SCORE],
        "samples": epoch.samples,
        "seconds": epoch.seconds,
    }


def with_adapters(codes: np.ndarray) -> np.ndarray:
    """`(n, 200)` element codes -> `(n, 230)` oligo codes, the adapters on either side."""
    left, right = (np.tile(encode(a), (len(codes), 1)) for a in (ADAPTER_LEFT, ADAPTER_RIGHT))
    return np.concatenate([left, codes, right], axis=1)


def augmented(oligos: Tensor, rows: Tensor, max_shift: int, generator: torch.Generator, turn: bool = True) -> Tensor:
    """Training windows `(batch, 200)` of the oligos `rows`.

    Each is shifted by up to `max_shift` bases, which brings in adapter sequence, and with `turn` every second one on
    average is turned to the other strand. Random numbers come from the CPU, so every device sees the same.
    """
    shift = torch.randint(-max_shift, max_shift + 1, (len(rows), 1), generator=generator)
    flip = torch.rand(len(rows), 1, generator=generator) < (0.5 if turn else 0.0)
    where = (len(ADAPTER_LEFT) + shift + torch.arange(ELEMENT_LENGTH)).to(oligos.device, non_blocking=True)
    window = oligos[rows].gather(1, where)
    return torch.where(flip.to(oligos.device), reverse_complement(window), window)


def epoch_order(curriculum: str | None, tier: np.ndarray, progress: float, generator: torch.Generator) -> Tensor:
    """The rows of one epoch: each once, in random order; under a curriculum drawn with replacement, as many."""
    if curriculum is None:
        return torch.randperm(len(tier), generator=generator)
    weights = torch.as_tensor(draw_weights(curriculum, tier, progress))
    return torch.multinomial(weights, len(tier), replacement=True, generator=generator)


def validation_spearman(predicted: np.ndarray, measured: np.ndarray) -> list[float]:
    """Spearman of each output over its measured rows; 0 for a constant prediction."""
    scores = []
    for p, m in zip(predicted.T, measured.T, strict=True):
        known = ~np.isnan(m)
        scores.append(float(np.nan_to_num(spearmanr(p[known], m[known]).statistic)))
    return scores
