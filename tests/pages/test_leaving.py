"""When a page's computing ends early: held against Streamlit's own queue of requests."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from streamlit.runtime.scriptrunner_utils.exceptions import RerunException, StopException
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests, ScriptRequestType
from streamlit.runtime.scriptrunner_utils.script_run_context import ThreadState

from pages.shared import leaving


@pytest.fixture
def page(monkeypatch):
    """A run of a page as Streamlit's runner has it: `page.run(...)` says what runs, `page.asked(...)` what comes in."""
    requests = ScriptRequests()
    requests.on_scriptrunner_yield()
    context = SimpleNamespace(session_id="s", script_requests=requests, fragment_ids_this_run=None)

    def check() -> None:
        request = requests.on_scriptrunner_yield()
        if request is not None:
            raise RerunException(request.rerun_data) if request.type == ScriptRequestType.RERUN else StopException()

    def run(fragment: str | None, whole_page: bool = False) -> None:
        context.fragment_ids_this_run = None if whole_page or fragment is None else [fragment]
        monkeypatch.setattr(ThreadState, "get", lambda: SimpleNamespace(fragment_id=fragment))

    monkeypatch.setattr(leaving, "get_run_yield_check", lambda: check)
    monkeypatch.setattr(leaving, "get_script_run_ctx", lambda suppress_warning=False: context)
    monkeypatch.setattr(leaving, "closed", lambda session: False)
    return SimpleNamespace(run=run, asked=lambda **data: requests.request_rerun(RerunData(**data)))


def test_nothing_ends_as_long_as_nobody_asks(page):
    page.run("editor")
    leaving.page_left()


def test_a_key_press_ends_the_work_of_its_own_fragment_which_begins_anew(page):
    page.run("editor")
    page.asked(fragment_id="editor", query_string="edited=1")
    with pytest.raises(RerunException) as ended:
        leaving.page_left()
    assert ended.value.rerun_data.fragment_id_queue == ["editor"]
    assert ended.value.rerun_data.query_string == "edited=1"
    leaving.page_left()  # it was taken, and once


def test_the_fragment_that_was_ended_runs_after_the_one_that_was_asked_for(page):
    page.run("editor")
    page.asked(fragment_id="other")
    with pytest.raises(RerunException) as ended:
        leaving.page_left()
    assert ended.value.rerun_data.fragment_id_queue == ["other", "editor"]


def test_in_a_run_of_the_whole_page_the_whole_page_begins_anew(page):
    """What stands below the fragment was not drawn yet."""
    page.run("editor", whole_page=True)
    page.asked(fragment_id="editor")
    with pytest.raises(RerunException) as ended:
        leaving.page_left()
    assert ended.value.rerun_data.fragment_id_queue == [] and not ended.value.rerun_data.is_fragment_scoped_rerun


def test_long_work_outside_of_fragments_is_not_ended_by_one(page):
    page.run(None)
    page.asked(fragment_id="chart")
    leaving.page_left()


def test_a_clock_ends_nothing(page):
    page.run("editor")
    page.asked(fragment_id="clock", is_auto_rerun=True)
    leaving.page_left()


def test_a_window_that_stays_closed_ends_its_work_and_one_that_comes_back_does_not(monkeypatch):
    now, active = [100.0], [True]
    monkeypatch.setattr(leaving.runtime, "exists", lambda: True)
    server = SimpleNamespace(is_active_session=lambda session: active[0])
    monkeypatch.setattr(leaving.runtime, "get_instance", lambda: server)
    monkeypatch.setattr(leaving.time, "monotonic", lambda: now[0])
    assert not leaving.closed("w")
    active[0] = False
    assert not leaving.closed("w")
    now[0] += leaving.CLOSED_FOR + 1
    assert leaving.closed("w")
    active[0] = True
    assert not leaving.closed("w")
    active[0] = False
    assert not leaving.closed("w")  # counted anew
