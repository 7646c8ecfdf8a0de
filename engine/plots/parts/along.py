"""What goes along with the bases of an edited sequence: places of sites, measured effects, means over substitutions."""

from __future__ import annotations

import numpy as np

from engine.results import Agreement, MotifSite
from engine.sequence import BASES

GC_WIDTH = 21  # bases, odd, so that a window has a middle
_NAMED = 6  # factors, and other families, that are named of a site

Place = tuple[int, int, str, MotifSite]  # start, end and strand in the sequence as it stands


def turned(origins: tuple[int | None, ...] | None) -> bool:
    """Whether the sequence stands on the other strand than before the edits."""
    known = [o for o in origins or () if o is not None]
    return len(known) > 1 and known[0] > known[-1]


def placed(site: MotifSite, origins: tuple[int | None, ...] | None, length: int) -> Place | None:
    """Where a site of the sequence before the edit lies in the sequence as it stands, and on which strand; None if
    nothing of it is left."""
    if origins is None:
        return (site.start, min(site.end, length), site.strand, site) if site.start < length else None
    left = [i for i, origin in enumerate(origins) if origin is not None and site.start <= origin < site.end]
    strand = site.strand if not turned(origins) else "-" if site.strand == "+" else "+"
    return (left[0], left[-1] + 1, strand, site) if left else None


def moved(values: np.ndarray, origins: tuple[int | None, ...] | None, length: int) -> np.ndarray:
    """Rows of the reference at the places where its bases stand now; nan at inserted bases."""
    if origins is None:
        return values
    here = np.full((length, 4), np.nan)
    kept = [(i, origin) for i, origin in enumerate(origins) if origin is not None]
    here[[i for i, _ in kept]] = values[[origin for _, origin in kept]]
    return here[:, ::-1] if turned(origins) else here  # A C G T read backwards is the other strand


def in_words(site: MotifSite) -> str:
    """What matches there: 'SP1/KLF, gained: SP1, KLF4 and 3 more; also AP-2'."""
    members, others = site.members, site.others
    change = "" if site.status == "kept" else f", {site.status}"
    if site.before and site.before != site.best.p:
        change = f", p was {site.before:.1e}"
    named = ", ".join(members[:_NAMED]) + f" and {len(members) - _NAMED} more" * (len(members) > _NAMED)
    also = f"; also {', '.join(others[:_NAMED])}" * bool(others)
    return f"{site.family}{change}" + f": {named}" * (members != (site.family,)) + also


def over_substitutions(several: Agreement) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`(length,)` each: mean loss over the substitutions of a base, the models' standard deviation, and the share of
    them that have the sign of the mean."""
    other = np.array([[b != base for b in BASES] for base in several.bases])
    number = other.sum(axis=1)
    mean = -np.where(other, several.mean, 0).sum(axis=1) / number
    sd = np.where(other, several.sd, 0).sum(axis=1) / number
    return mean, sd, np.where(other, several.same_sign, 0).sum(axis=1) / number


def gc_share(bases: str, width: int = GC_WIDTH) -> np.ndarray:
    """`(length,)` fraction of G and C among the known bases of a window around each position, cut at the ends; nan
    where none is known."""
    letters = np.array(list(bases))
    window = np.ones(min(width, 2 * len(letters) - 1))
    strong = np.convolve(np.isin(letters, ["G", "C"]), window)
    known = np.convolve(np.isin(letters, list(BASES)), window)
    middle = slice((len(window) - 1) // 2, (len(window) - 1) // 2 + len(letters))
    with np.errstate(invalid="ignore"):
        return strong[middle] / known[middle]
