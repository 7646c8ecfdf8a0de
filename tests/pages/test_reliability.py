"""The page Reliability on what is stored of a small model."""

import numpy as np
import pytest

from engine.data import sources
from engine.editor.document import Document
from engine.experiments import checkpoints
from engine.interpretation import stored
from engine.interpretation.attribution import maps
from engine.interpretation.attribution.methods import integrated_gradients, ism
from engine.interpretation.reliability import checks, measured, store
from engine.interpretation.reliability.badge import badge, load_scale
from engine.report.computing import Choices
from engine.report.dossier import explained, predicted
from engine.sequence import Sequence
from engine.statistics import Metric
from pages.shared import reliability_badge


@pytest.fixture
def examined(trained):
    """A scale for joint_legnet and K562 on which every correlation above 0.5 is good."""
    checkpoint = checkpoints.load("joint_legnet")
    values = {
        name: (np.linspace(0.5, 1, 11) if check.high else np.linspace(0.001, 60, 11)).tolist()
        for name, check in checks.CHECKS.items()
        if name not in ("models", "seeds")
    }
    part = {"checks": values, "chance": 0.2, "companions": {}}
    content = {"outputs": {"K562": part}, "familiar": {"held-out elements": {"warn": 0.05, "n": 10}}}
    stored.write_json(stored.file_of(checkpoint, store.FILE), checkpoint.weights_hash, content)
    return checkpoint


def test_a_map_is_checked_on_request_and_the_result_is_kept(app, examined, bases, monkeypatch):
    asked = {}

    def on_window(sequence, profiles):
        asked.update(profiles)
        return {"HBB": {name: Metric(0.25, 0.125, 0.375, 187) for name in profiles}}

    monkeypatch.setattr(measured, "on_window", on_window)
    screen = app("reliability")
    assert "Open a sequence in the Explorer first" in screen.words
    screen.open("explorer").type("paste_text", bases)
    screen.at.button(key="open_paste").click().run()
    screen.open("reliability")
    assert not screen.failures
    assert "Check this map" in [b.label for b in screen.at.button]
    screen.press("Check this map")
    assert not screen.failures
    table = screen.at.dataframe[0].value
    own = checks.run(examined.inference_model, Sequence("s", bases), {"K562": 2.0})["K562"]
    expected = {checks.CHECKS[c].words: v for c, v in own.items()}
    assert dict(zip(table["check"], table["this map"], strict=True)) == pytest.approx(expected, abs=1e-4)
    drawn = screen.figure("reliability-percentiles")["data"][0]
    assert sorted(screen.numbers(drawn["x"])) == pytest.approx(sorted(table["percentile"]))
    assert "187 positions" in screen.words and "ISM 0.250 [0.125, 0.375], IG 0.250" in screen.words
    sequence = Sequence("s", bases)
    np.testing.assert_allclose(asked["ISM"], ism(examined.model, sequence).per_position("K562"), atol=1e-5)
    boxes = [*screen.values("success"), *screen.values("info"), *screen.values("warning")]
    assert any("checks passed" in b for b in boxes)
    screen.open("home").open("reliability")
    assert "Check this map" not in [b.label for b in screen.at.button]


def test_an_element_of_the_panel_is_found_by_its_name(app, examined, library, monkeypatch):
    content = store.read(stored.place(examined.name))
    content["outputs"]["HepG2"] = content["outputs"]["K562"]
    stored.write_json(stored.file_of(examined, store.FILE), examined.weights_hash, content)
    rows, nothing = np.array([4, 7]), np.zeros((2, 2, 200))
    outputs = ("K562", "HepG2")
    of = maps.Maps(examined.name, outputs, nothing, {}, nothing, np.ones(2), rows, rows < 5, library.codes[rows])
    monkeypatch.setattr(maps, "read", lambda place: (of, "made up"))
    monkeypatch.setattr(sources, "available", lambda *names: True)
    screen = app("reliability").choose("reliability_element", 1)
    (k562, hepg2), other = library.activity[4, :2], library.activity[7]
    (box,) = [b for b in screen.at.selectbox if b.key == "reliability_element"]
    assert box.options[0] == f"1: peak04 (high activity: K562 {k562:+.2f}, HepG2 {hepg2:+.2f})"
    assert box.options[1] == f"2: ENSG07 (low activity: K562 {other[0]:+.2f}, HepG2 {other[1]:+.2f})"
    assert not screen.failures and "ENSG07, 200 bases." in screen.words
    screen.choose("reliability_output", "HepG2")
    assert not screen.failures and "ENSG07, 200 bases." in screen.words  # the same element in the other cell type


