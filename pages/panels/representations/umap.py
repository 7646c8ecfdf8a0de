"""The UMAP section of Representations: maps side by side, coloured, with points to select."""

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from engine.data import motifs
from engine.data.jaspar import Matrix
from engine.data.library import Library
from engine.data.motif_files import Collection
from engine.errors import CisLensError
from engine.evaluation.disagreements import between_models
from engine.evaluation.held_out import stored_predictions
from engine.experiments import labels
from engine.experiments.checkpoints import read_description
from engine.interpretation import panel
from engine.interpretation.motifs import counts
from engine.interpretation.representations import embedding
from engine.interpretation.representations.probes import targets
from engine.interpretation.stored import model_file, networks, weights_of
from engine.plots import representations as plot
from engine.plots.parts import theme
from pages.shared import elements, models, own_motifs, show, state, work
from pages.shared.plain import plain

MOST = 6
CHOSEN_FOR = "cell type (K562 or HepG2 peak)"
COLOURS = (
    "measured activity", "predicted activity", "GC content", "element class", CHOSEN_FOR, "K562 minus HepG2",
    "motif count", "disagreement of these models",
)  # fmt: skip
OTHER = "other elements"
WHOLE, BOTH = "the whole panel", "K562 and HepG2 peaks"
# rows of the table; the figures forget their selection when another page is opened
SELECTED: state.Key[list[int]] = state.Key("maps_selected", [])
CLEARED = state.Key("maps_cleared", 0)  # how often the selection was taken away
MOTIF = state.Key("maps_motif", "")


@st.cache_data(show_spinner="Counting the motif …", max_entries=30)
def motif_count(name: str, table_hash: str, own_digest: str, _joint: Library, _own: dict[str, Matrix]) -> np.ndarray:
    """`(n,)` sites in each element of the panel."""
    sites = counts.counts(_joint.table.codes[panel.rows(_joint)], motifs.named(name, _own))[1]
    return sites.max(axis=1).astype(np.float64)


def choose() -> list[str]:
    trained = networks()
    likely = models.first_choice("maps", trained) or trained[:2]
    return models.choose_several(trained, "maps_models", f"Models (up to {MOST})", first=likely, most=MOST)


def disagreement(names: list[str], cell: str, joint: Library, rows: np.ndarray) -> np.ndarray:
    """`(n,)` how far the chosen models that predict a cell type are apart on each element of the panel."""
    able = models.with_output(names, cell)
    predicted = {}
    for name in able:
        column = read_description(name)["outputs"].index(cell)
        predicted[name] = stored_predictions(models.load(name), joint.table, joint.split)[:, column].astype(np.float64)
    apart = between_models(predicted, joint.table.column(cell)[joint.split.test].astype(np.float64))
    return apart.spread[panel.in_test_fold(joint, rows)]


def values_of(
    colour: str, names: list[str], name: str, cell: str, joint: Library, rows: np.ndarray
) -> tuple[np.ndarray, str]:
    """What each element is coloured by on the map of a model, and its name."""
    if colour == "measured activity":
        return joint.table.column(cell)[rows], f"measured, {cell} (log2 RNA/DNA)"
    if colour == "predicted activity":
        outputs = read_description(name)["outputs"]
        output = cell if cell in outputs else outputs[0]
        predicted = stored_predictions(models.load(name), joint.table, joint.split)
        return predicted[panel.in_test_fold(joint, rows), outputs.index(output)], f"predicted, {output} (log2 RNA/DNA)"
    if colour == "GC content":
        return targets(joint.table, rows, ())["GC content"], "GC content"
    if colour == "element class":
        return joint.table.classes[rows].astype(str), "element class"
    if colour == CHOSEN_FOR:
        classes = joint.table.classes[rows].astype(str)
        return np.where(np.isin(classes, embedding.PEAKS), classes, OTHER), CHOSEN_FOR
    if colour == "K562 minus HepG2":
        return joint.table.column("K562")[rows] - joint.table.column("HepG2")[rows], "K562 − HepG2 (log2 RNA/DNA)"
    if colour == COLOURS[-1]:
        return disagreement(names, cell, joint, rows), "spread of the models (s.d.)"
    motif = MOTIF.get()
    own = own_motifs.matrices()
    return motif_count(motif, joint.table.hash, Collection("", own).digest, joint, own), f"sites of {motif}"


def stored(name: str, joint: Library) -> embedding.Layout | None:
    """The coordinates of a model; where there are none or stale ones, a button that computes them."""
    try:
        kept = embedding.read(name, joint)
        if kept:
            return kept
        st.info(
            f"{plain(labels.label(name))} has no map yet. Run: `python -m engine interpret {plain(name)} --what umap`"
        )
    except CisLensError as error:
        st.warning(plain(error))

    def compute(progress) -> embedding.Layout | None:
        embedding.compute(models.load(name), joint, progress)
        return embedding.read(name, joint)

    weights = weights_of(name)
    return work.on_request(
        f"umap-{name}", f"Map {labels.label(name)} (a minute)", (name, weights, joint.table.hash), compute
    )


