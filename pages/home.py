"""Home: what one can do here, and which models and data are installed."""

import streamlit as st

from pages.panels.home import installed, pictures
from pages.shared import header, kept, navigation, shelf

navigation.inside_app("pages/home.py")
header.show("pages/home.py")
st.markdown(
    "Change a promoter or enhancer base by base and see what trained models make of it: its predicted **activity** in "
    "K562, HepG2 and WTC11 cells, the **bases that matter**, and what was **measured**."
)
kept.offer("pages/explorer.py")
shelf.show("pages/explorer.py")
pictures.show()
installed.of_models()
installed.of_data()
