"""Computed results that are remembered, and work that takes long."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar

import streamlit as st

from engine.errors import CisLensError
from engine.evaluation.cagi5 import stored_effects
from engine.experiments.checkpoints import Checkpoint
from engine.interpretation.attribution.methods import IGSettings, integrated_gradients, ism
from engine.interpretation.motifs import scan
from engine.models.predict import predict
from engine.results import MotifHit, Prediction, Progress, Track
from engine.sequence import Sequence

Result = TypeVar("Result")

BAR_EVERY = 0.15  # s between two states of a progress bar


@st.cache_resource
def _memory() -> tuple[OrderedDict, threading.Lock]:
    return OrderedDict(), threading.Lock()


def remembered(key: Hashable, compute: Callable[[], object], keep: int = 400):
    """`compute()`, or what it gave for this key before.

    Results are kept for all sessions. One computation runs at a time: the models are shared between sessions.
    """
    memory, lock = _memory()
    with lock:
        if key not in memory:
            memory[key] = compute()
            while len(memory) > keep:
                memory.popitem(last=False)
        memory.move_to_end(key)
        return memory[key]


def prediction(checkpoint: Checkpoint, sequence: Sequence, policy: str) -> Prediction:
    key = ("predict", checkpoint.name, checkpoint.weights_hash, sequence.bases, policy)
    return remembered(key, lambda: predict(checkpoint.inference_model, [sequence], name=checkpoint.name, policy=policy))


def ism_track(
    checkpoint: Checkpoint, sequence: Sequence, policy: str, standardised: bool, progress: Progress | None = None
) -> Track:
    key = ("ism", checkpoint.name, checkpoint.weights_hash, sequence.bases, policy, standardised)
    scale = checkpoint.standardisation()[1] if standardised else None
    return remembered(
        key,
        lambda: ism(
            checkpoint.inference_model, sequence, name=checkpoint.name, policy=policy, scale=scale, progress=progress
        ),
    )


def ig_track(
    checkpoint: Checkpoint,
    sequence: Sequence,
    policy: str,
    output: str,
    standardised: bool,
    baseline: str,
    correct_simplex: bool,
    progress: Progress | None = None,
) -> Track:
    key = (
        "ig", checkpoint.name, checkpoint.weights_hash, sequence.bases, policy, output, standardised, baseline,
        correct_simplex,
    )  # fmt: skip
    column = checkpoint.model.outputs.index(output)
    scale = checkpoint.standardisation()[1][[column]] if standardised else None
    return remembered(
        key,
        lambda: integrated_gradients(
            checkpoint.inference_model,
            sequence,
            IGSettings(baseline=baseline, correct_simplex=correct_simplex, policy=policy),
            outputs=(output,),
            name=checkpoint.name,
            scale=scale,
            progress=progress,
        ),
    )


def motif_hits(sequence: Sequence, p_threshold: float = scan.P_THRESHOLD) -> list[MotifHit]:
    """Matches of all JASPAR matrices."""
    key = ("motifs", sequence.bases, p_threshold)
    return remembered(key, lambda: scan.scan(sequence, p_threshold=p_threshold))


def effects(checkpoint: Checkpoint, element, progress: Progress | None = None):
    """`(variants, outputs)` predicted effects of a measured element."""
    key = ("effects", checkpoint.weights_hash, element.data_set.name, element.region.build)
    return remembered(key, lambda: stored_effects(checkpoint, element, progress))


def on_request(key: str, label: str, signature: Hashable, compute: Callable[[Progress], Result]) -> Result | None:
    """A button that starts long work, a bar with a Stop button while it runs, and its result once it is there.

    The work runs between two draws of the bar, so Stop (like any other change on the page) ends it at the next step
    of `progress`. The result is kept for the session under `signature`, which names everything that it depends on.
    None as long as there is no result for it.
    """
    state = st.session_state
    wanted, results = f"{key}-wanted", state.setdefault(f"{key}-results", {})
    if signature in results:
        return results[signature]
    place = st.empty()
    if state.get(wanted) != signature:
        place.button(label, key=f"{key}-start", type="primary", on_click=state.__setitem__, args=(wanted, signature))
        return None
    with place.container():
        bar = st.progress(0.0, text=f"{label} …")
        st.button("Stop", key=f"{key}-stop", icon=":material/stop:", on_click=state.pop, args=(wanted,))

    def advance(done: int, total: int) -> None:
        bar.progress(done / total, text=f"{label}: {done:,} of {total:,}")

    try:
        results[signature] = compute(advance)
    except CisLensError as error:
        st.error(str(error))
    else:
        return results[signature]
    finally:
        place.empty()
    return None


def progress_bar(text: str) -> tuple[Progress, Callable[[], None]]:
    """A progress callback that draws a bar, and a function that takes the bar away.

    The bar moves a few times a second: the browser needs the processor too, to draw it.
    """
    place, last = st.empty(), time.monotonic()

    def advance(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last > BAR_EVERY:
            last = time.monotonic()
            place.progress(done / total, text=f"{text}: {done:,} of {total:,}")

    return advance, place.empty
