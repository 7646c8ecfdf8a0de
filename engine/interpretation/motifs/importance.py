"""Global importance of the study's motifs for one model, kept beside its weights.

Of each motif and kind of background: the mean effect of the site in the middle, that of its bases in a scrambled order,
and their difference, which is the motif's without its composition.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Effect:
    """What the site of one motif does to one output: means over backgrounds, log2(RNA/DNA).

    Attributes:
        effect, scrambled, motif: as `MEASURES` has them.
    """

    effect: Metric
    scrambled: Metric
    motif: Metric

    @classmethod
    def from_dict(cls, stored: dict) -> Effect:
        """The inverse of `as_dict`."""
        return cls(*(Metric.from_dict(stored[measure]) for measure in MEASURES))

    def as_dict(self) -> dict:
        return {measure: getattr(self, measure).as_dict() for measure in MEASURES}


Effects = dict[str, dict[str, Effect]]  # output to motif to what its site does


@dataclass(frozen=True)
class Importance:
    """What the sites of motifs do to one model's predictions.

    Attributes:
        sd: output to the standard deviation of the model's held-out predictions, log2(RNA/DNA).
        kinds: kind of backgrounds (`effects.KINDS`) to the effects in them.
    """

    sd: dict[str, float]
    kinds: dict[str, Effects]

    @classmethod
    def from_dict(cls, stored: dict) -> Importance:
        """The inverse of `as_dict`; whatever else stands beside it is left."""
        kinds = {
            kind: {o: {m: Effect.from_dict(e) for m, e in by_motif.items()} for o, by_motif in by_output.items()}
            for kind, by_output in stored["importance"].items()
        }
        return cls(stored["sd"], kinds)

    def as_dict(self) -> dict:
        kinds = {
            kind: {o: {m: e.as_dict() for m, e in by_motif.items()} for o, by_motif in by_output.items()}
            for kind, by_output in self.kinds.items()
        }
        return {"sd": self.sd, "importance": kinds}


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
    kinds: dict[str, Effects] = {}
    for step, kind in enumerate(KINDS):
        advance = (lambda d, n, s=step: progress(s * n + d, len(KINDS) * n)) if progress else None
        by_motif = importance(checkpoint.inference_model, backgrounds(library, kind, COUNT, SEED), progress=advance)
        kinds[kind] = {
            output: {name: Effect(**{m: v[i] for m, v in measures.items()}) for name, measures in by_motif.items()}
            for i, output in enumerate(checkpoint.model.outputs)
        }
    scale = dict(zip(checkpoint.model.outputs, np.round(checkpoint.standardisation()[1], 6).tolist(), strict=True))
    made_of = stored.made_of(checkpoint.weights_hash, library, SETTINGS)
    stored.write_json(file, wanted, made_of | Importance(scale, kinds).as_dict())
    return True


def read(name: str) -> Importance | None:
    """What `compute` wrote; None if there is nothing; raises CheckpointError if it is broken or stale."""
    file = stored.model_file(name, WHAT)
    content = stored.read(file, weights=stored.weights_of(name), settings=SETTINGS)
    return None if content is None else stored.parsed(file, content, Importance.from_dict)
