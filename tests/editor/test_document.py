"""Documents: an edit returns a new document, the history can be walked, errors keep what was there."""

import dataclasses
import itertools
import re
from collections import Counter

import pytest

from engine.editor.document import Document
from engine.errors import InputError
from engine.sequence import Region, Sequence

REFERENCE = "ACGTTGCAAC"


@pytest.fixture
def document() -> Document:
    return Document(Sequence("mine", REFERENCE, Region("chr1", 99, 109, "GRCh38"), "FASTA"))


def descriptions(document: Document) -> list[str]:
    return [e.description for e in document.applied]


# --- history ----------------------------------------------------------------------------------------


def test_a_fresh_document_is_its_reference(document):
    assert document.bases == REFERENCE
    assert document.sequence is document.reference
    assert document.applied == () and document.changed_positions() == []
    assert document.undo() == document == document.redo()


def test_an_edit_leaves_the_old_document_as_it_was(document):
    edited = document.substituted(2, "A")
    assert (document.bases, document.edits, document.cursor) == (REFERENCE, (), 0)
    assert edited.bases == "ACATTGCAAC"
    for field in ("reference", "edits", "cursor"):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(edited, field, None)


def test_undo_and_redo_walk_along_the_history(document):
    states = [document]
    for position, base in ((0, "C"), (4, "A"), (9, "G")):
        states.append(states[-1].substituted(position, base))
    here = states[-1]
    for expected in states[-2::-1]:
        assert here.cursor > 0
        here = here.undo()
        assert (here.bases, here.cursor < len(here.edits)) == (expected.bases, True)
        assert here.applied == expected.applied
    assert here.cursor == 0 and here.undo() == here
    for expected in states[1:]:
        here = here.redo()
        assert here.bases == expected.bases
    assert here == states[-1]
    assert here.cursor == len(here.edits) and here.redo() == here


def test_a_new_edit_after_an_undo_drops_what_was_undone(document):
    undone = document.substituted(0, "C").substituted(1, "A").undo()
    changed = undone.substituted(5, "T")
    assert descriptions(changed) == ["1 A>C", "6 G>T"]
    assert changed.applied == changed.edits
    assert changed.undo().undo().bases == REFERENCE
    assert descriptions(undone.redo()) == ["1 A>C", "2 C>A"]


def test_reset_goes_back_to_the_reference_and_can_be_taken_back(document):
    edited = document.substituted(0, "C").substituted(1, "A")
    reset = edited.reset()
    assert reset.bases == REFERENCE and reset.applied == () and reset.cursor == 0
    assert reset.redo().redo() == edited
    assert reset.substituted(3, "G").edits == document.substituted(3, "G").edits


def test_a_change_to_the_same_bases_is_no_edit(document):
    edited = document.substituted(0, "C").undo()
    assert edited.with_bases(REFERENCE, "nothing") is edited
    assert edited.substituted(0, "A").cursor < len(edited.edits)
    assert edited.typed(REFERENCE.lower())[0] is edited


# --- what stands there ------------------------------------------------------------------------------


def test_the_region_is_kept_while_the_bases_stand_in_their_order(document):
    substituted = document.substituted(2, "A").sequence
    assert substituted.region == document.reference.region
    assert (substituted.name, substituted.origin) == ("mine_edited", "edited")
    longer = document.typed(REFERENCE + "A")[0]
    assert longer.sequence.region is None
    assert longer.undo().sequence is document.reference
    assert longer.typed(REFERENCE)[0].sequence is document.reference
    assert document.reverse_complemented().sequence.region is None
    cropped = document.spliced(0, 2, "").spliced(len(REFERENCE) - 3, 1, "").sequence.region
    placed = document.reference.region
    assert (cropped.start, cropped.end) == (placed.start + 2, placed.end - 1)
    assert document.spliced(3, 1, "").sequence.region is None


def test_changed_positions_are_those_that_differ_from_the_reference(document):
    edited = document.substituted(2, "A").substituted(9, "G")
    assert edited.changed_positions() == [2, 9]
    assert edited.substituted(2, "G").changed_positions() == [9]
    assert document.typed(REFERENCE[1:])[0].changed_positions() == []
    turned = edited.reverse_complemented()
    assert turned.changed_positions() == [len(REFERENCE) - 10, len(REFERENCE) - 3]
    assert turned.reverse_complemented().changed_positions() == [2, 9]


