"""Explorer: opening sequences, editing them, and what the screen then says and saves."""

import gzip
import io
import itertools
import json
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from engine import checkpoints
from engine.data import satmut
from engine.data.motifs import MOTIFS
from engine.plots.theme import BASE_COLOURS
from engine.predict import predict
from engine.sequence import WINDOW_POLICIES, Sequence, read_fasta, reverse_complement
from pages import common, sources_panel

OUTPUTS = ["K562", "HepG2", "WTC11"]


@pytest.fixture
def bases(random_bases) -> str:
    return random_bases(200, seed=11)


def document(screen):
    return screen.at.session_state["document"]


def edits(screen) -> list[str]:
    return [e.description for e in document(screen).applied]


def table(screen) -> pd.DataFrame:
    """The predictions, one row a model and cell type."""
    return screen.at.dataframe[0].value.set_index(["model", "cell type"])


def text(screen) -> str:
    return screen.at.text_area(key="editor_text").value


def expected(name: str, bases: str, policy: str | None = None) -> np.ndarray:
    return predict(checkpoints.load(name).model, [Sequence("s", bases)], policy=policy).values[0]


# --- empty states -----------------------------------------------------------------------------------


def test_without_data_models_and_network_the_page_says_how_to_begin(app, no_data, models_folder):
    screen = app("explorer")
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


def test_a_sequence_and_a_model_are_enough(explorer, no_data, trained, bases):
    screen = explorer(bases)
    assert not screen.failures
    assert len(screen.at.get("plotly_chart")) == 2
    assert table(screen).loc["joint_legnet", "edited"].tolist() == pytest.approx(expected("joint_legnet", bases))


def test_a_broken_model_is_named_and_the_other_one_used(explorer, trained, bases):
    (trained / "mine" / "weights.safetensors").write_bytes(b"half")
    screen = explorer(bases, models=["joint_legnet", "mine"])
    assert not screen.failures
    assert any("weights.safetensors" in e and "mine" in e for e in screen.values("error"))
    assert set(table(screen).index.get_level_values(0)) == {"joint_legnet"}


def test_only_broken_models_end_the_page_with_their_names(explorer, trained, bases):
    (trained / "mine" / "experiment.json").write_text("{")
    screen = explorer(bases, models=["mine"])
    assert not screen.failures
    assert any("experiment.json" in e for e in screen.values("error"))


# --- opening ----------------------------------------------------------------------------------------


def test_a_pasted_sequence_opens_cleaned(explorer, trained, bases):
    screen = explorer(" 1 " + bases[:100].lower() + "\n101 " + bases[100:])
    assert not screen.failures
    assert text(screen) == bases == document(screen).bases
    assert "pasted" in screen.words and "200 bp" in screen.words
    assert "Cleaned: removed blanks, removed 4 digit(s), raised lower case to upper case." in screen.words
    assert edits(screen) == []


def test_pasted_text_with_a_foreign_letter_is_refused_with_its_place(app, trained):
    screen = app("explorer").type("paste_text", "ACGTXACGT")
    assert not screen.failures
    assert any("letter 'X' at position 5" in e for e in screen.values("error"))
    assert screen.at.text_area(key="paste_text").value == "ACGTXACGT"


def test_a_record_of_pasted_fasta_is_chosen(app, trained, bases):
    screen = app("explorer").type("paste_text", f">one\nACGTACGT\n>two\n{bases}\n")
    records = screen.at.selectbox(key="paste_record")
    assert records.options == ["one (8 bp)", "two (200 bp)"]
    records.set_value(records.value.__class__("two", bases, origin="FASTA")).run()
    screen.at.button(key="open_paste").click().run()
    assert document(screen).reference.name == "two" and document(screen).bases == bases


