"""Markov chains against all sequences of a few bases, counted out."""

import itertools

import numpy as np
import pytest

from engine.design.markov import PSEUDOCOUNT, Markov
from engine.errors import InputError

EVERY = np.array(list(itertools.product(range(4), repeat=5)), np.uint8)


@pytest.fixture(scope="module")
def chain() -> Markov:
    return Markov.fit(np.random.default_rng(0).integers(0, 4, (20, 30)).astype(np.uint8) % 3, 2)


def test_order_0_is_the_composition():
    codes = np.array([[0, 0, 0, 1]], np.uint8)
    table = np.exp(Markov.fit(codes, 0, both_strands=False).tables[0])
    assert table == pytest.approx(
        np.array([[3, 1, 0, 0]]) / (4 + 4 * PSEUDOCOUNT) + PSEUDOCOUNT / (4 + 4 * PSEUDOCOUNT)
    )


def test_both_strands_are_one():
    codes = np.random.default_rng(1).integers(0, 4, (5, 40)).astype(np.uint8)
    one, other = Markov.fit(codes, 3), Markov.fit(3 - codes[:, ::-1], 3)
    assert all((a == b).all() for a, b in zip(one.tables, other.tables, strict=True))


def test_the_probabilities_of_all_sequences_sum_to_1(chain):
    assert np.exp(-chain.nats(EVERY)).sum() == pytest.approx(1)


def test_a_probability_by_hand(chain):
    t0, t1, t2 = chain.tables
    by_hand = t0[0, 2] + t1[2, 1] + t2[2 * 4 + 1, 0] + t2[1 * 4 + 0, 3]
    assert chain.nats(np.array([[2, 1, 0, 3]], np.uint8))[0] == pytest.approx(-by_hand)


@pytest.mark.parametrize("fixed", [None, (4, 4, 1, 4, 4), (4, 2, 4, 3, 1), (0, 4, 4, 4, 0)])
def test_what_is_drawn_around_fixed_bases_is_the_conditional_distribution(chain, fixed):
    """Against every sequence of five bases, those that do not fit left out: within five standard errors of each."""
    count = 40_000
    fixed = None if fixed is None else np.array(fixed, np.uint8)
    drawn = chain.sample(np.random.default_rng(2).random((count, 5)), fixed)
    fits = np.ones(len(EVERY), bool) if fixed is None else ((fixed == EVERY) | (fixed == 4)).all(axis=1)
    wanted = np.where(fits, np.exp(-chain.nats(EVERY)), 0)
    wanted /= wanted.sum()
    seen = np.bincount(drawn @ 4 ** np.arange(5)[::-1], minlength=len(EVERY)) / count
    assert (np.abs(seen - wanted) <= 5 * np.sqrt(wanted / count) + 1 / count).all()
    assert not seen[~fits].any()


def test_what_it_cannot_learn_from_is_refused():
    with pytest.raises(InputError, match="the order is 0 to 8"):
        Markov.fit(EVERY, 9)
    with pytest.raises(InputError, match="more than 5 bases"):
        Markov.fit(EVERY, 5)
