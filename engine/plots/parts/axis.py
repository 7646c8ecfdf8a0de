"""What the positions of a sequence are called on an axis: genomic where they rise along it, else counted along it."""

from __future__ import annotations

from engine.plots.parts import theme
from engine.sequence import Region


def first_position(region: Region | None) -> int:
    """What the first base is called.

    A sequence of the minus strand counts from 1: its letters are read from left to right, while genomic positions fall.
    """
    return region.start + 1 if region and not region.reverse else 1


def axis_name(region: Region | None) -> str:
    """The title of the axis."""
    if region is None:
        return "position in the sequence (bp)"
    build = f", {region.build}" if region.build else ""
    if region.reverse:
        return f"position in {theme.literal(region.label)}, of the minus strand (bp, 1-based{build})"
    return f"{theme.literal(region.chrom)} position (bp, 1-based{build})"
