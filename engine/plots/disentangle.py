"""The DISENTANGLE page's figures of scores: the grid of encoders and recipes, differences, the trade-off.

All take rows (`engine.disentangle.results.Score`) and draw them as they are. A network's mark is the mean over its
seeds where there is one, and small marks are the seeds; without a mean every seed has a mark of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from engine.disentangle.results import Score, per_network, seeds_of_means
from engine.plots.parts import theme
from engine.statistics import VERDICTS, verdict

# The baseline is grey; Okabe & Ito 2008, which people with red-green blindness can tell apart, and then others.
COLOURS = (
    theme.MUTED,
    "#0072b2",
    "#e69f00",
    "#cc79a7",
    "#009e73",
    "#d55e00",
    "#56b4e9",
    "#846358",
    "#7048e8",
    "#5c940d",
)
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "star", "hexagon")
VERDICT_COLOURS = dict(zip(VERDICTS, ("#0072b2", "#d55e00", theme.MUTED), strict=True))
VERDICT_SYMBOLS = dict(zip(VERDICTS, ("triangle-right", "triangle-left", "circle"), strict=True))
DASHES = ("dash", "dot", "dashdot", "longdash", "longdashdot")
PUBLISHED, SEED, STUDY = "published", "one seed", "computed as the study does"
ROW = 24  # pixels a recipe

Published = Mapping[tuple[str, str, str], float]  # by quantity, encoder and recipe


@dataclass(frozen=True)
class Order:
    """Encoders and recipes in the order in which all figures have them; the places decide symbols and colours."""

    encoders: tuple[str, ...]
    recipes: tuple[str, ...]

    def colour(self, recipe: str) -> str:
        """One fixed colour a recipe."""
        return COLOURS[self.recipes.index(recipe) % len(COLOURS)] if recipe in self.recipes else theme.MUTED

    def symbol(self, encoder: str) -> str:
        """One fixed symbol an encoder."""
        return SYMBOLS[self.encoders.index(encoder) % len(SYMBOLS)] if encoder in self.encoders else "x"

    def within(self, scores: Iterable[Score]) -> Order:
        """The encoders and recipes that some of the rows are of, each with its place kept in this order."""
        rows = list(scores)
        return Order(
            tuple(e for e in self.encoders if any(s.encoder == e for s in rows)),
            tuple(r for r in self.recipes if any(s.recipe == r for s in rows)),
        )


@dataclass(frozen=True)
class Panel:
    """One measure as a row of small multiples.

    Attributes:
        measure: of the rows, as a path.
        title: what it is, above the row.
        axis: what stands at the axis, with its unit.
        quantity: under which name published figures have it; the measure's by default.
        zero: whether a line stands at 0.
        logarithmic: whether the axis is.
    """

    measure: str
    title: str
    axis: str
    quantity: str = ""
    zero: bool = False
    logarithmic: bool = False

    @property
    def reported(self) -> str:
        return self.quantity or self.measure


def grid(
    scores: list[Score],
    panels: list[Panel],
    order: Order,
    title: str,
    *,
    lines: list[Score] | None = None,
    published: Published | None = None,
    differences: bool = False,
) -> go.Figure:
    """Small multiples: a row a measure, a column an encoder, recipes below one another, values with 95% intervals.

    Args:
        lines: of something that is no network of the grid (a simple baseline), drawn through every column of its
            measure; its `recipe` names it.
        published: figures drawn as open diamonds.
        differences: whether the values are differences, coloured by what their intervals allow to say.
    """
    present = order.within(scores)
    rows, columns = max(1, len(panels)), max(1, len(present.encoders))
    inner = ROW * (len(present.recipes) + 1)
    shown = make_subplots(
        rows,
        columns,
        shared_yaxes=True,
        horizontal_spacing=0.015,
        vertical_spacing=_share(74, rows, inner),
        column_titles=[f"<b>{theme.literal(e)}</b>" for e in present.encoders],
    )
    shown.update_annotations(yshift=20)  # above the title of the first row
    legend: set[str] = set()
    for row, panel in enumerate(panels, 1):
        own = [s for s in scores if s.measure == panel.measure]
        through = [s for s in lines or [] if s.measure == panel.measure]
        for column, encoder in enumerate(present.encoders, 1):
            cell = [s for s in own if s.encoder == encoder]
            traces = _seed_dots(cell, order, legend) + _marks(cell, order, differences, legend)
            traces += _reported(panel, encoder, present.recipes, published or {}, legend)
            shown.add_traces(traces, rows=row, cols=column)
            _baselines(shown, through, present, (row, column), legend)
            if panel.zero or differences:
                shown.add_vline(x=0, line={"color": theme.MUTED, "dash": "dot"}, row=row, col=column)
        _share_axis(shown, row, columns, panel, _extent(panel, own, through, present, published or {}))
    shown.update_yaxes(
        categoryorder="array", categoryarray=present.recipes[::-1], range=[-0.6, len(present.recipes) - 0.4]
    )
    theme.finish(shown, title, 110 + rows * inner + (rows - 1) * 74 + 50)
    shown.update_annotations(font_size=13)
    return shown.update_layout(margin={"l": 165, "r": 15, "t": 110, "b": 60}, legend={"y": 1.0, "yref": "container"})


def _share(pixels: int, rows: int, inner: int) -> float:
    """A gap of some pixels as the part of a figure's height that plotly asks for."""
    return pixels / (rows * inner + (rows - 1) * pixels) if rows > 1 else 0.0


