"""`ism`, `ig` and `scan` for genome browsers: where the values of a placed sequence end up, read by pyBigWig."""

import csv
import os

import pyBigWig
import pytest


@pytest.fixture
def placed(tmp_path, random_bases):
    file = tmp_path / "placed.fa"
    file.write_text(f">e chr8:1001-1200(-)\n{random_bases(200, 4)}\n")
    return file


def test_bigwigs_hold_the_table_at_its_genomic_places(call, trained, placed, tmp_path):
    words = ("ig", placed, "--model", "mine", "--steps", 4, "--device", "cpu", "--out")
    assert call(*words, tmp_path / "a.csv").code == 0
    run = call(*words, tmp_path / "a.bw", "--build", "hg38")
    assert run.code == 0 and "a contig whose length" not in run.err
    with (tmp_path / "a.csv").open() as handle:
        rows = list(csv.DictReader(handle))
    assert sorted(f.name for f in tmp_path.glob("*.bw")) == [f"a.ig_mine_{o}.bw" for o in ("HepG2", "K562", "WTC11")]
    for output in ("K562", "WTC11"):
        read = pyBigWig.open(str(tmp_path / f"a.ig_mine_{output}.bw"))
        assert read.chroms() == {"chr8": 145_138_636}
        expected = [float(row[output]) for row in reversed(rows)]  # the sequence is read from its last base on
        assert read.values("chr8", 1000, 1200) == pytest.approx(expected, rel=1e-4, abs=1e-6)
    assert call(*words, tmp_path / "a.bedgraph").code == 0
    assert (tmp_path / "a.bedgraph").read_text().count("track type=bedGraph") == 3


def test_a_folder_is_a_hub_and_needs_the_genome(call, trained, placed, tmp_path):
    words = ("scan", placed, "--model", "mine", "--stride", 50, "--device", "cpu", "--out", f"{tmp_path}/tracks/")
    assert "name it by --build" in call(*words).error() and not (tmp_path / "tracks").exists()
    assert call(*words, "--build", "GRCh38").code == 0
    assert sorted(os.listdir(tmp_path / "tracks")) == ["genomes.txt", "hg38", "hub.txt", "igv_session.xml"]
    assert len(list((tmp_path / "tracks" / "hg38").glob("*.bw"))) == 3
    missing = call("ism", placed, "--model", "mine", "--out", tmp_path / "no" / "a.bw").error()
    assert "there is no folder" in missing
