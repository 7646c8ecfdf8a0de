"""Uniform diffusion: scores against all noised sequences enumerated, values set by hand, the bound, the steps back."""

import math

import numpy as np
import pytest
import torch

from engine.design.diffusion import uniform
from engine.design.diffusion.noise import Geometric
from engine.models.generators.contract import log_softmax
from tests.design.diffusion.grammar import ALL, LENGTH, PLAIN, Exact, entropy

CODES = torch.as_tensor(ALL)
NOTHING = torch.full((len(ALL), 1), float("nan"))
NETWORK = Exact().log_probabilities


def kernel(noise: float) -> np.ndarray:
    """(4, 4) from base to base, as the exponential of the rate matrix by its series: an oracle of its own."""
    rates = (np.ones((4, 4)) / 4 - np.eye(4)) * noise / 1024
    step = sum((np.linalg.matrix_power(rates, k) / math.factorial(k) for k in range(12)), np.zeros((4, 4)))
    return np.linalg.matrix_power(step, 1024)


def noised_probabilities(noise: float) -> np.ndarray:
    """(4, 4, 4, 4) of all sequences after the noise."""
    p = PLAIN.reshape([4] * LENGTH)
    for axis in range(LENGTH):
        p = np.moveaxis(np.tensordot(p, kernel(noise), (axis, 0)), -1, axis)
    return p


@pytest.mark.parametrize("noise", [0.01, 0.7, 5.0])
def test_scores_of_the_exact_network_are_the_ratios_of_the_noised_distribution(noise):
    told = torch.full((len(ALL),), noise, dtype=torch.float64)
    scores = uniform.scores(NETWORK(CODES, NOTHING, told), CODES, told).numpy()
    p = noised_probabilities(noise)
    for row, sequence in enumerate(ALL):
        for place in range(LENGTH):
            for base in range(4):
                other = sequence.copy()
                other[place] = base
                assert scores[row, place, base] == pytest.approx(p[tuple(other)] / p[tuple(sequence)], rel=1e-9)


def test_score_entropy_of_scores_set_by_hand():
    """One base C that became A at noise log 2: q(A|A) = 5/8, q(A|other) = 1/8. Told C with probability 1/2 and A with
    1/2, the weights are 0.8 for A and 4 for C; the scores of C, G and T are 4.8/8 + 4/2 = 2.6, 0.6 and 0.6. The truth:
    8/8 + 8/2 = 5, 1 and 1. The loss: a quarter of the sum of s - r log s + r (log r - 1)."""
    noise = torch.tensor([math.log(2)], dtype=torch.float64)
    tokens, codes = torch.tensor([[0]]), torch.tensor([[1]])
    told = torch.tensor([[[0.5, 0.5, 0.0, 0.0]]], dtype=torch.float64).log()
    assert uniform.scores(told, tokens, noise)[0, 0].tolist() == pytest.approx([1.0, 2.6, 0.6, 0.6])
    by_hand = (2.6 - 5 * math.log(2.6) + 5 * (math.log(5) - 1) + 2 * (0.6 - math.log(0.6) - 1)) / 4
    assert uniform.score_entropy(told, codes, tokens, noise).item() == pytest.approx(by_hand, rel=1e-12)
    knows = torch.tensor([[[0.0, 1.0, 0.0, 0.0]]], dtype=torch.float64).log()
    assert uniform.score_entropy(knows, codes, tokens, noise).item() == 0.0


def test_the_bound_of_the_exact_network_is_the_entropy():
    rows = np.random.default_rng(0).choice(len(ALL), 4000, p=PLAIN)
    nats = uniform.nats(NETWORK, CODES[rows], NOTHING[rows], 12, torch.Generator().manual_seed(0)).numpy()
    error = nats.std() / math.sqrt(len(nats))
    assert error < 0.1
    # rows were drawn: the expectation is over them too
    assert abs(nats.mean() - entropy(PLAIN)) < 4 * error


def test_what_is_lost_in_training_is_the_integral_whatever_noise_the_samples_fall_on():
    """All that the bound has beside the integral (what is left to say at the lowest noise, and nothing at the highest)
    is below a thousandth here."""
    rows = np.random.default_rng(0).choice(len(ALL), 48_000, p=PLAIN)
    generator = torch.Generator().manual_seed(0)
    lost = [uniform.loss(NETWORK, CODES[r], NOTHING[r], generator).item() * LENGTH for r in np.split(rows, 12)]
    assert np.mean(lost) == pytest.approx(entropy(PLAIN), abs=4 * np.std(lost) / math.sqrt(len(lost)))
    assert np.std(lost) < 0.15


def test_a_network_that_knows_nothing_is_surprised_by_two_bits_a_base():
    def flat(tokens, conditions, noise):
        return log_softmax(torch.zeros((*tokens.shape, 4)), tokens, noise)

    codes = CODES.repeat(40, 1)
    nats = uniform.nats(flat, codes, NOTHING.repeat(40, 1), 8, torch.Generator().manual_seed(0)).numpy()
    error = nats.std() / math.sqrt(len(nats))
    assert abs(nats.mean() - LENGTH * math.log(4)) < 4 * error and error < 0.1


def test_the_analytic_step_is_that_of_the_scores():
    """The discrete Tweedie formula of Lou et al. 2024 takes scores: [exp(-d Q) s]_y exp(d Q)(y, x)."""
    noise, earlier = 0.9, 0.3
    told = torch.full((len(ALL),), noise, dtype=torch.float64)
    said = NETWORK(CODES, NOTHING, told)
    step = uniform.analytic(said, CODES, told, torch.full_like(told, earlier)).numpy()
    scores = uniform.scores(said, CODES, told).numpy()
    forward = kernel(noise - earlier)
    expected = (scores @ np.linalg.inv(forward)) * forward[:, ALL].transpose(1, 2, 0)
    assert step == pytest.approx(expected, rel=1e-9)
    assert step.sum(-1) == pytest.approx(np.ones(ALL.shape), rel=1e-12)


def test_steps_back_agree_where_they_are_short_and_end_at_the_network():
    told = torch.full((len(ALL),), 0.5, dtype=torch.float64)
    said = NETWORK(CODES, NOTHING, told)
    step = torch.full_like(told, 1e-5)
    short = uniform.euler(said, CODES, told, step), uniform.analytic(said, CODES, told, told - step)
    assert short[0].numpy() == pytest.approx(short[1].numpy(), abs=1e-8)
    last = uniform.analytic(said, CODES, told, torch.zeros_like(told))
    assert last.numpy() == pytest.approx(said.exp().numpy(), rel=1e-12)
    long = uniform.euler(said, CODES, told, torch.full_like(told, 0.5))
    assert (long >= 0).all()


def test_noise_leaves_and_moves_as_it_says():
    noise = torch.full((20_000,), 0.5)
    codes = torch.zeros(20_000, 1, dtype=torch.uint8)
    changed = uniform.noised(codes, noise, torch.Generator().manual_seed(0))
    counts = np.bincount(changed[:, 0].numpy(), minlength=4) / len(codes)
    assert counts == pytest.approx(kernel(0.5)[0], abs=0.015)
    assert Geometric().low < 0.5 < Geometric().high
