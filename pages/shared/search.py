"""The top line of every page: a search box that leads to whatever has a name, and a button that copies the link."""

from __future__ import annotations

import json

import streamlit as st

from engine import places
from engine.data import satmut
from engine.errors import CisLensError, InputError
from engine.experiments.names import trained
from engine.fasta import read_pasted
from engine.search import catalogue, typed
from engine.search.typed import Found
from engine.sequence import Region
from pages.shared import address, bench, copying, inputs, library, state
from pages.shared.about import ABOUT

PAGE, TYPED = "page", "typed"
MOTIF_VIEW = "With measured activity"  # of the page Motifs, where any motif can be asked for
AROUND = 200  # bases that a place or a gene is opened with
_GENOME: state.Key[str] = state.Key("genome_file", "")  # the user's own, as a page has asked for it

_FILES = places.assets() / "top_line"
_HTML, _CSS, _JS = ((_FILES / f"top.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
_LINE = st.components.v2.component("cislens_top_line", html=_HTML, css=_CSS, js=copying.CLIPBOARD + _JS)
_NAMES = st.components.v2.component("cislens_names", js=(_FILES / "names.js").read_text(encoding="utf-8"))
_SENT: state.Key[dict] = state.Key("search", {})  # what the browser sends
_CHOSEN: state.Key[object] = state.Key("search_chosen", None)  # what is to be followed next
_WHOLE: state.Key[bool] = state.Key("search_whole", False)  # whether the whole list is wanted
_SAID: state.Key[str] = state.Key("search_said", "")  # why what was typed led nowhere
_TOLD: state.Key[int] = state.Key("search_told", 0)  # counted, so that the browser shows each message once


def top_line() -> None:
    """The line; what is chosen in it leads to its page. In no fragment, so that it ends what the page computes."""
    chosen = _CHOSEN.pop()
    if hasattr(chosen, "get"):
        try:
            follow(str(chosen.get("kind", "")), str(chosen.get("id", "")))
        except CisLensError as error:
            _SAID.put(str(error))
            _TOLD.count()
    with st.container(key="top_line"):
        _LINE(
            key=_SENT.name,
            data={"index": _index(False), "message": _SAID.get(), "told": _TOLD.get()},
            on_chosen_change=lambda: _CHOSEN.put(_SENT.get().get("chosen")),
        )
        _names()


@st.fragment
def _names() -> None:
    """The whole list, once the box is first used: a fragment of its own, so that the page does not run again for it."""
    index = _index(True) if _WHOLE.get() else None
    _NAMES(key="cislens_names", data={"index": index}, on_wanted_change=lambda: _WHOLE.put(True))


def follow(kind: str, id: str) -> None:
    """Go to what was chosen or typed.

    Raises:
        InputError: nothing has this name, or it cannot be opened; the message says what could be done.
        DataError: a file that it needs is missing.
    """
    if kind == PAGE and id in ABOUT:
        st.switch_page(id)
    elif kind == TYPED:
        found = typed.meaning(id)
        _ROUTES[found.kind](found)
    elif kind in _ROUTES:
        _ROUTES[kind](Found(kind, id))
    else:
        raise InputError("type a name, a variant, a place or bases")


@st.cache_data(show_spinner=False, ttl=60, max_entries=2)  # a model may have been trained meanwhile
def _index(whole: bool) -> str:
    """`[kind, name, about, id]` of each thing, as JSON."""
    pages = [[PAGE, about.title, about.answers, page] for page, about in ABOUT.items()]
    entries = catalogue.whole() if whole else catalogue.small()
    listed = [[e.kind, e.name, e.about, e.id] for e in entries]
    return json.dumps([*pages, *listed])


# --- where each kind of thing leads -------------------------------------------------------------------


def _measured_element(found: Found) -> None:
    """The 200 bases in the middle of the element, as the Explorer's own list opens them."""
    element = satmut.load(found.id, "GRCh38")
    middle = (element.region.start + element.region.end) // 2
    matched = next((o for o, names in satmut.MATCHED.items() if element.data_set.element in names), None)
    bench.open_sequence(bench.window_around(satmut.context(element), middle))
    if matched:
        state.TRACK_OUTPUT.put(matched)
    st.switch_page("pages/explorer.py")


def _map(found: Found) -> None:
    address.go("saturation", element=found.id)


def _library_element(found: Found) -> None:
    row = library.joint().table.find(found.id)
    bench.open_sequence(library.joint().table.sequence(row), library.remark(row))
    st.switch_page("pages/explorer.py")


def _motif(found: Found) -> None:
    address.go("motifs", view=MOTIF_VIEW, motif=found.id)


def _model(found: Found) -> None:
    if found.id in trained():
        address.go("benchmark", model=found.id)
    st.switch_page("pages/disentangle.py")


def _variant(found: Found) -> None:
    if found.measured:
        element, build = found.measured
        address.go("saturation", element=element, build=build, variant=found.id)
    address.go("variants", variants=found.id)


def _place(found: Found) -> None:
    if found.measured:
        element, build = found.measured
        address.go("saturation", element=element, build=build)
    _from_genome(found.region, found.id)


def _gene(found: Found) -> None:
    middle = (found.region.start + found.region.end) // 2
    half = AROUND // 2
    start = Region(found.region.chrom, middle - half, middle + half, found.region.build, found.region.strand)
    _from_genome(start, f"{found.id} promoter")


def _bases(found: Found) -> None:
    records, _ = read_pasted(found.id)
    bench.open_sequence(records.sequences[0])
    st.switch_page("pages/explorer.py")


def _from_genome(region: Region, name: str) -> None:
    """Open a stretch of the user's own genome; raises InputError where none was named yet."""
    if not _GENOME.get():
        place = f" ({region.label})" if name != region.label else ""
        raise InputError(
            f"nothing was measured at {name}{place}; to open it, name your genome FASTA first: in the Explorer under "
            "Open, Genome region"
        )
    genome = inputs.genome_reference(_GENOME.get()).genome
    bench.open_sequence(genome.region(region, name), genome.remark)
    st.switch_page("pages/explorer.py")


_ROUTES = {
    catalogue.ELEMENT: _measured_element,
    catalogue.MAP: _map,
    catalogue.PROMOTER: _library_element,
    catalogue.MOTIF: _motif,
    catalogue.MODEL: _model,
    typed.LIBRARY: _library_element,
    typed.VARIANT: _variant,
    typed.PLACE: _place,
    typed.GENE: _gene,
    typed.BASES: _bases,
}
