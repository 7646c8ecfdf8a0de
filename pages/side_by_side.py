"""Losses side by side: two to six models on one sequence and on the held-out elements, on one scale."""

import numpy as np
import pandas as pd
import streamlit as st

from engine.data import satmut
from engine.errors import CisLensError
from engine.evaluation import comparison
from engine.evaluation.held_out import stored_predictions
from engine.experiments import checkpoints
from engine.experiments.checkpoints import Checkpoint
from engine.plots import saturation as saturation_plot
from engine.plots import side_by_side as plot
from engine.plots.parts import theme
from engine.sequence import Region, Sequence, clean, default_policy
from engine.statistics import measure, spearman
from pages.shared import bench, downloads, library, navigation, show, state, work
from pages.shared.models import (
    all_models,
    choose_palette,
    choose_several,
    first_choice,
    load,
    trained_or_stop,
)

MOST, LEAST = 6, 2
STRETCH = 200  # bases: one window of every model
SOURCES = ("measured element", "held-out element", "the Explorer's sequence", "pasted")
LINK_READ = state.Key("losses_link_read", False)
CELL = state.Key("losses_cell", "")
MODELS: state.Key[list[str]] = state.Key("losses_models", [])
SOURCE = state.Key("losses_source", "")
FROM = state.Key("losses_from", -1)
ELEMENT = state.Key("losses_element", "")
ROW = state.Key("losses_row", "")
TEXT = state.Key("losses_text", "")
link = st.query_params


# --- the permalink ----------------------------------------------------------------------------------


def read_link() -> None:
    """Take the choices out of the address, once, when the page is opened by it."""
    if LINK_READ.get():
        return
    LINK_READ.put(True)
    for name, key in {"cell": CELL, "element": ELEMENT, "held_out": ROW, "seq": TEXT}.items():
        if name in link:
            key.put(link[name])
    if "models" in link:
        MODELS.put([m for m in link["models"].split(",") if m in checkpoints.trained()][:MOST])
    if "from" in link and link["from"].isdigit():
        FROM.put(int(link["from"]))
    named = {"element": SOURCES[0], "held_out": SOURCES[1], "seq": SOURCES[3]}
    sources = [source for name, source in named.items() if name in link]
    if sources:
        SOURCE.put(sources[0])


def write_link(cell: str, models: list[str], sequence: dict[str, str]) -> None:
    wanted = {"cell": cell, "models": ",".join(models), **sequence}
    if dict(link) != wanted:
        link.from_dict(wanted)


# --- what is compared, on what ----------------------------------------------------------------------


def choose_models() -> tuple[str, list[Checkpoint]]:
    """The cell type and the two to six models that have it as an output."""
    trained = trained_or_stop()
    having = {name: checkpoints.read_description(name)["outputs"] for name in trained}
    cells = list(dict.fromkeys(o for outputs in having.values() for o in outputs))
    columns = st.columns([1, 3])
    with columns[0]:
        if CELL.get() not in cells:
            CELL.put(cells[0])
        cell = st.segmented_control("Cell type", cells, required=True, key=CELL.name, persist_state="session")
    able = [name for name in trained if cell in having[name]]
    likely = first_choice("side by side", able)
    if len(likely) < LEAST:
        likely += [comparison.BASELINES.get(cell, ""), *able]
    with columns[1]:
        names = choose_several(
            able,
            MODELS.name,
            f"Models ({LEAST} to {MOST})",
            first=[n for n in dict.fromkeys(likely) if n in able][:4],
            most=MOST,
            help="Models that predict the chosen cell type. The first is the one that the others are held against.",
        )
    untrained = [n for n in all_models() if n not in trained]
    if untrained:
        with st.expander(f"{len(untrained)} more are declared and not trained"):
            st.code("\n".join(f"python -m engine train {n}" for n in untrained), language="bash")
    if len(names) < LEAST:
        st.info(f"Choose at least {LEAST} models.")
        st.stop()
    return cell, [load(n) for n in names]


