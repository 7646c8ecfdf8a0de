"""Losses side by side: predictions, maps and their differences, measured effects, the held-out elements."""

import io
import json

import numpy as np
import pandas as pd
import pytest

from engine.data import satmut
from engine.evaluation import cagi5, comparison
from engine.experiments import checkpoints, labels
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
    assert list(table.index) == ["B1 · squared error · K562", "R1 · Plackett-Luce · K562"]
    for name in (BASELINE, RANKER):
        value = float(expected(name, bases)[0])
        row = table.loc[labels.label(name)]
        assert row["log2 RNA/DNA"] == pytest.approx(value, abs=1e-5)
        scaled = row["s.d. from the mean of held-out predictions"]
        assert scaled == pytest.approx((value - 0.1) / 2.0, abs=1e-5)
    assert table["log2 RNA/DNA"].nunique() == 2 and not table.isna().any(axis=None)


def _map(name: str, bases: str, scale: float = 1.0) -> np.ndarray:
    """`(length, 4)` mutagenesis of a model's K562 output, as the engine gives it."""
    checkpoint = checkpoints.load(name)
    track = ism(checkpoint.model, Sequence("s", bases), name=name, policy="pad")
    return track.output("K562") / scale


@pytest.mark.parametrize("method", ["ig", "ism"])
def test_the_logos_of_all_models_share_scale_and_axis(pasted, method):
    screen = pasted(losses_method=method).choose("losses_models", [BASELINE, RANKER, "joint_legnet"])
    figure = screen.figure(f"logos-{method}")
    layout = figure["layout"]
    captions = [a["text"] for a in layout["annotations"]]
    assert captions == [labels.short(n) for n in (BASELINE, RANKER, "joint_legnet")]
    assert layout["title"]["text"].lower() == f"{METHODS[method]}, K562".lower()
    assert len({tuple(layout[f"yaxis{i}"]["range"]) for i in ("", 2, 3)}) == 1
    assert len({tuple(layout[f"xaxis{i}"]["range"]) for i in ("", 2, 3)}) == 1
    rows = [screen.numbers(t["y"]) for t in screen.markers(f"logos-{method}")]
    assert len(rows) == 3 and rows[0] != rows[1] != rows[2]
    low, high = layout["yaxis"]["range"]
    assert low < np.min(rows) and high > np.max(rows)


@pytest.mark.parametrize("method", ["ig", "ism"])
def test_the_logos_stand_on_the_common_scale_unless_it_is_turned_off(pasted, method):
    screen = pasted(losses_method=method)
    scaled = [screen.numbers(t["y"]) for t in screen.markers(f"logos-{method}")]
    assert theme.STANDARDISED_UNIT in json.dumps(screen.figure(f"logos-{method}")["layout"])
    screen.choose("losses_standardised", False)
    plain = [screen.numbers(t["y"]) for t in screen.markers(f"logos-{method}")]
    np.testing.assert_allclose(plain, 2 * np.array(scaled), atol=1e-5)  # 2: the s.d. of both
    assert theme.STANDARDISED_UNIT not in json.dumps(screen.figure(f"logos-{method}")["layout"])


def test_the_difference_is_that_of_the_two_models_on_the_common_scale(pasted, bases):
    screen = pasted()
    heat = screen.figure("difference")["data"][0]
    apart = _map(BASELINE, bases, 2.0) - _map(RANKER, bases, 2.0)  # 2: the s.d. of both
    np.testing.assert_allclose(np.array(screen.numbers(heat["z"])).T, apart, atol=1e-5)
    assert np.abs(apart).max() > 0.01
    assert heat["colorbar"]["title"]["text"] == theme.STANDARDISED_UNIT
    screen.choose("losses_standardised", False)
    assert not screen.failures
    heat = screen.figure("difference")["data"][0]
    np.testing.assert_allclose(np.array(screen.numbers(heat["z"])).T, 2 * apart, atol=1e-5)
    assert heat["colorbar"]["title"]["text"] == theme.UNIT


def test_each_model_is_divided_by_its_own_spread(pasted, study, bases):
    metrics = checkpoints.read_metrics(RANKER)
    metrics["standardisation"]["K562"]["sd"] = 0.5
    checkpoints.save_metrics(RANKER, metrics)
    screen = pasted()
    heat = screen.figure("difference")["data"][0]
    apart = _map(BASELINE, bases, 2.0) - _map(RANKER, bases, 0.5)
    np.testing.assert_allclose(np.array(screen.numbers(heat["z"])).T, apart, atol=1e-5)


