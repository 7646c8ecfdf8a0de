"""In-silico experiments: the open sequence changed in a controlled way, and what a model predicts then."""

import streamlit as st

from engine.errors import CisLensError
from engine.sequence import Sequence
from pages.panels.in_silico.experiments import EXPERIMENTS
from pages.panels.in_silico.setting import Setting
from pages.shared import address, bench, header, models, navigation, state, windows
from pages.shared.plain import plain

FOLLOWED: state.Key[str | None] = state.Key("silico_followed", None)  # the Explorer's cell type that was taken over

navigation.inside_app("pages/in_silico.py")
header.show("pages/in_silico.py")
document = bench.document()
if document is None:
    st.info("No sequence is open. Open one in the Explorer; the experiments are done on it.")
    st.page_link("pages/explorer.py", label="To the Explorer", icon=":material/edit:")
    st.stop()
names = models.trained_or_stop()

name = document.reference.name + (" (edited)" if document.bases != document.reference.bases else "")
st.markdown(f"On **{plain(name)}**, {len(document.bases)} bp, as it stands in the editor.")
choice = st.columns([1.3, 1, 2])
with choice[0]:
    chosen = models.choose_one(names, "silico_model")
loaded = models.load_each([chosen])
if not loaded:
    st.stop()
(checkpoint,) = loaded
with choice[1]:
    outputs = checkpoint.model.outputs
    cell: state.Key[str] = state.Key(f"silico_output-{'-'.join(outputs)}", outputs[0])
    # the Explorer's cell type, each time that another one is chosen there
    if state.TRACK_OUTPUT.get() in outputs and state.TRACK_OUTPUT.get() != FOLLOWED.get():
        cell.put(state.TRACK_OUTPUT.get())
        FOLLOWED.put(state.TRACK_OUTPUT.get())
    output = st.selectbox("Cell type", outputs, key=address.made("cell", cell.name), persist_state="session")
with choice[2]:
    policy = windows.choose(len(document.bases), checkpoint.model.window, "silico_policy") or "centre"
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
    st.error(plain(error))
