"""The Pareto front of two scores, and which rows stand for a network."""

from engine.disentangle.front import pareto
from engine.disentangle.results import Score, per_network, seeds_of_means
from engine.statistics import Metric


def score(recipe: str, measure: str, value: float, seed: int | None = None) -> Score:
    return Score("cells", "cnn", recipe, seed, measure, Metric(value, value - 0.1, value + 0.1, 9))


def test_the_front_by_hand():
    """(1, 3), (2, 2) and (3, 1) are on it; (1, 2) and (2, 1) are not, nor is what has one of the measures alone."""
    places = {"a": (1, 3), "b": (2, 2), "c": (3, 1), "d": (1, 2), "e": (2, 1)}
    rows = [score(r, m, v) for r, pair in places.items() for m, v in zip(("x", "y"), pair, strict=True)]
    front = pareto([*rows, score("f", "x", 99)], "x", "y")
    assert [(s.recipe, s.measure) for s in front] == [("a", "x"), ("b", "x"), ("c", "x")]


def test_of_two_equal_networks_both_are_on_the_front():
    rows = [score(r, m, 1.0) for r in "ab" for m in "xy"]
    assert [s.recipe for s in pareto(rows, "x", "y")] == ["a", "b"]


def test_a_mean_stands_for_its_seeds_and_a_seed_alone_for_itself():
    mean, one, two, lone = score("a", "x", 2), score("a", "x", 1, 42), score("a", "x", 3, 123), score("b", "x", 5, 42)
    rows = [one, two, lone, mean]
    assert per_network(rows) == [lone, mean]
    assert seeds_of_means(rows) == [one, two]


def test_the_seeds_of_a_mean_do_not_count_for_the_front():
    rows = [score("a", m, v, seed) for m in "xy" for seed, v in ((None, 2), (42, 9), (123, -5))]
    rows += [score("b", m, 3) for m in "xy"]
    assert [s.recipe for s in pareto(rows, "x", "y")] == ["b"]