def _interval(metric, colour: str, axis: str = "x", width: float = 2) -> dict:
    return {
        f"error_{axis}": {
            "type": "data", "symmetric": False, "array": [metric.high - metric.value],
            "arrayminus": [metric.value - metric.low], "color": colour, "thickness": width, "width": 0,
        }
    }  # fmt: skip


def _hover(score: Score, word: str = "") -> str:
    m = score.metric
    seed = "mean over seeds" if score.seed is None else f"seed {score.seed}"
    against = f" minus {score.against}" if word else ""
    return (
        f"{theme.literal(score.encoder)}, {theme.literal(score.recipe)}{theme.literal(against)}<br>"
        f"{m.value:.4g} [{m.low:.4g}, {m.high:.4g}]{f': {word}' if word else ''}<br>"
        f"n = {m.n:,}, {seed}<extra></extra>"
    )


def _marks(cell: list[Score], order: Order, differences: bool, legend: set[str]) -> list[go.Scatter]:
    traces = []
    for score in per_network(cell):
        word = verdict(score.metric.low, score.metric.high) if differences else ""
        colour = VERDICT_COLOURS[word] if word else order.colour(score.recipe)
        name = word or (STUDY if score.method == "study" else "")
        symbol = VERDICT_SYMBOLS[word] if word else ("x" if score.method == "study" else "circle")
        traces.append(
            go.Scatter(
                x=[score.metric.value],
                y=[score.recipe],
                mode="markers",
                marker={"color": colour, "size": 10, "symbol": symbol},
                name=name,
                legendgroup=name,
                showlegend=once(name, legend),
                hovertemplate=_hover(score, word),
                **_interval(score.metric, colour),
            )
        )
    return traces


def _seed_dots(cell: list[Score], order: Order, legend: set[str]) -> list[go.Scatter]:
    rows = seeds_of_means(cell)
    if not rows:
        return []
    return [
        go.Scatter(
            x=[s.metric.value for s in rows],
            y=[s.recipe for s in rows],
            mode="markers",
            marker={
                "size": 5, "symbol": "circle-open", "line": {"width": 1.5},
                "color": [order.colour(s.recipe) for s in rows],
            },
            name=SEED,
            legendgroup=SEED,
            showlegend=once(SEED, legend),
            customdata=[[s.seed] for s in rows],
            hovertemplate="%{y}, seed %{customdata[0]}<br>%{x:.4g}<extra></extra>",
        )
    ]  # fmt: skip


def _reported(
    panel: Panel, encoder: str, recipes: tuple[str, ...], published: Published, legend: set[str]
) -> list[go.Scatter]:
    figures = {r: published.get((panel.reported, encoder, r)) for r in recipes}
    known = {r: v for r, v in figures.items() if v is not None}
    if not known:
        return []
    return [
        go.Scatter(
            x=list(known.values()),
            y=list(known),
            mode="markers",
            marker={"symbol": "diamond-open", "size": 10, "color": theme.MUTED, "line": {"width": 2}},
            name=PUBLISHED,
            legendgroup=PUBLISHED,
            showlegend=once(PUBLISHED, legend),
            hovertemplate="%{y}<br>%{x:.4g}<extra>published</extra>",
        )
    ]


def _baselines(shown: go.Figure, through: list[Score], present: Order, cell: tuple[int, int], legend: set[str]) -> None:
    """A vertical line for each simple baseline, over all recipes."""
    names = list(dict.fromkeys(s.recipe for s in through))
    for score in per_network(through):
        if score.encoder in present.encoders and score.encoder != present.encoders[cell[1] - 1]:
            continue
        name = theme.literal(score.recipe)
        shown.add_trace(
            go.Scatter(
                x=[score.metric.value] * max(2, len(present.recipes)),
                y=present.recipes if len(present.recipes) > 1 else present.recipes * 2,
                mode="lines",
                line={"color": theme.MUTED, "width": 1.5, "dash": DASHES[names.index(score.recipe) % len(DASHES)]},
                name=name,
                legendgroup=name,
                showlegend=once(name, legend),
                hovertemplate=_hover(score),
            ),
            *cell,
        )


def once(name: str, legend: set[str]) -> bool:
    """Whether the legend has yet to name it."""
    new = bool(name) and name not in legend
    legend.add(name)
    return new


