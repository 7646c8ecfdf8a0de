"""Block shuffle scan: what a shuffle can and cannot change, all arrangements enumerated, blocks and their edges."""

import itertools

import numpy as np
import pytest
import torch

from engine.errors import InputError
from engine.interpretation.in_silico.block_shuffle import block_shuffle, block_starts, predictions_needed, rows
from engine.interpretation.in_silico.windowed import Shuffles, WindowedRun
from engine.models.predict import predict
from engine.sequence import Sequence


def test_a_model_that_counts_bases_sees_no_difference(linear_model, random_bases):
    model = linear_model(window=40, outputs=1)
    with torch.no_grad():
        model.weights.copy_(model.weights[:, :, :1].expand(-1, -1, 40))  # the same at every position
    found = block_shuffle(model, Sequence("s", random_bases(40)), width=12, stride=4)
    assert (found.used == 20).all()
    np.testing.assert_allclose(found.mean, 0, atol=1e-5)
    assert np.nanmax(found.sd) < 1e-5


def test_mean_and_sd_are_those_over_all_other_arrangements(linear_model):
    model, block = linear_model(window=11, outputs=1), "ATACAGA"  # three loops from A to A, in any order
    bases = "GG" + block + "CC"
    found = block_shuffle(model, Sequence("s", bases), width=7, stride=2, shuffles=Shuffles(600))
    index = list(found.starts).index(2)
    others = [f"A{a}A{b}A{c}A" for a, b, c in itertools.permutations("TCG") if (a, b, c) != tuple("TCG")]
    versions = [Sequence(b, f"GG{b}CC") for b in others]
    effects = predict(model, versions).values[:, 0] - predict(model, [Sequence("s", bases)]).values[0, 0]
    assert (found.used[index], found.distinct[index]) == (600, 5)
    spread = effects.std()
    assert found.mean[0, index] == pytest.approx(effects.mean(), abs=4 * spread / np.sqrt(600))
    assert found.sd[0, index] == pytest.approx(spread, rel=0.1)


def test_a_block_without_another_arrangement_is_unknown_not_zero(linear_model):
    found = block_shuffle(linear_model(window=12), Sequence("s", "AAAAAAACGTAC"), width=6, stride=6)
    assert found.starts.tolist() == [0, 6]
    assert found.used[0] == found.distinct[0] == 0
    assert np.isnan(found.mean[:, 0]).all() and np.isnan(found.sd[:, 0]).all()
    first = next(rows(found))
    assert first[:5] == (1, 6, "AAAAAA", 0, 0)


def test_a_block_with_one_other_arrangement_has_no_spread(linear_model):
    # ACATA: the loops ACA and ATA, in one order or the other
    found = block_shuffle(linear_model(window=5), Sequence("s", "ACATA"), width=5, stride=1, shuffles=Shuffles(8))
    assert (found.used[0], found.distinct[0]) == (8, 1)
    np.testing.assert_array_equal(found.sd, 0)
    assert np.abs(found.mean).min() > 1e-3


def test_the_last_block_ends_with_the_sequence():
    assert block_starts(23, 10, 5) == [0, 5, 10, 13]
    assert block_starts(20, 10, 5) == [0, 5, 10]
    assert block_starts(10, 10, 5) == [0]


def test_the_numbers_hold_over_batch_sizes_and_stay_below_the_count(toy_model, random_bases):
    model, sequence, calls = toy_model(), Sequence("s", random_bases(230, 4)), []
    settings = {"width": 30, "stride": 50, "shuffles": Shuffles(3, seed=2)}
    found = block_shuffle(model, sequence, **settings, progress=lambda *c: calls.append(c))
    again = block_shuffle(model, sequence, **settings, run=WindowedRun(batch_size=5))
    np.testing.assert_allclose(found.mean, again.mean, atol=1e-4)
    assert np.abs(found.mean).max() > 0.01
    most = predictions_needed(model, sequence, 30, 50, 3)
    assert calls[-1][0] == calls[-1][1] <= most == 2 + 3 * (1 + 2 * 3 + 1)  # windows begin at 0 and 30


def test_a_block_outside_of_all_windows_is_unknown(linear_model):
    run = WindowedRun(policy="centre")
    found = block_shuffle(linear_model(window=12), Sequence("s", "ACATAG" * 4), width=6, stride=6, run=run)
    assert np.isnan(found.mean[0]).tolist() == [True, False, False, True]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"width": 2}, "3 to 12 bases"),
        ({"width": 13}, "3 to 12 bases"),
        ({"width": 4, "stride": 0}, "at least 1 base apart"),
        ({"width": 4, "shuffles": Shuffles(0)}, "at least 1 shuffle"),
    ],
)
def test_settings_that_make_no_scan_are_named(settings, message, linear_model, random_bases):
    with pytest.raises(InputError, match=message):
        block_shuffle(linear_model(window=12), Sequence("s", random_bases(12)), **settings)
