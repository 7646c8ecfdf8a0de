"""Representations: how the models arrange held-out elements, how alike they do it, and what can be read off it."""

import pandas as pd
import streamlit as st

from engine.data.library import Library
from engine.errors import CisLensError
from engine.evaluation import comparison
from engine.experiments import checkpoints, labels
from engine.interpretation import panel
from engine.interpretation.representations import probe_differences, probes, similarity
from engine.interpretation.stored import networks
from engine.plots import representations as plot
from engine.plots.parts import theme
from engine.statistics import in_words
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


def _pair(first: str, second: str) -> str:
    return f"among {first} networks" if first == second else f"between {first} and {second}"


def loss_of(name: str) -> str:
    return str(checkpoints.read_description(name)["experiment"].get("loss", ""))


# --- sections ---------------------------------------------------------------------------------------


def alike(joint: Library) -> None:
    """CKA between every two networks."""
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
    called = [theme.literal(labels.label(names[i])) for i in order]
    ranges = pd.DataFrame(similarity.ranges(value, [cell_of(n) for n in names]))
    medians = ", ".join(f"{r.median:.2f} {_pair(r.first, r.second)}" for r in ranges.itertuples())
    st.markdown(
        f"**Do networks with different losses arrange the same elements alike? Median CKA: {plain(medians)}.** "
        "1 is the same arrangement up to rotation and scale, 0 nothing in common (Kornblith et al. 2019, unbiased)."
    )
    grid = {k: v[order][:, order] for k, v in matrices.views[view]._asdict().items()}
    st.plotly_chart(
        plot.similarity(called, **grid, title=f"CKA, {VIEWS[view]}, {matrices.n:,} held-out elements"),
        key="cka",
        config=image_config("cislens-cka", "svg"),
    )
    st.caption(f"Under the pointer: the 95% interval over elements ({matrices.draws} random halves of the panel).")
    if view == "linear":  # the study has no other
        ranges["published"] = [published_range(r.first, r.second) for r in ranges.itertuples()]
    ranges.insert(0, "between networks of", ranges.pop("first") + " and " + ranges.pop("second"))
    with st.expander("Lowest, median and highest CKA of each pair of cell types, beside the published ones"):
        st.dataframe(
            ranges, hide_index=True, column_config={c: st.column_config.NumberColumn(format="%.3f")
                                                    for c in ("low", "median", "high")}
        )  # fmt: skip
        st.caption(
            ("Published: linear CKA of the study's own networks. " if view == "linear" else "")
            + "Two seeds of one loss differ as well. Here each model has one seed, so a low value alone does not show "
            "that the loss made the difference."
        )
    thin = [n for n in names if matrices.dimension[n].value < 1.25]
    if thin:
        st.info(
            f"The embeddings of {len(thin)} networks vary along little more than one direction, that of the prediction "
            "(effective dimension below 1.25). Their CKA says little more than how well their predictions agree. "
            "**beyond the prediction** shows what else they share."
        )
    wide = [{"model": labels.label(n), "effective dimension": interval(
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
    table = pd.DataFrame([{"model": n, **stored[n][target].as_dict()} for n in able])
    table["published"] = [published_probe(target, n) for n in able]
    score = "AUROC" if target == probes.ORIGIN else "R²"
    best = table.loc[table["value"].idxmax()].to_dict()
    chance = f"; from a network with random weights {blank[target].value:.3f}" if target in blank else ""
    st.markdown(
        f"**{plain(PROBES[what][0].upper() + PROBES[what][1:])}, among trained networks, can be read best from "
        f"{plain(labels.short(str(best['model'])))}: {score} {interval(best)}{chance}.** What random weights hold was "
        "not learned. 1 is a perfect reading, 0 or less none (ridge regression, nested cross-validation; elements that "
        "share a stretch stay together)."
        if score == "R²"
        else f"**The peaks of K562 and HepG2 can be told apart best from {plain(labels.short(str(best['model'])))}: "
        f"{score} {interval(best)}{chance}.** 0.5 is chance."
    )
    st.plotly_chart(
        plot.probed(
            table,
            models.in_figures(able),
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
        shown = pd.DataFrame([difference.as_dict() for difference in against])
        if len(shown):
            # more of a composition in the embedding is no merit: words say the direction alone
            verdicts = shown["verdict"].map({"better": "more", "worse": "less"}).fillna("cannot be told")
            beside = pd.DataFrame(
                {"model": map(labels.label, shown["model"]), "difference [95% interval]": [
                    in_words(r["value"], r["low"], r["high"], signed=True) for r in shown.to_dict("records")],
                 "elements": shown["n"], "verdict": verdicts}
            )  # fmt: skip
            with st.expander(f"R² minus that of {plain(labels.label(baseline))}, over the same draws of elements"):
                st.dataframe(beside, hide_index=True, height="content")
    whole = pd.DataFrame(
        [{"model": n, "target": t, **metric.as_dict(), "published": published_probe(t, n)}
         for n in stored for t, metric in stored[n].items()]
        + [{"model": plot.UNTRAINED, "target": t, **metric.as_dict(), "published": None} for t, metric in blank.items()]
    )  # fmt: skip
    with st.expander("All probes"):
        wide = whole.assign(
            text=[interval(r) for r in whole.to_dict("records")], model=[labels.label(n) for n in whole["model"]]
        )
        grid = wide.pivot(index="model", columns="target", values="text").fillna("").reset_index()
        st.dataframe(grid, hide_index=True, height="content")
    downloads.table("Table (CSV)", whole, "cislens-probes.csv")


navigation.inside_app("pages/representations.py")
header.show("pages/representations.py")
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
