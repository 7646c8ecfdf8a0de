"""Measured saturation mutagenesis (Kircher et al. 2019) and the CAGI5 challenge's split of it.

29 data sets of 21 elements in GRCh37 and GRCh38: every SNV and 1-bp deletion with its effect, log2(alt/ref).
The table carries no reference sequence; it is rebuilt from the reference alleles. In it MSMB runs on the
other strand in GRCh38 than in GRCh37; alleles are as the table gives them in each build.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass

import numpy as np
import pandas as pd

from engine import store
from engine.builds import build_named
from engine.data import sources
from engine.errors import DataError, InputError, unknown
from engine.sequence import Region, Sequence, reverse_complement

BUILDS = ("GRCh37", "GRCh38")
HIGH_CONFIDENCE = 0.1
DELETION = "-"


@dataclass(frozen=True)
class DataSet:
    """One assay of one element: the name in the public table, the element, and the cells it was assayed in."""

    name: str
    element: str
    cells: str


DATA_SETS: dict[str, DataSet] = {
    name: DataSet(name, element, cells)
    for name, element, cells in (
        ("BCL11A", "BCL11A", "HEL 92.1.7"),
        ("F9", "F9", "HepG2"),
        ("FOXE1", "FOXE1", "HeLa"),
        ("GP1BA", "GP1BB", "HEL 92.1.7"),
        ("HBB", "HBB", "HEL 92.1.7"),
        ("HBG1", "HBG1", "HEL 92.1.7"),
        ("HNF4A", "HNF4A", "HEK293T"),
        ("IRF4", "IRF4", "SK-MEL-28"),
        ("IRF6", "IRF6", "HaCaT"),
        ("LDLR", "LDLR", "HepG2"),
        ("LDLR.2", "LDLR", "HepG2"),
        ("MSMB", "MSMB", "HEK293T"),
        ("MYCrs11986220", "MYCrs11986220", "LNCaP"),
        ("MYCrs6983267", "MYCrs6983267", "HEK293T"),
        ("PKLR-24h", "PKLR", "K562"),
        ("PKLR-48h", "PKLR", "K562"),
        ("RET", "RET", "Neuro-2a"),
        ("SORT1", "SORT1", "HepG2"),
        ("SORT1-flip", "SORT1", "HepG2"),
        ("SORT1.2", "SORT1", "HepG2"),
        ("TCF7L2", "TCF7L2", "MIN6"),
        ("TERT-GAa", "TERT", "glioblastoma SF7996"),
        ("TERT-GBM", "TERT", "glioblastoma SF7996"),
        ("TERT-GSc", "TERT", "glioblastoma SF7996"),
        ("TERT-HEK", "TERT", "HEK293T"),
        ("UC88", "UC88", "Neuro-2a"),
        ("ZFAND3", "ZFAND3", "MIN6"),
        ("ZRSh-13", "ZRS", "NIH/3T3"),
        ("ZRSh-13h2", "ZRS", "NIH/3T3"),
    )
}


@dataclass(frozen=True)
class Cagi5Element:
    """One CAGI5 element: its name there, the data set here, and the challenge's training positions.

    `training` holds closed 1-based GRCh37 intervals; every other assayed position is test.
    """

    name: str
    data_set: str
    training: tuple[tuple[int, int], ...]


def _blocks(starts: str, last_end: int | None = None) -> tuple[tuple[int, int], ...]:
    """Training intervals: 16 positions each from the named starts; `last_end` cuts the last one short."""
    intervals = [(int(s), int(s) + 15) for s in starts.split()]
    if last_end:
        intervals[-1] = (intervals[-1][0], last_end)
    return tuple(intervals)


_TERT = _blocks("1295104 1295152 1295264 1295328 1295360", 1295362)
CAGI5: dict[str, Cagi5Element] = {
    e.name: e
    for e in (
        Cagi5Element("F9", "F9", _blocks("138612669 138612701 138612765 138612877 138612909")),
        Cagi5Element("GP1BB", "GP1BA", _blocks("19710804 19710868 19710932 19710980 19711044 19711124")),
        Cagi5Element("HBB", "HBB", _blocks("5248268 5248348 5248428", 5248439)),
        Cagi5Element("HBG1", "HBG1", _blocks("5271051 5271099 5271163 5271259")),
        Cagi5Element("HNF4A", "HNF4A", _blocks("42984207 42984335 42984367 42984431", 42984444)),
        Cagi5Element("IRF4", "IRF4", _blocks("396142 396174 396222 396318 396366 396398 396446 396574")),
        Cagi5Element(
            "IRF6",
            "IRF6",
            _blocks("209989199 209989375 209989423 209989487 209989519 209989551 209989583 209989615 209989679"),
        ),
        Cagi5Element("LDLR", "LDLR.2", _blocks("11199906 11199970 11200002 11200050 11200162")),
        Cagi5Element(
            "MSMB",
            "MSMB",
            _blocks("51549083 51549115 51549163 51549195 51549355 51549451 51549483 51549531 51549563"),
        ),
        Cagi5Element(
            "MYCrs6983267",
            "MYCrs6983267",
            _blocks("128413073 128413185 128413265 128413313 128413345 128413505 128413569 128413601 128413649"),
        ),
        Cagi5Element(
            "PKLR",
            "PKLR-48h",
            _blocks("155271234 155271282 155271346 155271394 155271442 155271538 155271570 155271634"),
        ),
        Cagi5Element(
            "SORT1",
            "SORT1",
            _blocks("109817337 109817417 109817449 109817481 109817513 109817545 109817577 109817641 109817721"),
        ),
        Cagi5Element("TERT-GBM", "TERT-GBM", _TERT),
        Cagi5Element("TERT-HEK293T", "TERT-HEK", _TERT),
        Cagi5Element(
            "ZFAND3",
            "ZFAND3",
            _blocks(
                "37775274 37775370 37775418 37775450 37775530 37775562 37775594 37775674 37775722 37775802 37775850",
                37775853,
            ),
        ),
    )
}

# The elements scored for each model output. PKLR was assayed in K562; GP1BB, HBB and HBG1 in HEL 92.1.7, an
# erythroid line for which K562 is the closest of the three.
MATCHED: dict[str, tuple[str, ...]] = {"K562": ("GP1BB", "HBB", "HBG1", "PKLR"), "HepG2": ("F9", "LDLR", "SORT1")}
MATCHED_ELEMENTS = tuple(name for group in MATCHED.values() for name in group)

# The two publications of the same measurements disagree in sign here (GRCh37 position, ref, alt).
SIGN_DIFFERS = {
    "SORT1": ((109817590, "G", "T"), (109817479, "G", "C")),
    "MSMB": ((51549496, "T", "C"),),
}


@dataclass(frozen=True)
class MeasuredElement:
    """All measured variants of one data set in one build.

    Attributes:
        data_set: what and in which cells.
        region: the assayed stretch.
        variants: a table with the columns `pos` (1-based), `ref`, `alt` (`-` for a deletion), `effect`
            (log2 alt/ref), `p`, `confidence`, `barcodes`, sorted by position and allele.
    """

    data_set: DataSet
    region: Region
    variants: pd.DataFrame

    def reference(self, gaps: str = "error") -> Sequence:
        """The element's reference sequence, rebuilt from the reference alleles.

        Args:
            gaps: 'error', or 'N' to write N where no variant was measured (TCF7L2 has one such position).

        Raises:
            DataError: a position without any variant, unless gaps='N'.
        """
        bases = ["N"] * len(self.region)
        for pos, ref in zip(self.variants["pos"], self.variants["ref"], strict=True):
            bases[pos - 1 - self.region.start] = ref
        missing = [self.region.start + i + 1 for i, b in enumerate(bases) if b == "N"]
        if missing and gaps == "error":
            raise DataError(
                f"{self.data_set.name}: no variant was measured at {self.region.chrom}:{missing[0]}"
                + (f" and {len(missing) - 1} more positions" if len(missing) > 1 else "")
                + ", so the reference base there is not in the table; pass gaps='N' to write N there"
            )
        return Sequence(self.data_set.name, "".join(bases), self.region, "saturation mutagenesis")

    def snvs(self) -> pd.DataFrame:
        """The variants that are not deletions."""
        return self.variants[self.variants["alt"] != DELETION].reset_index(drop=True)


def confidence(p: np.ndarray) -> np.ndarray:
    """The challenge's confidence from p values: min(1, -log10(p) / 50); p = 0 gives 1."""
    with np.errstate(divide="ignore"):
        return np.minimum(1.0, -np.log10(np.asarray(p, dtype=float)) / 50) + 0.0


