"""What DISENTANGLE has to say, as rows: one number each, with its n and interval. Plain; no torch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from engine.statistics import Metric


@dataclass(frozen=True)
class Score:
    """One number of one network, of two networks, or of two sides of one.

    Attributes:
        notion: what counts as an experiment: 'cells', 'assays HepG2', 'assays WTC11', or 'planted <noise>'.
        encoder, recipe: which network.
        seed: of the network; None for the mean over all seeds of it.
        measure: what was measured, as a path: 'tier 1/K562/spearman'.
        metric: the number.
        against: of a comparison the other side: a recipe, a condition, a seed. Empty for none.
        method: where the study does it otherwise than we do: 'ours' or 'study'.
    """

    notion: str
    encoder: str
    recipe: str
    seed: int | None
    measure: str
    metric: Metric
    against: str = ""
    method: str = "ours"

    def as_row(self) -> dict:
        """Flat, for a table: the fields, then `value`, `low`, `high`, `n`."""
        row = {k: v for k, v in asdict(self).items() if k != "metric"}
        return row | self.metric.as_dict()

    @classmethod
    def from_row(cls, row: dict) -> Score:
        """What `as_row` gave."""
        numbers = {k: row[k] for k in ("value", "low", "high", "n")}
        return cls(metric=Metric(**numbers), **{k: v for k, v in row.items() if k not in numbers})


def per_network(scores: Iterable[Score]) -> list[Score]:
    """Of every network and measure the mean over its seeds; where there is no such row, those of its seeds."""
    rows = list(scores)
    means = {_subject(s) for s in rows if s.seed is None}
    return [s for s in rows if s.seed is None or _subject(s) not in means]


def seeds_of_means(scores: Iterable[Score]) -> list[Score]:
    """The rows of single seeds of which `per_network` gives the mean."""
    rows = list(scores)
    means = {_subject(s) for s in rows if s.seed is None}
    return [s for s in rows if s.seed is not None and _subject(s) in means]


def _subject(score: Score) -> tuple[str, ...]:
    return score.notion, score.encoder, score.recipe, score.measure, score.against, score.method
