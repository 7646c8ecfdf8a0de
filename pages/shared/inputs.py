"""What the pages take in: uploaded files that stay while one looks at other pages, records, genomes, references."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from pathlib import Path
from typing import TypeVar

import streamlit as st

from engine import fasta
from engine.data import satmut
from engine.fasta import Records
from engine.genome.genome import Genome
from engine.genome.reference import GenomeReference, PlacedReference, Reference
from engine.limits import FASTA_TEXT
from engine.sequence import WINDOW as WINDOW
from engine.sequence import Sequence
from engine.text import text_of
from pages.shared import bench, downloads
from pages.shared.plain import plain
from pages.shared.state import Key

Content = TypeVar("Content")
FASTA_TYPES = ["fa", "fasta", "fna", "txt", "gz", "bgz"]
LISTED = 200  # records that a list offers at once; more make the page slow
ALL = "all elements"
SOURCES = ("Measured elements", "Genome FASTA", "Open sequence")


def upload(label: str, types: list[str], key: str, read: Callable[[bytes, str], Content]) -> tuple[str, Content] | None:
    """An uploaded file's name and content, read once and kept for the session, also while other pages are shown.

    Raises:
        InputError: what `read(bytes, name)` says of the file.
    """
    kept: Key[tuple[str, Content] | None] = Key(f"{key}-kept", None)
    # called when the user chooses or takes away a file, not when the page comes back without one
    file = st.file_uploader(label, type=types, key=key, on_change=kept.clear)
    if file is not None and not kept.is_set:
        with st.spinner(f"Reading {plain(file.name)} …"):
            kept.put((file.name, read(file.getvalue(), file.name)))
    content = kept.get()
    if file is None and content:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"{plain(content[0])} is still in use.")
            st.button("Remove", key=f"{key}-remove", type="tertiary", on_click=kept.clear)
    return content


def read_records(data: bytes, name: str) -> Records:
    """The records of a FASTA file, plain or gzip."""
    return fasta.read_records(text_of(data, name, "FASTA", FASTA_TEXT), name)


def choose_record(records: Records, key: str) -> tuple[Sequence, str]:
    """One of the records, and a remark on it; the user may keep the adapters that were taken off."""
    record = pick_record(records.sequences, key)
    given = records.oligos.get(record.name)
    if given is None:
        return record, ""
    said = st.container()
    if st.checkbox("Keep the adapters", key=f"{key}_adapters", persist_state="session"):
        said.info("It stands between the adapters of the lentiMPRA library, which are kept.")
        return given, ""
    said.info(fasta.TAKEN_OFF)
    return record, fasta.TAKEN_OFF


def pick_record(records: list[Sequence], key: str) -> Sequence:
    """One of several records; many are searched by name. Stops the page's part with a remark if none is found."""
    if len(records) == 1:
        return records[0]
    label, listed = f"Record (of {len(records):,})", records
    if len(records) > LISTED:
        wanted = st.text_input(
            f"Find among {len(records):,} records", key=f"{key}_find", placeholder="part of a name"
        ).strip()
        matching = [r for r in records if wanted.lower() in r.name.lower()]
        if not matching:
            st.info(f"No record has '{plain(wanted)}' in its name; all are listed again.")
        listed = (matching or records)[:LISTED]
        if len(matching) > LISTED:
            label = f"Record (first {LISTED} of {len(matching):,})"
    return st.selectbox(label, listed, format_func=lambda r: f"{r.name} ({len(r)} bp)", key=key)


@st.cache_resource(
    show_spinner="Opening the genome; the first time it is indexed, which can take a minute …", max_entries=8
)
def _genome(file: str, stamp: float, build: str) -> GenomeReference:
    return GenomeReference(Genome(file, build))


def genome_reference(file: str, build: str = "") -> GenomeReference:
    """A genome FASTA on this computer, kept open until it changes; raises InputError."""
    path = Path(file.strip()).expanduser()
    return _genome(str(path), path.stat().st_mtime if path.is_file() else 0.0, build)


def genome_file() -> str:
    """The field for the path of a genome, which all pages share."""
    return st.text_input(
        "Genome FASTA on this computer",
        key="genome_file",
        placeholder="/data/hg38.fa",
        persist_state="session",
        help="Plain or bgzip. It is indexed the first time, beside the file (.fai) or in the cache, which takes half a "
        "minute for a whole genome.",
    ).strip()


def choose_reference(key: str) -> tuple[Reference, Hashable] | None:
    """Where the bases around variants come from, and a name for it that changes when it does; None until chosen.

    Raises:
        InputError: a genome that cannot be read, or an open sequence whose place is not known.
    """
    source = st.segmented_control(
        "Reference",
        SOURCES,
        default=SOURCES[0],
        required=True,
        key=f"{key}_source",
        persist_state="session",
        help="Where the bases around a variant are taken from, and against which its reference allele is checked.",
    )
    if source == SOURCES[1]:
        file = genome_file()
        if not file:
            st.caption("Name an indexed or plain FASTA of the genome that the variants were called against.")
            return None
        reference = genome_reference(file)
        st.caption(f"Build: {plain(reference.build or 'not recognised by its chromosome lengths')}.")
        return reference, (file, Path(file).expanduser().stat().st_mtime)
    if source == SOURCES[2]:
        document = bench.document()
        if document is None:
            st.info("No sequence is open. Open one with a known place in the Explorer.")
            return None
        opened = document.reference
        return PlacedReference([opened]), (opened.bases, opened.region)
    if not downloads.offer_download(downloads.SATMUT_FILES, "A measured element"):
        return None
    left, right = st.columns([2, 1])
    with left:
        name = st.selectbox("Element", [ALL, *satmut.DATA_SETS], key=f"{key}_element", persist_state="session")
    with right:
        build = st.selectbox("Genome build", satmut.BUILDS, index=1, key=f"{key}_build", persist_state="session")
    return measured_elements(name, build), (name, build)


@st.cache_resource(max_entries=16)
def measured_elements(name: str, build: str) -> PlacedReference:
    """A measured element with its flanks as reference, or `ALL` of them; raises InputError, DataError."""
    chosen = list(satmut.DATA_SETS) if name == ALL else [name]
    together = "the measured elements" if name == ALL else name
    return PlacedReference([satmut.context(satmut.load(n, build)) for n in chosen], together)
