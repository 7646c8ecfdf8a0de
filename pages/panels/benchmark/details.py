"""The Benchmark page's details, one at a time: elements, two scores, transfer, agreement, ingredients, training."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from engine.data import published
from engine.data.satmut import MATCHED_ELEMENTS
from engine.errors import CisLensError
from engine.experiments import checkpoints, labels
from engine.plots import benchmark as plot
from pages.panels.benchmark import ingredients, words
from pages.panels.benchmark.board import PUBLISHED, Tables
from pages.shared import downloads
from pages.shared.models import choose_one, in_figures, labelled
from pages.shared.plain import plain
from pages.shared.show import image_config, interval

ELEMENTS, AGAINST, TRANSFER, AGREEMENT, INGREDIENTS, TRAINING = SECTIONS = (
    *("Element by element", "Score against score", "Transfer between cell types"),
    *("Do models agree?", "What brings how much?", "Training"),
)
SEED_COLUMNS = {"model": "model", "seed": "seed", "kept": "shown above", "validation": "Spearman, validation fold"}
CONFIG = image_config("cislens-benchmark", "svg")


def show(tables: Tables, compared: dict, cell: str, names: list[str]) -> None:
    """One section, chosen by the user.

    Args:
        names: of the trained models that are shown, which all predict the cell type.
    """
    section = st.segmented_control(
        "Details", SECTIONS, default=ELEMENTS, required=True, key="bench_section", persist_state="session"
    )
    if section == ELEMENTS:
        _elements(tables.elements, cell, names)
    elif section == AGAINST:
        _against(tables, cell, names)
    elif section == TRANSFER:
        _transfer(compared)
    elif section == AGREEMENT:
        _agreement(compared, cell, names)
    elif section == INGREDIENTS:
        ingredients.show(cell)
    else:
        _training(tables, cell, names)


def _elements(elements: pd.DataFrame, cell: str, names: list[str]) -> None:
    confidence = st.segmented_control(
        "Variants",
        list(words.CONFIDENCE),
        format_func=words.CONFIDENCE.get,
        default="all",
        required=True,
        key="bench_confidence",
    )
    shown = elements[
        (elements["cell type"] == cell) & (elements["confidence"] == confidence) & elements["model"].isin(names)
    ]
    groups = dict(zip(shown["element"], shown["matched to"], strict=True))
    st.plotly_chart(
        plot.element_map(
            shown,
            names,
            {e: groups.get(e, "") for e in MATCHED_ELEMENTS},
            f"CAGI5: Spearman of effects predicted in {cell} and measured effects, {words.CONFIDENCE[confidence]}",
            in_figures(names),
        ),
        config=CONFIG,
        key="elements",
    )
    st.caption(
        "Below each element: the cell type that it was assayed for. A model that learned one cell type alone predicts "
        "the elements of any other zero-shot."
    )
    downloads.table("Table (CSV)", elements[elements["model"].isin(names)], "cislens-elements.csv")


def _against(tables: Tables, cell: str, names: list[str]) -> None:
    rows = tables.leaderboard
    trained = rows[(rows["cell type"] == cell) & rows["model"].isin(names)]
    if trained["cagi5_all"].isna().all():
        st.info(f"CAGI5 has no element that was assayed for {plain(cell)}, so there are no such scores.")
        return
    legend = in_figures(names)
    pairs = {
        "cagi5_high": (("CAGI5, all SNVs", "CAGI5, high confidence"), "All against high confidence"),
        "transfer_all": (("elements of this cell type", "elements of the other cell type"), "Own against zero-shot"),
    }
    for column, (score, (axes, title)) in zip(st.columns(2), pairs.items(), strict=True):
        with column:
            if trained[score].isna().all():
                st.info(f"{plain(title)}: no model shown has both scores.")
                continue
            figure = plot.two_scores(trained, ("cagi5_all", score), axes, title, legend)
            st.plotly_chart(figure, config=CONFIG, key=f"two-{score}")
    st.caption("The colours and symbols are those of the legend below; point at a mark for its name and numbers.")
    quarters = tables.strata
    quarters = quarters[quarters["model"].isin(names) & (quarters["cell type"] == cell)]
    if not quarters.empty:
        st.plotly_chart(
            plot.strata(quarters, "By the size of the measured effect, elements of this cell type", legend),
            config=CONFIG,
            key="strata",
        )
        downloads.table("Table (CSV)", quarters, "cislens-strata.csv")


def _transfer(compared: dict) -> None:
    st.caption("Losses that were trained on both cell types, scored on the elements of the cell type not learned.")
    transfer = pd.DataFrame(
        {
            "loss": labels.LOSSES.get(r["loss"], r["loss"]),
            "variants": words.CONFIDENCE[r["confidence"]],
            **{k: interval(r[k]) for k in ("K562 to HepG2", "HepG2 to K562", "average")},
            f"average {PUBLISHED}": _published_transfer(r.get("models", []), r["confidence"]),
            "difference to squared error": interval(r["difference to mse"]) if r["difference to mse"] else "",
        }
        for r in compared.get("transfer_by_loss", [])
    )
    if transfer.empty:
        st.caption("No loss is trained on both cell types yet.")
        return
    st.dataframe(transfer, hide_index=True)
    downloads.table("Table (CSV)", transfer, "cislens-transfer.csv")


def _published_transfer(models: list[str], confidence: str) -> str:
    """The study's mean of both directions for a pair of models, if it reports both."""
    figures = [published.score(m, f"transfer_{confidence}", "spearman", published.MEAN) for m in models]
    return "" if None in figures or not figures else f"{sum(figures) / len(figures):.4f}"


