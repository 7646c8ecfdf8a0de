"""The leaderboard: a row for every model, numbers from metrics.json alone, published figures beside them."""

import dataclasses
import io
import itertools
import sys

import pandas as pd
import pytest

from engine import cli, store
from engine.data import published
from engine.data.satmut import MATCHED
from engine.evaluation import leaderboard
from engine.experiments import checkpoints
from engine.experiments import declared as experiments
from engine.experiments.declared import EXPERIMENTS, Architecture, Ensemble
from engine.models.ensemble import Ensemble as EnsembleModel

CELLS = {"GP1BB": "HEL 92.1.7", "PKLR": "K562", "SORT1": "HepG2"}
HELD_OUT = ("spearman", "pearson", "pairwise_accuracy", "ndcg_at_10")


def made_up(outputs: tuple[str, ...], seed: int = 42) -> dict:
    """A metrics.json in which no two numbers are alike, so that none can stand in for another."""
    count = itertools.count(1)

    def metric() -> dict:
        value = round(0.3 + next(count) / 1000 + seed / 1e5, 5)
        return {"value": value, "low": value - 0.02, "high": value + 0.01, "n": 100 + next(count)}

    def challenge() -> dict:
        return {s: {c: metric() for c in ("all", "high")} for s in ("training", "test", "all")}

    epochs = [
        {"epoch": e, "training_loss": 1.0 / e, "validation_spearman": {o: metric()["value"] for o in outputs}}
        | {"validation_spearman_mean": 0.1 * e, "samples": 100, "seconds": 7.0 + e}
        for e in (1, 2, 3)
    ]
    return {
        "training": {
            "seed": seed, "epochs": 3, "best_epoch": 2, "device": "CPU, 1 threads", "precision": "float32",
            "seconds": 90.0, "samples_per_second": 1234.5, "history": epochs,
            "validation_spearman": {o: metric()["value"] for o in outputs}, "validation_spearman_mean": 0.3,
            "rows": {"training": 800, "validation": 100, "test": 99}, "split": "made up",
        },
        "data_hash": "d1", "split_hash": "s1",
        "held_out": {o: {m: metric() for m in (*HELD_OUT, "kendall")} for o in outputs},
        "cagi5": {
            "elements": {n: {"cells": c, "spearman": {o: challenge() for o in outputs}} for n, c in CELLS.items()},
            "matched_mean": {o: challenge() for o in outputs if o in MATCHED},
            "transfer_mean": {o: {c: challenge() for c in MATCHED if c != o} for o in outputs},
        },
        "effect_strata": {o: {q: metric() for q in ("weakest", "strongest")} for o in outputs if o in MATCHED},
    }  # fmt: skip


@pytest.fixture
def save(models_folder, toy_model):
    """A factory of small models in trained_models/, declared as they are or otherwise, scored or not."""

    def put(name: str, outputs=("K562",), metrics: dict | None = None, **declared) -> dict:
        like = EXPERIMENTS.get(name, EXPERIMENTS["joint_legnet"])
        checkpoints.save(name, toy_model(outputs=outputs), dataclasses.replace(like, name=name, **declared))
        if metrics is not None:
            metrics = metrics | {"weights_sha256": checkpoints.read_description(name)["weights_sha256"]}
            checkpoints.save_metrics(name, metrics)
        return metrics or {}

    return put


def keep_replicate(name: str, seed: int, metrics: dict) -> None:
    """A replicate of a model with metrics of its own."""
    checkpoints.keep_replicate(name, seed, checkpoints.models_folder() / name)
    checkpoints.save_metrics(name, metrics, checkpoints.replicate_folder(name, seed))


def row(name: str, cell: str | None = None) -> pd.Series:
    """The one row of a model and an output."""
    table = leaderboard.table()
    (found,) = table[(table["model"] == name) & (table["cell type"].eq(cell) if cell else True)].to_dict("records")
    return pd.Series(found)


# --- which rows there are ---------------------------------------------------------------------------


def test_every_declared_model_has_a_row_for_each_output(models_folder):
    table = leaderboard.table()
    expected = [(n, o) for n in experiments.names() for o in experiments.outputs(experiments.get(n))]
    assert list(zip(table["model"], table["cell type"], strict=True)) == expected
    assert len(expected) > len(experiments.names()) > 20


