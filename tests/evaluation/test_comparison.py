"""Comparison: differences are paired, say no more than the data can show, and are those of the stored weights."""

import functools
import json
import shutil

import numpy as np
import pytest
from scipy.stats import spearmanr

from engine import places
from engine.data import satmut
from engine.data.lentimpra import ActivityTable
from engine.data.satmut import MATCHED, MATCHED_ELEMENTS
from engine.data.splits import Split
from engine.errors import CheckpointError, InputError
from engine.evaluation import cagi5, comparison
from engine.experiments import checkpoints, declared
from engine.experiments.declared import EXPERIMENTS, Ensemble
from engine.replication import scores as study_scores
from engine.replication.finding import FAILS, HOLDS, OPEN
from engine.statistics import METRICS, VERDICTS, bootstrap, spearman

ROWS, VARIANTS, RESAMPLES = 400, 120, 100
B1, H1, R1, H2 = "B1_baseline_mse", "H1_HepG2_baseline_mse", "R1_plackett_luce", "H2_HepG2_plackett_luce"
SPLIT = Split((np.arange(ROWS) % 2).astype(np.int8), np.arange(ROWS, dtype=np.int32), "split hash")


@pytest.fixture
def table() -> ActivityTable:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (ROWS, 200)).astype(np.uint8)
    activity = rng.normal(size=(ROWS, 2)).astype(np.float32)
    activity[:30, 1] = np.nan
    names = np.array([f"e{i}" for i in range(ROWS)])
    return ActivityTable(names, codes, activity, ("K562", "HepG2"), names, "data hash")


