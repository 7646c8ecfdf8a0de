"""The guide of a search: a model of activity, and how far from the goal it takes a sequence to be.

The distance is the mean over the goal's outputs of the squared difference, in standard deviations of the measured
activities, between what the guide predicts (both strands averaged, over all windows) and what is asked for.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from engine import device as devices
from engine.design import splits
from engine.design.methods import Asked
from engine.errors import unknown
from engine.interpretation.in_silico import windowed
from engine.models.gradients import BothStrands
from engine.models.layers import SequenceModel
from engine.models.predict import one_hot, predict_codes
from engine.sequence import BASES, Sequence, encode

REACHED = 0.0025  # a squared distance below this (0.05 s.d.) is the goal: less than any model can tell


class Frame:
    """The windows in which a model sees sequences of one length, as `engine.models.predict.predict` lays them.

    Attributes:
        flanks: `(windows, window)` uint8, what stands in each window beside the sequence.
        places: of each window, the stretch of it that the sequence fills, and the stretch of the sequence that does.
    """

    def __init__(self, model: SequenceModel, length: int):
        cut = windowed.cut(model, Sequence("frame", BASES[0] * length))
        self.flanks = np.stack([encode(w.bases) for w in cut.windows])
        self.places = []
        for window in cut.windows:
            first, last = max(0, window.start), min(window.end, length)
            self.places.append((slice(first - window.start, last - window.start), slice(first, last)))

    def codes(self, sequences: np.ndarray) -> np.ndarray:
        """`(n, length)` uint8 as windows, `(n * windows, window)`."""
        laid = np.repeat(self.flanks[None], len(sequences), axis=0)
        for i, (inside, own) in enumerate(self.places):
            laid[:, i, inside] = sequences[:, own]
        return laid.reshape(-1, laid.shape[-1])

    def one_hot(self, x: Tensor) -> Tensor:
        """`(n, 4, length)` as windows, `(n * windows, 4, window)`; gradients pass."""
        flanks = one_hot(torch.as_tensor(self.flanks).to(x.device)).to(x.dtype)
        laid = flanks.expand(len(x), *flanks.shape).clone()
        for i, (inside, own) in enumerate(self.places):
            laid[:, i, :, inside] = x[:, :, own]
        return laid.flatten(0, 1)


class Guide:
    """What a guide says of sequences of the goal's length, and how far that is from the goal.

    Raises:
        InputError: an output that the guide does not predict.
    """

    def __init__(self, asked: Asked):
        assert asked.guide is not None
        with devices.inference(asked.guide.inference_model, asked.device) as (network, _):
            self.model = network  # of another device a frozen copy, which is kept as long as the guide
        self.outputs = tuple(asked.goal.activity)
        for output in self.outputs:
            if output not in self.model.outputs:
                raise unknown(f"output of '{asked.guide.name}'", output, self.model.outputs)
        self.columns = [self.model.outputs.index(o) for o in self.outputs]
        self.mean, self.sd = splits.scale(asked.library, self.outputs)
        self.wanted = np.array([asked.goal.activity[o] for o in self.outputs])
        self.frame = Frame(self.model, asked.goal.length)

    def standardised(self, codes: np.ndarray) -> np.ndarray:
        """`(n, outputs)` float64 predictions for `(n, length)` uint8 in standard deviations, of the goal's outputs."""
        values = predict_codes(self.model, self.frame.codes(codes))[:, self.columns].astype(np.float64)
        return (values.reshape(len(codes), -1, len(self.columns)).mean(axis=1) - self.mean) / self.sd

    def distances(self, codes: np.ndarray) -> np.ndarray:
        """`(n,)` float64, how far `(n, length)` uint8 are from the goal; see the module's text."""
        return ((self.standardised(codes) - self.wanted) ** 2).mean(axis=1)

    def differentiable(self, x: Tensor) -> Tensor:
        """`(n,)` the same of one-hot `(n, 4, length)`, for gradients."""
        values = BothStrands(self.model)(self.frame.one_hot(x))[:, self.columns]
        values = values.unflatten(0, (len(x), -1)).mean(dim=1)
        mean, sd, wanted = (
            torch.as_tensor(a, dtype=x.dtype, device=x.device) for a in (self.mean, self.sd, self.wanted)
        )
        return (((values - mean) / sd - wanted) ** 2).mean(dim=1)
