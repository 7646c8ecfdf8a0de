"""Sequences: validation, encoding, regions, windows, mutation, shuffling."""

import itertools
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from engine import sequence as sq
from engine.errors import InputError
from engine.sequence import ADAPTER_LEFT, ADAPTER_RIGHT, Region, Sequence, Window

# What each letter stands for (Cornish-Bowden 1985, Nucleic Acids Res 13:3021).
MEANING = {
    **{b: b for b in "ACGT"},
    **{"R": "AG", "Y": "CT", "S": "CG", "W": "AT", "K": "GT", "M": "AC"},
    **{"B": "CGT", "D": "AGT", "H": "ACT", "V": "ACG", "N": "ACGT"},
}
PARTNER = {"A": "T", "C": "G", "G": "C", "T": "A"}


# --- validation ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bases", "letter", "position"), [("XACGT", "X", 1), ("ACGTACGZ", "Z", 8), ("ACaT", "a", 3), ("AC GT", " ", 3)]
)
def test_a_foreign_letter_is_named_with_its_1_based_position(bases, letter, position):
    with pytest.raises(InputError, match=f"'mine': letter '{letter}' at position {position} "):
        sq.check(bases, "mine")
    with pytest.raises(InputError, match=f"letter '{letter}' at position {position} "):
        sq.encode(bases)
    with pytest.raises(InputError, match=f"letter '{letter}' at position {position} "):
        Sequence("mine", bases)


def test_encoding_an_empty_sequence_is_an_error():
    with pytest.raises(InputError, match="empty"):
        sq.encode("")


def test_ambiguous_positions_are_those_of_letters_other_than_acgt():
    assert sq.ambiguous_positions("ANCGRT") == [1, 4]
    assert sq.ambiguous_positions("ACGT") == []


@pytest.mark.parametrize(("bases", "gc"), [("GGCC", 1.0), ("ACGT", 0.5), ("AATG", 0.25), ("GNNN", 1.0)])
def test_gc_content_is_a_fraction_of_the_known_bases(bases, gc):
    assert sq.gc_content(bases) == gc


def test_gc_content_of_nothing_known_is_nan():
    assert np.isnan(sq.gc_content("NNN"))


def test_gc_contents_of_codes_are_those_of_the_sequences():
    rows = ["GGCC", "ACGT", "AATG", "GNNN", "NNNN", "GCAN"]
    of_codes = sq.gc_contents(np.stack([sq.encode(bases) for bases in rows]))
    np.testing.assert_array_equal(of_codes, [sq.gc_content(bases) for bases in rows])


# --- encoding ---------------------------------------------------------------------------------------


def test_one_hot_is_channels_by_length_in_the_order_acgt():
    x = sq.one_hot(sq.encode("ACGTT"))
    assert x.dtype == np.float32
    assert x.tolist() == [[1, 0, 0, 0, 0], [0, 1, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 1, 1]]


def test_one_hot_of_a_batch_puts_the_channels_before_the_length():
    codes = np.stack([sq.encode("ACGTA"), sq.encode("TTTTN")])
    x = sq.one_hot(codes)
    assert x.shape == (2, 4, 5)
    assert np.array_equal(x[0], sq.one_hot(codes[0]))
    assert np.array_equal(x[1], sq.one_hot(codes[1]))


@pytest.mark.parametrize("letter", [b for b in sq.IUPAC if b not in sq.BASES])
def test_an_ambiguous_letter_is_a_quarter_of_every_base(letter):
    assert sq.one_hot(sq.encode(letter)).ravel().tolist() == [0.25] * 4


def test_decode_is_the_inverse_of_encode(random_bases):
    bases = random_bases(500, alphabet="ACGTN")
    codes = sq.encode(bases)
    assert codes.dtype == np.uint8
    assert sq.decode(codes) == bases
    assert np.array_equal(sq.encode(sq.decode(codes)), codes)
    assert sq.decode(sq.encode("ARYG")) == "ANNG"


