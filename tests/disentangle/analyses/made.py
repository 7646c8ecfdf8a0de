"""Networks of DISENTANGLE whose numbers are set by hand, and a small library to ask them about."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch

from engine.data.lentimpra import CELL_TYPES, ActivityTable
from engine.data.library import Library
from engine.data.splits import Split
from engine.disentangle.analyses.features import Features
from engine.disentangle.analyses.networks import Network
from engine.disentangle.declared import EXPERIMENTS
from engine.experiments.checkpoints import Checkpoint
from engine.interpretation.representations.embedding import PEAKS
from engine.models.disentangle import DENOISED, DisentangleConfig, DisentangleModel

SMALL = DisentangleConfig("cnn", {"filters": (8, 8, 8)})
OUTPUTS = (DENOISED, "K562", "HepG2")


def fresh(seed: int = 0) -> DisentangleModel:
    """A small network at its first weights."""
    torch.manual_seed(seed)
    return DisentangleModel(OUTPUTS, SMALL).eval()


def subject(model: DisentangleModel, recipe: str = "baseline_mse", seed: int = 42, history: tuple = ()) -> Network:
    """A network as the analyses take it."""
    described = {
        "architecture": "disentangle",
        "outputs": list(model.outputs),
        "config": asdict(SMALL),
        "weights_sha256": f"{recipe} {seed} {sum(float(v.double().sum()) for v in model.state_dict().values())}",
    }
    metrics = {"training": {"seed": seed, "history": list(history)}}
    experiment = replace(EXPERIMENTS[f"disentangle.cnn_{recipe}"], options=SMALL.options)
    return Network(experiment, seed, Checkpoint(experiment.name, model, described, metrics, Path("nowhere")))


def features(encoded: np.ndarray, recipe: str = "baseline_mse", seed: int = 42) -> Features:
    """A network at its first weights whose encoder is said to give these features; the norms leave them as they are."""
    return Features(subject(fresh(seed), recipe, seed), encoded.astype(np.float64))


def library(n: int = 1200, seed: int = 0) -> Library:
    """Random elements, half of them peaks of either cell type, whose activity follows their GC content and a little
    noise; what the cell types differ by follows the A content."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, (n, 200)).astype(np.uint8)
    gc, a = np.isin(codes, (1, 2)).mean(axis=1), (codes == 0).mean(axis=1)
    activity = 20 * gc[:, None] + 10 * np.outer(a, [1, -1, 0]) + rng.normal(0, 0.3, (n, 3))
    classes = np.array(PEAKS)[np.arange(n) // 10 % 2]
    names = np.array([f"made up {i}" for i in range(n)])
    table = ActivityTable(names, codes, activity.astype(np.float32), CELL_TYPES, classes, "made up")
    return Library(table, Split((np.arange(n) % 10).astype(np.int8), np.arange(n, dtype=np.int32), "by row"))
