"""Measured variants with their predicted effects, how well these agree, and the one that the user looks for."""

from __future__ import annotations

import numpy as np
import pandas as pd

from engine.builds import contradict
from engine.data import satmut
from engine.errors import CisLensError, InputError
from engine.genome.assemblies import chromosome
from engine.genome.notations.typed import parse_variant
from engine.statistics import measure, spearman
from pages.shared import inputs, show, state, work

ELEMENT = state.Key("sat_element", "SORT1")
LOOKUP = state.Key("lookup", "")
LOOKED_UP: state.Key[str | None] = state.Key("looked_up", None)
LOOKUP_ERROR: state.Key[str | None] = state.Key("lookup_error", None)


def matched_output(cells: str, outputs: list[str]) -> str:
    """The model output closest to the cells of the assay."""
    near = {"HEL 92.1.7": "K562", "K562": "K562", "HepG2": "HepG2"}
    return near.get(cells) if near.get(cells) in outputs else outputs[0]


def scored(element: satmut.MeasuredElement, loaded, output: str) -> pd.DataFrame:
    """The measured variants with one column of predicted effects a model."""
    variants = element.variants.copy()
    variants["high"] = variants["confidence"] >= satmut.HIGH_CONFIDENCE
    for checkpoint in loaded:
        advance, clear = work.progress_bar(f"{checkpoint.name}: windows computed (only the first time)")
        values = work.effects(checkpoint, element, advance)
        clear()
        variants[checkpoint.name] = values[:, checkpoint.model.outputs.index(output)]
    return variants


def agreement(variants: pd.DataFrame, names: list[str], training: np.ndarray | None) -> pd.DataFrame:
    """Spearman of predicted against measured SNV effects, with intervals, a row a model and set of variants."""
    snv = (variants["alt"] != satmut.DELETION).to_numpy()
    sets = {"all SNVs": snv}
    if training is not None:
        sets |= {"challenge-test SNVs": snv & ~training, "challenge-training SNVs": snv & training}
    rows = []
    for name in names:
        for label, chosen in sets.items():
            row = {"model": name, "variants": label}
            for column, which in (("all", chosen), ("high confidence", chosen & variants["high"].to_numpy())):
                metric = measure(spearman, variants[name].to_numpy()[which], variants["effect"].to_numpy()[which])
                row[column] = show.interval(metric.as_dict())
                row[f"n ({column})"] = metric.n
            rows.append(row)
    return pd.DataFrame(rows)


def look_up(build: str) -> tuple[str, int, str, str] | None:
    """The variant that the user typed, if it was measured; a new one leads to its data set."""
    text = LOOKUP.get().strip()
    is_new = text != LOOKED_UP.get()
    LOOKED_UP.put(text)
    LOOKUP_ERROR.clear()
    if not text:
        return None
    try:
        hits = {hit[0]: hit for hit in _measured(text, build)}
    except CisLensError as error:
        LOOKUP_ERROR.put(str(error))
        return None
    if is_new and ELEMENT.get() not in hits:
        ELEMENT.put(next(n for n in satmut.DATA_SETS if n in hits))
    return hits.get(ELEMENT.get())


def _measured(text: str, build: str) -> list[tuple[str, int, str, str]]:
    """`satmut.find_variant` of a variant in any notation; raises InputError, also for one of another build."""
    variant = parse_variant(text, inputs.measured_elements(inputs.ALL, build))
    if contradict(variant.build, build):
        raise InputError(f"'{text}' is of {variant.build}; choose that build")
    start, ref, alt = variant.trimmed
    return satmut.find_variant(chromosome(variant.chrom), start + 1, ref, alt or satmut.DELETION, build)
