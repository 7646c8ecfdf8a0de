"""Sequences as people have them: FASTA, flat files, what they paste, the library's oligos."""

import io
import re

import pyfaidx
import pytest
from Bio import SeqIO
from Bio.Seq import Seq
from Bio.SeqRecord import SeqRecord
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import fasta
from engine.errors import InputError
from engine.limits import NAME
from engine.sequence import ADAPTER_LEFT, ADAPTER_RIGHT, Region, Sequence, reverse_complement

DNA = st.text("ACGTNRYK", min_size=1, max_size=200)
ELEMENT = "TTTCCTCATGCAATTCAAAACCATG" * 8


# --- what people paste ------------------------------------------------------------------------------


@pytest.mark.parametrize("bases", ["", " \n", ">only a header\n"])
def test_an_empty_sequence_is_an_error(bases):
    with pytest.raises(InputError, match="empty"):
        fasta.clean(bases)


@pytest.mark.parametrize(
    ("text", "bases", "changes"),
    [
        ("ACGT", "ACGT", []),
        ("AC GT\tA\n C\n", "ACGTAC", ["removed blanks"]),
        ("1 ACGT\n5 ACGT 8", "ACGTACGT", ["removed blanks", "removed 3 digit(s)"]),
        ("acgTn", "ACGTN", ["raised lower case to upper case"]),
        ("ACUU", "ACTT", ["wrote 2 U as T"]),
        ("acuu", "ACTT", ["raised lower case to upper case", "wrote 2 U as T"]),
        (">name and words\nACGT", "ACGT", ["left out 1 header line(s)"]),
        ("; comment\r\n> name\r\nACGT\r\nRYK\r\n", "ACGTRYK", ["left out 2 header line(s)"]),
        ("ACGT\r\nGG\rCC", "ACGTGGCC", []),
    ],
)
def test_clean_repairs_what_people_paste_and_says_so(text, bases, changes):
    assert fasta.clean(text) == (bases, changes)
    assert fasta.clean(bases) == (bases, [])


def test_clean_counts_the_position_among_the_letters():
    with pytest.raises(InputError, match="letter 'Z' at position 5"):
        fasta.clean("> header\n1 ACG\n4 Tz")


@pytest.mark.parametrize("letter", ["ß", "ſ", "é", "А"])  # the last one is Cyrillic
def test_no_foreign_letter_turns_into_dna_by_upper_casing(letter):
    with pytest.raises(InputError, match=f"letter '{letter}' at position 3"):
        fasta.clean(f"ac{letter}gt")
    with pytest.raises(InputError, match=f"letter '{letter}' at position 3"):
        fasta.read_fasta(f">a\nac{letter}gt\n")


@pytest.mark.parametrize(
    "text",
    [
        "        1 gatcctccat atacaacggt atctccacct\n       31 caggtttaga tctcaacaac\n",
        "     gatcctccat atacaacggt atctccacct        30\n     caggtttaga tctcaacaac          50\n",
        "     601 gatcctccat atacaacggt atctccacct\n 631 caggtttaga tctcaacaac",  # copied out of the middle
        "ORIGIN\n        1 gatcctccat atacaacggt atctccacct\n       31 caggtttaga tctcaacaac\n//\n",
        "\ufeff>a\r\n1 gatcctccat atacaacggt atctccacct 30\r31 caggtttaga tctcaacaac 50",
        "gatcctccat\u00a0atacaacggt\u200batctccacct\ncaggtttaga tctcaacaac",
    ],
)
def test_the_numbering_and_blanks_of_data_banks_are_taken_out(text):
    assert fasta.clean(text)[0] == "GATCCTCCATATACAACGGTATCTCCACCTCAGGTTTAGATCTCAACAAC"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("chr1 ACGT", "line 1 of 'mine': 'chr1' among bases has digits"),
        ("ACGT\nGATA1 ACGT", "line 2 of 'mine': 'GATA1'"),
        ("GATA1", "'GATA1'"),
        ("chr ACGT", "'chr' beside other words looks like a name"),
        ("MYB ACGTACGT", "'MYB' beside other words looks like a name"),
        ("ACGT 12 ACGT", "'12' among bases"),
        ("1 ACGTAC\n2 GGTACC", "line 2 of 'mine' is numbered 2 where 7 is due"),
        ("chr1\t100\t200\tACGT", "'chr1'"),
        ("ACGTAC 6\nGGTACC 6", "line 2 of 'mine' is numbered 6 where 12 is due"),
        ("1" * 5000 + " ACGT", "more than 18"),
        ("ACGT ١٢", "letter '١' at position 5"),
        ("ACGT\n>x\nACGT", "letter '>' at position 5"),
        (">x\nAC\n//\nGT", "letter '/' at position 3"),
        ("ORIGIN\n1 acgt\n//\nORIGIN\n1 acgt\n//\n", "2 records were given"),
    ],
)
def test_what_are_no_bases_is_refused_by_name_and_place(text, reason):
    with pytest.raises(InputError, match=re.escape(reason)):
        fasta.clean(text, "mine")
    if not text.startswith("ORIGIN") and ">" not in text:
        with pytest.raises(InputError):
            fasta.read_fasta(">a\n" + text)


