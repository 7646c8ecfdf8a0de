"""`python -m engine design-score`: what is claimed of sequences that were designed elsewhere."""

from __future__ import annotations

from typing import Annotated

import typer

from engine.cli.common import LARGEST_SEED, Adapters, Input, read, stretches_of
from engine.cli.design_options import (
    ClaimModel,
    FlanksText,
    Folder,
    GoalText,
    Keep,
    PresetsFile,
    check_folder,
    claimed,
    claiming,
    goal_of,
    presets_of,
    remark,
    terms_of,
    write,
)
from engine.data import library
from engine.design import orders
from engine.design.results import Designed, Goal
from engine.limits import DESIGNS


def design_score_command(
    fasta: Input,
    goal: GoalText = "",
    keep: Keep = "",
    model: ClaimModel = None,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="of the shuffled twins")] = 1,
    presets: PresetsFile = None,
    flanks: FlanksText = "",
    adapters: Adapters = "auto",
    out: Folder = "-",
) -> None:
    """Twins, predictions, warnings and claims for sequences of your own, as 'design' gives them for its own."""
    wanted, around, cautious = goal_of(goal), orders.flanks(flanks or ","), presets_of(presets)
    kept = tuple(sorted(stretches_of(keep)))
    sequences = read(fasta, adapters)
    DESIGNS.check(len(sequences), fasta)
    for sequence in sequences if kept else ():
        Goal(wanted, sequence, kept)  # a stretch beyond a sequence's end ends the command before the work
    check_folder(out)
    predictor, joint = claiming(model), library.joint()
    designs = [Designed(sequence, "given", seed) for sequence in sequences]
    goal_of_all = Goal(wanted, sequences[0] if kept else None, kept)
    write(out, claimed(fasta, designs, goal_of_all, terms_of(predictor, joint, cautious, seed)), around, cautious)
    remark(predictor)
