"""Design at the command line: what is written can be read back, claims hold or are refuted, what cannot be is told."""

import csv
import dataclasses
import io
import json

import pytest

from engine import store
from engine.design import benchmark, catalogue, peers, twins, warnings
from engine.design.claims import Claims, opened, sealed
from engine.design.declared import EXPERIMENTS
from engine.design.runs import KIND
from engine.errors import InputError
from engine.fasta import read_fasta
from engine.intervals import ErrorModel
from engine.training import workers
from tests.design.reading import read

OUTPUTS = ("K562", "HepG2", "WTC11")


@pytest.fixture
def ready(made_up, save_model, monkeypatch):
    """A made-up library, two small models with intervals, and motif sites that are read without a scan."""
    errors = ErrorModel(0, 0, 0.01, {50: 0.7, 80: 1.3, 95: 2.0}, None, {50: 0.1, 80: 0.2, 95: 0.3}, 40).as_dict()
    for seed, name in enumerate(("joint_legnet", "dream_rnn")):
        save_model(name, seed=seed, metrics={"intervals": dict.fromkeys(OUTPUTS, errors)})
    monkeypatch.setattr(peers, "jaspar_sites", read)
    monkeypatch.setattr(twins, "jaspar_sites", read)
    return made_up


def claims_in(folder) -> Claims:
    return opened((folder / "claims.json").read_bytes(), "claims.json")


def test_designs_from_nothing_are_written_with_twins_and_claims(call, ready, tmp_path):
    words = ("design", "--goal", "K562=1,HepG2=-0.5", "-n", 3, "--method", "natural", "--seed", 4, "--flanks", "AC,GT")
    run = call(*words, "--out", tmp_path / "new" / "a")
    assert run.code == 0, run.err
    claims = claims_in(tmp_path / "new" / "a")
    assert claims.model == "dream_rnn" and [c.name for c in claims.claims] == [f"natural-4-{i}" for i in (1, 2, 3)]
    assert all(c.asked == {"K562": 1.0, "HepG2": -0.5} and c.seed == 4 for c in claims.claims)
    order = list(csv.DictReader((tmp_path / "new" / "a" / "order.csv").open()))
    assert [r["role"] for r in order if not r["twin of"]].count("design") == 3
    assert all(r["oligo"] == f"AC{r['bases']}GT" for r in order)
    records = read_fasta((tmp_path / "new" / "a" / "order.fa").read_text())
    assert [(s.name, s.bases) for s in records] == [(r["name"], r["oligo"]) for r in order]
    sums = sealed(claims)["sha256"]
    assert "3 designs" in run.out and sums in run.out
    assert "learned from folds 2, 3, 4, 5 too" in run.err

    assert call(*words, "--out", tmp_path / "b").code == 0
    assert (tmp_path / "b" / "order.csv").read_text() == (tmp_path / "new" / "a" / "order.csv").read_text()
    listed = call(*words)
    assert list(csv.DictReader(io.StringIO(listed.out))) == order and "no claims were kept" in listed.err


def test_kept_stretches_of_several_templates_stay_and_a_short_one_is_left_out(call, ready, tmp_path, random_bases):
    bases = {"one": random_bases(200, 1), "two": random_bases(200, 2), "short": random_bases(60, 3)}
    file = tmp_path / "in.fa"
    file.write_text("".join(f">{name}\n{b}\n" for name, b in bases.items()))
    run = call("design", file, "--keep", "81-120", "-n", 2, "--method", "natural", "--out", tmp_path / "out")
    assert run.code == 3, run.err
    assert "short, left out: the kept stretch 81-120 does not lie within the 60 bases" in run.err
    claims = claims_in(tmp_path / "out").claims
    assert [c.name for c in claims] == [f"{t}-natural-1-{i}" for t in ("one", "two") for i in (1, 2)]
    for claim in claims:
        assert claim.bases[80:120] == bases[claim.name.split("-")[0]][80:120] and claim.kept == ((80, 120),)
        assert all(twin.bases[80:120] == claim.bases[80:120] for twin in claim.twins)


