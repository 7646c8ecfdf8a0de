"""Representations: maps with their points, similarity, probes and predictions, from what was computed before."""

import functools

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from streamlit.util import AttributeDictionary

from engine import statistics
from engine.data import lentimpra, sources, splits
from engine.data.library import Library
from engine.data.motifs import matrices
from engine.evaluation import comparison
from engine.experiments import checkpoints, labels
from engine.interpretation import panel
from engine.interpretation.motifs.counts import of_matrix
from engine.interpretation.representations import embedding, probes, similarity
from engine.models.predict import predict_codes
from engine.sequence import decode
from engine.statistics import spearman
from pages.panels.representations import umap

KINDS = ("peak", "HepG2_DNasePeakNoPromoter", "ENSG")
B1, R1, H1 = "B1_baseline_mse", "R1_plackett_luce", "H1_HepG2_baseline_mse"


@pytest.fixture
def library(monkeypatch):
    """A made-up library with ninety elements of three classes in its test fold."""
    rng = np.random.default_rng(3)
    n = 180
    names = np.array([f"{KINDS[i // 2 % 3]}{i:03}" for i in range(n)])
    table = lentimpra.ActivityTable(
        names,
        rng.integers(0, 4, (n, 200)).astype(np.uint8),
        rng.normal(size=(n, 3)).astype(np.float32),
        lentimpra.CELL_TYPES,
        np.array([lentimpra.element_class(x) for x in names]),
        "made up",
    )
    split = splits.Split((np.arange(n) % 2 * 5).astype(np.int8), np.arange(n, dtype=np.int32), "made up")
    monkeypatch.setattr(lentimpra, "joint", lambda: table)
    monkeypatch.setattr(splits, "joint_split", lambda _: split)
    monkeypatch.setattr(sources, "available", lambda *names: True)
    monkeypatch.setattr(embedding, "umap", lambda embedded, *_: embedded[:, :2])
    monkeypatch.setattr(embedding, "DRAWS", 5)
    monkeypatch.setattr(similarity, "DRAWS", 5)
    monkeypatch.setattr(probes, "ALPHAS", (1.0, 100.0))
    monkeypatch.setattr(probes, "measure", functools.partial(statistics.measure, resamples=20))
    st.cache_resource.clear()  # the page keeps the library that it read first
    yield Library(table, split)
    st.cache_resource.clear()


@pytest.fixture
def mapped(library, study):
    """What `python -m engine interpret --what umap` leaves, for two models of the study."""
    for name in (B1, H1):
        embedding.compute(checkpoints.load(name), library)
    return library


@pytest.fixture
def probed(library, study):
    """The same of `--what probes,untrained`, for all five."""
    for name in checkpoints.trained():
        probes.compute(checkpoints.load(name), library)
    probes.compute_untrained([], library)
    return library


def points(screen, name: str) -> dict[int, float]:
    """The colour of each element on a map, by its number in the panel."""
    found = {}
    for trace in screen.figure(f"umap-{name}")["data"]:
        colours = trace["marker"]["color"]
        numbers = screen.numbers(trace["customdata"])
        values = [trace["name"]] * len(numbers) if isinstance(colours, str) else screen.numbers(colours)
        found |= dict(zip(numbers, values, strict=True))
    return found


# --- nothing is there -------------------------------------------------------------------------------


def test_without_a_model_the_page_says_how_to_train(app, models_folder):
    screen = app("representations")
    assert not screen.failures and screen.title == "Representations"
    assert any("python -m engine train --all" in i for i in screen.values("info"))


@pytest.mark.parametrize(
    ("section", "command"),
    [
        ("Maps", "python -m engine interpret B1_baseline_mse --what umap"),
        ("Similarity", "python -m engine interpret --what cka"),
        ("Probes", "python -m engine interpret --what probes,untrained"),
        ("Predictions", "python -m engine compare"),
    ],
)
def test_what_was_not_computed_is_said_with_its_command(app, study, section, command):
    screen = app("representations", representations_section=section)
    assert not screen.failures and not screen.figures
    assert any(command in i for i in screen.values("info"))


# --- maps -------------------------------------------------------------------------------------------


def test_a_map_is_made_on_request_and_stays(app, library, study):
    screen = app("representations", maps_models=[H1])
    screen.press(f"Map {labels.label(H1)} (a minute)")
    assert not screen.failures and embedding.read(H1, library)
    screen = app("representations", maps_models=[H1])
    assert not [b for b in screen.at.button if b.label.startswith("Map")]
    assert len(points(screen, H1)) == 90


