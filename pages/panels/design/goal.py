"""What designs are to do: where they start, what of it is locked, and the activity wanted in each cell type."""

from __future__ import annotations

import zlib

import streamlit as st

from engine.data.library import Library
from engine.design import kept
from engine.design.results import Goal, Opinion
from engine.design.splits import scale
from engine.editor.document import Document
from engine.errors import InputError
from engine.plots import design as plot
from engine.sequence import Sequence
from pages.shared import address, bench, navigation, show, state
from pages.shared.choices import FLAG, NUMBER
from pages.shared.plain import plain

NOTHING = "nothing"
LOCKED: state.Key[str] = state.Key("design_locked", "")
# of which a design was opened as an edit: the sequence that all designs began from, and the reference it is of
BEGAN: state.Key[tuple[str, Sequence] | None] = state.Key("design_began", None)
FIRST = 2.0  # s.d. that a cell type is at first asked for
WIDEST = plot.WIDEST


def start() -> tuple[Sequence | None, tuple[tuple[int, int], ...]]:
    """The sequence to start from, if any, and its locked stretches.

    Raises:
        InputError: what is typed is no stretch of it.
    """
    source = st.segmented_control(
        "Start from",
        [NOTHING, navigation.OPENED],
        default=NOTHING,
        required=True,
        key="design_start",
        persist_state="session",
        help="From nothing, all 200 bases are free. From a sequence, the stretches that you lock stay as they are.",
    )
    if source == NOTHING:
        return None, ()
    document = bench.document()
    if document is None:
        st.info("No sequence is open. Open one in the Explorer, or start from nothing.")
        st.page_link("pages/explorer.py", label="To the Explorer", icon=":material/edit:")
        st.stop()
    template = begun_from(document)
    if template.bases == document.bases:
        st.markdown(f"On **{plain(template.name)}**, {len(template)} bp, as it stands in the editor.")
    else:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"On **{plain(template.name)}**, {len(template)} bp, as it was before you opened a design.")
            st.button("Start from what is open now", icon=":material/restart_alt:", on_click=BEGAN.clear)
    stretches = _locked(len(template))
    _brushed(template.bases, stretches)
    return template, stretches


def begun_from(document: Document) -> Sequence:
    """What designs start from: the open sequence as it stands; after one of its designs was opened in its place, as it
    stood before, so that the other designs are still there when the user comes back."""
    began = BEGAN.get()
    if began is not None and began[0] == document.reference.bases:
        return began[1]
    return Sequence(document.reference.name, document.bases, document.sequence.region)


def _locked(length: int) -> tuple[tuple[int, int], ...]:
    text = st.text_input(
        "Locked positions",
        key=LOCKED.name,
        persist_state="session",
        placeholder="80-120, 150-160",
        help="These bases stay as they are. Type first and last position, or drag over the bases below.",
    )
    return kept.read(text or "", length)


def _brushed(bases: str, stretches: tuple[tuple[int, int], ...]) -> None:
    """The sequence to drag over, and buttons that lock what was dragged over here or selected in the Explorer."""
    mark = zlib.crc32(f"{bases} {stretches}".encode())  # what was dragged over is forgotten once it is locked
    event = st.plotly_chart(
        plot.strip(bases, stretches),
        key=f"design-strip-{mark}",
        on_select="rerun",
        selection_mode=("points", "box"),
        config=show.image_config("cislens-design-start", "svg"),
    )
    places = [int(p["customdata"][0]) for p in event.selection.points if p.get("customdata") is not None]
    dragged = kept.joined((i, i + 1) for i in places if 0 <= i < len(bases))
    selected = state.SELECTION.get()
    with st.container(horizontal=True):
        if dragged:
            _offer("Lock", kept.joined((*stretches, *dragged)), dragged, "dragged")
            held = {i for s, e in stretches for i in range(s, e)}
            if held & set(places):
                left = kept.joined((i, i + 1) for i in sorted(held - set(places)))
                _offer("Unlock", left, dragged, "freed")
        elif selected and 0 <= selected[0] < selected[1] <= len(bases):
            _offer("Lock, as selected in the Explorer,", kept.joined((*stretches, selected)), (selected,), "selected")
        else:
            st.caption("Drag over bases to lock them.")


def _offer(verb: str, then: tuple[tuple[int, int], ...], which: tuple[tuple[int, int], ...], key: str) -> None:
    st.button(
        f"{plain(verb)} {kept.in_words(which)}",
        key=f"design_lock-{key}",
        icon=":material/lock:" if verb.startswith("Lock") else ":material/lock_open:",
        on_click=LOCKED.put,
        args=(kept.in_words(then),),
    )


def activity(library: Library, nature: Opinion) -> dict[str, float]:
    """The activity wanted in each cell type that is to count, in standard deviations.

    Args:
        nature: what was measured of the training folds.
    """
    outputs = library.table.outputs
    mean, sd = scale(library, outputs)
    wanted: dict[str, float] = {}
    st.markdown("**Goal.** How active, in standard deviations above the mean of natural elements?")
    for i, (column, output) in enumerate(zip(st.columns(len(outputs)), outputs, strict=True)):
        with column:
            counts = st.checkbox(
                plain(output),
                value=i == 0,
                key=address.made(f"wants_{output}", f"design_wants-{output}", FLAG),
                persist_state="session",
                help="Without it the activity in this cell type may be anything.",
            )
            drawn = st.empty()
            value = st.slider(
                f"{plain(output)} (s.d.)",
                -WIDEST,
                WIDEST,
                FIRST if i == 0 else 0.0,
                0.1,
                key=address.made(output, f"design_goal-{output}", NUMBER, (-WIDEST, WIDEST)),
                persist_state="session",
                label_visibility="collapsed",
                disabled=not counts,
            )
            drawn.plotly_chart(
                plot.natural(nature.column(output), value if counts else None, output),
                key=f"design-natural-{output}",
                config={"displayModeBar": False},
            )
            if counts:
                wanted[output] = float(value)
                share, n = nature.below(output, value)
                st.caption(
                    f"{mean[i] + value * sd[i]:+.2f} log2 RNA/DNA, above {share:.1%} of {n:,} measured elements."
                )
            else:
                st.caption("May be anything.")
    return wanted


def goal(
    template: Sequence | None,
    stretches: tuple[tuple[int, int], ...],
    activities: dict[str, float],
    edits: int | None,
) -> Goal:
    """The goal; raises InputError where nothing is left to change."""
    made = Goal(activities, template, stretches, edits=edits if template is not None else None)
    if not made.free:
        raise InputError("all of the sequence is locked; leave some positions free")
    return made
