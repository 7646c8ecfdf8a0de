"""The report: everything that was found is in it, nothing of it is markup, nothing else is needed to read it."""

import csv
import dataclasses
import datetime
import html.parser
import io
import os
import re
import xml.etree.ElementTree as ET
import zipfile

import numpy as np
import pytest

from engine.data import satmut
from engine.editor import genbank
from engine.editor.changes import columns
from engine.editor.document import Document
from engine.editor.summary import facts, sentence
from engine.fasta import read_records
from engine.interpretation.reliability.verdict import Verdict
from engine.intervals import Interval
from engine.report.archive import file_stem
from engine.report.document import bundle, report
from engine.report.dossier import Dossier, Identity
from engine.report.exports import prediction_rows
from engine.results import Feature, MotifChanges, MotifHit, MotifSite, Prediction, Track
from engine.sequence import Region, Sequence

DAY = datetime.date(2026, 3, 4)
EVIL = "<script>alert('&')</script>"
BASES = "ACGTTGCAAGCATTCGGATT" * 4
VOID = {"meta", "br", "hr", "img", "link", "input"}


class Page(html.parser.HTMLParser):
    """The tags and texts of a page; every tag that is opened has to be closed in turn."""

    def __init__(self, text: str):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.links, self.text = [], [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [v for k, v in attrs if k in ("href", "src", "xlink:href", "action", "srcset")]
        assert not [k for k, _ in attrs if k.startswith("on")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)

    @property
    def words(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.text))


def prediction(model: str, sequence: Sequence, *members: tuple[float, ...]) -> Prediction:
    each = np.array(members, np.float32)[:, None, :]
    several = each if len(members) > 1 else None
    return Prediction(model, (sequence.name,), ("K562", "HepG2"), each.mean(axis=0), ("pad",), several)


def track(kind: str, bases: str, model: str = "trio") -> Track:
    values = np.random.default_rng(1).normal(size=(2, len(bases), 4)).astype(np.float32)
    checks = {
        "convergence_delta": {"K562": 0.01234, "HepG2": -0.5},
        "baseline_prediction": {"K562": 0.25, "HepG2": 0},
        "steps": {"K562": 8, "HepG2": 64},
    }
    level = np.array([0.75, 0.5], np.float32)
    return Track(kind, model, ("K562", "HepG2"), bases, values, level, checks=checks if kind == "ig" else {})


def hit(motif: str, start: int, q: float) -> MotifHit:
    return MotifHit(motif, "MA0035.4", start, start + 8, "-", 11.25, q / 100, q)


def site(family: str, motif: str, start: int, q: float, status: str = "kept") -> MotifSite:
    return MotifSite(family, (hit(motif, start, q),), status)


def made(document: Document, **more) -> Dossier:
    """What three members and one single network might have said."""
    before = (
        prediction("trio", document.reference, (1.0, 0.0), (2.0, 0.5), (3.0, 0.4)),
        prediction("lone", document.reference, (1.5, 0.5)),
    )
    after = (
        prediction("trio", document.sequence, (0.0, 0.0), (1.1, 0.4), (1.9, 0.4)),
        prediction("lone", document.sequence, (0.5, 0.25)),
    )
    gained, lost = site("SP1/KLF", "SP1", 3, 0.02, "gained"), site("GATA", "GATA1", 10, 0.003, "lost")
    motifs = MotifChanges((gained,), (lost,))
    given = {
        "tracks": (track("ig", document.bases), track("ism", document.bases)),
        "hits": (hit("SP1", 3, 0.02), hit("KLF1", 30, 0.04)),
        "sites": (gained, site("SP1/KLF", "KLF1", 30, 0.04)),
        "models": (
            Identity(
                "trio", "three networks", "f00d" * 16, ("K562", "HepG2"), len(BASES), "da7a" * 16, "5e7" * 21, (42,),
                {"K562": {"value": 0.7412, "low": 0.7281, "high": 0.7552, "n": 5697}}, {}, ("lentimpra_activity",),
            ),
            Identity("lone", "", "beef" * 16, ("K562", "HepG2"), 50),
        ),
        "settings": (("Motif scan", "p ≤ 0.0001"),),
        "sources": ("satmut",),
        "verdicts": (("trio", "K562", Verdict("doubtful", "Doubtful: <0 of 2> checks passed.", (), ())),),
    }  # fmt: skip
    return Dossier(document, facts(document, list(before), list(after), motifs), before, after, **(given | more))


