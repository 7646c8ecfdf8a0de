"""Attributions: maps of a fixed panel of held-out elements by every model, on one scale."""

import numpy as np
import pandas as pd
import streamlit as st

from engine.data import published_attribution as published
from engine.errors import CisLensError
from engine.experiments import checkpoints
from engine.interpretation import stored as stored_results
from engine.interpretation.attribution import maps, statistics
from engine.interpretation.attribution.methods import BASELINES
from engine.interpretation.reliability import seeds
from engine.interpretation.reliability import store as reliability
from engine.interpretation.reliability.badge import OTHER_BASELINE, of_panel
from engine.plots import attributions as plot
from engine.plots.parts import theme
from pages.shared import bench, downloads, navigation, panel_elements, reliability_badge, show
from pages.shared.models import all_models, choose_several, first_choice

COMMAND = "python -m engine interpret {} --what maps"
HALVES = {"all": np.ones_like, "high": np.copy, "low": np.logical_not}  # of the panel's mask of high activity


@st.cache_resource(show_spinner="Reading the maps …")
def stored(stamps: tuple[tuple[stored_results.Place, int], ...]) -> dict[str, maps.Maps]:
    """The maps that are kept beside the weights they are of, by model; those in a broken file are missing."""
    found = {of.name: stored_results.whole(lambda of=of: maps.read(of)) for of, _ in stamps}
    return {name: there[0] for name, there in found.items() if there}


def stamps() -> tuple[tuple[stored_results.Place, int], ...]:
    """Models with a file of maps, their weights, and when the file was written: maps are shown for these alone."""
    places = [stored_results.place(name) for name in checkpoints.trained()]
    files = [(of, stored_results.file_of(of, maps.FILE)) for of in places]
    return tuple((of, file.stat().st_mtime_ns) for of, file in files if file.is_file())


def choose(found: dict[str, maps.Maps]) -> tuple[str, list[str], str, str]:
    """Cell type, models, method and baseline."""
    outputs = list(dict.fromkeys(o for m in found.values() for o in m.outputs))
    columns = st.columns([1, 3, 0.9, 1.4])
    with columns[0]:
        output = st.segmented_control("Cell type", outputs, default=outputs[0], required=True, key="attributions_cell")
    able = [n for n, m in found.items() if output in m.outputs]
    with columns[1]:
        likely = first_choice("attributions", able) or able
        names = choose_several(able, f"attributions_models_{output}", first=likely)
    with columns[2]:
        method = st.segmented_control(
            "Method", list(maps.METHODS), default="ig", required=True, key="attributions_method", format_func=str.upper,
            help="; ".join(f"{k.upper()}: {v}" for k, v in maps.METHODS.items()),
        )  # fmt: skip
    with columns[3]:
        baseline = st.selectbox(
            "IG baseline", maps.BASELINES, key="attributions_baseline", disabled=method != "ig",
            format_func=lambda b: f"{b}: {BASELINES[b]}",
        )  # fmt: skip
    if not names:
        st.info("Choose at least one model.")
        st.stop()
    return output, names, method, baseline


def _numbers(table: pd.DataFrame) -> list[str]:
    return [str(c) for c in table.select_dtypes("float").columns]


def agreement(found: dict[str, maps.Maps], output: str, names: list[str], method: str, baseline: str) -> None:
    """How far the maps of the chosen models agree: by recipe, then every two."""
    st.subheader(
        "Do the models look at the same bases?",
        help="Pearson correlation of two models' maps along each element, then the mean over the elements.",
    )
    if len(names) < 2:
        st.info("Choose at least two models.")
        return
    several = [(found[n], output) for n in names]
    records = statistics.recipes(several)
    table = pd.DataFrame([r | {"mean": show.interval(r["mean"])} for r in records]).rename(
        columns={
            "lowest": "lowest pair", "mean": "mean over pairs", "highest": "highest pair",
            "pooled": "pooled", "mean maps": "averaged maps",
            "lowest of mean maps": "lowest averaged", "by chance": "other elements",
        }
    )  # fmt: skip
    low, high = published.CORRELATION
    same = statistics.as_published(several)
    number = st.column_config.NumberColumn(format="%.3f")
    st.dataframe(table, hide_index=True, column_config=dict.fromkeys(_numbers(table), number))
    st.markdown(
        f"Published, Integrated Gradients between models of other losses: **{low:.3f} to {high:.3f}**. The chosen "
        f"models by the study's own recipe (all-zero baseline, all elements, positions and bases in one correlation): "
        f"**{same['lowest']:.3f} to {same['highest']:.3f}**, mean {same['mean']:.3f}. A correlation does not depend on "
        "a model's scale."
    )
    st.caption(
        "1: two models weigh the bases alike; 0: they have nothing in common. Per element, then averaged, with a 95% "
        "interval over the elements; *pooled*: over all positions of all elements; *averaged maps*: of the models' "
        "mean maps; *other elements*: between maps of different elements, which is what no agreement looks like."
    )
    between_seeds(output, names)
    metrics = statistics.between(several, method, baseline)
    matrix = np.array([[m.value if m else np.nan for m in row] for row in metrics])
    st.plotly_chart(
        plot.correlations(names, matrix, f"Mean correlation of {method.upper()} maps, {output}"),
        key="attributions-correlations",
        config=show.image_config("cislens-attribution-correlation", "svg"),
    )
    rows = [
        {"model": a, "other": b, **metrics[i][j].as_dict()}
        for i, a in enumerate(names) for j, b in enumerate(names) if i < j
    ]  # fmt: skip
    downloads.table("Correlations with intervals (CSV)", pd.DataFrame(rows), "cislens-attribution-correlation.csv")


