"""The leaderboard: its tables, what is shown of them, and the board itself."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd
import streamlit as st

from engine.data import published
from engine.evaluation import comparison, leaderboard
from engine.experiments import checkpoints, labels
from pages.panels.benchmark import words
from pages.shared import downloads
from pages.shared.models import labelled
from pages.shared.plain import plain
from pages.shared.show import interval
from pages.shared.state import Key

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
FACTS = {"seed": ("seed", "{:.0f}"), "epochs": ("epochs", "{:.0f}"), "minutes": ("minutes", "{:.1f}"),
         "samples_per_second": ("sequences/s", "{:,.0f}")}  # fmt: skip
FILES = ("*/*.json", "*/replicates/*/*.json")  # what the tables are read from
FILTERS = {
    "loss": ("Loss", labels.loss_words),
    "architecture": ("Network", lambda n: labels.NETWORKS.get(n, n)),
    "curriculum": ("Curriculum", lambda c: labels.CURRICULA.get(c, c)),
}
CELL = Key("bench_cell", "")


class Tables(NamedTuple):
    """All tables of the page, as `engine.evaluation.leaderboard` gives them."""

    leaderboard: pd.DataFrame
    elements: pd.DataFrame
    seeds: pd.DataFrame
    histories: pd.DataFrame
    strata: pd.DataFrame


@st.cache_data(show_spinner="Reading the scores …", max_entries=2)
def tables(stamp: tuple) -> Tables:
    """The tables; `stamp` changes with the files they are read from."""
    return Tables(
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


def choose_cell(rows: pd.DataFrame) -> str:
    cells = list(dict.fromkeys(rows["cell type"]))
    return st.segmented_control(
        "Cell type", cells, default=cells[0], required=True, key=CELL.name, persist_state="session"
    )


def filtered(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of a cell type that the filters leave; the filters are in a drawer."""
    with st.popover("Filter models", icon=":material/filter_alt:"):
        for column, (label, spoken) in FILTERS.items():
            options = [o or "none" for o in dict.fromkeys(rows[column])]
            wanted = st.multiselect(
                label, options, key=f"bench_{column}", placeholder="all", persist_state="session", format_func=spoken
            )
            if wanted:
                rows = rows[rows[column].replace("", "none").isin(wanted)]
        nothing = not (rows["status"] == "trained").any()
        if not st.toggle(
            "Models that are not trained yet", value=nothing, key="bench_untrained", persist_state="session"
        ):
            rows = rows[rows["status"] != leaderboard.NOT_TRAINED]
    return rows


def show(rows: pd.DataFrame, standing: dict[str, str]) -> None:
    """The sortable table, ours with intervals, published figures beside them.

    Args:
        standing: what may be said of each model beside its baseline.
    """
    ordered = rows.sort_values("spearman", ascending=False, na_position="last")
    cell = CELL.get()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**Scores in {plain(cell)}**, with 95% intervals, the best first")
        beside = st.toggle(
            "Published figures beside ours",
            value=True,
            key="bench_published",
            persist_state="session",
            help=f"{published.SOURCE}. The study trained on 226 k (K562) and 140 k (HepG2) sequences and tested on its "
            "own split; ours come from the joint library of 57 k. Its NDCG@10 has another gain: it cannot be compared.",
        )
    shown = pd.DataFrame({"model": [labelled(n) for n in ordered["model"]]}, index=ordered.index)
    for score, title in words.SCORES.items():
        if not ordered[score].notna().any() and not ordered[f"{score}_published"].notna().any():
            continue  # nobody has this score in this cell type
        shown[title] = [with_interval(row, score) for _, row in ordered.iterrows()]
        if beside and score != "ndcg_at_10" and ordered[f"{score}_published"].notna().any():
            figures = ordered[f"{score}_published"]
            shown[f"{title} {PUBLISHED}"] = ["" if pd.isna(v) else f"{v:.4f}" for v in figures]
        if score == "spearman":
            shown["against squared error"] = [
                standing.get(m, "the baseline" if m == comparison.BASELINES.get(cell) else "") for m in ordered["model"]
            ]
    for column, (title, form) in FACTS.items():
        shown[title] = ["" if pd.isna(v) else form.format(v) for v in ordered[column]]
    shown["network"] = ordered["architecture"].map(FILTERS["architecture"][1])
    if (ordered["status"] == leaderboard.NOT_TRAINED).any():
        shown["not trained: command"] = ordered["command"].where(ordered["status"] == leaderboard.NOT_TRAINED, "")
    shown["name in commands"] = ordered["model"]
    config = {words.SCORES[s]: st.column_config.TextColumn(help=text) for s, text in HELP.items()}
    config |= {"model": st.column_config.TextColumn(pinned=True, width=300)}
    config["against squared error"] = st.column_config.TextColumn(
        help="On held-out Spearman: ahead or behind only where the interval of the difference says so with every seed."
    )
    st.dataframe(shown, hide_index=True, column_config=config, height=min(400, 38 + 35 * max(3, len(shown))))
    downloads.table("Table (CSV)", ordered, "cislens-leaderboard.csv")
    otherwise = ordered.loc[ordered["as declared"] == False, "model"].unique()  # noqa: E712 (None is neither)
    if len(otherwise):
        st.caption(f"Trained otherwise than declared today: {plain(', '.join(otherwise))}.")
