"""Counts of motifs: planted sites, palindromes, alternatives, an independent regular expression, matrices."""

import re

import numpy as np
import pytest

from engine.data import jaspar
from engine.data.motifs import STUDY, masks
from engine.interpretation.motifs import counts, scan
from engine.sequence import Sequence, decode, encode, reverse_complement

LETTERS = {1: "A", 2: "C", 4: "G", 8: "T"}


def pattern(consensus: str) -> str:
    """A regular expression that finds overlapping sites."""
    classes = ("".join(letter for bit, letter in LETTERS.items() if m & bit) for m in masks(consensus))
    return "(?=(" + "".join(f"[{c}]" for c in classes) + "))"


def sites(bases: str, patterns: tuple[str, ...]) -> int:
    """Sites by regular expressions: where they end, on either strand; a place that matches on both once."""
    n, plus, minus, common = len(bases), set(), set(), set()
    for p in patterns:
        width = len(p)
        forward = {m.start() for m in re.finditer(pattern(p), bases)}
        reverse = {n - width - m.start() for m in re.finditer(pattern(p), reverse_complement(bases))}
        plus |= {s + width for s in forward}
        minus |= reverse
        common |= forward & reverse
    return len(plus) + len(minus) - len(common)


@pytest.mark.parametrize("name", STUDY)
def test_counts_are_those_of_a_regular_expression_on_both_strands(name, random_bases):
    patterns = STUDY[name].patterns
    texts = [random_bases(200, seed) for seed in range(40)]
    texts += [t[:60] + STUDY[name].site + t[60 + len(STUDY[name].site) :] for t in texts[:5]]
    expected = [sites(t, patterns) for t in texts]
    assert sum(expected) >= 5
    assert counts.of_patterns(np.stack([encode(t) for t in texts]), patterns).tolist() == expected


@pytest.mark.parametrize(
    ("bases", "patterns", "expected"),
    [
        ("AACACGTGAA", ("CACGTG",), 1),  # a palindrome is one site
        ("ATTGGCCAATA", ("CCAAT",), 2),  # one site on either strand
        ("CACGTGTCACGTG", ("CACGTG",), 2),
        ("AGATAAGATAA", ("WGATAR",), 2),  # sites may overlap
        ("CCACCACCC", ("CCACCC", "CNCACCC"), 1),  # two alternatives end with the same bases: one site
        ("AGATNA", ("WGATAR",), 0),  # an unknown base matches nothing
        ("GAT", ("WGATAR",), 0),
    ],
)
def test_counts_by_hand(bases, patterns, expected):
    codes = encode(bases)[None]
    assert counts.of_patterns(codes, patterns).tolist() == [expected]
    assert counts.of_patterns(encode(reverse_complement(bases))[None], patterns).tolist() == [expected]


def test_a_matrix_counts_its_places_once_in_each_sequence(random_bases):
    matrix = jaspar.load()["MA0046.3"]  # HNF1A, almost a palindrome
    codes = np.stack([encode(random_bases(120, seed)) for seed in range(6)])
    codes[1, 30:43] = encode("GTTAATGATTAAC")
    codes[1, 70:83] = encode("GTTAATGATTAAC")
    codes[4, 107:120] = encode(reverse_complement("GTTAATGATTAAC"))  # at the very end
    found = counts.of_matrix(codes, matrix)
    one_by_one = [len({h.start for h in scan.scan(Sequence("s", decode(c)), {matrix.id: matrix})}) for c in codes]
    assert found.tolist() == one_by_one
    assert found[1] >= 2 and found[4] >= 1


def test_the_table_holds_all_that_was_asked(random_bases):
    codes = np.stack([encode(random_bases(100, seed)) for seed in range(3)])
    names, found = counts.counts(codes, {"FOXA": STUDY["FOXA"], "mine": jaspar.load()["MA0046.3"]})
    assert names == ("FOXA", "mine") and found.shape == (3, 2)
    assert found[:, 0].tolist() == counts.of_patterns(codes, STUDY["FOXA"].patterns).tolist()
    assert counts.counts(codes)[0] == tuple(STUDY)


def test_a_matrix_too_short_for_the_default_counts_where_its_best_bases_stand():
    (short,) = jaspar.chosen(["MA0058.4"]).values()  # MAX, six positions: its best p-value is 4**-6
    codes = np.array([encode(b) for b in ("TTCACGTGTTCACGTG", "TTCACGTATTCACGCG", "CACGTGNACGTGTTTT")])
    assert counts.counts(codes, {"MAX": short})[1][:, 0].tolist() == [2, 0, 1]
    assert counts.of_matrix(codes, short, 1e-4).tolist() == [0, 0, 0]
