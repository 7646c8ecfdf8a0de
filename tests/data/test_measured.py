"""What was measured on a stretch of the genome, laid over a sequence."""

import dataclasses

import numpy as np
import pytest

from engine.data import satmut
from engine.data.measured import measured_on, recognised
from engine.errors import DataError
from engine.sequence import Region, Sequence, reverse_complement, substitute

pytestmark = pytest.mark.needs_data("satmut", "cagi5_references")


def cut(sequence: Sequence, start: int, end: int, build: str | None = None) -> Sequence:
    """A stretch of a sequence, by 0-based index."""
    r = sequence.region
    region = Region(r.chrom, r.start + start, r.start + end, r.build if build is None else build)
    return Sequence("cut", sequence.bases[start:end], region)


@pytest.mark.parametrize("build", satmut.BUILDS)
@pytest.mark.parametrize("name", ["LDLR", "MSMB", "TCF7L2"])
def test_every_measured_substitution_lies_at_its_place(name, build):
    element = satmut.load(name, build)
    around = satmut.context(element)
    values = measured_on(around)[name]
    assert values.shape == (len(around), 4)
    told = {(row.pos - 1 - around.region.start, row.alt): row.effect for row in element.snvs().itertuples()}
    for i in range(len(around)):
        for j, alt in enumerate("ACGT"):
            np.testing.assert_equal(values[i, j], told.get((i, alt), np.nan))


def test_all_data_sets_of_an_element_are_found():
    reference = satmut.load("SORT1", "GRCh37").reference()
    assert list(measured_on(reference)) == ["SORT1", "SORT1-flip", "SORT1.2"]
    place = 109817590 - 1 - reference.region.start  # G>T as the public table has it, see satmut.SIGN_DIFFERS
    told = [v[place, "ACGT".index("T")] for v in measured_on(reference).values()]
    assert told == pytest.approx([-2.923952, -2.229018, -2.735995], abs=1e-6)


def test_a_stretch_that_only_touches_an_element_has_its_part_of_it():
    around = satmut.context(satmut.load("LDLR", "GRCh37"))
    whole = measured_on(around)["LDLR"]
    first = int(np.flatnonzero(~np.isnan(whole).all(axis=1))[0])
    part = measured_on(cut(around, first - 30, first + 20))["LDLR"]
    np.testing.assert_array_equal(part, whole[first - 30 : first + 20])
    assert np.isnan(part[:30]).all() and not np.isnan(part[30:]).all()
    assert "LDLR" not in measured_on(cut(around, first - 30, first))


def test_the_contig_may_lack_its_prefix_and_the_build_have_its_other_name():
    reference = satmut.load("LDLR", "GRCh38").reference()
    r = reference.region
    other = Sequence("s", reference.bases, Region(r.chrom.removeprefix("chr"), r.start, r.end, "hg38"))
    np.testing.assert_array_equal(measured_on(other)["LDLR"], measured_on(reference)["LDLR"])


def test_nothing_is_said_about_a_base_that_the_element_does_not_have():
    reference = satmut.load("LDLR", "GRCh38").reference()
    other = "A" if reference.bases[100] != "A" else "C"
    strange = Sequence("s", substitute(reference.bases, 100, other), reference.region)
    expected = measured_on(reference)["LDLR"].copy()
    expected[100] = np.nan
    np.testing.assert_array_equal(measured_on(strange)["LDLR"], expected)


def test_nothing_is_known_elsewhere():
    reference = satmut.load("LDLR", "GRCh38").reference()
    assert measured_on(Sequence("s", reference.bases)) == {}
    assert measured_on(cut(reference, 0, 200, build="")) == {}
    r = reference.region
    assert measured_on(Sequence("s", reference.bases, Region("chr2", r.start, r.end, "GRCh38"))) == {}
    assert measured_on(Sequence("s", "A" * 50, Region(r.chrom, r.start - 50, r.start, "GRCh38"))) == {}
    assert measured_on(Sequence("s", "N" * len(r), r)) == {}