def test_an_untrained_model_has_its_command_and_not_one_score(models_folder):
    table = leaderboard.table()
    assert set(table["status"]) == {"not trained"}
    assert table["command"].tolist() == [f"python -m engine train {n}" for n in table["model"]]
    ours = [c for s in leaderboard.SCORES for c in (s, f"{s}_low", f"{s}_high", f"{s}_n")]
    assert table[ours].isna().all(axis=None)
    assert table[["seed", "epochs", "minutes", "samples_per_second", "as declared"]].isna().all(axis=None)


def test_the_declaration_says_network_loss_and_curriculum(models_folder):
    study = row("C3_combined_curriculum")
    assert (study["architecture"], study["loss"], study["curriculum"]) == (
        "dream_rnn_single", "combined alpha=0.5", "linear",
    )  # fmt: skip
    assert (study["kind"], row("L5_soft_spearman")["kind"]) == ("rank-order study", "further loss")
    assert row("joint_legnet", "WTC11")["kind"] == "joint"
    assert row("B1_baseline_mse")["curriculum"] == ""


def test_a_model_with_weights_and_no_scores_is_not_scored(save):
    save("R1_plackett_luce")
    found = row("R1_plackett_luce")
    assert found["status"] == "not scored"
    assert found[list(leaderboard.SCORES)].isna().all()
    assert found["parameters"] > 0


def test_a_model_that_nobody_declared_comes_last(save):
    save("mine", ("HepG2", "K562"), made_up(("HepG2", "K562")))
    table = leaderboard.table()
    assert table["model"].tolist()[-2:] == ["mine", "mine"]
    assert table["cell type"].tolist()[-2:] == ["HepG2", "K562"]
    own = row("mine", "HepG2")
    assert own["status"] == "trained" and own["as declared"] is None and own["command"] == ""
    assert own[[f"{s}_published" for s in leaderboard.SCORES]].isna().all()


# --- numbers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "cell", "other"), [
    ("R1_plackett_luce", "K562", "HepG2"), ("H2_HepG2_plackett_luce", "HepG2", "K562"),
])  # fmt: skip
def test_the_values_are_those_of_metrics_json(save, name, cell, other):
    metrics = save(name, (cell,), made_up((cell,)))
    found = row(name)
    assert found["status"] == "trained"
    cagi5 = metrics["cagi5"]
    expected = {m: metrics["held_out"][cell][m] for m in HELD_OUT}
    for confidence in ("all", "high"):
        expected[f"cagi5_{confidence}"] = cagi5["matched_mean"][cell]["test"][confidence]
        expected[f"transfer_{confidence}"] = cagi5["transfer_mean"][cell][other]["test"][confidence]
    assert expected.keys() == set(leaderboard.SCORES)
    for score, metric in expected.items():
        shown = [found[score], *(found[f"{score}_{k}"] for k in ("low", "high", "n"))]
        assert shown == [metric[k] for k in ("value", "low", "high", "n")], score


def test_each_output_has_its_own_numbers(save):
    outputs = ("K562", "HepG2", "WTC11")
    metrics = save("joint_legnet", outputs, made_up(outputs))
    for cell in outputs:
        assert row("joint_legnet", cell)["spearman"] == metrics["held_out"][cell]["spearman"]["value"]
    assert row("joint_legnet", "HepG2")["cagi5_high"] == pytest.approx(
        metrics["cagi5"]["matched_mean"]["HepG2"]["test"]["high"]["value"]
    )
    assert pd.isna(row("joint_legnet", "WTC11")["cagi5_all"])  # no element is matched to WTC11


def test_a_model_that_learned_both_cell_types_has_no_zero_shot_score(save):
    outputs = ("K562", "HepG2")
    metrics = save("mine", outputs, made_up(outputs))
    assert metrics["cagi5"]["transfer_mean"]["K562"]["HepG2"]  # metrics.json has one all the same
    assert row("mine", "K562")[["transfer_all", "transfer_high"]].isna().all()
    assert leaderboard.seed_table()[["transfer_all", "transfer_high"]].isna().all(axis=None)
    assert not pd.isna(row("mine", "K562")["cagi5_all"])


