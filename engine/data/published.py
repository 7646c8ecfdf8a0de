"""The scores that the rank-order study reports for its models: restated figures, shown beside ours.

assets/published_rank_order.md says what the columns hold and how far the figures compare with ours.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pandas as pd

from engine import places
from engine.errors import DataError

SOURCE = "Rank-order learning for MPRA data, results tables, github.com/bryanc5864/RankProject"
FILE = places.assets() / "published_rank_order.csv"
COLUMNS = ("experiment", "trained_on", "metric", "subset", "element", "value")
KEYS = ("experiment", "subset", "metric", "element")  # what names a figure
MEAN = "mean"  # the element of a mean over elements


def load() -> pd.DataFrame:
    """Every figure, one a row, with the columns `COLUMNS`; `element` is "" on the held-out set. A copy."""
    return _table(FILE).copy()


def figure(experiment: str, subset: str, metric: str = "spearman", element: str = "") -> float | None:
    """One figure of the study, or None where it reports nothing.

    Args:
        experiment: a name of `engine.experiments.declared.EXPERIMENTS`.
        subset: held_out; cagi5_all or cagi5_high (elements of the model's cell type); transfer_all or
            transfer_high (of the other cell type); high is confidence >= 0.1.
        metric: spearman; on the held-out set also pearson, pairwise_accuracy and ndcg_at_10.
        element: "" on the held-out set; elsewhere a CAGI5 element, or `MEAN`.
    """
    return figures(FILE, KEYS).get((experiment, subset, metric, element))


@lru_cache
def figures(file: Path, keys: tuple[str, ...]) -> dict[tuple[str, ...], float]:
    """The column `value` of a file of restated figures, by its columns `keys`. Raises DataError for a broken file."""
    table = _table(file, (*keys, "value"))
    return dict(zip(table[list(keys)].itertuples(index=False, name=None), table.value.tolist(), strict=True))


@lru_cache
def _table(file: Path, columns: tuple[str, ...] = COLUMNS) -> pd.DataFrame:
    mend = "put back the file that came with CisLens (git checkout -- assets)"
    try:
        table = pd.read_csv(file, dtype=str, keep_default_na=False)
    except OSError as error:
        raise DataError(f"{file} cannot be read ({error.strerror}): {mend}") from None
    except ValueError as error:  # no table, or no text
        raise DataError(f"{file} cannot be read as a comma-separated table ({error}): {mend}") from None
    missing = [c for c in columns if c not in table]
    if missing:
        raise DataError(f"{file} lacks the column {', '.join(missing)}: {mend}")
    try:
        return table.astype({"value": float})
    except ValueError as error:
        raise DataError(f"{file}: a value is not a number ({error}): {mend}") from None
