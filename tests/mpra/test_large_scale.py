"""A full large-scale table as models learn from it: the published folds without kin of what is held out, and its
scores."""

import functools

import numpy as np
import pytest
import torch
from torch import nn

from engine.data import large_scale as files
from engine.data.lentimpra import ActivityTable
from engine.data.library import Library
from engine.data.splits import Split
from engine.errors import DataError, InputError
from engine.evaluation import large_scale as scores
from engine.mpra import large_scale
from engine.mpra.overlap import of_training
from engine.sequence import ADAPTER_LEFT, ADAPTER_RIGHT, decode, encode, reverse_complement
from engine.statistics import pearson


def bases(n: int, seed: int) -> list[str]:
    return [decode(row) for row in np.random.default_rng(seed).integers(0, 4, (n, 200)).astype(np.uint8)]


def joint_library(sequences: list[str]) -> Library:
    """One element a fold, in order."""
    n = len(sequences)
    names, codes = np.array([f"j{i}" for i in range(n)]), np.stack([encode(s) for s in sequences])
    table = ActivityTable(names, codes, np.zeros((n, 1), np.float32), ("K562",), names, sequences[0])
    return Library(table, Split(np.arange(n, dtype=np.int8), np.arange(n, dtype=np.int32), "joint"))


def write(file, elements: list[tuple[str, int]], turned: bool = True):
    """Elements with their published folds, each cloned both ways, in the published columns; a value is the share of A
    in the element as it was cloned. With `turned` also the rows that the study made by turning oligos round."""
    lines = ["seq_id\tseq\tmean_value\tfold\trev"]
    for i, (element, fold) in enumerate(elements):
        for name, insert in ((f"peak{i}", element), (f"peak{i}_Reversed:", reverse_complement(element))):
            oligo, value = ADAPTER_LEFT + insert + ADAPTER_RIGHT, insert.count("A") / 200
            lines.append(f"{name}\t{oligo}\t{value}\t{fold}\t0")
            if turned:
                lines.append(f"{name}\t{reverse_complement(oligo)}\t{value}\t{fold}\t1")
    file.write_text("\n".join(lines) + "\n")
    return file


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path / "cache"))


def test_published_folds_without_kin_of_what_is_held_out(tmp_path, cache):
    own, joint = bases(60, 1), bases(10, 2)
    rest = bases(8, 3)

    def kin_of(element: str, filling: str, turn: bool = False, at: int = 0) -> str:
        """Shares the 30 bases from `at`, and nothing else that long."""
        made = element[at : at + 30] + filling[30:]
        return reverse_complement(made) if turn else made

    elements = [(element, 1 + i % 10) for i, element in enumerate(own)]  # own[0] tests, own[1] chooses the epoch
    kept = [
        (kin_of(joint[2], rest[0]), 5),  # of an element that trains: it may
        (kin_of(joint[1], rest[1], at=99), 2),  # a validation row, of what validates elsewhere
        (kin_of(joint[0], rest[2], at=99), 1),  # a test row: the test fold is as published
    ]
    out = [
        (kin_of(joint[0], rest[3]), 5),
        (kin_of(joint[1], rest[4], turn=True), 6),
        (kin_of(own[0], rest[5], turn=True), 7),
        (kin_of(own[1], rest[6]), 8),
        (kin_of(own[10], rest[7]), 2),  # a validation row, of a test row
    ]
    file = write(tmp_path / "K562.tsv", elements + kept + out)
    read = large_scale.library("K562", joint_library(joint), file)
    table, split = read.library
    assert read.left_out == 2 * len(out) and len(table) == 2 * (len(elements) + len(kept))
    expected = {s: fold - 1 for element, fold in elements + kept for s in (element, reverse_complement(element))}
    assert {decode(c): int(f) for c, f in zip(table.codes, split.folds, strict=True)} == expected
    assert table.outputs == ("K562",) and table.both_orientations and table.library == "large-scale K562 library"
    for codes, value in zip(table.codes, table.column("K562"), strict=True):
        assert value == pytest.approx(decode(codes).count("A") / 200)
    assert len(set(split.groups.tolist())) == len(elements) + len(kept)  # both orientations are one element
    words = f"{len(split.train)} rows train, {len(split.validation)} choose the epoch, {len(split.test)} are held out"
    assert words in read.in_words() and f"{2 * len(out)} rows that share a 30-mer" in read.in_words()

    # read again, from the cache, and without the rows that are no measurements
    again = large_scale.library("K562", joint_library(joint), file).library
    assert (again.table.hash, again.split.hash) == (table.hash, split.hash)
    plain = write(tmp_path / "plain.tsv", elements + kept + out, turned=False)
    assert large_scale.library("K562", joint_library(joint), plain).library.table.hash == table.hash
    # another joint library holds out other elements
    other = large_scale.library("K562", joint_library(bases(10, 9)), file)
    assert other.left_out == 2 * 3