@pytest.fixture
def models(table, save_model, made_up_elements, tmp_path, monkeypatch):
    """A factory of trained models that predict the measurements with so much noise; `models.said` has what they say."""
    said: dict[str, tuple[np.ndarray, dict[str, np.ndarray]]] = {}

    def make(name: str, noise: float, outputs: tuple[str, ...] = ("K562",), seed: int = 1) -> None:
        save_model(name, seed=seed, outputs=outputs)
        rng = np.random.default_rng(seed)
        truth = (
            np.stack([table.column(o)[SPLIT.test] for o in outputs], axis=1)
            if set(outputs) <= set(table.outputs)
            else 0
        )
        held_out = np.nan_to_num(truth) + noise * rng.normal(size=(ROWS // 2, len(outputs)))
        effects = {
            n: satmut.load_cagi5(n)[0].variants["effect"].to_numpy()[:, None]
            + noise * rng.normal(size=(VARIANTS, len(outputs)))
            for n in MATCHED_ELEMENTS
        }
        said[name] = held_out.astype(np.float32), effects

    def which(checkpoint):
        """A model's name; of a network of another seed name and seed."""
        other = checkpoint.folder.parent.name == checkpoints.REPLICATES
        return (checkpoint.name, int(checkpoint.folder.name)) if other else checkpoint.name

    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("CISLENS_DATA", str(tmp_path))  # without the separate experiments
    monkeypatch.setattr(comparison, "stored_predictions", lambda checkpoint, *_: said[which(checkpoint)][0])
    monkeypatch.setattr(cagi5, "stored_effects", lambda c, element: said[which(c)][1][element.data_set.name])
    make.said = said
    return make


def compare(table) -> dict:
    return comparison.compare(table, SPLIT, resamples=RESAMPLES, conclude=study_scores.conclude)


def difference(result: dict, model: str, measure: str, output: str = "K562") -> dict:
    return next(d for d in result["differences"] if (d["model"], d["measure"], d["output"]) == (model, measure, output))


# --- differences ------------------------------------------------------------------------------------


def test_a_model_that_says_the_same_as_the_baseline_differs_by_nothing(models, table):
    models(B1, 1)
    models(R1, 2, seed=2)
    models.said[R1] = models.said[B1]
    result = compare(table)
    assert {d["measure"] for d in result["differences"]} == set(comparison.measures("K562"))
    for found in result["differences"]:
        assert (found["model"], found["baseline"]) == (R1, B1)
        assert (found["value"], found["low"], found["high"]) == (0, 0, 0)
        assert found["verdict"] == VERDICTS[2]


@pytest.mark.parametrize("measure", comparison.measures("K562"))
def test_a_clearly_better_model_is_called_better_and_the_other_way_round(measure, models, table):
    models(B1, 1)
    models(R1, 0.05, seed=2)
    models("R2_softsort", 20, seed=3)
    result = compare(table)
    better, worse = (difference(result, name, measure) for name in (R1, "R2_softsort"))
    if measure == "held_out ndcg_at_10":  # of the ten highest alone, so it decides little
        assert better["value"] > 0 > worse["value"]
        return
    assert better["verdict"] == "better" and better["value"] > 0
    assert worse["verdict"] == "worse" and worse["value"] < 0


def test_an_equally_good_model_is_neither(models, table):
    models(B1, 1)
    models(R1, 1, seed=2)
    found = difference(compare(table), R1, "held_out spearman")
    assert found["value"] != 0 and found["low"] < found["value"] < found["high"]
    assert found["verdict"] == VERDICTS[2]


@pytest.mark.parametrize("metric", comparison.HELD_OUT_METRICS)
def test_a_difference_is_that_of_both_models_on_the_same_resampled_rows(metric, models, table):
    models(H1, 1, ("HepG2",))
    models(H2, 1.2, ("HepG2",), seed=2)
    measured = table.column("HepG2")[SPLIT.test]
    known = ~np.isnan(measured)
    own, base = (models.said[n][0][known, 0].astype(float) for n in (H2, H1))
    draws = [bootstrap(METRICS[metric], p, measured[known], RESAMPLES, 0) for p in (own, base)]
    found = difference(compare(table), H2, f"held_out {metric}", "HepG2")
    value = METRICS[metric](own, measured[known]) - METRICS[metric](base, measured[known])
    assert found["value"] == pytest.approx(value)
    assert (found["low"], found["high"]) == pytest.approx(tuple(np.percentile(draws[0] - draws[1], [2.5, 97.5])))
    assert found["n"] == known.sum() == 185


def test_a_paired_interval_is_narrower_than_that_of_two_scores_on_their_own(models, table):
    models(B1, 1)
    models(R1, 1, seed=2)  # with the noise of the baseline, and a little of its own
    models.said[R1] = (models.said[B1][0] + 0.1 * np.random.default_rng(9).normal(size=(200, 1)), models.said[B1][1])
    measured = table.column("K562")[SPLIT.test]
    single = [
        bootstrap(METRICS["spearman"], models.said[n][0][:, 0].astype(float), measured, RESAMPLES, seed)
        for seed, n in enumerate((R1, B1))
    ]
    low, high = np.percentile(single[0] - single[1], [2.5, 97.5])
    found = difference(compare(table), R1, "held_out spearman")
    assert found["high"] - found["low"] < 0.4 * (high - low)


@pytest.mark.parametrize(("measure", "group"), [("cagi5 matched high", "K562"), ("cagi5 transfer high", "HepG2")])
def test_a_difference_on_cagi5_is_that_of_the_mean_over_the_elements(measure, group, models, table):
    models(B1, 1)
    models(R1, 0.5, seed=2)
    values, draws, n = {B1: [], R1: []}, {B1: [], R1: []}, 0
    for name in MATCHED[group]:
        element, training = satmut.load_cagi5(name)
        high = (element.variants["confidence"] >= 0.1).to_numpy()[~training]
        n += high.sum()
        effect = element.variants["effect"].to_numpy()[~training]
        for model in values:
            predicted = models.said[model][1][name][~training, 0]
            values[model].append(spearmanr(predicted[high], effect[high]).statistic)
            rng = np.random.default_rng(MATCHED_ELEMENTS.index(name))
            every = [rng.integers(0, len(high), len(high)) for _ in range(RESAMPLES)]
            rows = [d[high[d]] for d in every]  # of all variants that are drawn those of high confidence
            draws[model].append([spearmanr(predicted[d], effect[d]).statistic for d in rows])
    found = difference(compare(table), R1, measure)
    assert found["value"] == pytest.approx(np.mean(values[R1]) - np.mean(values[B1]))
    drawn = np.mean(draws[R1], axis=0) - np.mean(draws[B1], axis=0)
    assert (found["low"], found["high"]) == pytest.approx(tuple(np.percentile(drawn, [2.5, 97.5])))
    assert found["n"] == n == 50 * len(MATCHED[group])


def test_where_every_variant_is_of_high_confidence_both_scores_are_the_same_in_every_draw(models, table, monkeypatch):
    made_up = satmut.load_cagi5

    def surely(name):
        element, training = made_up(name)
        element.variants["confidence"] = 0.5
        return element, training

    monkeypatch.setattr(satmut, "load_cagi5", surely)
    models(B1, 1)
    ratio = next(f for f in study_scores.read(compare(table), []) if f.number == "4")
    assert (ratio.ours.value, ratio.ours.low, ratio.ours.high) == (1, 1, 1) and ratio.verdict == FAILS


def test_each_output_is_compared_with_the_baseline_of_its_cell_type(models, table):
    models(B1, 1)
    models(H1, 1, ("HepG2",), seed=2)
    models("joint_legnet", 0.5, ("HepG2", "K562"), seed=3)
    models("mine", 1, ("WTC11",), seed=4)
    result = compare(table)
    pairs = {(d["model"], d["output"], d["baseline"]) for d in result["differences"]}
    assert pairs == {("joint_legnet", "K562", B1), ("joint_legnet", "HepG2", H1)}
    # each from its own column
    measured = table.column("K562")[SPLIT.test]
    own, base = (METRICS["pearson"](models.said[n][0][:, c], measured) for n, c in (("joint_legnet", 1), (B1, 0)))
    assert difference(result, "joint_legnet", "held_out pearson")["value"] == pytest.approx(own - base)


def test_only_a_model_that_learned_one_cell_type_is_scored_on_the_other(models, table):
    """The transfer of a joint model, or of an ensemble with one among its members, would be no transfer."""
    models(B1, 1)
    models(R1, 1, seed=2)
    models("joint_legnet", 1, ("K562", "HepG2"), seed=3)
    for name, members in (("alike", (B1, R1)), ("mixed", (R1, "joint_legnet"))):
        declaration = Ensemble(name, members, ("K562",), "nothing")
        checkpoints.save_ensemble(checkpoints.build_ensemble(declaration), declaration)
        models.said[name] = models.said[R1]
    measured = {n: {d["measure"] for d in compare(table)["differences"] if d["model"] == n} for n in models.said}
    everything = set(comparison.measures("K562"))
    transfer = {m for m in everything if "transfer" in m}
    assert len(transfer) == 2
    assert measured[R1] == measured["alike"] == everything
    assert measured["joint_legnet"] == measured["mixed"] == everything - transfer


def test_without_its_baseline_a_model_is_compared_with_nothing(models, table):
    models(R1, 1)
    assert compare(table)["differences"] == []


# --- what is kept -----------------------------------------------------------------------------------


def test_the_comparison_is_kept_with_what_it_was_made_of(models, table, models_folder):
    assert comparison.read() == {}
    models(B1, 1)
    models(R1, 0.5, seed=2)
    seen = []
    result = comparison.compare(table, SPLIT, lambda *p: seen.append(p), RESAMPLES)
    assert seen == [(1, 2), (2, 2)]
    assert comparison.read() == json.loads(json.dumps(result))
    assert result["models"] == {n: [checkpoints.load(n).weights_hash] for n in (B1, R1)}
    assert (result["data_hash"], result["split_hash"], result["resamples"]) == ("data hash", "split hash", RESAMPLES)
    assert result["noise_ceiling"] == {}
    assert checkpoints.trained() == [B1, R1]  # the file is not taken for a model
    (places.shared_results() / comparison.FILE).write_text("{")
    with pytest.raises(CheckpointError, match="python -m engine compare"):
        comparison.read()


def test_stale_names_the_models_whose_weights_were_not_compared(models, table):
    for seed, name in enumerate((B1, R1, H1)):
        models(name, 1, seed=seed)
    result = compare(table)
    assert comparison.stale(result) == []
    models(R1, 1, seed=8)
    models("mine", 1, seed=9)
    assert comparison.stale(comparison.read()) == [R1, "mine"]
    assert comparison.stale({}) == [B1, R1, H1, "mine"]


def test_a_model_is_compared_with_any_other(models, table):
    models(B1, 1)
    models(R1, 1.1, seed=2)
    models("R2_softsort", 0.9, seed=3)
    models("joint_legnet", 0.5, ("K562", "HepG2"), seed=4)
    of = functools.partial(comparison.compare_to, table=table, split=SPLIT, resamples=RESAMPLES)
    kept = compare(table)
    assert of(B1, [R1]) == [d for d in kept["differences"] if d["model"] == R1]
    there, back = (
        {d["measure"]: d["value"] for d in of(*pair)} for pair in ((R1, ["R2_softsort"]), ("R2_softsort", [R1]))
    )
    assert set(there) == set(comparison.measures("K562"))
    assert there == pytest.approx({k: -v for k, v in back.items()})
    joint = of("joint_legnet", [R1])
    assert {d["output"] for d in joint} == {"K562"} and not any("transfer" in d["measure"] for d in joint)
    assert comparison.read() == json.loads(json.dumps(kept))  # what is kept for the app stays


def test_models_without_a_common_output_are_not_compared(models, table):
    models(B1, 1)
    models(H1, 1, ("HepG2",))
    with pytest.raises(InputError, match=f"'{H1}' predicts HepG2 and '{B1}' K562: nothing to compare"):
        comparison.compare_to(B1, [H1], table, SPLIT)
    with pytest.raises(InputError, match=f"name a model to compare with '{B1}'"):
        comparison.compare_to(B1, [B1], table, SPLIT)


def test_findings_are_kept_with_the_comparison_and_fall_with_its_models(models, table, save_model):
    models(B1, 1)
    models(R1, 0.05, seed=2)
    left_out = []
    assert study_scores.read({}, left_out) == [] and not left_out
    found = study_scores.read(compare(table), left_out)
    (ahead,) = [f for f in found if f.number == "1"]
    kept = difference(comparison.read(), R1, "held_out spearman")
    assert ahead.ours.as_dict() == {k: kept[k] for k in ("value", "low", "high", "n")} and ahead.verdict == HOLDS
    assert found == study_scores.read(comparison.read(), left_out) and not left_out
    save_model(R1, seed=9)
    assert study_scores.read(comparison.read(), left_out) == []
    assert left_out == [f"trained since the comparison: {R1}; run: python -m engine compare"]


def test_another_seed_of_both_models_says_the_same_finding_once_more(models, table, save_model, models_folder):
    rng = np.random.default_rng(5)
    truth = table.column("K562")[SPLIT.test][:, None]
    for k, name in enumerate((B1, R1)):
        save_model(name, seed=k + 7, outputs=("K562",))
        other = models_folder / name / "replicates" / "123"
        shutil.copytree(models_folder / name, other)
        models(name, 1 - 0.9 * k, seed=k + 1)
        for folder, seed in ((models_folder / name, 42), (other, 123)):
            training = {"seed": seed, "data_hash": "data hash", "split_hash": "split hash"}
            checkpoints.save_metrics(name, {"training": training, "cagi5": {"matched_mean": {}}}, folder)
        noise = (1 - 0.5 * k) * rng.normal(size=truth.shape)
        models.said[name, 123] = (truth + noise).astype(np.float32), models.said[name][1]
    (ahead,) = [f for f in study_scores.read(compare(table), []) if f.number == "1"]
    own, base = (spearman(models.said[n, 123][0][:, 0].astype(float), truth[:, 0].astype(float)) for n in (R1, B1))
    assert ahead.again.value == pytest.approx(own - base) and 0 < ahead.again.value < ahead.ours.value
    assert ahead.verdict == HOLDS
    kept = {(d["model"], d["measure"]): d for d in comparison.read()["differences"]}
    again = {k: ahead.again.as_dict()[k] for k in ("value", "low", "high", "n")} | {"verdict": "better"}
    assert kept[R1, "held_out spearman"]["again"] == again
    (other,) = [d for d in comparison.compare_to(B1, [R1], table, SPLIT, resamples=RESAMPLES)
                if d["measure"] == "held_out spearman"]  # fmt: skip
    assert other == kept[R1, "held_out spearman"]
    # a second seed that is scored or goes makes the comparison stale, one that is not scored enters none
    other = models_folder / R1 / "replicates" / "123"
    whole = checkpoints.read_metrics(R1, other)
    checkpoints.save_metrics(R1, {k: v for k, v in whole.items() if k != "cagi5"}, other)
    assert comparison.stale(comparison.read()) == [R1]
    found = compare(table)
    assert not comparison.stale(found)
    assert not any(f.again for f in study_scores.read(found, []) if f.number == "1")
    checkpoints.save_metrics(R1, whole, other)
    assert comparison.stale(found) == [R1]


def test_seeds_that_disagree_leave_a_finding_open(models, table, save_model, models_folder):
    """SoftSort is ahead of the best other loss with one seed and behind with the other, where that is another loss."""
    noise = {"mse": (0.6, 0.4), "plackett_luce": (1, 0.2), "combined": (1, 1), "softsort": (0.3, 0.6)}
    for loss, *pair in declared.same_but_for_the_cell(declared.RANK_ORDER):
        for name in pair:
            cell = EXPERIMENTS[name].task.outputs
            save_model(name, seed=50 + len(models.said), outputs=cell)  # draws are kept by weights
            shutil.copytree(models_folder / name, models_folder / name / "replicates" / "123")
            models(name, noise[loss][0], cell, seed=len(models.said) + 1)
            effects = models.said[name][1]
            for folder, seed in ((models_folder / name, 42), (models_folder / name / "replicates" / "123", 123)):
                training = {"seed": seed, "data_hash": "data hash", "split_hash": "split hash"}
                checkpoints.save_metrics(name, {"training": training, "cagi5": {"matched_mean": {}}}, folder)
            truth = {n: satmut.load_cagi5(n)[0].variants["effect"].to_numpy()[:, None] for n in effects}
            again = {n: truth[n] + (effects[n] - truth[n]) * noise[loss][1] / noise[loss][0] for n in effects}
            models.said[name, 123] = models.said[name][0], again
    (told,) = [f for f in study_scores.read(compare(table), []) if f.number == "9" and "all variants" in f.statement]
    assert told.ours.low > 0 > told.again.high and told.verdict == OPEN


def test_findings_of_other_bounds_are_left_out(models, table, monkeypatch):
    models(B1, 1)
    compare(table)
    monkeypatch.setattr(study_scores, "BOUNDS", {"doubled": [1, 2]})
    left_out = []
    assert study_scores.read(comparison.read(), left_out) == [] and "made with other bounds" in left_out[0]


def test_draws_are_made_once_for_the_same_weights(models, table, monkeypatch):
    models(B1, 1)
    models(R1, 0.5, seed=2)
    first = compare(table)
    made, real = [], comparison.bootstrap
    monkeypatch.setattr(comparison, "bootstrap", lambda *a: made.append(1) or real(*a))
    assert compare(table) == first
    assert not made
    models(R1, 0.3, seed=3)
    again = compare(table)
    assert len(made) == len(comparison.HELD_OUT_METRICS) + 2 * len(MATCHED_ELEMENTS)  # of the one model
    assert again["differences"] != first["differences"]


# --- transfer ---------------------------------------------------------------------------------------


def test_transfer_by_loss_is_the_mean_of_both_directions(models, table):
    models(B1, 1)
    models(R1, 0.3, seed=2)
    models(H1, 1, ("HepG2",), seed=3)
    assert [(r["loss"], r["confidence"]) for r in compare(table)["transfer_by_loss"]] == [
        ("mse", "all"),
        ("mse", "high"),
    ]
    models(H2, 0.3, ("HepG2",), seed=4)
    result = compare(table)["transfer_by_loss"]
    assert [(r["loss"], r["confidence"]) for r in result] == [
        (loss, confidence) for loss in ("mse", "plackett_luce") for confidence in ("all", "high")
    ]

    def by_hand(model: str, group: str) -> float:
        scores = []
        for name in MATCHED[group]:
            element, training = satmut.load_cagi5(name)
            scores.append(
                spearmanr(models.said[model][1][name][~training, 0], element.variants["effect"][~training])[0]
            )
        return float(np.mean(scores))

    base, ranked = result[0], result[2]
    assert ranked["K562 to HepG2"]["value"] == pytest.approx(by_hand(R1, "HepG2"))
    assert ranked["HepG2 to K562"]["value"] == pytest.approx(by_hand(H2, "K562"))
    both = (by_hand(R1, "HepG2") + by_hand(H2, "K562")) / 2
    assert ranked["average"]["value"] == pytest.approx(both)
    assert ranked["difference to mse"]["value"] == pytest.approx(both - base["average"]["value"])
    assert ranked["difference to mse"]["low"] > 0  # with much less noise
    assert ranked["average"]["n"] == 100 * len(MATCHED_ELEMENTS)


# --- correlation ------------------------------------------------------------------------------------


def test_the_correlation_of_predictions_is_symmetric_with_ones_and_that_of_scipy(models, table):
    models(B1, 1)
    models("joint_legnet", 0.5, ("HepG2", "K562"), seed=3)
    models("mine", 1, ("WTC11",), seed=4)
    result = compare(table)["correlation"]
    labels, matrix = result["labels"], np.array(result["spearman"])
    assert labels == ["joint_legnet HepG2", "joint_legnet K562", "B1_baseline_mse K562", "mine WTC11"]
    assert np.array_equal(matrix, matrix.T)
    assert np.diag(matrix).tolist() == [1] * 4
    columns = np.hstack([models.said[n][0] for n in ("joint_legnet", B1, "mine")])
    np.testing.assert_allclose(matrix, spearmanr(columns).statistic, atol=1e-4)


@pytest.mark.parametrize("count", [0, 1])
def test_with_fewer_than_two_models_there_is_little_to_correlate(count, models, table):
    for seed in range(count):
        models(B1, 1, seed=seed)
    result = compare(table)
    assert result["correlation"]["spearman"] == [[1.0]] * count
    assert result["differences"] == result["transfer_by_loss"] == []
