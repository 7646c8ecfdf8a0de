"""Variants: the predicted effect of every allele of a VCF, of a table or a list, or of variants that are typed."""

from __future__ import annotations

import hashlib

import pandas as pd
import streamlit as st

from engine.errors import CisLensError
from engine.experiments.checkpoints import Checkpoint
from engine.genome.effects import CENTRED, SEVEN, join, score_variants
from engine.genome.reference import Reference
from engine.results import Progress
from pages.panels.variants import results
from pages.panels.variants.given import Given, given
from pages.shared import header, inputs, navigation, state, work
from pages.shared.models import choose_models
from pages.shared.plain import plain

UNFINISHED: state.Key[dict] = state.Key("variants_unfinished", {})  # scores, by what they depend on
WINDOWS = {"one, the variant in its middle": CENTRED, "seven, as in the Benchmark": SEVEN}
KEPT = 4  # unfinished runs that can be gone on with


def unfinished(signature: tuple) -> dict[str, dict]:
    """What is scored already under these settings, a dictionary of results for each model."""
    runs = UNFINISHED.setdefault({})
    mine = runs.setdefault(signature, {})
    while len(runs) > KEPT:
        runs.pop(next(iter(runs)))
    return mine


def score(
    entered: Given, reference: Reference, models: list[Checkpoint], offsets: tuple[int, ...], done: dict
) -> pd.DataFrame | None:
    """The table of results, once it was asked for and is there."""
    variants = entered.variants
    ready = sum(len(done.get(c.name, {}).keys() - entered.refused.keys()) for c in models)
    total = len(set(variants) - entered.refused.keys()) * len(models)
    label = f"Score {total // len(models):,} allele(s)" if not ready else f"Go on scoring ({ready:,} of {total:,} done)"

    def with_refused(name: str) -> dict:
        results = done.setdefault(name, {})
        results |= entered.refused
        return results

    def compute(progress: Progress) -> pd.DataFrame:
        tables = []
        for i, c in enumerate(models):
            tables.append(
                score_variants(
                    c.inference_model,
                    variants,
                    reference,
                    name=c.name,
                    offsets=offsets,
                    done=with_refused(c.name),
                    progress=lambda at, n, i=i: progress(i * n + at, n * len(models)),
                )
            )
        return join(tables)

    return work.on_request("variants", label, signature, compute)


navigation.inside_app("pages/variants.py")
header.show("pages/variants.py")
try:
    chosen = inputs.choose_reference("variants")
except CisLensError as error:
    st.error(plain(error))
    chosen = None
if chosen is None:
    st.stop()
reference, place = chosen
entered = given(reference, place)
settings = st.columns([2, 1])
with settings[0]:
    models = choose_models()
with settings[1]:
    windows = st.selectbox(
        "Windows a variant",
        list(WINDOWS),
        key="variants_windows",
        persist_state="session",
        help="With one window, the variant stands in its middle. Seven windows, the variant up to 90 bases from their "
        "middle, take seven times as long and are what the Benchmark uses.",
    )
if not entered.variants:
    st.info("Upload a VCF, a table or a list of variants, or type one.")
    st.stop()
if all(variant in entered.refused for variant in entered.variants):
    st.info("No allele can be scored as it stands.")
    st.stop()
digest = hashlib.sha256(repr(entered.variants).encode()).hexdigest()
signature = (place, digest, tuple((c.name, c.weights_hash) for c in models), WINDOWS[windows])
table = score(entered, reference, models, WINDOWS[windows], unfinished(signature))
if table is not None:
    results.show_all(results.Scored(table, entered, reference, models))