def test_points_are_coloured_by_what_was_chosen(app, mapped):
    table = mapped.table
    rows = panel.rows(mapped)
    screen = app("representations", maps_models=[B1, H1])

    def colours(name: str = B1) -> list:
        found = points(screen, name)
        return [found[i] for i in range(len(rows))]

    assert colours() == pytest.approx(table.column("K562")[rows], abs=1e-6)
    screen.choose("maps_cell", "WTC11")
    assert colours() == pytest.approx(table.column("WTC11")[rows], abs=1e-6)
    screen.choose("maps_cell", "K562").choose("maps_colour", "predicted activity")
    said = {n: predict_codes(checkpoints.load(n).model, table.codes[rows])[:, 0] for n in (B1, H1)}
    assert colours() == pytest.approx(said[B1], abs=1e-4)
    assert colours(H1) == pytest.approx(said[H1], abs=1e-4)  # of HepG2, the one that it has
    title = screen.figure(f"umap-{H1}")["data"][0]["marker"]["colorbar"]["title"]["text"]
    assert title == "predicted, HepG2 (log2 RNA/DNA)"
    screen.choose("maps_colour", "element class")
    assert colours() == table.classes[rows].tolist()
    screen.choose("maps_colour", umap.CHOSEN_FOR)
    peaks = [k if k in embedding.PEAKS else umap.OTHER for k in table.classes[rows]]
    assert colours() == peaks and len(set(peaks)) == 3
    screen.choose("maps_colour", "K562 minus HepG2")
    assert colours() == pytest.approx(table.column("K562")[rows] - table.column("HepG2")[rows], abs=1e-6)
    screen.choose("maps_colour", "motif count").choose("maps_motif", "CCAAT")
    bases = [decode(c) for c in table.codes[rows]]
    assert colours() == [b.count("CCAAT") + b.count("ATTGG") for b in bases]
    assert not screen.failures


def test_a_motif_may_be_any_of_jaspar_and_an_unknown_one_is_named(app, mapped):
    rows = panel.rows(mapped)
    chosen = {"maps_models": [B1], "maps_colour": "motif count"}
    screen = app("representations", **chosen, maps_motif="MA0035.5")
    expected = of_matrix(mapped.table.codes[rows], matrices("MA0035.5")["GATA1 MA0035.5"])
    found = points(screen, B1)
    assert [found[i] for i in range(len(rows))] == expected.tolist() and expected.any()
    screen = app("representations", **chosen, maps_motif="no such motif")
    assert not screen.failures and any("no such motif" in e for e in screen.values("error"))


def test_selected_points_are_listed_and_one_opens_in_the_explorer(app, mapped):
    table, _ = mapped
    rows = panel.rows(mapped)
    screen = app("representations", maps_models=[B1])
    assert not [d for d in screen.at.dataframe if d.key]
    screen.click("umap-", 7)
    (listed,) = [d.value for d in screen.at.dataframe if d.key]
    row = rows[7]
    assert listed["element"].tolist() == [table.names[row]]
    assert listed["measured HepG2"].iloc[0] == pytest.approx(table.column("HepG2")[row])
    said = predict_codes(checkpoints.load(B1).model, table.codes[[row]])[0, 0]
    assert listed[labels.of_output(B1, "K562")].iloc[0] == pytest.approx(said, abs=1e-4)
    screen.pick_row("maps-listed", 0)
    assert not screen.failures
    assert screen.document.bases == decode(table.codes[row])


def listed(screen) -> list[str]:
    """The elements that are listed under the maps."""
    return [e for d in screen.at.dataframe if d.key and d.key.startswith("maps-listed") for e in d.value["element"]]


