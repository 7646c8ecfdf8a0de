"""The sequence editor by click and key, on the LDLR promoter and with the committed default model."""

import json
import os
import platform
import re
import statistics

import pytest

from engine.editor import session
from engine.experiments import checkpoints
from engine.experiments.declared import DEFAULT_MODEL
from engine.models.predict import predict
from engine.sequence import Sequence, reverse_complement

pytestmark = pytest.mark.slow
GATA = "TTCTTATCTGT"


@pytest.fixture
def ldlr(promoter):
    """The promoter without edits."""
    if promoter.page.get_by_role("button", name="Reset", exact=True).is_enabled():
        promoter.press("Reset")
    promoter.at(0)
    promoter.keys("Escape")
    return promoter


def other(base):
    return "A" if base != "A" else "C"


def test_typing_changes_the_letters_at_once_and_the_prediction_soon(ldlr):
    before = ldlr.sequence()
    word = "".join(other(b) for b in before[83:87])
    ldlr.at(83)
    ldlr.keys(*word)
    assert ldlr.sequence() == before[:83] + word + before[87:]  # without waiting for anybody
    assert "position 88 of 200; 4 edited" in ldlr.editor_says("where")
    ldlr.settle()
    assert ldlr.edited() == [83, 84, 85, 86]
    model = checkpoints.load(DEFAULT_MODEL).model
    expected = predict(model, [Sequence("edited", ldlr.sequence())]).values[0]
    expected = pytest.approx(expected.tolist(), abs=1e-3)
    ldlr.eventually(lambda: ldlr.predicted()["edited"] == expected)
    assert ldlr.predicted()["edited"] == expected
    said = re.findall(r"(?:K562|HepG2|WTC11)\s+\S+\s+(\S+)", ldlr.editor_says("prediction"))
    said = [float(v.replace("\u2212", "-")) for v in said]
    assert said == pytest.approx(ldlr.predicted()["edited"], abs=0.007)  # two decimals
    ldlr.says("Four bases changed at 84-87")
    # focus has stayed, so typing goes on
    ldlr.keys(other(before[87]))
    assert ldlr.edited() == [83, 84, 85, 86, 87]
    ldlr.no_exception()


def test_the_keyboard_alone_moves_selects_deletes_and_undoes(ldlr):
    before = ldlr.sequence()
    ldlr.at(0)
    ldlr.keys("End", "Control+Home", "ArrowRight", "ArrowRight")
    assert "position 3 of 200" in ldlr.editor_says("where")
    ldlr.keys("Shift+ArrowRight", "Shift+ArrowRight", "Delete")
    ldlr.has(before[:2] + before[5:])
    ldlr.keys("Control+z")
    ldlr.has(before)
    ldlr.keys("Control+y")
    ldlr.has(before[:2] + before[5:])
    ldlr.keys("Insert", "g", "u", "Insert")
    ldlr.has(before[:2] + "GT" + before[5:])
    ldlr.keys("Backspace")
    ldlr.has(before[:2] + "G" + before[5:])
    ldlr.settle()
    field = ldlr.text_field()
    ldlr.eventually(lambda: field.input_value() == before[:2] + "G" + before[5:])  # the last key may be on its way
    assert field.input_value() == before[:2] + "G" + before[5:]
    ldlr.fold()
    ldlr.at(5)
    ldlr.keys("x")
    assert "'x' is not a base" in ldlr.editor_says("message")
    ldlr.press("Reset")
    ldlr.has(before)
    assert ldlr.editor_says("where").endswith("no base edited")
    ldlr.no_exception()


INNERMOST = """() => {
    let e = document.activeElement;
    while (e.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
    return e; }"""


def test_a_focus_that_the_page_takes_away_comes_back_and_one_that_the_user_moves_does_not(ldlr):
    before = ldlr.sequence()
    ldlr.at(7)
    # as where Streamlit draws anew what has the focus
    ldlr.page.evaluate_handle(INNERMOST).as_element().evaluate("e => e.blur()")
    ldlr.keys(other(before[7]))
    ldlr.has(before[:7] + other(before[7]) + before[8:])
    ldlr.settle()
    ldlr.page.get_by_test_id("stMain").click(position={"x": 4, "y": 400})
    ldlr.page.wait_for_timeout(600)
    assert ldlr.page.evaluate_handle(INNERMOST).as_element().get_attribute("data-part") != "grid"
    ldlr.keys("Delete")
    ldlr.has(before[:7] + other(before[7]) + before[8:])
    ldlr.no_exception()


