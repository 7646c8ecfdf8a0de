"""The spread of a change: its equation by hand, a fit that finds what made the variances, a student that keeps it."""

import numpy as np
import pytest
import torch

from engine import models
from engine.data.lentimpra import CELL_TYPES
from engine.evaluation import changes
from engine.evaluation.changes import changed, fit, fit_changes
from engine.experiments.distillation import uncertainty_columns
from engine.genome.effects import score_variants
from engine.genome.many import effect_tables
from engine.genome.reference import PlacedReference
from engine.genome.variants import Variant
from engine.intervals import REACH, ChangeSpread, changed_bases
from engine.models.ensemble import Ensemble
from engine.models.fused import fused
from engine.models.predict import predict, predict_codes, predict_with_uncertainty
from engine.results import Said, spread_of_change
from engine.sequence import Region, Sequence


@pytest.fixture
def student(toy_options):
    """An untrained student that says its uncertainty."""
    torch.manual_seed(3)
    options = toy_options["legnet"] | {"members": 2, "further": uncertainty_columns(CELL_TYPES)}
    return models.build("legnet", CELL_TYPES, options).eval()


def test_the_spread_of_a_change_by_hand():
    spread = ChangeSpread(np.array([0.0, 0.04]), np.array([0.5, 0.0]))
    said = np.array([[0.2, 0.2]]), np.array([[0.3, 0.3]])
    found = spread.sd(*said, np.array([[1.0, -1.0]]), np.array([[REACH]]))
    assert found[0] == pytest.approx([np.sqrt(0.5 * 0.06 * (1 - np.exp(-1))), 0.2])
    # nothing was changed, and nothing differs
    assert (ChangeSpread(np.ones(2), np.ones(2)).sd(*said, np.zeros((1, 2)), 0) == 0).all()


def test_what_changes_count_by_hand():
    assert changed_bases([("G", "T"), ("GTG", "CTA")]) == 3  # the T in the middle stays
    assert changed_bases([("", "ACGT")]) == changed_bases([("ACGT", "")]) == pytest.approx(4.8)
    assert changed_bases([("ACGT", ""), ("", "TTTT")]) == pytest.approx(4.8)  # a deletion, and what fills the window
    assert changed_bases([("AC", "T")]) == pytest.approx(1 + 4.2) and changed_bases([]) == 0


def test_members_differ_by_their_own_changes_and_a_single_network_by_nothing_known():
    before, after = (Said(np.array(values)[:, None, None]) for values in ((1.0, 2.0, 3.0), (0.0, 2.0, 1.0)))
    assert spread_of_change(before, after, 1) == pytest.approx(np.std([-1, 0, -2], ddof=1))
    lone = Said(np.zeros((1, 1, 1)))
    assert spread_of_change(lone, lone, 1) is None
    unfitted = Said(np.zeros((3, 1, 1)), np.ones((2, 1, 1)))  # its members learned the same: they say too little
    assert spread_of_change(unfitted, unfitted, 1) is None


def test_the_fit_finds_the_factors_that_made_the_variances():
    rng = np.random.default_rng(0)
    features = rng.gamma(1, 1, (20_000, 2))
    true = features @ [0.3, 0.05]
    assert fit(features, true * rng.chisquare(9, len(true)) / 9) == pytest.approx([0.3, 0.05], rel=0.05)
    assert fit(features, features[:, 0]) == pytest.approx([1, 0], abs=1e-6)


def test_each_element_is_changed_at_as_many_places_as_are_told(made_up, student):
    table, split, _ = made_up
    codes = table.codes[split.validation]
    found = changed(student, codes)
    expected = np.resize(changes.BASES, len(codes))
    assert found.bases[:, 0] == pytest.approx(expected)
    assert (found.before.members == predict_with_uncertainty(student, codes).members).all()
    moved = np.abs(found.after.values - found.before.values).max(axis=1)
    assert (moved > 0).all()