def test_pasted_text_is_records_or_one_sequence():
    records, changes = fasta.read_pasted("\ufeff>a\nACGT\n>b\n1 GG\n")
    assert [(s.name, s.bases) for s in records.sequences] == [("a", "ACGT"), ("b", "GG")]
    assert (records.remarks, changes) == (["1 digit(s) of numbering were taken out"], [])
    records, changes = fasta.read_pasted("acgt")
    assert records.sequences == [Sequence("pasted", "ACGT", origin="pasted")]
    assert changes == ["raised lower case to upper case"]


# --- FASTA ------------------------------------------------------------------------------------------


def test_fasta_is_read_over_lines_in_any_case_with_u_as_t():
    records = fasta.read_fasta("\n>one first record\r\nACG\r\nuu\r\n\n>two\nNNRY\n")
    assert [(r.name, r.bases, r.origin) for r in records] == [("one", "ACGTT", "FASTA"), ("two", "NNRY", "FASTA")]


@pytest.mark.parametrize("width", [1, 60, 80, 1000])
def test_fasta_written_is_fasta_read(width, random_bases):
    records = [Sequence(f"s{n}", random_bases(n, n), origin="FASTA") for n in (1, 79, 80, 81, 400)]
    text = fasta.write_fasta(records, width)
    assert fasta.read_fasta(text) == records
    assert max(len(line) for line in text.splitlines() if not line.startswith(">")) <= width


def test_fasta_written_is_read_by_pyfaidx(tmp_path, random_bases):
    records = [Sequence(f"s{n}", random_bases(n, n), Region("chr1", 0, n)) for n in (1, 80, 175)]
    file = tmp_path / "out.fa"
    file.write_text(fasta.write_fasta(records))
    with pyfaidx.Fasta(str(file)) as indexed:
        assert {r.name: str(r) for r in indexed} == {r.name: r.bases for r in records}
        assert [r.long_name for r in indexed] == ["s1 chr1:1-1", "s80 chr1:1-80", "s175 chr1:1-175"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "mine.fa is empty"),
        (" \n ", "mine.fa is empty"),
        ("ACGT\n", "mine.fa is not FASTA: it starts with 'ACGT', not with '>'"),
        (">\nACGT", "record 1 of mine.fa has no name"),
        (">a\nAC\n>  \nGT", "record 2 of mine.fa has no name"),
        (">a\n>b\nAC", "record 'a' of mine.fa has no bases"),
        (">a\nAC\n>a other\nGT", "two records of mine.fa are named 'a'"),
        (">a\nACG\n>b\nAC\nG-T", "'b': letter '-' at position 4"),
    ],
)
def test_what_is_not_fasta_is_an_error_that_names_the_record(text, reason):
    with pytest.raises(InputError, match=re.escape(reason)):
        fasta.read_fasta(text, "mine.fa")


def test_clean_takes_one_record_and_never_joins_two():
    with pytest.raises(InputError, match="2 FASTA records"):
        fasta.clean(">a\nACGT\n>b\nGGGG\n")


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_no_line_end_loses_bases(end):
    text = ">a\rTTTC\nACGT\n\n; remark\n>b more\nTTTC\nACGT\n".replace("\n", end)
    assert [(s.name, s.bases) for s in fasta.read_fasta(text)] == [("a", "TTTCACGT"), ("b", "TTTCACGT")]


@settings(derandomize=True, deadline=None, database=None, max_examples=60)
@given(
    st.lists(st.tuples(DNA, st.sampled_from(["", "+", "-"]), st.booleans()), min_size=1, max_size=4),
    st.integers(1, 90),
)
def test_names_bases_and_places_written_are_read_back(drawn, width):
    records = [
        Sequence(f"s{i}|x:1", bases, Region("chr1", i, i + len(bases), strand=strand) if placed else None, "FASTA")
        for i, (bases, strand, placed) in enumerate(drawn)
    ]
    assert fasta.read_fasta(fasta.write_fasta(records, width)) == records


@pytest.mark.parametrize(
    ("header", "region"),
    [
        ("e chr1:101-104", Region("chr1", 100, 104)),
        ("e chr1:101-104(-) more", Region("chr1", 100, 104, strand="-")),
        ("chr1:101-104", Region("chr1", 100, 104)),  # as samtools faidx names it
        ("hg38_dna range=chr1:101-104 5'pad=0 strand=- repeatMasking=none", Region("chr1", 100, 104, strand="-")),
        ("hg38_dna range=chr1:101-104 5'pad=0 3'pad=0 strand=+", Region("chr1", 100, 104, strand="+")),
        ("hg38_dna range=chr1:101-104", Region("chr1", 100, 104)),
        ("hg38_dna range=chr1:101-204 5'pad=0 3'pad=0 strand=-", None),  # introns left out
        ("e chr1:101-105", None),
        ("chr1:100-104", None),  # as bedtools names it, from 0
        ("chr1:101-104 of mine", None),
        ("e", None),
    ],
)
def test_a_place_is_believed_where_it_is_as_long_as_the_bases(header, region):
    assert fasta.read_fasta(f">{header}\nACGT\n")[0].region == region


