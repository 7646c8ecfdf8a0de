"""WHAT: everything that `python -m engine interpret` computes, by name.

A function of `MODEL` takes `(checkpoint, library, progress)`, one of `TOGETHER` `(checkpoints, library, progress)` and
compares them. Both write their result and return True, or False if a current one was there.
"""

from __future__ import annotations

from collections.abc import Callable

from engine.data.library import Library
from engine.experiments.checkpoints import Checkpoint
from engine.interpretation.attribution import maps
from engine.interpretation.motifs import association, importance
from engine.interpretation.motifs import probes as motif_probes
from engine.interpretation.motifs.de_novo import store as de_novo
from engine.interpretation.reliability import angles, coverage, labels, seeds, uncertainty
from engine.interpretation.reliability import store as reliability
from engine.interpretation.representations import embedding, probes, similarity
from engine.results import Progress


def _maps(checkpoint: Checkpoint, library: Library, progress: Progress | None = None) -> bool:
    if maps.current(checkpoint, library):
        return False
    maps.store(checkpoint, library, progress=progress)
    return True


MODEL: dict[str, Callable[[Checkpoint, Library, Progress | None], bool]] = {
    "maps": _maps,
    "seeds": seeds.compute,
    "labels": labels.compute,
    "reliability": reliability.compute,
    "coverage": coverage.compute,
    "angles": angles.compute,
    "umap": embedding.compute,
    "probes": probes.compute,
    "motif-probes": motif_probes.compute,
    "motif-importance": importance.compute,
    "de-novo": de_novo.compute,
}
TOGETHER: dict[str, Callable[[list[Checkpoint], Library, Progress | None], bool]] = {
    "cka": similarity.compute,
    "untrained": probes.compute_untrained,
    "uncertainty": uncertainty.compute,
    "motif-association": association.compute,
}
WHAT = (*MODEL, *TOGETHER)
# What an ensemble can be asked for: it has predictions and so maps, but no features of its own.
OF_ENSEMBLES = ("maps", "reliability", "coverage")
# These train networks, which takes as long as the model's own training did, or longer: only done when asked for.
RETRAINING = ("seeds", "labels")
