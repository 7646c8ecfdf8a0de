"""Families of matrices that say the same, and the sites of a sequence told by them.

Many factors bind the same bases: of 879 matrices a GC-box matches a dozen. Matrices are put together by what they are
like: TOMTOM's p-value of every two (Gupta et al. 2007, Genome Biol 8:R24; memelite's, MIT), the larger of both
directions, as a distance of 0 (1e-8 or smaller) to 1; average linkage; cut at `APART`. What TFClass says of the factors
(Wingender et al. 2018, Nucleic Acids Res 46:D343-D347, as JASPAR gives it) moves two matrices a little: nearer if they
are of one family of DNA-binding domains, farther if of different classes. So E-boxes of different bHLH families come
together, and a forkhead does not join the homeodomains whose matrix looks like its own.

A user's own motifs form families of their own, by likeness alone: what somebody brought is to be found under its name.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.metadata import version

import numpy as np

from engine import store
from engine.data import jaspar, sources
from engine.data.jaspar import Matrix
from engine.data.motifs import STUDY
from engine.results import MotifChanges, MotifHit, MotifSite

APART = 0.6  # a mean distance at which two groups stay two
CLOSEST = 8.0  # -log10 of a p-value that counts as no distance
ONE_FAMILY, OTHER_CLASS = -0.1, 0.15
LARGEST = 2000  # own matrices that are compared with each other; of more, a factor's own are one family
FIRST = 100.0  # how much less likely by chance another family's match has to be to stand before one of the study's
CLEAR = 10.0  # by which factor a kept site's p-value rises or falls to be called weaker or stronger
_RULE = f"tomtom-{APART:g}-{CLOSEST:g}-{ONE_FAMILY:g}-{OTHER_CLASS:g}"

# What biologists call the family that holds the newest version of a matrix; others get a name from their members.
_CALLED = {
    "MA0003": "AP-2", "MA0007": "AR/GR", "MA0009": "T-box", "MA0018": "CREB/ATF", "MA0024": "E2F", "MA0027": "Homeobox",
    "MA0035": "GATA", "MA0046": "HNF1", "MA0047": "FOX", "MA0048": "MYOG/ASCL", "MA0050": "IRF",
    "MA0060": "NF-Y", "MA0062": "ETS", "MA0063": "NKX2", "MA0065": "RXR", "MA0070": "PBX/MEIS",
    "MA0079": "SP1/KLF", "MA0091": "TAL1/NEUROD", "MA0093": "USF/MYC", "MA0095": "YY1",
    "MA0099": "AP-1/NFE2", "MA0101": "REL/RELA", "MA0102": "C/EBP", "MA0103": "SNAI/ZEB", "MA0105": "NF-kB",
    "MA0106": "p53", "MA0114": "HNF4", "MA0119": "NFI", "MA0139": "CTCF", "MA0142": "OCT", "MA0143": "SOX",
    "MA0152": "NFAT", "MA0162": "EGR", "MA0259": "HIF", "MA0465": "CDX/HOX", "MA0467": "OTX/PITX", "MA0485": "HOX9-13",
    "MA0498": "MEIS/TGIF", "MA0499": "MYOD/TCF3", "MA0506": "NRF1", "MA0519": "STAT", "MA0523": "TCF/LEF",
    "MA0595": "SREBF", "MA0608": "CREB3/XBP1", "MA0679": "ONECUT/CUX", "MA0694": "GLI/ZIC", "MA0809": "TEAD",
}  # fmt: skip

_NUMBERED = {"ZNF", "ZFP", "ZBTB", "ZSCAN", "ZKSCAN", "ZBED"}


@dataclass(frozen=True)
class Family:
    """Matrices that are like each other.

    Attributes:
        name: what it is called.
        factors: those of its matrices, each once.
        first: whether it stands before others at a place: it holds a motif of the study, or is the user's own.
    """

    name: str
    factors: tuple[str, ...]
    first: bool


def of(matrices: Iterable[Matrix] | None = None) -> dict[str, Family]:
    """The family of each matrix, by the matrix's id; None asks for all of JASPAR's.

    JASPAR's are those of the whole collection, whichever of them are asked for.
    """
    known = jaspar.load()
    if matrices is None:
        return _jaspar(tuple(known.values()))
    asked = tuple(matrices)
    own = tuple(m for m in asked if m.id not in known or m.source != jaspar.RELEASE)
    families = _jaspar(tuple(known.values()))
    return {m.id: families[m.id] for m in asked if m.id in families} | (_own(own) if own else {})


# --- sites ------------------------------------------------------------------------------------------


def sites(hits: Iterable[MotifHit], families: dict[str, Family]) -> list[MotifSite]:
    """One site a place, sorted by place: the family of the smallest p-value.

    Matches of one family that share more than half of the shorter one's bases are one site. Of two sites that do, the
    one of the smaller p-value stays and names the other's family in `others`; one of a family that comes `first` wins
    unless the other's p-value is `FIRST` times smaller.
    """
    return _one_a_place(_grouped(hits, families), families)


def compared(
    before: list[MotifHit],
    after: list[MotifHit],
    families: dict[str, Family],
    largest_q: float,
    origins: tuple[int | None, ...] | None = None,
) -> tuple[list[MotifSite], MotifChanges]:
    """The sites of an edited sequence, and which of them the edit made and took away.

    A site is new (or gone) if no matrix of its family, whatever its q-value, matched (still matches) there: on the same
    bases for more than half of the shorter one. Another member of the family in its place is no change; where it
    matches worse or better by a factor of `CLEAR`, the site is weaker or stronger. New sites are listed even where
    another family's match is better, each kind with one site a place.

    Args:
        before, after: all matches of both scans; a second site elsewhere lowers the q-value of the first, which is no
            change of the first.
        largest_q: of a match that is listed.
        origins: for each base of the edited sequence its 0-based place before the edit, None for an inserted base
            (`Document.origins`); None: nothing has moved.

    Returns:
        The sites of the edited sequence, sorted by place, gained ones among them; and the changes.
    """
    length = max((h.end for h in (*before, *after)), default=0)
    where = tuple(range(length)) if origins is None else origins
    then = _Places(before, families, tuple(range(max(length, len(where)))))
    now = _Places(after, families, where)
    standing = _grouped((h for h in after if h.q <= largest_q), families)
    gone = [s for s in _grouped((h for h in before if h.q <= largest_q), families) if now.best(s, then) is None]
    known = [(s, then.best(s, now)) for s in standing]
    kept = _one_a_place([replace(s, before=p) for s, p in known if p is not None], families)
    gained = _one_a_place([replace(s, status="gained") for s, p in known if p is None], families)
    lost = _one_a_place([replace(s, status="lost") for s in gone], families)
    weaker = tuple(s for s in kept if s.before is not None and s.best.p >= s.before * CLEAR)
    stronger = tuple(s for s in kept if s.before is not None and s.best.p <= s.before / CLEAR)
    listed = sorted([*kept, *gained], key=lambda s: (s.start, s.end, s.best.p))
    return listed, MotifChanges(tuple(gained), tuple(lost), weaker, stronger)


class _Places:
    """Where the matches of a scan stand, as places of the sequence before the edit."""

    def __init__(self, hits: Iterable[MotifHit], families: dict[str, Family], origins: tuple[int | None, ...]):
        self.origins = origins
        self.of_family: dict[str, list[tuple[frozenset[int], float]]] = {}
        for hit in hits:
            self.of_family.setdefault(families[hit.matrix].name, []).append((self.of(hit), hit.p))

    def of(self, hit: MotifHit) -> frozenset[int]:
        """The places of its bases that were there before."""
        return frozenset(place for place in self.origins[hit.start : hit.end] if place is not None)

    def best(self, site: MotifSite, its: _Places) -> float | None:
        """The smallest p-value of the family's matches here at the place of any of the site's; None if there is none.

        Args:
            its: the scan that the site is of.
        """
        asked = [its.of(h) for h in site.hits]
        return min(
            (
                p
                for own, p in self.of_family.get(site.family, ())
                if any(len(place & own) * 2 > min(len(place), len(own)) > 0 for place in asked)
            ),
            default=None,
        )


def _grouped(hits: Iterable[MotifHit], families: dict[str, Family]) -> list[MotifSite]:
    """The matches of each family at each place, from the smallest p-value on."""
    groups: dict[str, list[list[MotifHit]]] = {}
    for hit in sorted(hits, key=lambda h: (h.p, -h.score, h.matrix, h.start, h.strand)):
        own = groups.setdefault(families[hit.matrix].name, [])
        at = next((g for g in own if _meet(hit, g[0])), None)
        if at is None:
            own.append([hit])
        else:
            at.append(hit)
    return [MotifSite(name, tuple(g)) for name, own in groups.items() for g in own]


def _one_a_place(found: list[MotifSite], families: dict[str, Family]) -> list[MotifSite]:
    def rank(site: MotifSite) -> tuple:
        ahead = FIRST if families[site.best.matrix].first else 1.0
        return site.best.p / ahead, -site.best.score, site.best.matrix, site.start, site.strand

    kept: list[MotifSite] = []
    beside: list[list[str]] = []
    for site in sorted(found, key=rank):
        at = next((i for i, k in enumerate(kept) if _meet(site, k)), None)
        if at is None:
            kept.append(site)
            beside.append([])
        elif site.family != kept[at].family:
            beside[at].append(site.family)
    named = [replace(s, others=tuple(dict.fromkeys(others))) for s, others in zip(kept, beside, strict=True)]
    return sorted(named, key=lambda s: (s.start, s.end))


def _meet(a: MotifHit | MotifSite, b: MotifHit | MotifSite) -> bool:
    """Whether they share more than half of the shorter one's bases."""
    return (min(a.end, b.end) - max(a.start, b.start)) * 2 > min(a.end - a.start, b.end - b.start)