def test_the_other_model_of_the_difference_can_be_chosen(pasted, bases):
    screen = pasted().choose("losses_models", [BASELINE, RANKER, "joint_legnet"])
    assert screen.at.selectbox(key="losses_other").options == [labels.short(RANKER), labels.short("joint_legnet")]
    screen.choose("losses_other", "joint_legnet")
    assert not screen.failures
    figure = screen.figure("difference")
    apart = _map(BASELINE, bases, 2.0) - _map("joint_legnet", bases, 2.0)
    np.testing.assert_allclose(np.array(screen.numbers(figure["data"][0]["z"])).T, apart, atol=1e-5)
    assert figure["layout"]["title"]["text"].startswith(
        f"{labels.short(BASELINE)} minus {labels.short('joint_legnet')}:"
    )


def test_two_names_of_the_same_weights_do_not_differ(pasted, save_model):
    for name in (BASELINE, "mine"):
        save_model(name, seed=7, metrics={"standardisation": {"K562": {"mean": 0.0, "sd": 1.0}}}, outputs=("K562",))
    screen = pasted(losses_models=[BASELINE, "mine"])
    assert not screen.failures
    figure = screen.figure("difference")
    assert np.abs(screen.numbers(figure["data"][0]["z"])).max() == 0
    called = [labels.short(BASELINE), labels.short("mine")]
    assert figure["layout"]["title"]["text"].startswith(f"{called[0]} minus {called[1]}:")
    assert [a["text"] for a in screen.figure("logos-ism")["layout"]["annotations"]] == called


def test_the_maps_agree_with_themselves_and_tell_their_own_check(pasted, bases):
    screen = pasted()
    table = screen.at.dataframe[1].value
    first, second = (_map(n, bases).sum(axis=1) for n in (BASELINE, RANKER))
    agreement = table[f"Spearman with {labels.short(BASELINE)}"]
    assert list(agreement) == [pytest.approx(1), pytest.approx(spearman(first, second), abs=1e-3)]
    assert "convergence delta" not in table
    table = screen.choose("losses_method", "ig").at.dataframe[1].value
    assert table["convergence delta"].notna().all()


def test_the_middle_can_be_brought_closer(pasted):
    screen = pasted().choose("losses_zoom", True)
    assert not screen.failures
    for key in ("logos-ism", "difference"):
        assert screen.figure(key)["layout"]["xaxis"]["range"] == [60.5, 140.5]


def test_the_maps_are_saved_model_by_model(pasted, downloads, bases):
    screen = pasted()
    saved = pd.read_csv(io.StringIO(downloads["Maps (CSV)"]))
    assert not screen.failures and len(saved) == 2 * 600
    screen.choose("losses_method", "ig")
    gradients = pd.read_csv(io.StringIO(downloads["Maps (CSV)"]))
    assert not screen.failures and len(gradients) == 2 * 200
    for name in (BASELINE, RANKER):
        own = saved[(saved["model"] == name) & (saved["track"] == "ism")]
        effects = _map(name, bases, 2.0)
        told = [effects[p - 1, "ACGT".index(alt)] for p, alt in zip(own["position"], own["alt"], strict=True)]
        np.testing.assert_allclose(own["value"], told, atol=1e-5)
        assert "".join(gradients[gradients["model"] == name]["ref"]) == bases


# --- measured effects -------------------------------------------------------------------------------


@SATMUT
def test_measured_effects_stand_against_those_that_each_model_predicts(app, study):
    screen = app("side_by_side", losses_element="HBB", losses_section="Measured effects")
    assert not screen.failures and not screen.values("error")
    table = screen.at.dataframe[0].value.set_index("model")
    variants = satmut.load("HBB").snvs()
    for name in (BASELINE, RANKER):
        figure = screen.figure(f"effects-{name}")
        assert sum(len(screen.numbers(t["x"])) for t in figure["data"]) == len(variants)
        assert figure["layout"]["title"]["text"] == labels.short(name)
        predicted = cagi5.element_effects(checkpoints.load(name).model, satmut.load("HBB"))[:, 0]
        snv = (satmut.load("HBB").variants["alt"] != satmut.DELETION).to_numpy()
        score = spearman(predicted[snv], variants["effect"].to_numpy())
        row = table.loc[labels.label(name)]
        assert row["Spearman [95% interval]"].startswith(f"{score:.3f} [") and row["changes"] == len(variants)


def test_a_pasted_sequence_has_no_measured_effects(pasted):
    screen = pasted(losses_section="Measured effects")
    assert not screen.failures and not screen.figures
    assert "measured element" in screen.values("info")[0]


# --- the held-out elements --------------------------------------------------------------------------


