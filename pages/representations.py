"""Representations: how the models arrange held-out elements, how alike they do it, and what can be read off it."""

import pandas as pd
import streamlit as st

from engine.data.library import Library
from engine.errors import CisLensError
from engine.evaluation import comparison
from engine.experiments import checkpoints
from engine.interpretation import panel
from engine.interpretation.representations import probe_differences, probes, similarity
from engine.interpretation.stored import networks
from engine.plots import representations as plot
from pages.panels.representations import umap
from pages.panels.representations.predictions import predictions, published_probe, published_range
from pages.shared import downloads, header, library, models, navigation
from pages.shared.plain import plain
from pages.shared.show import image_config, interval

SECTIONS = ("Maps", "Similarity", "Probes", "Predictions")
PROBES = {
    "activity": "activity",
    "rank": "its rank",
    probes.COMPOSITION[0]: "GC content",
    probes.COMPOSITION[1]: "CpG frequency",
    probes.CONTROL: "random labels",
    probes.ORIGIN: "K562 or HepG2 peak",
}
VIEWS = {"linear": "linear", "rbf": "Gaussian (RBF)", "beyond": "beyond the prediction"}


def cell_of(name: str) -> str:
    """The cell type that a network learned, or 'joint' for several."""
    outputs = checkpoints.read_description(name)["outputs"]
    return outputs[0] if len(outputs) == 1 else "joint"


def loss_of(name: str) -> str:
    return str(checkpoints.read_description(name)["experiment"].get("loss", ""))


# --- sections ---------------------------------------------------------------------------------------


def alike(joint: Library) -> None:
    """CKA between every two networks."""
    st.markdown(
        "Do networks trained with different losses arrange the same elements alike? **CKA** (centred kernel alignment, "
        "Kornblith et al. 2019) is 1 for the same arrangement up to rotation and scale, and 0 for arrangements that "
        "have nothing to do with each other (unbiased estimate)."
    )
    matrices = similarity.read(joint)
    if matrices is None:
        st.info(f"Not computed yet. Run: `{similarity.MEND}`")
        return
    if matrices.missing:
        st.warning(f"Not compared with these weights: {plain(', '.join(matrices.missing))}. Run: `{similarity.MEND}`")
    names = matrices.models
    if len(names) < 2:
        st.info("There are fewer than two networks to compare.")
        return
    columns = st.columns([3, 2])
    with columns[0]:
        view = st.segmented_control(
            "Compared",
            list(VIEWS),
            format_func=VIEWS.get,
            default="linear",
            required=True,
            key="cka_view",
            persist_state="session",
            help="All that is linear; with a Gaussian kernel, which sees close elements only (its width is "
            f"{similarity.WIDTH} of the median distance); or what is left once the prediction is taken out.",
        )
    with columns[1]:
        by = st.segmented_control(
            "Order", ["cell type and loss", "likeness"], default="cell type and loss", required=True, key="cka_order"
        )
    value = matrices.views[view].value
    if by == "likeness":
        order = similarity.by_similarity(value)
    else:
        order = sorted(range(len(names)), key=lambda i: (cell_of(names[i]), loss_of(names[i]), names[i]))
    labels = [f"{names[i]} ({cell_of(names[i])}, {loss_of(names[i])})" for i in order]
    grid = {k: v[order][:, order] for k, v in matrices.views[view]._asdict().items()}
    st.plotly_chart(
        plot.similarity(labels, **grid, title=f"CKA, {VIEWS[view]}, {matrices.n:,} held-out elements"),
        key="cka",
        config=image_config("cislens-cka", "svg"),
    )
    st.caption(f"Under the pointer: the 95% interval over elements ({matrices.draws} random halves of the panel).")
    ranges = pd.DataFrame(similarity.ranges(value, [cell_of(n) for n in names]))
    if view == "linear":  # the study has no other
        ranges["published"] = [published_range(r.first, r.second) for r in ranges.itertuples()]
    ranges.insert(0, "between networks of", ranges.pop("first") + " and " + ranges.pop("second"))
    st.dataframe(
        ranges, hide_index=True, column_config={c: st.column_config.NumberColumn(format="%.3f")
                                                for c in ("low", "median", "high")}
    )  # fmt: skip
    st.caption(
        ("Published: linear CKA of the study's own networks. " if view == "linear" else "")
        + "Two networks of one loss and two seeds would differ as well; of each model here one seed is kept, so a low "
        "value is not yet the loss's doing."
    )
    thin = [n for n in names if matrices.dimension[n].value < 1.25]
    if thin:
        st.info(
            f"The embeddings of {len(thin)} networks vary along hardly more than one direction, that of the prediction "
            "(effective dimension below 1.25, in the table). CKA between such networks is close to the squared "
            "correlation of their predictions; **beyond the prediction** shows whether they share more than that."
        )
    wide = [{"model": n, "cell type": cell_of(n), "loss": loss_of(n), "effective dimension": interval(
        matrices.dimension[n].as_dict())} for n in (names[i] for i in order)]  # fmt: skip
    with st.expander("Effective dimension of each embedding"):
        st.dataframe(pd.DataFrame(wide), hide_index=True, height="content")
    flat = [
        {"first": names[i], "second": names[j], "compared": k,
         **{part: float(v[i, j]) for part, v in matrices.views[k]._asdict().items()}}
        for k in VIEWS for i in range(len(names)) for j in range(i)
    ]  # fmt: skip
    downloads.table("Table (CSV)", pd.DataFrame(flat), "cislens-cka.csv")