def test_a_sequence_too_long_for_the_screen_is_refused(explorer, trained, random_bases):
    screen = explorer(random_bases(common.LONGEST + 1))
    assert not screen.failures
    assert any("3,001 bases" in e and "3,000" in e for e in screen.values("error"))
    assert "document" not in screen.at.session_state


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "byte order mark"])
def test_a_fasta_file_opens(app, trained, bases, mark):
    screen = app("explorer")
    content = mark + f">mine\r\n{bases[:90]}\r\n{bases[90:]}\r\n".encode()
    screen.at.file_uploader(key="fasta_upload").set_value(("mine.fa", content, "text/plain")).run()
    screen.at.button(key="open_fasta").click().run()
    assert not screen.failures
    assert (document(screen).reference.name, document(screen).bases) == ("mine", bases)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (gzip.compress(b">a\nACGT\n"), "mine.fa is not text"),
        (b"", "mine.fa is empty"),
        (b"ACGT\n", "mine.fa is not FASTA"),
        (b">a\nACGJ\n", "letter 'J' at position 4"),
    ],
)
def test_a_file_that_is_not_fasta_is_named(app, trained, content, reason):
    screen = app("explorer")
    screen.at.file_uploader(key="fasta_upload").set_value(("mine.fa", content, "text/plain")).run()
    assert not screen.failures
    assert any(reason in e for e in screen.values("error"))


@pytest.mark.needs_data("satmut", "cagi5_references")
def test_a_measured_element_opens_around_the_chosen_position(app, trained):
    screen = app("explorer").choose("measured_element", "PKLR-48h").choose("measured_build", "GRCh37")
    screen.choose("measured_position-PKLR-48h-GRCh37", 155271400)
    screen.at.button(key="open_measured").click().run()
    assert not screen.failures
    reference = document(screen).reference
    assert (reference.region.chrom, reference.region.build, len(reference)) == ("chr1", "GRCh37", 200)
    assert reference.region.start + 1 <= 155271400 <= reference.region.end
    around = satmut.context(satmut.load("PKLR-48h", "GRCh37"))
    first = reference.region.start - around.region.start
    assert around.bases[first : first + 200] == reference.bases
    # the tracks then have genomic positions
    axis = screen.figure("tracks")["layout"]["xaxis4"]
    assert axis["title"]["text"] == "chr1 position (bp, 1-based, GRCh37)"
    assert axis["range"] == [reference.region.start + 0.5, reference.region.end + 0.5]


@pytest.mark.needs_data("satmut", "cagi5_references")
def test_an_element_with_a_gap_says_so_and_opens_with_an_n(app, trained):
    screen = app("explorer").choose("measured_element", "TCF7L2")
    assert any("1 position(s)" in w and "TCF7L2" in w for w in screen.values("warning"))
    assert not screen.failures
    middle = (satmut.load("TCF7L2", "GRCh38").region.start + satmut.load("TCF7L2", "GRCh38").region.end) // 2
    gap = satmut.load("TCF7L2", "GRCh38").reference("N")
    screen.choose("measured_position-TCF7L2-GRCh38", gap.region.start + gap.bases.index("N") + 1 or middle)
    screen.at.button(key="open_measured").click().run()
    assert not screen.failures
    assert document(screen).bases.count("N") == 1
    assert any("not A, C, G or T" in w for w in screen.values("warning"))


def lenti_row(screen):
    """The list of library elements."""
    (found,) = [s for s in screen.at.selectbox if s.key.startswith("lenti_row")]
    return found


def test_a_library_element_opens_with_what_was_measured(app, trained, library):
    screen = app("explorer").choose("lenti_cells", "HepG2")
    best = int(np.argmax(library.column("HepG2")))
    assert lenti_row(screen).value == best
    screen.at.button(key="open_lenti").click().run()
    assert not screen.failures
    assert document(screen).reference.name == library.names[best]
    assert document(screen).bases == library.sequence(best).bases
    assert f"HepG2 {library.activity[best, 1]:+.2f}" in screen.words


@pytest.mark.parametrize(
    ("name", "words"),
    [("peak00", "Fold 0, test fold"), ("ENSG01", "Fold 1, validation fold"), ("peak02", "the models have seen it")],
)
def test_a_library_element_says_whether_the_models_have_seen_it(app, trained, library, name, words):
    screen = app("explorer").type("lenti_name", f" {name} ")
    screen.at.button(key="open_lenti").click().run()
    assert not screen.failures
    assert document(screen).reference.name == name
    assert words in screen.words


