"""The findings of the rank-order study, looked for in our own models; README's figures come from here.

    python -m benchmarks.published_findings

Prints Spearman (and NDCG@10 where it says so) with paired 95% intervals, from what is stored beside the weights: both
models of a difference are scored on the same 1,000 resamples. An interval covers another draw of test data, not another
training seed; the last part shows what another seed does.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from engine import checkpoints, experiments
from engine.data import lentimpra, splits
from engine.data.satmut import MATCHED
from engine.evaluation.comparison import Scores
from engine.evaluation.metrics import from_draws

B1, H1 = "B1_baseline_mse", "H1_HepG2_baseline_mse"
B2, R1, R2, R3 = "B2_soft_classification", "R1_plackett_luce", "R2_softsort", "R3_ranknet"
R4, R5, C1, C3 = "R4_combined", "R5_dual_combined", "C1_pl_linear_curriculum", "C3_combined_curriculum"
D1, H2, H3, H4 = "D1_domain_adversarial", "H2_HepG2_plackett_luce", "H3_HepG2_combined", "H4_HepG2_softsort"
HELD_OUT, NDCG = [("held_out", "spearman")], [("held_out", "ndcg_at_10")]
PAIRS = [(R1, B1), (R2, B1), (R3, B1), (R4, B1), (R5, B1), (C3, B1), (H2, H1), (H3, H1), (H4, H1)]


@cache
def library() -> tuple[lentimpra.ActivityTable, splits.Split]:
    table = lentimpra.joint()
    return table, splits.joint_split(table)


@cache
def scores(name: str) -> Scores:
    """All scores of the one output of a model."""
    return Scores(checkpoints.load(name), experiments.get(name).task.outputs[0], *library())


def elements(cell: str, confidence: str) -> list[tuple]:
    """The scores whose mean is that over the elements matched to a cell type."""
    return [(name, confidence) for name in MATCHED[cell]]


def cagi5(name: str, confidence: str) -> list[tuple]:
    """The scores whose mean is that over the elements matched to a model's own cell type."""
    return elements(experiments.get(name).task.outputs[0], confidence)


def show(label: str, value: float, draws: np.ndarray, n: int, sign: str = "+") -> None:
    found = from_draws(value, draws, n)
    print(f"  {label:62} {value:{sign}.3f} [{found.low:{sign}.3f}, {found.high:{sign}.3f}] (n={n:,})", flush=True)


def own(name: str, keys: list[tuple], label: str = "") -> None:
    """A score."""
    show(f"{name}{label}", *scores(name).mean(keys), sign="")


def minus(name: str, other: str, keys: list[tuple], label: str = "") -> None:
    """The difference of two models on the same rows."""
    (value, draws, n), (base, base_draws, _) = scores(name).mean(keys), scores(other).mean(keys)
    show(f"{name} minus {other}{label}", value - base, draws - base_draws, n)


def ratio(name: str) -> None:
    """How many times higher the correlation is on the variants of high confidence."""
    (high, high_draws, n), (whole, draws, _) = (scores(name).mean(cagi5(name, c)) for c in ("high", "all"))
    show(name, high / whole, high_draws / draws, n, sign="")


def transfer_minus(pair: tuple[str, str], other: tuple[str, str], confidence: str) -> None:
    """The difference of two losses: the mean of K562 models on HepG2 elements and of HepG2 models on K562 elements."""

    def both(models: tuple[str, str]) -> tuple[float, np.ndarray, int]:
        there, back = (scores(m).mean(elements(c, confidence)) for m, c in zip(models, ("HepG2", "K562"), strict=True))
        return (there[0] + back[0]) / 2, (there[1] + back[1]) / 2, there[2] + back[2]

    (value, draws, n), (base, base_draws, _) = both(pair), both(other)
    show(f"{pair[0]}, {pair[1]} minus baselines, {confidence}", value - base, draws - base_draws, n)


def seeds() -> None:
    """Models with a twin (`python -m engine interpret NAME --what seeds`), each with its seed."""
    for twin in sorted(checkpoints.models_folder().glob(f"*/{checkpoints.SEEDS}/*/{checkpoints.METRICS}")):
        name = twin.parents[2].name
        for metrics in (checkpoints.read_metrics(name), checkpoints.read_metrics(name, twin.parent)):
            m = metrics["held_out"][experiments.get(name).task.outputs[0]]["spearman"]
            label = f"{name}, seed {metrics['training']['seed']}"
            print(f"  {label:62} {m['value']:.3f} [{m['low']:.3f}, {m['high']:.3f}] (n={m['n']:,})", flush=True)


def main() -> None:
    print("Ranking losses against squared error, held-out")
    for name, baseline in PAIRS:
        minus(name, baseline, HELD_OUT)
    print("High confidence")
    for experiment in experiments.RANK_ORDER:
        own(experiment.name, cagi5(experiment.name, "high"))
    minus(R3, B1, cagi5(R3, "high"))
    minus(H2, H1, cagi5(H2, "high"))
    print("Cell-type matching, all variants")
    minus(H1, B1, elements("HepG2", "all"), ", HepG2 elements")
    minus(B1, H1, elements("K562", "all"), ", K562 elements")
    print("High confidence over all variants, as a ratio")
    ratio(B1)
    ratio(H1)
    print("SoftSort across cell types, both directions")
    for confidence in ("all", "high"):
        transfer_minus((R2, H4), (B1, H1), confidence)
    print("A dual head against the combined loss")
    minus(R5, R4, HELD_OUT, ", held-out")
    minus(R5, R4, cagi5(R5, "all"), ", CAGI5")
    print("Soft classification on variants")
    for confidence in ("all", "high"):
        own(B2, cagi5(B2, confidence), f", {confidence}")
    print("HepG2 against K562 models, held-out")
    own(B1, HELD_OUT)
    own(H1, HELD_OUT)
    print("NDCG@10, held-out")
    for name, baseline in PAIRS:
        minus(name, baseline, NDCG)
    print("Curriculum, adversary, held-out")
    minus(C1, R1, HELD_OUT)
    minus(D1, C1, HELD_OUT)
    print("The same recipe with another seed, held-out")
    seeds()


if __name__ == "__main__":
    main()
