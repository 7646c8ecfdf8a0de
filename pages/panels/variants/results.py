"""What was scored on the page Variants: a figure, the table beside what was measured, files, one variant in detail."""

from __future__ import annotations

import dataclasses
import zlib
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from engine.builds import build_or_none
from engine.data.measured_variants import MeasuredVariant, measured_variants
from engine.editor import summary
from engine.errors import CisLensError, DataError
from engine.experiments import labels
from engine.experiments.checkpoints import Checkpoint
from engine.genome.annotated import annotated_vcf
from engine.genome.effects import IDENTITY, opened
from engine.genome.exports import variants_vcf
from engine.genome.reference import Reference
from engine.genome.variants import Variant
from engine.plots import variants as plot
from engine.report import dossier as stages
from engine.sequence import Region
from pages.panels.variants.given import Given
from pages.shared import bench, downloads, glossary, show, state, work
from pages.shared.models import all_outputs
from pages.shared.plain import plain

DRAWN = 25  # variants in the figure; of more, those of largest effect
REASONS = 4  # why alleles could not be scored, told one by one


@dataclass(frozen=True)
class Scored:
    """The table of scores, and what it was made of."""

    table: pd.DataFrame
    entered: Given
    reference: Reference
    models: list[Checkpoint]

    @property
    def effects(self) -> list[tuple[str, str, str]]:
        """Column, model and cell type of each predicted effect."""
        return [(f"{c.name}.{o}.effect", c.name, o) for c in self.models for o in c.model.outputs]

    def headed(self, name: str, output: str) -> str:
        """What a model's numbers for a cell type are called; of one model alone by the cell type."""
        return output if len(self.models) == 1 else f"{output}, {labels.short(name)}"


def measured(variant: Variant, reference: Reference) -> tuple[MeasuredVariant, ...]:
    """What saturation mutagenesis measured for a variant; nothing without the data or a known build."""
    build = build_or_none(variant.build or reference.build)
    start, ref, alt = variant.trimmed
    if not build or len(ref) != 1:
        return ()
    try:
        return measured_variants(Region(variant.chrom, start, start + 1, build), ref, alt)
    except DataError:
        return ()


def show_all(scored: Scored) -> None:
    """The figure, the table with its files, and the variant whose row is selected."""
    _problems(scored.table)
    of_assays = [measured(v, scored.reference) for v in scored.entered.variants]
    _figure(scored, of_assays)
    row = _table(scored, of_assays)
    if row is not None:
        _details(scored, scored.entered.variants[row], of_assays[row])


def _problems(table: pd.DataFrame) -> None:
    reasons = table["problem"][table["problem"] != ""].value_counts()
    if reasons.empty:
        return
    told = [f"- {plain(reason)}" + (f" ({n:,} alleles)" if n > 1 else "") for reason, n in reasons.items()]
    more = [f"- and {len(told) - REASONS:,} more reasons, in the file"] if len(told) > REASONS else []
    listed = "\n".join(told[:REASONS] + more)
    st.warning(f"{reasons.sum():,} of {len(table):,} alleles could not be scored:\n\n{listed}")


def _called(variant: Variant) -> str:
    """The variant's own name where it has a short one, and its place."""
    place = f"{variant.chrom}:{variant.pos} {variant.ref or '-'}>{variant.alt or '-'}"
    place = place if len(place) < 40 else place[:38] + "…"
    return place if variant.name.startswith(variant.chrom) or not 0 < len(variant.name) < 20 else (
        f"{variant.name} {variant.ref or '-'}>{variant.alt or '-'}"[:40]
    )  # fmt: skip


def _figure(scored: Scored, of_assays: list[tuple[MeasuredVariant, ...]]) -> None:
    columns = scored.effects
    values = scored.table[[c for c, *_ in columns]].to_numpy(float)
    known = np.flatnonzero(np.isfinite(values).any(axis=1))
    if not len(known):
        return
    largest = known[np.argsort(-np.nanmax(np.abs(values[known]), axis=1), kind="stable")[:DRAWN]]
    rows = np.sort(largest)
    outputs, names = all_outputs(scored.models), [c.name for c in scored.models]
    series = []
    for column, name, output in columns:
        spread = column.removesuffix("effect") + "spread"
        series.append(
            plot.Series(
                scored.headed(name, output),
                outputs.index(output),
                names.index(name),
                scored.table[column].iloc[rows].tolist(),
                scored.table[spread].iloc[rows].tolist() if spread in scored.table else None,
            )
        )
    first = [of_assays[i][0] if of_assays[i] else None for i in rows]
    beside = [(m.effect, f"{m.data_set}, {m.cells}") if m else (float("nan"), "") for m in first]
    called = [_called(scored.entered.variants[i]) for i in rows]
    st.plotly_chart(
        plot.effects(called, series, beside), key="variants-figure", config=show.image_config("cislens-variants", "svg")
    )
    if len(known) > DRAWN:
        st.caption(f"The {DRAWN} of {len(known):,} variants with the largest predicted effect.")


