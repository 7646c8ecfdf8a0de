"""The main job in the browser, on real data and with the committed models."""

import csv
import io
import math
import xml.etree.ElementTree as ET
import zipfile

import pyfaidx
import pytest

from engine.data import satmut
from engine.experiments import checkpoints
from engine.models.predict import predict
from engine.sequence import Sequence

pytestmark = pytest.mark.slow


def open_promoter(app):
    app.open()
    app.press("Open the LDLR promoter")
    app.explorer_ready()


def test_a_page_as_first_address_of_a_new_server_opens_inside_the_app(app):
    app.open("explorer")
    app.page.wait_for_selector("text=No sequence is open")
    assert app.page.get_by_role("link", name="Home").is_visible()
    assert "sources panel" not in app.page.inner_text("body")


def test_edit_by_click_moves_the_prediction_and_undo_brings_it_back(app):
    open_promoter(app)
    before = app.sequence()
    start = app.predicted()
    assert len(before) == 200
    assert start["edited"] == start["reference"]
    cells = app.trace("substitution")["custom"]
    index, base = next(c for c in cells if c[0] == 120 and c[1] != before[120])
    app.click_marker("substitution", [index, base])
    after = before[:index] + base + before[index + 1 :]
    app.has(after)
    assert app.edited() == [index]
    app.eventually(lambda: app.predicted()["edited"] != start["edited"])
    moved = app.predicted()
    assert moved["reference"] == start["reference"]
    assert moved["edited"] != start["edited"]
    model = checkpoints.load("joint_legnet").model
    expected = predict(model, [Sequence("edited", after)]).values[0]
    assert moved["edited"] == pytest.approx(expected.tolist(), abs=1e-3)
    app.shot("explorer-edited")
    app.press("Undo")
    app.has(before)
    app.eventually(lambda: app.predicted() == start)
    assert app.predicted() == start
    app.press("Redo")
    app.has(after)
    app.press("Reset")
    app.has(before)
    app.no_exception()


def test_clicking_the_same_cell_again_after_undo_works(app):
    open_promoter(app)
    before = app.sequence()
    cell = next(c for c in app.trace("substitution")["custom"] if c[0] == 60 and c[1] != before[60])
    after = before[:60] + cell[1] + before[61:]
    app.click_marker("substitution", cell)
    app.has(after)
    app.press("Undo")
    app.has(before)
    app.click_marker("substitution", cell)
    app.has(after)


def test_the_text_field_edits_too_and_bad_letters_are_named(app):
    open_promoter(app)
    before = app.sequence()
    field = app.text_field()
    other = "A" if before[0] != "A" else "C"
    field.fill(other + before[1:])
    field.press("Control+Enter")
    app.settle()
    app.has(other + before[1:])
    assert app.edited() == [0]
    field = app.text_field()
    field.fill("ACGTX" + before)
    field.press("Control+Enter")
    app.settle()
    app.shows("'X' at position 5")
    assert app.text_field().input_value() == "ACGTX" + before
    app.has(other + before[1:])
    app.no_exception()


def test_every_file_opens_in_the_tool_it_is_for(app, tmp_path):
    open_promoter(app)
    app.at(127)
    app.keys("A", "A")
    app.settle()
    app.page.get_by_role("button", name="Single files").click()
    fasta = tmp_path / "saved.fa"
    fasta.write_bytes(app.download("FASTA").read_bytes())
    record = pyfaidx.Fasta(str(fasta))[0]
    assert str(record) == app.sequence()
    rows = list(csv.DictReader(io.StringIO(app.download("Mutagenesis (CSV)").read_text())))
    assert len(rows) == 600
    assert rows[0]["ref"] == str(record)[0]
    contributions = list(csv.DictReader(io.StringIO(app.download("Integrated Gradients (CSV)").read_text())))
    assert [r["ref"] for r in contributions] == list(str(record))
    table = list(csv.DictReader(io.StringIO(app.download("Predictions (CSV)").read_text())))
    assert [float(r["edited"]) for r in table] == pytest.approx(app.predicted()["edited"], abs=1e-4)
    for line in app.download("Motif matches (BED)").read_text().splitlines():
        chrom, start, end, name, score, strand = line.split("\t")
        assert chrom == "chr19" and int(start) < int(end) and "|MA" in name
        assert 0 <= int(score) <= 1000 and strand in "+-"
    track, *lines = app.download("Integrated Gradients (bedGraph)").read_text().splitlines()
    assert track.startswith("track type=bedGraph") and len(lines) == 200
    first = int(contributions[0]["genomic_position"].split(":")[1])
    for i, line in enumerate(lines):
        chrom, start, end, value = line.split("\t")
        assert (chrom, int(start), int(end)) == ("chr19", first - 1 + i, first + i)
        assert math.isfinite(float(value))


