"""Every notation under its own convention: the same variant read from all of them, and what is refused, with why."""

import time

import mavehgvs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import InputError
from engine.genome.notations.typed import NOTATIONS, is_variant, parse_line, parse_variant, parse_variants, rs_numbers
from engine.genome.reference import PlacedReference
from engine.genome.variants import Variant
from engine.sequence import Region, Sequence

#        positions 101..120 are these
BASES = "ACGTTGCAAGTCCATGGATC"
PLACED = PlacedReference([Sequence("piece", BASES, Region("chr1", 100, 120, "GRCh38"))])


def read(text: str, reference=PLACED) -> tuple[str, int, str, str, str]:
    v = parse_variant(text, reference)
    return v.chrom.removeprefix("chr"), v.pos, v.ref, v.alt, v.build


@pytest.mark.parametrize(
    "text",
    [
        # rs12740374: base 109274968 of chromosome 1 in GRCh38, counted from 1
        "chr1:109274968 G>T", "1:109274968G>T", "chr1-109274968-G-T", "1-109274968-G-T", "chr1:109274968:G:T",
        "chr1:109274968_G/T", "chr1 109274968 G T", "chr1\t109274968\tg\tt", "1:109,274,968 G>T", "1–109274968–G–T",
        "1 109274968 109274968 G/T", "1 109274968 109274968 G/T +", "1 109274968 109274968 C/A -1 rs12740374",
        "1 109274968 109274968 G T", "chr1 109274968 rs12740374 G T . PASS AF=0.2 GT 0/1", "chr1 109274968 . G T",
        "NC_000001.11:g.109274968G>T", "chr1:g.109274968 G>T", "NC_000001.11:109274967:G:T",
        "nc_000001.11:109274967:g:t",
        "CM000663.2:109274967:G:T", "chr1_109274968_G_T_b38", "1_109274968_G_T", "1_109274968_G/T",
        "chr1(GRCh38):g.109274968G>T", "hg38(chr1):g.109274968G>T", "NC_000001.11 109274968 G>T",
    ],
)  # fmt: skip
def test_one_variant_in_every_notation_is_one_place(text):
    assert read(text, None)[:4] == ("1", 109274968, "G", "T")
    assert read(text, None)[4] == (
        "GRCh38" if any(mark in text.lower() for mark in ("nc_", "cm0", "38(", "b38", "h38)")) else ""
    )
    assert is_variant(text)


@pytest.mark.parametrize("unseen", ["\u200b", "\u2060", "\ufeff"])
def test_characters_that_nobody_sees_change_nothing(unseen):
    """A message on a page has one behind 'NC_000001.11:', and its example is copied with it."""
    text = f"NC_000001.11:{unseen}109274967:{unseen}G:T"
    assert is_variant(text) and read(text, None)[:4] == ("1", 109274968, "G", "T")
    assert rs_numbers(f"{unseen}rs12740374{unseen}") == {"rs12740374"}


def test_an_rs_number_is_a_variant_that_is_nowhere_without_dbsnp():
    assert is_variant(" rs12740374 ") and not is_variant("rs12740374x")
    with pytest.raises(InputError, match="name in dbSNP and not a place"):
        parse_variant("rs12740374")


@pytest.mark.parametrize("notation", NOTATIONS, ids=lambda n: n.name)
def test_the_example_of_a_notation_is_of_no_other(notation):
    assert [n.name for n in NOTATIONS if n.looks_like(notation.example)] == [notation.name]
    assert read(notation.example, None)[:4] == ("1", 109274968, "G", "T")


