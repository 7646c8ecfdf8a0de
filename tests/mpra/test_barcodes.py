"""Activities out of barcode counts, against values worked out by hand."""

import math

import numpy as np
import pytest

from engine.errors import InputError
from engine.mpra.columns import Choices
from engine.mpra.reading import Beside, read_library

A, B = "ACGTTGCAAC" * 4, "GGATTACACC" * 4
DESIGN = {"e1": A, "e2": B}
CODES = ["AAAACCCC", "AAAAGGGG", "CCCCAAAA", "CCCCGGGG", "GGGGTTTT"]


def read(text: str, least: int = 1, **beside):
    return read_library(text.encode(), "counts.tsv", Choices(min_barcodes=least), Beside(**beside))


def test_an_element_is_the_sum_of_its_barcodes_per_million():
    # DNA totals 10, RNA totals 20; the third barcode was not seen in DNA and counts nowhere
    rows = [("e1", 3, 4), ("e1", 1, 6), ("e1", 0, 50), ("e2", 6, 10)]
    text = "barcode\tname\tdna_count\trna_count\n" + "".join(
        f"{code}\t{n}\t{d}\t{r}\n" for code, (n, d, r) in zip(CODES, rows, strict=False)
    )
    library = read(text, design=DESIGN)
    expected = [math.log2((11 / 20) / (5 / 10)), math.log2((11 / 20) / (7 / 10))]
    np.testing.assert_allclose(library.measured[:, 0], expected)
    assert library.names == ("e1", "e2") and library.bases == (A, B)
    assert read(text, 2, design=DESIGN).names == ("e1",)  # e2 has one barcode
    with pytest.raises(InputError, match="can be used"):
        read(text, 3, design=DESIGN)


def test_mprasnakeflows_barcode_table_has_replicates_side_by_side():
    text = (
        "barcode\toligo_name\tdna_count_1\trna_count_1\tdna_count_2\trna_count_2\n"
        f"{CODES[0]}\te1\t4\t4\t2\t6\n{CODES[1]}\te2\t4\t12\t\t\n"
    )
    library = read(text, design=DESIGN)
    first = [math.log2((5 / 16) / (5 / 8)), math.log2((13 / 16) / (5 / 8))]
    second = math.log2((7 / 6) / (3 / 2))
    np.testing.assert_allclose(library.measured[:, 0], [(first[0] + second) / 2, first[1]])


def test_counts_without_header_and_an_assignment():
    assigned = {CODES[0]: "e1", CODES[1]: "e2"}
    library = read(f"{CODES[0]}\t5\t5\n{CODES[1]}\t5\t15\n{CODES[2]}\t7\t7\n", design=DESIGN, assignment=assigned)
    np.testing.assert_allclose(
        library.measured[:, 0], [math.log2((6 / 20) / (6 / 10)), math.log2((16 / 20) / (6 / 10))]
    )
    assert [(r.line, r.counts) for r in library.left_out] == [(3, False)]


def test_cell_types_and_one_dna_sample_for_all():
    header = "barcode\tname\tDNA_counts\tK562_RNA_counts\tHepG2_RNA_counts\n"
    text = f"{header}{CODES[0]}\te1\t1\t3\t1\n{CODES[1]}\te2\t1\t1\t3\n"
    library = read(text, design=DESIGN)
    assert library.labels == ("K562", "HepG2")
    np.testing.assert_allclose(library.measured, [[0.0, -1.0], [-1.0, 0.0]])  # (3 + 1) of 4 over (1 + 1) of 2


def test_rows_that_cannot_count_are_named():
    lines = [f"{CODES[0]}\te1\t3\t3", f"{CODES[1]}\te1\t-1\t3", f"{CODES[2]}\te9\t1\t1", f"{CODES[3]}\te1\t1\t1",
             f"{CODES[3]}\te2\t1\t1", f"{CODES[0]}\te1\t3\t3"]  # fmt: skip
    library = read("barcode\tname\tdna_count\trna_count\n" + "\n".join(lines) + "\n", design=DESIGN)
    assert library.names == ("e1",) and library.measured[0, 0] == pytest.approx(math.log2((4 / 3) / (4 / 3)))
    assert [(r.line, r.reason) for r in library.left_out] == [
        (3, "a count of -1 is negative"),
        (4, "'e9' is not in the design FASTA"),
        (5, f"barcode {CODES[3]} stands for several elements"),
        (6, f"barcode {CODES[3]} stands for several elements"),
        (7, f"barcode {CODES[0]} stands in an earlier row"),
    ]


def test_a_sample_without_counts_is_refused():
    with pytest.raises(InputError, match="no RNA counts at all"):
        read(f"barcode\tname\tdna_count\trna_count\n{CODES[0]}\te1\t3\t0\n", design=DESIGN)


def test_counts_of_elements_without_barcodes():
    library = read("name\tdna_counts\trna_counts\ne1\t4\t9\ne2\t6\t11\n", 10, design=DESIGN)
    np.testing.assert_allclose(
        library.measured[:, 0], [math.log2((10 / 20) / (5 / 10)), math.log2((12 / 20) / (7 / 10))]
    )
