"""A draw that was stopped keeps what came and goes on to as many as were asked for."""

import dataclasses

import numpy as np
import pytest

from engine.design.drawing import draw
from engine.design.methods import Asked, Method
from engine.design.results import Designed, Goal
from engine.sequence import Sequence


class Stop(Exception):
    pass


def random_bases(asked, progress):
    """Random bases, one after the other; `progress` is asked before each."""
    rng = np.random.default_rng(asked.seed)
    for i in range(asked.count):
        if progress:
            progress(i, asked.count)
        bases = "".join(rng.choice(list("ACGT"), asked.goal.length))
        yield Designed(Sequence(f"random-{asked.seed}-{i}", bases), "random", asked.seed)


RANDOM = Method("random", "Random", "Random bases.", random_bases)


@pytest.fixture
def asked(made_up):
    return Asked(Goal(length=12), 5, seed=3, library=made_up.library, rows=())


def after(calls: int):
    """A progress that stops the work at that call."""
    left = iter(range(calls))

    def progress(done, total):
        if next(left, None) is None:
            raise Stop

    return progress


def test_as_many_as_asked_for_come_from_one_draw(asked):
    assert [d.sequence.name for d in draw(RANDOM, asked, [])] == [f"random-3-{i}" for i in range(5)]


def test_what_came_before_a_stop_is_kept_and_the_rest_comes_from_the_next_seed(asked):
    made: list[Designed] = []
    with pytest.raises(Stop):
        draw(RANDOM, asked, made, after(2))
    assert [d.sequence for d in made] == [d.sequence for d in draw(RANDOM, asked, [])[:2]]
    draw(RANDOM, asked, made)
    assert [d.seed for d in made] == [3, 3, 4, 4, 4]


def test_a_stop_before_the_first_sequence_begins_again_with_the_same_seed(asked):
    made: list[Designed] = []
    with pytest.raises(Stop):
        draw(RANDOM, asked, made, after(0))
    assert draw(RANDOM, asked, made) == draw(RANDOM, asked, [])


def test_bases_that_are_there_already_are_left_out_and_a_method_with_no_more_ends(asked):
    def the_same(asked, progress):
        for i in range(asked.count):
            yield Designed(Sequence(f"s{i}", "ACGT" * 3), "same", asked.seed)

    same = dataclasses.replace(RANDOM, design=the_same)
    assert [d.sequence.bases for d in draw(same, asked, [])] == ["ACGT" * 3]
