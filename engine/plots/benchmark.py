"""The Benchmark page's figures: differences, elements, two scores of each model, curves, strata, correlations."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from engine.plots.parts import theme
from engine.plots.parts.legend import Legend

PUBLISHED = "open symbol: published"
PLAIN = Legend()


def forest(differences: pd.DataFrame, title: str, axis: str, legend: Legend = PLAIN) -> go.Figure:
    """Differences to the baseline with their intervals, a row a model, the best on top.

    `differences` has `model`, `value`, `low`, `high`, `n`, `baseline`, `verdict`, and perhaps `again`: None or the same
    difference between networks of another seed, which is shown in grey.
    """
    table = differences.sort_values("value")
    table = table.assign(row=[legend.axis(m) for m in table["model"]])
    shown = go.Figure()
    for verdict, colour in theme.VERDICT_COLOURS.items():
        rows = table[table["verdict"] == verdict]
        shown.add_trace(
            _whiskers(
                rows,
                verdict,
                {"color": colour, "size": 10, "symbol": theme.VERDICT_SYMBOLS[verdict]},
                [legend.label(b) for b in rows["baseline"]],
            )
        )
    again = [(r, a) for r, a in zip(table["row"], table.get("again", []), strict=False) if isinstance(a, dict)]
    if again:
        rows = pd.DataFrame([a for _, a in again]).assign(row=[r for r, _ in again])
        marker = {"color": theme.MUTED, "size": 8, "symbol": "circle-open", "line": {"width": 2}}
        shown.add_trace(_whiskers(rows, "another seed", marker, ["the baseline of another seed"] * len(rows)))
    shown.add_vline(x=0, line={"color": theme.MUTED, "dash": "dot"})
    shown.update_yaxes(
        categoryorder="array", categoryarray=list(dict.fromkeys(table["row"])), title_text="", automargin=True
    )
    shown.update_xaxes(title_text=axis, zeroline=False)
    lines = max((row.count("<br>") + 1 for row in table["row"]), default=1)
    theme.finish(shown, title, 140 + max(28, 19 * lines) * max(4, table["model"].nunique()))
    return shown.update_layout(margin={"l": 20, "r": 20, "t": 80, "b": 50}, legend={"x": 0, "xanchor": "left"})


def ingredients(rows: pd.DataFrame, title: str) -> go.Figure:
    """What each ingredient brings, the first on top: over the test rows and, in grey, over rows and training seeds.

    `rows` has `ingredient`, `sides` (what is compared), `value`, `low`, `high`, `n`, `low_seeds`, `high_seeds` (nan
    where seeds are not known), `verdict`.
    """
    shown = go.Figure()
    wider = rows[rows["low_seeds"].notna()]
    shown.add_trace(
        go.Scatter(
            x=wider["value"],
            y=wider["ingredient"],
            mode="markers",
            name="over training seeds too",
            marker={"color": theme.MUTED, "size": 1},
            error_x=_errors(wider["value"], wider["low_seeds"], wider["high_seeds"])
            | {"color": theme.MUTED, "thickness": 1},
            hoverinfo="skip",
        )
    )
    for verdict, colour in theme.VERDICT_COLOURS.items():
        part = rows[rows["verdict"] == verdict]
        shown.add_trace(
            go.Scatter(
                x=part["value"],
                y=part["ingredient"],
                mode="markers",
                name=verdict,
                marker={"color": colour, "size": 10, "symbol": theme.VERDICT_SYMBOLS[verdict]},
                error_x=_errors(part["value"], part["low"], part["high"]) | {"color": colour, "thickness": 2},
                customdata=part[["low", "high", "n", "sides"]].to_numpy(),
                hovertemplate="%{y}<br>%{customdata[3]}<br>%{x:+.4f} [%{customdata[0]:+.4f}, %{customdata[1]:+.4f}]"
                "<br>n = %{customdata[2]:,}<extra></extra>",
            )
        )
    shown.add_vline(x=0, line={"color": theme.MUTED, "dash": "dot"})
    order = list(dict.fromkeys(rows["ingredient"]))[::-1]
    shown.update_yaxes(categoryorder="array", categoryarray=order, title_text="", automargin=True)
    shown.update_xaxes(title_text="difference in Spearman: with less without", zeroline=False)
    theme.finish(shown, title, 140 + 28 * max(4, len(order)))
    return shown.update_layout(margin={"l": 20, "r": 20, "t": 80, "b": 50}, legend={"x": 0, "xanchor": "left"})


def _errors(value: pd.Series, low: pd.Series, high: pd.Series) -> dict:
    """An interval as Plotly draws it."""
    return {"type": "data", "symmetric": False, "array": high - value, "arrayminus": value - low}


def _whiskers(rows: pd.DataFrame, name: str, marker: dict, others: list[str]) -> go.Scatter:
    """Values with their intervals at `row`, each beside the other one that it is a difference to."""
    return go.Scatter(
        x=rows["value"],
        y=rows["row"],
        mode="markers",
        name=name,
        marker=marker,
        error_x=_errors(rows["value"], rows["low"], rows["high"])
        | {"color": marker["color"], "thickness": 1 if name == "another seed" else 2},
        customdata=rows[["low", "high", "n"]].assign(other=others).to_numpy(),
        hovertemplate="%{y} minus %{customdata[3]}<br>%{x:+.4f} [%{customdata[0]:+.4f}, %{customdata[1]:+.4f}]"
        "<br>n = %{customdata[2]:,}<extra></extra>",
    )


def element_map(
    table: pd.DataFrame, models: list[str], elements: dict[str, str], title: str, legend: Legend = PLAIN
) -> go.Figure:
    """Heat map of Spearman, models by elements, the number in each cell.

    Args:
        table: `model`, `element`, `spearman`, `low`, `high`, `n`, one row a cell.
        elements: the cell type of each, which stands below its name.
    """
    names, rows = list(elements), [legend.axis(m) for m in models[::-1]]
    columns = [f"{element}<br>{cell}" if cell else element for element, cell in elements.items()]
    grid = {
        column: table.pivot_table(index="model", columns="element", values=column).reindex(
            index=models[::-1], columns=names
        )
        for column in ("spearman", "low", "high", "n")
    }
    values = grid["spearman"].to_numpy()
    shown = go.Figure(
        go.Heatmap(
            z=values,
            x=columns,
            y=rows,
            colorscale=theme.FAINT_SEQUENTIAL,
            zmin=min(0.0, float(np.nanmin(values, initial=0.0))),
            zmax=max(0.1, float(np.nanmax(values, initial=0.1))),
            customdata=np.dstack([grid[c].to_numpy() for c in ("low", "high", "n")]),
            hovertemplate="%{y}, %{x}<br>Spearman %{z:.3f} [%{customdata[0]:.3f}, %{customdata[1]:.3f}]"
            "<br>n = %{customdata[2]:,.0f}<extra></extra>",
            colorbar={"title": {"text": "Spearman", "side": "top"}, "thickness": 12},
        )
    )
    shown.add_trace(theme.cell_texts(columns, rows, theme.in_cells(values, 3)))
    cells = list(elements.values())
    for place in range(1, len(cells)):
        if cells[place] != cells[place - 1]:
            shown.add_vline(x=place - 0.5, line={"color": theme.MUTED, "width": 2})
    shown.update_xaxes(side="bottom", showgrid=False)
    shown.update_yaxes(showgrid=False, automargin=True)
    theme.finish(shown, title, 150 + 25 * len(models))
    return shown.update_layout(margin={"l": 20, "r": 20, "t": 50, "b": 60})


def two_scores(
    table: pd.DataFrame, scores: tuple[str, str], axes: tuple[str, str], title: str, legend: Legend = PLAIN
) -> go.Figure:
    """One model a mark with its code beside it, one score against another, with intervals; a hollow mark for the
    published pair.

    Args:
        table: `model` and, for each of both `scores`, a column with `_low`, `_high` and `_published`.
    """
    (x, y), shown = scores, go.Figure()
    for row in table.to_dict("records"):
        if pd.isna(row[x]) or pd.isna(row[y]):
            continue
        label, style = legend.label(row["model"]), legend.style(row["model"])
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
        marker = {"color": style.colour, "size": 11, "symbol": style.symbol}
        told = f"{label}<br>{axes[0]} %{{x:.3f}}<br>{axes[1]} %{{y:.3f}}"
        shown.add_trace(
            go.Scatter(
                x=[row[x]],
                y=[row[y]],
                mode="markers+text",
                text=[legend.code(row["model"])],
                textposition="top right",
                textfont={"size": 11},
                marker=marker,
                opacity=0.85,
                name=label,
                showlegend=False,
                hovertemplate=f"{told}<extra>ours</extra>",
                **bars,
            )
        )
        if not pd.isna(row[f"{x}_published"]) and not pd.isna(row[f"{y}_published"]):
            shown.add_trace(
                go.Scatter(
                    x=[row[f"{x}_published"]],
                    y=[row[f"{y}_published"]],
                    mode="markers",
                    marker=marker | {"size": 10, "symbol": f"{style.symbol}-open", "line": {"width": 2}},
                    showlegend=False,
                    hovertemplate=f"{told}<extra>published</extra>",
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
    shown.update_xaxes(title_text=axes[0])
    shown.update_yaxes(title_text=axes[1])
    return theme.finish(shown, title, 380)


def curves(table: pd.DataFrame, title: str, legend: Legend = PLAIN) -> go.Figure:
    """Validation Spearman by epoch in one cell type; `table` has `model`, `epoch`, `validation`."""
    shown = go.Figure()
    for model, rows in table.groupby("model", sort=False):
        label, style = legend.label(str(model)), legend.style(str(model))
        shown.add_trace(
            go.Scatter(
                x=rows["epoch"],
                y=rows["validation"],
                mode="lines",
                name=label,
                line={"color": style.colour, "dash": style.dash},
                hovertemplate=f"{label}<br>epoch %{{x}}: %{{y:.4f}}<extra></extra>",
            )
        )
    shown.update_xaxes(title_text="epoch", tickformat="d")
    shown.update_yaxes(title_text="validation Spearman")
    theme.finish(shown, title, 470)
    return shown.update_layout(legend={"orientation": "v", "x": 1.02, "xanchor": "left", "y": 1, "yanchor": "top"})


def strata(table: pd.DataFrame, title: str, legend: Legend = PLAIN) -> go.Figure:
    """Spearman by quarter of the measured effect in one cell type, with intervals.

    `table` has `model`, `quarter`, `value`, `low`, `high`.
    """
    shown = go.Figure()
    pairs = list(table.groupby("model", sort=False))
    for place, (model, rows) in enumerate(pairs):
        label, style = legend.label(str(model)), legend.style(str(model))
        shift = 0.5 * (place / max(1, len(pairs) - 1) - 0.5) if len(pairs) > 1 else 0.0
        shown.add_trace(
            go.Scatter(
                x=np.arange(len(rows)) + shift,
                y=rows["value"],
                mode="markers",
                name=label,
                marker={"color": style.colour, "symbol": style.symbol, "size": 8},
                error_y={
                    "type": "data",
                    "symmetric": False,
                    "array": rows["high"] - rows["value"],
                    "arrayminus": rows["value"] - rows["low"],
                    "thickness": 1,
                    "width": 0,
                },
                customdata=rows["quarter"],
                hovertemplate=f"{label}<br>%{{customdata}} quarter: %{{y:.3f}}<extra></extra>",
            )
        )
    quarters = list(dict.fromkeys(table["quarter"]))
    shown.add_hline(y=0, line={"color": theme.MUTED, "dash": "dot"})
    shown.update_xaxes(
        tickvals=list(range(len(quarters))), ticktext=quarters, title_text="quarter of the measured effect's size"
    )
    shown.update_yaxes(title_text="Spearman within the quarter")
    theme.finish(shown, title, 370)
    return shown.update_layout(legend={"orientation": "v", "x": 1.02, "xanchor": "left", "y": 1, "yanchor": "top"})


def correlation(models: list[str], matrix: np.ndarray, title: str, legend: Legend = PLAIN) -> go.Figure:
    """Spearman between the predictions of every two models, `(n, n)`; nan for one that predicts a constant."""
    below, rows = legend.below(models), [legend.axis(m) for m in models[::-1]]
    shown = go.Figure(
        go.Heatmap(
            z=matrix[::-1],
            x=below,
            y=rows,
            colorscale=theme.FAINT_SEQUENTIAL,
            zmin=float(np.nanmin(matrix, initial=1.0)),
            zmax=1,
            hovertemplate="%{y}<br>%{x}<br>Spearman %{z:.3f}<extra></extra>",
            colorbar={"title": {"text": "Spearman", "side": "top"}, "thickness": 12},
        )
    )
    if len(models) <= theme.NUMBERS_UP_TO:
        shown.add_trace(theme.cell_texts(below, rows, theme.in_cells(matrix[::-1])))
    shown.update_xaxes(showgrid=False, automargin=True)
    shown.update_yaxes(showgrid=False, automargin=True)
    theme.finish(shown, title, 180 + 28 * len(models))
    return shown.update_layout(margin={"l": 20, "r": 20, "t": 50, "b": 60})
