"""`disentangle analyse`: what is missing is computed, what is there is left, and what one cannot do stops no other."""

import pytest

from engine.disentangle import analyses
from engine.disentangle.analyses import ANALYSES, Analysis
from engine.disentangle.results import Score
from engine.errors import InputError
from engine.statistics import Metric
from tests.disentangle.analyses.conftest import save_network as save_network


@pytest.fixture
def two(monkeypatch, made_up, save_network):
    """Two made-up analyses in place of all, and one trained network."""
    save_network("cnn", "baseline_mse")

    def rows(several, library, progress):
        progress(1, 1)
        for n in several:
            yield Score(n.experiment.notion, n.encoder, n.recipe, n.seed, "made/up", Metric(1.0, 0.0, 2.0, 3))

    for name in list(ANALYSES):
        monkeypatch.delitem(ANALYSES, name)
    monkeypatch.setitem(ANALYSES, "first", Analysis(rows, {}))
    monkeypatch.setitem(ANALYSES, "second", Analysis(rows, {}))


def test_what_is_there_is_left_and_the_rest_is_computed(call, two):
    first = call("disentangle", "analyse", "first")
    assert first.code == 0 and first.err == "first: computed\n"
    assert call("disentangle", "analyse").err.splitlines() == ["first: was there", "second: computed"]
    assert call("disentangle", "analyse", "first", "--again").err == "first: computed\n"
    assert [len(analyses.read(name)) for name in ANALYSES] == [1, 1]


def test_an_unknown_name_ends_before_the_work(call, two):
    assert "unknown analysis 'tea'; known: first, second" in call("disentangle", "analyse", "first", "tea").error()
    assert analyses.read("first") == []


def test_what_one_cannot_do_is_told_and_the_others_go_on(call, two, monkeypatch):
    def fails(several, library, progress):
        raise InputError("too few elements")
        yield

    monkeypatch.setitem(ANALYSES, "first", Analysis(fails, {}))
    ended = call("disentangle", "analyse")
    assert ended.code == 2
    assert ended.err.splitlines()[:2] == ["first: too few elements", "second: computed"]
    assert "not computed, for the reasons above: first" in ended.err
    assert "too few elements" in call("disentangle", "analyse", "first").error()


def test_without_a_network_the_command_names_the_one_that_trains(call, made_up):
    assert "run: python -m engine disentangle train --all" in call("disentangle", "analyse", "positions").error()
