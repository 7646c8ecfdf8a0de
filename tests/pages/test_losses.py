"""Losses side by side: choices, permalinks, maps and their differences, the held-out elements."""

import io
import json

import numpy as np
import pandas as pd
import pytest
import streamlit as st

from engine import checkpoints
from engine.data import lentimpra, satmut, splits
from engine.evaluation import cagi5, comparison
from engine.evaluation.metrics import spearman
from engine.interpretation.attribution import ism
from engine.plots import theme
from engine.plots.side_by_side import METHODS
from engine.predict import predict_codes
from engine.sequence import Sequence

BASELINE, RANKER = "B1_baseline_mse", "R1_plackett_luce"
SATMUT = pytest.mark.needs_data("satmut", "cagi5_references")
LENTIMPRA = pytest.mark.needs_data("lentimpra_sequences", "lentimpra_activity")


@pytest.fixture
def library(monkeypatch):
    """A made-up library with thirty elements in its test fold, four of them not measured in K562."""
    rng = np.random.default_rng(3)
    n = 300
    names = np.array([f"peak{i:03}" for i in range(n)])
    activity = rng.normal(size=(n, 3)).astype(np.float32)
    activity[:40:10, 0] = np.nan
    table = lentimpra.ActivityTable(
        names, rng.integers(0, 4, (n, 200)).astype(np.uint8), activity, lentimpra.CELL_TYPES, names, "made up"
    )
    split = splits.Split((np.arange(n) % 10).astype(np.int8), np.arange(n, dtype=np.int32), "made up")
    monkeypatch.setattr(lentimpra, "joint", lambda: table)
    monkeypatch.setattr(splits, "joint_split", lambda _: split)
    st.cache_resource.clear()  # the page keeps the library that it read first
    yield table, split
    st.cache_resource.clear()


@pytest.fixture
def pasted(app, study, bases):
    """The page on a pasted sequence."""

    def open_pasted(text: str = bases, **state):
        return app("losses", losses_source="pasted", losses_text=text, **state)

    return open_pasted


def chosen(screen) -> list[str]:
    return screen.at.multiselect(key="losses_models").value


def predictions(screen) -> pd.DataFrame:
    return screen.at.dataframe[0].value.set_index("model")


def link(screen) -> dict[str, str]:
    """What stands behind the question mark of the page's address."""
    return {k: v[0] if isinstance(v, list) else v for k, v in screen.at.query_params.items()}


def figures(screen) -> set[str]:
    return {c.key for c in screen.at.get("plotly_chart")}


# --- nothing or little is there ---------------------------------------------------------------------


def test_without_a_model_the_page_says_how_to_train(app, models_folder):
    screen = app("losses")
    assert not screen.failures and screen.title == "Losses side by side"
    assert any("python -m engine train --all" in i for i in screen.values("info"))


def test_without_data_the_page_names_the_files_and_offers_them(app, study, no_data):
    screen = app("losses")
    assert not screen.failures
    (info,) = screen.values("info")
    assert "satmut_elements.tsv.gz" in info and "Kircher" in info
    screen.press("Download now")
    assert not screen.failures and any("'satmut'" in e for e in screen.values("error"))


def test_without_the_library_a_pasted_sequence_is_still_compared(pasted, no_data):
    screen = pasted()
    assert not screen.failures
    assert {"logos-ig", "logos-ism", "difference"} == figures(screen)
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
    assert not screen.failures and not screen.values("error") and "difference" in figures(screen)


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
    assert box.options == ["joint_legnet", BASELINE, RANKER, "C1_pl_linear_curriculum"]
    assert "python -m engine train R3_ranknet" in "\n".join(c.value for c in screen.at.code)


def test_two_models_are_chosen_where_one_of_the_first_choice_is_trained(app, study, bases):
    for name in (RANKER, "C1_pl_linear_curriculum", "H1_HepG2_baseline_mse"):
        (study / name / checkpoints.DESCRIPTION).unlink()
    screen = app("losses", losses_source="pasted", losses_text=bases)
    assert not screen.failures and chosen(screen) == [BASELINE, "joint_legnet"]
    assert "difference" in figures(screen)