def test_the_report_and_the_archive_tell_the_edit(app, chromium, tmp_path):
    open_promoter(app)
    app.at(127)
    app.keys("A", "A")
    app.settle()
    report = tmp_path / "report.html"
    report.write_bytes(app.download("Report (HTML)").read_bytes())
    said = next(line for line in app.text().splitlines() if line.startswith("Two bases changed at 128-129"))
    page = chromium.new_page()
    page.goto(report.as_uri())
    assert said.split(";")[1] in page.inner_text("body")  # K562 falls by ...
    assert page.locator("svg").count() >= 3 and page.locator("script").count() == 0
    page.close()
    with zipfile.ZipFile(app.download("Everything (ZIP)")) as archive:
        names = archive.namelist()
        for name in names:
            if name.endswith(".svg"):
                assert ET.fromstring(archive.read(name)).tag.endswith("svg")
    assert {n.rsplit(".", 1)[1] for n in names} == {"html", "fa", "csv", "bed", "bedgraph", "svg", "bw", "txt", "xml"}
    app.no_exception()


def test_the_camera_saves_an_svg(app):
    open_promoter(app)
    app.page.locator(".js-plotly-plot").last.hover()
    with app.page.expect_download() as caught:
        app.page.locator('[data-title*="Download plot"]').last.click()
    assert caught.value.suggested_filename.endswith(".svg")
    assert ET.parse(caught.value.path()).getroot().tag.endswith("svg")


def test_lentimpra_element_shows_its_measurement_and_fold(app):
    app.open("explorer")
    app.page.get_by_role("tab", name="lentiMPRA element").click()
    app.settle()
    app.page.get_by_role("button", name="Open ").last.click()
    app.settle()
    app.shows("Measured log2 RNA/DNA: K562", "Fold ")
    assert len(app.sequence()) == 200


def test_saturation_page_compares_and_opens_a_variant_in_the_explorer(app):
    app.open("saturation")
    app.page.wait_for_selector("text=Largest disagreements", timeout=300_000)
    app.settle()
    app.shot("saturation")
    drawn = app.trace("variant")["custom"]
    element = satmut.load("SORT1", "GRCh37")
    assert len(drawn) == len(element.variants)
    app.page.get_by_role("textbox", name="Look up a variant").fill("chr1:109817590 G>T")
    app.page.get_by_role("textbox", name="Look up a variant").press("Enter")
    app.settle()
    app.shows("chr1:109817590 G>T in SORT1: measured -2.9")
    app.click_marker("variant", [109817700, *next(c[1:] for c in drawn if c[0] == 109817700)])
    app.explorer_ready()
    app.page.get_by_text("Edits (1)").click()
    app.shows("chr1:109817700")
    assert len(app.edited()) == 1
    assert len(app.sequence()) == 200
    app.no_exception()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1920)])
def test_pages_fit_the_screen(new_app, scheme, width):
    app = new_app(width, 1000, scheme)
    for path in ("", "explorer", "in_silico", "variants", "scan", "saturation", "published_findings"):
        app.open(path)
        if path == "saturation":
            app.page.wait_for_selector("text=Largest disagreements", timeout=300_000)
            app.settle()
        app.no_exception()
        app.shot(f"{path or 'home'}-{scheme}-{width}")
        assert app.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
