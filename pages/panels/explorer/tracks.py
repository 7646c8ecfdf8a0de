"""The Explorer's tracks, handed to the instrument one by one as they are computed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from engine.data import motif_files, satmut
from engine.editor import summary
from engine.editor.document import Document
from engine.errors import CisLensError
from engine.experiments import labels
from engine.interpretation.motifs import scan
from engine.plots import instrument
from engine.plots.parts import along
from engine.report import dossier as stages
from engine.report.dossier import Dossier
from engine.sequence import Sequence, any_known
from pages.panels.explorer import editor
from pages.panels.explorer.choices import Chosen
from pages.shared import reliability_badge, state, work
from pages.shared.plain import plain


def compute(dossier: Dossier, chosen: Chosen, measured: str) -> Dossier:
    """What the chosen rows show, the quickest first; each goes to the instrument as soon as it is there.

    Args:
        measured: what was measured of the edits, in words.

    Returns:
        the dossier with all of it. What cannot be computed is said on screen and left out.
    """
    try:
        dossier = _motifs(dossier, measured)
        computed = work.unless_stopped(
            "tracks",
            f"Maps of {chosen.output}",
            (dossier.document.bases, chosen.checkpoint.weights_hash, chosen.output),
            lambda step: _maps(dossier, chosen, work.Remembering(step)),
        )
    except CisLensError as error:
        st.error(plain(error))
        return dossier
    return computed or dossier


def _maps(dossier: Dossier, chosen: Chosen, computing: work.Remembering) -> Dossier:
    """The maps that the chosen rows show; what was computed stays on screen where the next one cannot be."""
    model, output, rows = chosen.checkpoint, chosen.output, set(chosen.rows)

    def contributions(known: Dossier) -> Dossier:
        known = stages.contributed(known, model, output, computing)
        editor.feed("ig", instrument.contributions(known.track("ig", model.name, output), output))
        return known

    def mutagenesis(known: Dossier) -> Dossier:
        known = stages.mutated(known, model, output, computing)
        editor.feed("ism", instrument.mutagenesis(known.track("ism", model.name, output), output))
        return known

    def difference(known: Dossier) -> Dossier:
        known = stages.with_difference(known, model, output, computing)
        ig = known.track("ig", model.name, output)
        editor.feed("difference", instrument.difference(ig, known.unedited, output))
        return known

    def agreement(known: Dossier) -> Dossier:
        known = stages.with_agreement(known, chosen.models, output, computing)
        editor.feed("agreement", instrument.agreement(known.agreement))
        return known

    wanted: list[tuple[bool, Callable[[Dossier], Dossier]]] = [
        (chosen.needs_contributions, contributions),
        ("difference" in rows, difference),
        (chosen.needs_mutagenesis, mutagenesis),
        ("agreement" in rows, agreement),
    ]
    try:
        for is_wanted, stage in wanted:
            if is_wanted:
                dossier = stage(dossier)
    except CisLensError as error:
        st.error(plain(error))
    return dossier


def _motifs(dossier: Dossier, measured: str) -> Dossier:
    """Motif sites, and the sentence, which names those gained and lost."""
    dossier = stages.scanned(dossier, work.Remembering())
    document, motifs = dossier.document, dossier.facts.motifs
    lost = motifs.lost if motifs else ()
    editor.feed("motifs", instrument.sites(document.bases, dossier.sites, lost, document.origins))
    facts = summary.under_names(dossier.facts, labels.short)
    editor.feed("words", {"bases": document.bases, "text": summary.sentence(facts) + measured})
    return dossier


def choose_measured(dossier: Dossier) -> str | None:
    """The data set whose values are drawn, of those that measured the reference."""
    measured = list(dossier.measured)
    if len(measured) < 2:
        return measured[0] if measured else None
    if state.MEASURED_SET.get() not in measured:
        state.MEASURED_SET.put(_closest(measured, dossier.document.reference))
    return st.selectbox(
        "Measured in",
        measured,
        key=state.MEASURED_SET.name,
        persist_state="session",
        format_func=lambda name: f"{name} ({satmut.DATA_SETS[name].cells})",
        label_visibility="collapsed",
        width=220,
    )


def at_once(dossier: Dossier, chosen: Chosen, data_set: str | None) -> None:
    """Rows that need no model: what was measured, GC content."""
    document = dossier.document
    if "gc" in chosen.rows:
        editor.feed("gc", instrument.gc(document.bases))
    if {"measured", "measured mean"} & set(chosen.rows):
        editor.feed("measured", _measured(dossier, data_set))


def _measured(dossier: Dossier, data_set: str | None) -> instrument.Part:
    document = dossier.document
    if data_set is None:
        reason = "not known: the data are not here" if dossier.unmeasured else "nobody measured this sequence"
        return {"missing": reason}
    cells = satmut.DATA_SETS[data_set].cells
    effects = along.moved(dossier.measured[data_set], document.origins, len(document.bases))
    return instrument.measured(data_set, cells, document.bases, _of_reference_bases(document, effects))


def _of_reference_bases(document: Document, effects: np.ndarray) -> np.ndarray:
    """Nothing at edited places: the effects that were measured there are those of another base."""
    known = effects.copy()
    known[document.changed_positions()] = np.nan
    return known


def _closest(measured: list[str], reference: Sequence) -> str:
    """The data set that the reference is named after, else the first."""
    return reference.name if reference.name in measured else measured[0]


def trust(dossier: Dossier, chosen: Chosen) -> None:
    """How far the maps can be trusted: the check of Integrated Gradients, and the verdict, which comes last."""
    output, model = chosen.output, chosen.checkpoint
    ig = dossier.track("ig", model.name, output)
    if ig is None or not any_known(dossier.document.bases):
        return
    delta = ig.checks["convergence_delta"][output]
    explained = float(ig.reference[0]) - ig.checks["baseline_prediction"][output]
    st.caption(
        f"Check of Integrated Gradients: the contributions miss the explained difference of {explained:+.3f} "
        f"log2 RNA/DNA (prediction minus baseline) by {delta:+.4f} (convergence delta) "
        f"after {ig.checks['steps'][output]:.0f} steps."
        + " With the simplex correction and a zero baseline the two need not agree."
        * chosen.correct_simplex
    )
    if dossier.track("ism", model.name, output):
        judged = stages.judged(dossier, model, output, work.Remembering())
        reliability_badge.show(model, output, judged.verdict(model.name, output))


def sources(dossier: Dossier, chosen: Chosen) -> None:
    """What the rows rest on, in words."""
    if "motifs" in chosen.rows:
        looked_for = chosen.collection or motif_files.of_jaspar()
        short = plain(scan.remark(looked_for.matrices))
        st.caption(
            f"Motif sites: {plain(looked_for.what)}, {len(looked_for.matrices):,} matrices on both strands, with "
            f"p ≤ {scan.P_THRESHOLD:g} and q ≤ {chosen.largest_q:g}. The q-value counts the places that one matrix was "
            f"tried at, not the number of matrices: take a match as a hint. Similar matrices are one family, and one "
            f"family is shown a place; a family of the study's motifs stands before others. {short and short + '.'}"
        )
    if dossier.unmeasured:
        st.caption(plain(dossier.unmeasured))
    if dossier.measured:
        listed = ", ".join(f"{name} ({satmut.DATA_SETS[name].cells})" for name in dossier.measured)
        st.caption(f"Measured here by saturation mutagenesis: {listed}; log2(alt/ref).")
