"""What the user gives to the page Variants: a file, typed lines, and for rs numbers a dbSNP file of their own."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import streamlit as st

from engine.errors import CisLensError
from engine.genome import dbsnp
from engine.genome.diagnosis import Diagnosis, diagnosis
from engine.genome.notations.files import read_variants
from engine.genome.notations.typed import RsNumbers, rs_numbers
from engine.genome.notations.vcf import is_vcf, read_vcf_text
from engine.genome.reference import Reference
from engine.genome.variants import ReadVariants, Variant
from engine.text import text_of
from pages.shared import inputs, state
from pages.shared.plain import plain

TYPES = ["vcf", "txt", "tsv", "csv", "tab", "list", "gz", "bgz"]
_POSITION = {"GRCh37": (109817590, "NC_000001.10", "b37"), "GRCh38": (109274968, "NC_000001.11", "b38")}  # rs12740374
HELP = (
    "chr1:109274968 G>T, 1-109274968-G-T, a deletion as chr1:109274968 G>-, genomic HGVS "
    "(NC_000001.11:g.109274968del), SPDI (NC_000001.11:109274967:G:T, counted from 0), GTEx ids "
    "(chr1_109274968_G_T_b38), lines of VEP (1 109274968 109274968 G/T +) and of VCF, or a table with a header."
)
_READ: state.Key[dict] = state.Key("variants_read", {})  # what texts hold, by what they are read with
_JUDGED: state.Key[list] = state.Key("variants_judged", [])  # readings, their reference, and what was found
_KEPT = 4  # such readings that are kept


@dataclass(frozen=True)
class Given:
    """The variants, by where they come from.

    Attributes:
        refused: those of a source that as a whole does not fit the reference, with what is wrong; none is scored.
    """

    sources: list[tuple[str, ReadVariants]]
    refused: dict[Variant, str]

    @property
    def variants(self) -> list[Variant]:
        return [v for _, read in self.sources for v in read.variants]


def examples(build: str) -> str:
    """One variant in four notations, at its place in the reference's build."""
    at, contig, short = _POSITION.get(build, _POSITION["GRCh38"])
    return f"chr1:{at} G>T\n{contig}:g.{at}G>T\nchr1_{at}_G_T_{short}\nchr1  {at}  rs12740374  G  T"


def given(reference: Reference, place: Hashable) -> Given:
    """The variants of the file and of the text field; what cannot be read is named, and what does not fit.

    Args:
        place: what tells the reference from others.
    """
    left, right = st.columns(2)
    with left:
        file = _uploaded()
    with right:
        typed = st.text_area(
            "Variants, one a line",
            key="variants_typed",
            height=120,
            placeholder=examples(reference.build),
            persist_state="session",
            help=HELP,
        )
    texts = [(f"from {name}", name, content) for name, content in ([file] if file else [])]
    texts += [("typed", "the text", typed)] if typed.strip() else []
    known = _dbsnp({rs for *_, content in texts if isinstance(content, str) for rs in rs_numbers(content)})
    sources = []
    for where, name, content in texts:
        try:
            if isinstance(content, str):
                signature = (name, content, place, None if known is None else tuple(sorted(known)))
                content = _remembered(signature, functools.partial(read_variants, content, name, reference, known))
            sources.append((where, content))
        except CisLensError as error:
            st.error(plain(error))
    _left_out(sources)
    if sources:
        st.caption("Alleles: " + ", ".join(f"{len(r.variants):,} {plain(where)}" for where, r in sources) + ".")
    return Given(sources, _refused(sources, reference, place))


def _read(data: bytes, name: str) -> ReadVariants | str:
    """A VCF read, and the text of any other file, which needs the reference to be read."""
    text = text_of(data, name, "variants")
    return read_vcf_text(text, name) if is_vcf(text) or name.lower().endswith((".vcf", ".vcf.gz")) else text


def _uploaded() -> tuple[str, ReadVariants | str] | None:
    try:
        return inputs.upload("VCF, table, or list of variants", TYPES, "variants_upload", _read)
    except CisLensError as error:
        st.error(plain(error))
        return None


def _remembered(signature: tuple, read: Callable[[], ReadVariants]) -> ReadVariants:
    """`read()`, done once for the same text and reference."""
    kept = _READ.setdefault({})
    key = hashlib.sha256(repr(signature).encode("utf-8", "surrogatepass")).hexdigest()
    if key not in kept:
        kept[key] = read()
        while len(kept) > _KEPT:
            kept.pop(next(iter(kept)))
    return kept[key]


def _dbsnp(wanted: set[str]) -> RsNumbers | None:
    """The variants of rs numbers in the user's dbSNP file; None without one."""
    if not wanted:
        return None
    file = st.text_input(
        f"dbSNP VCF on this computer, for {len(wanted):,} rs number(s)",
        key="variants_dbsnp",
        placeholder="/data/GCF_000001405.40.gz",
        persist_state="session",
        help="rs numbers are names in dbSNP. Nothing is looked up on the internet; the whole file is read once, which "
        "takes minutes for all of dbSNP.",
    ).strip()
    if not file:
        return None
    path = Path(file).expanduser()
    try:
        return _looked_up(str(path), path.stat().st_mtime if path.is_file() else 0.0, tuple(sorted(wanted)))
    except (CisLensError, OSError) as error:
        st.error(plain(error))
        return None


@st.cache_data(show_spinner="Looking up rs numbers in the dbSNP file …", max_entries=8)
def _looked_up(file: str, stamp: float, wanted: tuple[str, ...]) -> dict[str, list[Variant]]:
    return dbsnp.look_up(file, wanted)


def _left_out(sources: list[tuple[str, ReadVariants]]) -> None:
    """Every line or allele that is no variant, with the reason, and what else is to be known of a file."""
    for _, read in sources:
        for remark in read.remarks:
            st.warning(plain(remark))
    skipped = [(where, s.line, s.reason) for where, read in sources for s in read.skipped]
    if not skipped:
        return
    with st.expander(f"{len(skipped):,} line(s) or allele(s) left out", icon=":material/warning:", expanded=True):
        if len(skipped) <= 5:
            for where, line, reason in skipped:
                st.text(f"{where}, line {line}: {reason}")
        else:
            st.dataframe(pd.DataFrame(skipped, columns=["from", "line", "reason"]), hide_index=True, height=200)


def _refused(sources: list[tuple[str, ReadVariants]], reference: Reference, place: Hashable) -> dict[Variant, str]:
    refused: dict[Variant, str] = {}
    for where, read in sources:
        found = _judged(read, reference, place)
        if found.remark:
            st.warning(plain(f"Variants {where}: {found.remark}."))
        if found.refused:
            refused |= dict.fromkeys(read.variants, found.remark)
    return refused


def _judged(read: ReadVariants, reference: Reference, place: Hashable) -> Diagnosis:
    """`diagnosis`, done once for the same reading and reference: each click runs the page again."""
    kept = _JUDGED.setdefault([])
    for one, at, found in kept:
        if one is read and at == place:
            return found
    found = diagnosis(read.variants, reference)
    kept[:] = [*kept[1 - _KEPT :], (read, place, found)]
    return found
