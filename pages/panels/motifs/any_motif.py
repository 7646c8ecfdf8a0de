"""What the page Motifs computes on request for any motif: association, probe, effect."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pandas as pd
import streamlit as st

from engine.data import motifs
from engine.data.jaspar import Matrix
from engine.data.motif_files import Collection
from engine.experiments import labels
from engine.interpretation import panel, stored
from engine.interpretation.motifs import association as motif_association
from engine.interpretation.motifs import effects, importance, probes, scan
from engine.plots import motifs as plot
from engine.plots.parts import theme
from pages.panels.motifs import legend
from pages.shared import downloads, library, models, own_motifs, show, work
from pages.shared.plain import plain

Asked = TypeVar("Asked")
HELP = "JASPAR 2024 CORE vertebrates, or a motif of your own; matches with p ≤ 1e-4 on either strand."
EXAMPLE = "HNF4A, MA0139.2 …"
MEASURES = ("spearman", "partial", "delta")
ENDS = {"": "value", "_low": "low", "_high": "high"}
# as `engine.plots.motifs.importance` has them
DRAWN = {"effect": "effect", "scrambled": "scrambled", "motif": "motif only"}
NAN = float("nan")


def association() -> None:
    """Any matrix against measured activity."""
    st.subheader("Any other motif")
    name = _asked("Factor or id", "matrix", HELP)
    wanted = _resolved(name, motifs.matrices)
    if not wanted:
        return
    associations = work.on_request(
        "motifs-matrix",
        f"Count {plain(', '.join(wanted))} in the held-out elements",
        (*wanted, Collection("", wanted).digest),
        lambda progress: [a.as_dict() for a in motif_association.held_out(library.joint(), wanted, progress=progress)],
    )
    if associations is None:
        return
    legend.asked(wanted)
    several = len(wanted) > 1
    rows = [
        {"motif": f"{row['motif']}, {row['cell']}" if several else row["cell"], "matrix": row["motif"],
         "cell type": row["cell"], "elements with it": row["present"]}
        | {f"{name}{end}": row[name].get(key, NAN) for name in MEASURES for end, key in ENDS.items()}
        for row in associations
    ]  # fmt: skip
    table = pd.DataFrame(rows)
    known = table[table["spearman"].notna()].assign(spearman_published=NAN, delta_published=NAN)
    if len(known):
        figure = plot.association(known, "each cell type", ", ".join(wanted))
        st.plotly_chart(figure, config=show.image_config("cislens-motif-count", "svg"), key="motifs-matrix-figure")
    rare = table[table["spearman"].isna()]
    if len(rare):
        listed = ", ".join(f"{r['matrix']} in {r['elements with it']}" for _, r in rare.iterrows())
        st.caption(f"Too few elements hold it to say anything: {plain(listed)}.")
    with st.expander("Table"):
        told = [
            {
                "motif": row["motif"],
                "cell type": row["cell"],
                "elements with it": row["present"],
                "Spearman": show.interval(row["spearman"]),
                "at the same GC content": show.interval(row["partial"]),
                "activity with minus without (log2 RNA/DNA)": show.interval(row["delta"]),
            }
            for row in associations
        ]
        st.dataframe(pd.DataFrame(told), hide_index=True)
        downloads.table("Table (CSV)", table.drop(columns="motif"), "cislens-motif-count.csv", float_format="%.6g")
    _remark(wanted)


def probe() -> None:
    """Any matrix read off the embedding of a network."""
    st.subheader("Any other motif")
    columns = st.columns(2)
    with columns[0]:
        name = _asked("Factor or id", "probe", HELP)
    networks = stored.networks()
    with columns[1]:
        model = models.choose_one(networks, "motifs_probe_model", "Network")
    wanted = _resolved(name, motifs.matrices)
    if not wanted:
        return
    scores = work.on_request(
        "motifs-probe",
        f"Probe {plain(labels.label(model))} for {plain(', '.join(wanted))} (a minute if it was not embedded yet)",
        (model, stored.weights_of(model), *wanted, Collection("", wanted).digest),
        lambda progress: probes.of_motifs(models.load(model), library.joint(), wanted, progress),
    )
    if scores is None:
        return
    for missing in (label for label in wanted if label not in scores):
        st.info(
            f"{plain(missing)}: fewer than {probes.LEAST} of {panel.SIZE:,} elements hold it, or fewer lack it; too "
            "few to say anything."
        )
    rows = [
        {"motif": label, "R² of the count": _told(score["r2"]), "from composition alone": _told(score["composition"]),
         "beyond composition": _told(score["beyond"]), "n": score["r2"].n}
        for label, score in scores.items()
    ]  # fmt: skip
    if rows:
        st.dataframe(pd.DataFrame(rows), hide_index=True)
        downloads.table("Table (CSV)", pd.DataFrame(rows), "cislens-motif-probe.csv")
    _remark(wanted)


def effect(model: str, kind: str) -> None:
    """Any motif written into backgrounds."""
    st.subheader("Any other motif")
    name = _asked(
        "Factor, id or bases",
        "effect",
        "Of a matrix, of JASPAR or of your own, the most likely bases are written into the sequences.",
    )
    site = _resolved(name, motifs.site)
    if not site:
        return

    def compute(progress):
        around = effects.backgrounds(library.joint(), kind, importance.COUNT, importance.SEED)
        return importance.importance(models.load(model).inference_model, around, [site], progress=progress)

    st.caption(f"{plain(site.name)}: {plain(site.bases)}")
    checkpoint = models.load(model)
    key = (model, checkpoint.weights_hash, kind, site)
    importances = work.on_request("motifs-effect", f"Write {plain(site.name)} into backgrounds", key, compute)
    if importances is None:
        return
    measures = importance.MEASURES
    rows = [
        {"cell type": output, **{label: _told(importances[site.name][m][k]) for m, label in measures.items()},
         "backgrounds": importances[site.name]["motif"][k].n}
        for k, output in enumerate(checkpoint.model.outputs)
    ]  # fmt: skip
    numbers = [
        {"motif": output, "backgrounds": importances[site.name]["motif"][k].n}
        | {f"{label}{end}": importances[site.name][m][k].as_dict()[key] for m, label in DRAWN.items()
           for end, key in ENDS.items()}
        for k, output in enumerate(checkpoint.model.outputs)
    ]  # fmt: skip
    title = f"{site.name} written into backgrounds, by {labels.label(model)}"
    figure = plot.importance(pd.DataFrame(numbers), title, theme.UNIT)
    st.plotly_chart(figure, config=show.image_config("cislens-motif-effect", "svg"), key="motifs-any-effect-figure")
    with st.expander("Table"):
        st.dataframe(pd.DataFrame(rows), hide_index=True)
        table = pd.DataFrame(numbers).rename(columns={"motif": "cell type"})
        downloads.table("Table (CSV)", table, "cislens-motif-effect.csv", float_format="%.6g")
    st.caption(f"{plain(labels.label(model))}, log2 RNA/DNA; backgrounds: {effects.KINDS[kind]}.")


def _asked(label: str, key: str, help_text: str) -> str:
    return st.text_input(
        label, key=f"motifs_{key}", persist_state="session", placeholder=EXAMPLE, help=help_text
    ).strip()


def _remark(matrices: dict[str, Matrix]) -> None:
    """What matrices that are too short for the threshold were counted as."""
    if short := scan.remark(matrices):
        st.caption(plain(short) + ".")


def _resolved(name: str, resolve: Callable[[str, dict[str, Matrix]], Asked]) -> Asked | None:
    """What a name stands for; None as long as nothing was asked or the elements are not there."""
    if not name:
        return None
    asked = resolve(name, own_motifs.matrices())  # a name that nobody knows is told before a download is offered
    at_hand = downloads.offer_download(downloads.LENTIMPRA_FILES, "Counting and writing motifs in held-out elements")
    return asked if at_hand else None


def _told(metric) -> str:
    return show.interval(metric.as_dict())
