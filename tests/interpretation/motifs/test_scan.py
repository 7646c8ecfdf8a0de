"""Motif matches: scores by hand, p-values by enumeration, memelite's own FIMO, sites that people know."""

import contextlib
import dataclasses
import itertools
import time

import memelite
import numpy as np
import pyjaspar
import pytest

from engine.data import jaspar, motif_files, satmut
from engine.data.jaspar import Matrix
from engine.errors import InputError
from engine.interpretation.motifs import scan as motif_scan
from engine.interpretation.motifs.scan import best_per_place, scan
from engine.results import MotifHit
from engine.sequence import Sequence, encode, one_hot, reverse_complement


def matrix(consensus: str, name: str = "made up", id_: str = "X1.1") -> Matrix:
    """1/2 for the consensus, 1/4 for the next base of the alphabet, 1/8 for the others: 1, 0, -1 and -1 bits."""
    values = np.full((4, len(consensus)), 1 / 8)
    for place, base in enumerate(encode(consensus)):
        values[base, place], values[(base + 1) % 4, place] = 1 / 2, 1 / 4
    return Matrix(name, id_, values)


def scanned(bases: str, *matrices: Matrix, p: float = 1.0) -> list[MotifHit]:
    return scan(Sequence("s", bases), {m.id: m for m in matrices}, p)


def hit(start: int, end: int, p: float = 1e-5, strand: str = "+", matrix: str = "X1.1") -> MotifHit:
    return MotifHit("made up", matrix, start, end, strand, 10.0, p, 0.01)


# --- numbers ----------------------------------------------------------------------------------------


def test_the_score_of_a_match_is_the_sum_of_the_log_odds():
    found = {(h.start, h.strand): h.score for h in scanned("AACGTTG", matrix("ACGTT"))}
    assert found == {
        (0, "+"): 1 - 1 - 1 - 1 + 1,  # AACGT against ACGTT
        (1, "+"): 5,
        (2, "+"): 0 + 0 + 0 + 1 - 1,  # CGTTG: C, G, T are the bases next to A, C, G
        (0, "-"): 5,  # AACGT, turned ACGTT
        (1, "-"): 1 - 1 - 1 - 1 + 1,  # ACGTT, turned AACGT
        (2, "-"): 0 - 1 - 1 - 1 - 1,  # CGTTG, turned CAACG
    }


def _log_odds(consensus: str, bases: str) -> list[int]:
    return [
        {0: 1, 1: 0}.get(("ACGT".index(b) - "ACGT".index(c)) % 4, -1) for c, b in zip(consensus, bases, strict=True)
    ]


@pytest.mark.parametrize("consensus", ["ACGTT", "GGGCA"])
def test_the_p_value_is_the_share_of_all_sequences_that_score_as_high(consensus):
    every = ["".join(b) for b in itertools.product("ACGT", repeat=5)]
    scores = np.array([sum(_log_odds(consensus, b)) for b in every])
    for bases in ("ACGTT", "GGGCA", "AAAAA", "TCTCT", "CATGA"):
        (forward,) = [h for h in scanned(bases, matrix(consensus)) if h.strand == "+"]
        own = sum(_log_odds(consensus, bases))
        assert forward.score == own
        assert forward.p == pytest.approx((scores >= own).mean(), rel=1e-9)


def test_p_values_of_real_matrices_are_those_of_enumeration():
    """The grid of 1/64 bits puts a few sequences of nearly equal score into one bin, never more than double."""
    real = [m for m in jaspar.load().values() if m.width == 8][::25]
    codes = np.array(list(itertools.product(range(4), repeat=8)))
    ratios = []
    for m in real:
        scores = np.log2(4 * m.probabilities)[codes, np.arange(8)].sum(axis=1)
        for place in np.argsort(-scores)[[0, 3, 6]]:
            bases = "".join("ACGT"[c] for c in codes[place])
            (found,) = [h for h in scanned(bases, m) if h.strand == "+"]
            assert found.score == pytest.approx(scores[place])
            ratios.append(found.p / (scores >= scores[place] - 1e-9).mean())
    assert np.mean(np.isclose(ratios, 1)) > 0.9
    assert min(ratios) > 0.5 and max(ratios) <= 2