def anew(names: list[str], joint: Library, rows: np.ndarray) -> dict[str, embedding.Layout]:
    """Maps of the chosen models with settings of one's own, by model; empty as long as none were asked for."""
    with st.expander("Draw the maps anew: other elements, other settings"):
        columns = st.columns(3)
        with columns[0]:
            which = st.selectbox("Elements", (WHOLE, BOTH), key="maps_elements", persist_state="session")
        with columns[1]:
            near = st.number_input(
                "Neighbours", 2, 200, embedding.SETTINGS["n_neighbors"], key="maps_neighbours",
                persist_state="session", help="Few show small groups, many the arrangement at large. The study: 30.",
            )  # fmt: skip
        with columns[2]:
            apart = st.number_input(
                "Least distance", 0.0, 1.0, embedding.SETTINGS["min_dist"], 0.05, key="maps_distance",
                persist_state="session", help="Of points on the map, which has no unit. The study: 0.3.",
            )  # fmt: skip
        own = {"n_neighbors": int(near), "min_dist": float(apart)}
        if which == WHOLE and own.items() <= embedding.SETTINGS.items():
            st.caption("These are the settings of the stored maps.")
            return {}
        shown = np.isin(joint.table.classes[rows], embedding.PEAKS) if which == BOTH else np.ones(len(rows), bool)

        def compute(progress) -> dict[str, embedding.Layout]:
            layouts = {}
            for done, name in enumerate(names):
                progress(done, len(names))
                drawn = embedding.redraw(models.load(name), joint, rows[shown], own)
                at = np.full((len(rows), 2), np.nan)
                at[shown] = drawn.at
                layouts[name] = replace(drawn, at=at)
            progress(len(names), len(names))
            return layouts

        weights = tuple(weights_of(n) for n in names)
        label = f"Draw {len(names)} maps (some seconds each, a minute for a model that was not embedded yet)"
        key = (*names, *weights, joint.table.hash, which, *own.values())
        return work.on_request("umap-anew", label, key, compute) or {}


@st.cache_data(max_entries=2)
def numbers(stamp: tuple, _of: Library) -> pd.DataFrame:
    """What the stored maps of all networks show, in numbers."""
    rows = []
    for name, _ in stamp:
        try:
            kept = embedding.read(name, _of)
        except CisLensError:
            continue
        if kept:
            order = {f"activity in {o}": show.interval(m.as_dict()) for o, m in kept.order.items()}
            rows.append(
                {"model": labels.label(name), "K562 and HepG2 peaks": show.interval(kept.mixing.as_dict()), **order}
            )
    return pd.DataFrame(rows).fillna("")


def in_numbers(joint: Library) -> None:
    """The table of all networks below the maps."""
    files = {name: model_file(name, embedding.WHAT) for name in networks()}
    stamp = tuple((name, file.stat().st_mtime) for name, file in files.items() if file.is_file())
    with st.expander(f"The maps of all {len(stamp)} networks in numbers"):
        st.dataframe(numbers(stamp, joint), hide_index=True, height="content")
        st.caption(
            f"*Activity*: how much of an element's measured activity the mean of its {embedding.NEIGHBOURS} neighbours "
            "on the map tells (R²; 1: activity runs smoothly over the map). *K562 and HepG2 peaks*: how far they are "
            "interleaved (1: as if dealt at random, 0: apart). 95% intervals over elements. The study says that "
            "activity runs smoothly and that both cell types are fully interleaved."
        )


def picked(event) -> set[int]:
    """Places in the panel of the points that were selected in a figure."""
    numbers = set()
    for point in event.selection.points:
        number = point.get("customdata")
        numbers.add(int(number[0] if isinstance(number, list | tuple) else number))
    return numbers


def chart_key(name: str) -> str:
    """Of the figure of a model's map. It is another one after `clear`, so that its points are not selected."""
    return f"umap-{name}-{state.VERSION.get()}-{CLEARED.get()}"


def clear() -> None:
    """No element is selected any more, on no map."""
    SELECTED.clear()
    CLEARED.count()


def deselected(names: list[str]) -> None:
    """The selection on a map has changed: if nothing is left of it on any, the list goes too."""
    charts = [state.Key(chart_key(n), None) for n in names]
    if not any(event.selection.points for chart in charts if (event := chart.get())):
        SELECTED.clear()


def to_list(shown: np.ndarray, rows: np.ndarray) -> list[int]:
    """Places in the panel of the selected elements that are on a map.

    Args:
        shown: `(n,)` whether each element of the panel is on one of them.
        rows: `(n,)` of the panel in the table.
    """
    on_map = np.isin(rows, SELECTED.get()) & shown
    if shown.any():  # without a map nothing is known to be missing
        SELECTED.put(rows[on_map].tolist())
    return np.flatnonzero(on_map).tolist()


