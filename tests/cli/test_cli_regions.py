"""The command line: profiles of long sequences, regions of a genome."""

import gzip
import sys
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from engine.experiments import checkpoints
from engine.fasta import read_fasta
from engine.genome.genome import Genome
from engine.models.predict import predict
from engine.sequence import Region, reverse_complement
from tests.strict_bedgraph import tracks

OUTPUTS = ("K562", "HepG2", "WTC11")


@pytest.fixture
def genome(tmp_path, random_bases):
    """A FASTA of two contigs, 1,000 and 300 bases."""
    file = tmp_path / "genome.fa"
    file.write_text(f">chr1\n{random_bases(1000, 1)}\n>chr2\n{random_bases(300, 2)}\n")
    return file


def test_a_scan_writes_one_row_a_window(call, trained, genome, tmp_path):
    out, packed = tmp_path / "out.csv", tmp_path / "genome.fa.gz"
    packed.write_bytes(gzip.compress(genome.read_bytes(), mtime=0))
    assert call("scan", packed, "--model", "joint_legnet,mine", "--stride", 150, "--out", out).code == 0
    table = pd.read_csv(out)
    first = table[table["name"] == "chr1"]
    assert list(first["start"]) == [1, 151, 301, 451, 601, 751, 801]
    window = Genome(genome).region(Region("chr1", 300, 500))
    expected = predict(checkpoints.load("mine").model, [window]).values[0]
    np.testing.assert_allclose(first[[f"mine.{o}" for o in OUTPUTS]].iloc[2], expected, atol=1e-4)


def test_a_scan_of_a_region_places_its_bedgraph(call, trained, genome, tmp_path):
    out = tmp_path / "out.bedgraph"
    words = ("scan", "--genome", genome, "--region", "chr1:101-500", "--model", "mine", "--stride", 50, "--out", out)
    assert call(*words).code == 0
    tracks = out.read_text().split("track ")[1:]
    assert len(tracks) == len(OUTPUTS)
    rows = [line.split("\t") for line in tracks[0].splitlines()[1:]]
    assert [(r[0], int(r[1])) for r in rows] == [("chr1", 175 + 50 * i) for i in range(5)]


def test_regions_and_bed_become_fasta(call, genome, tmp_path):
    bed = tmp_path / "x.bed.gz"
    bed.write_bytes(gzip.compress(b"track x\nchr1\t0\t4\tmy peak\nchr2\t10\t20\tmy peak\n", mtime=0))
    run = call("extract", "--genome", genome, "chr2:1-5", "--bed", bed)
    records = read_fasta(run.out)
    assert [r.name for r in records] == ["chr2:1-5", "my_peak", "my_peak_2"]
    whole = {r.name: r.bases for r in read_fasta(genome.read_text())}
    assert [r.bases for r in records] == [whole["chr2"][:5], whole["chr1"][:4], whole["chr2"][10:20]]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["extract", "--genome", "{genome}"], "no region was given"),
        (["extract", "--genome", "{genome}", "chr1:900-1001"], "runs past the end of chr1"),
        (["extract", "--genome", "{genome}", "--bed", "{genome}"], "is FASTA, not a list of regions"),
        (["scan", "--model", "mine"], "either a FASTA file, or --genome"),
        (["scan", "{short}", "--model", "mine"], "no sequence is as long as the window of 200"),
    ],
)
def test_bad_input_for_scan_and_extract_names_what_is_wrong(call, trained, genome, tmp_path, words, named):
    short = tmp_path / "short.fa"
    short.write_text(">s\nACGT\n")
    run = call(*({"{genome}": genome, "{short}": short}.get(w, w) for w in words))
    assert run.code == 2 and named in run.err.splitlines()[-1]