# --- which matrices go together ---------------------------------------------------------------------

_lock = threading.Lock()  # numba must not compile at once in two threads


@lru_cache(maxsize=2)
def _jaspar(matrices: tuple[Matrix, ...]) -> dict[str, Family]:
    file = sources.processed(f"jaspar2024-families-pyjaspar{version('pyjaspar')}")
    groups = store.remembered(file, ("group",), lambda: {"group": _groups(matrices)}, rule=_RULE)["group"]
    return _families(matrices, groups)


@lru_cache(maxsize=4)
def _own(matrices: tuple[Matrix, ...]) -> dict[str, Family]:
    if len(matrices) > LARGEST:
        names = list(dict.fromkeys(m.name for m in matrices))
        groups = np.array([names.index(m.name) for m in matrices])
    else:
        groups = _groups(matrices, tuple(jaspar.load().values()))
    return _families(matrices, groups)


def _groups(matrices: tuple[Matrix, ...], background: tuple[Matrix, ...] = ()) -> np.ndarray:
    """`(n,)` int: the group of each matrix.

    Args:
        background: more matrices, which TOMTOM's p-values rest on where there are few.
    """
    if len(matrices) == 1:
        return np.zeros(1, int)
    # once a machine, when the cache is empty: numba, and scipy's clustering
    from memelite import tomtom
    from scipy.cluster.hierarchy import fcluster, linkage  # as above
    from scipy.spatial.distance import squareform  # as above

    targets = [m.probabilities for m in (*matrices, *background)]
    with _lock:
        found = tomtom(targets[: len(matrices)], targets, n_jobs=1)[0][:, : len(matrices)]
    p = np.clip(found, 10**-CLOSEST, 1)
    distance = 1 + np.log10(np.maximum(p, p.T)) / CLOSEST
    distance = np.clip(distance + _by_class(matrices), 0, None)
    np.fill_diagonal(distance, 0)
    return fcluster(linkage(squareform(distance, checks=False), "average"), APART, "distance").astype(int)


