"""Fuzz: whatever is given as `--out` is a format or refused in words; whatever is written, no name breaks a table."""

import csv
import io
import random

from engine import sheets
from engine.cli.outputs import ENDINGS, output
from engine.errors import CisLensError
from engine.genome import tabix

PIECES = [*(e for endings in ENDINGS.values() for e in endings), ".gz", ".bgz", ".", "..", "/", "~", "-", "\\", " "]
PIECES += ["a", "\n", "\x00", "é", "\u2028", "x" * 300, ".tar", "CSV", "/dev/null/", "con", "*", "="]


def test_any_out_is_a_format_or_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    chance, taken, refused = random.Random(1), 0, 0
    for _ in range(4_000):
        out = "".join(chance.choices(PIECES, k=chance.randint(1, 5)))
        formats = chance.sample(list(ENDINGS), chance.randint(1, 4))
        try:
            target = output(out, *formats)
        except CisLensError as error:
            refused += 1
            assert str(error)
        else:
            taken += 1
            assert target.format in formats
            named = out.lower().endswith((*ENDINGS[target.format], ".gz", ".bgz"))
            assert named or out == "-" or (target.format == "hub" and (tmp_path / out).is_dir())
    assert min(taken, refused) > 300 and not list(tmp_path.iterdir())


def test_any_cells_are_read_back_as_one_row_each():
    chance = random.Random(2)
    letters = [*"=+-@\t\r\n\",;|'\x00\x0b\x85\u2028a1 é", "\ud800"]
    for _ in range(1_500):
        rows = [["".join(chance.choices(letters, k=chance.randint(0, 6))) for _ in range(3)] for _ in range(4)]
        text = sheets.text(rows)
        read = list(csv.reader(io.StringIO(text)))
        assert [len(row) for row in read] == [3] * 4 and text.count("\n") == 4
        assert not any(cell.lstrip().startswith(("=", "@")) for row in read for cell in row)


def test_any_lines_are_packed_and_indexed_or_not():
    chance = random.Random(3)
    pieces = ["chr1", "\t", "\n", "5", "9" * 12, "-3", "#", "track", "é", "", " ", "END=7", "1e3", "\x00"]
    for _ in range(2_000):
        text = "".join(chance.choices(pieces, k=chance.randint(0, 20))) + "\n"
        content, _ = tabix.packed(text, tabix.COLUMNS[chance.choice(list(tabix.COLUMNS))])
        assert tabix.bgzip(text.encode())[0] == content