def test_the_complement_of_a_letter_stands_for_the_partners_of_its_bases():
    assert set(sq.IUPAC) == set(MEANING)
    for letter, bases in MEANING.items():
        complement = sq.reverse_complement(letter)
        assert {PARTNER[b] for b in bases} == set(MEANING[complement]), letter


def test_the_reverse_complement_reads_backwards_and_twice_gives_the_sequence(random_bases):
    assert sq.reverse_complement("AACGTTTG") == "CAAACGTT"
    bases = random_bases(300, alphabet=sq.IUPAC)
    assert sq.reverse_complement(bases) != bases
    assert sq.reverse_complement(sq.reverse_complement(bases)) == bases


def test_the_other_strand_is_the_one_hot_flipped_in_both_axes(random_bases):
    bases = random_bases(50, alphabet=sq.IUPAC)
    assert np.array_equal(sq.one_hot(sq.encode(sq.reverse_complement(bases))), sq.one_hot(sq.encode(bases))[::-1, ::-1])


# --- regions ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "chrom", "start", "end"),
    [
        ("chr1:1-10", "chr1", 0, 10),
        (" chrX : 1,000 - 2,000 ", "chrX", 999, 2000),
        ("7:156,583,813–156,584,298", "7", 156583812, 156584298),
        ("GL000191.1:5-5", "GL000191.1", 4, 5),
    ],
)
def test_a_region_is_1_based_on_screen_and_0_based_half_open_inside(text, chrom, start, end):
    region = sq.parse_region(text, "GRCh38")
    assert region == Region(chrom, start, end, "GRCh38")
    assert len(region) == end - start
    assert sq.parse_region(region.label, "GRCh38") == region


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is not a region; write it as chr1:"),
        ("chr1", "is not a region"),
        ("chr1:5", "is not a region"),
        ("chr1:a-b", "is not a region"),
        ("chr1:,-5", "is not a region"),
        ("chr1:-5-10", "is not a region"),
        ("chr1:10-5", "ends before it starts"),
        ("chr1:0-10", "starts before position 1"),
    ],
)
def test_what_is_not_a_region_is_an_error_that_says_why(text, reason):
    with pytest.raises(InputError, match=reason):
        sq.parse_region(text)


def test_a_sequence_must_be_as_long_as_its_region():
    assert len(Sequence("s", "ACGT", Region("chr1", 0, 4))) == 4
    with pytest.raises(InputError, match=r"'s' has 4 bases but its region chr1:1-5 has 5"):
        Sequence("s", "ACGT", Region("chr1", 0, 5))


# --- windows ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "length", "left", "right"),
    [
        (6, 10, ADAPTER_LEFT[-2:], ADAPTER_RIGHT[:2]),
        (6, 11, ADAPTER_LEFT[-2:], ADAPTER_RIGHT[:3]),
        (6, 7, "", ADAPTER_RIGHT[:1]),
        (4, 34, ADAPTER_LEFT, ADAPTER_RIGHT),
        (4, 41, "NNN" + ADAPTER_LEFT, ADAPTER_RIGHT + "NNNN"),
    ],
)
def test_padding_is_adapter_next_to_the_sequence_then_n(n, length, left, right, random_bases):
    bases = random_bases(n)
    assert sq.windows(bases, length, "pad") == [Window(-len(left), left + bases + right)]


def test_the_centre_window_leaves_as_much_on_either_side():
    bases = "AACCGGTTAC"
    assert sq.windows(bases, 4, "centre") == [Window(3, "CGGT")]
    assert sq.windows(bases, 5, "centre") == [Window(2, "CCGGT")]
    assert sq.windows(bases, 9, "centre") == [Window(0, "AACCGGTTA")]


