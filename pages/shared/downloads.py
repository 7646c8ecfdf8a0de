"""Files: those that a page offers to save, and the data that it needs and offers to download."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath

import pandas as pd
import streamlit as st

from engine import sheets
from engine.data import sources
from engine.errors import CisLensError
from pages.shared import copying
from pages.shared.plain import plain

SATMUT_FILES = ("satmut", "cagi5_references")

LENTIMPRA_FILES = ("lentimpra_sequences", "lentimpra_activity")

MIME = {
    **{".csv": "text/csv", ".html": "text/html", ".json": "application/json", ".zip": "application/zip"},
    **{".bw": "application/octet-stream"},
}
BROWSER = (
    "bigWig files with a session that IGV opens (igv_session.xml) and a track hub for UCSC (hub.txt, once the folder "
    "lies on a web server); the bigWig files alone where the genome's build is not known."
)
DOWNLOAD = ":material/download:"

Content = str | bytes | Callable[[], str | bytes]


def button(
    label: str, content: Content, name: str, *, icon: str = DOWNLOAD, help: str | None = None, primary: bool = False
) -> None:
    """A button that saves a file; the page does not run again. Text is written as UTF-8.

    Args:
        content: or a function that makes it once the button is pressed.
        name: of the file; a page offers each once.
    """
    st.download_button(
        label,
        content,
        name,
        MIME.get(PurePath(name).suffix, "text/plain"),
        key=f"save-{name}",
        icon=icon,
        on_click="ignore",
        help=help,
        type="primary" if primary else "secondary",
    )


def table(label: str, content: pd.DataFrame, name: str, float_format: str | None = None) -> None:
    """A button that saves a table as CSV, without its index, and one that copies it."""
    with st.container(horizontal=True, gap="xsmall", width="content"):
        button(label, sheets.of_frame(content, float_format), name)
        copying.table(content, f"copy-{name}", float_format)


def size(count: int) -> str:
    """A number of bytes in words: '14.2 MB', '8 kB'."""
    return f"{count / 1e6:,.1f} MB" if count >= 100_000 else f"{max(1, round(count / 1e3))} kB"


def offer_download(names: tuple[str, ...], purpose: str) -> bool:
    """True if the files are there; else says which are missing and offers to download them."""
    missing = [sources.get(n) for n in names if not sources.available(n)]
    if not missing:
        return True
    listed = ", ".join(f"{s.file} ({size(s.bytes)})" for s in missing)
    st.info(f"{purpose} needs {listed}. Source: {missing[0].cite}.")
    if sources.local_folder():
        st.warning(f"`CISLENS_DATA` points to {plain(sources.local_folder())}, which does not hold these files whole.")
        return False
    if st.button("Download now", key=f"download-{'-'.join(names)}", type="primary"):
        total = sum(s.bytes for s in missing)
        bar, done = st.progress(0.0, text="Downloading …"), [0]

        def advance(n: int) -> None:
            done[0] += n
            bar.progress(min(1.0, done[0] / total), text=f"{size(done[0])} of {size(total)}")

        try:
            for source in missing:
                sources.fetch(source.name, advance)
        except CisLensError as error:
            bar.empty()
            st.error(plain(error))
            return False
        st.rerun()
    return False
