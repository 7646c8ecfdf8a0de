"""Saturation mutagenesis: predicted and measured effects of every base change of an element."""

import streamlit as st

from engine.data import satmut
from engine.errors import CisLensError
from engine.evaluation.disagreements import disagreements
from engine.plots import saturation as plot
from engine.plots.parts import theme
from engine.report import exports
from engine.sequence import Sequence
from pages.panels.saturation import variants as measured
from pages.shared import bench, downloads, header, navigation, show, state
from pages.shared.models import all_models, all_outputs, choose_models, choose_one
from pages.shared.plain import plain

UNIT_HELP = "log2 of the activity with the new allele over the activity with the reference allele"


def open_in_explorer(around: Sequence, pos: int, ref: str, alt: str) -> None:
    bench.open_variant(around, int(pos), ref, alt)
    state.TRACK_OUTPUT.put(output)
    st.switch_page("pages/explorer.py")


navigation.inside_app("pages/saturation.py")
header.show("pages/saturation.py")
st.markdown(
    "In these assays nearly every base of a promoter or enhancer was exchanged, and the change in activity measured "
    "(Kircher et al. 2019). Here the models' predictions stand beside the measurements."
)
if not downloads.offer_download(downloads.SATMUT_FILES, "This page"):
    st.stop()

pick = st.columns([1.6, 1, 2, 1, 1.6])
with pick[1]:
    build = st.selectbox("Genome build", satmut.BUILDS, key="sat_build", persist_state="session")
with pick[4]:
    st.text_input(
        "Look up a variant",
        key=measured.LOOKUP.name,
        placeholder="chr1:109817590 G>T",
        help="Position in the genome build chosen here; a deletion is written G>-",
    )
variant = measured.look_up(build)
measured.ELEMENT.setdefault("SORT1")
with pick[0]:
    name = st.selectbox(
        "Element",
        list(satmut.DATA_SETS),
        key=measured.ELEMENT.name,
        persist_state="session",
        format_func=lambda n: f"{n} (assayed in {satmut.DATA_SETS[n].cells})",
    )
with pick[2]:
    models = choose_models()
names = [c.name for c in models]
try:
    element = satmut.load(name, build)
    around = satmut.context(element)
except CisLensError as error:
    st.error(plain(error))
    st.stop()
outputs = [o for o in all_outputs(models) if all(o in c.model.outputs for c in models)]
if not outputs:
    st.info("The chosen models have no cell type in common; choose models that share one.")
    st.stop()
with pick[3]:
    nearest = measured.matched_output(element.data_set.cells, outputs)
    output = st.selectbox(
        "Predicted in", outputs, index=outputs.index(nearest), key=f"sat_output-{name}-{len(outputs)}"
    )
if wrong := measured.LOOKUP_ERROR.get():
    st.error(plain(wrong))

cells = element.data_set.cells
if cells == "HEL 92.1.7":
    st.caption("Assayed in HEL 92.1.7, an erythroid line; of the models' cell types K562 is the closest.")
elif cells not in all_outputs(models):
    st.caption(f"Assayed in {plain(cells)}, which no model was trained on: read the comparison with care.")

try:
    variants = measured.scored(element, models, output)
except CisLensError as error:
    st.error(plain(error))
    st.stop()

cagi5 = next((e for e in satmut.CAGI5.values() if e.data_set == name), None)
training = satmut.training_rows(element)

controls = st.columns([1.2, 2, 1])
with controls[0]:
    least = st.slider(
        "Least confidence shown",
        0.0,
        0.5,
        0.0,
        0.05,
        key="least_confidence",
        persist_state="session",
        help="min(1, −log10(p) / 50) of the measured effect; 0.1 and more counts as high confidence",
    )
with controls[1]:
    first, last = element.region.start + 1, element.region.end
    view = st.slider("Stretch shown (genomic position)", first, last, (first, last), key=f"sat_view-{name}-{build}")
with controls[2]:
    deletions = st.toggle("Deletions", value=True, key="sat_deletions", persist_state="session")
    kind = st.segmented_control("Image format", ["svg", "png"], default="svg", required=True, key="sat_image")

