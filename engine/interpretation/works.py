"""WHAT: everything that `python -m engine interpret` computes, by name.

A function of `MODEL` takes `(checkpoint, library, progress)`, one of `TOGETHER` `(checkpoints, library, progress)` and
compares them. Both write their result and return True, or False if a current one was there.
"""

from __future__ import annotations

from collections.abc import Callable

from engine.checkpoints import Checkpoint
from engine.interpretation import embedding, maps, probes, similarity
from engine.interpretation.panel import Library
from engine.results import Progress


def _maps(checkpoint: Checkpoint, of: Library, progress: Progress | None = None) -> bool:
    there = maps.read(checkpoint) is not None
    maps.store(checkpoint, of.table, of.split, progress=progress)
    return not there


MODEL: dict[str, Callable[[Checkpoint, Library, Progress | None], bool]] = {
    "maps": _maps,
    "umap": embedding.compute,
    "probes": probes.compute,
}
TOGETHER: dict[str, Callable[[list[Checkpoint], Library, Progress | None], bool]] = {
    "cka": similarity.compute,
    "untrained": probes.compute_untrained,
}
WHAT = (*MODEL, *TOGETHER)
