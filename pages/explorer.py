"""Explorer: one sequence, its edits, what the models predict, and which bases that rests on."""

import time

import pandas as pd
import streamlit as st

from engine.editor import summary
from engine.editor.document import Document
from engine.editor.summary import EditFacts
from engine.errors import CisLensError
from engine.experiments.checkpoints import Checkpoint
from engine.plots import explorer as prediction_plot
from engine.results import Prediction
from engine.sequence import SHORTEST_WHOLE, WINDOW_POLICIES, ambiguous_positions, default_policy, gc_content
from pages.panels.explorer import editor, session, sources, tracks
from pages.shared import bench, navigation, show, work
from pages.shared.models import all_models, all_outputs, choose_models, choose_palette

PAUSE = 0.12  # s
state = st.session_state


def take_text(key: str) -> None:
    """The text field was changed: take it over, or keep the text and say what is wrong with it."""
    try:
        changed, notes = bench.document().typed(state[key])
        bench.check_length(changed.reference.name, changed.bases)
    except CisLensError as error:
        state["editor_error"] = str(error)
        return
    bench.set_document(changed)
    state["editor_notes"] = notes


def header(document: Document) -> None:
    """What is on screen, in a line, and what is known about it."""
    reference = document.reference
    place = f", {reference.region.label} {reference.region.build}" if reference.region else ""
    st.markdown(
        f"**{reference.name}** ({len(document.bases)} bp{place}; GC {gc_content(document.bases):.0%}; "
        f"{reference.origin})"
    )
    if document.remark:
        st.caption(document.remark)
    unknown = ambiguous_positions(document.bases)
    if unknown:
        st.warning(
            f"{len(unknown)} base(s) are not A, C, G or T (first at position {unknown[0] + 1}); the models see each "
            "as 0.25 of every base."
        )


def as_text(document: Document) -> None:
    """The same sequence as a plain text field, and the list of edits."""
    # a field of its own for every state of the sequence: one field, whose text is set from here, would be taken for
    # changed by the user whenever a key press in the editor comes before the browser has the new text
    key = f"editor_text-{state.get('edition', 0)}"
    with st.expander("As text", expanded=bool(state.get("editor_error"))):
        st.text_area(
            "Sequence (edit it here; Ctrl+Enter applies)",
            document.bases,
            key=key,
            height=120,
            on_change=take_text,
            args=(key,),
            persist_state="session",
            help="Letters other than A, C, G, T and the IUPAC codes are refused; blanks, digits, lower case and U are "
            "cleaned.",
        )
        if state.get("editor_error"):
            st.error(state["editor_error"] + " Your text is kept; the tracks still show the last valid sequence.")
        for note in state.get("editor_notes") or []:
            st.caption(f"Cleaned: {note}.")
    if document.applied:
        with st.expander(f"Edits ({len(document.applied)})"):
            st.markdown("  \n".join(f"{i}. {e.description}" for i, e in enumerate(document.applied, 1)))


def window_policies(document: Document, loaded: list[Checkpoint]) -> dict[str, str]:
    """The window policy of each model for the edited and the reference sequence; asks where there is a choice."""
    lengths = {len(document.sequence), len(document.reference)}
    window = loaded[0].model.window
    state["policy_in_use"] = None
    if lengths == {window}:
        return {k: "centre" for c in loaded for k in (c.name, c.name + " reference")}
    longer = min(lengths) >= window
    shorter = max(lengths) <= window
    options = ["tile", "centre"] if longer else ["pad"] if shorter else ["fitting"]
    if min(lengths) >= SHORTEST_WHOLE:
        options.append("whole")
    key = f"policy-{options[0]}"
    if state.get(key) not in options:
        state.pop(key, None)
    chosen = st.selectbox(
        f"Window policy: the models read {window} bp, this sequence has {len(document.sequence)}",
        options,
        key=key,
        format_func=lambda p: f"{p}: {WINDOW_POLICIES.get(p, 'pad what is shorter, tile what is longer')}",
    )
    state["policy_in_use"] = chosen
    fit = lambda n, w: default_policy(n, w) if chosen == "fitting" else chosen  # noqa: E731
    policies = {}
    for c in loaded:
        policies[c.name] = fit(len(document.sequence), c.model.window)
        policies[c.name + " reference"] = fit(len(document.reference), c.model.window)
    return policies


def both(document: Document, checkpoint: Checkpoint, policies: dict[str, str]) -> tuple[Prediction, Prediction]:
    """The prediction for the reference and for the sequence as it stands."""
    return (
        work.prediction(checkpoint, document.reference, policies[checkpoint.name + " reference"]),
        work.prediction(checkpoint, document.sequence, policies[checkpoint.name]),
    )


def diluted(prediction: Prediction) -> str:
    """A word of warning where windows without the edit take part in the mean."""
    if prediction.policies[0] != "tile":
        return ""
    return (
        "; mean over the windows that cover the sequence. Those without the edit dilute its change: the pages Variants "
        "and In-silico experiments count only windows that hold it."
    )


