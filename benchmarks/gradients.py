"""Integrated Gradients of every output of a model against Captum called plainly, once an output.

    python -m benchmarks.gradients

Both explain the first sequence of assets/examples.fa from the uniform baseline, both strands, with the same weights.
The first row of a model has the same 50 points of the Gauss-Legendre rule on both sides; in the second ours takes as
many as each map needs to add up, and the note says how many these were and what each side then lacks.
"""

from __future__ import annotations

import numpy as np
import torch

from benchmarks.shared import Row, compared, furthest, table
from engine import device as devices
from engine import places
from engine.experiments import checkpoints
from engine.experiments.checkpoints import Checkpoint
from engine.experiments.declared import DEFAULT_MODEL
from engine.fasta import read_fasta
from engine.interpretation.attribution.methods import IGSettings, integrated_gradients
from engine.models.gradients import BothStrands
from engine.models.predict import one_hot
from engine.results import Track
from engine.sequence import Sequence, encode

STEPS = 50
MODELS = (DEFAULT_MODEL, "joint_legnet", "dream_rnn")


def captum(checkpoint: Checkpoint, sequence: Sequence) -> np.ndarray:
    """`(outputs, length, 4)` maps, each output's computed by itself, all points of its path at once."""
    # of the tests' packages: the other benchmarks need not have it
    from captum.attr import IntegratedGradients

    x = one_hot(torch.as_tensor(encode(sequence.bases))[None])
    explain = IntegratedGradients(BothStrands(devices.freeze(checkpoint.model)))
    maps = [
        explain.attribute(x, torch.full_like(x, 0.25), target=i, n_steps=STEPS, method="gausslegendre")[0].T
        for i in range(len(checkpoint.model.outputs))
    ]
    return torch.stack(maps).detach().numpy()


def rows(quick: bool) -> list[Row]:
    sequence = read_fasta((places.assets() / "examples.fa").read_text(encoding="utf-8"))[0]
    return [row for name in MODELS for row in _of_model(checkpoints.load(name), sequence, 2 if quick else 5)]


def _of_model(checkpoint: Checkpoint, sequence: Sequence, repeats: int) -> list[Row]:
    def ours(steps: int | None) -> Track:
        return integrated_gradients(checkpoint.inference_model, sequence, IGSettings(steps=steps))

    theirs = captum(checkpoint, sequence)
    fixed, asked = ours(STEPS), ours(None)
    lacking = _lacking(fixed, theirs.sum((1, 2))), _lacking(asked, asked.values.sum((1, 2)))
    taken = ", ".join(f"{o} {n}" for o, n in asked.checks["steps"].items())
    task = f"IG, {len(asked.outputs)} outputs, {len(sequence)} bases, {checkpoint.name}"
    plainly = f"Captum, once an output, {STEPS} steps"
    return [
        compared(
            f"{task}, {STEPS} steps",
            plainly,
            lambda: ours(STEPS),
            lambda: captum(checkpoint, sequence),
            repeats=repeats,
            note=furthest(fixed.values, theirs),
        ),
        compared(
            f"{task}, as many steps as each asks for",
            plainly,
            lambda: ours(None),
            lambda: captum(checkpoint, sequence),
            repeats=repeats,
            note=f"steps {taken}; lacking at most {lacking[1]:.1%} of the difference, Captum {lacking[0]:.1%}",
        ),
    ]


def _lacking(track: Track, sums: np.ndarray) -> float:
    """The largest share of the explained difference that maps with these `(outputs,)` sums lack."""
    difference = track.reference - np.array(list(track.checks["baseline_prediction"].values()))
    return float(np.abs((sums - difference) / difference).max())


if __name__ == "__main__":
    torch.set_num_threads(1)
    print(table(rows(quick=False)))
