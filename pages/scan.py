"""Scan: the predicted activity along a long sequence."""

from __future__ import annotations

import datetime
import hashlib

import streamlit as st

from engine.errors import CisLensError
from engine.experiments import labels
from engine.experiments.checkpoints import Checkpoint
from engine.genome.hub import browser_files
from engine.genome.scan import STRIDE, bedgraph, genome_tracks, profile_csv, scan, window_count
from engine.plots import scan as plot
from engine.plots.parts.axis import first_position
from engine.report.archive import zipped
from engine.results import Profile, Progress
from engine.sequence import Sequence
from pages.panels.scan import peaks
from pages.shared import address, bench, downloads, header, inputs, navigation, regions, state, work
from pages.shared.choices import SEVERAL, STRETCH
from pages.shared.models import all_outputs, choose_models
from pages.shared.plain import plain
from pages.shared.show import image_config

UNFINISHED: state.Key[dict] = state.Key("scan_unfinished", {})  # parts of scans, by what they depend on
SOURCES = ("FASTA file", "Genome regions", "Open sequence")
KEPT = 4  # unfinished runs that can be gone on with


def from_fasta() -> Sequence | None:
    file = inputs.upload(
        "FASTA file (plain or .gz, one or many records)", inputs.FASTA_TYPES, "scan_upload", inputs.read_records
    )
    return inputs.choose_record(file[1], "scan_record")[0] if file else None


def from_genome() -> Sequence | None:
    file = inputs.genome_file()
    left, right = st.columns(2)
    with left:
        text = st.text_area(
            "Regions, one a line",
            key="scan_regions",
            height=120,
            placeholder="chr1:109270000-109280000\nor BED columns: chr1  109269999  109280000  name",
            persist_state="session",
        )
    with right:
        file_of_regions = regions.upload("or a file of regions: BED, narrowPeak, GTF, GFF, interval_list", "scan_bed")
        summit = st.number_input(
            "Window around the summit (bases; 0: the whole region)",
            0,
            1_000_000,
            0,
            key="scan_summit",
            persist_state="session",
            help="Of a narrowPeak file: that many bases around the summit, which its column 10 holds.",
        )
    given = [regions.read(*file_of_regions, summit=int(summit))] if file_of_regions else []
    given += [regions.typed(text)] if text.strip() else []
    if not file or not given:
        st.caption(
            "Positions of chr1:1-200, GTF, GFF and interval_list are 1-based, both ends included; BED columns are "
            "0-based, half-open. The minus strand, as in chr1:1-200(-), is read as its reverse complement."
        )
        return None
    chosen = regions.pick(given, "scan_region", "; `python -m engine scan --bed` takes them all")
    if chosen is None:
        return None
    genome = inputs.genome_reference(file).genome
    if genome.remark:
        st.caption(plain(genome.remark))
    return genome.region(chosen.region, chosen.name)


def from_editor() -> Sequence | None:
    document = bench.document()
    if document is None:
        st.info("No sequence is open. Open one in the Explorer.")
        return None
    return document.sequence


def profiles_of(sequence: Sequence, models: list[Checkpoint], stride: int) -> list[Profile] | None:
    """The profiles, once they were asked for and are there."""
    bases = hashlib.sha256(sequence.bases.encode()).hexdigest()
    signature = (sequence.name, sequence.region, bases, stride, tuple((c.name, c.weights_hash) for c in models))
    runs = UNFINISHED.setdefault({})
    done = runs.setdefault(signature, {c.name: [] for c in models})
    while len(runs) > KEPT:
        runs.pop(next(iter(runs)))
    counts = [window_count(len(sequence), c.model.window, stride) for c in models]
    ready = sum(len(part) for parts in done.values() for part in parts)
    label = f"Scan {sum(counts):,} windows" if not ready else f"Go on ({ready:,} of {sum(counts):,} windows done)"

    def compute(progress: Progress) -> list[Profile]:
        return [
            scan(
                c.inference_model,
                sequence,
                stride,
                name=c.name,
                done=done[c.name],
                progress=lambda at, _, i=i: progress(sum(counts[:i]) + at, sum(counts)),
            )
            for i, c in enumerate(models)
        ]

    return work.on_request("scan", label, signature, compute)