def predictions(before: list[Prediction], after: list[Prediction], outputs: list[str]) -> None:
    """Reference against edited, as figure and table."""
    left, right = st.columns([3, 2], gap="large", vertical_alignment="center")
    with left:
        st.plotly_chart(
            prediction_plot.predictions(before, after, tuple(outputs), all_models()),
            key="predictions",
            config=show.image_config("cislens-prediction", state.get("image_kind", "svg")),
        )
    rows = []
    for b, a in zip(before, after, strict=True):
        for o in (o for o in outputs if o in b.outputs):
            i = b.outputs.index(o)
            r, e = float(b.values[0, i]), float(a.values[0, i])
            rows.append({"model": b.model, "cell type": o, "reference": r, "edited": e, "change": e - r})
            if a.members is not None:
                rows[-1]["s.d."] = float((a.members[:, 0, i] - b.members[:, 0, i]).std(ddof=1))
    table = pd.DataFrame(rows)
    number = {
        c: st.column_config.NumberColumn(format="%.3f", help=show.ACTIVITY_HELP)
        for c in ("reference", "edited", "change")
    }
    number["s.d."] = st.column_config.NumberColumn(
        format="%.3f", help="Standard deviation of the change over the members of an ensemble"
    )
    with right:
        st.dataframe(table, hide_index=True, column_config=number)
        st.caption("log2 RNA/DNA, both strands averaged" + diluted(after[0]))
    state["prediction_csv"] = table.to_csv(index=False, float_format="%.6g")


def let_type(bases: str) -> None:
    """Wait a moment after a key press before anything but the editor is computed and drawn.

    The browser draws what comes together at once, so the prediction would wait for the figures; and the next key press
    finds nobody computing.
    """
    if state.get("shown_bases") == bases:
        return
    place = st.empty()
    for _ in range(3):
        time.sleep(PAUSE / 3)
        place.empty()  # where Streamlit turns to a newer key press
    state["shown_bases"] = bases


def in_words(facts: EditFacts) -> None:
    """What the edits did, in a sentence, and the numbers that it rests on."""
    st.markdown(summary.sentence(facts))
    if not facts.changes and not facts.turned:
        return
    with st.expander("The numbers behind this"):
        together = pd.DataFrame(
            {
                "cell type": o.output,
                "mean change": o.mean,
                "largest spread of a model": o.spread,
                "models": o.models,
                "agree in sign": o.agree,
                "clear": o.clear,
            }
            for o in facts.outputs
        )
        if all(o.models == 1 for o in facts.outputs):
            together = together.drop(columns=["models", "agree in sign"])
        st.dataframe(together, hide_index=True)
        st.caption(
            "A change is called clear if it is larger than the spread (standard deviation) of the change over the "
            "members of an ensemble. The table of the models stands below."
        )
        found = [("gained", h) for h in facts.motifs.gained] + [("lost", h) for h in facts.motifs.lost]
        if found:
            matches = pd.DataFrame(
                {
                    "": side,
                    "motif": h.motif,
                    "matrix": h.matrix,
                    "from": h.start + 1,
                    "to": h.end,
                    "strand": h.strand,
                    "score (bits)": h.score,
                    "p": h.p,
                    "q": h.q,
                }
                for side, h in found
            )
            number = {c: st.column_config.NumberColumn(format="%.2g") for c in ("p", "q")}
            st.dataframe(matches, hide_index=True, column_config=number)
            st.caption("Gained matches stand at places of the edited sequence, lost ones at places of the reference.")


@st.fragment
def instrument(loaded: list[Checkpoint], outputs: list[str]) -> None:
    """The editor and what follows from it. The prediction of the first model comes first: typing waits for nothing."""
    if "clicked" in state:  # a cell of the mutagenesis map
        position, base = state.pop("clicked")
        try:
            bench.set_document(bench.document().substituted(position, base))
        except CisLensError as error:
            state["editor_error"] = str(error)
    session.open_sequences(loaded[0], outputs)
    document = bench.document()
    if document is None:
        st.rerun()
    header(document)
    policies = window_policies(document, loaded)
    try:
        first = both(document, loaded[0], policies)
        editor.draw(document, *first, outputs)
        let_type(document.bases)
        session.write_link()
        rest = [both(document, c, policies) for c in loaded[1:]]
    except CisLensError as error:
        editor.draw(document, None, None, [])
        st.error(str(error))
        return
    session.show()
    as_text(document)
    before, after = zip(first, *rest, strict=True)
    words = st.container()
    predictions(list(before), list(after), outputs)
    changes = tracks.show(document, loaded, outputs, policies)
    with words:
        in_words(summary.facts(document, list(before), list(after), changes))


navigation.inside_app("pages/explorer.py")
st.title("Explorer")
session.read_link()
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
    known = None if "outputs" in state else columns
    shown = st.multiselect("Cell types", columns, default=known, key="outputs", persist_state="session") or columns
with top[2]:
    choose_palette()
instrument(models, shown)
