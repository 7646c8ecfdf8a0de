"""Experiments on one sequence: double mutants, block shuffles, knock-out and knock-in, backgrounds, guided edits."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from engine.plots.parts import theme
from engine.results import FEWEST_DIFFERENT, BlockShuffle, Epistasis, GlobalImportance, KnockIn, KnockOut, Walk
from engine.sequence import BASES

LOWER, HIGHER = theme.COLOURS[0], theme.COLOURS[4]
STRAND_COLOURS = {"forward strand": theme.COLOURS[0], "reverse strand": theme.COLOURS[4]}
BAR = theme.MUTED  # error bars: plotly's own colour does not follow a dark background
EFFECT = f"change of the prediction ({theme.UNIT})"
POSITION = "position in the sequence (bp)"
LABELS_UP_TO = 24  # positions of a double-mutant map that are all named; beyond, every other one


def double_mutants(result: Epistasis, output: str) -> go.Figure:
    """Two maps of position against position: the interaction of largest size with its sign, and the mean size."""
    shown = make_subplots(
        rows=1,
        cols=2,
        horizontal_spacing=0.16,
        subplot_titles=("strongest interaction of each pair", "mean size of the interactions of each pair"),
    )
    n = result.end - result.start
    places = [f"{result.start + i + 1} {result.bases[result.start + i]}" for i in range(n)]
    strongest, size = result.strongest(output), result.mean_size(output)
    limit = float(np.nanmax(np.abs(strongest), initial=1e-6))
    scales = (
        (strongest, theme.DIVERGING, -limit, limit, _pair_labels(result, output), 0.42),
        (size, theme.SEQUENTIAL, 0, float(np.nanmax(size, initial=1e-6)), None, 1.0),
    )
    for column, (values, colours, low, high, labels, x) in enumerate(scales, start=1):
        pair = [[f"{p} with {q}" for q in places] for p in places]
        shown.add_trace(
            go.Heatmap(
                z=values,
                x=np.arange(n),
                y=np.arange(n),
                colorscale=colours,
                zmin=low,
                zmax=high,
                text=labels or pair,
                hovertemplate="%{text}<br>%{z:.3f} " + theme.UNIT + "<extra></extra>",
                hoverongaps=False,
                colorbar={"title": {"text": theme.UNIT, "side": "right"}, "thickness": 12, "x": x},
                name="strongest" if labels else "mean size",
            ),
            row=1,
            col=column,
        )
        step = 1 if n <= LABELS_UP_TO else 2
        ticks = {"tickvals": list(range(0, n, step)), "ticktext": places[::step], "showgrid": False, "zeroline": False}
        shown.update_xaxes(**ticks, title_text="first position and base", row=1, col=column)
        shown.update_yaxes(
            **ticks,
            title_text="second position and base",
            autorange="reversed",
            row=1,
            col=column,
        )
    shown.update_annotations(font_size=13)
    theme.finish(shown, f"{result.model}, {output}: double mutants minus the sum of their singles", 560)
    return shown.update_layout(margin={"l": 70, "r": 20, "t": 80, "b": 60})


def _pair_labels(result: Epistasis, output: str) -> list[list[str]]:
    """Of each pair of positions the two substitutions whose interaction is largest."""
    n = result.end - result.start
    size = np.abs(np.nan_to_num(result.interaction(output))).transpose(0, 2, 1, 3).reshape(n, n, 16)
    best = size.argmax(axis=2)

    def one(i: int, base: int) -> str:
        return f"{result.start + i + 1} {result.bases[result.start + i]}>{BASES[base]}"

    return [[f"{one(i, best[i, j] // 4)} with {one(j, best[i, j] % 4)}" for j in range(n)] for i in range(n)]


def block_shuffle(result: BlockShuffle, output: str) -> go.Figure:
    """A bar a block: mean effect of shuffling it, with the standard deviation over its shuffles."""
    i = result.outputs.index(output)
    mean, starts = result.mean[i], result.starts
    sd = np.where(result.distinct >= FEWEST_DIFFERENT, result.sd[i], np.nan)
    apart = int(np.diff(starts).max()) if len(starts) > 1 else result.width
    known = np.isfinite(mean)
    ends = starts + result.width
    shown = go.Figure()
    shown.add_trace(
        go.Bar(
            x=((starts + 1 + ends) / 2)[known],
            y=mean[known],
            width=0.85 * min(apart, result.width),
            marker={"color": [HIGHER if m > 0 else LOWER for m in mean[known]]},
            error_y={"type": "data", "array": np.nan_to_num(sd[known]), "thickness": 1.2, "width": 3, "color": BAR},
            customdata=np.stack([starts + 1, ends, result.used, result.distinct], axis=1)[known],
            text=["" if np.isnan(v) else f" ± {v:.3f}" for v in sd[known]],
            textposition="none",
            hovertemplate="block %{customdata[0]}-%{customdata[1]}<br>%{y:.3f}%{text} " + theme.UNIT
            + "<br>%{customdata[2]} shuffles, %{customdata[3]} different<extra></extra>",
            name="block",
            showlegend=False,
        )
    )  # fmt: skip
    if not known.all():
        shown.add_trace(
            go.Scatter(
                x=((starts + 1 + ends) / 2)[~known],
                y=np.zeros((~known).sum()),
                mode="markers",
                marker={"symbol": "x-thin", "size": 9, "line": {"width": 2, "color": theme.MUTED}},
                hovertemplate="no other arrangement, or outside of every window<extra></extra>",
                name="unknown",
                showlegend=True,
            )
        )
    shown.update_xaxes(title_text=POSITION, range=[0.5, len(result.bases) + 0.5], showgrid=False)
    shown.update_yaxes(title_text=EFFECT, zeroline=True)
    return theme.finish(shown, f"{result.model}, {output}: blocks of {result.width} bp shuffled", 400)


def knock_out(result: KnockOut) -> go.Figure:
    """For each output every replacement as a point, and where enough of them differ their mean with its spread."""
    shown = go.Figure()
    enough = len(set(result.replacements)) >= FEWEST_DIFFERENT
    for i, output in enumerate(result.outputs):
        shown.add_trace(
            go.Box(
                x=[output] * len(result.replacements),
                y=result.effects[i],
                boxpoints="all",
                pointpos=0,
                jitter=0.6,
                fillcolor="rgba(0,0,0,0)",
                line={"color": "rgba(0,0,0,0)"},
                marker={"color": theme.MUTED, "size": 6, "opacity": 0.7},
                text=list(result.replacements),
                hovertemplate="%{text}<br>%{y:.3f} " + theme.UNIT + "<extra></extra>",
                hoveron="points",
                name="one replacement",
                legendgroup="points",
                showlegend=i == 0,
            )
        )
    if enough:
        shown.add_trace(
            go.Scatter(
                x=list(result.outputs),
                y=result.mean,
                mode="markers",
                marker={"symbol": "diamond", "size": 13, "color": [HIGHER if m > 0 else LOWER for m in result.mean]},
                error_y={"type": "data", "array": np.nan_to_num(result.sd), "thickness": 1.5, "width": 8, "color": BAR},
                hovertemplate="mean %{y:.3f} " + theme.UNIT + "<extra></extra>",
                name="mean ± s.d.",
            )
        )
    shown.update_yaxes(title_text=EFFECT, zeroline=True)
    shown.update_xaxes(title_text="cell type")
    return theme.finish(shown, f"{result.model}: {result.start + 1}-{result.end} replaced", 400)


def knock_in(result: KnockIn, output: str) -> go.Figure:
    """Effect of the motif against its first position, a line a strand."""
    i = result.outputs.index(output)
    shown = go.Figure()
    for strand, (name, colour) in enumerate(STRAND_COLOURS.items()):
        shown.add_trace(
            go.Scatter(
                x=result.positions + 1,
                y=result.effects[i, strand],
                mode="lines+markers",
                line={"color": colour, "width": 1.5},
                marker={"color": colour, "size": 5, "symbol": "circle" if strand == 0 else "triangle-up"},
                hovertemplate=f"from position %{{x}}, {name}<br>%{{y:.3f}} {theme.UNIT}<extra></extra>",
                name=name,
            )
        )
    shown.update_xaxes(title_text="first position of the motif (bp)", range=[0.5, len(result.bases) + 0.5])
    shown.update_yaxes(title_text=EFFECT, zeroline=True)
    return theme.finish(
        shown, f"{result.model}, {output}: {theme.literal(result.motif)} written over the sequence", 400
    )


def global_importance(result: GlobalImportance, output: str) -> go.Figure:
    """A row a motif, the most important on top: mean with its 95% interval, and the sequence at hand."""
    i = result.outputs.index(output)
    order = sorted(range(len(result.motifs)), key=lambda m: -result.importance[i][m].value)
    motifs = [theme.literal(result.motifs[m]) for m in order]
    metrics = [result.importance[i][m] for m in order]
    shown = go.Figure()
    shown.add_trace(
        go.Scatter(
            x=[m.value for m in metrics],
            y=motifs,
            mode="markers",
            marker={"size": 10, "color": [HIGHER if m.value > 0 else LOWER for m in metrics]},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [m.high - m.value for m in metrics],
                "arrayminus": [m.value - m.low for m in metrics],
                "thickness": 1.5,
                "width": 5,
                "color": BAR,
            },
            customdata=[[m.low, m.high, m.n] for m in metrics],
            hovertemplate="%{y}: %{x:.3f} [%{customdata[0]:.3f}, %{customdata[1]:.3f}] " + theme.UNIT
            + "<br>%{customdata[2]} backgrounds<extra></extra>",
            name="mean over backgrounds, 95% interval",
        )
    )  # fmt: skip
    shown.add_trace(
        go.Scatter(
            x=[float(result.own[i, m]) for m in order],
            y=motifs,
            mode="markers",
            marker={"size": 10, "symbol": "diamond-open", "color": theme.MUTED, "line": {"width": 2}},
            hovertemplate="%{y} in the sequence itself: %{x:.3f} " + theme.UNIT + "<extra></extra>",
            name="in the sequence itself",
        )
    )
    shown.update_xaxes(title_text=f"prediction with minus without the motif ({theme.UNIT})", zeroline=True)
    shown.update_yaxes(title_text="motif", autorange="reversed")
    theme.finish(shown, f"{result.model}, {output}: motifs in {result.backgrounds}", 190 + 30 * len(motifs))
    return shown.update_layout(margin={"l": 130, "r": 20, "t": 80, "b": 50})


def walk(result: Walk) -> go.Figure:
    """Predictions of all outputs after each step."""
    shown = go.Figure()
    steps = list(range(len(result.sequences)))
    labels = ["as it is", *(f"{p + 1} {a}>{b}" for p, a, b in result.edits)]
    for i, output in enumerate(result.outputs):
        colour = theme.COLOURS[i % len(theme.COLOURS)]
        shown.add_trace(
            go.Scatter(
                x=steps,
                y=result.values[:, i],
                mode="lines+markers",
                line={"color": colour, "width": 2},
                marker={"color": colour, "size": 8},
                text=labels,
                hovertemplate="step %{x}, %{text}<br>%{y:.3f} " + theme.UNIT + "<extra></extra>",
                name=output,
            )
        )
    shown.update_xaxes(
        title_text="substitution", tickvals=steps, ticktext=[f"{s}<br>{t}" for s, t in enumerate(labels)]
    )
    shown.update_yaxes(title_text=f"predicted activity ({theme.UNIT})", zeroline=True)
    theme.finish(shown, f"{result.model}: {result.objective}", 420)
    return shown.update_layout(margin={"l": 70, "r": 20, "t": 60, "b": 70})
