"""The Motifs page's figures: association with activity, what embeddings hold, effects, curves and pairs, and logos of
motifs that were found."""

from __future__ import annotations

import base64
import itertools

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from engine.plots.parts import svg, theme
from engine.plots.parts.logo import GLYPHS, letter_traces
from engine.sequence import BASES
from engine.statistics import Metric, in_words

# Okabe & Ito 2008: lines and marks that people with red-green blindness can tell apart
COLOURS = theme.COLOURS
PUBLISHED = "published"
CELL, TALL = 12.0, 40.0  # pixels of a base in a table
MARGIN = {"l": 120, "r": 20, "t": 80, "b": 50}


def association(table: pd.DataFrame, cell: str, what: str = "Motifs") -> go.Figure:
    """Two panels, a row a motif: rank correlations with activity, and the difference of mean activity.

    `table` has `motif`, then `spearman`, `partial` and `delta`, each with `_low` and `_high`, `spearman` and `delta`
    with `_published` too (nan where there is none). The highest Spearman is on top.

    Args:
        what: of the title; one motif whose rows are cell types.
    """
    table = table.sort_values("spearman")
    shown = make_subplots(1, 2, shared_yaxes=True, horizontal_spacing=0.03)
    marks = (
        ("spearman", "count and activity", COLOURS[0], "circle", 1),
        ("partial", "the same at given GC content", COLOURS[1], "diamond", 1),
        ("delta", "with minus without the motif", COLOURS[2], "square", 2),
    )
    for column, name, colour, symbol, place in marks:
        shown.add_trace(_marks(table, column, name, colour, symbol), row=1, col=place)
    for column, place in (("spearman", 1), ("delta", 2)):
        shown.add_trace(_published(table[f"{column}_published"], table["motif"], show=place == 1), row=1, col=place)
    shown.update_yaxes(categoryorder="array", categoryarray=list(table["motif"]))
    shown.update_xaxes(title_text="Spearman", zeroline=True, row=1, col=1)
    shown.update_xaxes(title_text=f"activity, {theme.UNIT}", zeroline=True, row=1, col=2)
    theme.finish(shown, f"{theme.literal(what)} and measured activity in {cell}", 170 + 30 * len(table))
    return shown.update_layout(margin=MARGIN)


def probe_map(table: pd.DataFrame, models: list[str], motifs: list[str], title: str) -> go.Figure:
    """Heat map of R2, rows (models, losses, published rows) by motifs, the number in each cell.

    `table` has `model`, `motif`, `value`, `low`, `high`, one row a cell; nan intervals where only a value is known.
    """
    grid = {
        c: table.pivot_table(index="model", columns="motif", values=c, dropna=False).reindex(
            models[::-1], columns=motifs
        )
        for c in ("value", "low", "high")
    }
    values = grid["value"].to_numpy(float)
    hovers = [
        [_interval(v, low, high) for v, low, high in zip(*rows, strict=True)]
        for rows in zip(values, grid["low"].to_numpy(float), grid["high"].to_numpy(float), strict=True)
    ]
    most = max(0.1, float(np.nanmax(np.abs(values), initial=0.1)))
    shown = go.Figure(
        go.Heatmap(
            z=values,
            x=motifs,
            y=models[::-1],
            customdata=hovers,
            colorscale=theme.FAINT_DIVERGING,
            zmin=-most,
            zmax=most,
            hovertemplate="%{y}, %{x}<br>%{customdata}<extra></extra>",
            hoverongaps=False,
            colorbar={"title": {"text": "R<sup>2</sup>", "side": "top"}, "thickness": 12},
        )
    )
    shown.add_trace(theme.cell_texts(motifs, models[::-1], theme.in_cells(values)))
    shown.update_xaxes(showgrid=False, tickangle=-40)
    shown.update_yaxes(showgrid=False)
    theme.finish(shown, title, 190 + 24 * len(models))
    return shown.update_layout(margin={"l": 250, "r": 20, "t": 50, "b": 100})


