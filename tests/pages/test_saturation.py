"""Saturation mutagenesis: measured beside predicted, the look-up of a variant, filters, builds, files."""

import io

import numpy as np
import pandas as pd
import pytest

from engine.data import satmut
from engine.evaluation import cagi5
from engine.experiments import checkpoints

pytestmark = pytest.mark.needs_data("satmut", "cagi5_references")


@pytest.fixture
def saturation(app, trained):
    """The page with one element chosen."""

    def open_element(name: str, build: str = "GRCh37", **state):
        return predicted(app("saturation", sat_element=name, sat_build=build, **state))

    return open_element


def predicted(screen):
    """The page with its predictions asked for, where they are not known yet."""
    asked = [b.label for b in screen.at.button if b.key == "saturation-start"]
    return screen.press(asked[0]) if asked else screen


def shown_variants(screen) -> list[set[tuple]]:
    """The variants that can be clicked in each map."""
    marks = [t for t in screen.figure("sat-maps")["data"] if t.get("name") == "variant"]
    return [{tuple(c) for c in t["customdata"]} for t in marks]


def counts(screen) -> list[int]:
    """How many variants of low and of high confidence the scatter plot counts."""
    return [int(t["name"].rsplit("n=", 1)[1]) for t in screen.figure("scatter-")["data"]]


def variants_of(table: pd.DataFrame) -> set[tuple]:
    return set(table[["pos", "ref", "alt"]].itertuples(index=False, name=None))


# --- empty states -----------------------------------------------------------------------------------


def test_without_data_the_page_names_the_files_and_offers_them(app, no_data, trained):
    screen = app("saturation")
    assert not screen.failures and screen.title == "Saturation mutagenesis"
    (info,) = screen.values("info")
    assert "satmut_elements.tsv.gz" in info and "cagi5_references.json" in info and "Kircher" in info
    screen.press("Download now")
    assert not screen.failures
    assert any("'satmut'" in e for e in screen.values("error"))


def test_without_data_and_models_nothing_breaks(app, no_data, models_folder):
    screen = app("saturation")
    assert not screen.failures
    assert "satmut_elements.tsv.gz" in screen.words


def test_without_a_model_the_page_says_how_to_train_one(app, models_folder):
    screen = app("saturation", sat_element="HBB")
    assert not screen.failures
    assert "python -m engine train joint_legnet" in "\n".join(screen.values("info"))
    assert not screen.at.get("plotly_chart")


def test_a_broken_data_file_is_an_error_on_the_page(app, trained, monkeypatch, tmp_path):
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path / "cache"))
    for source in (satmut.sources.SOURCES[n] for n in ("satmut", "cagi5_references")):
        with (tmp_path / source.file).open("wb") as handle:
            handle.truncate(source.bytes)
    monkeypatch.setenv("CISLENS_DATA", str(tmp_path))
    screen = app("saturation")
    assert not screen.failures
    assert any("wrong checksum" in e and "satmut_elements.tsv.gz" in e for e in screen.values("error"))


# --- an element -------------------------------------------------------------------------------------


def test_an_element_shows_measured_and_predicted_effects(saturation):
    screen = saturation("HBB")
    assert not screen.failures
    element = satmut.load("HBB")
    assert shown_variants(screen) == [variants_of(element.variants)] * 2
    layout = screen.figure("sat-maps")["layout"]
    assert "HBB (GRCh37)" in layout["title"]["text"]
    titles = [a["text"] for a in layout["annotations"]]
    assert titles[0] == "measured in HEL 92.1.7" and titles[1] == "predicted in K562"
    assert layout["xaxis"]["range"] == [element.region.start + 0.5, element.region.end + 0.5]
    assert sum(counts(screen)) == len(element.variants)
    assert any("erythroid" in c for c in screen.values("caption"))


def test_the_numbers_saved_are_measured_and_predicted(saturation, downloads):
    screen = saturation("HBB")
    assert not screen.failures
    saved = pd.read_csv(io.StringIO(downloads["Variants (CSV)"]))
    element = satmut.load("HBB")
    assert (
        saved[["pos", "ref", "alt"]].to_numpy().tolist() == element.variants[["pos", "ref", "alt"]].to_numpy().tolist()
    )
    np.testing.assert_allclose(saved["effect"], element.variants["effect"], rtol=1e-4)
    model = checkpoints.load("joint_legnet").model
    predicted = cagi5.element_effects(model, element)[:, model.outputs.index("K562")]
    np.testing.assert_allclose(saved["joint_legnet"], predicted, rtol=1e-3, atol=1e-5)
    assert predicted.std() > 1e-3
    vcf = [line for line in downloads["Variants (VCF)"].splitlines() if not line.startswith("#")]
    assert len(vcf) == len(saved)
    assert all("PRED_joint_legnet=" in line for line in vcf)


