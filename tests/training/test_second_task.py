"""The loop serves a task that knows no DNA: a straight line through numbers."""

import itertools

import pytest
import torch
from torch import nn

from engine.experiments.optimizer import Optimizer
from engine.training import loop
from engine.training.loop import RunSettings

SETTINGS = Optimizer(peak_lr=0.3, weight_decay=0.0, epochs=12, batch_size=16, ema=0.5, patience=12)


class Line:
    """y = 2x + 1 out of 64 points, as a `loop.Task`; a batch is a tensor `(batch, 2)` of x and y."""

    identity, steps = "a line", 4

    def __init__(self):
        self.x = torch.linspace(-1, 1, 64)

    def build(self) -> nn.Linear:
        return nn.Linear(1, 1)

    def batches(self, epoch, generator):
        rows = torch.randperm(64, generator=generator).split(SETTINGS.batch_size)
        yield from (torch.stack([self.x[r], 2 * self.x[r] + 1], dim=1) for r in rows)

    def losses(self, model, batch, progress):
        error = model(batch[:, :1]) - batch[:, 1:]
        return {"squared": (error**2).mean(), "size": 1e-4 * model.weight.abs().sum()}

    def validate(self, model):
        with torch.no_grad():
            return {"score": -float(((model(self.x[:, None])[:, 0] - 2 * self.x - 1) ** 2).mean())}

    def schedule(self, progress, warmup):
        return loop.one_cycle(progress, warmup)


def run(task, **more) -> loop.Trained[nn.Linear]:
    settings = RunSettings(device="cpu", precision="fp32", show_progress=False, **more)
    return loop.train(task, SETTINGS, settings, seed=3, label="line")


def test_a_task_without_dna_trains_resumes_and_scores(tmp_path, monkeypatch):
    straight = run(Line())
    assert straight.model.weight.item() == pytest.approx(2, abs=0.1)
    assert max(e.score for e in straight.history) == pytest.approx(Line().validate(straight.model)["score"])
    assert [set(e.losses) for e in straight.history] == [{"squared", "size"}] * 12
    assert all(e.loss == pytest.approx(sum(e.losses.values())) and e.samples == 64 for e in straight.history)
    with monkeypatch.context() as patch:
        validate, calls = Line.validate, itertools.count()
        patch.setattr(Line, "validate", lambda *a: 1 / 0 if next(calls) == 3 else validate(*a))
        with pytest.raises(ZeroDivisionError):
            run(Line(), state_file=tmp_path / "state")
    resumed = run(Line(), state_file=tmp_path / "state")
    assert [e.scores for e in resumed.history] == [e.scores for e in straight.history]
    assert torch.equal(resumed.model.weight, straight.model.weight)