@pytest.fixture
def document() -> Document:
    placed = Sequence("mine", BASES, Region("chr7", 1000, 1000 + len(BASES), "GRCh38"), "FASTA")
    return Document(placed, remark="a remark").substituted(11, "C").substituted(12, "A")


def test_where_a_measurement_is_expected_stands_beside_the_prediction(document):
    plain = made(document)
    held = {("trio", "K562"): Interval(80, 0.25, 1.75, 0.6, True), ("lone", "K562"): Interval(80, -0.5, 1.5, 0.8, None)}
    words = Page(report(dataclasses.replace(plain, intervals=held), DAY)).words
    assert "80% interval, edited" in words and "0.250 to 1.750, unsure" in words and "−0.500 to 1.500" in words
    assert "80% interval" not in Page(report(plain, DAY)).words
    with zipfile.ZipFile(io.BytesIO(bundle(dataclasses.replace(plain, intervals=held), DAY))) as archive:
        rows = list(csv.DictReader(io.StringIO(archive.read("mine.predictions.csv").decode())))
    assert [(r["edited_80_from"], r["edited_80_to"]) for r in rows] == [
        ("0.25", "1.75"),
        ("", ""),
        ("-0.5", "1.5"),
        ("", ""),
    ]
    (first, *_) = prediction_rows(plain.facts, ["K562"], held)
    assert (first["80% from"], first["80% to"]) == (0.25, 1.75) and "80% from" not in prediction_rows(
        plain.facts, ["K562"]
    )[0]


def test_everything_that_was_found_is_in_the_report(document):
    findings = made(document)
    page = Page(report(findings, DAY))
    words = page.words
    told = [
        sentence(findings.facts),
        "2026-03-04",
        "chr7:1001-1080 GRCh38",
        "a remark",
        "chr7:1,012-1,013",  # the edit
        "12 A>C",  # its history
        "2.000 ± 1.000",  # the reference, three members
        "−1.000 ± 0.100",  # members' changes of -1, -0.9 and -1.1
        "2 of 2",
        "Doubtful: <0 of 2> checks passed.",
        "GATA1",
        "chr7:1,011-1,018",
        "0.003",
        "KLF1",
        "+0.0123",
        "f00d" * 16,
        "da7a" * 16,
        "beef" * 16,
        "0.741 [0.728, 0.755] (n = 5,697)",
        "not scored",
        "pad: a shorter sequence is flanked by the assay's adapter sequences, then by N",
        "one window, as long as the sequence",
        "Agarwal et al. 2025",
        "Kircher et al. 2019",
        "Sundararajan et al. 2017",
        "Rauluseviciute et al. 2024",
        "p ≤ 0.0001",
    ]
    assert not [t for t in told if t not in words]
    assert page.tags.count("svg") == 5  # the bars, and two outputs of two tracks


def test_nothing_else_is_needed_to_show_it(document):
    text = report(made(document), DAY)
    page = Page(text)
    assert "script" not in page.tags and "link" not in page.tags and "img" not in page.tags
    assert page.links and all(link.startswith("#") for link in page.links)
    assert "url(" not in text and "@import" not in text