def test_a_student_says_of_changes_what_its_teachers_networks_do(made_up, student, toy_model):
    """In the likelihood that the fit maximises, the fitted factors are not behind others."""
    table, split, _ = made_up
    teacher = Ensemble(CELL_TYPES, [toy_model(members=3, seed=1), toy_model(seed=2)], by_network=True).eval()
    assert student.change_spread is None and not changed(student, table.codes[:3]).spread
    fitted = fit_changes(student, teacher, made_up.library)
    kept = student.change_spread
    assert (kept.moved == pytest.approx(fitted.moved)) and kept.apart == pytest.approx(fitted.apart)
    codes = table.codes[split.validation]
    variance = changed(teacher, codes).spread ** 2

    def loss(factor: float) -> float:
        student.set_change_spread(ChangeSpread(factor * fitted.moved, factor * fitted.apart))
        expected = changed(student, codes).spread ** 2
        return float((np.log(expected) + variance / expected).mean())

    best = loss(1.0)
    assert best <= loss(0.9) and best <= loss(1.1)


def test_variants_and_predictions_of_a_student_carry_it(student, random_bases):
    student.set_change_spread(ChangeSpread(np.full(3, 0.1), np.full(3, 1.5)))
    bases = random_bases(400)
    reference = PlacedReference([Sequence("place", bases, Region("chr1", 0, 400))], "place")
    alt = {"A": "C"}.get(bases[200], "A")
    variants = [Variant("chr1", 201, bases[200], alt, "one"), Variant("chr1", 201, bases[200:203], alt * 3, "three")]
    table = score_variants(student, variants, reference, name="m")
    windows = [Sequence("ref", bases[100:300]), Sequence("alt", bases[100:200] + alt + bases[201:300])]
    said = [predict(student, [w]).said for w in windows]
    assert table["m.K562.spread"][0] == pytest.approx(spread_of_change(*said, 1)[0, 0], rel=1e-5)
    shared = Variant("chr1", 200, bases[199:201], bases[199] + alt, "with a base that both alleles share")
    (spelled,) = score_variants(student, [shared], reference, name="m")["m.K562.spread"]
    assert spelled == pytest.approx(table["m.K562.spread"][0], rel=1e-5)
    (streamed,) = effect_tables({"m": fused(student)}, variants, reference)
    assert streamed["m.K562.spread"].to_numpy() == pytest.approx(table["m.K562.spread"].to_numpy(), rel=1e-3)


def test_of_few_known_bases_a_student_says_nothing_of_its_uncertainty(student, random_bases):
    student.set_change_spread(ChangeSpread(np.full(3, 0.1), np.full(3, 1.5)))
    short, enough = Sequence("short", random_bases(100)), Sequence("enough", random_bases(170))
    both = predict(student, [short, enough])
    assert not np.isnan(both.values).any()
    assert np.isnan(both.spread[0]).all() and (both.spread[1] > 0).all() and np.isnan(both.aleatoric[0]).all()
    alone = predict(student, [short])
    assert alone.spread is None and alone.said.aleatoric is None
    assert np.isnan(spread_of_change(alone.said, alone.said, 1)).all()
    long = Sequence("long", random_bases(200) + "N" * 200)  # of three windows one is known whole
    first = predict(student, [Sequence("first", long.bases[:200])])
    assert predict(student, [long]).spread[0] == pytest.approx(first.spread[0])


def test_one_pass_says_what_two_would(student, random_bases):
    codes = np.random.default_rng(1).integers(0, 4, (5, 200)).astype(np.uint8)
    seen = []
    for member in student.members:
        member.register_forward_hook(lambda *_: seen.append(1))
    said = predict_with_uncertainty(student, codes)
    assert len(seen) == len(student.members)
    np.testing.assert_array_equal(said.members, predict_codes(student, codes, members=True))
    assert said.epistemic.shape == said.aleatoric.shape == (5, 3)