def between_seeds(output: str, names: list[str]) -> None:
    """Do losses differ by more than chance: the agreement of models beside that of two seeds of one model."""
    families = {n: seeds.read(stored_results.place(n)) for n in names}
    families = {n: family for n, family in families.items() if family and output in family[0].outputs}
    if len(families) < 2:
        st.caption(
            "Whether models differ by more than two trainings of one model do is told for models that were trained "
            "with a second seed: `python -m engine interpret MODEL --what seeds`."
        )
        return
    records = seeds.against_models(list(families.values()), output)
    table = pd.DataFrame(
        [
            {
                "recipe": r["recipe"],
                "same model, other seed": show.interval(r["seeds"]),
                "other model": show.interval(r["models"]),
                "difference": show.interval(r["difference"]),
                "p": r["p"],
            }
            for r in records
        ]
    )
    told = records[1]
    st.markdown(
        "**More than chance?** Two trainings of one model that differ in the seed alone agree with "
        f"{told['seeds']['value']:.3f}, trainings of two models with {told['models']['value']:.3f} ({told['recipe']}, "
        f"{len(families)} models; p = {told['p']:.3f})."
    )
    st.dataframe(table, hide_index=True, column_config={"p": st.column_config.NumberColumn(format="%.3f")})
    own = ", ".join(f"{n} {m['value']:.3f}" for n, m in zip(families, records[1]["by model"], strict=True))
    st.caption(
        "A difference of 0 means that two models are no more unlike than two trainings of one of them. 95% intervals "
        "over the elements of the panel, for these networks, of which only those of different seeds are compared; *p*: "
        "how often a difference as large comes about when the networks of each seed are dealt out to the models anew. "
        f" Between seeds, {records[1]['recipe']}: {own}."
    )


def places(found: dict[str, maps.Maps], output: str, names: list[str], method: str, baseline: str) -> None:
    """Where along the element the attribution lies, and how large it is."""
    st.subheader("Where along the element?")
    half = st.segmented_control(
        "Elements", list(HALVES), default="all", required=True, key="attributions_half",
        help="High and low: from the upper and the lower quarter of measured activity, mean of K562 and HepG2.",
    )  # fmt: skip
    wanted = HALVES[half](next(iter(found.values())).high)
    profiles = {n: found[n].profile(output, method, baseline) for n in names}
    everything, profiles = profiles, {n: p[wanted] for n, p in profiles.items()}
    of_which = f"{wanted.sum()} elements" + ("" if half == "all" else f" of {half} activity")
    colours = {n: theme.model_colour(n, all_models()) for n in names}
    sizes = {n: statistics.position_profile(p) for n, p in profiles.items()}
    title = f"Positional sensitivity, {method.upper()}, {output}, {of_which}"
    st.plotly_chart(plot.profiles(sizes, colours, title, theme.STANDARDISED_UNIT), key="attributions-profiles")
    with st.expander("By base and position"):
        st.caption("Mean size of the attribution where an element has that base; an element with another one counts 0.")
        grid = {n: statistics.by_base(p, found[n].codes[wanted]) for n, p in profiles.items()}
        st.plotly_chart(plot.by_base(grid, title, "s.d."), key="attributions-bases")
    downloads.button(
        "Position profiles with intervals (CSV)",
        lambda: position_table(profiles).to_csv(index=False),
        "cislens-attribution-profiles.csv",
    )
    length = next(iter(profiles.values())).shape[1]
    edge = statistics.EDGE / length
    shares = {n: {p: m.as_dict() for p, m in statistics.focus(profile).items()} for n, profile in profiles.items()}
    even = {"5' edge": edge, "centre": 1 - 2 * edge, "3' edge": edge}
    title = f"Attribution focus: {statistics.EDGE} bases at either edge, and the centre, {of_which}"
    st.plotly_chart(plot.focus(shares, even, title), key="attributions-focus")
    rows = []
    for name, profile in profiles.items():
        sd = float(found[name].sd[found[name].outputs.index(output)])
        told = published.REPORTED.get(name)
        rows.append(
            {
                "model": name,
                "mean |attribution| (s.d.)": show.interval(statistics.magnitude(profile).as_dict()),
                "mean |attribution| (log2 RNA/DNA)": statistics.magnitude(profile * sd).value,
                "high / low activity": show.interval(
                    statistics.high_to_low(everything[name], found[name].high).as_dict()
                ),
                "IG with ISM": show.interval(
                    statistics.agreement(*(found[name].profile(output, m)[wanted] for m in maps.METHODS)).as_dict()
                ),
                "published focus": told.focus if told else None,
                "published size": f"~{told.magnitude:g}" if told else None,
            }
        )  # fmt: skip
    table = pd.DataFrame(rows)
    st.dataframe(
        table,
        hide_index=True,
        column_config={"mean |attribution| (log2 RNA/DNA)": st.column_config.NumberColumn(format="%.4f")},
    )
    st.caption(
        f"95% bootstrap intervals over {of_which}; high / low compares the two halves of the panel. Published: "
        f"{published.CITE}; Integrated Gradients over 230 bases with adapters, in the scale of each model's own "
        "output. Ours: 200 bases, outputs calibrated to log2 RNA/DNA."
    )
    downloads.table("Table (CSV)", table, "cislens-attributions.csv")


