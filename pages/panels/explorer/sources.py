"""Where a sequence can come from: the tabs of the Explorer's loading panel."""

from __future__ import annotations

import json

import numpy as np
import streamlit as st

from engine import places
from engine.data import genes, satmut
from engine.editor.document import Document
from engine.errors import CisLensError
from engine.fasta import read_fasta
from engine.genome import effects
from engine.genome.notations import typed
from engine.limits import EDITED
from engine.sequence import Sequence
from pages.shared import bench, downloads, inputs, library, records, regions, state
from pages.shared.plain import plain

EXAMPLES = places.assets() / "examples.fa"

ELEMENT = state.Key("measured_element", "SORT1")
GENE = state.Key("measured_gene", "")
LIBRARY_TAB = "lentiMPRA element"
TABS = ["Paste", "FASTA file", "Measured element", LIBRARY_TAB, "Genome region", "Examples"]
TAB: state.Key[str] = state.Key("source_tab", "Paste")
GENE_ERROR: state.Key[str | None] = state.Key("measured_gene_error", None)


def show() -> None:
    """All sources, one tab each; opening a sequence reruns the page with it on the bench.

    The list of the library's elements is read when its tab is opened: a machine that has not read it yet takes seconds.
    """
    tabs = st.tabs(TABS, key=TAB.name, on_change="rerun")
    for tab, source in zip(tabs, (_paste, _fasta_file, _measured, _lentimpra, _genome, _examples), strict=True):
        if source is _lentimpra and not tab.open:
            continue
        with tab:
            try:
                source()
            except CisLensError as error:
                st.error(plain(error))


def _open(sequence: Sequence, remark: str = "") -> None:
    bench.open_sequence(sequence, remark)
    _done()


def _done() -> None:
    """Something was opened: all of it is in sight, and the drawer closes."""
    state.VIEW.clear()
    state.DRAWER_DONE.put(True)
    st.rerun()


def _open_records(documents: list[Document], key: str) -> None:
    """A button that opens records of a text, each as a sequence of its own."""
    if not documents:
        return
    first = documents[0].reference
    label = f"Open {plain(first.name)} ({len(first)} bp)" if len(documents) == 1 else f"Open {len(documents)} sequences"
    if st.button(label, key=key, type="primary"):
        for document in documents:
            bench.open_beside(document)
        _done()


def _paste() -> None:
    text = st.text_area(
        "Sequence or FASTA",
        key="paste_text",
        height=120,
        placeholder="ACGT…  or  >name, then bases",
        persist_state="session",
    )
    if not text.strip():
        st.caption(
            "FASTA, GenBank or EMBL, or bases alone. Blanks, numbering, lower case and U are cleaned; what else is not "
            "a base is named with its position."
        )
        return
    source, changes = records.pasted(text)
    cleaned = [f"Cleaned: {', '.join(changes)}."] * bool(changes)
    _open_records(records.documents(source, "paste", cleaned), "open_paste")


def _fasta_file() -> None:
    file = inputs.upload("FASTA, GenBank or EMBL file (plain or .gz)", records.TYPES, "fasta_upload", records.read)
    if file is not None:
        _open_records(records.documents(file[1], "fasta"), "open_fasta")


def _find_gene() -> None:
    """The gene's name was typed: take its element."""
    try:
        ELEMENT.put(genes.data_sets_of(GENE.get())[0] if GENE.get() else "SORT1")
        GENE_ERROR.clear()
    except CisLensError as error:
        GENE_ERROR.put(str(error))


def _measured() -> None:
    if not downloads.offer_download(downloads.SATMUT_FILES, "A measured element"):
        return
    ELEMENT.setdefault("SORT1")
    gene, left, middle, right = st.columns([1.2, 2, 1, 1.3])
    with gene:
        st.text_input(
            "Gene",
            key=GENE.name,
            placeholder="LDLR, SORT1, TERT …",
            on_change=_find_gene,
            persist_state="session",
            help="Takes the promoter or enhancer of this gene that was measured.",
        )
    if wrong := GENE_ERROR.get():
        st.error(plain(wrong))
    with left:
        name = st.selectbox(
            "Element",
            list(satmut.DATA_SETS),
            format_func=lambda n: f"{n} ({genes.described(n)}, {satmut.DATA_SETS[n].cells})",
            key=ELEMENT.name,
            persist_state="session",
        )
    with middle:
        build = st.selectbox("Genome build", satmut.BUILDS, index=1, key="measured_build", persist_state="session")
    element = satmut.load(name, build)
    own = element.reference(gaps="N")
    with right:
        middle_position = (element.region.start + element.region.end) // 2
        position = st.number_input(
            "Middle of the 200-bp window",
            element.region.start + 1,
            element.region.end,
            middle_position,
            key=f"measured_position-{name}-{build}",
        )
    if "N" in own.bases:
        st.warning(f"The table has no variant at {own.bases.count('N')} position(s) of {plain(name)}; N stands there.")
    with st.container(horizontal=True):
        matched = next((o for o, elements in satmut.MATCHED.items() if element.data_set.element in elements), None)
        if st.button("Open the 200-bp window", key="open_measured", type="primary"):
            _explain(matched)
            _open(bench.window_around(satmut.context(element), int(position)))
        if st.button(f"Open the whole element ({len(own)} bp)", key="open_measured_whole"):
            _explain(matched)
            _open(own)


