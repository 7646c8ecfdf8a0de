"""What several pages share: models, palettes, downloads of missing data, errors, remembered results."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from engine.data import sources
from engine.editor.document import Document
from engine.editor.session import Bench
from engine.errors import CisLensError, InputError
from engine.evaluation.cagi5 import stored_effects
from engine.experiments import checkpoints, declared
from engine.experiments.checkpoints import Checkpoint
from engine.interpretation.attribution.methods import integrated_gradients, ism
from engine.interpretation.motifs import scan
from engine.models.predict import predict
from engine.plots.parts.theme import BASE_COLOURS
from engine.results import MotifHit, Prediction, Progress, Track
from engine.sequence import Region, Sequence

Result = TypeVar("Result")
DEFAULT_MODEL = "joint_legnet"
LONGEST = 3000  # bases; every one is mutated three times in every window
BAR_EVERY = 0.15  # s between two states of a progress bar
ACTIVITY_HELP = (
    "Activity is log2 of RNA over DNA barcode counts in the reporter assay: 0 means as much RNA as DNA, "
    "+1 twice as much, −1 half."
)
SATMUT_FILES = ("satmut", "cagi5_references")
LENTIMPRA_FILES = ("lentimpra_sequences", "lentimpra_activity")
# for pages that show many models under their names
MODEL_NAMES = (
    "Names: B1 and H1 learned by squared error, B2 by classes, R1 to R5 and H2 to H4 by ranking losses, C1 to C3 with "
    "a curriculum; D1 to D3 are other networks. H learned HepG2, joint models several cell types at once, the others "
    "K562."
)


def inside_app(page: str) -> None:
    """Go on to `page` by way of app.py if Streamlit has run it alone.

    A page whose address is the very first one that a new server is asked for is run without app.py, since `pages/` is
    a folder that Streamlit discovers by itself until app.py has called `st.navigation`.
    """
    if PagesManager.uses_pages_directory and "inside_app" not in st.session_state:
        st.session_state["wanted_page"] = (page, st.query_params.to_dict())
        st.switch_page("app.py")


# --- the documents that all pages open --------------------------------------------------------------


OPENED, FROM_PANEL = "the Explorer's sequence", "a held-out element"  # whose map is checked


def bench() -> Bench:
    """The sequences that are open, side by side."""
    return st.session_state.get("bench", Bench())


def document() -> Document | None:
    """The sequence on screen, or None."""
    return bench().document


def set_bench(value: Bench) -> None:
    """Other sequences, or another one on screen; the editor and the text field follow."""
    state = st.session_state
    state["bench"] = value
    state["editor_error"], state["editor_notes"] = None, []
    state["version"], state["operations_done"] = state.get("version", 0) + 1, 0
    state["edition"] = state.get("edition", 0) + 1


def set_document(value: Document) -> None:
    """The sequence on screen in a new state."""
    set_bench(bench().replaced(value))


def keep_document(value: Document) -> None:
    """The state that the editor shows already, so that it needs no new version of the document."""
    st.session_state["bench"] = bench().replaced(value)
    st.session_state["edition"] = st.session_state.get("edition", 0) + 1


def open_beside(value: Document) -> None:
    """One more document, on screen, beside those that are open.

    Raises:
        InputError: a sequence too long to mutate base by base on screen, or too many open.
    """
    check_length(value.reference.name, value.bases)
    set_bench(bench().opened(value))


def check_length(name: str, bases: str) -> None:
    """Raise InputError for a sequence too long to mutate base by base on screen."""
    if len(bases) > LONGEST:
        raise InputError(f"'{name}' has {len(bases):,} bases; the Explorer takes up to {LONGEST:,}: take a stretch")


def open_sequence(sequence: Sequence, remark: str = "") -> None:
    """A sequence without edits, beside those that are open; `remark` says what is known about it.

    Raises:
        InputError: a sequence too long to mutate base by base on screen, or too many open.
    """
    open_beside(Document(sequence, remark=remark))


def track_of(model: str, output: str) -> None:
    """The Explorer asks this model next, for all its cell types, and shows the tracks of one of them."""
    state = st.session_state
    state["models"], state["outputs"] = [model], checkpoints.read_description(model)["outputs"]
    state["track_model"], state["track_output"] = model, output


def check_map(model: str, output: str, element: int | None = None) -> None:
    """Go to the checks of a map: of the sequence on screen, or of an element of the panel, counted from 0."""
    state = st.session_state
    state["reliability_model"], state["reliability_output"] = model, output
    state["reliability_source"] = OPENED if element is None else FROM_PANEL
    if element is not None:
        state["reliability_element"] = element
    st.switch_page("pages/reliability.py")


def window_around(around: Sequence, position: int, length: int = 200) -> Sequence:
    """`length` bases of a placed sequence around a 1-based position, moved inwards at its ends."""
    index = position - 1 - around.region.start
    start = min(max(0, index - length // 2), max(0, len(around) - length))
    end = min(len(around), start + length)
    first = around.region.start
    region = Region(around.region.chrom, first + start, first + end, around.region.build)
    return Sequence(around.name, around.bases[start:end], region, around.origin)


def open_variant(around: Sequence, position: int, ref: str, alt: str) -> None:
    """A window around a variant as reference, with the variant as its first edit.

    `around` has a region; `position` is 1-based; `alt` is '-' for a deletion.
    """
    window = window_around(around, position)
    at = position - 1 - window.region.start
    edit = f"{window.region.chrom}:{position} {ref}>{alt}"
    open_beside(Document(window).spliced(at, 1, alt.replace("-", ""), edit))


# --- models and what they compute -------------------------------------------------------------------


@st.cache_resource(show_spinner="Loading the model …", max_entries=8)
def _load(name: str, stamp: float) -> Checkpoint:
    return checkpoints.load(name)


def load(name: str) -> Checkpoint:
    """A trained model, kept in memory until its files change."""
    folder = checkpoints.models_folder() / name
    stamp = max((f.stat().st_mtime for f in folder.iterdir()), default=0.0) if folder.is_dir() else 0.0
    return _load(name, stamp)


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
            name=checkpoint.name,
            baseline=baseline,
            correct_simplex=correct_simplex,
            outputs=(output,),
            policy=policy,
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


# --- long work --------------------------------------------------------------------------------------


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


# --- widgets ----------------------------------------------------------------------------------------


def choose_models(key: str = "models") -> list[Checkpoint]:
    """The model picker that all pages share. Stops the page with the next step when nothing is trained."""
    names = checkpoints.trained()
    if not names:
        st.info(
            "No trained model was found in `trained_models/`. Train one with "
            f"`python -m engine train {DEFAULT_MODEL}`, or restore the folder from version control."
        )
        st.stop()
    chosen = st.multiselect(
        "Models",
        names,
        # a link or a session file may have chosen already
        default=None if key in st.session_state else [DEFAULT_MODEL] if DEFAULT_MODEL in names else names[:1],
        key=key,
        persist_state="session",
        help="Each is an independently trained network; their disagreement is a first hint of uncertainty.",
    )
    if not chosen:
        st.info("Choose at least one model above.")
        st.stop()
    loaded = []
    for name in chosen:
        try:
            loaded.append(load(name))
        except CisLensError as error:
            st.error(str(error))
    if not loaded:
        st.stop()
    return loaded


def all_models() -> list[str]:
    """Every model that is declared or trained, in a fixed order: it decides their colours."""
    return list(dict.fromkeys([*declared.names(), *checkpoints.trained()]))


def all_outputs(loaded: list[Checkpoint]) -> list[str]:
    """The outputs of the chosen models, each once, in order."""
    return list(dict.fromkeys(o for c in loaded for o in c.model.outputs))


def choose_palette() -> str:
    return st.selectbox(
        "Base colours",
        list(BASE_COLOURS),
        key="palette",
        persist_state="session",
        help="A green, C blue, G amber, T red; or a set that people with red-green blindness can tell apart.",
    )


def offer_download(names: tuple[str, ...], purpose: str) -> bool:
    """True if the files are there; else says which are missing and offers to download them."""
    missing = [sources.get(n) for n in names if not sources.available(n)]
    if not missing:
        return True
    listed = ", ".join(f"{s.file} ({s.bytes / 1e6:.1f} MB)" for s in missing)
    st.info(f"{purpose} needs {listed}. Source: {missing[0].cite}.")
    if sources.local_folder():
        st.warning(f"`CISLENS_DATA` points to {sources.local_folder()}, which does not hold these files whole.")
        return False
    if st.button("Download now", key=f"download-{'-'.join(names)}", type="primary"):
        total = sum(s.bytes for s in missing)
        bar, done = st.progress(0.0, text="Downloading …"), [0]

        def advance(n: int) -> None:
            done[0] += n
            bar.progress(min(1.0, done[0] / total), text=f"{done[0] / 1e6:.1f} of {total / 1e6:.1f} MB")

        try:
            for source in missing:
                sources.fetch(source.name, advance)
        except CisLensError as error:
            st.error(str(error))
            return False
        st.rerun()
    return False


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


def image_config(name: str, kind: str) -> dict:
    """Plotly settings: the camera button saves the figure as `kind` ('svg' or 'png')."""
    return {
        "displaylogo": False,
        "displayModeBar": True,
        "modeBarButtonsToRemove": ["lasso2d", "select2d"],
        "toImageButtonOptions": {"format": kind, "filename": name, "scale": 2 if kind == "png" else 1},
    }


def interval(metric: dict) -> str:
    """A metric with its 95% interval and sample size."""
    return f"{metric['value']:.3f} [{metric['low']:.3f}, {metric['high']:.3f}]"
