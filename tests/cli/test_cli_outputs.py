"""`--out` of every command: the ending chooses the format, links and pipes stay what they are, and how a run ends."""

import gzip
import os
import signal
import subprocess
import sys
import threading

import pysam
import pytest

from engine import cli, store
from engine.cli import outputs
from engine.cli.outputs import ENDINGS, output, text_writer
from engine.errors import InputError
from tests.cli.conftest import ROOT

unix = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes and devices of Unix")


@pytest.mark.parametrize("kind", ENDINGS)
def test_every_ending_is_its_format_in_any_case_and_no_other(kind):
    for ending in ENDINGS[kind]:
        assert output(f"a.b{ending}", "csv", kind).format == kind
        assert output(f"A{ending.upper()}", "csv", kind).format == kind
        packed = f"a{ending}.gz"
        if kind in outputs.PACKED:
            assert output(packed, kind).is_packed and output(packed, kind).format == kind
        else:
            with pytest.raises(InputError, match="does not say what to write"):
                output(packed, kind)


@pytest.mark.parametrize("name", ["a", "a.txt", "a.gz", "a.csv.zip", "a.csv.", "csv", "a.bw", "a.xlsx", ""])
def test_an_unknown_ending_is_refused_with_the_known_ones(name, tmp_path):
    with pytest.raises(InputError, match=r"end its name in \.csv\[\.gz\], \.bedgraph\[\.gz\] or \.vcf\[\.gz\]$"):
        output(str(tmp_path / name) if name else name, "csv", "bedgraph", "vcf")


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(InputError, match=r"it is a folder\); name a file that ends in \.csv"):
        output(str(tmp_path), "csv")
    assert output(f"{tmp_path}/new/", "csv", "hub").format == output(str(tmp_path), "csv", "hub").format == "hub"


def test_every_command_refuses_an_unknown_ending(call, trained, fasta, tmp_path):
    for ending, words in (
        (".tsv", ("predict", fasta, "--model", "mine")),
        (".vcf", ("ism", fasta, "--model", "mine")),
        (".bed", ("variants", "chr1:5 A>C", "--genome", fasta, "--model", "mine")),
        (".wig", ("scan", fasta, "--model", "mine")),
        (".txt", ("extract", "fits:1-60", "--genome", fasta)),
        (".gff", ("motifs", fasta)),
        (".gb", ("walk", fasta, "--model", "mine", "--objective", "K562")),
        (".pdf", ("report", fasta, "--model", "mine")),
        (".xlsx", ("leaderboard",)),
    ):
        out = tmp_path / f"o{ending}"
        error = call(*words, "--out", out).error()
        assert "does not say what to write; end its name in ." in error and not out.exists()


def test_gz_is_packed_and_a_vcf_gets_an_index(call, fasta, tmp_path):
    assert call("extract", "fits:11-60", "--genome", fasta, "--out", tmp_path / "r.fa.gz").code == 0
    assert gzip.decompress((tmp_path / "r.fa.gz").read_bytes()).startswith(b">fits:11-60")
    with pysam.FastxFile(str(tmp_path / "r.fa.gz")) as records:
        assert [len(r.sequence) for r in records] == [50]

    vcf = tmp_path / "a.vcf.gz"
    head = "##fileformat=VCFv4.2\n##contig=<ID=chr1>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    (tmp_path / "a.vcf.gz.csi").write_bytes(b"of an older file")
    with text_writer(output(str(vcf), "csv", "vcf")) as handle:
        handle.write(head + "".join(f"chr1\t{i}\t.\tA\tC\t.\t.\t.\n" for i in (5, 50, 500)))
    with pysam.VariantFile(str(vcf)) as found:
        assert [r.pos for r in found.fetch("chr1", 40, 600)] == [50, 500]
    assert sorted(f.name for f in tmp_path.iterdir() if f.name.startswith("a.vcf")) == ["a.vcf.gz", "a.vcf.gz.tbi"]


