"""Benchmark: rows, filters, verdicts, figures and files, with and without models, scores and a comparison."""

import dataclasses
import io
import json

import pandas as pd
import pytest

from engine import checkpoints, experiments
from engine.data import published
from engine.evaluation import comparison
from engine.experiments import EXPERIMENTS, Architecture, Ensemble
from engine.models.ensemble import Ensemble as EnsembleModel
from engine.plots.benchmark import VERDICT_COLOURS

BETTER, WORSE, NEITHER = comparison.VERDICTS
IN_K562 = ["joint_legnet", "R1_plackett_luce", "B1_baseline_mse", "C1_pl_linear_curriculum"]  # the best first
DECLARED = ["joint_legnet", "B1_baseline_mse", "R1_plackett_luce", "C1_pl_linear_curriculum"]  # the same, in order

PAIR = ["R1_plackett_luce", "H2_HepG2_plackett_luce"]  # the same loss in both cell types


def difference(model: str, measure: str, value: float, said: str) -> dict:
    return {
        "model": model, "output": "K562", "baseline": "B1_baseline_mse", "measure": measure,
        "value": value, "low": value - 0.01, "high": value + 0.02, "n": 5697, "verdict": said,
    }  # fmt: skip


def transfer(loss: str, value: float, difference: float | None, **more) -> dict:
    def metric(v: float) -> dict:
        return {"value": v, "low": v - 0.02, "high": v + 0.02, "n": 900}

    record = {"loss": loss, "confidence": "all", "K562 to HepG2": metric(value), "HepG2 to K562": metric(value + 0.1)}
    told = None if difference is None else metric(difference)
    return record | {"average": metric(value + 0.05), "difference to mse": told} | more


def write_comparison(folder) -> dict:
    """A comparison of the models that are in the folder, as `python -m engine compare` would write it."""
    trained = checkpoints.trained()
    content = {
        "models": {n: checkpoints.read_description(n)["weights_sha256"] for n in trained},
        "differences": [
            difference("joint_legnet", "held_out spearman", 0.005, NEITHER),
            difference("R1_plackett_luce", "held_out spearman", 0.05, BETTER),
            difference("C1_pl_linear_curriculum", "held_out spearman", -0.05, WORSE),
            difference("R1_plackett_luce", "cagi5 matched high", -0.2, WORSE),
        ],
        "transfer_by_loss": [transfer("mse", 0.3, None), transfer("plackett_luce", 0.4, 0.1, models=PAIR)],
        "correlation": {
            "labels": ["B1_baseline_mse K562", "H1_HepG2_baseline_mse HepG2", "R1_plackett_luce K562"],
            "spearman": [[1.0, 0.2, 0.9], [0.2, 1.0, 0.3], [0.9, 0.3, 1.0]],
        },
        "noise_ceiling": {
            "K562": {
                "spearman": {"value": 0.81, "low": 0.8, "high": 0.82, "n": 12345},
                "pearson": {"value": 0.86, "low": 0.85, "high": 0.87, "n": 12345},
            }
        },
    }
    checkpoints.write_json(folder / comparison.FILE, content)
    return content


@pytest.fixture
def compared(study) -> dict:
    """The five models, and their comparison."""
    return write_comparison(study)


def declared_in(cell: str, **wanted: str | None) -> set[str]:
    """The declared models of a cell type, all or those of a loss, say."""
    found = [e for e in map(experiments.get, experiments.declared()) if cell in experiments.outputs(e)]
    return {e.name for e in found if all(getattr(e, k, None) == v for k, v in wanted.items())}


def board(screen) -> pd.DataFrame:
    return screen.at.dataframe[0].value.set_index("model")


def table_with(screen, column: str) -> pd.DataFrame:
    """The one table on the page that has this column."""
    (found,) = [d.value for d in screen.at.dataframe if column in d.value]
    return found


def read(downloads, name: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(downloads[f"cislens-{name}.csv"]))


