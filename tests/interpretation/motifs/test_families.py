"""Families of matrices and the sites told by them: groups that biologists know, places worked out by hand."""

import dataclasses

import numpy as np
import pytest

from engine.data import jaspar, satmut
from engine.data.jaspar import Matrix
from engine.editor.document import Document
from engine.interpretation.motifs import families, scan
from engine.interpretation.motifs.families import Family
from engine.results import MotifChanges, MotifHit
from engine.sequence import Sequence, reverse_complement

TOY = {
    "A1": Family("A", ("a1", "a2"), False),
    "A2": Family("A", ("a1", "a2"), False),
    "B1": Family("B", ("b1",), False),
    "S1": Family("S", ("s1",), True),
}


def hit(matrix: str, start: int, end: int, p: float = 1e-5, q: float = 0.01, strand: str = "+") -> MotifHit:
    return MotifHit(matrix.lower(), matrix, start, end, strand, 10.0, p, q)


@pytest.fixture(scope="module")
def known() -> dict[str, Family]:
    return families.of()


# --- families ---------------------------------------------------------------------------------------


def test_every_matrix_of_jaspar_has_one_family_and_families_share_no_name(known):
    assert list(sorted(known)) == sorted(jaspar.load())
    members: dict[str, set[Family]] = {}
    for family in known.values():
        members.setdefault(family.name, set()).add(family)
    assert all(len(own) == 1 for own in members.values()) and len(members) < len(known) / 3
    for matrix, family in known.items():
        assert jaspar.load()[matrix].name in family.factors


@pytest.mark.parametrize(
    ("factors", "name"),
    [
        (("SP1", "SP2", "KLF1", "KLF4", "ZNF281"), "SP1/KLF"),
        (("SREBF1 MA0595.1", "SREBF2 MA0596.1"), "SREBF"),
        (("GATA1", "Gata3", "GATA6"), "GATA"),
        (("ELK1", "GABPA", "Spi1", "ETS1"), "ETS"),
        (("TFAP2A MA0003.5", "TFAP2A MA0810.2", "TFAP2B MA0811.2"), "AP-2"),
        (("CEBPA", "CEBPB", "CEBPD"), "C/EBP"),
        (("FOXA1", "FOXA2"), "FOX"),
        (("HNF4A MA0114.5", "HNF4G"), "HNF4"),
        (("NFYA", "NFYB"), "NF-Y"),
        (("TEAD1", "TEAD4"), "TEAD"),
    ],
)
def test_factors_that_bind_alike_are_of_one_family(known, factors, name):
    found = {families_of(known, f) for f in factors}
    assert found == {name}


def families_of(known: dict[str, Family], factor: str) -> str:
    motif, _, id_ = factor.partition(" ")
    (found,) = {known[m.id].name for m in jaspar.matching(id_ or motif).values()}
    return found


def test_factors_of_different_sites_are_of_different_families(known):
    names = [families_of(known, f) for f in ("SP1", "GATA1", "CTCF", "NRF1", "TEAD4", "REST", "TP53", "CEBPA")]
    assert len(set(names)) == len(names)
    assert [f for f in (known["MA0079.5"], known["MA0139.2"]) if f.first] == [known["MA0079.5"]]  # SP1 is the study's


def test_motifs_of_ones_own_keep_their_names_and_come_first():
    rng = np.random.default_rng(0)
    gata = jaspar.load()["MA0035.5"]
    own = [
        dataclasses.replace(gata, name="mine", id="mine", source="my.meme"),
        Matrix("turned", "turned", gata.probabilities[::-1, ::-1].copy(), "my.meme"),
        Matrix("other", "other", rng.dirichlet(np.full(4, 0.05), 12).T.clip(1e-3) / 1.003, "my.meme"),
    ]
    found = families.of([gata, *own])
    assert found["MA0035.5"].name == "GATA" and found["mine"] == found["turned"]  # read on the other strand the same
    assert found["mine"].name == "mine/turned" and found["other"].name == "other"
    assert all(found[m.id].first for m in own)


# --- sites ------------------------------------------------------------------------------------------


def test_a_site_holds_the_matches_of_its_family_and_names_the_others():
    close = [hit("A2", 11, 19, 1e-6), hit("A1", 10, 18, 1e-5), hit("B1", 12, 20, 1e-5), hit("A1", 40, 48)]
    first, second = families.sites(close, TOY)
    assert first.family == "A" and first.hits == (close[0], close[1]) and first.others == ("B",)
    assert (first.start, first.end, first.members) == (11, 19, ("a2", "a1"))
    assert second.hits == (close[3],) and second.others == ()
    assert families.sites([], TOY) == []


@pytest.mark.parametrize(("p", "winner"), [(2e-7, "S"), (0.5e-7, "B")])
def test_a_motif_of_the_study_stands_before_others_unless_they_are_a_hundred_times_less_likely(p, winner):
    (site,) = families.sites([hit("S1", 0, 8, 1e-5), hit("B1", 2, 10, p)], TOY)
    assert site.family == winner and site.others == ({"S": "B", "B": "S"}[winner],)


