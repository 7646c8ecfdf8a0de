"""The DISENTANGLE page's other figures: two measures of each network, pairs of recipes, curves, one sequence."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from engine.disentangle.results import Score, per_network
from engine.plots.disentangle import Order, Panel, interval, legend_at, once
from engine.plots.parts import rows, theme
from engine.plots.parts.rows import Frame, Row
from engine.results import Track


def trade_off(scores: list[Score], across: Panel, up: Panel, order: Order, front: list[Score], title: str) -> go.Figure:
    """Two measures of every network against each other, with their intervals and the Pareto front.

    Args:
        scores: rows of both measures; a network that has one alone is left out.
        front: the rows of `across` whose networks no other one beats in both measures.

    Every point carries (encoder, recipe) as its custom data.
    """
    shown = go.Figure()
    value = {(s.encoder, s.recipe, s.seed, s.measure): s for s in per_network(scores)}
    places = {
        (e, r, seed): (own, value[e, r, seed, up.measure])
        for (e, r, seed, measure), own in value.items()
        if measure == across.measure and (e, r, seed, up.measure) in value
        if e in order.encoders and r in order.recipes
    }
    steps = sorted((places[s.encoder, s.recipe, s.seed] for s in front), key=lambda pair: pair[0].metric.value)
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
    for (encoder, recipe, _), (x, y) in places.items():
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
                **interval(x.metric, colour, "x", 1),
                **interval(y.metric, colour, "y", 1),
            )
        )
    _key(shown, order.within(x for x, _ in places.values()), order)
    shown.update_xaxes(title_text=theme.literal(f"{across.title} ({across.axis})"), zeroline=False)
    words = textwrap.wrap(theme.literal(f"{up.title} ({up.axis})"), 50)
    shown.update_yaxes(title_text="<br>".join(words), zeroline=False)
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


def matrices(
    scores: list[Score],
    order: Order,
    title: str,
    unit: str,
    *,
    ends: tuple[float, float] = (0.0, 1.0),
    published: Mapping[tuple[str, str, str], float] | None = None,
) -> go.Figure:
    """A number for every two recipes of an encoder, a heat map an encoder; the pointer shows the interval.

    Args:
        scores: of one measure and one method; `against` is the other recipe. A pair may stand in either order.
        published: by encoder and both recipes, in either order; written in brackets below ours.
    """
    present = order.within(scores)
    beside = tuple(r for r in order.recipes if any(r in (s.recipe, s.against) for s in scores))
    columns, reported = max(1, len(present.encoders)), published or {}
    shown = make_subplots(
        1, columns, shared_yaxes=True, horizontal_spacing=0.02,
        subplot_titles=[f"<b>{theme.literal(e)}</b>" for e in present.encoders],
    )  # fmt: skip
    for column, encoder in enumerate(present.encoders, 1):
        cells = {}
        for s in per_network(x for x in scores if x.encoder == encoder):
            cells[s.recipe, s.against] = cells[s.against, s.recipe] = s.metric
        size = len(beside)
        values, texts, words = (np.full((size, size), fill, dtype=object) for fill in (np.nan, "", ""))
        for (one, other), metric in cells.items():
            if one in beside and other in beside:
                i, j = beside.index(one), beside.index(other)
                values[i, j] = metric.value
                texts[i, j] = f"[{metric.low:.3f}, {metric.high:.3f}], n = {metric.n:,}"
                figure = reported.get((encoder, one, other), reported.get((encoder, other, one)))
                words[i, j] = f"{metric.value:.2f}" + ("" if figure is None else f"<br>({figure:.2f})")
        shown.add_trace(
            go.Heatmap(
                z=values[::-1].astype(float),
                x=beside,
                y=beside[::-1],
                customdata=texts[::-1],
                colorscale=theme.FAINT_SEQUENTIAL if ends[0] >= 0 else theme.FAINT_DIVERGING,
                zmin=ends[0],
                zmax=ends[1],
                hoverongaps=False,
                hovertemplate="%{y}<br>%{x}<br>%{z:.3f} %{customdata}<extra></extra>",
                showscale=column == columns,
                colorbar={"title": {"text": theme.literal(unit), "side": "right"}, "thickness": 12},
            ),
            row=1,
            col=column,
        )
        shown.add_trace(theme.cell_texts(beside, beside[::-1], words[::-1], size=10), row=1, col=column)
    shown.update_xaxes(tickangle=-45, showgrid=False)
    shown.update_yaxes(showgrid=False)
    theme.finish(shown, title, 230 + 34 * max(3, len(beside)))
    return shown.update_layout(margin={"l": 165, "r": 20, "t": 90, "b": 140})


def curves(
    scores: list[Score], places: Mapping[str, float], order: Order, title: str, axes: tuple[str, str]
) -> go.Figure:
    """A line a recipe, a panel an encoder: what a measure is along something (epochs, positions).

    Args:
        places: by measure, where it stands on the x-axis.
        axes: titles of x and y.
    """
    own = [s for s in scores if s.measure in places]
    present = order.within(own)
    shown = make_subplots(
        1, max(1, len(present.encoders)), shared_yaxes=True, horizontal_spacing=0.02,
        subplot_titles=[f"<b>{theme.literal(e)}</b>" for e in present.encoders],
    )  # fmt: skip
    legend: set[str] = set()
    for column, encoder in enumerate(present.encoders, 1):
        for recipe in present.recipes:
            rows = [s for s in per_network(own) if (s.encoder, s.recipe) == (encoder, recipe)]
            for seed in dict.fromkeys(s.seed for s in rows):
                line = sorted((s for s in rows if s.seed == seed), key=lambda s: places[s.measure])
                shown.add_trace(
                    go.Scatter(
                        x=[places[s.measure] for s in line],
                        y=[s.metric.value for s in line],
                        mode="lines",
                        line={"color": order.colour(recipe), "width": 2},
                        name=theme.literal(recipe),
                        legendgroup=recipe,
                        showlegend=once(recipe, legend),
                        customdata=[[s.metric.low, s.metric.high, s.metric.n] for s in line],
                        hovertemplate=f"{theme.literal(recipe)}<br>{theme.literal(axes[0])} %{{x:g}}: %{{y:.4g}} "
                        "[%{customdata[0]:.4g}, %{customdata[1]:.4g}], n = %{customdata[2]:,}<extra></extra>",
                    ),
                    row=1,
                    col=column,
                )
    shown.update_xaxes(title_text=theme.literal(axes[0]))
    shown.update_yaxes(title_text=theme.literal(axes[1]), col=1)
    theme.finish(shown, title, 400)
    return shown.update_layout(margin={"t": 110}, legend=legend_at(shown.layout.height))


def through_norms(
    tracks: Mapping[str, Track], denoised: str, frame: Frame, palette: str, titles: tuple[str, str]
) -> go.Figure:
    """Maps of one sequence through the norm of each condition, their difference, and the denoised map; one scale.

    Args:
        tracks: by output; that of `denoised` and of two conditions.
        titles: of the figure and of the position axis.
    """
    one, other = (t for t in tracks if t != denoised)
    heights = {name: track.per_position(name) for name, track in tracks.items()}
    heights |= {"difference": heights[one] - heights[other]}
    low, high = frame.view
    inside = [h[low:high] for h in heights.values()]
    limits = [
        1.06 * min(float(np.nanmin(h, initial=0)) for h in inside),
        1.06 * max(float(np.nanmax(h, initial=0)) for h in inside),
    ]
    unit = theme.unit(tracks[one].standardised)
    bars = go.Bar(
        x=frame.x,
        y=heights["difference"],
        marker={"color": theme.MUTED},
        name="difference",
        showlegend=False,
        hovertemplate=f"position %{{x}}<br>%{{y:+.3f}} {unit}<extra></extra>",
    )
    drawn = [
        rows.logo(frame, tracks[one], one, f"through the norm of {theme.literal(one)}", palette),
        rows.logo(frame, tracks[other], other, f"through the norm of {theme.literal(other)}", palette),
        Row(f"{theme.literal(one)} minus {theme.literal(other)}", 165, [bars], rows.valued(unit)),
        rows.logo(frame, tracks[denoised], denoised, "denoised: the mean over the norms", palette),
    ]
    shown = rows.compose(drawn, frame, axis_name=titles[1], title=titles[0])
    return shown.update_yaxes(range=limits)