def test_each_base_knows_where_it_stood(document):
    n = len(REFERENCE)
    assert document.origins == tuple(range(n))
    assert document.substituted(2, "A").origins == tuple(range(n))
    longer = document.spliced(4, 0, "TTAA", "mine")
    assert longer.bases[4:8] == "TTAA"
    added = [i for i, o in enumerate(longer.origins) if o is None]
    assert len(added) == 4 and set(longer.changed_positions()) == set(added)
    assert [o for o in longer.origins if o is not None] == list(range(n))
    assert longer.spliced(0, 1, "").origins == longer.origins[1:]
    assert document.reverse_complemented().origins == tuple(range(n))[::-1]
    assert longer.undo().origins == document.origins


@pytest.mark.parametrize(
    ("start", "removed", "inserted", "named"),
    [(-1, 1, "A", "reach past"), (8, 3, "", "reach past"), (0, 10, "", "at least one base"), (0, 1, "X", "'X'")],
)
def test_a_splice_that_cannot_be_is_named(document, start, removed, inserted, named):
    with pytest.raises(InputError, match=named):
        document.spliced(start, removed, inserted)


# --- typed text -------------------------------------------------------------------------------------


def test_typed_text_is_cleaned_and_says_what_was_cleaned(document):
    edited, notes = document.typed(">name\n1 acgtu\n6 GCAAc\n")
    assert edited.bases == REFERENCE  # U in place of the second T is the same base
    assert notes == [
        "left out 1 header line(s)",
        "removed blanks",
        "removed 2 digit(s)",
        "raised lower case to upper case",
        "wrote 1 U as T",
    ]
    edited, notes = document.typed(REFERENCE + "N")
    assert (edited.bases, notes) == (REFERENCE + "N", [])


@pytest.mark.parametrize(
    ("text", "description"),
    [
        ("ACATTGCAAC", "3 G>A"),
        ("CCGTTGCAAG", "1 A>C, 10 C>G"),
        ("TGCAACGTTG", "10 bases changed between 1 and 10"),
        ("CATGAGCAAC", "1 A>C, 2 C>A, 3 G>T, 4 T>G, 5 T>A"),
        ("CATGATCAAC", "6 bases changed between 1 and 6"),
        ("ACGTTTTTGCAAC", "3 inserted at 6"),
        ("AACGTTGCAAC", "1 inserted at 2"),
        ("ACGTTGCAACGG", "2 inserted at 11"),
        ("CGTTGCAAC", "1 removed at 1"),
        ("ACGTAAC", "3 removed at 5"),
        ("ACGTTGC", "3 removed at 8"),
        ("ACCCCCCCCCCAAC", "4 removed and 8 inserted at 3"),
        ("ACAATGCAACT", "8 removed and 9 inserted at 3"),
    ],
)
def test_a_typed_change_is_described(document, text, description):
    edited, _ = document.typed(text)
    assert edited.bases == text
    assert descriptions(edited) == [description]


def described(before: str, said: str, after: str) -> bool:
    """Whether the words, read as an instruction, turn `before` into `after`."""
    counts = {word: int(n) for n, word in re.findall(r"(\d+) (removed|inserted)", said)}
    start = int(said.rsplit(" ", 1)[1]) - 1
    inserted = after[start : start + counts.get("inserted", 0)]
    return before[:start] + inserted + before[start + counts.get("removed", 0) :] == after


@pytest.mark.parametrize("seed", range(40))
def test_an_exchange_of_any_stretch_is_described_truly(random_bases, seed):
    before = random_bases(12, seed, alphabet="AC")
    start, end = sorted((seed % 11, (seed * 7) % 13))
    after = before[:start] + random_bases(1 + seed % 5, seed + 100, alphabet="AC") + before[end:]
    edited, _ = Document(Sequence("s", before)).typed(after)
    if len(before) == len(after):
        changes = re.findall(r"(\d+) ([AC])>([AC])", " ".join(descriptions(edited)))
        assert len(changes) == sum(a != b for a, b in zip(before, after, strict=True))
        assert all((before[int(p) - 1], after[int(p) - 1]) == (a, b) for p, a, b in changes)
    else:
        assert described(before, descriptions(edited)[0], after)


# --- the other edits --------------------------------------------------------------------------------


