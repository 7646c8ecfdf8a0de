"""Agreement between models: numbers by hand, and what cannot be compared."""

import dataclasses

import numpy as np
import pytest

from engine.errors import InputError
from engine.interpretation.attribution.agreement import agreement
from engine.interpretation.attribution.methods import ism
from engine.results import Track
from engine.sequence import Sequence

OUTPUTS = ("K562", "HepG2")


def track(model: str, *effects: float, bases: str = "A", **more) -> Track:
    """A track of one position whose effects are C, G, T; another output holds their negatives."""
    values = np.array([[[0, *effects]], [[0, *(-e for e in effects)]]], np.float32)
    return Track("ism", model, OUTPUTS, bases, values, np.zeros(2, np.float32), **({"standardised": True} | more))


def test_mean_spread_and_sign_by_hand():
    found = agreement([track("a", 1.0, -2.0, 0.5), track("b", 3.0, 1.0, -0.5), track("c", 2.0, -0.5, 0.0)], "K562")
    assert found.models == ("a", "b", "c") and found.bases == "A"
    np.testing.assert_allclose(found.mean, [[0, 2, -0.5, 0]])
    np.testing.assert_allclose(found.sd, [[0, 1, 1.5, 0.5]])
    # a mean of 0 has no sign; only the model without an effect is of its mind
    np.testing.assert_allclose(found.same_sign, [[1, 1, 2 / 3, 1 / 3]])


def test_the_output_is_chosen_by_name():
    tracks = [track("a", 1.0, -2.0, 0.5), track("b", 3.0, 1.0, -0.5)]
    k562, hepg2 = (agreement(tracks, o) for o in OUTPUTS)
    np.testing.assert_array_equal(hepg2.mean, -k562.mean)
    np.testing.assert_array_equal(hepg2.same_sign, k562.same_sign)


def test_the_order_of_the_models_changes_nothing_but_their_names():
    tracks = [track("a", 1.0, -2.0, 0.5), track("b", 3.0, 1.0, -0.5), track("c", 2.0, -0.5, 0.0)]
    one, other = agreement(tracks, "K562"), agreement(tracks[::-1], "K562")
    assert other.models == one.models[::-1]
    for name in ("mean", "sd", "same_sign"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=1e-12)


def test_where_a_model_has_no_window_nothing_is_said():
    blind = track("b", np.nan, 1.0, 1.0)
    found = agreement([track("a", 1.0, 1.0, 1.0), blind], "K562")
    for values in (found.mean, found.sd, found.same_sign):
        np.testing.assert_array_equal(np.isnan(values), [[False, True, False, False]])


def test_a_model_that_spreads_more_weighs_no_more(linear_model, random_bases):
    """Two linear models, one ten times the other: standardised they say the same."""
    sequence = Sequence("s", random_bases(12))
    small, large = linear_model(seed=3), linear_model(seed=3)
    large.weights.data *= 10
    tracks = [
        ism(m, sequence, name=n, scale=np.array([s, s])) for n, m, s in (("small", small, 1.0), ("large", large, 10.0))
    ]
    found = agreement(tracks, "output0")
    weights = small.weights.detach().numpy()[0].T
    both = (weights + weights[::-1, ::-1]) / 2  # both strands averaged
    own = both[np.arange(12), ["ACGT".index(b) for b in sequence.bases]]
    np.testing.assert_allclose(found.mean, both - own[:, None], atol=1e-5)
    np.testing.assert_allclose(found.sd, 0, atol=1e-5)


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (None, "1 was given, choose at least two"),
        (track("a", 1, 1, 1), "the same model was given twice"),
        (track("b", 1, 1, 1, bases="C"), "b and a explain different sequences"),
        (track("b", 1, 1, 1, standardised=False), "b: its effects are not standardised"),
        (dataclasses.replace(track("b", 1, 1, 1), kind="ig"), "b: agreement is computed from mutagenesis"),
        (
            dataclasses.replace(track("b", 1, 1, 1), outputs=("WTC11", "HepG2")),
            "unknown output of b 'K562'; known: WTC",
        ),
    ],
)
def test_what_cannot_be_compared_is_named(second, message):
    with pytest.raises(InputError, match=message):
        agreement([track("a", 1, 1, 1), *([second] if second else [])], "K562")
