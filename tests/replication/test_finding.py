"""Findings: what an interval says of a statement, and that nothing is lost on the way to a file."""

import json

import numpy as np
import pytest

from engine.replication.finding import FAILS, HOLDS, OPEN, WEAK, Finding
from engine.statistics import Metric


@pytest.mark.parametrize(
    ("interval", "published", "bounds", "verdict"),
    [
        ((0.1, 0.2), None, (0, np.inf), HOLDS),
        ((-0.2, -0.1), 0.5, (0, np.inf), FAILS),
        ((-0.1, 0.1), None, (0, np.inf), OPEN),
        ((-0.1, 0.1), 0.3, (0, np.inf), WEAK),
        ((-0.1, 0.1), 0.15, (0, np.inf), OPEN),
        ((-0.01, 0.02), 0.007, (-0.05, 0.05), HOLDS),
        ((0.04, 0.06), 0.007, (-0.05, 0.05), OPEN),
        ((0.06, 0.08), 0.007, (-0.05, 0.05), FAILS),
    ],
)
def test_the_verdict_follows_from_the_interval(interval, published, bounds, verdict):
    assert Finding("1", "", Metric(np.mean(interval), *interval, 9), published, *bounds).verdict == verdict


@pytest.mark.parametrize(("p", "verdict"), [(0.05, HOLDS), (0.06, OPEN), (None, HOLDS)])
def test_a_test_over_networks_has_a_say_where_there_is_one(p, verdict):
    assert Finding("13", "", Metric(0.2, 0.1, 0.3, 9), None, p=p).verdict == verdict


@pytest.mark.parametrize(
    ("interval", "verdict"), [((0.01, 0.3), HOLDS), ((-0.01, 0.3), OPEN), ((-0.3, -0.1), OPEN), ((-0.2, 0.1), OPEN)]
)
def test_where_there_is_another_seed_both_have_to_say_the_same(interval, verdict):
    again = Metric(np.mean(interval), *interval, 9)
    assert Finding("1", "", Metric(0.2, 0.1, 0.3, 9), 0.5, again=again).verdict == verdict
    failed = Finding("1", "", Metric(-0.2, -0.3, -0.1, 9), 0.5, again=again)
    assert failed.verdict == (FAILS if interval[1] < 0 else OPEN)


@pytest.mark.parametrize("bounds", [(0.0, np.inf), (-np.inf, 0.01), (-0.05, 0.05)])
@pytest.mark.parametrize("again", [None, Metric(0.3, 0.1, 0.4, 7)])
def test_a_file_gives_back_what_it_was_given(bounds, again):
    told = Finding("8", "words", Metric(0.1, -0.1, 0.2, 7), 0.3, *bounds, again=again)
    assert Finding.from_dict(json.loads(json.dumps(told.as_dict(), allow_nan=False))) == told
