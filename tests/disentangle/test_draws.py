"""What each recipe of the grid loses in its first steps, number by number: whatever else the task learns to do, a run
of the grid draws and loses what it did when the shipped networks were trained."""

import pytest
import torch

from engine.training import loop
from tests.disentangle.test_training import task

STEPS = {
    "baseline_mse": [{"mse": 1.464436}, {"mse": 1.139565}],
    "ranking_only": [{"ranking": 0.962885}, {"ranking": 0.955249}],
    "contrastive_only": [{"mse": 1.721588, "contrastive": 5.389429}, {"mse": 1.380917, "contrastive": 4.600282}],
    "consensus_only": [{"consensus": 1.401779}, {"consensus": 1.028042}],
    "ranking_contrastive": [
        {"ranking": 0.593950, "contrastive": 2.616925},
        {"ranking": 0.522326, "contrastive": 2.166838},
    ],
    "full_disentangle": [
        {"ranking": 0.593950, "contrastive": 2.616925, "consensus": 1.325212},
        {"ranking": 0.538388, "contrastive": 2.290349, "consensus": 1.170153},
    ],
}


@pytest.mark.parametrize("recipe", STEPS)
def test_the_first_steps_of_the_grid_are_what_they_were(recipe):
    run = task(f"bilstm_{recipe}")
    torch.manual_seed(0)
    model = run.build().train()
    optimizer = loop.make_optimizer(model, run.experiment.optimizer, torch.device("cpu"))
    torch.manual_seed(2)  # of the dropout
    batches = run.batches(0, torch.Generator().manual_seed(1))
    for expected, batch in zip(STEPS[recipe], batches, strict=False):
        losses = run.losses(model, batch, 0.0)
        assert {k: v.item() for k, v in losses.items()} == pytest.approx(expected, rel=1e-4)
        optimizer.zero_grad()
        torch.stack(list(losses.values())).sum().backward()
        optimizer.step()
