"""Mutants among the negatives, by hand."""

import math

import pytest
import torch

from engine.losses.info_nce import info_nce
from engine.losses.variant_contrastive import variant_contrastive

X, Y = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])


def test_a_mutant_that_is_the_anchor_costs_most_and_one_apart_least():
    """Cosine 1 with the positive, 0 with the one negative: the mutant adds exp(cosine / T) to the candidates."""

    def loss(mutant):
        return variant_contrastive(X[None], X[None], mutant[None, None], Y[None, None], temperature=0.5).item()

    assert loss(X) == pytest.approx(math.log((2 * math.e**2 + 1) / math.e**2))
    assert loss(Y) == pytest.approx(math.log((math.e**2 + 2) / math.e**2))
    assert loss(-X) == pytest.approx(math.log((math.e**2 + 1 + math.e**-2) / math.e**2))


def test_mutants_count_as_negatives_do():
    g = torch.Generator().manual_seed(0)
    a, p, m, n = (torch.randn(*s, generator=g) for s in ((4, 5), (4, 5), (4, 2, 5), (4, 6, 5)))
    assert variant_contrastive(a, p, m, n).item() == pytest.approx(info_nce(a, p, torch.cat([n, m], 1)).item())
    assert variant_contrastive(a, p, m[:, :0], n).item() == pytest.approx(info_nce(a, p, n).item())


def test_the_gradient_moves_the_mutant_away_from_the_anchor():
    mutant = torch.tensor([[[1.0, 0.1]]], requires_grad=True)
    variant_contrastive(X[None], X[None], mutant, Y[None, None]).backward()
    moved = (mutant - 1e-3 * mutant.grad)[0, 0]
    cosine = torch.nn.functional.cosine_similarity
    assert cosine(moved, X, dim=0) < cosine(mutant[0, 0].detach(), X, dim=0)
