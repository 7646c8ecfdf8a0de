"""Data files that a page needs, and the offer to download them."""

from __future__ import annotations

import streamlit as st

from engine.data import sources
from engine.errors import CisLensError

SATMUT_FILES = ("satmut", "cagi5_references")

LENTIMPRA_FILES = ("lentimpra_sequences", "lentimpra_activity")


def offer_download(names: tuple[str, ...], purpose: str) -> bool:
    """True if the files are there; else says which are missing and offers to download them."""
    missing = [sources.get(n) for n in names if not sources.available(n)]
    if not missing:
        return True
    listed = ", ".join(f"{s.file} ({s.bytes / 1e6:.1f} MB)" for s in missing)
    st.info(f"{purpose} needs {listed}. Source: {missing[0].cite}.")
    if sources.local_folder():
        st.warning(f"`CISLENS_DATA` points to {sources.local_folder()}, which does not hold these files whole.")
        return False
    if st.button("Download now", key=f"download-{'-'.join(names)}", type="primary"):
        total = sum(s.bytes for s in missing)
        bar, done = st.progress(0.0, text="Downloading …"), [0]

        def advance(n: int) -> None:
            done[0] += n
            bar.progress(min(1.0, done[0] / total), text=f"{done[0] / 1e6:.1f} of {total / 1e6:.1f} MB")

        try:
            for source in missing:
                sources.fetch(source.name, advance)
        except CisLensError as error:
            st.error(str(error))
            return False
        st.rerun()
    return False
