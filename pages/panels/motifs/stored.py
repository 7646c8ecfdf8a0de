"""The stored views of the page Motifs: association with activity, probes of embeddings, effects."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pandas as pd
import streamlit as st

from engine.data import motifs as study_motifs
from engine.data import published as published_figures
from engine.data.motifs import STUDY
from engine.errors import CisLensError
from engine.interpretation.motifs import association as motif_association
from engine.interpretation.motifs import effects as motif_effects
from engine.interpretation.motifs import importance
from engine.interpretation.motifs import probes as motif_probes
from engine.interpretation.stored import networks
from engine.plots import motifs as plot
from engine.plots.parts import theme
from engine.replication import motifs as motif_findings
from engine.statistics import Metric
from pages.panels.motifs import any_motif
from pages.panels.motifs.curves import curves
from pages.panels.motifs.de_novo import de_novo
from pages.panels.motifs.legend import named, the_motifs
from pages.panels.motifs.own import own
from pages.shared import address, downloads
from pages.shared.models import choose_one, legend
from pages.shared.plain import plain
from pages.shared.show import image_config

NAN = float("nan")
T = TypeVar("T")
PUBLISHED_ROWS = {
    "B1_baseline_mse": "B1 (published)", "R3_ranknet": "R3 (published)", "R5_dual_combined": "R5 (published)",
    "mean K562": "mean of K562 (published)", "mean HepG2": "mean of HepG2 (published)",
}  # fmt: skip
R2_OF = {"r2": "R² of the count", "beyond": "R² beyond composition"}


def spread(metric: dict | None, name: str) -> dict[str, float]:
    """A metric as three columns; nan where it is not known."""
    metric = metric or {}
    return {name + end: metric.get(key, NAN) for end, key in (("", "value"), ("_low", "low"), ("_high", "high"))}


def published(quantity: str, motif: str, who: str) -> float:
    figure = published_figures.motif(quantity, motif, who)
    return NAN if figure is None else figure


def show(figure, name: str) -> None:
    st.plotly_chart(figure, config=image_config(f"cislens-{name}", "svg"), key=f"motifs-{name}")


def offer(table: pd.DataFrame, name: str, shown: bool = True) -> None:
    """A table, folded in, and the file of it."""
    with st.expander("Table"):
        if shown:
            st.dataframe(table.round(4), hide_index=True)
        downloads.table("Table (CSV)", table, f"cislens-{name}.csv")


def missing(what: str) -> None:
    st.info(f"Nothing is stored yet. Run: `python -m engine interpret --what {what}`")


# --- association ------------------------------------------------------------------------------------


def association() -> None:
    stored = motif_association.read()
    if stored is None:
        return missing(motif_association.WHAT)
    cells = list(dict.fromkeys(row.cell for row in stored.rows))
    cell = st.segmented_control(
        "Cell type", cells, default=cells[0], required=True, key="motifs_cell", persist_state="session"
    )
    table = pd.DataFrame([_row(row) for row in stored.rows if row.cell == cell])
    known = table[table["spearman"].notna()]
    first = known.loc[known["spearman"].abs().idxmax()]
    weakest = known.loc[(known["spearman"] - known["partial"]).abs().idxmax()]
    rare = ", ".join(f"{r['motif']} in {r['present']}" for _, r in table[table["spearman"].isna()].iterrows())
    st.markdown(
        f"In {plain(cell)}, the number of **{plain(first['motif'])}** sites goes with measured activity most: Spearman "
        f"{first['spearman']:+.3f} [{first['spearman_low']:+.3f}, {first['spearman_high']:+.3f}]. Much of this may be "
        f"GC content, which changes {plain(weakest['motif'])} most: {weakest['spearman']:+.3f}, but "
        f"{weakest['partial']:+.3f} among elements of the same GC content."
    )
    show(plot.association(known, cell), f"association-{cell}")
    st.caption(
        f"{stored.n:,} held-out elements; sites are counted on both strands; intervals from "
        f"{motif_association.RESAMPLES:,} resamples." + (f" Too rare to say: {plain(rare)}." if rare else "")
    )
    st.caption(
        f"Open circles: {published_figures.MOTIFS.source}. Motifs: {study_motifs.SOURCE}. A palindrome counts once "
        "(twice in the study, which no rank correlation sees). The study's elements are others, so its frequencies "
        "differ."
    )
    offer(table, f"motif-association-{cell}")
    the_motifs()
    any_motif.association()


def _row(row: motif_association.Association) -> dict:
    motif, cell = row.motif, row.cell
    columns = {"motif": motif, "counted for": STUDY[motif].cell if motif in STUDY else "", "present": row.present}
    for name in ("frequency", "spearman", "partial", "gc", "delta"):
        columns |= spread(getattr(row, name).as_dict(), name)
        if name in ("frequency", "spearman", "delta"):
            columns[f"{name}_published"] = published(name, motif, cell)
    return columns


# --- probes -----------------------------------------------------------------------------------------


def probes() -> None:
    stored, broken = _stored(motif_probes.read)
    for text in broken:
        st.warning(plain(text))
    if not stored:
        return missing(motif_probes.WHAT)
    measure = st.segmented_control(
        "Shown", list(R2_OF), default="r2", required=True, key="motifs_r2", persist_state="session",
        format_func=R2_OF.get,
    )  # fmt: skip
    rows = [
        {"model": name, "motif": motif, **metric.as_dict()}
        for name, result in stored.items()
        for motif, metric in zip(result.motifs, getattr(result, measure), strict=True)
    ]
    models, motifs = list(stored), next(iter(stored.values())).motifs
    if measure == "r2":
        for who, label in PUBLISHED_ROWS.items():
            rows += [{"model": label, "motif": m, "value": published("r2", m, who)} for m in motifs]
            models.append(label)
    table = pd.DataFrame(rows)
    called = named(stored)
    mean = table[table["model"].isin(stored)].groupby("motif", sort=False)["value"].mean()
    st.markdown(
        f"Over {len(stored)} networks, the number of **{plain(mean.idxmax())}** sites can be read off the embedding "
        f"best (mean {R2_OF[measure]} {mean.max():.2f}) and that of {plain(mean.idxmin())} worst ({mean.min():.2f})."
    )
    drawn = table.assign(model=table["model"].map(lambda m: called.get(m, m)))
    show(plot.probe_map(drawn, [called.get(m, m) for m in models], motifs, R2_OF[measure]), f"probes-{measure}")
    n = next(iter(stored.values())).n
    st.caption(
        f"A straight line (ridge regression) predicts the count from the embedding, in {n:,} held-out elements. "
        "*Beyond composition*: what is left after dinucleotide frequencies. Intervals (point at a cell) are over "
        f"elements, not over training seeds. Motifs in fewer than {motif_probes.LEAST} elements are left out. "
        f"Last rows: {published_figures.MOTIFS.source}."
    )
    legend(list(stored))
    offer(table, f"motif-probes-{measure}")
    the_motifs()
    by_cell, by_loss, any_other = st.tabs(["K562 against HepG2", "By loss", "Any other motif"])
    with by_cell:
        _cells()
    with by_loss:
        _losses()
    with any_other:
        any_motif.probe()


def _stored(read: Callable[[str], T | None]) -> tuple[dict[str, T], list[str]]:
    """What is stored of every network, and what is wrong with what cannot be shown."""
    results: dict[str, T] = {}
    broken = []
    for name in networks():
        try:
            if (result := read(name)) is not None:
                results[name] = result
        except CisLensError as error:
            broken.append(str(error))
    return results, broken


def _cells() -> None:
    k562, hepg2 = motif_findings.networks("K562"), motif_findings.networks("HepG2")
    if not k562 or not hepg2:
        st.info("The probes of the study's rows of both cell types are needed here.")
        return
    means = {"K562": motif_probes.mean_of(k562), "HepG2": motif_probes.mean_of(hepg2)}
    means["apart"] = motif_probes.apart(k562, hepg2)
    rows = []
    for motif in means["apart"]:
        row = {"motif": motif}
        for name, metrics in means.items():
            row |= spread(metrics[motif].as_dict(), name)
        figures = [published("r2", motif, f"mean {c}") for c in ("K562", "HepG2")]
        rows.append(
            row
            | {"K562_published": figures[0], "HepG2_published": figures[1], "apart_published": figures[0] - figures[1]}
        )
    table = pd.DataFrame(rows)
    show(plot.cells(table, f"{len(k562)} K562 and {len(hepg2)} HepG2 networks"), "cells")
    more = table[table["apart_low"] > 0]["motif"].tolist()
    less = table[table["apart_high"] < 0]["motif"].tolist()
    st.caption(
        f"Held more by K562 networks: {plain(', '.join(more) or 'none')}. Held more by HepG2 networks: "
        f"{plain(', '.join(less) or 'none')}. Both kinds are asked about the same elements, so the difference is "
        "paired."
    )
    offer(table, "motif-cells")


def _losses() -> None:
    both = "both (as in the study)"
    cell = st.segmented_control(
        "Networks of", ["K562", "HepG2", both], default="K562", required=True, key="motifs_loss_cell",
        persist_state="session",
    )  # fmt: skip
    cells = ("K562", "HepG2") if cell == both else (cell,)
    kinds = {}
    for name in (n for c in cells for n in motif_findings.networks(c)):
        kinds.setdefault(motif_findings.loss_type(name), []).append(name)
    if not kinds:
        st.info(f"No probes of the study's {plain(cell)} networks are stored.")
        return
    rows, order = [], []
    for kind, names in kinds.items():
        label = f"{kind} ({len(names)})"
        order.append(label)
        for motif, metric in motif_probes.mean_of(names).items():
            rows.append(
                {"model": label, "motif": motif, "loss": kind, "networks": ", ".join(names), **metric.as_dict()}
            )
    motifs = list(dict.fromkeys(row["motif"] for row in rows))
    if cell != "HepG2":
        for kind in kinds:
            figures = [
                {"model": f"{kind} (published)", "motif": m, "value": published("r2", m, f"loss {kind}")}
                for m in motifs
            ]
            if any(row["value"] == row["value"] for row in figures):
                rows += figures
                order.append(f"{kind} (published)")
    table = pd.DataFrame(rows)
    show(plot.probe_map(table, order, motifs, f"Mean R² over networks, {cell}"), f"losses-{cells[0]}-{len(cells)}")
    st.caption(
        "Curriculum: C1 to C3. Other network: D1 to D3. The number of networks stands in brackets; most losses have "
        "one in each cell type, so a difference may be that of a training seed. The published rows mix both cell types."
    )


# --- effects on predictions -------------------------------------------------------------------------


def effects() -> None:
    stored, broken = _stored(importance.read)
    for text in broken:
        st.warning(plain(text))
    if not stored:
        return missing(importance.WHAT)
    columns = st.columns([1.4, 1, 1.8, 1.2])
    called = named(stored)
    with columns[0]:
        names = list(stored)
        name = choose_one(names, "motifs_model")
    outputs = list(stored[name].sd)
    with columns[1]:
        output = st.selectbox(
            "Cell type",
            outputs,
            key=address.made("effect_cell", f"motifs_output-{'-'.join(outputs)}"),
            persist_state="session",
        )
    with columns[2]:
        kind = st.selectbox(
            "Backgrounds", list(motif_effects.KINDS), key="motifs_kind", persist_state="session",
            format_func=lambda k: motif_effects.KINDS[k],
        )  # fmt: skip
    with columns[3]:
        standardised = st.toggle(
            "In standard deviations", key="motifs_sd", persist_state="session",
            help="Of the model's own held-out predictions, so that models with a narrow range compare with others.",
        )  # fmt: skip
    unit = theme.unit(standardised)
    rows = [
        {"model": n, "output": o, "motif": m, **spread(_scaled(v.effect, s), "effect"),
         **spread(_scaled(v.scrambled, s), "scrambled"), **spread(_scaled(v.motif, s), "motif only")}
        for n, result in stored.items() for o, by_motif in result.kinds[kind].items()
        for s in [result.sd[o] if standardised else 1.0] for m, v in by_motif.items()
    ]  # fmt: skip
    table = pd.DataFrame(rows)
    own = table[(table["model"] == name) & (table["output"] == output)]
    most = own.loc[own["motif only"].abs().idxmax()]
    site = STUDY[most["motif"]]
    st.markdown(
        f"A site of **{plain(most['motif'])}** ({plain(site.site)}) changes the prediction of {plain(called[name])} in "
        f"{plain(output)} most: by {most['motif only']:+.3f} [{most['motif only_low']:+.3f}, "
        f"{most['motif only_high']:+.3f}] {'s.d.' if standardised else 'log2 RNA/DNA'} more than its own bases in "
        "scrambled order do."
    )
    show(plot.importance(own, f"{called[name]}, {output}", unit), f"importance-{name}-{output}-{kind}")
    st.caption(
        f"Each site is written into the middle of {importance.COUNT} backgrounds ({motif_effects.KINDS[kind]}); the "
        "mean change of the prediction is its effect (Koo et al. 2021). Intervals are over the backgrounds."
    )
    the_motifs()
    by_cell, everyone, any_other = st.tabs(["By cell type", "All models", "Any other motif"])
    with by_cell:
        _by_cell(name, stored, table, motif_effects.KINDS[kind], unit)
    with any_other:
        any_motif.effect(name, kind)
    same = table[table["output"] == output].rename(
        columns={"motif only": "value", "motif only_low": "low", "motif only_high": "high"}
    )
    models = list(dict.fromkeys(same["model"]))
    title = f"Site minus scrambled site, {output}"
    drawn = same.assign(model=same["model"].map(called))
    figure = plot.effect_map(drawn, [called[m] for m in models], list(STUDY), title, unit)
    with everyone:
        show(figure, f"effect-map-{output}-{kind}")
        offer(table, f"motif-importance-{kind}")


def _by_cell(name: str, stored: dict[str, importance.Importance], table: pd.DataFrame, kind: str, unit: str) -> None:
    """All motifs in the cell types of the chosen model, or of the two networks that its loss has."""
    asked = motif_effects.side_by_side(name, {n: tuple(result.sd) for n, result in stored.items()})
    called = named(dict.fromkeys((name, *asked.values())))
    if len(asked) < 2:
        several = [n for n, result in stored.items() if len(result.sd) > 1]
        st.info(
            f"{plain(called[name])} learned {plain(next(iter(asked)))} alone, and no network of the study that differs "
            "from it in the cell "
            "type alone is stored."
            + (f" Models of several cell types: {plain(', '.join(named(several).values()))}." if several else "")
        )
        return
    two = len(set(asked.values())) > 1
    shown = pd.concat([table[(table["model"] == n) & (table["output"] == o)] for o, n in asked.items()])
    words = {o: f"{o} ({called[n]})" if two else o for o, n in asked.items()}
    title = f"Site minus scrambled site, {' and '.join(called[n] for n in asked.values()) if two else called[name]}"
    show(plot.side_by_side(shown.rename(columns={"output": "cell"}), words, title, unit), f"effects-cells-{name}")
    known = {
        o: {r["motif"]: {"low": r["motif only_low"], "high": r["motif only_high"]} for _, r in rows.iterrows()}
        for o, rows in shown.groupby("output", sort=False)
    }
    apart = motif_effects.apart(known)
    st.markdown(
        "\n".join(
            f"- Higher in {plain(a)} than in {plain(b)}: {plain(', '.join(m) or 'none for certain')}"
            for (a, b), m in apart.items()
        )
    )
    st.caption(
        f"The same {importance.COUNT} backgrounds in every cell type: {kind}. Listed are motifs whose 95% "
        "intervals do not meet: there the interval of the difference leaves 0 out too, since its error is at most the "
        "sum of both. Where they meet nothing can be said, as that interval is not stored. Of many motifs, some may be "
        "apart by chance." + (" Two networks: a difference may also be one of training." if two else "")
    )


def _scaled(metric: Metric, sd: float) -> dict[str, float]:
    return {"value": metric.value / sd, "low": metric.low / sd, "high": metric.high / sd}


VIEWS = {
    "With measured activity": association,
    "In the embeddings": probes,
    "Effect on predictions": effects,
    "Copies, gaps, pairs": curves,
    "Found in the maps": de_novo,
    "Your own": own,
}
