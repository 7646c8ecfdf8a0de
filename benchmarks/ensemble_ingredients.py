"""What each ingredient brings on CAGI5: seeds, losses, architectures, cell types at once, windows.

    python -m benchmarks.ensemble_ingredients

Prints the mean Spearman over the matched elements on the challenge's test SNVs (all and high confidence, K562 and
HepG2) of uniform means of trained models, one line a mean. It reports and decides nothing: members of the declared
ensembles are chosen by `python -m engine select` on the validation fold, window offsets by `benchmarks.choose_scoring`
on training variants.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from engine.data import satmut
from engine.data.satmut import MATCHED, MATCHED_ELEMENTS
from engine.evaluation.cagi5 import CONFIDENCES, element_effects, stored_effects, subset_rows
from engine.experiments import checkpoints
from engine.genome.effects import Scoring
from engine.statistics import spearman

Effects = dict[str, np.ndarray]  # element -> (variants, ...)


class Members(nn.Module):
    """Every member's outputs side by side, so that one pass gives the effects of each."""

    def __init__(self, model):
        super().__init__()
        self.model, self.window = model, model.window
        with torch.no_grad():
            self.count = len(model.member_activities(torch.full((1, 4, model.window), 0.25)))
        self.outputs = tuple(f"{o} {i}" for i in range(self.count) for o in model.outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.model.member_activities(x).permute(1, 0, 2).flatten(1)


def score(effects: dict[str, Effects]) -> str:
    """`effects[output][element]` `(variants,)` -> the four means in words; empty where an output is missing."""
    parts = []
    for output, names in MATCHED.items():
        for confidence in CONFIDENCES:
            values = []
            for name in names if output in effects else ():
                element, training = satmut.load_cagi5(name)
                rows = subset_rows(element, training, "test", confidence)
                values.append(spearman(effects[output][name][rows], element.variants["effect"].to_numpy()[rows]))
            parts.append(f"{np.mean(values):.3f}" if values else "  -  ")
    return f"{parts[0]} / {parts[1]}   {parts[2]} / {parts[3]}"


def stored(name: str) -> dict[str, Effects]:
    """The shipped effects of a model, by output and element."""
    checkpoint = checkpoints.load(name)
    found = {n: stored_effects(checkpoint, satmut.load_cagi5(n)[0]) for n in MATCHED_ELEMENTS}
    return {o: {n: e[:, i] for n, e in found.items()} for i, o in enumerate(checkpoint.model.outputs)}


def mean(of: list[dict[str, Effects]]) -> dict[str, Effects]:
    """The uniform mean, for each output over the models that have it."""
    outputs = dict.fromkeys(o for effects in of for o in effects)
    return {
        o: {n: np.mean([effects[o][n] for effects in of if o in effects], axis=0) for n in of[0][next(iter(of[0]))]}
        for o in outputs
    }


def main() -> None:
    trained = checkpoints.trained()
    print(f"{'':58} K562 all / high  HepG2 all / high")

    def show(label: str, *names: str) -> None:
        if set(names) <= set(trained):
            print(f"{label:58} {score(mean([stored(n) for n in names]))}", flush=True)

    print("one model")
    for name in trained:
        show(f"  {name}", name)
    print("three outputs in place of one, the same network and loss")
    show("  MSE: B1 and H1", "B1_baseline_mse", "H1_HepG2_baseline_mse")
    show("  MSE: joint_baseline_mse", "joint_baseline_mse")
    show("  RankNet: R3", "R3_ranknet")
    show("  RankNet: joint_ranknet", "joint_ranknet")
    print("losses, architectures")
    show("  joint_baseline_mse + joint_ranknet", "joint_baseline_mse", "joint_ranknet")
    show("  joint_legnet + joint_legnet_ranknet", "joint_legnet", "joint_legnet_ranknet")
    show("  joint_legnet + dream_rnn", "joint_legnet", "dream_rnn")
    joint = [n for n in ("joint_legnet", "joint_legnet_ranknet", "dream_rnn", "joint_ranknet") if n in trained]
    show(f"  {' + '.join(joint)}", *joint)
    if "joint_legnet" in trained:
        print("seeds and windows: joint_legnet")
        model = Members(checkpoints.load("joint_legnet").model)
        for label, offsets in (("middle window only", (0,)), ("default windows", Scoring().offsets)):
            found = {
                n: element_effects(model, satmut.load_cagi5(n)[0], scoring=Scoring(offsets)) for n in MATCHED_ELEMENTS
            }
            of = [
                {
                    o.removesuffix(f" {i}"): {n: e[:, c] for n, e in found.items()}
                    for c, o in enumerate(model.outputs)
                    if o.endswith(f" {i}")
                }
                for i in range(model.count)
            ]
            for i, member in enumerate(of):
                print(f"{f'  member {i + 1}, {label}':58} {score(member)}", flush=True)
            print(f"{f'  all {model.count}, {label}':58} {score(mean(of))}", flush=True)


if __name__ == "__main__":
    main()
