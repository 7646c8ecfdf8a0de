"""Losses side by side: what is there, which models and which sequence are chosen, and permalinks to the choices."""

import pandas as pd
import pytest

from engine.data import satmut
from engine.experiments import checkpoints, labels
from engine.models.predict import predict_codes

BASELINE, RANKER = "B1_baseline_mse", "R1_plackett_luce"
SATMUT = pytest.mark.needs_data("satmut", "cagi5_references")
LENTIMPRA = pytest.mark.needs_data("lentimpra_sequences", "lentimpra_activity")


def chosen(screen) -> list[str]:
    return screen.at.multiselect(key="losses_models").value


def predictions(screen) -> pd.DataFrame:
    return screen.at.dataframe[0].value.set_index("model")


def link(screen) -> dict[str, str]:
    """What stands behind the question mark of the page's address."""
    return {k: v[0] if isinstance(v, list) else v for k, v in screen.at.query_params.items()}


# --- nothing or little is there ---------------------------------------------------------------------


def test_without_a_model_the_page_says_how_to_train(app, models_folder):
    screen = app("side_by_side")
    assert not screen.failures and screen.title == "Losses side by side"
    assert any("python -m engine train --all" in i for i in screen.values("info"))


def test_without_data_the_page_names_the_files_and_offers_them(app, study, no_data):
    screen = app("side_by_side")
    assert not screen.failures
    (info,) = screen.values("info")
    assert "satmut_elements.tsv.gz" in info and "Kircher" in info
    screen.press("Download now")
    assert not screen.failures and any("'satmut'" in e for e in screen.values("error"))


def test_without_the_library_a_pasted_sequence_is_still_compared(pasted, no_data):
    screen = pasted()
    assert not screen.failures
    assert {"logos-ism", "difference"} == screen.figures
    screen.choose("losses_section", "Held-out elements")
    (info,) = screen.values("info")
    assert "The comparison on held-out elements needs" in info
    assert screen.button("Download now").key == "download-lentimpra_sequences-lentimpra_activity"
    screen.choose("losses_source", "held-out element")
    assert not screen.failures
    assert any(i.startswith("A held-out element needs") for i in screen.values("info"))


def test_a_model_that_was_not_scored_is_named_with_the_command(pasted, study):
    (study / RANKER / "metrics.json").unlink()
    screen = pasted()
    assert not screen.failures
    assert any("python -m engine evaluate R1_plackett_luce" in e for e in screen.values("error"))
    # on the models' own scale, it can be compared
    screen.choose("losses_standardised", False)
    assert not screen.failures and not screen.values("error") and "difference" in screen.figures


def test_broken_scores_are_named_and_nothing_breaks(pasted, study):
    (study / RANKER / "metrics.json").write_text("{")
    screen = pasted()
    assert not screen.failures
    assert any("metrics.json" in e and RANKER in e for e in screen.values("error"))


# --- models -----------------------------------------------------------------------------------------


def test_the_baseline_and_the_rankers_are_chosen_first(pasted):
    screen = pasted()
    assert chosen(screen) == [BASELINE, RANKER]
    box = screen.at.multiselect(key="losses_models")
    assert box.options == [labels.label(n) for n in ("joint_legnet", BASELINE, RANKER, "C1_pl_linear_curriculum")]
    assert "python -m engine train R3_ranknet" in "\n".join(c.value for c in screen.at.code)


def test_two_models_are_chosen_where_one_of_the_first_choice_is_trained(app, study, bases):
    for name in (RANKER, "C1_pl_linear_curriculum", "H1_HepG2_baseline_mse"):
        (study / name / checkpoints.DESCRIPTION).unlink()
    screen = app("side_by_side", losses_source="pasted", losses_text=bases)
    assert not screen.failures and chosen(screen) == [BASELINE, "joint_legnet"]
    assert "difference" in screen.figures


