"""Gradients along paths: quadrature by hand, and the same numbers however they are computed."""

import pytest
import torch

from engine.models.ensemble import Ensemble
from engine.models.fused import fused
from engine.models.gradients import PATH_BATCH, BothStrands, along_paths, batches, gauss_legendre


@pytest.mark.parametrize("steps", [2, 8])
def test_a_rule_integrates_polynomials_exactly(steps):
    rule = gauss_legendre(steps)
    for degree in range(2 * steps):
        assert (rule.weights * rule.points**degree).sum() == pytest.approx(1 / (degree + 1), abs=1e-14)


def test_the_mean_gradient_of_a_square_is_twice_the_middle_of_its_path():
    starts, end = torch.randn(3, 4, 5), torch.randn(1, 4, 5)
    middle = along_paths(lambda x: (x**2).sum((1, 2))[:, None], starts, end, gauss_legendre(2), [0], both_strands=False)
    torch.testing.assert_close(middle, (starts + end)[None])


def test_paths_outputs_and_threads_change_nothing(toy_model):
    model = toy_model()
    network = BothStrands(model)
    x = torch.nn.functional.one_hot(torch.randint(0, 4, (4, 200)), 4).transpose(1, 2).float()
    starts, end, rule = x[:3], x[3:], gauss_legendre(5)
    calls, before = [], torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        together = along_paths(model, starts, end, rule, [2, 0], advance=lambda: calls.append(1))
        torch.set_num_threads(2)
        side_by_side = along_paths(model, starts, end, rule, [2, 0])
    finally:
        torch.set_num_threads(before)
    assert together.shape == (2, 3, 4, 200) and together.abs().max() > 0.01
    assert len(calls) == batches(model, 3, 5) == -(-15 // PATH_BATCH)
    torch.testing.assert_close(side_by_side, together)
    for i, column in enumerate((2, 0)):
        for path in range(3):
            gradient = torch.zeros_like(end)
            for point, weight in zip(rule.points, rule.weights, strict=True):
                at = (starts[path] + point * (end - starts[path])).float().requires_grad_(True)
                gradient += weight * torch.autograd.grad(network(at)[0, column], at)[0]
            torch.testing.assert_close(together[i, path], gradient[0], atol=1e-5, rtol=1e-3)


def test_nothing_is_left_on_the_weights(toy_model):
    model = toy_model()
    along_paths(model, torch.zeros(1, 4, 200), torch.ones(1, 4, 200), gauss_legendre(2), [0])
    assert all(p.grad is None for p in model.parameters())


@pytest.mark.parametrize("fold", [False, True])
def test_the_networks_of_a_model_of_several_are_computed_one_at_a_time(toy_model, fold):
    several, other = toy_model(members=3), toy_model(seed=1, outputs=("WTC11", "K562", "HepG2"))
    ensemble = Ensemble(("K562", "WTC11"), [several, other]).eval()
    ensemble.target_sd.copy_(torch.tensor([2.0, 0.5]))
    x = torch.nn.functional.one_hot(torch.randint(0, 4, (2, 200)), 4).transpose(1, 2).float()
    order: list[int] = []
    for n, member in enumerate(several.members):
        member.register_forward_hook(lambda *_, n=n: order.append(n))
    expected = []
    rule = gauss_legendre(20)
    path = torch.lerp(x[:1], x[1:], torch.as_tensor(rule.points, dtype=torch.float32)[:, None, None]).requires_grad_(
        True
    )
    for column in (1, 0):
        means = BothStrands(ensemble)(path)[:, column] * torch.as_tensor(rule.weights, dtype=torch.float32)
        expected.append(torch.autograd.grad(means.sum(), path)[0].sum(0))
    order.clear()
    found = along_paths(fused(ensemble) if fold else ensemble, x[:1], x[1:], rule, [1, 0])[:, 0]
    torch.testing.assert_close(found, torch.stack(expected), atol=1e-4, rtol=1e-3)
    assert batches(ensemble, 1, 20) == 4 * 2
    assert fold or order == [0, 0, 1, 1, 2, 2]  # two batches each
