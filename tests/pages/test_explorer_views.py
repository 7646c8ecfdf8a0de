"""Explorer: window policies, models and cell types side by side, the tracks."""

import numpy as np
import pytest

from engine.plots.parts.theme import BASE_COLOURS
from engine.sequence import WINDOW_POLICIES
from pages.shared import work

OUTPUTS = ["K562", "HepG2", "WTC11"]


# --- windows ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("length", "policies"),
    [(60, ["pad"]), (150, ["pad", "whole"]), (330, ["tile", "centre", "whole"])],
)
def test_a_sequence_of_another_length_shows_the_window_policy(
    explorer, expected, trained, random_bases, length, policies
):
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
        numbers = screen.table.loc["joint_legnet", "edited"].tolist()
        assert numbers == pytest.approx(expected("joint_legnet", other, policy), abs=1e-5)


def test_a_policy_that_an_edit_makes_impossible_is_given_up(explorer, trained, random_bases):
    screen = explorer(random_bases(150, seed=1)).choose("policy-pad", "whole")
    screen.type("editor_text", random_bases(99, seed=1))
    assert not screen.failures and not screen.values("error")
    assert screen.at.selectbox(key="policy-pad").value == "pad"


def test_a_sequence_as_long_as_the_window_asks_for_no_policy(explorer, trained, bases):
    assert not [s for s in explorer(bases).at.selectbox if s.key.startswith("policy")]


@pytest.mark.parametrize(("before", "after"), [(200, 199), (200, 201), (199, 201), (201, 60), (60, 8), (8, 1)])
def test_an_edit_may_change_the_length(explorer, expected, trained, random_bases, before, after):
    screen = explorer(random_bases(before, seed=1)).type("editor_text", random_bases(after, seed=2))
    assert not screen.failures and not screen.values("error")
    row = screen.table.loc["joint_legnet"]
    assert row["reference"].tolist() == pytest.approx(expected("joint_legnet", random_bases(before, 1)), abs=1e-5)
    assert row["edited"].tolist() == pytest.approx(expected("joint_legnet", random_bases(after, 2)), abs=1e-5)
    assert "no difference" in screen.editor.parts["difference"]["missing"]


def test_no_policy_on_offer_fails(explorer, trained, random_bases):
    screen = explorer(random_bases(60, seed=1)).type("editor_text", random_bases(230, seed=2))
    (box,) = [s for s in screen.at.selectbox if s.key.startswith("policy")]
    for option in [o.split(":")[0] for o in box.options]:
        screen.choose(box.key, option)
        assert not screen.failures and not screen.values("error")


# --- models, cell types, tracks ---------------------------------------------------------------------


def test_several_models_stand_side_by_side(explorer, expected, trained, bases):
    screen = explorer(bases, models=["joint_legnet", "mine"])
    assert not screen.failures
    shown = screen.table
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
    assert list(screen.table.index) == [("joint_legnet", "WTC11")]
    assert screen.editor.parts["ig"]["of"] == "WTC11"
    screen.choose("outputs", [])
    assert not screen.failures and len(screen.table) == 3


def test_a_choice_that_the_next_model_lacks_is_given_up(explorer, trained, bases):
    screen = explorer(bases).choose("track_output", "WTC11").choose("models", ["mine"])
    assert not screen.failures
    assert screen.editor.parts["ig"]["of"] in ("K562", "HepG2")
    assert list(screen.table.index) == [("mine", "K562"), ("mine", "HepG2")]


def test_without_a_chosen_model_the_page_asks_for_one(explorer, trained, bases):
    screen = explorer(bases).choose("models", [])
    assert not screen.failures
    assert "Choose at least one model above." in screen.values("info")


def test_the_tracks_follow_model_cell_type_and_edit(explorer, trained, bases):
    screen = explorer(bases, models=["joint_legnet", "mine"])
    assert screen.editor.shown["title"] == "pasted, joint_legnet, K562"
    assert screen.editor.parts["difference"].keys() == {"part", "missing"}
    screen.choose("track_model", "mine").choose("track_output", "HepG2")
    screen.type("editor_text", "A" * 10 + bases[10:])
    assert screen.editor.shown["title"] == "pasted (edited), mine, HepG2"
    parts = screen.editor.parts
    assert (parts["ism"]["model"], parts["ism"]["output"]) == ("mine", "HepG2")
    assert all(parts[name]["bases"] == screen.document.bases for name in ("ig", "ism", "motifs", "difference"))
    assert len(parts["difference"]["values"]) == len(bases) and any(parts["difference"]["values"])
    assert not screen.failures


