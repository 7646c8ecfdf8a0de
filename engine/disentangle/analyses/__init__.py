"""ANALYSES: everything that `python -m engine disentangle analyse` computes over the trained networks, by name.

Each is a function `(networks, library, progress)` that yields rows (`engine.disentangle.results.Score`). They are kept
in `shared_results/disentangle_<name>.json` under a key of the networks' weights, the data and the settings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from engine.data.library import Library
from engine.disentangle.analyses.networks import Network
from engine.disentangle.results import Score
from engine.results import Progress

Analysis = Callable[[list[Network], Library, Progress | None], Iterator[Score]]

ANALYSES: dict[str, Analysis] = {}
