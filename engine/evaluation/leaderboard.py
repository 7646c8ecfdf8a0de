"""Every declared and trained model in one table, with what a study published for it beside our own figures."""

from __future__ import annotations

import pandas as pd

from engine.data import published
from engine.data.satmut import MATCHED
from engine.evaluation.cagi5 import CONFIDENCES
from engine.evaluation.comparison import HELD_OUT_METRICS
from engine.experiments import checkpoints
from engine.experiments import declared as experiments
from engine.experiments.declared import EXPERIMENTS

OTHER = {"K562": "HepG2", "HepG2": "K562"}
# column of the table -> (subset, metric, element) of `engine.data.published.score`
PUBLISHED = {metric: ("held_out", metric, "") for metric in HELD_OUT_METRICS} | {
    f"{kind}_{c}": (f"{kind}_{c}", "spearman", published.MEAN) for kind in ("cagi5", "transfer") for c in CONFIDENCES
}
SCORES = tuple(PUBLISHED)
# columns of the tables that have no row for a model that is not trained
ELEMENT_COLUMNS = ("model", "cell type", "element", "assayed in", "matched to", "kind", "confidence", "spearman",
                   "low", "high", "n", "published")  # fmt: skip
SEED_COLUMNS = ("model", "cell type", "seed", "kept", "validation", *SCORES)
HISTORY_COLUMNS = ("model", "cell type", "epoch", "validation", "loss", "seconds")
STRATA_COLUMNS = ("model", "cell type", "quarter", "value", "low", "high", "n")
NOT_TRAINED = "not trained"


def table() -> pd.DataFrame:
    """One row for each output of each model, one for a model that is declared and not trained.

    Columns: `model`, `cell type`, `architecture`, `loss`, `curriculum`, `kind`, `status` ('trained', 'own table', 'not
    scored' or 'not trained'), `command` that trains it ("" if nobody declared it), for each of `SCORES` the value,
    `<score>_low`, `<score>_high`, `<score>_n` and `<score>_published` (nan where there is none), and facts of it.
    """
    trained = set(checkpoints.trained())
    rows = []
    for name in dict.fromkeys([*experiments.names(), *checkpoints.trained()]):
        metrics = checkpoints.read_metrics(name) if name in trained else {}
        description = checkpoints.read_description(name) if name in trained else {}
        command = f"python -m engine train {name}" if name in experiments.names() else ""
        facts = _declared_facts(name, description) | {"command": command}
        outputs = description.get("outputs") or experiments.outputs(experiments.get(name))
        status = _status(metrics) if name in trained else NOT_TRAINED
        zero_shot = name in trained and len(checkpoints.learned(description)) == 1
        for output in outputs:
            scores = _scores(metrics, output, zero_shot=zero_shot) | _published(name, output)
            rows.append(facts | {"cell type": output, "status": status} | scores | _training(metrics))
    return pd.DataFrame(rows)


def _status(metrics: dict) -> str:
    """Of a trained model; one of a user's own table has no score on the joint library."""
    return "trained" if metrics.get("held_out") else "own table" if metrics.get("own_table") else "not scored"


def _declared_facts(name: str, description: dict) -> dict:
    declaration = description.get("experiment") or experiments.get(name).as_dict()
    if "members" in declaration:
        members = declaration["members"]
        return {
            "model": name,
            "kind": "ensemble",
            "architecture": f"ensemble of {len(members)}",
            "loss": "as its members",
            "curriculum": "",
            "members": ", ".join(members),
            "parameters": description.get("parameters"),
            "width": None,
            "as declared": None,
        }
    options = declaration.get("loss_options") or {}
    study = name in {e.name for e in experiments.RANK_ORDER}
    large = experiments.large_cell(str(declaration.get("task", {}).get("table", "")))
    others = "further loss" if name in _follow_ups() else "large-scale" if large else "joint"
    return {
        "model": name,
        "kind": "rank-order study" if study else others,
        "architecture": declaration["model"]["name"],
        "loss": declaration["loss"] + "".join(f" {k}={v}" for k, v in options.items()),
        "curriculum": declaration["curriculum"] or "",
        "members": "",
        "parameters": description.get("parameters"),
        "width": declaration["model"]["options"].get("width"),
        "as declared": _as_declared(name, declaration) if description else None,
    }


def _follow_ups() -> set[str]:
    return {e.name for e in experiments.FOLLOW_UPS}


def _as_declared(name: str, stored: dict) -> bool | None:
    """Was the trained model trained as it is declared today? None for one that nobody declared."""
    if name not in EXPERIMENTS:
        return None
    recipe = experiments.as_stored(EXPERIMENTS[name].recipe())
    return experiments.recipe_then(stored, recipe) == recipe