def test_an_unknown_library_element_is_named(app, trained):
    screen = app("explorer").type("lenti_name", "nobody")
    assert not screen.failures
    assert any("'nobody'" in e and "peak00" in e for e in screen.values("error"))


def test_library_elements_can_be_narrowed_and_reordered(app, trained, library):
    screen = app("explorer").choose("lenti_class", "promoter").choose("lenti_order", "lowest")
    rows = lenti_row(screen)
    assert len(rows.options) == 10 and all(o.startswith("ENSG") for o in rows.options)
    promoters = np.flatnonzero(library.classes == "promoter")
    assert rows.value == promoters[np.argmin(library.column("K562")[promoters])]
    screen.choose("lenti_order", "at random")
    assert not screen.failures


@pytest.fixture
def genome(tmp_path, random_bases):
    """A genome of one contig of 1,000 bases."""
    file = tmp_path / "genome.fa"
    file.write_text(f">chr1\n{random_bases(1000)}\n")
    return file


def test_a_region_of_a_genome_opens(app, trained, genome, random_bases):
    screen = app("explorer").type("genome_file", str(genome)).type("genome_region", "chr1:101-300")
    screen.at.button(key="open_genome").click().run()
    assert not screen.failures
    assert document(screen).bases == random_bases(1000)[100:300]
    assert "chr1:101-300" in screen.words and "genome.fa" in screen.words


@pytest.mark.parametrize(
    ("region", "reason"),
    [("1:1-20", "'chr1'"), ("chr1:990-1010", "1000 bases"), ("chr1", "is not a region"), ("chr1:9-2", "ends before")],
)
def test_a_region_that_the_genome_lacks_is_named(app, trained, genome, region, reason):
    screen = app("explorer").type("genome_file", str(genome)).type("genome_region", region)
    screen.at.button(key="open_genome").click().run()
    assert not screen.failures
    assert any(reason in e for e in screen.values("error"))


def test_a_genome_that_is_not_there_is_named(app, trained, tmp_path):
    screen = app("explorer").type("genome_file", str(tmp_path / "hg.fa")).type("genome_region", "chr1:1-20")
    screen.at.button(key="open_genome").click().run()
    assert not screen.failures
    assert any("hg.fa" in e for e in screen.values("error"))


def test_every_example_has_a_record_and_a_word_about_it():
    records = read_fasta(sources_panel.EXAMPLES.read_text())
    told = json.loads(sources_panel.EXAMPLES.with_suffix(".json").read_text())
    assert {r.name for r in records} == set(told["sequences"])
    assert all(told["sequences"].values()) and told["how"]


def test_an_example_opens(app, no_data, trained):
    first = read_fasta(sources_panel.EXAMPLES.read_text())[0]
    screen = app("explorer")
    screen.at.button(key="open_example").click().run()
    assert not screen.failures
    assert (document(screen).reference.name, document(screen).bases) == (first.name, first.bases)


# --- editing ----------------------------------------------------------------------------------------


def test_an_edit_of_the_text_changes_the_prediction(explorer, trained, bases):
    screen = explorer(bases)
    before = table(screen)
    assert (before["change"] == 0).all()
    changed = bases[:99] + ("A" if bases[99] != "A" else "C") + bases[100:]
    screen.type("editor_text", changed)
    assert not screen.failures
    after = table(screen)
    assert after.loc["joint_legnet", "reference"].tolist() == before.loc["joint_legnet", "reference"].tolist()
    assert after.loc["joint_legnet", "edited"].tolist() == pytest.approx(expected("joint_legnet", changed), abs=1e-5)
    assert (after["change"].abs() > 1e-5).all()
    np.testing.assert_allclose(after["change"], after["edited"] - after["reference"], atol=1e-9)
    assert edits(screen) == [f"100 {bases[99]}>{changed[99]}"]
    assert f"1. {edits(screen)[0]}" in screen.words
    marks = {t["name"]: t["x"] for t in screen.figure("predictions")["data"] if t.get("mode") == "markers"}
    assert marks["reference"] == before["reference"].tolist() and marks["edited"] == after["edited"].tolist()


