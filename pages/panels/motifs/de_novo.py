"""The view of the page Motifs that asks for no motif: what the attribution maps themselves hold."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from engine.data.motifs import STUDY
from engine.errors import CisLensError
from engine.interpretation.motifs.de_novo import matches, meme, patterns, store
from engine.interpretation.motifs.de_novo.store import Discovery, Motif
from engine.interpretation.stored import networks
from engine.plots import motifs as plot
from pages.panels.motifs.legend import named
from pages.shared import address, bench, downloads, library, models, navigation, show, state
from pages.shared.plain import plain


def de_novo() -> None:
    st.markdown(
        "Motifs that nobody asked for. From the maps (Integrated Gradients) of active held-out elements the stretches "
        "that contribute most are cut out; those that are alike, on either strand, are grouped and averaged. Names "
        "come afterwards: from JASPAR, by similarity (TOMTOM)."
    )
    stored = _stored()
    if not stored:
        st.info(f"Nothing is stored yet. Run: `python -m engine interpret --what {store.WHAT}`")
        return
    columns = st.columns([1.6, 1, 1])
    names = list(stored)
    with columns[0]:
        name = models.choose_one(names, "motifs_found_model")
    outputs = list(stored[name])
    with columns[1]:
        key = address.made("found_cell", f"motifs_found_output-{'-'.join(outputs)}")
        output = st.selectbox("Cell type", outputs, key=key, persist_state="session")
    with columns[2]:
        palette = models.choose_palette()
    content = stored[name][output]
    st.caption(plain(_about(content, output)))
    if content.motifs:
        called = named([name])[name]
        st.markdown(f"**{plain(called)}, {plain(output)}:** {store.in_words(content, output)}")
        _one(content.motifs[_table(content, name, output, palette)], name, output, palette)
    st.subheader("All models")
    _models(stored)


def _stored() -> dict[str, dict[str, Discovery]]:
    """What is stored of each network; what is stale is named."""
    stored = {}
    for name in networks():
        try:
            content = store.read(name)
        except CisLensError as error:
            st.warning(plain(error))
            continue
        if content:
            stored[name] = content
    return stored


def _about(content: Discovery, output: str) -> str:
    text = f"{content.elements} held-out elements from the most active quarter in {output}. "
    if not content.seqlets:
        return text + "No stretch contributes more than in shuffled elements, so there is no motif."
    words = (
        f"{content.seqlets:,} stretches contribute more than chance explains; {content.control:,} are called in "
        f"shuffles of the same elements, so about {content.fdr:.0%} may be false. "
    )
    return text + words + f"{content.used:,} of them are in the {len(content.motifs)} motifs."


def label(motif: Motif) -> str:
    """What a motif is called: the study's name for it, or that of its best match, or what it is like, or its bases."""
    best = motif.matches[0]
    if not store.found_again(motif) and best.q <= matches.LARGEST_Q:
        return best.name
    return _of_study(motif) or motif.consensus


def _of_study(motif: Motif) -> str:
    if not motif.study:
        return ""
    return motif.study if store.found_again(motif) else f"like {motif.study}"


def _rows(content: Discovery) -> pd.DataFrame:
    rows = []
    for i, motif in enumerate(content.motifs, 1):
        best = motif.matches[0]
        rows.append(
            {
                "motif": i,
                "consensus": motif.consensus,
                "JASPAR": f"{best.name} {best.matrix}",
                "p": best.p,
                "q": best.q,
                "study": _of_study(motif),
                "share": float("nan") if motif.study_share is None else 100 * motif.study_share,
                "sites": motif.sites,
                "elements": motif.elements,
                "contribution": motif.contribution.value,
                "contribution_low": motif.contribution.low,
                "contribution_high": motif.contribution.high,
            }
        )
    return pd.DataFrame(rows)


def _table(content: Discovery, name: str, output: str, palette: str) -> int:
    """All motifs with small logos; which one is chosen."""
    rows = _rows(content)
    shown = rows.drop(columns=["p", "contribution", "contribution_low", "contribution_high"])
    logos = [plot.information(m.pfm) for m in content.motifs]
    shown.insert(1, "logo", [plot.small_logo(h, c, palette) for h, c in zip(logos, rows["consensus"], strict=True)])
    shown["contribution"] = [show.interval(m.contribution.as_dict()) for m in content.motifs]
    event = st.dataframe(
        shown,
        hide_index=True,
        row_height=52,
        height="content",
        on_select="rerun",
        selection_mode="single-row",
        key=f"motifs-found-{name}-{output}",
        column_config={
            "logo": st.column_config.ImageColumn("logo", width="medium"),
            "JASPAR": st.column_config.TextColumn("most alike in JASPAR"),
            "q": st.column_config.NumberColumn(format="%.1e", help="Benjamini-Hochberg over all matrices of JASPAR."),
            "study": st.column_config.TextColumn(
                "motif of the study", help=f"The site of the study's that is most alike, with q ≤ {matches.LARGEST_Q}; "
                f"“like” it where fewer than {store.LEAST_SHARE:.0%} of the sites hold the study's pattern.",
            ),
            "share": st.column_config.NumberColumn(
                "its pattern", format="%.0f%%", help="Sites that hold the study's consensus, on either strand. "
                "Where they are few, the motif is a relative of the study's, or a mixture of two, or the consensus "
                "is stricter than the factor.",
            ),
            "contribution": st.column_config.TextColumn(
                "contribution of a site", help="Mean, log2 RNA/DNA, with its 95% interval over elements. Sites are cut "
                "out because they contribute, so it lies above 0 by construction: it compares motifs and tests none.",
            ),
        },
    )  # fmt: skip
    stem = f"cislens-found-{name}-{output}"
    columns = st.columns([1, 1.4, 4])
    with columns[0]:
        downloads.table("Table (CSV)", rows, f"{stem}.csv")
    with columns[1]:
        # identifiers that stay apart where files of several models are put together
        named = [
            meme.Motif(f"{name}-{output}-{i}", label(m), m.pfm.T, m.sites) for i, m in enumerate(content.motifs, 1)
        ]
        downloads.button("Matrices (MEME)", meme.minimal(named), f"{stem}.meme")
    return event.selection.rows[0] if event.selection.rows else 0


