"""What is on screen as files: the report, everything in one archive, and each table and track by itself."""

from __future__ import annotations

import datetime

import pandas as pd
import streamlit as st

from engine.experiments.checkpoints import Checkpoint
from engine.fasta import write_fasta
from engine.genome.hub import DATABASES
from engine.report import exports, motif_files, track_files
from engine.report.archive import file_stem, zipped
from engine.report.document import bundle, report
from engine.report.dossier import Dossier, complete
from pages.shared import work
from pages.shared.downloads import BROWSER, button, table


def show(dossier: Dossier, loaded: list[Checkpoint], model: str, output: str) -> None:
    """Buttons that save. The report is written on request, since it explains every chosen model, and is then kept.

    Args:
        model, output: whose tracks are on screen.
    """
    stem = file_stem(dossier.document.sequence.name)
    today = datetime.date.today()
    choices = dossier.choices
    policies = tuple(choices.policies_of(c.name) for c in loaded)
    versions = tuple((c.name, c.weights_hash) for c in loaded)
    signature = (dossier.document, versions, choices.outputs, policies, choices.in_words(), today)
    with st.popover("Save", icon=":material/download:", help="The report, tables, tracks and sequences as files."):
        whole = work.on_request(
            "report", "Write the report", signature, lambda step: complete(dossier, loaded, work.Remembering(), step)
        )
        if whole is None:
            st.caption(
                "The report has predictions with their spread, logos, motif matches and what was measured, for every "
                "chosen model and cell type. It takes some seconds a model; then you can save it as HTML or ZIP."
            )
        else:
            button(
                "Report (HTML)",
                lambda: report(whole, today),
                f"{stem}.report.html",
                help="One file with the sequence, its edits, predictions with their spread, logos, motif matches, what "
                "was measured there, models and data versions.",
                primary=True,
            )
            button(
                "Everything (ZIP)",
                lambda: bundle(whole, today),
                f"{stem}.zip",
                help="The report, all tables, tracks and figures, and the sequences.",
            )
        with st.expander("Single files"):
            _single_files(dossier, stem, model, output)


def _single_files(dossier: Dossier, stem: str, model: str, output: str) -> None:
    sequence, motifs = dossier.document.sequence, dossier.facts.motifs
    found = (dossier.sites, motifs.lost if motifs else (), sequence, dossier.document.reference)
    named = {"ig": "Integrated Gradients", "ism": "Mutagenesis"}
    tracks = {label: track for kind, label in named.items() if (track := dossier.track(kind, model, output))}
    predicted = pd.DataFrame(exports.prediction_rows(dossier.facts, dossier.choices.outputs, dossier.intervals))
    button("FASTA", write_fasta([sequence]), f"{stem}.fa")
    table("Predictions (CSV)", predicted, f"{stem}.predictions.csv", float_format="%.6g")
    for label, track in tracks.items():
        button(f"{label} (CSV)", track_files.track_csv(track, sequence), f"{stem}.{track.kind}.csv")
    button("Motif sites (CSV)", motif_files.sites_csv(*found), f"{stem}.motifs.csv")
    button("Motif sites (BED)", motif_files.sites_bed(*found), f"{stem}.motifs.bed")
    if sequence.region is None:
        st.caption("bedGraph, bigWig and a genome browser's session need a sequence whose place in a genome is known.")
        return
    for label, track in tracks.items():
        name = f"{stem}.{track.kind}.{file_stem(output)}.bedgraph"
        button(f"{label} (bedGraph)", track_files.track_bedgraph(track, sequence, output), name)
    for label, track in tracks.items():
        button(
            f"{label} (bigWig)",
            lambda track=track: track_files.track_bigwig(track, sequence, output),
            f"{stem}.{track.kind}.{file_stem(output)}.bw",
        )
    if sequence.region.build in DATABASES:
        button(
            "Genome browser (ZIP)",
            lambda: zipped(track_files.tracks_hub([(t, sequence) for t in tracks.values()]), datetime.date.today()),
            f"{stem}.browser.zip",
            help=BROWSER,
        )
