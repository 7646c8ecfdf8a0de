"""What is lost on a batch under each recipe.

An anchor of the contrastive loss and its positive are two windows of one sequence, shifted and turned on their own,
through the norms of two conditions. If they shared window and norm, they would be one vector and the loss would have
nothing to learn.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.disentangle.declared import Disentangle, Losses, Recipe, Stage
from engine.losses.gaussian_nll import gaussian_nll
from engine.losses.info_nce import info_nce
from engine.losses.margin_ranking import margin_ranking, partners, reliability
from engine.losses.sensitivity import sensitivity
from engine.losses.variant_contrastive import variant_contrastive
from engine.models.disentangle import DisentangleModel
from engine.models.predict import one_hot

BASES = 4


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
        agreement: `(batch,)` how much each one's positive pair counts, known of the paired ones; None where all count
            alike.
    """

    windows: Tensor
    condition: Tensor
    targets: Tensor
    consensus: Tensor
    second: Tensor | None
    paired: int
    generator: torch.Generator
    agreement: Tensor | None = None

    def __len__(self) -> int:
        return len(self.windows)


@dataclass(frozen=True)
class Views:
    """Encoded samples through norms.

    Attributes:
        own: `(batch, 256)` each through its own condition's norm.
        other: `(paired, 256)` the second windows through the other condition's norm; empty where there are none.
        mean: `(paired, 256)` the first windows of the paired ones, the mean over all norms.
        mutants: `(paired x mutants, 256)` through their own condition's norm, those of one sequence together.
    """

    own: Tensor
    other: Tensor
    mean: Tensor
    mutants: Tensor


def losses(experiment: Disentangle, model: DisentangleModel, batch: Samples, progress: float) -> dict[str, Tensor]:
    """Scalars by name, weighted; `progress` (0 to 1) of the run is done. Called under the run's autocast."""
    recipe, numbers = experiment.recipe, experiment.losses
    stage = recipe.extension.then
    if stage is not None and progress >= stage.begins:
        return _second_stage(stage, model, batch)
    views = encoded_views(model, batch, batch.second, recipe.extension.mutants)
    with torch.autocast(batch.windows.device.type, enabled=False):
        scores = model.head(views.own)[:, 0]
        target = batch.targets.gather(1, batch.condition[:, None])[:, 0]
        parts: dict[str, Tensor] = {}
        beta = recipe.extension.beta
        if recipe.mse and beta is None:
            parts["mse"] = recipe.mse * (scores - target).square().mean()
        if recipe.mse and beta is not None:
            parts["likelihood"] = recipe.mse * gaussian_nll(scores, model.log_variances(views.own), target, beta)
        if recipe.ranking:
            parts["ranking"] = recipe.ranking * _ranking(scores, target, batch, experiment)
        if recipe.contrastive:
            parts["contrastive"] = recipe.contrastive * _contrastive(model, views, batch, recipe, numbers)
        if recipe.consensus:
            denoised = model.head(views.mean)[:, 0]
            agreed = batch.consensus[: batch.paired]
            others = partners(batch.paired, numbers.partners, batch.generator).to(batch.windows.device)
            weights = (agreed - agreed[others]).abs()
            parts["consensus"] = recipe.consensus * margin_ranking(denoised, agreed, others, weights, numbers.margin)
    return parts


def _second_stage(stage: Stage, model: DisentangleModel, batch: Samples) -> dict[str, Tensor]:
    """Squared error, and a floor under what one base does to the prediction of the paired ones."""
    views = encoded_views(model, batch, None, 1)
    with torch.autocast(batch.windows.device.type, enabled=False):
        scores, mutants = model.head(views.own)[:, 0], model.head(views.mutants)[:, 0]
        target = batch.targets.gather(1, batch.condition[:, None])[:, 0]
        return {
            "mse": stage.mse * (scores - target).square().mean(),
            "sensitivity": stage.sensitivity * sensitivity(scores[: batch.paired], mutants, stage.floor),
        }


