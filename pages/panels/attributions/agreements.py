"""Whether the maps of two models agree, and whether they differ by more than chance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from engine.data import published
from engine.experiments import labels
from engine.interpretation import stored as stored_results
from engine.interpretation.attribution import maps, statistics
from engine.interpretation.attribution.statistics import RECIPES, Agreement
from engine.interpretation.reliability import seeds
from engine.interpretation.reliability.seeds import SeedsAgainstModels
from engine.plots import attributions as plot
from pages.panels.attributions.choices import Chosen
from pages.shared import downloads, show
from pages.shared.models import in_figures
from pages.shared.plain import plain

HELP = (
    "Pearson correlation of two models' maps along each element, then the mean over the elements, with a 95% interval "
    "over the elements. 1: both models weigh the bases alike. 0: they have nothing in common. A correlation does not "
    "depend on a model's scale."
)


def answer(panel: dict[str, maps.Maps], chosen: Chosen) -> None:
    """Do the chosen models look at the same bases: in a sentence, then every two of them in a figure."""
    if len(chosen.models) < 2:
        st.info("Choose two models or more to see whether they agree.")
        return
    several = [(panel[n], chosen.cell) for n in chosen.models]
    place = list(RECIPES).index(chosen.recipe)
    agreement = statistics.recipes(several)[place]
    families = _families(chosen)
    beside = seeds.against_models(list(families.values()), chosen.cell)[place] if len(families) > 1 else None
    with st.container(border=True):
        st.markdown(f"#### {plain(_headline(agreement))}", help=HELP)
        st.markdown(plain(" ".join(_sentences(agreement, beside, len(families)))))
    metrics = statistics.between(several, chosen.method, chosen.baseline)
    matrix = np.array([[m.value if m else np.nan for m in row] for row in metrics])
    st.plotly_chart(
        plot.correlations(
            chosen.models,
            matrix,
            f"Mean correlation of {chosen.method.upper()} maps, {chosen.cell}",
            in_figures(chosen.models),
        ),
        key="attributions-correlations",
        config=show.image_config("cislens-attribution-correlation", "svg"),
    )
    rows = [
        {"model": a, "other": b, **metrics[i][j].as_dict()}
        for i, a in enumerate(chosen.models) for j, b in enumerate(chosen.models) if i < j
    ]  # fmt: skip
    downloads.table("Correlations with intervals (CSV)", pd.DataFrame(rows), "cislens-attribution-correlation.csv")


def _headline(agreement: Agreement) -> str:
    mean = show.interval(agreement.mean.as_dict())
    if agreement.mean.high < 0.05:
        return f"The models look at different bases: mean correlation {mean}"
    return f"The models agree on which bases matter with a mean correlation of {mean}"


def _sentences(agreement: Agreement, beside: SeedsAgainstModels | None, families: int) -> list[str]:
    """The range over pairs, what no agreement is, and whether two models differ more than two seeds of one."""
    told = [
        f"{agreement.recipe}; pairs of models from {agreement.lowest:.3f} to {agreement.highest:.3f}; maps of "
        f"different elements, which have nothing in common, {agreement.by_chance:.3f}."
    ]
    if agreement.recipe.startswith("IG"):
        told.append("The study reports {:.3f} to {:.3f} between losses.".format(*published.ATTRIBUTION_CORRELATION))
    if beside is None:
        return [*told, "Whether that is less than two trainings of one model agree is not known for these models."]
    low, high = beside.difference.low, beside.difference.high
    verdict = (
        "So another loss changes a map more than another seed does"
        if low > 0
        else "So another loss changes a map no more than another seed does"
        if high < 0
        else "So another loss and another seed change a map about as much"
    )
    return [
        *told,
        f"Of {families} models with a second seed: two trainings of one model agree with {beside.seeds.value:.3f}, "
        f"trainings of two models with {beside.models.value:.3f}. {verdict}: "
        f"difference {show.interval(beside.difference.as_dict())}, p = {beside.p:.3f}.",
    ]


def _families(chosen: Chosen) -> dict[str, list[maps.Maps]]:
    """The maps of every training of the models that were trained with a second seed."""
    families = {n: seeds.read(stored_results.place(n)) for n in chosen.models}
    return {n: family for n, family in families.items() if family and chosen.cell in family[0].outputs}


def details(panel: dict[str, maps.Maps], chosen: Chosen) -> None:
    """Every way of making and comparing maps, the study's own among them, and seeds against models."""
    if len(chosen.models) < 2:
        st.info("Choose two models or more.")
        return
    several = [(panel[n], chosen.cell) for n in chosen.models]
    _recipes(several)
    _between_seeds(chosen)


def _recipes(several: list[tuple[maps.Maps, str]]) -> None:
    st.markdown("**Other kinds of maps, the same question**")
    table = pd.DataFrame(
        [
            {
                "maps": r.recipe,
                "pairs of models": r.pairs,
                "mean over pairs": show.interval(r.mean.as_dict()),
                "lowest pair": r.lowest,
                "highest pair": r.highest,
                "all positions at once": r.pooled,
                "averaged maps": r.mean_maps,
                "lowest of averaged maps": r.lowest_of_mean_maps,
                "different elements": r.by_chance,
            }
            for r in statistics.recipes(several)
        ]
    )
    number = st.column_config.NumberColumn(format="%.3f")
    columns = {str(c): number for c in table.select_dtypes("float").columns}
    columns["averaged maps"] = st.column_config.NumberColumn(
        format="%.3f", help="Each model's mean map over the elements."
    )
    columns["different elements"] = st.column_config.NumberColumn(
        format="%.3f", help="Between maps of different elements: what no agreement looks like."
    )
    st.dataframe(table, hide_index=True, column_config=columns)
    low, high = published.ATTRIBUTION_CORRELATION
    same = statistics.as_published(several)
    assert same  # there are two models or more
    st.markdown(
        f"The study reports **{low:.3f} to {high:.3f}** between models of other losses. Computed the study's way "
        "(all-zero baseline; all elements, positions and bases in one correlation), the chosen models give "
        f"**{same.lowest:.3f} to {same.highest:.3f}**, mean {same.mean:.3f}."
    )


def _between_seeds(chosen: Chosen) -> None:
    st.markdown("**Do losses differ by more than chance?**")
    families = _families(chosen)
    if len(families) < 2:
        st.caption(
            "This needs models that were trained with a second seed: `python -m engine interpret MODEL --what seeds`."
        )
        return
    records = seeds.against_models(list(families.values()), chosen.cell)
    table = pd.DataFrame(
        [
            {
                "maps": r.recipe,
                "same model, other seed": show.interval(r.seeds.as_dict()),
                "other model": show.interval(r.models.as_dict()),
                "difference": show.interval(r.difference.as_dict()),
                "p": r.p,
            }
            for r in records
        ]
    )
    st.dataframe(table, hide_index=True, column_config={"p": st.column_config.NumberColumn(format="%.3f")})
    record = records[list(RECIPES).index(chosen.recipe)]
    own = ", ".join(f"{labels.short(n)} {m.value:.3f}" for n, m in zip(families, record.by_model, strict=True))
    st.caption(
        "A difference of 0 means that two models are no more unlike than two trainings of one. Intervals are over the "
        "elements, for these networks; only networks of different seeds are compared. *p* says how often a difference "
        "as large appears when the networks of each seed are dealt out to the models anew. "
        f"Between seeds, {plain(record.recipe)}: {plain(own)}."
    )