def test_a_substitution_is_told_with_its_1_based_position(document):
    edited = document.substituted(0, "T").substituted(9, "T")
    assert edited.bases == "TCGTTGCAAT"
    assert descriptions(edited) == ["1 A>T", "10 C>T"]


def test_a_motif_is_written_over_the_sequence(document):
    edited = document.spliced(3, 4, "GATA", "GATA1 GATA written over 4-7")
    assert edited.bases == "ACG" + "GATA" + "AAC"
    assert descriptions(edited) == ["GATA1 GATA written over 4-7"]
    assert document.spliced(6, 4, "GATA").bases == "ACGTTG" + "GATA"


@pytest.mark.parametrize(
    ("position", "bases"), [(0, "GATA" + REFERENCE), (3, "ACG" + "GATA" + "TTGCAAC"), (10, REFERENCE + "GATA")]
)
def test_a_motif_is_inserted_before_a_position(document, position, bases):
    edited = document.spliced(position, 0, "GATA", "GATA1 GATA")
    assert edited.bases == bases
    assert descriptions(edited) == ["GATA1 GATA"]
    assert edited.sequence.region is None and edited.undo().sequence is document.reference


def test_the_reverse_complement_twice_is_the_sequence(document):
    edited = document.reverse_complemented()
    assert edited.bases == "GTTGCAACGT"
    assert descriptions(edited) == ["reverse complement"]
    assert edited.reverse_complemented().sequence is document.reference


def test_a_shuffle_keeps_dinucleotides_and_everything_outside(random_bases):
    bases = random_bases(120, seed=4)
    document = Document(Sequence("mine", bases))
    edited = document.shuffled(20, 100, seed=1)
    assert edited.bases != bases
    assert (edited.bases[:20], edited.bases[100:]) == (bases[:20], bases[100:])
    before, after = (Counter(itertools.pairwise(b[20:100])) for b in (bases, edited.bases))
    assert before == after
    assert descriptions(edited) == ["21-100 shuffled (dinucleotides kept)"]
    assert document.shuffled(20, 100, seed=1).bases == edited.bases
    assert document.shuffled(20, 100, seed=2).bases != edited.bases


# --- errors keep the document -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda d: d.typed("ACGXTT"), "'mine': letter 'X' at position 4"),
        (lambda d: d.typed(" \n"), "'mine' is empty"),
        (lambda d: d.with_bases("ACQ", "it"), "letter 'Q' at position 3"),
        (lambda d: d.substituted(10, "A"), "position 11 does not fit"),
        (lambda d: d.substituted(-1, "A"), "does not fit"),
        (lambda d: d.substituted(0, "J"), "letter 'J'"),
        (lambda d: d.spliced(7, 4, "GATA"), "position 8 on reach past a sequence of 10 bases"),
        (lambda d: d.spliced(11, 0, "GATA"), "position 12 on reach past a sequence of 10 bases"),
        (lambda d: d.spliced(-1, 0, "GATA"), "reach past"),
        (lambda d: d.spliced(0, 0, "GAJA", "it"), "letter 'J'"),
        (lambda d: d.typed(">a\nAC\n>b\nGT"), "2 FASTA records"),
        (lambda d: d.shuffled(5, 5, 0), "6-5 is not a stretch of a sequence of 10 bases"),
        (lambda d: d.shuffled(8, 3, 0), "9-3 is not a stretch"),
        (lambda d: d.shuffled(-1, 3, 0), "is not a stretch"),
        (lambda d: d.shuffled(0, 11, 0), "1-11 is not a stretch"),
    ],
)
def test_an_impossible_edit_is_named_and_changes_nothing(document, change, named):
    edited = document.substituted(0, "C").substituted(1, "A").undo()
    with pytest.raises(InputError, match=re.escape(named)):
        change(edited)
    assert edited.bases == "CCGTTGCAAC"
    assert edited.cursor < len(edited.edits) == 2


def test_a_base_inserted_among_others_of_its_kind_stands_where_it_was_put(document):
    doubled = document.spliced(3, 0, "T")  # ACG TTG: before the first of two T
    assert doubled.origins == (0, 1, 2, None, 3, 4, 5, 6, 7, 8, 9)
    assert doubled.changed_positions() == [3] and descriptions(doubled) == ["1 inserted at 4"]
    assert doubled.spliced(3, 1, "").origins == (0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
