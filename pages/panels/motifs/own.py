"""The view of the page Motifs that holds the user's own: files, and a table of their motifs with logos."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from engine.interpretation.motifs import scan
from engine.plots import motifs as plot
from pages.shared import own_motifs, state
from pages.shared.plain import plain

SHOWN = 500  # rows; logos of more make the page slow


def own() -> None:
    st.markdown(
        "Motifs of your own stand beside those of JASPAR: in the Explorer's motif track, in the shelf below its "
        "editor, in the in-silico experiments, in the report, and in the other views of this page, by their names or "
        "ids. They stay while the app is open, and a saved session holds them."
    )
    own_motifs.upload("page")
    together = own_motifs.collection()
    if together is None:
        return
    matrices = list(together.matrices.values())
    wanted = st.text_input("Find", key="own_motifs_find", placeholder="part of a name or id").strip().lower()
    matching = [m for m in matrices if wanted in m.name.lower() or wanted in m.id.lower()]
    palette = state.PALETTE.get() or "standard"
    heights = [plot.information(m.probabilities.T) for m in matching[:SHOWN]]
    rows = [
        {
            "name": m.name,
            "logo": plot.small_logo(h, m.consensus, palette),
            "most likely bases": m.consensus,
            "positions": m.width,
            "information (bits)": float(np.sum(h)),
            "id": m.id,
            "file": m.source,
        }
        for m, h in zip(matching[:SHOWN], heights, strict=True)
    ]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        row_height=52,
        column_config={
            "logo": st.column_config.ImageColumn("logo", width="medium"),
            "information (bits)": st.column_config.NumberColumn(
                format="%.1f", help="Against equal base frequencies, with the pseudocount that scans use."
            ),
        },
    )
    if len(matching) > SHOWN:
        st.caption(f"The first {SHOWN} of {len(matching):,}.")
    if short := scan.remark(together.matrices):
        st.caption(plain(short) + ".")