def test_bad_text_is_named_and_both_the_text_and_the_document_stay(explorer, trained, bases):
    screen = explorer(bases)
    good = "T" + bases[1:] if bases[0] != "T" else "C" + bases[1:]
    screen.type("editor_text", good)
    shown = table(screen)
    bad = good[:41] + "!" + good[42:]
    screen.type("editor_text", bad)
    assert not screen.failures
    (error,) = screen.values("error")
    assert "letter '!' at position 42" in error
    assert text(screen) == bad
    assert document(screen).bases == good and len(edits(screen)) == 1
    pd.testing.assert_frame_equal(table(screen), shown)
    screen.type("editor_text", bases)
    assert not screen.values("error")
    assert document(screen).bases == bases


def test_bad_text_survives_a_visit_to_another_page(explorer, trained, bases):
    screen = explorer(bases).type("editor_text", bases + "?")
    screen.open("home").open("explorer")
    assert not screen.failures
    assert document(screen).bases == bases and text(screen) == bases + "?"
    assert any("letter '?' at position 201" in e for e in screen.values("error"))


def test_cleaned_text_is_written_back_and_told(explorer, trained, bases):
    changed = ("A" if bases[0] != "A" else "C") + bases[1:]
    screen = explorer(bases).type("editor_text", "1 " + changed.lower())
    assert not screen.failures
    assert text(screen) == changed
    assert "Cleaned: removed 1 digit(s)." in screen.words
    assert "Cleaned: raised lower case to upper case." in screen.words


def test_text_too_long_for_the_screen_is_refused(explorer, trained, bases, random_bases):
    screen = explorer(bases)
    longer = random_bases(common.LONGEST + 1)
    screen.type("editor_text", longer)
    assert not screen.failures
    assert any("3,001 bases" in e and "3,000" in e for e in screen.values("error"))
    assert text(screen) == longer and document(screen).bases == bases


def test_undo_redo_and_reset_walk_along_the_edits(explorer, trained):
    states = ["A" * 200, "A" * 199 + "C", "A" * 198 + "CC"]
    screen = explorer(states[0])
    for label in ("Undo", "Redo", "Reset"):
        assert screen.button(label).disabled
    for state in states[1:]:
        screen.type("editor_text", state)
    numbers = table(screen)["edited"].tolist()
    screen.press("Undo")
    assert text(screen) == document(screen).bases == states[1]
    assert table(screen)["edited"].tolist() != numbers
    screen.press("Undo")
    assert text(screen) == states[0] and (table(screen)["change"] == 0).all()
    assert screen.button("Undo").disabled and not screen.button("Redo").disabled
    screen.press("Redo").press("Redo")
    assert text(screen) == states[2] and table(screen)["edited"].tolist() == numbers
    assert screen.button("Redo").disabled
    screen.press("Reset")
    assert text(screen) == states[0] and edits(screen) == []
    screen.press("Redo")
    assert text(screen) == states[1]
    screen.type("editor_text", "G" + states[1][1:])
    assert screen.button("Redo").disabled
    assert not screen.failures


def test_a_motif_is_written_at_its_position(explorer, trained, bases):
    motif = MOTIFS["GATA1"]
    screen = explorer(bases).choose("motif", "GATA1").choose("motif_position", 21).press("Write it")
    assert not screen.failures
    end = 20 + len(motif.consensus)
    assert text(screen) == bases[:20] + motif.consensus + bases[end:]
    assert edits(screen) == [f"GATA1 {motif.consensus} written over 21-{end}"]


def test_a_motif_can_be_inserted(explorer, trained, bases):
    motif = MOTIFS["SP1"]
    screen = explorer(bases).choose("motif", "SP1").choose("motif_position", 21)
    screen.at.button_group(key="motif_mode").set_value("insert").run()
    screen.press("Write it")
    assert not screen.failures
    assert text(screen) == bases[:20] + motif.consensus + bases[20:]


