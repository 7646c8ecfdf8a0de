"""The task of DISENTANGLE: what a batch is, how fast it learns, what chooses the epoch. What is lost on a batch stands
in `engine.disentangle.objectives`.

A sample is a sequence with the measurement of one condition, drawn anew in every epoch. The first part of a batch is
paired: its sequences enter with both conditions, and the contrastive loss sees a second window of each, shifted and
turned anew.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from engine.data.library import Library
from engine.data.splits import TEST_FOLD, VALIDATION_FOLD
from engine.disentangle import data
from engine.disentangle.data import Pairs
from engine.disentangle.declared import Disentangle
from engine.disentangle.objectives import Samples, losses
from engine.losses.concordance import concordance_weights
from engine.losses.normal_scores import normal_scores
from engine.models.disentangle import DENOISED, DisentangleConfig, DisentangleModel
from engine.models.predict import predict_codes
from engine.training import loop
from engine.training.activity import augmented, validation_spearman, with_adapters
from engine.training.loop import SCORE


class DisentangleTask:
    """A declared run on sequences measured under several conditions: an `engine.training.loop.Task`.

    Args:
        source: a library, of which the run's conditions are taken as its notion says, or what they are taken to be.

    Attributes:
        counted: rows of each part.
    """

    def __init__(self, experiment: Disentangle, source: Library | Pairs, device: torch.device, dtype: torch.dtype):
        pairs = source if isinstance(source, Pairs) else data.of(experiment, source)
        self.experiment, self.device, self.dtype = experiment, device, dtype
        self.identity = repr((experiment.as_dict(), pairs.hash))
        train = np.flatnonzero(~np.isin(pairs.folds, (TEST_FOLD, VALIDATION_FOLD)))
        measured = pairs.activity[train]
        self.mean, self.sd = np.nanmean(measured, axis=0), np.nanstd(measured, axis=0)
        self.oligos = torch.as_tensor(with_adapters(pairs.codes[train])).to(device)
        extension = experiment.recipe.extension
        targets = normal_scores(measured) if extension.normal_scores else (measured - self.mean) / self.sd
        self.targets = torch.as_tensor(targets, dtype=torch.float32).to(device)
        self.agreed = torch.as_tensor(data.consensus(measured), dtype=torch.float32).to(device)
        self.measured = torch.as_tensor(~np.isnan(measured))
        both = self.measured.all(dim=1)
        self.both, self.single = both.nonzero()[:, 0], (~both).nonzero()[:, 0]
        self.agreement: Tensor | None = None
        if extension.concordance is not None:
            ranks = torch.as_tensor(data.ranks(measured), dtype=torch.float32).to(device)
            self.agreement = concordance_weights(ranks, extension.concordance)
        unseen = pairs.rows(VALIDATION_FOLD)
        self.counted = {
            "training": len(train),
            "training, paired": int(both.sum()),
            "validation": len(unseen),
            "test": len(pairs.rows(TEST_FOLD)),
        }
        self.unseen, self.unseen_activity = pairs.codes[unseen], pairs.activity[unseen]
        size = experiment.optimizer.batch_size
        # every row that is not paired is seen once in an epoch, as every row is where all are paired
        others = size - round(experiment.losses.paired * size)
        self.steps = max(1, len(self.single) // others if len(self.single) else len(train) // size)

    def build(self) -> DisentangleModel:
        config = DisentangleConfig(**self.experiment.model.options)
        model = DisentangleModel((DENOISED, *self.experiment.conditions), config)
        for buffer, values in ((model.target_mean, self.mean), (model.target_sd, self.sd)):
            buffer.copy_(torch.as_tensor(np.concatenate([[values.mean()], values])))
        return model

    def batches(self, epoch: int, generator: torch.Generator) -> Iterator[Samples]:
        settings, size = self.experiment.optimizer, self.experiment.optimizer.batch_size
        order = self._order(generator)
        conditions = self._conditions(order, generator)
        for step in range(self.steps):
            rows = order[step * size : (step + 1) * size].to(self.device)
            paired = round(self.experiment.losses.paired * len(rows))
            windows = augmented(self.oligos, rows, settings.max_shift, generator)
            second = None
            if self.experiment.recipe.contrastive:
                second = augmented(self.oligos, rows[:paired], settings.max_shift, generator)
            yield Samples(
                windows,
                conditions[step * size : (step + 1) * size].to(self.device),
                self.targets[rows],
                self.agreed[rows],
                second,
                paired,
                generator,
                None if self.agreement is None else self.agreement[rows],
            )

    def _order(self, generator: torch.Generator) -> Tensor:
        """The rows of an epoch, batch after batch, the paired ones of each first. Where all are paired, each once in
        random order; else the others once, and the paired, which are fewer, as often as the batches need them."""
        if not len(self.single):
            return torch.randperm(len(self.oligos), generator=generator)
        size = self.experiment.optimizer.batch_size
        paired = round(self.experiment.losses.paired * size)
        first = _dealt(self.both, self.steps * paired, generator).reshape(self.steps, paired)
        rest = _dealt(self.single, self.steps * (size - paired), generator).reshape(self.steps, size - paired)
        return torch.cat([first, rest], dim=1).flatten()

    def _conditions(self, rows: Tensor, generator: torch.Generator) -> Tensor:
        """`(n,)` of each row one of the conditions that it was measured under."""
        conditions = torch.randint(len(self.experiment.conditions), (len(rows),), generator=generator)
        unknown = ~self.measured[rows].gather(1, conditions[:, None])[:, 0]
        if unknown.any():
            known = self.measured[rows[unknown]].float()
            conditions[unknown] = torch.multinomial(known, 1, generator=generator)[:, 0]
        return conditions

    def losses(self, model: DisentangleModel, batch: Samples, progress: float) -> dict[str, Tensor]:
        return losses(self.experiment, model, batch, progress)

    def schedule(self, progress: float, warmup: float) -> float:
        """One cycle; of a run in two stages one for each, the second lower."""
        stage = self.experiment.recipe.extension.then
        if stage is None:
            return loop.one_cycle(progress, warmup)
        if progress < stage.begins:
            return loop.one_cycle(progress / stage.begins, warmup)
        return stage.rate * loop.one_cycle((progress - stage.begins) / (1 - stage.begins), warmup)

    def validate(self, model: DisentangleModel) -> dict[str, float]:
        """Spearman within each condition through its norm, over what it measured, and of the denoised prediction with
        the consensus of the paired ones; the mean of both kinds chooses the epoch, under every recipe alike."""
        predicted = predict_codes(model, self.unseen, batch_size=512, dtype=self.dtype)
        wanted = np.column_stack([data.consensus(self.unseen_activity), self.unseen_activity])
        scores = dict(zip(model.outputs, validation_spearman(predicted, wanted), strict=True))
        within = float(np.mean([scores[c] for c in model.conditions]))
        return {SCORE: (within + scores[DENOISED]) / 2} | scores


def _dealt(rows: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """`(count,)` of the rows in random order, begun anew whenever all were dealt."""
    rounds = -(-count // len(rows))
    return torch.cat([rows[torch.randperm(len(rows), generator=generator)] for _ in range(rounds)])[:count]
