"""Scan: long sequences from files, genomes and the editor; the profile, its files and the way to the Explorer."""

import gzip
import io
import time
import zipfile

import numpy as np
import pandas as pd
import pytest

from engine.genome import scan


@pytest.fixture
def genome(tmp_path, random_bases):
    """A genome of one contig of 2,000 bases."""
    file = tmp_path / "genome.fa"
    file.write_text(f">chr1\n{random_bases(2000)}\n")
    return file


def upload(screen, content: bytes, name: str = "mine.fa", key: str = "scan_upload"):
    screen.at.file_uploader(key=key).set_value((name, content, "text/plain")).run()
    return screen


def start(screen):
    screen.at.button(key="scan-start").click().run()
    return screen


def test_a_compressed_fasta_is_scanned_and_saved(app, trained, random_bases, expected, downloads):
    bases = random_bases(620)
    screen = upload(app("scan", scan_stride=100), gzip.compress(f">long\n{bases}\n".encode(), mtime=0), "mine.fa.gz")
    assert not screen.failures and "long: 620 bases." in screen.words
    assert screen.at.button(key="scan-start").label == "Scan 6 windows"
    start(screen)
    figure = screen.figure("scan-profile")
    assert [t["name"] for t in figure["data"]] == ["K562", "HepG2", "WTC11", "peaks"]
    assert screen.numbers(figure["data"][0]["x"]) == [101, 201, 301, 401, 501, 521]
    values = expected("joint_legnet", bases[300:500])
    got = [screen.numbers(t["y"])[3] for t in figure["data"][:3]]
    np.testing.assert_allclose(got, values, atol=1e-4)
    table = pd.read_csv(io.StringIO(downloads["Table (CSV)"]()))
    np.testing.assert_allclose(table.iloc[3, 5:].astype(float), values, atol=1e-4)
    assert downloads["bedGraph"]().count("track type=bedGraph") == 3
    with zipfile.ZipFile(io.BytesIO(downloads["Genome browser (ZIP)"]())) as archive:
        assert archive.namelist() == [f"cislens_joint_legnet_{o}.bw" for o in ("K562", "HepG2", "WTC11")]


def test_a_point_opens_its_window(app, trained, genome, random_bases):
    screen = app("scan", scan_source="Genome regions", genome_file=str(genome), scan_regions="chr1:501-1100")
    start(screen)
    assert not screen.failures
    screen.click("scan-profile", 100, 300)
    assert not screen.failures and screen.title == "Explorer"
    reference = screen.document.reference
    assert reference.bases == random_bases(2000)[600:800] and reference.region.label == "chr1:601-800"


def test_peaks_are_listed_and_one_opens(app, trained, genome, random_bases, expected):
    screen = app("scan", scan_source="Genome regions", genome_file=str(genome), scan_regions="chr1:501-1100")
    start(screen)
    (table,) = [d.value for d in screen.at.dataframe]
    windows = [(s, s + 200) for s in range(500, 901, 25)]
    values = {s: float(expected("joint_legnet", random_bases(2000)[s:e])[1]) for s, e in windows}
    screen.choose("scan_peaks-K562-HepG2-WTC11", "HepG2")
    (table,) = [d.value for d in screen.at.dataframe]
    best = max(values, key=values.get)
    assert table["from"][0] == best + 1 and table["HepG2"][0] == pytest.approx(values[best], abs=1e-4)
    assert table["HepG2"].is_monotonic_decreasing and "percentile" not in table  # a toy that was never scored
    screen.pick_row("scan-peaks", 0).press("Open in the Explorer")
    assert not screen.failures and screen.title == "Explorer"
    assert screen.document.reference.bases == random_bases(2000)[best : best + 200]


def test_regions_of_a_bed_file_are_listed(app, trained, genome):
    screen = app("scan", scan_source="Genome regions", genome_file=str(genome))
    upload(screen, b"chr1\t0\t300\tfirst\nchr1\t500\t900\tsecond\n", "x.bed", "scan_bed")
    assert screen.at.selectbox(key="scan_region").options == [
        "first (chr1:1-300, 300 bp)",
        "second (chr1:501-900, 400 bp)",
    ]
    screen.choose("scan_region", 1)
    assert not screen.failures and "second: 400 bases." in screen.words


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (gzip.compress(b">a\nACGTACGTACGTTTGACA\n", mtime=0)[:-9], "mine.fa is cut short"),
        (b"\0\0\0", "mine.fa is not text"),
        (b"ACGT", "mine.fa is not FASTA"),
        (b">a\nACGT\n", "a has 4 bases, fewer than the window of 200"),
    ],
)
def test_what_cannot_be_scanned_is_named(app, trained, content, reason):
    screen = upload(app("scan"), content)
    assert not screen.failures
    assert any(reason in e for e in screen.values("error"))


def test_among_thousands_of_records_one_is_found_quickly(app, trained):
    rng = np.random.default_rng(0)
    text = "".join(f">peak{i:04}\n{''.join(rng.choice(list('ACGT'), 300))}\n" for i in range(4000))
    screen = upload(app("scan"), text.encode())
    assert len(screen.at.selectbox(key="scan_record").options) == 200
    begin = time.perf_counter()
    screen.type("scan_record_find", "peak39")
    assert time.perf_counter() - begin < 5
    assert not screen.failures and "Record (of 4,000)" in screen.at.selectbox(key="scan_record").label
    assert screen.at.selectbox(key="scan_record").options[0] == "peak3900 (300 bp)"
    screen.type("scan_record_find", "nobody")
    assert "No record has 'nobody' in its name" in screen.words


def test_a_stopped_scan_goes_on_where_it_was(app, trained, random_bases, monkeypatch):
    screen = upload(app("scan", scan_stride=1), f">long\n{random_bases(900)}\n".encode())
    real, calls = scan.predict_codes, []

    def breaks(*words, **options):
        calls.append(len(words[1]))
        if len(calls) == 2:
            raise scan.InputError("stopped here")
        return real(*words, **options)

    monkeypatch.setattr(scan, "predict_codes", breaks)
    start(screen)
    assert any("stopped here" in e for e in screen.values("error"))
    del screen.at.session_state["scan-wanted"]  # what the Stop button does
    screen.at.run()
    assert screen.at.button(key="scan-start").label == "Go on (128 of 701 windows done)"
    start(screen)
    assert not screen.failures and calls == [128] * 6 + [61]
