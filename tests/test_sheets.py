"""CSV that a spreadsheet opens as what it is: no cell is a formula, no name adds a row or a column."""

import csv
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import sheets

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("bad", ["=HYPERLINK(1)", "+1+cmd", "-2+3", "@SUM(A1)", " =1", "-x", "--", "+-1", "=", "-1e5x"])
def test_what_a_spreadsheet_would_run_is_text(bad):
    assert sheets.cell(bad) == f"'{bad}"


@pytest.mark.parametrize(
    "good", ["-", "+", "-1", "+1.5e-7", "-.5", "-inf", "1+1", "a=b", "chr1:5-9", "", "É", 1, -2.5, None]
)
def test_numbers_strands_and_names_stay(good):
    assert sheets.cell(good) is good


def test_breaks_and_tabs_become_a_blank():
    assert sheets.cell("a\r\nb\tc\u2028d\x00") == "a b c d "
    assert sheets.cell("\t=1+1") == "' =1+1" and sheets.cell("\r=1") == "' =1"


@settings(derandomize=True, deadline=None, database=None, max_examples=150)
@given(st.lists(st.lists(st.text(max_size=8), min_size=2, max_size=2), min_size=1, max_size=5))
def test_any_text_gives_as_many_lines_and_columns_as_rows_and_no_formula(rows):
    text = sheets.text(rows)
    assert text.count("\n") == len(rows) and "\r" not in text
    parsed = list(csv.reader(io.StringIO(text)))
    assert [len(row) for row in parsed] == [2] * len(rows)
    assert not [cell for row in parsed for cell in row if cell.lstrip()[:1] in ("=", "@")]


def test_a_data_frame_is_written_alike_and_its_numbers_as_pandas_does():
    table = pd.DataFrame({"=x": ["@a", "b", None], "n": [-1.23456789, 2.0, np.nan], "k": [1, -2, 3]})
    expected = table.rename(columns={"=x": "'=x"}).assign(**{"'=x": ["'@a", "b", None]})
    assert sheets.of_frame(table, "%.4g") == expected.to_csv(index=False, float_format="%.4g", lineterminator="\n")
    assert table.columns[0] == "=x"


def test_every_table_is_written_here():
    for file in [*ROOT.glob("engine/**/*.py"), *ROOT.glob("pages/**/*.py")]:
        if file.name != "sheets.py":
            text = file.read_text(encoding="utf-8")
            assert "csv.writer" not in text and ".to_csv(" not in text, f"{file}: write tables by engine.sheets"