def test_one_model_is_not_enough(pasted):
    screen = pasted().choose("losses_models", [RANKER])
    assert not screen.failures
    assert "Choose at least 2 models." in screen.values("info")
    assert not screen.figures and not screen.at.dataframe
    screen.choose("losses_models", [RANKER, "joint_legnet"])
    assert "Choose at least 2 models." not in screen.values("info") and "difference" in screen.figures


def test_the_cell_type_leaves_the_models_that_predict_it(pasted):
    screen = pasted()
    assert screen.at.segmented_control(key="losses_cell").options == ["K562", "HepG2", "WTC11"]
    screen.choose("losses_cell", "HepG2")
    assert not screen.failures
    named = [labels.label(n) for n in ("joint_legnet", "H1_HepG2_baseline_mse")]
    assert screen.at.multiselect(key="losses_models").options == named
    assert sorted(chosen(screen)) == ["H1_HepG2_baseline_mse", "joint_legnet"]
    screen.choose("losses_cell", "WTC11")
    assert not screen.failures and "Choose at least 2 models." in screen.values("info")


def test_the_way_to_another_cell_type_and_back_keeps_the_models_of_each(pasted):
    screen = pasted().choose("losses_models", ["joint_legnet", RANKER])
    screen.choose("losses_cell", "HepG2").choose("losses_models", ["joint_legnet", "H1_HepG2_baseline_mse"])
    screen.choose("losses_cell", "K562")
    assert chosen(screen) == ["joint_legnet", RANKER]
    screen.choose("losses_cell", "HepG2")
    assert not screen.failures and chosen(screen) == ["joint_legnet", "H1_HepG2_baseline_mse"]


@SATMUT
def test_a_measured_element_is_shown_in_the_cell_type_that_it_was_assayed_in(app, study):
    screen = app("side_by_side", losses_element="LDLR")
    assert not screen.failures and screen.at.segmented_control(key="losses_cell").value == "HepG2"
    screen.choose("losses_cell", "K562").choose("losses_section", "Measured effects")
    assert screen.at.segmented_control(key="losses_cell").value == "K562"  # once chosen, it stays
    screen.choose("losses_element", "PKLR-24h")  # K562 as well
    screen.choose("losses_element", "F9")
    assert screen.at.segmented_control(key="losses_cell").value == "HepG2"


# --- the permalink ----------------------------------------------------------------------------------


@SATMUT
def test_the_link_chooses_element_stretch_models_and_cell_type(app, study):
    address = {"cell": "HepG2", "models": "H1_HepG2_baseline_mse,joint_legnet", "element": "LDLR.2", "from": "17"}
    screen = app("side_by_side", link=address)
    assert not screen.failures and not screen.values("error")
    assert chosen(screen) == ["H1_HepG2_baseline_mse", "joint_legnet"]
    assert screen.at.segmented_control(key="losses_cell").value == "HepG2"
    assert screen.at.selectbox(key="losses_source").value == "measured element"
    assert screen.at.selectbox(key="losses_element").value == "LDLR.2"
    region = satmut.load("LDLR.2").region
    first = region.start + 1 + 17
    assert any(f"LDLR.2: 200 bases, {region.chrom}:{first}-{first + 199}" in s.value for s in screen.at.subheader)
    assert screen.figure("logos-ism")["layout"]["xaxis"]["range"] == [first - 0.5, first + 199.5]
    assert link(screen) == address


@LENTIMPRA
def test_the_link_chooses_a_held_out_element(app, study, library):
    screen = app("side_by_side", link={"models": f"{RANKER},{BASELINE}", "held_out": "peak050"})
    assert not screen.failures
    assert screen.at.selectbox(key="losses_source").value == "held-out element"
    assert screen.at.selectbox(key="losses_row").value == "peak050"
    assert chosen(screen) == [RANKER, BASELINE]
    table = library[0]
    assert any(f"K562 {table.column('K562')[50]:+.2f}" in c for c in screen.values("caption"))
    expected = predict_codes(checkpoints.load(RANKER).model, table.codes[50:51])[0, 0]
    assert predictions(screen).loc[labels.label(RANKER), "log2 RNA/DNA"] == pytest.approx(expected, abs=1e-4)


