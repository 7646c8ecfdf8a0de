"""A list that does not fit its reference: what most likely happened to it, with counts, and none scored by chance."""

import dataclasses
import random

import numpy as np
import pytest

from engine.genome.diagnosis import LEAST, LOOKED_AT, diagnosis
from engine.genome.effects import score_variants
from engine.genome.reference import PlacedReference
from engine.genome.variants import Variant
from engine.sequence import Region, Sequence, reverse_complement

BASES = "".join(random.Random(3).choices("ACGT", k=3000))
REFERENCE = PlacedReference([Sequence("piece", BASES, Region("chr1", 0, len(BASES), "GRCh38"))])


def other(base: str) -> str:
    return "ACGT"["ACGT".index(base) - 1]


def right(n: int, first: int = 50, step: int = 3) -> list[Variant]:
    return [Variant("1", p, BASES[p - 1], other(BASES[p - 1])) for p in range(first, first + n * step, step)]


def shifted(variants: list[Variant], by: int) -> list[Variant]:
    return [dataclasses.replace(v, pos=v.pos + by, name="") for v in variants]


def swapped(variants: list[Variant]) -> list[Variant]:
    return [dataclasses.replace(v, ref=v.alt, alt=v.ref, name="") for v in variants]


def turned(variants: list[Variant]) -> list[Variant]:
    return [
        dataclasses.replace(v, ref=reverse_complement(v.ref), alt=reverse_complement(v.alt), name="") for v in variants
    ]


@pytest.mark.parametrize("n", [5, 30, 300])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda v: shifted(v, -1), "fit one base further on (POS+1): every position is one too small"),
        (lambda v: shifted(v, 1), "fit one base earlier (POS-1): every position is one too large"),
        (swapped, "have ALT as the genome's base: REF and ALT are exchanged"),
        (turned, "fit on the other strand: they are written on the other strand"),
        (lambda v: turned(swapped(v)), "have ALT as the genome's base on the other strand"),
    ],
)
def test_one_cause_is_named_with_its_counts_and_nothing_is_scored(linear_model, n, change, words):
    variants = change(right(n))
    if "on the other strand" in words and "ALT" in words:  # those that fit by another way say nothing of this one
        variants = [v for v in variants if v.ref not in (BASES[v.pos - 1], reverse_complement(BASES[v.pos - 1]))]
        n = len(variants)
        if n < 5:
            return
    found = diagnosis(variants, REFERENCE)
    wrong = sum(v.ref != BASES[v.pos - 1] for v in variants)
    assert found.refused and words in found.remark
    assert found.remark.startswith(f"{wrong} of {n} variants looked at have another reference base than piece (GRCh38)")
    assert f"{n} of {n} " in found.remark
    table = score_variants(linear_model(window=12), variants, REFERENCE)
    assert np.isnan(table["model.output0.effect"]).all() and set(table["problem"]) == {found.remark}


def test_indels_of_an_exchanged_list_are_not_scored_by_chance(linear_model):
    deletions = [Variant("1", p, BASES[p - 1 : p + 1], BASES[p - 1]) for p in range(50, 80, 3)]
    variants = swapped(right(12) + deletions)
    assert all(v.ref == BASES[v.pos - 1] for v in variants[12:])  # each fits by its first base
    table = score_variants(linear_model(window=12), variants, REFERENCE)
    assert all("REF and ALT are exchanged" in p for p in table["problem"])


def test_a_list_of_another_build_is_refused_by_its_bases():
    rng = random.Random(0)
    variants = []
    for p in range(50, 2900, 10):
        ref = rng.choice("ACGT")
        variants.append(Variant("1", p, ref, other(ref)))
    found = diagnosis(variants, REFERENCE)
    assert found.refused and "most likely called against another genome build" in found.remark


def test_two_causes_are_counted_apart():
    pair = dict(zip("ACGT", "CATG", strict=True))  # no allele is the other's complement
    variants = [Variant("1", p, BASES[p - 1], pair[BASES[p - 1]]) for p in range(50, 230, 3)]
    found = diagnosis(swapped(variants[:30]) + turned(variants[30:]), REFERENCE)
    assert found.refused and "30 have ALT as the genome's base, 30 fit on the other strand. None is" in found.remark


def test_single_mistakes_do_not_speak_of_the_list(linear_model):
    variants = right(200)
    mistaken = swapped(variants[:60]) + variants[60:]
    assert diagnosis(variants, REFERENCE).remark == "" == diagnosis(mistaken, REFERENCE).remark
    assert diagnosis(swapped(right(4)), REFERENCE).remark == ""  # too few
    table = score_variants(linear_model(window=12), mistaken, REFERENCE)
    assert (table["problem"] != "").sum() == 60 and np.isfinite(table["model.output0.effect"][60:]).all()


def test_what_lies_outside_says_nothing():
    elsewhere = [Variant("chr7", v.pos, v.ref, v.alt) for v in swapped(right(50))]
    assert diagnosis(elsewhere, REFERENCE).remark == ""
    assert diagnosis([], REFERENCE).remark == "" == diagnosis([Variant("1", 1, "", "ACG")] * 30, REFERENCE).remark


def test_a_list_of_a_build_that_is_named_is_refused_whether_or_not_it_fits(linear_model):
    variants = [dataclasses.replace(v, build="GRCh37") for v in right(3)]
    found = diagnosis(variants, REFERENCE)
    assert found.refused and "all 3 alleles are of GRCh37 by what their file says, and piece is GRCh38" in found.remark
    mixed = [*right(3), *variants]
    assert not diagnosis(mixed, REFERENCE).refused
    table = score_variants(linear_model(window=12), mixed, REFERENCE)
    assert [bool(p) for p in table["problem"]] == [False] * 3 + [True] * 3
    assert "is of GRCh37 but piece is GRCh38" in table["problem"][3]


def test_few_of_a_long_list_are_looked_at():
    variants = right(950) * 50
    seen = []

    class Counting:
        build, name = REFERENCE.build, REFERENCE.name

        def stretch(self, *where):
            return REFERENCE.stretch(*where)

        def bases(self, region):
            seen.append(region)
            return REFERENCE.bases(region)

    assert diagnosis(variants, Counting()).remark == ""
    assert LEAST < len(seen) <= 3 * LOOKED_AT and max(r.start for r in seen) > 2500  # spread over all
