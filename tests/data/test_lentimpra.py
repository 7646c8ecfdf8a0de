"""The lentiMPRA tables: counts of the published files, the cache, and tables of the user's own."""

import re
from collections import Counter, defaultdict

import numpy as np
import pandas as pd
import pytest

from engine.data import lentimpra, sources
from engine.errors import DataError, InputError
from engine.sequence import ADAPTER_LEFT, ADAPTER_RIGHT, decode, reverse_complement


def same(a: lentimpra.ActivityTable, b: lentimpra.ActivityTable) -> bool:
    arrays = ("names", "codes", "activity", "classes")
    return (a.outputs, a.hash) == (b.outputs, b.hash) and all(
        np.array_equal(getattr(a, f), getattr(b, f), equal_nan=f == "activity")
        and getattr(a, f).dtype == getattr(b, f).dtype
        for f in arrays
    )


# --- the joint library ------------------------------------------------------------------------------


def test_the_joint_library_has_the_published_size(joint_table):
    assert len(joint_table) == 56_979
    assert joint_table.outputs == ("K562", "HepG2", "WTC11")
    assert joint_table.codes.shape == (56_979, 200)
    assert joint_table.codes.max() == 3  # no unknown base
    assert joint_table.activity.dtype == np.float32
    assert len(set(joint_table.names)) == len(joint_table)
    assert len(np.unique(joint_table.codes, axis=0)) == len(joint_table)


def test_four_rows_lack_a_value_of_k562_or_wtc11(joint_table):
    missing = np.isnan(joint_table.activity)
    assert missing.any(axis=1).sum() == 4
    assert missing.sum(axis=0).tolist() == [3, 0, 3]


def test_135_pairs_of_elements_are_reverse_complements(joint_table):
    bases = [decode(c) for c in joint_table.codes]
    row = {b: i for i, b in enumerate(bases)}
    partners = [(i, row.get(reverse_complement(b), -1)) for i, b in enumerate(bases)]
    assert sum(j > i for i, j in partners) == 135


def test_values_stand_in_the_spreadsheets_columns(joint_table):
    """The columns are in another order there, and two of its names have no sequence."""
    sheet = pd.read_excel(sources.path("lentimpra_activity")).set_index("name")
    assert len(sheet) == 56_981
    unmatched = sorted(set(sheet.index) - set(joint_table.names))
    assert len(unmatched) == 2
    assert all(n.startswith("R:FOXA") for n in unmatched)
    for row in np.random.default_rng(0).choice(len(joint_table), 300, replace=False):
        for output in joint_table.outputs:
            expected = sheet.loc[joint_table.names[row], f"{output} [log2(rna/dna)]"]
            assert joint_table.column(output)[row] == pytest.approx(expected, nan_ok=True, rel=1e-6)


def test_an_element_is_found_by_name_with_its_sequence(joint_table):
    row = joint_table.find("ENSG00000000971")
    element = joint_table.sequence(row)
    assert (element.name, len(element)) == ("ENSG00000000971", 200)
    assert not element.bases.startswith(ADAPTER_LEFT)


def test_names_that_are_not_there_are_errors(joint_table):
    with pytest.raises(InputError, match="no lentiMPRA element is called 'ENSG1'; names look like "):
        joint_table.find("ENSG1")
    with pytest.raises(InputError, match="unknown cell type 'K-562'; known: K562, HepG2, WTC11"):
        joint_table.column("K-562")
    with pytest.raises(InputError, match="unknown large-scale table 'K562'; known: HepG2, WTC11"):
        lentimpra.large_scale("K562")


def test_the_second_load_reads_the_cache_and_is_identical(joint_table, monkeypatch):
    def never():
        raise AssertionError("built again")

    monkeypatch.setattr(lentimpra, "_build_joint", never)
    assert same(lentimpra.joint(), joint_table)


# --- element classes --------------------------------------------------------------------------------


def test_every_element_of_the_joint_library_has_a_class(joint_table):
    assert Counter(joint_table.classes.tolist()) == {
        "HepG2 DNase peak": 18_094,
        "WTC11 DNase peak": 18_030,
        "K562 DNase peak": 17_878,
        "promoter": 2_313,
        "HepG2 control (motif array)": 323,
        "shuffled control": 292,
        "K562 positive control": 49,
    }


def test_classes_are_read_from_names_not_from_the_cache(joint_table, monkeypatch):
    """A better reading of the names must not need a new download or a cleared cache."""
    monkeypatch.setattr(lentimpra, "element_class", lambda name: "relabelled")
    assert set(lentimpra.joint().classes) == {"relabelled"}


def test_the_motif_arrays_hold_the_motifs_that_their_names_spell(joint_table):
    for row in np.flatnonzero(joint_table.classes == "HepG2 control (motif array)"):
        name, bases = joint_table.names[row], decode(joint_table.codes[row])
        if name.endswith("_Reversed:"):
            bases = reverse_complement(bases)
        motifs = re.findall(r"\d+:V_[^:]+:([ACGT]+)", name)
        assert motifs, name
        assert all(m in bases for m in motifs), name


def test_uwpeak_controls_are_dinucleotide_shuffles_of_hepg2_peaks(joint_table):
    """Why they are classed with the shuffled controls although their names do not say so: of the ones whose
    peak is in the library, all are HepG2 peaks with the same dinucleotide counts, which never happens by chance."""
    code = joint_table.codes[:, :-1] * 4 + joint_table.codes[:, 1:]
    counts = np.stack([(code == d).sum(axis=1, dtype=np.uint8) for d in range(16)], axis=1)
    partners = defaultdict(list)
    for row, key in enumerate(map(bytes, counts)):
        partners[key].append(row)
    found = Counter()
    for rows in partners.values():
        if len(rows) > 1 and any(joint_table.names[r].startswith("UWpeak") for r in rows):
            found.update(joint_table.classes[r] for r in rows)
    assert found == {"shuffled control": 17, "HepG2 DNase peak": 17}