def figures(screen) -> set[str]:
    return {c.key for c in screen.at.get("plotly_chart")}


# --- empty and broken -------------------------------------------------------------------------------


def test_without_a_trained_model_every_one_is_listed_with_its_command(app, models_folder):
    screen = app("benchmark")
    assert not screen.failures and screen.title == "Benchmark"
    assert any("python -m engine train --all" in i for i in screen.values("info"))
    table = board(screen)
    assert set(table.index) == declared_in("K562") and table.index.is_unique
    assert table["not trained: command"].tolist() == [f"python -m engine train {n}" for n in table.index]
    assert (table["Spearman"] == "").all()
    assert table.loc["B1_baseline_mse", "Spearman (published)"] == "0.7075"
    assert not figures(screen)


def test_a_model_that_was_only_scored_on_held_out_elements_breaks_nothing(app, trained):
    (trained / "mine" / "metrics.json").unlink()
    screen = app("benchmark")
    assert not screen.failures
    table = board(screen)
    assert table.loc["joint_legnet", "Spearman"] == "0.712 [0.699, 0.726]"
    assert table.loc["mine", ["Spearman", "not trained: command"]].tolist() == ["", ""]
    assert table.loc["dream_rnn", "not trained: command"] == "python -m engine train dream_rnn"
    assert "elements" in figures(screen) and "curves" not in figures(screen)
    assert any("python -m engine compare" in i for i in screen.values("info"))


@pytest.mark.parametrize("content", ['{"held_out": ', ""])
def test_a_broken_metrics_file_is_named_with_what_mends_it(app, study, content):
    (study / "R1_plackett_luce" / "metrics.json").write_text(content)
    screen = app("benchmark")
    assert not screen.failures
    (error,) = screen.values("error")
    assert "metrics.json" in error and "python -m engine evaluate R1_plackett_luce" in error


def test_a_broken_comparison_is_named_with_what_mends_it(app, compared, study):
    (study / comparison.FILE).write_text("[")
    screen = app("benchmark")
    assert not screen.failures
    (error,) = screen.values("error")
    assert "comparison.json" in error and "python -m engine compare" in error


# --- the leaderboard --------------------------------------------------------------------------------


def test_the_best_stands_first_with_intervals_and_the_untrained_last(app, compared):
    screen = app("benchmark")
    assert not screen.failures and not screen.values("error") and not screen.values("warning")
    table = board(screen)
    assert list(table.index[:4]) == IN_K562
    row = table.loc["R1_plackett_luce"]
    assert row["Spearman"] == "0.650 [0.640, 0.660]"
    assert row["Pearson"] == "0.670 [0.660, 0.680]"
    assert row["CAGI5, all"] == "0.350 [0.340, 0.360]"
    assert row["CAGI5, high conf."] == "0.550 [0.540, 0.560]"
    assert row["zero-shot, all"] == "0.300 [0.290, 0.310]"
    assert row["zero-shot, high conf."] == "0.500 [0.490, 0.510]"
    assert (row["loss"], row["network"]) == ("plackett_luce", "dream_rnn_single")
    assert row[["seed", "epochs", "minutes"]].tolist() == [42, 2, 1.5] and row["not trained: command"] == ""
    others = table.iloc[4:]
    assert others["not trained: command"].tolist() == [f"python -m engine train {n}" for n in others.index]
    assert (others[["Spearman", "CAGI5, all"]] == "").all(axis=None)


def test_the_verdicts_stand_in_the_board(app, compared):
    said = board(app("benchmark"))["against the baseline"]
    assert said[IN_K562].tolist() == [NEITHER, BETTER, "baseline", WORSE]
    assert (said[4:] == "").all()


