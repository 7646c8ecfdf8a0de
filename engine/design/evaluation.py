"""What a generator scores on the test fold, which it never saw: bits a base, beside a Markov chain and uniform bases.

Under diffusion the generator's bits are a bound from above, and so is what it saves a bound from below; of the chain
they are exact. How good its designs are is another question (`engine.design.metrics`): fewer bits come from composition
first.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from engine.data.library import Library
from engine.data.splits import TEST_FOLD
from engine.design.likelihood import bits, elements, without
from engine.design.markov import Markov
from engine.errors import CheckpointError
from engine.experiments.checkpoints import Checkpoint
from engine.models.generators.contract import GeneratorModel
from engine.results import Progress
from engine.statistics import Metric, mean_of

DRAWS = (
    16  # times that each element is noised; the interval holds what is left of that chance, most of it uniform noise's
)
ORDER = 5


def generator_of(checkpoint: Checkpoint) -> GeneratorModel:
    """The network of a loaded generator; raises CheckpointError for a model of another kind."""
    if not isinstance(checkpoint.model, GeneratorModel):
        raise CheckpointError(f"'{checkpoint.name}' predicts activity and generates no sequences; name a generator")
    return checkpoint.model


def evaluate(
    checkpoint: Checkpoint, library: Library, progress: Progress | None = None
) -> Iterator[tuple[str, Metric]]:
    """Every score of a generator by name, over the test fold's elements; touches no file.

    - `bits/given activities`, `bits/given nothing`: of the generator, with the measured activities and without;
    - `bits/Markov-5`, `bits/uniform`: of a Markov chain of order 5 fitted to what the generator learned from, on both
      strands, and of bases drawn alike;
    - `saved/against Markov-5`, `saved/by activities`: differences element by element, above 0 where the generator given
      activities is the better one.
    """
    model, experiment = generator_of(checkpoint), checkpoint.description["experiment"]
    unseen = elements(library, (TEST_FOLD,), model.outputs)
    learned = elements(library, tuple(experiment["folds"]), model.outputs)
    steps = 2 * len(unseen.codes)

    def report(before: int, done: int) -> None:
        if progress:
            progress(before + done, steps)

    objective, half = experiment["objective"], len(unseen.codes)
    given = bits(model, objective, unseen, DRAWS, progress=lambda done, _: report(0, done))
    nothing = bits(model, objective, without(unseen), DRAWS, progress=lambda done, _: report(half, done))
    length = unseen.codes.shape[1]
    chain = Markov.fit(learned.codes, ORDER).nats(unseen.codes) / (length * math.log(2))
    yield "bits/given activities", mean_of(given)
    yield "bits/given nothing", mean_of(nothing)
    yield f"bits/Markov-{ORDER}", mean_of(chain)
    yield "bits/uniform", mean_of(np.full(half, 2.0))
    yield f"saved/against Markov-{ORDER}", mean_of(chain - given)
    yield "saved/by activities", mean_of(nothing - given)
