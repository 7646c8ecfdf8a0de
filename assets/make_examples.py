"""Make assets/examples.fa and examples.json: sequences of our own engine's making, free to ship.

    python -m assets.make_examples

A random sequence of 200 bases (seed 0) is changed base by base: each step applies the one substitution that raises the
wanted cell type's standardised prediction most, relative to the mean of the other two, as the in-silico mutagenesis of
`joint_legnet` has it.
"""

import json
from pathlib import Path

import numpy as np

from engine.data.motifs import MOTIFS
from engine.editor.document import Document
from engine.experiments import checkpoints
from engine.interpretation.attribution.methods import ism
from engine.models.predict import predict
from engine.sequence import BASES, Sequence, write_fasta

HERE = Path(__file__).parent
STEPS = 15
MODEL = "joint_legnet"
WRITTEN = (("GATA1::TAL1", 40), ("NFE2", 95), ("SP1", 140))


def designed(start: Sequence, goal: int, checkpoint: checkpoints.Checkpoint) -> str:
    """The bases after `STEPS` greedy substitutions for output number `goal`."""
    bases, scale = start.bases, checkpoint.standardisation()[1]
    weights = np.where(np.arange(len(scale)) == goal, 1.0, -1.0 / (len(scale) - 1))
    for _ in range(STEPS):
        effects = ism(checkpoint.model, Sequence("step", bases), scale=scale).values
        position, base = np.unravel_index(np.tensordot(weights, effects, axes=1).argmax(), effects.shape[1:])
        bases = bases[:position] + BASES[base] + bases[position + 1 :]
    return bases


def main() -> None:
    checkpoint = checkpoints.load(MODEL)
    rng = np.random.default_rng(0)
    start = Sequence("random_background", "".join(rng.choice(list(BASES), checkpoint.model.window)))
    with_motifs = Document(start)
    for factor, position in WRITTEN:
        with_motifs = with_motifs.written(position, MOTIFS[factor].consensus, factor)
    sequences = [start, Sequence("motifs_in_background", with_motifs.bases)]
    words = {
        start.name: "200 random bases: what the models say of a sequence without any design.",
        "motifs_in_background": "The random bases with three JASPAR consensus sequences written in: "
        + ", ".join(f"{factor} at {position + 1}" for factor, position in WRITTEN)
        + ".",
    }
    for i, output in enumerate(checkpoint.model.outputs):
        name = f"designed_for_{output}"
        sequences.append(Sequence(name, designed(start, i, checkpoint)))
        words[name] = (
            f"The random bases after {STEPS} substitutions, each the one that {MODEL} finds to raise {output} most "
            "over the other cell types."
        )
    values = predict(checkpoint.model, sequences).values
    for s, row in zip(sequences, values, strict=True):
        print(s.name, "  ".join(f"{o} {v:+.2f}" for o, v in zip(checkpoint.model.outputs, row, strict=True)))
    (HERE / "examples.fa").write_text(write_fasta(sequences))
    how = "Made by our own engine (assets/make_examples.py); no such sequence was ever measured."
    (HERE / "examples.json").write_text(json.dumps({"how": how, "sequences": words}, indent=1) + "\n")


if __name__ == "__main__":
    main()