def test_the_agreement_is_told_for_the_challenge_subsets_with_n(saturation):
    table = saturation("HBB").at.dataframe[0].value.set_index("variants")
    assert list(table.index) == ["all single-base changes", "CAGI5 test", "CAGI5 training"]
    element, training = satmut.load_cagi5("HBB")
    snv = (element.variants["alt"] != "-").to_numpy()
    high = (element.variants["confidence"] >= 0.1).to_numpy()
    assert table["n (all)"].tolist() == [snv.sum(), (snv & ~training).sum(), (snv & training).sum()]
    assert table["n (high confidence)"].tolist() == [
        (snv & high).sum(), (snv & high & ~training).sum(), (snv & high & training).sum(),
    ]  # fmt: skip
    assert table["all"].str.fullmatch(r"-?\d\.\d{3} \[-?\d\.\d{3}, -?\d\.\d{3}\]").all()


def test_an_element_outside_the_challenge_has_no_subsets(saturation):
    assert saturation("PKLR-24h").at.dataframe[0].value["variants"].tolist() == ["all single-base changes"]


def test_another_output_gives_other_predictions(saturation, downloads):
    screen = saturation("HBB")
    before = pd.read_csv(io.StringIO(downloads["Variants (CSV)"]))["joint_legnet"]
    (box,) = [s for s in screen.at.selectbox if s.key.startswith("sat_output")]
    assert box.value == "K562" and box.options == ["K562", "HepG2", "WTC11"]
    screen.choose(box.key, "HepG2")
    after = pd.read_csv(io.StringIO(downloads["Variants (CSV)"]))["joint_legnet"]
    assert not screen.failures and (before != after).any()
    assert "predicted in HepG2" in screen.figure("sat-maps")["layout"]["annotations"][1]["text"]


def test_two_models_stand_side_by_side_in_the_outputs_that_they_share(saturation, downloads):
    screen = saturation("HBB", models=["joint_legnet", "mine"])
    assert not screen.failures
    assert len(shown_variants(screen)) == 3
    assert len([c for c in screen.at.get("plotly_chart") if c.key.startswith("scatter-")]) == 2
    (box,) = [s for s in screen.at.selectbox if s.key.startswith("sat_output")]
    assert box.options == ["K562", "HepG2"]
    saved = pd.read_csv(io.StringIO(downloads["Variants (CSV)"]))
    assert (saved["joint_legnet"] != saved["mine"]).any()
    screen.choose("sat_disagree_model", "mine")
    assert not screen.failures


# --- filters ----------------------------------------------------------------------------------------


def test_the_confidence_filter_leaves_out_what_is_less_certain(saturation, downloads):
    screen = saturation("HBB")
    everything = satmut.load("HBB").variants
    assert sum(counts(screen)) == len(everything)
    screen.choose("least_confidence", 0.1)
    certain = everything[everything["confidence"] >= 0.1]
    assert not screen.failures
    assert counts(screen) == [0, len(certain)] and 0 < len(certain) < len(everything)
    assert shown_variants(screen)[0] == variants_of(certain)
    assert len(pd.read_csv(io.StringIO(downloads["Variants (CSV)"]))) == len(certain)


def test_a_filter_that_leaves_nothing_says_so(saturation):
    weak = next(n for n in satmut.DATA_SETS if satmut.load(n).variants["confidence"].max() < 0.5)
    screen = saturation(weak, least_confidence=0.5)
    assert not screen.failures
    assert "No variant has this confidence; move the slider to the left." in screen.values("info")


def test_deletions_can_be_left_out(saturation):
    screen = saturation("HBB").choose("sat_deletions", False)
    assert not screen.failures
    assert all(alt != "-" for _, _, alt in shown_variants(screen)[0])
    assert sum(counts(screen)) == len(satmut.load("HBB").snvs())


def test_the_stretch_shown_is_that_of_the_slider(saturation):
    screen = saturation("HBB").choose("sat_view-HBB-GRCh37", (5248300, 5248330))
    assert not screen.failures
    assert screen.figure("sat-maps")["layout"]["xaxis"]["range"] == [5248299.5, 5248330.5]


# --- builds and elements with something peculiar ----------------------------------------------------


def test_both_builds_show_the_same_element_at_their_own_places(saturation):
    screen = saturation("HBB", "GRCh38")
    assert not screen.failures
    assert shown_variants(screen)[0] == variants_of(satmut.load("HBB", "GRCh38").variants)
    assert "GRCh38" in screen.figure("sat-maps")["layout"]["title"]["text"]
    after = screen.table
    pd.testing.assert_frame_equal(after, predicted(screen.choose("sat_build", "GRCh37")).at.dataframe[0].value)
    assert shown_variants(screen)[0] == variants_of(satmut.load("HBB", "GRCh37").variants)


