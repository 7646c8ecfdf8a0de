"""GenBank and EMBL files: what others wrote is read, and what is written others read."""

import datetime
import io

import pytest
from Bio import SeqIO

from engine.editor import genbank
from engine.editor.document import Document
from engine.fasta import read_records
from engine.results import Feature
from engine.sequence import ADAPTER_LEFT, ADAPTER_RIGHT, Region, Sequence

DAY = datetime.date(2026, 11, 30)
# as Benchling and SnapGene export it
GENBANK = """LOCUS       my_plasmid                40 bp    DNA     linear   SYN 01-JAN-2024
DEFINITION  A promoter with a site,
            and more of it.
ACCESSION   urn.local...1
FEATURES             Location/Qualifiers
     source          1..40
                     /organism="none"
     promoter        3..12
                     /label="the ""core"" promoter"
                     /ApEinfo_fwdcolor="#FF9900"
     CDS             complement(join(15..20,25..30))
                     /gene="LDLR"
     misc_feature    35
                     /note="color: #00aa00; a base"
     misc_feature    join(J00194.1:100..202)
                     /label="elsewhere"
ORIGIN
        1 acgtacgtac gtacgtacgt acgtacgtac gtacgtacgt
//
"""
EMBL = """ID   X56734; SV 1; linear; DNA; STD; PLN; 12 BP.
XX
DE   A short one
FH   Key             Location/Qualifiers
FT   protein_bind    2..6
FT                   /bound_moiety="SP1"
XX
SQ   Sequence 12 BP; 3 A; 3 C; 3 G; 3 T; 0 other;
     acgtacgtac gt                                                            12
//
"""


def read(text: str) -> list[genbank.Annotated]:
    return genbank.annotated(text, read_records(text))


def spans(features) -> list[tuple]:
    return [(f.name, f.start, f.end, f.strand, f.kind) for f in features]


def test_the_features_of_a_record_are_read():
    (one,) = read(GENBANK)
    assert spans(one.features) == [
        ('the "core" promoter', 2, 12, "+", "promoter"),
        ("LDLR (1 of 2)", 24, 30, "-", "CDS"),  # as it is read on its strand
        ("LDLR (2 of 2)", 14, 20, "-", "CDS"),
        ("color: #00aa00; a base", 34, 35, "+", "misc_feature"),
    ]
    assert [f.colour for f in one.features][::3] == ["#ff9900", "#00aa00"] and one.left_out == 1
    assert one.document("mine").features == one.features


def test_embl_and_what_has_no_table_of_features():
    (one,) = read(EMBL)
    assert spans(one.features) == [("SP1", 1, 6, "+", "protein_bind")]
    assert [a.features for a in read(">a\nACGT\n>b\nACGT\n")] == [(), ()]
    (bare,) = read("ORIGIN\n        1 acgtacgtac gt\n//\n")
    assert bare.features == () and bare.sequence.bases == "ACGTACGTACGT"


def test_a_table_that_cannot_be_read_costs_no_letter():
    broken = GENBANK.replace("3..12", "three")
    (one,) = read(broken)
    assert one.sequence.bases == "ACGT" * 10


def test_descriptions_of_records_are_kept():
    records = read_records(GENBANK)
    assert list(records.descriptions.values()) == ["A promoter with a site, and more of it"]
    assert read_records(EMBL).descriptions == {"X56734.1": "A short one"}
    text = ">a chr1:1-4(+) first of two\nACGT\n>b\nACGT\n>c second  of two\nACGT\n"
    assert read_records(text).descriptions == {"a": "first of two", "c": "second of two"}


def test_what_is_written_comes_back():
    document = Document(Sequence("my site", "ACGTACGTAC", Region("chr1", 99, 109, "GRCh38", "-")), remark="measured")
    drawn = document.annotated(Feature("the ß site", 2, 6, "-", "#d55e00", "protein_bind"), Feature("b", 0, 3))
    (one,) = read(genbank.write(drawn, DAY))
    assert one.features == drawn.features
    assert (one.sequence.bases, one.sequence.region) == (document.bases, document.reference.region)
    assert genbank.write(drawn, DAY) == genbank.write(drawn, DAY)


def test_edits_are_written_as_variations_of_the_reference():
    document = Document(Sequence("mine", "ACGTACGTAC")).spliced(8, 1, "").spliced(4, 0, "GGG").substituted(1, "T")
    record = SeqIO.read(io.StringIO(genbank.write(document, DAY)), "genbank")
    edits = [(int(f.location.start), int(f.location.end), f.qualifiers["replace"][0]) for f in record.features]
    assert edits == [(1, 2, "c"), (4, 7, ""), (11, 11, "a")]
    assert str(record.seq) == document.bases
    # put back what the reference has, from the last to the first
    bases = str(record.seq)
    for start, end, before in reversed(edits):
        bases = bases[:start] + before.upper() + bases[end:]
    assert bases == document.reference.bases


def test_a_stretch_takes_its_features_with_it():
    (one,) = read(GENBANK)
    part = one.part(10, 26)
    assert part.sequence.bases == one.sequence.bases[10:26]
    assert [(f.name, f.start, f.end) for f in part.features] == [
        ('the "core" promoter', 0, 2), ("LDLR (1 of 2)", 14, 16), ("LDLR (2 of 2)", 4, 10),
    ]  # fmt: skip


def test_features_move_when_the_adapters_are_taken_off():
    oligo = ADAPTER_LEFT + "ACGTACGTAC" + ADAPTER_RIGHT
    text = genbank.write(Document(Sequence("oligo", oligo)).annotated(Feature("site", 10, 20)), DAY)
    (one,) = read(text)
    assert one.sequence.bases == "ACGTACGTAC" and spans(one.features)[0][:3] == ("site", 0, 5)


@pytest.mark.parametrize("name", ["x" * 300, "a b\u00e9", "-", "1"])
def test_any_name_can_be_written(name):
    text = genbank.write(Document(Sequence(name, "ACGTACGTAC")), DAY)
    assert read_records(text).sequences[0].bases == "ACGTACGTAC"
