"""Reliability: how far the explanation of the sequence on screen, and of each model at large, can be trusted."""

import dataclasses

import numpy as np
import pandas as pd
import streamlit as st

from engine.data import satmut
from engine.errors import CisLensError
from engine.experiments import checkpoints, labels
from engine.experiments.checkpoints import Checkpoint
from engine.interpretation import stored
from engine.interpretation.attribution import maps
from engine.interpretation.reliability import checks, store
from engine.interpretation.reliability.examine import Examined, examine
from engine.interpretation.reliability.measured import on_window
from engine.interpretation.reliability.out_of_distribution import SPACES
from engine.interpretation.reliability.verdict import LEVELS, WORST, Calibration
from engine.plots import reliability as plot
from engine.sequence import Sequence
from pages.panels.reliability import models
from pages.shared import bench, downloads, header, navigation, panel_elements, state, work
from pages.shared import models as model_names
from pages.shared.models import DEFAULT_MODEL, choose_one, load
from pages.shared.plain import plain
from pages.shared.show import interval

MEANING = "This says how well the map tells what the model does, not whether the model is right about the cell."
COMMAND = "python -m engine interpret {} --what reliability"


# --- the map on screen ------------------------------------------------------------------------------


def choose_sequence(checkpoint: Checkpoint) -> Sequence | None:
    """The open document, or an element of the held-out panel; one window of it. None if there is neither."""
    opened, panel = bench.document(), maps.read(checkpoint)
    offered = ([navigation.OPENED] if opened else []) + ([navigation.FROM_PANEL] if panel else [])
    if not offered:
        st.info("Open a sequence in the Explorer first.")
        st.page_link("pages/explorer.py", label="Explorer", icon=":material/edit:")
        return None
    _known(state.RELIABILITY_SOURCE, offered)
    source = st.segmented_control("Sequence", offered, required=True, key=state.RELIABILITY_SOURCE.name)
    if source == navigation.FROM_PANEL:
        return panel_elements.choose(panel[0], state.RELIABILITY_ELEMENT.name).sequence
    # an edited sequence lies nowhere in the genome
    whole = Sequence(opened.reference.name, opened.bases, None if opened.applied else opened.reference.region)
    spare = len(whole) - checkpoint.model.window
    start = 0
    if spare > 0:
        start = st.slider(f"First of {checkpoint.model.window} bases checked", 1, spare + 1, spare // 2 + 1) - 1
    elif spare < 0:
        st.caption(f"{len(whole)} bases, padded with the assay's adapters to the model's {checkpoint.model.window}.")
    cut = checks.window_of(checkpoint.model, whole, start)
    if whole.region is None or spare < 0:
        return cut
    return dataclasses.replace(cut, region=whole.region.part(start, start + len(cut)))


def truth(examined: Examined, sequence: Sequence) -> None:
    """What saturation mutagenesis measured on the sequence, if it did: the only check that asks the cell."""
    for name, by_method in on_window(sequence, examined.profiles).items():
        correlations = ", ".join(f"{method} {interval(m.as_dict())}" for method, m in by_method.items())
        n = next(iter(by_method.values())).n
        st.markdown(
            f"**Measured here**: {plain(name)} ({satmut.DATA_SETS[name].cells}), {n} positions. Spearman of the "
            "map with "
            f"minus the mean measured effect of replacing a base: {correlations}."
        )


def show(examined: Examined, scale: Calibration, sequence: Sequence) -> None:
    """The verdict, then each check's place among held-out maps, then the numbers, folded."""
    verdict = examined.verdict
    box = dict(zip(LEVELS, (st.success, st.info, st.warning), strict=True))[verdict.level]
    box(
        f"{plain(verdict.sentence)} {MEANING}",
        icon=":material/verified:" if verdict.level == LEVELS[0] else ":material/help:",
    )
    truth(examined, sequence)
    names = [c for c in checks.CHECKS if c in verdict.percentiles]
    st.plotly_chart(
        plot.percentiles(
            [checks.CHECKS[c].words for c in names],
            [verdict.percentiles[c] for c in names],
            [c in verdict.failed for c in names],
            WORST,
            "Each check, among held-out maps of the same model",
        ),
        key="reliability-percentiles",
    )
    with st.expander("All checks in numbers, and what they mean", icon=":material/table:"):
        in_numbers(examined, scale, names)


def in_numbers(examined: Examined, scale: Calibration, names: list[str]) -> None:
    """The checks as a table, what IG misses by steps, and how familiar the sequence is."""
    verdict = examined.verdict
    table = pd.DataFrame(
        {
            "check": [checks.CHECKS[c].words for c in names],
            "this map": [examined.values[c] for c in names],
            "percentile": [verdict.percentiles[c] for c in names],
            "median of held-out maps": [float(np.nanmedian(scale.values[c])) for c in names],
            "passed": [c in verdict.passed for c in names],
        }
    )
    st.dataframe(
        table,
        hide_index=True,
        height="content",
        column_config={
            "this map": st.column_config.NumberColumn(format="%.3f"),
            "median of held-out maps": st.column_config.NumberColumn(format="%.3f"),
            "percentile": st.column_config.NumberColumn(format="%.0f", help="100: better than every held-out map."),
        },
    )
    companions = ", ".join(map(labels.short, scale.companions))
    st.caption(
        f"The higher the percentile, the better. A check fails below the {WORST:.0f}th percentile of "
        f"{len(next(iter(scale.values.values())))} held-out maps, or where a correlation is not above "
        f"{scale.chance:.2f}, which maps of different elements reach by chance. The verdict goes by how many checks "
        "fail, compared with held-out maps. " + (f"Other models: {plain(companions)}." if companions else "")
    )
    downloads.table("Checks (CSV)", table, "cislens-reliability.csv")
    if examined.familiarity:
        distances = "; ".join(
            f"{words}: farther than {100 * examined.familiarity.rank[name]:.0f}% of held-out elements"
            for name, words in SPACES.items()
        )
        st.caption(f"Is the sequence like what the model learned from? {distances[0].upper()}{distances[1:]}.")
    st.plotly_chart(plot.completeness(examined.by_steps, "What IG misses, by steps"), key="reliability-steps")


def _known(choice: state.Key[str | None], offered: list[str]) -> None:
    """Of a widget's choice only what is offered: another page may have asked for something else."""
    if choice.get() not in offered:
        choice.put(offered[0])


def the_map(known: dict[str, dict]) -> None:
    """Choose a model, an output and a sequence; check its map on request."""
    st.subheader("Can this map be trusted?")
    columns = st.columns([2, 1, 3])
    with columns[0]:
        names = sorted(known, key=lambda n: n != DEFAULT_MODEL)  # the default one first
        _known(state.RELIABILITY_MODEL, names)
        name = choose_one(names, state.RELIABILITY_MODEL.name, first=None)
    checkpoint = load(name)
    with columns[1]:
        asked = state.RELIABILITY_OUTPUT.get()
        outputs = list(known[name]["outputs"])
        _known(state.RELIABILITY_OUTPUT, outputs)
        output = st.selectbox("Cell type", outputs, key=state.RELIABILITY_OUTPUT.name)
        if asked and asked not in outputs:
            st.caption(f"{plain(labels.short(name))} says nothing of {plain(asked)}.")
    with columns[2]:
        sequence = choose_sequence(checkpoint)
    if sequence is None:
        return
    scale = store.calibration(checkpoint, output, known[name])
    examined = work.on_request(
        "reliability",
        "Check this map",
        (checkpoint.weights_hash, output, sequence.bases, known[name]["key"], tuple(scale.values)),
        lambda progress: examine(
            checkpoint,
            output,
            sequence,
            scale,
            others={n: load(n) for n in scale.companions if n in checkpoints.trained()},
            progress=progress,
        ),
    )
    if examined is None:
        st.caption(
            f"{plain(sequence.name)}, {len(sequence)} bases. The checks explain it many times over: that takes seconds "
            "with a small network and a minute or more with the default one. You can stop it."
        )
        return
    show(examined, scale, sequence)


# --- the page ----------------------------------------------------------------------------------------


def known_models() -> dict[str, dict]:
    """What is stored of every trained model, for its weights."""
    known = {}
    for name in checkpoints.trained():
        content = store.read(stored.place(name))
        content["outputs"] = {o: p for o, p in content.get("outputs", {}).items() if "checks" in p}
        if content["outputs"]:
            known[name] = content
    return known


navigation.inside_app("pages/reliability.py")
header.show("pages/reliability.py")
try:
    known = known_models()
    if not known:
        st.info(f"Nothing is stored yet. Run: `{COMMAND.format('MODEL')}`")
        st.stop()
    the_map(known)
    models.of_models(known, state.RELIABILITY_OUTPUT.get())
    model_names.legend(known)
    missing = [n for n in checkpoints.trained() if n not in known]
    if missing:
        with st.popover(f"Models that were not examined: {len(missing)}"):
            st.code("\n".join(COMMAND.format(n) for n in missing), language="bash")
except CisLensError as error:
    st.error(plain(error))
