"""Masked diffusion: the exact network is as surprised as the grammar's entropy says, by every way of counting."""

import itertools
import math

import numpy as np
import pytest
import torch

from engine.design.diffusion import masked
from engine.design.diffusion.noise import Cosine, Geometric, LogLinear, spread_draws, spread_times
from engine.models.generators.contract import MASK
from tests.design.diffusion.grammar import ALL, ASKED, LENGTH, PLAIN, Exact, entropy

CODES = torch.as_tensor(ALL)
NOTHING = torch.full((len(ALL), 1), float("nan"))
ANY = torch.zeros(len(ALL), 1)
NETWORK = Exact().log_probabilities


@pytest.mark.parametrize(("conditions", "truth"), [(NOTHING, PLAIN), (ANY, ASKED)], ids=["plain", "asked"])
def test_the_chain_of_the_exact_network_is_the_likelihood_in_every_order(conditions, truth):
    for order in ([0, 1, 2, 3], [3, 1, 0, 2]):
        nats = masked.chain(NETWORK, CODES, conditions, torch.tensor(order).expand(len(ALL), -1)).numpy()
        assert nats == pytest.approx(-np.log(truth), abs=1e-12)
        assert (truth * nats).sum() == pytest.approx(entropy(truth), abs=1e-12)


def test_the_bound_over_all_masks_is_the_entropy():
    """A mask of k of 4 bases has the weight of the integral of t^(k-1) (1-t)^(4-k) over t, which is 1 / (k C(4, k))."""
    total = 0.0
    for bits in itertools.product((False, True), repeat=LENGTH):
        if k := sum(bits):
            hidden = torch.tensor(bits).expand(len(ALL), -1)
            surprise = masked._surprise(NETWORK, CODES, NOTHING, hidden).sum(1).numpy()
            total += (PLAIN * surprise).sum() / (k * math.comb(LENGTH, k))
    assert total == pytest.approx(entropy(PLAIN), abs=1e-12)


def test_what_is_lost_and_what_is_reported_estimate_the_same_bound():
    generator = torch.Generator().manual_seed(0)
    rows = np.random.default_rng(0).choice(len(ALL), 12_000, p=PLAIN)
    codes = CODES[rows].split(1000)
    nothing = NOTHING[:1].expand(1000, -1)
    reported = [masked.nats(NETWORK, c, nothing, 4, generator).mean().item() for c in codes]
    lost = [masked.loss(NETWORK, c, nothing, generator).item() * LENGTH for c in codes]
    for estimates in (reported, lost):
        assert np.mean(estimates) == pytest.approx(entropy(PLAIN), abs=4 * np.std(estimates) / math.sqrt(len(codes)))
    assert np.std(reported) < 0.1


def test_a_network_that_knows_nothing_is_surprised_by_two_bits_a_base():
    def flat(tokens, conditions):
        assert (tokens == MASK).any(dim=1).all()  # at least one base is hidden
        return torch.full((*tokens.shape, 4), -math.log(4))

    nats = masked.nats(flat, CODES, NOTHING, 3, torch.Generator().manual_seed(1)).numpy()
    assert nats / LENGTH / math.log(2) == pytest.approx(np.full(len(ALL), 2.0))


def test_a_row_is_estimated_from_the_network_alone_and_the_seed():
    first, again = (masked.nats(NETWORK, CODES, NOTHING, 2, torch.Generator().manual_seed(3)) for _ in range(2))
    assert torch.equal(first, again)


@pytest.mark.parametrize("schedule", [LogLinear(), Cosine()])
def test_a_schedule_hides_more_and_more_from_nothing_to_all(schedule):
    hidden = schedule.hidden(torch.linspace(0, 1, 21, dtype=torch.float64))
    assert (hidden.diff() > 0).all() and hidden[[0, -1]].tolist() == pytest.approx([0.0, 1.0])


def test_geometric_noise_runs_from_its_lowest_to_its_highest():
    t = torch.tensor([0.0, 0.5, 1.0], dtype=torch.float64)
    assert Geometric().total(t).tolist() == pytest.approx([1e-4, math.sqrt(1e-4 * 20), 20.0])


def test_times_are_spread_one_in_each_part():
    generator = torch.Generator().manual_seed(0)
    assert sorted(torch.ceil(spread_times(50, generator) * 50).int().tolist()) == list(range(1, 51))
    draws = spread_draws(6, 3, generator)
    assert draws.shape == (3, 6) and (torch.ceil(draws * 3).int() == torch.tensor([[1], [2], [3]])).all()