def holds(data_set: str, build: str) -> bool:
    """Whether the table has rows of a data set in a build (a name of `BUILDS`)."""
    table = _table()
    return bool(((table["data_set"] == data_set) & (table["build"] == build)).any())


def load(data_set: str, build: str = "GRCh37") -> MeasuredElement:
    """One data set in one build; raises InputError for an unknown name or build."""
    if data_set not in DATA_SETS:
        raise unknown("saturation mutagenesis data set", data_set, DATA_SETS)
    build = build_named(build)
    if build not in BUILDS:
        raise unknown("genome build of the measured elements", build, BUILDS)
    table = _table()
    rows = table[(table["data_set"] == data_set) & (table["build"] == build)]
    chrom = "chr" + str(rows["chrom"].iloc[0])
    variants = rows[["pos", "ref", "alt", "effect", "p", "confidence", "barcodes"]]
    variants = variants.sort_values(["pos", "alt"], ignore_index=True)
    region = Region(chrom, int(variants["pos"].min()) - 1, int(variants["pos"].max()), build)
    return MeasuredElement(DATA_SETS[data_set], region, variants)


def load_cagi5(name: str) -> tuple[MeasuredElement, np.ndarray]:
    """A CAGI5 element in GRCh37 and, for each row of its `variants`, whether the challenge trained on it."""
    if name not in CAGI5:
        raise unknown("CAGI5 element", name, CAGI5)
    element = load(CAGI5[name].data_set, "GRCh37")
    return element, _trained_on(name, element)


