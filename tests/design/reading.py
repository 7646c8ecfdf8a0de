"""A reader of motif sites by plain text, in place of a scan with matrices: its answer can be seen in the sequence."""

import re

from engine.results import MotifHit, MotifSite
from engine.sequence import Sequence, reverse_complement

AP1, SP1 = "TGACTCA", "GGGGCGGGG"
FAMILIES = {"AP-1": AP1, "SP1": SP1}


def read(sequence: Sequence, families: dict[str, str] = FAMILIES) -> list[MotifSite]:
    """Every place of each family's bases, on either strand."""
    sites = []
    for family, bases in families.items():
        for strand, text in (("+", bases), ("-", reverse_complement(bases))):
            for match in re.finditer(f"(?={text})", sequence.bases):
                hit = MotifHit(family, family, match.start(), match.start() + len(text), strand, 10.0, 1e-6, 1e-3)
                sites.append(MotifSite(family, (hit,)))
    return sorted(sites, key=lambda s: (s.start, s.end))
