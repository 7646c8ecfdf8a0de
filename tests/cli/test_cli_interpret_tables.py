"""The command line: stored results as tables; the numbers are those of the files."""

import csv
import io

import pytest

from engine import checkpoints
from engine.interpretation import embedding, maps, panel, probes, similarity, stored
from engine.interpretation import map_statistics as statistics
from engine.interpretation.reliability import labels, seeds
from engine.interpretation.reliability import store as reliability


@pytest.fixture
def computed(monkeypatch, made_up, trained, call):
    """Maps, probes and similarity of two networks of a made-up library."""
    monkeypatch.setattr(embedding, "umap", lambda embedded, *_: embedded[:, :2])
    monkeypatch.setattr(embedding, "DRAWS", 5)
    monkeypatch.setattr(similarity, "DRAWS", 5)
    monkeypatch.setattr(probes, "ALPHAS", (1.0, 100.0))
    monkeypatch.setattr(maps, "PER_HALF", 3)
    monkeypatch.setattr(maps, "STEPS", 2)
    checkpoints.save_metrics("mine", checkpoints.read_metrics("joint_legnet"))  # a scale to tell maps on
    assert call("interpret", "--what", "umap,probes,cka,maps").code == 0
    return panel.library()


def test_every_table_that_is_stored_is_written(call, computed, tmp_path):
    run = call("interpret-tables", tmp_path / "new" / "tables")
    assert run.code == 0
    tables = {f.stem: list(csv.DictReader(f.open())) for f in (tmp_path / "new" / "tables").glob("*.csv")}
    assert set(tables) == {
        "umap", "umap-numbers", "cka", "probes", "attributions", "attribution-profiles", "attribution-agreement",
    }  # fmt: skip
    assert "motif-probes: nothing is stored" in run.err
    kept = probes.stored("mine", computed)["GC content"]
    (row,) = [r for r in tables["probes"] if (r["model"], r["target"]) == ("mine", "GC content")]
    assert float(row["value"]) == kept["value"] and float(row["low"]) == kept["low"] and row["n"] == str(kept["n"])
    one, other = (maps.read(stored.place(n))[0] for n in ("joint_legnet", "mine"))
    expected = statistics.agreement(one.profile("K562", "ism"), other.profile("K562", "ism"))
    (row,) = [r for r in tables["attribution-agreement"] if (r["output"], r["recipe"]) == ("K562", "ISM")]
    assert float(row["value"]) == pytest.approx(expected.value)
    assert len(tables["umap"]) == 2 * len(panel.rows(computed))
    length = one.codes.shape[1]
    assert [r["position"] for r in tables["attribution-profiles"][:length]] == [str(i + 1) for i in range(length)]
    pairs = [(r["compared"], r["first"], r["second"]) for r in tables["cka"]]
    assert pairs == [(view, "mine", "joint_legnet") for view in similarity.VIEWS]


def test_one_table_goes_to_standard_output_and_what_is_unknown_is_named(call, computed, tmp_path):
    rows = list(csv.DictReader(io.StringIO(call("interpret-tables", "-", "--what", "umap-numbers").out)))
    assert {r["model"] for r in rows} == set(checkpoints.trained())
    assert "takes one table" in call("interpret-tables", "-").error()
    assert "unknown table 'tea'" in call("interpret-tables", "-", "--what", "tea").error()
    (tmp_path / "file").write_text("")
    assert "cannot be made a folder" in call("interpret-tables", tmp_path / "file").error()


def test_what_is_known_of_maps_is_written_as_it_is_stored(call, computed, monkeypatch):
    checkpoint = checkpoints.load("mine")
    metric = {"value": 0.5, "low": 0.25, "high": 0.75, "n": 12}
    both = {"ig": metric, "ism": metric}
    part = {
        "checks": {"ig_ism": [0.5, 0.6, 0.7, float("nan")]},
        "planted": {"motif": "SP1", **{m: {"auroc": metric} for m in both}},
        "measured": {"HBB": both},
        "randomised": [{"part": "head", "ig": metric, "gradient": metric}],
    }
    content = {"outputs": {"K562": part}, "familiar": {"random": {"warn": 0.125, "n": 200}}}
    stored.write_json(stored.file_of(checkpoint, reliability.FILE), checkpoint.weights_hash, content)
    kinds = {kind: {"fit": {"K562": 0.875}, "maps": {"K562": both}} for kind in labels.KINDS}
    stored.write_json(stored.file_of(checkpoint, labels.FILE), checkpoint.weights_hash, {"kinds": kinds})
    own = maps.read(stored.place("mine"))[0]
    monkeypatch.setattr(seeds, "read", lambda place: [own, own, own] if place.name == "mine" else [])

    def rows(what: str) -> list[dict]:
        return list(csv.DictReader(io.StringIO(call("interpret-tables", "-", "--what", what).out)))

    checks = {(r["what"], r["measure"]): r for r in rows("map-checks")}
    assert float(checks["held-out maps", "ig_ism"]["value"]) == pytest.approx(0.6)
    assert checks["held-out maps", "ig_ism"]["n"] == "3"
    told = {("planted SP1", "ig auroc"), ("measured HBB", "ism spearman"), ("redrawn to head", "gradient |r|")}
    assert all(float(checks[key]["low"]) == 0.25 for key in told)
    assert [(r["sequences"], r["share that warns"]) for r in rows("map-warnings")] == [("random", "0.125")]
    assert {(r["labels"], r["method"], r["fit"], r["value"]) for r in rows("map-labels")} == {
        (kind, method, "0.875", "0.5") for kind in labels.KINDS for method in both
    }
    told = rows("map-seeds")
    assert {(r["model"], r["networks"]) for r in told} == {("mine", "3")}
    assert {round(float(r["value"]), 6) for r in told} == {1}
