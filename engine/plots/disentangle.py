"""The DISENTANGLE page's small multiples: numbers of every encoder and recipe with intervals, and differences.

All take rows (`engine.disentangle.results.Score`) and draw them as they are. A network's mark is the mean over its
seeds where there is one, and small marks are the seeds; without a mean every seed has a mark of its own.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from engine.disentangle.results import Score, per_network, seeds_of_means
from engine.plots.parts import theme
from engine.statistics import verdict

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
    "#1098ad",
    "#a61e4d",
)
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "star", "hexagon")
DASHES = ("dash", "dot", "dashdot", "longdash", "longdashdot")
PUBLISHED, SEED = "published", "one seed"
# how a number was computed, if not as we do it: what the legend says, and the symbol
METHODS = {"study": ("computed as the study does", "x"), "study as run": ("computed as the study ran it", "cross")}
LINE, LETTERS = 17, 120  # pixels of a line of a title, and letters that fit into the width of a page
ROW, BETWEEN = 24, 74  # pixels a recipe, and between two rows of panels

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


@dataclass
class _Drawing:
    """What all cells of a figure share.

    Attributes:
        by: what stands on the lines, a field of the rows: 'recipe' or 'encoder'.
        legend: what it names already.
    """

    order: Order
    by: str = "recipe"
    published: Published = field(default_factory=dict)
    differences: bool = False
    legend: set[str] = field(default_factory=set)

    def line(self, score: Score) -> str:
        return str(getattr(score, self.by))

    def traces(self, panel: Panel, cell: list[Score]) -> list[go.Scatter]:
        """The marks of one measure in one cell."""
        own = [s for s in cell if self.differences or not s.against]
        held = [] if self.differences else [s for s in cell if s.against]
        return _references(self, held) + _seed_dots(self, own) + _marks(self, own) + _reported(self, panel, own)


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

    Rows with `against` that are no differences are references of their network (the same with permuted labels, two
    seeds of the recipe): grey ticks, named by it.

    Args:
        lines: of something that is no network of the grid (a simple baseline), drawn through the column of its encoder,
            or through all columns if it has none of these; its `recipe` names it.
        published: figures drawn as open diamonds.
        differences: whether the values are differences, coloured by what their intervals allow to say.
    """
    drawing, present = _Drawing(order, published=published or {}, differences=differences), order.within(scores)
    rows, columns = max(1, len(panels)), max(1, len(present.encoders))
    inner = ROW * (len(present.recipes) + 1)
    shown = make_subplots(
        rows,
        columns,
        shared_yaxes=True,
        horizontal_spacing=0.015,
        vertical_spacing=_share(BETWEEN, rows, inner),
        column_titles=[f"<b>{theme.literal(e)}</b>" for e in present.encoders],
    )
    shown.update_annotations(yshift=20)  # above the title of the first row
    for row, panel in enumerate(panels, 1):
        own = [s for s in scores if s.measure == panel.measure and s.recipe in present.recipes]
        through = [s for s in lines or [] if s.measure == panel.measure]
        values = [s.metric.value for s in through] + _figures(drawing, panel, own)
        for column, encoder in enumerate(present.encoders, 1):
            shown.add_traces(drawing.traces(panel, [s for s in own if s.encoder == encoder]), rows=row, cols=column)
            beside = [s for s in through if s.encoder == encoder or s.encoder not in present.encoders]
            shown.add_traces(_baselines(drawing, beside, present.recipes), rows=row, cols=column)
            _zero(shown, panel, differences, row, column)
        _axis(shown, panel, _extent(panel, own, values), row=row)
        shown.update_xaxes(title_text=theme.literal(panel.axis), title_standoff=8, row=row, col=(columns + 1) // 2)
        shown.add_annotation(
            text=f"<b>{theme.literal(panel.title)}</b>", xref="paper", yref="paper", x=0, xanchor="left",
            y=shown.get_subplot(row, 1).yaxis.domain[1], yanchor="bottom", xshift=-185, yshift=4, showarrow=False,
        )  # fmt: skip
    return _finish(shown, title, present.recipes, rows * inner + (rows - 1) * BETWEEN)


def across(
    scores: list[Score],
    panels: list[Panel],
    order: Order,
    title: str,
    *,
    by: str = "recipe",
    published: Published | None = None,
    differences: bool = False,
) -> go.Figure:
    """One row of panels, a measure each, with recipes (or encoders, as `by` says) below one another; see `grid`."""
    drawing, present = _Drawing(order, by, published or {}, differences), order.within(scores)
    names = present.recipes if by == "recipe" else present.encoders
    width = LETTERS // max(1, len(panels))
    titles = [f"<b>{'<br>'.join(textwrap.wrap(theme.literal(p.title), width))}</b>" for p in panels]
    shown = make_subplots(1, max(1, len(panels)), shared_yaxes=True, horizontal_spacing=0.02, subplot_titles=titles)
    for column, panel in enumerate(panels, 1):
        own = [s for s in scores if s.measure == panel.measure and drawing.line(s) in names]
        shown.add_traces(drawing.traces(panel, own), rows=1, cols=column)
        _zero(shown, panel, differences, 1, column)
        _axis(shown, panel, _extent(panel, own, _figures(drawing, panel, own)), col=column)
        shown.update_xaxes(title_text="<br>".join(textwrap.wrap(theme.literal(panel.axis), width)), col=column)
    rows = max(len(t.split("<br>")) for t in titles) if titles else 1
    return _finish(shown, title, names, ROW * (max(2, len(names)) + 1), above=LINE * (rows - 1))


def named(shown: go.Figure, words: Mapping[str, str]) -> go.Figure:
    """A figure with words in place of the codes of recipes and encoders: at the axes, in titles and in the legend."""
    found = [(axis, axis.categoryarray or ()) for axis in shown.select_yaxes()]
    for trace in shown.select_traces({"type": "heatmap"}):
        found += [(shown.layout[(trace[f"{a}axis"] or a).replace(a, f"{a}axis")], trace[a]) for a in "xy"]
    for axis, categories in found:
        codes = [c for c in categories if c in words]
        if codes:
            axis.update(tickmode="array", tickvals=codes, ticktext=[theme.literal(words[c]) for c in codes])
    for trace in shown.data:
        if trace.name in words:
            trace.name = theme.literal(words[trace.name])
    for note in shown.layout.annotations:
        code = (note.text or "").removeprefix("<b>").removesuffix("</b>")
        if code in words:
            note.text = f"<b>{theme.literal(words[code])}</b>"
    return shown


def _finish(shown: go.Figure, title: str, names: tuple[str, ...], inner: int, above: int = 0) -> go.Figure:
    shown.update_yaxes(categoryorder="array", categoryarray=names[::-1], range=[-0.6, len(names) - 0.4])
    theme.finish(shown, title, inner + above + 185)
    shown.update_annotations(font_size=13)
    return shown.update_layout(
        margin={"l": 195, "r": 15, "t": 115 + above, "b": 70}, legend=legend_at(shown.layout.height)
    )


def legend_at(height: float) -> dict:
    """The place of a legend in a figure of so many pixels: right of the title, below the buttons."""
    return {"y": 1 - 34 / height, "yref": "container", "yanchor": "top", "x": 1, "xanchor": "right"}


def _zero(shown: go.Figure, panel: Panel, differences: bool, row: int, column: int) -> None:
    if panel.zero or differences:
        shown.add_vline(x=0, line={"color": theme.MUTED, "dash": "dot"}, row=row, col=column)


def _axis(shown: go.Figure, panel: Panel, ends: tuple[float, float], **place: int) -> None:
    kind = {"type": "log"} if panel.logarithmic else {}
    shown.update_xaxes(range=list(ends), nticks=5, zeroline=False, **kind, **place)


def _share(pixels: int, rows: int, inner: int) -> float:
    """A gap of some pixels as the part of a figure's height that plotly asks for."""
    return pixels / (rows * inner + (rows - 1) * pixels) if rows > 1 else 0.0


def interval(metric, colour: str, axis: str = "x", width: float = 2) -> dict:
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


def _marks(drawing: _Drawing, cell: list[Score]) -> list[go.Scatter]:
    traces = []
    for score in per_network(cell):
        word = verdict(score.metric.low, score.metric.high) if drawing.differences else ""
        colour = theme.VERDICT_COLOURS[word] if word else drawing.order.colour(score.recipe)
        name, symbol = (word, theme.VERDICT_SYMBOLS[word]) if word else METHODS.get(score.method, ("", "circle"))
        traces.append(
            go.Scatter(
                x=[score.metric.value],
                y=[drawing.line(score)],
                mode="markers",
                marker={"color": colour, "size": 10, "symbol": symbol},
                name=name,
                legendgroup=name,
                showlegend=once(name, drawing.legend),
                hovertemplate=_hover(score, word),
                **interval(score.metric, colour),
            )
        )
    return traces


def _seed_dots(drawing: _Drawing, cell: list[Score]) -> list[go.Scatter]:
    rows = seeds_of_means(cell)
    if not rows:
        return []
    return [
        go.Scatter(
            x=[s.metric.value for s in rows],
            y=[drawing.line(s) for s in rows],
            mode="markers",
            marker={
                "size": 5, "symbol": "circle-open", "line": {"width": 1.5},
                "color": [drawing.order.colour(s.recipe) for s in rows],
            },
            name=SEED,
            legendgroup=SEED,
            showlegend=once(SEED, drawing.legend),
            customdata=[[s.seed] for s in rows],
            hovertemplate="%{y}, seed %{customdata[0]}<br>%{x:.4g}<extra></extra>",
        )
    ]  # fmt: skip


def _references(drawing: _Drawing, rows: list[Score]) -> list[go.Scatter]:
    """Grey ticks with their intervals, a trace for each thing that networks are held against."""
    traces = []
    for name in dict.fromkeys(s.against for s in rows):
        own = per_network(s for s in rows if s.against == name)
        metrics = [s.metric for s in own]
        traces.append(
            go.Scatter(
                x=[m.value for m in metrics],
                y=[drawing.line(s) for s in own],
                mode="markers",
                marker={
                    "symbol": "line-ns",
                    "size": 12,
                    "color": theme.MUTED,
                    "line": {"width": 2, "color": theme.MUTED},
                },
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "array": [m.high - m.value for m in metrics],
                    "arrayminus": [m.value - m.low for m in metrics],
                    "color": theme.MUTED,
                    "thickness": 1,
                    "width": 0,
                },
                name=theme.literal(name),
                legendgroup=name,
                showlegend=once(name, drawing.legend),
                hovertemplate=f"%{{y}}<br>%{{x:.4g}}<extra>{theme.literal(name)}</extra>",
            )
        )
    return traces


