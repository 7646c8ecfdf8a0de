"""Explorer: one sequence, its edits, what the models predict, and which bases that rests on."""

import pandas as pd
import streamlit as st

from engine import exports
from engine.data.motifs import MOTIFS
from engine.document import Document
from engine.errors import CisLensError
from engine.interpretation.attribution import BASELINES
from engine.plots import prediction as prediction_plot
from engine.plots import tracks as tracks_plot
from engine.sequence import (
    SHORTEST_WHOLE,
    WINDOW_POLICIES,
    ambiguous_positions,
    default_policy,
    gc_content,
    write_fasta,
)
from pages import common, sources_panel

state = st.session_state


# --- what the buttons do ----------------------------------------------------------------------------


def apply(change) -> None:
    """Run `change(document)`; an error keeps the document and is shown."""
    try:
        changed = change(common.document())
        common.check_length(changed.reference.name, changed.bases)
        common.set_document(changed)
    except CisLensError as error:
        state["editor_error"] = str(error)


def take_text() -> None:
    """The text field was changed: take it over, or keep the text and say what is wrong with it."""
    try:
        changed, notes = common.document().typed(state["editor_text"])
        common.check_length(changed.reference.name, changed.bases)
    except CisLensError as error:
        state["editor_error"] = str(error)
        return
    common.set_document(changed)
    state["editor_notes"] = notes


def write_motif() -> None:
    motif, position = MOTIFS[state["motif"]], state["motif_position"] - 1
    what = f"{motif.factor} {motif.consensus}"
    if state["motif_mode"] == "insert":
        apply(lambda d: d.inserted(position, motif.consensus, what))
    else:
        apply(lambda d: d.written(position, motif.consensus, what))


def shuffle_stretch() -> None:
    apply(lambda d: d.shuffled(state["shuffle_start"] - 1, state["shuffle_end"], seed=len(d.edits)))


# --- the page, from top to bottom -------------------------------------------------------------------


def editor(document: Document) -> None:
    """Text field, buttons, and the list of edits."""
    reference = document.reference
    place = f", {reference.region.label} {reference.region.build}" if reference.region else ""
    st.markdown(
        f"**{reference.name}** ({len(document.bases)} bp{place}; GC {gc_content(document.bases):.0%}; "
        f"{reference.origin})"
    )
    if state.get("remark"):
        st.caption(state["remark"])
    st.text_area(
        "Sequence (edit it here; Ctrl+Enter applies)",
        key="editor_text",
        height=150,
        on_change=take_text,
        persist_state="session",
        help="Letters other than A, C, G, T and the IUPAC codes are refused; blanks, digits, lower case and U are "
        "cleaned. You can also click a cell of the mutagenesis map below.",
    )
    if state.get("editor_error"):
        st.error(state["editor_error"] + " Your text is kept; the tracks still show the last valid sequence.")
    for note in state.get("editor_notes") or []:
        st.caption(f"Cleaned: {note}.")
    unknown = ambiguous_positions(document.bases)
    if unknown:
        st.warning(
            f"{len(unknown)} base(s) are not A, C, G or T (first at position {unknown[0] + 1}); the models see each "
            "as 0.25 of every base."
        )
    with st.container(horizontal=True):
        st.button("Undo", icon=":material/undo:", on_click=apply, args=(Document.undo,), disabled=not document.can_undo)
        st.button("Redo", icon=":material/redo:", on_click=apply, args=(Document.redo,), disabled=not document.can_redo)
        st.button(
            "Reset",
            icon=":material/restart_alt:",
            on_click=apply,
            args=(Document.reset,),
            disabled=not document.can_undo,
        )
        st.button(
            "Reverse complement",
            icon=":material/swap_horiz:",
            on_click=apply,
            args=(Document.reverse_complemented,),
            help="The other strand. Predictions average both strands, so they stay the same.",
        )
        with st.popover("Write a motif", icon=":material/add:"):
            st.selectbox(
                "Motif (JASPAR 2024 consensus)", list(MOTIFS), key="motif", format_func=lambda m: MOTIFS[m].label
            )
            st.number_input("First position", 1, len(document.bases), key="motif_position")
            st.segmented_control(
                "How",
                ["overwrite", "insert"],
                default="overwrite",
                required=True,
                key="motif_mode",
                help="Overwriting keeps the length; inserting makes the sequence longer.",
            )
            st.button("Write it", on_click=write_motif)
        with st.popover("Shuffle a stretch", icon=":material/shuffle:"):
            st.number_input("From position", 1, len(document.bases), key="shuffle_start")
            st.number_input(
                "To position", 1, len(document.bases), value=min(20, len(document.bases)), key="shuffle_end"
            )
            st.button("Shuffle, keeping dinucleotides", on_click=shuffle_stretch)
    if document.applied:
        st.markdown("**Edits**  \n" + "  \n".join(f"{i}. {e.description}" for i, e in enumerate(document.applied, 1)))
    else:
        st.caption("No edits yet: type in the field, write a motif, or click a cell of the mutagenesis map.")