@pytest.mark.parametrize(
    ("text", "expected"),
    [  # positions 101..110 are ACGTTGCAAG
        ("NC_000001.11:102:G:", (103, "G", "")),
        ("NC_000001.11:102:GTT:A", (103, "GTT", "A")),
        ("NC_000001.11:102:3:A", (103, "GTT", "A")),
        ("NC_000001.11:102:3:", (103, "GTT", "")),
        ("NC_000001.11:103::TT", (104, "", "TT")),
        ("NC_000001.11:103:0:TT", (104, "", "TT")),
        ("chr1_103_GT_G_b38", (103, "GT", "G")),
        ("1_103_G/-", (103, "G", "")),
        ("1 103 105 GTT/- + del", (103, "GTT", "")),
        ("1 104 103 -/CC + ins", (104, "", "CC")),
        ("1 104 103 -/CC - ins", (104, "", "GG")),
        ("1 103 104 GT -", (103, "GT", "")),
        ("chr1:103 G>-", (103, "G", "")),
        ("chr1:103 ->AA", (103, "", "AA")),
        ("chr1:g.103del", (103, "G", "")),
        ("chr1:g.103_105del3", (103, "GTT", "")),
        ("chr1:g.102_103dup", (104, "", "CG")),
        ("chr1:g.103_104insAAA", (104, "", "AAA")),
        ("chr1:g.103_104ins101_102", (104, "", "AC")),
        ("chr1:g.103_104delinsA", (103, "GT", "A")),
        ("chr1:g.101_103inv", (101, "ACG", "CGT")),
    ],
)
def test_what_each_notation_means_by_hand(text, expected):
    assert read(text)[1:4] == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("chr1:102:G:", "SPDI, which counts from 0 and needs an accession"),
        ("chr1:102::TT", "SPDI, which counts from 0"),
        ("1-102--AC", "tools place an insertion with '-' before or behind"),
        ("chr1:102:-:AC", "tools place an insertion with '-' before or behind"),
        ("1:102:1:A", "SPDI, which counts from 0"),
        ("NC_000001:102:G:A", "does not say which build is meant"),
        ("NC_000001.11:102::", "changes nothing"),
        ("NM_000527.5:102:G:A", "is no chromosome"),
        ("chr1_103_G_A_b73", "unknown genome build 'b73'; known: GRCh37"),
        ("NC_000001.11_103_G_A_b37", "of GRCh38, and GRCh37"),
        ("1 102 103 G A", "counts from 1"),
        ("1 102 103 G/A +", "does its start count from 0, as in BED?"),
        ("1 103 103 G/A ?", "the strand is '?'"),
        ("1 103 105 DUP +", "is structural (DUP)"),
        ("1 103 103 - AA", "tools place an insertion with '-' before or behind"),
        ("1 103 7 G A . PASS", "in the third column an end or a name"),
        ("chr1 103 G T A", "is G a name or an allele?"),
        ("chr1:103-105 GTT>A", "is not a variant"),
        ("chr1:1,03 G>A", "is not a position"),
        ("chr1:103 GG", "is not a variant"),
        ("chr1:g.103=", "says that nothing is changed"),
        ("chr1:g.[103G>T;105T>A]", "holds several variants"),
        ("chr1:g.103G[5]", "counts repeats"),
        ("chr1:g.(101_103)del", "has an uncertain position"),
        ("chr1:g.101_103con105_107", "is a conversion"),
        ("chr1:g.pter_103del", "has an uncertain position"),
        ("NM_000527.5(LDLR):c.-134G>T", "counts along a transcript"),
        ("NP_000518.1:p.Gly2Arg", "counts along a transcript or protein"),
        ("GRCh37(NC_000001.11):g.103G>T", "names a sequence of GRCh38, and GRCh37"),
        ("chr1(GRCh73):g.103G>T", "unknown genome build 'GRCh73'"),
        ("rs12740374", "nothing is looked up on the internet"),
        ("chr1:" + "9" * 5000 + " A>T", "digits in one number"),
        ("chr1:g." + "9" * 5000 + "A>T", "digits in one number"),
        ("NC_000001.11:" + "9" * 5000 + ":A:T", "digits in one number"),
        ("chr1:١٠٣ A>T", "is not a variant"),
        ("chr1:g.101_999999999del", "bases in one allele"),
        ("NC_000001.11:100:999999999:", "bases in one allele"),
        ("chr1:103 G>" + "A" * 20_000, "bases in one allele"),
        ("x" * 200_000, "letters in one line"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(text, reason):
    with pytest.raises(InputError) as error:
        parse_line(text, PLACED)
    assert reason in str(error.value) and len(str(error.value)) < 600


def test_several_alleles_of_one_line_are_all_read():
    assert [v.alt for v in parse_line("1 103 rs1 G A,T")] == ["A", "T"]
    assert [(v.ref, v.alt, v.name) for v in parse_line("1 103 103 C/T/A - mine")] == [
        ("G", "A", "mine"),
        ("G", "T", "mine"),
    ]
    with pytest.raises(InputError, match="names 2 alleles"):
        parse_variant("1 103 rs1 G A,T")


@settings(derandomize=True, deadline=None, database=None, max_examples=150)
@given(
    start=st.integers(0, 15), length=st.integers(0, 4), alt=st.text("ACGT", max_size=4),
    kind=st.sampled_from(["del", "dup", "ins", "delins", "sub"]),
)  # fmt: skip
def test_hgvs_is_read_as_mavehgvs_reads_it(start, length, alt, kind):
    first, last = 101 + start, 100 + start + max(1, length)
    where = f"{first}" if first == last else f"{first}_{last}"
    ref = BASES[start : start + max(1, length)]
    text = {
        "del": f"g.{where}del",
        "dup": f"g.{where}dup",
        "ins": f"g.{first}_{first + 1}ins{alt or 'A'}",
        "delins": f"g.{where}delins{alt or 'A'}",
        "sub": f"g.{first}{ref[0]}>{'ACGT'['ACGT'.index(ref[0]) - 1]}",
    }[kind]
    oracle = mavehgvs.Variant(text)
    positions = oracle.positions if isinstance(oracle.positions, tuple) else (oracle.positions,) * 2
    if kind == "delins" and (alt or "A") == ref:
        return
    v = parse_variant(f"chr1:{text}", PLACED)
    low, high = (p.position for p in positions)
    if kind == "ins":
        assert (v.pos, v.ref, v.alt) == (high, "", oracle.sequence)
    elif kind == "dup":
        assert (v.pos, v.ref, v.alt) == (high + 1, "", BASES[low - 101 : high - 100])
    else:
        new = {"del": "", "delins": oracle.sequence, "sub": oracle.sequence and oracle.sequence[-1]}[kind]
        assert (v.pos, v.ref, v.alt) == (low, BASES[low - 101 : high - 100], new)


def test_a_list_names_the_lines_that_are_none_and_keeps_the_rest():
    text = "# mine\r\nchr1:103 G>T\r\rnonsense\n1 104 rs2 T A,C # second\n\ufeffNC_000001.11:104:T:A\n"
    found = parse_variants(text, PLACED)
    assert [(v.pos, v.alt) for v in found.variants] == [(103, "T"), (104, "A"), (104, "C"), (105, "A")]
    assert [s.line for s in found.skipped] == [4] and found.lines == [2, 5, 5, 6] and found.skipped[0].counts


def test_rs_numbers_come_from_the_file_that_was_given():
    known = {"rs1": [Variant("1", 103, "G", "T", "rs1", "GRCh38"), Variant("1", 103, "G", "A", "rs1", "GRCh38")]}
    assert parse_line("RS1", PLACED, known) == known["rs1"]
    with pytest.raises(InputError, match="'rs2' is not in the dbSNP file"):
        parse_line("rs2", PLACED, known)
    assert rs_numbers("rs1\n RS22, x_rs3 xrs4 rs5x rs6;rs7") == {"rs1", "rs22", "rs6", "rs7"}


@pytest.mark.parametrize(
    "text",
    [
        "chr1:1" + " " * 50_000 + "A" + " " * 40_000 + "!", "1_" * 40_000, "1:" * 40_000, "A" * 90_000 + "-1-A-",
        "1 " * 45_000,
        "chr1:g." + "1_" * 40_000, "chr1:g." + "del" * 30_000, "NC_000001.11:1:" + "A" * 80_000 + "!", "1,2" * 30_000,
    ],
)  # fmt: skip
def test_no_line_takes_long(text):
    start = time.perf_counter()
    with pytest.raises(InputError):
        parse_line(text, PLACED)
    assert time.perf_counter() - start < 1
