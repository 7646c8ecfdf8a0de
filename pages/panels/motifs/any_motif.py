"""What the page Motifs computes on request for any motif: association, probe, effect."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pandas as pd
import streamlit as st

from engine.data import motifs
from engine.data.jaspar import Matrix
from engine.data.motif_files import Collection
from engine.interpretation import panel, stored
from engine.interpretation.motifs import association as motif_association
from engine.interpretation.motifs import effects, importance, probes, scan
from pages.shared import downloads, library, models, own_motifs, show, work
from pages.shared.plain import plain

Asked = TypeVar("Asked")
HELP = "JASPAR 2024 CORE vertebrates, or a motif of your own; matches with p ≤ 1e-4 on either strand."
EXAMPLE = "HNF4A, MA0139.2 …"


def association() -> None:
    """Any matrix against measured activity."""
    st.subheader("Any matrix of JASPAR or of your own")
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
    table = pd.DataFrame(
        [
            {
                "motif": row["motif"],
                "cell type": row["cell"],
                "elements with it": row["present"],
                "Spearman": show.interval(row["spearman"]),
                "at given GC content": show.interval(row["partial"]),
                "activity with minus without (log2 RNA/DNA)": show.interval(row["delta"]),
            }
            for row in associations
        ]
    )
    st.dataframe(table, hide_index=True)
    _remark(wanted)


def probe() -> None:
    """Any matrix read off the embedding of a network."""
    st.subheader("Any matrix of JASPAR or of your own")
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
        f"Probe {model} for {plain(', '.join(wanted))} (a minute if it was not embedded yet)",
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
    st.dataframe(pd.DataFrame(rows), hide_index=True)
    st.caption(f"{plain(model)}, log2 RNA/DNA; backgrounds: {effects.KINDS[kind]}.")


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
