"""The command line: data files, models, predictions and attribution maps."""

import csv
import dataclasses
import io
import json

import numpy as np
import pytest

from engine.cli.models import TABLES
from engine.data import sources
from engine.data.sources import SOURCES
from engine.experiments import checkpoints, declared
from engine.fasta import read_fasta
from engine.interpretation.attribution.methods import IGSettings, integrated_gradients, ism
from engine.models import predict
from engine.sequence import reverse_complement
from tests import strict_bedgraph

OUTPUTS = ("K562", "HepG2", "WTC11")
EVERY_FILE = tuple(SOURCES)


# --- data -------------------------------------------------------------------------------------------


@pytest.fixture
def copy_of_data(tmp_path, monkeypatch):
    """A folder of links to every data file, which `CISLENS_DATA` names."""
    folder = tmp_path / "data copy"
    folder.mkdir()
    for source in SOURCES.values():
        (folder / source.file).parent.mkdir(exist_ok=True)
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
def test_a_broken_data_file_ends_a_command_that_reads_it(call, copy_of_data, trained, tmp_path, monkeypatch):
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path / "fresh"))  # a table read before would serve without the file
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


def test_models_shows_scores_with_intervals_and_the_command_for_what_is_not_trained(call, save_model):
    save_model("joint_legnet", metrics=SCORES)
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
    assert [r["name"] for r in rows] == [*declared.names(), "mine"]
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


def test_predict_says_where_a_measurement_is_expected(call, trained, fasta, tmp_path, random_bases):
    assert "python -m engine evaluate mine" in call("predict", fasta, "--model", "mine", "--intervals").error()
    by_level = {"50": 0.5, "80": 1.0, "95": 2.0}
    errors = {"epistemic": 0.0, "aleatoric": 0.0, "constant": 0.25, "reach": by_level, "unsure": None, "n": 99}
    errors |= {"one_width": by_level}
    checkpoints.save_metrics("mine", checkpoints.read_metrics("mine") | {"intervals": {"K562": errors}})
    file = tmp_path / "two.fa"
    file.write_text(f">one\n{random_bases(200)}\n>long\n{random_bases(300)}\n")
    (head, one, long) = call("predict", file, "--model", "mine", "--intervals").rows
    row = dict(zip(head, one, strict=True))
    value = float(row["mine.K562"])
    ends = [float(row[f"mine.K562.{end}80"]) for end in ("from", "to")]
    assert ends == pytest.approx([value - 0.25, value + 0.25], abs=1e-5)
    assert float(row["mine.K562.to95"]) == pytest.approx(value + 0.5, abs=1e-5)
    assert dict(zip(head, long, strict=True))["mine.K562.from80"] in ("", "nan")


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
    assert (run.code, header) == (0, ["name", "position", "genomic_position", "genomic_strand", "ref", "alt", *OUTPUTS])
    assert len(rows) == 3 * len(sequence)
    assert {row[0] for row in rows} == {"promoter"}
    places = [(int(row[1]), *row[4:6]) for row in rows]
    assert places == [(i + 1, ref, alt) for i, ref in enumerate(sequence.bases) for alt in "ACGT" if alt != ref]
    track = ism(checkpoints.load("joint_legnet").model, sequence)
    expected = [track.values[:, p - 1, "ACGT".index(alt)] for p, _, alt in places]
    np.testing.assert_allclose(numbers(rows, 6), expected, rtol=1e-4, atol=1e-5)


def test_the_standardised_ism_is_in_standard_deviations(call, trained, one):
    plain = numbers(call("ism", one[0], "--model", "joint_legnet").rows[1:], 6)
    scaled = numbers(call("ism", one[0], "--model", "joint_legnet", "--standardised").rows[1:], 6)
    np.testing.assert_allclose(scaled * [2.0, 3.0, 4.0], plain, rtol=1e-4, atol=1e-5)


def test_ig_writes_a_row_a_base_and_its_check_to_standard_error(call, trained, one):
    file, sequence = one
    run = call("ig", file, "--model", "joint_legnet", "--steps", 6, "--baseline", "zeros")
    header, *rows = run.rows
    assert (run.code, header) == (0, ["name", "position", "genomic_position", "genomic_strand", "ref", "alt", *OUTPUTS])
    assert [row[:6] for row in rows] == [["promoter", str(i + 1), "", "", b, b] for i, b in enumerate(sequence.bases)]
    track = integrated_gradients(
        checkpoints.load("joint_legnet").model, sequence, IGSettings(baseline="zeros", steps=6)
    )
    expected = np.stack([track.per_position(o) for o in OUTPUTS], axis=1)
    np.testing.assert_allclose(numbers(rows, 6), expected, rtol=1e-3, atol=1e-5)
    assert run.err.startswith("promoter: convergence delta K562 ") and run.err.count("\n") == 1
    shown = [float(part.split()[-3]) for part in run.err.strip().split(",")]
    assert run.err.count("(6 steps)") == len(OUTPUTS)
    np.testing.assert_allclose(shown, [track.checks["convergence_delta"][o] for o in OUTPUTS], rtol=0.06, atol=1e-6)


@pytest.mark.parametrize("command", ["ism", "ig"])
def test_tracks_of_placed_sequences_stand_on_the_genome(call, trained, tmp_path, random_bases, command):
    """Two overlapping sequences, one of the minus strand, as `extract` writes them."""
    file, out = tmp_path / "r.fa", tmp_path / "out.bedgraph"
    whole = random_bases(260)
    file.write_text(f">a chr1:1001-1200(+)\n{whole[:200]}\n>b chr1:1061-1260(-)\n{reverse_complement(whole[60:])}\n")
    rows = call(command, file, "--model", "mine").rows[1:]
    assert rows[0][:4] == ["a", "1", "chr1:1001", "+"]
    assert next(r for r in rows if r[0] == "b")[1:4] == ["1", "chr1:1260", "-"] and rows[-1][2] == "chr1:1061"
    assert call(command, file, "--model", "mine", "--out", out).code == 0
    for track in strict_bedgraph.tracks(out.read_text(), {"chr1": 1260}):
        assert [(a, b) for a, b, _ in track["chr1"]] == [(i, i + 1) for i in range(1000, 1260)]


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


# --- the leaderboard --------------------------------------------------------------------------------


@pytest.mark.parametrize("what", TABLES)
def test_each_table_of_the_leaderboard_is_written_as_csv(call, models_folder, save_model, what):
    save_model("B1_baseline_mse", outputs=("K562",))
    made = TABLES[what]()
    run = call("leaderboard", "--what", what)
    assert run.code == 0
    head, *rows = csv.reader(io.StringIO(run.out))
    assert head == list(made.columns) and len(rows) == len(made)
    if what == "scores":
        assert call("leaderboard").out == run.out
        assert {r[0] for r in rows} >= set(declared.names())


def test_an_unknown_table_of_the_leaderboard_is_named(call):
    assert "unknown table 'sedes'; known: scores, elements, seeds" in call("leaderboard", "--what", "sedes").error()
