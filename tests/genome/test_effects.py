"""Effects of variants: same windows for both alleles, alleles of any length, problems as rows, stop and go on."""

import numpy as np
import pytest

from engine.data import satmut
from engine.errors import InputError
from engine.evaluation import cagi5
from engine.experiments import checkpoints
from engine.genome.effects import (
    CENTRED,
    SEVEN,
    Scoring,
    alleles,
    join,
    opened,
    score_variants,
    variant_effects,
)
from engine.genome.genome import Genome
from engine.genome.reference import GenomeReference, PlacedReference
from engine.genome.variants import Variant
from engine.models.predict import Run, predict
from engine.sequence import Region, Sequence

LENGTH = 60


@pytest.fixture
def bases(random_bases) -> str:
    return random_bases(LENGTH, seed=4)


@pytest.fixture(params=["genome", "placed"])
def reference(request, bases, tmp_path):
    """The same 60 bases as positions 1-60 of chr1: in a FASTA, and as a placed sequence."""
    if request.param == "placed":
        return PlacedReference([Sequence("piece", bases, Region("chr1", 0, LENGTH))])
    file = tmp_path / "g.fa"
    file.write_text(f">chr1\n{bases[:35].lower()}\n{bases[35:]}\n")
    return GenomeReference(Genome(file))


def other(base: str) -> str:
    return "ACGT"["ACGT".index(base) - 1]


def test_a_substitution_stands_in_the_middle_of_both_windows(bases, reference):
    ref, alt = alleles(Variant("1", 31, bases[30], other(bases[30])), reference, 12)
    assert ref.bases == bases[24:36] and (ref.region.start, ref.region.end) == (24, 36)
    assert alt.bases == bases[24:30] + other(bases[30]) + bases[31:36] and alt.region == ref.region


@pytest.mark.parametrize(
    ("pos", "ref", "alt", "start"),
    [  # 1-based position, reference length, alternative bases, expected first base of the windows
        (32, 1, "", 25), (32, 4, "", 27), (31, 0, "GGG", 25), (31, 3, "AA", 25), (31, 3, "TT", 26),
        (31, 2, "ACGTA", 26),
        (1, 1, "", 0), (2, 3, "", 0), (60, 1, "", 48), (58, 2, "", 48), (59, 0, "CC", 48), (31, 12, "", 30),
    ],
)  # fmt: skip
def test_indels_fill_up_from_downstream_or_drop_bases_there(bases, reference, pos, ref, alt, start):
    variant = Variant("chr1", pos, bases[pos - 1 : pos - 1 + ref], alt)
    at, length, inserted = variant.trimmed[0], len(variant.trimmed[1]), variant.trimmed[2]
    before, after = alleles(variant, reference, 12)
    assert before.bases == bases[start : start + 12] == bases[before.region.start : before.region.end]
    # by hand: the whole changed chromosome, cut from the same start; at its end from as far back as needed
    changed = bases[:at] + inserted + bases[at + length :]
    assert after.bases == (changed[start : start + 12] if start + 12 <= len(changed) else changed[-12:])
    assert after.region is None and len(after) == 12


@pytest.mark.parametrize(
    ("pos", "ref", "alt", "edits"),
    [
        (31, 1, None, ["chr1:31 {}>{}"]),
        (31, 2, "", ["chr1:31 {}>-", "2 base(s) from downstream fill the window"]),
        (59, 1, "", ["chr1:59 {}>-", "1 base(s) from upstream fill the window"]),
        (31, 0, "GGG", ["chr1:31 ->GGG", "3 base(s) taken off the end of the window"]),
    ],
)
def test_a_variant_opens_as_the_first_edit_of_its_window(bases, reference, pos, ref, alt, edits):
    old = bases[pos - 1 : pos - 1 + ref]
    new = other(old) if alt is None else alt
    variant = Variant("chr1", pos, old, new)
    document = opened(variant, reference, 12)
    before, after = alleles(variant, reference, 12)
    assert document.reference == before and document.bases == after.bases
    assert [e.description for e in document.applied] == [e.format(old, new) for e in edits]