@pytest.mark.parametrize(
    ("n", "length", "stride"), [(41, 20, None), (200, 40, 7), (60, 20, 20), (21, 20, 5), (9, 2, 1)]
)
def test_tiles_cover_every_base_and_the_last_one_ends_with_the_sequence(n, length, stride, random_bases):
    bases = random_bases(n)
    tiles = sq.windows(bases, length, "tile", stride)
    assert {i for t in tiles for i in range(t.start, t.end)} == set(range(n))
    assert all(t.bases == bases[t.start : t.end] and len(t.bases) == length for t in tiles)
    assert tiles[0].start == 0
    assert tiles[-1].end == n
    steps = [b.start - a.start for a, b in itertools.pairwise(tiles)]
    assert set(steps[:-1]) <= {stride or length // 4}
    assert 0 < steps[-1] <= (stride or length // 4)


@pytest.mark.parametrize("policy", sq.WINDOW_POLICIES)
def test_a_sequence_of_the_windows_length_is_one_window_under_every_policy(policy, random_bases):
    bases = random_bases(30)
    assert sq.windows(bases, 30, policy) == [Window(0, bases)]


@pytest.mark.parametrize("n", [100, 199, 201, 1000])
def test_the_whole_policy_never_cuts_or_pads(n, random_bases):
    bases = random_bases(n)
    assert sq.windows(bases, 200, "whole") == [Window(0, bases)]


def test_a_sequence_too_short_for_a_model_cannot_be_run_whole(random_bases):
    with pytest.raises(InputError, match="has 99 bases; a model runs over 100 or more: use 'pad'"):
        sq.windows(random_bases(99), 200, "whole")


@pytest.mark.parametrize(
    ("n", "policy", "fitting"), [(31, "pad", "'centre' or 'tile'"), (29, "centre", "'pad'"), (29, "tile", "'pad'")]
)
def test_a_policy_that_cannot_fit_names_one_that_does(n, policy, fitting, random_bases):
    with pytest.raises(InputError, match=f"has {n} bases.*window of 30.*use {fitting}"):
        sq.windows(random_bases(n), 30, policy)


def test_an_unknown_policy_lists_the_known_ones():
    with pytest.raises(InputError, match="unknown window policy 'crop'; known: centre, tile, pad, whole"):
        sq.windows("ACGT", 2, "crop")


@pytest.mark.parametrize("n", [1, 29, 30, 31, 100])
def test_the_default_policy_always_fits_and_loses_no_base(n, random_bases):
    bases = random_bases(n)
    cut = sq.windows(bases, 30, sq.default_policy(n, 30))
    assert {i for w in cut for i in range(w.start, w.end)} >= set(range(n))


# --- editing ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("position", "alt", "expected"),
    [(0, "T", "TCGTAC"), (5, "G", "ACGTAG"), (2, "AA", "ACAAAC"), (0, "GGGGGG", "G" * 6)],
)
def test_substitute_writes_bases_and_keeps_the_length(position, alt, expected):
    assert sq.substitute("ACGTAC", position, alt) == expected


@pytest.mark.parametrize(
    ("position", "alt", "reason"),
    [(6, "A", "A at position 7 does not fit"), (5, "AC", "does not fit"), (-1, "A", "does not fit"), (0, "x", "'x'")],
)
def test_substitute_outside_the_sequence_or_the_alphabet_is_an_error(position, alt, reason):
    with pytest.raises(InputError, match=reason):
        sq.substitute("ACGTAC", position, alt)


def dinucleotides(bases: str) -> Counter:
    return Counter(map("".join, itertools.pairwise(bases)))


@pytest.mark.parametrize("alphabet", ["ACGT", "AC", "ACGTNRY"])
def test_a_dinucleotide_shuffle_keeps_dinucleotide_counts_and_ends(alphabet, random_bases):
    rng = np.random.default_rng(0)
    for seed in range(20):
        bases = random_bases(60, seed, alphabet)
        shuffled = sq.dinucleotide_shuffle(bases, rng)
        assert dinucleotides(shuffled) == dinucleotides(bases)
        assert (shuffled[0], shuffled[-1]) == (bases[0], bases[-1])


def test_a_dinucleotide_shuffle_moves_bases_and_follows_its_generator(random_bases):
    bases = random_bases(200)
    draws = [sq.dinucleotide_shuffle(bases, np.random.default_rng(seed)) for seed in (0, 0, 1)]
    assert draws[0] == draws[1]
    assert len({bases, *draws}) == 3


@pytest.mark.parametrize("bases", ["A", "AC", "ACG", "AAAA"])
def test_a_sequence_with_one_arrangement_stays_as_it_is(bases):
    assert sq.dinucleotide_shuffle(bases, np.random.default_rng(0)) == bases


@pytest.mark.parametrize("bases", ["ACAGACATA", "ACGCATCGAACT"])
def test_every_arrangement_is_drawn_equally_often(bases):
    """Against all sequences with the same dinucleotides and ends, found by trying every continuation."""

    def arrangements(path: str, left: Counter) -> set[str]:
        if not left:
            return {path}
        return set().union(
            *(arrangements(path + d[1], left - Counter([d])) for d in left if d[0] == path[-1]),
        )

    every = sorted(arrangements(bases[0], dinucleotides(bases)))
    assert bases in every
    rng = np.random.default_rng(7)
    drawn = Counter(sq.dinucleotide_shuffle(bases, rng) for _ in range(150 * len(every)))
    assert set(drawn) == set(every)
    assert chisquare([drawn[e] for e in every]).pvalue > 1e-3


# --- strands of regions -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "strand"),
    [
        ("chr1:1-10(-)", "-"), ("chr1:1-10 (-)", "-"), ("chr1:1-10:-", "-"), ("chr1:1-10:-1", "-"),
        ("chr1:1-10:1", "+"), ("chr1:1..10(+)", "+"), ("chr1:1-10", ""),
    ],
)  # fmt: skip
def test_the_strand_of_a_region_is_read_and_written(text, strand):
    region = sq.parse_region(text)
    assert region == Region("chr1", 0, 10, "", strand)
    assert region.label == "chr1:1-10" + ("(-)" if strand == "-" else "")
    assert sq.parse_region(region.place) == region
    with pytest.raises(InputError, match="strand"):
        Region("chr1", 0, 10, strand="x")