def position_table(profiles: dict[str, np.ndarray]) -> pd.DataFrame:
    """Mean size of the attribution at each position (1-based) with its interval, model by model."""
    tables = []
    for name, profile in profiles.items():
        low, high = statistics.position_intervals(profile)
        columns = {"model": name, "position": np.arange(profile.shape[1]) + 1, "n": len(profile)}
        tables.append(
            pd.DataFrame(
                columns | {"mean |attribution|": statistics.position_profile(profile), "low": low, "high": high}
            )
        )
    return pd.concat(tables)


def element(found: dict[str, maps.Maps], output: str, names: list[str], method: str, baseline: str) -> None:
    """One element of the panel by all chosen models."""
    st.subheader("One element")
    first = found[names[0]]
    number, sequence, remark = panel_elements.choose(first, "attributions_element")
    values = np.stack([found[n].profile(output, method, baseline)[number] for n in names])
    st.plotly_chart(
        plot.one_element(names, values, sequence.bases, f"{method.upper()}, {output}", "s.d."),
        key="attributions-element",
    )
    trusted(found, output, names, number, baseline if method == "ig" else "uniform")
    if st.button("Open in the Explorer", icon=":material/edit:"):
        bench.open_sequence(sequence, remark)
        st.switch_page("pages/explorer.py")


def trusted(found: dict[str, maps.Maps], output: str, names: list[str], number: int, baseline: str) -> None:
    """The short verdict on each model's maps of one element, and the way to all checks."""
    if baseline != "uniform":
        st.caption(OTHER_BASELINE)
        return
    said = {}
    for name in names:
        place = stored_results.place(name)
        content = reliability.read(place)
        if "checks" in content.get("outputs", {}).get(output, {}):
            said[name] = of_panel(reliability.calibration(place, output, content), found[name], output, number)
    with st.container(horizontal=True, vertical_alignment="center"):
        for name, told in said.items():
            label = f"{name}, IG against ISM: {told.level}"
            st.badge(label, color=reliability_badge.COLOURS[told.level], help=told.sentence)
        if said and st.button(f"All checks of {next(iter(said))}", icon=":material/arrow_forward:", type="tertiary"):
            navigation.check_map(next(iter(said)), output, number)


navigation.inside_app("pages/attributions.py")
st.title("Attributions")
st.markdown(
    f"{2 * maps.PER_HALF} held-out elements, half of high and half of low activity, explained by every model. Maps "
    "are in standard deviations of each model's held-out predictions, so that models compare."
)
try:
    there = stored(stamps())
    if not there:
        st.info(f"No maps are stored yet. Run: `{COMMAND.format('MODEL')}`")
        st.stop()
    chosen = choose(there)
    cell, models, how, start = chosen
    agreement(there, cell, models, how, start)
    places(there, cell, models, how, start)
    element(there, cell, models, how, start)
    missing = [n for n in checkpoints.trained() if n not in there]
    if missing:
        with st.expander(f"Trained models without maps for their weights: {len(missing)}"):
            st.code("\n".join(COMMAND.format(n) for n in missing), language="bash")
except CisLensError as error:
    st.error(str(error))
