"""Benchmark: differences and verdicts, elements, quarters, transfer, agreement, training, and the files of each."""

import json

import pandas as pd

from engine import places, store
from engine.data import published
from engine.evaluation import comparison
from engine.experiments import checkpoints, labels
from engine.experiments import declared as experiments
from engine.experiments.declared import EXPERIMENTS, Ensemble
from engine.models.ensemble import Ensemble as EnsembleModel
from engine.plots.parts.theme import VERDICT_COLOURS
from engine.statistics import VERDICTS

BETTER, WORSE, NEITHER = VERDICTS
TRANSFER, AGREEMENT = "Transfer between cell types", "Do models agree?"
IN_K562 = ["joint_legnet", "R1_plackett_luce", "B1_baseline_mse", "C1_pl_linear_curriculum"]  # the best first
LABELS = [labels.short(n) for n in ("joint_legnet", "B1_baseline_mse", "R1_plackett_luce", "C1_pl_linear_curriculum")]
DECLARED = ["joint_legnet", "B1_baseline_mse", "R1_plackett_luce", "C1_pl_linear_curriculum"]  # the same, in order
PAIR = ["R1_plackett_luce", "H2_HepG2_plackett_luce"]  # the same loss in both cell types


def board(screen) -> pd.DataFrame:
    return screen.at.dataframe[0].value.set_index("name in commands")


def table_with(screen, column: str) -> pd.DataFrame:
    """The one table on the page that has this column."""
    (found,) = [d.value for d in screen.at.dataframe if column in d.value]
    return found


# --- differences ------------------------------------------------------------------------------------


def test_the_forest_shows_the_chosen_measure(app, compared):
    screen = app("benchmark")
    figure = screen.figure("forest")
    marks = {t["name"]: t for t in figure["data"]}
    other = marks.pop("another seed")
    assert (
        other["y"] == ["C1 · Plackett-Luce, curriculum", "R1 · Plackett-Luce"]
        and screen.numbers(other["x"]) == [-0.02] * 2
    )
    assert marks[BETTER]["y"] == ["R1 · Plackett-Luce"] and screen.numbers(marks[BETTER]["x"]) == [0.05]
    assert marks[WORSE]["y"] == ["C1 · Plackett-Luce, curriculum"] and marks[NEITHER]["y"] == [LABELS[0]]
    assert {n: t["marker"]["color"] for n, t in marks.items()} == VERDICT_COLOURS
    assert figure["layout"]["xaxis"]["title"]["text"] == "difference to B1 · squared error"
    screen.choose("bench_measure", "cagi5 matched high")
    assert not screen.failures
    figure = screen.figure("forest")
    assert [t["y"] for t in figure["data"] if t["name"] == WORSE] == [["R1 · Plackett-Luce"]]
    assert "CAGI5 of this cell type, high confidence, K562" in figure["layout"]["title"]["text"]


def test_the_answer_comes_first_and_asks_both_seeds(app, compared):
    screen = app("benchmark")
    told = screen.words
    assert "No loss is shown to be ahead of squared error in K562" in told  # of R1 the other seed says the contrary
    assert "Behind: Plackett-Luce, curriculum." in told
    assert "1 differs with one seed and not with the other" in told
    content = json.loads(json.dumps(compared))
    content["differences"][1]["again"] |= {"value": 0.03, "low": 0.02, "high": 0.05}
    store.write_json(places.shared_results() / comparison.FILE, content)
    told = app("benchmark").words.replace("\\", "")
    assert "Plackett-Luce is ahead of squared error in K562" in told
    assert "(n = 5,697): +0.050 [+0.040, +0.070], and +0.030 [+0.020, +0.050] with a second training seed" in told


def test_a_cell_type_without_a_squared_error_model_has_no_answer_but_a_best(app, compared):
    told = app("benchmark", bench_cell="WTC11").words.replace("\\", "")
    assert "No loss can be compared with squared error in WTC11" in told
    assert f"that of {LABELS[0]}: 0.700 [0.690, 0.710]" in told


def test_differences_are_saved_with_interval_and_verdict(app, compared, saved):
    app("benchmark")
    table = saved("differences")
    kept = pd.DataFrame(compared["differences"])
    pd.testing.assert_frame_equal(table[table.columns[:9]], kept.drop(columns="again"))
    assert table.columns[9:].tolist() == [f"other_seed_{k}" for k in ("value", "low", "high", "verdict")]
    assert table["other_seed_low"].dropna().tolist() == [-0.03, -0.03]
    assert table["other_seed_verdict"].isna().tolist() == [a is None for a in kept["again"]]


def test_the_noise_is_told_with_its_interval_and_n_and_what_it_allows(app, compared):
    (caption,) = [c for c in app("benchmark", bench_section=AGREEMENT).values("caption") if "Noise in" in c]
    assert "12,345" in caption and "0.810 [0.800, 0.820]" in caption
    assert "0.90" in caption  # the root of 0.81