def maps(joint: Library) -> None:
    """UMAPs side by side, and the elements of the points that were selected."""
    st.markdown(
        "Each point is an element; elements that a model takes for alike lie close together (**UMAP**; distances "
        "between far points, the axes and their direction mean nothing)."
    )
    columns = st.columns([2.4, 1.3, 1, 1], vertical_alignment="bottom")
    with columns[0]:
        names = choose()
    with columns[1]:
        colour = st.selectbox("Coloured by", COLOURS, key="maps_colour", persist_state="session")
    with columns[2]:
        cell = st.selectbox(
            "Cell type", joint.table.outputs, key="maps_cell", persist_state="session",
            disabled="activity" not in colour and colour != COLOURS[-1],
            help="A model that did not learn this cell type shows the prediction that it has.",
        )  # fmt: skip
    with columns[3]:
        st.selectbox(
            "Motif",
            list(motifs.STUDY),
            key=MOTIF.name,
            persist_state="session",
            disabled=colour != "motif count",
            accept_new_options=True,
            help="A consensus of the rank-order study, any factor or matrix of JASPAR, or a motif of your own: type "
            "its name. Sites on both strands; of several matrices the one with the most.",
        )
    if not names:
        st.info("Choose at least one model.")
        return
    st.caption(
        "Every element was tested in all three cell types. It belongs to one in two ways: by the library that it was "
        "chosen for (**cell type**; a K562 peak is open chromatin in K562), and by what was measured, **K562 minus "
        "HepG2** (orange: more active in K562, blue: in HepG2)."
    )
    rows = panel.rows(joint)
    own = anew(names, joint, rows)
    points = np.array([f"{joint.table.names[r]} ({joint.table.classes[r]})" for r in rows])
    # what was selected on one map lights up on all: it is taken before they are drawn
    selected = {place for n in names if (event := state.Key(chart_key(n), None).get()) for place in picked(event)}
    if selected:
        SELECTED.put(rows[sorted(selected)].tolist())
    lit = frozenset(np.flatnonzero(np.isin(rows, SELECTED.get())).tolist())
    shown = np.zeros(len(rows), bool)
    grid = st.columns(min(2, len(names)))
    for i, name in enumerate(names):
        with grid[i % len(grid)]:
            kept = own.get(name) or stored(name, joint)
            if not kept:
                continue
            values, what = values_of(colour, names, name, cell, joint, rows)
            order = "; ".join(
                f"activity in {o} from {embedding.NEIGHBOURS} neighbours: R² {show.interval(m.as_dict())}"
                for o, m in list(kept.order.items())[:1]
            ) + (f"; {np.isfinite(kept.at[:, 0]).sum():,} elements, drawn anew" if name in own else "")
            drawn = plot.points(
                kept.at, values, points, title=theme.literal(labels.label(name)), note=order, name=what,
                centred=colour == "K562 minus HepG2", faint=OTHER if colour == CHOSEN_FOR else None,
            )  # fmt: skip
            st.plotly_chart(
                plot.lit(drawn, lit),
                key=chart_key(name),
                on_select=partial(deselected, names),
                selection_mode=("points", "box", "lasso"),
                config={"displaylogo": False, "toImageButtonOptions": {"format": "png", "scale": 2,
                                                                       "filename": f"cislens-umap-{name}"}},
            )  # fmt: skip
            st.caption(
                f"K562 and HepG2 DNase peaks are interleaved to {show.interval(kept.mixing.as_dict())} of random "
                "dealing (1: fully mixed, 0: apart)."
            )
            shown |= np.isfinite(kept.at[:, 0])
    listed(to_list(shown, rows), names, joint, rows)
    if st.button("Rank all held-out elements by how far models disagree", icon=":material/leaderboard:"):
        state.LOSSES_SECTION.put("Where they disagree")
        st.switch_page("pages/side_by_side.py")
    in_numbers(joint)


def listed(selected: list[int], names: list[str], joint: Library, rows: np.ndarray) -> None:
    """The selected elements, and one of them opened in the Explorer."""
    if not selected:
        st.caption("Draw around points on one map, or click one: they light up on every map, and are listed here.")
        return
    chosen = rows[selected]
    table = pd.DataFrame(
        {
            "element": joint.table.names[chosen],
            "class": joint.table.classes[chosen],
            **{f"measured {o}": joint.table.column(o)[chosen] for o in joint.table.outputs},
            "GC content": targets(joint.table, chosen, ())["GC content"],
        }
    )
    for name in names:
        outputs = read_description(name)["outputs"]
        predicted = stored_predictions(models.load(name), joint.table, joint.split)[panel.in_test_fold(joint, chosen)]
        for column, output in enumerate(outputs):
            table[labels.of_output(name, output)] = predicted[:, column]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{len(selected):,} selected elements**", width="content")
        st.button("Clear selection", key="maps_clear", icon=":material/close:", on_click=clear)
    elements.listed(table, chosen, joint, "maps-listed", names)