def test_sequences_of_ones_own_get_the_same(call, ready, tmp_path, random_bases):
    file = tmp_path / "mine.fa"
    file.write_text(f">a\n{random_bases(200, 1)}\n>b\n{random_bases(90, 2)}\n")
    run = call("design-score", file, "--goal", "K562=1", "--model", "joint_legnet", "--out", tmp_path / "out")
    assert run.code == 0, run.err
    claims = claims_in(tmp_path / "out")
    assert [(c.name, c.method) for c in claims.claims] == [("a", "given"), ("b", "given")]
    assert claims.model == "joint_legnet" and claims.claims[1].expected[0].low is not None


def test_claims_are_verified_and_held_against_measurements(call, ready, tmp_path):
    call("design", "--goal", "K562=2", "-n", 2, "--method", "natural", "--out", tmp_path)
    file, claims = tmp_path / "claims.json", claims_in(tmp_path)
    seal = sealed(claims)["sha256"]
    assert call("design", "verify", file).code == 0
    assert call("design", "verify", file, "--sha256", seal).code == 0
    assert "it is another file" in call("design", "verify", file, "--sha256", "0" * 64).error()

    first, control = claims.claims[0], claims.claims[0].twins[0]
    table = tmp_path / "measured.csv"
    table.write_text(f"name,K562\n{first.name},3.5\n{control.name},-2\n{first.name},1\nother,high\n")
    run = call("design", "verify", file, "--measured", table)
    assert run.code == 3, run.err
    rows = list(csv.DictReader(io.StringIO(run.out)))
    assert len(rows) == sum(len(c.statements) for c in claims.claims)
    assert {r["verdict"] for r in rows if r["design"] != first.name} <= {"not measured"}
    for r in rows:
        if r["design"] == first.name and r["kind"] == "shuffled":
            assert float(r["measured"]) == 5.5
            assert r["verdict"] == ("holds" if float(r["bound"]) <= 5.5 else "refuted")
    assert "measured before" in run.err and "is no number" in run.err

    content = json.loads(file.read_text())
    content["claims"][0]["bases"] = "A" * 200
    store.write_json(file, content)
    assert f"changed after it was written: {first.name}" in call("design", "verify", file).error()


def test_ctrl_c_keeps_what_was_designed(call, ready, tmp_path, monkeypatch):
    whole = catalogue.get("natural")

    def stopped(asked, progress):
        made = whole.design(asked, progress)
        yield next(made)
        yield next(made)
        raise KeyboardInterrupt

    monkeypatch.setitem(catalogue.METHODS, "natural", dataclasses.replace(whole, design=stopped))
    run = call("design", "-n", 5, "--method", "natural", "--out", tmp_path)
    assert run.code == 130 and "stopped: 2 of 5 sequences were designed, and are written" in run.err
    assert [c.name for c in claims_in(tmp_path).claims] == ["natural-1-1", "natural-1-2"]

    def at_once(asked, progress):
        raise KeyboardInterrupt

    monkeypatch.setitem(catalogue.METHODS, "natural", dataclasses.replace(whole, design=at_once))
    run = call("design", "-n", 5, "--method", "natural", "--out", tmp_path / "none")
    assert run.code == 130 and run.err == "stopped: no sequence was finished\n"
    assert not list((tmp_path / "none").iterdir())


def test_a_file_named_as_a_command_is_said_how_to_write(call, ready, tmp_path, monkeypatch, random_bases):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train").write_text(f">a\n{random_bases(200)}\n")
    assert "write the file of that name as ./train" in call("design", "train", "--goal", "K562=1").error()
    assert call("design", "./train", "-n", 1, "--method", "natural").code == 0
    assert "name what to train" in call("design", "train").error()


def test_how_often_claims_hold_of_natural_elements_is_a_table(call, ready):
    run = call("design", "coverage", "dream_rnn")
    assert run.code == 0, run.err
    rows = list(csv.DictReader(io.StringIO(run.out)))
    assert {r["kind"] for r in rows} >= {"level", "shuffled"} and {r["model"] for r in rows} == {"dream_rnn"}
    for row in rows:
        assert 0 < int(row["statements"]) <= int(row["of"]) and row["direction"] in ("at least", "at most")


