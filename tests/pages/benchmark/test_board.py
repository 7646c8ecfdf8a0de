"""Benchmark: rows, filters and published figures, with and without models, scores and a comparison."""

import dataclasses

import pandas as pd
import pytest

from engine import places
from engine.evaluation import comparison
from engine.experiments import checkpoints, labels
from engine.experiments import declared as experiments
from engine.experiments.declared import EXPERIMENTS, Architecture

LEGNET = "LegNet, 4 networks · squared error"
IN_K562 = ["joint_legnet", "R1_plackett_luce", "B1_baseline_mse", "C1_pl_linear_curriculum"]  # the best first


def declared_in(cell: str, **wanted: str | None) -> set[str]:
    """The declared models of a cell type, all or those of a loss, say."""
    found = [e for e in map(experiments.get, experiments.names()) if cell in experiments.outputs(e)]
    return {e.name for e in found if all(getattr(e, k, None) == v for k, v in wanted.items())}


def board(screen) -> pd.DataFrame:
    return screen.at.dataframe[0].value.set_index("name in commands")


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
    assert not screen.figures


def test_a_model_that_was_only_scored_on_held_out_elements_breaks_nothing(app, trained):
    (trained / "mine" / "metrics.json").unlink()
    screen = app("benchmark")
    assert not screen.failures
    table = board(screen.choose("bench_untrained", True))
    assert table.loc["joint_legnet", "Spearman"] == "0.712 [0.699, 0.726]"
    assert table.loc["mine", ["Spearman", "not trained: command"]].tolist() == ["", ""]
    assert table.loc["dream_rnn", "not trained: command"] == "python -m engine train dream_rnn"
    assert "elements" in screen.figures
    assert any("python -m engine compare" in i for i in screen.values("info"))


@pytest.mark.parametrize("content", ['{"held_out": ', ""])
def test_a_broken_metrics_file_is_named_with_what_mends_it(app, study, content):
    (study / "R1_plackett_luce" / "metrics.json").write_text(content)
    screen = app("benchmark")
    assert not screen.failures
    (error,) = screen.values("error")
    assert "metrics.json" in error and "python -m engine evaluate R1_plackett_luce" in error


def test_a_broken_comparison_is_named_with_what_mends_it(app, compared, study):
    (places.shared_results() / comparison.FILE).write_text("[")
    screen = app("benchmark")
    assert not screen.failures
    (error,) = screen.values("error")
    assert "comparison.json" in error and "python -m engine compare" in error


# --- the leaderboard --------------------------------------------------------------------------------


def test_the_best_stands_first_with_intervals_and_the_untrained_last(app, compared):
    screen = app("benchmark")
    assert not screen.failures and not screen.values("error") and not screen.values("warning")
    table = board(screen.choose("bench_untrained", True))
    assert list(table.index[:4]) == IN_K562
    row = table.loc["R1_plackett_luce"]
    assert row["Spearman"] == "0.650 [0.640, 0.660]"
    assert row["Pearson"] == "0.670 [0.660, 0.680]"
    assert row["CAGI5, all"] == "0.350 [0.340, 0.360]"
    assert row["CAGI5, high conf."] == "0.550 [0.540, 0.560]"
    assert row["Zero-shot, all"] == "0.300 [0.290, 0.310]"
    assert row["Zero-shot, high conf."] == "0.500 [0.490, 0.510]"
    assert (row["model"], row["network"]) == ("R1 · Plackett-Luce · K562", "DREAM-RNN, head without bias")
    assert row[["seed", "epochs", "minutes"]].tolist() == ["42", "2", "1.5"] and row["not trained: command"] == ""
    others = table.iloc[4:]
    assert others["not trained: command"].tolist() == [f"python -m engine train {n}" for n in others.index]
    assert (others[["Spearman", "CAGI5, all", "seed", "minutes"]] == "").all(axis=None)  # nobody reads "None"


def test_what_may_be_said_of_each_model_stands_in_the_board(app, compared):
    screen = app("benchmark")
    said = board(screen)["against squared error"]
    assert list(said.index) == IN_K562  # those that are not trained are not in the way
    assert said.tolist() == ["no difference shown, one seed", "depends on the seed", "the baseline",
                             "behind, both seeds"]  # fmt: skip


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


def test_the_leaderboard_is_saved_with_bounds_and_n(app, compared, saved):
    screen = app("benchmark")
    assert not screen.failures
    table = saved("leaderboard").set_index("model")
    assert list(table.index) == list(board(screen).index)
    row = table.loc["R1_plackett_luce"]
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
    assert "predicted in HepG2" in screen.figure("elements")["layout"]["title"]["text"]
    assert screen.figure("elements")["data"][0]["y"] == ["H1 · squared error", LEGNET]
    assert not [c for c in screen.values("caption") if "Noise ceiling" in c]
    assert any(
        "none of the models shown was compared with H1 · squared error · HepG2" in c for c in screen.values("caption")
    )


def test_a_cell_type_without_matched_elements_is_shown_without_them(app, compared):
    screen = app("benchmark").choose("bench_cell", "WTC11")
    assert shown(screen) == ["joint_legnet"]
    assert "CAGI5, all" not in board(screen)
    screen.choose("bench_section", "Score against score")
    assert any("CAGI5 has no element" in i for i in screen.values("info"))
    assert "strata" not in screen.figures
    assert "curves" in screen.choose("bench_section", "Training").figures


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
    assert shown(screen) == trained
    assert sorted(screen.figure("elements")["data"][0]["y"]) == sorted(map(labels.short, trained))
    screen.choose("bench_untrained", True)
    added = {n for n in shown(screen) if n not in trained}
    attribute = {"bench_loss": "loss", "bench_curriculum": "curriculum"}.get(key)
    said = {getattr(experiments.get(n), attribute or "name", None) or "none" for n in added}
    assert added and (attribute is None or said <= {w.split()[0] for w in wanted})


def test_filters_combine_and_may_leave_nothing_trained(app, compared):
    screen = app("benchmark").choose("bench_loss", ["plackett_luce"]).choose("bench_curriculum", ["stepped"])
    assert shown(screen) == [] and not screen.figures
    screen.choose("bench_untrained", True)
    assert shown(screen) == ["C2_pl_stepped_curriculum"] and not screen.figures


def test_a_filter_that_the_other_cell_type_does_not_know_breaks_nothing(app, compared):
    screen = app("benchmark", bench_untrained=True).choose("bench_loss", ["soft_class"])
    assert set(shown(screen)) == declared_in("K562", loss="soft_class") == {"B2_soft_classification"}
    screen.choose("bench_cell", "HepG2")
    assert screen.at.multiselect(key="bench_loss").value == []
    assert set(shown(screen)) == declared_in("HepG2")
    screen.choose("bench_cell", "K562")
    assert not screen.failures