def test_facts_of_the_training_stand_in_the_row(save):
    save("R1_plackett_luce", metrics=made_up(("K562",)))
    found = row("R1_plackett_luce")
    assert found[["seed", "epochs", "best_epoch"]].tolist() == [42, 3, 2]
    assert found["minutes"] == 1.5 and found["samples_per_second"] == 1234.5
    assert found["training rows"] == 800 and found["device"] == "CPU, 1 threads"
    weights = checkpoints.read_description("R1_plackett_luce")["weights_sha256"]
    assert found[["data_hash", "split_hash", "weights_sha256"]].tolist() == ["d1", "s1", weights]


def test_a_held_out_set_alone_is_enough_for_a_row(save):
    metrics = made_up(("K562",))
    save("R1_plackett_luce", metrics={"held_out": metrics["held_out"]})
    found = row("R1_plackett_luce")
    assert found["status"] == "trained" and found["pearson"] == metrics["held_out"]["K562"]["pearson"]["value"]
    assert pd.isna(found["cagi5_all"]) and pd.isna(found["minutes"])


# --- published figures ------------------------------------------------------------------------------


def test_published_figures_stand_beside_study_rows_only(save):
    save("joint_legnet", ("K562", "HepG2", "WTC11"), made_up(("K562", "HepG2", "WTC11")))
    save("mine", ("K562",), made_up(("K562",)))
    table = leaderboard.table()
    columns = [f"{s}_published" for s in leaderboard.SCORES]
    beside = table.loc[table[columns].notna().any(axis=1), "model"]
    assert set(beside) == {e.name for e in experiments.RANK_ORDER}
    assert (table.loc[table["model"].isin(set(beside)), "kind"] == "rank-order study").all()


def test_published_figures_are_those_of_the_study(models_folder):
    found = row("B1_baseline_mse")
    assert found["spearman_published"] == 0.7075 and found["pairwise_accuracy_published"] == 0.7613
    shown = {s: found[f"{s}_published"] for s in leaderboard.SCORES if not pd.isna(found[f"{s}_published"])}
    stored = published.scores().query("experiment == 'B1_baseline_mse' and element in ('', 'mean')")
    named = stored["metric"].where(stored["subset"] == "held_out", stored["subset"])
    assert shown == dict(zip(named, stored["value"], strict=True)) and len(shown) == 8
    assert row("H1_HepG2_baseline_mse")["cagi5_high_published"] == published.score(
        "H1_HepG2_baseline_mse", "cagi5_high", element="mean"
    )


def test_published_figures_stand_beside_the_output_that_the_study_trained(save):
    save("R1_plackett_luce", ("K562", "HepG2"), made_up(("K562", "HepG2")))
    assert row("R1_plackett_luce", "K562")["spearman_published"] == published.score("R1_plackett_luce", "held_out")
    assert row("R1_plackett_luce", "HepG2")[[f"{s}_published" for s in leaderboard.SCORES]].isna().all()
    told = leaderboard.element_table().groupby("cell type")["published"].count()
    assert told.to_dict() == {"HepG2": 0, "K562": 2 * len(CELLS)}


def test_published_figures_never_take_the_place_of_ours(save):
    before = row("B1_baseline_mse")
    assert before["spearman_published"] == 0.7075 and pd.isna(before["spearman"])
    metrics = save("B1_baseline_mse", metrics=made_up(("K562",)))
    after = row("B1_baseline_mse")
    assert after["spearman"] == metrics["held_out"]["K562"]["spearman"]["value"] != after["spearman_published"]
    columns = [f"{s}_published" for s in leaderboard.SCORES]
    pd.testing.assert_series_equal(before[columns], after[columns])


# --- as declared ------------------------------------------------------------------------------------


def test_a_model_trained_as_declared_says_so_and_at_another_width_not(save):
    save("R1_plackett_luce", metrics=made_up(("K562",)))
    found = row("R1_plackett_luce")
    assert found["as declared"] is True and found["width"] == 80
    declared = EXPERIMENTS["R1_plackett_luce"].model
    save("R1_plackett_luce", model=Architecture(declared.name, {**declared.options, "width": 16}))
    found = row("R1_plackett_luce")
    assert found["as declared"] is False and found["width"] == 16
    assert row("R2_softsort")["as declared"] is None


