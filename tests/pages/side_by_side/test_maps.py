"""Losses side by side: predictions, maps and their differences, measured effects, the held-out elements."""

import io
import json

import numpy as np
import pandas as pd
import pytest

from engine.data import satmut
from engine.evaluation import cagi5, comparison
from engine.experiments import checkpoints
from engine.interpretation.attribution.methods import ism
from engine.models.predict import predict_codes
from engine.plots.parts import theme
from engine.plots.side_by_side import METHODS
from engine.sequence import Sequence
from engine.statistics import VERDICTS, spearman

BASELINE, RANKER = "B1_baseline_mse", "R1_plackett_luce"
SATMUT = pytest.mark.needs_data("satmut", "cagi5_references")
LENTIMPRA = pytest.mark.needs_data("lentimpra_sequences", "lentimpra_activity")


def predictions(screen) -> pd.DataFrame:
    return screen.at.dataframe[0].value.set_index("model")


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
    rows = [screen.numbers(t["y"]) for t in screen.markers(f"logos-{method}")]
    assert len(rows) == 3 and rows[0] != rows[1] != rows[2]
    low, high = layout["yaxis"]["range"]
    assert low < np.min(rows) and high > np.max(rows)


@pytest.mark.parametrize("method", ["ig", "ism"])
def test_the_logos_stand_on_the_common_scale_unless_it_is_turned_off(pasted, method):
    screen = pasted()
    scaled = [screen.numbers(t["y"]) for t in screen.markers(f"logos-{method}")]
    assert theme.STANDARDISED_UNIT in json.dumps(screen.figure(f"logos-{method}")["layout"])
    screen.choose("losses_standardised", False)
    plain = [screen.numbers(t["y"]) for t in screen.markers(f"logos-{method}")]
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
    screen = app("side_by_side", losses_element="HBB")
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
    assert not [f for f in pasted().figures if f.startswith("effects-")]


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
    assert [f for f in screen.figures if f.startswith("gains-")] == [f"gains-{RANKER}"]
    figure = screen.figure("gains-")
    arguments = (held_out[c].to_numpy(np.float64) for c in (RANKER, BASELINE, "measured"))
    records = comparison.error_by_activity(*arguments)
    assert screen.numbers(figure["data"][0]["y"]) == pytest.approx([r["value"] for r in records], abs=1e-4)
    assert BASELINE in figure["layout"]["yaxis"]["title"]["text"]
    saved = pd.read_csv(io.StringIO(downloads["Errors by activity (CSV)"]))
    assert len(saved) == 10 and set(saved["model"]) == {RANKER} and set(saved["against"]) == {BASELINE}
    assert saved["n"].sum() == 26 and saved["verdict"].isin(VERDICTS).all()


@LENTIMPRA
def test_predictions_for_the_held_out_elements_are_kept(pasted, study, held_out):
    pasted()
    with np.load(study / RANKER / checkpoints.HELD_OUT) as stored:
        assert stored["predicted"].shape == (30, 1)
