"""Every number that designs are judged by, against values worked out by hand or by another's code."""

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon
from scipy.stats import ks_2samp
from sklearn.metrics import roc_auc_score

from engine.data.jaspar import Matrix
from engine.design.metrics import activity, composition, motifs, novelty
from engine.errors import InputError
from engine.interpretation.motifs.families import Family
from engine.sequence import encode, reverse_complement


def codes(*sequences: str) -> np.ndarray:
    return np.stack([encode(s) for s in sequences])


def random_codes(n: int, length: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 4, (n, length)).astype(np.uint8)


# --- activity -------------------------------------------------------------------------------------


def test_fidelity_is_the_mean_squared_difference_of_pairs():
    assert activity.fidelity(np.array([1.0, 2.0, 3.0]), np.array([1.0, 0.0, 4.0])) == pytest.approx(5 / 3)


def test_fidelity_rewards_collapse_and_the_asked_activity_does_not():
    rng = np.random.default_rng(0)
    natural = rng.normal(size=400)
    collapsed, spread = np.zeros(400), natural + rng.normal(0, 1.2, 400)
    assert activity.fidelity(collapsed, natural) < activity.fidelity(spread, natural)
    assert np.isnan(activity.asked(collapsed, natural))
    assert activity.asked(spread, natural) > 0.5


def test_the_shift_is_scipys_two_sample_statistic_with_ties_as_well():
    rng = np.random.default_rng(1)
    for one, other in ((rng.normal(size=50), rng.normal(1, 2, 31)), (rng.integers(0, 4, 40), rng.integers(1, 5, 25))):
        assert activity.shift(one, other) == pytest.approx(ks_2samp(one, other).statistic)
    assert activity.shift(np.array([0.0, 1.0]), np.array([0.0, 1.0])) == 0
    assert activity.shift(np.array([0.0, 1.0]), np.array([2.0, 3.0])) == 1


def test_only_what_was_asked_for_counts():
    wanted = np.array([1.0, 2.0, 3.0, np.nan])
    assert activity.asked(np.array([10.0, 20.0, 30.0, -5.0]), wanted) == pytest.approx(1)
    assert np.isnan(activity.asked(np.arange(4.0), np.array([1, 2, np.nan, np.nan])))
    missed = activity.missed(np.array([[1.0, 5.0], [3.0, 5.0]]), np.array([[0.0, np.nan], [0.0, 3.0]]))
    assert missed == pytest.approx(np.sqrt((1 + 9 + 4) / 3))


def test_specificity_is_one_output_less_the_mean_of_the_others():
    outputs = ("K562", "HepG2", "WTC11")
    judged = np.array([[3.0, 1.0, 0.0], [0.0, 2.0, 2.0]])
    assert activity.specific(judged, outputs, "K562").tolist() == [2.5, -2.0]
    assert activity.specific(judged, outputs, "WTC11").tolist() == [-2.0, 1.0]
    # a judge of half the reach says half of both: the multiple is the same
    designs, natural = np.array([4.0, 6.0]), np.array([-1.0, 2.0, 0.5])
    assert activity.against_best(designs, natural) == 2.5
    assert activity.against_best(designs / 2, natural / 2) == 2.5
    assert np.isnan(activity.against_best(designs, -natural - 3))
    with pytest.raises(InputError, match="output"):
        activity.specific(judged, outputs, "HEK293")
    with pytest.raises(InputError, match="second output"):
        activity.specific(judged[:, :1], outputs[:1], "K562")


# --- composition ----------------------------------------------------------------------------------


def test_a_spectrum_counts_words_as_they_are_written_and_leaves_out_unknown_bases():
    spectrum = composition.spectrum(codes("AACAN", "CAACA"), k=2)
    # AA AC CA | CA AA AC CA
    assert spectrum[0b0000] == pytest.approx(2 / 7)
    assert spectrum[0b0001] == pytest.approx(2 / 7)
    assert spectrum[0b0100] == pytest.approx(3 / 7)
    assert spectrum.sum() == pytest.approx(1)
    with pytest.raises(InputError, match="known bases"):
        composition.spectrum(codes("NNNN"), k=2)