def test_one_model_is_not_enough(pasted):
    screen = pasted().choose("losses_models", [RANKER])
    assert not screen.failures
    assert "Choose at least 2 models." in screen.values("info")
    assert not figures(screen) and not screen.at.dataframe
    screen.choose("losses_models", [RANKER, "joint_legnet"])
    assert "Choose at least 2 models." not in screen.values("info") and "difference" in figures(screen)


def test_the_cell_type_leaves_the_models_that_predict_it(pasted):
    screen = pasted()
    assert screen.at.segmented_control(key="losses_cell").options == ["K562", "HepG2", "WTC11"]
    screen.choose("losses_cell", "HepG2")
    assert not screen.failures
    assert screen.at.multiselect(key="losses_models").options == ["joint_legnet", "H1_HepG2_baseline_mse"]
    assert sorted(chosen(screen)) == ["H1_HepG2_baseline_mse", "joint_legnet"]
    screen.choose("losses_cell", "WTC11")
    assert not screen.failures and "Choose at least 2 models." in screen.values("info")


# --- the permalink ----------------------------------------------------------------------------------


@SATMUT
def test_the_link_chooses_element_stretch_models_and_cell_type(app, study):
    address = {"cell": "HepG2", "models": "H1_HepG2_baseline_mse,joint_legnet", "element": "LDLR.2", "from": "17"}
    screen = app("losses", link=address)
    assert not screen.failures and not screen.values("error")
    assert chosen(screen) == ["H1_HepG2_baseline_mse", "joint_legnet"]
    assert screen.at.segmented_control(key="losses_cell").value == "HepG2"
    assert screen.at.selectbox(key="losses_source").value == "measured element"
    assert screen.at.selectbox(key="losses_element").value == "LDLR.2"
    region = satmut.load("LDLR.2").region
    first = region.start + 1 + 17
    assert any(f"LDLR.2: 200 bases, {region.chrom}:{first}-{first + 199}" in s.value for s in screen.at.subheader)
    assert screen.figure("logos-ig")["layout"]["xaxis"]["range"] == [first - 0.5, first + 199.5]
    assert link(screen) == address


@LENTIMPRA
def test_the_link_chooses_a_held_out_element(app, study, library):
    screen = app("losses", link={"models": f"{RANKER},{BASELINE}", "held_out": "peak050"})
    assert not screen.failures
    assert screen.at.selectbox(key="losses_source").value == "held-out element"
    assert screen.at.selectbox(key="losses_row").value == "peak050"
    assert chosen(screen) == [RANKER, BASELINE]
    table = library[0]
    assert any(f"K562 {table.column('K562')[50]:+.2f}" in c for c in screen.values("caption"))
    expected = predict_codes(checkpoints.load(RANKER).model, table.codes[50:51])[0, 0]
    assert predictions(screen).loc[RANKER, "log2 RNA/DNA"] == pytest.approx(expected, abs=1e-4)


def test_the_link_chooses_a_sequence(app, study, bases):
    screen = app("losses", link={"seq": bases})
    assert not screen.failures
    assert screen.at.selectbox(key="losses_source").value == "pasted"
    assert screen.at.text_input(key="losses_text").value == bases
    assert any("pasted: 200 bases" in s.value for s in screen.at.subheader)


@SATMUT
def test_a_link_to_what_is_not_there_opens_the_page_all_the_same(app, study):
    screen = app("losses", link={"cell": "HeLa", "models": "gone,B1_baseline_mse,joint_legnet", "element": "nothing",
                                 "from": "-3"})  # fmt: skip
    assert not screen.failures and not screen.values("error")
    assert screen.at.segmented_control(key="losses_cell").value == "K562"
    assert chosen(screen) == [BASELINE, "joint_legnet"]
    assert screen.at.selectbox(key="losses_element").value == "SORT1"


def test_the_link_follows_the_choices_and_opens_the_same_page(pasted, app, bases):
    screen = pasted().choose("losses_models", [RANKER, "joint_legnet"])
    address = link(screen)
    assert address == {"cell": "K562", "models": f"{RANKER},joint_legnet", "seq": bases}
    again = app("losses", link=address)
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
    assert not figures(screen)
    screen.type("losses_text", bases)
    assert not screen.failures and not screen.values("error") and "difference" in figures(screen)


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
    assert "".join(_markers(screen.figure("logos-ig"))[0]["text"]) == text[100:300]