def test_the_list_of_selected_points_is_there_again_after_another_page(app, mapped):
    names = mapped.table.names[panel.rows(mapped)]
    screen = app("representations", maps_models=[B1, H1]).click(f"umap-{B1}", 7)
    assert listed(screen) == [names[7]]
    for name in (B1, H1):  # lit on every map, not on the one alone where it was clicked
        figure = screen.figure(f"umap-{name}")
        lit = [screen.numbers(t["customdata"])[i] for t in figure["data"] for i in t.get("selectedpoints", [])]
        assert lit == [7]
    screen.choose("representations_section", "Probes").choose("representations_section", "Maps")
    assert not screen.failures and listed(screen) == [names[7]]
    screen.open("home").open("representations").choose("maps_colour", "GC content")
    assert listed(screen) == [names[7]]
    screen.pick_row("maps-listed", 0)
    assert screen.title == "Explorer"
    screen.open("representations")
    assert screen.title == "Representations" and listed(screen) == [names[7]]
    screen.click(f"umap-{H1}", 9)
    assert listed(screen) == [names[9]]  # in place of the other
    screen.press("Clear selection")
    assert listed(screen) == [] and not [b for b in screen.at.button if b.label == "Clear selection"]
    assert listed(screen.open("home").open("representations")) == []


def test_selected_elements_that_are_on_no_map_any_more_are_dropped(app, mapped):
    table, rows = mapped.table, panel.rows(mapped)
    peak, promoter = (np.flatnonzero(table.classes[rows] == k)[0] for k in ("K562 DNase peak", "promoter"))
    before = rows[[peak, promoter]].tolist()
    screen = app("representations", maps_models=[B1], maps_selected=before)
    assert set(listed(screen)) == set(table.names[before])
    screen.choose("maps_elements", umap.BOTH)
    screen.at.button(key="umap-anew-start").click().run()
    assert not screen.failures and listed(screen) == [table.names[rows[peak]]]
    elsewhere = np.setdiff1d(np.arange(len(table)), rows)[:2].tolist()  # of the training folds
    screen = app("representations", maps_models=[B1], maps_selected=elsewhere)
    assert not screen.failures and listed(screen) == [] and not screen.values("warning")


def test_nothing_is_listed_once_the_last_point_is_deselected(monkeypatch):
    def selection(*points):
        return AttributeDictionary({"selection": {"points": list(points)}})

    state = {"maps_selected": [4], "umap-a-0-0": selection(), "umap-b-0-0": selection({"customdata": 4})}
    monkeypatch.setattr(st, "session_state", state)
    umap.deselected(["a", "b", "not drawn"])
    assert state["maps_selected"] == [4]
    state["umap-b-0-0"] = selection()
    umap.deselected(["a", "b", "not drawn"])
    assert "maps_selected" not in state


def test_maps_are_drawn_anew_of_other_elements_with_other_settings(app, mapped, monkeypatch):
    asked = []
    monkeypatch.setattr(embedding, "umap", lambda embedded, wanted: asked.append(wanted) or embedded[:, 1:3])
    screen = app("representations", maps_models=[B1]).choose("maps_neighbours", 30)
    assert not asked and len(points(screen, B1)) == 90  # the stored map stays until the new one is asked for
    screen.choose("maps_elements", umap.BOTH)
    screen.at.button(key="umap-anew-start").click().run()
    assert not screen.failures
    assert asked == [embedding.SETTINGS | {"n_neighbors": 30}]
    peaks = np.flatnonzero(np.isin(mapped.table.classes[panel.rows(mapped)], embedding.PEAKS))
    assert 30 < len(peaks) < 90
    assert set(points(screen, B1)) == set(peaks)  # under their numbers in the panel
    assert f"{len(peaks)} elements, drawn anew" in screen.figure(f"umap-{B1}")["layout"]["title"]["text"]
    screen.choose("maps_elements", umap.WHOLE).choose("maps_neighbours", 15)
    assert len(points(screen, B1)) == 90


def test_stale_maps_are_not_shown(app, mapped, save_model):
    save_model(B1, seed=9, outputs=("K562",))
    screen = app("representations", maps_models=[B1, H1])
    assert {f.split("-")[1] for f in screen.figures} == {H1}
    assert any(f"python -m engine interpret {B1} --what umap" in w for w in screen.values("warning"))


# --- similarity, probes, predictions ----------------------------------------------------------------


