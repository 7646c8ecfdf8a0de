"""The command line: what every subcommand prints and writes, and what it says of bad input."""

import csv
import dataclasses
import functools
import gzip
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engine import checkpoints, cli, experiments, predict, training
from engine.data import lentimpra, sources, splits
from engine.data.sources import SOURCES
from engine.evaluation import cagi5, held_out
from engine.experiments import EXPERIMENTS, Architecture
from engine.interpretation.attribution import integrated_gradients, ism
from engine.sequence import Sequence, read_fasta

ROOT = Path(__file__).resolve().parent.parent
OUTPUTS = ("K562", "HepG2", "WTC11")
EVERY_FILE = tuple(SOURCES)


@dataclasses.dataclass(frozen=True)
class Run:
    """What a call of the command line left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[list[str]]:
        return list(csv.reader(io.StringIO(self.out)))

    def error(self) -> str:
        """The one line on standard error, after the test that there is no other and that the exit code is 2."""
        assert self.code == 2, self
        assert self.err.startswith("error: ") and self.err.endswith("\n") and self.err.count("\n") == 1, self.err
        return self.err.strip()


@pytest.fixture
def call(monkeypatch, capsys):
    """`python -m engine ...` in this process."""

    def run(*words: object, stdin: bytes = b"") -> Run:
        monkeypatch.setattr(sys, "argv", ["engine", *map(str, words)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            cli.main()
        captured = capsys.readouterr()
        return Run(end.value.code or 0, captured.out, captured.err)

    return run


def subprocess_call(*words: object, stdin: str = "") -> Run:
    """`python -m engine ...` as a user runs it."""
    done = subprocess.run(
        [sys.executable, "-m", "engine", *map(str, words)],
        input=stdin,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        timeout=120,
    )
    return Run(done.returncode, done.stdout, done.stderr)


def save(name: str, model, architecture: str, options: dict, metrics: dict | None = None) -> None:
    declared = dataclasses.replace(EXPERIMENTS["joint_legnet"], name=name, model=Architecture(architecture, options))
    checkpoints.save(name, model, declared)
    if metrics:
        checkpoints.save_metrics(name, metrics)


@pytest.fixture
def trained(models_folder, toy_model, toy_options):
    """Two small models in trained_models/: the declared joint_legnet, and 'mine', which nobody declared."""
    scale = {o: {"mean": 0.1 * i, "sd": 2.0 + i} for i, o in enumerate(OUTPUTS)}
    save("joint_legnet", toy_model("legnet"), "legnet", toy_options["legnet"], {"standardisation": scale})
    save("mine", toy_model("dream_rnn", seed=1), "dream_rnn", toy_options["dream_rnn"])
    return models_folder


@pytest.fixture
def fasta(tmp_path, random_bases):
    """A FASTA file of three sequences: as long as the window, longer, and shorter with an N in it."""
    file = tmp_path / "three.fa"
    short = random_bases(60, seed=3)
    file.write_text(
        f">fits\n{random_bases(200, 1)}\n>long\n{random_bases(330, 2)}\n>short\n{short[:30]}N{short[30:]}\n"
    )
    return file


@pytest.fixture
def one(tmp_path, random_bases):
    """A FASTA file of one sequence that is as long as the window, and the sequence."""
    bases = random_bases(200, seed=7)
    file = tmp_path / "one.fa"
    file.write_text(f">promoter of mine\n{bases[:70].lower()}\n{bases[70:]}\n")
    return file, Sequence("promoter", bases)


# --- data -------------------------------------------------------------------------------------------


@pytest.fixture
def copy_of_data(tmp_path, monkeypatch):
    """A folder of links to every data file, which `CISLENS_DATA` names."""
    folder = tmp_path / "data copy"
    folder.mkdir()
    for source in SOURCES.values():
        (folder / source.file).symlink_to(sources.location(source).resolve())
    monkeypatch.setenv("CISLENS_DATA", str(folder))
    return folder


@pytest.fixture
def unreachable(tmp_path, monkeypatch):
    """An empty cache, no local folder, and download addresses where nobody answers."""
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path / "empty"))
    monkeypatch.delenv("CISLENS_DATA", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for name, source in list(SOURCES.items()):
        if source.url:
            monkeypatch.setitem(SOURCES, name, dataclasses.replace(source, url=f"http://127.0.0.1:9/{source.file}"))
    return tmp_path / "empty"


def test_data_list_tells_state_source_and_licence_of_every_file(call, unreachable):
    run = call("data", "list")
    assert run.code == 0
    for source in SOURCES.values():
        line = next(line for line in run.out.splitlines() if line.startswith(source.name + " "))
        assert line.split()[1] == "missing" and line.endswith(source.what)
        assert f"{source.bytes / 1e6:.2f} MB" in line
        assert source.cite in run.out and source.licence in run.out
        assert (source.url or "no public download") in run.out


@pytest.mark.needs_data(*EVERY_FILE)
def test_data_verify_passes_whole_files(call, copy_of_data):
    run = call("data", "verify")
    assert (run.code, run.err) == (0, "")
    assert [line.split() for line in run.out.splitlines()] == [[name, "ok"] for name in SOURCES]


@pytest.mark.needs_data(*EVERY_FILE)
@pytest.mark.parametrize(("damage", "word"), [("cut", "incomplete"), ("changed", "wrong"), ("gone", "missing")])
def test_data_verify_names_a_broken_file(call, copy_of_data, damage, word):
    file = copy_of_data / SOURCES["cagi5_references"].file
    content = file.read_bytes()
    file.unlink()
    if damage != "gone":
        file.write_bytes(content[:-5] if damage == "cut" else bytes([content[0] ^ 1]) + content[1:])
    run = call("data", "verify")
    error = run.error()
    assert "cagi5_references" in error
    assert not [name for name in SOURCES if name in error and name != "cagi5_references"]
    states = dict(line.split()[:2] for line in run.out.splitlines())
    assert states == dict.fromkeys(SOURCES, "ok") | {"cagi5_references": word}


@pytest.mark.needs_data(*EVERY_FILE)
def test_a_broken_data_file_ends_a_command_that_reads_it(call, copy_of_data, trained):
    file = copy_of_data / SOURCES["satmut"].file
    file.unlink()
    file.write_bytes(b"half")
    error = call("cagi5", "--model", "joint_legnet", "--element", "HBB").error()
    assert "satmut" in error and "incomplete" in error and str(file) in error


@pytest.mark.needs_data(*EVERY_FILE)
def test_data_fetch_downloads_nothing_that_is_there(call, copy_of_data):
    before = {f.name: f.resolve() for f in copy_of_data.iterdir()}
    run = call("data", "fetch", "satmut", "cagi5_references")
    assert run.code == 0
    assert {f.name: f.resolve() for f in copy_of_data.iterdir()} == before


def test_data_fetch_without_network_names_the_file_and_its_address(call, unreachable):
    run = call("data", "fetch", "satmut")
    errors = [line for line in run.err.splitlines() if line.startswith("error:")]
    assert run.code == 2 and len(errors) == 1
    assert "'satmut'" in errors[0] and SOURCES["satmut"].url in errors[0]
    assert "Traceback" not in run.err
    assert not [f for f in unreachable.rglob("*") if f.is_file()]


def test_data_fetch_of_an_unknown_file_lists_the_known_ones(call):
    error = call("data", "fetch", "satmat").error()
    assert "'satmat'" in error
    assert all(name in error for name in SOURCES)


# --- models -----------------------------------------------------------------------------------------

METRIC = {"value": 0.7123, "low": 0.6987, "high": 0.7261, "n": 5698}
SCORES = {
    "held_out": {"K562": {"spearman": METRIC}},
    "cagi5": {"matched_mean": {"K562": {"test": {"all": METRIC | {"n": 2001}, "high": METRIC | {"n": 402}}}}},
}


def test_models_shows_scores_with_intervals_and_the_command_for_what_is_not_trained(call, models_folder, toy_model):
    save("joint_legnet", toy_model(), "legnet", {"width": 8}, SCORES)
    run = call("models")
    assert run.code == 0
    first = run.out.index("joint_legnet\n")
    second = run.out.index("dream_rnn   not trained: python -m engine train dream_rnn\n")
    scores = run.out[first:second]
    assert "K562" in scores and "held-out Spearman 0.712 [0.699, 0.726] (n=5,698)" in scores
    assert "(n=2,001)" in scores and "(n=402)" in scores
    assert "0." not in run.out[second:]


def test_models_json_lists_declared_and_own_models(call, trained):
    checkpoints.save_metrics("mine", SCORES)
    rows = json.loads(call("models", "--json").out)
    assert [r["name"] for r in rows] == [*EXPERIMENTS, "mine"]
    by_name = {r["name"]: r for r in rows}
    assert [by_name[n]["trained"] for n in ("joint_legnet", "dream_rnn", "mine")] == [True, False, True]
    assert by_name["dream_rnn"]["held_out_spearman"] == {} and by_name["dream_rnn"]["cagi5_test"] == {}
    assert by_name["mine"]["held_out_spearman"]["K562"] == METRIC
    assert by_name["mine"]["cagi5_test"]["K562"]["high"]["n"] == 402


# --- predict ----------------------------------------------------------------------------------------


def numbers(rows: list[list[str]], first: int) -> np.ndarray:
    return np.array([[float(v) for v in row[first:]] for row in rows])


def test_predict_writes_a_row_a_sequence_and_a_column_an_output(call, trained, fasta, tmp_path):
    out = tmp_path / "table.csv"
    run = call("predict", fasta, "--model", "joint_legnet,mine", "--out", out)
    assert (run.code, run.out) == (0, "")
    header, *rows = csv.reader(out.open())
    assert header == ["name", *(f"{m}.{o}" for m in ("joint_legnet", "mine") for o in OUTPUTS)]
    assert [row[0] for row in rows] == ["fits", "long", "short"]
    sequences = read_fasta(fasta.read_text())
    expected = [predict.predict(checkpoints.load(m).model, sequences).values for m in ("joint_legnet", "mine")]
    np.testing.assert_allclose(numbers(rows, 1), np.hstack(expected), rtol=1e-4, atol=1e-5)
    assert not list(tmp_path.glob("*.partial"))


def test_predict_reads_standard_input_and_writes_standard_output(call, trained, fasta, tmp_path):
    out = tmp_path / "table.csv"
    call("predict", fasta, "--model", "mine", "--out", out)
    run = call("predict", "-", "--model", "mine", "--out", "-", stdin=fasta.read_bytes())
    assert run.code == 0
    assert run.out == out.read_text()
    assert call("predict", "-", "--model", "mine", stdin=fasta.read_bytes()).out == run.out


def test_predict_reads_what_a_windows_editor_saved(call, trained, fasta, tmp_path):
    windows = tmp_path / "windows.fa"
    windows.write_bytes(b"\xef\xbb\xbf" + fasta.read_bytes().replace(b"\n", b"\r\n"))
    expected = call("predict", fasta, "--model", "mine")
    run = call("predict", windows, "--model", "mine")
    assert (run.code, run.out) == (0, expected.out)


def test_predict_does_not_depend_on_the_batch_size(call, trained, fasta):
    whole, single = (numbers(call("predict", fasta, "--model", "mine", "--batch-size", b).rows[1:], 1) for b in (64, 1))
    np.testing.assert_allclose(whole, single, rtol=1e-4, atol=1e-5)


def test_predict_says_which_window_policies_it_used(call, trained, fasta, one):
    policies = [line.split("'")[1] for line in call("predict", fasta, "--model", "mine").err.splitlines()]
    assert policies == ["pad", "tile"]
    assert call("predict", one[0], "--model", "mine").err == ""
    named = call("predict", one[0], "--model", "mine", "--window", "centre")
    assert (named.code, named.err) == (0, "")


@pytest.mark.parametrize("policy", ["centre", "tile", "whole"])
def test_predict_takes_the_policy_that_was_named(call, trained, tmp_path, random_bases, policy):
    file = tmp_path / "long.fa"
    file.write_text(f">long\n{random_bases(330)}\n")
    run = call("predict", file, "--model", "joint_legnet", "--window", policy)
    assert run.err.startswith(f"window policy '{policy}': ") and run.err.count("\n") == 1
    sequences = read_fasta(file.read_text())
    expected = predict.predict(checkpoints.load("joint_legnet").model, sequences, policy=policy).values
    np.testing.assert_allclose(numbers(run.rows[1:], 1), expected, rtol=1e-4, atol=1e-5)


# --- attribution ------------------------------------------------------------------------------------


def test_ism_writes_the_three_substitutions_of_every_position(call, trained, one):
    file, sequence = one
    run = call("ism", file, "--model", "joint_legnet")
    header, *rows = run.rows
    assert (run.code, header) == (0, ["name", "position", "ref", "alt", *OUTPUTS])
    assert len(rows) == 3 * len(sequence)
    assert {row[0] for row in rows} == {"promoter"}
    places = [(int(row[1]), row[2], row[3]) for row in rows]
    assert places == [(i + 1, ref, alt) for i, ref in enumerate(sequence.bases) for alt in "ACGT" if alt != ref]
    track = ism(checkpoints.load("joint_legnet").model, sequence)
    expected = [track.values[:, p - 1, "ACGT".index(alt)] for p, _, alt in places]
    np.testing.assert_allclose(numbers(rows, 4), expected, rtol=1e-4, atol=1e-5)


def test_the_standardised_ism_is_in_standard_deviations(call, trained, one):
    plain = numbers(call("ism", one[0], "--model", "joint_legnet").rows[1:], 4)
    scaled = numbers(call("ism", one[0], "--model", "joint_legnet", "--standardised").rows[1:], 4)
    np.testing.assert_allclose(scaled * [2.0, 3.0, 4.0], plain, rtol=1e-4, atol=1e-5)


def test_ig_writes_a_row_a_base_and_its_check_to_standard_error(call, trained, one):
    file, sequence = one
    run = call("ig", file, "--model", "joint_legnet", "--steps", 6, "--baseline", "zeros")
    header, *rows = run.rows
    assert (run.code, header) == (0, ["name", "position", "ref", "alt", *OUTPUTS])
    assert [row[:4] for row in rows] == [["promoter", str(i + 1), b, b] for i, b in enumerate(sequence.bases)]
    track = integrated_gradients(checkpoints.load("joint_legnet").model, sequence, baseline="zeros", steps=6)
    expected = np.stack([track.per_position(o) for o in OUTPUTS], axis=1)
    np.testing.assert_allclose(numbers(rows, 4), expected, rtol=1e-3, atol=1e-5)
    assert run.err.startswith("promoter: convergence delta K562 ") and run.err.count("\n") == 1
    shown = [float(part.split()[-1]) for part in run.err.strip().split(",")]
    np.testing.assert_allclose(shown, [track.checks["convergence_delta"][o] for o in OUTPUTS], rtol=0.06, atol=1e-6)


def test_the_simplex_correction_and_the_baseline_change_the_ig_map(call, trained, one):
    runs = [
        call("ig", one[0], "--model", "joint_legnet", "--steps", 2, *more).out
        for more in ((), ("--simplex",), ("--baseline", "shuffles"))
    ]
    assert len(set(runs)) == 3


def test_attribution_of_several_sequences_goes_into_one_table(call, trained, tmp_path, random_bases):
    file, out = tmp_path / "two.fa", tmp_path / "two.csv"
    file.write_text(f">a\n{random_bases(40, 1)}\n>b\n{random_bases(30, 2)}\n")
    run = call("ism", file, "--model", "mine", "--out", out)
    assert (run.code, run.out) == (0, "")
    header, *rows = csv.reader(out.open())
    assert header[0] == "name"
    assert [row[0] for row in rows] == ["a"] * 120 + ["b"] * 90
    assert rows[120][1] == "1"


# --- scores and training ----------------------------------------------------------------------------


@pytest.mark.needs_data("satmut", "cagi5_references")
def test_cagi5_scores_the_named_element(call, trained, monkeypatch):
    monkeypatch.setattr(cagi5, "evaluate", functools.partial(cagi5.evaluate, resamples=40))
    run = call("cagi5", "--model", "joint_legnet", "--element", "HBB", "--json")
    assert run.code == 0
    result = json.loads(run.out)
    assert list(result["elements"]) == ["HBB"]
    entry = result["elements"]["HBB"]
    assert entry["cells"] == "HEL 92.1.7"
    for output in OUTPUTS:
        scores = {subset: entry["spearman"][output][subset]["all"] for subset in ("test", "training", "all")}
        assert scores["test"]["n"] + scores["training"]["n"] == scores["all"]["n"] == 3 * 187
        assert all(-1 <= s["low"] <= s["value"] <= s["high"] <= 1 for s in scores.values())
    # HBB alone is not all elements matched to K562, so there is no mean
    assert result["matched_mean"] == {}
    text = call("cagi5", "--model", "joint_legnet", "--element", "HBB").out
    test = entry["spearman"]["HepG2"]["test"]["all"]
    assert f"HepG2  test, all {test['value']:.3f} [{test['low']:.3f}, {test['high']:.3f}] (n={test['n']})" in text


def test_cagi5_of_an_unknown_element_lists_the_known_ones(call, trained):
    error = call("cagi5", "--model", "joint_legnet", "--element", "HBA").error()
    assert "'HBA'" in error and "HBB" in error and "TERT-HEK293T" in error


CAGI5_RESULT = {"scoring": {}, "elements": {}, "matched_mean": {"K562": {"test": {"all": METRIC, "high": METRIC}}}}


@pytest.fixture
def made_up(monkeypatch, models_folder, tmp_path):
    """A table of 400 made-up elements, its split, and a CAGI5 evaluation that is not computed."""
    rng = np.random.default_rng(0)
    names = np.array([f"peak{i}" for i in range(400)])
    codes = rng.integers(0, 4, (400, 200)).astype(np.uint8)
    activity = rng.normal(size=(400, 3)).astype(np.float32)
    activity[:40, 1] = np.nan
    table = lentimpra.ActivityTable(names, codes, activity, OUTPUTS, np.array(["other"] * 400), "hash-of-the-data")
    split = splits.Split((np.arange(400) % 10).astype(np.int8), np.arange(400, dtype=np.int32), "hash-of-the-split")
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(lentimpra, "joint", lambda: table)
    monkeypatch.setattr(splits, "joint_split", lambda _: split)
    monkeypatch.setattr(sources, "path", lambda name: Path(name))
    monkeypatch.setattr(cagi5, "evaluate", lambda model, **_: CAGI5_RESULT)
    monkeypatch.setattr(held_out, "measure", functools.partial(held_out.measure, resamples=20))
    small = dataclasses.replace(
        EXPERIMENTS["joint_legnet"],
        optimizer=dataclasses.replace(EXPERIMENTS["joint_legnet"].optimizer, epochs=2, batch_size=64),
        seeds=(5, 6),
    )
    monkeypatch.setitem(experiments.EXPERIMENTS, "joint_legnet", small)
    return table, split


TRAIN = ("train", "joint_legnet", "--width", 4, "--device", "cpu", "--precision", "fp32")


def test_train_keeps_weights_and_everything_that_was_measured(call, made_up, models_folder):
    table, split = made_up
    run = call(*TRAIN)
    assert run.code == 0
    assert checkpoints.load("joint_legnet").description["config"]["width"] == 4
    metrics = json.loads((models_folder / "joint_legnet" / "metrics.json").read_text())
    facts = metrics["training"]
    assert facts["seed"] == 5 and facts["device"].startswith("CPU") and facts["precision"] == "float32"
    assert facts["seconds"] > 0 and facts["epochs"] == 2 and facts["stopped"] == "finished"
    assert facts["rows"] == {"training": 320, "validation": 40, "test": 40}
    assert metrics["data_hash"] == facts["data_hash"] == table.hash
    assert metrics["split_hash"] == facts["split_hash"] == split.hash
    assert "30-mer" in facts["split"]
    for output in OUTPUTS:
        score = metrics["held_out"][output]["spearman"]
        measured = ~np.isnan(table.column(output)[split.test])
        assert score["n"] == measured.sum()
        assert -1 <= score["low"] <= score["value"] <= score["high"] <= 1
        assert metrics["standardisation"][output]["sd"] > 0
    assert metrics["held_out"]["HepG2"]["spearman"]["n"] == 36  # four of the test rows were not measured
    assert metrics["cagi5"] == CAGI5_RESULT
    assert str(models_folder / "joint_legnet") in run.out
    assert not list(sources.cache_folder().rglob("*.state"))


def test_train_takes_seed_and_epochs_from_the_command_line(call, made_up):
    assert call(*TRAIN, "--seed", 9, "--epochs", 1).code == 0
    facts = checkpoints.read_metrics("joint_legnet")["training"]
    assert (facts["seed"], facts["epochs"]) == (9, 1)


def test_train_refuses_to_replace_a_trained_model_without_again(call, made_up, models_folder):
    assert call(*TRAIN, "--epochs", 1).code == 0
    files = {f: f.read_bytes() for f in (models_folder / "joint_legnet").iterdir()}
    error = call(*TRAIN, "--epochs", 1, "--seed", 8).error()
    assert "'joint_legnet'" in error and "--again" in error
    assert {f: f.read_bytes() for f in (models_folder / "joint_legnet").iterdir()} == files
    assert call(*TRAIN, "--epochs", 1, "--seed", 8, "--again").code == 0
    assert checkpoints.read_metrics("joint_legnet")["training"]["seed"] == 8


def interrupt_after(monkeypatch, epochs: int) -> None:
    """Ctrl-C during the epoch that follows `epochs` whole ones."""
    score, calls = training.validation_spearman, []

    def stop(*arguments):
        calls.append(1)
        if len(calls) > epochs:
            raise KeyboardInterrupt
        return score(*arguments)

    monkeypatch.setattr(training, "validation_spearman", stop)


def test_ctrl_c_keeps_the_state_and_the_same_command_goes_on(call, made_up, models_folder, monkeypatch):
    with monkeypatch.context() as patch:
        interrupt_after(patch, 1)
        run = call(*TRAIN)
    assert run.code == 130 and "Traceback" not in run.err
    state = sources.cache_folder() / "training" / "joint_legnet-5.state"
    assert state.is_file() and str(state) in run.err
    assert not models_folder.exists()
    assert call(*TRAIN).code == 0
    resumed = checkpoints.load("joint_legnet")
    assert [h["epoch"] for h in resumed.metrics["training"]["history"]] == [1, 2]
    assert not state.exists()
    # and it ends where a run ends that nobody stopped
    assert call(*TRAIN, "--again").code == 0
    assert checkpoints.load("joint_legnet").weights_hash == resumed.weights_hash


def test_ctrl_c_in_the_first_epoch_does_not_claim_to_have_kept_anything(call, made_up, models_folder, monkeypatch):
    interrupt_after(monkeypatch, 0)
    run = call(*TRAIN)
    assert run.code == 130
    assert "nothing is kept" in run.err
    assert not list(sources.cache_folder().rglob("*.state"))


def test_a_state_of_another_run_is_refused(call, made_up, monkeypatch):
    with monkeypatch.context() as patch:
        interrupt_after(patch, 1)
        assert call(*TRAIN).code == 130
    error = call(*TRAIN, "--epochs", 3).error()
    assert "joint_legnet-5.state" in error and "delete it" in error


def test_train_fails_before_the_training_when_the_data_of_the_scores_are_missing(call, made_up, monkeypatch, tmp_path):
    monkeypatch.undo()
    monkeypatch.setenv("CISLENS_DATA", str(tmp_path))
    table, split = made_up
    monkeypatch.setattr(lentimpra, "joint", lambda: table)
    monkeypatch.setattr(splits, "joint_split", lambda _: split)
    monkeypatch.setattr(cli, "train", lambda *_, **__: pytest.fail("trained without data to score with"))
    assert "'satmut'" in call("train", "joint_legnet", "--again").error()


def test_evaluate_scores_anew_and_keeps_what_is_known_of_the_training(call, made_up, toy_model):
    table, split = made_up
    save("mine", toy_model(), "legnet", {"width": 8}, {"training": {"seed": 3, "seconds": 12.5}})
    run = call("evaluate", "mine")
    assert run.code == 0
    metrics = checkpoints.read_metrics("mine")
    assert metrics["training"] == {"seed": 3, "seconds": 12.5}
    assert (metrics["data_hash"], metrics["split_hash"]) == (table.hash, split.hash)
    assert metrics["weights_sha256"] == checkpoints.load("mine").weights_hash
    value = metrics["held_out"]["WTC11"]["spearman"]["value"]
    assert f"WTC11  held-out spearman {value:.3f}" in run.out
    assert "0.712 [0.699, 0.726] (n=5,698)" in run.out


@pytest.mark.parametrize("command", ["evaluate", "train"])
def test_a_model_that_nobody_declared_is_named(call, made_up, command):
    error = call(command, "joint_legnot").error()
    assert "'joint_legnot'" in error


# --- bad input --------------------------------------------------------------------------------------

BAD_FASTA = {
    "empty": (b"", ["is empty"]),
    "blank": (b" \n\n", ["is empty"]),
    "not FASTA": (b"ACGTACGT\nACGT\n", ["not FASTA", "'ACGTACGT"]),
    "a letter": (b">good\nACGT\n>bad\nACGTJACGT\n", ["'bad'", "'J'", "position 5"]),
    "a gap sign": (b">bad\nAC-T\n", ["'bad'", "'-'", "position 3"]),
    "no bases": (b">good\nACGT\n>hollow\n", ["'hollow'", "no bases"]),
    "two of a name": (b">twin\nACGT\n>twin\nAC\n", ["'twin'"]),
    "binary": (bytes(range(256)), ["is not text"]),
    "latin-1": (">caf\xe9\nACGT\n".encode("latin-1"), ["is not text"]),
    "gzip": (gzip.compress(b">a\nACGT\n"), ["is not text", "unpacked"]),
}


@pytest.mark.parametrize("command", ["predict", "ism", "ig"])
@pytest.mark.parametrize("kind", BAD_FASTA)
def test_bad_fasta_is_one_line_that_names_the_file_or_the_record(call, trained, tmp_path, command, kind):
    content, named = BAD_FASTA[kind]
    file, out = tmp_path / "bad input.fa", tmp_path / "out.csv"
    file.write_bytes(content)
    error = call(command, file, "--model", "joint_legnet", "--out", out).error()
    assert all(word in error for word in named), error
    assert str(file) in error or "'bad'" in error
    assert not out.exists() and not list(tmp_path.glob("*.partial"))


@pytest.mark.parametrize("kind", ["empty", "not FASTA", "binary", "gzip"])
def test_bad_standard_input_is_named_as_such(call, trained, kind):
    error = call("predict", "-", "--model", "mine", stdin=BAD_FASTA[kind][0]).error()
    assert error.startswith("error: standard input is")


@pytest.mark.parametrize("command", ["predict", "ism", "ig"])
def test_a_file_that_cannot_be_read_is_named(call, trained, tmp_path, command):
    for file in (tmp_path / "nowhere.fa", tmp_path):
        error = call(command, file, "--model", "mine").error()
        assert str(file) in error and "cannot be read" in error


@pytest.mark.parametrize("command", ["predict", "ism", "ig"])
@pytest.mark.parametrize(("policy", "length"), [("pad", 201), ("centre", 199), ("tile", 199), ("whole", 99)])
def test_a_sequence_that_a_policy_cannot_fit_is_named(
    call, trained, one, tmp_path, random_bases, command, policy, length
):
    file, out = tmp_path / "unfit.fa", tmp_path / "out.csv"
    file.write_text(f">unfit\n{random_bases(length)}\n{one[0].read_text()}")
    error = call(command, file, "--model", "joint_legnet", "--window", policy, "--out", out).error()
    assert f"'unfit' has {length} bases" in error and "use '" in error
    assert not out.exists() and not list(tmp_path.glob("*.partial"))


@pytest.mark.parametrize(
    ("command", "option", "value", "known"),
    [
        *((c, "--window", "crop", ("centre", "tile", "pad", "whole")) for c in ("predict", "ism", "ig")),
        *((c, "--device", "tpu", ("auto", "cpu", "cuda", "mps")) for c in ("predict", "ism", "ig")),
        *((c, "--model", "enformer", ("joint_legnet", "mine")) for c in ("predict", "ism", "ig")),
        ("ig", "--baseline", "ones", ("zeros", "uniform", "shuffles")),
    ],
)
def test_an_unknown_name_lists_the_known_ones(call, trained, one, tmp_path, command, option, value, known):
    out = tmp_path / "out.csv"
    words = {"--model": "mine"} | {option: value}
    error = call(command, one[0], "--out", out, *(w for pair in words.items() for w in pair)).error()
    assert f"'{value}'" in error
    assert all(name in error for name in known)
    assert not out.exists() and not list(tmp_path.glob("*.partial"))


def test_one_unknown_model_of_several_ends_the_command(call, trained, one):
    assert "'enformer'" in call("predict", one[0], "--model", "mine,enformer").error()


def test_a_declared_model_without_weights_tells_the_command_that_trains_it(call, models_folder, one):
    error = call("predict", one[0], "--model", "dream_rnn").error()
    assert "'dream_rnn' is not trained" in error and "python -m engine train dream_rnn" in error


def test_a_device_that_this_machine_lacks_is_named(call, trained, one, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    error = call("predict", one[0], "--model", "mine", "--device", "cuda").error()
    assert "cuda" in error and "--device cpu" in error


def test_a_standardised_map_of_a_model_without_scores_says_how_to_score_it(call, trained, one):
    for command in ("ism", "ig"):
        error = call(command, one[0], "--model", "mine", "--standardised").error()
        assert "'mine'" in error and "python -m engine evaluate mine" in error


@pytest.mark.parametrize("command", ["predict", "ism", "ig"])
def test_an_output_that_cannot_be_written_is_named(call, trained, one, tmp_path, command):
    folder = tmp_path / "a folder"
    folder.mkdir()
    for out in (tmp_path / "missing" / "out.csv", folder):
        error = call(command, one[0], "--model", "mine", "--out", out).error()
        assert str(out) in error and "cannot be written" in error
    assert not list(folder.iterdir()) and not (tmp_path / "missing").exists()


def test_a_run_that_fails_half_way_leaves_the_earlier_table_as_it_was(call, trained, tmp_path, random_bases):
    file, out = tmp_path / "two.fa", tmp_path / "out.csv"
    file.write_text(f">fits\n{random_bases(20)}\n>unfit\n{random_bases(201)}\n")
    out.write_text("earlier\n")
    assert "'unfit'" in call("ism", file, "--model", "mine", "--window", "pad", "--out", out).error()
    assert out.read_text() == "earlier\n"
    assert not list(tmp_path.glob("*.partial"))


def test_ctrl_c_leaves_no_half_table(call, trained, one, tmp_path, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "ism", stop)
    run = call("ism", one[0], "--model", "mine", "--out", tmp_path / "out.csv")
    assert run.code != 0
    assert [f.name for f in tmp_path.glob("out*")] == []


# --- as a user runs it ------------------------------------------------------------------------------


def test_a_user_gets_a_table_from_standard_input(trained, one):
    file, sequence = one
    run = subprocess_call("predict", "-", "--model", "mine", stdin=file.read_text())
    assert (run.code, run.err) == (0, "")
    header, row = run.rows
    assert header == ["name", *(f"mine.{o}" for o in OUTPUTS)]
    expected = predict.predict(checkpoints.load("mine").model, [sequence]).values
    np.testing.assert_allclose(numbers([row], 1), expected, rtol=1e-3, atol=1e-4)


def test_a_user_sees_one_line_and_no_traceback_for_a_foreign_letter(trained):
    run = subprocess_call("predict", "-", "--model", "mine", stdin=">mine\nACGTQ\n")
    error = run.error()
    assert "'Q'" in error and "position 5" in error and run.out == ""


def test_a_user_sees_one_line_and_no_traceback_for_an_unknown_model(trained, one):
    error = subprocess_call("ig", one[0], "--model", "enformer").error()
    assert "'enformer'" in error and "joint_legnet, mine" in error


def test_a_reader_that_stops_early_gets_no_traceback(trained, one):
    head = shutil.which("head")
    if head is None:
        pytest.skip("there is no head on this machine")
    command = f"'{sys.executable}' -m engine ism '{one[0]}' --model mine | {head} -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert done.stdout == "name,position,ref,alt," + ",".join(OUTPUTS) + "\n"
    assert "Traceback" not in done.stderr
