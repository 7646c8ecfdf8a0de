"""What a domain discriminator learns: plain cross-entropy, in float32."""

import math

import pytest
import torch

from engine.losses.domain import domain

LOGITS = torch.tensor([[1.0, 2.0, 0.0], [0.5, -1.0, 3.0]])
DOMAINS = torch.tensor([1, 0])


def test_domain_by_hand():
    first = math.log(math.exp(1) + math.exp(2) + 1) - 2
    second = math.log(math.exp(0.5) + math.exp(-1) + math.exp(3)) - 0.5
    assert domain(LOGITS, DOMAINS).item() == pytest.approx((first + second) / 2, rel=1e-5)


def test_knowing_nothing_costs_the_logarithm_of_the_number_of_domains():
    assert domain(torch.zeros(4, 5), torch.tensor([0, 1, 2, 4])).item() == pytest.approx(math.log(5))


def test_the_gradient_is_softmax_minus_the_domain():
    logits = LOGITS.clone().requires_grad_()
    domain(logits, DOMAINS).backward()
    torch.testing.assert_close(logits.grad, (LOGITS.softmax(1) - torch.eye(3)[DOMAINS]) / 2)


def test_half_precision_and_big_logits_are_summed_in_float32():
    low = LOGITS.bfloat16().requires_grad_()
    loss = domain(low, DOMAINS)
    loss.backward()
    assert loss.dtype == torch.float32
    torch.testing.assert_close(loss, domain(LOGITS, DOMAINS))
    assert torch.isfinite(low.grad).all()
    assert domain(1e4 * LOGITS, DOMAINS).item() == pytest.approx(1.25e4)
