"""Two edited sequences under each other on one axis: logos and maps of both, and what differs between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from engine.plots.parts import rows, theme
from engine.plots.parts.logo import letter_traces, observed
from engine.plots.parts.rows import Frame, Row
from engine.results import Track
from engine.sequence import BASES, reverse_complement

TICKS = 12  # labels below the figure, at most


@dataclass(frozen=True)
class Side:
    """One of the two sequences.

    Attributes:
        name: what the figure calls it.
        track: a mutagenesis track of the sequence as it stands.
        places: for each column of the alignment the 0-based position in it; None where it has no base.
        flipped: it is read on its other strand.
        first_position: what its first base is called (1, or its genomic position, 1-based).
        step: -1 where those count down along the sequence.
    """

    name: str
    track: Track
    places: tuple[int | None, ...]
    flipped: bool = False
    first_position: int = 1
    step: int = 1

    @property
    def bases(self) -> str:
        """A letter for each column, '-' for none."""
        own = reverse_complement(self.track.bases)[::-1] if self.flipped else self.track.bases
        return "".join("-" if p is None else own[p] for p in self.places)

    def values(self, output: str) -> np.ndarray:
        """`(columns, 4)` effects in the direction of the figure; nan where there is no base."""
        spread = _spread(self.track.output(output), self.places)
        return spread[:, ::-1] if self.flipped else spread  # A C G T read backwards is the other strand

    def losses(self, output: str) -> np.ndarray:
        """`(columns,)` mean loss when the base is replaced; nan where there is no base."""
        return _spread(self.track.per_position(output), self.places)

    def place(self, column: int) -> str:
        """Where a column lies in it, in words."""
        position = self.places[column]
        return "no base" if position is None else f"{self.first_position + self.step * position:,}"


def _spread(values: np.ndarray, places: tuple[int | None, ...]) -> np.ndarray:
    spread = np.full((len(places), *values.shape[1:]), np.nan)
    held = {column: place for column, place in enumerate(places) if place is not None}
    spread[list(held)] = values[list(held.values())]
    return spread


def figure(first: Side, second: Side, output: str, palette: str = "standard") -> go.Figure:
    """Logos and maps of both sequences on one scale, and the loss in the second minus that in the first.

    The columns in which their letters differ are marked.

    Raises:
        InputError: an unknown palette.
    """
    frame = Frame(first.bases, (0, len(first.places)))
    unit = theme.unit(first.track.standardised)
    sides = (first, second)
    losses = [side.losses(output) for side in sides]
    extent = [float(np.nanmin([0.0, *map(np.nanmin, losses)])), float(np.nanmax([1e-6, *map(np.nanmax, losses)]))]
    limit = max(1e-6, *(float(np.nanmax(np.abs(side.values(output)))) for side in sides))
    drawn = [_logo(frame, side, sides, loss, palette) for side, loss in zip(sides, losses, strict=True)]
    for row in drawn:
        row.axis["range"] = [1.05 * extent[0], 1.05 * extent[1]]
        row.axis["title"] = {"text": unit, "font": {"size": rows.SMALL}}
    drawn += [_map(frame, side, side.values(output), limit, unit) for side in sides]
    drawn[-1].traces[0].showscale = False  # it is the scale of the map above
    drawn.append(_difference(frame, sides, losses[1] - losses[0], unit))
    changed = [a != b for a, b in zip(first.bases, second.bases, strict=True)]
    shown = rows.compose(
        drawn,
        frame,
        axis_name=f"position ({first.name})",
        title=f"{output}: {first.name}, {second.name}",
        changed=changed,
    )
    ticks = _ticks(first)
    return shown.update_xaxes(tickvals=[frame.x[c] for c in ticks], ticktext=[first.place(c) for c in ticks])


def _ticks(side: Side) -> list[int]:
    """Columns at round positions of a side, `TICKS` of them at most."""
    at = {c: side.first_position + side.step * p for c, p in enumerate(side.places) if p is not None}
    step = next(s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if len(at) <= s * TICKS)
    return [c for c, position in at.items() if position % step == 0]


def _logo(frame: Frame, side: Side, sides: Sequence[Side], losses: np.ndarray, palette: str) -> Row:
    letters = letter_traces(observed(side.bases, np.nan_to_num(losses)), frame.x, theme.base_colours(palette))
    hover = go.Scatter(
        x=frame.x,
        y=np.nan_to_num(losses),
        mode="markers",
        marker={"size": 10, "color": "rgba(0,0,0,0)"},
        hovertext=[_told(sides, column) for column in range(len(losses))],
        hovertemplate="%{hovertext}<br>loss here: %{y:.3f}<extra></extra>",
        showlegend=False,
        name="value",
    )
    caption = f"{theme.literal(side.name)}: loss when the base is replaced (mean of the three changes)"
    return Row(caption, 110, [*letters, hover], {"zeroline": True})


def _told(sides: Sequence[Side], column: int) -> str:
    """What stands in a column of both."""
    return "<br>".join(f"{theme.literal(s.name)}: {s.place(column)} {s.bases[column]}" for s in sides)


def _map(frame: Frame, side: Side, values: np.ndarray, limit: float, unit: str) -> Row:
    own = np.array([[letter == base for letter in side.bases] for base in BASES])
    cells = np.where(own, np.nan, values.T)
    texts = [
        [
            f"{theme.literal(side.name)} {side.place(c)}<br>"
            + ("the base that is there" if own[j, c] else f"{letter}>{base}: {cells[j, c]:+.3f} {unit}")
            for c, letter in enumerate(side.bases)
        ]
        for j, base in enumerate(BASES)
    ]
    heat = go.Heatmap(
        z=cells,
        x=frame.x,
        y=list(BASES),
        colorscale=theme.DIVERGING,
        zmin=-limit,
        zmax=limit,
        text=texts,
        hovertemplate="%{text}<extra></extra>",
        hoverongaps=False,
        colorbar={"title": {"text": unit, "side": "right"}, "thickness": 12},
    )
    x = frame.x.tolist()
    marks = [theme.hatch(x, BASES, np.isnan(values.T) & ~own), theme.own_bases(x, BASES, own)]
    caption = f"{theme.literal(side.name)}: effect of each change (dot: the base that is there; hatched: no base)"
    return Row(caption, 92, [heat, *marks], {"fixedrange": True})


def _difference(frame: Frame, sides: Sequence[Side], difference: np.ndarray, unit: str) -> Row:
    bars = go.Bar(
        x=frame.x,
        y=difference,
        marker={"color": theme.MUTED},
        hovertext=[_told(sides, column) for column in range(len(difference))],
        hovertemplate=f"%{{hovertext}}<br>difference: %{{y:.3f}} {unit}<extra></extra>",
        name="difference",
        showlegend=False,
    )
    caption = f"Difference of the losses: {theme.literal(sides[1].name)} minus {theme.literal(sides[0].name)}"
    return Row(caption, 90, [bars], rows.valued(unit, rows.SMALL))
