"""CisLens: `streamlit run app.py`."""

from pathlib import Path

import streamlit as st

st.set_page_config(page_title="CisLens", page_icon="assets/icon.svg", layout="wide")
st.html(Path(__file__).parent / "assets" / "style.css")
st.navigation(
    [
        st.Page("pages/home.py", title="Home", icon=":material/home:", default=True),
        st.Page("pages/explorer.py", title="Explorer", icon=":material/edit:"),
        st.Page("pages/saturation.py", title="Saturation mutagenesis", icon=":material/grid_on:"),
    ],
    position="top",
).run()
