"""Explorer: what it says when things are missing, how a sequence is edited, what can be saved."""

import io
import itertools
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from engine.fasta import read_fasta
from engine.sequence import reverse_complement
from pages.shared import bench, copying

OUTPUTS = ["K562", "HepG2", "WTC11"]


# --- empty states -----------------------------------------------------------------------------------


def test_without_data_models_and_network_the_page_says_how_to_begin(app, no_data, models_folder):
    screen = app("explorer", source_tab="lentiMPRA element")
    assert not screen.failures and screen.title == "Explorer"
    assert "No sequence is open" in screen.words
    information = "\n".join(screen.values("info"))
    for file in ("satmut_elements.tsv.gz", "cagi5_references.json", "ultra_joint.fa.gz", "all_cell_type_measured.xlsx"):
        assert file in information
    assert [b.label for b in screen.at.button].count("Download now") == 2
    screen.at.button(key="download-lentimpra_sequences-lentimpra_activity").click().run()
    assert not screen.failures
    assert any("'lentimpra_sequences'" in e for e in screen.values("error"))


def test_a_sequence_without_a_model_shows_the_command_that_trains_one(explorer, no_data, models_folder, bases):
    screen = explorer(bases)
    assert not screen.failures
    assert "python -m engine train joint_legnet" in "\n".join(screen.values("info"))
    assert not screen.at.get("plotly_chart")


def test_a_sequence_and_a_model_are_enough(explorer, expected, no_data, trained, bases):
    screen = explorer(bases)
    assert not screen.failures
    assert screen.figures == {"predictions"}
    assert "No change: the sequence is the reference." in screen.editor.sentence
    assert {"readout", "words", "motifs", "ig", "ism"} <= set(screen.editor.parts)
    assert all(screen.editor.parts[name]["bases"] == bases for name in ("readout", "words", "motifs", "ig", "ism"))
    edited = screen.table.loc["joint_legnet", "edited"]
    assert edited.tolist() == pytest.approx(expected("joint_legnet", bases), abs=1e-5)


def test_a_broken_model_is_named_and_the_other_one_used(explorer, trained, bases):
    (trained / "mine" / "weights.safetensors").write_bytes(b"half")
    screen = explorer(bases, models=["joint_legnet", "mine"])
    assert not screen.failures
    assert any("weights.safetensors" in e and "mine" in e for e in screen.values("error"))
    assert set(screen.table.index.get_level_values(0)) == {"joint_legnet"}


def test_only_broken_models_end_the_page_with_their_names(explorer, trained, bases):
    (trained / "mine" / "experiment.json").write_text("{")
    screen = explorer(bases, models=["mine"])
    assert not screen.failures
    assert any("experiment.json" in e for e in screen.values("error"))


# --- editing ----------------------------------------------------------------------------------------


def test_an_edit_of_the_text_changes_the_prediction(explorer, expected, trained, bases):
    screen = explorer(bases)
    before = screen.table
    assert (before["change"] == 0).all()
    changed = bases[:99] + ("A" if bases[99] != "A" else "C") + bases[100:]
    screen.type("editor_text", changed)
    assert not screen.failures
    after = screen.table
    assert after.loc["joint_legnet", "reference"].tolist() == before.loc["joint_legnet", "reference"].tolist()
    assert after.loc["joint_legnet", "edited"].tolist() == pytest.approx(expected("joint_legnet", changed), abs=1e-5)
    assert (after["change"].abs() > 1e-5).all()
    np.testing.assert_allclose(after["change"], after["edited"] - after["reference"], atol=1e-9)
    assert screen.edits == [f"100 {bases[99]}>{changed[99]}"]
    (steps,) = [r for r in screen.at.radio if r.label == "Step"]
    assert steps.options == ["0. the reference", f"1. {screen.edits[0]}"] and steps.value == 1
    marks = {t["name"]: t["x"] for t in screen.figure("predictions")["data"] if t.get("mode") == "markers"}
    assert marks["reference"] == before["reference"].tolist() and marks["edited"] == after["edited"].tolist()


def test_bad_text_is_named_and_both_the_text_and_the_document_stay(explorer, trained, bases):
    screen = explorer(bases)
    good = "T" + bases[1:] if bases[0] != "T" else "C" + bases[1:]
    screen.type("editor_text", good)
    shown = screen.table
    bad = good[:41] + "!" + good[42:]
    screen.type("editor_text", bad)
    assert not screen.failures
    (error,) = screen.values("error")
    assert "letter '!' at position 42" in error
    assert screen.text == bad
    assert screen.document.bases == good and len(screen.edits) == 1
    pd.testing.assert_frame_equal(screen.table, shown)
    screen.type("editor_text", bases)
    assert not screen.values("error")
    assert screen.document.bases == bases


def test_bad_text_survives_a_visit_to_another_page(explorer, trained, bases):
    screen = explorer(bases).type("editor_text", bases + "?")
    screen.open("home").open("explorer")
    assert not screen.failures
    assert screen.document.bases == bases and screen.text == bases + "?"
    assert any("letter '?' at position 201" in e for e in screen.values("error"))


