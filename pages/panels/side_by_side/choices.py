"""What is held side by side: cell type, models and sequence, which the address of the page holds too."""

from __future__ import annotations

import math
import re

import streamlit as st

from engine.data import satmut
from engine.evaluation import comparison
from engine.experiments import checkpoints
from engine.experiments.checkpoints import Checkpoint
from engine.fasta import read_pasted
from engine.sequence import Sequence
from pages.panels.saturation.variants import matched_output
from pages.shared import bench, downloads, inputs, library, state
from pages.shared.models import (
    choose_several,
    first_choice,
    legend,
    load,
    of_activity,
    trained_or_stop,
)
from pages.shared.plain import plain

MOST, LEAST = 6, 2
ELEMENTS_FIRST = "SORT1"
STRETCH = 200  # bases: one window of every model
SOURCES = ("measured element", "held-out element", "the Explorer's sequence", "pasted")
SECTIONS = ("This sequence", "Measured effects", "Held-out elements", "Where they disagree")
SECTION = state.LOSSES_SECTION
LINK_READ = state.Key("losses_link_read", False)
CELL_FOR = state.Key("losses_cell_for", "")  # the measured element that the cell type was set for
MODELS_FOR = state.Key("losses_models_for", "")  # the cell type that the models were chosen for
MODELS_OF: state.Key[dict[str, list[str]]] = state.Key("losses_models_of", {})  # by cell type, as they were left
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
    if link.get("section") in SECTIONS:
        SECTION.put(link["section"])
    if "models" in link:
        named = [m for m in link["models"].split(",") if m in checkpoints.trained()][:MOST]
        MODELS.put(named)
        shared = [o for o in _outputs(named[:1]) if all(o in _outputs([m]) for m in named)]
        if CELL.get() not in shared and shared:
            CELL.put(shared[0])
    if CELL.get():
        CELL_FOR.put(link.get("element", ELEMENTS_FIRST))
    if re.fullmatch("[0-9]{1,18}", link.get("from", "")):
        FROM.put(int(link["from"]))
    words = {"element": SOURCES[0], "held_out": SOURCES[1], "seq": SOURCES[3]}
    sources = [source for word, source in words.items() if word in link]
    if sources:
        SOURCE.put(sources[0])


def _outputs(names: list[str]) -> list[str]:
    return list(dict.fromkeys(o for n in names for o in checkpoints.read_description(n)["outputs"]))


def write_link(cell: str, models: list[str], sequence: dict[str, str]) -> None:
    wanted = {"cell": cell, "models": ",".join(models), **sequence}
    if SECTION.get() != SECTIONS[0]:
        wanted["section"] = SECTION.get()
    if dict(link) != wanted:
        link.from_dict(wanted)


def choose_models(element: satmut.MeasuredElement | None) -> tuple[str, list[Checkpoint]]:
    """The cell type, at first the one that a measured element was assayed in, and two to six models that predict it.

    The models of each cell type are remembered: on the way back the same are chosen.
    """
    trained = trained_or_stop()
    having = {name: checkpoints.read_description(name)["outputs"] for name in trained}
    cells = list(dict.fromkeys(o for outputs in having.values() for o in outputs))
    if element is not None and CELL_FOR.get() != element.data_set.name:
        CELL_FOR.put(element.data_set.name)
        CELL.put(matched_output(element.data_set.cells, cells))
    if CELL.get() not in cells:
        CELL.put(cells[0])
    columns = st.columns([1, 3])
    with columns[0]:
        cell = st.segmented_control("Cell type", cells, required=True, key=CELL.name, persist_state="session")
    if MODELS_FOR.get() not in ("", cell):
        MODELS.clear()
        if cell in MODELS_OF.get():
            MODELS.put(MODELS_OF.get()[cell])
    MODELS_FOR.put(cell)
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
            help="Models that predict this cell type. The others are compared with the first.",
        )
    MODELS_OF.put(MODELS_OF.get() | {cell: names})
    with st.container(horizontal=True):
        legend(able)
        untrained = [n for n in of_activity() if n not in trained]
        if untrained:
            with st.popover(f"{len(untrained)} more can be trained", icon=":material/add:", type="tertiary"):
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
        ELEMENT.put(ELEMENTS_FIRST)
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
    known = {o: float(table.column(o)[row]) for o in table.outputs}
    values = ", ".join(f"{o} {v:+.2f}" for o, v in known.items() if not math.isnan(v)) or "nowhere"
    st.caption(f"{plain(table.classes[row])}; measured: {values} (log2 RNA/DNA)")
    return table.sequence(row), None, {"held_out": name}
