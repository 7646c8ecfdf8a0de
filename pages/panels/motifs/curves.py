"""The view of the page Motifs that is computed on request: position, copies, gaps and pairs of motifs."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from engine.data import motifs
from engine.data.motifs import STUDY
from engine.experiments import labels
from engine.interpretation.motifs import effects, grammar
from engine.plots import motifs as plot
from engine.plots.parts import theme
from engine.results import Progress
from pages.shared import address, downloads, library, models, own_motifs, show
from pages.shared.plain import plain
from pages.shared.work import on_request

ANY = "Type any factor or matrix of JASPAR or a motif of your own (its most likely bases are written), or bases."
KINDS = {
    "position": "where it stands",
    "copies": "how often it stands there",
    "gap": "how far another one is",
    "pairs": "which other one is there",
}
EFFECT = f"effect ({theme.UNIT})"


def curves() -> None:
    st.markdown(
        "What a motif does depends on where it stands, how often, and what stands beside it. Choose one of these and "
        "press *Predict*."
    )
    names = models.trained_or_stop()
    if not downloads.offer_download(downloads.LENTIMPRA_FILES, "Writing motifs into held-out elements"):
        return
    columns = st.columns([1.4, 1, 1.8, 0.8])
    with columns[0]:
        checkpoint = models.load(models.choose_one(names, "motifs_curve_model"))
    outputs = checkpoint.model.outputs
    with columns[1]:
        output = st.selectbox(
            "Cell type",
            outputs,
            key=address.made("curve_cell", f"motifs_curve_output-{'-'.join(outputs)}"),
            persist_state="session",
        )
    with columns[2]:
        kind = st.selectbox(
            "Backgrounds", list(effects.KINDS), key="motifs_curve_kind", persist_state="session",
            format_func=lambda k: effects.KINDS[k],
        )  # fmt: skip
    with columns[3]:
        count = int(st.number_input("How many", 5, 500, 30, 5, key="motifs_curve_count", persist_state="session"))
    what = st.segmented_control(
        "The effect against", list(KINDS), default="copies", required=True, key="motifs_curve_what",
        persist_state="session", format_func=KINDS.get,
    )  # fmt: skip
    column = outputs.index(output)
    setting = (checkpoint.name, checkpoint.weights_hash, kind, count)

    def run(arguments: tuple, compute: Callable):
        def work(progress: Progress):
            around = effects.backgrounds(library.joint(), kind, count)
            return compute(checkpoint.inference_model, around, progress=progress)

        return on_request(f"motifs-{what}", "Predict", (*setting, what, *arguments), work)

    title = f"{labels.label(checkpoint.name)}, {output}"
    {"position": _position, "copies": _copies, "gap": _gap, "pairs": _pairs}[what](run, column, title)


def _site(label: str, key: str, default: str) -> tuple[str, str]:
    """`(name, bases)` of a motif of the study, of JASPAR, or of the user's own bases."""
    chosen = st.selectbox(
        label, list(STUDY), list(STUDY).index(default), key=f"motifs_{key}", persist_state="session",
        format_func=lambda n: f"{n} {STUDY[n].site}" if n in STUDY else n, accept_new_options=True, help=ANY,
    )  # fmt: skip
    site = motifs.site(chosen, own_motifs.matrices())
    if chosen not in STUDY and site.bases != site.name:
        st.caption(f"{plain(site.name)}: {plain(site.bases)}")
    return site.name, site.bases


def _position(run, column: int, title: str) -> None:
    name, bases = _site("Motif", "position", "GATA1")
    curve = run((bases,), lambda model, around, **k: grammar.by_position(model, around, bases, **k))
    if curve:
        _draw(curve, column, f"{title}: {name} along the sequence", "first base of the site (bp)", EFFECT, "position")


def _copies(run, column: int, title: str) -> None:
    name, bases = _site("Motif", "copies", "GATA1")
    columns = st.columns(2)
    with columns[0]:
        most = int(st.number_input("Most copies", 2, 8, 5, key="motifs_most", persist_state="session"))
    with columns[1]:
        step = int(st.number_input("A copy every (bp)", 4, 60, 20, key="motifs_step", persist_state="session"))
    curves = run(
        (bases, most, step),
        lambda model, around, **k: grammar.by_copies(model, around, bases, most, step, **k),
    )
    if not curves:
        return
    _draw(curves, column, f"{title}: copies of {name}", "copies", EFFECT, "copies")
    together, alone = (line.effects[-1][column] for line in curves)
    st.caption(
        f"{most} copies change the prediction by {together.value:+.3f} [{together.low:+.3f}, {together.high:+.3f}] "
        f"log2 RNA/DNA; each alone would add up to {alone.value:+.3f} [{alone.low:+.3f}, {alone.high:+.3f}]."
    )


