"""How long one edit takes to predict and explain: the model as it was trained against the fused one, in one run.

    python -m benchmarks.live_editing [NAME] [--repeats 5] [--threads 2]

Predicts, mutates (ISM) and explains (IG, one output, 50 steps) the first sequence of assets/examples.fa, both strands.
The fused ISM goes by `engine.models.mutants` where that knows a shorter way. The plain one computes every mutant whole,
twice: 128 at once and 32 at once. What lies between these two is no merit of the fused model but of
the batch: tensors of 128 mutants may be too large for the memory allocator to keep, which differs from run to run.

Plain and fused are timed in turn. The least wall time of each tells most on a busy machine, the medians whether it was
one. CPU time is that of all threads, spinning included; with --threads 1 it is the work. With as many threads as cores
and a core that something else uses, threads that wait for each other can take many times as long as one thread alone.
"""

import argparse
from collections.abc import Callable

import numpy as np
import torch

from benchmarks.shared import Row, compared, furthest, interleaved, processor
from engine import places
from engine.experiments import checkpoints
from engine.experiments.declared import DEFAULT_MODEL
from engine.fasta import read_fasta
from engine.interpretation.attribution.methods import integrated_gradients, ism
from engine.models.layers import SequenceModel
from engine.models.predict import predict, predict_codes
from engine.sequence import Sequence, encode

EXAMPLES = places.assets() / "examples.fa"


def whole_ism(model: SequenceModel, sequence: Sequence, batch_size: int) -> np.ndarray:
    """`(outputs, length, 4)` effects of all substitutions, every mutant predicted like any other sequence."""
    codes = encode(sequence.bases)
    rows = np.arange(4 * len(codes))
    changed = np.repeat(codes[None], len(rows), axis=0)
    changed[rows, rows // 4] = rows % 4
    effects = np.zeros((len(rows), len(model.outputs)), np.float32)
    new = changed[rows, rows // 4] != codes[rows // 4]
    values = predict_codes(model, np.concatenate([codes[None], changed[new]]), batch_size=batch_size)
    effects[new] = values[1:] - values[0]
    return effects.T.reshape(len(model.outputs), len(codes), 4)


def tasks(plain: SequenceModel, quick: SequenceModel, sequence: Sequence) -> dict[str, tuple[Callable, Callable]]:
    """What is timed: with the plain and with the fused model."""

    def ig(model: SequenceModel) -> np.ndarray:
        return integrated_gradients(model, sequence, outputs=model.outputs[:1]).values

    def short() -> np.ndarray:
        return ism(quick, sequence).values

    return {
        "predict": (lambda: predict(plain, [sequence]).values, lambda: predict(quick, [sequence]).values),
        "IG": (lambda: ig(plain), lambda: ig(quick)),
        "ISM by 32": (lambda: whole_ism(plain, sequence, 32), short),
        "ISM by 128": (lambda: whole_ism(plain, sequence, 128), short),
    }


def rows(quick: bool) -> list[Row]:
    """Prediction and both kinds of maps of the default model, against the model as it was trained."""
    checkpoint = checkpoints.load(DEFAULT_MODEL)
    sequence = read_fasta(EXAMPLES.read_text())[0]
    made = []
    for task, (plain, fused) in tasks(checkpoint.model, checkpoint.inference_model, sequence).items():
        note = furthest(fused(), plain())
        title = f"{task}, {len(sequence)} bp, {DEFAULT_MODEL}"
        made.append(compared(title, "network as trained", fused, plain, repeats=2 if quick else 5, note=note))
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="?", default=DEFAULT_MODEL)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    checkpoint = checkpoints.load(arguments.name)
    sequence = read_fasta(EXAMPLES.read_text())[0]
    print(f"{checkpoint.name}, {sequence.name}, {len(sequence)} bases")
    print(f"{processor()}, {torch.get_num_threads()} threads, {arguments.repeats} repeats")
    least = {}
    for task, pair in tasks(checkpoint.model, checkpoint.inference_model, sequence).items():
        plain, quick = (work() for work in pair)
        runs = interleaved(pair, arguments.repeats)
        least[task] = runs[:, :, 0].min(0)
        figures = {
            "wall least": least[task],
            "wall median": np.median(runs[:, :, 0], axis=0),
            "CPU least": runs[:, :, 1].min(0),
            "CPU median": np.median(runs[:, :, 1], axis=0),
        }
        print(f"{task}: furthest apart {np.abs(plain - quick).max():.1e}")
        for what, (before, after) in figures.items():
            print(f"    {what:11} {before:6.3f} -> {after:6.3f} s  x{before / after:.2f}", flush=True)
    for task in ("ISM by 32", "ISM by 128"):
        before, after = least[task] + least["IG"]
        print(f"{task} + IG, wall least {before:.3f} -> {after:.3f} s  x{before / after:.2f}")


if __name__ == "__main__":
    main()