def test_fimo_of_memelite_finds_the_same_matches(random_bases):
    """Its own scan, on matrices whose log-odds lie on the grid, so that rounding does not matter to it either."""
    bases = random_bases(900, seed=4)
    some = dict(list(jaspar.load().items())[::4])
    on_grid = {}
    for i, m in some.items():
        steps = np.rint(np.log2(4 * m.probabilities) / motif_scan.STEP)
        log_odds = steps * motif_scan.STEP
        log_odds[:, 0] += 1e-9  # FIMO asks for more than its threshold and cuts to the bin below
        on_grid[i] = 2**log_odds / 4
    x = one_hot(encode(bases))[None].astype(np.int8)
    theirs = {
        (i, int(r.start), r.strand): r["p-value"]
        for i, table in zip(on_grid, memelite.fimo(on_grid, x, bin_size=motif_scan.STEP, eps=0), strict=True)
        for _, r in table.iterrows()
    }
    ours = {(h.matrix, h.start, h.strand): h.p for h in scan(Sequence("s", bases), some, motif_scan.P_THRESHOLD)}
    assert len(ours) > 20
    assert ours == pytest.approx(theirs, rel=1e-6)


def test_the_consensus_of_every_matrix_has_the_smallest_p_value_that_there_can_be():
    for m in list(jaspar.load().values())[::20]:
        top = m.probabilities.max(axis=0)
        ways = np.prod((np.abs(np.rint(64 * np.log2(m.probabilities / top))) < 0.5).sum(axis=0))
        bases = "".join("ACGT"[c] for c in m.probabilities.argmax(axis=0))
        best = min(h.p for h in scanned(bases, m))
        assert best == pytest.approx(ways / 4.0**m.width, rel=1e-6)


def test_q_values_are_those_of_benjamini_and_hochberg_for_each_matrix(random_bases):
    bases = random_bases(120, seed=2)
    first, second = matrix("ACGTT"), matrix("GGGCAT", id_="X2.1")
    found = scanned(bases, first, second)
    for m in (first, second):
        own = sorted((h for h in found if h.matrix == m.id), key=lambda h: h.p)
        tests = 2 * (120 - m.width + 1)
        assert len(own) == tests  # with a threshold of 1 every place is a match
        p = np.array([h.p for h in own])
        for rank, h in enumerate(own):
            expected = min(1, min(p[j] * tests / (j + 1) for j in range(rank, tests)))
            assert h.q == pytest.approx(expected)
    alone = scanned(bases, first)
    assert alone == [h for h in found if h.matrix == first.id]


def test_a_stricter_threshold_reports_fewer_and_never_smaller_q_values(random_bases):
    bases = random_bases(150, seed=9)
    every = {(h.start, h.strand): h for h in scanned(bases, matrix("ACGTT"))}
    few = scanned(bases, matrix("ACGTT"), p=0.1)
    assert 0 < len(few) < len(every)
    assert {(h.start, h.strand) for h in few} == {k for k, h in every.items() if h.p <= 0.1}
    for h in few:
        assert dataclasses.replace(h, q=0) == dataclasses.replace(every[h.start, h.strand], q=0)
        assert h.q >= every[h.start, h.strand].q - 1e-12


# --- matrices that are too short for the default ----------------------------------------------------


def test_of_a_matrix_that_cannot_reach_the_default_the_consensus_is_reported():
    """MAX MA0058.4 has six positions of one best base each: nothing matches it better than 4**-6."""
    bases = "TTTCCTCATGCCACGTGTGAGGTAAACCACGTTTTCACGTGAATG"
    short = jaspar.chosen(["MA0058.4"])
    found = scan(Sequence("s", bases), short)
    expected = [i for i in range(len(bases) - 5) if bases[i : i + 6] == "CACGTG"]
    assert [(h.start, h.strand) for h in found] == [(i, s) for i in expected for s in "+-"]  # a palindrome
    assert {h.p for h in found} == {4.0**-6}
    tests = 2 * (len(bases) - 5)
    assert [h.q for h in found] == pytest.approx([tests * 4.0**-6 / 4] * 4)
    assert scan(Sequence("s", bases), short, 1e-4) == []  # what is asked for holds
    assert motif_scan.remark(short) == (
        "1 of 1 matrices is too short for p ≤ 0.0001: there the best match that is possible, p = 0.00024, is reported "
        "(MAX MA0058.4)"
    )
    assert "can match nothing: the best match that is possible has p = 0.00024" in motif_scan.remark(short, 1e-4)
    assert motif_scan.remark(short, 3e-4) == ""


