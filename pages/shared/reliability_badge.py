"""The badge under a map: the short verdict on it, with its reasons, and the way to the whole one."""

import streamlit as st

from engine.experiments.checkpoints import Checkpoint
from engine.interpretation import stored
from engine.interpretation.reliability import store
from engine.interpretation.reliability.badge import Scale, badge, load_scale
from engine.interpretation.reliability.verdict import LEVELS
from engine.results import Track
from engine.sequence import Sequence
from pages.shared import navigation

OTHER_BASELINE = "The verdict on a map is calibrated for the baseline 'uniform' without simplex correction."
COLOURS = dict(zip(LEVELS, ("green", "orange", "red"), strict=True))


@st.cache_resource(max_entries=64)
def _scale(_checkpoint: Checkpoint, weights: str, output: str, stamp: float) -> Scale | None:
    return load_scale(_checkpoint, output)


def show(
    checkpoint: Checkpoint,
    sequence: Sequence,
    ig: Track,
    ism: Track,
    output: str,
    *,
    baseline: str = "uniform",
    correct_simplex: bool = False,
) -> None:
    """Draw the badge from maps that are there; nothing where the model was not examined for this output.

    Args:
        baseline, correct_simplex: how `ig` was made; the scale is that of the baseline 'uniform' without correction.
    """
    file = stored.file_of(checkpoint, store.FILE)
    scale = _scale(checkpoint, checkpoint.weights_hash, output, file.stat().st_mtime if file.is_file() else 0.0)
    if scale is None:
        return
    if baseline != "uniform" or correct_simplex:
        st.caption(OTHER_BASELINE)
        return
    found = badge(checkpoint, scale, sequence, ig, ism, output)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(found.level, icon=":material/verified:", color=COLOURS[found.level])
        if st.button("All checks", icon=":material/arrow_forward:", type="tertiary"):
            navigation.check_map(checkpoint.name, output)
    st.caption(found.sentence)
