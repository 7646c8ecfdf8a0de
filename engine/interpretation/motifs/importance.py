"""Global importance of the study's motifs for one model, kept beside its weights.

Of each motif and kind of background: the mean effect of the site in the middle, that of its bases in a scrambled order,
and their difference, which is the motif's without its composition.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from engine.data import motifs
from engine.data.library import Library
from engine.data.motifs import STUDY, Site
from engine.experiments.checkpoints import Checkpoint
from engine.interpretation import stored
from engine.interpretation.motifs.effects import KINDS, Backgrounds, backgrounds, centre, differences, means, scrambled
from engine.models.layers import SequenceModel
from engine.results import Progress
from engine.statistics import Metric

WHAT = "motif-importance"
COUNT = 100
SEED = 0
SETTINGS = {
    "what": WHAT, "count": COUNT, "seed": SEED, "sites": {m.name: (m.site, m.patterns) for m in STUDY.values()},
}  # fmt: skip
MEASURES = {"effect": "site", "scrambled": "scrambled site", "motif": "site minus scrambled site"}


def importance(
    model: SequenceModel,
    around: Backgrounds,
    sites: Iterable[Site] | None = None,
    seed: int = SEED,
    progress: Progress | None = None,
) -> dict[str, dict[str, tuple[Metric, ...]]]:
    """For each site (None takes the study's motifs) every one of `MEASURES`, for each output.

    Raises:
        InputError: a site that does not fit.
    """
    wanted = [motifs.site(name) for name in STUDY] if sites is None else list(sites)
    places = [centre(around.length, s.bases) for s in wanted]
    variants: list = [[(p, s.bases)] for s, p in zip(wanted, places, strict=True)]
    variants += [scrambled(around, p, s.bases, s.patterns, seed) for s, p in zip(wanted, places, strict=True)]
    effects = differences(model, around, variants, progress=progress)
    site, other = effects[: len(wanted)], effects[len(wanted) :]
    return {
        s.name: {"effect": means(site[k]), "scrambled": means(other[k]), "motif": means(site[k] - other[k])}
        for k, s in enumerate(wanted)
    }


def compute(checkpoint: Checkpoint, library: Library, progress: Progress | None = None) -> bool:
    """Both kinds of backgrounds for one model, written beside its weights; False if they were there."""
    wanted = stored.key(checkpoint.weights_hash, library, SETTINGS)
    file = stored.model_file(checkpoint.name, WHAT)
    if stored.is_current(file, wanted):
        return False
    kinds = {}
    for step, kind in enumerate(KINDS):
        advance = (lambda d, n, s=step: progress(s * n + d, len(KINDS) * n)) if progress else None
        by_motif = importance(checkpoint.inference_model, backgrounds(library, kind, COUNT, SEED), progress=advance)
        kinds[kind] = {
            output: {name: {m: v[i].as_dict() for m, v in measures.items()} for name, measures in by_motif.items()}
            for i, output in enumerate(checkpoint.model.outputs)
        }
    scale = dict(zip(checkpoint.model.outputs, np.round(checkpoint.standardisation()[1], 6).tolist(), strict=True))
    made_of = stored.made_of(checkpoint.weights_hash, library, SETTINGS)
    stored.write_json(file, wanted, made_of | {"sd": scale, "importance": kinds})
    return True


def read(name: str) -> dict | None:
    """What `compute` wrote: `importance[kind][output][motif][measure]` (log2 RNA/DNA), `sd[output]` of the model's
    held-out predictions. None if there is nothing; raises CheckpointError if it is broken or stale."""
    return stored.read(stored.model_file(name, WHAT), weights=stored.weights_of(name), settings=SETTINGS)