def _extent(
    panel: Panel, own: list[Score], through: list[Score], present: Order, published: Published
) -> tuple[float, float]:
    """The ends of a row's axis: all that is drawn, with some room."""
    values = [v for s in own for v in (s.metric.value, s.metric.low, s.metric.high)]
    values += [s.metric.value for s in through] + ([0.0] if panel.zero else [])
    values += [
        published[k] for e in present.encoders for r in present.recipes if (k := (panel.reported, e, r)) in published
    ]
    values = [v for v in values if np.isfinite(v) and (v > 0 or not panel.logarithmic)] or [1.0]
    low, high = (float(f(np.log10(values) if panel.logarithmic else values)) for f in (np.min, np.max))
    room = 0.06 * ((high - low) or abs(high) or 1.0)
    return low - room, high + room


def _share_axis(shown: go.Figure, row: int, columns: int, panel: Panel, ends: tuple[float, float]) -> None:
    kind = {"type": "log"} if panel.logarithmic else {}
    shown.update_xaxes(range=list(ends), nticks=5, zeroline=False, row=row, **kind)
    middle = (columns + 1) // 2
    shown.update_xaxes(title_text=theme.literal(panel.axis), title_standoff=4, row=row, col=middle)
    first = shown.get_subplot(row, 1)
    shown.add_annotation(
        text=f"<b>{theme.literal(panel.title)}</b>", xref="paper", yref="paper", x=0, xanchor="left",
        y=first.yaxis.domain[1], yanchor="bottom", xshift=-155, yshift=4, showarrow=False, font={"size": 13},
    )  # fmt: skip


def trade_off(scores: list[Score], across: Panel, up: Panel, order: Order, front: list[Score], title: str) -> go.Figure:
    """Two measures of every network against each other, with their intervals and the Pareto front.

    Args:
        scores: rows of both measures; a network that has one alone is left out.
        front: the rows of `across` whose networks no other one beats in both measures.

    Every point carries (encoder, recipe) as its custom data.
    """
    shown = go.Figure()
    value = {(s.encoder, s.recipe, s.measure): s for s in per_network(scores)}
    places = {
        (e, r): (value[e, r, across.measure], value[e, r, up.measure])
        for e in order.encoders
        for r in order.recipes
        if (e, r, across.measure) in value and (e, r, up.measure) in value
    }
    steps = sorted((places[s.encoder, s.recipe] for s in front), key=lambda pair: pair[0].metric.value)
    shown.add_trace(
        go.Scatter(
            x=[x.metric.value for x, _ in steps],
            y=[y.metric.value for _, y in steps],
            mode="lines",
            line={"color": theme.MUTED, "dash": "dot", "width": 2, "shape": "vh"},
            name="Pareto front",
            hoverinfo="skip",
        )
    )
    for (encoder, recipe), (x, y) in places.items():
        colour = order.colour(recipe)
        shown.add_trace(
            go.Scatter(
                x=[x.metric.value],
                y=[y.metric.value],
                mode="markers",
                marker={"color": colour, "symbol": order.symbol(encoder), "size": 13},
                customdata=[[encoder, recipe]],
                showlegend=False,
                hovertemplate=f"{theme.literal(encoder)}, {theme.literal(recipe)}<br>"
                f"{theme.literal(across.title)} {x.metric.value:.3f} [{x.metric.low:.3f}, {x.metric.high:.3f}]<br>"
                f"{theme.literal(up.title)} {y.metric.value:.3f} [{y.metric.low:.3f}, {y.metric.high:.3f}]"
                "<extra></extra>",
                # a click must not fade the rest
                selected={"marker": {"opacity": 1}},
                unselected={"marker": {"opacity": 1}},
                **_interval(x.metric, colour, "x", 1),
                **_interval(y.metric, colour, "y", 1),
            )
        )
    _key(shown, order.within(x for x, _ in places.values()), order)
    shown.update_xaxes(title_text=theme.literal(across.axis), zeroline=False)
    shown.update_yaxes(title_text=theme.literal(up.axis), zeroline=False)
    theme.finish(shown, title, 520)
    return shown.update_layout(
        clickmode="event+select",
        margin={"r": 190},
        legend={"orientation": "v", "x": 1.02, "xanchor": "left", "y": 1, "yanchor": "top"},
    )


def _key(shown: go.Figure, present: Order, order: Order) -> None:
    """What colours and symbols mean."""
    entries = [(r, {"color": order.colour(r), "symbol": "circle"}) for r in present.recipes]
    entries += [(e, {"color": theme.MUTED, "symbol": f"{order.symbol(e)}-open"}) for e in present.encoders]
    for name, marker in entries:
        shown.add_trace(
            go.Scatter(x=[None], y=[None], mode="markers", marker={"size": 10, **marker}, name=theme.literal(name))
        )
