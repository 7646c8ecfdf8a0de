"""Saturation mutagenesis: predicted and measured effects of every base change of an element."""

import streamlit as st

from engine.data import satmut
from engine.errors import CisLensError
from engine.evaluation.disagreements import disagreements
from engine.experiments import labels
from engine.plots import saturation as plot
from engine.plots.parts import theme
from engine.report import exports
from engine.sequence import Sequence
from pages.panels.saturation import lookup
from pages.panels.saturation import variants as measured
from pages.shared import address, bench, downloads, glossary, header, navigation, show, state
from pages.shared.choices import STRETCH
from pages.shared.models import all_models, all_outputs, choose_models, choose_one
from pages.shared.plain import plain


def open_in_explorer(around: Sequence, pos: int, ref: str, alt: str) -> None:
    bench.open_variant(around, int(pos), ref, alt)
    state.TRACK_OUTPUT.put(output)
    st.switch_page("pages/explorer.py")


navigation.inside_app("pages/saturation.py")
header.show("pages/saturation.py")
if not downloads.offer_download(downloads.SATMUT_FILES, "This page"):
    st.stop()

looked = lookup.look_up()
lookup.ELEMENT.setdefault("SORT1")
lookup.BUILD.setdefault("GRCh38")
pick = st.columns([1.7, 0.9, 1.5, 1])
with pick[0]:
    name = st.selectbox(
        "Element",
        list(satmut.DATA_SETS),
        key=lookup.ELEMENT.name,
        persist_state="session",
        format_func=lambda n: f"{n} (assayed in {satmut.DATA_SETS[n].cells})",
    )
with pick[1]:
    build = st.selectbox("Genome build", satmut.BUILDS, key=lookup.BUILD.name, persist_state="session")
with pick[2]:
    st.text_input(
        "Find a variant",
        key=lookup.LOOKUP.name,
        placeholder=lookup.EXAMPLE[build],
        help="In any notation that the Variants page takes, also a line of a VCF. A deletion is written G>-. Element "
        "and build follow.",
    )
models = choose_models()
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
cells = element.data_set.cells
with pick[3]:
    nearest = measured.matched_output(cells, outputs)
    output = st.selectbox(
        "Predicted in",
        outputs,
        index=outputs.index(nearest),
        key=address.made("cell", f"sat_output-{name}-{len(outputs)}"),
    )
if wrong := lookup.LOOKUP_ERROR.get():
    st.error(plain(wrong))
if cells == "HEL 92.1.7":
    st.caption("The assay used HEL 92.1.7, an erythroid cell line. Of the models' cell types K562 is closest.")
elif cells not in all_outputs(models):
    st.caption(f"The assay used {plain(cells)}, in which no model was trained. Compare with care.")

try:
    variants, names = measured.scored(element, models, output)
except CisLensError as error:
    st.error(plain(error))
    st.stop()
if names:
    st.markdown(measured.answer(variants, names))
if looked is not None:
    with st.container(border=True):
        lookup.show(looked, element, variants, names, output)
        with st.container(horizontal=True):
            opens = st.button("Open this variant in the Explorer", icon=":material/edit:")
            at = looked.pos - element.region.start - 1
            show.open_in_ucsc(element.region.part(at, at + 1), around=100)
        if opens:
            open_in_explorer(around, looked.pos, looked.ref, looked.alt)

controls = st.columns([3, 1], vertical_alignment="bottom")
with controls[0]:
    first, last = element.region.start + 1, element.region.end
    view = st.slider(
        "Stretch shown (genomic position)",
        first,
        last,
        (first, last),
        key=address.made("stretch", f"sat_view-{name}-{build}", STRETCH, (first, last)),
    )