def test_contigs_with_colons_and_numbers_without_end():
    assert sq.parse_region("HLA-A*01:01:01:01:1-10(-)") == Region("HLA-A*01:01:01:01", 0, 10, strand="-")
    for text in ("chr1:1" + " " * 990 + "A", "chr1:1-" + "9" * 500, "chr1:1-" + "9" * 5000, "chr1:١-٢"):
        with pytest.raises(InputError) as error:
            sq.parse_region(text)
        assert len(str(error.value)) < 300


@given(st.integers(0, 50), st.integers(1, 30), st.sampled_from(sq.STRANDS), st.data())
@settings(derandomize=True, deadline=None, database=None, max_examples=100)
def test_bases_know_their_place_on_either_strand(start, length, strand, data):
    genome = "".join(np.random.default_rng(length).choice(list("ACGT"), 100))
    region = Region("chr1", start, start + length, "GRCh38", strand)

    def read(r):
        return sq.reverse_complement(genome[r.start : r.end]) if r.reverse else genome[r.start : r.end]

    first = data.draw(st.integers(0, length - 1))
    last = data.draw(st.integers(first + 1, length))
    assert read(region.part(first, last)) == read(region)[first:last]
    assert read(region.part(first, last, "-")) == sq.reverse_complement(read(region)[first:last])
    assert region.part(first, last, "+").strand == (strand or "+") and region.part(first, last, ".").strand == ""
    assert region.place_of(first) == (region.part(first, last).end - 1 if strand == "-" else region.start + first)
    assert region.index_of(region.place_of(first)) == first