def test_a_region_that_cannot_be_taken_is_named_and_the_others_are_done(call, genome, tmp_path):
    bed, out = tmp_path / "x.bed", tmp_path / "out.fa"
    bed.write_text("chr1\t0\t4\ta\nchr1\t990\t1001\tb\nchr9\t0\t4\tc\nchr1\tx\t4\td\n2\t0\t4\te\t0\t-\n")
    run = call("extract", "--genome", genome, "--bed", bed, "nonsense", "--out", out)
    assert run.code == 3
    named = ("'nonsense'", f"line 4 of {bed}", f"line 2 of {bed}", f"line 3 of {bed}")
    for where, line in zip(named, run.err.split("\n"), strict=False):
        assert line.startswith(f"{where}, left out: ")
    records = read_fasta(out.read_text())
    whole = {r.name: r.bases for r in read_fasta(genome.read_text())}
    assert [(r.name, r.bases) for r in records] == [
        ("a", whole["chr1"][:4]), ("e", reverse_complement(whole["chr2"][:4])),
    ]  # fmt: skip
    assert [r.region for r in records] == [Region("chr1", 0, 4), Region("chr2", 0, 4, strand="-")]


def test_extracted_windows_around_summits_on_either_strand_know_their_place(call, genome, tmp_path):
    peaks, out = tmp_path / "x.narrowPeak", tmp_path / "out.fa"
    peaks.write_text("chr1\t100\t400\tp\t0\t-\t1\t2\t3\t50\n")
    assert call("extract", "--genome", genome, "--bed", peaks, "--summit", 200, "--out", out).code == 0
    (record,) = read_fasta(out.read_text())
    assert record.region == Region("chr1", 50, 250, strand="-")
    assert record.bases == reverse_complement(Genome(genome).region(Region("chr1", 50, 250)).bases)


def test_a_scan_of_overlapping_regions_is_a_strict_bedgraph(call, trained, genome, tmp_path):
    bed, out = tmp_path / "x.bed", tmp_path / "out.bedgraph"
    bed.write_text("chr2\t0\t250\nchr1\t300\t600\tb\t0\t-\nchr1\t100\t450\tc\t0\t+\nchr1\t0\t50\n")
    run = call("scan", "--genome", genome, "--bed", bed, "--model", "mine", "--stride", 50, "--out", out)
    assert run.code == 3 and "50 bases, fewer than the window of 200" in run.err
    for track in tracks(out.read_text(), {"chr1": 1000, "chr2": 300}):
        assert list(track) == ["chr1", "chr2"]


def test_what_was_extracted_knows_its_place_in_a_scan(call, trained, genome, tmp_path):
    regions, out = tmp_path / "r.fa", tmp_path / "out.bedgraph"
    assert call("extract", "--genome", genome, "1:101-500(-)", "--out", regions).code == 0
    assert call("scan", regions, "--model", "mine", "--stride", 100, "--out", out).code == 0
    (rows,) = tracks(out.read_text())[0].values()
    assert rows[0][0] >= 100 and rows[-1][1] <= 500
    direct = tmp_path / "direct.bedgraph"
    call("scan", "--genome", genome, "--region", "chr1:101-500(-)", "--model", "mine", "--stride", 100, "--out", direct)
    assert direct.read_text() == out.read_text()


@pytest.mark.parametrize("option", [("--stride", "10000000000"), ("--stride", "1e30"), ("--batch-size", "1" * 40)])
def test_numbers_beyond_their_bounds_are_refused_by_the_declaration(call, trained, genome, option):
    assert call("scan", genome, "--model", "mine", *option).code == 2


def test_models_of_two_windows_share_tracks_but_no_table(call, genome, tmp_path, linear_model, monkeypatch):
    windows = {"short": 12, "long": 15}
    made = {name: SimpleNamespace(inference_model=linear_model(window=w)) for name, w in windows.items()}
    monkeypatch.setattr(checkpoints, "load", made.get)
    words = ("scan", genome, "--model", "short,long", "--stride", 50)
    assert "windows of 12 and 15 bases" in call(*words).error()
    assert call(*words, "--out", tmp_path / "o.bedgraph").code == 0
    assert len(tracks((tmp_path / "o.bedgraph").read_text())) == 2 * len(linear_model().outputs)


@pytest.mark.parametrize("words", [("scan", "{}", "--stride", 50), ("variants", "chr1:500 A>C", "--genome", "{}")])
def test_what_asks_for_ray_without_having_it_is_told_how_to_install_it(call, trained, genome, words, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)  # its import then fails as that of a package that is not there
    words = [str(word).format(genome) for word in words]
    assert "requirements-ray.txt" in call(*words, "--model", "mine", "--ray").error()
