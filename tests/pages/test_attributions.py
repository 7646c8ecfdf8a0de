"""The page Attributions on stored maps of two small models."""

import numpy as np
import pytest

from engine.data import published, sources
from engine.experiments import checkpoints
from engine.interpretation import stored
from engine.interpretation.attribution import maps
from engine.interpretation.reliability import seeds
from engine.interpretation.reliability import store as reliability
from engine.sequence import decode
from engine.store import digest, write_json

PANEL = 6
ONE, KINDS = "One element", "Other kinds of maps, and seeds"


def store(name: str, profile: np.ndarray, codes: np.ndarray | None = None) -> None:
    """Maps of K562 whose IG is `profile` in every baseline and whose ISM says the same, of elements of A by default."""
    checkpoint = checkpoints.load(name)
    n, length = profile.shape
    effects = np.zeros((1, n, length, 4), np.float16)
    effects[0, :, :, 1:] = -profile[:, :, None]
    stored.write_arrays(
        stored.file_of(checkpoint, maps.FILE),
        f"{checkpoint.weights_hash} made up",
        outputs=np.array(["K562"]),
        ism=effects,
        delta=np.zeros((1, n)),
        sd=np.array([2.0]),
        rows=np.arange(n),
        high=np.arange(n) < n // 2,
        codes=np.zeros((n, length), np.uint8) if codes is None else codes,
        **{f"ig_{b}": profile[None].astype(np.float16) for b in maps.BASELINES},
    )


@pytest.fixture
def with_maps(study):
    profile = np.random.default_rng(0).normal(size=(PANEL, 100))
    store("B1_baseline_mse", profile)
    store("R1_plackett_luce", -profile)
    return study


def test_agreement_of_the_maps_stands_beside_the_published_figures(app, with_maps):
    screen = app("attributions", attributions_section=KINDS)
    assert not screen.failures
    heat = screen.figure("attributions-correlations")["data"][0]
    assert heat["y"] == ["B1 · squared error", "R1 · Plackett-Luce"] and heat["x"] == ["B1", "R1"]
    assert "The models look at different bases: mean correlation -1.000" in screen.words
    matrix = np.array(screen.numbers(heat["z"]), float)
    assert matrix[0, 1] == pytest.approx(-1, abs=1e-3)  # one map is the other with the sign turned
    assert np.isnan(matrix[0, 0])
    table = screen.at.dataframe[0].value
    assert list(table["lowest pair"]) == pytest.approx([-1] * 4, abs=1e-3)
    assert set(table["mean over pairs"]) == {"-1.000 [-1.000, -1.000]"}
    assert f"{published.ATTRIBUTION_CORRELATION[1]:.3f}" in screen.words
    told = app("attributions").at.dataframe[0].value.set_index("model")
    assert told.loc["R1 · Plackett-Luce", "published size"] == "~1e+09"
    assert told.loc["B1 · squared error", "IG with ISM"].startswith("1.000")


