"""The Benchmark page's ingredients: what each thing that the models were made with brings, and what it does to maps."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from engine.evaluation import ingredients
from engine.experiments import labels
from engine.interpretation.reliability import beside
from engine.plots import benchmark as plot
from engine.statistics import in_words
from pages.panels.benchmark import words
from pages.shared import downloads
from pages.shared.plain import plain
from pages.shared.show import image_config, interval

COMMAND = "python -m engine ingredients"


def show(cell: str) -> None:
    """The figure and the tables for one cell type."""
    stored = ingredients.read()
    if not stored:
        st.info(f"What each ingredient brings was not compared yet. Run: `{COMMAND}`")
        return
    if stale := ingredients.stale(stored):
        st.warning(f"Trained since the comparison: {plain(', '.join(map(labels.label, stale)))}. Run: `{COMMAND}`")
    rows = pd.DataFrame(stored["rows"])
    rows = rows[rows["output"] == cell]
    if rows.empty:
        st.caption(f"No ingredient has both of its models trained for {plain(cell)}.")
        return
    _scores(rows, cell)
    _maps(cell)
    if missing := ingredients.missing():
        untrained = " ".join(dict.fromkeys(n for models in missing.values() for n in models))
        train = f"python -m engine train {untrained}"
        st.caption(f"Not measured yet: {plain('; '.join(missing))}. Run: `{plain(train)}`, then `{COMMAND}`")


def _scores(rows: pd.DataFrame, cell: str) -> None:
    measures = [m for m in ingredients.MEASURES if (rows["measure"] == m).any()]
    measure = st.segmented_control(
        "Score",
        measures,
        default=measures[0],
        required=True,
        format_func=words.MEASURES.get,
        key="bench_ingredient_score",
    )
    every = rows
    rows = rows[rows["measure"] == measure].assign(sides=lambda r: r.apply(_sides, axis=1))
    # what a network brings beyond a simple rule is ten times what all else does: on one axis that would be a dot
    drawn = rows[~rows["lacking"].isin(ingredients.RULES)]
    figure = plot.ingredients(drawn, f"What each ingredient brings: {words.measure(measure)}, {cell}")
    st.plotly_chart(figure, config=image_config("cislens-ingredients", "svg"), key="ingredients")
    nothing = rows["verdict"] == ingredients.NOTHING
    by_chance = ~nothing & rows["verdict_seeds"].eq(ingredients.NOTHING)
    for which, words_of in (
        (nothing, "No difference that this data can show"),
        (by_chance, "Other seeds could undo it"),
    ):
        if which.any():
            st.caption(plain(f"{words_of}: {'; '.join(rows.loc[which, 'ingredient'])}."))
    shown = pd.DataFrame(
        {
            "ingredient": rows["ingredient"],
            "compared": rows["sides"],
            "with": rows["score"].map("{:.3f}".format),
            "without": rows["score_lacking"].map("{:.3f}".format),
            "difference": [interval(r) for r in rows.to_dict("records")],
            "difference over seeds too": [_over_seeds(r) for r in rows.to_dict("records")],
            "n": rows["n"],
            "verdict": rows["verdict"],
            "over seeds": rows["verdict_seeds"].fillna(""),
        }
    )
    st.dataframe(shown, hide_index=True)
    st.caption(
        "Everything but the ingredient is alike on both sides. 95% intervals: what another draw of test elements or "
        "variants could change; where networks of several seeds were trained, also what other seeds could (grey). Few "
        "seeds leave that wide. A whole model counts as it is and has no other seed. Simple rules are in the table "
        "alone."
    )
    downloads.table("Table (CSV)", every, "cislens-ingredients.csv")


def _sides(row: pd.Series) -> str:
    """What is compared, in words."""
    sides = (("having", "networks"), ("lacking", "networks_lacking"))
    return " against ".join(
        _named(row[side]) + (f", one network (mean of {row[count]})" if row[count] > 1 else "") for side, count in sides
    )


def _named(name: str) -> str:
    return name if name in ingredients.RULES else labels.label(name)


def _over_seeds(row: dict) -> str:
    low, high = row["low_seeds"], row["high_seeds"]
    return "" if low is None or pd.isna(low) else in_words(row["value"], low, high)


def _maps(cell: str) -> None:
    """The checks of both sides' maps, where both were checked."""
    checks = [row for row in beside.of_ingredients() if row["output"] == cell]
    if not checks:
        return
    st.markdown("**What it does to the maps**: the same checks of both models, on the same held-out elements")
    st.dataframe(
        pd.DataFrame(
            {
                "ingredient": row["ingredient"],
                "check": row["check"],
                "with": interval(row["having"]),
                "without": interval(row["lacking"]),
                "difference": interval(row["difference"]) if row["difference"] else "not paired",
                "n": row["having"]["n"],
                "verdict": row["verdict"] or "",
            }
            for row in checks
        ),
        hide_index=True,
    )
    st.caption("Many checks are asked at once, so one in twenty differs by chance. Reliability says what each one is.")
    downloads.table("Table (CSV)", pd.DataFrame(map(beside.in_numbers, checks)), "cislens-ingredient-maps.csv")
