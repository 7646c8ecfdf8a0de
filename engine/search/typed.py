"""What somebody typed into the search box: a variant, a place, bases, or the name of something."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.data import genes, library, satmut, sources
from engine.errors import CisLensError, InputError, unknown_of_many
from engine.genome.assemblies import chromosome
from engine.genome.notations.typed import is_variant, parse_variant
from engine.genome.regions import read_regions
from engine.search import catalogue
from engine.sequence import Region

VARIANT, PLACE, BASES, GENE, LIBRARY = "variant", "place", "bases", "gene", "library element"
FEWEST_BASES = 20  # that are taken for a sequence and not for a name
LONGEST = 20_000  # characters
_BASES = re.compile(r"[ACGTUN\s]+", re.IGNORECASE)
_POSITION = re.compile(r"(chr)?([0-9]{1,2}|[XYM]|MT)[:\s]([0-9,]{1,13})", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """What a text means.

    Attributes:
        kind: one of the constants above, or that of an entry of the catalogue.
        id: what leads on: the variant or bases as typed, the name of a gene, element, matrix or model.
        region: of a place or a gene.
        measured: the data set of saturation mutagenesis that holds it, and in which genome build.
    """

    kind: str
    id: str
    region: Region | None = None
    measured: tuple[str, str] | None = None


def meaning(text: str) -> Found:
    """What a text means: bases, a variant or a place by its form, else whatever has this name.

    Raises:
        InputError: nothing has this name; the message says what comes close.
    """
    tidied = " ".join(text.split())
    if not tidied or len(text) > LONGEST:
        raise InputError(f"type a name or up to {LONGEST:,} characters of a sequence")
    if _BASES.fullmatch(text) and len(text.replace(" ", "")) >= FEWEST_BASES:
        return Found(BASES, text)
    if is_variant(tidied):
        return Found(VARIANT, tidied, measured=_variant_measured(tidied))
    if region := _place(tidied):
        return Found(PLACE, region.label, region, _place_measured(region))
    return _named(tidied)


def _variant_measured(text: str) -> tuple[str, str] | None:
    for build in reversed(satmut.BUILDS):
        try:
            variant = parse_variant(text)
            if variant.build in ("", build):
                alt = variant.alt or satmut.DELETION
                hits = satmut.find_variant(chromosome(variant.chrom), variant.pos, variant.ref, alt, build)
                return hits[0][0], build
        except CisLensError:  # not measured, or it takes a genome to read it
            continue
    return None


def _place(text: str) -> Region | None:
    position = _POSITION.fullmatch(text)
    if position:
        at = int(position[3].replace(",", "") or 0)
        return Region(chromosome(position[2]), at - 1, at) if at else None
    if not re.search("[0-9]", text) or ":" not in text:
        return None
    try:
        regions = read_regions(text).regions
    except InputError:
        return None
    return regions[0].region if len(regions) == 1 else None


def _place_measured(place: Region) -> tuple[str, str] | None:
    if not sources.available("satmut"):
        return None
    for build in reversed(satmut.BUILDS):
        for name in satmut.DATA_SETS:
            region = satmut.load(name, build).region
            same = chromosome(region.chrom) == chromosome(place.chrom)
            if same and region.start < place.end and place.start < region.end:
                return name, build
    return None


def _named(text: str) -> Found:
    wanted = text.upper()
    entries = catalogue.whole()
    for entry in entries:
        if wanted in (entry.name.upper(), entry.id.upper()):
            return Found(entry.kind, entry.id)
    for element, (gene, _) in genes.ELEMENTS.items():
        if wanted in (gene.upper(), element.upper()):
            return Found(catalogue.ELEMENT, genes.data_sets_of(gene)[0])
    there = sources.available("lentimpra_sequences", "lentimpra_activity")
    if there and (library.joint().table.names == text).any():
        return Found(LIBRARY, text)
    known = genes.known() if sources.available("genes") else {}
    by_id = {g.ensembl.upper(): g for g in known.values()}
    if gene_found := known.get(wanted) or by_id.get(wanted):
        return Found(GENE, gene_found.symbol, gene_found.start)
    names = [*(e.name for e in entries), *known]
    raise unknown_of_many("name", text[:60], names, "genes, measured elements, motifs of JASPAR and models")
