"""The variant that the user looks for: read in any notation, its data set and build put on screen."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from engine.builds import contradict
from engine.data import satmut
from engine.data.measured_variants import measured_variants
from engine.data.satmut import MeasuredElement
from engine.errors import CisLensError, InputError
from engine.experiments import labels
from engine.genome.assemblies import chromosome
from engine.genome.notations.files import read_variants
from engine.genome.variants import Variant
from engine.sequence import Region
from pages.shared import inputs, state
from pages.shared.plain import plain

ELEMENT = state.Key("sat_element", "SORT1")
BUILD = state.Key("sat_build", "GRCh38")
LOOKUP = state.Key("lookup", "")
LOOKED_UP: state.Key[str | None] = state.Key("looked_up", None)
LOOKUP_ERROR: state.Key[str | None] = state.Key("lookup_error", None)
EXAMPLE = {"GRCh37": "chr1:109817590 G>T", "GRCh38": "chr1:109274968 G>T"}


@dataclass(frozen=True)
class Looked:
    """A measured variant; `pos` is 1-based, `alt` is '-' for a deletion."""

    pos: int
    ref: str
    alt: str

    @property
    def mark(self) -> tuple[int, str]:
        return self.pos, self.alt


def look_up() -> Looked | None:
    """The variant that was typed, if it was measured; a new one leads to its data set, and to its build.

    Called before the widgets of element and build, which it may set.
    """
    text = LOOKUP.get().strip()
    is_new = text != LOOKED_UP.get()
    LOOKED_UP.put(text)
    LOOKUP_ERROR.clear()
    if not text:
        return None
    build = BUILD.get()
    others = [b for b in satmut.BUILDS if b != build] if is_new else []
    hits, wrong = {}, ""
    for one in (build, *others):
        try:
            hits = _measured(text, one)
        except CisLensError as error:
            wrong = wrong or str(error)
            continue
        BUILD.put(one)
        break
    if not hits:
        LOOKUP_ERROR.put(wrong)
        return None
    if is_new and ELEMENT.get() not in hits:
        ELEMENT.put(next(n for n in satmut.DATA_SETS if n in hits))
    return hits.get(ELEMENT.get())


def _measured(text: str, build: str) -> dict[str, Looked]:
    """The data sets that hold the first measured allele of a text, in any notation that the Variants page takes.

    Raises:
        InputError: no variant, or none that was measured.
    """
    read = read_variants(text, "the text", inputs.measured_elements(inputs.ALL, build))
    wrong = ""
    for variant in read.variants:
        try:
            return _hits(variant, text, build)
        except InputError as error:
            wrong = wrong or str(error)
    raise InputError(wrong or "no variant stands there; write it as chr1:109274968 G>T")


def _hits(variant: Variant, text: str, build: str) -> dict[str, Looked]:
    if contradict(variant.build, build):
        raise InputError(f"'{text}' is of {variant.build}; choose that build")
    start, ref, alt = variant.trimmed
    found = satmut.find_variant(chromosome(variant.chrom), start + 1, ref, alt or satmut.DELETION, build)
    return {name: Looked(pos, was, new) for name, pos, was, new in found}


def show(looked: Looked, element: MeasuredElement, variants: pd.DataFrame, names: list[str], output: str) -> None:
    """What was measured and what is predicted for it, and which sign is plausible where two publications differ."""
    row = variants[(variants["pos"] == looked.pos) & (variants["alt"] == looked.alt)].iloc[0]
    place = f"{element.region.chrom}:{looked.pos} {looked.ref}>{looked.alt}"
    st.markdown(
        f"**{plain(place)}** in {plain(element.data_set.name)}: measured **{row['effect']:+.2f}** log2 alt/ref "
        f"(confidence {row['confidence']:.2f}, {int(row['barcodes'])} barcodes)"
        + (f"; predicted in {plain(output)}: " if names else "")
        + ", ".join(f"**{row[n]:+.2f}** ({plain(labels.short(n))})" for n in names)
        + (" log2 RNA/DNA" if names else "")
        + ". It has a frame in the maps."
    )
    region = Region(element.region.chrom, looked.pos - 1, looked.pos, element.region.build)
    for v in measured_variants(region, looked.ref, looked.alt.replace(satmut.DELETION, "")):
        if v.data_set == element.data_set.name and v.remark:
            st.warning(plain(v.remark), icon=":material/swap_vert:")
