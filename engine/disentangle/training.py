"""The task of DISENTANGLE: what a batch is, what is lost under each recipe, what chooses the epoch.

A sample is a sequence with the measurement of one condition, drawn anew in every epoch. The first part of a batch is
paired: its sequences enter with both conditions, and the contrastive loss sees a second window of each, shifted and
turned anew, through the other condition's norm. So an anchor and its positive share neither the window nor the norm; if
they did, they would be one vector and the loss would have nothing to learn.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from engine.data.library import Library
from engine.data.splits import TEST_FOLD, VALIDATION_FOLD
from engine.disentangle import data
from engine.disentangle.data import Pairs
from engine.disentangle.declared import Disentangle
from engine.losses.info_nce import info_nce
from engine.losses.margin_ranking import margin_ranking, partners, reliability
from engine.models.disentangle import DENOISED, DisentangleConfig, DisentangleModel
from engine.models.predict import one_hot, predict_codes
from engine.training.activity import augmented, validation_spearman, with_adapters
from engine.training.loop import SCORE


@dataclass(frozen=True)
class Samples:
    """A batch.

    Attributes:
        windows: `(batch, 200)` uint8.
        condition: `(batch,)` which condition's measurement each sample carries.
        targets: `(batch, conditions)` standardised activities, nan where not measured; the sample's own is known.
        consensus: `(batch,)` mean of ranks; known of the paired ones.
        second: `(paired, 200)` another window of each of the first sequences; None where no loss asks for it.
        generator: for what the losses draw.
    """

    windows: Tensor
    condition: Tensor
    targets: Tensor
    consensus: Tensor
    second: Tensor | None
    paired: int
    generator: torch.Generator

    def __len__(self) -> int:
        return len(self.windows)


class DisentangleTask:
    """A declared run on sequences measured under several conditions: an `engine.training.loop.Task`.

    Args:
        source: a library, of which the run's conditions are taken as its notion says, or what they are taken to be.
    """

    def __init__(self, experiment: Disentangle, source: Library | Pairs, device: torch.device, dtype: torch.dtype):
        pairs = source if isinstance(source, Pairs) else data.of(experiment, source)
        self.experiment, self.device, self.dtype = experiment, device, dtype
        self.identity = repr((experiment.as_dict(), pairs.hash))
        train = np.flatnonzero(~np.isin(pairs.folds, (TEST_FOLD, VALIDATION_FOLD)))
        measured = pairs.activity[train]
        self.mean, self.sd = np.nanmean(measured, axis=0), np.nanstd(measured, axis=0)
        self.oligos = torch.as_tensor(with_adapters(pairs.codes[train])).to(device)
        self.targets = torch.as_tensor((measured - self.mean) / self.sd, dtype=torch.float32).to(device)
        self.agreed = torch.as_tensor(data.consensus(measured), dtype=torch.float32).to(device)
        self.measured = torch.as_tensor(~np.isnan(measured))
        both = self.measured.all(dim=1)
        self.both, self.single = both.nonzero()[:, 0], (~both).nonzero()[:, 0]
        unseen = pairs.rows(VALIDATION_FOLD)
        self.unseen, self.unseen_activity = pairs.codes[unseen], pairs.activity[unseen]
        size = experiment.optimizer.batch_size
        # every row that is not paired is seen once in an epoch, as every row is where all are paired
        others = size - round(experiment.losses.paired * size)
        self.steps = max(1, len(self.single) // others if len(self.single) else len(train) // size)

    def build(self) -> DisentangleModel:
        config = DisentangleConfig(self.experiment.encoder, self.experiment.options)
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
        recipe, numbers = self.experiment.recipe, self.experiment.losses
        seen = batch.windows if batch.second is None else torch.cat([batch.windows, batch.second])
        encoded = model.encoder(one_hot(seen))
        with torch.autocast(self.device.type, enabled=False):
            views = condition_views(model, encoded.float(), batch)
            own = views.own
            scores = model.head(own)[:, 0]
            target = batch.targets.gather(1, batch.condition[:, None])[:, 0]
            parts: dict[str, Tensor] = {}
            if recipe.mse:
                parts["mse"] = recipe.mse * (scores - target).square().mean()
            if recipe.ranking:
                parts["ranking"] = recipe.ranking * self._ranking(scores, target, batch)
            if recipe.contrastive:
                parts["contrastive"] = recipe.contrastive * self._contrastive(model, views, batch)
            if recipe.consensus:
                denoised = model.head(views.mean)[:, 0]
                agreed = batch.consensus[: batch.paired]
                others = partners(batch.paired, numbers.partners, batch.generator).to(self.device)
                weights = (agreed - agreed[others]).abs()
                parts["consensus"] = recipe.consensus * margin_ranking(
                    denoised, agreed, others, weights, numbers.margin
                )
        return parts

    def _ranking(self, scores: Tensor, target: Tensor, batch: Samples) -> Tensor:
        """Mean over conditions of the margin ranking among its samples."""
        numbers, each = self.experiment.losses, []
        for condition in range(len(self.experiment.conditions)):
            rows = (batch.condition == condition).nonzero()[:, 0]
            others = partners(len(rows), numbers.partners, batch.generator).to(self.device)
            values = target[rows]
            weights = reliability(values - values[others], numbers.noise_sd, numbers.temperature)
            each.append(margin_ranking(scores[rows], values, others, weights, numbers.margin))
        return torch.stack(each).mean()

    def _contrastive(self, model: DisentangleModel, views: Views, batch: Samples) -> Tensor:
        """InfoNCE: anchors through their own condition's norm, positives through the other's, negatives from the
        anchor's condition."""
        numbers, own = self.experiment.losses, batch.condition
        anchors, positives = model.projection(views.own), model.projection(views.other)
        # of each anchor the samples of its condition in random order, itself never
        chance = torch.rand(batch.paired, len(own), generator=batch.generator).to(self.device)
        allowed = own[: batch.paired, None] == own[None]
        allowed &= ~torch.eye(len(own), dtype=torch.bool, device=self.device)[: batch.paired]
        count = min(numbers.negatives, int(allowed.sum(1).min()))
        negatives = chance.masked_fill(~allowed, -1).topk(count, dim=1).indices
        return info_nce(anchors[: batch.paired], positives, anchors[negatives], numbers.contrast)

    def validate(self, model: DisentangleModel) -> dict[str, float]:
        """Spearman within each condition through its norm, over what it measured, and of the denoised prediction with
        the consensus of the paired ones; the mean of both kinds chooses the epoch, under every recipe alike."""
        predicted = predict_codes(model, self.unseen, batch_size=512, dtype=self.dtype)
        wanted = np.column_stack([data.consensus(self.unseen_activity), self.unseen_activity])
        scores = dict(zip(model.outputs, validation_spearman(predicted, wanted), strict=True))
        within = float(np.mean([scores[c] for c in model.conditions]))
        return {SCORE: (within + scores[DENOISED]) / 2} | scores


