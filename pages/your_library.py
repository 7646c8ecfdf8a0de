"""Your library: a table of your own measurements beside what the models predict."""

from __future__ import annotations

import streamlit as st

from pages.panels.your_library import results, table
from pages.shared import header, navigation
from pages.shared.models import all_outputs, choose_models

BY_NAME = "the output of the same name"

navigation.inside_app("pages/your_library.py")
header.show("pages/your_library.py")
st.markdown(
    "How well do the models predict what you measured yourself? Upload an MPRA table, barcode counts or a MaveDB score "
    "set: every sequence is predicted, held against the measurement, and opens in the Explorer."
)
given = table.given()
settings = st.columns([2, 1])
with settings[0]:
    models = choose_models()
with settings[1]:
    outputs = all_outputs(models)
    wanted = st.selectbox(
        "Held against",
        [BY_NAME, *outputs],
        key=f"library_output-{'-'.join(outputs)}",
        persist_state="session",
        help="A column of activity is held against the output of its cell type; one that names none against all.",
    )
if given is None:
    st.info("Upload a table of sequences and their measured activities.")
    st.stop()
library, mark = given
table.describe(library)
comparison = results.comparison_of(library, mark, models, "" if wanted == BY_NAME else wanted, table.kin())
if comparison is not None:
    results.show(comparison)
st.caption(
    "To train a network on your table: `python -m engine train --table TABLE --name NAME`. It then stands in every "
    "list of models, with its scores on the test fold of your table."
)