def test_published_figures_stand_beside_ours_and_can_be_put_away(app, compared):
    screen = app("benchmark")
    table = board(screen)
    beside = [c for c in table.columns if c.endswith("(published)")]
    assert "Spearman (published)" in beside and "CAGI5, all (published)" in beside
    assert not [c for c in beside if "NDCG" in c]  # another gain
    assert table.loc["B1_baseline_mse", "Spearman"] == "0.600 [0.590, 0.610]"
    assert table.loc["B1_baseline_mse", "Spearman (published)"] == "0.7075"
    assert table.loc["joint_legnet", "Spearman (published)"] == ""
    table = board(screen.choose("bench_published", False))
    assert not [c for c in table.columns if "published" in c]
    assert table.loc["B1_baseline_mse", "Spearman"] == "0.600 [0.590, 0.610]"


def test_a_model_that_is_trained_otherwise_than_declared_is_named(app, study, toy_model):
    assert not [c for c in app("benchmark").values("caption") if "otherwise" in c]
    declared = EXPERIMENTS["R1_plackett_luce"]
    narrow = dataclasses.replace(declared, model=Architecture(declared.model.name, {"width": 16, "pool": 4}))
    metrics = checkpoints.read_metrics("R1_plackett_luce")
    checkpoints.save("R1_plackett_luce", toy_model(outputs=("K562",)), narrow)
    checkpoints.save_metrics("R1_plackett_luce", metrics)
    (caption,) = [c for c in app("benchmark").values("caption") if "otherwise" in c]
    assert caption.endswith(": R1_plackett_luce.")


def test_the_leaderboard_is_saved_with_bounds_and_n(app, compared, downloads):
    screen = app("benchmark")
    assert not screen.failures
    saved = read(downloads, "leaderboard").set_index("model")
    assert list(saved.index) == list(board(screen).index)
    row = saved.loc["R1_plackett_luce"]
    assert row[["spearman", "spearman_low", "spearman_high", "spearman_n"]].tolist() == [0.65, 0.64, 0.66, 500]
    assert row["cagi5_high_n"] == 90 and row["transfer_high_n"] == 80


# --- filters ----------------------------------------------------------------------------------------


def shown(screen) -> list[str]:
    assert not screen.failures
    return list(board(screen).index)


def test_the_cell_type_decides_rows_and_figures(app, compared):
    screen = app("benchmark")
    assert screen.at.segmented_control(key="bench_cell").options == ["K562", "HepG2", "WTC11"]
    screen.choose("bench_cell", "HepG2")
    assert shown(screen)[:2] == ["joint_legnet", "H1_HepG2_baseline_mse"]
    assert set(shown(screen)) == declared_in("HepG2")
    assert "predicted in HepG2" in screen.figure("elements")["layout"]["title"]["text"]
    assert screen.figure("elements")["data"][0]["y"] == ["H1_HepG2_baseline_mse", "joint_legnet"]
    assert not [c for c in screen.values("caption") if "Noise ceiling" in c]
    assert any("no baseline to compare with for HepG2" in c for c in screen.values("caption"))


def test_a_cell_type_without_matched_elements_is_shown_without_them(app, compared):
    screen = app("benchmark").choose("bench_cell", "WTC11")
    assert shown(screen)[0] == "joint_legnet" and set(shown(screen)) == declared_in("WTC11")
    assert (board(screen)["CAGI5, all"] == "").all()
    assert "strata" not in figures(screen) and "curves" in figures(screen)


@pytest.mark.parametrize(
    ("key", "wanted", "trained"),
    [
        ("bench_loss", ["plackett_luce"], ["R1_plackett_luce", "C1_pl_linear_curriculum"]),
        ("bench_loss", ["mse", "softsort"], ["joint_legnet", "B1_baseline_mse"]),
        ("bench_architecture", ["legnet"], ["joint_legnet"]),
        ("bench_architecture", ["dream_rnn_single"], ["R1_plackett_luce", "C1_pl_linear_curriculum"]),
        ("bench_curriculum", ["linear"], ["C1_pl_linear_curriculum"]),
        ("bench_curriculum", ["none"], ["joint_legnet", "R1_plackett_luce", "B1_baseline_mse"]),
    ],
)
def test_a_filter_leaves_its_rows_in_board_and_figures(app, compared, key, wanted, trained):
    screen = app("benchmark").choose(key, wanted)
    column = {"bench_loss": "loss", "bench_architecture": "network", "bench_curriculum": "curriculum"}[key]
    table = board(screen)
    assert not screen.failures
    assert set(table[column].replace("", "none")) == set(wanted) and list(table.index[: len(trained)]) == trained
    screen.choose("bench_untrained", False)
    assert shown(screen) == trained
    assert sorted(screen.figure("elements")["data"][0]["y"]) == sorted(trained)


