"""Two edited sequences beside each other: by their places, or by an alignment, whatever strand they stand on."""

from __future__ import annotations

import random

import pytest

from engine.editor.alignment import align
from engine.editor.document import Document
from engine.sequence import Region, Sequence, reverse_complement

REFERENCE = "AACCGGTTACGTACGTTGCA"


@pytest.fixture
def document() -> Document:
    return Document(Sequence("mine", REFERENCE))


def rows(first: Document, second: Document) -> tuple[str, str]:
    letters = align(first, second).letters(first.bases, second.bases)
    return "".join(a or "-" for a, _ in letters), "".join(b or "-" for _, b in letters)


def test_sequences_of_one_reference_lie_by_its_places(document):
    first = document.spliced(5, 0, "TTT").substituted(0, "C")
    second = document.spliced(10, 2, "").spliced(5, 0, "T")
    assert rows(first, second) == ("CACCGTTTGTTACGTACGTTGCA", "AACCGT--GTTAC--ACGTTGCA")
    assert rows(document, document) == (REFERENCE, REFERENCE)


@pytest.mark.parametrize("first_turned", [False, True])
@pytest.mark.parametrize("second_turned", [False, True])
def test_a_turned_sequence_is_read_in_the_direction_of_the_first(document, first_turned, second_turned):
    first, second = document.spliced(3, 0, "GGG"), document.spliced(12, 4, "")
    upright = rows(first, second)
    if first_turned:
        first = first.reverse_complemented()
    if second_turned:
        second = second.reverse_complemented()
    expected = tuple(reverse_complement(r.replace("-", "N")).replace("N", "-") for r in upright)
    assert rows(first, second) == (expected if first_turned else upright)
    assert align(first, second).flipped is (first_turned != second_turned)


@pytest.mark.parametrize("strands", [("+", "+"), ("+", "-"), ("-", "+"), ("-", "-")])
def test_places_of_a_genome_are_shared_on_either_strand(strands):
    genome = "".join(random.Random(1).choices("ACGT", k=60))
    documents = []
    for (start, end), strand in zip(((10, 40), (20, 50)), strands, strict=True):
        bases = genome[start:end] if strand == "+" else reverse_complement(genome[start:end])
        documents.append(Document(Sequence("s", bases, Region("chr1", start, end, "GRCh38", strand))))
    aligned = align(*documents)
    assert (aligned.shared, len(aligned.pairs)) == (20, 40) and "chr1" in aligned.how
    letters = aligned.letters(*(d.bases for d in documents))
    assert all(a == b for a, b in letters if a and b)
    inserted = documents[0].spliced(15, 0, "TT"), documents[1]
    both = align(*inserted)
    assert both.shared == 20 and len(both.pairs) == 42
    assert all(a == b for a, b in both.letters(*(d.bases for d in inserted)) if a and b)
    assert [p for p, q in both.pairs if q is None and p in (15, 16)] in ([15, 16], [16, 15])


@pytest.mark.parametrize("other_strand", [False, True])
def test_other_sequences_lie_by_their_bases(other_strand):
    bases = "".join(random.Random(2).choices("ACGT", k=80))
    inside = bases[20:40] + "GATTACA" + bases[40:60]
    second = Document(Sequence("b", reverse_complement(inside) if other_strand else inside))
    first = Document(Sequence("a", bases))
    aligned = align(first, second)
    assert aligned.flipped is other_strand and aligned.how.endswith("40 of 40 are alike")
    upper, lower = rows(first, second)
    assert upper.replace("-", "") == bases and lower.replace("-", "") == inside
    assert lower[20:40] == bases[20:40]


def test_each_base_stands_in_one_column_in_order(document):
    rng = random.Random(3)
    for _ in range(100):
        pair = []
        for _ in range(2):
            here = document
            for _ in range(4):
                start = rng.randrange(len(here.bases))
                removed = rng.randrange(min(4, len(here.bases) - start))
                here = here.spliced(start, removed, "".join(rng.choices("ACGT", k=rng.randrange(4))))
            pair.append(here.reverse_complemented() if rng.random() < 0.3 else here)
        aligned = align(*pair)
        ahead = [a for a, _ in aligned.pairs if a is not None]
        beside = [b for _, b in aligned.pairs if b is not None]
        assert ahead == list(range(len(pair[0].bases)))
        assert (beside[::-1] if aligned.flipped else beside) == list(range(len(pair[1].bases)))