def test_no_key_reaches_the_shortcuts_of_streamlit(ldlr):
    ldlr.at(10)
    ldlr.keys("c", "r", "c")
    ldlr.settle()
    assert ldlr.page.get_by_role("dialog").count() == 0
    assert ldlr.sequence()[10] == "C" and ldlr.sequence()[11] == "C"


def test_pasted_text_is_cleaned_told_and_undone_and_bad_text_keeps_the_document(ldlr):
    before = ldlr.sequence()
    ldlr.at(20)
    ldlr.paste(">record\r\n  1 acgu\r\n  5 gattaca\r\n")
    ldlr.has(before[:20] + "ACGTGATTACA" + before[31:])
    assert "Cleaned: " in ldlr.editor_says("message") and "lower case" in ldlr.editor_says("message")
    ldlr.paste("ACGTJ")
    assert "'J' at position 5" in ldlr.editor_says("message")
    ldlr.has(before[:20] + "ACGTGATTACA" + before[31:])
    ldlr.press("Undo")
    ldlr.has(before)
    ldlr.keys("Control+a")
    ldlr.paste("GATTACA" * 30)
    ldlr.has("GATTACA" * 30)
    ldlr.no_exception()


def test_keys_pressed_while_pasted_text_is_cleaned_are_not_lost(ldlr):
    before = ldlr.sequence()
    ldlr.at(20)
    ldlr.paste("a c g t", wait=False)
    ldlr.keys("g", "g")
    ldlr.settle()
    ldlr.has(before[:20] + "ACGTGG" + before[26:])


def test_a_motif_is_dragged_onto_a_position_or_written_with_a_key(ldlr):
    before = ldlr.sequence()
    ldlr.page.locator("summary", has_text="Motifs").click()
    chip = ldlr.page.get_by_role("button", name=f"write GATA1 {GATA}")
    chip.drag_to(ldlr.page.locator("#base-40"))
    ldlr.has(before[:40] + GATA + before[40 + len(GATA) :])
    ldlr.settle()
    assert re.search(r"adds? .*GATA", ldlr.editor_says("words"))
    ldlr.at(100)
    ldlr.page.locator("summary", has_text="Motifs").click()  # the click beside it has closed it
    chip.focus()
    chip.press("Enter")
    assert ldlr.sequence()[100 : 100 + len(GATA)] == GATA
    ldlr.at(195)
    ldlr.page.locator("summary", has_text="Motifs").click()
    chip.press("Enter")
    assert "does not fit" in ldlr.editor_says("message")
    ldlr.shot("editor-motif")


def test_the_hover_card_tells_place_bases_effects_and_motifs(ldlr):
    before = ldlr.sequence()
    ldlr.page.locator("#base-120").hover()
    card = ldlr.editor_says("card")
    assert "position 121" in card and "chr19:11,089,409 GRCh38" in card
    shown = dict(re.findall(r"([ACGT]) ([+−][\d.]+)", card.splitlines()[4]))
    assert set(shown) == set("ACGT") - {before[120]}
    ldlr.at(120)
    ldlr.keys(other(before[120]))
    ldlr.settle()
    ldlr.page.locator("#base-121").hover()
    ldlr.page.locator("#base-120").hover()
    assert f"{other(before[120])}, reference {before[120]}" in ldlr.editor_says("card")


def test_the_other_strand_and_a_shuffle_come_from_python(ldlr):
    before = ldlr.sequence()
    ldlr.press("Reverse complement")
    ldlr.has(reverse_complement(before))
    assert ldlr.edited() == []
    ldlr.press("Undo")
    ldlr.press("Shuffle selection")
    assert "Select the stretch" in ldlr.editor_says("message")
    ldlr.at(10)
    ldlr.page.locator("#base-49").click(modifiers=["Shift"])
    ldlr.press("Shuffle selection")
    after = ldlr.sequence()
    assert after != before and sorted(after) == sorted(before)
    assert after[:10] == before[:10] and after[50:] == before[50:]