def test_every_way_to_compute_the_tracks_is_drawn(explorer, trained, bases):
    screen = explorer(bases[:120])
    checks = set()
    for baseline in ("zeros", "uniform"):
        screen.choose("baseline", baseline)
        assert not screen.failures
        checks.update(c for c in screen.values("caption") if "convergence delta" in c)
    assert len(checks) == 2
    raw = screen.editor.parts["ism"]
    screen.choose("standardised", True)
    scaled = screen.editor.parts["ism"]
    assert scaled["unit"] == "s.d. of held-out predictions"
    # the toy model's predictions have an s.d. of 2; numbers are handed over with four decimals
    np.testing.assert_allclose(np.array(scaled["values"]) * 2, raw["values"], atol=2e-4)
    screen.choose("simplex", True)
    assert not screen.failures


def test_a_standardised_track_of_a_model_without_scores_says_how_to_score_it(explorer, trained, bases):
    (trained / "mine" / "metrics.json").unlink()
    screen = explorer(bases, models=["mine"]).choose("standardised", True)
    assert not screen.failures
    assert any("python -m engine evaluate mine" in e for e in screen.values("error"))


def test_the_stretch_shown_stays_while_the_sequence_is_edited(explorer, trained, bases):
    screen = explorer(bases)
    assert screen.editor.shown["view"] is None
    screen.zoom((50, 90))
    assert screen.editor.shown["view"] == [50, 90]
    screen.substitute(0, "A" if bases[0] != "A" else "C")
    assert screen.editor.shown["view"] == [50, 90]
    screen.type("editor_text", bases[:60])
    assert not screen.failures
    assert screen.editor.shown["view"] is None  # it would end outside of the sequence
    screen.zoom((0, 900))  # as a page that was left open might send
    assert not screen.failures and screen.editor.shown["view"] is None


def test_the_palette_colours_the_letters(explorer, trained, bases):
    screen = explorer(bases).choose("palette", "colour-blind safe")
    assert screen.editor.shown["colours"] == BASE_COLOURS["colour-blind safe"]


# --- which tracks -----------------------------------------------------------------------------------


def test_what_is_not_shown_is_not_computed(explorer, trained, bases, monkeypatch):
    asked = []
    for name in ("ism", "integrated_gradients"):
        monkeypatch.setattr(work, name, lambda *given, what=name, **more: asked.append(what))
    screen = explorer(bases, tracks_shown=["motifs", "gc"])
    assert not screen.failures and not asked
    assert screen.editor.rows == ["motifs", "gc"]
    assert {"motifs", "gc"} <= set(screen.editor.parts) and not {"ig", "ism"} & set(screen.editor.parts)


def test_tracks_are_chosen_and_agreement_needs_two_models(explorer, trained, bases):
    screen = explorer(bases)
    assert "motifs" in screen.editor.rows and "gc" not in screen.editor.rows
    screen.choose("tracks_shown", ["gc"])
    assert screen.editor.rows == ["gc"]
    screen = explorer(bases, models=["joint_legnet", "mine"], tracks_shown=["ism", "agreement"])
    assert not screen.failures
    assert len(screen.editor.parts["agreement"]["mean"]) == len(bases)
    screen.choose("track_output", "WTC11")  # only one of the two models knows it
    assert not screen.failures
    assert "two models" in screen.editor.parts["agreement"]["missing"]


def test_an_edit_is_told_in_words_with_its_numbers(explorer, trained, bases):
    gata = "TTCTTATCTGT"
    screen = explorer(bases).edit({"kind": "splice", "start": 60, "removed": len(gata), "inserted": gata})
    assert not screen.failures
    said = screen.editor.sentence
    assert "predicted by LegNet" in said
    assert "Gata" in said or "GATA" in said
    numbers = next(t.value for t in screen.at.dataframe if "mean change" in t.value).set_index("cell type")
    np.testing.assert_allclose(numbers["mean change"], screen.table["change"].to_numpy(), atol=1e-6)
    matches = next(t.value for t in screen.at.dataframe if "best matrix" in t.value)
    gained = matches[matches[""] == "gained"]
    assert len(gained) and (gained["q"] <= 0.05).all()
    assert ((gained["to"] > 60) & (gained["from"] <= 60 + len(gata))).all()
    assert set(screen.editor.shown) >= {"prediction", "history"}


def test_motif_matches_are_cut_at_the_chosen_q_value(explorer, trained, bases):
    screen = explorer(bases)

    before = len(screen.editor.parts["motifs"]["stretches"])
    screen.choose("motif_q", 0.0001)
    assert not screen.failures and len(screen.editor.parts["motifs"]["stretches"]) < before


@pytest.mark.needs_data("satmut", "cagi5_references")
def test_a_measured_element_shows_what_was_measured(app, trained):
    screen = app("explorer")
    screen.at.button(key="open_measured").click().run()
    assert not screen.failures
    assert screen.editor.parts["measured"]["name"] == "SORT1, HepG2"
    assert "Measured here by saturation mutagenesis: SORT1 (HepG2)" in screen.words
    fed = screen.editor.parts["measured"]["values"]
    assert len(fed) == 200 and sum(v is not None for v in fed) > 150
    changed = screen.document.bases[100]
    screen.substitute(100, "A" if changed != "A" else "C")
    assert screen.editor.parts["measured"]["values"][100] is None  # measured was another base
