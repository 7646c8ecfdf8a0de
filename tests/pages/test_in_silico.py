"""In-silico experiments: asked for, shown with the engine's numbers, and opened as an edit that undo takes back."""

import io

import numpy as np
import pandas as pd
import pytest

from engine.design.optimisers import walk
from engine.editor.document import Document
from engine.editor.session import Bench
from engine.experiments import checkpoints
from engine.interpretation.in_silico import block_shuffle, epistasis, global_importance, knock
from engine.interpretation.in_silico.windowed import Shuffles
from engine.sequence import Sequence, substitute
from pages.panels.in_silico.experiments import EXPERIMENTS

LABELS = {
    "Double mutants": "Compute the double mutants",
    "Block shuffle": "Shuffle the blocks",
    "Knock-out": "Knock it out",
    "Knock-in": "Write it everywhere",
    "Motifs in backgrounds": "Embed the motifs",
    "Guided substitutions": "Search",
}


@pytest.fixture
def lab(app, trained, bases):
    """The page with an open sequence, on one of its experiments."""

    def open_page(experiment: str, sequence: str = bases, **state):
        bench = Bench().opened(Document(Sequence("promoter", sequence)))
        return app("in_silico", bench=bench, silico_experiment=experiment, **state)

    return open_page


@pytest.fixture
def model(trained):
    return checkpoints.load("joint_legnet").model


def start(screen, experiment: str):
    """Ask for the result and see that it came."""
    screen.press(LABELS[experiment])
    assert not screen.failures and not screen.values("error")
    return screen


def open_button(screen):
    (found,) = [b for b in screen.at.button if b.label.startswith("Open in the editor")]
    return found


def opened(screen) -> tuple[str, str]:
    """Press the button: the bases that the editor has now, and what its edit is called; undo brings the old ones."""
    before = screen.at.session_state["bench"].document
    label = open_button(screen).label
    open_button(screen).click().run()
    after = screen.at.session_state["bench"].document
    assert screen.title == "Explorer"
    assert after.undo().bases == before.bases != after.bases
    assert label == f"Open in the editor: {after.applied[-1].description}"
    return after.bases, after.applied[-1].description


def saved(downloads: dict[str, str]) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(downloads["Table (CSV)"]), keep_default_na=False)


def test_without_a_sequence_the_page_points_to_the_explorer(app, trained):
    screen = app("in_silico")
    assert any("Open one in the Explorer" in text for text in screen.values("info"))
    assert not screen.failures and "silico" not in "".join(b.key or "" for b in screen.at.button)


def test_without_a_model_the_page_says_how_to_train_one(app, models_folder, bases):
    screen = app("in_silico", bench=Bench().opened(Document(Sequence("promoter", bases))))
    assert any("python -m engine train joint_legnet" in text for text in screen.values("info"))
    assert not screen.failures


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_nothing_is_computed_before_it_is_asked_for_and_the_cost_is_told(experiment, lab):
    screen = lab(experiment)
    assert not screen.failures and not screen.values("error")
    assert any(c.startswith("Takes at most") for c in screen.values("caption"))
    assert screen.button(LABELS[experiment])
    assert not screen.at.get("plotly_chart")


def test_double_mutants_are_told_and_the_selected_one_opens(lab, bases, model, downloads):
    screen = lab("Double mutants").choose("silico_doubles_from-200", 100).choose("silico_doubles_to-200", 104)
    assert "Takes at most 106 predictions, each of one window on both strands." in screen.values("caption")
    start(screen, "Double mutants")
    expected = list(epistasis.rows(epistasis.epistasis(model, Sequence("s", bases), 99, 104), "K562"))
    table = saved(downloads)
    np.testing.assert_allclose(table["interaction"], [r[-1] for r in expected], atol=1e-4)
    p, a, x, _, q, b, y, *_ = expected[0]
    assert any(f"Of 90 double mutants, {p} {a}>{x} with {q} {b}>{y}" in c for c in screen.values("markdown"))
    assert "K562" in screen.figure("silico-doubles")["layout"]["title"]["text"]
    screen.pick_row("silico-doubles-table", 3)
    p, a, x, _, q, b, y, *_ = table.iloc[3]
    assert opened(screen) == (substitute(substitute(bases, p - 1, x), q - 1, y), f"{p} {a}>{x}, {q} {b}>{y}")


def test_a_stretch_too_long_is_an_error_and_the_positions_stay(lab):
    screen = lab("Double mutants").choose("silico_doubles_from-200", 1).choose("silico_doubles_to-200", 60)
    assert screen.values("error") == ["a double-mutant map takes a stretch of 2 to 40 bases, and 1-60 has 60"]
    assert screen.at.number_input(key="silico_doubles_to-200").value == 60
    assert LABELS["Double mutants"] not in [b.label for b in screen.at.button]