def _agreement(compared: dict, cell: str, names: list[str]) -> None:
    correlation = compared.get("correlation", {"labels": [], "spearman": []})
    stored = {label.removesuffix(f" {cell}"): i for i, label in enumerate(correlation["labels"])}
    models = [n for n in stored if n in names]
    if len(models) > 1:
        places = [stored[n] for n in models]
        matrix = np.array(correlation["spearman"])[np.ix_(places, places)]
        st.plotly_chart(
            plot.correlation(
                models, matrix, f"Spearman of predictions for held-out elements, {cell}", in_figures(models)
            ),
            config=CONFIG,
            key="correlation",
        )
        downloads.table(
            "Table (CSV)",
            pd.DataFrame(matrix, index=models, columns=models).reset_index(names="model"),
            "cislens-correlation.csv",
        )
    else:
        st.caption("Fewer than two of the models shown were compared.")
    if ceiling := compared.get("noise_ceiling", {}).get(cell):
        agreement = ceiling["spearman"]
        st.caption(
            f"Noise in {plain(cell)}: on the {agreement['n']:,} sequences that both measured, the joint library and "
            f"the separate large-scale experiment agree with Spearman {interval(agreement)}. A model without noise of "
            f"its own could reach about the root of that, {agreement['value'] ** 0.5:.2f}."
        )


def _training(tables: Tables, cell: str, names: list[str]) -> None:
    followed = tables.histories
    followed = followed[followed["model"].isin(names) & (followed["cell type"] == cell)]
    if not followed.empty:
        st.plotly_chart(
            plot.curves(followed, "Validation fold, epoch by epoch", in_figures(names)), config=CONFIG, key="curves"
        )
        downloads.table("Table (CSV)", followed, "cislens-training-curves.csv")
    several = tables.seeds
    several = several[several["cell type"].eq(cell) & several["model"].isin(names)]
    if not several.empty and several["seed"].nunique() > 1:
        with st.expander("How far does a score move when only the random seed changes?"):
            st.dataframe(_seeds(several), hide_index=True)
            downloads.table("Table (CSV)", several, "cislens-seeds.csv")
    _one_model(tables.leaderboard, names)


def _seeds(several: pd.DataFrame) -> pd.DataFrame:
    """Every training run with its scores, in the page's words."""
    shown = several[list(SEED_COLUMNS)].rename(columns=SEED_COLUMNS)
    shown["model"] = [labels.short(n) for n in several["model"]]
    shown["Spearman, validation fold"] = several["validation"].map("{:.3f}".format)
    for score, title in words.SCORES.items():
        if several[score].notna().any():
            shown[title] = ["" if pd.isna(v) else f"{v:.3f}" for v in several[score]]
    return shown


def _one_model(rows: pd.DataFrame, names: list[str]) -> None:
    """What one model was trained on, and how."""
    name = choose_one(names, "bench_model", "How was it trained?", first=None)
    try:
        description, metrics = checkpoints.read_description(name), checkpoints.read_metrics(name)
    except CisLensError as error:
        st.error(plain(error))
        return
    facts = metrics.get("training", {})
    command = rows.drop_duplicates("model").set_index("model")["command"][name]
    st.markdown(
        f"**{plain(labelled(name))}**: {plain(description['experiment'].get('source', ''))}  \n"
        f"{f'`{command}` · ' if command else ''}{description['parameters']:,} parameters · predicts "
        f"{plain(', '.join(description['outputs']))}"
    )
    if facts.get("rows"):
        st.markdown(
            f"{facts['rows']['training']:,} training, {facts['rows']['validation']:,} validation and "
            f"{facts['rows']['test']:,} test elements ({plain(facts['split'])}). Seed {facts['seed']}, "
            f"{facts['epochs']} epochs, "
            f"{facts['seconds'] / 60:.1f} minutes on {plain(facts['device'])} ({plain(facts['precision'])}), "
            f"{facts['samples_per_second']:,.0f} sequences per second."
        )
    if "members" in description["experiment"]:
        members = ", ".join(map(labels.label, description["experiment"]["members"]))
        st.markdown(f"Members: {plain(members)}. Chosen on: {plain(description['experiment']['chosen_on'])}.")
    with st.expander("As declared, with hashes"):
        st.json({"declared": description["experiment"], "calibration": metrics.get("calibration", {}),
                 "weights_sha256": description["weights_sha256"], "data_hash": metrics.get("data_hash"),
                 "split_hash": metrics.get("split_hash")}, expanded=False)  # fmt: skip
