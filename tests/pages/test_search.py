"""The search box leads each kind of thing to its page, with its choices made there."""

import pytest
import streamlit as st

from engine.errors import InputError
from engine.search import catalogue, typed
from engine.search.typed import Found
from pages.panels.motifs.stored import VIEWS
from pages.shared import bench, choices, search, state


class Gone(Exception):
    """Streamlit leaves a page by an exception."""


@pytest.fixture
def went(monkeypatch):
    """The page that `follow` leads to, with a session state of its own."""
    monkeypatch.setattr(state.st, "session_state", {})

    def leave(page):
        raise Gone(page)

    monkeypatch.setattr(st, "switch_page", leave)

    def follow(kind, id):
        with pytest.raises(Gone) as left:
            search.follow(kind, id)
        return str(left.value)

    return follow


@pytest.mark.needs_data("satmut")
def test_a_measured_element_opens_in_the_explorer_and_its_map_on_its_page(went):
    assert went(catalogue.ELEMENT, "LDLR") == "pages/explorer.py"
    assert len(bench.document().bases) == 200 and state.TRACK_OUTPUT.get() == "HepG2"
    assert went(catalogue.MAP, "LDLR") == "pages/saturation.py"
    assert state.Key("sat_element", "").get() == "LDLR"


def test_a_motif_is_asked_for_in_a_view_of_its_page(went):
    assert went(catalogue.MOTIF, "MA0035.5") == "pages/motifs.py"
    assert state.Key("motifs_matrix", "").get() == "MA0035.5"
    assert state.Key("motifs_view", "").get() in VIEWS


@pytest.mark.needs_data("satmut")
def test_a_measured_variant_is_looked_up_and_another_one_is_typed(went):
    assert went(search.TYPED, "1-109817590-G-T") == "pages/saturation.py"
    assert state.Key("sat_build", "").get() == "GRCh37"
    assert state.Key("lookup", "").get() == "1-109817590-G-T"
    assert went(search.TYPED, "rs7") == "pages/variants.py"
    assert state.Key("variants_typed", "").get() == "rs7"


def test_bases_open_in_the_explorer(went):
    assert went(search.TYPED, "acgt" * 10) == "pages/explorer.py"
    assert bench.document().bases == "ACGT" * 10


def test_an_element_of_the_library_says_what_was_measured(went, library):
    assert went(typed.LIBRARY, "ENSG01") == "pages/explorer.py"
    assert f"K562 {library.activity[1, 0]:+.2f}" in bench.document().remark


def test_a_page_opens_and_a_file_that_is_none_does_not(went):
    assert went(search.PAGE, "pages/scan.py") == "pages/scan.py"
    with pytest.raises(InputError):
        search.follow(search.PAGE, "pages/shared/state.py")
    with pytest.raises(InputError):
        search.follow("os", "system")


def test_a_place_without_a_genome_says_what_is_needed(went):
    with pytest.raises(InputError, match="genome FASTA"):
        search._ROUTES[typed.PLACE](Found(typed.PLACE, "chr7:1-9", search.Region("chr7", 0, 9)))


def test_every_kind_leads_somewhere_and_every_page_takes_the_words_it_is_given():
    assert set(search._ROUTES) >= {e.kind for e in catalogue.small()}
    words = {page: {c.word for c in choices.of(page)} for page in choices.PAGES}
    assert words["saturation"] >= {"element", "build", "variant"}
    assert "variants" in words["variants"] and "model" in words["benchmark"] and "motif" in words["motifs"]
