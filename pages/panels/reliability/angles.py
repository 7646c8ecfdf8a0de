"""Reliability: do the maps of a model show the same short patterns over and over?"""

import pandas as pd
import streamlit as st

from engine.errors import CisLensError
from engine.experiments import labels
from engine.interpretation import stored
from engine.interpretation.reliability import angles
from engine.interpretation.reliability.angles import Angles
from engine.plots import reliability as plot
from engine.statistics import Metric
from pages.shared import downloads
from pages.shared.models import in_figures
from pages.shared.plain import plain
from pages.shared.show import image_config, interval

COMMAND = "python -m engine interpret {} --what maps,angles"
PRIORS = {"local": "over maps as smooth, as large at the same places", "shuffled": "over shuffled positions"}
COLUMNS = {"local": "over smooth maps (bits)", "shuffled": "over shuffled maps (bits)"}


def read() -> tuple[dict[str, dict[str, Angles]], list[str]]:
    """What is stored of each network, and the names of those without."""
    kept, missing = {}, []
    for name in stored.networks():
        try:
            content = angles.read(name)
        except CisLensError:  # of other weights or settings: as good as none
            content = None
        if content:
            kept[name] = content
        else:
            missing.append(name)
    return kept, missing


def consistency(output: str) -> None:
    """How consistent the maps of each model are: what it means, who is first and last, figure and table."""
    kept, missing = read()
    parts = {n: by_output[output] for n, by_output in kept.items() if output in by_output}
    if parts:
        method = st.segmented_control(
            "Maps", list(angles.METHODS), default="ig", required=True, key="reliability_angles_method",
            format_func=angles.METHODS.get,
        )  # fmt: skip
        show(parts, output, method)
    else:
        st.info(f"The consistency of maps for {plain(output)} was not computed yet. Run: `{COMMAND.format('MODEL')}`")
    if parts and missing:
        with st.expander(f"Trained networks without: {len(missing)}"):
            st.code("\n".join(COMMAND.format(n) for n in missing), language="bash")


def show(parts: dict[str, Angles], output: str, method: str) -> None:
    """The models in order of the strictest comparison that there is for this kind of maps."""
    kinds = {n: part.methods[method] for n, part in parts.items()}
    first = next(p for p in PRIORS if p in next(iter(kinds.values())).beyond)
    excess = {n: {p: part.beyond[p].excess for p in PRIORS if p in part.beyond} for n, part in kinds.items()}
    names = sorted(excess, key=lambda n: excess[n][first].value, reverse=True)
    redrawn = {n: parts[n].redrawn[first] for n in names} if method == "ig" else {}
    meaning = sentence(names, {n: excess[n][first] for n in names}, first, redrawn)
    st.markdown(meaning)
    st.plotly_chart(
        plot.consistency(
            {n: excess[n] for n in names},
            redrawn,
            PRIORS,
            f"Attribution consistency, {angles.METHODS[method]}, {output}",
            in_figures(names),
        ),
        key="reliability-angles",
        config=image_config("cislens-attribution-consistency", "svg"),
    )
    table = pd.DataFrame(
        [
            {
                "model": labels.short(n),
                **{words: interval(excess[n][p].as_dict()) for p, words in COLUMNS.items() if p in excess[n]},
                **({"weights drawn anew": f"{min(redrawn[n]):.3f} to {max(redrawn[n]):.3f}"} if n in redrawn else {}),
                "from uniform directions": kinds[n].uniform,
                "shuffled, from uniform directions": kinds[n].beyond["shuffled"].uniform,
                "maps": excess[n][first].n,
                "vectors": kinds[n].vectors,
            }
            for n in names
        ]
    )
    number = st.column_config.NumberColumn(format="%.3f")
    columns = {str(c): number for c in table.select_dtypes("float").columns}
    st.dataframe(table, hide_index=True, column_config=columns)
    st.caption(
        "After Majdandzic et al. 2022, as used for DNA from discrete diffusion (Sarkar et al. 2024): three "
        f"neighbouring positions make a vector. The directions of the longest {angles.TOP:.0%} of each map are counted "
        f"in {angles.BINS} equal areas of the sphere; told is the Kullback-Leibler divergence from a prior. From "
        "*uniform* directions shuffled maps are far too, since few positions are large; so the maps are compared with "
        f"{angles.SURROGATES} panels of surrogates of themselves. *As smooth, as large at the same places*: neither a "
        "smooth map nor one with a centre passes for motifs; maps without any reach about 0.05 bits. A branch that "
        "sees dinucleotide frequencies alone (D2, D3) gives recurring patterns with any weights, so a model should lie "
        "above its own network with weights drawn anew. 95% bootstrap intervals over the elements of the panel."
    )
    downloads.table("Consistency (CSV)", table, "cislens-attribution-consistency.csv")


def sentence(names: list[str], excess: dict[str, Metric], prior: str, redrawn: dict[str, list[float]]) -> str:
    """What the number means, which model has most and least of it, which no more than its redrawn networks."""
    meaning = (
        "In bits: how far the directions of attributions over three positions are from those of maps "
        + {"local": "as smooth and as large at the same places", "shuffled": "whose positions were shuffled"}[prior]
        + ". 0: nothing recurs beyond that; 1: as if half of the directions were ruled out."
    )
    sentences = [meaning]
    if len(names) > 1:
        most, least = names[0], names[-1]
        overlap = excess[most].low <= excess[least].high
        sentences.append(
            f"Most consistent: **{plain(labels.short(most))}**, {interval(excess[most].as_dict())}; least: "
            f"**{plain(labels.short(least))}**, "
            f"{interval(excess[least].as_dict())}" + (" (their intervals overlap)." if overlap else ".")
        )
    alike = [f"**{plain(labels.short(n))}**" for n in names if n in redrawn and excess[n].low <= max(redrawn[n])]
    if alike:
        sentences.append(f"Not clearly above their own network with weights drawn anew: {', '.join(alike)}.")
    return " ".join(sentences)