# --- other tables -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell_type", "source", "rows"), [("HepG2", "large_hepg2", 12_292), ("WTC11", "large_wtc11", 4_617)]
)
def test_the_large_scale_tables_have_the_published_size(cell_type, source, rows):
    if not sources.available(source):
        pytest.skip(f"{source} is not there")
    table = lentimpra.large_scale(cell_type)
    assert table.codes.shape == (rows, 200)
    assert table.outputs == (cell_type,)
    assert np.isfinite(table.activity).all()
    assert "other" not in table.classes
    assert same(lentimpra.large_scale(cell_type), table)
    for read in (table, lentimpra.large_scale(cell_type)):
        assert read.sequence(0).origin == f"lentiMPRA large-scale {cell_type} library"


ELEMENTS = ["ACGT" * 50, "TTGCA" * 40, "GATTACAGAT" * 20]


COLUMNS = ("seq_id", "seq", "mean_value", "fold")


def write(file, oligos, columns=COLUMNS):
    """Rows of these oligos; `columns` are those that there are, or a dictionary of columns that are otherwise."""
    frame = pd.DataFrame(
        {
            "seq_id": [f"peak{i}_Reversed:" for i in range(len(oligos))],
            "seq": oligos,
            "mean_value": [0.5, -1.25, float("nan")][: len(oligos)],
            "fold": [1, 10, 3][: len(oligos)],
        }
    )
    if isinstance(columns, dict):
        frame, columns = frame.assign(**columns), dict.fromkeys((*COLUMNS, *columns))
    frame[list(columns)].to_csv(file, sep="\t", index=False)
    return file


def oligo(element: str) -> str:
    return ADAPTER_LEFT + element + ADAPTER_RIGHT


def test_a_full_large_scale_table_is_read_with_its_folds(tmp_path):
    oligos = [oligo(ELEMENTS[0]), oligo(ELEMENTS[1]).lower(), oligo(ELEMENTS[2])]
    table, folds = lentimpra.large_scale_full(write(tmp_path / "full.tsv", oligos), "K562")
    assert [decode(c) for c in table.codes] == ELEMENTS
    assert table.outputs == ("K562",)
    assert table.column("K562") == pytest.approx([0.5, -1.25, np.nan], nan_ok=True)
    assert folds.tolist() == [1, 10, 3]
    assert table.sequence(0).origin == "lentiMPRA large-scale K562 library"
    assert table.classes.tolist() == ["K562 DNase peak"] * 3


@pytest.mark.parametrize(
    ("oligos", "columns", "reason"),
    [
        ([oligo(ELEMENTS[0])], ("seq_id", "seq"), r"lacks the column\(s\) mean_value, fold; expected seq_id, seq"),
        ([ELEMENTS[0]], None, "'peak0_Reversed:' does not lie between the adapters AGGACC"),
        ([oligo(ELEMENTS[0]), ADAPTER_LEFT + ELEMENTS[1]], None, "'peak1_Reversed:' does not lie between"),
        ([oligo(ELEMENTS[0]), oligo("ACGT")], None, "'peak1_Reversed:' has 4 bases between the adapters, not 200"),
        ([oligo(ELEMENTS[0]), None], None, "'peak1_Reversed:' does not lie between"),
        ([], None, "no rows"),
        ([oligo(e) for e in ELEMENTS], {"fold": [1, 11, 3]}, "has folds other than 1 to 10"),
        ([oligo(e) for e in ELEMENTS], {"fold": [1, 2.5, 3]}, "has folds other than 1 to 10"),
        (
            [oligo(e) for e in ELEMENTS],
            {"mean_value": ["high", 1, 2]},
            "'mean_value' of .* holds something else than n",
        ),
        ([oligo(e) for e in ELEMENTS], {"rev": [1, 1, 1]}, "holds no measured rows: 'rev' is 0 in none"),
        (
            [oligo(e) for e in ELEMENTS],
            {"seq_id": ["seq1_F", "seq2_R", "peak3"]},
            "holds the library of WTC11: 2 of its 3",
        ),
    ],
)
def test_a_table_that_cannot_be_used_is_an_error_that_says_why(oligos, columns, reason, tmp_path):
    file = write(tmp_path / "full.tsv", oligos, columns or COLUMNS)
    with pytest.raises(DataError, match=reason):
        lentimpra.large_scale_full(file, "K562")


def test_a_foreign_letter_in_a_table_names_the_element(tmp_path):
    file = write(tmp_path / "full.tsv", [oligo("ACGX" + ELEMENTS[0][4:])])
    with pytest.raises((DataError, InputError), match=r"'peak0_Reversed:'.*'X' at position 4"):
        lentimpra.large_scale_full(file, "K562")


@pytest.mark.parametrize("content", [None, b"", b"\x80\x81\x00"])
def test_a_file_that_is_no_table_is_an_error_that_names_it(content, tmp_path):
    file = tmp_path / "full.tsv"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(DataError, match=r"full\.tsv cannot be read as a tab-separated table"):
        lentimpra.large_scale_full(file, "K562")


def test_the_hash_names_the_contents(tmp_path):
    tables = [
        lentimpra.large_scale_full(write(tmp_path / "full.tsv", [oligo(e) for e in elements]), "K562")[0]
        for elements in (ELEMENTS, ELEMENTS, ELEMENTS[::-1], ELEMENTS[:2])
    ]
    assert tables[0].hash == tables[1].hash
    assert len({t.hash for t in tables}) == 3
