"""What a training run draws and is told: augmented windows, curricula, domains, its own progress."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.data.lentimpra import ActivityTable
from engine.data.library import Library
from engine.errors import InputError
from engine.experiments.declared import Target
from engine.losses.curriculum import tiers
from engine.models.legnet import LegNet
from engine.sequence import ADAPTER_LEFT, ADAPTER_RIGHT, decode, reverse_complement
from engine.training import activity

# --- augmentation -----------------------------------------------------------------------------------


def test_adapters_stand_on_either_side(table):
    oligos = activity.with_adapters(table.codes[:3])
    assert [decode(o) for o in oligos] == [ADAPTER_LEFT + decode(c) + ADAPTER_RIGHT for c in table.codes[:3]]


@pytest.mark.parametrize("max_shift", [0, 3, 15])
def test_training_windows_are_shifted_into_the_adapters_and_half_are_turned(max_shift, table):
    oligos = activity.with_adapters(table.codes)
    rows = torch.arange(len(table))
    windows = activity.augmented(torch.as_tensor(oligos), rows, max_shift, torch.Generator().manual_seed(0))
    assert windows.shape == (len(table), 200)
    assert windows.dtype == torch.uint8
    shifts, turned = [], 0
    for oligo, window in zip(map(decode, oligos), map(decode, windows.numpy()), strict=True):
        places = {oligo[15 + s : 215 + s]: s for s in range(-max_shift, max_shift + 1)}
        turned += window not in places
        shifts.append(places[window if window in places else reverse_complement(window)])
    assert set(shifts) == set(range(-max_shift, max_shift + 1))
    assert abs(np.mean(shifts)) < 4 * (max_shift + 1) / np.sqrt(len(table))
    assert abs(turned - len(table) / 2) < 4 * np.sqrt(len(table)) / 2


def test_rows_of_a_table_with_both_orientations_are_never_turned(table, split, experiment):
    """What the other strand of a row reads is a construct of its own, with its own measurement or none."""
    oriented = replace(table, both_orientations=True)
    library, cpu = Library(oriented, split), torch.device("cpu")
    task = activity.ActivityTask(experiment(max_shift=0), library, cpu, torch.float32)
    windows = torch.cat([batch.windows for batch in task.batches(0, torch.Generator().manual_seed(0))])
    cloned = {row.tobytes() for row in table.codes[split.train]}
    assert len(windows) > 400 and all(window.numpy().tobytes() in cloned for window in windows)


def test_augmentation_takes_the_asked_rows_and_follows_its_generator(table):
    oligos = torch.as_tensor(activity.with_adapters(table.codes))
    rows = torch.tensor([5, 5, 9])
    first, again, other = (activity.augmented(oligos, rows, 10, torch.Generator().manual_seed(s)) for s in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    plain = activity.augmented(oligos, rows, 0, torch.Generator().manual_seed(0))
    for row, window in zip(rows, plain.numpy(), strict=True):
        element = decode(table.codes[row])
        assert decode(window) in (element, reverse_complement(element))


# --- curricula and domains --------------------------------------------------------------------------


@pytest.fixture
def drawn(monkeypatch):
    """The training rows that each step drew, in order."""
    rows, augmented = [], activity.augmented

    def watched(oligos, step_rows, *rest):
        rows.append(step_rows.numpy())
        return augmented(oligos, step_rows, *rest)

    monkeypatch.setattr(activity, "augmented", watched)
    return rows


def drawn_tiers(run, declared, table, split, drawn) -> np.ndarray:
    """`(epochs, tiers)` how large a part of each epoch's draws fell into each tier."""
    run(declared, table, split)
    columns = table.activity[split.train][:, [table.outputs.index(o) for o in declared.task.outputs]]
    tier = tiers(columns)[np.array(drawn)].reshape(declared.optimizer.epochs, -1)
    return np.array([np.bincount(row, minlength=3) / len(row) for row in tier])