def test_a_shorter_sequence_is_compared_too(pasted, random_bases):
    screen = pasted(random_bases(120, seed=6))
    assert not screen.failures and not screen.values("error")
    assert screen.figure("difference")["layout"]["xaxis"]["range"] == [0.5, 120.5]


def test_the_explorers_sequence_is_offered_when_there_is_one(app, explorer, study, bases, pasted):
    assert "the Explorer's sequence" not in pasted().at.selectbox(key="losses_source").options
    screen = explorer(bases).open("losses").choose("losses_source", "the Explorer's sequence")
    assert not screen.failures
    assert "".join(_markers(screen.figure("logos-ig"))[0]["text"]) == bases


def test_the_sequence_goes_to_the_explorer(pasted, bases):
    screen = pasted().press("Open in the Explorer")
    assert not screen.failures and screen.title == "Explorer"
    assert screen.document.bases == bases


# --- predictions and maps ---------------------------------------------------------------------------


def test_predictions_stand_in_log2_and_in_standard_deviations(pasted, expected, bases):
    table = predictions(pasted())
    assert list(table.index) == [BASELINE, RANKER]
    for name in (BASELINE, RANKER):
        value = float(expected(name, bases)[0])
        assert table.loc[name, "log2 RNA/DNA"] == pytest.approx(value, abs=1e-5)
        scaled = table.loc[name, "s.d. from the mean of held-out predictions"]
        assert scaled == pytest.approx((value - 0.1) / 2.0, abs=1e-5)
    assert table.loc[RANKER, "loss"] == "plackett_luce"
    assert table.loc[BASELINE, "log2 RNA/DNA"] != table.loc[RANKER, "log2 RNA/DNA"]


def _markers(figure: dict) -> list[dict]:
    """The invisible markers of the logos, which hold letters and numbers, row by row."""
    return [t for t in figure["data"] if t.get("mode") == "markers"]


def _map(name: str, bases: str, scale: float = 1.0) -> np.ndarray:
    """`(length, 4)` mutagenesis of a model's K562 output, as the engine gives it."""
    checkpoint = checkpoints.load(name)
    track = ism(checkpoint.model, Sequence("s", bases), name=name, policy="pad")
    return track.output("K562") / scale


@pytest.mark.parametrize("method", ["ig", "ism"])
def test_the_logos_of_all_models_share_scale_and_axis(pasted, method):
    screen = pasted().choose("losses_models", [BASELINE, RANKER, "joint_legnet"])
    figure = screen.figure(f"logos-{method}")
    layout = figure["layout"]
    captions = [a["text"] for a in layout["annotations"]]
    assert captions == [f"{n}: {METHODS[method]}" for n in (BASELINE, RANKER, "joint_legnet")]
    assert len({tuple(layout[f"yaxis{i}"]["range"]) for i in ("", 2, 3)}) == 1
    assert len({tuple(layout[f"xaxis{i}"]["range"]) for i in ("", 2, 3)}) == 1
    rows = [screen.numbers(t["y"]) for t in _markers(figure)]
    assert len(rows) == 3 and rows[0] != rows[1] != rows[2]
    low, high = layout["yaxis"]["range"]
    assert low < np.min(rows) and high > np.max(rows)


@pytest.mark.parametrize("method", ["ig", "ism"])
def test_the_logos_stand_on_the_common_scale_unless_it_is_turned_off(pasted, method):
    screen = pasted()
    scaled = [screen.numbers(t["y"]) for t in _markers(screen.figure(f"logos-{method}"))]
    assert theme.STANDARDISED_UNIT in json.dumps(screen.figure(f"logos-{method}")["layout"])
    screen.choose("losses_standardised", False)
    plain = [screen.numbers(t["y"]) for t in _markers(screen.figure(f"logos-{method}"))]
    np.testing.assert_allclose(plain, 2 * np.array(scaled), atol=1e-5)  # 2: the s.d. of both
    assert theme.STANDARDISED_UNIT not in json.dumps(screen.figure(f"logos-{method}")["layout"])


