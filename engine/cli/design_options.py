"""What the commands of design share: how goals, presets and models are named, and the files that claims make."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import torch
import typer

from engine import __version__, store
from engine.cli.common import bar, content
from engine.cli.outputs import file_writer
from engine.data.library import Library
from engine.design import claims as keeping
from engine.design import judge, orders, peers, twins, warnings
from engine.design.claims import Claims
from engine.design.metrics import trust
from engine.design.metrics.novelty import Trained
from engine.design.orders import Flanks, Row
from engine.design.results import Designed, Goal
from engine.design.stating import Terms, state
from engine.design.warnings import Preset
from engine.errors import InputError, unknown
from engine.evaluation.intervals import fitted
from engine.experiments import checkpoints
from engine.experiments.checkpoints import Checkpoint
from engine.experiments.declared import DEFAULT_MODEL

FARTHEST = 10.0  # standard deviations that a goal may ask for

GoalText = Annotated[
    str,
    typer.Option("--goal", help="standard deviations above the mean of natural elements: K562=2,HepG2=-0.5"),
]
Keep = Annotated[
    str, typer.Option("--keep", help="stretches that stay as they are, 1-based, both ends included: 80-120,150-160")
]
PresetsFile = Annotated[
    str | None, typer.Option("--presets", help="JSON of what to warn of; see 'design presets' for how it is written")
]
FlanksText = Annotated[
    str,
    typer.Option(
        "--flanks", help=f"bases that are ordered on either side: LEFT,RIGHT, or {orders.LENTIMPRA} for its adapters"
    ),
]
ClaimModel = Annotated[
    str | None,
    typer.Option(
        "--model", help="predicts for the claims; by default the one that shares least with what made the designs"
    ),
]
Folder = Annotated[
    str,
    typer.Option("--out", help="folder for order.fa, order.csv and claims.json, or - for the CSV on standard output"),
]


def goal_of(text: str) -> dict[str, float]:
    """`K562=2,HepG2=-0.5` as activities by output, none of an empty text; raises InputError."""
    activity: dict[str, float] = {}
    for part in filter(None, map(str.strip, text.split(","))):
        output, equals, number = (piece.strip() for piece in part.partition("="))
        try:
            value = float(number)
        except ValueError:
            value = math.nan
        if not output or not equals or not math.isfinite(value):
            raise InputError(f"'{part[:80]}' is no goal; write a cell type and standard deviations as K562=2")
        if output in activity:
            raise InputError(f"the goal names {output} twice; give it once")
        if abs(value) > FARTHEST:
            raise InputError(
                f"{output} is asked to lie {value:g} standard deviations from the mean; ask for at most {FARTHEST:g}, "
                "beyond which there are no natural elements to learn from"
            )
        activity[output] = value
    return activity


def check_cells(goal: Mapping[str, float], library: Library) -> None:
    """Raise InputError for a goal in a cell type that no natural element was measured in."""
    for output in goal:
        if output not in library.table.outputs:
            raise unknown("cell type", output, library.table.outputs)


def generators_of(texts: list[str]) -> dict[str, str]:
    """`METHOD=NAME` of each trained generator; raises InputError."""
    pairs = [text.partition("=") for text in texts]
    for method, _, name in pairs:
        if not method.strip() or not name.strip():
            raise InputError(f"'{method[:80]}' names no generator; write METHOD=NAME, as masked=design.masked_unet_A")
    return {method.strip(): name.strip() for method, _, name in pairs}


def options_of(texts: list[str]) -> dict[str, float]:
    """`NAME=NUMBER` of each option of a method; raises InputError."""
    options = {}
    for text in texts:
        name, _, number = text.rpartition("=")
        try:
            options[name.strip()] = float(number)
        except ValueError:
            raise InputError(f"'{text[:80]}' is no option; write its name and number as NAME=1.5") from None
    return options


def presets_of(file: str | None) -> tuple[Preset, ...]:
    """The presets of a user's file, or those that CisLens has; raises InputError."""
    return tuple((warnings.PRESETS if file is None else warnings.from_json(*content(file))).values())