def test_a_motif_that_does_not_fit_is_named_and_nothing_changed(explorer, trained, bases):
    screen = explorer(bases).choose("motif", "GATA1").choose("motif_position", 199).press("Write it")
    assert not screen.failures
    assert any("position 199" in e and "200 bases" in e for e in screen.values("error"))
    assert document(screen).bases == bases and edits(screen) == []


def test_a_shuffle_keeps_the_dinucleotides_and_the_rest(explorer, trained, bases):
    screen = explorer(bases).choose("shuffle_start", 51).choose("shuffle_end", 150)
    screen.press("Shuffle, keeping dinucleotides")
    assert not screen.failures
    now = text(screen)
    assert now != bases and (now[:50], now[150:]) == (bases[:50], bases[150:])
    assert Counter(itertools.pairwise(now[50:150])) == Counter(itertools.pairwise(bases[50:150]))
    screen.press("Shuffle, keeping dinucleotides")
    assert text(screen) != now and len(edits(screen)) == 2


def test_a_shuffle_of_a_stretch_that_ends_before_it_starts_is_named(explorer, trained, bases):
    screen = explorer(bases).choose("shuffle_start", 100).choose("shuffle_end", 50)
    screen.press("Shuffle, keeping dinucleotides")
    assert not screen.failures
    assert any("100-50 is not a stretch" in e for e in screen.values("error"))
    assert document(screen).bases == bases


def test_the_reverse_complement_leaves_the_predictions_as_they_are(explorer, trained, bases):
    screen = explorer(bases, models=["joint_legnet", "mine"]).press("Reverse complement")
    assert not screen.failures
    assert text(screen) == reverse_complement(bases) and edits(screen) == ["reverse complement"]
    assert len(table(screen)) == 5
    np.testing.assert_allclose(table(screen)["change"], 0, atol=1e-5)


def test_an_unknown_base_is_warned_of(explorer, trained, bases):
    screen = explorer(bases).type("editor_text", bases[:9] + "NR" + bases[11:])
    assert not screen.failures
    (warning,) = screen.values("warning")
    assert "2 base(s)" in warning and "position 10" in warning and "0.25" in warning
    screen.press("Undo")
    assert not screen.values("warning")


def test_a_sequence_of_unknown_bases_only_is_shown(explorer, trained):
    screen = explorer("N" * 200)
    assert not screen.failures
    assert any("200 base(s)" in w for w in screen.values("warning"))


def test_a_click_on_the_map_substitutes_the_base(explorer, trained, bases):
    screen = explorer(bases)
    base = "G" if bases[49] != "G" else "T"
    screen.click("tracks", 49, base)
    assert not screen.failures
    assert text(screen) == bases[:49] + base + bases[50:]
    assert edits(screen) == [f"50 {bases[49]}>{base}"]
    # the new figure forgets the click
    screen.at.run()
    assert len(edits(screen)) == 1
    assert screen.press("Undo") and document(screen).bases == bases


def test_a_click_on_the_base_that_is_there_does_nothing(explorer, trained, bases):
    screen = explorer(bases).click("tracks", 49, bases[49])
    assert not screen.failures
    assert edits(screen) == []


def test_the_document_stays_when_the_user_visits_another_page(explorer, trained, bases):
    screen = explorer(bases).type("editor_text", bases[:-1] + ("A" if bases[-1] != "A" else "C"))
    shown = table(screen)
    screen.open("home").open("explorer")
    assert not screen.failures
    assert text(screen) == document(screen).bases and len(edits(screen)) == 1
    pd.testing.assert_frame_equal(table(screen), shown)


def test_a_new_sequence_replaces_the_old_one_and_its_history(explorer, trained, bases, random_bases):
    screen = explorer(bases).type("editor_text", "A" + bases)
    other = random_bases(150, seed=99)
    screen.type("paste_text", other)
    screen.at.button(key="open_paste").click().run()
    assert not screen.failures
    assert text(screen) == other and edits(screen) == [] and screen.button("Redo").disabled