def test_every_matrix_of_jaspar_finds_its_own_consensus_and_no_other_matrix_is_touched(random_bases):
    matrices = jaspar.load()
    short = {i: m for i, m in matrices.items() if m.width < 7}
    assert "98 of 879 matrices are too short for p ≤ 0.0001" in motif_scan.remark()
    for m in list(matrices.values())[::12]:
        assert any(h.strand == "+" for h in scan(Sequence("s", m.consensus), {m.id: m})), m.id
    bases = random_bases(2000, seed=21)
    whole, strict = scan(Sequence("s", bases)), scan(Sequence("s", bases), p_threshold=motif_scan.P_THRESHOLD)
    assert [h for h in whole if h.p <= motif_scan.P_THRESHOLD] == strict
    more = [h for h in whole if h.p > motif_scan.P_THRESHOLD]
    assert more and {h.matrix for h in more} <= set(short)
    best = {i: min(h.p for h in scan(Sequence("s", m.consensus), {i: m})) for i, m in short.items()}
    assert all(h.p == best[h.matrix] for h in more)


def test_q_values_of_short_matrices_are_those_of_all_places(random_bases):
    """All best matches have one p-value, so the last of them decides; larger ones could only lower it."""
    bases = random_bases(400, seed=8) + "ACGTTCCACGTTCCCAACGT"
    m = matrix("ACGTT")
    every = {(h.start, h.strand): h for h in scanned(bases, m)}
    found = scan(Sequence("s", bases), {m.id: m})
    assert len(found) >= 3 and {h.p for h in found} == {4.0**-5}
    tests = 2 * (len(bases) - 4)
    assert [h.q for h in found] == pytest.approx([tests * 4.0**-5 / len(found)] * len(found))
    for h in found:
        assert dataclasses.replace(h, q=0) == dataclasses.replace(every[h.start, h.strand], q=0)
        assert h.q >= every[h.start, h.strand].q


def test_matrices_of_a_file_are_scanned_as_those_of_jaspar(random_bases):
    """The counts of the database, written as a JASPAR file: the same matches to the last number."""
    database = pyjaspar.jaspardb(release=jaspar.RELEASE)
    with contextlib.closing(database.conn):
        motifs = database.fetch_motifs(collection="CORE", tax_group="vertebrates", all_versions=False)
    rows = {m.matrix_id: "".join(f"{b} [ {' '.join(map(str, m.counts[b]))} ]\n" for b in "ACGT") for m in motifs}
    text = "".join(f">{i} {jaspar.load()[i].name}\n{rows[i]}" for i in jaspar.load())
    own = motif_files.read(text.encode(), "mine.jaspar").matrices
    sequence = Sequence("s", random_bases(1500, seed=5))
    found = scan(sequence, own)
    assert len(found) > 100 and found == scan(sequence)
    assert motif_scan.remark(own) == motif_scan.remark()


# --- places -----------------------------------------------------------------------------------------


def test_matches_are_sorted_and_lie_where_they_say():
    bases = "CCCTTATCTGTCCCCCCCACAGATAAGCC"
    gata = jaspar.chosen(["GATA1::TAL1", "GATA2"])
    found = scan(Sequence("s", bases), gata, 1e-3)
    assert [h.start for h in found] == sorted(h.start for h in found)
    assert {h.strand for h in found} == {"+", "-"}
    for h in found:
        there = bases[h.start : h.end]
        read = there if h.strand == "+" else reverse_complement(there)
        m = gata[h.matrix]
        assert h.motif == m.name and h.end - h.start == m.width
        assert h.score == pytest.approx(
            sum(np.log2(4 * m.probabilities["ACGT".index(b), i]) for i, b in enumerate(read))
        )


def test_the_other_strand_has_the_same_matches_turned_round(random_bases):
    bases = random_bases(250, seed=6)
    there, turned = scan(Sequence("s", bases)), scan(Sequence("s", reverse_complement(bases)))
    assert len(there) > 5

    def places(hits):
        return sorted((h.matrix, h.start, h.end, h.strand, h.p, h.q) for h in hits)

    back = [
        dataclasses.replace(h, start=250 - h.end, end=250 - h.start, strand="-" if h.strand == "+" else "+")
        for h in turned
    ]
    assert places(back) == places(there)