def claiming(name: str | None, goal: Mapping[str, float], makers: tuple[Checkpoint, ...] = ()) -> Checkpoint:
    """The model that predicts for claims: the one that was named, or the one that shares least with what made the
    designs (`judge.judges`), of those whose intervals were fitted; a network thinks well of what was designed to please
    it, so that the guide itself is taken only where there is no other.

    Raises:
        InputError, CheckpointError: it is not trained, or cannot be read.
    """
    if name is None:
        fitting = judge.judges(checkpoints.trained(), goal, (maker.name for maker in makers))
        guides = [maker.name for maker in makers if checkpoints.system_of(maker.name) == ""]
        scored = (n for n in [*fitting, *guides] if "intervals" in checkpoints.read_metrics(n))
        name = next(scored, DEFAULT_MODEL)
    model = checkpoints.load(name)
    # what cannot be claimed ends the command before the work
    for output in goal:
        if output not in model.model.outputs:
            raise unknown(f"output of '{model.name}'", output, model.model.outputs)
    fitted(model)
    return model


def remark(model: Checkpoint, makers: tuple[Checkpoint, ...] = ()) -> None:
    """Say on standard error how good the model of the claims is, and what it shares with what made the designs."""
    for caveat in filter(None, (judge.weakness(model), judge.dependence(model, makers))):
        print(f"claims: {caveat}", file=sys.stderr)


def check_folder(folder: str) -> None:
    """Make the folder that was asked for; raises InputError where that cannot be."""
    if folder == "-":
        return
    try:
        store.make_folder(Path(folder))
    except OSError as error:
        raise InputError(f"{folder} cannot be made a folder ({error.strerror})") from error


def terms_of(
    model: Checkpoint, library: Library, presets: tuple[Preset, ...], seed: int, device: torch.device | None = None
) -> Terms:
    """What claims are made with, natural elements among it, which are looked through once a machine."""
    with bar("motifs of natural elements") as progress:
        scanned = peers.scanned(library, progress=progress)
    made = datetime.now(UTC).isoformat(timespec="seconds")
    trained = Trained(library.table.codes[library.split.train])
    return Terms(
        model,
        library,
        scanned,
        presets,
        seed,
        made,
        __version__,
        twins.jaspar_sites,
        trained,
        trust.familiar(model, library),
        device,
    )


def claimed(label: str, designs: list[Designed], goal: Goal, terms: Terms) -> Claims:
    """`engine.design.stating.state` with a bar."""
    with bar(f"{label}: claims") as progress:
        return state(designs, goal, terms, progress)


def write(folder: str, claims: Claims, around: Flanks, presets: tuple[Preset, ...]) -> None:
    """The order as FASTA and CSV, and the claims, into a folder; the CSV alone to standard output for '-'."""
    order = orders.rows(claims, around, presets)
    if folder == "-":
        sys.stdout.write(orders.csv(order, claims))
        print("no claims were kept; name a folder with --out to have them in a file", file=sys.stderr)
        return
    texts = {
        "order.fa": orders.fasta(order),
        "order.csv": orders.csv(order, claims),
        "claims.json": keeping.text_of(claims),
    }
    for name, text in texts.items():
        with file_writer(str(Path(folder) / name)) as partial:
            partial.write_bytes(text.encode())
    _summary(folder, claims, order)


def _summary(folder: str, claims: Claims, order: tuple[Row, ...]) -> None:
    made = sum(len(claim.statements) for claim in claims.claims)
    warned = sum(bool(row.warnings) for row in order)
    twins = sum(len(claim.twins) for claim in claims.claims)
    strange = sum(bool(claim.unfamiliar) for claim in claims.claims)
    print(
        f"{folder}: {len(claims.claims)} designs with {twins} twins and {len(claims.controls)} natural controls, "
        f"{made} statements that a measurement can refute, {warned} sequences with warnings"
    )
    if strange:
        print(
            f"{strange} of {len(claims.claims)} designs are unlike what '{claims.model}' learned from: nobody has "
            "tested what it predicts there"
        )
    if not made:
        print("nothing is clear enough to be claimed; claims.json says why, design by design")
    print(f"sha256 of the claims, for the lab book: {keeping.checksum(claims)}")


def in_words(activity: Mapping[str, float]) -> str:
    """A goal on one line."""
    return ", ".join(f"{output} {value:+g} s.d." for output, value in activity.items()) or "no activity"
