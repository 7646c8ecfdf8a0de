"""What a motif does in one cell type beside what it does in another, from the stored effects on predictions.

Every effect is a mean over the same backgrounds with its own 95% t interval; the draws behind them are not stored, so
the interval of a difference is not known. Two intervals that do not meet tell enough all the same: the standard error
of a difference is at most the sum of the two, whatever the correlation between them, so where they do not meet the
paired interval of the difference leaves 0 out. Where they meet nothing is told.
"""

from __future__ import annotations

from itertools import combinations

from engine.experiments.declared import RANK_ORDER, same_but_for_the_cell


def side_by_side(name: str, stored: dict[str, dict]) -> dict[str, str]:
    """The model to ask for each cell type: `name` itself if it has several outputs, else the two networks of the study
    that learned one cell type each by the same loss. Only `name`'s own if there is no such pair, or it is not stored.

    Args:
        stored: `engine.interpretation.motifs.importance.read` of each model.
    """
    pair = next((p for _, *p in same_but_for_the_cell(RANK_ORDER) if name in p), (name,))
    asked = (name,) if len(stored[name]["sd"]) > 1 else tuple(n for n in pair if n in stored)
    return {output: n for n in asked for output in stored[n]["sd"]}


def apart(effects: dict[str, dict[str, dict]]) -> dict[tuple[str, str], list[str]]:
    """For each ordered pair of cell types the motifs whose effect is surely higher in the first than in the second.

    Args:
        effects: cell type -> motif -> `low` and `high` of its 95% interval, over the same number of backgrounds.
    """
    cells = [pair for both in combinations(effects, 2) for pair in (both, both[::-1])]
    return {(a, b): [m for m in effects[a] if effects[a][m]["low"] > effects[b][m]["high"]] for a, b in cells}
