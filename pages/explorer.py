"""Explorer: one sequence, its edits, what the models predict, and which bases that rests on."""

import time

import streamlit as st

from engine.editor.document import Document
from engine.errors import CisLensError
from engine.experiments.checkpoints import Checkpoint
from engine.report import dossier as stages
from engine.report.computing import Choices
from engine.report.dossier import Dossier
from engine.report.measured import measured_effects
from engine.sequence import default_policy
from pages.panels.explorer import (
    annotations,
    compare,
    downloads,
    editor,
    history,
    predictions,
    session,
    sources,
    text,
    tracks,
)
from pages.panels.explorer import choices as side_panel
from pages.panels.explorer.choices import Chosen
from pages.shared import bench, header, kept, navigation, shelf, state, windows, work
from pages.shared.plain import plain

PAUSE = 0.12  # s


def window_policies(document: Document, loaded: list[Checkpoint]) -> dict[str, tuple[str, str]]:
    """The window policies of each model for the reference and the edited sequence; asks where there is a choice."""
    both = len(document.reference), len(document.sequence)
    chosen = windows.choose(both[1], loaded[0].model.window, "policy", "the models read", both)
    state.POLICY_IN_USE.put(chosen)

    def policy_for(length: int, window: int) -> str:
        return default_policy(length, window) if chosen == windows.FITTING else chosen or "centre"

    return {c.name: (policy_for(both[0], c.model.window), policy_for(both[1], c.model.window)) for c in loaded}


def let_type(bases: str) -> None:
    """Wait a moment after a key press before anything but the editor is computed and drawn.

    The browser draws what comes together at once, so the prediction would wait for the figures; and the next key press
    finds nobody computing.
    """
    if state.SHOWN_BASES.get() == bases:
        return
    for _ in range(3):
        time.sleep(PAUSE / 3)
        work.page_left()  # where the page turns to a newer key press
    state.SHOWN_BASES.put(bases)


def open_drawer() -> None:
    """Where sequences come from; what it offers is read when it is open."""
    if state.DRAWER_DONE.pop():
        state.DRAWER.put(False)
    drawer = st.popover("Open", icon=":material/folder_open:", key=state.DRAWER.name, on_change="rerun")
    if drawer.open:
        with drawer:
            shelf.show()
            sources.show()


@st.fragment
def instrument(chosen: Chosen) -> None:
    """The editor and what follows from it. The prediction of the first model comes first: typing waits for nothing."""
    document = bench.document()
    if document is None:
        st.rerun()
    loaded, outputs = chosen.models, chosen.outputs
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="toolbar"):
        chosen = side_panel.choose_output(chosen)
        open_drawer()
        history.popover(document)
        annotations.popover(document)
        text.as_text(document)
        session.show()
        save = st.container(width="content")
        measured_in = st.container(width="content")
    header.told()
    session.told()
    session.open_sequences(loaded[0], outputs)
    text.header(document)
    wanted = chosen.added_to(Choices(tuple(outputs), window_policies(document, loaded)))
    try:
        first = stages.predicted(document, loaded[:1], wanted, work.Remembering())
        editor.draw(document, chosen, predictions.lines(first, outputs))
        let_type(document.bases)
        session.write_link()
        dossier = stages.predicted(document, loaded, wanted, work.Remembering())
    except CisLensError as error:
        editor.draw(document, None, [])
        st.error(plain(error))
        return
    dossier = stages.measured(dossier)
    with measured_in:
        data_set = tracks.choose_measured(dossier)
    tracks.at_once(dossier, chosen, data_set)
    edits = measured_effects(document, dossier.measured)
    lines = predictions.lines(dossier, outputs, loaded, edits)
    editor.feed("readout", {"bases": document.bases, "rows": lines})
    dossier = tracks.compute(dossier, chosen, predictions.measured_in_words(edits))
    for remark in predictions.remarks(edits):
        st.warning(plain(remark))
    with save:
        downloads.show(dossier, loaded, chosen.checkpoint.name, chosen.output)
    details(dossier, chosen)


def details(dossier: Dossier, chosen: Chosen) -> None:
    """What stands behind the instrument: whether the maps can be trusted, the numbers, what the rows rest on."""
    tracks.trust(dossier, chosen)
    with st.expander("The numbers: predictions, changes and motif matches", icon=":material/table_chart:"):
        predictions.show(dossier, chosen.outputs)
    compared = st.expander(
        "Compare with another sequence", icon=":material/compare_arrows:", key="compare_open", on_change="rerun"
    )
    if compared.open:
        with compared:
            compare.show(chosen)
    with st.expander("What the tracks rest on", icon=":material/info:"):
        tracks.sources(dossier, chosen)


navigation.inside_app("pages/explorer.py")
session.read_link()
kept.offer()
if bench.document() is None:
    header.show("pages/explorer.py")
    st.info("No sequence is open. Paste your own below, or take an example to see how it works.")
    sources.show()
    shelf.show()
    session.show()
    session.told()
    st.stop()
st.html('<h1 class="unseen">Explorer</h1>')
instrument(side_panel.show())
