"""Benchmark: every model's scores, ours and the published ones, and what may be concluded from them."""

import numpy as np
import pandas as pd
import streamlit as st

from engine.data import published
from engine.data.satmut import MATCHED_ELEMENTS
from engine.errors import CisLensError
from engine.evaluation import comparison, leaderboard
from engine.experiments import checkpoints
from engine.plots import benchmark as plot
from pages.panels.benchmark import differences as benchmark_differences
from pages.shared import navigation, show
from pages.shared.models import all_models

TITLES = {
    "spearman": "Spearman",
    "pearson": "Pearson",
    "pairwise_accuracy": "pairwise accuracy",
    "ndcg_at_10": "NDCG@10",
    "cagi5_all": "CAGI5, all",
    "cagi5_high": "CAGI5, high conf.",
    "transfer_all": "zero-shot, all",
    "transfer_high": "zero-shot, high conf.",
}
PUBLISHED = "(published)"
HELP = {
    "spearman": "Rank correlation of predicted and measured activity on elements that no model saw.",
    "pairwise_accuracy": "How often, of two held-out elements, the more active one is predicted to be more active.",
    "ndcg_at_10": "How active the ten highest predictions are, against the ten most active elements.",
    "cagi5_all": "Rank correlation of predicted and measured effects of single-base changes: mean over the elements "
    "assayed in this cell type (K562: GP1BB, HBB, HBG1, PKLR; HepG2: F9, LDLR, SORT1), challenge-test variants.",
    "cagi5_high": "The same for effects measured with confidence ≥ 0.1.",
    "transfer_all": "The same for the elements of the other cell type: K562 models on F9, LDLR, SORT1 and HepG2 models "
    "on GP1BB, HBB, HBG1, PKLR. Models that learned both cell types have none.",
}
CONFIDENCE = {"all": "all SNVs", "high": "high confidence (≥ 0.1)"}
FILES = ("*/*.json", "*/replicates/*/*.json")  # what the tables are read from
state = st.session_state


@st.cache_data(show_spinner="Reading the scores …")
def tables(stamp: tuple) -> tuple[pd.DataFrame, ...]:
    """All tables of the page; `stamp` changes with the files they are read from."""
    return (
        leaderboard.table(),
        leaderboard.element_table(),
        leaderboard.seed_table(),
        leaderboard.histories(),
        leaderboard.strata_table(),
    )


def stamp() -> tuple:
    folder = checkpoints.models_folder()
    files = sorted(f for p in FILES for f in folder.glob(p)) if folder.is_dir() else []
    return (str(folder), *((str(f.relative_to(folder)), f.stat().st_mtime) for f in files))


def download(table: pd.DataFrame, name: str) -> None:
    """A button that saves a table with all its columns."""
    st.download_button(
        "CSV",
        table.to_csv(index=False),
        f"cislens-{name}.csv",
        "text/csv",
        icon=":material/download:",
        key=f"csv-{name}",
        on_click="ignore",
    )


def with_interval(row: pd.Series, score: str) -> str:
    if pd.isna(row[score]):
        return ""
    return show.interval({"value": row[score], "low": row[f"{score}_low"], "high": row[f"{score}_high"]})


def published_transfer(models: list[str], confidence: str) -> str:
    """The study's mean of both directions for a pair of models, if it reports both."""
    figures = [published.figure(m, f"transfer_{confidence}", "spearman", published.MEAN) for m in models]
    return "" if None in figures or not figures else f"{sum(figures) / len(figures):.4f}"


