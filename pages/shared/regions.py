"""Regions that the user gives, read alike on every page: what is none is named, and one of the others is chosen."""

from __future__ import annotations

import functools

import streamlit as st

from engine.genome.regions import NamedRegion, ReadRegions, read_regions
from engine.text import text_of, unified
from pages.shared import inputs
from pages.shared.plain import plain

TYPES = ["bed", "narrowpeak", "broadpeak", "gtf", "gff", "gff3", "interval_list", "txt", "gz", "bgz"]
SHOWN = 5  # lines that are no region, named one by one

# Streamlit runs a page again at every click; files of a million lines take seconds
read = functools.lru_cache(maxsize=8)(read_regions)


def upload(label: str, key: str) -> tuple[str, str] | None:
    """The text of an uploaded file of regions and its name; raises InputError for what is no text."""
    file = inputs.upload(label, TYPES, key, lambda data, name: text_of(data, name, "BED"))
    return (file[1], file[0]) if file else None


def typed(text: str) -> ReadRegions:
    """The regions of a text field; raises InputError if there is none."""
    return read(unified(text), "the text")


def pick(given: list[ReadRegions], key: str, more: str = "") -> NamedRegion | None:
    """One of the regions that were given; what was left out is said. None if there is none.

    Args:
        more: what takes all of them, where the list is too long to be shown.
    """
    skipped = [s for r in given for s in r.skipped]
    if skipped:
        named = [f"{where}: {reason}" for where, reason in skipped[:SHOWN]]
        named += [f"and {len(skipped) - SHOWN:,} more"] * (len(skipped) > SHOWN)
        st.warning("Left out: " + plain("; ".join(named)))
    for remark in (remark for r in given for remark in r.remarks):
        st.caption(plain(remark))
    wanted = [region for r in given for region in r.regions]
    if len(wanted) < 2:
        return wanted[0] if wanted else None
    index = st.selectbox(
        f"Region (of {len(wanted):,})",
        range(min(len(wanted), inputs.LISTED)),
        format_func=lambda i: f"{wanted[i].name} ({wanted[i].region.label}, {len(wanted[i].region):,} bp)",
        key=key,
    )
    if len(wanted) > inputs.LISTED:
        st.caption(f"The first {inputs.LISTED} are listed{more}.")
    return wanted[index]