def test_the_block_shuffle_shows_the_output_that_is_chosen(lab, bases, model, downloads):
    screen = lab("Block shuffle").choose("silico_blocks_stride", 60).choose("silico_blocks_shuffles", 3)
    start(screen, "Block shuffle")
    result = block_shuffle.block_shuffle(model, Sequence("s", bases), stride=60, shuffles=Shuffles(3))
    screen.choose("silico_output-K562-HepG2-WTC11", "HepG2")
    (bars, *_) = screen.figure("silico-blocks")["data"]
    known = np.isfinite(result.mean[1])
    np.testing.assert_allclose(screen.numbers(bars["y"]), result.mean[1][known], atol=1e-4)
    assert saved(downloads)["start"].tolist() == [1, 61, 121, 181, 191]
    most = np.nanargmax(np.abs(result.mean[1]))
    first = int(result.starts[most]) + 1
    assert any(
        f"Shuffling {first}-{first + 9} changes the prediction in HepG2 most" in c for c in screen.values("markdown")
    )


def test_a_knock_out_by_own_bases_opens_in_the_editor(lab, bases, model):
    screen = lab("Knock-out").choose("silico_out_from-200", 51).choose("silico_out_to-200", 54)
    screen.choose("silico_by", "bases of your own").type("silico_out_bases", "ACG")
    screen.press(LABELS["Knock-out"])
    assert screen.values("error") == ["the replacement has 3 bases and the stretch 4; give as many"]
    start(screen.type("silico_out_bases", "CCTC"), "Knock-out")
    effect = float(knock.knock_out(model, Sequence("s", bases), 50, 54, replacement="CCTC").mean[0])
    words = f"With CCTC in place of {bases[50:54]} at 51-54 the prediction in K562 changes by"
    assert any(words in c and f"{abs(effect):.3f}" in c for c in screen.values("markdown"))
    assert opened(screen) == (substitute(bases, 50, "CCTC"), "CCTC in place of 51-54")


def test_a_match_of_a_motif_is_a_stretch_to_knock_out(lab, bases):
    planted = substitute(bases, 60, "GTTAATGATTAAC")  # HNF1A
    screen = lab("Knock-out", planted).choose("silico_out_shuffles", 6)
    (box,) = [b for b in screen.at.selectbox if b.label == "Stretch"]
    (match,) = [o for o in box.options if o.startswith("61-73 HNF1")]
    assert "strand, q " in match
    box.set_value(match).run()
    start(screen, "Knock-out")
    words = "Without GTTAATGATTAAC at 61-73 the prediction"
    assert any(c.startswith(words) for c in screen.values("markdown"))


def test_a_knock_out_by_shuffles_opens_the_one_of_largest_effect(lab, bases, model):
    screen = start(lab("Knock-out").choose("silico_out_shuffles", 6), "Knock-out")
    assert screen.figure("silico-out")["data"][-1]["name"] == "mean ± s.d."
    result = knock.knock_out(model, Sequence("s", bases), 95, 105, replacement=Shuffles(6))
    most = result.replacements[np.abs(result.effects[0]).argmax()]
    lower = int((result.effects[0] < 0).sum())
    assert any("over 6 shuffles" in c and f"{lower} of 6 lower it" in c for c in screen.values("markdown"))
    assert opened(screen)[0] == substitute(bases, 95, most)


def test_a_knock_in_opens_the_best_place(lab, bases, model):
    screen = lab("Knock-in").choose("silico_in_motif", "HNF4A").choose("silico_in_stride", 40)
    start(screen, "Knock-in")
    result = knock.knock_in(model, Sequence("s", bases), "HNF4A", stride=40)
    rows = list(knock.knock_in_rows(result))
    first, end, strand, _, written, *_ = max(rows, key=lambda r: r[5])
    assert any(f"is **{first}-{end}** ({strand} strand)" in m for m in screen.values("markdown"))
    assert opened(screen) == (
        substitute(bases, first - 1, written),
        f"HNF4A ({strand} strand) written over {first}-{end}",
    )


def test_of_two_different_shuffles_no_mean_is_told(lab, bases, model):
    """TGTAT has TATGT as its only other order with the same dinucleotides, first and last base."""
    planted = substitute(bases, 50, "TGTAT")
    screen = lab("Knock-out", planted).choose("silico_out_from-200", 51).choose("silico_out_to-200", 55)
    start(screen, "Knock-out")
    (effect,) = knock.knock_out(model, Sequence("s", planted), 50, 55, replacement="TATGT").effects[0]
    (told,) = [m for m in screen.values("markdown") if "gave only 1 different sequence," in m]
    assert f"{abs(effect):.3f}** (TATGT)" in told and "±" not in told
    assert [t["name"] for t in screen.figure("silico-out")["data"]] == ["one replacement"] * 3


