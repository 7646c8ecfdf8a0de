"""Benchmark: every model's scores, ours and the published ones, and what may be concluded from them."""

import numpy as np
import pandas as pd
import streamlit as st

from engine.data.satmut import MATCHED_ELEMENTS
from engine.errors import CisLensError
from engine.evaluation import comparison
from engine.experiments import checkpoints
from engine.plots import benchmark as plot
from pages.panels.benchmark import board
from pages.panels.benchmark import differences as benchmark_differences
from pages.shared import downloads, header, navigation, show
from pages.shared.models import all_models, choose_one
from pages.shared.plain import plain

navigation.inside_app("pages/benchmark.py")
header.show("pages/benchmark.py")
st.markdown(
    "Do losses that learn the **order** of activities beat plain squared error? Every model here was trained on the "
    "same folds of the joint lentiMPRA library and scored on the same held-out elements and measured variants."
)
st.page_link(
    "pages/published_findings.py", label="Which of the study's findings hold here?", icon=":material/fact_check:"
)
try:
    rows, elements, seeds, histories, strata = board.tables(board.stamp())
    compared = comparison.read()
except CisLensError as error:
    st.error(plain(error))
    st.stop()
if not (rows["status"] == "trained").any():
    st.info("No model is trained and scored yet. Run: `python -m engine train --all`")

chosen = board.choose(rows)
names = list(chosen.loc[chosen["status"] == "trained", "model"])
cell = board.CELL.get()
differences = benchmark_differences.kept(compared, cell, names)
on_spearman = differences[differences["measure"] == "held_out spearman"]
board.show(chosen, {(m, cell): v for m, v in zip(on_spearman["model"], on_spearman["verdict"], strict=True)})
if not names:
    st.stop()

image = st.segmented_control("Image format", ["svg", "png"], default="svg", required=True, key="bench_image")
config = show.image_config("cislens-benchmark", image)
ceiling = compared.get("noise_ceiling", {}).get(cell)
if ceiling:
    agreement = ceiling["spearman"]
    st.caption(
        f"Noise in {plain(cell)}: on the {agreement['n']:,} sequences that both measured, the joint library and "
        "the separate "
        f"large-scale experiment agree with Spearman {show.interval(agreement)}. A model without noise of its own "
        f"could reach about the root of that, {agreement['value'] ** 0.5:.2f}."
    )

benchmark_differences.show(compared, cell, names, config)

st.subheader(
    "CAGI5, element by element",
    help="Challenge-test variants. A model that learned one cell type predicts the other's elements zero-shot.",
)
confidence = st.segmented_control(
    "Variants",
    list(board.CONFIDENCE),
    format_func=board.CONFIDENCE.get,
    default="all",
    required=True,
    key="bench_confidence",
)
shown = elements[
    (elements["cell type"] == cell) & (elements["confidence"] == confidence) & elements["model"].isin(names)
]
st.plotly_chart(
    plot.element_map(
        shown,
        names,
        list(MATCHED_ELEMENTS),
        f"Spearman of predicted and measured effects, {board.CONFIDENCE[confidence]}, predicted in {cell}",
    ),
    config=config,
    key="elements",
)
downloads.table("Table (CSV)", elements[elements["model"].isin(names)], "cislens-elements.csv")

left, right = st.columns(2)
trained = chosen[chosen["status"] == "trained"]
pairs = (
    (left, "cagi5_high", ("all SNVs", "high confidence"), "All against high confidence"),
    (right, "transfer_all", ("matched elements", "elements of the other cell type"), "Matched against zero-shot"),
)
for column, score, axes, title in pairs:
    with column:
        figure = plot.two_scores(trained, "cagi5_all", score, *axes, all_models(), title)
        st.plotly_chart(figure, config=config, key=f"two-{score}")

quarters = strata[strata["model"].isin(names) & (strata["cell type"] == cell)]
if not quarters.empty:
    st.plotly_chart(
        plot.strata(quarters, all_models(), "By the size of the measured effect (matched elements)"),
        config=config,
        key="strata",
    )
    downloads.table("Table (CSV)", quarters, "cislens-strata.csv")

st.subheader(
    "Zero-shot transfer by loss",
    help="Losses trained on both cell types with nothing else changed, scored on the other cell type's elements.",
)
transfer = pd.DataFrame(
    {
        "loss": r["loss"],
        "variants": board.CONFIDENCE[r["confidence"]],
        **{k: show.interval(r[k]) for k in ("K562 to HepG2", "HepG2 to K562", "average")},
        f"average {board.PUBLISHED}": board.published_transfer(r.get("models", []), r["confidence"]),
        "difference to mse": show.interval(r["difference to mse"]) if r["difference to mse"] else "",
    }
    for r in compared.get("transfer_by_loss", [])
)
if transfer.empty:
    st.caption("No loss is trained on both cell types yet.")
else:
    st.dataframe(transfer, hide_index=True)
    downloads.table("Table (CSV)", transfer, "cislens-transfer.csv")

correlation = compared.get("correlation", {"labels": [], "spearman": []})
places = [i for i, label in enumerate(correlation["labels"]) if label in {f"{n} {cell}" for n in names}]
if len(places) > 1:
    st.subheader(
        "Do the models say the same?", help="Spearman between two models' predictions for the held-out elements."
    )
    matrix = np.array(correlation["spearman"])[np.ix_(places, places)]
    labels = [correlation["labels"][i].removesuffix(f" {cell}") for i in places]
    st.plotly_chart(
        plot.correlation(labels, matrix, f"Agreement of predictions on held-out elements, {cell}"),
        config=config,
        key="correlation",
    )
    downloads.table(
        "Table (CSV)",
        pd.DataFrame(matrix, index=labels, columns=labels).reset_index(names="model"),
        "cislens-correlation.csv",
    )

st.subheader("Training")
followed = histories[histories["model"].isin(names) & (histories["cell type"] == cell)]
if not followed.empty:
    st.plotly_chart(plot.curves(followed, all_models(), "Validation fold, epoch by epoch"), config=config, key="curves")
    downloads.table("Table (CSV)", followed, "cislens-training-curves.csv")
several = seeds[seeds["cell type"].eq(cell) & seeds["model"].isin(names)] if not seeds.empty else seeds
if not several.empty and several["seed"].nunique() > 1:
    st.markdown("**Seeds.** How far a score moves when nothing but the random seed changes.")
    st.dataframe(several, hide_index=True)
    downloads.table("Table (CSV)", several, "cislens-seeds.csv")

name = choose_one(names, "bench_model", "What was it trained on?", first=None)
try:
    description, metrics = checkpoints.read_description(name), checkpoints.read_metrics(name)
except CisLensError as error:
    st.error(plain(error))
    st.stop()
facts = metrics.get("training", {})
command = chosen.set_index("model")["command"][name]
st.markdown(
    f"**{plain(name)}**: {plain(description['experiment'].get('source', ''))}  \n"
    f"{f'`{command}` · ' if command else ''}{description['parameters']:,} parameters · outputs "
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
    members = ", ".join(description["experiment"]["members"])
    st.markdown(f"Members: {plain(members)}. Chosen on: {plain(description['experiment']['chosen_on'])}.")
with st.expander("As declared, with hashes"):
    st.json({"declared": description["experiment"], "calibration": metrics.get("calibration", {}),
             "weights_sha256": description["weights_sha256"], "data_hash": metrics.get("data_hash"),
             "split_hash": metrics.get("split_hash")}, expanded=False)  # fmt: skip