def test_the_challenge_subsets_follow_the_strand_of_msmb(saturation):
    screen = saturation("MSMB", "GRCh38")
    assert not screen.failures
    n = [c for c in screen.table.columns if c.startswith("n ")]
    turned = screen.table[n]
    pd.testing.assert_frame_equal(turned, predicted(screen.choose("sat_build", "GRCh37")).at.dataframe[0].value[n])


@pytest.mark.parametrize("name", ["BCL11A", "TCF7L2"])
def test_elements_without_flanks_or_with_a_gap_are_shown(saturation, name):
    screen = saturation(name)
    assert not screen.failures and not screen.values("error")
    assert shown_variants(screen)[0] == variants_of(satmut.load(name).variants)
    assert sum(counts(screen)) == len(satmut.load(name).variants)


def test_cells_that_no_model_was_trained_on_are_named(saturation):
    assert any("MIN6" in c and "in which no model was trained" in c for c in saturation("TCF7L2").values("caption"))


# --- looking up a variant ---------------------------------------------------------------------------


def test_a_variant_is_looked_up_and_its_measurement_shown(saturation):
    screen = predicted(saturation("HBB").type("lookup", "chr1:109817590 G>T"))
    assert not screen.failures and not screen.values("error")
    assert screen.at.selectbox(key="sat_element").value == "SORT1"
    variants = satmut.load("SORT1").variants
    row = variants[(variants["pos"] == 109817590) & (variants["alt"] == "T")].iloc[0]
    (told,) = [m for m in screen.values("markdown") if "109817590" in m]
    assert "**chr1:109817590 G>T** in SORT1" in told
    assert f"measured **{row['effect']:+.2f}** log2 alt/ref" in told and "LegNet" in told
    assert f"(confidence {row['confidence']:.2f}, {row['barcodes']} barcodes)" in told
    # of this variant two publications give opposite signs, and which is plausible is said
    assert any("other sign" in w and "C/EBP" in w for w in screen.values("warning"))
    frames = [t for t in screen.figure("sat-maps")["data"] if t.get("name") == "looked up"]
    assert [(t["x"], t["y"]) for t in frames] == [([109817590], ["T"])] * 2
    screen.choose("sat_element", "SORT1.2")
    assert any("109817590" in m and "in SORT1.2" in m for m in screen.values("markdown"))
    assert any("C/EBP" in w for w in screen.values("warning"))


def test_a_variant_of_the_other_build_leads_to_that_build(saturation):
    screen = saturation("HBB").type("lookup", "chr1:109274968 G>T")
    assert not screen.failures and not screen.values("error")
    assert screen.at.selectbox(key="sat_build").value == "GRCh38"
    assert screen.at.selectbox(key="sat_element").value == "SORT1"
    assert any("**chr1:109274968 G>T**" in m for m in screen.values("markdown"))
    screen.choose("sat_build", "GRCh37")  # and what the user chooses then stays
    assert screen.at.selectbox(key="sat_build").value == "GRCh37" and screen.values("error")


def test_effects_that_are_not_known_are_asked_for_and_the_measurements_stand_there_meanwhile(app, trained):
    screen = app("saturation", sat_element="RET", sat_build="GRCh37")
    assert not screen.failures
    assert [a["text"] for a in screen.figure("sat-maps")["layout"]["annotations"]] == ["measured in Neuro-2a"]
    assert not [c for c in screen.figures if c.startswith("scatter")]
    predicted(screen)
    assert not screen.failures and len(shown_variants(screen)) == 2


def test_a_looked_up_variant_opens_in_the_explorer(saturation):
    screen = saturation("SORT1").type("lookup", "chr1:109817590 G>T").press("Open this variant in the Explorer")
    assert not screen.failures and screen.title == "Explorer"
    document = screen.document
    (edit,) = document.applied
    assert edit.description == "chr1:109817590 G>T"
    (changed,) = document.changed_positions()
    assert document.reference.region.start + changed + 1 == 109817590
    assert changed == 100  # in the middle of the 200 bases
    assert (document.reference.bases[changed], document.bases[changed]) == ("G", "T")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("chr1:109817590 A>T", "is G, not A"),
        ("chr1:109817590 G>N", "no definite base"),
        ("chr1:109817590 G>AT", "was not measured"),
        ("chr1:5 G>T", "no saturation mutagenesis data set covers chr1:5 in GRCh37"),
        ("rs12740374", "nothing is looked up on the internet"),
    ],
)
def test_a_look_up_that_fails_says_why_and_the_page_goes_on(saturation, text, reason):
    screen = saturation("HBB").type("lookup", text)
    assert not screen.failures
    assert any(reason in e for e in screen.values("error"))
    assert screen.at.selectbox(key="sat_element").value == "HBB" and shown_variants(screen)
    screen.type("lookup", "")
    assert not screen.values("error")


