"""What the rank-order study reports of motifs: restated figures, shown beside ours.

assets/published_motifs.csv holds, one a row: of a motif and a cell type the frequency, the Spearman correlation of
count and activity and the difference of mean activity; and the R2 of the motif's count by a ridge probe, of one network
or as the mean over networks of a cell type or a loss. The study counted in test sets of its own and probed networks of
its own (trained on 226,000 elements of K562 or 140,000 of HepG2; 256 features where ours have 64), on one random split.
"""

from __future__ import annotations

from engine import places
from engine.data.published import figures

SOURCE = "Rank-order learning for MPRA data, motif probing analysis, github.com/bryanc5864/RankProject"
FILE = places.assets() / "published_motifs.csv"
KEYS = ("quantity", "motif", "who")  # what names a figure


def figure(quantity: str, motif: str, who: str) -> float | None:
    """One figure, or None where the study reports none.

    Args:
        quantity: 'frequency', 'spearman', 'delta' (`who` is a cell type) or 'r2'.
        who: for 'r2' a network, 'mean K562', 'mean HepG2', or 'loss ' and one of mse, ranknet, softsort,
            plackett_luce, combined, curriculum.
    """
    return figures(FILE, KEYS).get((quantity, motif, who))
