"""The leaderboard: its tables, what is shown of them, and the board itself."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from engine.data import published
from engine.evaluation import comparison, leaderboard
from engine.experiments import checkpoints
from pages.shared import downloads
from pages.shared.plain import plain
from pages.shared.show import interval
from pages.shared.state import Key

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
CELL = Key("bench_cell", "")


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


def with_interval(row: pd.Series, score: str) -> str:
    if pd.isna(row[score]):
        return ""
    return interval({"value": row[score], "low": row[f"{score}_low"], "high": row[f"{score}_high"]})


def published_transfer(models: list[str], confidence: str) -> str:
    """The study's mean of both directions for a pair of models, if it reports both."""
    figures = [published.score(m, f"transfer_{confidence}", "spearman", published.MEAN) for m in models]
    return "" if None in figures or not figures else f"{sum(figures) / len(figures):.4f}"


def choose(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that the filters leave."""
    columns = st.columns([1.7, 2, 2, 1.4, 1.3], vertical_alignment="bottom")
    cells = list(dict.fromkeys(rows["cell type"]))
    with columns[0]:
        cell = st.segmented_control(
            "Cell type", cells, default=cells[0], required=True, key=CELL.name, persist_state="session"
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


def show(rows: pd.DataFrame, verdicts: dict) -> None:
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
    downloads.table("Table (CSV)", ordered, "cislens-leaderboard.csv")
    otherwise = ordered.loc[ordered["as declared"] == False, "model"].unique()  # noqa: E712 (None is neither)
    if len(otherwise):
        st.caption(f"Trained otherwise than declared today: {plain(', '.join(otherwise))}.")
