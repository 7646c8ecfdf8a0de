"""What is claimed of the designs before anybody measures them, kept so that nobody can change it unnoticed."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from engine import __version__
from engine.design import claims as keeping
from engine.design import orders, peers
from engine.design.claims import Claims
from engine.design.metrics.trust import familiar
from engine.design.orders import Flanks
from engine.design.stating import Terms, state
from engine.experiments import labels
from engine.results import Progress
from pages.panels.design.result import Result, trained
from pages.shared import downloads, work
from pages.shared.plain import plain

BARE, ADAPTERS = "nothing", "the adapters of the lentiMPRA library"


def show(result: Result, row: int) -> None:
    """A button that states the claims; the statements of the selected design; order list and claims as files."""
    designs = list(result.ranked.designs)

    def compute(progress: Progress) -> Claims:
        scanned = peers.scanned(result.library, progress=progress)
        made = datetime.now(UTC).isoformat(timespec="seconds")
        terms = Terms(
            model=result.by,
            library=result.library,
            scanned=scanned,
            trained=trained(result.library.table.hash),
            presets=result.presets,
            seed=result.chosen.seed,
            made=made,
            version=__version__,
            known=familiar(result.by, result.library),
        )
        return state(designs, result.goal, terms, progress)

    st.markdown("**Claims and order list.** What an experiment can refute, and the controls that it needs")
    goal = tuple(result.goal.activity.items())
    names = tuple(d.sequence.name for d in designs)
    made_of = (names, result.chosen.seed, result.mark, goal, result.goal.kept)
    signature = (*made_of, result.by.weights_hash, repr(result.presets))
    stated = work.on_request("design-claims", "State the claims", signature, compute)
    if stated is None:
        return
    claim = stated.claims[row]
    with st.expander(f"What is claimed of {plain(claim.name)}", icon=":material/gavel:", expanded=True):
        for statement in claim.statements:
            st.markdown(f"- {plain(statement.words)}")
        if not claim.statements:
            st.markdown("Nothing: no bound is clear enough.")
        for unclear in claim.unclear:
            st.caption(f"Not claimed: {plain(unclear)}")
        for caveat in claim.caveats:
            st.warning(plain(labels.in_text(caveat)))
    _files(stated, result)


def _files(stated: Claims, result: Result) -> None:
    around = st.segmented_control(
        "Ordered with, on either side",
        [BARE, ADAPTERS],
        default=BARE,
        required=True,
        key="design_flanks",
        persist_state="session",
    )
    flanks = orders.flanks(orders.LENTIMPRA) if around == ADAPTERS else Flanks()
    order = orders.rows(stated, flanks, result.presets)
    with st.container(horizontal=True):
        downloads.button("Claims (JSON)", lambda: keeping.text_of(stated), "cislens-claims.json", primary=True)
        downloads.button("Order list (FASTA)", lambda: orders.fasta(order), "cislens-order.fa")
        downloads.button("Order list (CSV)", lambda: orders.csv(order, stated), "cislens-order.csv")
    st.caption(
        f"{len(order):,} sequences: designs, their twins and natural controls. Write this sum into your lab book. A "
        f"file of claims that was changed has another one: `{plain(keeping.checksum(stated))}`"
    )