def cells(table: pd.DataFrame, title: str) -> go.Figure:
    """Two panels, a row a motif: mean R2 of K562 and of HepG2 networks, and the difference of the two.

    `table` has `motif`, then `K562`, `HepG2` and `apart`, each with `_low`, `_high` and `_published`.
    """
    table = table.sort_values("apart")
    shown = make_subplots(1, 2, shared_yaxes=True, horizontal_spacing=0.03)
    marks = (
        ("K562", "K562 networks", COLOURS[0], "circle", 1),
        ("HepG2", "HepG2 networks", COLOURS[4], "diamond", 1),
        ("apart", "K562 minus HepG2", COLOURS[2], "square", 2),
    )
    for column, name, colour, symbol, place in marks:
        shown.add_trace(_marks(table, column, name, colour, symbol), row=1, col=place)
        shown.add_trace(
            _published(table[f"{column}_published"], table["motif"], symbol=symbol, show=column == "K562"),
            row=1,
            col=place,
        )
    shown.update_yaxes(categoryorder="array", categoryarray=list(table["motif"]))
    shown.update_xaxes(title_text="mean R<sup>2</sup>", zeroline=True, row=1, col=1)
    shown.update_xaxes(title_text="difference of mean R<sup>2</sup>", zeroline=True, row=1, col=2)
    theme.finish(shown, title, 170 + 30 * len(table))
    return shown.update_layout(margin=MARGIN)


def importance(table: pd.DataFrame, title: str, unit: str) -> go.Figure:
    """A row a motif, the largest effect on top: the site, its scrambled bases, and the difference.

    `table` has `motif`, then `effect`, `scrambled` and `motif only`, each with `_low` and `_high`.
    """
    table = table.sort_values("motif only")
    shown = go.Figure()
    marks = (
        ("effect", "site", COLOURS[0], "circle"),
        ("scrambled", "scrambled site", theme.MUTED, "circle-open"),
        ("motif only", "site minus scrambled", COLOURS[4], "diamond"),
    )
    for column, name, colour, symbol in marks:
        shown.add_trace(_marks(table, column, name, colour, symbol))
    shown.update_yaxes(categoryorder="array", categoryarray=list(table["motif"]))
    shown.update_xaxes(title_text=f"prediction with minus without ({unit})", zeroline=True)
    theme.finish(shown, title, 170 + 30 * len(table))
    return shown.update_layout(margin=MARGIN)


def side_by_side(table: pd.DataFrame, cells: dict[str, str], title: str, unit: str) -> go.Figure:
    """A row a motif, in it one mark for each cell type; what is higher in the first than in the second is on top.

    Args:
        table: `cell`, `motif`, and `motif only` with `_low` and `_high`.
        cells: two or more cell types, each with its words for the legend.
    """
    value = table.pivot(index="motif", columns="cell", values="motif only")
    first, second = list(cells)[:2]
    motifs = list((value[first] - value[second]).sort_values(kind="stable").index)
    shown = go.Figure()
    styles = zip(
        (COLOURS[0], COLOURS[4], COLOURS[2], COLOURS[3]), ("circle", "diamond", "square", "cross"), strict=True
    )
    drawn = list(zip(cells.items(), itertools.cycle(styles), strict=False))
    for (cell, words), (colour, symbol) in drawn[::-1]:  # the last one drawn is the highest in its row
        of_cell = table[table["cell"] == cell].set_index("motif").loc[motifs].reset_index()
        marks = _marks(of_cell, "motif only", words, colour, symbol)
        shown.add_trace(marks.update(orientation="h", offsetgroup=cell, marker_size=8))
    shown.update_yaxes(categoryorder="array", categoryarray=motifs)
    shown.update_xaxes(title_text=f"site minus scrambled site ({unit})", zeroline=True)
    theme.finish(shown, title, 170 + (12 + 10 * len(cells)) * len(motifs))
    return shown.update_layout(margin=MARGIN, scattermode="group", scattergap=0.4, legend_traceorder="reversed")


def effect_map(table: pd.DataFrame, models: list[str], motifs: list[str], title: str, unit: str) -> go.Figure:
    """Heat map of the motif's own effect, models by motifs; `table` as for `probe_map`."""
    shown = probe_map(table, models, motifs, title)
    return shown.update_traces(colorbar_title_text=unit, selector={"type": "heatmap"})


