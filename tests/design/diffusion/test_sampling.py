"""Samplers on the grammar whose distribution is known: they approach it, keep what is kept, and repeat themselves."""

import itertools

import numpy as np
import pytest
import torch

from engine.design.diffusion import sampling
from engine.design.diffusion.noise import Cosine, Geometric
from engine.design.diffusion.sampling import Steps
from engine.models.generators.contract import MASK
from tests.design.diffusion.grammar import ALL, ASKED, LENGTH, PLAIN, Exact, frequencies

MODEL = Exact()
NOTHING, ANY = np.array([np.nan]), np.array([0.0])
COUNT = 3000


def last(states) -> np.ndarray:
    *_, final = states
    return final


def start(count: int = COUNT, kept: dict[int, int] | None = None) -> np.ndarray:
    tokens = np.full((count, LENGTH), MASK, np.uint8)
    for place, base in (kept or {}).items():
        tokens[:, place] = base
    return tokens


def masked(count=COUNT, steps=Steps(32), kept=None, conditions=NOTHING, weight=1.0, seed=1, first=0) -> np.ndarray:
    denoise = sampling.guided(MODEL, conditions, weight)
    return last(sampling.masked(denoise, start(count, kept), sampling.generators(seed, first, count), steps))


def one_by_one(count=COUNT, kept=None, seed=1, first=0) -> np.ndarray:
    denoise = sampling.guided(MODEL, NOTHING, 1.0)
    return last(sampling.one_by_one(denoise, start(count, kept), sampling.generators(seed, first, count)))


def uniform(count=COUNT, steps=Steps(48), kept=None, seed=1, first=0) -> np.ndarray:
    denoise = sampling.guided(MODEL, NOTHING, 1.0)
    return last(sampling.uniform_noise(denoise, start(count, kept), sampling.generators(seed, first, count), steps))


def distance(drawn: np.ndarray, truth: np.ndarray = PLAIN) -> float:
    """Total variation between what was drawn and the grammar."""
    return float(np.abs(frequencies(drawn) - truth).sum() / 2)


@pytest.fixture(scope="module")
def floor() -> float:
    """The distance of as many exact samples, and some more."""
    rng = np.random.default_rng(0)
    return 1.25 * max(distance(ALL[rng.choice(len(ALL), COUNT, p=PLAIN)]) for _ in range(5))


def test_one_base_at_a_time_draws_from_the_grammar(floor):
    assert distance(one_by_one()) < floor


@pytest.mark.parametrize("draw", [masked, uniform])
def test_samples_approach_the_grammar_with_the_steps(draw, floor):
    few, many = (distance(draw(steps=Steps(count))) for count in (1 if draw is masked else 2, 64))
    assert many < floor < few / 2


def test_other_schedules_and_steps_draw_from_the_same_grammar(floor):
    assert distance(masked(steps=Steps(64, Cosine()))) < floor
    assert distance(uniform(steps=Steps(120, analytic=False, noise=Geometric(1e-3, 12)))) < floor


@pytest.mark.parametrize("draw", [masked, one_by_one])
def test_what_is_kept_stays_and_the_rest_is_drawn_given_it(draw, floor):
    kept = {0: 2, 3: 1}
    drawn = draw(kept=kept)
    assert (drawn[:, 0] == 2).all() and (drawn[:, 3] == 1).all()
    given = PLAIN * (ALL[:, 0] == 2) * (ALL[:, 3] == 1)
    assert distance(drawn, given / given.sum()) < floor


def test_every_state_of_every_sampler_holds_what_is_kept():
    denoise, tokens = sampling.guided(MODEL, NOTHING, 1.0), start(40, {1: 3})
    for states in (
        sampling.masked(denoise, tokens, sampling.generators(0, 0, 40), Steps(6)),
        sampling.one_by_one(denoise, tokens, sampling.generators(0, 0, 40)),
        sampling.uniform_noise(denoise, tokens, sampling.generators(0, 0, 40), Steps(6)),
    ):
        states = list(states)
        assert len(states) >= LENGTH and all((state[:, 1] == 3).all() for state in states)
        assert (states[-1] != MASK).all()


def test_bases_once_revealed_stay_and_one_at_a_time_is_one_at_a_time():
    denoise = sampling.guided(MODEL, NOTHING, 1.0)
    states = list(sampling.one_by_one(denoise, start(20, {2: 0}), sampling.generators(0, 0, 20)))
    assert [int((state == MASK).sum(1).max()) for state in states] == [3, 2, 1, 0]
    for before, after in itertools.pairwise(states):
        known = before != MASK
        assert (before[known] == after[known]).all()
    assert all((start(20, {2: 0})[:, 2] == state[:, 2]).all() for state in states)


def test_with_nothing_to_draw_nothing_is_drawn():
    tokens, denoise = ALL[:5].copy(), sampling.guided(MODEL, NOTHING, 1.0)
    sources = sampling.generators(0, 0, 5)
    for states in (sampling.masked(denoise, tokens, sources), sampling.one_by_one(denoise, tokens, sources)):
        assert (last(states) == ALL[:5]).all()


@pytest.mark.parametrize("draw", [masked, one_by_one, uniform])
def test_a_sequence_depends_on_its_seed_and_number_alone(draw):
    together = draw(count=30)
    assert (draw(count=30) == together).all()
    apart = np.concatenate([draw(count=7), draw(count=23, first=7)])
    assert (apart == together).all()
    assert (draw(count=30, seed=2) != together).any()


def test_guidance_of_1_is_the_condition_and_of_0_is_none():
    tokens = np.array([[MASK, 1, MASK, 0], [MASK] * 4], np.uint8)
    codes = torch.as_tensor(tokens)
    without = MODEL.log_probabilities(codes, torch.full((2, 1), float("nan")))
    asked = MODEL.log_probabilities(codes, torch.zeros(2, 1))
    hidden = tokens == MASK

    def said(weight, conditions=ANY):
        return sampling.guided(MODEL, conditions, weight)(tokens, None).numpy()[hidden]

    assert said(1.0) == pytest.approx(asked.numpy()[hidden], abs=1e-12)
    assert said(0.0) == pytest.approx(without.numpy()[hidden], abs=1e-12)
    mixed = (without + 3 * (asked - without)).numpy()[hidden]
    mixed -= np.log(np.exp(mixed).sum(-1, keepdims=True))
    assert said(3.0) == pytest.approx(mixed, abs=1e-12)
    assert said(3.0, NOTHING) == pytest.approx(said(0.0), abs=1e-12)


def test_a_condition_draws_from_its_own_distribution(floor):
    assert distance(masked(conditions=ANY), ASKED) < floor < distance(masked(), ASKED)


def test_bases_are_drawn_as_often_as_they_are_probable():
    rng = np.random.default_rng(0)
    probabilities = np.array([0.5, 0.0, 0.3, 0.1])  # need not add up to 1
    drawn = sampling._drawn(np.tile(probabilities, (9000, 1)), rng.random(9000))
    assert np.bincount(drawn, minlength=4) / 9000 == pytest.approx(probabilities / 0.9, abs=0.02)
    assert sampling._drawn(probabilities, np.array(1 - 1e-16)) == 3
    assert sampling._drawn(probabilities, np.array(0.0)) == 0
