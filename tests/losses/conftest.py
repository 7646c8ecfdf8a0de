"""What the tests of single losses share: lists small enough to count by hand, and the comparison with a reference."""

import math

import pytest
import torch

NAN = math.nan

# Scores and measured values. Each holds something that a list can hold.
LISTS = {
    "two in order": ([1.5, -0.5], [2.0, 1.0]),
    "two in reverse": ([1.5, -0.5], [1.0, 2.0]),
    "six": ([0.2, -0.5, 1.0, 0.4, -1.2, 2.0], [1.0, 3.0, 2.0, -1.0, 0.5, 2.5]),
    "ties in the values": ([0.2, -0.5, 1.0, 0.4, -1.2], [1.0, 2.0, 2.0, 0.0, 1.0]),
    "a tie at the top": ([0.2, -0.5, 1.0], [3.0, 3.0, 1.0]),
    "all values tied": ([0.2, -0.5, 1.0], [2.0, 2.0, 2.0]),
    "some not measured": ([0.2, 0.6, -0.5, 1.0, -9.0, 0.4, 0.7], [-1.0, NAN, 3.0, 0.0, NAN, 3.0, -2.0]),
    "far apart": ([30.0, -20.0, 5.0, 0.0], [1.0, 2.0, 3.0, 4.0]),
    "ties in the scores": ([0.5, 0.5, -1.0, 0.5, -1.0], [1.0, 2.0, 3.0, 2.0, 0.0]),
}


@pytest.fixture(params=LISTS)
def same(request):
    """Asserts that a loss has the value and the gradient of a reference, which is computed in double precision.

    The reference sees the measured elements alone, as `(scores: (n,) float64, values: list of float)`. A loss with
    a kink has no one gradient where scores are tied: there its value alone is compared.
    """
    scores, values = LISTS[request.param]

    def check(loss, reference, kinks: bool = False) -> None:
        prediction = torch.tensor(scores)[:, None].requires_grad_()
        actual = loss(prediction, torch.tensor(values)[:, None])
        actual.backward()
        exact = torch.tensor(scores, dtype=torch.float64, requires_grad=True)
        known = [i for i, value in enumerate(values) if not math.isnan(value)]
        expected = reference(exact[known], [values[i] for i in known]) + 0 * exact.sum()
        expected.backward()
        torch.testing.assert_close(actual.double(), expected, rtol=1e-4, atol=1e-5)
        if not kinks or len(set(scores)) == len(scores):
            torch.testing.assert_close(prediction.grad[:, 0].double(), exact.grad, rtol=1e-4, atol=1e-5)

    return check
