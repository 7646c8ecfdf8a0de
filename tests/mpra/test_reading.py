"""Tables of sequences with activities: which column means what, units, replicates, and rows that cannot be used."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data import lentimpra, sources
from engine.errors import InputError
from engine.mpra.columns import Choices
from engine.mpra.reading import Beside, read_assignment, read_design, read_library
from engine.sequence import ADAPTER_LEFT, ADAPTER_RIGHT

A, B, C = "ACGTTGCAAC" * 4, "GGATTACACC" * 4, "TTTGACCGAT" * 4


def read(text: str, choices: Choices = Choices(), **beside):
    return read_library(text.encode(), "mine.tsv", choices, Beside(**beside))


def meanings(library) -> dict[str, str]:
    return {c: m for c, m in library.meanings if m != "not used"}


def test_columns_are_recognised_by_their_names():
    header = "oligo_id\tinsert sequence\tK562 [log2(rna/dna)]\tHepG2_log2FC\tp_value\n"
    text = f"{header}e1\t{A}\t1\t2\t.5\ne2\t{B}\t\t-1\t.1\n"
    library = read(text)
    assert library.labels == ("K562", "HepG2") and library.names == ("e1", "e2") and library.bases == (A, B)
    np.testing.assert_equal(library.measured, [[1, 2], [np.nan, -1]])
    assert meanings(library) == {
        "oligo_id": "the element's name",
        "insert sequence": "the sequence that was tested",
        "K562 [log2(rna/dna)]": "activity in K562, log2(RNA/DNA)",
        "HepG2_log2FC": "activity in HepG2, log2(RNA/DNA)",
    }


def test_columns_can_be_named():
    text = f"x,y,z,w\n{A},{B},1,2\n"
    library = read(text, Choices(sequence="y", activity=("HepG2=w", "k562=z")))
    assert library.bases == (B,) and library.labels == ("HepG2", "K562") and library.measured.tolist() == [[2, 1]]
    assert library.names == ("line 2",)


def test_replicates_are_averaged():
    library = read(f"seq,K562_rep1,K562_rep2,HepG2_rep1\n{A},1,2,5\n{B},3,,5\n")
    assert library.labels == ("K562", "HepG2") and library.measured.tolist() == [[1.5, 5], [3, 5]]
    library = read(f"seq,a,b\n{A},1,2\n", Choices(activity=("K562=a", "K562=b")))
    assert library.measured.tolist() == [[1.5]]


def test_a_long_table_of_replicates_and_conditions_is_put_together():
    rows = [("HepG2", 1, "e1", 1), ("HepG2", 2, "e1", 2), ("K562", 1, "e1", 4), ("K562", 1, "e2", 8)]
    text = "condition\treplicate\tname\tlog2\n" + "".join("\t".join(map(str, r)) + "\n" for r in rows)
    library = read(text, design={"e1": A, "e2": B})
    assert library.names == ("e1", "e2") and library.labels == ("HepG2", "K562")
    np.testing.assert_equal(library.measured, [[1.5, 4], [np.nan, 8]])


def test_units_become_log2():
    for unit, value in (("log2", "3"), ("ln", str(3 * math.log(2))), ("log10", str(3 * math.log10(2))), ("ratio", "8")):
        library = read(f"seq,value\n{A},{value}\n", Choices(activity=("value",), unit=unit))
        assert library.measured[0, 0] == pytest.approx(3)
    library = read(f"seq,value\n{A},8\n{B},0\n", Choices(activity=("value",), unit="ratio"))
    assert [(r.line, r.reason) for r in library.left_out] == [(3, "column 'value': a ratio of 0 has no logarithm")]
    with pytest.raises(InputError, match=r"'ratio' does not read like log2.*--unit"):
        read(f"seq,ratio\n{A},8\n")


def test_one_bad_row_does_not_stop_the_others():
    rows = [
        f"ok,{A},1",
        "short,ACGX" + A + ",1",
        "none,,1",
        f"nan,{B},NaN",
        f"inf,{B},inf",
        f"word,{B},high",
        "n," + "N" * 40 + ",1",
    ]
    library = read(
        "name,seq,log2\n" + "\n".join(rows) + f"\nextra,{A},1,2\nlower,{C.lower()},2\nrna,{A.replace('T', 'U')},3\n"
    )
    assert library.names == ("ok", "lower", "rna") and library.bases == (A, C, A)
    reasons = {r.line: r.reason for r in library.left_out}
    assert sorted(reasons) == [3, 4, 5, 6, 7, 8, 9]
    assert "letter 'X' at position 4" in reasons[3] and reasons[4] == "'none' has no sequence"
    assert reasons[6] == "column 'log2': inf is infinite" and reasons[7] == "column 'log2': 'high' is no number"
    assert reasons[8] == "'n' has no base that is known" and "it has 4 cell(s), the header 3" in reasons[9]
    assert [r.line for r in library.left_out if not r.counts] == [5]  # the table itself says that nothing was measured
    assert any("1 sequence(s) in more than one row" in note for note in library.notes)


def test_adapters_of_the_library_are_taken_off_and_that_is_said():
    text = f"seq,log2\n{ADAPTER_LEFT}{A}{ADAPTER_RIGHT},1\n{B},2\n"
    library = read(text)
    assert library.bases == (A, B) and any("taken off 1 of 2" in n for n in library.notes)
    library = read(text, Choices(adapters="keep"))
    assert library.bases[0].startswith(ADAPTER_LEFT) and any("were kept" in n for n in library.notes)


AGGREGATED = "name\tdna_counts\trna_counts\tdna_normalized\trna_normalized\tratio\tlog2\tn_obs_bc\n"


def test_what_mpraflow_writes_for_each_element():
    text = (
        AGGREGATED
        + "e1\t10\t20\t1\t2\t2\t1.0\t12\ne2\t9\t9\t1\t1\t1\t0.0\t9\n"
        + "no_BC\t1\t1\t1\t1\t1\t0\t99\ne4\t9\t9\t1\t1\t1\t0.0\t99\n"
    )
    library = read(text, design={"e1": A, "e2": B})
    assert library.names == ("e1",) and library.measured.tolist() == [[1.0]] and library.bases == (A,)
    assert [(r.line, r.counts) for r in library.left_out] == [(3, False), (4, False), (5, True)]
    assert library.left_out[2].reason == "'e4' is not in the design FASTA"
    assert read(text, Choices(min_barcodes=9), design={"e1": A, "e2": B}).names == ("e1", "e2")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"seq,other\n{A},1\n", "no column of activity is recognised; name it with --activity"),
        ("name,log2\na,1\n", r"does not hold them; give the design FASTA \(--design\)"),
        (f"alt_seq,ref_seq,log2\n{A},{B},1\n", "2 columns of sequences .alt_seq, ref_seq.; say which"),
        (f"seq,log2,activity\n{A},1,2\n", "several columns that may be its activity"),
        (f"seq,log2\n{A},NA\n", "no row of mine.tsv can be used: line 2: no value is given"),
        (f"hgvs_pro,score\n{A},1\n", "protein changes alone"),
        ("hgvs_nt,score\nn.1A>T,1\n", "give it as FASTA .--target"),
        (f'seq,log2\n{A},"1,234"\n', "may be 1.234 or 1234"),
    ],
)
def test_what_cannot_be_told_is_refused_with_the_way_out(text, reason):
    with pytest.raises(InputError, match=reason):
        read(text)


def test_a_named_column_that_is_not_there_lists_those_that_are():
    with pytest.raises(InputError, match="no column 'K'; its columns are seq, log2"):
        read(f"seq,log2\n{A},1\n", Choices(activity=("K",)))


@settings(derandomize=True, deadline=None, database=None, max_examples=40)
@given(
    values=st.lists(st.floats(-20, 20).map(lambda v: round(v, 3)), min_size=2, max_size=8),
    delimiter=st.sampled_from("\t;,"),
    comma=st.booleans(),
    gz=st.sampled_from(["\n", "\r\n", "\r"]),
    seed=st.integers(0, 99),
)
def test_the_layout_of_a_table_changes_nothing(values, delimiter, comma, gz, seed):
    comma = comma and delimiter != ","
    rng = np.random.default_rng(seed)
    sequences = ["".join(rng.choice(list("ACGT"), 40)) for _ in values]
    written = [(f"{v:.4f}".replace(".", ",") if comma else f"{v:.4f}") for v in values]
    rows = [("name", "sequence", "K562_log2"), *zip(map(str, range(len(values))), sequences, written, strict=True)]
    library = read_library(gz.join(delimiter.join(r) for r in rows).encode(), "t")
    np.testing.assert_allclose(library.measured[:, 0], values, atol=1e-9)
    assert library.bases == tuple(sequences) and library.labels == ("K562",)


@pytest.mark.needs_data("large_hepg2")
def test_the_public_table_of_the_large_experiment_is_read_as_the_library_reads_it():
    library = read_library(sources.path("large_hepg2").read_bytes(), "val_HepG2.tsv")
    table = lentimpra.large_scale("HepG2")
    assert library.names == tuple(table.names) and len(library) == 12_292
    np.testing.assert_allclose(library.measured[:, 0], table.activity[:, 0], atol=1e-6)
    assert library.bases[77] == table.sequence(77).bases


def test_an_assignment_and_a_design():
    assert read_assignment(b"ACGTACGT\te1\nTTTTACGT\te2\nGGGGACGT\te1\nGGGGACGT\te2\n", "a") == {
        "ACGTACGT": "e1",
        "TTTTACGT": "e2",
    }
    assert read_design(f">e1 first\n{A}\n>e2\n{B}\n".encode(), "d") == {"e1": A, "e2": B}


def test_cell_types_of_others_keep_their_names():
    library = read(f"seq,SK-N-SH log2FC,Aktivität_log2,k-562 activity\n{A},1,2,3\n")
    assert library.labels == ("SK_N_SH", "Aktivität", "K562")
