"""The Benchmark page's figures: differences, elements, two scores of each model, curves, strata, correlations."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from engine.plots.parts import theme

PUBLISHED = "open symbol: published"


def forest(differences: pd.DataFrame, title: str, axis: str) -> go.Figure:
    """Differences to the baseline with their intervals, a row a model, the best on top.

    `differences` has `model`, `value`, `low`, `high`, `n`, `baseline`, `verdict`, and perhaps `again`: None or the same
    difference between networks of another seed, which is shown in grey.
    """
    table = differences.sort_values("value")
    shown = go.Figure()
    for verdict, colour in theme.VERDICT_COLOURS.items():
        rows = table[table["verdict"] == verdict]
        shown.add_trace(
            go.Scatter(
                x=rows["value"],
                y=rows["model"],
                mode="markers",
                name=verdict,
                marker={"color": colour, "size": 10, "symbol": theme.VERDICT_SYMBOLS[verdict]},
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "array": rows["high"] - rows["value"],
                    "arrayminus": rows["value"] - rows["low"],
                    "color": colour,
                    "thickness": 2,
                },
                customdata=rows[["low", "high", "n", "baseline"]].to_numpy(),
                hovertemplate="%{y} minus %{customdata[3]}<br>%{x:+.4f} [%{customdata[0]:+.4f}, %{customdata[1]:+.4f}]"
                "<br>n = %{customdata[2]:,}<extra></extra>",
            )
        )
    again = {m: a for m, a in zip(table["model"], table.get("again", []), strict=False) if isinstance(a, dict)}
    if again:
        _other_seed(shown, again)
    shown.add_vline(x=0, line={"color": theme.MUTED, "dash": "dot"})
    shown.update_yaxes(categoryorder="array", categoryarray=list(dict.fromkeys(table["model"])), title_text="")
    shown.update_xaxes(title_text=axis, zeroline=False)
    theme.finish(shown, title, 150 + 26 * max(4, table["model"].nunique()))
    return shown.update_layout(margin={"l": 215, "r": 20, "t": 80, "b": 50}, legend={"x": 0, "xanchor": "left"})


def _other_seed(shown: go.Figure, again: dict[str, dict]) -> None:
    """The same differences between networks of another seed, by model."""
    rows = pd.DataFrame(again).T
    shown.add_trace(
        go.Scatter(
            x=rows["value"],
            y=rows.index,
            mode="markers",
            name="another seed",
            marker={"color": theme.MUTED, "size": 8, "symbol": "circle-open", "line": {"width": 2}},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": rows["high"] - rows["value"],
                "arrayminus": rows["value"] - rows["low"],
                "color": theme.MUTED,
                "thickness": 1,
            },
            customdata=rows[["low", "high", "n"]].to_numpy(),
            hovertemplate="%{y}, networks of another seed<br>%{x:+.4f} [%{customdata[0]:+.4f}, %{customdata[1]:+.4f}]"
            "<br>n = %{customdata[2]:,}<extra></extra>",
        )
    )


def element_map(table: pd.DataFrame, models: list[str], elements: list[str], title: str) -> go.Figure:
    """Heat map of Spearman, models by elements, the number in each cell.

    `table` has `model`, `element`, `spearman`, `low`, `high`, `n`, one row a cell.
    """
    grid = {
        column: table.pivot_table(index="model", columns="element", values=column).reindex(
            index=models[::-1], columns=elements
        )
        for column in ("spearman", "low", "high", "n")
    }
    values = grid["spearman"].to_numpy()
    shown = go.Figure(
        go.Heatmap(
            z=values,
            x=elements,
            y=models[::-1],
            colorscale=theme.FAINT_SEQUENTIAL,
            zmin=min(0.0, float(np.nanmin(values, initial=0.0))),
            zmax=max(0.1, float(np.nanmax(values, initial=0.1))),
            customdata=np.dstack([grid[c].to_numpy() for c in ("low", "high", "n")]),
            hovertemplate="%{y}, %{x}<br>Spearman %{z:.3f} [%{customdata[0]:.3f}, %{customdata[1]:.3f}]"
            "<br>n = %{customdata[2]:,.0f}<extra></extra>",
            colorbar={"title": {"text": "Spearman", "side": "top"}, "thickness": 12},
        )
    )
    shown.add_trace(theme.cell_texts(elements, models[::-1], theme.in_cells(values, 3)))
    shown.update_xaxes(side="bottom", showgrid=False)
    shown.update_yaxes(showgrid=False)
    theme.finish(shown, title, 140 + 26 * len(models))
    return shown.update_layout(margin={"l": 215, "r": 20, "t": 50, "b": 50})


def two_scores(
    table: pd.DataFrame, x: str, y: str, x_title: str, y_title: str, known: list[str], title: str
) -> go.Figure:
    """One model a mark, one score against another, with intervals; a hollow mark for the published pair.

    `table` has `model`, `cell type` and the columns `x`, `y`, each with `_low`, `_high` and `_published`.
    """
    shown = go.Figure()
    symbols = dict(zip(dict.fromkeys(table["cell type"]), ("circle", "diamond", "square"), strict=False))
    for row in table.to_dict("records"):
        if pd.isna(row[x]) or pd.isna(row[y]):
            continue
        colour, symbol = theme.model_colour(row["model"], known), symbols[row["cell type"]]
        bars = {
            f"error_{axis}": {
                "type": "data",
                "symmetric": False,
                "array": [row[f"{name}_high"] - row[name]],
                "arrayminus": [row[name] - row[f"{name}_low"]],
                "thickness": 1,
                "width": 0,
            }
            for axis, name in (("x", x), ("y", y))
        }
        label = f"{row['model']} ({row['cell type']})"
        shown.add_trace(
            go.Scatter(
                x=[row[x]],
                y=[row[y]],
                mode="markers",
                marker={"color": colour, "size": 11, "symbol": symbol},
                opacity=0.85,
                name=label,
                showlegend=False,
                hovertemplate=f"{label}<br>{x_title} %{{x:.3f}}<br>{y_title} %{{y:.3f}}<extra>ours</extra>",
                **bars,
            )
        )
        if not pd.isna(row[f"{x}_published"]) and not pd.isna(row[f"{y}_published"]):
            shown.add_trace(
                go.Scatter(
                    x=[row[f"{x}_published"]],
                    y=[row[f"{y}_published"]],
                    mode="markers",
                    marker={"color": colour, "size": 10, "symbol": f"{symbol}-open", "line": {"width": 2}},
                    showlegend=False,
                    hovertemplate=f"{label}<br>{x_title} %{{x:.3f}}<br>{y_title} %{{y:.3f}}<extra>published</extra>",
                )
            )
    for cell, symbol in symbols.items():
        shown.add_trace(
            go.Scatter(
                x=[None],
                y=[None],
                mode="markers",
                name=cell,
                marker={"symbol": symbol, "color": theme.MUTED, "size": 10},
            )
        )
    shown.add_trace(
        go.Scatter(
            x=[None],
            y=[None],
            mode="markers",
            name=PUBLISHED,
            marker={"symbol": "circle-open", "color": theme.MUTED, "size": 10, "line": {"width": 2}},
        )
    )
    shown.update_xaxes(title_text=x_title)
    shown.update_yaxes(title_text=y_title)
    return theme.finish(shown, title, 470)


def curves(table: pd.DataFrame, known: list[str], title: str) -> go.Figure:
    """Validation Spearman by epoch; `table` has `model`, `cell type`, `epoch`, `validation`."""
    shown = go.Figure()
    dashes = dict(zip(dict.fromkeys(table["cell type"]), ("solid", "dash", "dot"), strict=False))
    for (model, cell), rows in table.groupby(["model", "cell type"], sort=False):
        shown.add_trace(
            go.Scatter(
                x=rows["epoch"],
                y=rows["validation"],
                mode="lines",
                name=f"{model} ({cell})",
                line={"color": theme.model_colour(str(model), known), "dash": dashes[cell]},
                hovertemplate=f"{model} ({cell})<br>epoch %{{x}}: %{{y:.4f}}<extra></extra>",
            )
        )
    shown.update_xaxes(title_text="epoch", tickformat="d")
    shown.update_yaxes(title_text="validation Spearman")
    theme.finish(shown, title, 470)
    return shown.update_layout(legend={"orientation": "v", "x": 1.02, "xanchor": "left", "y": 1, "yanchor": "top"})


def strata(table: pd.DataFrame, known: list[str], title: str) -> go.Figure:
    """Spearman by quarter of the measured effect, with intervals.

    `table` has `model`, `cell type`, `quarter`, `value`, `low`, `high`.
    """
    shown = go.Figure()
    pairs = list(table.groupby(["model", "cell type"], sort=False))
    for place, ((model, cell), rows) in enumerate(pairs):
        shift = 0.5 * (place / max(1, len(pairs) - 1) - 0.5) if len(pairs) > 1 else 0.0
        shown.add_trace(
            go.Scatter(
                x=np.arange(len(rows)) + shift,
                y=rows["value"],
                mode="markers",
                name=f"{model} ({cell})",
                marker={"color": theme.model_colour(str(model), known), "size": 8},
                error_y={
                    "type": "data",
                    "symmetric": False,
                    "array": rows["high"] - rows["value"],
                    "arrayminus": rows["value"] - rows["low"],
                    "thickness": 1,
                    "width": 0,
                },
                customdata=rows["quarter"],
                hovertemplate=f"{model} ({cell})<br>%{{customdata}} quarter: %{{y:.3f}}<extra></extra>",
            )
        )
    quarters = list(dict.fromkeys(table["quarter"]))
    shown.add_hline(y=0, line={"color": theme.MUTED, "dash": "dot"})
    shown.update_xaxes(
        tickvals=list(range(len(quarters))), ticktext=quarters, title_text="quarter of the measured effect's size"
    )
    shown.update_yaxes(title_text="Spearman within the quarter")
    theme.finish(shown, title, 430)
    return shown.update_layout(legend={"orientation": "v", "x": 1.02, "xanchor": "left", "y": 1, "yanchor": "top"})


def correlation(labels: list[str], matrix: np.ndarray, title: str) -> go.Figure:
    """Spearman between the predictions of every two models, `(n, n)`; nan for one that predicts a constant."""
    shown = go.Figure(
        go.Heatmap(
            z=matrix[::-1],
            x=labels,
            y=labels[::-1],
            colorscale=theme.FAINT_SEQUENTIAL,
            zmin=float(np.nanmin(matrix, initial=1.0)),
            zmax=1,
            hovertemplate="%{y}<br>%{x}<br>Spearman %{z:.3f}<extra></extra>",
            colorbar={"title": {"text": "Spearman", "side": "top"}, "thickness": 12},
        )
    )
    if len(labels) <= theme.NUMBERS_UP_TO:
        shown.add_trace(theme.cell_texts(labels, labels[::-1], theme.in_cells(matrix[::-1])))
    shown.update_xaxes(tickangle=-45, showgrid=False)
    shown.update_yaxes(showgrid=False)
    theme.finish(shown, title, 220 + 24 * len(labels))
    return shown.update_layout(margin={"l": 250, "r": 20, "t": 50, "b": 150})
