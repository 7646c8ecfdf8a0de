"""`python -m engine design-score`: what is claimed of sequences that were designed elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from engine import device
from engine.cli.common import LARGEST_SEED, Adapters, Device, Input, bar, number, read, write_records
from engine.cli.design_options import (
    ClaimModel,
    FlanksText,
    Folder,
    GoalText,
    Keep,
    PresetsFile,
    check_cells,
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
from engine.data.library import Library
from engine.design import kept, orders
from engine.design.beside_nature import FEWEST, Beside, beside_nature
from engine.design.metrics.table import MEASURES
from engine.design.results import Designed, Goal
from engine.experiments.checkpoints import Checkpoint
from engine.limits import DESIGNS
from engine.sequence import Sequence, encode
from engine.statistics import in_words

SET = "beside_nature.csv"


def design_score_command(
    fasta: Input,
    goal: GoalText = "",
    keep: Keep = "",
    model: ClaimModel = None,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="of the shuffled twins")] = 1,
    presets: PresetsFile = None,
    flanks: FlanksText = "",
    adapters: Adapters = "auto",
    device_name: Device = "auto",
    out: Folder = "-",
) -> None:
    """Twins, predictions, warnings and claims for sequences of your own, as 'design' gives them for its own.

    Five or more of them, of 200 bases, are also held against as many natural elements as a set: do they have the same
    words, can they be told apart, are their predicted activities shifted? (beside_nature.csv, with floors)
    """
    wanted, around, cautious = goal_of(goal), orders.flanks(flanks or ","), presets_of(presets)
    held, where = kept.read(keep), device.resolve(device_name)
    sequences = read(fasta, adapters)
    DESIGNS.check(len(sequences), fasta)
    for sequence in sequences if held else ():
        Goal(wanted, sequence, held)  # a stretch beyond a sequence's end ends the command before the work
    check_folder(out)
    joint = library.joint()
    check_cells(wanted, joint)
    predictor = claiming(model, wanted)
    designs = [Designed(sequence, "given", seed) for sequence in sequences]
    goal_of_all = Goal(wanted, sequences[0] if held else None, held)
    claims = claimed(fasta, designs, goal_of_all, terms_of(predictor, joint, cautious, seed, where))
    write(out, claims, around, cautious)
    _as_a_set(out, sequences, goal_of_all, predictor, joint)
    remark(predictor)


def _as_a_set(out: str, sequences: list[Sequence], goal: Goal, by: Checkpoint, joint: Library) -> None:
    """How the sequences compare with as many natural elements: a table in the folder, and lines on standard error."""
    length = joint.table.codes.shape[1]
    whole = [encode(s.bases) for s in sequences if len(s) == length]
    if len(whole) < FEWEST:
        print(
            f"{len(whole)} of the sequences have {length} bases; from {FEWEST} on they are held against nature",
            file=sys.stderr,
        )
        return
    with bar("beside natural elements") as progress:
        found = beside_nature(np.stack(whole), goal.activity, by, joint, progress)
    if out != "-":
        write_records(str(Path(out) / SET), [_record(each) for each in found])
    print(f"{found[0].n} sequences beside as many natural elements, and what natural elements give:", file=sys.stderr)
    for each in found:
        label = MEASURES[each.measure].label + (f", {each.output}" if each.output else "")
        floor = each.floor
        beside = in_words(floor.value, floor.low, floor.high) if floor.n else "not known at so many"
        print(f"  {label}: {each.value:.3f} ({beside})", file=sys.stderr)


def _record(each: Beside) -> dict:
    floor = {"floor": each.floor.value, "floor low": each.floor.low, "floor high": each.floor.high}
    return {
        "measure": MEASURES[each.measure].label,
        "cell type": each.output,
        "n": each.n,
        "value": number(each.value),
        **{name: number(value) for name, value in floor.items()},
        "draws of the floor": each.floor.n,
    }
