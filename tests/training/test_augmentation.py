"""Evolution-inspired perturbations: what each does to a sequence, and when a run uses them."""

from dataclasses import replace

import pytest
import torch

from engine.data.library import Library
from engine.experiments.augmentation import Augmentation
from engine.models.predict import reverse_complement
from engine.training import augmentation
from engine.training.activity import ActivityTask

LENGTH = 60
KINDS = {
    "insertion": augmentation.inserted,
    "deletion": augmentation.deleted,
    "inversion": augmentation.inverted,
    "translocation": augmentation.translocated,
}
NOTHING = Augmentation(insertion=0, deletion=0, inversion=0, translocation=0, mutation=0.0)


@pytest.fixture
def codes():
    return torch.randint(0, 4, (400, LENGTH), generator=torch.Generator().manual_seed(1)).to(torch.uint8)


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


def longest_run(one, other, shift) -> int:
    """How many bases in a row are the same, with `other` moved by `shift`."""
    a, b = (one[shift:], other[: len(other) - shift]) if shift >= 0 else (one[:shift], other[-shift:])
    best = run = 0
    for same in (a == b).tolist():
        run = run + 1 if same else 0
        best = max(best, run)
    return best


@pytest.mark.parametrize("name", KINDS)
def test_a_perturbation_keeps_length_alphabet_and_its_generators_draws(name, codes):
    first, again, other = (KINDS[name](codes, 8, torch.Generator().manual_seed(s)) for s in (3, 3, 4))
    assert first.shape == codes.shape and first.dtype == torch.uint8 and int(first.max()) < 4
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert not torch.equal(first, codes)


@pytest.mark.parametrize("name", ["insertion", "deletion"])
def test_what_is_not_taken_keeps_its_order(name, codes, generator):
    """Left and right of the stretch the bases are as they were, moved: all but the stretch itself is found again."""
    changed = KINDS[name](codes, 8, generator)
    for before, after in zip(codes[:80], changed[:80], strict=True):
        runs = sorted((longest_run(before, after, s) for s in range(-8, 9)), reverse=True)
        assert runs[0] + runs[1] >= LENGTH - 8 - 8  # the stretch, and as many that left the window or are new


def test_an_inverted_stretch_reads_as_the_other_strand(codes, generator):
    changed = augmentation.inverted(codes, 8, generator)
    turned = reverse_complement(codes)
    for before, after, other in zip(codes, changed, turned, strict=True):
        different = (before != after).nonzero()[:, 0]
        if len(different):
            first, last = int(different.min()), int(different.max()) + 1
            assert last - first <= 8
            around = [(s, e) for s in range(max(0, last - 8), first + 1) for e in range(last, min(LENGTH, s + 8) + 1)]
            assert any(torch.equal(after[s:e], other[LENGTH - e : LENGTH - s]) for s, e in around)


def test_a_translocated_sequence_is_the_same_circle(codes, generator):
    changed = augmentation.translocated(codes, 8, generator)
    moved = [
        {s for s in range(-8, 9) if torch.equal(after, before.roll(s))}
        for before, after in zip(codes, changed, strict=True)
    ]
    assert all(moved)
    assert set.union(*moved) == {*range(-8, 0), *range(1, 9)}


def test_mutations_take_the_share_that_was_asked(codes, generator):
    """A random base is the same one in a quarter of the cases."""
    share = (augmentation.mutated(codes, 0.2, generator) != codes).float().mean()
    assert abs(float(share) - 0.15) < 0.01


def test_a_sequence_gets_from_none_to_the_most_kinds(codes, generator):
    marks = Augmentation(insertion=0, deletion=0, inversion=0, translocation=5, mutation=1.0, most=1)
    changed = augmentation.perturbed(codes, marks, generator)
    untouched = (changed == codes).all(1).float().mean()
    assert 0.4 < float(untouched) < 0.6  # 0 or 1 kind is as likely
    assert torch.equal(augmentation.perturbed(codes, NOTHING, generator), codes)
    assert torch.equal(augmentation.perturbed(codes, replace(Augmentation(), most=0), generator), codes)


def test_an_unknown_base_stays_unknown_in_an_inversion(generator):
    codes = torch.full((50, LENGTH), 4, dtype=torch.uint8)
    assert torch.equal(augmentation.inverted(codes, 8, generator), codes)


def test_a_stretch_longer_than_the_sequence_is_refused(codes, generator):
    with pytest.raises(RuntimeError, match="a stretch of 90 bases does not fit into a sequence of 60"):
        augmentation.deleted(codes, 90, generator)


def test_noise_has_the_standard_deviation_that_was_asked(generator):
    noise = augmentation.noise((200, 4, 50), Augmentation(noise=0.3), generator)
    assert abs(float(noise.std()) - 0.3) < 0.01 and abs(float(noise.mean())) < 0.01


def test_a_run_perturbs_its_first_epochs_and_not_its_last(experiment, table, split, monkeypatch):
    """Three of four epochs with noise and perturbations, the fourth on sequences as they are."""
    declared = replace(experiment(epochs=4), augmentation=Augmentation())
    perturbed = ActivityTask(declared, Library(table, split), torch.device("cpu"), torch.float32)
    plain = ActivityTask(experiment(epochs=4), Library(table, split), torch.device("cpu"), torch.float32)
    assert perturbed.identity != plain.identity
    for epoch in range(4):
        one, other = (
            next(iter(task.batches(epoch, torch.Generator().manual_seed(epoch)))) for task in (perturbed, plain)
        )
        assert torch.equal(one.windows, other.windows) == (epoch == 3)
        assert (one.noise is None) == (epoch == 3)
        exact = one.one_hot() if one.noise is None else one.one_hot() - one.noise
        torch.testing.assert_close(exact.sum(1), torch.ones(exact.shape[0], 200))


def test_a_perturbed_run_that_was_stopped_ends_as_one_that_was_not(
    experiment, run, same_weights, table, split, tmp_path, monkeypatch
):
    declared = replace(experiment(epochs=3), augmentation=Augmentation())
    whole = run(declared, table, split)
    state = tmp_path / "state"
    written = augmentation.perturbed

    def stop(codes, settings, generator):
        if state.is_file():
            raise KeyboardInterrupt
        return written(codes, settings, generator)

    with monkeypatch.context() as patched:
        patched.setattr(augmentation, "perturbed", stop)
        with pytest.raises(KeyboardInterrupt):
            run(declared, table, split, state_file=state)
    assert same_weights(run(declared, table, split, state_file=state), whole)