def test_cell_type_and_selection_are_those_of_the_explorer(lab):
    screen = lab("Knock-out", track_output="HepG2", selection=(50, 58))
    assert not screen.failures
    assert screen.at.selectbox(key="silico_output-K562-HepG2-WTC11").value == "HepG2"
    ends = [screen.at.number_input(key=f"silico_out_{end}-200") for end in ("from", "to")]
    assert [e.value for e in ends] == [51, 58]
    screen.choose("silico_out_to-200", 70).choose("silico_output-K562-HepG2-WTC11", "WTC11")
    assert screen.at.number_input(key="silico_out_to-200").value == 70  # until another one is selected there
    assert screen.at.selectbox(key="silico_output-K562-HepG2-WTC11").value == "WTC11"
    screen.at.session_state["selection"], screen.at.session_state["view"] = None, (11, 30)
    screen.at.run()
    assert screen.at.number_input(key="silico_out_from-200").value == 11


def test_typed_bases_are_a_motif_and_other_letters_an_error(lab):
    screen = lab("Knock-in").choose("silico_in_motif", "bases of your own")
    assert "Type the bases of the motif." in screen.values("info")
    screen.type("silico_in_bases", "ACGTN")
    assert any("'ACGTN' cannot be written into a sequence" in e for e in screen.values("error"))
    screen.type("silico_in_bases", "acgta")
    assert not screen.values("error") and screen.button(LABELS["Knock-in"])


def test_motifs_in_backgrounds_are_told_with_their_interval(lab, bases, model, downloads):
    screen = lab("Motifs in backgrounds").choose("silico_embed_count", 6).type("silico_embed_bases", "TTTTT")
    start(screen, "Motifs in backgrounds")
    drawn = global_importance.Backgrounds(count=6)
    result = global_importance.global_importance(
        model, Sequence("s", bases), ["GATA1", "HNF4A", "SP1", "TTTTT"], backgrounds=drawn
    )
    table = saved(downloads)
    np.testing.assert_allclose(table["importance"], [r[4] for r in global_importance.rows(result)], atol=1e-4)
    most = max(range(4), key=lambda m: abs(result.importance[0][m].value))
    assert any(c.startswith(f"{result.motifs[most]} has the largest effect in K562") for c in screen.values("markdown"))


def test_a_walk_opens_its_last_or_any_step(lab, bases, model, downloads):
    screen = lab("Guided substitutions").choose("silico_walk_edits", 2).choose("silico_walk_way", "down")
    screen.choose("silico_walk_minus-K562-3", "HepG2")
    assert any("standard deviations of the held-out predictions" in c for c in screen.values("caption"))
    start(screen, "Guided substitutions")
    scale = checkpoints.load("joint_legnet").standardisation()[1]
    result = walk.walk(
        model, Sequence("s", bases), walk.Objective("K562", "down", "HepG2"), walk.Search(edits=2, scale=scale)
    )
    (p, a, b), (q, c, d) = result.edits
    assert saved(downloads)["sequence"].tolist() == list(result.sequences)
    assert saved(downloads)["position"].tolist() == ["", str(p + 1), str(q + 1)]
    screen.pick_row("silico-walk-table", 1)  # the last step stands on top
    assert open_button(screen).label.endswith(f": {p + 1} {a}>{b} (K562 minus HepG2 down)")
    screen.pick_row("silico-walk-table", 0)
    words = f"{p + 1} {a}>{b}, {q + 1} {c}>{d} (K562 minus HepG2 down)"
    assert opened(screen) == (result.sequences[-1], words)


def test_what_is_protected_stays(lab, bases, downloads):
    screen = lab("Guided substitutions").choose("silico_walk_edits", 1).choose("silico_walk_protect", True)
    screen.choose("silico_walk_from-200", 1).choose("silico_walk_to-200", 190)
    start(screen, "Guided substitutions")
    assert int(saved(downloads)["position"].iloc[1]) > 190


def test_a_result_is_kept_with_the_sequence_it_belongs_to(lab, bases):
    screen = start(lab("Knock-out").choose("silico_out_shuffles", 3), "Knock-out")
    opened(screen)
    screen.open("in_silico")
    assert "(edited)" in screen.words and not screen.at.get("plotly_chart")
    screen.at.session_state["bench"] = Bench((screen.at.session_state["bench"].document.undo(),))
    screen.at.run()
    assert screen.figure("silico-out")


def test_a_long_sequence_asks_how_the_model_reads_it(lab, random_bases, downloads):
    long = random_bases(260, 2)
    screen = lab("Knock-out", long).choose("silico_out_shuffles", 2)
    policy = screen.at.selectbox(key="silico_policy-tile")
    assert policy.value == "tile" and policy.options[0].startswith("tile: ")
    screen.choose("silico_out_from-260", 1).choose("silico_out_to-260", 10)
    screen.choose("silico_policy-tile", "centre")
    assert any("no window holds all of 1-10 under the window policy 'centre'" in e for e in screen.values("error"))
    screen.choose("silico_policy-tile", "tile")
    start(screen, "Knock-out")