def test_filters_combine_and_may_leave_nothing_trained(app, compared):
    screen = app("benchmark").choose("bench_loss", ["plackett_luce"]).choose("bench_curriculum", ["stepped"])
    assert shown(screen) == ["C2_pl_stepped_curriculum"]
    assert not figures(screen)
    screen.choose("bench_untrained", False)
    assert shown(screen) == []


def test_a_filter_that_the_other_cell_type_does_not_know_breaks_nothing(app, compared):
    screen = app("benchmark").choose("bench_loss", ["soft_class"])
    assert set(shown(screen)) == declared_in("K562", loss="soft_class") == {"B2_soft_classification"}
    screen.choose("bench_cell", "HepG2")
    assert screen.at.multiselect(key="bench_loss").value == []
    assert set(shown(screen)) == declared_in("HepG2")
    screen.choose("bench_cell", "K562")
    assert not screen.failures


# --- differences ------------------------------------------------------------------------------------


def test_the_forest_shows_the_chosen_measure(app, compared):
    screen = app("benchmark")
    figure = screen.figure("forest")
    marks = {t["name"]: t for t in figure["data"]}
    assert marks[BETTER]["y"] == ["R1_plackett_luce"] and screen.numbers(marks[BETTER]["x"]) == [0.05]
    assert marks[WORSE]["y"] == ["C1_pl_linear_curriculum"] and marks[NEITHER]["y"] == ["joint_legnet"]
    assert {n: t["marker"]["color"] for n, t in marks.items()} == VERDICT_COLOURS
    assert figure["layout"]["xaxis"]["title"]["text"] == "difference to B1_baseline_mse"
    screen.choose("bench_measure", "cagi5 matched high")
    assert not screen.failures
    figure = screen.figure("forest")
    assert [t["y"] for t in figure["data"] if t["name"] == WORSE] == [["R1_plackett_luce"]]
    assert "CAGI5 matched high, K562" in figure["layout"]["title"]["text"]


def test_the_verdicts_are_words_on_the_page(app, compared):
    screen = app("benchmark")
    told = [m for m in screen.values("markdown") if m.startswith("**")]
    for verdict, name in ((BETTER, "R1_plackett_luce"), (WORSE, "C1_pl_linear_curriculum"), (NEITHER, "joint_legnet")):
        assert f"**{verdict}**: {name}" in told


def test_differences_are_saved_with_interval_and_verdict(app, compared, downloads):
    app("benchmark")
    saved = read(downloads, "differences")
    pd.testing.assert_frame_equal(saved, pd.DataFrame(compared["differences"]))


def test_the_noise_is_told_with_its_interval_and_n_and_what_it_allows(app, compared):
    (caption,) = [c for c in app("benchmark").values("caption") if "Noise in" in c]
    assert "12,345" in caption and "0.810 [0.800, 0.820]" in caption
    assert "0.90" in caption  # the root of 0.81


def test_without_a_comparison_the_page_says_how_to_make_one(app, study):
    screen = app("benchmark")
    assert not screen.failures and "forest" not in figures(screen)
    assert any("python -m engine compare" in i for i in screen.values("info"))
    assert set(board(screen)["against the baseline"]) == {"", "baseline"}
    assert {"elements", "curves"} <= figures(screen)


