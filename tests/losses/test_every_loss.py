"""What every registered loss keeps to, whatever it computes; and what every loss that only ranks does besides."""

import math

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr
from torch import Tensor

from engine import losses
from engine.errors import InputError
from engine.losses import LOSSES, margin_ranknet, mse, ordinal

NAN = math.nan
BINS = 17

# These look at the scale too, at several heads or at bins; all others look at nothing but order.
RANKING = [name for name in LOSSES if name not in ("mse", "combined", "multi_task", "soft_class")]
# Scores of any scale are as good; all others ask for a distance between elements.
WITHOUT_SCALE = ("adaptive_softsort", "soft_spearman")

every_loss = pytest.mark.parametrize("name", LOSSES)
every_ranking_loss = pytest.mark.parametrize("name", RANKING)


def compute(name: str, scores: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Loss and gradient of `(batch, outputs)` scores, brought into the shape of prediction that the loss takes."""
    scores = scores.clone().requires_grad_()
    prediction = scores
    if name == "multi_task":  # both heads say the same
        prediction = torch.stack([scores, scores], dim=-1)
    if name == "soft_class":  # a bump of one bin's width around the score
        prediction = -2 * (scores.unsqueeze(-1) - ordinal.centres(BINS, scores)).square()
    # with every opponent there is nothing random left
    options = {"partners": 10_000} if name == "sampled_ranknet" else {}
    loss = losses.get(name, options)(prediction, target)
    loss.backward()
    return loss.detach(), scores.grad


@pytest.fixture
def batch():
    """Scores and targets `(16, 3)`: some not measured, some tied."""
    generator = torch.Generator().manual_seed(0)
    scores, target = (torch.randn(16, 3, generator=generator) for _ in range(2))
    target[:, 1] = target[:, 1].round()
    target[::4, 0] = NAN
    target[5] = NAN
    return scores, target


# --- every loss ---------------------------------------------------------------------------------------


@every_loss
def test_a_loss_is_a_finite_scalar_with_a_finite_gradient(name, batch):
    loss, gradient = compute(name, *batch)
    assert loss.shape == ()
    assert torch.isfinite(loss)
    assert torch.isfinite(gradient).all()
    assert (gradient.abs().amax(0) > 0).all()


@every_loss
def test_the_gradient_is_that_of_the_value(name, batch):
    """By finite differences in three directions."""
    generator = torch.Generator().manual_seed(2)
    # an even 0.1 apart, so that no step moves one score past another, where some losses have a kink
    scores = 0.1 * torch.stack([torch.randperm(16, generator=generator) for _ in range(3)], dim=1).float()
    _, gradient = compute(name, scores, batch[1])
    for _ in range(3):
        step = 0.01 * torch.sign(torch.randn(16, 3, generator=generator) + 5 * gradient.sign())
        up, down = (compute(name, scores + way * step, batch[1])[0] for way in (1, -1))
        assert (up - down).item() == pytest.approx(2 * (gradient * step).sum().item(), rel=0.03)


@every_loss
def test_the_order_of_rows_does_not_matter(name, batch):
    scores, target = batch
    order = torch.randperm(len(target), generator=torch.Generator().manual_seed(1))
    loss, gradient = compute(name, scores, target)
    shuffled_loss, shuffled_gradient = compute(name, scores[order], target[order])
    torch.testing.assert_close(shuffled_loss, loss)
    torch.testing.assert_close(shuffled_gradient, gradient[order], rtol=1e-4, atol=1e-6)


@every_loss
@pytest.mark.parametrize("column", [0, 1])
def test_rows_that_were_not_measured_count_for_nothing(name, column, batch):
    scores, target = (x[:, [column]] for x in batch)
    known = ~target[:, 0].isnan()
    loss, gradient = compute(name, scores, target)
    loss_without, gradient_without = compute(name, scores[known], target[known])
    torch.testing.assert_close(loss, loss_without)
    torch.testing.assert_close(gradient[known], gradient_without, rtol=1e-4, atol=1e-6)
    assert (gradient[~known] == 0).all()


@every_loss
@pytest.mark.parametrize("wild", [1e4, -1e4])
def test_what_is_predicted_where_nothing_was_measured_does_not_matter(name, wild, batch):
    scores, target = batch
    loss, gradient = compute(name, scores, target)
    wild_loss, wild_gradient = compute(name, torch.where(target.isnan(), wild, scores), target)
    torch.testing.assert_close(wild_loss, loss)
    torch.testing.assert_close(wild_gradient, gradient, rtol=1e-4, atol=1e-6)


@every_loss
@pytest.mark.parametrize("outputs", [1, 3])
def test_nothing_measured_is_a_finite_loss_without_gradient(name, outputs):
    loss, gradient = compute(name, torch.randn(4, outputs), torch.full((4, outputs), NAN))
    assert torch.isfinite(loss)
    assert (gradient == 0).all()


@every_loss
@pytest.mark.parametrize("size", [1, 4])
def test_one_measured_value_is_a_finite_loss_that_orders_nothing(name, size):
    target = torch.full((size, 1), NAN)
    target[0] = 0.7
    loss, gradient = compute(name, torch.linspace(1, -1, size)[:, None], target)
    assert torch.isfinite(loss)
    assert torch.isfinite(gradient).all()
    assert (gradient[1:] == 0).all()
    assert name not in RANKING or (gradient == 0).all()


@every_loss
def test_outputs_are_ranked_on_their_own_and_count_alike(name, batch):
    scores, target = batch[0], batch[1].nan_to_num(0.3)
    loss, gradient = compute(name, scores, target)
    alone = [compute(name, scores[:, [i]], target[:, [i]]) for i in range(3)]
    torch.testing.assert_close(loss, torch.stack([one for one, _ in alone]).mean())
    torch.testing.assert_close(gradient, torch.cat([g for _, g in alone], dim=1) / 3, rtol=1e-4, atol=1e-6)


@every_loss
def test_an_output_counts_by_how_many_of_the_batch_were_measured_for_it(name, batch):
    """Of which a quarter and all were measured: one part and four."""
    scores, target = batch[0][:, :2], batch[1][:, :2].nan_to_num(0.3).clone()
    sparse = target.shape[0] // 4
    target[sparse:, 0] = NAN
    loss, gradient = compute(name, scores, target)
    (few, of_few), (every, of_every) = (compute(name, scores[:, [i]], target[:, [i]]) for i in range(2))
    share = sparse / (sparse + len(target))
    torch.testing.assert_close(loss, share * few + (1 - share) * every)
    expected = torch.cat([share * of_few, (1 - share) * of_every], dim=1)
    torch.testing.assert_close(gradient, expected, rtol=1e-4, atol=1e-6)


def ramp(size: int) -> Tensor:
    return torch.linspace(-2, 2, size)


HARD = {
    "two elements": (ramp(2), ramp(2).flip(0)),
    "4,096 elements": (torch.randn(4096, generator=torch.Generator().manual_seed(0)), ramp(4096)),
    "all targets tied": (ramp(64), torch.zeros(64)),
    "all scores equal": (torch.full((64,), 0.3), ramp(64)),
    "all scores and targets equal": (torch.zeros(64), torch.zeros(64)),
    "large scores, right": (5000 * ramp(64), ramp(64)),
    "large scores, wrong": (5000 * ramp(64).flip(0), ramp(64)),
    "one score far out": (torch.cat([ramp(63), torch.tensor([1e4])]), ramp(64)),
}


@every_loss
@pytest.mark.parametrize("case", HARD)
def test_hard_lists_have_a_finite_loss_and_gradient(name, case):
    scores, target = HARD[case]
    loss, gradient = compute(name, scores[:, None], target[:, None])
    assert torch.isfinite(loss)
    assert torch.isfinite(gradient).all()


@every_loss
def test_a_loss_in_bfloat16_is_finite_and_near(name, batch):
    scores, target = batch
    low = scores.bfloat16()
    loss, gradient = compute(name, low, target.bfloat16())
    assert torch.isfinite(gradient).all()
    assert gradient.dtype == torch.bfloat16
    assert loss.item() == pytest.approx(compute(name, scores, target)[0].item(), rel=0.05)


@every_loss
@pytest.mark.parametrize("size", [2, 10, 200])
def test_the_right_order_costs_less_than_a_random_one_and_that_less_than_the_reverse(name, size):
    target = ramp(size)[:, None]
    mixed = target[torch.randperm(size, generator=torch.Generator().manual_seed(0))]
    right, random, reverse = (compute(name, scores, target)[0] for scores in (target, mixed, -target))
    assert right < reverse
    assert size == 2 or right < random < reverse


@every_loss
def test_descent_on_free_scores_finds_the_measured_order(name):
    """The list is not a short one: of free scores, SoftSort can leave a few in the wrong place for good."""
    generator = torch.Generator().manual_seed(0)
    target, scores = (torch.randn(128, 2, generator=generator) for _ in range(2))
    target[::6, 0] = NAN
    scores.requires_grad_()
    optimizer = torch.optim.Adam([scores], lr=0.1)
    for _ in range(100):
        scores.grad = compute(name, scores.detach(), target)[1]
        optimizer.step()
    for said, measured in zip(scores.detach().T, target.T, strict=True):
        assert spearmanr(said, measured, nan_policy="omit").statistic > 0.9


# --- losses that only rank ----------------------------------------------------------------------------


@every_ranking_loss
@pytest.mark.parametrize("constant", [-8.0, 64.0])
def test_a_constant_on_all_scores_changes_nothing(name, constant, batch):
    scores, target = batch
    loss, gradient = compute(name, scores, target)
    moved_loss, moved_gradient = compute(name, scores + constant, target)
    torch.testing.assert_close(moved_loss, loss, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(moved_gradient, gradient, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(gradient.sum(0), torch.zeros(3), rtol=0, atol=1e-5)


@every_ranking_loss
def test_only_the_order_of_the_targets_counts_unless_gains_do(name, batch):
    scores, target = batch
    bent, _ = compute(name, scores, target.exp())
    same = torch.isclose(bent, compute(name, scores, target)[0])
    assert same == (name != "lambda_ranknet")


@every_ranking_loss
@pytest.mark.parametrize("factor", [0.01, 7.0, 1000.0])
def test_the_scale_of_the_scores_changes_nothing_where_a_loss_says_so(name, factor, batch):
    scores, target = batch
    loss, gradient = compute(name, scores, target)
    scaled_loss, scaled_gradient = compute(name, factor * scores, target)
    if name not in WITHOUT_SCALE:
        assert not torch.isclose(scaled_loss, loss, rtol=1e-3)
        return
    torch.testing.assert_close(scaled_loss, loss, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(factor * scaled_gradient, gradient, rtol=1e-3, atol=1e-5)
    # so no step along the gradient can gain by shrinking or stretching the scores
    torch.testing.assert_close((gradient * scores).sum(0), torch.zeros(3), rtol=0, atol=1e-5)


# --- by name ------------------------------------------------------------------------------------------


def test_a_loss_is_found_by_its_name_and_its_options_are_set(batch):
    assert losses.get("mse") is mse
    plain, wide = losses.get("margin_ranknet"), losses.get("margin_ranknet", {"margin": 3.0})
    assert wide(*batch) == margin_ranknet(*batch, margin=3.0) != plain(*batch)


@pytest.mark.parametrize(
    ("name", "option"),
    [
        ("softsort", "temperature"),
        ("adaptive_softsort", "temperature"),
        ("soft_spearman", "temperature"),
        ("margin_ranknet", "margin"),
        ("combined", "alpha"),
    ],
)
def test_every_option_has_an_effect(name, option, batch):
    values = [losses.get(name, {option: value})(*batch).item() for value in (0.2, 0.9)]
    assert abs(np.subtract(*values)) > 1e-3


def test_an_unknown_loss_lists_the_known_ones():
    with pytest.raises(InputError, match=r"unknown loss 'huber'; known: mse, plackett_luce, .*, soft_class"):
        losses.get("huber")


@pytest.mark.parametrize(
    ("name", "option", "known"),
    [
        ("softsort", "temprature", "temperature"),
        ("multi_task", "alpha", "ranking"),
        ("sampled_ranknet", "scores", "partners"),
        ("mse", "alpha", "none"),
        ("plackett_luce", "measured", "none"),
    ],
)
def test_an_unknown_option_lists_the_known_ones(name, option, known):
    with pytest.raises(InputError, match=f"unknown option of loss '{name}' '{option}'; known: {known}$"):
        losses.get(name, {option: 1.0})
