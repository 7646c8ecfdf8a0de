"""Whether a predicted variance says where a network errs: of the networks that have a head for it.

Measures, each of one condition through its own norm, on the test fold:

- `variance/<condition>/spearman`: of the predicted variance with the squared error.
- `variance/<condition>/from prediction/spearman`: the simple baseline, the predicted activity itself with the squared
  error: strong elements err more, and that takes no second head to know.
- `variance/<condition>/minus prediction/spearman`: the first less the second, paired.
- `variance/<condition>/coverage`: the share of measurements within 1.96 predicted s.d. of the prediction; 0.95 is right
  where errors are Gaussian.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from engine.data.library import Library
from engine.disentangle.analyses import features
from engine.disentangle.analyses.networks import Network
from engine.disentangle.analyses.parts import Part, rows
from engine.disentangle.analyses.predictions import fold_of, predicted
from engine.disentangle.results import Score
from engine.models.disentangle import DisentangleModel
from engine.models.layers import SequenceModel
from engine.models.predict import predict_codes
from engine.results import Progress
from engine.statistics import RESAMPLES, bootstrap, spearman

WITHIN = 1.96  # s.d., which hold 95% of a normal distribution
SETTINGS = {"resamples": RESAMPLES, "within": WITHIN}


class LogVariances(SequenceModel):
    """`(batch, 4, length)` -> `(batch, conditions)`: of a network the logarithm of the predicted variance through each
    condition's norm, in squared s.d. of the training activities. It shares the weights."""

    def __init__(self, model: DisentangleModel):
        super().__init__(model.conditions)
        self.model = model
        self.train(model.training)

    def embed(self, x: Tensor) -> Tensor:
        return self.model.embed(x)

    def standardised(self, x: Tensor) -> Tensor:
        return torch.stack([self.model.log_variances(view) for view in self.model.normed(self.model.encoder(x))], dim=1)


def compute(networks: list[Network], library: Library, progress: Progress | None = None) -> Iterator[Score]:
    """Rows of every network that predicts a variance."""
    able = [network for network in networks if network.model.log_variance is not None]
    for own, told in features.by_notion(able, progress):
        fold = fold_of(own, library)
        known = []
        for network, values in predicted(own, library, fold, told):
            spread = np.exp(predict_codes(LogVariances(network.model), fold.shown.codes).astype(np.float64))
            units = network.model.target_sd[1:].numpy().astype(np.float64) ** 2
            known.append((network, parts(fold.shown.conditions, values[:, 1:], spread * units, fold.truth[:, 1:])))
        yield from rows(known)


def parts(conditions: tuple[str, ...], means: np.ndarray, variances: np.ndarray, measured: np.ndarray) -> list[Part]:
    """What one network's variances say of its errors.

    Args:
        means, variances, measured: `(n, conditions)` in log2(RNA/DNA) and its square.
    """
    found = []
    for condition, mean, variance, truth in zip(conditions, means.T, variances.T, measured.T, strict=True):
        squared = (truth - mean) ** 2
        inside = (squared <= WITHIN**2 * variance).astype(np.float64)
        place, n = f"variance/{condition}", len(truth)
        own = Part(f"{place}/spearman", spearman(variance, squared), bootstrap(spearman, variance, squared), n)
        simple = Part(
            f"{place}/from prediction/spearman", spearman(mean, squared), bootstrap(spearman, mean, squared), n
        )
        apart = own.minus(simple)
        found += [own, simple, Part(f"{place}/minus prediction/spearman", apart.value, apart.draws, n)]
        found.append(Part(f"{place}/coverage", float(inside.mean()), bootstrap(_mean, inside, inside), n))
    return found


def _mean(values: np.ndarray, _: np.ndarray) -> float:
    return float(values.mean())
