"""The homology-aware split: nothing is shared across folds, checked on the real library by two ways."""

from collections import defaultdict

import numpy as np
import pytest

from engine.data import splits
from engine.data.lentimpra import ActivityTable
from engine.sequence import BASES, decode, encode, reverse_complement


def shared_across_folds(codes: np.ndarray, folds: np.ndarray, k: int = splits.K) -> int:
    """How many k-mers (either strand) occur in more than one fold; 0 for a sound split."""
    kmers = splits.canonical_kmers(codes, k)
    flat, fold = kmers.ravel(), np.repeat(folds, kmers.shape[1])
    known = flat != np.iinfo(np.uint64).max
    flat, fold = flat[known], fold[known]
    order = np.argsort(flat, kind="stable")
    flat, fold = flat[order], fold[order]
    crossing = (flat[1:] == flat[:-1]) & (fold[1:] != fold[:-1])
    return len(np.unique(flat[1:][crossing]))


def canonical(kmer: str) -> str:
    return min(kmer, reverse_complement(kmer))


def kmers(bases: str, k: int = 30) -> set[str]:
    return {canonical(bases[i : i + k]) for i in range(len(bases) - k + 1)}


def stack(*sequences: str) -> np.ndarray:
    return np.stack([encode(s) for s in sequences])


def partition(groups) -> set[frozenset[int]]:
    """Groups as sets of row numbers, so that labels do not matter."""
    members = defaultdict(list)
    for row, group in enumerate(groups):
        members[int(group)].append(row)
    return {frozenset(m) for m in members.values()}


# --- the joint library ------------------------------------------------------------------------------


def test_no_30_mer_is_in_two_folds(joint_table, joint_split):
    assert shared_across_folds(joint_table.codes, joint_split.folds) == 0


def test_moving_one_member_of_a_family_to_another_fold_is_noticed(joint_table, joint_split):
    members = np.flatnonzero(joint_split.groups == np.bincount(joint_split.groups).argmax())
    folds = joint_split.folds[members].copy()
    assert shared_across_folds(joint_table.codes[members], folds) == 0
    folds[0] = (folds[0] + 1) % splits.FOLDS
    assert shared_across_folds(joint_table.codes[members], folds) > 0


def test_rows_that_share_a_30_mer_as_text_are_in_one_group(joint_table, joint_split):
    """Independent of the numeric k-mers: Python sets of strings over random rows, half of them from families."""
    rng = np.random.default_rng(0)
    in_families = np.flatnonzero(np.bincount(joint_split.groups)[joint_split.groups] > 1)
    rows = np.unique(
        np.concatenate(
            [rng.choice(len(joint_table), 1500, replace=False), rng.choice(in_families, 1500, replace=False)]
        )
    )
    owners = defaultdict(set)
    for row in rows:
        for kmer in kmers(decode(joint_table.codes[row])):
            owners[kmer].add(row)
    shared = [list(o) for o in owners.values() if len(o) > 1]
    assert len(shared) > 1000
    assert all(len(set(joint_split.groups[o])) == 1 and len(set(joint_split.folds[o])) == 1 for o in shared)


def test_a_family_holds_together_by_shared_30_mers(joint_table, joint_split):
    """Every member of a group shares a 30-mer with another one: groups are not merged without reason."""
    sizes = np.bincount(joint_split.groups)
    for group in np.flatnonzero((sizes > 1) & (sizes < 12))[:150]:
        members = [kmers(decode(joint_table.codes[r])) for r in np.flatnonzero(joint_split.groups == group)]
        for i, own in enumerate(members):
            assert any(own & other for j, other in enumerate(members) if j != i)


def test_reverse_complements_are_in_one_fold(joint_table, joint_split):
    row = {decode(c): i for i, c in enumerate(joint_table.codes)}
    pairs = [(i, row[r]) for b, i in row.items() if (r := reverse_complement(b)) in row]
    assert len(pairs) == 2 * 135
    assert all(joint_split.folds[i] == joint_split.folds[j] for i, j in pairs)


def test_the_split_of_the_joint_library_is_the_published_one(joint_table, joint_split):
    sizes = np.bincount(joint_split.groups)
    assert len(sizes) == 49_618
    assert sizes.max() == 1_750
    assert joint_split.folds.dtype == np.int8
    folds = np.bincount(joint_split.folds, minlength=splits.FOLDS)
    assert len(folds) == 10
    assert np.ptp(folds) <= 1
    assert joint_split.hash == "a80c4d17eedd227ff3a6074f2491b828216f28dd04b076a1385c02a6cca7bb07"


def test_the_largest_family_trains(joint_split):
    largest = joint_split.groups == np.bincount(joint_split.groups).argmax()
    assert set(joint_split.folds[largest]) <= set(range(2, splits.FOLDS))


def test_the_three_parts_make_up_the_library(joint_table, joint_split):
    parts = [joint_split.train, joint_split.validation, joint_split.test]
    assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(len(joint_table)))
    assert set(joint_split.folds[joint_split.test]) == {0}
    assert set(joint_split.folds[joint_split.validation]) == {1}
    assert np.array_equal(joint_split.rows(0, 1), np.sort(np.concatenate(parts[1:])))


def test_the_second_load_reads_the_cache(joint_table, joint_split, monkeypatch):
    monkeypatch.setattr(splits, "homology_groups", lambda codes: pytest.fail("computed again"))
    again = splits.joint_split(joint_table)
    assert again.hash == joint_split.hash
    assert np.array_equal(again.folds, joint_split.folds)
    assert np.array_equal(again.groups, joint_split.groups)


