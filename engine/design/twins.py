"""The controls that are made of a design itself: its bases in another order, and the same sequence without a motif.

A measurement of a design beside its twins says whether it works by what it was designed to hold: the shuffled twin has
the same composition of pairs of bases, the knock-out twin everything but the sites of one family of motifs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from engine import store
from engine.design import kept as stretches
from engine.interpretation.in_silico.windowed import Change, other_shuffles, write
from engine.interpretation.motifs import families
from engine.interpretation.motifs.scan import Q_SHOWN, scan
from engine.results import MotifSite
from engine.sequence import Sequence, dinucleotide_shuffle

# the motif sites of a sequence, one a place, by place
Sites = Callable[[Sequence], list[MotifSite]]
Stretches = tuple[tuple[int, int], ...]

SHUFFLES = 3  # of a site that are tried before its bases are exchanged one by one
_TRANSVERSION = str.maketrans("ACGT", "CATG")


def jaspar_sites(sequence: Sequence) -> list[MotifSite]:
    """The sites of JASPAR's families as the Explorer shows them: matches with q <= `Q_SHOWN`, one site a place."""
    return families.sites([h for h in scan(sequence) if h.q <= Q_SHOWN], families.of())


def shuffled(sequence: Sequence, kept: Stretches = (), seed: int = 0) -> Sequence | None:
    """The twin whose free stretches are each a dinucleotide-preserving shuffle of themselves (Altschul & Erickson
    1985); what is kept stays. The same sequence and seed give the same twin.

    Returns:
        None where no stretch has another arrangement.
    """
    rng = _rng(sequence, seed)
    bases = sequence.bases
    for start, end in stretches.free(len(sequence), kept):
        bases = write(bases, Change(start, end, dinucleotide_shuffle(bases[start:end], rng)))
    if bases == sequence.bases:
        return None
    return Sequence(f"{sequence.name}_shuffled", bases, origin=f"dinucleotide shuffle of {sequence.name}")


@dataclass(frozen=True)
class KnockOut:
    """A twin without the sites of one family.

    Attributes:
        stretches: 0-based half-open, what was written anew.
    """

    family: str
    stretches: Stretches
    sequence: Sequence


def knock_outs(
    sequence: Sequence, sites: Iterable[MotifSite], read: Sites, kept: Stretches = (), seed: int = 0
) -> list[KnockOut]:
    """A twin for each family that has sites outside of what is kept: all these sites are written anew.

    A site is shuffled with its dinucleotides kept; where the family still matches after `SHUFFLES` of these, every base
    is exchanged by its transversion (A and C, G and T). Sites of the family that lie in a kept stretch stay. A family
    that matches the place even then has no twin.

    Args:
        sites: of the sequence, as `read` gives them.
    """
    of_family: dict[str, list[tuple[int, int]]] = {}
    for site in sites:
        if not any(start < site.end and site.start < end for start, end in kept):
            of_family.setdefault(site.family, []).append((site.start, site.end))
    twins = []
    for family, places in of_family.items():
        written = stretches.joined(places)
        for bases in _rewritten(sequence, written, seed):
            # of what a family may be called, vendors take letters, digits, dots and hyphens in the name of an oligo
            name = f"{sequence.name}_without_{re.sub('[^A-Za-z0-9.-]+', '-', family)}"
            twin = Sequence(name, bases, origin=f"{sequence.name} without {family}")
            if not any(s.family == family and _touches(s, written) for s in read(twin)):
                twins.append(KnockOut(family, written, twin))
                break
    return twins


def _rewritten(sequence: Sequence, places: Stretches, seed: int) -> Iterable[str]:
    """Versions without the bases of the stretches, the one to be preferred first."""
    rng = _rng(sequence, seed)
    shuffles = [other_shuffles(sequence.bases[start:end], SHUFFLES, rng) for start, end in places]
    for version in range(min(map(len, shuffles))):
        yield _written(sequence.bases, places, [of_one[version] for of_one in shuffles])
    exchanged = [sequence.bases[start:end].translate(_TRANSVERSION) for start, end in places]
    yield _written(sequence.bases, places, exchanged)


def _written(bases: str, places: Stretches, parts: list[str]) -> str:
    for (start, end), part in zip(places, parts, strict=True):
        bases = write(bases, Change(start, end, part))
    return bases


def _touches(site: MotifSite, places: Stretches) -> bool:
    return any(start < site.end and site.start < end for start, end in places)


def _rng(sequence: Sequence, seed: int) -> np.random.Generator:
    """Random numbers of a sequence's own, so that its twins do not depend on what else is designed with it."""
    return np.random.default_rng((seed, int(store.digest(sequence.bases, 16), 16)))
