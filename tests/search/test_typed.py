"""What is typed into the search box is told apart by its form, and a name leads to what bears it."""

from types import SimpleNamespace

import numpy as np
import pytest

from engine.data import genes
from engine.errors import InputError
from engine.search import catalogue, typed
from engine.search.typed import meaning

NEEDED = ("satmut", *catalogue.NEEDED)
RPL22 = "ENSG00000116251"


@pytest.fixture
def held(monkeypatch):
    """A joint library of two elements, one of which is a promoter; the real one takes long to read first."""
    table = SimpleNamespace(names=np.array([RPL22, "peak38956"]))
    monkeypatch.setattr(catalogue.library, "joint", lambda: SimpleNamespace(table=table))
    catalogue._promoters.cache_clear()
    yield
    catalogue._promoters.cache_clear()


@pytest.mark.needs_data("satmut")
@pytest.mark.parametrize(
    ("text", "build"),
    [
        ("chr1:109817590 G>T", "GRCh37"),
        ("1-109817590-G-T", "GRCh37"),
        ("chr1:109274968 G>T", "GRCh38"),
        ("NC_000001.11:g.109274968G>T", "GRCh38"),
    ],
)
def test_a_measured_variant_is_found_in_its_build(text, build):
    found = meaning(text)
    assert (found.kind, found.id) == (typed.VARIANT, text)
    assert found.measured[0].startswith("SORT1") and found.measured[1] == build


@pytest.mark.parametrize("text", ["rs12740374", "chr1:5 A>C", "NM_000527.5:c.1A>G"])
def test_a_variant_that_was_not_measured_is_one_all_the_same(text):
    if typed.is_variant(text):
        assert meaning(text) == typed.Found(typed.VARIANT, text)


@pytest.mark.needs_data("satmut")
def test_a_place_knows_what_was_measured_there():
    inside = meaning("chr1:109,274,968")
    assert (inside.kind, inside.region.start, inside.region.end) == (typed.PLACE, 109_274_967, 109_274_968)
    assert inside.measured == ("SORT1", "GRCh38")
    assert meaning("chr19:11089200-11089400").measured == ("LDLR", "GRCh38")
    assert meaning("chr7:1000-1200").measured is None


def test_bases_are_a_sequence_from_twenty_on():
    assert meaning("acgtn" * 4).kind == typed.BASES
    assert meaning("ACGT ACGT\nACGTACGTACGT").kind == typed.BASES


@pytest.mark.needs_data(*NEEDED)
def test_a_name_leads_to_what_bears_it(held):
    assert meaning(" ldlr ") == typed.Found(catalogue.ELEMENT, "LDLR")
    assert meaning("shh").id == genes.data_sets_of("SHH")[0], "the gene that an element drives"
    assert meaning("MA0035.5").kind == meaning("GATA1").kind == catalogue.MOTIF
    assert meaning("RPL22") == typed.Found(catalogue.PROMOTER, RPL22)
    assert meaning("peak38956").kind == typed.LIBRARY
    gene = meaning("EGFR")
    assert (gene.kind, gene.region.chrom, gene.region.strand) == (typed.GENE, "chr7", "+")


@pytest.mark.needs_data(*NEEDED)
def test_what_has_no_name_is_told_what_comes_close(held):
    with pytest.raises(InputError, match="LDLRAP1"):
        meaning("LDLRA")
    with pytest.raises(InputError, match="type a name"):
        meaning("  ")


@pytest.mark.needs_data(*NEEDED)
def test_the_list_has_every_kind_and_nothing_twice(held):
    whole = catalogue.whole()
    assert {e.kind for e in whole} >= {catalogue.ELEMENT, catalogue.MAP, catalogue.PROMOTER, catalogue.MOTIF}
    assert len(set(whole)) == len(whole)
    assert set(catalogue.small()) <= set(whole)
