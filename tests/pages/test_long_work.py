"""Long work on a page: its button, its bar, its Stop, and how much of it is kept."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared import work


def on_request() -> None:
    import streamlit as st

    from pages.shared import work

    number = st.number_input("number", 0, 9, key="number")
    calls = st.session_state.setdefault("calls", [])

    def compute(step) -> int:
        step(1, 2)
        calls.append(number)
        return number

    st.write(f"result {work.on_request('long', 'Compute', number, compute)}")


def unless_stopped() -> None:
    import streamlit as st

    from pages.shared import work

    number = st.number_input("number", 0, 9, key="number")
    result = work.unless_stopped("maps", "Maps", number, lambda step: step(1, 2) or f"maps of {number}")
    st.write(f"result {result}")


@pytest.fixture(params=[1])
def at(request):
    return AppTest.from_function(request.param, default_timeout=30).run()


@pytest.mark.parametrize("at", [on_request], indirect=True)
def test_what_a_button_started_is_kept_until_so_many_newer_ones_are_there(at):
    for number in range(work.KEPT + 1):
        at.number_input(key="number").set_value(number).run()
        assert at.markdown[0].value == "result None"
        at.button(key="long-start").click().run()
        assert at.markdown[0].value == f"result {number}" and not at.button
    at.number_input(key="number").set_value(1).run()
    assert at.markdown[0].value == "result 1"
    at.number_input(key="number").set_value(0).run()
    assert at.markdown[0].value == "result None"
    assert at.session_state["calls"] == list(range(work.KEPT + 1))


@pytest.mark.parametrize("at", [unless_stopped], indirect=True)
def test_stopped_work_waits_until_it_is_let_go_on_or_is_other_work(at):
    assert at.markdown[0].value == "result maps of 0" and not at.button
    at.session_state["maps-stopped"] = 0  # as the Stop button leaves it
    at.run()
    assert at.markdown[0].value == "result None"
    at.number_input(key="number").set_value(1).run()
    assert at.markdown[0].value == "result maps of 1"
    at.number_input(key="number").set_value(0).run()
    at.button(key="maps-go-on").click().run()
    assert at.markdown[0].value == "result maps of 0"


def test_a_bar_shows_its_stop_button_with_its_first_step():
    def page() -> None:
        import streamlit as st

        from pages.shared import work

        place = st.empty()
        advance = work._bar(place, "Maps", "stop", st.session_state.clear)
        advance(0, 1)  # waiting for a turn
        advance(1, 4)  # too soon to be drawn

    at = AppTest.from_function(page, default_timeout=30).run()
    assert not at.exception and [b.label for b in at.button] == ["Stop"]
    assert "Maps …" in str(at.get("progress")[0].proto)