def _explain(output: str | None) -> None:
    """The tracks begin with the output that matches the cells of the assay, if there is one."""
    if output:
        state.TRACK_OUTPUT.put(output)


def _lentimpra() -> None:
    if not downloads.offer_download(downloads.LENTIMPRA_FILES, "A lentiMPRA element"):
        return
    table, _ = library.joint()
    left, middle, right = st.columns(3)
    with left:
        kind = st.selectbox("Kind of element", ["any", *sorted(set(table.classes))], key="lenti_class")
    with middle:
        cells = st.selectbox("Ordered by activity in", table.outputs, key="lenti_cells")
    with right:
        order = st.selectbox("Which", ["highest", "lowest", "at random"], key="lenti_order")
    rows = np.flatnonzero((table.classes == kind) | (kind == "any"))
    activity = table.column(cells)[rows]
    rows, activity = rows[~np.isnan(activity)], activity[~np.isnan(activity)]
    if order == "at random":
        rows = np.random.default_rng(0).permutation(rows)
    else:
        rows = rows[np.argsort(activity if order == "lowest" else -activity, kind="stable")]
    row = st.selectbox(
        f"Element (first 200 of {len(rows):,})",
        [int(r) for r in rows[:200]],
        format_func=lambda r: f"{table.names[r]}   {cells} {table.column(cells)[r]:+.2f}",
        key=f"lenti_row-{kind}-{cells}-{order}",
    )
    name = st.text_input("or its name", key="lenti_name", placeholder=str(table.names[0]))
    if name.strip():
        row = table.find(name.strip())
    if row is not None and st.button(f"Open {plain(table.names[row])}", key="open_lenti", type="primary"):
        _open(table.sequence(row), library.remark(row))


def _genome() -> None:
    file = inputs.genome_file()
    text = st.text_area(
        "Region, BED lines, or a variant",
        key="genome_region",
        height=80,
        placeholder="chr1:109274652-109274851   or   chr1:109274968 G>T   or   NC_000001.11:g.109274968G>T",
        persist_state="session",
        help="Several regions one a line, also as BED columns. A variant opens in the middle of a "
        f"{inputs.WINDOW}-bp window, as its first edit.",
    ).strip()
    if not file or not text:
        st.caption(
            "Positions are 1-based, both ends included; those of BED columns are 0-based, half-open. The minus strand, "
            "as in chr1:1-200(-), is read as its reverse complement."
        )
        return
    is_variant = typed.is_variant(text)
    chosen = None if is_variant else regions.pick([regions.typed(text)], "genome_which")
    if chosen is not None:
        EDITED.check(len(chosen.region), chosen.name)  # before millions of bases are read
    if not st.button("Open the variant" if is_variant else "Open the region", key="open_genome", type="primary"):
        return
    reference = inputs.genome_reference(file)
    if is_variant:
        bench.open_beside(effects.opened(typed.parse_variant(text, reference), reference, inputs.WINDOW))
        _done()
    if chosen is None:
        return
    _open(reference.genome.region(chosen.region, chosen.name), reference.genome.remark)


def _examples() -> None:
    examples = read_fasta(EXAMPLES.read_text(encoding="utf-8"), EXAMPLES.name)
    about = json.loads(EXAMPLES.with_suffix(".json").read_text(encoding="utf-8"))
    record = inputs.pick_record(examples, "example_record")
    st.caption(f"{about['sequences'][record.name]} {about['how']}")
    if st.button(f"Open {plain(record.name)}", key="open_example", type="primary"):
        _open(record, about["sequences"][record.name])
