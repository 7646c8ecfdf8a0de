"""The measurements of one variant, by its place."""

import numpy as np
import pytest

from engine.data import satmut
from engine.data.measured_variants import SIGN_REMARKS, measured_variants
from engine.sequence import Region

pytestmark = pytest.mark.needs_data("satmut", "cagi5_references")


def at(chrom: str, position: int, build: str, strand: str = "") -> Region:
    return Region(chrom, position - 1, position, build, strand)


def test_every_row_of_a_data_set_is_found_with_what_the_table_says():
    element = satmut.load("LDLR", "GRCh38")
    sd = np.std(element.variants[element.variants["alt"] != "-"]["effect"], ddof=1)
    for row in element.variants.iloc[::37].itertuples():
        variants = measured_variants(at("chr19", row.pos, "hg38"), row.ref, row.alt.replace("-", ""))
        (own,) = [v for v in variants if v.data_set == "LDLR"]
        assert (own.effect, own.p, own.confidence, own.barcodes) == (row.effect, row.p, row.confidence, row.barcodes)
        assert own.cells == "HepG2" and own.sd == pytest.approx(sd)


def test_the_other_strand_and_a_contig_without_its_prefix_are_the_same_place():
    forward = measured_variants(at("chr1", 109817590, "GRCh37"), "G", "T")
    assert measured_variants(at("1", 109817590, "hg19", "-"), "C", "A") == forward
    assert [v.data_set for v in forward] == ["SORT1", "SORT1-flip", "SORT1.2"]


@pytest.mark.parametrize(
    ("region", "ref", "alt"),
    [
        (at("chr1", 109817590, ""), "G", "T"),
        (at("chr1", 109817590, "GRCh38"), "G", "T"),
        (at("chr1", 109817590, "GRCh37"), "A", "T"),
        (at("chr1", 109817590, "GRCh37"), "G", "TT"),
        (Region("chr1", 109817589, 109817591, "GRCh37"), "GA", "TT"),
    ],
)
def test_nothing_is_known_of_another_place_build_base_or_of_a_longer_variant(region, ref, alt):
    assert measured_variants(region, ref, alt) == ()


def test_the_variants_of_which_two_publications_differ_are_named_in_both_builds():
    """The same measurements stand in both builds, MSMB's on the other strand."""
    for element, variants in satmut.SIGN_DIFFERS.items():
        for pos, ref, alt in variants:
            assert ("GRCh37", element, pos, ref, alt) in SIGN_REMARKS
    of_build = {}
    for build, element, pos, ref, alt in SIGN_REMARKS:
        chrom = satmut.load(element, build).region.chrom
        variants = measured_variants(at(chrom, pos, build), ref, alt)
        assert {bool(v.remark) for v in variants if v.effect < 0} == {True}
        assert {bool(v.remark) for v in variants if v.effect > 0} <= {False}
        of_build.setdefault(build, []).append([v.effect for v in variants])
    assert of_build["GRCh37"] == of_build["GRCh38"]
