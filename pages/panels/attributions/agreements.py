"""Whether the maps of two models agree, and whether they differ by more than chance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from engine.data import published
from engine.interpretation import stored as stored_results
from engine.interpretation.attribution import maps, statistics
from engine.interpretation.reliability import seeds
from engine.plots import attributions as plot
from pages.shared import downloads, show
from pages.shared.plain import plain


def _numbers(table: pd.DataFrame) -> list[str]:
    return [str(c) for c in table.select_dtypes("float").columns]


def agreement(panel: dict[str, maps.Maps], output: str, names: list[str], method: str, baseline: str) -> None:
    """How far the maps of the chosen models agree: by recipe, then every two."""
    st.subheader(
        "Do the models look at the same bases?",
        help="Pearson correlation of two models' maps along each element, then the mean over the elements.",
    )
    if len(names) < 2:
        st.info("Choose at least two models.")
        return
    several = [(panel[n], output) for n in names]
    records = statistics.recipes(several)
    table = pd.DataFrame(
        [
            {
                "recipe": r.recipe,
                "pairs": r.pairs,
                "lowest pair": r.lowest,
                "mean over pairs": show.interval(r.mean.as_dict()),
                "highest pair": r.highest,
                "pooled": r.pooled,
                "averaged maps": r.mean_maps,
                "lowest averaged": r.lowest_of_mean_maps,
                "other elements": r.by_chance,
            }
            for r in records
        ]
    )
    low, high = published.ATTRIBUTION_CORRELATION
    same = statistics.as_published(several)
    assert same  # there are two models or more
    number = st.column_config.NumberColumn(format="%.3f")
    st.dataframe(table, hide_index=True, column_config=dict.fromkeys(_numbers(table), number))
    st.markdown(
        f"Published, Integrated Gradients between models of other losses: **{low:.3f} to {high:.3f}**. The chosen "
        f"models by the study's own recipe (all-zero baseline, all elements, positions and bases in one correlation): "
        f"**{same.lowest:.3f} to {same.highest:.3f}**, mean {same.mean:.3f}. A correlation does not depend on "
        "a model's scale."
    )
    st.caption(
        "1: two models weigh the bases alike; 0: they have nothing in common. Per element, then averaged, with a 95% "
        "interval over the elements; *pooled*: over all positions of all elements; *averaged maps*: of the models' "
        "mean maps; *other elements*: between maps of different elements, which is what no agreement looks like."
    )
    between_seeds(output, names)
    metrics = statistics.between(several, method, baseline)
    matrix = np.array([[m.value if m else np.nan for m in row] for row in metrics])
    st.plotly_chart(
        plot.correlations(names, matrix, f"Mean correlation of {method.upper()} maps, {output}"),
        key="attributions-correlations",
        config=show.image_config("cislens-attribution-correlation", "svg"),
    )
    rows = [
        {"model": a, "other": b, **metrics[i][j].as_dict()}
        for i, a in enumerate(names) for j, b in enumerate(names) if i < j
    ]  # fmt: skip
    downloads.table("Correlations with intervals (CSV)", pd.DataFrame(rows), "cislens-attribution-correlation.csv")


def between_seeds(output: str, names: list[str]) -> None:
    """Do losses differ by more than chance: the agreement of models beside that of two seeds of one model."""
    families = {n: seeds.read(stored_results.place(n)) for n in names}
    families = {n: family for n, family in families.items() if family and output in family[0].outputs}
    if len(families) < 2:
        st.caption(
            "Whether models differ by more than two trainings of one model do is told for models that were trained "
            "with a second seed: `python -m engine interpret MODEL --what seeds`."
        )
        return
    records = seeds.against_models(list(families.values()), output)
    table = pd.DataFrame(
        [
            {
                "recipe": r.recipe,
                "same model, other seed": show.interval(r.seeds.as_dict()),
                "other model": show.interval(r.models.as_dict()),
                "difference": show.interval(r.difference.as_dict()),
                "p": r.p,
            }
            for r in records
        ]
    )
    record = records[1]
    st.markdown(
        "**More than chance?** Two trainings of one model that differ in the seed alone agree with "
        f"{record.seeds.value:.3f}, trainings of two models with {record.models.value:.3f} "
        f"({plain(record.recipe)}, {len(families)} models; p = {record.p:.3f})."
    )
    st.dataframe(table, hide_index=True, column_config={"p": st.column_config.NumberColumn(format="%.3f")})
    own = ", ".join(f"{n} {m.value:.3f}" for n, m in zip(families, record.by_model, strict=True))
    st.caption(
        "A difference of 0 means that two models are no more unlike than two trainings of one of them. 95% intervals "
        "over the elements of the panel, for these networks, of which only those of different seeds are compared; *p*: "
        "how often a difference as large comes about when the networks of each seed are dealt out to the models anew. "
        f" Between seeds, {plain(record.recipe)}: {plain(own)}."
    )
