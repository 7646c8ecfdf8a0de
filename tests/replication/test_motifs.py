"""The study's findings about motifs: what decides, and out of which stored numbers."""

import json

import numpy as np
import pytest

from engine import store
from engine.data import library
from engine.experiments import checkpoints
from engine.interpretation.motifs import association, probes
from engine.interpretation.stored import as_json, model_file, shared_file
from engine.replication import motifs
from engine.replication.finding import HOLDS


def test_rows_of_the_study_are_grouped_by_loss_curriculum_and_network():
    kinds = {n: motifs.loss_type(n) for n in ("B1_baseline_mse", "C2_pl_stepped_curriculum", "R3_ranknet")}
    assert list(kinds.values()) == ["mse", "curriculum", "ranknet"]
    assert motifs.loss_type("D2_bias_factorized") == "other network"


def put_probes(name: str, r2: dict[str, float], spread: float = 0.01) -> None:
    """A stored result whose draws stand `spread` around the values, the same way in every model."""
    draws = np.array(list(r2.values())) + np.linspace(-spread, spread, 101)[:, None]
    file = model_file(name, probes.WHAT)
    metrics = [{"value": v, "low": v - spread, "high": v + spread, "n": 10} for v in r2.values()]
    content = {
        "key": name,
        "weights": checkpoints.read_description(name)["weights_sha256"],
        "settings": as_json(probes.SETTINGS),
        "n": 10,
        "motifs": list(r2),
        **dict.fromkeys(("r2", "composition", "beyond"), metrics),
    }
    store.write_json(file, content)
    np.savez(file.with_suffix(".npz"), key=np.array(name), r2=draws)


def test_findings_are_decided_by_what_is_stored(models_folder, save_model):
    assert motifs.findings([]) == []
    rows = {
        "B1_baseline_mse": {"SP1_GCbox": 0.5, "GATA1": 0.6},
        "R3_ranknet": {"SP1_GCbox": 0.5, "GATA1": 0.4},
        "H1_HepG2_baseline_mse": {"SP1_GCbox": 0.7, "GATA1": 0.1},
    }
    for name, r2 in rows.items():
        save_model(name, outputs=("HepG2",) if name.startswith("H") else ("K562",))
        put_probes(name, r2)
    assert motifs.networks("K562") == ["B1_baseline_mse", "R3_ranknet"]
    assert motifs.networks("K562", "ranknet") == ["R3_ranknet"]
    found = {f.statement: f for f in motifs.findings([])}
    (ranknet,) = (f for s, f in found.items() if "of GATA1 than RankNet" in s)
    # the draws of two models move together, so their difference has no width
    assert (ranknet.ours.value, ranknet.ours.low) == pytest.approx((0.2, 0.2)) and ranknet.verdict == HOLDS
    assert ranknet.published == pytest.approx(0.605 - 0.463)
    (cells,) = (f for s, f in found.items() if "more of GATA1 than HepG2" in s)
    assert cells.ours.value == pytest.approx(0.4) and cells.published == pytest.approx(0.348)
    (lead,) = (f for s, f in found.items() if "hold best" in s)
    assert lead.ours.value == pytest.approx(1.7 / 3 - 1.1 / 3) and "SP1 is the best of 2 of them" in lead.statement


def test_a_result_of_other_weights_does_not_count(models_folder, save_model):
    save_model("B1_baseline_mse", outputs=("K562",))
    put_probes("B1_baseline_mse", {"SP1_GCbox": 0.5, "GATA1": 0.6})
    save_model("B1_baseline_mse", seed=1, outputs=("K562",))
    assert motifs.networks("K562") == []


def test_association_is_stored_and_decides(models_folder, planted):
    of = library.Library(*planted)
    assert association.compute([], of) and not association.compute([], of)
    stored = json.loads(shared_file(association.WHAT).read_text())
    kept = association.read()
    assert [row.as_dict() for row in kept.rows] == stored["rows"] and kept.n == stored["n"]
    assert {cell: {"other": m.other, **m.apart.as_dict()} for cell, m in kept.lead.items()} == stored["lead"]
    lead = stored["lead"]["K562"]
    sizes = {r["motif"]: abs(r["spearman"]["value"]) for r in stored["rows"] if r["cell"] == "K562"}
    own = sizes.pop("SP1_GCbox")
    sizes = {m: v for m, v in sizes.items() if np.isfinite(v)}
    assert lead["other"] == max(sizes, key=sizes.get)
    assert lead["value"] == pytest.approx(own - sizes[lead["other"]])
    assert lead["low"] < lead["value"] < lead["high"]
    assert [f.published for f in motifs.findings([])][:2] == [pytest.approx(0.203 - 0.141), 0.007]