def _by_class(matrices: tuple[Matrix, ...]) -> np.ndarray:
    """`(n, n)` what TFClass adds to a distance; 0 where one of the two was not classed."""
    family, of_class = _shared([m.tf_family for m in matrices]), _shared([m.tf_class for m in matrices])
    classed = np.array([bool(m.tf_class) for m in matrices])
    other = classed[:, None] & classed & ~of_class
    return np.where(family, ONE_FAMILY, np.where(other, OTHER_CLASS, 0.0))


def _shared(labels: list[tuple[str, ...]]) -> np.ndarray:
    """`(n, n)` whether two have a label in common."""
    names = {name: i for i, name in enumerate(dict.fromkeys(n for own in labels for n in own))}
    has = np.zeros((len(labels), len(names)), np.float32)
    for row, own in zip(has, labels, strict=True):
        row[[names[n] for n in own]] = 1
    return has @ has.T > 0


def _families(matrices: tuple[Matrix, ...], groups: np.ndarray) -> dict[str, Family]:
    members: dict[int, list[Matrix]] = {}
    for matrix, group in zip(matrices, groups.tolist(), strict=True):
        members.setdefault(group, []).append(matrix)
    study = {m.matrix.split(".")[0] for m in STUDY.values()}
    taken: set[str] = set()
    families: dict[str, Family] = {}
    # larger ones first: the name that several would have goes to the one that holds most of its factors
    for group in sorted(members.values(), key=lambda g: (-len(g), g[0].id)):
        own = group[0].source != jaspar.RELEASE
        bases = {m.id.split(".")[0] for m in group if not own}
        name = next(n for n in _names(group, bases) if n not in taken)
        taken.add(name)
        factors = tuple(dict.fromkeys(m.name for m in group))
        families |= {m.id: Family(name, factors, own or bool(bases & study)) for m in group}
    return families


def _names(group: list[Matrix], bases: set[str]) -> Iterable[str]:
    """What a family may be called, the best first; the last one is no other family's."""
    yield from (called for base, called in _CALLED.items() if base in bases)
    factors = [name for name, _ in Counter(_symbol(m) for m in group).most_common()]
    if len(factors) == 1:
        yield factors[0]
    alike = _alike(factors)
    if len(alike) * 2 > len(factors) > 1:
        yield next(alike[0][:n] for n in range(len(alike[0]), 0, -1) if all(f.startswith(alike[0][:n]) for f in alike))
    yield "/".join(factors[:2])
    yield "/".join(factors[:3])
    yield f"{'/'.join(factors[:2])} {group[0].id}"


def _symbol(matrix: Matrix) -> str:
    """A factor's name as human genes have it; what a user called a motif stays as it is."""
    return matrix.name.upper() if matrix.source == jaspar.RELEASE else matrix.name


def _alike(factors: list[str]) -> list[str]:
    """Most of the factors whose genes are numbered or lettered members of one series, as SREBF1 and SREBF2.

    Zinc fingers are numbered by their discovery: that two are called ZNF says nothing of their sites.
    """
    series: dict[str, list[str]] = {}
    for factor in factors:
        if match := re.fullmatch(r"([A-Z]{3,}[A-Z0-9]*?)(\d+[A-Z]?|[A-Z])", factor):
            series.setdefault(match[1], []).append(factor)
    named = [own for stem, own in series.items() if stem not in _NUMBERED]
    return max(named, key=len, default=[])
