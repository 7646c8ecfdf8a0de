"""A folder of tracks for genome browsers: a UCSC track hub, and a session of IGV over the same files.

The hub's files follow https://genome.ucsc.edu/goldenPath/help/hgTrackHubHelp.html (hub.txt, genomes.txt, trackDb.txt),
the session that of IGV desktop, whose relative paths begin at the session file. UCSC reads a hub from a web address or
from its own storage (https://genome.ucsc.edu/goldenPath/help/hubQuickStart.html); IGV opens the session from disk.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from xml.sax.saxutils import quoteattr

from engine.errors import InputError
from engine.genome.assemblies import chromosome
from engine.genome.bigwig import bigwig, contig_lengths
from engine.genome.tracks import GenomeTrack

HUB, GENOMES, SESSION = "hub.txt", "genomes.txt", "igv_session.xml"
# our names of builds -> UCSC's databases and IGV's genomes, which go by the same names
DATABASES = {
    **{"GRCh37": "hg19", "GRCh38": "hg38", "NCBI36": "hg18", "T2T-CHM13": "hs1"},
    **{"GRCm38": "mm10", "GRCm39": "mm39"},
}
_COLOURS = ("31,119,180", "214,39,40", "44,160,44", "148,103,189", "140,86,75", "23,190,207")


def hub(tracks: Iterable[GenomeTrack], build: str, known: dict[str, int] | None = None) -> dict[str, bytes]:
    """The files of a hub by their path in its folder.

    Contigs go by UCSC's names ('1' becomes 'chr1').

    Args:
        tracks: those that hold no value are left out.
        build: the genome that they lie on, as `engine.builds` names it.
        known: lengths of its contigs by the tracks' names; see `contig_lengths`.

    Raises:
        InputError: no build, or one that UCSC has no database of; no value at all.
    """
    genome = database(build)
    shown = [track for track in tracks if track.contigs]
    if not shown:
        raise InputError("the tracks hold no value; there is nothing to show in a browser")
    taken: set[str] = set()
    files: dict[str, bytes] = {}
    stanzas, paths = [], {}
    for n, track in enumerate(shown):
        name = _name(track.name, taken)
        renamed = _at_ucsc(track)
        lengths = contig_lengths(renamed, build, {chromosome(c): length for c, length in (known or {}).items()})
        path = f"{genome}/{name}.bw"
        files[path] = bigwig(renamed, lengths)
        paths[path] = renamed
        stanzas.append(_stanza(n, name, renamed))
    head = {
        HUB: [
            ("hub", "cislens"), ("shortLabel", "CisLens"), ("longLabel", "Predictions and attributions by CisLens"),
            ("genomesFile", GENOMES), ("email", "your.address@example.org"),
        ],
        GENOMES: [("genome", genome), ("trackDb", f"{genome}/trackDb.txt")],
    }  # fmt: skip
    for file, settings in head.items():
        files[file] = "".join(f"{key} {value}\n" for key, value in settings).encode()
    files[f"{genome}/trackDb.txt"] = "\n".join(stanzas).encode()
    files[SESSION] = _session(genome, paths).encode()
    return files


def browser_files(tracks: Iterable[GenomeTrack], build: str) -> dict[str, bytes]:
    """`hub` where UCSC knows the build, else each track as a bigWig; by their path. InputError without any value."""
    if build in DATABASES:
        return hub(tracks, build)
    taken: set[str] = set()
    shown = [track for track in tracks if track.contigs]
    if not shown:
        raise InputError("the tracks hold no value; there is nothing to show in a browser")
    return {f"{_name(track.name, taken)}.bw": bigwig(track, contig_lengths(track, build)) for track in shown}


def database(build: str) -> str:
    """UCSC's name of a build; raises InputError for none, or one that UCSC has no database of."""
    if build not in DATABASES:
        raise InputError(
            f"a track hub needs the genome {f'{build} at UCSC' if build else 'that the tracks lie on'}; "
            f"name it by --build: {', '.join(DATABASES)}"
        )
    return DATABASES[build]


def _at_ucsc(track: GenomeTrack) -> GenomeTrack:
    """The track with its contigs by UCSC's names, in their order."""
    contigs = {chromosome(contig): places for contig, places in track.contigs.items()}
    if len(contigs) < len(track.contigs):
        raise InputError(f"two contigs of '{track.name}' are one: {', '.join(track.contigs)}; write them alike")
    return dataclasses.replace(track, contigs=dict(sorted(contigs.items())))


def _name(text: str, taken: set[str]) -> str:
    """A name of letters, digits and _ that begins with a letter and that no other track has."""
    plain = "cislens_" + re.sub("[^A-Za-z0-9]+", "_", text).strip("_")[:80]
    name = next(n for n in (plain, *(f"{plain}_{i}" for i in range(2, 10_000))) if n not in taken)
    taken.add(name)
    return name


def _stanza(n: int, name: str, track: GenomeTrack) -> str:
    """The lines of one track in trackDb.txt."""
    values = [values for _, _, values in track.contigs.values()]
    low, high = min(float(v.min()) for v in values), max(float(v.max()) for v in values)
    short = " ".join(reversed(track.name.split()))  # the output first: 17 letters are shown
    settings = [
        ("track", name), ("bigDataUrl", f"{name}.bw"), ("shortLabel", _line(short, 17)),
        ("longLabel", _line(f"{track.name}: {track.description}", 80)), ("type", f"bigWig {low:.6g} {high:.6g}"),
        ("visibility", "full"), ("autoScale", "on"), ("color", _COLOURS[n % len(_COLOURS)]),
    ]  # fmt: skip
    return "".join(f"{key} {value}\n" for key, value in settings)


def _line(text: str, most: int) -> str:
    return " ".join(text.split())[:most].strip() or "track"


def _session(genome: str, tracks: dict[str, GenomeTrack]) -> str:
    """IGV's session over the files at these paths, opened where the first track begins."""
    contig, (starts, ends, _) = next(iter(next(iter(tracks.values())).contigs.items()))
    locus = f"{contig}:{int(starts[0]) + 1}-{int(ends[-1])}"
    lines = [
        '<?xml version="1.0" encoding="UTF-8" standalone="no"?>',
        f'<Session genome="{genome}" locus={quoteattr(locus)} version="8">',
        "    <Resources>",
        *(f'        <Resource path={quoteattr(path)} type="bw"/>' for path in tracks),
        "    </Resources>",
        '    <Panel name="DataPanel">',
        *(
            f'        <Track autoScale="true" clazz="org.broad.igv.track.DataSourceTrack" '
            f'color="{_COLOURS[n % len(_COLOURS)]}" id={quoteattr(path)} name={quoteattr(_line(track.name, 80))} '
            'renderer="BAR_CHART" visible="true" windowFunction="mean"/>'
            for n, (path, track) in enumerate(tracks.items())
        ),
        "    </Panel>",
        "</Session>",
    ]
    return "\n".join(lines) + "\n"