def choose(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that the filters leave."""
    columns = st.columns([1.7, 2, 2, 1.4, 1.3], vertical_alignment="bottom")
    cells = list(dict.fromkeys(rows["cell type"]))
    with columns[0]:
        cell = st.segmented_control(
            "Cell type", cells, default=cells[0], required=True, key="bench_cell", persist_state="session"
        )
    rows = rows[rows["cell type"] == cell]
    filters = (("loss", "Loss"), ("architecture", "Model"), ("curriculum", "Curriculum"))
    for place, (column, label) in zip(columns[1:4], filters, strict=True):
        options = [o or "none" for o in dict.fromkeys(rows[column])]
        with place:
            wanted = st.multiselect(label, options, key=f"bench_{column}", placeholder="all", persist_state="session")
        if wanted:
            rows = rows[rows[column].replace("", "none").isin(wanted)]
    with columns[4]:
        if not st.toggle("Untrained too", value=True, key="bench_untrained", persist_state="session"):
            rows = rows[rows["status"] == "trained"]
    return rows


def board(rows: pd.DataFrame, verdicts: dict) -> None:
    """The sortable table, ours with intervals, published figures beside them."""
    beside = st.toggle(
        "Published figures beside ours",
        value=True,
        key="bench_published",
        persist_state="session",
        help=f"{published.SOURCE}. The study trained on 226 k (K562) and 140 k (HepG2) sequences and tested on its own "
        "split; ours come from the joint library of 57 k. Its NDCG@10 uses another gain and cannot be compared.",
    )
    ordered = rows.sort_values("spearman", ascending=False, na_position="last")
    shown = pd.DataFrame({"model": ordered["model"], "loss": ordered["loss"], "network": ordered["architecture"]})
    shown["curriculum"] = ordered["curriculum"]
    for score, title in TITLES.items():
        shown[title] = [with_interval(row, score) for _, row in ordered.iterrows()]
        if beside and score != "ndcg_at_10" and ordered[f"{score}_published"].notna().any():
            figures = ordered[f"{score}_published"]
            shown[f"{title} {PUBLISHED}"] = ["" if pd.isna(v) else f"{v:.4f}" for v in figures]
    shown["against the baseline"] = [
        verdicts.get((m, c), "baseline" if m == comparison.BASELINES.get(c) else "")
        for m, c in zip(ordered["model"], ordered["cell type"], strict=True)
    ]
    shown["seed"], shown["epochs"] = ordered["seed"], ordered["epochs"]
    shown["minutes"], shown["samples/s"] = ordered["minutes"], ordered["samples_per_second"]
    shown["not trained: command"] = ordered["command"].where(ordered["status"] == leaderboard.NOT_TRAINED, "")
    config = {TITLES[s]: st.column_config.TextColumn(help=text) for s, text in HELP.items()}
    config |= {
        "minutes": st.column_config.NumberColumn(format="%.1f"),
        "model": st.column_config.TextColumn(pinned=True),
    }
    config["samples/s"] = st.column_config.NumberColumn(format="%.0f")
    config["against the baseline"] = st.column_config.TextColumn(
        help="On held-out Spearman; see the differences below."
    )
    st.dataframe(shown, hide_index=True, column_config=config, height=min(640, 38 + 35 * max(3, len(shown))))
    download(ordered, "leaderboard")
    otherwise = ordered.loc[ordered["as declared"] == False, "model"].unique()  # noqa: E712 (None is neither)
    if len(otherwise):
        st.caption(f"Trained otherwise than declared today: {', '.join(otherwise)}.")


navigation.inside_app("pages/benchmark.py")
st.title("Benchmark")
st.markdown(
    "Do losses that learn the **order** of activities beat plain squared error? Every model here was trained on the "
    "same folds of the joint lentiMPRA library and scored on the same held-out elements and measured variants."
)
st.page_link(
    "pages/published_findings.py", label="Which of the study's findings hold here?", icon=":material/fact_check:"
)
try:
    rows, elements, seeds, histories, strata = tables(stamp())
    compared = comparison.read()
except CisLensError as error:
    st.error(str(error))
    st.stop()
if not (rows["status"] == "trained").any():
    st.info("No model is trained and scored yet. Run: `python -m engine train --all`")

chosen = choose(rows)
names = list(chosen.loc[chosen["status"] == "trained", "model"])
cell = state["bench_cell"]
differences = benchmark_differences.kept(compared, cell, names)
on_spearman = differences[differences["measure"] == "held_out spearman"]
board(chosen, {(m, cell): v for m, v in zip(on_spearman["model"], on_spearman["verdict"], strict=True)})
if not names:
    st.stop()

image = st.segmented_control("Image format", ["svg", "png"], default="svg", required=True, key="bench_image")
config = show.image_config("cislens-benchmark", image)
ceiling = compared.get("noise_ceiling", {}).get(cell)
if ceiling:
    agreement = ceiling["spearman"]
    st.caption(
        f"Noise in {cell}: on the {agreement['n']:,} sequences that both measured, the joint library and the separate "
        f"large-scale experiment agree with Spearman {show.interval(agreement)}. A model without noise of its own "
        f"could reach about the root of that, {agreement['value'] ** 0.5:.2f}."
    )

benchmark_differences.show(compared, cell, names, config)

st.subheader(
    "CAGI5, element by element",
    help="Challenge-test variants. A model that learned one cell type predicts the other's elements zero-shot.",
)
confidence = st.segmented_control(
    "Variants", list(CONFIDENCE), format_func=CONFIDENCE.get, default="all", required=True, key="bench_confidence"
)
shown = elements[
    (elements["cell type"] == cell) & (elements["confidence"] == confidence) & elements["model"].isin(names)
]
st.plotly_chart(
    plot.element_map(
        shown,
        names,
        list(MATCHED_ELEMENTS),
        f"Spearman of predicted and measured effects, {CONFIDENCE[confidence]}, predicted in {cell}",
    ),
    config=config,
    key="elements",
)
download(elements[elements["model"].isin(names)], "elements")

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
    download(quarters, "strata")

st.subheader(
    "Zero-shot transfer by loss",
    help="Losses trained on both cell types with nothing else changed, scored on the other cell type's elements.",
)
transfer = pd.DataFrame(
    {
        "loss": r["loss"],
        "variants": CONFIDENCE[r["confidence"]],
        **{k: show.interval(r[k]) for k in ("K562 to HepG2", "HepG2 to K562", "average")},
        f"average {PUBLISHED}": published_transfer(r.get("models", []), r["confidence"]),
        "difference to mse": show.interval(r["difference to mse"]) if r["difference to mse"] else "",
    }
    for r in compared.get("transfer_by_loss", [])
)
if transfer.empty:
    st.caption("No loss is trained on both cell types yet.")
else:
    st.dataframe(transfer, hide_index=True)
    download(transfer, "transfer")

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
    download(pd.DataFrame(matrix, index=labels, columns=labels).reset_index(names="model"), "correlation")

st.subheader("Training")
followed = histories[histories["model"].isin(names) & (histories["cell type"] == cell)]
if not followed.empty:
    st.plotly_chart(plot.curves(followed, all_models(), "Validation fold, epoch by epoch"), config=config, key="curves")
    download(followed, "training-curves")
several = seeds[seeds["cell type"].eq(cell) & seeds["model"].isin(names)] if not seeds.empty else seeds
if not several.empty and several["seed"].nunique() > 1:
    st.markdown("**Seeds.** How far a score moves when nothing but the random seed changes.")
    st.dataframe(several, hide_index=True)
    download(several, "seeds")

name = st.selectbox("What was it trained on?", names, key="bench_model")
try:
    description, metrics = checkpoints.read_description(name), checkpoints.read_metrics(name)
except CisLensError as error:
    st.error(str(error))
    st.stop()
facts = metrics.get("training", {})
command = chosen.set_index("model")["command"][name]
st.markdown(
    f"**{name}**: {description['experiment'].get('source', '')}  \n"
    f"{f'`{command}` · ' if command else ''}{description['parameters']:,} parameters · outputs "
    f"{', '.join(description['outputs'])}"
)
if facts.get("rows"):
    st.markdown(
        f"{facts['rows']['training']:,} training, {facts['rows']['validation']:,} validation and "
        f"{facts['rows']['test']:,} test elements ({facts['split']}). Seed {facts['seed']}, {facts['epochs']} epochs, "
        f"{facts['seconds'] / 60:.1f} minutes on {facts['device']} ({facts['precision']}), "
        f"{facts['samples_per_second']:,.0f} sequences per second."
    )
if "members" in description["experiment"]:
    members = ", ".join(description["experiment"]["members"])
    st.markdown(f"Members: {members}. Chosen on: {description['experiment']['chosen_on']}.")
with st.expander("As declared, with hashes"):
    st.json({"declared": description["experiment"], "calibration": metrics.get("calibration", {}),
             "weights_sha256": description["weights_sha256"], "data_hash": metrics.get("data_hash"),
             "split_hash": metrics.get("split_hash")}, expanded=False)  # fmt: skip
