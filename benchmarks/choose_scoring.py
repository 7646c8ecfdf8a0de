"""Choose where the windows of a CAGI5 variant lie, on the challenge's training variants alone.

    python -m benchmarks.choose_scoring joint_legnet

Prints, for each candidate, the mean Spearman over the matched elements on the training SNVs (all and high confidence,
K562 and HepG2) and the mean of these four, by which the default of `engine.genome.effects.Scoring` was set. Test
variants are not even predicted.
"""

import sys

import numpy as np

from engine.data import satmut
from engine.evaluation.cagi5 import element_effects, subset_rows
from engine.experiments import checkpoints
from engine.genome.effects import Scoring
from engine.statistics import spearman

OFFSETS = {
    "middle only": (0,),
    "3 by 45": (-45, 0, 45),
    "5 by 30": (-60, -30, 0, 30, 60),
    "5 by 45": (-90, -45, 0, 45, 90),
    "7 by 30": tuple(range(-90, 91, 30)),
    "13 by 15": tuple(range(-90, 91, 15)),
}


def training_effects(model, inside: bool) -> dict:
    """`{(element, offset): (training SNVs, outputs)}` predicted effects, one window each."""
    effects = {}
    for name in satmut.MATCHED_ELEMENTS:
        element, training = satmut.load_cagi5(name)
        rows = subset_rows(element, training, "training", "all")
        for offset in sorted({o for offsets in OFFSETS.values() for o in offsets}):
            effects[name, offset] = element_effects(model, element, scoring=Scoring((offset,), inside), rows=rows)
    return effects


def main() -> None:
    model = checkpoints.load(sys.argv[1] if len(sys.argv) > 1 else "joint_legnet").model
    print(f"{'offsets':12} inside   K562 all/high   HepG2 all/high   mean")
    for inside in (False, True):
        effects = training_effects(model, inside)
        for label, offsets in OFFSETS.items():
            scores = []
            for output, names in satmut.MATCHED.items():
                column = model.outputs.index(output)
                for confidence in ("all", "high"):
                    values = []
                    for name in names:
                        element, training = satmut.load_cagi5(name)
                        snvs = element.variants[subset_rows(element, training, "training", "all")]
                        keep = (snvs["confidence"] >= satmut.HIGH_CONFIDENCE).to_numpy() | (confidence == "all")
                        mean = np.mean([effects[name, o][:, column] for o in offsets], axis=0)
                        values.append(spearman(mean[keep], snvs["effect"].to_numpy()[keep]))
                    scores.append(np.mean(values))
            shown = f"{scores[0]:.3f} / {scores[1]:.3f}   {scores[2]:.3f} / {scores[3]:.3f}"
            print(f"{label:12} {inside!s:6}   {shown}    {np.mean(scores):.4f}", flush=True)


if __name__ == "__main__":
    main()
