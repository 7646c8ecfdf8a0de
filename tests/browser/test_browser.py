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
from engine.experiments.declared import DEFAULT_MODEL
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
    index, base = 120, "A" if before[120] != "A" else "C"
    app.click_map(index, base)
    after = before[:index] + base + before[index + 1 :]
    app.has(after)
    assert app.edited() == [index]
    app.eventually(lambda: app.predicted()["edited"] != start["edited"])
    moved = app.predicted()
    assert moved["reference"] == start["reference"]
    assert moved["edited"] != start["edited"]
    model = checkpoints.load(DEFAULT_MODEL).model
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
    base = "A" if before[60] != "A" else "C"
    after = before[:60] + base + before[61:]
    app.click_map(60, base)
    app.has(after)
    app.press("Undo")
    app.has(before)
    app.click_map(60, base)
    app.has(after)
    app.click_map(60, base)  # the base that is there
    assert app.edited() == [60]


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
    app.eventually(lambda: "'X' at position 5" in app.editor_says("message"))
    assert app.text_field().input_value() == "ACGTX" + before
    app.has(other + before[1:])
    app.no_exception()


def test_every_file_opens_in_the_tool_it_is_for(app, tmp_path):
    open_promoter(app)
    app.at(127)
    app.keys("A", "A")
    app.settle()
    app.unfold("Save")
    app.page.get_by_text("Single files").click()
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
    for line in app.download("Motif sites (BED)").read_text().splitlines():
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
    app.unfold("Save")
    app.press("Write the report")
    report.write_bytes(app.download("Report (HTML)").read_bytes())
    said = app.editor_says("words")
    assert said.startswith("Two bases changed at 128-129")
    page = chromium.new_page()
    page.goto(report.as_uri())
    told = said.split(";")[1].split("(")[0]  # K562 falls by ...; the report calls models as commands do
    assert "K562 falls by" in told and told in page.inner_text("body")
    assert page.locator("svg").count() >= 3 and page.locator("script").count() == 0
    page.close()
    with zipfile.ZipFile(app.download("Everything (ZIP)")) as archive:
        names = archive.namelist()
        for name in names:
            if name.endswith(".svg"):
                assert ET.fromstring(archive.read(name)).tag.endswith("svg")
    assert {n.rsplit(".", 1)[1] for n in names} == {"html", "fa", "csv", "bed", "bedgraph", "svg", "bw", "txt", "xml"}
    app.no_exception()


def test_the_tracks_in_sight_are_saved_as_a_figure_of_their_own(app):
    open_promoter(app)
    with app.page.expect_download() as caught:
        app.page.get_by_role("button", name="Save figure").click()
    assert caught.value.suggested_filename == "cislens-LDLR.2.svg"
    drawn = ET.parse(caught.value.path()).getroot()
    words = ["".join(e.itertext()) for e in drawn.iter() if e.tag.endswith("text")]
    assert {"Contributions", "Predicted map", "Measured map"} <= set(words)
    assert "".join(w for w in words if len(w) == 1).startswith(app.sequence())


def test_an_edit_is_made_and_read_without_scrolling(new_app):
    """At the size of a small laptop: the editor, the predictions and the first tracks are in sight together."""
    app = new_app(1280, 800)
    open_promoter(app)
    app.at(127)
    app.keys("A")
    app.settle()
    for part in ("#base-127", '[data-part="prediction"]', '[data-part="words"]', ".row.logo", ".row.stretches"):
        box = app.page.locator(part).first.bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= 800, part
    for box in [row.bounding_box() for row in app.page.locator(".row.map").all()]:  # predicted and measured
        assert box["y"] + box["height"] <= 800
    assert app.page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") == 0


def test_the_column_under_the_pointer_is_lit_in_all_tracks_and_a_drag_zooms_both(app):
    open_promoter(app)
    column, rows = app.page.locator('[data-part="column"]'), app.page.locator('[data-part="rows"]')
    app.page.locator("#base-60").hover()
    lit, base = column.bounding_box(), app.page.locator("#base-60").bounding_box()
    assert abs(lit["x"] - base["x"]) < 1 and abs(lit["width"] - base["width"]) < 1
    assert lit["y"] + lit["height"] >= rows.bounding_box()["y"] + rows.bounding_box()["height"] - 1
    track = app.page.locator(".row.logo").first.bounding_box()
    app.page.mouse.move(base["x"] + 1, track["y"] + 20)
    assert app.page.locator(".cell.hovered").get_attribute("data-i") == "60"  # and the other way round
    app.page.mouse.down()
    app.page.mouse.move(app.page.locator("#base-99").bounding_box()["x"] + 1, track["y"] + 20, steps=4)
    app.page.mouse.up()
    assert app.page.locator('[data-part="overview"]').inner_text().strip().startswith("61–1")
    wide = app.page.locator("#base-60").bounding_box()
    assert wide["width"] > 2.5 * base["width"]
    app.page.locator("#base-70").hover()
    lit, wide = column.bounding_box(), app.page.locator("#base-70").bounding_box()
    assert abs(lit["x"] - wide["x"]) < 1 and abs(lit["width"] - wide["width"]) < 1
    app.press("All")
    assert app.page.locator("#base-60").bounding_box()["width"] == base["width"]


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
    assert len(app.trace("variant")["custom"]) == len(satmut.load("SORT1", "GRCh38").variants)
    app.page.get_by_role("textbox", name="Find a variant").fill("chr1:109817590 G>T")  # of the other build
    app.page.get_by_role("textbox", name="Find a variant").press("Enter")
    app.settle()
    app.shows("chr1:109817590 G>T in SORT1: measured -2.9")
    drawn = app.trace("variant")["custom"]
    app.click_marker("variant", [109817700, *next(c[1:] for c in drawn if c[0] == 109817700)])
    app.explorer_ready()
    app.unfold("History")
    app.page.get_by_text("chr1:109817700").first.wait_for()
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