def test_any_other_model_is_compared_with_on_request(app, compared, saved, library, monkeypatch):
    asked = []

    def compare_to(other, names, table, split, progress, outputs):
        asked.append((other, list(names)))
        record = {"baseline": other, "measure": "held_out spearman", "low": 0.1, "high": 0.3, "n": 20}
        return [record | {"model": n, "output": o, "value": 0.2, "verdict": BETTER}
                for n in names for o in outputs]  # fmt: skip

    monkeypatch.setattr(comparison, "compare_to", compare_to)
    screen = app("benchmark").choose("bench_other_K562", "R1_plackett_luce")
    assert not screen.failures and not asked  # it takes long: it waits to be asked for
    screen.at.button(key="bench-compare-start").click().run()
    ((other, names),) = asked
    assert other == "R1_plackett_luce" and set(names) == {"joint_legnet", "B1_baseline_mse", "C1_pl_linear_curriculum"}
    assert set(screen.figure("forest")["data"][0]["y"]) == set(map(labels.short, names))
    assert (
        "difference to R1 \u00b7 Plackett-Luce" in screen.figure("forest")["layout"]["xaxis"]["title"]["text"]
    )  # .dumps(screen.figure("forest")["layout"])
    table = saved("differences")
    assert set(table["output"]) == {"K562"} and set(table["baseline"]) == {"R1_plackett_luce"}


def test_without_a_comparison_the_page_says_how_to_make_one(app, study):
    screen = app("benchmark")
    assert not screen.failures and "forest" not in screen.figures
    assert any("python -m engine compare" in i for i in screen.values("info"))
    assert set(board(screen)["against squared error"]) == {"", "the baseline"}
    assert "elements" in screen.figures


def test_a_model_that_was_retrained_since_is_named(app, compared, study, toy_model):
    name = "R1_plackett_luce"
    assert not app("benchmark").values("warning")
    metrics = checkpoints.read_metrics(name)
    checkpoints.save(name, toy_model(outputs=("K562",), seed=99), EXPERIMENTS[name])
    checkpoints.save_metrics(name, metrics)
    screen = app("benchmark")
    assert not screen.failures
    (warning,) = screen.values("warning")
    assert labels.label(name) in warning and "python -m engine compare" in warning and "B1" not in warning


def test_scores_that_change_on_disk_change_on_the_page(app, compared, study):
    screen = app("benchmark")
    metrics = checkpoints.read_metrics("R1_plackett_luce")
    metrics["held_out"]["K562"]["spearman"] |= {"value": 0.123, "low": 0.1, "high": 0.2}
    checkpoints.save_metrics("R1_plackett_luce", metrics)
    screen.at.run()
    assert board(screen).loc["R1_plackett_luce", "Spearman"] == "0.123 [0.100, 0.200]"


# --- elements, strata, transfer, agreement ----------------------------------------------------------


def test_the_element_map_follows_the_confidence(app, compared, saved):
    screen = app("benchmark")
    heat = screen.figure("elements")["data"][0]
    assert [x.split("<br>")[0] for x in heat["x"]] == ["GP1BB", "HBB", "HBG1", "PKLR", "F9", "LDLR", "SORT1"]
    assert heat["y"] == LABELS[::-1]
    assert screen.numbers(heat["z"])[1] == [0.35, 0.36, 0.37, 0.38, 0.39, 0.4, 0.41]
    screen.choose("bench_confidence", "high")
    figure = screen.figure("elements")
    assert "high confidence" in figure["layout"]["title"]["text"]
    assert screen.numbers(figure["data"][0]["z"])[1] == [0.55, 0.56, 0.57, 0.58, 0.59, 0.6, 0.61]
    table = saved("elements")
    row = table.query("model == 'R1_plackett_luce' and element == 'PKLR' and confidence == 'high'").iloc[0]
    assert row[["spearman", "n", "kind"]].tolist() == [0.58, 90, "matched"]


def test_two_scores_stand_against_each_other(app, compared):
    screen = app("benchmark", bench_section="Score against score")
    for key, y in (("two-cagi5_high", 0.55), ("two-transfer_all", 0.3)):
        figure = screen.figure(key)
        (mark,) = [t for t in figure["data"] if t.get("name") == "R1 · Plackett-Luce"]
        assert (mark["x"], mark["y"]) == ([0.35], [y])
        assert [t for t in figure["data"] if "published" in t.get("hovertemplate", "")]


def test_the_quarters_of_the_effects_are_shown_and_saved(app, compared, saved):
    screen = app("benchmark", bench_section="Score against score")
    (marks,) = [t for t in screen.figure("strata")["data"] if t["name"] == "R1 · Plackett-Luce"]
    assert marks["customdata"] == ["weakest", "strongest"]
    table = saved("strata").set_index(["model", "quarter"])["value"]
    assert table["R1_plackett_luce", "weakest"] == 0.15 and len(table) == 2 * len(IN_K562)


