"""Saturation mutagenesis: the public table, the CAGI5 split of it, and the official spreadsheets."""

import json
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from engine import store
from engine.data import satmut, sources
from engine.data.satmut import BUILDS, CAGI5, DATA_SETS, DELETION, MATCHED
from engine.errors import DataError, InputError
from engine.sequence import BASES, reverse_complement

pytestmark = pytest.mark.needs_data("satmut", "cagi5_references")


@pytest.fixture(scope="module")
def everything():
    return {(name, build): satmut.load(name, build) for name in DATA_SETS for build in BUILDS}


# --- the public table -------------------------------------------------------------------------------


def test_29_data_sets_of_21_elements_hold_every_placed_row_of_the_table(everything):
    assert len(DATA_SETS) == 29
    assert len({d.element for d in DATA_SETS.values()}) == 21
    raw = pd.read_csv(sources.path("satmut"), sep="\t", dtype={"Chrom": str})
    placed = raw.dropna(subset=["Chrom", "Pos", "Ref", "Alt"])
    assert set(raw["Element"]) == set(DATA_SETS)
    for build in BUILDS:
        assert (raw["Release"] == build).sum() == 44_658
        assert (placed["Release"] == build).sum() == 44_647
        sizes = {name: len(everything[name, build].variants) for name in DATA_SETS}
        assert sizes == Counter(placed["Element"][placed["Release"] == build])


def test_variants_are_snvs_and_deletions_sorted_by_position(everything):
    for key, element in everything.items():
        v = element.variants
        assert set(v["alt"]) == {*BASES, DELETION}, key
        assert set(v["ref"]) <= set(BASES), key
        assert (v["ref"] != v["alt"]).all(), key
        assert not v.duplicated(["pos", "alt"]).any(), key
        assert v["pos"].is_monotonic_increasing, key
        assert np.isfinite(v[["effect", "p", "confidence"]]).all(axis=None), key
        assert (element.region.start, element.region.end) == (v["pos"].min() - 1, v["pos"].max()), key
        assert element.region.build == key[1]
        assert element.region.chrom.startswith("chr")
        snvs = element.snvs()
        assert len(snvs) == (v["alt"] != DELETION).sum()
        assert set(snvs["alt"]) == set(BASES)


def test_f9_has_its_published_place_and_numbers(everything):
    f9 = everything["F9", "GRCh37"]
    assert f9.region.label == "chrX:138612622-138612924"
    assert (len(f9.variants), len(f9.snvs())) == (984, 904)
    assert f9.data_set.cells == "HepG2"
    first = f9.variants.iloc[0]
    assert (first["pos"], first["ref"], first["alt"], first["barcodes"]) == (138612622, "G", "A", 270)
    assert first["effect"] == pytest.approx(-0.279235, abs=1e-6)
    assert first["p"] == pytest.approx(3.742651e-08, rel=1e-6)


def test_confidence_follows_the_challenge():
    assert satmut.confidence(np.array([1.0, 1e-5, 1e-25, 1e-50, 1e-80, 0.0])) == pytest.approx([0, 0.1, 0.5, 1, 1, 1])
    assert not np.signbit(satmut.confidence(np.array([1.0]))[0])  # 0, not -0


def test_confidence_comes_with_the_variants(everything):
    v = everything["SORT1", "GRCh37"].variants
    assert v["confidence"].between(0, 1).all()
    assert np.array_equal(v["confidence"], satmut.confidence(v["p"].to_numpy()))


def test_the_second_load_reads_the_cache_and_is_identical(everything, monkeypatch):
    monkeypatch.setattr(satmut, "_memory", {})
    monkeypatch.setattr(satmut, "_read_source", lambda: pytest.fail("read again"))
    for build in BUILDS:
        pd.testing.assert_frame_equal(satmut.load("ZFAND3", build).variants, everything["ZFAND3", build].variants)


def test_names_that_are_not_there_are_errors():
    with pytest.raises(InputError, match="unknown saturation mutagenesis data set 'GP1BB'; known: BCL11A, F9"):
        satmut.load("GP1BB")
    with pytest.raises(InputError, match="build of the measured elements 'NCBI36'; known: GRCh37, GRCh38"):
        satmut.load("F9", "hg18")
    with pytest.raises(InputError, match=r"unknown genome build 'GRCh73'; known: GRCh37 \(hg19\), GRCh38 \(hg38\)"):
        satmut.load("F9", "GRCh73")
    assert satmut.load("F9", "hg38").region == satmut.load("F9", "GRCh38").region
    with pytest.raises(InputError, match="unknown CAGI5 element 'GP1BA'; known: F9, GP1BB"):
        satmut.load_cagi5("GP1BA")