def test_similarity_is_that_of_the_file_in_the_order_asked_for(app, library, study):
    similarity.compute([checkpoints.load(n) for n in checkpoints.trained()], library)
    screen = app("representations", representations_section="Similarity")
    chart, _ = screen.figure("cka")["data"]
    found = similarity.read(library)
    names = [H1, B1, "C1_pl_linear_curriculum", R1, "joint_legnet"]  # HepG2, K562 by loss, joint
    assert list(chart["y"])[::-1] == [labels.label(n) for n in names] and list(chart["x"])[:2] == ["H1", "B1"]
    place = [found.models.index(n) for n in names]
    expected = found.views["linear"].value[place][:, place]
    assert np.array(screen.numbers(chart["z"]))[::-1] == pytest.approx(expected)
    ranges = screen.at.dataframe[0].value.set_index("between networks of")
    inside = expected[1:4, 1:4][np.triu_indices(3, 1)]
    assert ranges.loc["K562 and K562", "high"] == pytest.approx(inside.max())
    assert ranges.loc["K562 and K562", "published"] == "0.78 to 0.85"
    screen.choose("cka_view", "beyond").choose("cka_order", "likeness")
    assert "published" not in screen.at.dataframe[0].value  # the study has linear CKA alone
    assert not screen.failures and "beyond the prediction" in screen.figure("cka")["layout"]["title"]["text"]
    left = np.array(screen.numbers(screen.figure("cka")["data"][0]["z"]))
    assert np.sort(left, axis=None) == pytest.approx(np.sort(found.views["beyond"].value, axis=None))


def test_probes_stand_beside_the_published_ones_and_the_untrained_network(app, probed):
    screen = app("representations", representations_section="Probes")
    ours, published = screen.figure("probes")["data"]
    kept = probes.read(B1, probed)["GC content"]
    at = dict(zip(ours["y"], screen.numbers(ours["x"]), strict=True))
    assert at[labels.short(B1)] == pytest.approx(kept.value) and labels.short(H1) not in at
    assert dict(zip(published["y"], screen.numbers(published["x"]), strict=True))[labels.short(B1)] == 0.975
    blank = probes.read(probes.UNTRAINED, probed)["GC content"].value
    assert screen.figure("probes")["layout"]["shapes"][0]["x0"] == pytest.approx(blank)
    against = screen.at.dataframe[0].value.set_index("model")
    other = probes.read(R1, probed)["GC content"].value
    told = against.loc[labels.label(R1), "difference [95% interval]"]
    assert float(told.split(" ")[0].replace("−", "-")) == pytest.approx(other - kept.value, abs=0.01)
    for what in ("activity", "rank", "random labels", "CpG frequency", probes.ORIGIN):
        screen.choose("probe_what", what)
        assert not screen.failures
    screen.choose("probe_what", "activity").choose("probe_cell", "HepG2")
    assert set(screen.figure("probes")["data"][0]["y"]) == {labels.short(H1), labels.short("joint_legnet")}


def test_predictions_are_correlated_and_their_tails_measured(app, library, study, monkeypatch, downloads):
    table, split = library
    said = {n: predict_codes(checkpoints.load(n).model, table.codes[split.test])[:, 0] for n in (B1, R1)}
    rank = spearman(said[B1], said[R1])
    stored = {"correlation": {"labels": [f"{B1} K562", f"{R1} K562"], "spearman": [[1, rank], [rank, 1]]}}
    monkeypatch.setattr(comparison, "read", lambda: stored)
    monkeypatch.setattr(comparison, "stale", lambda _: [])
    screen = app("representations", representations_section="Predictions")
    assert not screen.failures
    pairs = next(d.value for d in screen.at.dataframe if "ours" in d.value)
    assert pairs["ours"].iloc[0].startswith(f"{rank:.3f} [") and pairs["published"].tolist() == [0.878]
    scatter = screen.figure("prediction-scatter")
    assert screen.numbers(scatter["data"][0]["y"]) == pytest.approx(said[B1], abs=1e-4)
    assert "Spearman 0.600 [0.590, 0.610]" in scatter["layout"]["annotations"][0]["text"]  # of metrics.json
    apart = screen.figure("prediction-residuals")["data"][0]
    assert screen.numbers(apart["y"]) == pytest.approx(said[R1] - said[B1], abs=1e-4)
    assert len(downloads["cislens-residuals.csv"].splitlines()) == 1 + 2 * 10
    tails = next(d.value for d in screen.at.dataframe if "highest 10%" in d.value)
    measured = table.column("K562")[split.test]
    top = np.argsort(said[B1])[-9:]
    assert tails.iloc[0]["highest 10%"].startswith(f"{(said[B1] - measured)[top].mean():.3f} [")
    assert f"representations-gains-{R1}" in screen.figures
    assert isinstance(tails, pd.DataFrame) and tails["model"].tolist()[:2] == [labels.label(B1), labels.label(R1)]
