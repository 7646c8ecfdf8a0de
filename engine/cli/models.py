"""`python -m engine models | leaderboard`: what is declared, what is trained, what it scores."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import pandas as pd
import typer

from engine.cli import large_tables
from engine.cli.common import LeftOut, Out, interval, writer
from engine.errors import unknown
from engine.evaluation import leaderboard
from engine.experiments import adopt, checkpoints, declared, upgrade


def models_command(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """All declared and trained models with their scores on fold 0 and on CAGI5."""
    rows = [_model_row(name) for name in dict.fromkeys([*declared.names(), *checkpoints.trained()])]
    if as_json:
        print(json.dumps(rows, indent=1))
        return
    for row in rows:
        remark = "" if row["trained"] else f"   not trained: python -m engine train {row['name']}"
        if row["trained"] and not row["held_out_spearman"] and "own_table" not in row:
            remark = f"   not measured here: python -m engine evaluate {row['name']}"
        print(row["name"] + remark)
        for output, spearman in row["held_out_spearman"].items():
            line = f"  {output:6} held-out Spearman {interval(spearman)}"
            if output in row["cagi5_test"]:
                scores = row["cagi5_test"][output]
                line += f"   CAGI5 test, all {interval(scores['all'])}, high confidence {interval(scores['high'])}"
            print(line)
        for line in large_tables.scores_in_words(row.get("large_scale", {})):
            print(f"  {line}")
        if own := row.get("own_table"):
            print(f"  learned from {own['file']}, a table of its own, and is scored on its test fold:")
            for output, scores in own["held_out"].items():
                print(f"  {output:6} held-out Spearman {interval(scores['spearman'])}")


def add_model_command(
    source: Annotated[str, typer.Argument(help="folder with model.py and weights.safetensors, or an entry point")],
    name: Annotated[str, typer.Option("--name", help="the model's; the folder's or entry point's by default")] = "",
    again: Annotated[bool, typer.Option("--again", help="put it in the place of a model of your own")] = False,
) -> None:
    """Add a model of your own: it is built, tried and copied, and stands beside all others from then on.

    Its code is run. How such a model is written, the page 'A model of your own' of the documentation shows.
    """
    added = adopt.add(source, name, again)
    outputs = ", ".join(added.model.outputs)
    print(f"{added.name}: {outputs}; window of {added.model.window} bases; not measured here")
    print(f"To measure it, where its outputs are those of the library: python -m engine evaluate {added.name}")


def _model_row(name: str) -> dict:
    metrics = checkpoints.read_metrics(name)
    return {
        "name": name,
        "trained": name in checkpoints.trained(),
        "held_out_spearman": {o: m["spearman"] for o, m in metrics.get("held_out", {}).items()},
        "cagi5_test": {o: m["test"] for o, m in metrics.get("cagi5", {}).get("matched_mean", {}).items()},
    } | {key: metrics[key] for key in ("own_table", "large_scale") if metrics.get(key)}


def upgrade_command() -> None:
    """Give the files of models that an earlier version of CisLens wrote their checksums; nothing else changes."""
    sealed, refused = upgrade.upgrade()
    for file in sealed:
        print(file)
    left_out = LeftOut()
    for file, problem in refused.items():
        left_out.add(str(file), problem)
    print(f"{len(sealed)} files brought along", file=sys.stderr)
    left_out.finish()


TABLES = {
    "scores": leaderboard.table,
    "elements": leaderboard.element_table,
    "seeds": leaderboard.seed_table,
    "strata": leaderboard.strata_table,
    "training": leaderboard.histories,
}


def leaderboard_command(
    out: Out = "-",
    what: Annotated[str, typer.Option("--what", help="one of " + ", ".join(TABLES))] = "scores",
) -> None:
    """Every declared model, its scores with intervals and what the rank-order study published for it, as CSV.

    Other tables of the trained models: each CAGI5 element, each training seed, variants by the size of their measured
    effect, and every epoch of the training.
    """
    if what not in TABLES:
        raise unknown("table", what, TABLES)
    table = TABLES[what]()
    with writer(out) as write:
        write([tuple(table.columns)])
        write(tuple("" if pd.isna(v) else v for v in row) for row in table.itertuples(index=False))