# --- windows ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("length", "policies"),
    [(60, ["pad"]), (150, ["pad", "whole"]), (330, ["tile", "centre", "whole"])],
)
def test_a_sequence_of_another_length_shows_the_window_policy(explorer, trained, random_bases, length, policies):
    other = random_bases(length, seed=length)
    screen = explorer(other)
    assert not screen.failures
    assert f"this sequence has {length}" in screen.words + "".join(s.label for s in screen.at.selectbox)
    for policy in policies:
        if policy != policies[0]:
            screen.choose(f"policy-{policies[0]}", policy)
        assert not screen.failures
        (box,) = [s for s in screen.at.selectbox if s.key.startswith("policy")]
        assert box.value == policy
        assert [o.split(":")[0] for o in box.options] == policies
        assert all(WINDOW_POLICIES[o.split(":")[0]] in o for o in box.options)
        numbers = table(screen).loc["joint_legnet", "edited"].tolist()
        assert numbers == pytest.approx(expected("joint_legnet", other, policy), abs=1e-5)


def test_a_policy_that_an_edit_makes_impossible_is_given_up(explorer, trained, random_bases):
    screen = explorer(random_bases(150, seed=1)).choose("policy-pad", "whole")
    screen.type("editor_text", random_bases(99, seed=1))
    assert not screen.failures and not screen.values("error")
    assert screen.at.selectbox(key="policy-pad").value == "pad"


def test_a_sequence_as_long_as_the_window_asks_for_no_policy(explorer, trained, bases):
    assert not [s for s in explorer(bases).at.selectbox if s.key.startswith("policy")]


@pytest.mark.parametrize(("before", "after"), [(200, 199), (200, 201), (199, 201), (201, 60), (60, 8), (8, 1)])
def test_an_edit_may_change_the_length(explorer, trained, random_bases, before, after):
    screen = explorer(random_bases(before, seed=1)).type("editor_text", random_bases(after, seed=2))
    assert not screen.failures and not screen.values("error")
    row = table(screen).loc["joint_legnet"]
    assert row["reference"].tolist() == pytest.approx(expected("joint_legnet", random_bases(before, 1)), abs=1e-5)
    assert row["edited"].tolist() == pytest.approx(expected("joint_legnet", random_bases(after, 2)), abs=1e-5)
    assert any("no difference" in a.get("text", "") for a in screen.figure("tracks")["layout"]["annotations"])


def test_no_policy_on_offer_fails(explorer, trained, random_bases):
    screen = explorer(random_bases(60, seed=1)).type("editor_text", random_bases(230, seed=2))
    (box,) = [s for s in screen.at.selectbox if s.key.startswith("policy")]
    for option in [o.split(":")[0] for o in box.options]:
        screen.choose(box.key, option)
        assert not screen.failures and not screen.values("error")


# --- models, cell types, tracks ---------------------------------------------------------------------


def test_several_models_stand_side_by_side(explorer, trained, bases):
    screen = explorer(bases, models=["joint_legnet", "mine"])
    assert not screen.failures
    shown = table(screen)
    assert list(shown.index) == [("joint_legnet", o) for o in OUTPUTS] + [("mine", o) for o in OUTPUTS[:2]]
    assert shown.loc["mine", "edited"].tolist() == pytest.approx(expected("mine", bases), abs=1e-5)


def colours(screen) -> dict[str, str]:
    marks = [t for t in screen.figure("predictions")["data"] if t.get("mode") == "markers"]
    return {y.split("<br>")[0]: t["marker"]["color"] for t in marks for y in t["y"]}


def test_a_model_keeps_its_colour_when_others_leave(explorer, trained, bases):
    screen = explorer(bases, models=["joint_legnet", "mine"])
    both = colours(screen)
    assert len(set(both.values())) == 2
    assert colours(screen.choose("models", ["mine"])) == {"mine": both["mine"]}


def test_cell_types_can_be_left_out(explorer, trained, bases):
    screen = explorer(bases).choose("outputs", ["WTC11"])
    assert list(table(screen).index) == [("joint_legnet", "WTC11")]
    assert screen.at.selectbox(key="track_output").options == ["WTC11"]
    screen.choose("outputs", [])
    assert not screen.failures and len(table(screen)) == 3


