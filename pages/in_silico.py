"""In-silico experiments: the open sequence changed in a controlled way, and what a model predicts then."""

import streamlit as st

from engine.errors import CisLensError
from engine.experiments import checkpoints
from engine.sequence import SHORTEST_WHOLE, WINDOW_POLICIES, Sequence
from pages.panels.in_silico.experiments import EXPERIMENTS
from pages.panels.in_silico.setting import Setting
from pages.shared import bench, models, navigation


def window_policy(length: int, window: int) -> str:
    """How the model reads the sequence; asks where there is a choice."""
    if length == window:
        return "centre"
    options = ["tile", "centre"] if length > window else ["pad"]
    if length >= SHORTEST_WHOLE:
        options.append("whole")
    return st.selectbox(
        f"Window policy: the model reads {window} bp, this sequence has {length}",
        options,
        key=f"silico_policy-{options[0]}",
        persist_state="session",
        format_func=lambda p: f"{p}: {WINDOW_POLICIES[p]}",
    )


navigation.inside_app("pages/in_silico.py")
st.title("In-silico experiments")
document = bench.document()
if document is None:
    st.info("No sequence is open. Open one in the Explorer; the experiments are done on it.")
    st.page_link("pages/explorer.py", label="To the Explorer", icon=":material/edit:")
    st.stop()
names = checkpoints.trained()
if not names:
    st.info(f"No model is trained yet. Run: `python -m engine train {models.DEFAULT_MODEL}`")
    st.stop()

name = document.reference.name + (" (edited)" if document.bases != document.reference.bases else "")
st.markdown(f"On **{name}**, {len(document.bases)} bp, as it stands in the editor.")
choice = st.columns([1.3, 1, 2])
with choice[0]:
    first = names.index(models.DEFAULT_MODEL) if models.DEFAULT_MODEL in names else 0
    chosen = st.selectbox("Model", names, index=first, key="silico_model", persist_state="session")
try:
    checkpoint = models.load(chosen)
except CisLensError as error:
    st.error(str(error))
    st.stop()
with choice[1]:
    output = st.selectbox(
        "Cell type",
        checkpoint.model.outputs,
        key=f"silico_output-{'-'.join(checkpoint.model.outputs)}",
        persist_state="session",
    )
with choice[2]:
    policy = window_policy(len(document.bases), checkpoint.model.window)
experiment = st.segmented_control(
    "Experiment",
    list(EXPERIMENTS),
    default=next(iter(EXPERIMENTS)),
    required=True,
    key="silico_experiment",
    persist_state="session",
)
sequence = Sequence(document.reference.name, document.bases)
try:
    EXPERIMENTS[experiment](Setting(checkpoint, sequence, policy, output))
except CisLensError as error:
    st.error(str(error))
