"""Explorer: one sequence, its edits, what the models predict, and which bases that rests on."""

import time
from dataclasses import replace

import streamlit as st

from engine.editor.document import Document
from engine.errors import CisLensError
from engine.experiments.checkpoints import Checkpoint
from engine.report import dossier as stages
from engine.report.computing import Choices
from engine.report.dossier import Dossier
from engine.sequence import default_policy
from pages.panels.explorer import downloads, editor, predictions, session, sources, text, tracks
from pages.shared import bench, kept, navigation, state, windows, work
from pages.shared.models import all_outputs, choose_models, choose_palette
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
    place = st.empty()
    for _ in range(3):
        time.sleep(PAUSE / 3)
        place.empty()  # where Streamlit turns to a newer key press
    state.SHOWN_BASES.put(bases)


def take_click() -> None:
    """Take over a cell of the mutagenesis map that was clicked."""
    clicked = state.CLICKED.pop()
    if clicked is None:
        return
    try:
        bench.put_document(bench.document().substituted(*clicked))
    except CisLensError as error:
        state.EDITOR_ERROR.put(str(error))


def explained(dossier: Dossier, loaded: list[Checkpoint], view: tracks.View) -> Dossier | None:
    """The dossier with everything that the tracks show; None, with the reason on screen, if that cannot be computed."""
    advance, clear = work.progress_bar("Mutating every base")
    computing = work.Remembering(advance)
    try:
        dossier = stages.explained(dossier, view.checkpoint, view.output, computing)
        if "difference" in view.rows:
            dossier = stages.with_difference(dossier, view.checkpoint, view.output, computing)
        if "agreement" in view.rows:
            dossier = stages.with_agreement(dossier, loaded, view.output, computing)
        return stages.scanned(dossier, computing)
    except CisLensError as error:
        st.error(plain(error))
        return None
    finally:
        clear()


@st.fragment
def instrument(loaded: list[Checkpoint], outputs: list[str]) -> None:
    """The editor and what follows from it. The prediction of the first model comes first: typing waits for nothing."""
    take_click()
    session.open_sequences(loaded[0], outputs)
    document = bench.document()
    if document is None:
        st.rerun()
    text.header(document)
    choices = Choices(tuple(outputs), window_policies(document, loaded))
    try:
        first = stages.predicted(document, loaded[:1], choices, work.Remembering())
        editor.draw(document, first, outputs)
        let_type(document.bases)
        session.write_link()
        dossier = stages.predicted(document, loaded, choices, work.Remembering())
    except CisLensError as error:
        editor.draw(document, None, [])
        st.error(plain(error))
        return
    session.show()
    text.as_text(document)
    words = st.container()
    predictions.show(dossier, outputs)
    dossier = stages.measured(dossier)
    view = tracks.choose(dossier, loaded, outputs)
    complete = explained(replace(dossier, choices=view.added_to(choices)), loaded, view)
    with words:
        predictions.in_words((complete or dossier).facts)
    if complete:
        tracks.show(complete, view)
        downloads.show(complete, loaded, view.checkpoint.name, view.output)


navigation.inside_app("pages/explorer.py")
st.title("Explorer")
session.read_link()
kept.offer()
with st.expander("Load a sequence", expanded=bench.document() is None, icon=":material/folder_open:"):
    sources.show()
if bench.document() is None:
    session.show()
    st.info("No sequence is open. Load one above: paste your own, or take an example to see how it works.")
    st.stop()

top = st.columns([2, 2, 1])
with top[0]:
    models = choose_models()
with top[1]:
    columns = all_outputs(models)
    shown = (
        st.multiselect(
            "Cell types",
            columns,
            default=None if state.OUTPUTS.is_set else columns,
            key=state.OUTPUTS.name,
            persist_state="session",
        )
        or columns
    )
with top[2]:
    choose_palette()
instrument(models, shown)