def test_a_set_of_ones_own_is_held_against_nature(call, ready, tmp_path, random_bases):
    file = tmp_path / "mine.fa"
    file.write_text("".join(f">s{i}\n{random_bases(200, i)}\n" for i in range(6)))
    run = call("design-score", file, "--model", "joint_legnet", "--out", tmp_path / "out")
    assert run.code == 0, run.err
    rows = list(csv.DictReader((tmp_path / "out" / "beside_nature.csv").open()))
    assert {r["n"] for r in rows} == {"6"} and all(0 <= float(r["value"]) <= 1 for r in rows)
    assert "6 sequences beside as many natural elements" in run.err and "Told apart by k-mers (AUROC)" in run.err


def test_presets_are_written_edited_and_used(call, ready, tmp_path):
    file = tmp_path / "presets.json"
    assert call("design", "presets", "--out", file).code == 0
    assert warnings.from_json(file.read_bytes()) == warnings.PRESETS
    assert call("design", "presets").out == file.read_text()
    file.write_text('{"presets": [{"name": "mine", "homopolymer": 1}]}')
    run = call("design", "-n", 1, "--method", "natural", "--presets", file)
    rows = list(csv.DictReader(io.StringIO(run.out)))
    assert rows[0]["warnings"].startswith("mine: 2 ")


def test_the_methods_are_listed_with_what_they_need(call):
    run = call("design", "methods")
    assert run.code == 0 and all(f"{name} " in run.out for name in catalogue.METHODS)
    bare = call("design")
    assert "methods" in bare.out + bare.err and "verify" in bare.out + bare.err


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--goal", "K562"), "'K562' is no goal"),
        (("--goal", "K562=high"), "is no goal"),
        (("--goal", "K562=nan"), "is no goal"),
        (("--goal", "K562=1,K562=2"), "twice"),
        (("--goal", "K562=99"), "at most 10"),
        (("--goal", "K56=1", "--method", "nearest"), "unknown cell type 'K56'"),
        (("--method", "dreaming"), "unknown method 'dreaming'"),
        (("--keep", "1-20"), "need a sequence to start from"),
        (("--edits", "3"), "need a sequence to start from"),
        (("--keep", "20-1"), "is no stretch"),
        (("--option", "temperature"), "is no option"),
        (("--option", "warmth=2"), "unknown option of 'natural' 'warmth'"),
        (("--flanks", "ACGT"), "are no flanks"),
        (("--presets", "missing.json"), "cannot be read"),
        (("--guide", "nobody"), "'natural' uses no guide; leave out --guide nobody"),
        (("--guide", "nobody", "--method", "evolution", "--goal", "K562=1"), "nobody"),
        (("--generator", "nobody"), "uses no generator"),
        (("--generator", "nobody", "--method", "masked"), "nobody"),
        (("--model", "nobody"), "nobody"),
        (("--keep", "1-2-3"), "is no stretch"),
        (("--device", "abacus"), "unknown device"),
        (("--goal", "K562=inf"), "is no goal"),
        (("missing.fa",), "missing.fa cannot be read"),
    ],
)
def test_what_cannot_be_designed_is_one_line(call, ready, words, reason):
    given = words if "--method" in words else (*words, "--method", "natural")
    assert reason in call("design", *given, "-n", 2).error()


@pytest.mark.parametrize(
    ("text", "words", "reason"),
    [
        ("", (), "in.fa"),
        (">a\n" + "ACGTN" * 40, (), "needs A, C, G or T at every position"),
        (">a\n" + "ACGTR" * 40, (), "has R at position 5"),
        (">a\nACGTACGT", ("--keep", "1-8"), "all of the sequence is kept"),
        (">a\nACGTACGT", ("--keep", "5-9"), "does not lie within the 8 bases"),
        (">a\n" + "ACGTT" * 1000, ("--method", "natural"), "natural elements have 200 bases"),
        (">a\nACGTACGT\n>a\nTTTTACGT", (), "are named 'a'; give each its own name"),
        (">a\nACGTACGT", ("--method", "natural", "--edits", "2"), "cannot keep to 2 edits"),
    ],
)
def test_what_cannot_be_started_from_is_one_line(call, ready, tmp_path, text, words, reason):
    file = tmp_path / "in.fa"
    file.write_text(text)
    given = words if "--method" in words else (*words, "--method", "evolution", "--guide", "joint_legnet")
    assert reason in call("design", file, "--goal", "K562=1", *given, "-n", 1).error()


