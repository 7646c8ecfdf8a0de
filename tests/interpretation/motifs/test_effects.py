"""Motifs written into backgrounds: a model with a hand-set motif filter, so that every effect is known."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from engine.data import motifs
from engine.data.library import Library
from engine.data.motifs import STUDY
from engine.errors import InputError
from engine.interpretation.motifs import effects, grammar, importance
from engine.interpretation.motifs.counts import of_patterns
from engine.interpretation.motifs.effects import Backgrounds, backgrounds, differences, scrambled, written
from engine.models.layers import SequenceModel
from engine.sequence import decode, encode, reverse_complement
from engine.statistics import t_mean

SITE = STUDY["GATA1"].site
LENGTH = 200


class Sites(SequenceModel):
    """Exact copies of a site on the strand that is read, and in the second output whether there are at least two: a
    filter set by hand, a threshold at a full match, a sum. Both strands averaged, a copy counts half."""

    def __init__(self, site: str):
        super().__init__(("count", "two"))
        filters = torch.zeros(1, 4, len(site))
        filters[0, torch.as_tensor(encode(site).astype(int)), torch.arange(len(site))] = 1
        self.filter = nn.Parameter(filters)

    def embed(self, x: Tensor) -> Tensor:
        return (nn.functional.conv1d(x, self.filter) - self.filter.shape[2] + 1).relu().sum(2)

    def standardised(self, x: Tensor) -> Tensor:
        count = self.embed(x)
        return torch.cat([count, (count >= 2).float()], dim=1)


@pytest.fixture
def around() -> Backgrounds:
    """Backgrounds of A and C, which hold no GATA."""
    return Backgrounds("real", np.random.default_rng(0).integers(0, 2, (20, LENGTH)).astype(np.uint8))


def test_the_effect_of_the_filters_own_motif_is_known_and_that_of_others_is_none(around):
    model = Sites(SITE)
    arrangements = [
        [(50, SITE)],
        [(0, SITE), (189, SITE)],
        [(50, STUDY["HNF1A"].site)],
        [(20, reverse_complement(SITE))],
    ]
    found = differences(model, around, arrangements, batch_size=7)
    assert found.shape == (4, 20, 2)
    # the mean over both strands counts a copy half; two copies make the second output 1 on one strand, so 0.5
    np.testing.assert_allclose(found.mean(axis=1), [[0.5, 0], [1, 0.5], [0, 0], [0.5, 0]], atol=1e-6)
    np.testing.assert_allclose(found, differences(model, around, arrangements, batch_size=64), atol=1e-6)


def test_importance_of_the_study_finds_the_filters_motif_alone(around):
    found = importance.importance(Sites(SITE), around)
    for name, measures in found.items():
        expected = 0.5 if name == "GATA1" else 0.0
        count = {measure: of_it[0] for measure, of_it in measures.items()}
        assert (count["effect"].value, count["scrambled"].value, count["motif"].value) == pytest.approx(
            (expected, 0, expected), abs=1e-6
        )
        assert count["motif"].n == 20


def test_any_site_can_be_asked_for(around):
    asked = [motifs.site("TTCTTATCTGT"), motifs.site("HNF1A")]
    found = importance.importance(Sites(SITE), around, asked)
    assert list(found) == ["TTCTTATCTGT", "HNF1A"]
    assert [found[name]["motif"][0].value for name in found] == pytest.approx([0.5, 0], abs=1e-6)


class Composition(SequenceModel):
    """How many of the bases are C or G, whatever their order."""

    def __init__(self):
        super().__init__(("gc",))
        self.weight = nn.Parameter(torch.ones(1))

    def embed(self, x: Tensor) -> Tensor:
        return self.weight * x[:, 1:3].sum(dim=(1, 2))[:, None]

    def standardised(self, x: Tensor) -> Tensor:
        return self.embed(x)


def test_what_composition_alone_does_is_no_effect_of_a_motif(around):
    found = importance.importance(Composition(), around)["SP1_GCbox"]
    effect, scrambled, motif = (found[measure][0] for measure in importance.MEASURES)
    assert effect.low > 1 and scrambled.value == pytest.approx(effect.value)
    assert (motif.value, motif.low, motif.high) == pytest.approx((0, 0, 0), abs=1e-6)


def test_an_effect_has_the_t_interval_of_its_backgrounds(linear_model):
    model, codes = linear_model(window=30), np.random.default_rng(1).integers(0, 4, (15, 30)).astype(np.uint8)
    found = differences(model, Backgrounds("real", codes), [[(4, "ACG")]])[0]
    w = model.weights.detach().numpy()
    w = (w + w[:, ::-1, ::-1]) / 2  # both strands
    by_hand = [[sum(w[o, "ACG".index(b), 4 + k] - w[o, c[4 + k], 4 + k] for k, b in enumerate("ACG")) for o in (0, 1)]
               for c in codes]  # fmt: skip
    np.testing.assert_allclose(found, by_hand, atol=1e-5)
    assert effects.means(found)[1] == t_mean(found[:, 1])


def test_sites_are_written_where_they_belong_or_not_at_all(around):
    changed = written(around.codes, [(3, "GGT"), (6, "T")])
    assert {decode(row[3:7]) for row in changed} == {"GGTT"}
    np.testing.assert_array_equal(changed[:, 7:], around.codes[:, 7:])
    for sites, reason in (
        ([(198, "GGT")], "does not fit"),
        ([(-1, "G")], "does not fit"),
        ([(3, "GG"), (4, "T")], "over"),
    ):
        with pytest.raises(InputError, match=reason):
            written(around.codes, sites)


def test_a_scrambled_site_keeps_its_bases_and_loses_the_motif(around):
    changed = scrambled(around, 40, SITE, STUDY["GATA1"].patterns)
    stretch = changed[:, 40 : 40 + len(SITE)]
    assert {"".join(sorted(decode(row))) for row in stretch} == {"".join(sorted(SITE))}
    assert of_patterns(stretch, STUDY["GATA1"].patterns).sum() == 0
    assert len({decode(row) for row in stretch}) > 15
    np.testing.assert_array_equal(np.delete(changed, np.s_[40:51], 1), np.delete(around.codes, np.s_[40:51], 1))


def test_backgrounds_are_of_the_test_fold(planted):
    of = Library(*planted)
    real, shuffled = (backgrounds(of, kind, 30, seed=1) for kind in ("real", "shuffles"))
    held_out = {c.tobytes() for c in of.table.codes[of.split.test]}
    assert all(c.tobytes() in held_out for c in real.codes)
    np.testing.assert_array_equal(np.sort(real.codes, axis=1), np.sort(shuffled.codes, axis=1))
    assert (real.codes != shuffled.codes).any(axis=1).all()
    for kind, count in (("imagined", 5), ("real", 1), ("real", 61)):
        with pytest.raises(InputError):
            backgrounds(of, kind, count)


def test_copies_that_add_up_and_copies_that_do_not(around):
    together, alone = grammar.by_copies(Sites(SITE), around, SITE, most=4, step=15)
    assert [e[0].value for e in together.effects] == pytest.approx([0.5, 1, 1.5, 2])
    assert [e[0].value for e in alone.effects] == pytest.approx([0.5, 1, 1.5, 2])
    assert [e[1].value for e in together.effects] == pytest.approx([0, 0.5, 0.5, 0.5])
    assert [e[1].value for e in alone.effects] == pytest.approx([0, 0, 0, 0])
    with pytest.raises(InputError, match="overlap at a step of 10"):
        grammar.by_copies(Sites(SITE), around, SITE, step=10)


def test_two_sites_on_one_strand_interact_and_on_two_strands_do_not(around):
    gaps = (0, 3, 40)
    apart, both = grammar.by_gap(Sites(SITE), around, SITE, SITE, gaps)
    for curve, effect in zip(apart, both, strict=True):
        assert curve.x == gaps
        expected = 0.5 if curve.name in ("→ →", "← ←") else 0.0
        assert [e[1].value for e in curve.effects] == pytest.approx([expected] * 3)
        assert [e[0].value for e in curve.effects] == pytest.approx([0] * 3, abs=1e-6)
        assert [e[0].value for e in effect.effects] == pytest.approx([1] * 3)
    pairs = grammar.every_pair(Sites(SITE), around, {"a": SITE, "b": "GGGGCGGGG"}, gap=5)
    assert {names: round(m[1].value, 6) for names, m in pairs.items()} == {
        ("a", "a"): 0.5, ("a", "b"): 0, ("b", "a"): 0, ("b", "b"): 0,
    }  # fmt: skip
    with pytest.raises(InputError, match="do not fit"):
        grammar.by_gap(Sites(SITE), around, SITE, SITE, (190,))


def test_by_position_a_model_that_reads_one_place_answers_there_alone(around, linear_model):
    model = linear_model(window=LENGTH)
    with torch.no_grad():
        model.weights.zero_()
        model.weights[:, 2, 40] = 1.0  # a G at the 41st base
    forward, reverse = grammar.by_position(model, around, "GG", every=20)
    assert forward.x == tuple(range(1, 182, 20)) == reverse.x
    # of both strands: half for G at 41, and half for C at 160 on the strand that is written
    assert [e[0].value for e in forward.effects] == pytest.approx([0.5 if x == 41 else 0.0 for x in forward.x])


def test_pairs_stand_in_the_middle():
    assert grammar.beside(20, "ACG", "TT", 3) == ((6, "ACG"), (12, "TT"))