shown = variants[variants["confidence"] >= least]
if not deletions:
    shown = shown[shown["alt"] != satmut.DELETION]
if shown.empty:
    st.info("No variant has this confidence; move the slider to the left.")
    st.stop()

if variant is not None:
    _, pos, ref, alt = variant
    row = variants[(variants["pos"] == pos) & (variants["alt"] == alt)].iloc[0]
    with st.container(border=True):
        st.markdown(
            f"**{plain(element.region.chrom)}:{pos} {ref}>{alt}** in {plain(name)}: measured {row['effect']:+.2f} "
            f"(confidence {row['confidence']:.2f}, {int(row['barcodes'])} barcodes); predicted in {plain(output)}: "
            + ", ".join(f"{n} {row[n]:+.2f}" for n in names)
            + " log2 RNA/DNA"
        )
        publications = satmut.SIGN_DIFFERS.get(cagi5.name, ()) if cagi5 else ()
        if build == "GRCh37" and (pos, ref, alt) in publications:
            st.warning(
                "The CAGI5 challenge files give this variant's effect with the other sign; we show this table's."
            )
        if st.button("Open this variant in the Explorer", icon=":material/edit:"):
            open_in_explorer(around, pos, ref, alt)

event = st.plotly_chart(
    plot.maps(
        shown,
        names,
        chrom=element.region.chrom,
        start=element.region.start,
        reference=element.reference(gaps="N").bases,
        title=f"{name} ({build}): effect of every change, measured in {cells}, predicted in {output}",
        view=view,
    ),
    key=f"sat-maps-{state.VERSION.get()}",
    on_select="rerun",
    selection_mode="points",
    config=show.image_config(f"cislens-{name}", kind),
)
st.caption(
    "Blue: the change lowers activity; red: it raises it; grey: not measured or filtered out. "
    "Click a variant to open it in the Explorer."
)
clicked = [p["customdata"] for p in event.selection.points if p.get("customdata")]
if clicked:
    open_in_explorer(around, *clicked[0])

st.subheader("Agreement", help="Spearman rank correlation with 95% bootstrap interval; single-base exchanges only.")
st.dataframe(measured.agreement(variants, names, training), hide_index=True)
grid = st.columns(max(2, min(3, len(names))))
for i, model in enumerate(names):
    with grid[i % len(grid)]:
        st.plotly_chart(
            plot.scatter(shown, model, theme.model_colour(model, all_models()), output),
            key=f"scatter-{model}",
            config=show.image_config(f"cislens-{name}-{model}", kind),
        )

st.subheader(
    "Largest disagreements",
    help="The variants shown whose predicted and measured effects lie farthest apart, each divided by its own standard "
    "deviation over this element.",
)
model = choose_one(names, "sat_disagree_model", "Of model", first=None) if len(names) > 1 else names[0]
table = disagreements(shown, model)
picked = st.dataframe(
    table,
    hide_index=True,
    on_select="rerun",
    selection_mode="single-row",
    key=f"disagreements-{state.VERSION.get()}",
    column_config={
        "measured": st.column_config.NumberColumn("measured (log2 alt/ref)", format="%.2f", help=UNIT_HELP),
        "predicted": st.column_config.NumberColumn("predicted (log2 RNA/DNA)", format="%.2f", help=UNIT_HELP),
        "confidence": st.column_config.NumberColumn(format="%.2f"),
        "apart": st.column_config.NumberColumn("apart (s.d.)", format="%.1f"),
    },
)
if picked.selection.rows:
    chosen = table.iloc[picked.selection.rows[0]]
    open_in_explorer(around, chosen["pos"], chosen["ref"], chosen["alt"])
st.caption("Select a row to open the variant in the Explorer.")

with st.container(horizontal=True):
    downloads.button("Variants (CSV)", exports.variants_csv(shown, element.region.chrom, build), f"{name}.{build}.csv")
    downloads.button("Variants (VCF)", exports.variants_vcf(shown, names, around, output), f"{name}.{build}.vcf")
