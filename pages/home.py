"""Home: what this is, what is loaded, and three ways to start."""

import pandas as pd
import streamlit as st

from engine import device
from engine.data import satmut, sources
from engine.errors import CisLensError
from engine.experiments import checkpoints
from pages.shared import bench, downloads, header, kept, models, navigation, show, state
from pages.shared.plain import plain

COLUMNS = (
    "model", "cell type", "held-out Spearman", "elements", "CAGI5 test, all", "CAGI5 test, high confidence",
)  # fmt: skip

navigation.inside_app("pages/home.py")
header.show("pages/home.py")
st.markdown(
    "Put a promoter or enhancer in, change it base by base, and see what trained models make of it: the predicted "
    "**activity** in K562, HepG2 and WTC11 cells, the **bases it rests on**, and how the predictions compare with "
    "**measured** saturation mutagenesis."
)

kept.offer("pages/explorer.py")
st.subheader("Three ways to start")
promoter, own, measured = st.columns(3, border=True)
with promoter:
    st.markdown("**Edit a real promoter**  \nThe 200 bases in the middle of the *LDLR* promoter, assayed in HepG2.")
    if downloads.offer_download(downloads.SATMUT_FILES, "A real promoter") and st.button(
        "Open the LDLR promoter", type="primary", icon=":material/edit:"
    ):
        try:
            element = satmut.load("LDLR.2", "GRCh38")
            around = satmut.context(element)
        except CisLensError as error:
            st.error(plain(error))
            st.stop()
        middle = (element.region.start + element.region.end) // 2
        bench.open_sequence(bench.window_around(around, middle), "LDLR promoter (GRCh38)")
        state.TRACK_OUTPUT.put("HepG2")
        st.switch_page("pages/explorer.py")
with own:
    st.markdown("**Bring your own sequence**  \nPaste it, upload FASTA, or take a region out of your genome file.")
    if st.button("Open the Explorer", icon=":material/content_paste:"):
        st.switch_page("pages/explorer.py")
with measured:
    st.markdown("**Compare with measurements**  \n21 elements in which nearly every base was mutated and assayed.")
    if st.button("Open saturation mutagenesis", icon=":material/grid_on:"):
        st.switch_page("pages/saturation.py")

st.subheader("Models", help="Scores with 95% bootstrap intervals, on elements and variants that no model saw.")
rows, untrained = [], []
for name in models.of_activity():
    if name not in checkpoints.trained():
        untrained.append(name)
        continue
    try:
        metrics = checkpoints.read_metrics(name)
    except CisLensError as error:
        st.error(plain(error))
        metrics = {}
    means = metrics.get("cagi5", {}).get("matched_mean", {})
    if not metrics:
        remark = models.NOT_MEASURED if models.is_unmeasured(name) else "not scored"
        rows.append({"model": name, "held-out Spearman": f"{remark}: python -m engine evaluate {name}"})
    own = metrics.get("own_table", {})
    for output, scores in (metrics.get("held_out") or own.get("held_out", {})).items():
        test = means.get(output, {}).get("test")
        rows.append(
            {
                "model": name,
                "cell type": output,
                "held-out Spearman": show.interval(scores["spearman"]) + (f" on {own['file']}" if own else ""),
                "elements": scores["spearman"]["n"],
                "CAGI5 test, all": show.interval(test["all"]) if test else "no matched element",
                "CAGI5 test, high confidence": show.interval(test["high"]) if test else "no matched element",
            }
        )
st.dataframe(
    pd.DataFrame(rows, columns=COLUMNS),
    hide_index=True,
    column_config={
        "held-out Spearman": st.column_config.TextColumn(
            help="Rank correlation of predicted and measured activity on elements that the model never saw, nor "
            "anything sharing 30 bases with them. 1 is perfect order, 0 none."
        ),
        "elements": st.column_config.NumberColumn(help="How many held-out elements", format="%,d"),
        "CAGI5 test, all": st.column_config.TextColumn(
            help="Rank correlation of predicted and measured effects of single-base changes, mean over the elements "
            "assayed in this cell type (GP1BB, HBB and HBG1 in HEL 92.1.7, which is closest to K562)."
        ),
        "CAGI5 test, high confidence": st.column_config.TextColumn(
            help="The same for effects measured with confidence ≥ 0.1"
        ),
    },
)
with st.container(horizontal=True, vertical_alignment="center"):
    if st.button("Compare them on the Benchmark page", icon=":material/leaderboard:"):
        st.switch_page("pages/benchmark.py")
if untrained:
    with st.expander(f"{len(untrained)} more are declared and not trained"):
        st.code("\n".join(f"python -m engine train {name}" for name in untrained), language="bash")

st.subheader("Data")
states = {name: sources.available(name) for name, s in sources.SOURCES.items() if s.url}
st.dataframe(
    pd.DataFrame(
        {
            "file": s.file,
            "what it holds": s.what,
            "here": states[s.name],
            "MB": s.bytes / 1e6,
            "cite": s.cite,
            "licence": s.licence,
        }
        for s in sources.SOURCES.values()
        if s.url
    ),
    hide_index=True,
    column_config={"MB": st.column_config.NumberColumn(format="%.1f")},
)
if all(states.values()):
    st.caption(f"All files are here, in `{sources.location(sources.SOURCES['satmut']).parent}`.")
else:
    downloads.offer_download(tuple(states), "Everything in CisLens together")

st.caption(f"Computing on: {plain(device.describe(device.resolve()))}. {show.ACTIVITY_HELP}")
