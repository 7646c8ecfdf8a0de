"""Benchmark: what each ingredient brings, once it was compared; before that the command that compares."""

from engine import places, store
from engine.evaluation import ingredients
from engine.experiments import checkpoints, labels
from engine.interpretation.reliability import beside
from engine.statistics import VERDICTS
from pages.panels.benchmark.details import INGREDIENTS

BETTER, _, NEITHER = VERDICTS


def row(
    ingredient: str, measure: str, value: float, verdict: str, seeds: float | None = None, lacking: str = "dream_rnn"
) -> dict:
    over = {"low_seeds": None, "high_seeds": None}
    if seeds is not None:
        over = {"low_seeds": value - seeds, "high_seeds": value + seeds}
    return {
        "ingredient": ingredient, "output": "K562", "measure": measure, "having": "joint_legnet",
        "lacking": lacking, "networks": 4, "networks_lacking": 1, "score": 0.7, "score_lacking": 0.7 - value,
        "value": value, "low": value - 0.01, "high": value + 0.01, "n": 5697, **over, "verdict": verdict,
        "verdict_seeds": None if seeds is None else NEITHER,
    }  # fmt: skip


def test_what_each_ingredient_brings_with_and_without_seeds(app, compared, saved, monkeypatch):
    assert "python -m engine ingredients" in app("benchmark", bench_section=INGREDIENTS).words
    held_out, high = ingredients.MEASURES[0], ingredients.MEASURES[2]
    rows = [row("networks", held_out, 0.2, BETTER, seeds=0.05), row("seeds", held_out, 0.005, NEITHER)]
    rows += [row("networks", high, 0.1, BETTER), row("a rule", held_out, 0.5, BETTER, lacking=ingredients.GC)]
    weights = {"joint_legnet": [checkpoints.read_description("joint_legnet")["weights_sha256"]]}
    store.write_json(places.shared_results() / ingredients.FILE, {"models": weights, "rows": rows})
    metric = {"value": 30.0, "low": 29.0, "high": 31.0, "n": 24}
    checked = {"ingredient": "networks", "models": ("joint_legnet", "B1"), "output": "K562", "check": "an angle"}
    checked |= {"having": metric, "lacking": metric, "difference": None, "verdict": None}
    monkeypatch.setattr(beside, "of_ingredients", lambda: [checked, checked | {"output": "HepG2"}])
    screen = app("benchmark", bench_section=INGREDIENTS)
    assert not screen.failures
    marks = {t["name"]: t for t in screen.figure("ingredients")["data"]}
    assert marks[BETTER]["y"] == ["networks"] and screen.numbers(marks[BETTER]["x"]) == [0.2]
    assert marks[NEITHER]["y"] == ["seeds"] and marks["over training seeds too"]["y"] == ["networks"]
    told = screen.words.replace("\\", "")
    assert "No difference that this data can show: seeds." in told
    assert "Other seeds could undo it: networks." in told
    assert "Trained since the comparison" not in told
    assert "Not measured yet: " in told and "The separate experiments as further outputs" in told
    assert "joint_assays_legnet" in told
    (table,) = [d.value for d in screen.at.dataframe if "compared" in d.value]
    legnet = labels.label("joint_legnet")
    assert f"{legnet}, one network (mean of 4) against GC content" in table["compared"].tolist()  # and not drawn
    assert table["difference over seeds too"].tolist() == ["0.200 [0.150, 0.250]", "", ""]
    (checks,) = [d.value for d in screen.at.dataframe if "check" in d.value]
    assert checks["with"].tolist() == ["30.000 [29.000, 31.000]"] and checks["difference"][0] == "not paired"
    assert len(saved("ingredients")) == 4 and saved("ingredient-maps")["having_value"].tolist() == [30]