def test_without_a_curriculum_an_epoch_draws_every_row_once(experiment, run, table, split, drawn):
    run(experiment(epochs=2), table, split)
    for epoch in np.split(np.concatenate(drawn), 2):
        assert sorted(epoch) == list(range(480))


def test_the_stepped_curriculum_brings_in_one_tier_after_the_other(experiment, run, table, split, drawn):
    declared = replace(experiment(epochs=6), curriculum="stepped")
    parts = drawn_tiers(run, declared, table, split, drawn)
    assert parts[:2].tolist() == [[1, 0, 0]] * 2  # the extremes alone
    assert (parts[2:4, 2] == 0).all()
    np.testing.assert_allclose(parts[2:4, :2], 0.5, atol=0.1)
    np.testing.assert_allclose(parts[4:], 1 / 3, atol=0.1)


def test_the_linear_curriculum_starts_with_mostly_extremes_and_evens_out(experiment, run, table, split, drawn):
    declared = replace(experiment(epochs=4), curriculum="linear", task=Target(outputs=("WTC11",)))
    parts = drawn_tiers(run, declared, table, split, drawn)
    for epoch, part in enumerate(parts):
        start = np.array([0.6, 0.3, 0.1])
        np.testing.assert_allclose(part, start + (1 / 3 - start) * epoch / 4, atol=0.1)
    assert np.all(np.diff(parts[:, 2]) > 0)


def test_an_unknown_curriculum_lists_the_known_ones(experiment, run, table, split):
    with pytest.raises(InputError, match="unknown curriculum 'steep'; known: linear, stepped"):
        run(replace(experiment(), curriculum="steep"), table, split)


@pytest.fixture
def libraries(table) -> ActivityTable:
    """The table with elements of two libraries."""
    return replace(table, classes=np.where(np.arange(len(table)) % 7, "promoter", "K562 DNase peak"))


@pytest.mark.filterwarnings("ignore:An input array is constant")
def test_the_discriminators_loss_on_each_rows_library_is_part_of_the_loss(
    experiment, run, same_weights, libraries, split, drawn, monkeypatch
):
    declared = experiment("adversarial", epochs=1)
    seen = []

    def none(logits, domains):
        seen.append(domains.numpy())
        return 0 * logits.sum()

    def five(logits, domains):
        return none(logits, domains) + 5

    monkeypatch.setattr(activity, "domain", none)
    without = run(declared, libraries, split)
    expected = libraries.libraries()[split.train][np.array(drawn)]
    assert np.array_equal(seen, expected) and len(np.unique(expected)) == 2
    monkeypatch.setattr(activity, "domain", five)
    with_it = run(declared, libraries, split)
    losses = [r.history[0]["training_loss"] for r in (without, with_it)]
    assert losses[1] - losses[0] == pytest.approx(5, abs=1e-3)
    assert same_weights(without, with_it)  # a constant has no gradient


def test_the_discriminator_learns_and_the_encoder_feels_it(experiment, run, libraries, split, monkeypatch):
    declared = experiment("adversarial", epochs=2)
    adversarial = run(declared, libraries, split).model.state_dict()
    monkeypatch.setattr(activity, "domain", lambda logits, domains: 0 * logits.sum())
    plain = run(declared, libraries, split).model.state_dict()
    differ = {name.split(".")[0] for name in plain if not torch.equal(plain[name], adversarial[name])}
    assert {"discriminator", "first"} <= differ


def test_a_model_without_a_discriminator_has_no_domain_loss(experiment, run, table, split, monkeypatch):
    monkeypatch.setattr(activity, "domain", lambda *_: pytest.fail("asked for a domain loss"))
    run(experiment("dream_rnn", epochs=1), table, split)


def test_a_model_is_told_how_much_of_the_run_is_done(experiment, run, table, split, monkeypatch):
    told = []
    monkeypatch.setattr(LegNet, "at_progress", lambda self, progress: told.append(progress))
    run(experiment(epochs=2), table, split)
    assert told == pytest.approx([i / 20 for i in range(20)])  # ten steps an epoch