def test_letters_follow_the_chosen_track_where_lines_wrap(ldlr):
    def tallest():
        scales = ldlr.page.locator(".cell .box i").evaluate_all("all => all.map(e => e.style.transform)")
        return len(scales), max(float(re.search(r"[\d.]+", s).group()) for s in scales)

    assert ldlr.page.locator(".grid .line").count() == 1 and not ldlr.page.get_by_label("Letters follow").is_visible()
    ldlr.press("Wrap")
    assert ldlr.page.locator(".grid .line").count() > 1
    many, ig = tallest()
    assert many > 20 and ig > 1
    ldlr.page.get_by_label("Letters follow").select_option("ism")
    assert tallest()[1] > 1
    ldlr.page.get_by_label("Letters follow").select_option("measured")
    assert tallest()[0] > 20
    ldlr.page.get_by_label("Letters follow").select_option("none")
    assert ldlr.page.locator(".cell .box").count() == 0
    ldlr.page.get_by_label("Letters follow").select_option("ig")
    ldlr.press("Wrap")


def test_the_address_brings_the_edited_sequence_back(ldlr, new_app):
    before = ldlr.sequence()
    ldlr.at(50)
    ldlr.keys(other(before[50]), "Insert", "g", "Insert")
    ldlr.settle()
    edited, predicted = ldlr.sequence(), ldlr.predicted()
    ldlr.page.reload()
    ldlr.explorer_ready()
    ldlr.has(edited)
    ldlr.eventually(lambda: ldlr.predicted() == predicted)
    assert ldlr.predicted() == predicted
    assert ldlr.edited() == [50, 51]
    fresh = new_app()
    fresh.page.goto(ldlr.page.url)
    fresh.explorer_ready()
    fresh.has(edited)
    fresh.press("Undo")
    fresh.press("Undo")
    fresh.has(before)


def test_a_session_is_saved_and_opened_again_with_all_its_sequences(new_app, tmp_path):
    ldlr = new_app()
    ldlr.open()
    ldlr.press("Open the LDLR promoter")
    ldlr.explorer_ready()
    before = ldlr.sequence()
    ldlr.at(5)
    ldlr.keys(other(before[5]))
    ldlr.settle()
    ldlr.unfold("Open")
    ldlr.page.get_by_label("Sequence or FASTA").fill("GATTACA" * 20)
    ldlr.page.get_by_label("Sequence or FASTA").press("Control+Enter")
    ldlr.settle()
    ldlr.page.get_by_role("button", name="Open pasted (140 bp)").click()
    ldlr.settle()
    ldlr.has("GATTACA" * 20)
    ldlr.unfold("Session")
    file = tmp_path / "session.json"
    file.write_bytes(ldlr.download("Save session (JSON)").read_bytes())
    saved = session.from_json(file.read_text())
    assert [d.reference.name for d in saved.bench.documents] == ["LDLR.2", "pasted"]
    fresh = new_app()
    fresh.open("explorer")
    fresh.unfold("Session")
    fresh.page.locator('input[type="file"][accept*="json"]').set_input_files(file)
    fresh.explorer_ready()
    fresh.has("GATTACA" * 20)
    fresh.page.get_by_text("LDLR.2 *").click()
    fresh.settle()
    fresh.has(before[:5] + other(before[5]) + before[6:])
    fresh.unfold("Session")
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps(json.loads(file.read_text()) | {"format": 9}))
    fresh.hand_over(broken)
    fresh.shows("format 9", "Nothing that was open is lost")
    fresh.has(before[:5] + other(before[5]) + before[6:])
    fresh.no_exception()


def test_how_long_a_key_press_takes_is_printed(ldlr, capsys):
    """A measurement, not a limit: `pytest -s` or the log of the whole suite shows it."""
    before = ldlr.sequence()
    predicted, explained = [], []
    ldlr.at(60)
    for i in range(60, 68):
        ldlr.keys(other(before[i]))
        ldlr.settle()
        predicted.append(int(ldlr.page.locator('[data-part="prediction"]').get_attribute("data-milliseconds")))
        explained.append(int(ldlr.page.locator('[data-part="grid"]').get_attribute("data-milliseconds")))
    assert ldlr.edited() == list(range(60, 68))
    with capsys.disabled():
        print(
            f"\nkey press to prediction: median {statistics.median(predicted):.0f} ms of {predicted}; to IG and ISM: "
            f"median {statistics.median(explained):.0f} ms of {explained}; {os.cpu_count()} cores, {platform.machine()}"
        )
