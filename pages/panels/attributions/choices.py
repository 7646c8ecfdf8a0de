"""The maps that are kept of the panel, and what is shown of them."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from engine.experiments import checkpoints
from engine.interpretation import stored as stored_results
from engine.interpretation.attribution import maps
from engine.interpretation.attribution.methods import BASELINES
from pages.shared import address
from pages.shared.choices import SEVERAL
from pages.shared.models import choose_several, first_choice

BASELINE_WORDS = {"uniform": "a quarter of each base", "zeros": "all zeros", "shuffles": "shuffled sequences"}


@st.cache_resource(show_spinner="Reading the maps …", max_entries=1)
def stored(stamps: tuple[tuple[stored_results.Place, int], ...]) -> dict[str, maps.Maps]:
    """The maps that are kept beside the weights they are of, by model; those in a broken file are missing."""
    kept = {place.name: stored_results.whole(lambda place=place: maps.read(place)) for place, _ in stamps}
    return {name: result[0] for name, result in kept.items() if result}


def stamps() -> tuple[tuple[stored_results.Place, int], ...]:
    """Models with a file of maps, their weights, and when the file was written: maps are shown for these alone."""
    places = [stored_results.place(name) for name in checkpoints.trained()]
    files = [(place, stored_results.file_of(place, maps.FILE)) for place in places]
    return tuple((place, file.stat().st_mtime_ns) for place, file in files if file.is_file())


class Chosen(NamedTuple):
    """What the page shows maps of.

    Attributes:
        method: 'ig' or 'ism'.
        baseline: of Integrated Gradients; 'uniform' for mutagenesis, which has none.
    """

    cell: str
    models: list[str]
    method: str
    baseline: str

    @property
    def recipe(self) -> tuple[str, str]:
        return self.method, self.baseline

    @property
    def words(self) -> str:
        return f"{self.method.upper()}, {self.cell}"


def choose(panel: dict[str, maps.Maps]) -> Chosen:
    """Cell type, models, method and baseline."""
    outputs = list(dict.fromkeys(o for m in panel.values() for o in m.outputs))
    columns = st.columns([1.1, 2.4, 0.8, 1.3])
    with columns[0]:
        output = st.segmented_control("Cell type", outputs, default=outputs[0], required=True, key="attributions_cell")
    able = [n for n, m in panel.items() if output in m.outputs]
    with columns[2]:
        method = st.segmented_control(
            "Method", list(maps.METHODS), default="ig", required=True, key="attributions_method", format_func=str.upper,
            help="; ".join(f"{k.upper()}: {v}" for k, v in maps.METHODS.items()),
        )  # fmt: skip
    with columns[3]:
        baseline = st.selectbox(
            "IG baseline", maps.BASELINES, key="attributions_baseline", disabled=method != "ig",
            format_func=BASELINE_WORDS.get,
            help="What IG compares the sequence with: " + "; ".join(map(BASELINES.get, maps.BASELINES)),
        )  # fmt: skip
    with columns[1]:
        likely = first_choice("attributions", able) or able
        names = choose_several(able, address.made("models", f"attributions_models_{output}", SEVERAL), first=likely)
    if not names:
        st.info("Choose at least one model.")
        st.stop()
    return Chosen(output, names, method, baseline if method == "ig" else "uniform")
