"""Analyses on disk: computed once, made anew when weights or settings change, and errors that mend what is broken."""

import json

import pytest

from engine import store
from engine.disentangle import analyses
from engine.disentangle.analyses import ANALYSES, Analysis, networks
from engine.disentangle.results import Score
from engine.errors import CheckpointError, InputError
from engine.statistics import Metric
from tests.disentangle.analyses.conftest import network


@pytest.fixture
def counted(monkeypatch):
    """A made-up analysis `toy` of one row a network; a list that grows each time it runs."""
    runs: list[int] = []

    def rows(several, library, progress):
        runs.append(len(several))
        for i, own in enumerate(several):
            metric = Metric(1 / 3 + i, float("nan"), 2.0, 7)
            yield Score(own.experiment.notion, own.encoder, own.recipe, own.seed, "toy/value", metric, method="study")

    monkeypatch.setitem(ANALYSES, "toy", Analysis(rows, {"pieces": (1, 2)}))
    return runs


def test_rows_are_computed_once_and_read_back(counted, save_network, made_up):
    assert analyses.read("toy") == [] and analyses.missing("toy") == []
    save_network("cnn", "baseline_mse")
    assert analyses.missing("toy") == ["disentangle.cnn_baseline_mse seed 42"]
    assert analyses.compute("toy", networks.every(), made_up.library)
    assert not analyses.compute("toy", networks.every(), made_up.library) and counted == [1]
    (row,) = analyses.read("toy")
    assert (row.encoder, row.recipe, row.seed) == ("cnn", "baseline_mse", 42)
    assert (row.measure, row.method) == ("toy/value", "study")
    assert row.metric.value == pytest.approx(1 / 3, abs=1e-5) and row.metric.low != row.metric.low and row.metric.n == 7
    assert analyses.compute("toy", networks.every(), made_up.library, again=True) and counted == [1, 1]
    assert analyses.missing("toy") == []


def test_a_network_that_comes_later_is_missing_and_taken_in(counted, save_network, made_up):
    save_network("cnn", "baseline_mse")
    analyses.compute("toy", networks.every(), made_up.library)
    save_network("cnn", "ranking_only")
    assert len(analyses.read("toy")) == 1 and analyses.missing("toy") == ["disentangle.cnn_ranking_only seed 42"]
    assert analyses.compute("toy", networks.every(), made_up.library)
    assert len(analyses.read("toy")) == 2 and counted == [1, 2]


def test_other_weights_or_settings_are_stale(counted, save_network, made_up, monkeypatch):
    name = save_network("cnn", "baseline_mse")
    analyses.compute("toy", networks.every(), made_up.library)
    monkeypatch.setitem(ANALYSES, "toy", Analysis(ANALYSES["toy"].rows, {"pieces": (1, 3)}))
    with pytest.raises(CheckpointError, match=r"other settings; run: python -m engine disentangle analyse toy$"):
        analyses.read("toy")
    assert analyses.compute("toy", networks.every(), made_up.library) and analyses.read("toy")
    save_network("cnn", "baseline_mse", model=network("cnn", 5))
    with pytest.raises(CheckpointError, match=rf"other weights of {name} seed 42; run: .* disentangle analyse toy$"):
        analyses.read("toy")
    assert analyses.compute("toy", networks.every(), made_up.library) and counted == [1, 1, 1]


def _without_rows(file):
    store.write_json(file, {k: v for k, v in store.load_json(file).items() if k != "rows"})


def _ragged(file):
    content = store.load_json(file)
    content["rows"]["value"].append(1.0)
    store.write_json(file, content)


def _renamed_field(file):
    content = store.load_json(file)
    content["rows"]["colour"] = content["rows"].pop("seed")
    store.write_json(file, content)


@pytest.mark.parametrize(
    "harm",
    [
        lambda file: file.write_text("{"),
        lambda file: file.write_text(file.read_text().replace("toy/value", "toy/other")),
        lambda file: file.write_text(json.dumps({"rows": {}})),
        _without_rows,
        _ragged,
        _renamed_field,
    ],
)
def test_a_broken_file_names_the_command_that_mends_it(counted, save_network, made_up, harm):
    save_network("cnn", "baseline_mse")
    analyses.compute("toy", networks.every(), made_up.library)
    harm(analyses.file_of("toy"))
    with pytest.raises(CheckpointError, match=r"disentangle_toy.json .*run: python -m engine disentangle analyse toy"):
        analyses.read("toy")
    analyses.compute("toy", networks.every(), made_up.library, again=True)
    assert len(analyses.read("toy")) == 1


def test_what_is_unknown_or_has_no_network_says_so(counted, made_up):
    with pytest.raises(InputError, match="analysis"):
        analyses.read("astrology")
    with pytest.raises(InputError, match=r"no network of DISENTANGLE is trained; run: .*disentangle train --all"):
        analyses.compute("toy", [], made_up.library)