def test_another_curriculum_is_not_as_declared_and_is_what_the_row_shows(save):
    save("R1_plackett_luce", curriculum="linear")
    found = row("R1_plackett_luce")
    assert found["as declared"] is False and found["curriculum"] == "linear"


def test_a_description_from_before_a_field_was_declared_still_counts(save, models_folder):
    save("R1_plackett_luce")
    description = checkpoints.read_description("R1_plackett_luce")
    del description["experiment"]["loss_options"]
    store.write_json(models_folder / "R1_plackett_luce" / checkpoints.DESCRIPTION, description)
    assert row("R1_plackett_luce")["as declared"] is True


# --- ensembles --------------------------------------------------------------------------------------


@pytest.fixture
def pair(monkeypatch):
    """A declared ensemble of two rows of the study."""
    members = ("R1_plackett_luce", "R2_softsort")
    monkeypatch.setitem(experiments.ENSEMBLES, "E_two", Ensemble("E_two", members, ("K562",), "validation fold"))
    return members


def test_an_ensemble_that_is_not_built_has_a_row_with_its_members(models_folder, pair):
    found = row("E_two")
    assert found["status"] == "not trained" and found["command"] == "python -m engine train E_two"
    assert (found["kind"], found["architecture"]) == ("ensemble", "ensemble of 2")
    assert found["members"] == "R1_plackett_luce, R2_softsort" and found["cell type"] == "K562"


def test_an_ensemble_shows_its_own_scores(save, toy_model, pair):
    for name in pair:
        save(name, metrics=made_up(("K562",)))
    model = EnsembleModel(("K562",), [toy_model(outputs=("K562",))] * 2)
    checkpoints.save_ensemble(model, experiments.ENSEMBLES["E_two"])
    assert row("E_two")["status"] == "not scored"
    metrics = made_up(("K562",), seed=7)
    del metrics["training"]  # an ensemble was never trained
    checkpoints.save_metrics("E_two", metrics)
    found = row("E_two")
    assert found["status"] == "trained" and found["kind"] == "ensemble" and found["loss"] == "as its members"
    assert found["spearman"] == metrics["held_out"]["K562"]["spearman"]["value"]
    assert found["spearman"] != row("R1_plackett_luce")["spearman"]
    assert pd.isna(found["seed"]) and pd.isna(found["spearman_published"])


# --- the other tables -------------------------------------------------------------------------------


def test_every_element_has_a_row_for_each_output_and_confidence(save):
    outputs = ("K562", "HepG2")
    metrics = save("mine", outputs, made_up(outputs))
    table = leaderboard.element_table()
    assert len(table) == len(CELLS) * len(outputs) * 2
    index = table.set_index(["element", "cell type", "confidence"])
    assert index.index.is_unique
    for (element, cell, confidence), found in index.iterrows():
        metric = metrics["cagi5"]["elements"][element]["spearman"][cell]["test"][confidence]
        assert [found["spearman"], found["low"], found["high"], found["n"]] == list(metric.values())
        assert found["assayed in"] == CELLS[element]
        group = "HepG2" if element == "SORT1" else "K562"
        assert found["matched to"] == group and found["kind"] == ("matched" if group == cell else "transfer")
    assert index["published"].isna().all()


def test_published_elements_stand_beside_those_of_the_study(save):
    save("B1_baseline_mse", metrics=made_up(("K562",)))
    index = leaderboard.element_table().set_index(["element", "confidence"])["published"]
    assert index["PKLR", "high"] == published.score("B1_baseline_mse", "cagi5_high", element="PKLR")
    assert index["SORT1", "all"] == published.score("B1_baseline_mse", "transfer_all", element="SORT1")
    assert index.notna().all() and index.nunique() == len(index)


def test_every_seed_has_a_row_and_the_kept_one_is_marked(save):
    save("R1_plackett_luce", metrics=made_up(("K562",), seed=123))
    seeds = {s: made_up(("K562",), seed=s) for s in (42, 123, 456)}
    for seed in (42, 456):
        keep_replicate("R1_plackett_luce", seed, seeds[seed])
    checkpoints.save_metrics("R1_plackett_luce", seeds[123])
    table = leaderboard.seed_table()
    assert table["seed"].tolist() == [42, 123, 456] and table["kept"].tolist() == [False, True, False]
    for found in table.to_dict("records"):
        metrics = seeds[found["seed"]]
        assert found["validation"] == metrics["training"]["validation_spearman"]["K562"]
        assert found["spearman"] == metrics["held_out"]["K562"]["spearman"]["value"]
        assert found["transfer_high"] == metrics["cagi5"]["transfer_mean"]["K562"]["HepG2"]["test"]["high"]["value"]
    assert table["spearman"].nunique() == 3