def test_a_split_stored_for_other_data_is_not_used(joint_table, tmp_path, monkeypatch):
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path))

    def part(rows, hash):
        return ActivityTable(
            joint_table.names[rows], joint_table.codes[rows], joint_table.activity[rows], joint_table.outputs,
            joint_table.classes[rows], hash,
        )  # fmt: skip

    first = splits.joint_split(part(slice(0, 40), "first"))
    second = splits.joint_split(part(slice(40, 100), "second"))
    assert (len(first.folds), len(second.folds)) == (40, 60)
    assert first.hash != second.hash


def test_groups_do_not_depend_on_the_order_of_rows(joint_table, joint_split):
    rng = np.random.default_rng(1)
    in_families = np.flatnonzero(np.bincount(joint_split.groups)[joint_split.groups] > 1)
    rows = rng.choice(in_families, 1500, replace=False)
    order = rng.permutation(len(rows))
    straight = partition(splits.homology_groups(joint_table.codes[rows]))
    shuffled = partition(splits.homology_groups(joint_table.codes[rows][order]))
    assert len(straight) < len(rows)
    assert {frozenset(int(order[i]) for i in s) for s in shuffled} == straight


def test_the_split_is_the_same_every_time(joint_table):
    codes = joint_table.codes[:2000]
    first, second = (splits.homology_groups(codes) for _ in range(2))
    assert np.array_equal(first, second)
    assert np.array_equal(splits.assign_folds(first), splits.assign_folds(second))


# --- by hand ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [1, 4, 30, 31])
def test_canonical_kmers_are_the_same_on_both_strands(k, random_bases):
    sequences = [random_bases(60, seed) for seed in range(5)]
    forward = splits.canonical_kmers(stack(*sequences), k)
    backward = splits.canonical_kmers(stack(*map(reverse_complement, sequences)), k)
    assert forward.shape == (5, 60 - k + 1)
    assert np.array_equal(forward, backward[:, ::-1])


def test_canonical_kmers_are_equal_exactly_where_the_kmers_are(random_bases):
    bases = random_bases(300)
    numbers = splits.canonical_kmers(stack(bases), 4)[0]
    text = [canonical(bases[i : i + 4]) for i in range(297)]
    assert len(set(text)) > 100
    assert len(set(zip(numbers.tolist(), text, strict=True))) == len(set(text)) == len(set(numbers.tolist()))


def test_sequences_are_joined_by_one_kmer_on_either_strand(random_bases):
    shared = random_bases(30, 99)
    a, b, c, d = (random_bases(100, seed) for seed in range(4))
    forward = a[:10] + shared + a[40:]
    backward = b[:55] + reverse_complement(shared) + b[85:]
    other_end = BASES[(BASES.index(shared[29]) + 1) % 4]
    shorter = c[:20] + shared[:29] + other_end + c[50:]
    assert partition(splits.homology_groups(stack(forward, backward, shorter, d))) == {
        frozenset({0, 1}), frozenset({2}), frozenset({3}),
    }  # fmt: skip


def test_joining_passes_through_a_third_sequence():
    a, ab, b = "AAAACCCCTT", "AACCCCGATT", "GCCCGATTGT"
    assert not kmers(a, 6) & kmers(b, 6)
    assert partition(splits.homology_groups(stack(a, ab, b), 6)) == {frozenset({0, 1, 2})}
    assert partition(splits.homology_groups(stack(a, b), 6)) == {frozenset({0}), frozenset({1})}


def test_unknown_bases_never_join():
    runs = stack("NNNNNNNNNN", "NNNNNNNNNN", "ACGTANCGTA", "ACGTANCGTA")
    assert partition(splits.homology_groups(runs, 6)) == {frozenset({i}) for i in range(4)}
    assert shared_across_folds(runs, np.arange(4), 6) == 0
    assert partition(splits.homology_groups(runs, 4)) == {frozenset({0}), frozenset({1}), frozenset({2, 3})}


def test_a_repeat_above_max_elements_does_not_join():
    repeat, pair = "AAGTC", "CCTGA"
    sequences = stack(
        repeat + "TTTTT" + pair,
        "GGGGG" + repeat + "GGGGG",
        "CACAC" + pair + "ACACA",
        "CATAT" + repeat + "ATATA",
    )
    assert partition(splits.homology_groups(sequences, 5)) == {frozenset({0, 1, 2, 3})}
    assert partition(splits.homology_groups(sequences, 5, max_elements=3)) == {frozenset({0, 1, 2, 3})}
    assert partition(splits.homology_groups(sequences, 5, max_elements=2)) == {
        frozenset({0, 2}), frozenset({1}), frozenset({3}),
    }  # fmt: skip
    assert len(partition(splits.homology_groups(sequences, 5, max_elements=1))) == 4


def test_max_elements_counts_sequences_and_not_occurrences():
    sequences = stack("AAGTCTAAGTCTAAGTC", "GGAAGTCGGGGGGGGGG")  # four times, in two sequences
    assert len(partition(splits.homology_groups(sequences, 5, max_elements=2))) == 1


def test_folds_are_dealt_largest_first_each_to_the_emptiest():
    groups = np.array([0, 1, 1, 1, 2, 2, 3, 3, 4, 5])
    # sizes 1 3 2 2 1 1: group 1 -> fold 2; 2 -> 1; 3 -> 0; 0 -> 1 (2 bases there, as in 0: the higher); 4 -> 0; 5 -> 2
    assert splits.assign_folds(groups, 3).tolist() == [1, 2, 2, 2, 1, 1, 0, 0, 0, 2]


def test_folds_keep_groups_whole_and_sizes_even():
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 400, 3000)
    folds = splits.assign_folds(groups)
    assert all(len(set(folds[groups == g])) == 1 for g in np.unique(groups))
    sizes = np.bincount(folds, minlength=10)
    assert np.ptp(sizes) <= np.bincount(groups).max()