def test_one_change_written_in_three_ways_is_scored_alike(bases, reference, linear_model):
    at = 30
    ways = [
        Variant("chr1", at + 1, bases[at : at + 2], ""),
        Variant("chr1", at, bases[at - 1 : at + 2], bases[at - 1]),
        Variant("chr1", at - 2, bases[at - 3 : at + 2], bases[at - 3 : at]),
    ]
    table = score_variants(linear_model(window=12), ways, reference)
    effects = table["model.output0.effect"]
    assert effects[0] != 0 and np.ptp(effects) == 0


def test_numbers_are_the_predictions_of_both_windows(bases, reference, linear_model):
    model = linear_model(window=12)
    variants = [Variant("chr1", 31, bases[30], other(bases[30]), "snv"), Variant("chr1", 20, "", "GATTA", "ins")]
    table = score_variants(model, variants, reference, name="m")
    assert list(table["name"]) == ["snv", "ins"] and list(table["problem"]) == ["", ""]
    for i, variant in enumerate(variants):
        values = predict(model, list(alleles(variant, reference, 12))).values
        got = table.loc[i, ["m.output1.ref", "m.output1.alt", "m.output1.effect"]].to_numpy(float)
        np.testing.assert_allclose(got, [*values[:, 1], values[1, 1] - values[0, 1]], atol=1e-5)


@pytest.mark.parametrize("offsets", [CENTRED, (-4, -1, 0, 3)])
def test_single_base_variants_agree_with_the_cagi5_scorer(bases, reference, linear_model, offsets):
    model = linear_model(window=12)
    places = np.repeat(np.arange(LENGTH), 2)
    alts = [a for b in bases for a in (other(b), "-")]
    # a deletion in a run of one base has other windows here: those that hold the run
    runs = np.array(
        [a == "-" and bases[p] in (bases[p - 1 : p] + bases[p + 1 : p + 2]) for p, a in zip(places, alts, strict=True)]
    )
    places, alts = places[~runs], [a for a, is_run in zip(alts, runs, strict=True) if not is_run]
    expected = variant_effects(model, bases, places, alts, scoring=Scoring(offsets=offsets))
    variants = [Variant("chr1", p + 1, bases[p], a.replace("-", "")) for p, a in zip(places, alts, strict=True)]
    table = score_variants(model, variants, reference, offsets=offsets, run=Run(batch_size=7))
    got = table[["model.output0.effect", "model.output1.effect"]].to_numpy()
    np.testing.assert_allclose(got, expected, atol=1e-5)


@pytest.mark.parametrize(
    ("variant", "reason"),
    [
        (Variant("chr1", 31, "N", "A"), "the genome has "),
        (Variant("chr1", 31, "", "A" * 13), "spans 13 bases, more than the window of 12"),
        (Variant("chr2", 31, "A", "C"), "chr2"),
        (Variant("chr1", 61, "A", "C"), "61"),
    ],
)
def test_a_variant_that_cannot_be_scored_is_a_row_with_its_problem(bases, reference, linear_model, variant, reason):
    good = Variant("chr1", 31, bases[30], other(bases[30]))
    table = score_variants(linear_model(window=12), [variant, good], reference)
    assert reason in table["problem"][0] and table["problem"][1] == ""
    assert np.isnan(table["model.output0.effect"][0]) and np.isfinite(table["model.output0.effect"][1])
    with pytest.raises(InputError):
        alleles(variant, reference, 12)


def test_a_mismatch_names_variant_and_base(bases, reference):
    variant = Variant("chr1", 31, other(bases[30]), bases[30])
    with pytest.raises(InputError) as error:
        alleles(variant, reference, 12)
    assert str(error.value) == f"variant {variant.label}: the genome has {bases[30]} there (wrong build?)"


