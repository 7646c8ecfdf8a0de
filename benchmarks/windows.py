"""Browser windows without a browser: they speak to the app's server as its page in a browser does.

Fifty browsers would need the machine that is measured. A `Window` opens pages, types into the Explorer's editor and
waits for what comes back, which is all that the server sees of a user.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

EDITOR = "cislens_sequence_editor"
LONGEST = 300.0  # s that anything is waited for
EARLY = ForwardMsg.FINISHED_EARLY_FOR_RERUN


class Late(Exception):
    """What was waited for did not come."""


class Window:
    """One window of a user.

    Attributes:
        exceptions: what the app raised, as its page shows it.
        letters: the bases in the editor, empty where none is open.
    """

    def __init__(self, url: str) -> None:
        address = url.replace("http", "ws", 1) + "/_stcore/stream"
        # as large as the largest message of the app, a figure
        self.socket: ClientConnection = connect(address, subprotocols=["streamlit"], max_size=2**28)
        self.exceptions: list[str] = []
        self.letters = ""
        self._pages: dict[str, str] = {}
        self._page = self._query = self._editor = self._fragment = ""
        self._version = self._number = self._acked = 0

    def close(self) -> None:
        """As a user closes a window: without a word."""
        self.socket.close()

    def open(self, address: str = "", query: str = "") -> float:
        """Go to a page by its address; seconds until it is whole."""
        if not self._pages:
            self._ask()
            self._until_done()
        begun = time.perf_counter()
        self._page, self._query, self._editor, self._fragment, self.letters = self._pages[address], query, "", "", ""
        self._ask()
        self._until_done()
        return time.perf_counter() - begun

    def press(self, position: int, base: str) -> float:
        """Write a base over the one at a position; seconds until the editor shows its prediction."""
        self._number += 1
        splice = {"kind": "splice", "number": self._number, "start": position, "removed": 1, "inserted": base}
        self.letters = self.letters[:position] + base + self.letters[position + 1 :]
        begun = time.perf_counter()
        self._ask({"operations": {"version": self._version, "list": [splice]}})
        self._until(lambda message: self._acked >= self._number)
        return time.perf_counter() - begun

    def rest(self) -> float:
        """Seconds until the page is whole."""
        begun = time.perf_counter()
        self._until_done()
        return time.perf_counter() - begun

    def _ask(self, sent: dict | None = None) -> None:
        back = BackMsg()
        back.rerun_script.page_script_hash = self._page
        back.rerun_script.query_string = self._query
        if sent:
            state = back.rerun_script.widget_states.widgets.add()
            state.id, state.json_value = self._editor, json.dumps(sent)
            back.rerun_script.fragment_id = self._fragment
        back.rerun_script.widget_states.SetInParent()
        self.socket.send(back.SerializeToString())

    def _until_done(self) -> None:
        self._until(lambda m: m.WhichOneof("type") == "script_finished" and m.script_finished != EARLY)

    def _until(self, wanted: Callable[[ForwardMsg], bool]) -> None:
        end = time.monotonic() + LONGEST
        while time.monotonic() < end:
            try:
                got = self.socket.recv(timeout=max(0.0, end - time.monotonic()))
            except TimeoutError:
                break
            message = ForwardMsg.FromString(got if isinstance(got, bytes) else got.encode())
            self._take(message)
            if wanted(message):
                return
        raise Late(f"nothing came for {LONGEST:.0f} s")

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "navigation":
            self._pages = {page.url_pathname: page.page_script_hash for page in message.navigation.app_pages}
            self._pages[""] = next(p.page_script_hash for p in message.navigation.app_pages if p.is_default)
        elif kind == "page_info_changed":
            self._query = message.page_info_changed.query_string
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            element = message.delta.new_element
            if element.HasField("exception"):
                self.exceptions.append(f"{element.exception.type}: {element.exception.message}"[:300])
            if element.HasField("bidi_component") and element.bidi_component.component_name.endswith(EDITOR):
                self._take_editor(element.bidi_component, message.delta.fragment_id)

    def _take_editor(self, component, fragment: str) -> None:
        data = json.loads(component.json or component.mixed.json)
        self._editor, self._fragment = component.id, fragment
        if data["version"] != self._version or not self.letters:
            self._version, self._number = data["version"], data["acked"]
            letters = data["reference"]
            for start, removed, inserted, _ in data["history"]:
                letters = letters[:start] + inserted + letters[start + removed :]
            self.letters = letters
        self._acked = data["acked"] if data["prediction"] else self._acked
