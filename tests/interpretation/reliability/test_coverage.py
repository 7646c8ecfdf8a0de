"""Coverage: intervals that fit hold what they say, shifted experiments are judged with and without their scale."""

import dataclasses

import numpy as np
import pytest
import torch

from engine.data.lentimpra import ActivityTable
from engine.data.library import Library
from engine.data.splits import Split
from engine.errors import CheckpointError
from engine.evaluation.intervals import fit, fit_intervals
from engine.experiments import checkpoints, declared
from engine.experiments.checkpoints import Checkpoint
from engine.interpretation import stored, tables
from engine.interpretation.reliability import coverage
from engine.interpretation.reliability.coverage import (
    AS_SAID,
    ONE_WIDTH,
    OWN,
    SCALED,
    Elements,
    group,
    interval_score,
    share,
)
from engine.intervals import LEVELS
from engine.models.layers import SequenceModel
from engine.mpra import separate
from engine.mpra.separate import Separate


class Sure(SequenceModel):
    """Predicts ten times the share of A; says that errors grow with the share of C, half of which is noise."""

    says_uncertainty = True

    def standardised(self, x):
        return 10 * x[:, :1].mean(2)

    def uncertainties(self, x):
        # of the strand that has more C, so that both say the same
        spread = torch.maximum(x[:, 1:2].mean(2), x[:, 2:3].mean(2))
        return torch.stack([spread, spread])


def library(n: int, rng: np.random.Generator) -> Library:
    """Elements of differing composition, whose error has the standard deviation that `Sure` says, three times over."""
    weights = rng.dirichlet(np.full(4, 3.0), n)
    codes = np.stack([rng.choice(4, 200, p=w) for w in weights]).astype(np.uint8)
    shares = [(codes == b).mean(axis=1) for b in range(4)]
    predicted = 5 * (shares[0] + shares[3])
    sd = 3 * np.sqrt(2) * np.maximum(shares[1], shares[2])
    activity = (predicted + rng.normal(0, sd)).astype(np.float32)[:, None]
    names = np.array([f"e{i}" for i in range(n)])
    classes = np.where(np.arange(n) % 40 < 10, "promoter", "few")
    table = ActivityTable(names, codes, activity, ("HepG2",), classes, "made up")
    return Library(table, Split((np.arange(n) % 2).astype(np.int8), np.arange(n, dtype=np.int32), "odd and even"))


@pytest.fixture
def made(tmp_path, monkeypatch) -> tuple[Checkpoint, Library]:
    given = library(3000, np.random.default_rng(0))
    model = Sure(("HepG2",)).eval()
    description = {"weights_sha256": "0" * 64, "architecture": "legnet", "config": {}, "experiment": {}}
    checkpoint = Checkpoint("sure", model, description, {}, tmp_path)
    errors = {o: e.as_dict() for o, e in fit_intervals(checkpoint, given).items()}
    monkeypatch.setattr(separate, "here", lambda: ())
    return dataclasses.replace(checkpoint, metrics={"intervals": errors}), given


def shifted(given: Library) -> Separate:
    """The test fold measured again on a scale of 0.5 with an offset of 5."""
    rows = given.split.test
    held_out = np.arange(len(rows)) < 200
    again = 0.5 * given.table.activity[rows, 0] + 5
    return Separate("HepG2", given.table.codes[rows], again, held_out, 0, (0.5, 5.0))


def of(groups, name):
    return next(g for g in groups if g.elements == name)


def test_intervals_that_fit_hold_what_they_say_where_one_width_does_not(made):
    checkpoint, given = made
    assert coverage.compute(checkpoint, given)
    assert not coverage.compute(checkpoint, given)
    (part,) = coverage.read(checkpoint).values()
    everything = of(part.groups, "all")
    assert everything.n == 1500
    for kind in (OWN, ONE_WIDTH):
        for level in LEVELS:
            metric = everything.held[kind].coverage[level]
            assert metric.value == pytest.approx(level / 100, abs=0.03) and metric.low < metric.value < metric.high
    # the model says a third of what its errors are, which only scaling mends
    assert everything.held[AS_SAID].coverage[80].value == pytest.approx(0.331, abs=0.04)
    unsure, sure = (of(part.groups, f"tenth where the model is {how}") for how in ("least sure", "surest"))
    assert all(g.n == pytest.approx(150, abs=20) for g in (unsure, sure))
    for g in (unsure, sure):
        assert g.held[OWN].coverage[80].value == pytest.approx(0.8, abs=0.08)
    assert unsure.held[ONE_WIDTH].coverage[80].value < 0.7 and sure.held[ONE_WIDTH].coverage[80].value > 0.9
    assert everything.gain.high < 0 and part.ranks.low > 0.2
    assert of(part.groups, "promoter").n == 375 and part.teacher is None
    assert {g.elements for g in part.groups} >= {"all", "promoter", "few", "tenth predicted most active"}
    assert coverage.read(stored.Place("sure", checkpoint.folder, "1" * 64)) == {}


