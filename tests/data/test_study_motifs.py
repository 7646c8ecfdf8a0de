"""The study's motifs: what a consensus allows, the sites, names."""

import numpy as np
import pytest

from engine.data import jaspar
from engine.data.motifs import MOTIFS, STUDY, Consensus, Site, masks, matrices, menu_site, named, site
from engine.errors import InputError
from engine.interpretation.motifs import scan
from engine.interpretation.motifs.counts import of_patterns
from engine.sequence import Sequence, encode


def test_a_consensus_allows_the_bases_that_its_letters_mean():
    np.testing.assert_array_equal(masks("ACgTRN"), [1, 2, 4, 8, 5, 15])
    for bad in ("", "GAXA"):
        with pytest.raises(InputError, match="consensus"):
            masks(bad)


@pytest.mark.parametrize("name", STUDY)
def test_a_site_holds_its_pattern_once_and_matches_its_matrix(name):
    wanted = STUDY[name]
    flanked = f"NNNN{wanted.site}NNNN"
    assert of_patterns(encode(flanked)[None], wanted.patterns).tolist() == [1]
    hits = scan.scan(Sequence("s", flanked), jaspar.chosen([wanted.matrix]), p_threshold=1e-3)
    assert [h.matrix for h in hits[:1]] == [wanted.matrix]


def test_a_site_is_of_the_study_of_jaspar_or_bases():
    assert site("GATA1") == Site("GATA1", STUDY["GATA1"].site, ("WGATAR",))
    assert site(" ttgaca ") == Site("TTGACA", "TTGACA", ("TTGACA",))
    found = site("MA0046")
    assert (found.name, found.bases) == ("HNF1A MA0046.3", "GTTAATGATTAAC")  # the consensus that JASPAR shows
    with pytest.raises(InputError, match="unknown motif 'GATAX'"):
        site("GATAX")


def test_a_name_finds_every_matrix_of_a_factor():
    (label, found), *rest = matrices("HNF4A").items()  # two matrices go by this name
    assert label == "HNF4A MA0114.5" and found.id == "MA0114.5" and len(rest) == 1
    assert list(matrices("ma0046")) == ["HNF1A MA0046.3"]
    with pytest.raises(InputError, match="unknown motif 'GATAX'"):
        matrices("GATAX")


def test_names_in_upper_or_lower_case_come_before_letters():
    assert named("nrf1") == {"NRF1": STUDY["NRF1"]} and site("gata1") == site("GATA1")
    assert list(named("myc")) == ["MYC MA0147.4"]  # three IUPAC letters as well
    assert site("gata") == Site("GATA", "GATA", ("GATA",))  # no motif is called just that


def test_a_consensus_can_be_counted_and_not_written():
    assert named(" canntg") == {"CANNTG": Consensus("CANNTG")}
    assert of_patterns(encode("AACATTTGAA")[None], Consensus("CANNTG").patterns).tolist() == [1]
    with pytest.raises(InputError, match="'CANNTG' cannot be written into a sequence: N may be several bases"):
        site("CANNTG")


@pytest.mark.parametrize("factor", MOTIFS)
def test_a_menu_writes_the_consensus_that_it_shows(factor):
    assert menu_site(factor).bases == MOTIFS[factor].consensus
    if factor != "NRF1":  # the study has a site of its own
        assert site(factor).bases == MOTIFS[factor].consensus


def test_where_motifs_of_the_study_are_known_they_are_suggested():
    assert named("ETS") == {"ETS": STUDY["ETS"]} and list(named("ma0046")) == ["HNF1A MA0046.3"]
    for ask in (named, site):
        with pytest.raises(InputError, match=r"did you mean HNF4A_DR1\?"):
            ask("HNF4A_D")
    with pytest.raises(InputError, match=r"did you mean (?!.*_DR1)"):
        matrices("HNF4A_D")
