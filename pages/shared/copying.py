"""To the clipboard, with a word that it is there: texts, tables, and the address of what is on screen.

Figures need nothing from a page: assets/page/figures.js puts a button into the bar above each one.
"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from engine import places, sheets

LARGEST = 400_000  # characters of a table that the browser holds ready; a longer one is saved instead

CLIPBOARD = (places.assets() / "clipboard.js").read_text(encoding="utf-8")  # stands before what uses it
_HTML, _CSS, _JS = ((places.assets() / f"copy.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
_COPY = st.components.v2.component("cislens_copy", html=_HTML, css=_CSS, js=CLIPBOARD + _JS)


def text(label: str, content: str, key: str, help: str | None = None) -> None:
    """A button that copies `content`, as it is."""
    _button(key, {"label": label, "done": "Copied", "help": help or label, "text": content})


def table(content: pd.DataFrame, key: str, float_format: str | None = None, label: str = "Copy") -> None:
    """A button that copies a table, to be pasted into a spreadsheet or a text; none for one of `LARGEST` and more."""
    if content.size > LARGEST // 4:
        return
    tabbed = sheets.of_frame(content, float_format, separator="\t")
    if len(tabbed) < LARGEST:
        text(label, tabbed, key, "Copy the table: paste it into a spreadsheet or a text")


def link_button(label: str = "Copy link", help: str | None = None) -> None:
    """A button that copies the address in the browser, which holds what is on screen."""
    about = help or "Copy a link to this page as it stands"
    _button("copy-address", {"label": label, "done": "Link copied", "help": about, "address": True})


def _button(key: str, data: dict[str, str | bool]) -> None:
    # Streamlit keeps two underscores in the key of a component to itself; names of sequences may hold them
    _COPY(key=key.replace("__", "_-"), data=data, width="content")