def _reported(drawing: _Drawing, panel: Panel, cell: list[Score]) -> list[go.Scatter]:
    """The published figures of the networks in a cell."""
    figures = {drawing.line(s): drawing.published.get((panel.reported, s.encoder, s.recipe)) for s in cell}
    known = {line: v for line, v in figures.items() if v is not None}
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
            showlegend=once(PUBLISHED, drawing.legend),
            hovertemplate="%{y}<br>%{x:.4g}<extra>published</extra>",
        )
    ]


def _baselines(drawing: _Drawing, through: list[Score], recipes: tuple[str, ...]) -> list[go.Scatter]:
    """A vertical line for each simple baseline, over all recipes."""
    names = list(dict.fromkeys(s.recipe for s in through))
    return [
        go.Scatter(
            x=[score.metric.value] * max(2, len(recipes)),
            y=recipes if len(recipes) > 1 else recipes * 2,
            mode="lines",
            line={"color": theme.MUTED, "width": 1.5, "dash": DASHES[names.index(score.recipe) % len(DASHES)]},
            name=theme.literal(score.recipe),
            legendgroup=score.recipe,
            showlegend=once(score.recipe, drawing.legend),
            hovertemplate=_hover(score),
        )
        for score in per_network(through)
    ]


def _figures(drawing: _Drawing, panel: Panel, own: list[Score]) -> list[float]:
    """The published figures that are drawn beside some rows."""
    keys = {(panel.reported, s.encoder, s.recipe) for s in own}
    return [v for k, v in drawing.published.items() if k in keys]


def once(name: str, legend: set[str]) -> bool:
    """Whether the legend has yet to name it."""
    new = bool(name) and name not in legend
    legend.add(name)
    return new


def _extent(panel: Panel, own: list[Score], others: list[float]) -> tuple[float, float]:
    """The ends of an axis: all values with some room, and their bars, of which long ones (of three seeds, say) are
    cut where they would press the values together."""
    values = [s.metric.value for s in own] + others + ([0.0] if panel.zero else [])
    bars = [v for s in own for v in (s.metric.low, s.metric.high)]
    values, bars = ([v for v in x if np.isfinite(v) and (v > 0 or not panel.logarithmic)] for x in (values, bars))
    if not values:
        return 0.0, 1.0
    if panel.logarithmic:
        values, bars = list(np.log10(values)), list(np.log10(bars))
    low, high = min(values), max(values)
    usual = float(np.nanmedian([s.metric.high - s.metric.low for s in own])) if not panel.logarithmic and own else 0.0
    reach = max(high - low, usual) or abs(high) or 1.0
    low, high = max(min([low, *bars]), low - reach), min(max([high, *bars]), high + reach)
    return float(low - 0.06 * reach), float(high + 0.06 * reach)
