"""Tables as people save them: what separates the cells, which line is the header, how numbers are written."""

import gzip
import io

import pytest
from openpyxl import Workbook

from engine.errors import InputError
from engine.mpra.cells import read_cells
from engine.mpra.headings import KNOWN
from engine.mpra.numbers import Notation, notation

SEQ = "ACGTTGCAAC" * 3


def table(text: str | bytes):
    return read_cells(text if isinstance(text, bytes) else text.encode(), "t", KNOWN)


@pytest.mark.parametrize(
    "text",
    [
        f"name,seq,log2\na,{SEQ},1.5\nb,{SEQ},2\n",
        f"name\tseq\tlog2\na\t{SEQ}\t1.5\nb\t{SEQ}\t2\n",
        f"name;seq;log2\r\na;{SEQ};1.5\r\nb;{SEQ};2\r\n",
        f"name seq log2\na {SEQ}  1.5\nb {SEQ} 2",
        f'"name","seq","log2"\n"a","{SEQ}","1.5"\n"b","{SEQ}","2"\n',
        f"\ufeffname,seq,log2\na,{SEQ},1.5\n\nb,{SEQ},2\n",
        f'# ours\n!Sample_title\t"x"\n^SERIES = GSE1\nname\tseq\tlog2\na\t{SEQ}\t1.5\nb\t{SEQ}\t2\n!table_end\n',
        f"#name\tseq\tlog2\na\t{SEQ}\t1.5\nb\t{SEQ}\t2\n",
    ],
)
def test_every_layout_gives_the_same_cells(text):
    cells = table(text)
    assert cells.header == ("name", "seq", "log2")
    assert [row for _, row in cells.rows] == [("a", SEQ, "1.5"), ("b", SEQ, "2")]


def test_rows_know_the_line_of_the_file():
    cells = table(f"# one\n\nname,seq\n\na,{SEQ}\n\n\nb,{SEQ}\nc\n")
    assert [line for line, _ in cells.rows] == [5, 8]
    assert cells.skipped == ((9, "it has 1 cell(s), the header 2"),)


def test_a_compressed_table_and_a_workbook():
    text = f"name,seq,log2\na,{SEQ},1.5\n"
    assert table(gzip.compress(text.encode())).rows == table(text).rows
    book, file = Workbook(), io.BytesIO()
    for row in (("name", "seq", "log2", None), ("a", SEQ, 1.5), (None, None, None), ("b", SEQ, 2)):
        book.active.append(row)
    book.save(file)
    cells = table(file.getvalue())
    assert cells.header == ("name", "seq", "log2")
    assert cells.rows == ((2, ("a", SEQ, "1.5")), (4, ("b", SEQ, "2")))


def test_titles_above_the_header_are_passed_over():
    rows = [["Supplementary Table 3. Activity in K562"], [], ["name", "seq", "K562"], ["a", "ACGT", 1.5]]
    book = Workbook()
    for row in rows:
        book.active.append(row)
    data = io.BytesIO()
    book.save(data)
    exported = b"Supplementary Table 3. Activity in K562,,\n,,\nname,seq,K562\na,ACGT,1.5\n"
    for content, line in ((data.getvalue(), 4), (exported, 4)):
        cells = read_cells(content, "t")
        assert (cells.header, cells.rows) == (("name", "seq", "K562"), ((line, ("a", "ACGT", "1.5")),))
    unnamed = read_cells(b",K562\nACGT,1.5\n", "t")  # one name alone, and that of a column
    assert unnamed.header == ("", "K562") and len(unnamed.rows) == 1


def test_a_header_without_a_name_for_the_row_names_as_r_writes_it():
    cells = table(f"seq\tlog2\na\t{SEQ}\t1.5\nb\t{SEQ}\t2\n")
    assert cells.header == ("row name", "seq", "log2") and cells.rows[0] == (2, ("a", SEQ, "1.5"))


def test_a_table_without_header():
    cells = table(f"a\t{SEQ}\t1.5\nb\t{SEQ}\t2\n")
    assert not cells.named and cells.header == ("column 1", "column 2", "column 3") and len(cells.rows) == 2


def test_a_quoted_cell_may_hold_delimiters_and_line_ends_and_a_lone_quote_harms_its_line_alone():
    cells = table(f'name,"log2\n(RNA/DNA)",seq\n"a, 1",1.5,{SEQ}\n')
    assert cells.header == ("name", "log2 (RNA/DNA)", "seq") and cells.rows == ((3, ("a, 1", "1.5", SEQ)),)
    cells = table(f'name;note;seq\na;5" primer;{SEQ}\nb;none;{SEQ}\n')
    assert [row[0] for _, row in cells.rows] == ["a", "b"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "holds no rows"),
        (b"# nothing\n\n", "holds no rows"),
        (b"name,seq,log2\n", "a header and no rows"),
        (b"one\ntwo\n", "one column alone"),
        (b"name,seq\n\0\0\0", "is not text"),
        (b"PK\x03\x04 no workbook", "no Excel workbook"),
    ],
)
def test_what_is_no_table_is_named(content, reason):
    with pytest.raises(InputError, match=reason):
        table(content)


@pytest.mark.parametrize(
    ("cells", "decimal", "values"),
    [
        (["1.5", "-2", "+.5", "1e-3", "NA", "\u22121.25"], "", [1.5, -2, 0.5, 0.001, None, -1.25]),
        (["1,5", "-0,25", "3"], "", [1.5, -0.25, 3]),
        (["0,125"], "", [0.125]),
        (["1.234,5", "2,0"], "", [1234.5, 2]),
        (["1,234.5", "1,000"], "", [1234.5, 1000]),
        (["1,234,567"], "", [1234567]),
        (["1,234"], ",", [1.234]),
        (["1,234"], ".", [1234]),
    ],
)
def test_numbers_are_read_in_the_way_of_the_table(cells, decimal, values):
    form = notation(cells, "t", decimal)
    got = [form.number(c) for c in cells]
    assert [None if g != g else g for g in got] == pytest.approx(values) if None not in values else True
    assert [g != g for g in got] == [v is None for v in values]


def test_a_number_that_may_be_two_is_refused():
    with pytest.raises(InputError, match=r"1,234 may be 1.234 or 1234; say which .*--decimal"):
        notation(["1,234", "2,500"], "t")
    with pytest.raises(InputError, match=r"with commas \(1,25\) and with points \(1.5\)"):
        notation(["1,25", "1.5"], "t")


@pytest.mark.parametrize("cell", ["inf", "-Inf", "1e999", "abc", "1.2.3", "1,2", "٣", "1_000", "0x10"])
def test_what_is_no_finite_number_is_refused(cell):
    with pytest.raises(ValueError, match=r"is no number|is infinite"):
        Notation().number(cell)