def test_the_difference_is_that_of_the_two_models_on_the_common_scale(pasted, bases):
    screen = pasted()
    (heat,) = screen.figure("difference")["data"]
    apart = _map(BASELINE, bases, 2.0) - _map(RANKER, bases, 2.0)  # 2: the s.d. of both
    np.testing.assert_allclose(np.array(screen.numbers(heat["z"])).T, apart, atol=1e-5)
    assert np.abs(apart).max() > 0.01
    assert heat["colorbar"]["title"]["text"] == theme.STANDARDISED_UNIT
    screen.choose("losses_standardised", False)
    assert not screen.failures
    (heat,) = screen.figure("difference")["data"]
    np.testing.assert_allclose(np.array(screen.numbers(heat["z"])).T, 2 * apart, atol=1e-5)
    assert heat["colorbar"]["title"]["text"] == theme.UNIT


def test_each_model_is_divided_by_its_own_spread(pasted, study, bases):
    metrics = checkpoints.read_metrics(RANKER)
    metrics["standardisation"]["K562"]["sd"] = 0.5
    checkpoints.save_metrics(RANKER, metrics)
    screen = pasted()
    (heat,) = screen.figure("difference")["data"]
    apart = _map(BASELINE, bases, 2.0) - _map(RANKER, bases, 0.5)
    np.testing.assert_allclose(np.array(screen.numbers(heat["z"])).T, apart, atol=1e-5)


def test_the_other_model_of_the_difference_can_be_chosen(pasted, bases):
    screen = pasted().choose("losses_models", [BASELINE, RANKER, "joint_legnet"])
    assert screen.at.selectbox(key="losses_other").options == [RANKER, "joint_legnet"]
    screen.choose("losses_other", "joint_legnet")
    assert not screen.failures
    figure = screen.figure("difference")
    apart = _map(BASELINE, bases, 2.0) - _map("joint_legnet", bases, 2.0)
    np.testing.assert_allclose(np.array(screen.numbers(figure["data"][0]["z"])).T, apart, atol=1e-5)
    assert figure["layout"]["title"]["text"].endswith(f"{BASELINE} minus joint_legnet")


def test_two_names_of_the_same_weights_do_not_differ(pasted, save_model):
    for name in (BASELINE, "mine"):
        save_model(name, seed=7, metrics={"standardisation": {"K562": {"mean": 0.0, "sd": 1.0}}}, outputs=("K562",))
    screen = pasted(losses_models=[BASELINE, "mine"])
    assert not screen.failures
    figure = screen.figure("difference")
    assert np.abs(screen.numbers(figure["data"][0]["z"])).max() == 0
    assert figure["layout"]["title"]["text"].endswith(f"{BASELINE} minus mine")
    captions = [a["text"] for a in screen.figure("logos-ism")["layout"]["annotations"]]
    assert [c.split(":")[0] for c in captions] == [BASELINE, "mine"]


def test_the_maps_agree_with_themselves_and_tell_their_own_check(pasted, bases):
    table = pasted().at.dataframe[1].value.set_index("model")
    assert table.loc[BASELINE, ["IG against B1_baseline_mse", "ISM against B1_baseline_mse"]].tolist() == [1.0, 1.0]
    first, second = (_map(n, bases).sum(axis=1) for n in (BASELINE, RANKER))
    assert table.loc[RANKER, "ISM against B1_baseline_mse"] == pytest.approx(spearman(first, second), abs=1e-3)
    assert table["IG convergence delta"].notna().all()


def test_the_middle_can_be_brought_closer(pasted):
    screen = pasted().choose("losses_zoom", True)
    assert not screen.failures
    for key in ("logos-ig", "logos-ism", "difference"):
        assert screen.figure(key)["layout"]["xaxis"]["range"] == [60.5, 140.5]