def test_a_model_that_was_retrained_since_is_named(app, compared, study, toy_model):
    name = "R1_plackett_luce"
    assert not app("benchmark").values("warning")
    metrics = checkpoints.read_metrics(name)
    checkpoints.save(name, toy_model(outputs=("K562",), seed=99), EXPERIMENTS[name])
    checkpoints.save_metrics(name, metrics)
    screen = app("benchmark")
    assert not screen.failures
    (warning,) = screen.values("warning")
    assert name in warning and "python -m engine compare" in warning and "B1_baseline_mse" not in warning


def test_scores_that_change_on_disk_change_on_the_page(app, compared, study):
    screen = app("benchmark")
    metrics = checkpoints.read_metrics("R1_plackett_luce")
    metrics["held_out"]["K562"]["spearman"] |= {"value": 0.123, "low": 0.1, "high": 0.2}
    checkpoints.save_metrics("R1_plackett_luce", metrics)
    screen.at.run()
    assert board(screen).loc["R1_plackett_luce", "Spearman"] == "0.123 [0.100, 0.200]"


# --- elements, strata, transfer, agreement ----------------------------------------------------------


def test_the_element_map_follows_the_confidence(app, compared, downloads):
    screen = app("benchmark")
    heat = screen.figure("elements")["data"][0]
    assert heat["x"] == ["GP1BB", "HBB", "HBG1", "PKLR", "F9", "LDLR", "SORT1"]
    assert heat["y"] == DECLARED[::-1]
    assert screen.numbers(heat["z"])[1] == [0.35, 0.36, 0.37, 0.38, 0.39, 0.4, 0.41]
    screen.choose("bench_confidence", "high")
    figure = screen.figure("elements")
    assert "high confidence" in figure["layout"]["title"]["text"]
    assert screen.numbers(figure["data"][0]["z"])[1] == [0.55, 0.56, 0.57, 0.58, 0.59, 0.6, 0.61]
    saved = read(downloads, "elements")
    row = saved.query("model == 'R1_plackett_luce' and element == 'PKLR' and confidence == 'high'").iloc[0]
    assert row[["spearman", "n", "kind"]].tolist() == [0.58, 90, "matched"]


def test_two_scores_stand_against_each_other(app, compared):
    screen = app("benchmark")
    for key, y in (("two-cagi5_high", 0.55), ("two-transfer_all", 0.3)):
        figure = screen.figure(key)
        (mark,) = [t for t in figure["data"] if t.get("name") == "R1_plackett_luce (K562)"]
        assert (mark["x"], mark["y"]) == ([0.35], [y])
        assert [t for t in figure["data"] if "published" in t.get("hovertemplate", "")]


def test_the_quarters_of_the_effects_are_shown_and_saved(app, compared, downloads):
    screen = app("benchmark")
    (marks,) = [t for t in screen.figure("strata")["data"] if t["name"] == "R1_plackett_luce (K562)"]
    assert marks["customdata"] == ["weakest", "strongest"]
    saved = read(downloads, "strata").set_index(["model", "quarter"])["value"]
    assert saved["R1_plackett_luce", "weakest"] == 0.15 and len(saved) == 2 * len(IN_K562)


def test_transfer_is_told_by_loss_with_the_difference_to_squared_error(app, compared):
    table = table_with(app("benchmark"), "K562 to HepG2").set_index("loss")
    assert table.loc["plackett_luce", "K562 to HepG2"] == "0.400 [0.380, 0.420]"
    assert table.loc["plackett_luce", "average"] == "0.450 [0.430, 0.470]"
    assert table.loc["plackett_luce", "difference to mse"] == "0.100 [0.080, 0.120]"
    told = [published.figure(n, "transfer_all", element=published.MEAN) for n in PAIR]
    assert table.loc["plackett_luce", "average (published)"] == f"{sum(told) / 2:.4f}"
    # a comparison that was written before the models stood in it
    assert table.loc["mse", ["difference to mse", "average (published)", "variants"]].tolist() == ["", "", "all SNVs"]


def test_without_losses_in_both_cell_types_the_page_says_so(app, study):
    assert "No loss is trained on both cell types yet." in app("benchmark").values("caption")


