"""The Benchmark page's answer: which loss is ahead of squared error, by how much, and is it more than chance?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from engine.evaluation import answers
from engine.evaluation.answers import AHEAD, BEHIND, LEVEL, SPLIT, Answer, Difference
from engine.experiments import labels
from engine.experiments.declared import BASELINES
from engine.statistics import Metric, in_words
from pages.panels.benchmark import words
from pages.panels.benchmark.board import with_interval
from pages.shared.plain import plain

HELP = (
    "Both models are scored on the same resampled elements or variants, 1,000 times. A loss is ahead when the whole "
    "95% interval of the difference is above 0, with both training seeds. The intervals are not widened for the number "
    "of models."
)


def show(answer: Answer | None, cell: str, trained: pd.DataFrame) -> None:
    """The answer in sentences.

    Args:
        answer: None where no model was compared in this cell type.
        trained: the leaderboard's rows of trained models in this cell type.
    """
    with st.container(border=True):
        if answer is not None and answer.recipes:
            st.markdown(f"#### {plain(_headline(answer))}", help=HELP)
            sentences = filter(None, (_by_how_much(answer), _others(answer), _larger(answer)))
            st.markdown(plain(" ".join(sentences)))
        elif answer is not None:
            st.markdown(f"#### No other loss was compared with squared error in {plain(cell)}", help=HELP)
            st.markdown(plain(_larger(answer)))
        else:
            st.markdown(f"#### No loss can be compared with squared error in {plain(cell)}", help=HELP)
            st.markdown(plain(_best(trained, cell)))


def _ahead(answer: Answer) -> list[Difference]:
    """Those ahead with both seeds, or, where there are none, with the one that there is."""
    return answer.of(AHEAD) or answer.of(AHEAD, seeds=1)


def _headline(answer: Answer) -> str:
    ahead, cell = _ahead(answer), answer.cell
    if not ahead:
        return f"No loss is shown to be ahead of squared error in {cell}"
    if len(ahead) == 1:
        return f"{_how(ahead[0])} is ahead of squared error in {cell}"
    return f"{len(ahead)} of {len(answer.recipes)} recipes are ahead of squared error in {cell}"


def _by_how_much(answer: Answer) -> str:
    """The measure, its n, and how far the first is ahead with each seed."""
    measured = f"{words.measure(answer.measure)} (n = {answer.recipes[0].ours.n:,})"
    ahead = _ahead(answer)
    if not ahead:
        return f"{measured}, {len(answer.recipes)} recipes beside squared error in the same network."
    first = ahead[0]
    name = f"{_how(first)} by " if len(ahead) > 1 else ""
    again = f", and {_metric(first.again)} with a second training seed" if first.again else ", with one training seed"
    chance = ": more than chance" if first.again else ""
    return f"{measured}: {name}{_metric(first.ours)}{again}{chance}."


def _metric(metric: Metric) -> str:
    return in_words(metric.value, metric.low, metric.high, signed=True)


def _how(difference: Difference) -> str:
    """A recipe without its code: what it learned by."""
    return labels.short(difference.model).split(labels.SEPARATOR, 1)[-1]


def _others(answer: Answer) -> str:
    """Who is behind, and of how many nothing can be said."""
    behind = [*answer.of(BEHIND), *answer.of(BEHIND, seeds=1)]
    named = f"Behind: {'; '.join(map(_how, behind))}." if behind else ""
    split, level = len(answer.of(SPLIT)), len(answer.of(LEVEL)) + len(answer.of(LEVEL, seeds=1))
    parts = (
        f"{split} {'differs' if split == 1 else 'differ'} with one seed and not with the other" if split else "",
        f"{level} {'shows' if level == 1 else 'show'} no difference" if level else "",
    )
    rest = " and ".join(filter(None, parts))
    return " ".join(filter(None, (named, f"Of the other recipes, {rest}." if rest else "")))


def _larger(answer: Answer) -> str:
    """The best of the models that differ in more than the loss."""
    if not answer.others or answer.others[0].standing != AHEAD:
        return ""
    best = answer.others[0]
    name = labels.short(best.model)
    if all(best.ours.value > d.ours.value for d in answer.recipes):
        return (
            "Larger networks that learn several cell types gain more than any loss: "
            f"{name} is ahead by {_metric(best.ours)}."
        )
    return f"Of the larger models, {name} is ahead by {_metric(best.ours)}."


def _best(trained: pd.DataFrame, cell: str) -> str:
    """What can be said where nothing is compared: the highest score."""
    scored = trained[trained["spearman"].notna()]
    if scored.empty:
        return f"No model of {cell} is trained and scored yet."
    row = scored.sort_values("spearman").iloc[-1]
    why = (
        "No comparison is stored."
        if cell in BASELINES
        else f"None of the app's models learned {cell} alone, so there is no squared-error baseline."
    )
    return (
        f"{why} The highest Spearman on held-out "
        f"elements is that of {labels.short(row['model'])}: {with_interval(row, 'spearman')}, "
        f"n = {row['spearman_n']:,.0f}."
    )


def of(compared: dict, cell: str, measure: str, among: list[str]) -> Answer | None:
    """The stored comparison's answer."""
    return answers.answer(compared.get("differences", []), cell, measure, among)


def standing(compared: dict, cell: str, among: list[str]) -> dict[str, str]:
    """What may be said of each model beside its baseline, on held-out Spearman."""
    found = of(compared, cell, "held_out spearman", among)
    return {d.model: d.words for d in (*found.recipes, *found.others)} if found else {}