def test_elements_of_high_activity_are_looked_at_alone(app, study, downloads):
    profile = np.ones((PANEL, 100))
    profile[: PANEL // 2] = 3  # of high activity
    profile[:, ::2] *= -1
    for name in ("B1_baseline_mse", "R1_plackett_luce"):
        store(name, profile)
    screen = app("attributions").choose("attributions_half", "high")
    assert not screen.failures
    (line, _) = screen.figure("attributions-profiles")["data"]
    assert screen.numbers(line["y"]) == pytest.approx([3] * 96)
    grid = screen.numbers(screen.figure("attributions-bases")["data"][0]["z"])
    assert [row[0] for row in grid] == [3, 0, 0, 0] * 2  # all elements are A
    table = downloads["cislens-attribution-profiles.csv"]().splitlines()
    assert table[1] == "B1_baseline_mse,1,3,3.0,3.0,3.0"
    told = screen.at.dataframe[0].value
    assert set(told["high / low activity"]) == {"3.000 [3.000, 3.000]"}  # of all elements all the same


def test_an_element_of_the_panel_opens_in_the_explorer(app, with_maps):
    screen = app("attributions", attributions_section=ONE).choose("attributions_element", 3)
    screen.press("Open in the Explorer")
    assert screen.document.bases == "A" * 100


@pytest.mark.parametrize("there", ["the library", "another library", "no library"])
def test_elements_go_by_the_names_that_the_library_has(there, app, study, library, monkeypatch):
    codes = library.codes[:PANEL] if there != "another library" else library.codes[1 : PANEL + 1]
    store("B1_baseline_mse", np.ones((PANEL, 200)), codes)
    monkeypatch.setattr(sources, "available", lambda *names: there != "no library")
    screen = app("attributions", attributions_section=ONE).choose("attributions_element", 3)
    (offered,) = [box.options for box in screen.at.selectbox if box.key == "attributions_element"]
    screen.press("Open in the Explorer")
    opened = screen.document.reference
    assert not screen.failures and opened.bases == decode(codes[3])
    k562, hepg2, wtc11 = library.activity[3]
    if there == "the library":
        assert offered[3] == f"4: ENSG03 (low activity: K562 {k562:+.2f}, HepG2 {hepg2:+.2f})"
        assert (opened.name, opened.origin) == ("ENSG03", "lentiMPRA joint library")
        measured = f"measured K562 {k562:+.2f}, HepG2 {hepg2:+.2f}, WTC11 {wtc11:+.2f} log2 RNA/DNA"
        assert screen.document.remark == f"promoter; {measured}"
    else:
        assert offered[3] == "4: low activity, row 3" and opened.name == "held-out element 3"


def test_without_maps_the_command_is_told(app, study):
    screen = app("attributions")
    assert "python -m engine interpret" in screen.words
    assert not screen.failures


def test_maps_of_other_weights_are_not_shown(app, with_maps):
    for name in ("B1_baseline_mse", "R1_plackett_luce"):
        file = stored.file_of(checkpoints.load(name), maps.FILE)
        arrays = stored.read_arrays(file)
        arrays.pop("key")
        stored.write_arrays(file, "other weights", **arrays)
    assert "No maps are stored" in app("attributions").words


def test_the_maps_of_an_element_carry_their_verdict(app, with_maps):
    for name, agreement in (("B1_baseline_mse", 1.0), ("R1_plackett_luce", 2.0)):
        checkpoint = checkpoints.load(name)
        values = {"completeness": [0.1] * 9, "ig_ism": list(np.linspace(agreement - 0.6, agreement - 0.1, 9))}
        content = {"outputs": {"K562": {"checks": values, "chance": 0.1, "companions": {}}}}
        stored.write_json(stored.file_of(checkpoint, reliability.FILE), checkpoint.weights_hash, content)
    screen = app("attributions", attributions_section=ONE)
    assert not screen.failures
    # IG and ISM of the element agree with r = 1: above all held-out maps of one model, below all of the other
    assert "B1 · squared error, IG against ISM: as reliable as usual" in screen.words
    assert "R1 · Plackett-Luce, IG against ISM: do not rely on it" in screen.words
    screen.choose("attributions_element", 2)
    screen.press("All checks of B1 · squared error")
    assert screen.at.session_state["reliability_model"] == "B1_baseline_mse"
    assert (screen.at.session_state["reliability_output"], screen.at.session_state["reliability_element"]) == (
        "K562",
        2,
    )


def test_models_are_held_against_two_seeds_of_one_model(app, with_maps, monkeypatch):
    screen = app("attributions", attributions_section=KINDS)
    assert "--what seeds" in screen.words and "is not known for these models" in screen.words
    monkeypatch.setattr(seeds, "read", lambda place: [maps.read(place)[0]] * 2)
    screen = app("attributions", attributions_section=KINDS)
    assert "two trainings of one model agree with 1.000, trainings of two models with -1.000" in screen.words
    assert "another loss changes a map more than another seed does" in screen.words
    table = next(t.value for t in screen.at.dataframe if "same model, other seed" in t.value.columns)
    assert set(table["same model, other seed"]) == {"1.000 [1.000, 1.000]"}
    assert set(table["other model"]) == {"-1.000 [-1.000, -1.000]"}
    assert set(table["difference"]) == {"2.000 [2.000, 2.000]"}


def test_a_running_app_shows_no_maps_of_weights_that_are_gone(app, with_maps):
    screen = app("attributions")
    assert screen.figures
    for name in ("B1_baseline_mse", "R1_plackett_luce"):  # trained anew; the files of maps are as they were
        described = checkpoints.read_description(name) | {"weights_sha256": digest(name)}
        write_json(with_maps / name / checkpoints.DESCRIPTION, described)
    screen.at.run()
    assert "No maps are stored" in screen.words and not screen.figures


def test_a_broken_file_leaves_the_maps_of_the_other_models(app, with_maps):
    file = stored.file_of(stored.place("B1_baseline_mse"), maps.FILE)
    file.write_bytes(file.read_bytes()[:1000])
    screen = app("attributions")
    assert not screen.failures and not screen.values("error")
    assert "attributions-profiles" in screen.figures
    assert any("interpret B1_baseline_mse --what maps" in code.value for code in screen.at.code)