# --- reference sequences ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", DATA_SETS)
def test_both_builds_have_the_same_element_and_effects_with_msmb_on_the_other_strand(name, everything):
    old, new = (everything[name, b] for b in BUILDS)
    before, after = old.reference(gaps="N").bases, new.reference(gaps="N").bases
    assert (reverse_complement(before) if name == "MSMB" else before) == after
    assert before != reverse_complement(before)

    def effects(element, flipped):
        turn = reverse_complement if flipped else str
        for pos, alt, effect in element.variants[["pos", "alt", "effect"]].itertuples(index=False):
            offset = element.region.end - pos if flipped else pos - 1 - element.region.start
            yield (offset, alt if alt == DELETION else turn(alt)), effect

    assert dict(effects(old, name == "MSMB")) == dict(effects(new, flipped=False))


def test_a_position_without_a_variant_is_an_error_unless_it_may_be_n(everything):
    for build in BUILDS:
        element = everything["TCF7L2", build]
        assayed = range(element.region.start + 1, element.region.end + 1)
        (position,) = set(assayed) - set(element.variants["pos"])
        with pytest.raises(DataError, match=rf"TCF7L2: no variant was measured at chr10:{position}, .*gaps='N'"):
            element.reference()
        bases = element.reference(gaps="N").bases
        assert bases.count("N") == 1
        assert bases[position - 1 - element.region.start] == "N"


def test_every_other_element_has_no_gap(everything):
    for (name, _), element in everything.items():
        if name != "TCF7L2":
            assert "N" not in element.reference().bases


def references() -> dict:
    return json.loads(sources.path("cagi5_references").read_text())


@pytest.mark.parametrize("name", CAGI5)
def test_every_cagi5_element_lies_in_its_grch37_reference_window(name):
    element, _ = satmut.load_cagi5(name)
    entry = references()[name]
    offset = element.region.start + 1 - entry["start"]
    own = element.reference().bases
    assert entry["chrom"] == element.region.chrom
    assert offset >= 104
    assert entry["end"] - element.region.end >= 104
    assert entry["sequence"][offset : offset + len(own)] == own

    around = satmut.context(element)
    assert around.bases == entry["sequence"]
    assert around.region.label == f"{entry['chrom']}:{entry['start']}-{entry['end']}"
    assert around.region.build == "GRCh37"


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("name", DATA_SETS)
def test_the_context_holds_the_element_at_its_place(name, build, everything):
    element = everything[name, build]
    around = satmut.context(element)
    offset = element.region.start - around.region.start
    own = element.reference(gaps="N").bases
    assert around.bases[offset : offset + len(own)] == own
    assert (around.region.chrom, around.region.build) == (element.region.chrom, build)
    flanked = element.data_set.element in {DATA_SETS[e.data_set].element for e in CAGI5.values()}
    assert (len(around) > len(own)) == flanked


def test_a_reference_window_that_does_not_hold_the_element_is_an_error(everything, tmp_path, monkeypatch):
    wrong = references()
    wrong["F9"]["sequence"] = wrong["F9"]["sequence"][::-1]
    file = tmp_path / "references.json"
    file.write_text(json.dumps(wrong))
    monkeypatch.setattr(sources, "path", lambda name: file)
    with pytest.raises(DataError, match="reference window of F9 does not hold the element's reference alleles"):
        satmut.context(everything["F9", "GRCh37"])


# --- the challenge ----------------------------------------------------------------------------------


def test_training_positions_are_the_published_intervals():
    file = (sources.local_folder() or store.cache_folder()) / "cagi5_train_intervals_grch37.json"
    if not file.is_file():
        pytest.skip(f"no {file} to compare with")
    published = json.loads(file.read_text())
    assert {n: [list(i) for i in e.training] for n, e in CAGI5.items()} == published


@pytest.mark.parametrize("name", CAGI5)
def test_training_intervals_are_closed_and_inside_the_element(name):
    element, training = satmut.load_cagi5(name)
    positions = element.variants["pos"].to_numpy()
    expected = [any(a <= p <= b for a, b in CAGI5[name].training) for p in positions]
    assert training.tolist() == expected
    assert 0 < training.sum() < len(training) / 2
    for a, b in CAGI5[name].training:
        assert satmut.in_training(name, [a - 1, a, b, b + 1]).tolist() == [False, True, True, False]


def test_matched_elements_were_assayed_in_related_cells():
    assert set(MATCHED) <= {"K562", "HepG2", "WTC11"}
    for name in MATCHED["HepG2"]:
        assert DATA_SETS[CAGI5[name].data_set].cells == "HepG2"
    assert {DATA_SETS[CAGI5[n].data_set].cells for n in MATCHED["K562"]} == {"K562", "HEL 92.1.7"}


