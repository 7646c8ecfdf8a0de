"""What may trouble whoever makes or clones a sequence: long runs of one base, extreme GC content, restriction sites.

A preset is what somebody wants to be warned of. Those of `PRESETS` are starting values of ours and no vendor's rules; a
user edits them as JSON (`to_json`, `from_json`):

    {"presets": [{"name": "mine", "homopolymer": 8, "gc": [0.3, 0.65], "gc_window": 50, "sites": {"EcoRI": "GAATTC"}}]}

Warnings never stop anything and say nothing of what a sequence does in a cell.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
from pydantic import Field, ValidationError

from engine import limits
from engine.data.motifs import masks
from engine.editor.schema import Name, Strict, first_wrong
from engine.errors import InputError
from engine.sequence import IUPAC, UNKNOWN, encode, reverse_complement


@dataclass(frozen=True)
class Preset:
    """What to be warned of; what is None or empty is not looked for.

    Attributes:
        homopolymer: the longest run of one base without a warning.
        gc: the smallest and the largest share of G and C without a warning, 0 to 1.
        gc_window: bases over which the share is taken, every window of them; None: the whole sequence.
        sites: name to bases in IUPAC letters, looked for on both strands.
    """

    name: str
    homopolymer: int | None = None
    gc: tuple[float, float] | None = None
    gc_window: int | None = None
    sites: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Caution:
    """One thing to be warned of.

    Attributes:
        preset: the name of the preset that asked for it.
        kind: 'homopolymer', 'gc' or 'site'.
        start, end: 0-based half-open bases that it concerns.
        words: what it is and where, for people: positions 1-based.
    """

    preset: str
    kind: str
    start: int
    end: int
    words: str


PRESETS: dict[str, Preset] = {
    p.name: p
    for p in (
        Preset("synthesis", homopolymer=8, gc=(0.25, 0.70), gc_window=50),
        Preset(
            "cloning by restriction",
            sites={
                "AgeI": "ACCGGT", "BamHI": "GGATCC", "EcoRI": "GAATTC", "HindIII": "AAGCTT", "KpnI": "GGTACC",
                "NheI": "GCTAGC", "NotI": "GCGGCCGC", "SbfI": "CCTGCAGG", "SfiI": "GGCCNNNNNGGCC", "XbaI": "TCTAGA",
                "XhoI": "CTCGAG",
            },
        ),
        Preset("Golden Gate", sites={"BbsI": "GAAGAC", "BsaI": "GGTCTC", "BsmBI": "CGTCTC", "SapI": "GCTCTTC"}),
    )
}  # fmt: skip


def cautions(bases: str, presets: Iterable[Preset] = tuple(PRESETS.values())) -> tuple[Caution, ...]:
    """Everything that the presets warn of in a sequence, preset by preset, by place.

    A letter other than A, C, G, T belongs to no run and to no site, and does not count for the share of G and C.
    """
    return tuple(c for preset in presets for c in _of_preset(bases, preset))


def _of_preset(bases: str, preset: Preset) -> list[Caution]:
    parts = [*_homopolymers(bases, preset), *_gc(bases, preset), *_sites(bases, preset)]
    return sorted(parts, key=lambda c: (c.start, c.end, c.kind, c.words))


def _homopolymers(bases: str, preset: Preset) -> list[Caution]:
    if preset.homopolymer is None:
        return []
    runs = [m for m in re.finditer(r"([ACGT])\1*", bases) if m.end() - m.start() > preset.homopolymer]
    return [Caution(preset.name, "homopolymer", *m.span(), _run(m)) for m in runs]


def _run(match: re.Match[str]) -> str:
    return f"{match.end() - match.start()} {match[1]} in a row, from {match.start() + 1}"


def _gc(bases: str, preset: Preset) -> list[Caution]:
    """At most one warning for each of the two ends: the window that lies farthest beyond it."""
    if preset.gc is None:
        return []
    codes = encode(bases)
    width = min(len(bases), preset.gc_window or len(bases))
    strong, known = (
        np.lib.stride_tricks.sliding_window_view(counted, width).sum(axis=1)
        for counted in ((codes == 1) | (codes == 2), codes != UNKNOWN)
    )
    shares = np.divide(strong, known, out=np.full(len(known), np.nan), where=known > 0)
    if np.isnan(shares).all():
        return []
    low, high = preset.gc
    whole = width == len(bases)
    worst = []
    for start, beyond, bound in (
        (int(np.nanargmin(shares)), np.nanmin(shares) < low, f"below {low:.0%}"),
        (int(np.nanargmax(shares)), np.nanmax(shares) > high, f"above {high:.0%}"),
    ):
        if beyond:
            place = "of the sequence" if whole else f"in {start + 1}-{start + width}"
            words = f"{shares[start]:.0%} G and C {place}, {bound}"
            worst.append(Caution(preset.name, "gc", start, start + width, words))
    return worst


def _sites(bases: str, preset: Preset) -> list[Caution]:
    codes = encode(bases)
    bits = np.where(codes == UNKNOWN, 0, 1 << np.minimum(codes, 3)).astype(np.uint8)
    found = []
    for name, site in preset.sites.items():
        other = reverse_complement(site)
        for pattern, strand in ((site, "+"), *([(other, "-")] if other != site else [])):
            for start in _places(bits, masks(pattern)):
                words = f"{name} ({site}) at {start + 1}{'' if strand == '+' else ', other strand'}"
                found.append(Caution(preset.name, "site", start, start + len(site), words))
    return found


def _places(bits: np.ndarray, mask: np.ndarray) -> list[int]:
    """First bases of a pattern's matches; `bits` has one bit a base that is there, `mask` one a base that may be."""
    if len(mask) > len(bits):
        return []
    windows = np.lib.stride_tricks.sliding_window_view(bits, len(mask))
    return np.flatnonzero(((windows & mask) > 0).all(axis=1)).tolist()