def test_the_distance_is_scipys_in_nats_and_at_most_the_root_of_log_2():
    one, other = (composition.spectrum(random_codes(20, 60, seed), 3) for seed in (0, 1))
    assert composition.distance(one, other) == pytest.approx(jensenshannon(one, other))
    assert composition.distance(one, one) == 0
    assert composition.distance(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == pytest.approx(np.sqrt(np.log(2)))


def test_a_word_and_its_reverse_complement_are_one():
    forward = "AACAGGTCATTTGC"
    counted = composition.words(codes(forward, reverse_complement(forward)), k=3)
    assert (counted[0] == counted[1]).all()
    assert counted.sum(axis=1).tolist() == [12, 12]


def test_the_area_is_the_share_of_pairs_in_order_and_scikit_learns():
    scores, positive = np.array([3.0, 1.0, 2.0, 2.0]), np.array([True, True, False, False])
    assert composition.area(scores, positive) == 0.5
    rng = np.random.default_rng(7)
    scores, positive = rng.integers(0, 9, 60), rng.random(60) < 0.4
    assert composition.area(scores, positive) == pytest.approx(roc_auc_score(positive, scores))


def test_two_sets_of_one_kind_are_not_told_apart_and_two_kinds_are():
    alike = composition.words(random_codes(120, 60, 2), 2)
    assert composition.told_apart(alike[:60], alike[60:]) == pytest.approx(0.5, abs=0.15)
    rich = random_codes(60, 60, 3)
    rich[:, ::3] = 2
    both = composition.words(np.concatenate([rich, random_codes(60, 60, 4)]), 2)
    assert composition.told_apart(both[:60], both[60:]) > 0.95
    assert composition.told_apart(both[:60], both[60:]) == composition.told_apart(both[:60], both[60:])
    with pytest.raises(InputError, match="5 or more"):
        composition.told_apart(both[:4], both[60:])


# --- novelty --------------------------------------------------------------------------------------


def test_diversity_is_the_mean_share_of_differing_positions():
    assert novelty.diversity(codes("ACGT", "ACGA", "TCGA")) == pytest.approx((1 + 2 + 1) / 3 / 4)
    assert novelty.diversity(codes("ACGT", "ACGT")) == 0
    assert novelty.diversity(codes("NCGT", "NCGT")) == 0.25
    assert np.isnan(novelty.diversity(codes("ACGT")))
    assert novelty.diversity(random_codes(200, 200, 5)) == pytest.approx(0.75, abs=0.005)
    assert novelty.distinct(codes("ACGT", "ACGT", "ACGA", "TTTT")) == 0.75


def brute(one: str, other: str) -> int:
    """Bases of the longest common substring, by the table of all pairs of places."""
    best, before = 0, [0] * (len(other) + 1)
    for a in one:
        row = [0] * (len(other) + 1)
        for j, b in enumerate(other):
            if a == b != "N":
                row[j + 1] = before[j] + 1
                best = max(best, row[j + 1])
        before = row
    return best


def test_the_longest_shared_stretch_is_that_of_the_table_of_all_places():
    rng = np.random.default_rng(6)
    trained = ["".join(rng.choice(list("ACGTN"), 40, p=[0.4, 0.2, 0.2, 0.15, 0.05])) for _ in range(6)]
    designs = ["".join(rng.choice(list("ACGTN"), 30, p=[0.4, 0.2, 0.2, 0.15, 0.05])) for _ in range(10)]
    designs.append(trained[2][5:35])
    designs.append(reverse_complement(trained[4])[:30])
    shared = novelty.Trained(codes(*trained)).longest_shared(codes(*designs))
    wanted = [max(brute(s, t) for t in trained for s in (d, reverse_complement(d))) for d in designs]
    assert shared.tolist() == wanted


def test_a_stretch_does_not_go_on_from_one_training_sequence_to_the_next():
    trained = novelty.Trained(codes("AAAAACCCCC", "GTGTGACTAG"))
    assert trained.longest_shared(codes("CCCCCGTGTG", "NNNNNNNNNN")).tolist() == [5, 0]
    # a copy, and a copy of the other strand
    assert trained.longest_shared(codes("GTGTGACTAG", "CTAGTCACAC")).tolist() == [10, 10]


# --- motifs ---------------------------------------------------------------------------------------


def matrix(name: str, bases: str) -> Matrix:
    probabilities = np.full((4, len(bases)), 0.01)
    probabilities[encode(bases), np.arange(len(bases))] = 0.97
    return Matrix(name, name, probabilities)


MATRICES = {m.id: m for m in (matrix("GATA", "AGATAAGG"), matrix("AP1", "TGAGTCAT"))}
FAMILIES = {i: Family(i, (i,), False) for i in MATRICES}


def test_sites_are_counted_on_both_strands_with_their_centres():
    between = "CCCCCCCCCCCC"
    first = "AGATAAGG" + between + "TGAGTCAT" + between
    second = between + reverse_complement("AGATAAGG") + between + "CCCCCCCC"
    held = motifs.content(codes(first, second), MATRICES, FAMILIES)
    assert held.families == ("AP1", "GATA")
    assert held.counts.tolist() == [[1, 1], [0, 1]]
    assert sorted(map(tuple, held.centres[0])) == [(0, 24), (1, 4)]
    assert held.centres[1].tolist() == [[1, 16]]


def made(counts: list[list[int]], centres: list[list[tuple[int, float]]]) -> motifs.Content:
    return motifs.Content(
        ("A", "B", "C"), np.array(counts), tuple(np.array(c, np.float64).reshape(-1, 2) for c in centres)
    )


def test_motifs_are_correlated_over_families():
    natural = made([[2, 1, 0], [2, 1, 2]], [[], []])
    assert motifs.count_correlation(natural, natural) == pytest.approx(1)
    # means 0 1 2 against 2 1 1
    assert motifs.count_correlation(made([[0, 1, 2]], [[]]), natural) == pytest.approx(
        np.corrcoef([0, 1, 2], [2, 1, 1])[0, 1]
    )


def test_spacing_sees_that_two_motifs_moved_apart():
    near = made([[1, 1, 0]] * 2, [[(0, 10), (1, 25)], [(0, 110), (1, 98)]])
    far = made([[1, 1, 0]] * 2, [[(0, 10), (1, 125)], [(0, 110), (1, 9)]])
    assert motifs.spacing(near, near) == 0
    assert motifs.spacing(far, near) == pytest.approx(np.sqrt(np.log(2)))
    half = made([[1, 1, 0]] * 2, [[(0, 10), (1, 25)], [(0, 10), (1, 125)]])
    assert 0 < motifs.spacing(half, near) < motifs.spacing(far, near)
    assert np.isnan(motifs.spacing(made([[1, 0, 0]], [[(0, 10)]]), near))
    assert np.isnan(motifs.spacing(near, made([[1, 0, 0]], [[(0, 10)]])))