@pytest.fixture(scope="module")
def official() -> pd.DataFrame:
    """All variants of the two official spreadsheets; `training` says which one they are from."""
    missing = [n for n in ("cagi5_release", "cagi5_challenge") if not sources.available(n)]
    if missing:
        pytest.skip(f"the official spreadsheets have no public download and are not there: {', '.join(missing)}")
    parts = []
    for book in ("release", "challenge"):
        for sheet, frame in pd.read_excel(sources.path(f"cagi5_{book}"), sheet_name=None, header=None).items():
            header = frame.index[frame[0] == "#Chrom"][0]
            rows = frame.loc[header + 1 :].set_axis(["chrom", "pos", "ref", "alt", "value", "confidence"], axis=1)
            parts.append(rows.assign(element=sheet.removeprefix(book + "_"), training=book == "release"))
    table = pd.concat(parts, ignore_index=True)
    return table.astype({"pos": int, "value": float, "confidence": float})


@pytest.fixture(scope="module")
def matched(official) -> pd.DataFrame:
    """The official variants with ours beside them."""
    ours = []
    for name in CAGI5:
        element, training = satmut.load_cagi5(name)
        ours.append(element.variants.assign(element=name, in_training=training))
    return official.merge(pd.concat(ours), on=["element", "pos", "ref", "alt"], suffixes=("_official", ""))


def test_the_official_variants_are_in_the_public_table(official, matched):
    assert set(official["element"]) == set(CAGI5)
    assert len(official) == 18_463
    assert len(matched) == 18_429


def test_our_split_is_the_official_one_for_every_variant(matched):
    assert (matched["training"] == matched["in_training"]).all()
    assert matched["training"].nunique() == 2


def test_our_effects_and_confidences_agree_with_the_official_ones(matched):
    assert np.corrcoef(matched["value"], matched["effect"])[0, 1] == pytest.approx(0.992, abs=0.001)
    high = matched["confidence_official"] >= satmut.HIGH_CONFIDENCE, matched["confidence"] >= satmut.HIGH_CONFIDENCE
    assert (high[0] == high[1]).mean() == pytest.approx(0.986, abs=0.002)


def test_the_variants_named_as_differing_in_sign_do(matched):
    named = [(n, *variant) for n, variants in satmut.SIGN_DIFFERS.items() for variant in variants]
    assert len(named) == 3
    by_variant = matched.set_index(["element", "pos", "ref", "alt"])
    for variant in named:
        value, effect = by_variant.loc[variant, ["value", "effect"]]
        assert value == pytest.approx(-effect, rel=0.15), variant
        assert abs(value) > 0.2


# --- finding a variant ------------------------------------------------------------------------------


@pytest.mark.parametrize(("position", "build"), [(109817590, "GRCh37"), (109274968, "GRCh38")])
def test_a_variant_is_found_in_every_data_set_that_holds_it(position, build):
    found = satmut.find_variant("1", position, "G", "T", build)
    assert sorted(found) == [(n, position, "G", "T") for n in ("SORT1", "SORT1-flip", "SORT1.2")]


def test_a_deletion_is_found():
    found = satmut.find_variant("chr1", 109817274, "G", DELETION)
    assert sorted(found) == [(n, 109817274, "G", DELETION) for n in ("SORT1", "SORT1-flip")]


@pytest.mark.parametrize(
    ("variant", "reason"),
    [
        (("chr1", 109817590, "A", "T"), r"the reference base at chr1:109817590 \(GRCh37\) is G, not A"),
        (("chr1", 109817590, "G", "G"), r"G>G was not measured; measured there: -?.*A, C, T"),
        (("chr1", 109817590, "G", "AT"), "G>AT was not measured"),
        (("1", 5, "G", "T"), "no saturation mutagenesis data set covers chr1:5 in GRCh37"),
        (("chr2", 109817590, "G", "T"), "no saturation mutagenesis data set covers chr2:109817590"),
    ],
)
def test_a_variant_that_is_not_there_is_an_error_that_says_why(variant, reason):
    with pytest.raises(InputError, match=reason):
        satmut.find_variant(*variant)


@pytest.mark.parametrize("name", CAGI5)
def test_the_challenge_trains_on_the_same_measurements_in_both_builds(name, everything):
    old, new = (everything[CAGI5[name].data_set, build] for build in BUILDS)
    measured = [np.sort(e.variants["effect"].to_numpy()[satmut.training_rows(e)]) for e in (old, new)]
    assert 0 < len(measured[0]) < len(old.variants)
    assert np.array_equal(*measured)


def test_a_data_set_outside_the_challenge_has_no_training_rows(everything):
    assert satmut.training_rows(everything["BCL11A", "GRCh38"]) is None
