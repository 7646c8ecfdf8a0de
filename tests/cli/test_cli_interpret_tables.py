"""The command line: stored results as tables; the numbers are those of the files."""

import csv
import dataclasses
import io

import pytest

from engine import store
from engine.cli.interpret_tables import TABLES
from engine.data import library
from engine.experiments import checkpoints
from engine.interpretation import analyses, panel, stored
from engine.interpretation.attribution import maps, statistics
from engine.interpretation.motifs import association
from engine.interpretation.reliability import labels, seeds
from engine.interpretation.reliability import store as reliability
from engine.interpretation.representations import embedding, probes, similarity


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
    return library.joint()


def test_every_table_that_is_stored_is_written(call, computed, tmp_path):
    run = call("interpret-tables", tmp_path / "new" / "tables")
    assert run.code == 0
    tables = {f.stem: list(csv.DictReader(f.open())) for f in (tmp_path / "new" / "tables").glob("*.csv")}
    assert set(tables) == {
        "umap", "umap-numbers", "cka", "probes", "attributions", "attribution-profiles", "attribution-agreement",
    }  # fmt: skip
    assert "motif-probes: nothing is stored" in run.err
    kept = probes.read("mine", computed)["GC content"]
    (row,) = [r for r in tables["probes"] if (r["model"], r["target"]) == ("mine", "GC content")]
    assert float(row["value"]) == kept.value and float(row["low"]) == kept.low and row["n"] == str(kept.n)
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


def of_another_time(file) -> None:
    """As if a result had been made with other data and settings."""
    store.write_json(file, (store.load_json(file) or {}) | {"key": "another", "settings": "others"})


@pytest.mark.parametrize("what", [similarity.WHAT, probes.UNTRAINED, association.WHAT])
def test_a_stale_result_is_told_and_the_other_tables_are_written(call, computed, tmp_path, what):
    of_another_time(stored.shared_file(what))
    run = call("interpret-tables", tmp_path)
    assert run.code == 0
    table = "probes" if what == probes.UNTRAINED else what
    (told,) = [line for line in run.err.splitlines() if line.startswith(f"{table}: left out")]
    assert f"{what}.json was made with other" in told and told.endswith(f"python -m engine interpret --what {what}")
    written = {"umap", "umap-numbers", "probes", "attributions", "attribution-profiles", "attribution-agreement"}
    if what != similarity.WHAT:
        written.add("cka")
    assert {f.stem for f in tmp_path.glob("*.csv")} == written
    models = {r["model"] for r in csv.DictReader((tmp_path / "probes.csv").open())}
    assert models == set(checkpoints.trained())  # a stale result of the untrained network leaves the trained ones
    if table != "probes":
        assert f"{what}.json was made with other" in call("interpret-tables", "-", "--what", table).error()
    assert f"findings: left out: {stored.shared_file(what)}" in run.err or what == probes.UNTRAINED


def test_a_broken_or_stale_result_of_one_model_leaves_the_others(call, computed, tmp_path):
    file = stored.file_of(stored.place("mine"), maps.FILE)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    of_another_time(stored.model_file("mine", "umap"))
    run = call("interpret-tables", tmp_path)
    assert run.code == 0
    told = run.err.splitlines()
    assert f"attributions: left out: {file} is broken; run: python -m engine interpret mine --what maps" in told
    assert any(t.startswith("umap: left out") and t.endswith("interpret mine --what umap") for t in told)
    for table in ("attributions", "umap"):
        assert {r["model"] for r in csv.DictReader((tmp_path / f"{table}.csv").open())} == {"joint_legnet"}
    file.write_bytes(whole)
    store.write_json(
        file.parents[1] / checkpoints.DESCRIPTION, checkpoints.read_description("mine") | {"weights_sha256": "0" * 64}
    )
    of_others = call("interpret-tables", tmp_path, "--what", "attributions").err
    assert "of other weights; run: python -m engine interpret mine --what maps" in of_others


def test_maps_of_different_panels_are_told(call, computed, tmp_path, monkeypatch):
    real = maps.read

    def shifted(of):
        found, key = real(of)
        return (dataclasses.replace(found, rows=found.rows + (of.name == "mine")), key)

    monkeypatch.setattr(maps, "read", shifted)
    run = call("interpret-tables", tmp_path, "--what", "attribution-agreement,cka")
    assert run.code == 0 and "are of different elements; run: python -m engine interpret" in run.err
    assert {f.stem for f in tmp_path.glob("*.csv")} == {"cka"}


def test_an_empty_table_names_the_command_that_fills_it_and_the_older_file(call, made_up, trained, tmp_path):
    (tmp_path / "cka.csv").write_text("of an earlier call")
    (tmp_path / "motif-association.csv").write_text("of an earlier call")
    stored.shared_file(association.WHAT).parent.mkdir()
    of_another_time(stored.shared_file(association.WHAT))
    told = call("interpret-tables", tmp_path).err.splitlines()
    left_out = [line for line in told if ": left out: " in line]
    told = [line for line in told if line not in left_out]
    assert [line.split(":")[0] for line in left_out] == ["motif-association", "findings"]
    assert len(told) == len(TABLES)
    assert all(set(table.what) <= set(analyses.WHAT) for table in TABLES.values())
    by_name = {line.split(": ")[0]: line for line in told}
    assert by_name["map-seeds"].endswith("run: python -m engine interpret MODEL --what seeds")
    assert by_name["map-labels"].endswith("run: python -m engine interpret MODEL --what labels")
    assert f"--what cka; {tmp_path / 'cka.csv'} is of an earlier call" in by_name["cka"]
    assert by_name["motif-association"].startswith("motif-association: no rows are left; ")
    assert "motif-association.csv is of an earlier call" in by_name["motif-association"]
    assert by_name["umap"].endswith("run: python -m engine interpret --what umap")
