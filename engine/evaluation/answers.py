"""What the comparison of models answers: which loss scores higher than squared error, by how much, and is that chance?

An interval of a difference says what another draw of test elements could change. What another training seed could
change is seen by asking networks of another seed the same: only what both say is an answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from engine.experiments.declared import BASELINES, FOLLOW_UPS, RANK_ORDER
from engine.statistics import VERDICTS, Metric, verdict

AHEAD, BEHIND, LEVEL, SPLIT = "ahead", "behind", "no difference shown", "depends on the seed"
_STANDING = dict(zip(VERDICTS, (AHEAD, BEHIND, LEVEL), strict=True))


@dataclass(frozen=True)
class Difference:
    """A model minus its baseline on one measure.

    Attributes:
        ours: between the two models.
        again: the same between networks of another seed; None where there are none.
    """

    model: str
    ours: Metric
    again: Metric | None = None

    @property
    def standing(self) -> str:
        """What both seeds say of the model, or the one if there is no other (`seeds`)."""
        said = {_STANDING[verdict(m.low, m.high)] for m in (self.ours, self.again) if m}
        return said.pop() if len(said) == 1 else SPLIT

    @property
    def seeds(self) -> int:
        """Of how many seeds it is the word."""
        return 1 if self.again is None else 2

    @property
    def words(self) -> str:
        """The standing with what it rests on."""
        if self.standing == SPLIT:
            return SPLIT
        return f"{self.standing}, {'both seeds' if self.again else 'one seed'}"


@dataclass(frozen=True)
class Answer:
    """What one measure says in one cell type.

    Attributes:
        recipes: the baseline's own network with other losses or curricula (the rank-order study's rows and the losses
            that followed), the largest difference first.
        others: models that differ in more than that: larger networks, several cell types, ensembles.
    """

    cell: str
    measure: str
    baseline: str
    recipes: tuple[Difference, ...]
    others: tuple[Difference, ...]

    def of(self, standing: str, seeds: int = 2) -> list[Difference]:
        """The recipes of which this many seeds say so."""
        return [d for d in self.recipes if d.standing == standing and d.seeds == seeds]


def answer(differences: Iterable[dict], cell: str, measure: str, among: Collection[str]) -> Answer | None:
    """The answer for a cell type; None where nothing was compared.

    Args:
        differences: the records of `engine.evaluation.comparison.compare`.
        among: names of the models that may be spoken of.
    """
    rows = [
        Difference(r["model"], Metric.from_dict(r), Metric.from_dict(r["again"]) if r.get("again") else None)
        for r in differences
        if (r["output"], r["measure"]) == (cell, measure) and r["model"] in among
    ]
    if not rows or cell not in BASELINES:
        return None
    rows.sort(key=lambda d: -d.ours.value)
    same = {e.name for e in (*RANK_ORDER, *FOLLOW_UPS)}
    recipes, others = (tuple(d for d in rows if (d.model in same) is wanted) for wanted in (True, False))
    return Answer(cell, measure, BASELINES[cell], recipes, others)
