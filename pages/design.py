"""Design: sequences towards a goal, what models say of them, and which method makes the best."""

import streamlit as st

from engine.design import opinions
from engine.errors import CisLensError
from pages.panels.design import goal, making, method, results, which_method
from pages.shared import downloads, header, library, navigation, work
from pages.shared.plain import plain

DESIGN, METHODS = "Design", "Which method?"


def designing() -> None:
    """State a goal, make sequences, look at them."""
    joint = library.joint()
    key = ("design-natural", joint.table.hash, joint.split.hash)
    nature = work.remembered(key, lambda: opinions.measured(joint, joint.split.train))
    template, locked = goal.start()
    activity = goal.activity(joint, nature)
    chosen = method.choose(template is not None, tuple(activity))
    if chosen is None:
        return
    wanted = goal.goal(template, locked, activity, chosen.edits)
    designs = making.made(wanted, chosen, joint)
    if designs:
        results.show_all(designs, wanted, chosen, joint)


navigation.inside_app("pages/design.py")
header.show("pages/design.py")
st.markdown(
    "For regulatory elements of 200 bases that you test in a reporter assay; it makes no coding sequence. The next "
    "step is the screening of the vendor, who decides what is made."
)
section = st.segmented_control(
    "Section",
    [DESIGN, METHODS],
    default=DESIGN,
    required=True,
    key="design_section",
    label_visibility="collapsed",
    persist_state="session",
)
if section == DESIGN and not downloads.offer_download(downloads.LENTIMPRA_FILES, "Design"):
    st.stop()
try:
    if section == DESIGN:
        designing()
    else:
        which_method.show_all()
except CisLensError as error:
    st.error(plain(error))