def test_another_member_in_its_place_is_no_change():
    before, after = [hit("A1", 10, 18)], [hit("A2", 11, 20, strand="-")]
    sites, changes = families.compared(before, after, TOY, 0.05)
    assert changes == MotifChanges() and [s.status for s in sites] == ["kept"]
    # neither is a match that only became less sure than is shown
    _, changes = families.compared(before, [hit("A2", 10, 18, q=0.9)], TOY, 0.05)
    assert changes == MotifChanges()


def test_what_is_gained_and_lost_is_listed_even_where_another_family_matches_better():
    best = hit("B1", 10, 18, 1e-7)
    lost, gained = hit("A1", 11, 19, 1e-4), hit("A1", 60, 68)
    sites, changes = families.compared([best, lost], [best, gained, hit("B1", 60, 68, 1e-9)], TOY, 0.05)
    assert [(s.family, s.status, s.start) for s in changes.lost] == [("A", "lost", 11)]
    # both families are new there, and are one site
    assert [(s.family, s.others) for s in changes.gained] == [("B", ("A",))]
    assert [(s.family, s.status) for s in sites] == [("B", "kept"), ("B", "gained")]
    # of which one was there before
    kept = hit("B1", 60, 68, 1e-9)
    sites, changes = families.compared([kept], [kept, gained], TOY, 0.05)
    assert [(s.family, s.status) for s in sites] == [("B", "kept"), ("A", "gained")]
    assert sites[0].before == 1e-9 and sites[1].before is None


@pytest.mark.parametrize(("p", "weaker", "stronger"), [(1e-4, 1, 0), (0.9e-4, 0, 0), (1e-6, 0, 1), (1.1e-6, 0, 0)])
def test_a_kept_site_is_weaker_or_stronger_from_a_factor_of_ten_on(p, weaker, stronger):
    sites, changes = families.compared(
        [hit("A1", 10, 18, 1e-5), hit("A2", 9, 17, 1e-4)], [hit("A2", 10, 18, p)], TOY, 1
    )
    assert (len(changes.weaker), len(changes.stronger)) == (weaker, stronger)
    assert not changes.gained and not changes.lost and sites[0].before == 1e-5 and sites[0].status == "kept"


def test_a_site_whose_bases_moved_is_kept(random_bases):
    document = Document(Sequence("s", random_bases(200, seed=12)))
    before = scan.scan(document.sequence)
    everything = families.of()
    edited = document.spliced(60, 0, "CCAGGTTCA", "a stretch")
    after = scan.scan(edited.sequence)
    sites, changes = families.compared(before, after, everything, 1.0, edited.origins)
    assert sites and all(s.start < 69 and s.end > 60 for s in changes.gained)
    assert all(any(h.start < 60 < h.end for h in s.hits) for s in changes.lost)
    turned = document.reverse_complemented()
    _, none = families.compared(before, scan.scan(turned.sequence), everything, 1.0, turned.origins)
    assert none == MotifChanges()


def test_changes_backwards_are_the_changes_turned_round():
    before = [hit("A1", 10, 18), hit("B1", 30, 38)]
    after = [hit("A2", 10, 18), hit("S1", 50, 58)]
    there, back = (families.compared(a, b, TOY, 0.05)[1] for a, b in ((before, after), (after, before)))
    assert [s.hits for s in there.gained] == [s.hits for s in back.lost]
    assert [s.hits for s in there.lost] == [s.hits for s in back.gained]


# --- real sites -------------------------------------------------------------------------------------


@pytest.mark.needs_data("satmut")
def test_the_ldlr_promoter_reads_srebf_and_sp1(known):
    """The sterol response element ATCACCCCAC and the SP1 repeat beside it (Smith et al. 1990, J Biol Chem 265:2306)."""
    promoter = satmut.load("LDLR", "GRCh38").reference()
    hits = [h for h in scan.scan(promoter) if h.q <= scan.Q_SHOWN]
    found = {(s.family, s.start): s for s in families.sites(hits, known)}
    element = promoter.bases.index("ATCACCCCAC")
    assert found["SREBF", element].members == ("SREBF1", "SREBF2")
    sp1 = next(s for (family, start), s in found.items() if family == "SP1/KLF" and 0 < start - element < 40)
    assert {"SP1", "ZNF281"} <= set(sp1.members)
    turned = Sequence("t", reverse_complement(promoter.bases))
    other = families.sites([h for h in scan.scan(turned) if h.q <= scan.Q_SHOWN], known)
    assert sorted(s.family for s in other) == sorted(s.family for s in found.values())


@pytest.mark.needs_data("satmut")
def test_the_minor_allele_of_sort1_creates_a_cebp_site(known):
    """rs12740374 G>T (Musunuru et al. 2010, Nature 466:714-719)."""
    enhancer = satmut.load("SORT1", "GRCh37").reference()
    place = 109817590 - 1 - enhancer.region.start
    edited = Document(enhancer).substituted(place, "T")
    before, after = scan.scan(enhancer), scan.scan(edited.sequence)
    sites, changes = families.compared(before, after, known, scan.Q_SHOWN, edited.origins)
    assert "C/EBP" in {f for s in changes.gained for f in (s.family, *s.others)}
    gained = next(s for s in sites if s.status == "gained" and s.family == "C/EBP")
    assert gained.start <= place < gained.end and gained in changes.gained
    assert all(s.family != "AP-2" for s in changes.lost)  # it matches there still
