"""The motifs that a user can write: plain bases, and what the matrices of JASPAR say."""

import re

import pytest

from engine.data.motifs import MOTIFS


@pytest.fixture(scope="module")
def jaspar():
    """JASPAR 2024, from the database file that pyjaspar carries."""
    return pytest.importorskip("pyjaspar").jaspardb(release="JASPAR2024")


def test_motifs_are_found_by_their_factor():
    assert MOTIFS
    assert all(name == motif.factor for name, motif in MOTIFS.items())
    assert len({m.matrix for m in MOTIFS.values()}) == len(MOTIFS)


@pytest.mark.parametrize("name", MOTIFS)
def test_a_motif_can_be_written_into_a_sequence(name):
    motif = MOTIFS[name]
    assert re.fullmatch("[ACGT]{5,}", motif.consensus)
    assert re.fullmatch(r"MA\d{4}\.\d+", motif.matrix)
    assert motif.label == f"{motif.factor} {motif.consensus} ({motif.matrix})"


@pytest.mark.parametrize("name", MOTIFS)
def test_a_motif_is_the_consensus_of_its_matrix_in_jaspar_2024(name, jaspar):
    motif = MOTIFS[name]
    found = jaspar.fetch_motif_by_id(motif.matrix)
    counts = [found.counts[base] for base in "ACGT"]
    # the commonest base of each position; no position of these matrices has two
    assert all(sorted(column)[-1] > sorted(column)[-2] for column in zip(*counts, strict=True))
    consensus = "".join("ACGT"[max(range(4), key=column.__getitem__)] for column in zip(*counts, strict=True))
    assert motif.consensus == consensus
    assert motif.factor.upper() == found.name.upper()  # JASPAR writes mouse proteins Gata1, Nrf1
    assert (found.collection, found.tax_group) == ("CORE", "vertebrates")