@dataclass(frozen=True)
class Views:
    """Encoded samples through norms.

    Attributes:
        own: `(batch, 256)` each through its own condition's norm.
        other: `(paired, 256)` the second windows through the other condition's norm; empty where there are none.
        mean: `(paired, 256)` the first windows of the paired ones, the mean over all norms.
    """

    own: Tensor
    other: Tensor
    mean: Tensor


def condition_views(model: DisentangleModel, encoded: Tensor, batch: Samples) -> Views:
    """Every norm sees, in one pass, the samples of its condition, the paired ones of the other, and their second
    windows: so its statistics are those of what goes through it."""
    size, paired = len(batch.condition), batch.paired
    first, second = encoded[:size], encoded[size:]
    own = torch.zeros_like(first)
    other = torch.zeros_like(second)
    mean = torch.zeros_like(first[:paired])
    for i, norm in enumerate(model.norms):
        mine = batch.condition == i
        foreign = ~mine[:paired]
        turned = foreign if len(second) else foreign[:0]
        normed = norm(torch.cat([first[mine], first[:paired][foreign], second[turned]]))
        a, b = int(mine.sum()), int(foreign.sum())
        own[mine] = normed[:a]
        mean[mine[:paired]] += normed[: int(mine[:paired].sum())]
        mean[foreign] += normed[a : a + b]
        other[turned] = normed[a + b :]
    return Views(own, other, mean / len(model.norms))


def _dealt(rows: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """`(count,)` of the rows in random order, begun anew whenever all were dealt."""
    rounds = -(-count // len(rows))
    return torch.cat([rows[torch.randperm(len(rows), generator=generator)] for _ in range(rounds)])[:count]
