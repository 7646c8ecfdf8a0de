"""What is on screen as files: the report, everything in one archive, and each table and track by itself."""

from __future__ import annotations

import datetime

import streamlit as st

from engine.editor.document import Document
from engine.experiments.checkpoints import Checkpoint
from engine.report import exports
from engine.report.document import bundle, file_stem, report
from engine.report.dossier import Findings, gather
from engine.results import MotifHit, Track
from engine.sequence import write_fasta

state = st.session_state


def show(
    document: Document,
    loaded: list[Checkpoint],
    outputs: list[str],
    policies: dict[str, str],
    ig: Track,
    ism: Track,
    hits: list[MotifHit],
    largest_q: float,
) -> None:
    """Buttons that save. The report is computed when its button is pressed: it explains every chosen model."""
    sequence, output = document.sequence, ig.outputs[0]
    stem = file_stem(sequence.name)
    own = {policies[c.name] for c in loaded}
    policy = own.pop() if len(own) == 1 else None
    if policy == "centre" and len(sequence) == loaded[0].model.window:
        policy = None

    def findings() -> Findings:
        return gather(document, loaded, outputs=outputs, policy=policy, largest_q=largest_q)

    today = datetime.date.today()
    with st.container(horizontal=True):
        _button(
            "Report (HTML)",
            lambda: report(findings(), today),
            f"{stem}.report.html",
            "text/html",
            help="One file with the sequence, its edits, predictions with their spread, logos, motif matches, what was "
            "measured there, models and data versions, for every chosen model and cell type. It takes some seconds a "
            "model.",
            primary=True,
        )
        _button(
            "Everything (ZIP)",
            lambda: bundle(findings(), today),
            f"{stem}.zip",
            "application/zip",
            help="The report, all tables, tracks and figures, and the sequences.",
        )
        with st.popover("Single files", icon=":material/download:"):
            _button("FASTA", write_fasta([sequence]), f"{stem}.fa")
            _button("Predictions (CSV)", state.get("prediction_csv", ""), f"{stem}.predictions.csv", "text/csv")
            for track, label in ((ig, "Integrated Gradients"), (ism, "Mutagenesis")):
                _button(f"{label} (CSV)", exports.track_csv(track, sequence), f"{stem}.{track.kind}.csv", "text/csv")
            _button("Motif matches (CSV)", exports.hits_csv(hits, sequence), f"{stem}.motifs.csv", "text/csv")
            _button("Motif matches (BED)", exports.hits_bed(hits, sequence), f"{stem}.motifs.bed")
            if sequence.region:
                for track, label in ((ig, "Integrated Gradients"), (ism, "Mutagenesis")):
                    name = f"{stem}.{track.kind}.{file_stem(output)}.bedgraph"
                    _button(f"{label} (bedGraph)", exports.track_bedgraph(track, sequence, output), name)
            else:
                st.caption("bedGraph needs a sequence whose place in a genome is known.")
    st.caption("Figures: the camera above each one saves it as SVG or PNG, as chosen above.")


def _button(label: str, data, name: str, kind: str = "text/plain", help: str | None = None, primary: bool = False):
    st.download_button(
        label, data, name, kind, on_click="ignore", help=help, type="primary" if primary else "secondary"
    )