def test_unsorted_places_are_packed_without_an_index_that_would_lie(tmp_path, capsys):
    bed = tmp_path / "a.bed.gz"
    (tmp_path / "a.bed.gz.tbi").write_bytes(b"of an older file")
    with text_writer(output(str(bed), "bed")) as handle:
        handle.write("chr1\t9\t10\nchr1\t5\t6\n")
    assert gzip.decompress(bed.read_bytes()) == b"chr1\t9\t10\nchr1\t5\t6\n"
    assert os.listdir(tmp_path) == ["a.bed.gz"] and "not sorted by place" in capsys.readouterr().err


@unix
def test_a_link_keeps_its_target_and_a_pipe_is_written_to(call, trained, fasta, tmp_path):
    words = ("predict", fasta, "--model", "mine", "--out")
    real, link, pipe = tmp_path / "real.csv", tmp_path / "link.csv", tmp_path / "pipe"
    real.write_text("old")
    link.symlink_to("real.csv")
    os.mkfifo(pipe)
    assert call(*words, link).code == 0
    assert link.is_symlink() and real.read_text().startswith("name,mine.K562")
    got = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_text()))
    reader.start()
    assert call(*words, pipe).code == 0
    reader.join()
    assert got == [real.read_text()] and pipe.is_fifo()
    with (tmp_path / "opened").open("wb") as handle:
        assert call(*words, f"/dev/fd/{handle.fileno()}").code == 0
    assert (tmp_path / "opened").read_text() == real.read_text()


def test_two_runs_with_one_out_leave_one_of_the_two_whole(tmp_path):
    out = tmp_path / "o.csv"
    first, second = (text_writer(output(str(out), "csv")) for _ in range(2))
    first.__enter__().write("A" * 10)
    second.__enter__().write("B" * 5)
    first.__exit__(None, None, None)
    assert out.read_text() == "A" * 10
    second.__exit__(None, None, None)
    assert out.read_text() == "B" * 5 and os.listdir(tmp_path) == ["o.csv"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs the device that is always full")
def test_a_full_disk_is_one_line_and_the_earlier_result_stays(call, trained, fasta, tmp_path, monkeypatch):
    full = tmp_path / "full.csv"
    full.symlink_to("/dev/full")
    run = call("predict", fasta, "--model", "mine", "--out", full)
    assert run.code == 2 and run.err.endswith(f"error: {full} cannot be written (No space left on device)\n")

    out = tmp_path / "o.fa"
    out.write_text("earlier")

    def no_room(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "_fsync", no_room)
    words = ("walk", fasta, "--model", "mine", "--objective", "K562", "--edits", 1, "--out", out)
    assert f"error: {out} cannot be written (No space left on device)\n" in call(*words).err
    assert out.read_text() == "earlier" and not list(tmp_path.glob(".*"))


@unix
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_run_that_is_told_to_end_leaves_no_partial_file(sent, code, tmp_path):
    out = tmp_path / "o.csv"
    script = f"""
import time, typer
from engine import cli
from engine.cli.outputs import output, text_writer
app = typer.Typer()
@app.command()
def work():
    with text_writer(output({str(out)!r}, "csv")) as handle:
        handle.write("half")
        print("ready", flush=True)
        time.sleep(60)
cli.app = app
cli.main()
"""
    # what a shell starts in the background has the interrupt switched off, and passes that on
    script = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n" + script
    run = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert run.stdout.readline() == b"ready\n"
    run.send_signal(sent)
    _, errors = run.communicate(timeout=30)
    assert run.returncode == code and b"Traceback" not in errors and os.listdir(tmp_path) == []


def test_text_is_utf8_whatever_the_system_speaks(trained, tmp_path):
    fasta, out = tmp_path / "uni.fa", tmp_path / "o.csv"
    fasta.write_text(">Größe-α\n" + "ACGT" * 50 + "\n", encoding="utf-8")
    script = f"""
import sys
from engine import cli
for out in ({str(out)!r}, "-"):
    sys.argv = ["engine", "predict", {str(fasta)!r}, "--model", "mine", "--device", "cpu", "--out", out]
    try:
        cli.main()
    except SystemExit as end:
        assert not end.code, end.code
"""
    posix = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "CISLENS_MODELS": str(trained)}
    for how in ({}, {"PYTHONIOENCODING": "cp1252"}):
        run = subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, env=os.environ | posix | how, capture_output=True, timeout=120
        )
        assert run.returncode == 0, run.stderr
        assert run.stdout.decode() == out.read_text(encoding="utf-8") and "Größe-α," in run.stdout.decode()