def test_a_shifted_experiment_is_judged_as_measured_and_with_its_scale(made, monkeypatch):
    checkpoint, given = made
    monkeypatch.setattr(separate, "here", lambda: ("HepG2", "WTC11"))
    monkeypatch.setattr(separate, "measured", lambda cell, _: shifted(given))
    coverage.compute(checkpoint, given)
    groups = coverage.read(checkpoint)["HepG2"].groups
    asis, scaled = (of(groups, f"separate HepG2 experiment{what}") for what in ("", SCALED))
    assert asis.held[OWN].coverage[80].value < 0.75 and asis.line is None
    assert scaled.held == of(groups, "all").held and scaled.line == (0.5, 5.0)
    assert asis.n == scaled.n == 1500
    assert of(groups, "separate HepG2 experiment, kin of the test fold alone").n == 200
    # one that learned these experiments is judged by what is kin of the test fold alone
    further = checkpoint.description | {"config": {"further": ["separate:HepG2"]}}
    taught = dataclasses.replace(checkpoint, description=further)
    assert coverage.compute(taught, given)
    names = [g.elements for g in coverage.read(taught)["HepG2"].groups if "separate" in g.elements]
    assert names == [f"separate HepG2 experiment, kin of the test fold alone{w}" for w in ("", SCALED)]


def test_who_learned_the_separate_experiments(monkeypatch):
    known = {
        "plain": {"architecture": "legnet", "config": {}},
        "taught": {"architecture": "legnet", "config": {"further": ["separate:WTC11"]}},
        "both": {"architecture": "ensemble", "config": {"members": {"plain": "", "taught": ""}}},
        "one": {"architecture": "ensemble", "config": {"members": {"plain": ""}}},
    }
    monkeypatch.setattr(checkpoints, "read_description", known.__getitem__)
    monkeypatch.setattr(checkpoints, "trained", lambda: list(known))
    assert [coverage.learned_separate(known[n]) for n in known] == [False, True, True, False]

    def student(teacher):
        return {"architecture": "legnet", "config": {}, "experiment": {"distillation": {"teacher": teacher}}}

    assert [coverage.learned_separate(student(t)) for t in ("both", "one", "gone")] == [True, False, True]
    task = {"table": declared.large_table("HepG2"), "outputs": ["HepG2"]}  # of which the experiments are a part
    assert coverage.learned_separate({"architecture": "legnet", "config": {}, "experiment": {"task": task}})


def test_scores_and_shares_by_hand():
    assert interval_score(np.array([0.5, -1.2, 3.0]), np.array([1.0, 1.0, 1.0]), 80) == pytest.approx([2, 4, 22])
    metric = share(np.arange(100) < 80)
    assert metric.value == 0.8 and metric.n == 100
    assert (metric.low, metric.high) == pytest.approx((0.72, 0.87), abs=0.02)  # 0.8 +- 1.96 sqrt(0.8 0.2 / 100)
    errors = fit(np.random.default_rng(0).normal(0, 1, 500))
    given = Elements(np.full(50, 2.0), np.zeros(50), np.full(50, errors.constant), None)
    found = group("far", given, errors)
    assert found.bias.value == 2 and set(found.held) == {OWN, ONE_WIDTH} and found.gain.value == pytest.approx(0)
    assert found.held[OWN].coverage[95].value == 0 and found.held[OWN].coverage[80].n == 50


def test_a_model_without_intervals_says_how_to_have_them(made):
    checkpoint, given = made
    with pytest.raises(CheckpointError, match="python -m engine evaluate sure"):
        coverage.compute(dataclasses.replace(checkpoint, metrics={}), given)
    own = checkpoint.description | {"experiment": {"task": {"table": "own:abc"}}}
    with pytest.raises(CheckpointError, match="table of your own"):
        coverage.compute(dataclasses.replace(checkpoint, description=own), given)


def test_the_table_has_a_row_for_every_level(made, monkeypatch):
    checkpoint, given = made
    coverage.compute(checkpoint, given)
    monkeypatch.setattr(checkpoints, "trained", lambda: ["sure"])
    monkeypatch.setattr(stored, "place", lambda name: stored.Place(name, checkpoint.folder, checkpoint.weights_hash))
    rows, stale = tables.read(tables.TABLES["coverage"], given)
    assert not stale and len(rows) == 3 * 3 * len(coverage.read(checkpoint)["HepG2"].groups)
    (row,) = [r for r in rows if (r["elements"], r["intervals"], r["level"]) == ("all", OWN, 80)]
    held = of(coverage.read(checkpoint)["HepG2"].groups, "all").held[OWN]
    assert (row["value"], row["n"], row["width"]) == (held.coverage[80].value, 1500, held.width[80])