def _table(scored: Scored, of_assays: list[tuple[MeasuredVariant, ...]]) -> int | None:
    """The table with its files; returns the row that is selected."""
    whole, config = scored.table, {}
    kinds = ["effect", "spread"]
    if st.toggle("Show the predictions of both alleles", key="variants_both", persist_state="session"):
        kinds = ["ref", "alt", *kinds]
    words = {"effect": "{}", "spread": "± {}", "ref": "{}, ref", "alt": "{}, alt"}
    terms = {"effect": "effect", "spread": "spread", "ref": "log2 RNA/DNA", "alt": "log2 RNA/DNA"}
    numbers: list[str] = []
    for _, name, output in scored.effects:
        for kind in kinds:
            column = f"{name}.{output}.{kind}"
            if column not in whole:
                continue
            numbers.append(column)
            config[column] = st.column_config.NumberColumn(
                words[kind].format(scored.headed(name, output)),
                format="%+.3f" if kind == "effect" else "%.3f",
                help=glossary.explained(terms[kind], f"{labels.label(name)}, {output}."),
            )
    shown = whole[[*IDENTITY, *numbers]].replace({"ref": {"": "-"}, "alt": {"": "-"}})
    saved = whole.copy()
    if any(of_assays):
        first = [m[0] if m else None for m in of_assays]
        for frame in (shown, saved):
            at = list(frame.columns).index("alt") + 1
            frame.insert(at, "measured", [m.effect if m else np.nan for m in first])
            frame.insert(at + 1, "assay", [_assay(m) for m in of_assays])
        config["measured"] = st.column_config.NumberColumn(
            format="%+.2f", help="Measured effect, log2 alt/ref, in saturation mutagenesis (Kircher et al. 2019)."
        )
    names = {"chrom": "contig", "pos": "position", "name": "name", "ref": "ref", "alt": "alt", "assay": "assay"}
    config |= {c: st.column_config.TextColumn(label) for c, label in names.items() if c != "pos" and c in shown}
    picked = show.pick_row(
        shown,
        f"variants-table-{state.VERSION.get()}-{zlib.crc32(repr(scored.entered.variants).encode())}",
        config | {"pos": st.column_config.NumberColumn("position", format="%d")},
    )
    st.caption(
        "Predicted effect of the new allele in each cell type, log2 RNA/DNA; ± is the spread over the networks behind "
        "a model. Select a row to see that variant in detail."
    )
    with st.container(horizontal=True):
        downloads.table("Table (CSV)", saved, "variants.csv", float_format="%.6g")
        downloads.button("Annotated VCF", lambda: _vcf(scored), "variants.vcf")
    return picked


def _assay(variants: tuple[MeasuredVariant, ...]) -> str:
    if not variants:
        return ""
    more = f" and {len(variants) - 1} more" if len(variants) > 1 else ""
    return f"{variants[0].data_set} in {variants[0].cells}{more}"


def _vcf(scored: Scored) -> str:
    """One VCF that was given alone with the effects added; of anything else the alleles alone."""
    sources = scored.entered.sources
    if len(sources) == 1 and sources[0][1].vcf is not None:
        return annotated_vcf(sources[0][1].vcf, scored.table)
    return variants_vcf(scored.entered.variants, scored.table, scored.reference)


def _details(scored: Scored, variant: Variant, of_assays: tuple[MeasuredVariant, ...]) -> None:
    """One variant: what it does to activity and motifs in a sentence, what every assay measured, the way on."""
    try:
        document = opened(variant, scored.reference, scored.models[0].model.window)
    except CisLensError as error:
        st.error(plain(error))
        return
    remark = f"{variant.name} against {scored.reference.name}; the variant is the first edit."
    document = dataclasses.replace(document, remark=remark)
    with st.container(border=True):
        st.markdown(f"**{plain(_called(variant))}** in its window {plain(document.reference.name)}")
        computing = work.Remembering()
        with st.spinner("Motifs gained and lost …"):
            dossier = stages.scanned(stages.predicted(document, scored.models, computing=computing), computing)
        st.markdown(plain(summary.sentence(summary.under_names(dossier.facts, labels.short))))
        for m in of_assays:
            st.markdown(
                f"Measured in {plain(m.data_set)} ({plain(m.cells)}): **{m.effect:+.2f}** log2 alt/ref, which is "
                f"{m.effect / m.sd:+.1f} s.d. of that assay's effects (confidence {m.confidence:.2f}, {m.barcodes} "
                "barcodes)."
            )
        for remark in dict.fromkeys(m.remark for m in of_assays if m.remark):
            st.warning(plain(remark), icon=":material/swap_vert:")
        with st.container(horizontal=True):
            opens = st.button("Open in the Explorer", icon=":material/edit:", type="primary")
            show.open_in_ucsc(document.reference.region)
        if opens:
            try:
                bench.open_beside(document)
            except CisLensError as error:
                st.error(plain(error))
            else:
                st.switch_page("pages/explorer.py")
