"""The checks of two models' maps beside each other, on the same held-out elements: whose maps hold up better?

All is read from what `python -m engine interpret MODEL --what reliability,seeds` stored; nothing is computed.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.evaluation import ingredients
from engine.experiments import checkpoints
from engine.interpretation import stored
from engine.interpretation.attribution import maps
from engine.interpretation.reliability import store
from engine.interpretation.reliability.checks import CHECKS
from engine.statistics import Metric, mean_of, verdict

LEFT_OUT = ("models",)  # agreement with companions, which are others for either model


def beside(having: str, lacking: str) -> list[dict]:
    """One row for each output that both models have and each check that both were asked.

    Returns:
        `output`, `check` in words, `having` and `lacking` (`Metric.as_dict`, means over elements), `difference` of the
        two on the same elements and `verdict` on it, by what is good for the check. Planted motifs are another for
        each model and not paired: their `difference` and `verdict` are None.

    Raises:
        CheckpointError: a broken file.
    """
    both = [store.read(stored.place(name)).get("outputs", {}) for name in (having, lacking)]
    return [row for output in both[0] if output in both[1] for row in _of_output(output, *(o[output] for o in both))]


def _of_output(output: str, own: dict, other: dict) -> Iterator[dict]:
    for name, check in CHECKS.items():
        values = [part.get("checks", {}).get(name) for part in (own, other)]
        if name in LEFT_OUT or not all(values):
            continue
        one, two = _same_elements(*(np.array(v, np.float64) for v in values))
        difference = mean_of(one - two)
        low, high = difference.low, difference.high
        yield {
            "output": output,
            "check": check.words,
            "having": mean_of(one).as_dict(),
            "lacking": mean_of(two).as_dict(),
            "difference": difference.as_dict(),
            "verdict": verdict(low, high) if check.high else verdict(-high, -low),
        }
    planted = [part.get("planted") for part in (own, other)]
    for method in maps.METHODS if all(planted) else ():
        for score in ("auroc", "auprc"):
            metrics = [part[method][score] for part in planted if part]
            words = f"{method.upper()} finds a planted motif ({score.upper()})"
            place = {"output": output, "check": words, "having": metrics[0], "lacking": metrics[1]}
            yield place | {"difference": None, "verdict": None}


def _same_elements(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The values of the elements that both were asked: of each half of the panel the first ones."""
    halves = min(len(one), len(other)) // 2

    def common(values: np.ndarray) -> np.ndarray:
        half = len(values) // 2
        return np.concatenate([values[:halves], values[half : half + halves]])

    return common(one), common(other)


def of_ingredients() -> list[dict]:
    """`beside` for every ingredient that is a comparison of two trained models, each row with `ingredient`, `models`
    (with it, without it)."""
    trained = set(checkpoints.trained())
    rows = []
    for ingredient in ingredients.INGREDIENTS:
        lacking = next((n for n in ingredient.lacking.models if n in trained), None)
        having = next((n for n in ingredient.having.models if n in trained), None)
        if having is None or lacking is None or having == lacking:
            continue
        rows += [{"ingredient": ingredient.name, "models": (having, lacking)} | row for row in beside(having, lacking)]
    return rows


def in_numbers(row: dict) -> dict:
    """A row as flat numbers, for a table of other programs."""
    flat = {"ingredient": row["ingredient"], "having": row["models"][0], "lacking": row["models"][1]}
    flat |= {"output": row["output"], "check": row["check"]}
    for side in ("having", "lacking", "difference"):
        metric = row[side] or Metric.unknown(0).as_dict()
        flat |= {f"{side}_{key}": metric[key] for key in ("value", "low", "high", "n")}
    return flat | {"verdict": row["verdict"] or ""}