def test_the_models_are_summed_up_in_a_sentence_and_shown_one_section_at_a_time(app, examined):
    content = store.read(stored.place(examined.name))
    auroc = {"value": 0.9, "low": 0.85, "high": 0.95, "n": 20}
    content["outputs"]["K562"] |= {
        "planted": {
            "motif": "GATA1", "importance": {"GATA1": {"value": 0.4}}, "by_chance": 0.05,
            **{m: {"auroc": auroc, "auprc": auroc} for m in ("ig", "ism")},
        },
        "measured": {e: {"ism": auroc | {"value": v}, "ig": auroc} for e, v in (("HBB", 0.2), ("PKLR", 0.5))},
        "randomised": [{"part": "head", "ig": {"value": 0.6}}, {"part": "all", "ig": {"value": 0.1}}],
    }  # fmt: skip
    stored.write_json(stored.file_of(examined, store.FILE), examined.weights_hash, content)
    screen = app("reliability")
    told = screen.words.replace("\\", "")
    assert "a planted GATA1 motif is found with AUROC 0.900 [0.850, 0.950] by IG" in told
    assert "with all weights drawn anew |r| = 0.10 of the IG map is left" in told
    assert "2 elements, mutagenesis reaches Spearman 0.20 to 0.50" in told
    medians = screen.at.dataframe[0].value.set_index("check")
    assert medians.loc[checks.CHECKS["ig_ism"].words].tolist() == ["0.75"]
    for section, column in (("Planted motifs", "IG AUROC"), ("Measured effects", "positions")):
        assert column in screen.choose("reliability_section", section).at.dataframe[0].value
    screen.choose("reliability_section", "Weights drawn anew")
    assert screen.numbers(screen.figure("reliability-randomised")["data"][0]["y"]) == [1, 0.6, 0.1]


def test_without_results_the_command_is_told(app, trained):
    screen = app("reliability")
    assert "python -m engine interpret MODEL --what reliability" in screen.words
    assert not screen.failures


def test_the_badge_tells_the_level_of_maps_that_are_there(examined, bases, monkeypatch):
    said = {"badge": [], "caption": []}
    monkeypatch.setattr(reliability_badge.st, "badge", lambda text, **_: said["badge"].append(text))
    monkeypatch.setattr(reliability_badge.st, "caption", said["caption"].append)
    monkeypatch.setattr(reliability_badge.st, "page_link", lambda *_, **__: None)
    sequence = Sequence("s", bases)
    maps_of = [f(examined.inference_model, sequence) for f in (integrated_gradients, ism)]

    def show(output: str, **choices) -> None:
        dossier = predicted(Document(sequence), [examined], Choices(**choices))
        reliability_badge.show(examined, output, explained(dossier, examined, output).verdict(examined.name, output))

    show("K562")
    scale = load_scale(examined, "K562")
    expected = badge(examined, scale, sequence, *maps_of, "K562")
    assert said["badge"] == [expected.level]
    assert said["caption"] == [expected.sentence]
    show("K562", baseline="zeros")
    assert "calibrated for the baseline 'uniform'" in said["caption"][1]
    show("HepG2")  # not examined
    assert len(said["badge"]) == 1
