"""Every file that CisLens downloads: one table, one way to fetch, one checksum test.

`path(name)` gives a file that passed its checksum or raises `DataError`. Files live in the user's cache
(`~/.cache/cislens`, or `CISLENS_CACHE`); `CISLENS_DATA=<folder>` makes a local copy serve instead, under
the same checksum test. What the engine computes from them (`processed`) always goes to the cache.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pooch
import requests

from engine.errors import DataError, unknown
from engine.store import cache_folder, digest, replacing

AGARWAL = "Agarwal et al. 2025, Nature 639:411-420, doi:10.1038/s41586-024-08430-9"
ENGREITZ = "Gschwind et al. 2025 (ENCODE-rE2G), github.com/EngreitzLab/CRISPR_comparison"
KIRCHER = "Kircher et al. 2019, Nat Commun 10:3583, doi:10.1038/s41467-019-11526-w"
NO_LICENCE = "none stated: download, do not redistribute"


@dataclass(frozen=True)
class Source:
    """A public file. `url` is None for files without a public direct download (a local copy only)."""

    name: str
    file: str
    url: str | None
    bytes: int
    sha256: str
    what: str
    cite: str
    licence: str


SOURCES: dict[str, Source] = {
    s.name: s
    for s in (
        Source(
            "lentimpra_sequences",
            "ultra_joint.fa.gz",
            "https://raw.githubusercontent.com/kircherlab/ISMB-2025_IGVF-MPRA-Tutorial/"
            "f50c8c0d9fb05861f6be06dacb588f600542b3fd/05_sequence_models/02_data/ultra_joint.fa.gz",
            4014504,
            "5ca681fbf4d8f14f06da48691311041979273ec3fe79bc7fcbdfa62b7c483467",
            "60,000 designed oligos of the joint lentiMPRA library",
            AGARWAL,
            NO_LICENCE,
        ),
        Source(
            "lentimpra_activity",
            "all_cell_type_measured.xlsx",
            "https://raw.githubusercontent.com/de-Boer-Lab/GAME-Agarwal-MPRA-joint-library-evaluator/"
            "bd88f990876b47a6005b7f521837ab50e5ef5e21/agarwal_joint_library/evaluator_data/2023-03-03628-s5/"
            "all_cell_type_measured.xlsx",
            2135631,
            "ed1d2d704957527eb7e532b0604ad244c2410474e4441e529f9dec761568ddd3",
            "measured log2(RNA/DNA) of 56,981 joint-library elements in HepG2, K562 and WTC11",
            AGARWAL + ", supplementary table 5",
            NO_LICENCE,
        ),
        Source(
            "large_hepg2",
            "val_HepG2.tsv",
            "https://raw.githubusercontent.com/autosome-imtf/MPRA-MNIST/0a4b122102a076e52c14dbfc1c38f9ca55988fb4/"
            "datasets/Vikram_splited/val_HepG2.tsv",
            3273509,
            "18ae15e1ec4325d02ed682b9a78579e72198ea2eb00100d4dbca0ba41ccfca1c",
            "12,292 oligos of the separate large-scale HepG2 lentiMPRA experiment, both orientations",
            AGARWAL,
            NO_LICENCE,
        ),
        Source(
            "large_wtc11",
            "val_WTC11.tsv",
            "https://raw.githubusercontent.com/autosome-imtf/MPRA-MNIST/0a4b122102a076e52c14dbfc1c38f9ca55988fb4/"
            "datasets/Vikram_splited/val_WTC11.tsv",
            1153894,
            "d708a8d2188f7453e53e148d59ab4f98aa15e2dada8ad0c7f41d2b2acd1961d1",
            "4,617 oligos of the separate large-scale WTC11 lentiMPRA experiment, both orientations",
            AGARWAL,
            NO_LICENCE,
        ),
        Source(
            "satmut",
            "satmut_elements.tsv.gz",
            "https://raw.githubusercontent.com/kircherlab/MPRA_SaturationMutagenesis/"
            "c5cadb46a3ec9bbeb8f678e8dc2b2335191f121b/data/elements.tsv.gz",
            2677485,
            "fec2eed91fe27af3aae07ebce2eca65e9bad4bb6abba5d8c27f478887dd7b134",
            "measured saturation mutagenesis of 21 regulatory elements (29 data sets), GRCh37 and GRCh38",
            KIRCHER,
            "repository says GPL-3 (LICENSE) and MIT (DESCRIPTION): download, do not redistribute",
        ),
        Source(
            "cagi5_references",
            "cagi5_references.json",
            "https://raw.githubusercontent.com/bryanc5864/RankProject/d1c19d9079b071442935221ded3e35789ab5ece2/"
            "data/cagi5_references.json",
            19554,
            "6f29c7c940bbcb207ed025055b2b661d03f0a7ce1ee117793470cfe397a713f0",
            "GRCh37 reference windows of 701-1,601 bases around the 15 CAGI5 elements",
            "GRCh37 reference genome",
            NO_LICENCE,
        ),
        Source(
            "genes",
            "networks/genes_hg38_tss500.bed",
            "https://raw.githubusercontent.com/EngreitzLab/CRISPR_comparison/"
            "e34b78d489aa8535ae49384abd1fc64ced8ffe3c/resources/genome_annotations/CollapsedGeneBounds.hg38.TSS500bp.bed",
            1346273,
            "d6ca051ea201dc0ba412ba2c8aab9d49b76cbc1b62953a119eb2c9172c09b5c2",
            "20,667 human genes: symbol, Ensembl id and the 500 bases around the transcription start, GRCh38",
            ENGREITZ,
            "MIT (the repository's)",
        ),
        Source(
            "k562_expressed",
            "networks/k562_expressed_genes.tsv",
            "https://raw.githubusercontent.com/EngreitzLab/CRISPR_comparison/"
            "e34b78d489aa8535ae49384abd1fc64ced8ffe3c/resources/genomic_features/K562_expressed_genes.tsv",
            240369,
            "9aa425a9e24d5c1f30fff402ff8f6eea156355ac8ff28da874117983d936cdc0",
            "14,467 genes that are expressed in K562, by symbol",
            ENGREITZ,
            "MIT (the repository's)",
        ),
        Source(
            "hepg2_perturb_seq",
            "networks/hepg2_knockdown_de.csv",
            "https://raw.githubusercontent.com/jonasargelo/PerturbQA/04ff16d20060b7e3629e5874a971000b3c1e4b60/"
            "perturbqa/datasets/hepg2-de.csv",
            2567354,
            "f94045fb44dcca4af9c69bee5c87de624590061a1123d55d9ee42a9c1ca97932",
            "7,435 genes counted in a CRISPRi Perturb-seq screen of HepG2, and the 1,364 knocked-down ones",
            "Wu et al. 2025 (PerturbQA, ICLR; arXiv:2502.21290); measurements: Nadig et al. 2024",
            "Genentech Non-Commercial Software License 1.0 (repository), measurements CC BY 4.0: download, do not "
            "redistribute, non-commercial",
        ),
        Source(
            "hepg2_chip_seq",
            "networks/Hep_G2_ChipSeq.csv",
            "https://raw.githubusercontent.com/causalbench/causalbench/276ac0fda9dd6946c71df4524084f5756ed1288a/"
            "causalscbench/data_access/data/Hep_G2_ChipSeq.csv",
            21108143,
            "9952b9f20b234336fe0e77e2455c93394629c8b7ed5deb23764786fb30aa4d8f",
            "factors whose targets in HepG2 were found by ChIP-seq (148 factors; only their names are used)",
            "Chevalley et al. 2025 (CausalBench), Commun Biol 8:412; ChIP-Atlas and ENCODE",
            "Apache-2.0 (the repository's)",
        ),
        Source(
            "cagi5_release",
            "cagi5_release.xlsx",
            None,
            164986,
            "e944888af19e0be40b18f6c9ee8eb11ec6eb46799964f94af2f2c0407abd2e6b",
            "official CAGI5 training variants; only for checking our split",
            "CAGI5 regulation saturation challenge",
            "none stated",
        ),
        Source(
            "cagi5_challenge",
            "cagi5_challenge.xlsx",
            None,
            473376,
            "ebc50a9a99d8023b2bad3472b7d83a4b629e82d954a234c408d23b52da9897a7",
            "official CAGI5 test variants; only for checking our split",
            "CAGI5 regulation saturation challenge",
            "none stated",
        ),
    )
}

Progress = Callable[[int], None]  # called with the number of bytes that have just arrived


def local_folder() -> Path | None:
    """The folder that `CISLENS_DATA` names, if any."""
    folder = os.environ.get("CISLENS_DATA")
    return Path(folder).expanduser() if folder else None


def get(name: str) -> Source:
    """The source called `name`, or an InputError that lists the known ones."""
    if name not in SOURCES:
        raise unknown("data file", name, SOURCES)
    return SOURCES[name]


def folder() -> Path:
    """Where the data files lie: in `CISLENS_DATA` if that is set, else in the cache."""
    return local_folder() or cache_folder() / "downloads"


def location(source: Source) -> Path:
    """Where the file should lie."""
    return folder() / source.file


def sha256(path: Path) -> str:
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def state(source: Source) -> str:
    """'ok', 'missing', 'incomplete' (too short) or 'wrong checksum'."""
    where = location(source)
    if not where.is_file():
        return "missing"
    size = where.stat().st_size
    if size != source.bytes:
        return "incomplete" if size < source.bytes else "wrong checksum"
    return "ok" if sha256(where) == source.sha256 else "wrong checksum"


def available(*names: str) -> bool:
    """True if every named file is there and has the right size (the checksum is tested when it is read)."""
    return all(
        location(SOURCES[n]).is_file() and location(SOURCES[n]).stat().st_size == SOURCES[n].bytes for n in names
    )


def path(name: str) -> Path:
    """The file of source `name`, checked; raises DataError that says where it was looked for and what to do."""
    source = get(name)
    where = location(source)
    condition = state(source)
    if condition == "ok":
        return where
    if source.url is None:
        mend = "it has no public download; put a copy there (or set CISLENS_DATA to the folder that holds it)"
    elif local_folder():
        mend = "CISLENS_DATA points there: copy the file from " + source.url + " or unset CISLENS_DATA"
    else:
        mend = f"run: python -m engine data fetch {name}"
    raise DataError(f"data file '{name}' ({source.file}) is {condition} at {where}; {mend}")


class _PoochBar:
    """What pooch expects of a progress bar, passed on as a count of bytes that adds up to `size`.

    pooch counts whole blocks, the last one too, and then resets the bar and fills it again.
    """

    def __init__(self, progress: Progress, size: int):
        self.progress, self.left, self.total = progress, size, 0

    def update(self, n: int) -> None:
        n = min(n, self.left)
        self.left -= n
        if n:
            self.progress(n)

    def reset(self) -> None:
        pass

    def close(self) -> None:
        pass


def fetch(name: str, progress: Progress | None = None) -> Path:
    """Download source `name` unless a good copy is there; raises DataError.

    What arrives takes its place only after its checksum matched, so a broken download never replaces a good file.
    """
    source = get(name)
    if state(source) == "ok":
        return location(source)
    if source.url is None or local_folder():
        return path(name)
    where = location(source)
    downloader = pooch.HTTPDownloader(progressbar=_PoochBar(progress, source.bytes) if progress else False, timeout=60)
    try:
        with replacing(where) as partial:
            downloader(source.url, str(partial), None)
            if sha256(partial) != source.sha256:
                raise DataError(
                    f"data file '{name}': what {source.url} sent is not the expected file (wrong checksum or half a "
                    f"file); nothing was kept at {where}; try again, and report it if it persists"
                )
    except requests.RequestException as error:  # an OSError too
        raise DataError(
            f"data file '{name}' could not be downloaded from {source.url} to {where} "
            f"({type(error).__name__}); check the network, or set CISLENS_DATA to a folder that holds {source.file}"
        ) from error
    except OSError as error:
        raise DataError(
            f"data file '{name}' cannot be written to {where} ({error.strerror or error}); make room or give "
            "permission there, or set CISLENS_CACHE to a folder that you can write"
        ) from error
    return where


def processed(stem: str, *names: str) -> Path:
    """The path of a table computed from sources `names`; its file name carries their checksums.

    A new version of a source gives a new path, so a stale table is never read.
    """
    key = digest("".join(get(n).sha256 for n in names), 12)
    return cache_folder() / "processed" / f"{stem}-{key}.npz"
