"""Motifs of the user's own in the Explorer, its editor's shelf, the experiments and the session file."""

import pytest

from engine.data import motif_files
from engine.editor import session

MINE = ">M1 MINE\n9 0 0 9 9 0 9\n0 0 0 0 0 9 0\n0 9 0 0 0 0 0\n0 0 9 0 0 0 0\n"  # AGTAACA
UPLOAD = "own_motifs_explorer-0"


@pytest.fixture
def screen(explorer, trained, bases):
    """A sequence with the motif at its 51st base."""
    return explorer(f"{bases[:50]}AGTAACA{bases[57:]}")


def give(screen, name: str = "mine.pfm", text: str = MINE):
    screen.at.file_uploader(key=UPLOAD).set_value((name, text.encode(), "text/plain")).run()
    assert not screen.failures


def test_without_files_the_track_is_jaspars_and_says_which_matrices_are_short(screen):
    assert "Motif sites: JASPAR 2024 CORE vertebrates, 879 matrices" in screen.words
    assert "98 of 879 matrices are too short for p ≤ 0.0001" in screen.words
    assert not [c for c in screen.at.get("button_group") if c.key == "own_motifs_set"]


def test_the_track_and_the_shelf_take_them_in(screen):
    give(screen)
    assert screen.editor.shown["motifs"][0] == {"name": "MINE", "label": "MINE AGTAACA (M1)", "bases": "AGTAACA"}
    assert "JASPAR 2024 CORE vertebrates and mine.pfm (1 motif), 880 matrices" in screen.words
    matches = screen.editor.parts["motifs"]["stretches"]
    assert [m for m in matches if (m["name"], m["start"], m["end"]) == ("MINE", 50, 57)]
    screen.at.session_state["own_motifs_set"] = "your own"
    screen.at.run()
    assert {m["name"] for m in screen.editor.parts["motifs"]["stretches"]} == {"MINE"}
    screen.at.session_state["own_motifs_set"] = "JASPAR 2024"
    screen.at.run()
    assert "MINE" not in {m["name"] for m in screen.editor.parts["motifs"]["stretches"]}


def test_a_wrong_file_is_named_and_changes_nothing(screen):
    give(screen, "x.fa.txt", ">seq\nACGTACGT\n")
    assert any("these are sequences (FASTA), not motifs" in e for e in screen.values("error"))
    assert len(screen.editor.shown["motifs"]) == 22


def test_a_session_file_holds_them(screen, downloads):
    give(screen)
    saved = session.from_json(downloads["Save session (JSON)"])
    (own,) = motif_files.read(MINE.encode(), "mine.pfm").matrices.values()
    assert [(m.id, m.name, m.source) for m in saved.motifs] == [("M1", "MINE", "mine.pfm")]
    assert (saved.motifs[0].probabilities == own.probabilities).all()
    screen.at.button(key="own_motifs_explorer-remove-mine.pfm").click().run()
    assert len(screen.editor.shown["motifs"]) == 22
    text = session.to_json(saved).encode()
    screen.at.file_uploader(key="session_upload").set_value(("s.json", text, "application/json")).run()
    assert not screen.failures
    assert screen.editor.shown["motifs"][0]["name"] == "MINE"


def test_the_experiments_offer_them_first(screen):
    give(screen)
    other = screen.open("in_silico")
    other.at.session_state["silico_experiment"] = "Knock-in"
    other.at.run()
    assert not other.failures
    menu = other.at.selectbox(key="silico_in_motif")
    assert menu.options[0] == "MINE AGTAACA (M1)" and menu.value == "M1"
    other.press("Write it everywhere")
    assert not other.failures and not other.values("error")
    (button,) = [b for b in other.at.button if b.label.startswith("Open in the editor: MINE")]
    button.click().run()
    assert "AGTAACA" in other.document.bases or "TGTTACT" in other.document.bases
