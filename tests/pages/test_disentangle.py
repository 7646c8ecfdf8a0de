"""The page DISENTANGLE: what it shows of made-up rows and toy networks, and what it says where nothing is there."""

import csv
import io
from dataclasses import replace

import pytest

from engine.disentangle import analyses, comparison, planted
from engine.disentangle.declared import CELLS, EXPERIMENTS
from engine.disentangle.results import Score
from engine.experiments import checkpoints
from engine.models.disentangle import DENOISED
from engine.statistics import VERDICTS, Metric
from pages.panels.disentangle import choices
from tests.disentangle.test_training import SMALL

FULL, BASE = "full_disentangle", "baseline_mse"
CONSENSUS, WITHIN = "tier 2/consensus/spearman", "tier 1/K562/spearman"


def score(recipe, measure, value, encoder="cnn", seed=None, half=0.01, **more) -> Score:
    wanted = {"notion": CELLS, "encoder": encoder, "recipe": recipe, "seed": seed, "measure": measure}
    return Score(**wanted | {"metric": Metric(value, value - half, value + half, 99)} | more)


ROWS = [
    *(score(r, WITHIN, v) for r, v in ((BASE, 0.7), ("ranking_only", 0.65), (FULL, 0.6))),
    *(score(r, CONSENSUS, v) for r, v in ((BASE, 0.8), ("ranking_only", 0.75), (FULL, 0.9))),
    *(score(FULL, WITHIN, v, seed=s) for s, v in ((42, 0.58), (123, 0.62))),
    *(score(r, "tier 3/high/consensus/spearman", v) for r, v in ((BASE, 0.5), (FULL, 0.4))),
    *(score(r, "tier 4/activity probe/r2", v) for r, v in ((BASE, 0.3), (FULL, 0.45))),
    *(score(r, "cells/difference/spearman", v) for r, v in ((BASE, 0.5), (FULL, 0.1))),
    score("GC ridge", WITHIN, 0.3, encoder=""),
    score(FULL, CONSENSUS, 0.1, against=BASE),
    score(FULL, "tier 2/third HepG2/spearman", -0.05, against=BASE),
    score(FULL, WITHIN, -0.1, against=BASE),
    score(FULL, CONSENSUS, 0.95, notion="assays HepG2"),
    *(score(r, WITHIN, v, encoder="mean") for r, v in ((BASE, 0.72), (FULL, 0.66))),
]


@pytest.fixture
def networks(models_folder, random_bases):
    """Two toy networks of the grid, with the scale of their outputs."""
    from engine import models

    for recipe in (BASE, FULL):
        declared = EXPERIMENTS[f"disentangle.cnn_{recipe}"]
        toy = replace(declared, options=SMALL["cnn"])
        model = models.build("disentangle", (DENOISED, *toy.conditions), toy.model.options).eval()
        checkpoints.save(toy.name, model, toy)
        scale = {o: {"mean": 0.1, "sd": 2.0} for o in model.outputs}
        checkpoints.save_metrics(toy.name, {"standardisation": scale, "training": {"seed": 42}})
    return models_folder


@pytest.fixture
def rows(monkeypatch):
    """Made-up rows in place of those that are stored."""
    monkeypatch.setattr(comparison, "scores", lambda left_out: ROWS)


def points(screen, key: str) -> set[tuple[float, str]]:
    """Value and recipe of every mark of a grid."""
    drawn = screen.figure(key)["data"]
    return {
        (round(x, 6), y)
        for t in drawn
        if t["mode"] == "markers"
        for x, y in zip(screen.numbers(t["x"]), t["y"], strict=True)
    }


def test_with_nothing_trained_the_page_names_what_mends_it(app, models_folder):
    screen = app("disentangle")
    assert not screen.failures and screen.title == "DISENTANGLE"
    assert any("python -m engine disentangle train --all" in i for i in screen.values("info"))
    assert not screen.figures


@pytest.mark.parametrize("section", ["The grid", "Trade-off", "Beside the study", "Analyses", "Planted noise"])
def test_networks_that_are_not_scored_break_nothing_and_the_command_is_named(app, networks, monkeypatch, section):
    monkeypatch.setattr(comparison, "scores", lambda left_out: [])
    monkeypatch.setattr(analyses, "read", lambda name: [])
    screen = app("disentangle", disentangle_section=section)
    assert not screen.failures
    assert any("python -m engine disentangle" in i for i in screen.values("info"))


