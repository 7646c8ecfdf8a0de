"""Variants and windows of any number, in bounded memory: block by block, each asked of every model.

Where they are computed, in this process or on a Ray cluster, changes no row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from engine.genome.effects import CENTRED, Cut, Scored, cut, join, table
from engine.genome.reference import Reference
from engine.genome.scan import STRIDE, window_views
from engine.genome.variants import Variant
from engine.models.blocks import Block, computed, predictions
from engine.models.layers import SequenceModel
from engine.models.predict import Run, predict_with_uncertainty
from engine.results import Profile, spread_of_change
from engine.sequence import Sequence

VARIANTS, WINDOWS = 512, 1_024  # of a block: seconds of one core for a network, and a megabyte


def effect_tables(
    models: Mapping[str, SequenceModel],
    variants: list[Variant],
    reference: Reference,
    *,
    offsets: tuple[int, ...] = CENTRED,
    run: Run = Run(),
    refused: Mapping[Variant, str] | None = None,
    ray_address: str | None = None,
) -> Iterator[pd.DataFrame]:
    """The rows of `engine.genome.effects.score_variants` of several models side by side, a table for each block.

    All tables have the same columns. Whether the variants as a whole fit the reference (`engine.genome.diagnosis`) is
    for the caller to ask, who sees all of them.

    Args:
        models: by the name that columns give them.
        refused: variants that are not scored, with the reason.
        ray_address: as in `engine.models.blocks.computed`.

    Raises:
        InputError: Ray is asked for and cannot be used.
    """
    refused = refused or {}
    lengths = list(dict.fromkeys(model.window for model in models.values()))
    has_spread = {name: _says_spread(model) for name, model in models.items()}

    def blocks() -> Iterator[tuple[tuple[list[Variant], dict[int, Cut]], Block]]:
        for first in range(0, len(variants), VARIANTS):
            part = variants[first : first + VARIANTS]
            todo = [v for v in dict.fromkeys(part) if v not in refused] if refused else list(dict.fromkeys(part))
            cuts = {length: cut(todo, reference, length, offsets) for length in lengths}
            yield (part, cuts), {length: c.codes for length, c in cuts.items()}

    answers = computed(list(models.values()), blocks(), predict_with_uncertainty, run, ray_address=ray_address)
    for (part, cuts), answered in answers:
        tables = []
        for (name, model), said in zip(models.items(), answered, strict=True):
            scored = cuts[model.window].scored(said)
            rows: list[tuple[Variant, Scored]] = [(v, scored[v] if v in scored else refused[v]) for v in part]
            tables.append(table(rows, name, model.outputs, has_spread=has_spread[name]))
        yield join(tables)


def _says_spread(model: SequenceModel) -> bool:
    said = predict_with_uncertainty(model, np.zeros((1, model.window), np.uint8))
    return spread_of_change(said, said, 1) is not None


def profile_parts(
    models: Mapping[str, SequenceModel],
    sequences: list[Sequence],
    stride: int = STRIDE,
    *,
    run: Run = Run(),
    ray_address: str | None = None,
) -> Iterator[list[Profile]]:
    """The profiles of `engine.genome.scan.scan` in parts: the same windows of one sequence by all models that read
    windows of this length, in the order of the models' names.

    Args:
        models: by the name that columns give them.
        ray_address: as in `engine.models.blocks.computed`.

    Raises:
        InputError: as `scan`; Ray is asked for and cannot be used.
    """
    lengths = list(dict.fromkeys(model.window for model in models.values()))

    def blocks() -> Iterator[tuple[tuple[Sequence, int, np.ndarray], Block]]:
        for sequence in sequences:
            for length in lengths:
                starts, views = window_views(sequence, length, stride)
                for first in range(0, len(starts), WINDOWS):
                    part = starts[first : first + WINDOWS]
                    yield (sequence, length, part), {length: views[part]}

    answers = computed(list(models.values()), blocks(), predictions, run, ray_address=ray_address)
    for (sequence, length, starts), values in answers:
        asked = [(name, model.outputs) for name, model in models.items() if model.window == length]
        yield [
            Profile(name, outputs, sequence.name, len(sequence), length, stride, starts, predicted, sequence.region)
            for (name, outputs), predicted in zip(asked, values, strict=True)
        ]
