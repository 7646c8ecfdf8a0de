"""Variants: the predicted effect of every allele of a VCF, of a table or a list, or of variants that are typed."""

from __future__ import annotations

import dataclasses
import hashlib

import pandas as pd
import streamlit as st

from engine.errors import CisLensError
from engine.experiments.checkpoints import Checkpoint
from engine.genome.annotated import annotated_vcf
from engine.genome.effects import CENTRED, IDENTITY, SEVEN, join, opened, score_variants
from engine.genome.exports import variants_vcf
from engine.genome.reference import Reference
from engine.results import Progress
from pages.panels.variants.given import Given, given
from pages.shared import bench, downloads, header, inputs, navigation, state, work
from pages.shared.models import choose_models
from pages.shared.plain import plain

UNFINISHED: state.Key[dict] = state.Key("variants_unfinished", {})  # scores, by what they depend on
WINDOWS = {"one, the variant in its middle": CENTRED, "seven, as in the Benchmark": SEVEN}
KEPT = 4  # unfinished runs that can be gone on with


def unfinished(signature: tuple) -> dict[str, dict]:
    """What is scored already under these settings, a dictionary of results for each model."""
    runs = UNFINISHED.setdefault({})
    mine = runs.setdefault(signature, {})
    while len(runs) > KEPT:
        runs.pop(next(iter(runs)))
    return mine


def score(
    entered: Given, reference: Reference, models: list[Checkpoint], offsets: tuple[int, ...], done: dict
) -> pd.DataFrame | None:
    """The table of results, once it was asked for and is there."""
    variants = entered.variants
    ready = sum(len(done.get(c.name, {}).keys() - entered.refused.keys()) for c in models)
    total = len(set(variants) - entered.refused.keys()) * len(models)
    label = f"Score {total // len(models):,} allele(s)" if not ready else f"Go on scoring ({ready:,} of {total:,} done)"

    def with_refused(name: str) -> dict:
        results = done.setdefault(name, {})
        results |= entered.refused
        return results

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
                    done=with_refused(c.name),
                    progress=lambda at, n, i=i: progress(i * n + at, n * len(models)),
                )
            )
        return join(tables)

    return work.on_request("variants", label, signature, compute)


def as_vcf(entered: Given, table: pd.DataFrame, reference: Reference) -> str:
    """One VCF that was given alone with the effects added; of anything else the alleles alone."""
    if len(entered.sources) == 1 and entered.sources[0][1].vcf is not None:
        return annotated_vcf(entered.sources[0][1].vcf, table)
    return variants_vcf(entered.variants, table, reference)


def show(table: pd.DataFrame, entered: Given, reference: Reference, models: list[Checkpoint]) -> None:
    """The table, its downloads, and the way from a row to the Explorer."""
    variants = entered.variants
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
        downloads.button("Annotated VCF", lambda: as_vcf(entered, table, reference), "variants.vcf")


navigation.inside_app("pages/variants.py")
header.show("pages/variants.py")
st.markdown(
    "The predicted effect of sequence variants: upload a VCF, a table or a list, or type variants. Both alleles are "
    "scored in the same windows, both strands averaged."
)
try:
    chosen = inputs.choose_reference("variants")
except CisLensError as error:
    st.error(plain(error))
    chosen = None
if chosen is None:
    st.stop()
reference, place = chosen
entered = given(reference, place)
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
if not entered.variants:
    st.info("Upload a VCF, a table or a list of variants, or type one.")
    st.stop()
if all(variant in entered.refused for variant in entered.variants):
    st.info("No allele can be scored as it stands.")
    st.stop()
digest = hashlib.sha256(repr(entered.variants).encode()).hexdigest()
signature = (place, digest, tuple((c.name, c.weights_hash) for c in models), WINDOWS[windows])
table = score(entered, reference, models, WINDOWS[windows], unfinished(signature))
if table is not None:
    show(table, entered, reference, models)