def predictions(document: Document, loaded, outputs: list[str], policies: dict[str, str]) -> None:
    """Reference against edited, as figure and table."""
    before = [common.prediction(c, document.reference, policies[c.name + " reference"]) for c in loaded]
    after = [common.prediction(c, document.sequence, policies[c.name]) for c in loaded]
    st.plotly_chart(
        prediction_plot.figure(before, after, tuple(outputs), common.all_models()),
        key="predictions",
        config=common.image_config("cislens-prediction", state.get("image_kind", "svg")),
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
        c: st.column_config.NumberColumn(format="%.3f", help=common.ACTIVITY_HELP)
        for c in ("reference", "edited", "change")
    }
    number["s.d."] = st.column_config.NumberColumn(
        format="%.3f", help="Standard deviation of the change over the members of an ensemble"
    )
    st.dataframe(table, hide_index=True, column_config=number)
    st.caption("log2 RNA/DNA, both strands averaged")
    state["prediction_csv"] = table.to_csv(index=False, float_format="%.6g")


@st.fragment
def tracks(document: Document, loaded, outputs: list[str], policies: dict[str, str]) -> None:
    """The aligned tracks of one model and output, and what can be exported of them."""
    st.subheader("Which bases the prediction rests on")
    choice = st.columns([1.2, 0.8, 1.1, 1, 1])
    with choice[0]:
        name = st.selectbox("Model of the tracks", [c.name for c in loaded], key="track_model", persist_state="session")
    checkpoint = next(c for c in loaded if c.name == name)
    own = [o for o in outputs if o in checkpoint.model.outputs] or list(checkpoint.model.outputs)
    with choice[1]:
        output = st.selectbox("Cell type", own, key="track_output", persist_state="session")
    with choice[2]:
        baseline = st.selectbox(
            "IG baseline",
            list(BASELINES),
            index=1,
            key="baseline",
            persist_state="session",
            format_func=lambda b: f"{b}: {BASELINES[b]}",
            help="Integrated Gradients explains the difference between the prediction and that of a baseline without "
            "the sequence's information.",
        )
    with choice[3]:
        standardised = st.toggle(
            "Standardised",
            key="standardised",
            persist_state="session",
            help="In standard deviations of the model's predictions on the validation fold, so that models compare.",
        )
        simplex = st.toggle(
            "Simplex correction",
            key="simplex",
            persist_state="session",
            help="Takes the mean over the four bases out of the gradient (Majdandzic et al. 2023).",
        )
    with choice[4]:
        state["image_kind"] = st.segmented_control(
            "Image format", ["svg", "png"], default="svg", required=True, key="image_choice", persist_state="session",
            help="The camera above a figure saves it in this format.",
        )  # fmt: skip
    sequence, reference = document.sequence, document.reference
    policy = policies[name]
    view = _view(len(sequence))
    advance, clear = common.progress_bar("Mutating every base")
    try:
        with st.spinner("Computing Integrated Gradients and in-silico mutagenesis …"):
            ig = common.ig_track(checkpoint, sequence, policy, output, standardised, baseline, simplex)
            ism = common.ism_track(checkpoint, sequence, policy, standardised, advance)
            before = None
            if len(reference) == len(sequence) and reference.bases != sequence.bases:
                before = common.ig_track(checkpoint, reference, policy, output, standardised, baseline, simplex)
    except CisLensError as error:
        st.error(str(error))
        return
    finally:
        clear()
    region = sequence.region
    figure = tracks_plot.figure(
        ig,
        ism,
        output,
        reference=before,
        view=view,
        first_position=region.start + 1 if region else 1,
        axis_name=f"{region.chrom} position (bp, 1-based, {region.build})"
        if region
        else "position in the sequence (bp)",
        palette=state.get("palette") or "standard",
        title=f"{name}, {output}: {reference.name}" + (" (edited)" if document.applied else ""),
    )
    event = st.plotly_chart(
        figure,
        key=f"tracks-{state.get('version', 0)}",
        on_select="rerun",
        selection_mode="points",
        config=common.image_config(f"cislens-{reference.name}", state["image_kind"]),
    )
    clicked = [p["customdata"] for p in event.selection.points if p.get("customdata")]
    if clicked and document.bases[int(clicked[0][0])] != clicked[0][1]:
        state["clicked"] = (int(clicked[0][0]), clicked[0][1])
        st.rerun()
    delta = ig.checks["convergence_delta"][output]
    explained = float(ig.reference[0]) - ig.checks["baseline_prediction"][output]
    st.caption(
        f"Check of Integrated Gradients: the contributions miss the explained difference of {explained:+.3f} "
        f"log2 RNA/DNA (prediction minus baseline) by {delta:+.4f} (convergence delta)."
        + (" With the simplex correction and a zero baseline the two need not agree." if simplex else "")
    )
    _exports(document, ig, ism)