def test_transfer_is_told_by_loss_with_the_difference_to_squared_error(app, compared):
    table = table_with(app("benchmark", bench_section=TRANSFER), "K562 to HepG2").set_index("loss")
    assert table.loc["Plackett-Luce", "K562 to HepG2"] == "0.400 [0.380, 0.420]"
    assert table.loc["Plackett-Luce", "average"] == "0.450 [0.430, 0.470]"
    assert table.loc["Plackett-Luce", "difference to squared error"] == "0.100 [0.080, 0.120]"
    told = [published.score(n, "transfer_all", element=published.MEAN) for n in PAIR]
    assert table.loc["Plackett-Luce", "average (published)"] == f"{sum(told) / 2:.4f}"
    # a comparison that was written before the models stood in it
    assert table.loc["squared error", ["difference to squared error", "average (published)", "variants"]].tolist() == [
        "",
        "",
        "all SNVs",
    ]


def test_without_losses_in_both_cell_types_the_page_says_so(app, study):
    assert "No loss is trained on both cell types yet." in app("benchmark", bench_section=TRANSFER).values("caption")


def test_the_agreement_is_that_of_the_models_shown(app, compared, saved):
    screen = app("benchmark", bench_section=AGREEMENT)
    heat = screen.figure("correlation")["data"][0]
    assert heat["x"] == ["B1", "R1"] and heat["y"] == ["R1 · Plackett-Luce", "B1 · squared error"]
    table = saved("correlation").set_index("model")
    assert table.loc["B1_baseline_mse", "R1_plackett_luce"] == 0.9
    screen.choose("bench_loss", ["mse"])
    assert not screen.failures and "correlation" not in screen.figures


# --- training ---------------------------------------------------------------------------------------


def test_the_curves_follow_the_epochs_of_the_models_shown(app, compared):
    screen = app("benchmark", bench_section="Training")
    lines = {t["name"] for t in screen.figure("curves")["data"]}
    assert lines == set(LABELS)
    screen.choose("bench_curriculum", ["linear"])
    (line,) = screen.figure("curves")["data"]
    assert line["name"] == "C1 · Plackett-Luce, curriculum" and line["mode"] == "lines"


def test_seeds_are_shown_where_there_are_several(app, compared):
    metrics = checkpoints.read_metrics("R1_plackett_luce")
    assert not [d for d in app("benchmark", bench_section="Training").at.dataframe if "shown above" in d.value]
    other = json.loads(json.dumps(metrics))
    other["training"]["seed"], other["held_out"]["K562"]["spearman"]["value"] = 123, 0.61
    name = "R1_plackett_luce"
    checkpoints.keep_replicate(name, 123, checkpoints.models_folder() / name)
    checkpoints.save_metrics(name, other, checkpoints.replicate_folder(name, 123))
    table = table_with(app("benchmark", bench_section="Training"), "shown above")
    table = table[table["model"] == labels.short(name)].set_index("seed")
    assert table["Spearman"].to_dict() == {42: "0.650", 123: "0.610"}
    assert table["shown above"].to_dict() == {42: True, 123: False}


def test_a_model_says_how_it_was_trained(app, compared):
    screen = app("benchmark", bench_section="Training").choose("bench_model", "R1_plackett_luce")
    assert not screen.failures
    assert screen.at.selectbox(key="bench_model").options == list(map(labels.label, DECLARED))
    told = screen.words
    assert "python -m engine train R1_plackett_luce" in told and "rank-order study" in told
    assert "45,584 training" in told and "Seed 42" in told and "1.5 minutes on CPU, 1 threads" in told
    (declared,) = [json.loads(j.value) for j in screen.at.json]
    assert declared["declared"]["loss"] == "plackett_luce"
    assert declared["weights_sha256"] == checkpoints.read_description("R1_plackett_luce")["weights_sha256"]


def test_a_model_that_nobody_declared_has_no_command(app, compared, save_model):
    save_model("mine", metrics=checkpoints.read_metrics("B1_baseline_mse"), outputs=("K562",))
    screen = app("benchmark", bench_section="Training").choose("bench_model", "mine")
    assert not screen.failures
    assert board(screen).loc["mine", "Spearman"] == "0.600 [0.590, 0.610]"
    (told,) = [m for m in screen.values("markdown") if m.startswith("**mine ")]
    assert "python -m" not in told and "predicts K562" in told
    (warning,) = screen.values("warning")
    assert "mine" in warning  # it was not compared


def test_an_ensemble_names_its_members(app, study, toy_model, monkeypatch):
    declared = Ensemble("E_two", ("B1_baseline_mse", "R1_plackett_luce"), ("K562",), "the validation fold")
    monkeypatch.setitem(experiments.ENSEMBLES, "E_two", declared)
    checkpoints.save_ensemble(EnsembleModel(("K562",), [toy_model(outputs=("K562",))]), declared)
    metrics = checkpoints.read_metrics("R1_plackett_luce") | {"training": {}}
    checkpoints.save_metrics("E_two", metrics)
    screen = app("benchmark", bench_section="Training").choose("bench_model", "E_two")
    assert not screen.failures
    assert board(screen).loc["E_two", "network"] == "ensemble of 2"
    assert (
        "Members: B1 · squared error · K562, R1 · Plackett-Luce · K562. Chosen on: the validation fold." in screen.words
    )
