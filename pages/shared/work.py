"""Computed results that are remembered, and work that takes long.

All computing takes a turn (`pages.shared.turns`): what is being typed goes before maps, and these before long work that
a button started. Models stand still: they are frozen, and what a computation needs for itself (`engine.models.mutants`)
is made for it or kept by thread. So several sessions may ask one model at once, and each has the numbers that it would
have alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx

from engine.data.motif_files import Collection
from engine.errors import CisLensError
from engine.evaluation import cagi5
from engine.evaluation.standing import Standing
from engine.evaluation.standing import standing as library_standing
from engine.experiments.checkpoints import Checkpoint
from engine.interpretation import stored
from engine.interpretation.attribution.methods import IGSettings, integrated_gradients, ism
from engine.interpretation.motifs import scan
from engine.interpretation.reliability import store
from engine.interpretation.reliability.badge import Scale, load_scale
from engine.models.predict import predict
from engine.report.computing import Choices
from engine.results import MotifHit, Prediction, Progress, Track
from engine.sequence import Sequence
from pages.shared.leaving import page_left
from pages.shared.memory import Memory, size_of
from pages.shared.plain import plain
from pages.shared.state import Key
from pages.shared.turns import TURNS, Urgency

Result = TypeVar("Result")

BAR_EVERY = 0.15  # s between two states of a progress bar
KEPT, KEPT_BYTES = 4, 50_000_000  # results of a button of each session, and what they take; the newest stays


MEMORY = Memory()


def remembered(key: Hashable, compute: Callable[[], Result], progress: Progress | None = None) -> Result:
    """`compute()`, or what it gave for this key before in any session; see `Memory`."""
    return MEMORY.get(key, compute, progress)


def in_turn(
    urgency: Urgency, compute: Callable[[Progress], Result], progress: Progress | None = None
) -> Callable[[], Result]:
    """`compute` once it is this session's turn; at every step of its progress more urgent work goes first.

    Args:
        compute: takes what it calls with (done, total) as it goes on.
        progress: told of these steps too.
    """

    def computed() -> Result:
        context = get_script_run_ctx(suppress_warning=True)
        if urgency > Urgency.TYPING:  # a key press comes to its prediction before the next one takes over
            page_left()

        def look() -> None:
            page_left()
            if progress:
                progress(0, 1)

        with TURNS.turn(urgency, context and context.session_id, look) as give_way:

            def step(done: int, total: int) -> None:
                page_left()
                give_way()
                if progress:
                    progress(done, total)

            return compute(step)

    return computed


def prediction(checkpoint: Checkpoint, sequence: Sequence, policy: str) -> Prediction:
    def compute(step: Progress) -> Prediction:
        return predict(checkpoint.inference_model, [sequence], name=checkpoint.name, policy=policy, progress=step)

    key = ("predict", checkpoint.name, checkpoint.weights_hash, sequence.bases, policy)
    return remembered(key, in_turn(Urgency.TYPING, compute))


def ism_track(
    checkpoint: Checkpoint, sequence: Sequence, policy: str, standardised: bool, progress: Progress | None = None
) -> Track:
    scale = checkpoint.standardisation()[1] if standardised else None

    def compute(step: Progress) -> Track:
        model = checkpoint.inference_model
        return ism(model, sequence, name=checkpoint.name, policy=policy, scale=scale, progress=step)

    key = ("ism", checkpoint.name, checkpoint.weights_hash, sequence.bases, policy, _hashable(scale))
    return remembered(key, in_turn(Urgency.SCREEN, compute, progress), progress)


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
    column = checkpoint.model.outputs.index(output)
    scale = checkpoint.standardisation()[1][[column]] if standardised else None
    key = (
        "ig", checkpoint.name, checkpoint.weights_hash, sequence.bases, policy, output, _hashable(scale), baseline,
        correct_simplex,
    )  # fmt: skip

    def compute(step: Progress) -> Track:
        return integrated_gradients(
            checkpoint.inference_model,
            sequence,
            IGSettings(baseline=baseline, correct_simplex=correct_simplex, policy=policy),
            outputs=(output,),
            name=checkpoint.name,
            scale=scale,
            progress=step,
        )

    return remembered(key, in_turn(Urgency.SCREEN, compute, progress), progress)


def _hashable(scale: np.ndarray | None) -> tuple[float, ...] | None:
    """A model scored anew has another scale under the same weights."""
    return None if scale is None else tuple(scale.tolist())


def motif_hits(sequence: Sequence, collection: Collection | None = None) -> list[MotifHit]:
    """Matches of the matrices of a collection; None takes JASPAR's."""
    key = ("motifs", sequence.bases, collection.digest if collection else None)
    matrices = collection.matrices if collection else None
    return remembered(key, in_turn(Urgency.SCREEN, lambda step: scan.scan(sequence, matrices, progress=step)))


def effects(checkpoint: Checkpoint, element, progress: Progress | None = None):
    """`(variants, outputs)` predicted effects of a measured element."""
    key = ("effects", checkpoint.weights_hash, element.data_set.name, element.region.build)
    compute = in_turn(Urgency.REQUEST, lambda step: cagi5.stored_effects(checkpoint, element, step), progress)
    return remembered(key, compute, progress)


def standing(checkpoint: Checkpoint) -> Standing | None:
    """What the model predicts for the held-out library; None where it was not scored."""
    return remembered(("standing", checkpoint.name, checkpoint.weights_hash), lambda: library_standing(checkpoint))


def known_effects(checkpoint: Checkpoint, element) -> np.ndarray | None:
    """`effects` where nothing has to be computed for them; else None."""
    key = ("effects", checkpoint.weights_hash, element.data_set.name, element.region.build)
    if MEMORY.holds(key):
        return effects(checkpoint, element)
    known = cagi5.known_effects(checkpoint, element)
    return None if known is None else remembered(key, lambda: known)


