"""Benchmark: every model's scores, ours and the published ones, and what may be concluded from them."""

import streamlit as st

from engine.errors import CisLensError
from engine.evaluation import comparison
from pages.panels.benchmark import answer, board, details, differences
from pages.shared import header, models, navigation
from pages.shared.plain import plain

navigation.inside_app("pages/benchmark.py")
header.show("pages/benchmark.py")
try:
    tables = board.tables(board.stamp())
    compared = comparison.read()
except CisLensError as error:
    st.error(plain(error))
    st.stop()
rows = tables.leaderboard
if not (rows["status"] == "trained").any():
    st.info("No model is trained and scored yet. Run: `python -m engine train --all`")
differences.state(compared)

with st.container(horizontal=True, vertical_alignment="bottom"):
    cell = board.choose_cell(rows)
    chosen = board.filtered(rows[rows["cell type"] == cell])
    models.legend(chosen["model"])
    st.page_link("pages/published_findings.py", label="Which published findings hold?", icon=":material/fact_check:")
trained = rows[(rows["cell type"] == cell) & (rows["status"] == "trained")]
names = list(chosen.loc[chosen["status"] == "trained", "model"])

if not trained.empty:
    spoken_of = answer.of(compared, cell, differences.MEASURE.get(), list(trained["model"]))
    answer.show(spoken_of, cell, trained)
if names:
    differences.show(compared, cell, names, differences.choose(cell))
board.show(chosen, answer.standing(compared, cell, names))
if names:
    details.show(tables, compared, cell, names)