def test_a_network_trained_for_its_maps_is_one_more_seed(save):
    name = "R1_plackett_luce"
    save(name, metrics=made_up(("K562",)))
    again = made_up(("K562",), seed=123)
    del again["cagi5"], again["effect_strata"]
    keep_replicate(name, 123, again)
    first, second = leaderboard.seed_table().to_dict("records")
    assert (first["seed"], first["kept"], second["seed"], second["kept"]) == (42, True, 123, False)
    assert second["spearman"] == again["held_out"]["K562"]["spearman"]["value"] and pd.isna(second["cagi5_all"])


def test_a_model_that_does_not_say_what_chose_its_weights_has_no_row_of_a_seed(save):
    metrics = made_up(("K562",))
    del metrics["training"]["validation_spearman"]
    save("R1_plackett_luce", metrics=metrics)
    assert leaderboard.seed_table().empty


def test_the_curves_hold_every_epoch_of_every_output(save):
    outputs = ("K562", "HepG2")
    metrics = save("mine", outputs, made_up(outputs))
    table = leaderboard.histories()
    assert len(table) == 6
    for cell in outputs:
        own = table[table["cell type"] == cell]
        assert own["epoch"].tolist() == [1, 2, 3]
        told = [h["validation_spearman"][cell] for h in metrics["training"]["history"]]
        assert own["validation"].tolist() == told
        assert own["loss"].tolist() == [1.0, 0.5, 1 / 3] and own["seconds"].tolist() == [8.0, 9.0, 10.0]


def test_every_quarter_of_the_effects_has_a_row_for_each_output_with_matched_elements(save):
    metrics = save("mine", ("WTC11", "K562", "HepG2"), made_up(("WTC11", "K562", "HepG2")))
    index = leaderboard.strata_table().set_index(["model", "cell type", "quarter"])
    assert list(index.index) == [("mine", o, q) for o in ("K562", "HepG2") for q in ("weakest", "strongest")]
    for (_, output, quarter), found in index.iterrows():
        assert found.to_dict() == metrics["effect_strata"][output][quarter]


def test_tables_without_a_row_have_the_columns_of_full_ones(save, models_folder):
    tables = (leaderboard.element_table, leaderboard.seed_table, leaderboard.histories, leaderboard.strata_table)
    assert [len(t()) for t in tables] == [0, 0, 0, 0]
    empty = [list(t().columns) for t in tables]
    save("R1_plackett_luce", metrics=made_up(("K562",)))
    assert [list(t().columns) for t in tables] == empty


# --- the command ------------------------------------------------------------------------------------


def test_the_command_writes_csv_that_pandas_reads_back(save, monkeypatch, capsys):
    save("B1_baseline_mse", metrics=made_up(("K562",)))
    monkeypatch.setattr(sys, "argv", ["engine", "leaderboard"])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert not end.value.code
    read = pd.read_csv(io.StringIO(capsys.readouterr().out))
    table = leaderboard.table()
    assert list(read.columns) == list(table.columns) and len(read) == len(table)
    for column in ("model", "cell type", "status", "command"):
        assert read[column].tolist() == table[column].tolist()
    for score in leaderboard.SCORES:
        for column in (score, f"{score}_low", f"{score}_n", f"{score}_published"):
            pd.testing.assert_series_equal(read[column], table[column].astype(float), check_dtype=False)
    assert read["spearman"].count() == 1 and read["spearman_published"].count() == len(experiments.RANK_ORDER)


def test_the_command_writes_a_file(save, monkeypatch, tmp_path):
    out = tmp_path / "board.csv"
    monkeypatch.setattr(sys, "argv", ["engine", "leaderboard", "--out", str(out)])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert not end.value.code
    assert pd.read_csv(out)["model"].tolist() == leaderboard.table()["model"].tolist()