def test_names_are_text_wherever_they_stand():
    evil = Document(Sequence(EVIL, BASES, Region(EVIL, 0, len(BASES), EVIL), EVIL), remark=EVIL)
    evil = evil.with_bases("T" + BASES[1:], EVIL)
    findings = made(evil, sites=(site(EVIL, EVIL, 3, 0.02),), settings=((EVIL, EVIL),))
    models = tuple(Identity(EVIL, EVIL, "aa", (EVIL,), 80, members={EVIL: "bb"}) for _ in range(2))
    text = report(dataclasses.replace(findings, models=models), DAY)
    page = Page(text)
    assert "script" not in page.tags and "<script" not in text
    assert page.words.count(EVIL) >= 15


def test_a_control_character_does_not_reach_the_page():
    evil = Document(Sequence("mine", BASES), remark="a\x00b\x08").substituted(0, "T")
    text = report(made(evil), DAY)
    assert "\x00" not in text and "\x08" not in text and "a\ufffdb\ufffd" in text


def test_the_alignment_shows_every_edit_by_a_sign():
    document = Document(Sequence("mine", BASES)).substituted(2, "A").spliced(6, 0, "GG", "x").spliced(12, 3, "", "x")
    text = report(made(document, tracks=()), DAY)
    block = text[text.index("<pre>") : text.index("</pre>")].split('<span class="block">')[1]
    rows = [line[17:] for line in re.sub("<[^>]*>", "", block).splitlines()]
    assert len(rows) == 3
    aligned = columns(document)[:60]
    assert rows[0] == "".join(c.ref or "-" for c in aligned)
    assert rows[2] == "".join(c.alt or "-" for c in aligned)
    for a, sign, b in zip(rows[0], rows[1].ljust(60), rows[2], strict=True):
        assert sign == (" " if a == b else "+" if a == "-" else "-" if b == "-" else "*")
    assert [rows[1].count(sign) for sign in "*+-"] == [1, 2, 3]
    assert re.findall("<b>(.*?)</b>", block) == ["A", "GG", "---"]


def test_an_unedited_sequence_has_a_report_without_changes():
    document = Document(Sequence("mine", BASES))
    words = Page(report(made(document), DAY)).words
    assert "No change: the sequence is the reference." in words
    assert "Net changes" not in words and "gained" not in words and "History" not in words


def test_the_other_strand_is_said_and_marks_stand_on_its_own_positions(document):
    other = document.reverse_complemented()
    text = report(made(other), DAY)
    assert "stands on the other strand" in Page(text).words
    drawing = ET.fromstring(re.findall("<svg.*?</svg>", text, re.S)[1])
    lines = [e for e in drawing.iter() if e.get("class") == "line"]
    marked = [e for e in lines[1].iter() if e.get("class") == "substituted"]
    assert not [e for e in lines[0].iter() if e.get("class") == "substituted"]
    tips = [float(e.get("points").split(",")[0]) for e in marked]
    # bases 12 and 13 of 80 are 68 and 69 of the other strand: the 8th and 9th of the second line of 60
    assert sorted(round((x - 46) / 11 - 0.5) for x in tips) == [7, 8]


