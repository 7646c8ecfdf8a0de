"""A user's table as models learn from it: windows, folds that keep kin together, and what cannot be learned from."""

import numpy as np
import pytest

from engine.data.lentimpra import ActivityTable
from engine.data.library import Library
from engine.data.splits import Split, canonical_kmers
from engine.errors import InputError
from engine.mpra.overlap import IDENTICAL, NEW, SHARED, VALIDATION, Kin
from engine.mpra.reading import read_library
from engine.mpra.training_table import as_library
from engine.sequence import ADAPTER_LEFT, decode, encode, reverse_complement


def text_of(sequences, activity=None, header="seq,K562_log2") -> bytes:
    activity = range(len(sequences)) if activity is None else activity
    return (header + "\n" + "".join(f"{s},{a}\n" for s, a in zip(sequences, activity, strict=True))).encode()


def random_sequences(n: int, length: int = 200, seed: int = 1) -> list[str]:
    codes = np.random.default_rng(seed).integers(0, 4, (n, length)).astype(np.uint8)
    return [decode(row) for row in codes]


def joint(sequences: list[str], folds: list[int]) -> Library:
    codes = np.stack([encode(s) for s in sequences])
    names = np.array([f"j{i}" for i in range(len(sequences))])
    table = ActivityTable(names, codes, np.zeros((len(names), 1), np.float32), ("K562",), names, "joint")
    return Library(table, Split(np.array(folds, np.int8), np.arange(len(names), dtype=np.int32), "joint"))


def test_no_30_mer_crosses_folds():
    some = random_sequences(300)
    kin = [s[100:] + t[:100] for s, t in zip(some[:60], random_sequences(60, seed=2), strict=True)]
    kin += [reverse_complement(s) for s in some[60:90]]
    library = as_library(read_library(text_of(some + kin), "t"), None)
    table, split = library
    assert table.outputs == ("K562",) and len(table) == 390 and set(split.folds) == set(range(10))
    np.testing.assert_array_equal(split.folds[300:360], split.folds[:60])
    np.testing.assert_array_equal(split.folds[360:], split.folds[60:90])
    held: dict[int, int] = {}
    for fold, kmers in zip(split.folds, canonical_kmers(table.codes), strict=True):
        for kmer in kmers.tolist():
            assert held.setdefault(kmer, fold) == fold


def test_kin_of_the_joint_library_keep_its_folds():
    some = random_sequences(400)
    folds = [i % 10 for i in range(100)]
    kin = Kin(joint([s[50:] + "A" * 50 for s in some[:100]], folds))
    split = as_library(read_library(text_of(some), "t"), kin).split
    np.testing.assert_array_equal(split.folds[:100], folds)
    assert np.bincount(split.folds[100:]).tolist() == [30] * 10


def test_what_the_models_have_seen():
    some = random_sequences(6)
    kin = Kin(joint(some[:4], [0, 1, 2, 9]))
    other = random_sequences(1, seed=9)[0]
    asked = [some[0], some[1], some[2], reverse_complement(some[3]), some[3][:35], some[3][:29], other, "ACGT"]
    assert kin.seen(asked).tolist() == [NEW, VALIDATION, IDENTICAL, IDENTICAL, SHARED, NEW, NEW, NEW]
    changed = "".join("A" if i % 20 == 0 and b != "A" else b for i, b in enumerate(some[2]))
    assert kin.seen([changed[:1] + some[2][1:31] + other])[0] == SHARED


def test_shorter_sequences_are_padded_and_longer_ones_cut_only_when_asked():
    short = random_sequences(300, 150)
    table = as_library(read_library(text_of(short), "t"), None).table
    window = decode(table.codes[0])
    assert window[25:175] == short[0] and window[10:25] == ADAPTER_LEFT and set(window[:10]) == {"N"}
    longer = random_sequences(300, 240)
    with pytest.raises(
        InputError, match=r"300 sequences of t are longer than .* 200; train on their middle with --cut"
    ):
        as_library(read_library(text_of(longer), "t"), None)
    assert decode(as_library(read_library(text_of(longer), "t"), None, cut=True).table.codes[0]) == longer[0][20:220]


def test_what_cannot_be_held_out_is_refused():
    with pytest.raises(InputError, match="hang together by shared 30-mers"):
        as_library(
            read_library(text_of(["ACGTTGCAACGGATTACACCTTTGACCGATTT" + s[:160] for s in random_sequences(300)]), "t"),
            None,
        )
    with pytest.raises(InputError, match="leaves 6 measurements of K562 in the validation fold"):
        as_library(read_library(text_of(random_sequences(60)), "t"), None)


def test_a_table_without_cell_type_gives_an_output_of_its_own():
    measured = read_library(text_of(random_sequences(200), header="seq,log2"), "folder/t.csv")
    table = as_library(measured, None).table
    assert table.outputs == ("activity",) and table.library == "t.csv"
    other = as_library(read_library(text_of(random_sequences(200), header="seq,log2"), "elsewhere/t.csv"), None).table
    assert other.hash == table.hash
