"""Home: what one can do here, in four pictures of real results; each leads to the page that makes it."""

from __future__ import annotations

import functools
import json

import streamlit as st

from engine import places
from engine.errors import CisLensError
from engine.fasta import read_fasta
from pages.shared import bench, downloads, examples, state
from pages.shared.plain import plain

FOLDER = places.assets() / "pictures"  # assets/make_pictures.py makes them
INK = ("#0f131b", "#e6e9f0")  # of the light and the dark theme: a picture does not inherit the page's colour
EXPERIMENT: state.Key[str] = state.Key("silico_experiment", "")


@functools.cache
def _words() -> dict[str, dict]:
    """What stands below each picture, with the numbers that it was made of."""
    return json.loads((FOLDER / "made_of.json").read_text(encoding="utf-8"))


def show() -> None:
    for pair in ((_edit, _compare), (_losses, _design)):
        for column, card in zip(st.columns(2, border=True), pair, strict=True):
            with column:
                card()


def _picture(name: str) -> None:
    made = _words()[name]
    drawing = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    st.image(drawing.replace("currentColor", INK[st.context.theme.type == "dark"]), alt=made["words"], width="stretch")
    st.caption(plain(made["words"]))


def _edit() -> None:
    st.header("Edit a sequence and see what changes", anchor=False)
    _picture("edit")
    if not downloads.offer_download(downloads.SATMUT_FILES, "A real promoter"):
        return
    with st.container(horizontal=True):
        promoter = st.button("Open the LDLR promoter", type="primary", icon=":material/edit:")
        own = st.button("Bring your own sequence", icon=":material/content_paste:")
    if promoter:
        try:
            examples.ldlr_promoter()
        except CisLensError as error:
            st.error(plain(error))
            return
    if promoter or own:
        st.switch_page("pages/explorer.py")


def _compare() -> None:
    st.header("Compare predictions with measurements", anchor=False)
    _picture("measured")
    with st.container(horizontal=True):
        if st.button("Open saturation mutagenesis", icon=":material/grid_on:"):
            st.switch_page("pages/saturation.py")
        if st.button("Compare your own measurements", icon=":material/table_chart:"):
            st.switch_page("pages/your_library.py")


def _losses() -> None:
    st.header("Compare losses and networks", anchor=False)
    _picture("losses")
    if st.button("Compare them on the Benchmark page", icon=":material/leaderboard:"):
        st.switch_page("pages/benchmark.py")


def _design() -> None:
    st.header("Design towards a cell type", anchor=False)
    _picture("design")
    with st.container(horizontal=True):
        if st.button("Design sequences for a goal", icon=":material/draw:"):
            st.switch_page("pages/design.py")
        improved = st.button("Improve a sequence step by step", icon=":material/science:")
    if improved:
        text = (places.assets() / "examples.fa").read_text(encoding="utf-8")
        (start,) = [s for s in read_fasta(text) if s.name == "random_background"]
        try:
            bench.open_sequence(start, "Random bases: a start for a design.")
        except CisLensError as error:
            st.error(plain(error))
            return
        EXPERIMENT.put("Guided substitutions")
        state.TRACK_OUTPUT.put("HepG2")
        st.switch_page("pages/in_silico.py")
