"""Choose where the windows of a CAGI5 variant lie, on the challenge's training variants alone.

    python benchmarks/choose_scoring.py joint_legnet

Prints, for each candidate, the mean Spearman over the matched elements on the training variants (all SNVs and
high confidence, K562 and HepG2) and their mean, by which the default of `engine.evaluation.cagi5.Scoring` was set.
"""

import sys

import numpy as np

from engine import checkpoints
from engine.evaluation.cagi5 import Scoring, evaluate

STEPS = {1: (0,), 3: (-40, 0, 40), 7: tuple(range(-60, 61, 20)), 13: tuple(range(-90, 91, 15))}


def main() -> None:
    model = checkpoints.load(sys.argv[1] if len(sys.argv) > 1 else "joint_legnet").model
    print("windows inside   K562 all/high   HepG2 all/high   mean")
    for inside in (False, True):
        for count, offsets in STEPS.items():
            result = evaluate(model, scoring=Scoring(offsets, inside), subsets=("training",), resamples=2)
            means = result["matched_mean"]
            scores = [means[o]["training"][c]["value"] for o in ("K562", "HepG2") for c in ("all", "high")]
            k_all, k_high, h_all, h_high = scores
            print(
                f"{count:7d} {inside!s:6}   {k_all:.3f} / {k_high:.3f}   {h_all:.3f} / {h_high:.3f}    "
                f"{np.mean(scores):.4f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