def test_a_choice_that_the_next_model_lacks_is_given_up(explorer, trained, bases):
    screen = explorer(bases).choose("track_output", "WTC11").choose("models", ["mine"])
    assert not screen.failures
    assert screen.at.selectbox(key="track_output").value in ("K562", "HepG2")
    assert list(table(screen).index) == [("mine", "K562"), ("mine", "HepG2")]


def test_without_a_chosen_model_the_page_asks_for_one(explorer, trained, bases):
    screen = explorer(bases).choose("models", [])
    assert not screen.failures
    assert "Choose at least one model above." in screen.values("info")


def test_the_tracks_follow_model_cell_type_and_edit(explorer, trained, bases):
    screen = explorer(bases, models=["joint_legnet", "mine"])
    title = screen.figure("tracks")["layout"]["title"]["text"]
    assert title == "joint_legnet, K562: pasted"
    screen.choose("track_model", "mine").choose("track_output", "HepG2")
    screen.type("editor_text", "A" * 10 + bases[10:])
    assert screen.figure("tracks")["layout"]["title"]["text"] == "mine, HepG2: pasted (edited)"
    assert any(t.get("name") == "difference" for t in screen.figure("tracks")["data"])
    assert not screen.failures


def test_every_way_to_compute_the_tracks_is_drawn(explorer, trained, bases):
    screen = explorer(bases[:120])
    checks = set()
    for baseline in ("zeros", "uniform"):
        screen.choose("baseline", baseline)
        assert not screen.failures
        checks.update(c for c in screen.values("caption") if "convergence delta" in c)
    assert len(checks) == 2
    screen.choose("standardised", True)
    assert screen.figure("tracks")["layout"]["yaxis"]["title"]["text"] == "s.d. of held-out predictions"
    screen.choose("simplex", True)
    assert not screen.failures


def test_a_standardised_track_of_a_model_without_scores_says_how_to_score_it(explorer, trained, bases):
    (trained / "mine" / "metrics.json").unlink()
    screen = explorer(bases, models=["mine"]).choose("standardised", True)
    assert not screen.failures
    assert any("python -m engine evaluate mine" in e for e in screen.values("error"))


def test_the_stretch_shown_stays_while_the_sequence_is_edited(explorer, trained, bases):
    screen = explorer(bases).choose("view_slider", (51, 90))
    assert screen.figure("tracks")["layout"]["xaxis"]["range"] == [50.5, 90.5]
    screen.type("editor_text", ("A" if bases[0] != "A" else "C") + bases[1:])
    assert screen.figure("tracks")["layout"]["xaxis"]["range"] == [50.5, 90.5]
    screen.type("editor_text", bases[:60])
    assert not screen.failures
    low, high = screen.figure("tracks")["layout"]["xaxis"]["range"]
    assert 0.5 <= low < high <= 60.5


def test_the_palette_colours_the_letters(explorer, trained, bases):
    screen = explorer(bases).choose("palette", "colour-blind safe")
    filled = [t for t in screen.figure("tracks")["data"] if t.get("fill") == "toself"]
    assert {t["name"]: t["fillcolor"] for t in filled} == BASE_COLOURS["colour-blind safe"]


# --- files ------------------------------------------------------------------------------------------


def test_the_files_hold_what_is_on_screen(explorer, trained, bases, downloads):
    screen = explorer(bases).type("editor_text", bases[:-1] + ("A" if bases[-1] != "A" else "C"))
    now = document(screen).bases
    assert not screen.failures
    (saved,) = read_fasta(downloads["FASTA"])
    assert (saved.name, saved.bases) == ("pasted_edited", now)
    numbers = pd.read_csv(io.StringIO(downloads["Predictions (CSV)"]))
    np.testing.assert_allclose(numbers["edited"], table(screen)["edited"], rtol=1e-4)
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
        np.testing.assert_allclose(saved["edited"], table(screen)["edited"], rtol=1e-4)