def test_cleaned_text_is_written_back_and_told(explorer, trained, bases):
    changed = ("A" if bases[0] != "A" else "C") + bases[1:]
    screen = explorer(bases).type("editor_text", "1 " + changed.lower())
    assert not screen.failures
    assert screen.text == changed
    assert "Cleaned: removed 1 digit(s)." in screen.words
    assert "Cleaned: raised lower case to upper case." in screen.words


def test_text_too_long_for_the_screen_is_refused(explorer, trained, bases, random_bases):
    screen = explorer(bases)
    longer = random_bases(bench.LONGEST + 1)
    screen.type("editor_text", longer)
    assert not screen.failures
    assert any("3,001 bases" in e and "3,000" in e for e in screen.values("error"))
    assert screen.text == longer and screen.document.bases == bases


def test_undo_redo_and_reset_walk_along_the_edits(explorer, trained):
    states = ["A" * 200, "A" * 199 + "C", "A" * 198 + "CC"]
    undo, redo, reset = ({"kind": k} for k in ("undo", "redo", "reset"))
    screen = explorer(states[0])
    for state in states[1:]:
        screen.type("editor_text", state)
    numbers = screen.table["edited"].tolist()
    screen.edit(undo)
    assert screen.text == screen.document.bases == states[1]
    assert screen.table["edited"].tolist() != numbers
    screen.edit(undo)
    assert screen.text == states[0] and (screen.table["change"] == 0).all()
    screen.edit(redo, redo)
    assert screen.text == states[2] and screen.table["edited"].tolist() == numbers
    screen.edit(reset)
    assert screen.text == states[0] and screen.edits == []
    screen.edit(redo)
    assert screen.text == states[1]
    screen.type("editor_text", "G" + states[1][1:])
    assert screen.document.applied == screen.document.edits
    assert not screen.failures


def test_keys_in_the_editor_change_the_document(explorer, expected, trained, bases):
    screen = explorer(bases)
    changed = ("A" if bases[0] != "A" else "C") + bases[1:]
    screen.substitute(0, changed[0])
    assert not screen.failures
    assert screen.document.bases == screen.text == changed
    edited = screen.table.loc["joint_legnet", "edited"]
    assert edited.tolist() == pytest.approx(expected("joint_legnet", changed), abs=1e-5)
    shown = screen.editor.shown
    rows = {r["output"]: r["edited"] for r in shown["prediction"]}
    assert list(rows.values()) == pytest.approx(expected("joint_legnet", changed), abs=1e-5)
    assert (shown["cursor"], shown["acked"], shown["reference"]) == (1, 1, bases)
    assert shown["history"] == [[0, 1, changed[0], False]]
    version = shown["version"]
    screen.substitute(1, "A").substitute(1, "C")
    assert screen.editor.shown["version"] == version  # the editor has these letters already


def test_what_only_the_engine_can_do_is_shown_to_the_editor_anew(explorer, trained, bases):
    screen = explorer(bases)
    version = screen.editor.shown["version"]
    screen.edit({"kind": "paste", "start": 0, "removed": None, "text": " 1 acg\r\n"})
    assert screen.document.bases == "ACG" + bases[3:]
    assert screen.editor.shown["version"] > version and screen.editor.shown["at"] == 3
    assert "Cleaned: removed" in screen.editor.shown["message"]["text"]
    screen.edit({"kind": "paste", "start": 0, "removed": 0, "text": "ACGJ"})
    assert screen.document.bases == "ACG" + bases[3:]
    assert "'J' at position 4" in screen.editor.shown["message"]["text"]
    assert not screen.failures


def test_an_insertion_that_makes_the_sequence_too_long_is_refused(explorer, trained, bases, monkeypatch):
    monkeypatch.setattr(bench, "LONGEST", len(bases) + 3)
    screen = explorer(bases).edit({"kind": "splice", "start": 20, "removed": 0, "inserted": "GATTACA"})
    assert not screen.failures
    assert "takes up to 203" in screen.editor.shown["message"]["text"]
    assert screen.document.bases == bases


def test_two_records_in_the_field_are_refused(explorer, trained, bases):
    screen = explorer(bases).type("editor_text", f">a\n{bases[:100]}\n>b\n{bases[100:]}")
    assert not screen.failures
    assert any("2 FASTA records" in e for e in screen.values("error"))
    assert screen.document.bases == bases


def test_a_shuffle_keeps_the_dinucleotides_and_the_rest(explorer, trained, bases):
    shuffle = {"kind": "shuffle", "start": 50, "end": 150}
    screen = explorer(bases).edit(shuffle)
    assert not screen.failures
    now = screen.text
    assert now != bases and (now[:50], now[150:]) == (bases[:50], bases[150:])
    assert Counter(itertools.pairwise(now[50:150])) == Counter(itertools.pairwise(bases[50:150]))
    screen.edit({"kind": "undo"}).edit(shuffle)
    assert screen.text not in (now, bases)  # another arrangement each time


