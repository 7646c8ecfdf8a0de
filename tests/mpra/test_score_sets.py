"""Score sets of MaveDB: the changed target of each notation, held against mavehgvs and saturation mutagenesis."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mavehgvs import Variant

from engine.data import satmut
from engine.errors import InputError
from engine.mpra.reading import Beside, read_library
from engine.mpra.score_sets import changed, edits_of
from engine.sequence import Region, Sequence

TARGET = Sequence("tgt", "ACGTTGCAAC")


@pytest.mark.parametrize(
    ("text", "bases"),
    [
        ("n.1A>T", "TCGTTGCAAC"),
        ("c.10C>G", "ACGTTGCAAG"),
        ("g.2_3del", "ATTGCAAC"),
        ("n.4dup", "ACGTTTGCAAC"),
        ("n.5dup", "ACGTTTGCAAC"),  # the same repeat
        ("n.2_3dup", "ACGCGTTGCAAC"),
        ("n.2_3insAA", "ACAAGTTGCAAC"),
        ("n.3_5delinsA", "ACAGCAAC"),
        ("n.[1A>T;3del;9_10insG]", "TCTTGCAAGC"),
        ("tgt:n.1A>T", "TCGTTGCAAC"),
        ("n.=", "ACGTTGCAAC"),
        ("_wt", "ACGTTGCAAC"),
        ("=", "ACGTTGCAAC"),
    ],
)
def test_a_change_gives_one_sequence(text, bases):
    assert changed(TARGET, edits_of(text, TARGET)) == bases


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("n.1G>T", "the target has A at position 1, not G"),
        ("n.11A>T", "lies outside the target, which has 10 bases"),
        ("c.4+1G>T", "in an intron"),
        ("c.-3A>G", "outside the coding sequence"),
        ("c.*3A>G", "outside the coding sequence"),
        ("p.Lys4Arg", "change of the protein"),
        ("_sy", "change of the protein"),
        ("n.2_4insA", "no change of DNA in MAVE-HGVS|between two neighbours"),
        ("n.[2_4del;3G>T]", "overlapping changes"),
        ("NM_1.1:c.1A>T", "positions are those of NM_1.1"),
        ("NC_000001.10:g.101A>T", "give the target with its place"),
        ("chr1:100 A>T", "no change of DNA in MAVE-HGVS"),
        ("n.1A>T" * 500, "has 3,000 characters"),
    ],
)
def test_what_cannot_be_placed_is_refused(text, reason):
    with pytest.raises(InputError, match=reason):
        edits_of(text, TARGET)


def test_positions_of_a_chromosome_are_those_of_the_targets_place():
    placed = Sequence("tgt", TARGET.bases, Region("chr1", 100, 110, "GRCh37"))
    assert changed(placed, edits_of("NC_000001.10:g.101A>T", placed)) == "TCGTTGCAAC"
    with pytest.raises(InputError, match="GRCh38"):
        edits_of("NC_000001.11:g.101A>T", placed)
    with pytest.raises(InputError, match="lies on chr1"):
        edits_of("NC_000002.11:g.101A>T", placed)


@settings(derandomize=True, deadline=None, database=None, max_examples=60)
@given(
    bases=st.text("ACGT", min_size=12, max_size=30),
    start=st.integers(0, 8),
    removed=st.integers(1, 3),
    inserted=st.text("ACGT", max_size=3),
)
def test_mavehgvs_reads_the_same_change(bases, start, removed, inserted):
    """What we write by the grammar of MAVE-HGVS is what we read, and mavehgvs holds it against the target too."""
    target, end = Sequence("t", bases), start + removed
    place = f"{start + 1}_{end}" if removed > 1 else f"{start + 1}"
    text = f"n.{place}delins{inserted}" if inserted else f"n.{place}del"
    Variant(text, targetseq=bases)  # raises where it does not fit
    assert changed(target, edits_of(text, target)) == bases[:start] + inserted + bases[end:]


SET = """# Accession: urn:mavedb:00000000-a-1
# Licence: CC0
accession,hgvs_nt,hgvs_splice,hgvs_pro,score,sd
x#1,n.1A>T,NA,NA,0.5,0.1
x#2,n.[1A>T;3del],NA,NA,-0.25,0.1
x#3,n.=,NA,NA,0.01,0.1
x#4,_wt,NA,NA,0.03,0.1
x#5,n.1G>T,NA,NA,1,0.1
x#6,n.5dup,NA,NA,NA,0.1
x#7,NA,NA,p.=,1,0.1
"""


def test_a_score_set_is_a_library_of_variants():
    library = read_library(SET.encode(), "set.csv", beside=Beside(target=TARGET))
    assert library.kind == "variants" and library.names == ("n.1A>T", "n.[1A>T;3del]") and library.target == TARGET
    assert library.measured[:, 0].tolist() == [0.5, -0.25] and library.lines.tolist() == [4, 5]
    assert [(r.line, r.counts) for r in library.left_out] == [
        (6, False),
        (7, False),
        (8, True),
        (9, False),
        (10, False),
    ]
    assert any("The target itself has a score of 0.02" in note for note in library.notes)


def test_the_target_may_stand_in_the_table():
    library = read_library(b"hgvs_nt,score,target_sequence\nn.1A>T,1,ACGTTGCAAC\nn.2C>T,2,ACGTTGCAAC\n", "set.csv")
    assert library.target.bases == "ACGTTGCAAC" and library.bases == ("TCGTTGCAAC", "ATGTTGCAAC")


def test_a_target_that_most_variants_do_not_fit_is_refused():
    rows = "".join(f"n.{i}{'C' if i % 2 else 'T'}>G,1\n" for i in range(1, 10))
    with pytest.raises(InputError, match="name another base than the target 'a'"):
        read_library(f"hgvs_nt,score\n{rows}".encode(), "set.csv", beside=Beside(target=Sequence("a", "A" * 20)))


@pytest.mark.needs_data("satmut")
def test_saturation_mutagenesis_written_as_a_score_set_gives_its_own_alleles():
    element = satmut.load("SORT1", "GRCh38")
    target = element.reference("N")
    start = element.region.start
    variants = element.variants.head(300)
    rows = [
        f"n.{v.pos - start}{'del' if v.alt == '-' else f'{v.ref}>{v.alt}'},{v.effect:.5f}"
        for v in variants.itertuples()
    ]
    library = read_library(
        ("hgvs_nt,score\n" + "\n".join(rows)).encode(),
        "sort1.csv",
        beside=Beside(target=Sequence("SORT1", target.bases)),
    )
    assert len(library) == 300 and not [r for r in library.left_out if r.counts]
    for bases, v in zip(library.bases, variants.itertuples(), strict=True):
        at = v.pos - 1 - start
        assert bases == target.bases[:at] + v.alt.replace("-", "") + target.bases[at + 1 :]
    np.testing.assert_allclose(library.measured[:, 0], variants["effect"], atol=1e-5)