def test_the_grid_draws_the_rows_of_its_notion_with_seeds_baseline_and_published(app, networks, rows, downloads):
    screen = app("disentangle")
    assert not screen.failures
    drawn = points(screen, "disentangle-grid")
    assert {(0.7, BASE), (0.6, FULL), (0.58, FULL), (0.62, FULL), (0.9, FULL), (0.4, FULL), (0.45, FULL)} <= drawn
    assert (0.95, FULL) not in drawn  # of another notion
    lines = [t for t in screen.figure("disentangle-grid")["data"] if t["mode"] == "lines"]
    assert {(t["name"], screen.numbers(t["x"])[0]) for t in lines} == {("GC ridge", 0.3)}
    table = list(csv.DictReader(io.StringIO(downloads["cislens-disentangle-grid.csv"])))
    assert {r["notion"] for r in table} == {CELLS} and {float(r["value"]) for r in table} >= {0.58, 0.6, 0.3}


def test_another_measure_of_a_tier_is_chosen_and_kept(app, networks, monkeypatch):
    third = "tier 2/third HepG2/spearman"
    monkeypatch.setattr(comparison, "scores", lambda left_out: [*ROWS, score(FULL, third, 0.33)])
    screen = app("disentangle").choose("disentangle_tier 2_cells", third)
    assert (0.33, FULL) in points(screen, "disentangle-grid")
    screen.open("home").open("disentangle")
    assert (0.33, FULL) in points(screen, "disentangle-grid")


def test_another_notion_has_its_own_networks(app, networks, rows):
    other = next(n for n in choices.NOTIONS if n != CELLS)
    screen = app("disentangle").choose("disentangle_notion", other)
    assert not screen.failures and not screen.figures
    assert "only noise" in screen.words or "is noise" in screen.words


def test_a_point_of_the_trade_off_opens_its_model(app, networks, rows):
    screen = app("disentangle", disentangle_section="Trade-off")
    front = next(t for t in screen.figure("disentangle-trade-off")["data"] if t["name"] == "Pareto front")
    assert list(zip(screen.numbers(front["x"]), screen.numbers(front["y"]), strict=True)) == [(0.6, 0.9), (0.7, 0.8)]
    screen.click("disentangle-trade-off", "cnn", FULL)
    assert screen.at.selectbox(key="disentangle_opened").value == f"disentangle.cnn_{FULL}"
    screen.press(f"Open disentangle.cnn_{FULL} in the Explorer")
    assert not screen.failures and screen.title == "Explorer"


def test_a_network_can_be_chosen_without_a_click_and_stays(app, networks, rows):
    screen = app("disentangle", disentangle_section="Trade-off")
    screen.click("disentangle-trade-off", "cnn", FULL)
    screen.choose("disentangle_opened", f"disentangle.cnn_{BASE}")
    assert any(b.label == f"Open disentangle.cnn_{BASE} in the Explorer" for b in screen.at.button)


def test_why_differences_are_left_out_is_said(app, networks, monkeypatch):
    def stale(left_out):
        left_out.append("other weights; run: python -m engine disentangle tables")
        return ROWS

    monkeypatch.setattr(comparison, "scores", stale)
    screen = app("disentangle")
    assert any("other weights" in w for w in screen.values("warning")) and "disentangle-grid" in screen.figures


def test_differences_have_their_verdicts_and_the_third_measurement_is_put_in_words(app, networks, rows):
    screen = app("disentangle", disentangle_section="Beside the study")
    assert not screen.failures
    said = {t["name"]: screen.numbers(t["x"])[0] for t in screen.figure("disentangle-third")["data"]}
    assert said == {VERDICTS[0]: 0.1, VERDICTS[1]: -0.05}
    assert f"On the third measurement in HepG2: **1 {VERDICTS[1]}**" in screen.words
    assert points(screen, "disentangle-cells") == {(0.5, BASE), (0.1, FULL)}
    assert {(-0.1, FULL), (0.1, FULL)} <= points(screen, "disentangle-differences")


def test_published_figures_stand_beside_the_means(app, networks, rows):
    screen = app("disentangle", disentangle_section="Beside the study")
    drawn = screen.figure("disentangle-published")["data"]
    reported = {tuple(zip(screen.numbers(t["x"]), t["y"], strict=True)) for t in drawn if t["name"] == "published"}
    assert ((0.6838, BASE), (0.6262, FULL)) in reported
    assert {(0.72, BASE), (0.66, FULL)} <= points(screen, "disentangle-published")


