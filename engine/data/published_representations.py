"""What the rank-order study reports of its networks' representations: restated figures, shown beside ours.

assets/published_representations.csv holds, one a row: R2 of linear probes (of network `first`), the lowest and highest
CKA between two networks of the cell types `first` and `second`, and the Spearman correlation between the predictions of
networks `first` and `second`, all as printed. The study probed networks of its own, trained on about 226,000 elements
of its large-scale K562 set.
"""

from __future__ import annotations

from engine import places
from engine.data.published import figures

SOURCE = "Rank-order learning for MPRA data, interpretability analysis, github.com/bryanc5864/RankProject"
FILE = places.assets() / "published_representations.csv"
KEYS = ("quantity", "first", "second")  # what names a figure


def figure(quantity: str, first: str, second: str = "") -> float | None:
    """One figure, or None where the study reports none.

    Args:
        quantity: 'activity R2', 'rank R2', 'GC content R2', 'CpG frequency R2' (of a network); 'CKA low', 'CKA high'
            (of two cell types); 'prediction Spearman' (of two networks, in either order).
    """
    table = figures(FILE, KEYS)
    return table.get((quantity, first, second), table.get((quantity, second, first)))
