"""One cell type measured twice: rows, orientations and folds of made-up tables, and batches of which part is paired."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.stats import rankdata, spearmanr

from engine.data import lentimpra
from engine.data import library as libraries
from engine.data.lentimpra import ActivityTable
from engine.data.library import Library
from engine.data.splits import Split, homology_groups
from engine.disentangle import data, declared
from engine.disentangle.data import Pairs
from engine.disentangle.declared import ASSAYS, EXPERIMENTS
from engine.disentangle.training import DisentangleTask
from engine.errors import InputError
from engine.experiments.names import is_name
from engine.models.predict import predict_codes

CPU = torch.device("cpu")
RNG = np.random.default_rng(5)
JOINT = RNG.integers(0, 4, (20, 200)).astype(np.uint8)


def turned(codes: np.ndarray) -> np.ndarray:
    return (3 - codes)[..., ::-1]


def fresh() -> np.ndarray:
    return RNG.integers(0, 4, 200).astype(np.uint8)


def sharing(*pieces: tuple[np.ndarray, int]) -> np.ndarray:
    """A random sequence with 40 bases of each piece from the position on, one behind the other."""
    codes = fresh()
    for i, (piece, start) in enumerate(pieces):
        codes[50 * i : 50 * i + 40] = piece[start : start + 40]
    return codes


def library() -> Library:
    """Twenty elements, two a fold."""
    activity = np.arange(60, dtype=np.float32).reshape(20, 3)
    activity[7, 1] = np.nan
    table = ActivityTable(
        np.array([f"peak{i}" for i in range(20)]), JOINT, activity, ("K562", "HepG2", "WTC11"), np.array([""] * 20), "j"
    )
    return Library(table, Split((np.arange(20) % 10).astype(np.int8), np.arange(20, dtype=np.int32), "s"))


def large(rows: dict[str, np.ndarray]) -> ActivityTable:
    activity = np.arange(len(rows), dtype=np.float32)[:, None] + 100
    names = np.array(list(rows))
    return ActivityTable(names, np.stack(list(rows.values())), activity, ("HepG2",), np.array([""] * len(rows)), "l")


def found(pairs: Pairs, codes: np.ndarray) -> np.ndarray:
    return np.flatnonzero((pairs.codes == codes).all(1))


def test_an_element_of_both_experiments_is_one_row_in_the_joint_librarys_orientation():
    other = fresh()
    rows = {"peak3": JOINT[3], "peak3_Reversed:": turned(JOINT[3]), "peakX_R": turned(other), "peakX_F": other}
    pairs = data.assays(library(), large(rows))
    assert pairs.conditions == ("joint HepG2", "large-scale HepG2")
    (row,) = found(pairs, JOINT[3])
    assert pairs.activity[row].tolist() == [10, 100] and pairs.folds[row] == 3 and pairs.paired[row]
    (new,) = found(pairs, other)
    assert np.isnan(pairs.activity[new, 0]) and pairs.activity[new, 1] == 103
    assert not len(found(pairs, turned(JOINT[3]))) and not len(found(pairs, turned(other)))
    # element 7 was measured in neither, every other one in the joint library
    assert not len(found(pairs, JOINT[7])) and len(pairs.codes) == 19 + 1
    assert pairs.paired.sum() == 1


def test_a_sequence_goes_where_its_kin_is_and_nowhere_if_they_are_in_several_folds():
    one = sharing((JOINT[3], 100))
    behind_it = sharing((one, 120))  # random bases of `one` that no element of the library holds
    other_strand = turned(sharing((JOINT[12], 20)))
    bridge = sharing((JOINT[4], 0), (JOINT[5], 0))
    left = sharing((JOINT[0], 0))
    right = sharing((JOINT[1], 0), (left, 150))
    short = fresh()
    short[:29] = JOINT[6][:29]  # too short to be kin
    rows = [one, behind_it, other_strand, bridge, left, right]
    folds = data.folds_by_kin(np.stack([*rows, short]), library())
    assert folds[:6].tolist() == [3, 3, 2, -1, -1, -1]
    assert folds[6] >= 0
    kept = data.assays(library(), large({f"peak{i}_F": r for i, r in enumerate(rows)}))
    assert [len(found(kept, r)) for r in rows] == [1, 1, 1, 0, 0, 0]


def test_a_bridge_that_is_left_out_joins_nothing():
    """Two that are kin of it alone are not kin of each other: each stays with its own fold."""
    left, right = sharing((JOINT[0], 0)), sharing((JOINT[1], 0))
    bridge = sharing((left, 150), (right, 150), (JOINT[8], 0), (JOINT[9], 0))
    assert data.folds_by_kin(np.stack([left, right, bridge]), library()).tolist() == [0, 1, -1]


def test_sequences_without_kin_are_dealt_by_group_and_always_alike():
    first = fresh()
    family = [first, sharing((first, 10)), sharing((first, 90))]
    codes = np.stack([*family, *(fresh() for _ in range(20))])
    folds = data.folds_by_kin(codes, library())
    assert len(set(folds[:3])) == 1
    assert sorted(np.bincount(folds, minlength=10)) == [2] * 7 + [3] * 3  # 23 rows, as evenly as can be
    assert np.array_equal(folds, data.folds_by_kin(codes, library()))


@pytest.mark.parametrize("cell_type", ASSAYS)
def test_each_notion_takes_its_own_tables(cell_type, monkeypatch):
    tables = {c: replace(large({"peak3": JOINT[3]}), outputs=(c,)) for c in ASSAYS}
    monkeypatch.setattr(lentimpra, "large_scale", tables.__getitem__)
    for recipe in declared.RECIPES:
        experiment = EXPERIMENTS[f"disentangle.assays_{cell_type}_{declared.ASSAYS_ENCODER}_{recipe}"]
        assert data.of(experiment, library()).conditions == experiment.conditions
        assert {declared.cell_type(c) for c in experiment.conditions} == {cell_type}
        assert experiment.seeds == (42,) and is_name(experiment.name)
    cells = data.of(EXPERIMENTS["disentangle.cnn_full_disentangle"], library())
    assert cells.conditions == ("K562", "HepG2") and cells.paired.all()
    with pytest.raises(InputError, match="notion"):
        data.of(replace(experiment, notion="moons"), library())


@pytest.mark.slow
@pytest.mark.needs_data("lentimpra_sequences", "lentimpra_activity", "large_hepg2")
def test_no_30mer_of_the_real_tables_crosses_folds_and_the_two_experiments_agree_as_published():
    """Of 6,146 elements, 36 join folds. Over the 1,750 shared ones Pearson r is 0.89 in the same orientation."""
    pairs = data.assays(libraries.joint(), lentimpra.large_scale("HepG2"))
    groups = homology_groups(pairs.codes)
    assert len(np.unique(np.stack([groups, pairs.folds]), axis=1).T) == groups.max() + 1
    both = pairs.activity[pairs.paired]
    assert len(both) == 1750 and np.corrcoef(both.T)[0, 1] == pytest.approx(0.891, abs=1e-3)
    assert (~np.isnan(pairs.activity[:, 1])).sum() == 6146 - 36


# --- batches ------------------------------------------------------------------------------------------


def some_unpaired(rows: int = 200) -> Pairs:
    """Every fifth row paired, every fifth measured in the second experiment alone."""
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 4, (rows, 200)).astype(np.uint8)
    activity = rng.normal(size=(rows, 2)).astype(np.float32)
    activity[:, 1] = activity[:, 0] * 3 + 7
    kind = np.arange(rows) % 5
    activity[kind == 4, 0] = np.nan
    activity[(kind > 0) & (kind < 4), 1] = np.nan
    return Pairs(codes, activity, ("joint HepG2", "large-scale HepG2"), np.repeat(np.arange(10), rows // 10), "made up")


def task(recipe: str = "full_disentangle", pairs: Pairs | None = None, **losses) -> DisentangleTask:
    experiment = EXPERIMENTS[f"disentangle.assays_HepG2_{declared.ASSAYS_ENCODER}_{recipe}"]
    experiment = replace(
        experiment,
        encoder="cnn",
        options={"filters": (8, 8, 8)},
        optimizer=replace(experiment.optimizer, epochs=1, batch_size=20),
        losses=replace(experiment.losses, **losses),
    )
    return DisentangleTask(experiment, pairs or some_unpaired(), CPU, torch.float32)


def test_the_first_part_of_a_batch_is_paired_the_rest_is_every_other_row_once():
    run = task()
    assert run.steps == 128 // 14  # 160 rows train, 32 of them paired; 6 of 20 in a batch are
    order = run._order(torch.Generator().manual_seed(1)).reshape(run.steps, 20)
    paired = torch.as_tensor(some_unpaired().paired[40:])
    assert paired[order[:, :6]].all() and not paired[order[:, 6:]].any()
    rest = order[:, 6:].flatten()
    assert len(rest.unique()) == len(rest) == run.steps * 14
    again = order[:, :6].flatten().bincount(minlength=160)[paired]
    assert set(again.tolist()) <= {1, 2}  # 54 draws of 32 rows


def test_a_sample_carries_a_measurement_that_there_is():
    run = task()
    for batch in run.batches(0, torch.Generator().manual_seed(2)):
        own = batch.targets.gather(1, batch.condition[:, None])
        assert not own.isnan().any() and not batch.consensus[: batch.paired].isnan().any()
    drawn = torch.cat([b.condition[: b.paired] for b in run.batches(0, torch.Generator().manual_seed(2))])
    assert 0 < drawn.float().mean() < 1  # of the paired ones either


def test_each_condition_is_standardised_by_what_it_measured():
    pairs, run = some_unpaired(), task()
    train = pairs.activity[40:]
    for i in range(2):
        known = train[~np.isnan(train[:, i]), i]
        assert run.mean[i] == pytest.approx(known.mean(), rel=1e-5)
        assert run.sd[i] == pytest.approx(known.std(), rel=1e-5)


def test_paired_rows_are_ranked_among_each_other_and_the_others_have_no_consensus():
    activity = np.array([[1.0, 9.0], [np.nan, 3.0], [2.0, 0.0], [5.0, np.nan], [7.0, 4.0]])
    assert data.consensus(activity) == pytest.approx([0.5, np.nan, 0.25, np.nan, 0.75], nan_ok=True)


@pytest.mark.parametrize("recipe", declared.RECIPES)
def test_every_recipe_has_finite_losses_and_gradients_where_a_part_is_paired(recipe):
    run = task(recipe)
    model = run.build().train()
    loss = sum(run.losses(model, next(run.batches(0, torch.Generator().manual_seed(3))), 0.0).values())
    loss.backward()
    assert torch.isfinite(loss)
    assert all(torch.isfinite(p.grad).all() for p in model.parameters() if p.grad is not None)


def test_validation_scores_are_over_what_was_measured():
    run, pairs = task(), some_unpaired()
    model = run.build().eval()
    scores = run.validate(model)
    rows = pairs.rows(1)
    predicted, measured = predict_codes(model, pairs.codes[rows]), pairs.activity[rows]
    for i, condition in enumerate(pairs.conditions):
        known = ~np.isnan(measured[:, i])
        expected = spearmanr(predicted[known, 1 + i], measured[known, i]).statistic
        assert scores[condition] == pytest.approx(expected)
    both = pairs.paired[rows]
    agreed = rankdata(measured[both], axis=0).mean(1)
    assert scores["consensus"] == pytest.approx(spearmanr(predicted[both, 0], agreed).statistic)
    assert scores["score"] == pytest.approx((np.mean([scores[c] for c in pairs.conditions]) + scores["consensus"]) / 2)


# Of the task as it was when all rows were paired, on one thread: the draws of two epochs, then the losses.
PINNED = {
    "baseline_mse": ("f998c42098056509", [1.1040279, 1.4865482, 0.8874731, 0.8330772, 1.4397234, 1.6220185]),
    "full_disentangle": ("9659d382342a0c34", [5.2786984, 3.8383467, 3.8412753, 5.0857115, 3.1505895, 4.1971073]),
}


@pytest.mark.parametrize("recipe", PINNED)
def test_where_all_are_paired_draws_and_losses_are_what_they_were(recipe):
    """Runs that were begun before rows of one condition were learned from go on with the same numbers."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (120, 200)).astype(np.uint8)
    gc = np.isin(codes, (1, 2)).mean(1)
    activity = (gc[:, None] * 20 + rng.normal(size=(120, 2)) * 0.1).astype(np.float32)
    experiment = EXPERIMENTS[f"disentangle.bilstm_{recipe}"]
    experiment = replace(
        experiment,
        options={"filters": 8, "hidden": 8, "pool": 8},
        optimizer=replace(experiment.optimizer, epochs=2, batch_size=32),
    )
    pairs = Pairs(codes, activity, ("K562", "HepG2"), np.arange(120) % 10, "made up")
    run = DisentangleTask(experiment, pairs, CPU, torch.float32)
    torch.manual_seed(42)
    model = run.build().train()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    generator, digest, losses = torch.Generator().manual_seed(7), hashlib.sha256(), []
    for epoch in range(2):
        for batch in run.batches(epoch, generator):
            for drawn in (batch.windows, batch.condition, batch.second):
                if drawn is not None:
                    digest.update(drawn.numpy().tobytes())
            loss = sum(run.losses(model, batch, 0.0).values())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    assert digest.hexdigest()[:16] == PINNED[recipe][0]
    assert losses == pytest.approx(PINNED[recipe][1], rel=1e-5)