def in_training(name: str, positions: np.ndarray) -> np.ndarray:
    """True for the 1-based GRCh37 positions that belong to the challenge's training variants."""
    positions = np.asarray(positions)
    return np.any([(positions >= a) & (positions <= b) for a, b in CAGI5[name].training], axis=0)


def training_rows(element: MeasuredElement) -> np.ndarray | None:
    """For each row of `element.variants`, in either build, whether the challenge trained on its position.

    None for a data set that is not in the challenge.
    """
    name = next((e.name for e in CAGI5.values() if e.data_set == element.data_set.name), None)
    return None if name is None else _trained_on(name, element)


def _trained_on(name: str, element: MeasuredElement) -> np.ndarray:
    """`training_rows` of the CAGI5 element `name`, in either build."""
    in_37 = element if element.region.build == "GRCh37" else load(element.data_set.name, "GRCh37")
    flags = in_training(name, np.arange(in_37.region.start + 1, in_37.region.end + 1))
    if in_37.reference("N").bases != element.reference("N").bases:
        flags = flags[::-1]  # MSMB runs on the other strand in GRCh38, so its positions turn round
    return flags[element.variants["pos"].to_numpy() - 1 - element.region.start]


def context(element: MeasuredElement) -> Sequence:
    """The element with as much known sequence around it as there is.

    The 15 CAGI5 elements have flanks of at least 104 bases, from GRCh37; in GRCh38 the same bases stand around
    the element (on the other strand for MSMB) and are placed by their distance to it. For every other element
    this is the element itself.

    Raises:
        DataError: the reference window does not hold the element's reference alleles.
    """
    own = element.reference(gaps="N")
    name = next((e.name for e in CAGI5.values() if DATA_SETS[e.data_set].element == element.data_set.element), None)
    if name is None:
        return own
    entry = json.loads(sources.path("cagi5_references").read_text(encoding="utf-8"))[name]
    bases, core = entry["sequence"], own.bases[1:-1]
    if core not in bases:
        bases = reverse_complement(bases)
    if bases.count(core) != 1:
        raise DataError(f"the reference window of {name} does not hold the element's reference alleles")
    # the base at an end may not be the genome's, as the first of SORT1-flip; what was assayed is what counts
    offset = bases.index(core) - 1
    bases = bases[:offset] + own.bases + bases[offset + len(own) :]
    start = element.region.start - offset
    region = Region(element.region.chrom, start, start + len(bases), element.region.build)
    return Sequence(own.name, bases, region, "reference around the element")