@pytest.fixture
def held_out(library) -> pd.DataFrame:
    """Measured and predicted activity of the thirty elements of the test fold."""
    table, split = library
    said = {n: predict_codes(checkpoints.load(n).model, table.codes[split.test])[:, 0] for n in (BASELINE, RANKER)}
    return pd.DataFrame({"measured": table.column("K562")[split.test], **said}, index=split.test).dropna()


@LENTIMPRA
def test_every_model_is_held_against_the_measured_activity(pasted, held_out):
    screen = pasted(losses_section="Held-out elements")
    assert not screen.failures and len(held_out) == 26
    figure = screen.figure("held-out")
    titles = [a["text"] for a in figure["layout"]["annotations"]]
    for name, points, title in zip((BASELINE, RANKER), screen.markers("held-out"), titles, strict=True):
        np.testing.assert_allclose(screen.numbers(points["x"]), held_out["measured"], rtol=1e-5)
        np.testing.assert_allclose(screen.numbers(points["y"]), held_out[name], atol=1e-4)
        rho = spearman(held_out[name].to_numpy(), held_out["measured"].to_numpy())
        assert labels.short(name) in title and f"Spearman {rho:.3f}" in title
        assert [v[0] for v in points["customdata"]] == list(held_out.index)  # rows of the library's table
        assert list(points["text"]) == [f"peak{row:03}" for row in held_out.index]
    assert tuple(figure["layout"]["xaxis"]["range"]) == tuple(figure["layout"]["yaxis"]["range"])


@LENTIMPRA
def test_selected_elements_are_listed_and_lit_in_every_panel(pasted, held_out):
    rows = [int(row) for row in held_out.index[[3, 7]]]
    screen = pasted(losses_section="Held-out elements", losses_selected=rows)
    assert not screen.failures
    assert [list(t["selectedpoints"]) for t in screen.markers("held-out")] == [[3, 7]] * 2
    table = screen.at.dataframe[0].value
    assert list(table["element"]) == [f"peak{row:03}" for row in rows]
    np.testing.assert_allclose(table["R1 · Plackett-Luce"], held_out[RANKER].iloc[[3, 7]], atol=1e-4)
    screen.at.button(key="losses_clear").click().run()
    assert not screen.failures and "selectedpoints" not in screen.markers("held-out")[0]


@LENTIMPRA
def test_the_elements_that_models_disagree_on_are_ranked_and_named(pasted, held_out):
    screen = pasted(losses_section="Where they disagree")
    assert not screen.failures
    z = held_out.apply(lambda c: (c - c.mean()) / c.std(ddof=0))
    spread = (z[BASELINE] - z[RANKER]).abs() / np.sqrt(2)
    table = screen.at.dataframe[0].value
    assert list(table["element"]) == [f"peak{row:03}" for row in spread.sort_values(ascending=False).index]
    np.testing.assert_allclose(table["spread (s.d.)"], spread.sort_values(ascending=False), atol=1e-3)
    first = z.loc[spread.idxmax()]
    nearest = min((BASELINE, RANKER), key=lambda n: abs(first[n] - first["measured"]))
    assert table["closest to the measurement"][0] == labels.short(nearest)
    assert list(screen.figure("disagreement")["data"][0]["x"]) == ["measured", *map(labels.short, (BASELINE, RANKER))]
    told = next(m for m in screen.values("markdown") if "s.d. apart" in m)
    assert f"{np.sqrt((spread**2).mean()):.3f} \\[" in told and "No second seed" in told


@LENTIMPRA
def test_gains_are_those_over_the_first_model(pasted, held_out, downloads):
    screen = pasted(losses_section="Held-out elements")
    assert [f for f in screen.figures if f.startswith("gains-")] == [f"gains-{RANKER}"]
    figure = screen.figure("gains-")
    arguments = (held_out[c].to_numpy(np.float64) for c in (RANKER, BASELINE, "measured"))
    records = comparison.error_by_activity(*arguments)
    assert screen.numbers(figure["data"][0]["y"]) == pytest.approx([r["value"] for r in records], abs=1e-4)
    assert labels.short(BASELINE) in figure["layout"]["yaxis"]["title"]["text"]
    saved = pd.read_csv(io.StringIO(downloads["Errors by activity (CSV)"]))
    assert len(saved) == 10 and set(saved["model"]) == {RANKER} and set(saved["against"]) == {BASELINE}
    assert saved["n"].sum() == 26 and saved["verdict"].isin(VERDICTS).all()


@LENTIMPRA
def test_predictions_for_the_held_out_elements_are_kept(pasted, study, held_out):
    pasted(losses_section="Held-out elements")
    with np.load(study / RANKER / checkpoints.HELD_OUT) as stored:
        assert stored["predicted"].shape == (30, 1)
