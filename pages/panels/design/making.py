"""Designing on request: sequences appear as they come, and a draw that was stopped goes on."""

from __future__ import annotations

import time

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from engine.data.library import Library
from engine.design.drawing import draw
from engine.design.results import Designed, Goal
from engine.results import Progress
from pages.panels.design.method import Chosen
from pages.shared import state, work

UNFINISHED: state.Key[dict[tuple, list[Designed]]] = state.Key("design_unfinished", {})  # designs, by what they rest on
KEPT = 4  # runs that can be gone on with
EVERY = 0.5  # s between two looks at what has come
SHOWN = 8  # of the newest sequences while they come


def made(goal: Goal, chosen: Chosen, library: Library) -> list[Designed]:
    """The designs that are there so far, newest last."""
    runs = UNFINISHED.setdefault({})
    mark = chosen.mark(goal, library)
    so_far = runs.get(mark, [])
    there = min(len(so_far), chosen.count)
    label = f"Design {chosen.count:,} sequences" if chosen.count > 1 else "Design a sequence"
    if there:
        label = f"Go on ({there:,} of {chosen.count:,} designed)"
    bar, place = st.container(), st.empty()  # the bar stays where it is as sequences come

    def compute(progress: Progress) -> list[Designed]:
        last, shown = 0.0, 0
        _keep(runs, mark, so_far)

        def look(done: int, total: int) -> None:
            nonlocal last, shown
            if len(so_far) > shown and time.monotonic() - last > EVERY:
                last, shown = time.monotonic(), len(so_far)
                _appear(place, so_far, chosen.count)
            progress(done, total)

        return list(draw(chosen.method, chosen.asked(goal, library), so_far, look))

    if there < chosen.count:
        with bar:
            complete = work.on_request("design", label, (mark, chosen.count), compute)
        place.empty()
        if complete is not None and not so_far:  # of a run that newer ones took the place of
            so_far = list(complete)
            _keep(runs, mark, so_far)
        if complete is not None and len(complete) < chosen.count:
            st.caption(f"The method has no more to give: {len(complete):,} of {chosen.count:,} that differ.")
    return so_far[: chosen.count]


def _keep(runs: dict[tuple, list[Designed]], mark: tuple, so_far: list[Designed]) -> None:
    """Hold on to a run as the newest one; a goal that nothing was designed for takes no run's place."""
    runs.pop(mark, None)
    runs[mark] = so_far
    while len(runs) > KEPT:
        runs.pop(next(iter(runs)))


def _appear(place: DeltaGenerator, so_far: list[Designed], count: int) -> None:
    newest = so_far[-SHOWN:][::-1]
    with place.container():
        st.caption(f"{len(so_far):,} of {count:,} sequences are there. The newest:")
        st.code("\n".join(f"{d.sequence.name}  {d.sequence.bases}" for d in newest), language=None)
