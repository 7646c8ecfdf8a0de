"""Reliability: what stands there of networks that were trained again."""

import numpy as np
import pytest

from engine.experiments import checkpoints
from engine.interpretation import stored
from engine.interpretation.reliability import labels, seeds
from tests.interpretation.attribution.test_maps import made_by_hand
from tests.pages.test_reliability import examined  # noqa: F401

AGAIN = "Trained again"
METRIC = {"value": 0.25, "low": 0.125, "high": 0.375, "n": 60}
OTHER = {"value": 0.75, "low": 0.625, "high": 0.875, "n": 60}


@pytest.fixture
def relearned(examined):  # noqa: F811
    """Results of both kinds for joint_legnet."""
    kinds = {
        kind: {"fit": {"K562": 0.93}, "maps": {"K562": {"ig": metric, "ism": metric}}}
        for kind, metric in (("permuted", METRIC), ("true", OTHER))
    }
    stored.write_json(stored.file_of(examined, labels.FILE), examined.weights_hash, {"kinds": kinds})
    return examined


def test_commands_are_told_where_nothing_is_stored(app, examined):  # noqa: F811
    words = app("reliability", reliability_section=AGAIN).words
    assert "interpret MODEL --what labels" in words and "interpret MODEL --what seeds" in words


def test_labels_dealt_out_anew_stand_beside_the_elements_own(app, relearned):
    screen = app("reliability", reliability_section=AGAIN)
    assert not screen.failures
    table = next(t.value for t in screen.at.dataframe if "fit, shuffled" in t.value.columns)
    assert list(table["… learned shuffled labels (IG)"]) == ["0.250 [0.125, 0.375]"]
    assert list(table["… learned the true labels (ISM)"]) == ["0.750 [0.625, 0.875]"]


def test_the_agreement_of_seeds_is_that_of_their_maps(app, examined, monkeypatch):  # noqa: F811
    rng = np.random.default_rng(0)
    family = [made_by_hand(rng.normal(size=(4, 50))) for _ in range(2)]
    monkeypatch.setattr(seeds, "read", lambda place: family)
    monkeypatch.setattr(seeds, "places", lambda place: (place,) * 2)
    scores = {"K562": {"spearman": OTHER}}
    monkeypatch.setattr(checkpoints, "read_metrics", lambda name, folder=None: {"held_out": scores})
    table = next(
        t.value for t in app("reliability", reliability_section=AGAIN).at.dataframe if "networks" in t.value.columns
    )
    own = [f.profile("K562", "ig") for f in family]
    expected = np.mean([np.corrcoef(a, b)[0, 1] for a, b in zip(*own, strict=True)])
    assert table["IG"].iloc[0].startswith(f"{expected:.3f} [")
    assert table["held-out Spearman"].iloc[0] == "0.750 and 0.750"
