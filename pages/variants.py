"""Variants: the predicted effect of every allele of a VCF, or of variants that are typed."""

from __future__ import annotations

import dataclasses
import hashlib

import pandas as pd
import streamlit as st

from engine.errors import CisLensError
from engine.experiments.checkpoints import Checkpoint
from engine.genome.effects import CENTRED, IDENTITY, SEVEN, join, opened, score_variants, wrong_build
from engine.genome.exports import variants_vcf
from engine.genome.reference import Reference
from engine.genome.variants import ReadVariants, Variant, parse_variants, read_vcf
from engine.results import Progress
from pages.shared import bench, downloads, inputs, navigation, state, work
from pages.shared.models import choose_models
from pages.shared.plain import plain

UNFINISHED: state.Key[dict] = state.Key("variants_unfinished", {})  # scores, by what they depend on
WINDOWS = {"one, the variant in its middle": CENTRED, "seven, as in the Benchmark": SEVEN}
KEPT = 4  # unfinished runs that can be gone on with
EXAMPLES = "chr1:109817590 G>T\nNC_000001.10:g.109817590G>T\n1-109817590-G-T"


def given(reference: Reference) -> list[Variant]:
    """The variants of the file and of the text field; what cannot be read is named."""
    left, right = st.columns(2)
    sources: list[tuple[str, ReadVariants]] = []
    with left:
        try:
            file = inputs.upload("VCF file", ["vcf", "gz", "bgz"], "variants_upload", read_vcf)
        except CisLensError as error:
            st.error(plain(error))
            file = None
        if file:
            sources.append((f"from {file[0]}", file[1]))
    with right:
        typed = st.text_area(
            "Variants, one a line",
            key="variants_typed",
            height=120,
            placeholder=EXAMPLES,
            persist_state="session",
            help="chr1:109817590 G>T, 1-109817590-G-T, a deletion as chr1:109817590 G>-, or genomic HGVS "
            "(NC_000001.10:g.109817590del).",
        )
        if typed.strip():
            sources.append(("typed", parse_variants(typed, reference)))
    skipped = [(what, line, reason) for what, read in sources for line, reason in read.skipped]
    if skipped:
        with st.expander(f"{len(skipped):,} line(s) or allele(s) left out", icon=":material/warning:", expanded=True):
            if len(skipped) <= 5:
                for what, line, reason in skipped:
                    st.text(f"{what}, line {line}: {reason}")
            else:
                st.dataframe(pd.DataFrame(skipped, columns=["from", "line", "reason"]), hide_index=True, height=200)
    if sources:
        st.caption("Alleles: " + ", ".join(f"{len(read.variants):,} {what}" for what, read in sources) + ".")
    return [v for _, read in sources for v in read.variants]


def unfinished(signature: tuple) -> dict[str, dict]:
    """What is scored already under these settings, a dictionary of results for each model."""
    runs = UNFINISHED.setdefault({})
    mine = runs.setdefault(signature, {})
    while len(runs) > KEPT:
        runs.pop(next(iter(runs)))
    return mine


def score(
    variants: list[Variant], reference: Reference, models: list[Checkpoint], offsets: tuple[int, ...], done: dict
) -> pd.DataFrame | None:
    """The table of results, once it was asked for and is there."""
    ready = sum(len(done.get(c.name, {})) for c in models)
    total = len(set(variants)) * len(models)
    label = f"Score {len(variants):,} allele(s)" if not ready else f"Go on scoring ({ready:,} of {total:,} done)"

    def compute(progress: Progress) -> pd.DataFrame:
        tables = []
        for i, c in enumerate(models):
            tables.append(
                score_variants(
                    c.inference_model,
                    variants,
                    reference,
                    name=c.name,
                    offsets=offsets,
                    done=done.setdefault(c.name, {}),
                    progress=lambda at, n, i=i: progress(i * n + at, n * len(models)),
                )
            )
        return join(tables)

    return work.on_request("variants", label, signature, compute)


def show(table: pd.DataFrame, variants: list[Variant], reference: Reference, models: list[Checkpoint]) -> None:
    """The table, its downloads, and the way from a row to the Explorer."""
    bad = int((table["problem"] != "").sum())
    if bad:
        st.warning(f"{bad:,} of {len(table):,} alleles could not be scored; the column 'problem' says why.")
    both = st.toggle("Show the predictions of both alleles", key="variants_both", persist_state="session")
    numbers = [c for c in table.columns if c not in IDENTITY and c != "problem" and (both or c.endswith(".effect"))]
    shown = table[[*IDENTITY, *numbers, *(["problem"] if bad else [])]].replace({"ref": {"": "-"}, "alt": {"": "-"}})
    picked = st.dataframe(
        shown,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key=f"variants-table-{state.VERSION.get()}",
        column_config={
            "pos": st.column_config.NumberColumn(format="%d"),
            **{
                c: st.column_config.NumberColumn(
                    c.removesuffix(".effect") if not both else c,
                    format="%+.3f" if c.endswith(".effect") else "%.3f",
                    help="Effect: predicted activity of alt minus ref over the same windows, log2(RNA/DNA)",
                )
                for c in numbers
            },
        },
    )
    st.caption(
        "Effect: alt minus ref over the same windows, log2 RNA/DNA. Click a column's head to sort. "
        "Select a row to open the variant in the Explorer."
    )
    if picked.selection.rows:
        row = picked.selection.rows[0]
        try:
            document = opened(variants[row], reference, models[0].model.window)
            remark = f"{variants[row].name} against {reference.name}; the variant is the first edit."
            bench.open_beside(dataclasses.replace(document, remark=remark))
        except CisLensError as error:
            st.error(plain(error))
        else:
            st.switch_page("pages/explorer.py")
    with st.container(horizontal=True):
        downloads.table("Table (CSV)", table, "variants.csv", float_format="%.6g")
        downloads.button("Annotated VCF", lambda: variants_vcf(variants, table, reference), "variants.vcf")


navigation.inside_app("pages/variants.py")
st.title("Variants")
st.markdown(
    "The predicted effect of sequence variants: upload a VCF or type variants. Both alleles are scored in the same "
    "windows, both strands averaged."
)
try:
    chosen = inputs.choose_reference("variants")
except CisLensError as error:
    st.error(plain(error))
    chosen = None
if chosen is None:
    st.stop()
reference, place = chosen
variants = given(reference)
settings = st.columns([2, 1])
with settings[0]:
    models = choose_models()
with settings[1]:
    windows = st.selectbox(
        "Windows a variant",
        list(WINDOWS),
        key="variants_windows",
        persist_state="session",
        help="Seven windows, the variant up to 90 bases from their middle, take seven times as long.",
    )
if not variants:
    st.info("Upload a VCF, or type a variant.")
    st.stop()
remark = wrong_build(variants, reference)
if remark:
    st.warning(plain(remark))
digest = hashlib.sha256(repr(variants).encode()).hexdigest()
signature = (place, digest, tuple((c.name, c.weights_hash) for c in models), WINDOWS[windows])
table = score(variants, reference, models, WINDOWS[windows], unfinished(signature))
if table is not None:
    show(table, variants, reference, models)