def test_a_stretch_shorter_than_the_window_is_named(linear_model):
    short = PlacedReference([Sequence("s", "ACGTACGTACGT", Region("chr1", 0, 12))])
    table = score_variants(linear_model(window=12), [Variant("chr1", 5, "A", ""), Variant("chr1", 5, "A", "C")], short)
    assert "its deletion needs more" in table["problem"][0] and table["problem"][1] == ""
    table = score_variants(linear_model(window=13), [Variant("chr1", 5, "A", "C")], short)
    assert "a window needs 13" in table["problem"][0]


def test_stopped_work_goes_on_where_it_was(bases, reference, linear_model):
    model = linear_model(window=12)
    snvs = [Variant("chr1", p + 1, bases[p], a) for p in range(LENGTH) for a in "ACGT" if a != bases[p]]
    done, seen = {}, []

    def stop(at, total):
        seen.append((at, total))
        raise InterruptedError

    with pytest.raises(InterruptedError):
        score_variants(model, snvs, reference, done=done, progress=stop)
    assert 0 < len(done) < len(snvs)
    table = score_variants(model, snvs * 2, reference, done=done, progress=lambda *at: seen.append(at))
    assert seen == [(64, 180), (128, 180), (180, 180)] and len(table) == 360
    whole = score_variants(model, snvs, reference)
    np.testing.assert_array_equal(table["model.output0.effect"][:180], whole["model.output0.effect"])


def test_tables_of_two_models_stand_side_by_side(bases, reference, linear_model):
    variants = [Variant("chr1", 31, bases[30], other(bases[30])), Variant("chr1", 31, "", "A" * 13)]
    tables = [score_variants(linear_model(window=w), variants, reference, name=f"m{w}") for w in (12, 14)]
    joined = join(tables)
    assert list(joined.columns) == [*tables[0].columns[:-1], *tables[1].columns[5:-1], "problem"]
    assert joined["problem"][1] == tables[0]["problem"][1] and np.isfinite(joined["m14.output0.effect"][1])


@pytest.mark.needs_data("satmut", "cagi5_references")
@pytest.mark.parametrize("offsets", [CENTRED, SEVEN])
def test_sort1_agrees_with_the_cagi5_scorer_under_a_trained_model(offsets):
    if "joint_legnet" not in checkpoints.trained():
        pytest.skip("trained_models/joint_legnet is not here")
    element = satmut.load("SORT1")
    model = checkpoints.load("joint_legnet").model
    rows = np.zeros(len(element.variants), bool)
    rows[::97] = True
    rows |= (element.variants["pos"] == 109817590).to_numpy()
    # the measurements hold a deletion in a run of one base at each of its places; here it has windows that hold the run
    around = satmut.context(element)
    at = element.variants["pos"].to_numpy() - 1 - around.region.start
    runs = np.array([around.bases[i] in (around.bases[i - 1], around.bases[i + 1]) for i in at])
    rows &= ~((element.variants["alt"] == "-").to_numpy() & runs)
    expected = cagi5.element_effects(model, element, scoring=Scoring(offsets=offsets), rows=rows)
    variants = [Variant("chr1", int(v.pos), v.ref, v.alt.replace("-", "")) for v in element.variants[rows].itertuples()]
    table = score_variants(model, variants, PlacedReference([satmut.context(element)]), name="m", offsets=offsets)
    assert not any(table["problem"]) and "" in {v.alt for v in variants}
    got = table[[f"m.{o}.effect" for o in model.outputs]].to_numpy()
    np.testing.assert_allclose(got, expected, atol=1e-5)
    rise = table.loc[[v.label == "chr1:109817590 G>T" for v in variants], "m.HepG2.effect"].item()
    assert rise > 0  # rs12740374 makes a C/EBP site (Musunuru et al. 2010)
