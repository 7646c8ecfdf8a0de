"""The command line: bad input is one line on standard error and exit code 2, and no half table stays behind."""

import gzip
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engine.cli import sequences
from engine.experiments import checkpoints
from engine.models import predict

ROOT = Path(__file__).resolve().parents[2]
OUTPUTS = ("K562", "HepG2", "WTC11")


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
    "latin-1 bases": (">bad\nAC\xc7T\n".encode("latin-1"), ["position 3"]),
    "half a gzip": (gzip.compress(b">a\nACGT\n", mtime=0)[:-6], ["is cut short"]),
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


@pytest.mark.parametrize("kind", ["empty", "not FASTA", "binary", "half a gzip"])
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
    missing = tmp_path / "missing" / "out.csv"
    error = call(command, one[0], "--model", "mine", "--out", missing).error()
    assert str(missing) in error and "cannot be written" in error
    error = call(command, one[0], "--model", "mine", "--out", folder).error()
    if command == "predict":
        assert str(folder) in error and "cannot be written" in error
    else:  # which write the tracks of a genome browser into a folder
        assert "a track hub needs the genome" in error and "--build" in error
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

    monkeypatch.setattr(sequences, "ism", stop)
    run = call("ism", one[0], "--model", "mine", "--out", tmp_path / "out.csv")
    assert run.code != 0
    assert [f.name for f in tmp_path.glob("out*")] == []


# --- as a user runs it ------------------------------------------------------------------------------


def test_a_user_gets_a_table_from_standard_input(user_call, trained, one):
    file, sequence = one
    run = user_call("predict", "-", "--model", "mine", stdin=file.read_text())
    assert (run.code, run.err) == (0, "")
    header, row = run.rows
    assert header == ["name", *(f"mine.{o}" for o in OUTPUTS)]
    expected = predict.predict(checkpoints.load("mine").model, [sequence]).values
    np.testing.assert_allclose(np.array(row[1:], float), expected[0], rtol=1e-3, atol=1e-4)


def test_a_user_sees_one_line_and_no_traceback_for_a_foreign_letter(user_call, trained):
    run = user_call("predict", "-", "--model", "mine", stdin=">mine\nACGTQ\n")
    error = run.error()
    assert "'Q'" in error and "position 5" in error and run.out == ""


def test_a_user_sees_one_line_and_no_traceback_for_an_unknown_model(user_call, trained, one):
    error = user_call("ig", one[0], "--model", "enformer").error()
    assert "'enformer'" in error and "joint_legnet, mine" in error


def test_a_reader_that_stops_early_gets_no_traceback(trained, one):
    head = shutil.which("head")
    if head is None:
        pytest.skip("there is no head on this machine")
    command = f"'{sys.executable}' -m engine ism '{one[0]}' --model mine | {head} -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert done.stdout == "name,position,genomic_position,genomic_strand,ref,alt," + ",".join(OUTPUTS) + "\n"
    assert "Traceback" not in done.stderr