def choose_sequence() -> tuple[Sequence, satmut.MeasuredElement | None, dict[str, str]]:
    """A stretch of one window, the measured element that it is from, and what the permalink says of it."""
    offered = [s for s in SOURCES if s != SOURCES[2] or bench.document()]
    if SOURCE.get() not in offered:
        SOURCE.put(offered[0])
    columns = st.columns([1, 3])
    with columns[0]:
        source = st.selectbox("Sequence", offered, key=SOURCE.name, persist_state="session")
    with columns[1]:
        if source == SOURCES[0]:
            return measured_element()
        if source == SOURCES[1]:
            return held_out_element()
        if source == SOURCES[2]:
            found = Sequence(bench.document().reference.name, bench.document().bases)
        else:
            text = st.text_input("Bases", key=TEXT.name, persist_state="session", placeholder="ACGT…")
            if not text.strip():
                st.info("Paste at least 100 bases.")
                st.stop()
            bases, _ = clean(text, "pasted sequence")
            found = Sequence("pasted", bases)
        found = stretch(found)
        return found, None, {"seq": found.bases}


def stretch(sequence: Sequence) -> Sequence:
    """The stretch of one window that the user moves along a longer sequence."""
    spare = len(sequence) - STRETCH
    if spare <= 0:
        return sequence
    if not 0 <= FROM.get() <= spare:
        FROM.put(spare // 2)
    start = st.slider(f"First of {STRETCH} bases shown", 0, spare, key=FROM.name, persist_state="session")
    region = sequence.region
    if region:
        region = Region(region.chrom, region.start + start, region.start + start + STRETCH, region.build)
    return Sequence(sequence.name, sequence.bases[start : start + STRETCH], region, sequence.origin)


def measured_element() -> tuple[Sequence, satmut.MeasuredElement | None, dict[str, str]]:
    if not downloads.offer_download(downloads.SATMUT_FILES, "A measured element"):
        st.stop()
    names = list(satmut.DATA_SETS)
    if ELEMENT.get() not in names:
        ELEMENT.put("SORT1")
    name = st.selectbox(
        "Element",
        names,
        key=ELEMENT.name,
        persist_state="session",
        format_func=lambda n: f"{n} (assayed in {satmut.DATA_SETS[n].cells})",
    )
    element = satmut.load(name, "GRCh37")
    whole = element.reference(gaps="N")
    found = stretch(Sequence(name, whole.bases, element.region, whole.origin))
    return found, element, {"element": name, "from": str(found.region.start - element.region.start)}


def held_out_element() -> tuple[Sequence, None, dict[str, str]]:
    if not downloads.offer_download(downloads.LENTIMPRA_FILES, "A held-out element"):
        st.stop()
    table, split = library.joint()
    names = [str(table.names[i]) for i in split.test]
    if ROW.get() not in names:
        ROW.put(names[0])
    name = st.selectbox("Element of the test fold", names, key=ROW.name, persist_state="session")
    row = table.find(name)
    values = ", ".join(f"{o} {table.column(o)[row]:+.2f}" for o in table.outputs)
    st.caption(f"{table.classes[row]}; measured {values} log2 RNA/DNA")
    return table.sequence(row), None, {"held_out": name}


# --- the page, from top to bottom -------------------------------------------------------------------


def predictions(models: list[Checkpoint], sequence: Sequence, cell: str, policy: str) -> None:
    rows = []
    for checkpoint in models:
        said = work.prediction(checkpoint, sequence, policy)
        column = said.outputs.index(cell)
        scale = checkpoint.metrics.get("standardisation", {}).get(cell)
        value = float(said.values[0, column])
        rows.append(
            {
                "model": checkpoint.name,
                "loss": checkpoint.description["experiment"].get("loss", "as its members"),
                "log2 RNA/DNA": value,
                "spread of members": None if said.spread is None else float(said.spread[0, column]),
                "s.d. from the mean of held-out predictions": (value - scale["mean"]) / scale["sd"] if scale else None,
            }
        )
    table = pd.DataFrame(rows)
    numbers = {c: st.column_config.NumberColumn(format="%.3f") for c in table.columns[2:]}
    st.dataframe(table, hide_index=True, column_config=numbers)


def explanations(models: list[Checkpoint], sequence: Sequence, cell: str, policy: str) -> None:
    """IG and ISM logos on one scale, and the difference of two models' mutagenesis."""
    columns = st.columns([1.4, 1.2, 1, 1])
    with columns[0]:
        standardised = st.toggle(
            "In standard deviations of held-out predictions",
            value=True,
            key="losses_standardised",
            persist_state="session",
            help="Divides each model's map by the spread of its own predictions, so that a model that predicts in a "
            "narrow range is not taken for one that sees less.",
        )
    with columns[1]:
        palette = choose_palette()
    with columns[2]:
        kind = st.segmented_control("Image format", ["svg", "png"], default="svg", required=True, key="losses_image")
    first = sequence.region.start + 1 if sequence.region else 1
    place = f"{sequence.region.chrom} position (bp, 1-based)" if sequence.region else "position in the sequence (bp)"
    view = (0, len(sequence))
    with columns[3]:
        if st.toggle("Middle 80 bases", key="losses_zoom", persist_state="session") and len(sequence) > 80:
            view = (len(sequence) // 2 - 40, len(sequence) // 2 + 40)
    tracks = {"ig": [], "ism": []}
    for checkpoint in models:
        advance, clear = work.progress_bar(f"{checkpoint.name}: mutations computed")
        tracks["ism"].append(work.ism_track(checkpoint, sequence, policy, standardised, advance))
        tracks["ig"].append(work.ig_track(checkpoint, sequence, policy, cell, standardised, "uniform", False, advance))
        clear()
    axes = {"view": view, "first_position": first, "axis_name": place}
    for method, title in plot.METHODS.items():
        st.plotly_chart(
            plot.logos(tracks[method], cell, palette=palette, title=f"{title[0].upper()}{title[1:]}, {cell}", **axes),
            config=show.image_config(f"cislens-{method}-{sequence.name}", kind),
            key=f"logos-{method}",
        )
    agreement = pd.DataFrame(
        {
            "model": [c.name for c in models],
            **{
                f"{method.upper()} against {models[0].name}": [
                    spearman(t.per_position(cell), of[0].per_position(cell)) for t in of
                ]
                for method, of in tracks.items()
            },
            "IG convergence delta": [t.checks["convergence_delta"][cell] for t in tracks["ig"]],
        }
    )
    st.caption("Agreement of the maps: Spearman over positions with the first model's; IG's own check beside it.")
    st.dataframe(agreement, hide_index=True, column_config={c: st.column_config.NumberColumn(format="%.3f")
                                                            for c in agreement.columns[1:]})  # fmt: skip
    other = st.selectbox(
        f"Mutagenesis of {models[0].name} minus that of", [c.name for c in models[1:]], key="losses_other"
    )
    second = next(t for t in tracks["ism"] if t.model == other)
    st.plotly_chart(
        plot.difference_map(tracks["ism"][0], second, cell, **axes),
        config=show.image_config(f"cislens-difference-{sequence.name}", kind),
        key="difference",
    )
    downloads.table(
        "Maps (CSV)",
        pd.DataFrame(
            [
                {
                    "model": t.model,
                    "track": t.kind,
                    "position": position,
                    "ref": ref,
                    "alt": alt,
                    "value": values[t.outputs.index(cell)],
                }
                for of in tracks.values()
                for t in of
                for position, ref, alt, *values in t.rows()
            ]
        ),
        f"cislens-maps-{sequence.name}.csv",
    )


def against_mutagenesis(models: list[Checkpoint], element: satmut.MeasuredElement, cell: str) -> None:
    """A grid of predicted against measured effects."""
    st.subheader(f"Measured effects of {element.data_set.name}", help="Single-base exchanges over the whole element.")
    variants = element.variants[element.variants["alt"] != satmut.DELETION].copy()
    snv = (element.variants["alt"] != satmut.DELETION).to_numpy()
    variants["high"] = variants["confidence"] >= satmut.HIGH_CONFIDENCE
    grid = st.columns(min(3, len(models)))
    for i, checkpoint in enumerate(models):
        advance, clear = work.progress_bar(f"{checkpoint.name}: windows computed (only the first time)")
        column = checkpoint.model.outputs.index(cell)
        variants[checkpoint.name] = work.effects(checkpoint, element, advance)[snv, column]
        clear()
        score = measure(spearman, variants[checkpoint.name].to_numpy(), variants["effect"].to_numpy(), resamples=200)
        with grid[i % len(grid)]:
            figure = saturation_plot.scatter(
                variants, checkpoint.name, theme.model_colour(checkpoint.name, all_models()), cell
            )
            st.plotly_chart(figure, key=f"effects-{checkpoint.name}")
            st.caption(f"Spearman {show.interval(score.as_dict())}, n = {score.n:,}")


def on_held_out(models: list[Checkpoint], cell: str) -> None:
    """Scatter of every model, and where each is closer to the measurement than the first."""
    table, split = library.joint()
    measured = table.column(cell)[split.test].astype(np.float64)
    known = ~np.isnan(measured)
    said = {
        c.name: stored_predictions(c, table, split)[known, c.model.outputs.index(cell)].astype(float) for c in models
    }
    measured = measured[known]
    limits = (float(measured.min()) - 0.3, float(measured.max()) + 0.3)
    grid = st.columns(min(3, len(models)))
    for i, (name, values) in enumerate(said.items()):
        note = f"Spearman {spearman(values, measured):.3f}, n = {len(measured):,}"
        colour = theme.model_colour(name, all_models())
        with grid[i % len(grid)]:
            st.plotly_chart(plot.held_out_scatter(values, measured, name, colour, limits, note), key=f"held-out-{name}")
    first, *others = said
    st.markdown(
        "**Where along the activity range does each model win?** Bars above 0: closer to the measurement than "
        f"{first}. Grey: no difference that this data can show."
    )
    grid = st.columns(min(2, len(others)))
    records = {}
    for i, name in enumerate(others):
        records[name] = comparison.error_by_activity(said[name], said[first], measured)
        with grid[i % len(grid)]:
            st.plotly_chart(plot.gains(records[name], name, first), key=f"gains-{name}")
    flat = pd.DataFrame([{"model": n, "against": first} | r for n, of in records.items() for r in of])
    downloads.table("Errors by activity (CSV)", flat, "cislens-errors.csv")


navigation.inside_app("pages/side_by_side.py")
st.title("Losses side by side")
st.markdown("One network, different losses: what does each predict, what does it look at, and where is it right?")
read_link()
try:
    cell, models = choose_models()
    sequence, element, named = choose_sequence()
    policy = default_policy(len(sequence), models[0].model.window)
    write_link(cell, [c.name for c in models], named)
    place = f", {sequence.region.label} GRCh37" if sequence.region else ""
    st.subheader(f"{sequence.name}: {len(sequence)} bases{place}")
    predictions(models, sequence, cell, policy)
    with st.container(horizontal=True):
        if st.button("Open in the Explorer", icon=":material/edit:"):
            bench.open_sequence(sequence)
            st.switch_page("pages/explorer.py")
    explanations(models, sequence, cell, policy)
    if element is not None:
        against_mutagenesis(models, element, cell)
    st.subheader("The held-out elements", help="The test fold of the joint library, which no model saw.")
    if downloads.offer_download(downloads.LENTIMPRA_FILES, "The comparison on held-out elements"):
        on_held_out(models, cell)
except CisLensError as error:
    st.error(str(error))