@pytest.mark.parametrize(
    ("raised", "code", "line"),
    [
        (RuntimeError("what\nnobody foresaw"), 1, "this should not happen (RuntimeError: what nobody foresaw)"),
        (OSError(28, "No space left on device", "/x/y"), 2, "No space left on device: /x/y; details are in "),
        (MemoryError(), 2, "this takes more memory than there is"),
        (InputError("two\nlines"), 2, "error: two lines\n"),
    ],
)
def test_whatever_goes_wrong_is_one_line_and_its_details_are_kept(raised, code, line, call, monkeypatch, tmp_path):
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path))

    def fails():
        raise raised

    monkeypatch.setattr(cli, "app", fails)
    run = call("predict")
    assert run.code == code and line in run.err and run.err.startswith("error: ") and run.err.count("\n") == 1
    if not isinstance(raised, InputError):
        log = (tmp_path / "last-error.log").read_text()
        assert log.startswith("engine predict\n") and "Traceback" in log and type(raised).__name__ in log


def test_details_go_elsewhere_where_the_cache_cannot_be_written(call, monkeypatch, tmp_path):
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path / "file"))
    (tmp_path / "file").touch()
    monkeypatch.setattr(cli, "app", lambda: 1 / 0)
    assert "last-error.log" in call("predict").err
    monkeypatch.setenv("CISLENS_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        cli.main()


@unix
def test_who_stops_reading_ends_it_without_a_word():
    run = subprocess.run(
        f"{sys.executable} -m engine data list | head -c 1", shell=True, cwd=ROOT, capture_output=True, timeout=60
    )
    assert len(run.stdout) == 1 and run.stderr == b""


def options(command, path=()):
    """Every option of a command, or of the commands of a group, with the words that lead to it."""
    if hasattr(command, "commands"):
        for name, inner in command.commands.items():
            yield from options(inner, (*path, name))
    else:
        yield from ((" ".join((*path, p.opts[0])), p) for p in command.params)


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_option_with_a_number_states_its_bounds(name):
    for where, option in options(cli.load(name), (name,)):
        if option.type_descriptor.annotation in (int, float) and not option.is_flag:
            assert option.min is not None and option.max is not None, where
            if option.type_descriptor.annotation is float:
                assert option.callback, f"{where}: bounds let nan pass"


@pytest.mark.parametrize(
    "words",
    [
        ("shuffle-scan", "--seed", "1e30"),
        ("shuffle-scan", "--seed", "-1"),
        ("shuffle-scan", "--width", "1e9"),
        ("shuffle-scan", "--width", str(10**30)),
        ("knock-in", "--motif", "A", "--stride", "0"),
        ("scan", "--stride", "1" + "0" * 30),
        ("train", "--all", "--budget-minutes", "-1"),
        ("train", "--all", "--budget-minutes", "nan"),
        ("train", "--all", "--budget-minutes", "inf"),
        ("train", "--all", "--seeds", "1" + "0" * 30),
        ("train", "--all", "--seeds", "٣"),
        ("predict", "--batch-size", "0"),
    ],
)
def test_a_number_out_of_range_is_refused_before_any_work(words, call, one):
    more = () if words[0] == "train" else (one[0], "--model", "mine")
    run = call(words[0], *more, *words[1:])
    assert run.code == 2 and "Traceback" not in run.err and words[-2] in run.err, run