def find_variant(chrom: str, pos: int, ref: str, alt: str, build: str = "GRCh37") -> list[tuple[str, int, str, str]]:
    """The measured data sets that hold a variant.

    Args:
        chrom: with or without 'chr'.
        pos: 1-based.
        alt: the base, or `DELETION`.

    Returns:
        `(data set, position, ref, alt)` for each data set that holds it, in table order.

    Raises:
        InputError: not measured there, or the reference base differs from the measured element's.
    """
    place = f"chr{chrom.removeprefix('chr')}:{pos}"
    chrom = chrom.removeprefix("chr")
    table = _table()
    rows = table[(table["build"] == build) & (table["chrom"] == chrom) & (table["pos"] == pos)]
    if rows.empty:
        raise InputError(f"no saturation mutagenesis data set covers {place} in {build}")
    if ref not in set(rows["ref"]):
        raise InputError(f"the reference base at {place} ({build}) is {rows['ref'].iloc[0]}, not {ref}")
    hits = rows[rows["alt"] == alt]
    if hits.empty:
        measured = ", ".join(sorted(set(rows["alt"])))
        raise InputError(f"{place} {ref or DELETION}>{alt} was not measured; measured there: {measured}")
    return [(str(d), pos, ref, alt) for d in hits["data_set"]]


_COLUMNS = ("chrom", "pos", "ref", "alt", "effect", "p", "barcodes", "data_set", "build")
_memory: dict[str, pd.DataFrame] = {}


def _table() -> pd.DataFrame:
    """The whole table, from memory, else its compact form, else the source."""
    file = sources.processed("satmut", "satmut")
    if str(file) not in _memory:
        columns = store.remembered(file, _COLUMNS, _source_columns)
        frame = pd.DataFrame({c: columns[c] for c in _COLUMNS})
        frame["confidence"] = confidence(frame["p"].to_numpy())
        _memory[str(file)] = frame
    return _memory[str(file)]


def _source_columns() -> dict[str, np.ndarray]:
    """The source as arrays without objects, which a file of arrays may hold."""
    source = _read_source()
    text = ("chrom", "ref", "alt", "data_set", "build")
    return {c: source[c].to_numpy(str if c in text else None) for c in _COLUMNS}


def _read_source() -> pd.DataFrame:
    with gzip.open(sources.path("satmut"), "rt", encoding="utf-8") as handle:
        frame = pd.read_csv(handle, sep="\t", dtype={"Chrom": str})
    # 11 rows of each build carry a measurement but no position or alleles; they cannot be placed
    frame = frame.dropna(subset=["Chrom", "Pos", "Ref", "Alt"])
    frame["Pos"] = frame["Pos"].astype(np.int64)
    frame.columns = [c.lower() for c in frame.columns]
    return frame.rename(columns={"coefficient": "effect", "pvalue": "p", "element": "data_set", "release": "build"})
