"""Where a stretch of a genome is to be seen in the UCSC Genome Browser.

The address is that of https://genome.ucsc.edu/FAQ/FAQlink.html: a database, and positions from 1 with both ends.
"""

from __future__ import annotations

from urllib.parse import urlencode

from engine.builds import build_or_none
from engine.genome.assemblies import chromosome
from engine.genome.hub import DATABASES
from engine.sequence import Region

BROWSER = "https://genome.ucsc.edu/cgi-bin/hgTracks"


def address(region: Region | None, around: int = 0) -> str | None:
    """The address that shows a region with `around` bases on both sides; None where UCSC has no such genome.

    The contig goes by UCSC's name ('1' is chr1). Of a region whose build is not known nobody knows where it lies.
    """
    database = DATABASES.get(build_or_none(region.build)) if region else None
    if region is None or database is None:
        return None
    first = max(1, region.start + 1 - around)
    place = f"{chromosome(region.chrom)}:{first}-{region.end + around}"
    return f"{BROWSER}?{urlencode({'db': database, 'position': place}, safe=':')}"
