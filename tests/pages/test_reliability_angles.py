"""The page Reliability tells how consistent the maps of the models are, from what is stored of them."""

import numpy as np
import pytest

from engine.experiments import checkpoints
from engine.interpretation import stored
from engine.interpretation.attribution import maps
from engine.interpretation.reliability import angles, checks, store
from engine.store import read_json, write_json

LEGNET = "LegNet, 4 networks · squared error"


def result(local: float, wide: float = 0.1) -> dict:
    """What is stored of one output whose excess of IG over local surrogates is `local`."""

    def prior(value: float) -> dict:
        metric = {"value": value, "low": value - wide, "high": value + wide, "n": 60}
        return {"excess": metric, "uniform": 1.7}

    of_one = {"vectors": 1200, "uniform": 1.4, "shuffled": prior(local + 1), "local": prior(local)}
    of_bases = {"vectors": 1200, "uniform": 0.6, "shuffled": prior(local / 10)}
    redrawn = {"shuffled": [0.01, 0.03], "local": [0.0, 0.04]}
    return {"ig": of_one, "ism": of_one | {"local": prior(0.5 - local)}, "ism bases": of_bases, "redrawn": redrawn}


def keep(name: str, outputs: dict) -> None:
    of_it = {"weights": stored.weights_of(name), "settings": angles.SETTINGS}
    write_json(stored.model_file(name, angles.WHAT), {"key": "made up", **of_it, "outputs": outputs})


@pytest.fixture
def examined(trained):
    """joint_legnet with checks of its maps and a panel of two elements, so that the page has something to tell of."""
    checkpoint = checkpoints.load("joint_legnet")
    part = {"checks": {c: [0.5, 1.0] for c in checks.CHECKS}, "chance": 0.2, "companions": {}}
    content = {"outputs": {"K562": part, "HepG2": part}, "familiar": {}}
    stored.write_json(stored.file_of(checkpoint, store.FILE), checkpoint.weights_hash, content)
    zeros = {name: np.zeros((1, 2, 200, 4)) for name in ("ism", *(f"ig_{b}" for b in maps.BASELINES))}
    stored.write_arrays(
        stored.file_of(checkpoint, maps.FILE),
        f"{checkpoint.weights_hash} made up",
        outputs=np.array(["K562"]),
        delta=np.zeros((1, 2)),
        sd=np.ones(1),
        rows=np.arange(2),
        high=np.array([True, False]),
        codes=np.zeros((2, 200), np.uint8),
        **zeros,
    )


def consistency_table(screen):
    (found,) = [t.value for t in screen.at.dataframe if "vectors" in t.value]
    return found


def test_the_most_and_the_least_consistent_model_are_computed(app, examined):
    keep("joint_legnet", {"K562": result(0.1)})
    keep("mine", {"K562": result(0.35), "HepG2": result(0.2)})
    screen = app("reliability", reliability_section="Recurring patterns")
    assert not screen.failures
    assert (
        f"Most consistent: **mine · squared error**, 0.350 [0.250, 0.450]; least: **{LEGNET}**, 0.100 [0.000, 0.200]."
        in screen.words
    )
    table = consistency_table(screen)
    assert list(table["model"]) == ["mine · squared error", LEGNET]
    assert set(table["weights drawn anew"]) == {"0.000 to 0.040"}
    # its interval begins at 0, below the redrawn network's 0.04
    assert (
        "Not clearly above their own network with weights drawn anew: **LegNet, 4 networks · squared error**."
        in screen.words
    )
    assert list(table["over shuffled maps (bits)"]) == ["1.350 [1.250, 1.450]", "1.100 [1.000, 1.200]"]
    drawn = screen.figure("reliability-angles")["data"]
    assert drawn[0]["y"] == [LEGNET, "mine · squared error"]
    np.testing.assert_allclose(screen.numbers(drawn[0]["x"]), [0.1, 0.35])
    screen.choose("reliability_angles_method", "ism")
    assert f"Most consistent: **{LEGNET}**, 0.400" in screen.words
    assert "weights drawn anew" not in consistency_table(screen)
    assert "Not clearly" not in screen.words  # redrawn networks were explained by IG alone
    screen.choose("reliability_angles_method", "ism bases")
    assert "whose positions were shuffled" in screen.words
    assert (
        f"**mine · squared error**, 0.035 [-0.065, 0.135]; least: **{LEGNET}**, 0.010 [-0.090, 0.110] (their"
        in screen.words
    )
    screen.choose("reliability_cell_K562", "HepG2")
    assert list(consistency_table(screen)["model"]) == ["mine · squared error"]
    assert "Most consistent" not in screen.words  # of one model there is no most
    assert not screen.failures


def test_what_is_missing_or_of_other_weights_is_asked_for(app, examined):
    screen = app("reliability", reliability_section="Recurring patterns")
    assert "python -m engine interpret MODEL --what maps,angles" in screen.words
    keep("joint_legnet", {"K562": result(0.1)})
    keep("mine", {"K562": result(0.2)})
    file = stored.model_file("mine", angles.WHAT)
    write_json(file, read_json(file, "") | {"weights": "others"})
    screen.open("home").open("reliability")
    assert list(consistency_table(screen)["model"]) == [LEGNET]
    assert any("python -m engine interpret mine --what maps,angles" in c.value for c in screen.at.code)
    assert not screen.failures