def _one(motif: Motif, name: str, output: str, palette: str) -> None:
    """One motif: logos, matches, and elements that hold it."""
    st.subheader(
        f"{plain(label(motif))}: {plain(motif.consensus)}", help="Select a row of the table above for another one."
    )
    figure = plot.two_logos(motif.pfm, motif.cwm, "Bases of its sites, and what they contribute", palette)
    columns = st.columns([3, 2])
    with columns[0]:
        config = show.image_config(f"cislens-found-{name}-{output}-{label(motif)}", "svg")
        st.plotly_chart(figure, config=config, key="motifs-found-logo")
        alike = "; ".join(f"{m.name} {m.matrix} (q {m.q:.1e})" for m in motif.matches)
        st.caption(
            f"Most alike in JASPAR: {plain(alike)}. Members of a family can seldom be told apart by their sites."
        )
    with columns[1]:
        _examples(motif, name, output)


def _examples(motif: Motif, name: str, output: str) -> None:
    examples = motif.examples
    table = pd.DataFrame(
        {
            "element": [e.row for e in examples],
            "from": [e.start + 1 for e in examples],
            "to": [e.end for e in examples],
            "strand": [e.strand for e in examples],
            "contribution": [e.contribution for e in examples],
        }
    )
    st.caption(
        f"The {len(table)} sites that contribute most (log2 RNA/DNA; rows of the library). Select one to open its "
        "element in the Explorer."
    )
    event = st.dataframe(
        table,
        hide_index=True,
        height=330,
        on_select="rerun",
        selection_mode="single-row",
        key=f"motifs-found-examples-{motif.consensus}-{name}-{output}-{state.VERSION.get()}",
        column_config={"contribution": st.column_config.NumberColumn(format="%.2f")},
    )
    if not event.selection.rows or not downloads.offer_download(downloads.LENTIMPRA_FILES, "Opening an element"):
        return
    chosen = examples[event.selection.rows[0]]
    where = f"{chosen.start + 1}–{chosen.end} ({chosen.strand} strand)"
    remark = f"{label(motif)} found in the maps of {name} for {output} at {where}"
    bench.open_sequence(library.joint().table.sequence(chosen.row), remark)
    navigation.track_of(name, output)
    st.switch_page("pages/explorer.py")


def _models(stored: dict[str, dict[str, Discovery]]) -> None:
    """Sites that hold the patterns of the study's motifs, models by motifs."""
    rows, order = [], []
    for name, of_model in stored.items():
        for output, content in of_model.items():
            order.append(f"{name}, {output}")
            again, like = store.of_study(content), store.relatives(content)
            for study in STUDY:
                alike = [content.motifs[i] for i in again[study] + like[study]]
                sites = sum(map(store.holding_sites, alike))
                value = 100 * sites / content.elements if alike else float("nan")
                rows.append({"model": order[-1], "motif": study, "value": value, "low": float("nan"),
                             "high": float("nan"), "holding_sites": sites, "sites": sum(m.sites for m in alike),
                             "elements": content.elements, "found_again": bool(again[study])})  # fmt: skip
    table, called = pd.DataFrame(rows), named(stored)
    shown = {f"{n}, {o}": f"{called[n]}, {o}" for n, of_model in stored.items() for o in of_model}
    title = "Sites that hold the patterns of the study's motifs, in 100 elements"
    drawn = table.assign(model=table["model"].map(shown))
    figure = plot.sites(drawn, [shown[m] for m in order], list(STUDY), title)
    st.plotly_chart(figure, config=show.image_config("cislens-found-models", "svg"), key="motifs-found-models")
    st.caption(
        "Counted are the sites, of all motifs that are like the study's, that hold its pattern. In brackets: only "
        f"relatives were found, fewer than {store.LEAST_SHARE:.0%} of whose sites hold it. "
        f"Empty: nothing like it was found in the maps. A motif needs at least {patterns.LEAST_SEQLETS} sites in "
        f"{patterns.LEAST_ELEMENTS} elements, so a rare one may be known to a model and not be found; large models "
        "were asked about fewer elements. Each cell type has its own elements. A long motif of few sites may be a "
        "repeat of the genome that several elements share."
    )
    downloads.table("Table (CSV)", table.drop(columns=["low", "high"]), "cislens-found-models.csv")