def test_what_a_library_trains_on_is_known_by_a_shared_30_mer():
    joint = joint_library(bases(4, 2))  # the third and fourth train
    sequences = [decode(c) for c in joint.table.codes]
    asked = {
        "test": sequences[0],
        "validation": sequences[1],
        "other strand": reverse_complement(sequences[2])[60:],
        "29 bases": sequences[3][:29] + "ACGT" * 20,
        "30 bases": bases(1, 8)[0] + sequences[3][100:130],
    }
    assert of_training(joint, asked) == ["other strand", "30 bases"]


def test_a_table_that_is_not_here_says_where_it_comes_from(tmp_path, monkeypatch, cache):
    monkeypatch.setenv("CISLENS_DATA", str(tmp_path))
    joint = joint_library(bases(10, 2))
    where = tmp_path / "large_scale" / "WTC11.tsv"
    with pytest.raises(
        DataError, match=r"WTC11 is not here; download WTC11\.tsv from github\.com/autosome-ru"
    ) as error:
        large_scale.library("WTC11", joint)
    assert str(where) in str(error.value) and not files.here("WTC11")
    with pytest.raises(InputError, match=r"there is no file nowhere\.tsv"):
        large_scale.library("WTC11", joint, "nowhere.tsv")
    packed = where.with_suffix(".tsv.gz")
    packed.parent.mkdir()
    packed.write_bytes(b"\x1f\x8b no table")
    assert files.location("WTC11") == packed and files.here("WTC11")
    with pytest.raises(DataError, match=r"WTC11\.tsv\.gz cannot be read as a tab-separated table"):
        large_scale.library("WTC11", joint)


def test_a_part_of_a_table_is_not_taken_for_the_whole(tmp_path, cache):
    file = write(tmp_path / "K562.tsv", [(element, 1 + i % 4) for i, element in enumerate(bases(16, 1))])
    with pytest.raises(
        DataError,
        match=r"not the whole table: of its measured rows 16 can train, 8 can choose the epoch, 8 can test",
    ):
        large_scale.library("K562", joint_library(bases(10, 2)), file)


class ShareOfA(nn.Module):
    """Predicts the share of A in the strand that it is given."""

    outputs, window = ("K562",), 200

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.weight * x[:, 0].mean(dim=1, keepdim=True)


def test_scores_as_cloned_and_of_the_mean_of_both_orientations(tmp_path, cache, monkeypatch):
    """Of 20 elements in the test fold one was measured one way round alone, and of one a value is far off."""
    file = write(tmp_path / "K562.tsv", [(element, 1 + i % 10) for i, element in enumerate(bases(200, 1))], False)
    lines = file.read_text().splitlines()
    del lines[2]  # the second orientation of the first element, of the test fold
    lines[21] = lines[21].replace("\t" + lines[21].split("\t")[2] + "\t", "\t9.5\t")  # peak10, of the test fold
    file.write_text("\n".join(lines))
    own = large_scale.library("K562", joint_library(bases(10, 2)), file)
    monkeypatch.setattr(scores.cagi5, "elements_seen", lambda library: ["LDLR"] if library is own.library else [])
    monkeypatch.setattr(scores, "measure", functools.partial(scores.measure, resamples=20))
    result = scores.evaluate(ShareOfA(), own)
    both, cloned = (result["scores"][way]["K562"] for way in (scores.BOTH, scores.AS_CLONED))
    assert both["spearman"]["n"] == 19 and cloned["spearman"]["n"] == 39

    by_name = {line.split("\t")[0]: line.split("\t") for line in lines[1:]}
    rows = [f for name, f in by_name.items() if f[3] == "1"]
    predicted = np.array([f[1][15:-15].count("A") / 200 for f in rows])
    measured = np.array([float(f[2]) for f in rows])
    assert cloned["pearson"]["value"] == pytest.approx(pearson(predicted, measured), abs=1e-6)
    pairs = [(f"peak{i}", f"peak{i}_Reversed:") for i in range(10, 200, 10)]
    at = np.array([sum((by_name[a][1][15:-15].count(b)) for b in "AT") / 400 for a, _ in pairs])
    mean = np.array([(float(by_name[a][2]) + float(by_name[b][2])) / 2 for a, b in pairs])
    assert both["pearson"]["value"] == pytest.approx(pearson(at, mean), abs=1e-6)
    assert (result["file"], result["left_out"], result["cagi5_elements_seen"]) == ("K562.tsv", 0, ["LDLR"])