def test_lower_case_and_a_single_base_are_designed_from(call, ready, tmp_path, random_bases):
    file = tmp_path / "in.fa"
    for bases, more in ((random_bases(60).lower(), ("--edits", "500")), ("a", ())):
        file.write_text(f">a\n{bases}\n")
        words = ("--goal", "K562=1", "--guide", "joint_legnet", "-n", 1, "--out", tmp_path / "out", *more)
        run = call("design", file, *words)
        assert run.code == 0, run.err
        assert len(claims_in(tmp_path / "out").claims[0].bases) == len(bases)


def test_a_table_that_names_nothing_of_the_claims_is_refused(call, ready, tmp_path):
    call("design", "--goal", "K562=2", "-n", 1, "--method", "natural", "--out", tmp_path)
    table, name = tmp_path / "measured.csv", claims_in(tmp_path).claims[0].name
    table.write_text("name,K562\nmine,3.5\n")
    verify = ("design", "verify", tmp_path / "claims.json", "--measured", table)
    assert "names no design or twin of these claims" in call(*verify).err
    table.write_text(f"name,K562\n{name},3.5\nmine,1\n")
    assert "1 rows name nothing of these claims, as 'mine'" in call(*verify).err
    table.write_text(f"name,K562\n{name},inf\n{name}_shuffled,1\n")
    assert "inf is infinite" in call(*verify).err
    assert call("design", "verify", tmp_path / "claims.json", "--measured", tmp_path / "not.csv").error()  # one line
    table.write_text(f"name;k562\n{name};3,5\n{name}_shuffled;-1,25\n")  # as a German spreadsheet writes it
    decided = call(*verify)
    assert decided.code == 0 and ",4.75,holds" in decided.out
    table.write_text(f"name,HeLa\n{name},1\n")
    assert "has no column of a cell type" in call(*verify).err


def test_a_folder_that_cannot_be_made_ends_the_command_before_the_work(call, ready, tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    assert "cannot be made a folder" in call("design", "--method", "natural", "--out", file).error()


def test_the_benchmark_is_handed_what_was_asked_for(call, ready, monkeypatch):
    asked = {}

    def compute(methods, means, library, settings, progress):
        asked.update(methods=list(methods), settings=settings, judges=[j.name for j in means.judges])
        return benchmark.Benchmark((), (), {"natural": "too few elements"}, {"floor": (0,)}, {}, {})

    monkeypatch.setattr(benchmark, "compute", compute)
    words = ("--judges", "dream_rnn", "--guide", "joint_legnet", "--seeds", 2, "--goals", 4, "--each", 3)
    run = call("design", "benchmark", "natural", *words)
    assert run.code == 3 and "natural, left out: too few elements" in run.err
    assert asked["methods"] == ["natural"] and asked["judges"] == ["dream_rnn"]
    assert (asked["settings"].goals, asked["settings"].each, asked["settings"].seeds) == (4, 3, (0, 1))
    assert "METHOD=NAME" in call("design", "benchmark", "--generator", "masked").error()


def test_generators_are_listed_and_trained_by_name(call, ready, monkeypatch):
    listed = call("design", "list").out
    assert all(name in listed for name in EXPERIMENTS) and "trained: seed 42" in listed
    planned = {}

    def run_all(plan, settings, report, library, **more):
        planned.update(plan=plan, epochs=settings.epochs, kind=more["kind"])
        return [(plan[0], InputError("out of memory"))]

    monkeypatch.setattr(workers, "run_all", run_all)
    assert call("design", "train", "masked_conv_A", "--epochs", 2, "--seeds", "1,2").code == 2
    assert planned == {"plan": [("design.masked_conv_A", 1), ("design.masked_conv_A", 2)], "epochs": 2, "kind": KIND}
    assert "no generator is called 'dreams'" in call("design", "train", "dreams").error()
    assert "design list" in call("design", "train").error()
    for method, generator in catalogue.GENERATORS.items():
        error = call("design", "-n", 1, "--method", method).error()
        assert f"design train {generator.removeprefix('design.')}" in error