def test_the_reverse_complement_leaves_the_predictions_as_they_are(explorer, trained, bases):
    screen = explorer(bases, models=["joint_legnet", "mine"])
    screen.edit({"kind": "reverse_complement"})
    assert not screen.failures
    assert screen.text == reverse_complement(bases) and screen.edits == ["reverse complement"]
    assert len(screen.table) == 5
    np.testing.assert_allclose(screen.table["change"], 0, atol=1e-5)


def test_an_unknown_base_is_warned_of(explorer, trained, bases):
    screen = explorer(bases).type("editor_text", bases[:9] + "NR" + bases[11:])
    assert not screen.failures
    (warning,) = [w for w in screen.values("warning") if "not A, C, G or T" in w]
    assert "2 of 200 bases" in warning and "position 10" in warning and "0.25" in warning
    screen.edit({"kind": "undo"})
    assert not [w for w in screen.values("warning") if "not A, C, G or T" in w]


def test_a_sequence_of_unknown_bases_only_is_shown(explorer, trained):
    screen = explorer("N" * 200)
    assert not screen.failures
    assert any("No known base" in w for w in screen.values("warning"))


def test_the_document_stays_when_the_user_visits_another_page(explorer, trained, bases):
    screen = explorer(bases).type("editor_text", bases[:-1] + ("A" if bases[-1] != "A" else "C"))
    shown = screen.table
    screen.open("home").open("explorer")
    assert not screen.failures
    assert screen.text == screen.document.bases and len(screen.edits) == 1
    pd.testing.assert_frame_equal(screen.table, shown)


def test_a_new_sequence_opens_beside_the_old_one(explorer, trained, bases, random_bases):
    screen = explorer(bases).type("editor_text", "A" + bases)
    other = random_bases(150, seed=99)
    screen.open_drawer().type("paste_text", other)
    screen.at.button(key="open_paste").click().run()
    assert not screen.at.session_state["open_drawer"]  # what was asked for is there
    assert not screen.failures
    assert screen.text == other and screen.edits == [] and screen.document.redo() == screen.document
    beside = next(t.value for t in screen.at.dataframe if "sequence" in t.value)
    assert beside["sequence"].tolist() == ["pasted (1) *", "pasted (2)"]
    assert beside["bases"].tolist() == [201, 150]
    np.testing.assert_allclose(beside["K562, minus the first"], beside["K562"] - beside["K562"][0])
    shown = next(b for b in screen.at.button_group if b.key.startswith("shown-"))
    shown.set_value(0).run()
    assert not screen.failures
    assert screen.text == "A" + bases and len(screen.edits) == 1
    screen.press("Close")
    assert not screen.failures
    assert screen.text == other
    assert not [b for b in screen.at.button if b.label == "Close"]


# --- files ------------------------------------------------------------------------------------------


def test_the_files_hold_what_is_on_screen(explorer, expected, trained, bases, downloads):
    screen = explorer(bases).type("editor_text", bases[:-1] + ("A" if bases[-1] != "A" else "C"))
    now = screen.document.bases
    assert not screen.failures
    (saved,) = read_fasta(downloads["FASTA"])
    assert (saved.name, saved.bases) == ("pasted_edited", now)
    numbers = pd.read_csv(io.StringIO(downloads["Predictions (CSV)"]))
    np.testing.assert_allclose(numbers["edited"], screen.table["edited"], rtol=1e-4)
    ism = pd.read_csv(io.StringIO(downloads["Mutagenesis (CSV)"]))
    assert len(ism) == 600 and "".join(ism["ref"][::3]) == now
    first = ism.iloc[0]
    changed = first["alt"] + now[1:]
    effect = expected("joint_legnet", changed) - expected("joint_legnet", now)
    np.testing.assert_allclose(first[OUTPUTS].to_numpy(float), effect, atol=1e-5)
    ig = pd.read_csv(io.StringIO(downloads["Integrated Gradients (CSV)"]))
    assert "".join(ig["ref"]) == now


def test_the_predictions_saved_are_those_of_the_edit_just_made(explorer, trained, bases, downloads):
    screen = explorer(bases)
    for letter in "ACGT":
        screen.type("editor_text", letter * 3 + bases[3:])
        saved = pd.read_csv(io.StringIO(downloads["Predictions (CSV)"]))
        np.testing.assert_allclose(saved["edited"], screen.table["edited"], rtol=1e-4)


def test_a_name_with_two_underscores_is_a_name_like_any_other(app, trained, bases, monkeypatch):
    keys = []
    monkeypatch.setattr(copying, "_COPY", lambda key, **_: keys.append(key))
    screen = app("explorer").type("paste_text", f">my__enhancer__1\n{bases}")
    screen.at.button(key="open_paste").click().run()
    assert not screen.failures and screen.document.reference.name == "my__enhancer__1"
    assert any("enhancer" in key for key in keys) and not any("__" in key for key in keys)  # which Streamlit refuses