def test_the_other_strand_is_not_what_the_genome_has():
    """Where the two strands have the same base by chance there is a number; nowhere else."""
    reference = satmut.load("LDLR", "GRCh38").reference()
    turned = reverse_complement(reference.bases)
    values = measured_on(Sequence("s", turned, reference.region))["LDLR"]
    same = np.array([a == b for a, b in zip(turned, reference.bases, strict=True)])
    np.testing.assert_array_equal(np.isnan(values).all(axis=1), ~same)


def test_a_sequence_of_the_minus_strand_has_the_effects_of_its_complement():
    reference = satmut.load("LDLR", "GRCh38").reference()
    forward = measured_on(reference)["LDLR"]
    region = dataclasses.replace(reference.region, strand="-")
    turned = measured_on(Sequence("s", reverse_complement(reference.bases), region))["LDLR"]
    for i, base in ((0, "A"), (17, "G"), (len(reference) - 1, "T")):
        there = reverse_complement(base)
        np.testing.assert_equal(turned[i, "ACGT".index(base)], forward[len(reference) - 1 - i, "ACGT".index(there)])
    assert np.isfinite(turned).sum() == np.isfinite(forward).sum() > 300


@pytest.mark.parametrize("strand", ["", "-"])
def test_a_place_without_a_build_gets_the_one_whose_bases_stand_there(strand):
    """As FASTA that was extracted has it."""
    part = cut(satmut.context(satmut.load("LDLR", "GRCh38")), 10, 300)
    bases = reverse_complement(part.bases) if strand else part.bases
    region = dataclasses.replace(part.region, build="", strand=strand)
    assert recognised(Sequence("s", bases, region)).region == dataclasses.replace(region, build="GRCh38")
    moved = dataclasses.replace(region, start=region.start + 1, end=region.end + 1)
    assert recognised(Sequence("s", bases, moved)).region == moved


# --- a place told by the bases ----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["LDLR", "SORT1.2", "TCF7L2"])
def test_a_sequence_of_unknown_place_is_recognised_by_its_bases(name):
    around = satmut.context(satmut.load(name, "GRCh38"))
    part = cut(around, 10, 300)
    found = recognised(Sequence("mine", part.bases, origin="FASTA"))
    assert found == Sequence("mine", part.bases, part.region, "FASTA, recognised by its bases")


@pytest.mark.parametrize("build", ["GRCh37", "GRCh38"])
def test_the_build_of_a_place_is_told_by_the_bases_there(build):
    """As of what `extract` wrote: the header says where, and not in which build."""
    part = cut(satmut.context(satmut.load("SORT1", build)), 10, 300)
    unnamed = dataclasses.replace(part.region, build="")
    assert recognised(Sequence("mine", part.bases, unnamed)).region == part.region
    elsewhere = dataclasses.replace(unnamed, start=unnamed.start + 1, end=unnamed.end + 1)
    assert recognised(Sequence("mine", part.bases, elsewhere)).region == elsewhere


def test_the_strand_that_the_table_has_in_the_older_build_is_found_there():
    older = satmut.load("MSMB", "GRCh37").reference()
    assert recognised(Sequence("s", older.bases)).region == older.region


def test_what_is_not_letter_for_letter_a_measured_stretch_has_no_place(monkeypatch):
    bases = satmut.load("LDLR", "GRCh38").reference().bases
    one_base_off = substitute(bases, 100, "A" if bases[100] != "A" else "C")
    for other in (one_base_off, reverse_complement(bases), bases[:29], "A" * 500 + bases):
        assert recognised(Sequence("s", other)).region is None
    element = satmut.load("LDLR", "GRCh38")
    around = satmut.context(element)
    flank = cut(around, 0, element.region.start - around.region.start)
    assert len(flank) >= 60 and recognised(Sequence("s", flank.bases)).region is None  # nothing was measured there
    placed = Sequence("s", bases, Region("chr1", 0, len(bases), "GRCh37"))
    assert recognised(placed) is placed

    def missing(element):
        raise DataError("not downloaded")

    monkeypatch.setattr(satmut, "context", missing)
    assert recognised(Sequence("s", bases)).region is None