def test_one_sequence_goes_through_both_norms(app, networks, rows, expected):
    screen = app("disentangle", disentangle_section="One sequence", disentangle_source="pasted")
    bases = "ACGTTGCA" * 25
    screen.type("disentangle_text", bases)
    assert not screen.failures
    values = expected(f"disentangle.cnn_{FULL}", bases)  # denoised, K562, HepG2
    shown = [m.value for m in screen.at.metric]
    assert shown == [f"{v:+.3f}" for v in (values[1], values[2], values[1] - values[2], values[0])]
    figure = screen.figure("disentangle-norms-cells")
    one, other, denoised = (screen.numbers(t["y"]) for t in figure["data"] if t.get("name") == "value")
    bars = next(screen.numbers(t["y"]) for t in figure["data"] if t["type"] == "bar")
    assert len(bars) == 200 and bars == pytest.approx([a - b for a, b in zip(one, other, strict=True)], abs=1e-5)
    assert denoised == pytest.approx([(a + b) / 2 for a, b in zip(one, other, strict=True)], abs=1e-5)


def test_an_example_is_shown_without_a_choice_and_the_open_sequence_comes_first(app, networks, rows, explorer):
    screen = app("disentangle", disentangle_section="One sequence")
    assert "disentangle-norms-cells" in screen.figures
    screen.open("explorer").type("paste_text", ">own\n" + "GATTACAT" * 25)
    screen.at.button(key="open_paste").click().run()
    screen.open("disentangle")
    screen.at.session_state["disentangle_section"] = "One sequence"
    assert "own" in screen.words or not screen.failures


HOSTILE = "![x](http://evil.example/a.png)"


@pytest.fixture
def analysed(monkeypatch):
    """One made-up analysis with every kind of row."""
    kept = [
        *(score(r, "norms/gamma cosine", v) for r, v in ((BASE, 0.99), (FULL, 0.8), ("untrained", 1.0))),
        score(FULL, "norms/gamma cosine", 0.1, against="permuted labels"),
        score(FULL, "norms/gamma cosine/minus baseline", -0.19, against=BASE),
        score(FULL, "maps/between recipes/spearman", 0.4, against=BASE),
        score(FULL, "maps/between seeds/spearman", 0.9),
        score(FULL, "maps/consistency", 0.77, against="HepG2"),
        *(score(FULL, f"dynamics/K562/epoch {e}", e / 10) for e in (1, 2, 3)),
        score(HOSTILE, "norms/gamma cosine", 0.5),
    ]
    monkeypatch.setattr(analyses, "ANALYSES", {"norms": None})
    monkeypatch.setattr(analyses, "read", lambda name: kept)
    monkeypatch.setattr(analyses, "missing", lambda name: [])


def test_every_kind_of_row_of_an_analysis_is_drawn(app, networks, rows, analysed):
    screen = app("disentangle", disentangle_section="Analyses")
    assert not screen.failures
    drawn = points(screen, "disentangle-analysis-norms")
    assert {(0.99, BASE), (0.8, FULL), (1.0, "untrained"), (0.1, FULL)} <= drawn
    assert (0.5, HOSTILE) not in drawn
    heat = screen.figure("disentangle-pairs-norms")["data"][0]
    assert sorted(v for row in screen.numbers(heat["z"]) for v in row if v == v) == [0.4, 0.4, 0.9]
    (line,) = screen.figure("disentangle-curve-norms")["data"]
    assert list(zip(screen.numbers(line["x"]), screen.numbers(line["y"]), strict=True)) == [
        (1, 0.1),
        (2, 0.2),
        (3, 0.3),
    ]
    screen.choose("disentangle_apart_norms", True)
    assert points(screen, "disentangle-analysis-norms") == {(-0.19, FULL)}


def test_planted_noise_has_a_column_a_kind(app, networks, monkeypatch):
    rows = [
        score(FULL, "clean/spearman", 0.9, notion="planted gc"),
        score(BASE, "clean/spearman", 0.7, notion="planted offset"),
        score(FULL, "clean/spearman", 0.2, notion="planted gc", against=BASE),
    ]
    monkeypatch.setattr(planted, "read", lambda: rows)
    screen = app("disentangle", disentangle_section="Planted noise")
    drawn = {(t["xaxis"], screen.numbers(t["x"])[0]) for t in screen.figure("disentangle-planted")["data"]}
    assert drawn == {("x", 0.9), ("x2", 0.7)}
    screen.choose("disentangle_planted_apart", True)
    assert points(screen, "disentangle-planted") == {(0.2, FULL)}