def _gap(run, column: int, title: str) -> None:
    columns = st.columns(2)
    with columns[0]:
        first, first_bases = _site("Left", "left", "GATA1")
    with columns[1]:
        second, second_bases = _site("Right", "right", "TAL1_Ebox")
    columns = st.columns(2)
    with columns[0]:
        furthest = int(st.number_input("Gap up to (bp)", 5, 120, 40, key="motifs_furthest", persist_state="session"))
    with columns[1]:
        every = int(st.number_input("Every (bp)", 1, 20, 4, key="motifs_every", persist_state="session"))
    gaps = tuple(range(0, furthest + 1, every))
    curves = run(
        (first_bases, second_bases, gaps),
        lambda model, around, **k: grammar.by_gap(model, around, first_bases, second_bases, gaps, **k),
    )
    if not curves:
        return
    interaction, both = curves
    x_title = "bases between the two sites"
    _draw(interaction, column, f"{title}: {first} and {second}", x_title, f"interaction ({theme.UNIT})", "gap")
    _draw(both, column, f"{title}: {first} and {second} together", x_title, EFFECT, "gap-both")
    line, point = max(
        ((c, i) for c in interaction for i in range(len(c.x))), key=lambda p: abs(p[0].effects[p[1]][column].value)
    )
    metric = line.effects[point][column]
    st.caption(
        "An interaction is the effect of both minus that of each alone. The largest is "
        f"{metric.value:+.3f} [{metric.low:+.3f}, {metric.high:+.3f}] log2 RNA/DNA, at {line.x[point]} bases in the "
        f"orientation {plain(line.name)}. It is the largest of {4 * len(line.x)}, so its interval is too narrow. "
        "Arrows show how each site is turned: → as it is written above."
    )


def _pairs(run, column: int, title: str) -> None:
    chosen = st.multiselect(
        "Motifs (2 to 8)", list(STUDY), ["SP1_GCbox", "CCAAT", "ETS", "GATA1", "NFE2_MARE"], key="motifs_pair_names",
        max_selections=8, persist_state="session", accept_new_options=True, help=ANY,
    )  # fmt: skip
    gap = int(st.number_input("Bases between them", 0, 80, 10, key="motifs_pair_gap", persist_state="session"))
    if len(chosen) < 2:
        st.info("Choose at least 2 motifs.")
        return
    own = own_motifs.matrices()
    sites = {site.name: site.bases for site in (motifs.site(c, own) for c in chosen)}
    pairs = run(
        (tuple(sites.items()), gap), lambda model, around, **k: grammar.every_pair(model, around, sites, gap, **k)
    )
    if not pairs:
        return
    figure = plot.pairs(pairs, column, f"{title}: interaction with {gap} bases between")
    st.plotly_chart(figure, config=show.image_config("cislens-motif-pairs", "svg"), key="motifs-pairs-figure")
    metrics = [m[column] for m in pairs.values()]
    below = sum(m.high < 0 for m in metrics)
    above = sum(m.low > 0 for m in metrics)
    st.caption(
        f"Of {len(metrics)} ordered pairs {above} do more together than the sum of each alone and {below} do less "
        "(interval beyond 0, not widened for the number of pairs); of the others, marked (0?), it cannot be told."
    )
    rows = [(*pair, *(getattr(m[column], k) for k in ("value", "low", "high", "n"))) for pair, m in pairs.items()]
    _file(pd.DataFrame(rows, columns=["left", "right", "interaction", "low", "high", "backgrounds"]), "pairs")


def _draw(lines: list, column: int, title: str, x_title: str, y_title: str, name: str) -> None:
    figure = plot.curves(lines, column, title, x_title, y_title)
    st.plotly_chart(figure, config=show.image_config(f"cislens-motif-{name}", "svg"), key=f"motifs-{name}-figure")
    rows = [
        (line.name, x, *(getattr(e[column], k) for k in ("value", "low", "high", "n")))
        for line in lines
        for x, e in zip(line.x, line.effects, strict=True)
    ]
    _file(pd.DataFrame(rows, columns=["line", x_title, "value", "low", "high", "backgrounds"]), name)


def _file(table: pd.DataFrame, name: str) -> None:
    downloads.table("Table (CSV)", table, f"cislens-motif-{name}.csv")