def scale(checkpoint: Checkpoint, output: str) -> Scale | None:
    """The scale of verdicts on maps of an output, kept until its file changes; None where it was not computed."""
    file = stored.file_of(checkpoint, store.FILE)
    stamp = file.stat().st_mtime if file.is_file() else 0.0
    key = ("scale", str(file), stamp, checkpoint.weights_hash, output)
    return remembered(key, lambda: load_scale(checkpoint, output))


@dataclass(frozen=True)
class Remembering:
    """A `Computing` of `engine.report.computing` that computes nothing twice.

    Attributes:
        bar: draws how far the maps are, where a stage has no progress of its own.
    """

    bar: Progress | None = None

    def prediction(
        self, checkpoint: Checkpoint, sequence: Sequence, policy: str, progress: Progress | None = None
    ) -> Prediction:
        return prediction(checkpoint, sequence, policy)

    def contributions(
        self,
        checkpoint: Checkpoint,
        sequence: Sequence,
        policy: str,
        output: str,
        choices: Choices,
        progress: Progress | None = None,
    ) -> Track:
        return ig_track(
            checkpoint,
            sequence,
            policy,
            output,
            choices.standardised,
            choices.baseline,
            choices.correct_simplex,
            progress or self.bar,
        )

    def mutagenesis(
        self,
        checkpoint: Checkpoint,
        sequence: Sequence,
        policy: str,
        standardised: bool,
        progress: Progress | None = None,
    ) -> Track:
        return ism_track(checkpoint, sequence, policy, standardised, progress or self.bar)

    def motif_hits(
        self, sequence: Sequence, collection: Collection | None, progress: Progress | None = None
    ) -> list[MotifHit]:
        return motif_hits(sequence, collection)

    def scale(self, checkpoint: Checkpoint, output: str) -> Scale | None:
        return scale(checkpoint, output)


def on_request(key: str, label: str, signature: Hashable, compute: Callable[[Progress], Result]) -> Result | None:
    """A button that starts long work, a bar with a Stop button while it runs, and its result once it is there.

    The work runs between two draws of the bar, so Stop (like any other change on the page) ends it at the next step
    of `progress`. The result is kept for the session under `signature`, which names everything that it depends on,
    until newer ones need its place. None as long as there is no result for it.
    """
    wanted: Key[Hashable] = Key(f"{key}-wanted", None)
    kept: Key[dict[Hashable, Result]] = Key(f"{key}-results", {})
    results = kept.get()
    if signature in results:
        return results[signature]
    place = st.empty()
    if wanted.get() != signature:
        place.button(plain(label), key=f"{key}-start", type="primary", on_click=wanted.put, args=(signature,))
        return None
    advance = _bar(place, label, f"{key}-stop", wanted.clear)
    advance(0, 0)
    try:
        result = in_turn(Urgency.REQUEST, compute, advance)()
    except CisLensError as error:
        st.error(plain(error))
    else:
        kept.put(_newest({**results, signature: result}))
        return result
    finally:
        place.empty()
    return None


def _newest(results: dict[Hashable, Result]) -> dict[Hashable, Result]:
    """The last of the results of a button, by `KEPT` and `KEPT_BYTES`."""
    newest, room = {}, KEPT_BYTES
    for signature, result in list(reversed(results.items()))[:KEPT]:
        room -= size_of(result)
        if newest and room < 0:
            break
        newest[signature] = result
    return dict(reversed(newest.items()))


def unless_stopped(key: str, label: str, signature: Hashable, compute: Callable[[Progress], Result]) -> Result | None:
    """The result of work that begins by itself, with a bar and a Stop button where it takes long.

    Once it was stopped, nothing is computed until the user lets it go on, or `signature` is another one.

    Args:
        compute: takes the progress that it is to call; it takes its turns and remembers its results itself, as the
            functions above do.

    Returns:
        None where it was stopped.
    """
    stopped: Key[Hashable] = Key(f"{key}-stopped", None)
    place = st.empty()
    if stopped.get() == signature:
        place.button(f"Go on: {plain(label)}", key=f"{key}-go-on", icon=":material/play_arrow:", on_click=stopped.clear)
        return None
    try:
        return compute(_bar(place, label, f"{key}-stop", stopped.put, (signature,)))
    finally:
        place.empty()


def progress_bar(text: str) -> tuple[Progress, Callable[[], None]]:
    """A progress callback that draws a bar, and a function that takes the bar away; see `unless_stopped`."""
    place = st.empty()
    return _bar(place, text), place.empty


def _bar(
    place: DeltaGenerator,
    text: str,
    stop: str | None = None,
    on_stop: Callable[..., None] | None = None,
    args: tuple = (),
) -> Progress:
    """A progress callback that draws a bar at a place, with a Stop button if there is a key for one.

    Nothing is drawn before the first call, so that what is remembered comes without a flicker; from then on the bar
    moves a few times a second: the browser needs the processor too, to draw it.
    """
    text, last = plain(text), 0.0  # it may name a model, or what was typed
    bar: DeltaGenerator | None = None

    def advance(done: int, total: int) -> None:
        nonlocal bar, last
        if time.monotonic() - last < BAR_EVERY:
            return
        last = time.monotonic()
        if bar is None:
            row = place.container(horizontal=True, vertical_alignment="center")
            bar = row.empty()
            if stop:
                row.button("Stop", key=stop, icon=":material/stop:", on_click=on_stop, args=args)
        waiting = total < 2  # a turn, or what another window computes
        if waiting:
            bar.progress(0.0, text=f"{text} …")
        else:
            bar.progress(done / total, text=f"{text}: {done:,} of {total:,}")

    return advance