def _scores(metrics: dict, output: str, *, zero_shot: bool) -> dict:
    """Value, interval and n of every score; transfer only where the model never learned the other cell type."""
    held_out = metrics.get("held_out", {}).get(output, {})
    cagi5 = metrics.get("cagi5", {})
    matched = cagi5.get("matched_mean", {}).get(output, {}).get("test", {})
    transfer = cagi5.get("transfer_mean", {}).get(output, {}).get(OTHER.get(output), {}).get("test", {})
    transfer = transfer if zero_shot else {}
    scores = {
        **{s: held_out.get(s) for s in HELD_OUT_METRICS},
        **{f"cagi5_{c}": matched.get(c) for c in CONFIDENCES},
        **{f"transfer_{c}": transfer.get(c) for c in CONFIDENCES},
    }
    row: dict = {}
    for name, metric in scores.items():
        metric = metric or {}
        row |= {name: metric.get("value")} | {f"{name}_{k}": metric.get(k) for k in ("low", "high", "n")}
    return row


def _published(name: str, output: str) -> dict:
    declared = EXPERIMENTS.get(name)
    study = declared is not None and declared.task.outputs == (output,)
    return {f"{s}_published": published.score(name, *key) if study else None for s, key in PUBLISHED.items()}


def _training(metrics: dict) -> dict:
    facts = metrics.get("training", {})
    row = {k: facts.get(k) for k in ("seed", "epochs", "best_epoch", "device", "precision", "samples_per_second")}
    row["minutes"] = facts["seconds"] / 60 if "seconds" in facts else None
    row["training rows"] = facts.get("rows", {}).get("training")
    return row | {k: metrics.get(k) for k in ("data_hash", "split_hash", "weights_sha256")}


def element_table() -> pd.DataFrame:
    """One row for each output of each trained model, matched element and confidence: `spearman`, `low`, `high`, `n`,
    `kind` ('matched' or 'transfer') and `published`."""
    rows = []
    for name in checkpoints.trained():
        elements = checkpoints.read_metrics(name).get("cagi5", {}).get("elements", {})
        for element, entry in elements.items():
            group = next((cell for cell, members in MATCHED.items() if element in members), "")
            for output, subsets in entry["spearman"].items():
                for confidence, metric in subsets["test"].items():
                    kind = "matched" if group == output else "transfer"
                    subset = f"{'cagi5' if kind == 'matched' else 'transfer'}_{confidence}"
                    study = name in EXPERIMENTS and EXPERIMENTS[name].task.outputs == (output,)
                    rows.append(
                        {"model": name, "cell type": output, "element": element, "assayed in": entry["cells"]}
                        | {"matched to": group, "kind": kind, "confidence": confidence, "spearman": metric["value"]}
                        | {k: metric[k] for k in ("low", "high", "n")}
                        | {"published": published.score(name, subset, "spearman", element) if study else None}
                    )
    return pd.DataFrame(rows, columns=ELEMENT_COLUMNS)


def seed_table() -> pd.DataFrame:
    """One row for each trained seed of each output, of models and of their replicates: validation Spearman and the test
    scores. Models of the first version, which did not record what chose their weights, have none."""
    rows = []
    for name in checkpoints.trained():
        kept = checkpoints.read_metrics(name).get("training", {}).get("seed")
        for seed, metrics in checkpoints.read_seeds(name).items():
            if "validation_spearman" not in metrics["training"]:
                continue
            for output in metrics.get("held_out", {}):
                scores = _scores(metrics, output, zero_shot=len(metrics["held_out"]) == 1)
                rows.append(
                    {"model": name, "cell type": output, "seed": seed, "kept": seed == kept}
                    | {"validation": metrics["training"]["validation_spearman"][output]}
                    | {s: scores[s] for s in SCORES}
                )
    return pd.DataFrame(rows, columns=SEED_COLUMNS)


def histories() -> pd.DataFrame:
    """Training curves: one row for each epoch of each output of each trained model."""
    rows = []
    for name in checkpoints.trained():
        for entry in checkpoints.read_metrics(name).get("training", {}).get("history", []):
            for output, value in entry["validation_spearman"].items():
                rows.append(
                    {"model": name, "cell type": output, "epoch": entry["epoch"], "validation": value}
                    | {"loss": entry["training_loss"], "seconds": entry["seconds"]}
                )
    return pd.DataFrame(rows, columns=HISTORY_COLUMNS)


def strata_table() -> pd.DataFrame:
    """Spearman by the size of the measured effect: one row for each quarter of each output of each trained model."""
    rows = []
    for name in checkpoints.trained():
        for output, quarters in checkpoints.read_metrics(name).get("effect_strata", {}).items():
            rows += [{"model": name, "cell type": output, "quarter": q} | metric for q, metric in quarters.items()]
    return pd.DataFrame(rows, columns=STRATA_COLUMNS)