# --- presets of the user's own ----------------------------------------------------------------------


class _Preset(Strict):
    name: Name
    homopolymer: Annotated[int, Field(ge=1, le=10**6)] | None = None
    gc: Annotated[list[Annotated[float, Field(ge=0, le=1)]], Field(min_length=2, max_length=2)] | None = None
    gc_window: Annotated[int, Field(ge=1, le=10**6)] | None = None
    sites: dict[Name, str] = Field(default_factory=dict)


class _Presets(Strict):
    presets: list[_Preset]


def to_json(presets: Iterable[Preset] = tuple(PRESETS.values())) -> str:
    """Presets as a user edits them; the inverse of `from_json`."""
    rows = [
        {"name": p.name}
        | ({} if p.homopolymer is None else {"homopolymer": p.homopolymer})
        | ({} if p.gc is None else {"gc": list(p.gc)})
        | ({} if p.gc_window is None else {"gc_window": p.gc_window})
        | ({"sites": dict(p.sites)} if p.sites else {})
        for p in presets
    ]
    return json.dumps({"presets": rows}, indent=1, ensure_ascii=False) + "\n"


def from_json(content: bytes | str, what: str = "the presets") -> dict[str, Preset]:
    """The presets of a user's file by name.

    Args:
        what: what an error calls the file.

    Raises:
        InputError: no such JSON, a field that presets do not have, two presets of one name, a share of G and C whose
            ends are the wrong way round, or a site that is no DNA.
    """
    limits.PRESETS_FILE.check(len(content), what)
    try:
        read = _Presets.model_validate_json(content)
    except ValidationError as error:
        raise InputError(
            f"{what} holds no presets ({first_wrong(error)}); see how they are written: python -m engine design presets"
        ) from error
    limits.PRESETS.check(len(read.presets), what)
    presets: dict[str, Preset] = {}
    for p in read.presets:
        if not p.name.strip() or p.name in presets:
            raise InputError(f"{what}: the name '{p.name[:40]}' of a preset is empty or there twice; give each its own")
        if p.gc and p.gc[0] > p.gc[1]:
            raise InputError(f"{what}: the share of G and C in '{p.name[:40]}' goes from {p.gc[0]} down; swap the two")
        limits.SITES.check(len(p.sites), f"preset '{p.name[:40]}' of {what}")
        sites = {name: _site(name, bases, what) for name, bases in p.sites.items()}
        presets[p.name] = Preset(p.name, p.homopolymer, (p.gc[0], p.gc[1]) if p.gc else None, p.gc_window, sites)
    return presets


def _site(name: str, bases: str, what: str) -> str:
    site = bases.strip().upper()
    limits.SITE_BASES.check(len(site), f"site '{name[:40]}' of {what}")
    if not site or set(site) - set(IUPAC) or not set(site) - {"N"}:
        raise InputError(f"{what}: the site '{name[:40]}' is no DNA; write it in the letters {IUPAC}, not N alone")
    return site