def open_window(sequence: Sequence, start: int, end: int) -> None:
    """A window of the profile on the bench."""
    region = sequence.region and sequence.region.part(start, end)
    name = region.label if region else f"{sequence.name}:{start + 1}-{end}"
    bench.open_sequence(
        Sequence(name, sequence.bases[start:end], region, sequence.origin), f"A window of the scan of {sequence.name}."
    )
    st.switch_page("pages/explorer.py")


def show(profiles: list[Profile], sequence: Sequence, models: list[Checkpoint]) -> None:
    outputs = all_outputs(models)
    left, middle, right = st.columns([2, 1.4, 3])
    with left:
        drawn = st.multiselect(
            "Cell types",
            outputs,
            default=outputs,
            key=address.made("cells", f"scan_outputs-{'-'.join(outputs)}", SEVERAL),
            persist_state="session",
        )
    first = first_position(sequence.region)
    with right:
        low, high = st.slider(
            "Stretch shown",
            first,
            first + len(sequence) - 1,
            (first, first + len(sequence) - 1),
            key=address.made(
                "stretch",
                f"scan_view-{sequence.name}-{first}-{len(sequence)}",
                STRETCH,
                (first, first + len(sequence) - 1),
            ),
        )
    if not drawn:
        st.info("Choose at least one cell type.")
        return
    view = (low - first, high - first + 1)
    with middle:
        chosen = peaks.choose(profiles, drawn, view)
    figure = plot.figure(
        profiles,
        tuple(drawn),
        {p.model: labels.short(p.model) for p in profiles},
        view=view,
        peaks=(chosen.profile.model, chosen.output, chosen.rows),
    )
    event = st.plotly_chart(
        figure,
        key=f"scan-profile-{state.VERSION.get()}",
        on_select="rerun",
        selection_mode="points",
        config=image_config(f"cislens-scan-{sequence.name}", "png"),
    )
    st.caption("Each point is one window, drawn at its middle. Click a point to open its window in the Explorer.")
    clicked = [p["customdata"] for p in event.selection.points if p.get("customdata") is not None]
    if clicked:
        open_window(sequence, int(clicked[0][0]), int(clicked[0][1]))
    wanted = peaks.show_list(chosen, models, sequence.name)
    if wanted:
        open_window(sequence, *wanted)
    with st.container(horizontal=True):
        # a function: the text of a long scan takes seconds and is made only when somebody wants it
        for label, write, ending in (("bedGraph", bedgraph, "bedgraph"), ("Table (CSV)", profile_csv, "csv")):
            downloads.button(label, lambda write=write: write(profiles), f"{sequence.name}.{ending}".replace(":", "_"))
        build = sequence.region.build if sequence.region else ""
        downloads.button(
            "Genome browser (ZIP)",
            lambda: zipped(browser_files(genome_tracks(profiles), build), datetime.date.today()),
            f"{sequence.name}.browser.zip".replace(":", "_"),
            help=downloads.BROWSER,
        )


navigation.inside_app("pages/scan.py")
header.show("pages/scan.py")
source = st.segmented_control(
    "Sequence", SOURCES, default=SOURCES[0], required=True, key="scan_source", persist_state="session"
)
try:
    sequence = dict(zip(SOURCES, (from_fasta, from_genome, from_editor), strict=True))[source]()
except CisLensError as error:
    st.error(plain(error))
    sequence = None
settings = st.columns([2, 1])
with settings[0]:
    models = choose_models()
with settings[1]:
    stride = st.number_input(
        "Stride (bases)", 1, 1000, STRIDE, key="scan_stride", persist_state="session", help="Between two windows."
    )
if sequence is None:
    st.stop()
window = max(c.model.window for c in models)
if len(sequence) < window:
    st.error(
        f"{plain(sequence.name)} has {len(sequence)} bases, fewer than the window of {window}; the Explorer takes it."
    )
    st.stop()
st.caption(f"{plain(sequence.name)}: {len(sequence):,} bases.")
profiles = profiles_of(sequence, models, int(stride))
if profiles is not None:
    show(profiles, sequence, models)
