"""WHAT: everything that `python -m engine interpret` computes, by name.

A function of `MODEL` takes `(checkpoint, library, progress)`, one of `TOGETHER` `(checkpoints, library, progress)` and
compares them. Both write their result and return True, or False if a current one was there.
"""

from __future__ import annotations

from collections.abc import Callable

from engine.checkpoints import Checkpoint
from engine.interpretation import embedding
from engine.interpretation.panel import Library
from engine.results import Progress

MODEL: dict[str, Callable[[Checkpoint, Library, Progress | None], bool]] = {
    "umap": embedding.compute,
}
TOGETHER: dict[str, Callable[[list[Checkpoint], Library, Progress | None], bool]] = {}
WHAT = (*MODEL, *TOGETHER)
