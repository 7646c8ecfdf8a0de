"""Ordinal bins: soft labels by hand, and the way back from a distribution to an activity."""

import math

import pytest
import torch

from engine.losses import ordinal
from engine.losses.ordinal import HIGHEST, LOWEST

BINS = [5, 9, 17, 33]
every_size = pytest.mark.parametrize("bins", BINS)


@every_size
def test_centres_are_evenly_spaced_from_the_lowest_to_the_highest(bins):
    centres = ordinal.centres(bins, torch.zeros(1))
    assert centres.dtype == torch.float32
    assert (centres[0].item(), centres[-1].item()) == (LOWEST, HIGHEST) == (-3.0, 5.0)
    torch.testing.assert_close(centres.diff(), torch.full((bins - 1,), 8 / (bins - 1)))


def test_a_soft_label_by_hand():
    """Nine centres are one apart: 0.25 lies a quarter of a bin above the fourth."""
    density = [math.exp(-((0.25 - centre) ** 2) / 2) for centre in range(-3, 6)]
    labels = ordinal.soft_labels(torch.tensor(0.25), 9)
    assert labels.tolist() == pytest.approx([d / sum(density) for d in density], rel=1e-5)
    assert labels.argmax() == 3


@every_size
def test_soft_labels_are_distributions_whose_peak_is_the_nearest_centre(bins):
    target = torch.linspace(-6, 8, 101)
    labels = ordinal.soft_labels(target, bins)
    assert labels.shape == (101, bins)
    assert (labels >= 0).all()
    torch.testing.assert_close(labels.sum(-1), torch.ones(101))
    distance = (ordinal.centres(bins, target) - target.unsqueeze(1)).abs()
    nearest = distance.gather(1, labels.argmax(1, keepdim=True))
    torch.testing.assert_close(nearest, distance.amin(1, keepdim=True))


@every_size
def test_soft_labels_are_centred_on_the_target_away_from_the_ends(bins):
    """A label is about one bin wide: three bins from an end, hardly any of it is cut off."""
    width = (HIGHEST - LOWEST) / (bins - 1)
    target = torch.linspace(LOWEST + 3 * width, HIGHEST - 3 * width, 21) if bins > 7 else torch.tensor([1.0])
    mean = ordinal.soft_labels(target, bins) @ ordinal.centres(bins, target)
    torch.testing.assert_close(mean, target, rtol=0, atol=0.01 * width)


@every_size
def test_the_centre_of_a_soft_label_rises_with_the_target_from_end_to_end(bins):
    target = torch.linspace(LOWEST, HIGHEST, 200)
    assert (ordinal.expectation(ordinal.soft_labels(target, bins).log()).diff() > 0).all()


@pytest.mark.parametrize(("beyond", "end"), [(-40.0, LOWEST), (-3.1, LOWEST), (5.1, HIGHEST), (1e4, HIGHEST)])
def test_a_value_beyond_the_outer_centres_counts_as_lying_on_them(beyond, end):
    labels = ordinal.soft_labels(torch.tensor([beyond, end]), 17)
    assert torch.equal(labels[0], labels[1])


def test_labels_keep_the_shape_of_the_targets():
    assert ordinal.soft_labels(torch.zeros(4, 3), 17).shape == (4, 3, 17)
    assert ordinal.soft_labels(torch.zeros(4, 3, dtype=torch.bfloat16), 17).dtype == torch.float32


@every_size
def test_the_expectation_of_a_certain_bin_is_its_centre_and_of_none_the_middle(bins):
    certain = 200 * torch.eye(bins)
    torch.testing.assert_close(ordinal.expectation(certain), ordinal.centres(bins, certain))
    torch.testing.assert_close(ordinal.expectation(torch.zeros(2, 3, bins)), torch.full((2, 3), 1.0))


def test_an_expectation_by_hand():
    logits = torch.tensor([0.1, 0.2, 0.4, 0.2, 0.1]).log() + 7  # on centres -3, -1, 1, 3, 5
    assert ordinal.expectation(logits).item() == pytest.approx(1.0)
    assert ordinal.expectation(torch.tensor([0.0, math.log(3)])).item() == pytest.approx(0.25 * -3 + 0.75 * 5)


def test_logits_in_bfloat16_have_an_expectation_in_float32():
    torch.manual_seed(0)
    logits = torch.randn(6, 17)
    low = ordinal.expectation(logits.bfloat16())
    assert low.dtype == torch.float32
    torch.testing.assert_close(low, ordinal.expectation(logits), rtol=0, atol=0.02)
