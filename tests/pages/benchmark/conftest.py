"""What the tests of the Benchmark page share: a comparison of the models of the study, and the files that it offers."""

from __future__ import annotations

import io

import pandas as pd
import pytest

from engine import places, store
from engine.evaluation import comparison
from engine.experiments import checkpoints
from engine.statistics import VERDICTS

BETTER, WORSE, NEITHER = VERDICTS
AGAIN = {"value": -0.02, "low": -0.03, "high": -0.01, "n": 5697, "verdict": WORSE}  # of another seed
PAIR = ["R1_plackett_luce", "H2_HepG2_plackett_luce"]  # the same loss in both cell types


def difference(model: str, measure: str, value: float, said: str, again: dict | None = None) -> dict:
    return {
        "model": model, "output": "K562", "baseline": "B1_baseline_mse", "measure": measure,
        "value": value, "low": value - 0.01, "high": value + 0.02, "n": 5697, "verdict": said, "again": again,
    }  # fmt: skip


def transfer(loss: str, value: float, difference: float | None, **more) -> dict:
    def metric(v: float) -> dict:
        return {"value": v, "low": v - 0.02, "high": v + 0.02, "n": 900}

    record = {"loss": loss, "confidence": "all", "K562 to HepG2": metric(value), "HepG2 to K562": metric(value + 0.1)}
    told = None if difference is None else metric(difference)
    return record | {"average": metric(value + 0.05), "difference to mse": told} | more


def write_comparison(folder) -> dict:
    """A comparison of the models that are in the folder, as `python -m engine compare` would write it."""
    trained = checkpoints.trained()
    content = {
        "models": {n: [checkpoints.read_description(n)["weights_sha256"]] for n in trained},
        "differences": [
            difference("joint_legnet", "held_out spearman", 0.005, NEITHER),
            difference("R1_plackett_luce", "held_out spearman", 0.05, BETTER, AGAIN),
            difference("C1_pl_linear_curriculum", "held_out spearman", -0.05, WORSE, AGAIN),
            difference("R1_plackett_luce", "cagi5 matched high", -0.2, WORSE),
        ],
        "transfer_by_loss": [transfer("mse", 0.3, None), transfer("plackett_luce", 0.4, 0.1, models=PAIR)],
        "correlation": {
            "labels": ["B1_baseline_mse K562", "H1_HepG2_baseline_mse HepG2", "R1_plackett_luce K562"],
            "spearman": [[1.0, 0.2, 0.9], [0.2, 1.0, 0.3], [0.9, 0.3, 1.0]],
        },
        "noise_ceiling": {
            "K562": {
                "spearman": {"value": 0.81, "low": 0.8, "high": 0.82, "n": 12345},
                "pearson": {"value": 0.86, "low": 0.85, "high": 0.87, "n": 12345},
            }
        },
    }
    store.write_json(places.shared_results() / comparison.FILE, content)
    return content


@pytest.fixture
def compared(study) -> dict:
    """The five models, and their comparison."""
    return write_comparison(study)


@pytest.fixture
def saved(downloads):
    """A table as the button under it would save it, by its name."""
    return lambda name: pd.read_csv(io.StringIO(downloads[f"cislens-{name}.csv"]))
