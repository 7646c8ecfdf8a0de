"""Double mutants: models whose interactions are known by hand, brute force, counts."""

import numpy as np
import pytest
import torch
from torch import nn

from engine.errors import InputError
from engine.interpretation.attribution.methods import ism
from engine.interpretation.in_silico import epistasis as verb
from engine.interpretation.in_silico.epistasis import count, epistasis
from engine.interpretation.in_silico.windowed import WindowedRun
from engine.models.predict import predict
from engine.sequence import BASES, Sequence, substitute


class Both(nn.Module):
    """1 where there is a C at index 3 and a G at index 7 of twelve bases, else 0."""

    window, outputs = 12, ("product",)

    def __init__(self):
        super().__init__()
        self.one = nn.Parameter(torch.ones(1))

    def forward(self, x):
        return self.one * (x[:, 1, 3] * x[:, 2, 7])[:, None]


def test_a_linear_model_has_no_interactions_and_its_singles_are_mutagenesis(linear_model, random_bases):
    model, sequence = linear_model(window=12), Sequence("s", random_bases(12))
    found = epistasis(model, sequence, 2, 9)
    for output in model.outputs:
        assert np.nanmax(np.abs(found.interaction(output))) < 1e-5
    assert np.nanmax(np.abs(found.doubles)) > 0.5
    np.testing.assert_allclose(found.singles, ism(model, sequence).values[:, 2:9], atol=1e-5)


def test_two_bases_that_need_each_other_interact_and_nothing_else_does():
    # C at 3 and G at 7; on the other strand that is G at 8 and C at 4: each strand counts half
    found = epistasis(Both(), Sequence("s", "A" * 12), 1, 11)
    interaction = found.interaction("product")
    expected = np.where(np.isnan(interaction), np.nan, 0)
    for (p, a), (q, b) in (((3, "C"), (7, "G")), ((4, "C"), (8, "G"))):
        i, j = (p - 1, BASES.index(a)), (q - 1, BASES.index(b))
        expected[(*i, *j)] = expected[(*j, *i)] = 0.5
    np.testing.assert_array_equal(interaction, expected)
    strongest, mean = found.strongest("product"), found.mean_size("product")
    assert strongest[2, 6] == strongest[6, 2] == strongest[3, 7] == 0.5 and np.nansum(strongest) == 2
    assert mean[2, 6] == pytest.approx(0.5 / 9) and np.isnan(mean.diagonal()).all()
    first = next(verb.rows(found, "product"))
    assert first == (4, "A", "C", 0, 8, "A", "G", 0, 0.5, 0.5)


def test_what_is_broken_twice_interacts_downwards():
    bases = "AAACAAAGAAAA"
    found = epistasis(Both(), Sequence("s", bases), 3, 8)
    # either substitution alone already takes the 0.5 of the forward strand away
    assert found.reference[0] == 0.5
    assert found.strongest("product")[0, 4] == pytest.approx(0.5)
    assert found.mean_size("product")[0, 4] == pytest.approx(0.5)


def test_doubles_are_the_predictions_of_the_mutated_sequences(toy_model, random_bases):
    model, bases = toy_model(), random_bases(200, 5)
    found = epistasis(model, Sequence("s", bases), 90, 95, run=WindowedRun(batch_size=7))
    before = predict(model, [Sequence("s", bases)]).values[0]
    np.testing.assert_allclose(found.reference, before, atol=1e-5)
    for i, a, j, b in ((0, "C", 3, "T"), (1, "G", 4, "A"), (2, "A", 3, "C")):
        mutated = substitute(substitute(bases, 90 + i, a), 90 + j, b)
        value = found.doubles[:, i, BASES.index(a), j, BASES.index(b)]
        if bases[90 + i] == a or bases[90 + j] == b:
            assert np.isnan(value).all()
        else:
            expected = predict(model, [Sequence("m", mutated)]).values[0] - before
            np.testing.assert_allclose(value, expected, atol=1e-4)
            assert np.abs(expected).max() > 1e-3


def test_a_tiled_sequence_counts_the_windows_that_hold_the_whole_stretch(toy_model, random_bases):
    model, bases = toy_model(), random_bases(260, 6)  # windows begin at 0, 50 and 60
    found = epistasis(model, Sequence("s", bases), 40, 55)
    alone = epistasis(model, Sequence("s", bases[:200]), 40, 55)
    np.testing.assert_allclose(found.doubles, alone.doubles, atol=1e-4)
    np.testing.assert_allclose(found.reference, predict(model, [Sequence("s", bases)]).values[0], atol=1e-5)


def test_the_count_is_known_beforehand(linear_model, random_bases):
    assert count(random_bases(40)) == 7020
    assert count("ANC") == 3 * 4 + 3 * 3 + 4 * 3
    model, sequence = linear_model(window=12), Sequence("s", "ACGTNACGTACG")
    calls = []
    found = epistasis(model, sequence, 1, 8, progress=lambda *c: calls.append(c))
    doubles = np.isfinite(found.doubles[0]).sum() // 2
    assert doubles == count(sequence.bases[1:8]) == len(list(verb.rows(found, "output0")))
    total = verb.predictions_needed(model, sequence, 1, 8)
    assert calls[-1] == (total, total) == (1 + 6 * 3 + 4 + doubles,) * 2


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        (0, 41, "2 to 40 bases, and 1-41 has 41"),
        (3, 4, "4-4 has 1"),
        (195, 210, "196-210 is not a stretch of a sequence of 200"),
    ],
)
def test_a_stretch_that_cannot_be_mapped_is_named(start, end, message, linear_model, random_bases):
    with pytest.raises(InputError, match=message):
        epistasis(linear_model(window=200), Sequence("s", random_bases(200)), start, end)


def test_a_stretch_outside_of_all_windows_is_named(linear_model, random_bases):
    with pytest.raises(InputError, match="no window holds all of 2-5 under the window policy 'centre'"):
        epistasis(linear_model(window=12), Sequence("s", random_bases(30)), 1, 5, run=WindowedRun(policy="centre"))
