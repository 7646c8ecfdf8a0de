"""What a network of DISENTANGLE scores, in four tiers; `engine.disentangle.rows` has the measures that rest on rows.

1. Within an experiment: each condition through its own norm, on the test fold.
2. Transfer: the denoised prediction against the consensus of ranks; each condition from the other's norm; and what no
   network learned from, the separate large-scale experiments (`engine.mpra.separate`).
3. CAGI5: the challenge's test variants of the elements matched to a condition's cell type.
4. Probes of the features (`engine.disentangle.probes`).

And, where the conditions are two cell types, what became of their real difference: predicted against measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from engine import store
from engine.data import sources
from engine.data.library import Library
from engine.data.satmut import MATCHED_ELEMENTS, MeasuredElement
from engine.data.splits import TEST_FOLD
from engine.disentangle import data, probes
from engine.disentangle.declared import CELLS
from engine.disentangle.rows import Measured, Rows, Said, cell_of, cell_of_condition, drawn, pairs
from engine.evaluation import cagi5
from engine.experiments.checkpoints import Checkpoint
from engine.models.disentangle import DisentangleModel
from engine.models.predict import predict_codes
from engine.mpra import separate
from engine.mpra.separate import Separate
from engine.statistics import Metric

CAGI5_FILES = ("satmut", "cagi5_references")
Predict = Callable[[Checkpoint, np.ndarray], np.ndarray]  # (n, 200) codes -> (n, 1 + conditions)
Effects = Callable[[Checkpoint, MeasuredElement], np.ndarray]  # -> (variants, 1 + conditions)


@dataclass(frozen=True)
class Asked:
    """What every network of a notion is asked about.

    Attributes:
        codes: `(n, 200)` of the rows of `measured.test`.
        places: `(n,)` where these stand in the test fold of the joint library; None for those of another library.
        third: of the separate experiments that it is held against, by cell type.
    """

    measured: Measured
    codes: np.ndarray
    places: np.ndarray | None
    third: dict[str, Separate]

    @property
    def key(self) -> str:
        """Names everything that is asked."""
        parts: list[str | np.ndarray] = [self.measured.notion, *self.measured.conditions]
        parts += [self.codes, self.measured.test]
        for cell, unseen in self.third.items():
            parts += [cell, unseen.codes, unseen.activity]
        for name, (element, training) in self.measured.elements.items():
            parts += [name, element.variants["effect"].to_numpy(), element.variants["confidence"].to_numpy(), training]
        return store.digest(b"\n".join(p.encode() if isinstance(p, str) else p.tobytes() for p in parts))


def asked(notion: str, conditions: tuple[str, ...], library: Library) -> Asked:
    """What networks of a notion and conditions are asked about; what has no file on this machine is left out.

    The separate experiments count for networks of two cell types, which never saw them. CAGI5's elements are those
    matched to a cell type that was learned.
    """
    both = data.measured(notion, conditions, library)
    test_rows, places = both.rows(TEST_FOLD), None
    others: dict[str, Separate] = {}
    if notion == CELLS:
        table, split = library
        test = np.stack([table.column(c)[split.test] for c in conditions], axis=1)
        places = np.flatnonzero(data.paired(test))
        others = {cell: separate.measured(cell, library) for cell in separate.here()}
    learned = {cell_of_condition(c) for c in conditions}
    here = all(sources.available(name) for name in CAGI5_FILES)
    names = [n for n in MATCHED_ELEMENTS if cell_of(n) in learned] if here else []
    measured = Measured(
        notion,
        conditions,
        both.activity[test_rows],
        {cell: t.activity for cell, t in others.items()},
        cagi5.challenges(tuple(names)),
    )
    return Asked(measured, both.codes[test_rows], places, others)


def of_checkpoint(checkpoint: Checkpoint, library: Library) -> Asked:
    """What a network is asked about, by what its description says that it learned."""
    experiment = checkpoint.description["experiment"]
    return asked(str(experiment["notion"]), tuple(experiment["conditions"]), library)


def computed(checkpoint: Checkpoint, codes: np.ndarray) -> np.ndarray:
    """`(n, 1 + conditions)` predictions, computed anew."""
    return predict_codes(checkpoint.model, codes)


def said(
    checkpoint: Checkpoint,
    asked: Asked,
    predict: Predict = computed,
    effects: Effects | None = None,
) -> Said:
    """What a network says of everything that it is asked about.

    Args:
        predict: where predictions come from.
        effects: where `(variants, 1 + conditions)` effects of an element come from; computed by default.
    """
    of_element = effects or (lambda checkpoint, element: cagi5.element_effects(checkpoint.model, element))
    return Said(
        predict(checkpoint, asked.codes),
        {cell: predict(checkpoint, t.codes) for cell, t in asked.third.items()},
        {name: of_element(checkpoint, c.element) for name, c in asked.measured.elements.items()},
    )


def rows(checkpoint: Checkpoint, asked: Asked, said: Said) -> Iterator[tuple[str, Rows]]:
    """Every measure of a network, but for the means over elements."""
    yield from pairs(said, asked.measured)
    model = checkpoint.model
    assert isinstance(model, DisentangleModel)
    chosen = probed(asked)
    yield from probes.rows(model, asked.codes[chosen], asked.measured.test[chosen])


def probed(asked: Asked) -> np.ndarray:
    """The rows of what is asked whose features are probed: measured under every condition, at most `probes.SIZE`."""
    both = np.flatnonzero(data.paired(asked.measured.test))
    return both[probes.panel(len(both))]


def evaluate(checkpoint: Checkpoint, library: Library) -> Iterator[tuple[str, Metric]]:
    """Every score of a network, by measure (`tier 1/K562/spearman`); touches no file but the cache of the data."""
    wanted = of_checkpoint(checkpoint, library)
    for name, part in drawn(rows(checkpoint, wanted, said(checkpoint, wanted))).items():
        yield name, part.metric
