"""In-silico mutagenesis of one sequence: ours against tangermeme's on the model as it was trained.

    python -m benchmarks.mutagenesis [NAME ...]

Both give the effect of all 600 substitutions of 200 bases on every output, both strands averaged, with the same
weights. tangermeme computes every mutant whole, 32 at once, as it does by itself for a job as short as this one; its
`fast` is told not to try, for that trial would be timed with it.

The second row of a model counts what no timing changes: multiplications of matrices and convolutions for one mutant on
one strand. Where the time falls behind that share, memory and small operations take it; where it runs ahead, tangermeme
waits for memory. Little less is left to any way that computes anew all that changed: behind a LegNet's first gates, and
past the change in each direction of a DREAM-RNN's LSTM, every value is another one for every mutant.
"""

import argparse
import copy
from functools import partial

import numpy as np
import torch
from tangermeme.saturation_mutagenesis import saturation_mutagenesis
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.live_editing import EXAMPLES
from benchmarks.shared import Row, compared, furthest, table
from engine.experiments import checkpoints
from engine.experiments.declared import DEFAULT_MODEL
from engine.fasta import read_fasta
from engine.interpretation.attribution.methods import BothStrands, ism
from engine.models.layers import SequenceModel
from engine.models.mutants import mutants
from engine.sequence import Sequence, encode, one_hot

NAMES = (DEFAULT_MODEL, "joint_legnet", "dream_rnn")


def theirs(model: SequenceModel, sequence: Sequence) -> np.ndarray:
    """`(outputs, length, 4)` effects by tangermeme."""
    x = torch.as_tensor(one_hot(encode(sequence.bases)))[None]
    with torch.no_grad():
        said = saturation_mutagenesis(BothStrands(model).eval(), x, raw_outputs=True, device="cpu", fast=False)
    return (said.y_hat[0] - said.y0[0]).permute(2, 1, 0).numpy()


def multiplications(model: SequenceModel, sequence: Sequence) -> tuple[float, float]:
    """Millions for one mutant on one strand, by the short way (its setting up shared out) and by the whole model.

    Counted in float64, where an LSTM is made of matrix products that the counter knows.
    """
    x = torch.as_tensor(one_hot(encode(sequence.bases)))[None].double()
    double = copy.deepcopy(model).double()
    positions = torch.arange(x.shape[2]).repeat_interleave(3)
    bases = torch.arange(len(positions)) % 3
    with torch.inference_mode():
        with FlopCounterMode(display=False) as short:
            local = mutants(double, x)
            assert local is not None, "a model that knows no shorter way has no place in this benchmark"
            for p, b in zip(positions.split(local.batch), bases.split(local.batch), strict=True):
                local(p, b)
        with FlopCounterMode(display=False) as whole:
            double.member_activities(x)
    return short.get_total_flops() / 2e6 / len(positions), whole.get_total_flops() / 2e6


def rows(quick: bool, names: tuple[str, ...] = NAMES) -> list[Row]:
    """For each model how long both take, and what is left of the multiplications."""
    sequence = read_fasta(EXAMPLES.read_text())[0]
    made = []
    for name in names:
        checkpoint = checkpoints.load(name)
        plain, ready = checkpoint.model, checkpoint.inference_model
        made.append(
            compared(
                f"ISM, {len(sequence)} bp, {name}",
                "tangermeme",
                partial(ism, ready, sequence),
                partial(theirs, plain, sequence),
                repeats=2 if quick else 5,
                note=furthest(ism(ready, sequence).values, theirs(plain, sequence)),
            )
        )
        short, whole = multiplications(ready, sequence)
        task = f"multiplications of a mutant, {name}"
        made.append(Row(task, "whole network", short, whole, "million", whole / short, "counted, one strand"))
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=NAMES, metavar="NAME")
    torch.set_num_threads(1)
    print(table(rows(quick=False, names=tuple(parser.parse_args().names))))


if __name__ == "__main__":
    main()