def _ranking(scores: Tensor, target: Tensor, batch: Samples, experiment: Disentangle) -> Tensor:
    """Mean over conditions of the margin ranking among its samples."""
    numbers, each = experiment.losses, []
    for condition in range(len(experiment.conditions)):
        rows = (batch.condition == condition).nonzero()[:, 0]
        others = partners(len(rows), numbers.partners, batch.generator).to(scores.device)
        values = target[rows]
        weights = reliability(values - values[others], numbers.noise_sd, numbers.temperature)
        each.append(margin_ranking(scores[rows], values, others, weights, numbers.margin))
    return torch.stack(each).mean()


def _contrastive(model: DisentangleModel, views: Views, batch: Samples, recipe: Recipe, numbers: Losses) -> Tensor:
    """InfoNCE: anchors through their own condition's norm, positives through the other's, negatives from the anchor's
    condition, with its own mutants among them where the recipe has any."""
    own, paired = batch.condition, batch.paired
    projected, positives = model.projection(views.own), model.projection(views.other)
    anchors = projected[:paired]
    # of each anchor the samples of its condition in random order, itself never
    chance = torch.rand(paired, len(own), generator=batch.generator).to(own.device)
    allowed = own[:paired, None] == own[None]
    allowed &= ~torch.eye(len(own), dtype=torch.bool, device=own.device)[:paired]
    count = min(numbers.negatives, int(allowed.sum(1).min()))
    negatives = projected[chance.masked_fill(~allowed, -1).topk(count, dim=1).indices]
    if recipe.extension.mutants:
        mutants = model.projection(views.mutants).unflatten(0, (paired, -1))
        return variant_contrastive(anchors, positives, mutants, negatives, numbers.contrast)
    weights = None if batch.agreement is None else batch.agreement[:paired]
    return info_nce(anchors, positives, negatives, numbers.contrast, weights)


def encoded_views(model: DisentangleModel, batch: Samples, second: Tensor | None, mutants: int) -> Views:
    """Encode, in one pass, a batch with the second windows and as many single-base mutants of each paired one."""
    seen = [batch.windows] if second is None else [batch.windows, second]
    if mutants:
        first = batch.windows[: batch.paired].repeat_interleave(mutants, dim=0)
        seen.append(single_base_mutants(first, batch.generator))
    encoded = model.encoder(one_hot(torch.cat(seen)))
    with torch.autocast(batch.windows.device.type, enabled=False):
        return condition_views(model, encoded.float(), batch, 0 if second is None else len(second))


def single_base_mutants(windows: Tensor, generator: torch.Generator) -> Tensor:
    """`(n, length)` codes, each with the base at one random place replaced by one of the three others."""
    place = torch.randint(windows.shape[1], (len(windows), 1), generator=generator).to(windows.device)
    step = torch.randint(1, BASES, (len(windows), 1), generator=generator, dtype=windows.dtype).to(windows.device)
    return windows.scatter(1, place, (windows.gather(1, place) + step) % BASES)


def condition_views(model: DisentangleModel, encoded: Tensor, batch: Samples, seconds: int) -> Views:
    """Every norm sees, in one pass, the samples of its condition, the paired ones of the other, their second windows,
    and the mutants of its own: so its statistics are those of what goes through it.

    Args:
        encoded: `(rows, 256)` the batch, then its second windows, then mutants.
        seconds: how many second windows there are, one of each paired sample or none.
    """
    size, paired = len(batch.condition), batch.paired
    first, second, mutants = encoded.split([size, seconds, len(encoded) - size - seconds])
    whose = batch.condition[:paired].repeat_interleave(len(mutants) // max(1, paired))
    own, other, changed = (torch.zeros_like(part) for part in (first, second, mutants))
    mean = torch.zeros_like(first[:paired])
    for i, norm in enumerate(model.norms):
        mine = batch.condition == i
        foreign = ~mine[:paired]
        turned = foreign if seconds else foreign[:0]
        rows = (first[mine], first[:paired][foreign], second[turned], mutants[whose == i])
        through = norm(torch.cat(rows)).split([len(part) for part in rows])
        own[mine] = through[0]
        mean[mine[:paired]] += through[0][: int(mine[:paired].sum())]
        mean[foreign] += through[1]
        other[turned] = through[2]
        changed[whose == i] = through[3]
    return Views(own, other, mean / len(model.norms), changed)