def curves(lines: list, output: int, title: str, x_title: str, y_title: str) -> go.Figure:
    """Lines with their 95% intervals as bands.

    Args:
        lines: each with `name`, `x`, and `effects[point][output]` (`engine.interpretation.motifs.grammar.Curve`).
    """
    shown = go.Figure()
    for line, colour in zip(lines, COLOURS, strict=False):
        effects: list[Metric] = [e[output] for e in line.effects]
        low, high = [m.low for m in effects], [m.high for m in effects]
        shown.add_trace(
            go.Scatter(
                x=[*line.x, *line.x[::-1]], y=[*high, *low[::-1]], fill="toself", fillcolor=colour, opacity=0.15,
                mode="lines",
                line={"width": 0}, hoverinfo="skip", showlegend=False, legendgroup=line.name,
            )
        )  # fmt: skip
        shown.add_trace(
            go.Scatter(
                x=list(line.x),
                y=[m.value for m in effects],
                mode="lines+markers",
                name=theme.literal(line.name),
                legendgroup=line.name,
                line={"color": colour, "width": 2},
                customdata=[_interval(m.value, m.low, m.high) for m in effects],
                hovertemplate=f"{theme.literal(line.name)}, %{{x}}<br>%{{customdata}}<extra></extra>",
            )
        )
    shown.update_xaxes(title_text=x_title, tickformat="d", dtick=1 if max(lines[0].x) <= 10 else None)
    shown.update_yaxes(title_text=y_title, zeroline=True)
    return theme.finish(shown, theme.literal(title), 420)


def pairs(interactions: dict[tuple[str, str], tuple[Metric, ...]], output: int, title: str) -> go.Figure:
    """Interaction of every two motifs, the left one down the side; grey where the interval holds 0."""
    names = list(dict.fromkeys(a for a, _ in interactions))
    metric = {pair: metrics[output] for pair, metrics in interactions.items()}
    clear = {pair: m.low > 0 or m.high < 0 for pair, m in metric.items()}
    values = np.array([[metric[a, b].value for b in names] for a in names[::-1]])
    most = max(0.01, float(np.abs(values).max()))
    shown = go.Figure(
        go.Heatmap(
            z=values,
            x=[*map(theme.literal, names)],
            y=[*map(theme.literal, names[::-1])],
            zmin=-most,
            zmax=most,
            colorscale=theme.FAINT_DIVERGING,
            customdata=[
                [_interval(m.value, m.low, m.high) for m in (metric[a, b] for b in names)] for a in names[::-1]
            ],
            hovertemplate="%{y} left of %{x}<br>%{customdata}<extra></extra>",
            colorbar={"title": {"text": theme.UNIT, "side": "top"}, "thickness": 12},
        )
    )
    texts = [[f"{metric[a, b].value:+.3f}{'' if clear[a, b] else ' (0?)'}" for b in names] for a in names[::-1]]
    shown.add_trace(theme.cell_texts(shown.data[0].x, shown.data[0].y, texts))
    shown.update_xaxes(title_text="right", showgrid=False)
    shown.update_yaxes(title_text="left", showgrid=False)
    theme.finish(shown, theme.literal(title), 200 + 50 * len(names))
    return shown.update_layout(margin=MARGIN)


def _marks(table: pd.DataFrame, column: str, name: str, colour: str, symbol: str) -> go.Scatter:
    values, low, high = (table[c].to_numpy(float) for c in (column, f"{column}_low", f"{column}_high"))
    known = np.isfinite(values)
    return go.Scatter(
        x=values[known],
        y=table["motif"].to_numpy()[known],
        mode="markers",
        name=name,
        marker={"color": colour, "size": 10, "symbol": symbol},
        error_x={
            "type": "data", "symmetric": False, "array": (high - values)[known], "arrayminus": (values - low)[known],
            "thickness": 1.5, "width": 4, "color": colour,
        },
        customdata=[_interval(*row) for row in zip(values[known], low[known], high[known], strict=True)],
        hovertemplate=f"%{{y}}, {name}<br>%{{customdata}}<extra></extra>",
    )  # fmt: skip


