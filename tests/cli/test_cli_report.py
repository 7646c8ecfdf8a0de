"""`report`: a reference and its edited form as one HTML file or a ZIP."""

import datetime
import re
import zipfile

import pytest

from engine.data import satmut
from engine.editor.document import Document
from engine.editor.summary import sentence
from engine.experiments import checkpoints
from engine.fasta import write_fasta
from engine.report.document import report
from engine.report.dossier import gather
from engine.sequence import reverse_complement


def words(page: str) -> str:
    """A page without its drawings and without the digits that rounding may change."""
    return re.sub(r"\d\.\d+", "#", re.sub("<svg.*?</svg>", "", page, flags=re.S))


@pytest.fixture
def edited(one, tmp_path):
    """A FASTA file of the sequence of `one` with one base changed and three more, and the document."""
    _, sequence = one
    changed = Document(sequence).substituted(50, "ACGT".replace(sequence.bases[50], "")[0])
    # where its neighbours differ from it, so that two sequences alone tell where it was put
    other = next(b for b in "ACGT" if b not in sequence.bases[119:121])
    changed = changed.spliced(120, 0, other * 3)
    file = tmp_path / "edited.fa"
    file.write_text(write_fasta([changed.sequence]))
    return file, changed


def test_the_report_is_that_of_the_engine_and_the_sentence_goes_to_standard_error(call, trained, one, edited, tmp_path):
    out = tmp_path / "r.html"
    run = call(
        "report", one[0], "--edited", edited[0], "--model", "joint_legnet,mine", "--outputs", "K562", "--out", out
    )
    assert run.code == 0 and run.out == ""
    loaded = [checkpoints.load(n) for n in ("joint_legnet", "mine")]
    found = gather(edited[1], loaded, outputs=("K562",))
    expected = report(found, datetime.date.today())
    assert words(out.read_text(encoding="utf-8")) == words(expected.replace("origin: typed", "origin: FASTA"))
    assert run.err.strip() == sentence(found.facts)
    assert "ne base changed at 51" in run.err and "three bases inserted after 120" in run.err


def test_without_an_edited_sequence_there_is_no_sentence_of_changes(call, trained, one, tmp_path):
    run = call("report", one[0], "--model", "mine", "--no-motifs", "--out", tmp_path / "r.html")
    assert run.code == 0 and run.err == ""
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "No change: the sequence is the reference." in text and "All motif matches" not in text


def test_the_other_strand_is_known_as_such(call, trained, one, tmp_path):
    other = tmp_path / "other.fa"
    other.write_text(f">other\n{reverse_complement(one[1].bases)}\n")
    run = call("report", one[0], "--edited", other, "--model", "mine", "--no-motifs", "--out", tmp_path / "r.html")
    assert run.err.startswith("Turning to the other strand: K562, HepG2 and WTC11 change by less than 0.005")


def test_a_zip_holds_the_report_and_its_tables(call, trained, one, edited, tmp_path):
    out = tmp_path / "r.zip"
    run = call(
        "report", one[0], "--edited", edited[0], "--model", "mine", "--outputs", "HepG2", "--no-motifs", "--out", out
    )
    assert run.code == 0
    with zipfile.ZipFile(out) as archive:
        assert archive.testzip() is None
        assert sorted(n.removeprefix("promoter.") for n in archive.namelist() if "/" not in n) == [
            "edited.fa", "ig.mine.csv", "ism.mine.csv", "predictions.csv", "reference.fa", "report.html",
        ]  # fmt: skip


@pytest.mark.needs_data("satmut", "cagi5_references")
def test_a_measured_element_is_recognised_and_an_edit_told_with_its_measured_effect(call, trained, tmp_path):
    element = satmut.load("LDLR", "GRCh38")
    bases, first = element.reference().bases[100:300], element.region.start + 100
    inside = element.snvs().query("@first + 20 < pos <= @first + 180")
    row = inside.loc[inside["effect"].idxmin()]
    place = row["pos"] - 1 - first
    given, edited, out = (tmp_path / n for n in ("given.fa", "edited.fa", "r.zip"))
    given.write_text(f">mine\n{bases}\n")
    edited.write_text(f">mine\n{bases[:place]}{row['alt']}{bases[place + 1 :]}\n")
    settings = ("--model", "mine", "--outputs", "HepG2", "--no-motifs", "--out", out)
    assert call("report", given, "--edited", edited, *settings).code == 0
    with zipfile.ZipFile(out) as archive:
        page = archive.read("mine.report.html").decode()
        table = archive.read("mine.measured.csv").decode().splitlines()
    told = re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", page))
    effect = f"{row['effect']:+.3f}".replace("-", "−")
    assert f" {place + 1} chr19:{row['pos']:,} {row['ref']}&gt;{row['alt']} {effect} " in told
    assert "origin: FASTA, recognised by its bases" in told
    assert f"mine,{place + 1},chr19:{row['pos']},+,{row['ref']},{row['alt']},LDLR,{row['effect']:.6g}" in table


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--out", "r.pdf"], "does not say what to write; end its name in .html or .zip"),
        (["--out", "r.html", "--outputs", "HEK"], "unknown output 'HEK'; known: K562, HepG2, WTC11"),
        (["--out", "r.html", "--model", "nobody"], "unknown model 'nobody'"),
        (["--out", "r.html", "--edited", "nowhere.fa"], "nowhere.fa cannot be read"),
        (["--out", "r.html", "--window", "middle"], "unknown window policy 'middle'"),
        (["--out", "nowhere/r.html"], "nowhere/r.html cannot be written"),
    ],
)
def test_bad_input_ends_with_one_line_and_leaves_no_file(call, trained, one, tmp_path, monkeypatch, words, error):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    assert error in call("report", one[0], "--model", "mine", *words).error()
    assert sorted(tmp_path.iterdir()) == before


def test_standard_input_holds_one_of_the_two(call, trained, tmp_path):
    run = call("report", "-", "--edited", "-", "--model", "mine", "--out", tmp_path / "r.html", stdin=b">a\nACGT\n")
    assert "standard input holds one of the two sequences" in run.error()


MINE = ">M1 MINE\n9 0 0 9 9 0 9\n0 0 0 0 0 9 0\n0 9 0 0 0 0 0\n0 0 9 0 0 0 0\n"


def test_motifs_of_a_file_are_looked_for_in_place_of_jaspar(call, trained, one, tmp_path):
    bases = one[1].bases
    reference, edited = tmp_path / "r.fa", tmp_path / "e.fa"
    reference.write_text(f">r\n{bases}\n")
    edited.write_text(f">e\n{bases[:50]}AGTAACA{bases[57:]}\n")
    (tmp_path / "mine.pfm").write_text(MINE)
    out = tmp_path / "r.zip"
    run = call(
        "report", reference, "--edited", edited, "--model", "mine", "--motifs", tmp_path / "mine.pfm", "--out", out
    )
    assert run.code == 0 and "MINE" in run.err
    with zipfile.ZipFile(out) as archive:
        page, hits = (archive.read(n).decode() for n in ("r.report.html", "r.motifs.csv"))
    assert "mine.pfm (1 motif), matches of p ≤ 0.0001" in page and "JASPAR" not in page
    assert [line.split(",")[1:8] for line in hits.split("\n")[1:-1] if ",51," in line] == [
        ["gained", "MINE", "MINE", "MINE", "M1", "51", "57"]
    ]
    both = call("report", reference, "--model", "mine", "--motifs", tmp_path / "mine.pfm", "--no-motifs", "--out", out)
    assert "exclude each other" in both.error()