def test_the_link_chooses_a_sequence(app, study, bases):
    screen = app("side_by_side", link={"seq": bases})
    assert not screen.failures
    assert screen.at.selectbox(key="losses_source").value == "pasted"
    assert screen.at.text_input(key="losses_text").value == bases
    assert any("pasted: 200 bases" in s.value for s in screen.at.subheader)


@SATMUT
@pytest.mark.parametrize("start", ["-3", "\u00b2", "9" * 5000])
def test_a_link_to_what_is_not_there_opens_the_page_all_the_same(app, study, start):
    link = {"cell": "HeLa", "models": "gone,B1_baseline_mse,joint_legnet", "element": "nothing", "from": start}
    screen = app("side_by_side", link=link)
    assert not screen.failures and not screen.values("error")
    assert screen.at.segmented_control(key="losses_cell").value == "HepG2"  # in which SORT1 was assayed
    assert "joint_legnet" in chosen(screen) and "gone" not in chosen(screen)
    assert screen.at.selectbox(key="losses_element").value == "SORT1"


def test_the_link_follows_the_choices_and_opens_the_same_page(pasted, app, bases):
    screen = pasted().choose("losses_models", [RANKER, "joint_legnet"])
    address = link(screen)
    assert address == {"cell": "K562", "models": f"{RANKER},joint_legnet", "seq": bases}
    again = app("side_by_side", link=address)
    pd.testing.assert_frame_equal(predictions(again), predictions(screen))
    assert again.figure("difference")["data"] == screen.figure("difference")["data"]


# --- the sequence -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("letter", "place"), [("X", 5), ("J", 150)])
def test_a_bad_letter_is_named_with_its_place_and_the_text_is_kept(pasted, bases, letter, place):
    text = bases[: place - 1] + letter + bases[place:]
    screen = pasted(text)
    assert not screen.failures
    (error,) = screen.values("error")
    assert f"letter '{letter}' at position {place}" in error
    assert screen.at.text_input(key="losses_text").value == text
    assert not screen.figures
    screen.type("losses_text", bases)
    assert not screen.failures and not screen.values("error") and "difference" in screen.figures


def test_an_empty_field_asks_for_bases(pasted):
    screen = pasted("  ")
    assert not screen.failures and not screen.values("error")
    assert any(i.startswith("Paste") for i in screen.values("info"))


def test_a_longer_sequence_is_shown_by_the_stretch_of_the_slider(pasted, random_bases):
    text = random_bases(330, seed=5)
    screen = pasted(text)
    assert screen.at.slider(key="losses_from").value == 65
    screen.choose("losses_from", 100)
    assert not screen.failures
    assert link(screen)["seq"] == text[100:300]
    assert "".join(screen.markers("logos-ism")[0]["text"]) == text[100:300]


def test_a_shorter_sequence_is_compared_too(pasted, random_bases):
    screen = pasted(random_bases(120, seed=6))
    assert not screen.failures and not screen.values("error")
    assert screen.figure("difference")["layout"]["xaxis"]["range"] == [0.5, 120.5]


def test_the_explorers_sequence_is_offered_when_there_is_one(app, explorer, study, bases, pasted):
    assert "the Explorer's sequence" not in pasted().at.selectbox(key="losses_source").options
    screen = explorer(bases).open("side_by_side").choose("losses_source", "the Explorer's sequence")
    assert not screen.failures
    assert "".join(screen.markers("logos-ism")[0]["text"]) == bases


def test_the_sequence_goes_to_the_explorer(pasted, bases):
    screen = pasted().press("Open in the Explorer")
    assert not screen.failures and screen.title == "Explorer"
    assert screen.document.bases == bases