def test_the_maps_are_saved_model_by_model(pasted, downloads, bases):
    screen = pasted()
    saved = pd.read_csv(io.StringIO(downloads["Maps (CSV)"]))
    assert not screen.failures and len(saved) == 2 * (200 + 600)
    for name in (BASELINE, RANKER):
        own = saved[(saved["model"] == name) & (saved["track"] == "ism")]
        effects = _map(name, bases, 2.0)
        told = [effects[p - 1, "ACGT".index(alt)] for p, alt in zip(own["position"], own["alt"], strict=True)]
        np.testing.assert_allclose(own["value"], told, atol=1e-5)
        assert "".join(saved[(saved["model"] == name) & (saved["track"] == "ig")]["ref"]) == bases


# --- measured effects -------------------------------------------------------------------------------


@SATMUT
def test_measured_effects_stand_against_those_that_each_model_predicts(app, study):
    screen = app("losses", losses_element="HBB")
    assert not screen.failures and not screen.values("error")
    variants = satmut.load("HBB").snvs()
    for name in (BASELINE, RANKER):
        figure = screen.figure(f"effects-{name}")
        assert sum(len(screen.numbers(t["x"])) for t in figure["data"]) == len(variants)
        assert figure["layout"]["title"]["text"] == name
        predicted = cagi5.element_effects(checkpoints.load(name).model, satmut.load("HBB"))[:, 0]
        snv = (satmut.load("HBB").variants["alt"] != satmut.DELETION).to_numpy()
        score = spearman(predicted[snv], variants["effect"].to_numpy())
        told = [c for c in screen.values("caption") if c.startswith(f"Spearman {score:.3f} [")]
        assert told and f"n = {len(variants):,}" in told[0]


def test_a_pasted_sequence_has_no_measured_effects(pasted):
    assert not [f for f in figures(pasted()) if f.startswith("effects-")]


# --- the held-out elements --------------------------------------------------------------------------


@pytest.fixture
def held_out(library) -> pd.DataFrame:
    """Measured and predicted activity of the thirty elements of the test fold."""
    table, split = library
    said = {n: predict_codes(checkpoints.load(n).model, table.codes[split.test])[:, 0] for n in (BASELINE, RANKER)}
    return pd.DataFrame({"measured": table.column("K562")[split.test], **said}).dropna()


@LENTIMPRA
def test_every_model_is_held_against_the_measured_activity(pasted, held_out):
    screen = pasted()
    assert not screen.failures and len(held_out) == 26
    limits = []
    for name in (BASELINE, RANKER):
        figure = screen.figure(f"held-out-{name}")
        points = figure["data"][0]
        np.testing.assert_allclose(screen.numbers(points["x"]), held_out["measured"], rtol=1e-5)
        np.testing.assert_allclose(screen.numbers(points["y"]), held_out[name], atol=1e-4)
        rho = spearman(held_out[name].to_numpy(), held_out["measured"].to_numpy())
        assert f"Spearman {rho:.3f}, n = 26" in figure["layout"]["title"]["text"]
        limits += [tuple(figure["layout"][a]["range"]) for a in ("xaxis", "yaxis")]
    assert len(set(limits)) == 1


@LENTIMPRA
def test_gains_are_those_over_the_first_model(pasted, held_out, downloads):
    screen = pasted()
    assert [f for f in figures(screen) if f.startswith("gains-")] == [f"gains-{RANKER}"]
    figure = screen.figure("gains-")
    arguments = (held_out[c].to_numpy(np.float64) for c in (RANKER, BASELINE, "measured"))
    records = comparison.error_by_activity(*arguments)
    assert screen.numbers(figure["data"][0]["y"]) == pytest.approx([r["value"] for r in records], abs=1e-4)
    assert BASELINE in figure["layout"]["yaxis"]["title"]["text"]
    saved = pd.read_csv(io.StringIO(downloads["Errors by activity (CSV)"]))
    assert len(saved) == 10 and set(saved["model"]) == {RANKER} and set(saved["against"]) == {BASELINE}
    assert saved["n"].sum() == 26 and saved["verdict"].isin(comparison.VERDICTS).all()


@LENTIMPRA
def test_predictions_for_the_held_out_elements_are_kept(pasted, study, held_out):
    pasted()
    with np.load(study / RANKER / checkpoints.HELD_OUT) as stored:
        assert stored["predicted"].shape == (30, 1)
