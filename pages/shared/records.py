"""Records of a file or of pasted text, on their way to the bench: which of them, and of a long one which stretch."""

from __future__ import annotations

from collections.abc import Sequence as Several
from dataclasses import dataclass, replace

import streamlit as st

from engine import fasta, limits
from engine.data.measured import recognised
from engine.editor import genbank
from engine.editor.document import Document
from engine.editor.genbank import Annotated
from engine.fasta import Records
from engine.text import text_of
from pages.shared import bench, inputs
from pages.shared.plain import plain

TYPES = [*inputs.FASTA_TYPES, "gb", "gbk", "genbank", "ape", "embl"]
STRETCH = 1000  # bases of a long record that are offered first
LISTED = 200  # records that a list offers at once; more make the page slow


@dataclass(frozen=True)
class Source:
    """What a text holds: its records, and each with what is annotated on it."""

    records: Records
    annotated: tuple[Annotated, ...]


def read(data: bytes, name: str) -> Source:
    """A FASTA, GenBank or EMBL file, plain or gzip; raises InputError."""
    text = text_of(data, name, "FASTA", limits.FASTA_TEXT)
    records = fasta.read_records(text, name)
    return Source(records, tuple(genbank.annotated(text, records)))


def pasted(text: str) -> tuple[Source, list[str]]:
    """What was pasted, and what was cleaned in bare bases, in words; raises InputError."""
    records, changes = fasta.read_pasted(text)
    return Source(records, tuple(genbank.annotated(text, records))), changes


def documents(source: Source, key: str, remarks: Several[str] = ()) -> list[Document]:
    """The records that the user chooses, ready to be opened; none as long as nothing that can be opened is chosen.

    Args:
        remarks: what is to be said of each, beside its own description.
    """
    kept = _adapters(source, key)
    chosen = _records(source, key)
    long = [one for one in chosen if len(one.sequence) > bench.LONGEST]
    if long and len(chosen) > 1:
        st.info(f"{plain(long[0].sequence.name)} is longer than {bench.LONGEST:,} bases: choose it alone.")
        return []
    opened = []
    for one in chosen:
        said = [*remarks, source.records.descriptions.get(one.sequence.name, "")]
        given = source.records.oligos.get(one.sequence.name)
        if given is not None and kept:
            one = Annotated(given)
        elif given is not None:
            said.append(fasta.TAKEN_OFF)
        if long:
            one, stretch = _stretch(one, key)
            said.append(stretch)
        if one.left_out:
            said.append(f"{one.left_out} feature(s) without a place in it, or too many, were left out.")
        opened.append(_document(one, said))
    return opened


def _document(one: Annotated, said: list[str]) -> Document:
    """The document of a record; that of a measured element gets its place, and with it what was measured."""
    placed = recognised(one.sequence)
    if placed.region != one.sequence.region:
        said.append(
            f"Its bases are those of {placed.region.label} ({placed.region.build}), where variants were measured."
        )
    remark = " ".join(s if s.endswith((".", "!", "?")) else f"{s}." for s in said if s)
    return replace(one, sequence=placed).document(remark)


def _records(source: Source, key: str) -> list[Annotated]:
    """One or several records; many are searched by name or description."""
    records = list(source.annotated)
    if len(records) == 1:
        return records
    descriptions = source.records.descriptions
    label = f"Records to open (of {len(records):,})"
    if len(records) > LISTED:
        wanted = st.text_input(
            f"Find among {len(records):,} records", key=f"{key}_find", placeholder="part of a name or description"
        ).strip()
        names = [(r, f"{r.sequence.name} {descriptions.get(r.sequence.name, '')}".lower()) for r in records]
        matching = [r for r, text in names if wanted.lower() in text]
        if not matching:
            st.info(f"No record has '{plain(wanted)}' in its name or description; all are listed again.")
        if len(matching) > LISTED:
            label = f"Records to open (first {LISTED} of {len(matching):,})"
        records = (matching or records)[:LISTED]
    of_name = {r.sequence.name: r for r in records}
    room = limits.OPEN.most - len(bench.current().documents)
    if room < 1:
        st.info("As many sequences are open as fit side by side; close one first.")
        return []

    def told(name: str) -> str:
        described = descriptions.get(name, "")
        return f"{name} ({len(of_name[name].sequence):,} bp)" + (f" {described[:80]}" if described else "")

    names = st.multiselect(
        label,
        list(of_name),
        default=list(of_name)[:1],
        key=f"{key}_records",
        format_func=told,
        max_selections=room,
        help="Each opens as a sequence of its own, with its description.",
    )
    if len(of_name) <= room and len(names) < len(of_name) and st.checkbox(f"All {len(of_name)}", key=f"{key}_all"):
        return list(of_name.values())
    return [of_name[name] for name in names]


def _adapters(source: Source, key: str) -> bool:
    """Whether the adapters, where they were taken off, are to stay."""
    if not source.records.oligos:
        return False
    said = st.container()
    kept = st.checkbox("Keep the adapters", key=f"{key}_adapters", persist_state="session")
    said.info("The adapters of the lentiMPRA library are kept." if kept else fasta.TAKEN_OFF)
    return kept


def _stretch(one: Annotated, key: str) -> tuple[Annotated, str]:
    """A stretch of a record that is too long to be shown, and what to say of it."""
    name, length = one.sequence.name, len(one.sequence)
    st.info(
        f"{plain(name)} has {length:,} bases. The Explorer mutates every base, so it takes up to {bench.LONGEST:,}: "
        "choose a stretch. The page Scan reads all of it."
    )
    left, middle, right = st.columns([1, 1, 2])
    with right:
        listed = list(range(len(one.features)))
        feature = st.selectbox(
            "or around a feature",
            listed,
            index=None,
            key=f"{key}_feature-{name}",
            format_func=lambda i: f"{one.features[i].name} ({one.features[i].start + 1:,}-{one.features[i].end:,})",
            placeholder="none chosen",
        ) if listed else None  # fmt: skip
    first, last = _offered(one, feature)
    with left:
        start = int(st.number_input("From base", 1, length, first + 1, key=f"{key}_from-{name}-{feature}"))
    with middle:
        end = int(st.number_input("to base", 1, length, last, key=f"{key}_to-{name}-{feature}"))
    if end < start:
        start, end = end, start
    limits.EDITED.check(end - start + 1, f"the stretch from {start:,} to {end:,}")
    part = one.part(start - 1, end)
    named = replace(part.sequence, name=f"{name[:900]}_{start}-{end}")
    return replace(part, sequence=named), f"Bases {start:,} to {end:,} of {length:,}"


def _offered(one: Annotated, feature: int | None) -> tuple[int, int]:
    """The stretch that is offered first: the beginning, or what lies around a feature; 0-based half-open."""
    length = len(one.sequence)
    middle = STRETCH // 2 if feature is None else (one.features[feature].start + one.features[feature].end) // 2
    first = min(max(0, middle - STRETCH // 2), max(0, length - STRETCH))
    return first, min(length, first + STRETCH)
