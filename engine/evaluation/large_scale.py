"""What a model of a full large-scale table scores on the test fold of that table.

Two ways, since the table holds most elements twice, once in each orientation:

- `both orientations`: the mean of an element's two measurements against the prediction over both strands, which is
  what the app shows. The study scored its networks so (Agarwal et al. 2025); elements of which one orientation alone
  was measured are left out.
- `as cloned`: each construct against the prediction for its own strand.

On the joint library and on CAGI5 such a model is scored as all others are.
"""

from __future__ import annotations

import numpy as np

from engine import statistics
from engine.data.library import Library
from engine.evaluation import cagi5
from engine.models.layers import SequenceModel
from engine.models.predict import predict_codes
from engine.mpra.large_scale import LargeLibrary, elements
from engine.results import Progress
from engine.statistics import measure

BOTH, AS_CLONED = "both orientations", "as cloned"
METRICS = ("spearman", "pearson")  # Pearson is what the study published


def evaluate(model: SequenceModel, own: LargeLibrary, progress: Progress | None = None) -> dict:
    """`large_scale` of metrics.json: the file, and by way and output `METRICS` with n and their intervals.

    Args:
        model: on any device; its outputs are columns of the table.
        progress: called with (passes done, 2).
    """
    table, split = own.library
    report = progress or (lambda done, total: None)
    codes = table.codes[split.test]
    cloned = predict_codes(model, codes, both_strands=False)
    report(1, 2)
    first, measured_twice = both_orientations(own.library)
    averaged = predict_codes(model, codes[first])
    report(2, 2)
    scores: dict[str, dict] = {BOTH: {}, AS_CLONED: {}}
    for i, output in enumerate(model.outputs):
        measured = table.column(output)[split.test].astype(np.float64)
        pairs = {BOTH: (averaged[:, i], measured[measured_twice].mean(axis=1)), AS_CLONED: (cloned[:, i], measured)}
        for way, (predicted, known) in pairs.items():
            scores[way][output] = {
                name: measure(statistics.METRICS[name], predicted.astype(np.float64), known).as_dict()
                for name in METRICS
            }
    return {"file": own.file, "library": table.library, "left_out": own.left_out, "scores": scores} | {
        "cagi5_elements_seen": cagi5.elements_seen(own.library)
    }


def both_orientations(library: Library) -> tuple[np.ndarray, np.ndarray]:
    """The elements of the test fold that were measured both ways round.

    Returns:
        `(elements,)` int, the first row of each within the test fold; `(elements, 2)` its rows, one each way round.
    """
    which, one_way = elements(library.table.codes[library.split.test])
    forward, backward = (dict(zip(which[w], np.flatnonzero(w), strict=True)) for w in (one_way, ~one_way))
    twice = sorted(forward.keys() & backward.keys())
    rows = np.array([(forward[e], backward[e]) for e in twice], dtype=np.int64).reshape(-1, 2)
    return rows.min(axis=1), rows
