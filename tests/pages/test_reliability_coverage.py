"""Reliability: what stands there of intervals, and the command where nothing was measured."""

import dataclasses

import numpy as np

from engine.interpretation import stored
from engine.interpretation.reliability import coverage
from engine.interpretation.reliability.coverage import AS_SAID, ONE_WIDTH, OWN, SCALED, Coverage, Group, Held
from engine.intervals import LEVELS
from engine.statistics import Metric
from tests.pages.test_reliability import examined  # noqa: F401

SECTION = "Intervals"


def group(elements: str, share: float, n: int = 5697) -> Group:
    def held(kind: int) -> Held:
        metric = Metric(share + kind / 100, share - 0.05, share + 0.05, n)
        return Held(dict.fromkeys(LEVELS, metric), dict.fromkeys(LEVELS, 1.5))

    kinds = {kind: held(k) for k, kind in enumerate((OWN, ONE_WIDTH, AS_SAID))}
    return Group(elements, n, Metric(0.1, 0.05, 0.15, n), kinds, Metric(-0.25, -0.375, -0.125, n))


def test_intervals_stand_with_what_they_hold_and_without_the_command_is_told(app, examined):  # noqa: F811
    assert "interpret joint_legnet --what coverage" in app("reliability", reliability_section=SECTION).words
    groups = [group("all", 0.79), group("shuffled control", 0.6, 30)]
    groups += [group("tenth where the model is least sure", 0.7, 569), group("separate K562 experiment", 0.5, 400)]
    scaled = f"{groups[-1].elements}{SCALED}"
    groups.append(dataclasses.replace(groups[-1], elements=scaled, line=(0.5, -0.25)))
    part = Coverage(tuple(groups), Metric(0.3, 0.25, 0.35, 5697), Metric(0.9, 0.875, 0.925, 5697))
    file = stored.file_of(examined, coverage.FILE)
    stored.write_json(file, examined.weights_hash, {"outputs": {"K562": part.as_dict()}})
    screen = app("reliability", reliability_section=SECTION)
    assert not screen.failures
    assert "hold 79% of 5,697 held-out elements, 70% of the tenth where it is least sure" in screen.words
    assert "50% of 400 elements of the separate experiment (50% on the joint library's scale)" in screen.words
    drawn = screen.figure("reliability-coverage")["data"]
    assert [trace["name"] for trace in drawn] == list(coverage.KINDS.values())
    np.testing.assert_allclose(sorted(screen.numbers(drawn[0]["x"])), [50, 50, 60, 70, 79])
    summary = next(t.value for t in screen.at.dataframe if "gain" in t.value.columns)
    assert summary["gain"].iloc[0] == "-0.250 [-0.375, -0.125]"
    assert summary["spread as its teacher's"].iloc[0] == "0.900 [0.875, 0.925]"
    table = next(t.value for t in screen.at.dataframe if "line" in t.value.columns)
    assert len(table) == 3 * len(groups) and table["line"].iloc[-1] == "0.50 x -0.25"