def test_blanks_in_a_name_stay_one_word_and_line_breaks_never_get_into_one():
    (read,) = fasta.read_fasta(fasta.write_fasta([Sequence("my own", "ACGT", Region("chr1", 0, 4))]))
    assert (read.name, read.region) == ("my_own", Region("chr1", 0, 4))
    for name in ("a\n>b", "a\tb", "a\u2028b", "a\x85b", "\x1b[31m"):
        with pytest.raises(InputError, match="take line breaks, tabs and other control characters out"):
            Sequence(name, "ACGT")
    with pytest.raises(InputError, match="letters in its name"):
        fasta.read_fasta(f">{'x' * (NAME.most + 1)}\nACGT\n")


# --- flat files -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["genbank", "embl"])
@settings(derandomize=True, deadline=None, database=None, max_examples=25)
@given(records=st.lists(DNA, min_size=1, max_size=3))
def test_flat_files_of_biopython_are_read(kind, records):
    written = [
        SeqRecord(Seq(bases), f"X{i}.2", f"X{i}", "made up", annotations={"molecule_type": "DNA"})
        for i, bases in enumerate(records)
    ]
    text = io.StringIO()
    SeqIO.write(written, text, kind)
    assert [(s.name, s.bases) for s in fasta.read_fasta(text.getvalue())] == [
        (f"X{i}.2", bases) for i, bases in enumerate(records)
    ]
    assert fasta.clean(text.getvalue().split("//\n")[0])[0] == records[0]


def test_a_flat_file_that_lost_lines_is_refused():
    text = "LOCUS       X1  8 bp    DNA\nORIGIN\n        1 acgtac\n//\n"
    with pytest.raises(InputError, match="'X1' of the FASTA input has 6 bases where its first line says 8 bp"):
        fasta.read_fasta(text)


# --- the library's oligos ---------------------------------------------------------------------------


@pytest.mark.parametrize("turn", [str, reverse_complement, str.lower])
def test_adapters_at_both_ends_are_taken_off_and_said(turn):
    text = f">whole\n{turn(ADAPTER_LEFT + ELEMENT + ADAPTER_RIGHT)}\n>bare\n{ELEMENT}\n"
    records = fasta.read_records(text)
    inner = reverse_complement(ELEMENT) if turn is reverse_complement else ELEMENT
    assert [s.bases for s in records.sequences] == [inner, ELEMENT]
    assert {n: len(o) for n, o in records.oligos.items()} == {"whole": 230}
    assert records.remarks[0].startswith("1 of 2 sequence(s) stand between the adapters")
    kept = fasta.read_records(text, adapters="keep")
    assert [len(s) for s in kept.sequences] == [230, 200]
    assert kept.remarks == []
    pasted, _ = fasta.read_pasted(turn(ADAPTER_LEFT + ELEMENT + ADAPTER_RIGHT))
    assert pasted.sequences[0].bases == inner
    assert pasted.oligos


@pytest.mark.parametrize(
    "bases",
    [
        ADAPTER_LEFT + ELEMENT,
        ELEMENT + ADAPTER_RIGHT,
        ADAPTER_LEFT[:-1] + "A" + ELEMENT + ADAPTER_RIGHT,
        ADAPTER_LEFT + ELEMENT + reverse_complement(ADAPTER_LEFT),
        "A" + ADAPTER_LEFT + ELEMENT + ADAPTER_RIGHT,
        ADAPTER_LEFT + ADAPTER_RIGHT,
    ],
)
def test_all_else_is_a_sequence_of_its_own(bases):
    assert fasta.between_adapters(bases) is None


def test_the_place_of_an_oligo_is_that_of_its_element():
    oligo = ADAPTER_LEFT + ELEMENT + ADAPTER_RIGHT
    (placed,) = fasta.read_records(f">e chr1:101-300\n{oligo}").sequences
    assert placed.region == Region("chr1", 100, 300)
    (placed,) = fasta.read_records(f">e chr1:101-330\n{oligo}").sequences
    assert placed.region is None


def test_sequences_that_are_mostly_unknown_are_named():
    records = fasta.read_records(f">a\n{'N' * 150}{'ACGTA' * 10}\n>b\n{'N' * 100}{'ACGTA' * 20}\n")
    assert records.remarks == ["'a': 150 of 200 letters are unknown"]
