"""What others report of their own models: restated figures, shown beside ours and never in place of them.

Of the rank-order study, scores (`SCORES`), motifs (`MOTIFS`), representations (`REPRESENTATIONS`) and the study's
second half (`DISENTANGLE`) are tables in assets/, one figure a row; what it says of attributions are a few words and
numbers (`ATTRIBUTIONS`). Of D3, figures of designed sequences (`D3`). published_rank_order.md, published_disentangle.md
and published_d3.md beside the tables say what the columns hold and how far the figures compare with ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from engine import places
from engine.errors import DataError

_STUDY = "Rank-order learning for MPRA data, {}, github.com/bryanc5864/RankProject"
SOURCE = _STUDY.format("results tables")
MEAN = "mean"  # the element of a mean over elements; the encoder of a mean over encoders


@dataclass(frozen=True)
class Table:
    """A file of restated figures.

    Attributes:
        keys: the columns that name a figure, in the order of the functions below; the column `value` holds it.
        columns: all that the file has, from left to right, where it has more than these.
    """

    file: Path
    keys: tuple[str, ...]
    source: str
    columns: tuple[str, ...] = ()

    def load(self) -> pd.DataFrame:
        """Every figure, one a row. Raises DataError for a missing or broken file."""
        return _read(self.file, self.columns or (*self.keys, "value"))

    def figures(self) -> dict[tuple[str, ...], float]:
        """Every figure by its keys. Raises DataError for a missing or broken file."""
        return _figures(self)


SCORES = Table(
    places.assets() / "published_rank_order.csv",
    ("experiment", "subset", "metric", "element"),
    SOURCE,
    ("experiment", "trained_on", "metric", "subset", "element", "value"),
)
# The study counted motifs in test sets of its own and probed networks of its own (trained on 226,000 elements of K562
# or 140,000 of HepG2; 256 features where ours have 64), on one random split.
MOTIFS = Table(
    places.assets() / "published_motifs.csv",
    ("quantity", "motif", "who"),
    _STUDY.format("motif probing analysis"),
)
# Of networks that the study trained on about 226,000 elements of its large-scale K562 set, as printed.
REPRESENTATIONS = Table(
    places.assets() / "published_representations.csv",
    ("quantity", "first", "second"),
    _STUDY.format("interpretability analysis"),
)
# Of learning from several experiments at once; assets/published_disentangle.md lists the quantities.
DISENTANGLE = Table(
    places.assets() / "published_disentangle.csv",
    ("quantity", "encoder", "recipe", "against"),
    _STUDY.format("DISENTANGLE results"),
)

D3 = Table(
    places.assets() / "published_d3.csv",
    ("measure", "output", "way"),
    "D3, Sarkar et al. 2024, doi:10.1101/2024.05.23.595630",
)


def scores() -> pd.DataFrame:
    """Every score, one a row, with the columns of `SCORES`; `element` is "" on the held-out set. A copy."""
    return SCORES.load().copy()


def score(experiment: str, subset: str, metric: str = "spearman", element: str = "") -> float | None:
    """One score of the study, or None where it reports none.

    Args:
        experiment: a name of `engine.experiments.declared.EXPERIMENTS`.
        subset: held_out; cagi5_all or cagi5_high (elements of the model's cell type); transfer_all or
            transfer_high (of the other cell type); high is confidence >= 0.1.
        metric: spearman; on the held-out set also pearson, pairwise_accuracy and ndcg_at_10.
        element: "" on the held-out set; elsewhere a CAGI5 element, or `MEAN`.
    """
    return SCORES.figures().get((experiment, subset, metric, element))


def motif(quantity: str, name: str, who: str) -> float | None:
    """One figure of a motif, or None where the study reports none.

    Args:
        quantity: 'frequency', 'spearman' (of count and activity) or 'delta' (difference of mean activity), where `who`
            is a cell type; or 'r2' (of the motif's count by a ridge probe).
        name: of the motif, as in `engine.data.motifs.STUDY`.
        who: for 'r2' a network, 'mean K562', 'mean HepG2', or 'loss ' and one of mse, ranknet, softsort,
            plackett_luce, combined, curriculum.
    """
    return MOTIFS.figures().get((quantity, name, who))


def representation(quantity: str, first: str, second: str = "") -> float | None:
    """One figure of the networks' representations, or None where the study reports none.

    Args:
        quantity: 'activity R2', 'rank R2', 'GC content R2', 'CpG frequency R2' (of a linear probe of a network);
            'CKA low', 'CKA high' (lowest and highest between two networks of two cell types); 'prediction Spearman'
            (of two networks, in either order).
    """
    figures = REPRESENTATIONS.figures()
    return figures.get((quantity, first, second), figures.get((quantity, second, first)))


def disentangle(quantity: str, encoder: str, recipe: str, against: str = "") -> float | None:
    """One figure of the study's networks that learned from two experiments, or None where it reports none.

    Args:
        quantity: 'tier 2/consensus/spearman', 'head/gini'; assets/published_disentangle.md lists them.
        encoder: bilstm, dilated_cnn, cnn or transformer; `MEAN` for the mean over seeds of BiLSTM and of
            dilated CNN, as the tables of scores have it; 'any' for a range over networks.
        recipe: baseline_mse, ranking_only, contrastive_only, consensus_only, ranking_contrastive, full_disentangle.
        against: of a comparison of two recipes the other one, in either order.
    """
    figures = DISENTANGLE.figures()
    return figures.get((quantity, encoder, recipe, against), figures.get((quantity, encoder, against, recipe)))


def d3(measure: str, output: str) -> tuple[float, ...]:
    """What D3 reports of sequences designed for a cell type, a figure for each of its ways; empty where it reports
    none.

    Args:
        measure: fidelity, shift, words or told_apart, as in `engine.design.metrics.table`.
    """
    return tuple(value for key, value in D3.figures().items() if key[:2] == (measure, output))


class Attribution(NamedTuple):
    """Where a model's attribution lies, in few words, and the order of its size."""

    focus: str
    magnitude: float


# Integrated Gradients of a bidirectional LSTM over oligos of 230 bases (200 and the two adapters), in the scale of each
# model's own output.
ATTRIBUTIONS = {
    "B1_baseline_mse": Attribution("broad", 0.03),
    "R1_plackett_luce": Attribution("5' end, bases 0-30", 1e9),
    "R2_softsort": Attribution("3' end, bases 180-230", 1e10),
    "R3_ranknet": Attribution("3' side", 1e8),
    "R4_combined": Attribution("5' side", 1e13),
}
ATTRIBUTION_CORRELATION = (0.001, 0.035)  # Pearson between models, lowest and highest
ATTRIBUTION_SOURCE = f"{SOURCE}, section on Integrated Gradients"


@lru_cache
def _figures(table: Table) -> dict[tuple[str, ...], float]:
    rows = table.load()
    return dict(zip(rows[list(table.keys)].itertuples(index=False, name=None), rows.value.tolist(), strict=True))


@lru_cache
def _read(file: Path, columns: tuple[str, ...]) -> pd.DataFrame:
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