with controls[1], st.popover("Filter and format", icon=":material/tune:"):
    least = st.slider(
        "Least confidence shown",
        0.0,
        0.5,
        0.0,
        0.05,
        key="least_confidence",
        persist_state="session",
        help=glossary.explained("confidence", "It is min(1, −log10(p) / 50); 0.1 and more counts as high."),
    )
    deletions = st.toggle("Deletions", value=True, key="sat_deletions", persist_state="session")
    kind = st.segmented_control("Image format", ["svg", "png"], default="svg", required=True, key="sat_image")

shown = variants[variants["confidence"] >= least]
if not deletions:
    shown = shown[shown["alt"] != satmut.DELETION]
if shown.empty:
    st.info("No variant has this confidence; move the slider to the left.")
    st.stop()
snvs = variants[variants["alt"] != satmut.DELETION]
titles = {"effect": f"measured in {cells}"} | {
    n: f"predicted in {output}" + (f" by {labels.short(n)}" if len(names) > 1 else "") for n in names
}
rows = [plot.Map(column, theme.literal(title), float(snvs[column].std()) or 1.0) for column, title in titles.items()]
event = st.plotly_chart(
    plot.maps(
        shown,
        rows,
        region=element.region,
        reference=element.reference(gaps="N").bases,
        title=f"{name} ({build}): effect of every change",
        view=view,
        marked=looked.mark if looked else None,
    ),
    key=f"sat-maps-{state.VERSION.get()}",
    on_select="rerun",
    selection_mode="points",
    config=show.image_config(f"cislens-{name}", kind),
)
st.caption(
    "Orange raises activity, blue lowers it. Every map is divided by its own standard deviation (s.d.) over the "
    "element, so that one colour scale fits all. A dot marks the reference base, hatching what was not measured or is "
    "filtered out. Click a cell to open that variant in the Explorer."
)
clicked = [p["customdata"] for p in event.selection.points if p.get("customdata")]
if clicked:
    open_in_explorer(around, *clicked[0])

if names:
    agree, apart = st.tabs(["Agreement", "Largest disagreements"])
    with agree:
        grid = st.columns(max(2, min(3, len(names))))
        for i, model in enumerate(names):
            with grid[i % len(grid)]:
                st.plotly_chart(
                    plot.scatter(
                        shown,
                        model,
                        theme.model_colour(model, all_models()),
                        output,
                        labels.short(model),
                        looked.mark if looked else None,
                    ),
                    key=f"scatter-{model}",
                    config=show.image_config(f"cislens-{name}-{model}", kind),
                )
        with grid[1] if len(names) == 1 else st.container():
            scores = measured.agreement(variants, names, satmut.training_rows(element))
            st.dataframe(scores.drop(columns=["model"] * (len(names) == 1)), hide_index=True)
            st.caption("Spearman rank correlation over single-base changes, with its 95% interval and number.")
    with apart:
        model = choose_one(names, "sat_disagree_model", "Of model", first=None) if len(names) > 1 else names[0]
        table = disagreements(shown, model)
        number = {
            column: st.column_config.NumberColumn(f"{column} ({unit})", format=form)
            for column, unit, form in (
                ("measured", "log2 alt/ref", "%+.2f"),
                ("predicted", "log2 RNA/DNA", "%+.2f"),
                ("apart", "s.d.", "%.1f"),
            )
        }
        number |= {
            "pos": st.column_config.NumberColumn("position", format="%d"),
            "confidence": st.column_config.NumberColumn(format="%.2f"),
        }
        picked = show.pick_row(table, f"disagreements-{state.VERSION.get()}", number)
        if picked is not None:
            chosen = table.iloc[picked]
            open_in_explorer(around, chosen["pos"], chosen["ref"], chosen["alt"])
        st.caption(
            "The ten variants whose predicted and measured effects lie farthest apart, each in its own standard "
            "deviations. Select a row to open the variant in the Explorer."
        )

with st.container(horizontal=True):
    downloads.button("Variants (CSV)", exports.variants_csv(shown, element.region.chrom, build), f"{name}.{build}.csv")
    downloads.button("Variants (VCF)", exports.variants_vcf(shown, names, around, output), f"{name}.{build}.vcf")