def read_off(joint: Library) -> None:
    """Linear probes, beside the published ones and those of a network that learned nothing."""
    st.markdown(
        "What can a straight line read off a network's embedding? Ridge regression with nested cross-validation; "
        "elements that share a stretch are never on both sides. **R²** is 1 for a perfect reading and 0 or less for "
        "none. A network with random weights stands beside: what it holds already was not learned."
    )
    stored, stale = {}, []
    for name in networks():
        try:
            stored[name] = probes.read(name, joint)
        except CisLensError as error:
            stale.append(str(error))
    for text in stale:
        st.warning(plain(text))
    stored = {name: probed for name, probed in stored.items() if probed}
    if not stored:
        st.info(f"Not computed yet. Run: `python -m engine interpret --what {probes.WHAT},{probes.UNTRAINED}`")
        return
    blank = probes.read(probes.UNTRAINED, joint) or {}
    columns = st.columns([3, 1])
    with columns[0]:
        what = st.segmented_control(
            "Read off", list(PROBES), format_func=PROBES.get, default="GC content", required=True, key="probe_what",
            persist_state="session",
        )  # fmt: skip
    cells = [o for o in joint.table.outputs if any(f"activity {o}" in probed for probed in stored.values())]
    with columns[1]:
        cell = st.segmented_control(
            "Networks that learned", cells, default=cells[0], required=True, key="probe_cell", persist_state="session"
        )
    target = f"{what} {cell}" if what in ("activity", "rank") else what
    able = [n for n in stored if f"activity {cell}" in stored[n] and target in stored[n]]
    if not able:
        st.info("No network that learned this cell type was probed for it.")
        return
    table = pd.DataFrame([{"model": n, "loss": loss_of(n), **stored[n][target].as_dict()} for n in able])
    table["published"] = [published_probe(target, n) for n in able]
    score = "AUROC" if target == probes.ORIGIN else "R²"
    st.plotly_chart(
        plot.probed(
            table,
            models.all_models(),
            f"{target[0].upper()}{target[1:]}, networks that learned {cell}",
            f"{score} by a linear probe, {table['n'].max():,} held-out elements",
            blank[target].value if target in blank else None,
        ),
        key="probes",
        config=image_config("cislens-probes", "svg"),
    )
    baseline = comparison.BASELINES.get(cell)
    if target != probes.ORIGIN and baseline in able:
        against = probe_differences.against(baseline, able, joint, target)
        st.caption(f"R² minus that of {plain(baseline)}, both on the same draws of elements:")
        shown = pd.DataFrame([difference.as_dict() for difference in against])
        numbers = {c: st.column_config.NumberColumn(format="%+.3f") for c in ("value", "low", "high")}
        if len(shown):
            # more of a composition in the embedding is no merit: words say the direction alone
            shown["verdict"] = shown["verdict"].replace({"better": "more", "worse": "less"})
            shown["verdict"] = shown["verdict"].where(shown["verdict"].isin(["more", "less"]), "cannot be told")
            st.dataframe(shown.drop(columns="baseline"), hide_index=True, column_config=numbers, height="content")
    whole = pd.DataFrame(
        [{"model": n, "target": t, **metric.as_dict(), "published": published_probe(t, n)}
         for n in stored for t, metric in stored[n].items()]
        + [{"model": plot.UNTRAINED, "target": t, **metric.as_dict(), "published": None} for t, metric in blank.items()]
    )  # fmt: skip
    with st.expander("All probes"):
        wide = whole.assign(text=[interval(r) for r in whole.to_dict("records")])
        grid = wide.pivot(index="model", columns="target", values="text").reset_index()
        st.dataframe(grid, hide_index=True, height="content")
    downloads.table("Table (CSV)", whole, "cislens-probes.csv")


navigation.inside_app("pages/representations.py")
header.show("pages/representations.py")
st.markdown(
    "Before its last layer, a model turns every sequence into some dozens or hundreds of numbers: its embedding. "
    "Here is what embeddings hold of elements that no model saw."
)
if not downloads.offer_download(downloads.LENTIMPRA_FILES, "This page"):
    st.stop()
try:
    if not networks():
        st.info("No model is trained yet. Run: `python -m engine train --all`")
        st.stop()
    section = st.segmented_control(
        "Section", SECTIONS, default=SECTIONS[0], required=True, key="representations_section",
        label_visibility="collapsed", persist_state="session",
    )  # fmt: skip
    joint = library.joint()
    models.legend(models.of_activity())
    if section != SECTIONS[3]:  # predictions are there for the whole fold
        st.caption(
            f"A fixed panel of {len(panel.rows(joint)):,} elements of the test fold (drawn by seed {panel.SEED})."
        )
    show = {
        "Maps": umap.maps, "Similarity": alike, "Probes": read_off, "Predictions": predictions,
    }  # fmt: skip
    show[section](joint)
except CisLensError as error:
    st.error(plain(error))
