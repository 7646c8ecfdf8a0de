"""One sequence through the norm of each condition: what is predicted, and which bases it rests on."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from engine.experiments.checkpoints import Checkpoint
from engine.fasta import read_fasta, read_pasted
from engine.models.disentangle import DENOISED
from engine.plots import disentangle_analyses as plot
from engine.plots.parts import axis, theme
from engine.plots.parts.rows import Frame
from engine.results import Track
from engine.sequence import Sequence, default_policy
from engine.statistics import spearman
from pages.panels.disentangle import choices
from pages.panels.explorer.sources import EXAMPLES
from pages.shared import address, bench, downloads, inputs, state, windows, work
from pages.shared.models import choose_one, choose_palette, load
from pages.shared.plain import plain

OPENED, EXAMPLE, PASTED = "the Explorer's sequence", "an example", "pasted"
SOURCE = state.Key("disentangle_source", "")
MIDDLE = 80  # bases


def show(notion: str) -> None:
    names = choices.names(notion)
    st.markdown(
        "The same network reads the sequence through the **norm** of each experiment. What the two say alike is what "
        "it takes for the sequence's own; what they say differently is what it takes for the experiment's."
    )
    columns = st.columns([2, 1, 2])
    with columns[0]:
        likely = [names[pair] for pair in names if pair[1] == "full_disentangle"]
        name = choose_one(
            list(names.values()),
            address.made("network", f"disentangle_network_{notion}"),
            "Network",
            first=likely[0] if likely else None,
        )
    with columns[1]:
        source = _source()
    with columns[2]:
        sequence = _sequence(source)
    if sequence is None:
        return
    checkpoint = load(name)
    window = checkpoint.model.window
    policy = windows.choose(len(sequence), window, "disentangle_policy") or default_policy(len(sequence), window)
    _predictions(checkpoint, sequence, policy)
    _maps(checkpoint, sequence, policy, notion)


def _source() -> str:
    """Where the sequence comes from; that of the Explorer comes first where one is open."""
    offered = [s for s in (OPENED, EXAMPLE, PASTED) if s != OPENED or bench.document()]
    if SOURCE.get() not in offered:
        SOURCE.put(offered[0])
    return st.selectbox("Sequence", offered, key=SOURCE.name, persist_state="session")


def _sequence(source: str) -> Sequence | None:
    if source == OPENED:
        document = bench.document()
        st.caption(f"{plain(document.reference.name)}, {len(document.bases)} bases, as edited there.")
        return Sequence(document.reference.name, document.bases, document.sequence.region)
    if source == EXAMPLE:
        records = read_fasta(EXAMPLES.read_text(encoding="utf-8"), EXAMPLES.name)
        # one that was designed for a cell type comes first: its maps show something
        return inputs.pick_record(
            sorted(records, key=lambda r: not r.name.startswith("designed")), "disentangle_example"
        )
    text = st.text_input("Bases", key="disentangle_text", persist_state="session", placeholder="ACGT…")
    if not text.strip():
        st.info("Paste at least 100 bases.")
        return None
    return inputs.choose_record(read_pasted(text)[0], "disentangle_record")[0]


def _predictions(checkpoint: Checkpoint, sequence: Sequence, policy: str) -> None:
    prediction = work.prediction(checkpoint, sequence, policy)
    values = dict(zip(prediction.outputs, prediction.values[0].tolist(), strict=True))
    one, other = (o for o in values if o != DENOISED)
    shown = {f"through the norm of {plain(o)}": f"{values[o]:+.3f}" for o in (one, other)}
    shown[f"{plain(one)} minus {plain(other)}"] = f"{values[one] - values[other]:+.3f}"
    shown["denoised: the mean over the norms"] = f"{values[DENOISED]:+.3f}"
    for column, (label, value) in zip(st.columns(4), shown.items(), strict=True):
        column.metric(label, value, help="Predicted activity, log2 RNA/DNA")


def _maps(checkpoint: Checkpoint, sequence: Sequence, policy: str, notion: str) -> None:
    columns = st.columns([1.6, 1.2, 1], vertical_alignment="bottom")
    with columns[0]:
        standardised = st.toggle(
            "In standard deviations of held-out predictions",
            key="disentangle_standardised",
            persist_state="session",
            disabled=not checkpoint.metrics.get("standardisation"),
            help="Divides each norm's map by the spread of its own predictions.",
        )
    with columns[1]:
        palette = choose_palette()
    with columns[2]:
        zoomed = st.toggle(f"Middle {MIDDLE} bases", key="disentangle_zoom", persist_state="session")
    advance, clear = work.progress_bar("Integrated Gradients")
    outputs = [*(o for o in checkpoint.model.outputs if o != DENOISED), DENOISED]
    tracks = {
        o: work.ig_track(checkpoint, sequence, policy, o, standardised, "uniform", False, advance) for o in outputs
    }
    clear()
    middle, region = len(sequence) // 2, sequence.region
    view = (middle - MIDDLE // 2, middle + MIDDLE // 2) if zoomed and len(sequence) > MIDDLE else (0, len(sequence))
    title = f"{checkpoint.name} on {sequence.name}: Integrated Gradients ({notion})"
    frame = Frame(sequence.bases, view, axis.first_position(region))
    choices.figure(
        plot.through_norms(tracks, DENOISED, frame, palette, (title, axis.axis_name(region))), f"norms-{notion}"
    )
    _agreement(tracks, theme.unit(standardised))
    _table(tracks, sequence)


def _agreement(tracks: dict[str, Track], unit: str) -> None:
    one, other = (o for o in tracks if o != DENOISED)
    alike = spearman(tracks[one].per_position(one), tracks[other].per_position(other))
    deltas = ", ".join(f"{o} {t.checks['convergence_delta'][o]:.2g}" for o, t in tracks.items())
    st.caption(
        f"Spearman of the two maps over the {len(tracks[one].bases)} positions of this one sequence: {alike:.3f}. "
        f"All rows have one scale. Integrated Gradients' own check, the convergence delta: {plain(deltas)}."
    )


def _table(tracks: dict[str, Track], sequence: Sequence) -> None:
    columns = {o: t.per_position(o) for o, t in tracks.items()}
    positions = range(1, len(sequence) + 1)
    table = pd.DataFrame({"position": positions, "base": list(sequence.bases), **columns})
    downloads.table("Maps (CSV)", table, "cislens-disentangle-maps.csv")
