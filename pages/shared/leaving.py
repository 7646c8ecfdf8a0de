"""Whether anybody still waits for what a page computes: a newer key press, a Stop or a closed window end it.

Streamlit ends a run by itself where a newer one is asked for, unless the newer one is of a fragment: that waits until
the run is over, so that what lies outside of the fragment is drawn to its end. Where the fragment itself is what runs,
nothing is lost by beginning it anew, and a key press in the Explorer would wait for the maps of the one before.
"""

from __future__ import annotations

import time
from dataclasses import replace

from streamlit import runtime
from streamlit.runtime.scriptrunner_utils.exceptions import StopException
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType
from streamlit.runtime.scriptrunner_utils.script_run_context import (
    ScriptRunContext,
    ThreadState,
    get_run_yield_check,
    get_script_run_ctx,
)

CLOSED_FOR = 5.0  # s without a browser after which its work ends: one that only lost its connection is back by then
_GONE: dict[str, float] = {}  # session to the time when its browser was first missed


def page_left() -> None:
    """Ends what the page computes if its user has gone on, or has closed the window.

    Raises:
        RerunException, StopException: of Streamlit, which no code of ours may catch.
    """
    check, context = get_run_yield_check(), get_script_run_ctx(suppress_warning=True)
    if check is None or context is None:
        return
    _begin_fragment_anew(context)
    check()
    if closed(context.session_id):
        _GONE.pop(context.session_id, None)
        raise StopException


def _begin_fragment_anew(context: ScriptRunContext) -> None:
    """Lets a waiting run of a fragment end this one, if this one is at work on a fragment."""
    requests, own = context.script_requests, ThreadState.get().fragment_id
    if requests is None or own is None or requests._state != ScriptRequestType.RERUN:
        return
    waiting = requests._rerun_data  # no lock: nobody but this thread takes it away
    if waiting.is_auto_rerun or not waiting.fragment_id_queue or waiting.is_fragment_scoped_rerun:
        return
    # what this run draws of the page beside the waiting fragments has to be drawn again: the fragment, or everything
    drawn = context.fragment_ids_this_run
    requests.request_rerun(
        replace(
            waiting,
            fragment_id_queue=list(drawn or ()),
            is_fragment_scoped_rerun=bool(drawn),
            widget_states=None,
            replay_trigger_states=None,
            replay_trigger_values=None,
        )
    )


def closed(session: str) -> bool:
    """Whether the browser window of a session has been away for a while."""
    if not runtime.exists() or runtime.get_instance().is_active_session(session):
        _GONE.pop(session, None)
        return False
    now = time.monotonic()
    return now - _GONE.setdefault(session, now) > CLOSED_FOR
