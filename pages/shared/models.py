"""Trained models as pages use them: loaded once, chosen in one way."""

from __future__ import annotations

import streamlit as st

from engine.errors import CisLensError
from engine.experiments import checkpoints, declared
from engine.experiments.checkpoints import Checkpoint
from engine.plots.parts.theme import BASE_COLOURS

DEFAULT_MODEL = "joint_legnet"

# for pages that show many models under their names
MODEL_NAMES = (
    "Names: B1 and H1 learned by squared error, B2 by classes, R1 to R5 and H2 to H4 by ranking losses, C1 to C3 with "
    "a curriculum; D1 to D3 are other networks. H learned HepG2, joint models several cell types at once, the others "
    "K562."
)


@st.cache_resource(show_spinner="Loading the model …", max_entries=8)
def _load(name: str, stamp: float) -> Checkpoint:
    return checkpoints.load(name)


def load(name: str) -> Checkpoint:
    """A trained model, kept in memory until its files change."""
    folder = checkpoints.models_folder() / name
    stamp = max((f.stat().st_mtime for f in folder.iterdir()), default=0.0) if folder.is_dir() else 0.0
    return _load(name, stamp)


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
