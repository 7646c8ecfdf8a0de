"""Measures, which are paths, in words: a title, what stands at the axis, and what the study calls them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from engine.data import published
from engine.disentangle.analyses import comparison
from engine.disentangle.results import Score
from engine.plots.disentangle import Panel, Published

UNITS = {
    "spearman": "Spearman",
    "pearson": "Pearson",
    "accuracy": "accuracy (0.5 is chance)",
    "r2": "R²",
}
CONFIDENCE = {"all": "all variants", "high": "high confidence"}
VIEWS = {"consensus": "denoised", "matched": "through the matched norm"}
PROBES = {
    "experiment probe": "which experiment, read off the features",
    "activity probe": "activity, read off the features",
    "random labels": "random labels, read off the features",
}
PLANTED = {
    "clean": ("The clean signal is found again", "Spearman with the clean signal"),
    "nuisance": ("The planted noise is carried along", "carried (0 none, 1 as the noisy experiment)"),
}
SPREAD, RELATIVE = f" {comparison.SPREAD}", f" {comparison.RELATIVE}"
TIERS = {
    "tier 1": "Within the experiment",
    "tier 2": "Transfer",
    "tier 3": "CAGI5",
    "tier 4": "Probes",
}


def panel(measure: str) -> Panel:
    """How a measure of the four tiers is shown."""
    parts = measure.split("/")
    kind, _, relative = parts[-1].partition(RELATIVE)
    unit = UNITS.get(kind, kind) + (f", as a part of the baseline's{relative}" if RELATIVE in parts[-1] else "")
    if parts[0] == "tier 1" and len(parts) == 3:
        return Panel(measure, f"Within the experiment: {parts[1]} through its own norm", unit)
    if parts[0] == "tier 2" and len(parts) > 2:
        norm = ", ".join(parts[2:-1])
        axis = f"{unit} with the mean of ranks" if parts[1] == "consensus" else unit
        return Panel(measure, _transfer(parts[1]) + (f", {norm} norm" if norm else ""), axis)
    if parts[0] == "tier 3" and len(parts) > 3:
        where = f", {parts[3]}" if len(parts) > 4 else ""
        title = f"CAGI5, {CONFIDENCE.get(parts[1], parts[1])}: {VIEWS.get(parts[2], parts[2])}{where}"
        return Panel(measure, title, f"{unit}{'' if where else ', mean over elements'}", _printed(parts))
    if parts[0] == "tier 4" and len(parts) == 3:
        return Panel(measure, PROBES.get(parts[1], parts[1]).capitalize(), unit, zero=parts[-1] == "r2")
    if parts[0] in PLANTED:
        through = f", {parts[1]} norm" if len(parts) > 2 else ", denoised"
        title, axis = PLANTED[parts[0]]
        return Panel(measure, title + through, axis, zero=parts[0] == "nuisance")
    if measure.startswith("cells/difference/"):
        return Panel(measure, "The cells' real difference: predicted and measured K562 minus HepG2", unit, zero=True)
    return Panel(measure, measure.replace("/", ", "), unit)


def _printed(parts: list[str]) -> str:
    """The study prints one figure a recipe for CAGI5, whatever the norm."""
    return f"tier 3/{parts[1]}/spearman" if len(parts) == 4 else ""


def _transfer(what: str) -> str:
    if what == "consensus":
        return "Transfer: the denoised prediction and what both experiments agree on"
    if what.startswith("third "):
        return f"A third measurement, which no network learned from: {what.removeprefix('third ')}"
    one, _, other = what.partition(" from ")
    return f"Transfer: {one} as measured, through the norm of {other}" if other else f"Transfer: {what}"


@dataclass(frozen=True)
class Place:
    """Where a measure stands on a curve: which curve, along what, and how far."""

    line: str
    axis: str
    number: float


def place(measure: str) -> Place | None:
    """Of 'dynamics/K562/epoch 3' the third epoch of 'dynamics/K562'; None for what is on no curve."""
    line, _, last = measure.rpartition("/")
    match = re.fullmatch(r"(epoch|position|positions) (\d+)(?:-(\d+))?", last)
    if not match:
        return None
    first, end = int(match[2]), int(match[3] or match[2])
    return Place(line, match[1].removesuffix("s"), (first + end) / 2)


def offered(scores: Iterable[Score], begins: str = "") -> list[str]:
    """The measures that begin so, in the order of the rows; without the spread over seeds, which stands in tables."""
    rows = (s.measure for s in scores if s.measure.startswith(begins) and not s.measure.endswith(SPREAD))
    return list(dict.fromkeys(rows))


def reported() -> Published:
    """Figures of single networks and means as the study prints them, by quantity, encoder and recipe."""
    figures = published.DISENTANGLE.figures()
    return {(what, encoder, recipe): v for (what, encoder, recipe, against), v in figures.items() if not against}
