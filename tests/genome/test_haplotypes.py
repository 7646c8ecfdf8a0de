"""One haplotype, one answer: equal edited sequences have equal effects, however the variant is written."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import InputError
from engine.genome import haplotypes
from engine.genome.effects import CENTRED, SEVEN, alleles, opened, score_variants
from engine.genome.genome import Genome
from engine.genome.haplotypes import Placement, leftmost
from engine.genome.notations.typed import parse_variant
from engine.genome.notations.vcf import read_vcf_text
from engine.genome.reference import GenomeReference, PlacedReference
from engine.genome.variants import Variant
from engine.sequence import Region, Sequence, reverse_complement

WINDOW = 16
CHROM, ACCESSION = "chr1", "NC_000001.11"
bases = st.text("ACGT", min_size=0, max_size=12)
repeat = st.builds(lambda unit, n: unit * n, st.text("ACGT", min_size=1, max_size=3), st.integers(2, 9))


@st.composite
def edits(draw):
    """A reference with repeats, and an edit of it: 0-based start and end of what goes, and what comes in its place."""
    reference = "".join(draw(st.lists(st.one_of(bases, repeat), min_size=3, max_size=7)))
    reference = "GATTACAGTC" + reference + "CTGATCATGC"
    start = draw(st.integers(0, len(reference)))
    end = min(len(reference), start + draw(st.integers(0, 5)))
    copied = st.just(reference[max(0, start - 3) : start])  # a duplication
    return reference, start, end, draw(st.one_of(st.just(""), copied, st.text("ACGT", max_size=5)))


def spellings(reference: str, edited: str) -> list[tuple[int, str, str]]:
    """Every `(0-based start, ref, alt)` of up to 8 bases that makes `edited` of `reference`, by trying them all."""
    found = []
    grown = len(edited) - len(reference)
    for start in range(len(reference) + 1):
        if reference[:start] != edited[:start]:
            break
        for end in range(start, min(len(reference), start + 8) + 1):
            tail = reference[end:]
            if end + grown >= start and edited.endswith(tail) and len(edited) - len(tail) >= start:
                found.append((start, reference[start:end], edited[start : len(edited) - len(tail)]))
    return found


def hgvs(reference: str, start: int, ref: str, alt: str) -> list[str]:
    """The HGVS descriptions of one spelling."""
    where = f"{start + 1}_{start + len(ref)}" if len(ref) > 1 else f"{start + 1}"
    place = f"{ACCESSION}:g."
    if not ref:
        texts = [f"{place}{start}_{start + 1}ins{alt}"] if 0 < start < len(reference) else []
        if reference[max(0, start - len(alt)) : start] == alt:
            first = start - len(alt) + 1
            texts.append(f"{place}{first}dup" if len(alt) == 1 else f"{place}{first}_{start}dup")
        return texts
    if not alt:
        return [f"{place}{where}del", f"{place}{where}del{ref}"]
    texts = [f"{place}{where}delins{alt}"]
    if len(ref) == len(alt) == 1:
        texts.append(f"{place}{start + 1}{ref}>{alt}")
    if len(ref) > 1 and reverse_complement(ref) == alt:
        texts.append(f"{place}{where}inv")
    return texts


def written(reference: str, start: int, ref: str, alt: str) -> list[str]:
    """One spelling in every notation that can hold it."""
    texts = [
        *hgvs(reference, start, ref, alt),
        f"{CHROM}:{start + 1} {ref or '-'}>{alt or '-'}",
        f"{ACCESSION}:{start}:{ref}:{alt}",
        f"{ACCESSION}:{start}:{len(ref)}:{alt}",
        f"1 {start + 1} {start + len(ref)} {ref or '-'}/{alt or '-'} + mine",
        f"1 {start + 1} {start + len(ref)} {reverse_complement(ref) or '-'}/{reverse_complement(alt) or '-'} -",
    ]
    if ref and alt:
        texts += [f"1-{start + 1}-{ref}-{alt}", f"chr1_{start + 1}_{ref}_{alt}_b38", f"1 {start + 1} . {ref} {alt}"]
    return texts


def placed(reference: str) -> PlacedReference:
    return PlacedReference([Sequence("piece", reference, Region(CHROM, 0, len(reference), "GRCh38"))])


@pytest.fixture
def model(linear_model):
    return linear_model(window=WINDOW)


@settings(
    derandomize=True, deadline=None, database=None, max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(edit=edits(), offsets=st.sampled_from([CENTRED, SEVEN, (-5, 0, 4)]))
def test_equal_edited_sequences_have_equal_effects_in_every_notation(model, edit, offsets):
    reference, start, end, inserted = edit
    edited = reference[:start] + inserted + reference[end:]
    if edited == reference:
        return
    known = placed(reference)
    texts = [text for spelling in spellings(reference, edited) for text in written(reference, *spelling)]
    texts = texts[:: max(1, len(texts) // 60)]
    variants = [parse_variant(text, known) for text in texts]
    for variant in variants:  # what was read makes the edited sequence
        at = variant.pos - 1
        assert reference[:at] + variant.alt + reference[at + len(variant.ref) :] == edited, variant
    table = score_variants(model, variants, known, offsets=offsets)
    assert len(set(table["problem"].map(bool))) == 1
    if not table["problem"][0]:
        assert np.ptp(table[["model.output0.ref", "model.output0.alt"]].to_numpy(), axis=0).max() <= 1e-5
    assert list(table["pos"]) == [v.pos for v in variants]  # the place that was given stays


@settings(derandomize=True, deadline=None, database=None, max_examples=100)
@given(edit=edits(), step=st.sampled_from([1, 3, 500]))
def test_the_leftmost_spelling_is_the_first_of_all(monkeypatch_step, edit, step):
    reference, start, end, inserted = edit
    edited = reference[:start] + inserted + reference[end:]
    if edited == reference:
        return
    known = placed(reference)
    stretch = known.stretch(CHROM, 0, 1)
    every = spellings(reference, edited)
    trimmed = [Variant(CHROM, s + 1, r, a).trimmed for s, r, a in every]
    expected = min(trimmed)
    with monkeypatch_step(step):
        placements = {leftmost(*t, stretch, known, 10) for t in trimmed}
        (placement,) = placements if max(trimmed)[0] - expected[0] <= 10 else [Placement(*expected)]
        assert (placement.start, placement.ref, placement.alt) == expected
        assert placement.shift in (0, max(trimmed)[0] - expected[0])


@pytest.fixture(scope="module")
def monkeypatch_step():
    def set_step(step):
        patch = pytest.MonkeyPatch()
        patch.setattr(haplotypes, "_STEP", step)

        class Undo:
            def __enter__(self):
                return self

            def __exit__(self, *error):
                patch.undo()

        return Undo()

    return set_step


def test_a_genome_and_placed_pieces_of_it_give_one_answer(model, random_bases, tmp_path):
    reference = random_bases(40, 1) + "CA" * 5 + random_bases(40, 2)
    file = tmp_path / "g.fa"
    file.write_text(f">1\n{reference}\n")
    whole = GenomeReference(Genome(file))
    # pieces that overlap in the repeat, one of them on the minus strand
    first, second = reference[:46], reverse_complement(reference[42:])
    pieces = PlacedReference(
        [
            Sequence("second", second, Region("chr1", 42, len(reference), strand="-")),
            Sequence("first", first, Region("chr1", 0, 46)),
        ]
    )
    variants = [Variant("chr1", at, "CA" if reference[at - 1] == "C" else "AC", "") for at in range(41, 49)]
    effects = [score_variants(model, variants, r)["model.output0.effect"] for r in (whole, pieces)]
    assert np.isfinite(effects).all() and np.ptp(effects) <= 1e-5


def test_pieces_that_contradict_each_other_stay_apart():
    pieces = [Sequence("a", "ACGTACGT", Region("chr1", 0, 8)), Sequence("b", "CCCCCCCCCC", Region("chr1", 4, 14))]
    assert PlacedReference(pieces).stretch("1", 4, 6) == Region("chr1", 4, 14)
    assert PlacedReference(pieces).stretch("1", 0, 2) == Region("chr1", 0, 8)


def test_a_repeat_beyond_bounds_is_refused_from_either_end(model):
    reference = placed("G" * 20 + "A" * 50_000 + "C" * 50)
    places = (21, 22, 25_000, 50_019, 50_020)
    table = score_variants(model, [Variant("chr1", at, "A", "") for at in places], reference)
    assert all("all over a repeat that is longer than the window of 16" in p for p in table["problem"])
    held = placed("G" * 20 + "A" * 16 + "C" * 50)  # the window's length is the longest that is held
    assert not any(score_variants(model, [Variant("chr1", 21, "A", "")], held)["problem"])


@pytest.mark.parametrize("pos", [41, 45, 52])
def test_a_variant_within_a_repeat_opens_as_its_window(random_bases, pos):
    reference = placed("G" * 40 + "A" * 12 + "C" * 40)
    variant = Variant("chr1", pos, "A", "")
    document = opened(variant, reference, WINDOW)
    before, after = alleles(variant, reference, WINDOW)
    assert document.reference == before and document.bases == after.bases
    assert before.bases == "GG" + "A" * 12 + "CC" and after.bases == "GG" + "A" * 11 + "CCC"


def test_an_ambiguous_base_of_the_genome_stands_for_the_first_of_its_letters(model):
    flank = "GATTACAGTCATCG"
    reference = placed(flank + "R" + flank)
    pos = len(flank) + 1
    table = score_variants(model, [Variant("chr1", pos, "A", "C"), Variant("chr1", pos, "G", "C")], reference)
    plain = score_variants(model, [Variant("chr1", pos, "A", "C")], placed(flank + "A" + flank))
    assert table["problem"][0] == "" and "the genome has R there" in table["problem"][1]
    assert table["model.output0.effect"][0] == pytest.approx(plain["model.output0.effect"][0], abs=1e-6)
    assert parse_variant(f"chr1:g.{pos}del", reference).ref == "A"
    with pytest.raises(InputError, match="the genome has A there"):
        parse_variant(f"chr1:g.{pos}delG", reference)


def test_the_same_variants_in_a_vcf_have_the_effects_of_the_typed_ones(model):
    reference = placed("GATTACAGTC" + "A" * 10 + "CTGATCATGCTAGC")
    text = "##fileformat=VCFv4.3\n#CHROM\tPOS\tID\tREF\tALT\n1\t10\t.\tCA\tC\n1\t19\t.\tAA\tA\n"
    variants = [*read_vcf_text(text).variants, parse_variant("chr1:g.20del", reference)]
    effects = score_variants(model, variants, reference)["model.output0.effect"]
    assert np.ptp(effects) <= 1e-5 and effects[0] != 0
