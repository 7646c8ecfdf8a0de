"""Two sequences beside each other: what is predicted of both, and their mutagenesis on one axis."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from engine.editor import alignment
from engine.editor.alignment import Aligned
from engine.editor.document import Document
from engine.errors import CisLensError
from engine.plots import compare as plot
from engine.results import Progress, Track
from engine.sequence import default_policy
from pages.panels.explorer.choices import Chosen
from pages.shared import bench, state, work
from pages.shared.models import labelled
from pages.shared.plain import plain
from pages.shared.show import image_config

LONGEST = 600  # columns; figures of more are slow to draw and too dense to read


def show(chosen: Chosen) -> None:
    """The sequence on screen and another: one that is open, its own reference, or a state that was kept."""
    document = bench.document()
    if document is None:
        return
    others = _others(document)
    if not others:
        st.caption(
            "Nothing to compare yet. Edit the sequence to compare it with its reference, open a second one, or keep a "
            "state in the history."
        )
        return
    label = st.selectbox("Compare the sequence on screen with", list(others), key="compare_with", format_func=plain)
    other = others[label]
    try:
        aligned = alignment.align(other, document)
        _predictions(chosen, label, other, document)
        st.caption(
            f"Laid beside each other {plain(aligned.how)}." + (" One of them is turned." if aligned.flipped else "")
        )
        _maps(chosen, label, aligned, other, document)
    except CisLensError as error:
        st.error(plain(error))


def _others(document: Document) -> dict[str, Document]:
    """What the sequence on screen can be compared with, by what the list calls it."""
    opened = bench.current()
    others = {"its reference": document.reset()} if document.bases != document.reference.bases else {}
    for i, (name, other) in enumerate(zip(opened.labels, opened.documents, strict=True)):
        if i != opened.active:
            others[name] = other
    for i, branch in enumerate(document.branches):
        if branch.edits != document.applied:
            others[f"kept state: {branch.label}"] = document.gone_to(i)
    return others


def _predictions(chosen: Chosen, label: str, other: Document, document: Document) -> None:
    rows = []
    for checkpoint in chosen.models:
        values = [
            work.prediction(checkpoint, d.sequence, default_policy(len(d.bases), checkpoint.model.window)).values[0]
            for d in (other, document)
        ]
        for i, output in enumerate(checkpoint.model.outputs):
            if output in chosen.outputs:
                before, after = (float(v[i]) for v in values)
                rows.append(
                    {
                        "model": labelled(checkpoint.name),
                        "cell type": output,
                        label: before,
                        "on screen": after,
                        "difference": after - before,
                    }
                )
    number = {c: st.column_config.NumberColumn(format="%.3f") for c in (label, "on screen", "difference")}
    st.dataframe(pd.DataFrame(rows), hide_index=True, column_config=number)
    if len(other.bases) != len(document.bases):
        st.caption("Their lengths differ: each is predicted as a whole, in log2 RNA/DNA.")
    else:
        st.caption("Predicted activity of each whole sequence, log2 RNA/DNA, both strands averaged.")


def _maps(chosen: Chosen, label: str, aligned: Aligned, other: Document, document: Document) -> None:
    if len(aligned.pairs) > LONGEST:
        st.info(
            f"Together they take {len(aligned.pairs):,} columns; maps are drawn for up to {LONGEST}. Open a stretch of "
            "each to see them."
        )
        return

    def compute(progress: Progress) -> list[Track]:
        return [
            work.ism_track(
                chosen.checkpoint, d.sequence, default_policy(len(d.bases), chosen.checkpoint.model.window),
                chosen.standardised, progress,
            )
            for d in (other, document)
        ]  # fmt: skip

    signature = (chosen.checkpoint.name, other.bases, document.bases, chosen.standardised)
    tracks = work.unless_stopped("compare", "Mutating every base of both", signature, compute)
    if tracks is None:
        return
    names = (label, f"on screen: {bench.current().labels[bench.current().active]}")
    sides = []
    for i, (name, track, d) in enumerate(zip(names, tracks, (other, document), strict=True)):
        places = tuple(pair[i] for pair in aligned.pairs)
        region = d.sequence.region
        axis = (region.place_of(0) + 1, -1 if region.reverse else 1) if region else (1, 1)
        sides.append(plot.Side(name, track, places, aligned.flipped and i == 1, *axis))
    st.plotly_chart(
        plot.figure(*sides, chosen.output, state.PALETTE.get() or "standard"),
        key="compare",
        config=image_config("cislens-compare", state.IMAGE_KIND.get()),
    )
    st.caption(
        f"{plain(labelled(chosen.checkpoint.name))}, {plain(chosen.output)}. Both maps have one colour scale. Yellow "
        "marks columns in which the two differ."
    )
