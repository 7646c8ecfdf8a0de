"""CisLens: `cislens app`, or `streamlit run app.py`."""

import streamlit as st
from streamlit.runtime.scriptrunner_utils.exceptions import StopException

from engine import places
from pages.shared import address, ahead, freed, search, state, tour


def losses() -> None:
    """Links from before the page had its present address."""
    st.switch_page("pages/side_by_side.py", query_params=st.query_params.to_dict())


freed.bound()
# the browser remembers whether the side panel was open (assets/sequence_editor/editor.js)
panel = "expanded" if st.context.cookies.get("cislens-panel") == "expanded" else "collapsed"
st.set_page_config(
    page_title="CisLens", page_icon=str(places.assets() / "icon.svg"), layout="wide", initial_sidebar_state=panel
)
st.html(places.assets() / "style.css")
page = st.navigation(
    {
        "": [
            st.Page("pages/home.py", title="Home", icon=":material/home:", default=True),
            st.Page("pages/explorer.py", title="Explorer", icon=":material/edit:"),
        ],
        "Sequences": [
            st.Page("pages/in_silico.py", title="In-silico experiments", icon=":material/science:"),
            st.Page("pages/design.py", title="Design", icon=":material/draw:"),
            st.Page("pages/variants.py", title="Variants", icon=":material/genetics:"),
            st.Page("pages/scan.py", title="Scan", icon=":material/show_chart:"),
            st.Page("pages/your_library.py", title="Your library", icon=":material/table_chart:"),
            st.Page("pages/saturation.py", title="Saturation mutagenesis", icon=":material/grid_on:"),
        ],
        "Models": [
            st.Page("pages/benchmark.py", title="Benchmark", icon=":material/leaderboard:"),
            st.Page("pages/side_by_side.py", title="Losses side by side", icon=":material/compare:"),
            st.Page(losses, title="Losses side by side", url_path="losses", visibility="hidden"),
            st.Page("pages/representations.py", title="Representations", icon=":material/bubble_chart:"),
            st.Page("pages/disentangle.py", title="DISENTANGLE", icon=":material/join_inner:"),
            st.Page("pages/published_findings.py", title="Published findings", icon=":material/fact_check:"),
        ],
        "Explanations": [
            st.Page("pages/attributions.py", title="Attributions", icon=":material/stacked_line_chart:"),
            st.Page("pages/motifs.py", title="Motifs", icon=":material/filter_list:"),
            st.Page("pages/reliability.py", title="Reliability", icon=":material/verified:"),
        ],
    },
    position="top",
)
state.INSIDE_APP.put(True)  # see pages.shared.navigation.inside_app
if wanted := state.WANTED_PAGE.pop():
    file, link = wanted
    st.switch_page(file, query_params=link)
search.top_line()
address.browser()
tour.offer()
address.read(page.url_path)
if page.url_path:  # not Home, which needs nothing of it
    ahead.wait()
try:
    page.run()
except StopException:  # `st.stop()`: the page is whole
    address.write()
    ahead.load()
    raise
address.write()
ahead.load()