@pytest.mark.parametrize(
    "text",
    [
        *("NC_000001.10:g.109817590G>T", "NC_000001.10:109817589:G:T", "1-109817590-G-T", "chr1_109817590_G_T_b37"),
        *("1\t109817590\trs12740374\tG\tT\t.\tPASS\t.", "1 109817590 . G A,T . . ."),
    ],
)
def test_a_look_up_takes_every_notation(saturation, text):
    screen = saturation("SORT1").type("lookup", text)
    assert not screen.failures and not screen.values("error")
    allele = "A" if "A,T" in text else "T"
    assert any(f"**chr1:109817590 G>{allele}** in SORT1" in m for m in screen.values("markdown"))


def test_a_look_up_keeps_an_element_that_holds_the_variant(saturation):
    screen = saturation("SORT1-flip").type("lookup", "chr1:109817590 G>T")
    assert not screen.failures
    assert screen.at.selectbox(key="sat_element").value == "SORT1-flip"


def test_after_a_look_up_another_element_can_be_chosen(saturation):
    ref = reference_at("HBB", 5248300)
    screen = saturation("PKLR-24h").type("lookup", f"chr11:5248300 {ref}>{'A' if ref != 'A' else 'C'}")
    assert not screen.values("error") and screen.at.selectbox(key="sat_element").value == "HBB"
    screen.choose("sat_element", "PKLR-24h")
    assert not screen.failures
    assert screen.at.selectbox(key="sat_element").value == "PKLR-24h"
    assert not [m for m in screen.values("markdown") if "5248300" in m]


def reference_at(name: str, position: int) -> str:
    element = satmut.load(name)
    return element.reference().bases[position - 1 - element.region.start]


# --- on to the Explorer -----------------------------------------------------------------------------


def test_a_click_on_a_variant_opens_it_in_the_explorer(saturation):
    ref = reference_at("HBB", 5248300)
    alt = "A" if ref != "A" else "C"
    screen = saturation("HBB").click("sat-maps", 5248300, ref, alt)
    assert not screen.failures and screen.title == "Explorer"
    document = screen.document
    assert [e.description for e in document.applied] == [f"chr11:5248300 {ref}>{alt}"]
    assert document.reference.region.build == "GRCh37"
    assert screen.at.session_state["track_output"] == "K562"
    # and the way back leads to the page, not to the Explorer again
    screen.open("saturation")
    assert not screen.failures and screen.title == "Saturation mutagenesis"


def test_a_deletion_opens_as_a_shorter_sequence(saturation):
    ref = reference_at("HBB", 5248293)
    screen = saturation("HBB").click("sat-maps", 5248293, ref, "-")
    assert not screen.failures and screen.title == "Explorer"
    document = screen.document
    at = 5248292 - document.reference.region.start
    assert document.bases == document.reference.bases[:at] + document.reference.bases[at + 1 :]
    assert screen.text == document.bases


@pytest.mark.parametrize("end", ["first", "last"])
@pytest.mark.parametrize("name", ["HBB", "BCL11A"])
def test_a_variant_at_an_end_of_the_element_opens_as_well(saturation, name, end):
    element = satmut.load(name)
    row = element.variants.iloc[0 if end == "first" else -1]
    screen = saturation(name).click("sat-maps", int(row["pos"]), row["ref"], row["alt"])
    assert not screen.failures and screen.title == "Explorer"
    document = screen.document
    assert len(document.reference) == 200
    assert document.reference.bases[row["pos"] - 1 - document.reference.region.start] == row["ref"]


def test_the_largest_disagreements_are_the_farthest_apart_and_open_on_selection(saturation):
    screen = saturation("HBB")
    table = screen.at.dataframe[1].value
    assert len(table) == 10 and table["apart"].is_monotonic_decreasing
    model = checkpoints.load("joint_legnet").model
    element = satmut.load("HBB")
    predicted = cagi5.element_effects(model, element)[:, model.outputs.index("K562")]
    measured = element.variants["effect"].to_numpy()
    apart = np.abs(predicted / predicted.std(ddof=1) - measured / measured.std(ddof=1))
    np.testing.assert_allclose(table["apart"], np.sort(apart)[::-1][:10], rtol=1e-3)
    row = table.iloc[3]
    screen.pick_row("disagreements", 3)
    assert not screen.failures and screen.title == "Explorer"
    (edit,) = screen.document.applied
    assert edit.description == f"chr11:{row['pos']} {row['ref']}>{row['alt']}"
