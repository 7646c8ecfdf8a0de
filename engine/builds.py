"""Genome builds: the one table of their names.

A build goes by many names (GRCh37 is also hg19 and b37), and files, options and notations each use their own. Whatever
names a build is looked up here, so that two names of one build never contradict each other and a name that nobody
uses is refused. Sources: NCBI's assembly pages (accessions, patches), UCSC's list of genome releases (hg, mm, hs1),
and the reference bundles of the 1000 Genomes Project and the Broad Institute (g1k, hs37d5, Homo_sapiens_assembly).
"""

from __future__ import annotations

import re

from engine.errors import unknown

GRCH37, GRCH38 = "GRCh37", "GRCh38"
# canonical name -> other names, in lower case; RefSeq and GenBank accessions stand for all patches of one assembly
ALIASES: dict[str, tuple[str, ...]] = {
    GRCH37: ("hg19", "b37", "37", "build37", "hs37", "hs37d5", "g1k_v37", "human_g1k_v37", "human_g1k_v37_decoy",
             "homo_sapiens_assembly19", "gcf_000001405.13", "gca_000001405.1", "gcf_000001405.25", "gca_000001405.14"),
    GRCH38: ("hg38", "b38", "38", "build38", "hs38", "hs38dh", "homo_sapiens_assembly38",
             *(f"gcf_000001405.{v}" for v in range(26, 41)), *(f"gca_000001405.{v}" for v in range(15, 30))),
    "NCBI36": ("hg18", "b36", "36", "build36", "human_b36_both", "homo_sapiens_assembly18"),
    "T2T-CHM13": ("hs1", "chm13", "t2t", "chm13v2", "chm13v2.0", "t2t-chm13v2.0", "t2t-chm13v2", "gca_009914755.4",
                  "gcf_009914755.1"),
    "GRCm38": ("mm10", "gcf_000001635.26", "gca_000001635.8"),
    "GRCm39": ("mm39", "gcf_000001635.27", "gca_000001635.9"),
}  # fmt: skip
_CANONICAL = {alias: build for build, aliases in ALIASES.items() for alias in (build.lower(), *aliases)}
_PATCH = re.compile(r"[.\-_]?p[0-9]{1,3}$")
# names as they stand within a path or a sentence; a bare number says nothing there
_SHORT = frozenset({"37", "38", "36", "t2t"})
_MENTIONED = re.compile(
    "(?<![a-z0-9])("
    + "|".join(re.escape(a) for a in sorted(_CANONICAL, key=len, reverse=True) if a not in _SHORT)
    + r")(?![0-9])",
    re.ASCII,
)


def build_named(name: str) -> str:
    """The one name of a build, whichever of its names is given, with patch ('GRCh38.p14') or not; '' for ''.

    Raises:
        InputError: a name of none, with those that are known.
    """
    build = build_or_none(name)
    if name.strip() and not build:
        shown = [f"{build} ({aliases[0]})" for build, aliases in ALIASES.items()]
        raise unknown("genome build", name[:60], shown)
    return build


def build_or_none(name: str) -> str:
    """The same without an error: '' for a name of no build, as a stored region may have one."""
    plain = name.strip().lower()[:100]
    return _CANONICAL.get(plain) or _CANONICAL.get(_PATCH.sub("", plain), "")


def build_mentioned(text: str) -> str:
    """The build that a path or a remark speaks of ('file:///data/human_g1k_v37.fasta'); '' for none or several."""
    builds = {_CANONICAL[name] for name in _MENTIONED.findall(text[:10_000].lower())}
    return builds.pop() if len(builds) == 1 else ""


def contradict(one: str, other: str) -> bool:
    """True where two builds are both known and not the same."""
    return bool(one and other and one != other)
