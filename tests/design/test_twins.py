"""The twins of a design: what stays, what is written anew, and that the motif is gone."""

import itertools
from collections import Counter

import pytest

from engine.design import kept
from engine.design.twins import knock_outs, shuffled
from engine.sequence import Sequence
from tests.design.reading import AP1, SP1, read


def pairs(bases: str) -> Counter:
    return Counter(a + b for a, b in itertools.pairwise(bases))


@pytest.fixture
def design(random_bases) -> Sequence:
    bases = list(random_bases(200, 5, "ACT"))  # of no G: neither motif comes by chance
    for start, site in ((20, AP1), (60, AP1), (100, SP1)):
        bases[start : start + len(site)] = site
    return Sequence("d", "".join(bases))


def test_the_shuffled_twin_has_the_same_pairs_of_bases_and_another_order(design):
    twin = shuffled(design, seed=1)
    assert twin.bases != design.bases and pairs(twin.bases) == pairs(design.bases)
    assert twin == shuffled(design, seed=1) and twin != shuffled(design, seed=2)
    assert twin.name == "d_shuffled"


def test_kept_stretches_stay_in_the_shuffled_twin_and_each_free_one_keeps_its_pairs(design):
    kept = ((0, 30), (90, 120))
    twin = shuffled(design, kept)
    for start, end in kept:
        assert twin.bases[start:end] == design.bases[start:end]
    for start, end in ((30, 90), (120, 200)):
        assert twin.bases[start:end] != design.bases[start:end]
        assert pairs(twin.bases[start:end]) == pairs(design.bases[start:end])


def test_a_sequence_of_one_arrangement_has_no_shuffled_twin(design):
    assert shuffled(Sequence("a", "A" * 50)) is None
    assert shuffled(design, ((0, 200),)) is None


def test_free_stretches_are_what_lies_between():
    assert kept.free(10, ()) == ((0, 10),)
    assert kept.free(10, ((0, 2), (4, 10))) == ((2, 4),)
    assert kept.free(10, ((2, 4), (4, 6))) == ((0, 2), (6, 10))
    assert kept.joined([(5, 8), (0, 2), (7, 9), (9, 10)]) == ((0, 2), (5, 10))


def test_a_knock_out_takes_all_sites_of_one_family_and_nothing_else(design):
    assert [s.family for s in read(design)] == ["AP-1", "AP-1", "SP1"]
    first, second = knock_outs(design, read(design), read)
    assert (first.family, first.stretches) == ("AP-1", ((20, 27), (60, 67)))
    assert [s.family for s in read(first.sequence)] == ["SP1"]
    assert [s.family for s in read(second.sequence)] == ["AP-1", "AP-1"]
    for twin in (first, second):
        changed = {i for i, (a, b) in enumerate(zip(design.bases, twin.sequence.bases, strict=True)) if a != b}
        assert changed <= {i for start, end in twin.stretches for i in range(start, end)}
    assert first.sequence.name == "d_without_AP-1"


def test_sites_in_kept_stretches_stay(design):
    (only,) = knock_outs(design, read(design), read, kept=((0, 25), (95, 130)))
    assert (only.family, only.stretches) == ("AP-1", ((60, 67),))
    assert [s.family for s in read(only.sequence)] == ["AP-1", "SP1"]


def test_what_no_shuffle_destroys_is_exchanged_base_by_base():
    design = Sequence("d", "C" * 30 + "AAAAAAA" + "C" * 30)

    def run(sequence: Sequence):
        return read(sequence, {"A7": "AAAAAAA"})

    (twin,) = knock_outs(design, run(design), run)
    assert twin.sequence.bases == "C" * 67


def test_a_family_that_cannot_be_taken_out_has_no_twin(design):
    def stubborn(sequence: Sequence):
        return read(design)

    assert knock_outs(design, stubborn(design), stubborn) == []


def test_the_name_of_a_twin_is_one_that_vendors_take(random_bases):
    design = Sequence("d", random_bases(60, 3, "ACT") + AP1 + random_bases(60, 4, "ACT"))

    def run(sequence: Sequence):
        return read(sequence, {"C/EBP (long)": AP1})

    (twin,) = knock_outs(design, run(design), run)
    assert twin.sequence.name == "d_without_C-EBP-long-" and twin.family == "C/EBP (long)"