def test_the_agreement_is_that_of_the_models_shown(app, compared, downloads):
    screen = app("benchmark")
    heat = screen.figure("correlation")["data"][0]
    assert heat["x"] == ["B1_baseline_mse", "R1_plackett_luce"]
    saved = read(downloads, "correlation").set_index("model")
    assert saved.loc["B1_baseline_mse", "R1_plackett_luce"] == 0.9
    screen.choose("bench_loss", ["mse"])
    assert not screen.failures and "correlation" not in figures(screen)


# --- training ---------------------------------------------------------------------------------------


def test_the_curves_follow_the_epochs_of_the_models_shown(app, compared):
    screen = app("benchmark")
    lines = {t["name"] for t in screen.figure("curves")["data"]}
    assert lines == {f"{n} (K562)" for n in IN_K562}
    screen.choose("bench_curriculum", ["linear"])
    (line,) = screen.figure("curves")["data"]
    assert line["name"] == "C1_pl_linear_curriculum (K562)" and line["mode"] == "lines"


def test_seeds_are_shown_where_there_are_several(app, compared):
    metrics = checkpoints.read_metrics("R1_plackett_luce")
    checkpoints.save_seed("R1_plackett_luce", 42, metrics)
    assert not [d for d in app("benchmark").at.dataframe if "kept" in d.value]
    other = json.loads(json.dumps(metrics))
    other["training"]["seed"], other["held_out"]["K562"]["spearman"]["value"] = 123, 0.61
    checkpoints.save_seed("R1_plackett_luce", 123, other)
    table = table_with(app("benchmark"), "kept").set_index("seed")
    assert table["spearman"].to_dict() == {42: 0.65, 123: 0.61} and table["kept"].to_dict() == {42: True, 123: False}


def test_a_model_says_how_it_was_trained(app, compared):
    screen = app("benchmark").choose("bench_model", "R1_plackett_luce")
    assert not screen.failures
    assert screen.at.selectbox(key="bench_model").options == DECLARED
    told = screen.words
    assert "python -m engine train R1_plackett_luce" in told and "rank-order study" in told
    assert "45,584 training" in told and "Seed 42" in told and "1.5 minutes on CPU, 1 threads" in told
    (declared,) = [json.loads(j.value) for j in screen.at.json]
    assert declared["declared"]["loss"] == "plackett_luce"
    assert declared["weights_sha256"] == checkpoints.read_description("R1_plackett_luce")["weights_sha256"]


def test_a_model_that_nobody_declared_has_no_command(app, compared, save_model):
    save_model("mine", metrics=checkpoints.read_metrics("B1_baseline_mse"), outputs=("K562",))
    screen = app("benchmark").choose("bench_model", "mine")
    assert not screen.failures
    assert board(screen).loc["mine", "Spearman"] == "0.600 [0.590, 0.610]"
    (told,) = [m for m in screen.values("markdown") if m.startswith("**mine**")]
    assert "python -m" not in told and "outputs K562" in told
    (warning,) = screen.values("warning")
    assert "mine" in warning  # it was not compared


def test_an_ensemble_names_its_members(app, study, toy_model, monkeypatch):
    declared = Ensemble("E_two", ("B1_baseline_mse", "R1_plackett_luce"), ("K562",), "the validation fold")
    monkeypatch.setitem(experiments.ENSEMBLES, "E_two", declared)
    checkpoints.save_ensemble(EnsembleModel(("K562",), [toy_model(outputs=("K562",))]), declared)
    metrics = checkpoints.read_metrics("R1_plackett_luce") | {"training": {}}
    checkpoints.save_metrics("E_two", metrics)
    screen = app("benchmark").choose("bench_model", "E_two")
    assert not screen.failures
    assert board(screen).loc["E_two", "network"] == "ensemble of 2"
    assert "Members: B1_baseline_mse, R1_plackett_luce. Chosen on: the validation fold." in screen.words
