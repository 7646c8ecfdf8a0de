"""What is held side by side: cell type, models and sequence, which the address of the page holds too."""

from __future__ import annotations

import re

import streamlit as st

from engine.data import satmut
from engine.evaluation import comparison
from engine.experiments import checkpoints
from engine.experiments.checkpoints import Checkpoint
from engine.fasta import read_pasted
from engine.sequence import Sequence
from pages.shared import bench, downloads, inputs, library, state
from pages.shared.models import (
    choose_several,
    first_choice,
    load,
    of_activity,
    trained_or_stop,
)
from pages.shared.plain import plain

MOST, LEAST = 6, 2
STRETCH = 200  # bases: one window of every model
SOURCES = ("measured element", "held-out element", "the Explorer's sequence", "pasted")
LINK_READ = state.Key("losses_link_read", False)
CELL = state.Key("losses_cell", "")
MODELS: state.Key[list[str]] = state.Key("losses_models", [])
SOURCE = state.Key("losses_source", "")
FROM = state.Key("losses_from", -1)
ELEMENT = state.Key("losses_element", "")
ROW = state.Key("losses_row", "")
TEXT = state.Key("losses_text", "")
link = st.query_params


def read_link() -> None:
    """Take the choices out of the address, once, when the page is opened by it."""
    if LINK_READ.get():
        return
    LINK_READ.put(True)
    for name, key in {"cell": CELL, "element": ELEMENT, "held_out": ROW, "seq": TEXT}.items():
        if name in link:
            key.put(link[name])
    if "models" in link:
        MODELS.put([m for m in link["models"].split(",") if m in checkpoints.trained()][:MOST])
    if re.fullmatch("[0-9]{1,18}", link.get("from", "")):
        FROM.put(int(link["from"]))
    named = {"element": SOURCES[0], "held_out": SOURCES[1], "seq": SOURCES[3]}
    sources = [source for name, source in named.items() if name in link]
    if sources:
        SOURCE.put(sources[0])


def write_link(cell: str, models: list[str], sequence: dict[str, str]) -> None:
    wanted = {"cell": cell, "models": ",".join(models), **sequence}
    if dict(link) != wanted:
        link.from_dict(wanted)


def choose_models() -> tuple[str, list[Checkpoint]]:
    """The cell type and the two to six models that have it as an output."""
    trained = trained_or_stop()
    having = {name: checkpoints.read_description(name)["outputs"] for name in trained}
    cells = list(dict.fromkeys(o for outputs in having.values() for o in outputs))
    columns = st.columns([1, 3])
    with columns[0]:
        if CELL.get() not in cells:
            CELL.put(cells[0])
        cell = st.segmented_control("Cell type", cells, required=True, key=CELL.name, persist_state="session")
    able = [name for name in trained if cell in having[name]]
    likely = first_choice("side by side", able)
    if len(likely) < LEAST:
        likely += [comparison.BASELINES.get(cell, ""), *able]
    with columns[1]:
        names = choose_several(
            able,
            MODELS.name,
            f"Models ({LEAST} to {MOST})",
            first=[n for n in dict.fromkeys(likely) if n in able][:4],
            most=MOST,
            help="Models that predict the chosen cell type. The first is the one that the others are held against.",
        )
    untrained = [n for n in of_activity() if n not in trained]
    if untrained:
        with st.expander(f"{len(untrained)} more are declared and not trained"):
            st.code("\n".join(f"python -m engine train {n}" for n in untrained), language="bash")
    if len(names) < LEAST:
        st.info(f"Choose at least {LEAST} models.")
        st.stop()
    return cell, [load(n) for n in names]


def choose_sequence() -> tuple[Sequence, satmut.MeasuredElement | None, dict[str, str]]:
    """A stretch of one window, the measured element that it is from, and what the permalink says of it."""
    offered = [s for s in SOURCES if s != SOURCES[2] or bench.document()]
    if SOURCE.get() not in offered:
        SOURCE.put(offered[0])
    columns = st.columns([1, 3])
    with columns[0]:
        source = st.selectbox("Sequence", offered, key=SOURCE.name, persist_state="session")
    with columns[1]:
        if source == SOURCES[0]:
            return measured_element()
        if source == SOURCES[1]:
            return held_out_element()
        if source == SOURCES[2]:
            sequence = Sequence(bench.document().reference.name, bench.document().bases)
        else:
            text = st.text_input("Bases", key=TEXT.name, persist_state="session", placeholder="ACGT…")
            if not text.strip():
                st.info("Paste at least 100 bases.")
                st.stop()
            sequence, _ = inputs.choose_record(read_pasted(text)[0], "side_by_side_record")
        sequence = stretch(sequence)
        return sequence, None, {"seq": sequence.bases}


def stretch(sequence: Sequence) -> Sequence:
    """The stretch of one window that the user moves along a longer sequence."""
    spare = len(sequence) - STRETCH
    if spare <= 0:
        return sequence
    if not 0 <= FROM.get() <= spare:
        FROM.put(spare // 2)
    start = st.slider(f"First of {STRETCH} bases shown", 0, spare, key=FROM.name, persist_state="session")
    region = sequence.region and sequence.region.part(start, start + STRETCH)
    return Sequence(sequence.name, sequence.bases[start : start + STRETCH], region, sequence.origin)


def measured_element() -> tuple[Sequence, satmut.MeasuredElement | None, dict[str, str]]:
    if not downloads.offer_download(downloads.SATMUT_FILES, "A measured element"):
        st.stop()
    names = list(satmut.DATA_SETS)
    if ELEMENT.get() not in names:
        ELEMENT.put("SORT1")
    name = st.selectbox(
        "Element",
        names,
        key=ELEMENT.name,
        persist_state="session",
        format_func=lambda n: f"{n} (assayed in {satmut.DATA_SETS[n].cells})",
    )
    element = satmut.load(name, "GRCh37")
    whole = element.reference(gaps="N")
    sequence = stretch(Sequence(name, whole.bases, element.region, whole.origin))
    return sequence, element, {"element": name, "from": str(sequence.region.start - element.region.start)}


def held_out_element() -> tuple[Sequence, None, dict[str, str]]:
    if not downloads.offer_download(downloads.LENTIMPRA_FILES, "A held-out element"):
        st.stop()
    table, split = library.joint()
    names = [str(table.names[i]) for i in split.test]
    if ROW.get() not in names:
        ROW.put(names[0])
    name = st.selectbox("Element of the test fold", names, key=ROW.name, persist_state="session")
    row = table.find(name)
    values = ", ".join(f"{o} {table.column(o)[row]:+.2f}" for o in table.outputs)
    st.caption(f"{plain(table.classes[row])}; measured {values} log2 RNA/DNA")
    return table.sequence(row), None, {"held_out": name}
