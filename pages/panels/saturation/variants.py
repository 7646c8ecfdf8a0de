"""Measured variants with their predicted effects, and how well these agree."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from engine.data import satmut
from engine.evaluation import cagi5
from engine.experiments import labels
from engine.experiments.checkpoints import Checkpoint
from engine.results import Progress
from engine.statistics import Metric, measure, spearman
from pages.shared import show, work
from pages.shared.plain import plain

NEAREST = {"HEL 92.1.7": "K562", "K562": "K562", "HepG2": "HepG2"}


def matched_output(cells: str, outputs: list[str]) -> str:
    """The model output closest to the cells of the assay."""
    near = NEAREST.get(cells)
    return near if near in outputs else outputs[0]


def scored(element: satmut.MeasuredElement, loaded: list[Checkpoint], output: str) -> tuple[pd.DataFrame, list[str]]:
    """The measured variants with one column of predicted effects for each model that has them, and which these are.

    What is not known yet is offered behind a button, with a bar and Stop: it takes minutes.

    Raises:
        CheckpointError: stored effects are broken.
    """
    variants = element.variants.copy()
    variants["high"] = variants["confidence"] >= satmut.HIGH_CONFIDENCE
    effects = {c.name: work.known_effects(c, element) for c in loaded}
    missing = [c for c in loaded if effects[c.name] is None]
    if missing:
        effects |= _asked_for(element, missing) or {}
    for c in loaded:
        values = effects[c.name]
        if values is not None:
            variants[c.name] = values[:, c.model.outputs.index(output)]
    return variants, [c.name for c in loaded if effects[c.name] is not None]


def _asked_for(element: satmut.MeasuredElement, missing: list[Checkpoint]) -> dict[str, np.ndarray] | None:
    def compute(progress: Progress) -> dict[str, np.ndarray]:
        return {
            c.name: cagi5.stored_effects(
                c, element, lambda done, total, i=i: progress(i * total + done, len(missing) * total)
            )
            for i, c in enumerate(missing)
        }

    st.info(
        f"The effects of these {len(element.variants):,} variants were not predicted yet by "
        + ", ".join(plain(labels.label(c.name)) for c in missing)
        + ". This takes some minutes the first time and is kept for the next. Below are the measurements."
    )
    signature = (element.data_set.name, element.region.build, tuple((c.name, c.weights_hash) for c in missing))
    return work.on_request("saturation", f"Predict {len(element.variants):,} variants", signature, compute)


def subsets(variants: pd.DataFrame, training: np.ndarray | None) -> dict[str, np.ndarray]:
    """Rows of single-base changes, by what the CAGI5 challenge used them for."""
    snv = (variants["alt"] != satmut.DELETION).to_numpy()
    if training is None:
        return {"all single-base changes": snv}
    return {
        "all single-base changes": snv,
        "CAGI5 test": snv & ~training,
        "CAGI5 training": snv & training,
    }


def correlation(variants: pd.DataFrame, name: str, rows: np.ndarray) -> Metric:
    """Spearman of predicted and measured effects over some rows."""
    return measure(spearman, variants[name].to_numpy()[rows], variants["effect"].to_numpy()[rows])


def answer(variants: pd.DataFrame, names: list[str]) -> str:
    """How well the models agree with the assay, in a sentence for each, in Markdown."""
    snv = subsets(variants, None)["all single-base changes"]
    sentences = []
    for name in names:
        every = correlation(variants, name, snv)
        sure = correlation(variants, name, snv & variants["high"].to_numpy())
        text = f"**{plain(labels.label(name))}**: Spearman **{show.interval(every.as_dict())}** over {every.n:,} "
        text += "single-base changes"
        if sure.n > 1:
            text += f"; **{show.interval(sure.as_dict())}** over the {sure.n:,} of high confidence"
        sentences.append(text + ".")
    return "  \n".join(sentences)


def agreement(variants: pd.DataFrame, names: list[str], training: np.ndarray | None) -> pd.DataFrame:
    """Spearman of predicted against measured SNV effects, with intervals, a row a model and set of variants."""
    rows = []
    for name in names:
        for label, chosen in subsets(variants, training).items():
            row = {"model": labels.label(name), "variants": label}
            for column, which in (("all", chosen), ("high confidence", chosen & variants["high"].to_numpy())):
                metric = correlation(variants, name, which)
                row[column] = show.interval(metric.as_dict())
                row[f"n ({column})"] = metric.n
            rows.append(row)
    return pd.DataFrame(rows)