def test_nothing_matches_over_an_unknown_base(random_bases):
    bases = random_bases(100, seed=8)
    broken = bases[:50] + "N" + bases[51:70] + "R" + bases[71:]
    found = scanned(broken, matrix("ACGTT"), matrix("GGGCATTA", id_="X2.1"))
    assert not [h for h in found if h.start <= 50 < h.end or h.start <= 70 < h.end]
    whole = {
        (h.matrix, h.start, h.strand): h.score for h in scanned(bases, matrix("ACGTT"), matrix("GGGCATTA", id_="X2.1"))
    }
    # every other place is scanned, and only those count as tests
    assert len([h for h in found if h.matrix == "X1.1"]) == 2 * (96 - 10)
    assert len([h for h in found if h.matrix == "X2.1"]) == 2 * (93 - 16)
    assert all(h.score == whole[h.matrix, h.start, h.strand] for h in found)
    assert scan(Sequence("s", "N" * 50)) == []


@pytest.mark.parametrize("length", [1, 4, 5, 6])
def test_a_sequence_may_be_shorter_than_a_matrix(length, random_bases):
    found = scanned(random_bases(length), matrix("ACGTT"), matrix("GGGCATTA", id_="X2.1"))
    assert len(found) == 2 * max(0, length - 4)


def test_a_long_sequence_is_scanned_in_parts_without_a_seam(random_bases, monkeypatch):
    bases = random_bases(700, seed=3)
    some = dict(list(jaspar.load().items())[::10])
    whole = scan(Sequence("s", bases), some, 1e-3)
    calls = []
    monkeypatch.setattr(motif_scan, "PLACES", 64)
    parts = scan(Sequence("s", bases), some, 1e-3, lambda done, total: calls.append((done, total)))
    assert parts == whole and len(whole) > 20
    assert calls == [(min(64 * i, 700), 700) for i in range(1, 12)]


def test_stopping_is_passed_on(random_bases):
    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scan(Sequence("s", random_bases(50)), progress=stop)


@pytest.mark.parametrize("threshold", [0, -1, 1.5, float("nan")])
def test_a_threshold_that_is_no_probability_is_an_error(threshold):
    with pytest.raises(InputError, match="give one above 0 and at most 1"):
        scan(Sequence("s", "ACGTACGT"), p_threshold=threshold)


def test_no_matrix_is_an_error():
    with pytest.raises(InputError, match="no matrix"):
        scan(Sequence("s", "ACGTACGT"), {})


def test_scanning_again_is_fast(random_bases):
    """Against the target of 100 ms for all matrices on 200 bases; it takes some 10 ms. The best of five counts."""
    scan(Sequence("s", random_bases(200)))
    times = []
    for seed in range(5):
        begin = time.perf_counter()
        scan(Sequence("s", random_bases(200, seed)))
        times.append(time.perf_counter() - begin)
    assert min(times) < 0.1


# --- real sites -------------------------------------------------------------------------------------


@pytest.mark.needs_data("satmut")
def test_the_ldlr_promoter_has_its_sterol_response_element_and_an_sp1_site():
    """ATCACCCCAC, and the SP1 repeat next to it (Smith et al. 1990, J Biol Chem 265:2306-2310)."""
    promoter = satmut.load("LDLR", "GRCh38").reference()
    found = scan(promoter)
    element = promoter.bases.index("ATCACCCCAC")
    assert ("SREBF1", element, element + 10) in [(h.motif, h.start, h.end) for h in found]
    srebf = next(h for h in found if h.motif == "SREBF1" and h.start == element)
    assert srebf.p == min(h.p for h in found) and srebf.q < 0.001
    sp1 = [h for h in found if h.motif == "SP1"]
    assert sp1 and all(0 < h.start - element < 40 and h.q < motif_scan.Q_SHOWN for h in sp1)


# --- one a place -------------------------------------------------------------------------------------


def test_one_match_stays_at_a_place_the_best():
    best, poorer = hit(10, 20, p=1e-7), hit(13, 23, p=1e-6)  # share 7 of 10
    beside = hit(15, 25, p=1e-5)  # shares 5 of 10 with the best
    inside, far = hit(12, 17, p=1e-4, strand="-"), hit(40, 50, p=1e-4)
    shown = best_per_place([far, inside, beside, poorer, best])
    assert shown == [best, beside, far]
    assert best_per_place([]) == []
    # what was turned down does not push away others
    assert best_per_place([hit(0, 10, p=1e-7), hit(4, 14, p=1e-6), hit(8, 18, p=1e-5)]) == [
        hit(0, 10, p=1e-7),
        hit(8, 18, p=1e-5),
    ]