def _view(length: int) -> tuple[int, int]:
    """The stretch to show: kept while the length is, all of it once that changes."""
    if length <= 40:
        return 0, length
    if state.get("view_length") != length:
        state["view_slider"] = (1, length)
    state["view_length"] = length
    first, last = st.slider(
        "Stretch shown (position)", 1, length, key="view_slider", persist_state="session",
        help="Narrow it to read the letters; it stays when you edit.",
    )  # fmt: skip
    return first - 1, max(last, min(length, first + 9))


def _exports(document: Document, ig, ism) -> None:
    stem = "".join(c if c.isalnum() or c in "-_." else "_" for c in document.sequence.name)
    with st.container(horizontal=True):
        st.download_button(
            "FASTA",
            write_fasta([document.sequence]),
            f"{stem}.fa",
            "text/plain",
            icon=":material/download:",
            on_click="ignore",
        )
        st.download_button(
            "Predictions (CSV)",
            state.get("prediction_csv", ""),
            f"{stem}.predictions.csv",
            "text/csv",
            on_click="ignore",
        )
        for track, label in ((ig, "Integrated Gradients (CSV)"), (ism, "Mutagenesis (CSV)")):
            st.download_button(
                label,
                exports.track_csv(track, document.sequence),
                f"{stem}.{track.kind}.csv",
                "text/csv",
                on_click="ignore",
            )
    st.caption("Figures: the camera above each one saves it as SVG or PNG, as chosen above.")


def window_policies(document: Document, loaded) -> dict[str, str]:
    """The window policy of each model for the edited and the reference sequence; asks where there is a choice."""
    lengths = {len(document.sequence), len(document.reference)}
    window = loaded[0].model.window
    if lengths == {window}:
        return {k: "centre" for c in loaded for k in (c.name, c.name + " reference")}
    longer = min(lengths) >= window
    shorter = max(lengths) <= window
    options = ["tile", "centre"] if longer else ["pad"] if shorter else ["fitting"]
    if min(lengths) >= SHORTEST_WHOLE:
        options.append("whole")
    chosen = st.selectbox(
        f"Window policy: the models read {window} bp, this sequence has {len(document.sequence)}",
        options,
        key=f"policy-{options[0]}",
        format_func=lambda p: f"{p}: {WINDOW_POLICIES.get(p, 'pad what is shorter, tile what is longer')}",
    )
    fit = lambda n, w: default_policy(n, w) if chosen == "fitting" else chosen  # noqa: E731
    policies = {}
    for c in loaded:
        policies[c.name] = fit(len(document.sequence), c.model.window)
        policies[c.name + " reference"] = fit(len(document.reference), c.model.window)
    return policies


common.inside_app("pages/explorer.py")
st.title("Explorer")
with st.expander("Load a sequence", expanded=common.document() is None, icon=":material/folder_open:"):
    sources_panel.show()

if common.document() is None:
    st.info("No sequence is open. Load one above: paste your own, or take an example to see how it works.")
    st.stop()

# applied here, before the text field is drawn, since a drawn field takes no other text
if "clicked" in state:
    position, base = state.pop("clicked")
    apply(lambda d: d.substituted(position, base))

# a text field that was not drawn for a while loses its text; the document has it
if "editor_text" not in state:
    state["editor_text"] = common.document().bases

top = st.columns([2, 2, 1])
with top[0]:
    models = common.choose_models()
with top[1]:
    columns = common.all_outputs(models)
    shown = st.multiselect("Cell types", columns, default=columns, key="outputs", persist_state="session") or columns
with top[2]:
    common.choose_palette()

used = window_policies(common.document(), models)
left, right = st.columns([3, 2], gap="large")
with left:
    editor(common.document())
with right:
    predictions(common.document(), models, shown, used)
tracks(common.document(), models, shown, used)