def test_the_template_is_found_from_any_folder(document, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert report(made(document), DAY).startswith("<!DOCTYPE html>")
    assert os.listdir(tmp_path) == []


# --- what was measured ------------------------------------------------------------------------------


PLACED = Sequence("mine", BASES, Region("chr7", 1000, 1000 + len(BASES), "GRCh38"), "FASTA")


@pytest.fixture
def measured() -> dict[str, np.ndarray]:
    """Two made-up data sets: what A at 12 and T at 13 do when exchanged, and G at 30; no other was measured."""
    first, second = np.full((2, len(BASES), 4), np.nan)
    first[11, [1, 2, 3]] = -0.75, -0.5, 0.5  # A to C, G, T
    first[12, 0] = 0.4  # T to A
    second[29, 0] = -2.0  # G to A
    assert BASES[11] + BASES[12] + BASES[29] == "ATG"
    return {"PKLR-24h": first, "SORT1": second}


def told(findings: Dossier) -> str:
    return Page(report(findings, DAY)).words


def test_a_sequence_without_measurements_has_no_such_section(document):
    words = told(made(document, sources=()))
    assert "What was measured" not in words and "Kircher" not in words
    words = told(made(document, unmeasured="Whether this place was measured is not known: <b>get</b> satmut"))
    assert "What was measured Whether this place was measured is not known: <b>get</b> satmut Checks" in words


@pytest.mark.parametrize("turned", [False, True])
def test_an_edit_is_told_with_its_measured_effect_and_its_own_prediction(measured, turned):
    # A at 12 of 80 is T at 69 of the other strand, and G there is C here
    other = Document(PLACED).reverse_complemented().substituted(80 - 12, "G")
    words = told(made(other if turned else Document(PLACED).substituted(11, "C"), measured=measured))
    assert "PKLR-24h PKLR K562 4 2 of 80" in words and "SORT1 SORT1 HepG2 1 1 of 80" in words
    assert "PKLR-24h, K562 SORT1, HepG2 12 chr7:1,012 A>C −0.750 not measured" in words
    own = "12 A>C trio K562 −1.000 12 A>C trio HepG2 −0.033"
    assert (own in words) is not turned  # a turn changes predictions too
    assert ("of all edits together (K562 −1.000, HepG2 −0.142, mean over the models" in words) is turned
    assert "Kircher et al. 2019, Nat Commun 10:3583" in words and "Licence: repository says GPL-3" in words


def test_predictions_of_two_edits_stand_beside_measurements_only_where_each_is_known_alone(measured):
    document = Document(PLACED).substituted(12, "A").substituted(40, "T").substituted(11, "G").substituted(12, "T")
    alone = np.zeros((2, len(BASES), 4), np.float32)
    alone[1, 11, 2] = -0.125
    ism = Track("ism", "trio", ("K562", "HepG2"), BASES, alone, np.zeros(2, np.float32))
    words = told(made(document, measured=measured, tracks=(ism,)))
    assert "12 chr7:1,012 A>G −0.500 not measured Predicted for the same" in words
    assert "12 A>G trio K562 +0.000 12 A>G trio HepG2 −0.125 " in words and "all edits together" not in words
    assert "41" not in words[words.index("Measured effect of each") : words.index("Predicted for the same")]
    words = told(made(document, measured=measured))  # maps of the edited sequence say nothing of one edit
    assert "Predicted for the same" not in words and "of all edits together (K562 −1.000" in words


@pytest.mark.parametrize(
    "document",
    [
        Document(PLACED).substituted(50, "A" if BASES[50] != "A" else "C"),  # nothing was measured there
        Document(PLACED).spliced(11, 1, "", "x"),
        Document(PLACED).spliced(11, 2, "CA", "x"),  # both were measured, but not together
    ],
)
def test_no_measured_effect_is_told_of_what_is_no_measured_substitution(document, measured):
    words = told(made(document, measured=measured))
    assert "None of the edits is a single substitution that was measured." in words
    assert "Measured effect of each" not in words


def test_maps_of_the_reference_are_held_against_the_measurements(measured):
    effects = np.zeros((2, len(BASES), 4), np.float32)
    effects[0, 11, [1, 2, 3]], effects[0, 12, 0] = (-3, -2, 5), 4  # ranks of -0.75, -0.5, 0.5, 0.4: 1 2 4 3
    effects[1] = -effects[0]
    ism = Track("ism", "trio", ("K562", "HepG2"), BASES, effects, np.zeros(2, np.float32))
    values = measured | {"SORT1": measured["PKLR-24h"].copy()}
    values["SORT1"][20:22] = 1.0  # mean losses at 12, 13, 21, 22: 0.25, -0.4, -1, -1
    values["SORT1"][[20, 21], ["ACGT".index(b) for b in BASES[20:22]]] = np.nan
    maps = np.zeros((2, len(BASES), 4), np.float32)
    maps[0, [11, 12, 20, 21], 0] = 7, 6, 5, 5
    maps[1, [11, 12, 20, 21], 0] = 1, 2, 3, 3
    ig = Track("ig", "trio", ("K562", "HepG2"), BASES, maps, np.zeros(2, np.float32))
    found = made(Document(PLACED), tracks=(ig, ism), measured=values)
    words = told(found)
    assert re.search(r"PKLR-24h, K562 trio K562 1\.000 \[\S+ 1\.000\] \(n = 4\) not known \(n = 2\)", words)
    assert re.search(r"PKLR-24h, K562 trio HepG2 −1\.000 \[−1\.000, \S+\] \(n = 4\)", words)
    of_positions = r"SORT1, HepG2 trio {} \S+ \[\S+ \S+\] \(n = 10\) {}\.000 \[\S+ \S+\] \(n = 4\)"
    assert re.search(of_positions.format("K562", "1"), words) and re.search(of_positions.format("HepG2", "−1"), words)
    # of an edited sequence the maps are its own: nothing was measured on it
    edited = made(Document(PLACED).substituted(11, "C"), measured=values)
    assert "Do the models' maps" not in told(edited)


def test_measured_logos_stand_on_one_scale_in_their_own_unit(measured):
    text = report(made(Document(PLACED).substituted(11, "C"), tracks=(), measured=measured), DAY)
    assert text == report(made(Document(PLACED).substituted(11, "C"), tracks=(), measured=measured), DAY)
    first, second = (ET.fromstring(d) for d in re.findall("<svg.*?</svg>", text, re.S)[1:])
    heights = [
        [float(e.get("transform").split(",")[-1].rstrip(")")) for e in d.iter() if e.get("class") == "letter"]
        for d in (first, second)
    ]
    # minus the means of (-0.75, -0.5, 0.5), of 0.4 and of -2; up is negative in a drawing
    assert [len(h) for h in heights] == [2, 1]
    assert np.divide(heights[0], heights[1][0]) == pytest.approx([0.25 / 2, -0.4 / 2], abs=1e-3) and heights[1][0] < 0
    words = " ".join(first.itertext())
    assert "PKLR-24h, K562, reference. Measured" in words and "log2(alt/ref)" in words and "RNA" not in words
    marked = [
        e for line in first.iter() if line.get("class") == "line" for e in line if e.get("class") == "substituted"
    ]
    assert "1010" in words and len(marked) == 1


def test_names_of_data_sets_are_text(measured, monkeypatch):
    monkeypatch.setitem(satmut.DATA_SETS, EVIL, satmut.DataSet(EVIL, EVIL, EVIL))
    values = {EVIL: measured["PKLR-24h"]}
    for document in (Document(PLACED), Document(PLACED).substituted(11, "C")):
        found = made(document, measured=values)
        text = report(found, DAY)
        assert "<script" not in text and Page(text).words.count(EVIL) >= 5
        with zipfile.ZipFile(io.BytesIO(bundle(found, DAY))) as archive:
            plain = re.compile(r"(figures/|browser/(hg38/)?)?[\w.-]+")
            assert all(plain.fullmatch(n) and ".." not in n for n in archive.namelist())


# --- the ZIP ----------------------------------------------------------------------------------------


def test_the_bundle_holds_report_tables_and_figures(document):
    findings = made(document)
    content = bundle(findings, DAY)
    assert content == bundle(findings, DAY)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        files = {n: archive.read(n).decode() for n in archive.namelist() if not n.endswith(".bw")}
    assert files["mine.report.html"] == report(findings, DAY)
    assert files["browser/genomes.txt"] == "genome hg38\ntrackDb hg38/trackDb.txt\n" and "browser/hub.txt" in files
    assert 'genome="hg38" locus="chr7:' in files["browser/igv_session.xml"]
    assert files["mine.reference.fa"].startswith(">mine chr7:1001-1080\nACGTTGCAAGCATT")
    assert files["mine.edited.fa"].startswith(">mine_edited chr7:1001-1080\nACGTTGCAAGCCAT")
    table = list(csv.DictReader(io.StringIO(files["mine.predictions.csv"])))
    assert [(r["model"], r["output"]) for r in table] == [(m, o) for m in ("trio", "lone") for o in ("K562", "HepG2")]
    first = {k: float(v) for k, v in table[0].items() if k not in ("name", "model", "output")}
    assert first == pytest.approx(
        {"reference": 2, "reference_sd": 1, "edited": 1, "edited_sd": 0.953939, "change": -1, "change_sd": 0.1},
        rel=1e-5,
    )
    assert table[2]["change_sd"] == ""
    assert len(files["mine.ig.trio.csv"].splitlines()) == 81 and len(files["mine.ism.trio.csv"].splitlines()) == 241
    assert [row["status"] for row in csv.DictReader(io.StringIO(files["mine.motifs.csv"]))] == [
        "gained",
        "kept",
        "lost",
    ]
    assert "chr7\t1003\t1011\t" in files["mine.motifs.bed"]
    values = [line.split("\t") for line in files["mine.ig.trio.K562.bedgraph"].splitlines() if line.startswith("chr7")]
    assert [(int(start), int(end)) for _, start, end, _ in values] == [(1000 + i, 1001 + i) for i in range(80)]
    assert [float(v) for *_, v in values] == pytest.approx(findings.tracks[0].per_position("K562"), rel=1e-4)
    figures = [name for name in files if name.startswith("figures/")]
    assert len(figures) == 5 and all(ET.fromstring(files[name]).tag.endswith("svg") for name in figures)


def test_what_was_drawn_is_in_the_report_and_as_genbank(document):
    drawn = document.annotated(Feature("core <i>site</i>", 9, 20, "-", "#d55e00", "promoter"))
    words = Page(report(made(drawn), DAY)).words
    assert "core <i>site</i> 10-20 chr7:1,010-1,020 - promoter" in words.replace("\u25a0 ", "")
    with zipfile.ZipFile(io.BytesIO(bundle(made(drawn), DAY))) as archive:
        text = archive.read("mine.gb").decode()
    assert genbank.annotated(text, read_records(text))[0].features[0] == drawn.features[0]
    assert "Annotations" not in report(made(document), DAY)


def test_the_bundle_holds_what_was_measured(measured):
    findings = made(Document(PLACED).substituted(11, "C"), measured=measured)
    content = bundle(findings, DAY)
    assert content == bundle(findings, DAY)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {n: archive.read(n).decode() for n in archive.namelist() if not n.endswith(".bw")}
    table = [tuple(r.values()) for r in csv.DictReader(io.StringIO(files["mine.measured.csv"]))]
    assert [r[1:] for r in table] == [
        ("12", "chr7:1012", "+", "A", "C", "PKLR-24h", "-0.75"),
        ("12", "chr7:1012", "+", "A", "G", "PKLR-24h", "-0.5"),
        ("12", "chr7:1012", "+", "A", "T", "PKLR-24h", "0.5"),
        ("13", "chr7:1013", "+", "T", "A", "PKLR-24h", "0.4"),
        ("30", "chr7:1030", "+", "G", "A", "SORT1", "-2"),
    ]
    drawings = [files[f"figures/mine.measured.{name}.svg"] for name in measured]
    assert all(d in files["mine.report.html"] for d in drawings)


def test_without_a_place_in_a_genome_there_is_no_bed_and_names_are_safe():
    document = Document(Sequence("../a b/<c>", BASES)).substituted(0, "T")
    with zipfile.ZipFile(io.BytesIO(bundle(made(document), DAY))) as archive:
        names = archive.namelist()
    assert not [n for n in names if n.endswith((".bed", ".bedgraph"))]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"(figures/|browser/(hg38/)?)?[\w.-]+", n) and ".." not in n for n in names)


@pytest.mark.parametrize(("name", "stem"), [("LDLR.2", "LDLR.2"), ("../x", "_x"), ("é", "_"), ("...", "_"), ("", "_")])
def test_file_stems(name, stem):
    assert file_stem(name) == stem