def _published(values: pd.Series, motifs: pd.Series, symbol: str = "circle", show: bool = True) -> go.Scatter:
    known = values.notna()
    return go.Scatter(
        x=values[known],
        y=motifs[known],
        mode="markers",
        name=PUBLISHED,
        legendgroup=PUBLISHED,
        showlegend=show,
        marker={"symbol": f"{symbol}-open", "color": theme.MUTED, "size": 11, "line": {"width": 2}},
        hovertemplate="%{y}, published: %{x:.3f}<extra></extra>",
    )


def _interval(value: float, low: float, high: float) -> str:
    if np.isnan(value):
        return "not known"
    return f"{value:.3f}" if np.isnan(low) else in_words(value, low, high)


def information(pfm: np.ndarray) -> np.ndarray:
    """`(width, 4)` bits: the frequencies of a position times its information (Schneider & Stephens 1990, Nucleic Acids
    Res 18:6097-6100), against a uniform background, without their correction for few sites."""
    pfm = np.asarray(pfm, float)
    entropy = -(pfm * np.log2(np.where(pfm > 0, pfm, 1))).sum(axis=1, keepdims=True)
    return pfm * (2 - entropy)


def small_logo(heights: np.ndarray, title: str, palette: str = "standard") -> str:
    """A logo for a cell of a table, as the address of an SVG image; positive heights `(width, 4)` on one scale."""
    colours = theme.base_colours(palette)
    drawing = svg.root(CELL * len(heights), TALL, title)
    scale = TALL / max(float(heights.sum(axis=1).max()), 1e-9)
    for i, column in enumerate(heights):
        top = TALL
        for j in np.argsort(column):
            size = column[j] * scale
            if size < 0.3:
                continue
            pieces = [np.array([CELL * i, top]) + p * [CELL * 0.94, -size] for p in GLYPHS[BASES[j]]]
            svg.add(drawing, "path", d=svg.path(pieces), fill=colours[BASES[j]])
            top -= size
    return "data:image/svg+xml;base64," + base64.b64encode(svg.text_of(drawing).encode()).decode()


def two_logos(pfm: np.ndarray, cwm: np.ndarray, title: str, palette: str = "standard") -> go.Figure:
    """Frequencies as bits above contributions in log2(RNA/DNA), `(width, 4)` each."""
    colours = theme.base_colours(palette)
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.12)
    positions = np.arange(1, len(pfm) + 1)
    for row, heights in ((1, information(pfm)), (2, np.asarray(cwm, float))):
        for trace in letter_traces(heights, positions, colours):
            figure.add_trace(trace, row=row, col=1)
        figure.add_trace(
            go.Scatter(
                x=positions,
                y=heights.sum(axis=1) / 2,
                mode="markers",
                marker={"size": 24, "opacity": 0},
                customdata=[
                    "<br>".join(f"{b} {f:.2f}, contributes {c:+.3f}" for b, f, c in zip(BASES, fs, cs, strict=True))
                    for fs, cs in zip(np.asarray(pfm, float), np.asarray(cwm, float), strict=True)
                ],
                hovertemplate="position %{x}<br>%{customdata}<extra></extra>",
                showlegend=False,
            ),
            row=row,
            col=1,
        )
    figure.update_yaxes(title_text="bits", range=[0, 2.05], row=1, col=1)
    figure.update_yaxes(title_text=theme.UNIT, zeroline=True, row=2, col=1)
    figure.update_xaxes(showgrid=False, zeroline=False, dtick=1, range=[0.4, len(pfm) + 0.6])
    figure.update_xaxes(title_text="position in the motif", row=2, col=1)
    return theme.finish(figure, title, 380)


def sites(table: pd.DataFrame, models: list[str], motifs: list[str], title: str) -> go.Figure:
    """Heat map of how often a motif was found, models by motifs; `table` as for `probe_map`, and
    `found_again` (bool): where it is not, only relatives were, and the number stands in brackets."""
    shown = probe_map(table, models, motifs, title)
    again = table.pivot(index="model", columns="motif", values="found_again").reindex(models[::-1], columns=motifs)
    heat, numbers = shown.data
    numbers.text = [
        number if own or not number else f"({number})"
        for number, own in zip(numbers.text, again.to_numpy(bool).ravel(), strict=True)
    ]
    heat.update(zmin=0, colorscale=theme.FAINT_SEQUENTIAL, colorbar_title_text="sites")
    return shown
