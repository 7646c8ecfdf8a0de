"""The study's motifs with their logos, for every view that has rows of them; and models by their human names."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
import streamlit as st

from engine.data import jaspar
from engine.data import motifs as study_motifs
from engine.data.jaspar import Matrix
from engine.data.motifs import STUDY
from engine.experiments import labels
from engine.interpretation.motifs import families
from engine.plots import motifs as plot
from pages.shared import state
from pages.shared.plain import plain

LOGO = {"logo": st.column_config.ImageColumn("logo", width="medium")}


def logo(matrix: Matrix) -> str:
    """A matrix as a picture for a cell of a table."""
    return plot.small_logo(
        plot.information(matrix.probabilities.T), matrix.consensus, state.PALETTE.get() or "standard"
    )


def the_motifs() -> None:
    """A drawer with the study's motifs: logo, what each is, the pattern counted and the bases written."""
    with st.expander("The motifs and their logos", icon=":material/font_download:"):
        matrices, known = jaspar.load(), families.of()
        rows = [
            {
                "motif": m.name,
                "logo": logo(matrices[m.matrix]),
                "what it is": m.what,
                "motif family": known[m.matrix].name,
                "counted for": m.cell,
                "pattern counted": " or ".join(m.patterns),
                "bases written": m.site,
                "JASPAR": m.matrix,
            }
            for m in STUDY.values()
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, row_height=46, column_config=LOGO)
        st.caption(f"Patterns: {plain(study_motifs.SOURCE)}. A logo is that of the JASPAR matrix named beside it.")


def asked(matrices: dict[str, Matrix]) -> None:
    """Logo, family and relatives of matrices that somebody asked for."""
    known = families.of(matrices.values())
    rows = [
        {
            "motif": label,
            "logo": logo(m),
            "most likely bases": m.consensus,
            "motif family": known[m.id].name,
            "others of the family": _others(known[m.id].factors, m.name),
        }
        for label, m in matrices.items()
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, row_height=46, column_config=LOGO)


def _others(factors: tuple[str, ...], own: str) -> str:
    others = [f for f in factors if f != own]
    return ", ".join(others[:8]) + (f" and {len(others) - 8} more" if len(others) > 8 else "") or "no other"


def named(models: Iterable[str]) -> dict[str, str]:
    """What each model is called in a figure; two of one label keep their names beside it."""
    called = {name: labels.label(name) for name in models}
    often = list(called.values())
    return {name: label if often.count(label) == 1 else f"{label} ({name})" for name, label in called.items()}
