"""The Motifs page: stored results shown with the published figures, curves on request, what is missing."""

import numpy as np
import pytest

from engine import store
from engine.data import splits
from engine.data.library import Library
from engine.data.motifs import STUDY, site
from engine.experiments import checkpoints
from engine.experiments.labels import label
from engine.interpretation.motifs import association, effects, grammar
from engine.interpretation.motifs import importance as motif_importance
from engine.interpretation.motifs import probes as motif_probes
from engine.interpretation.stored import as_json, model_file
from engine.statistics import Metric

VIEWS = ("With measured activity", "In the embeddings", "Effect on predictions", "Copies, gaps, pairs")


def metric(value: float) -> dict:
    return {"value": value, "low": value - 0.01, "high": value + 0.01, "n": 20}


def put(name: str, r2: dict[str, float]) -> None:
    """Probes and importance of one model, as the command would leave them."""
    described = checkpoints.read_description(name)
    of_it = {"key": name, "weights": described["weights_sha256"], "n": 20}
    probes = {"motifs": list(r2), **{k: [metric(v) for v in r2.values()] for k in ("r2", "composition", "beyond")}}
    file = model_file(name, motif_probes.WHAT)
    store.write_json(file, of_it | {"settings": as_json(motif_probes.SETTINGS)} | probes)
    np.savez(file.with_suffix(".npz"), key=np.array(name), r2=np.tile(list(r2.values()), (50, 1)))
    importance = {
        kind: {o: {m: {k: metric(i / 10) for k in motif_importance.MEASURES} for i, m in enumerate(STUDY)}
               for o in described["outputs"]}
        for kind in effects.KINDS
    }  # fmt: skip
    store.write_json(
        model_file(name, motif_importance.WHAT),
        of_it | {"settings": as_json(motif_importance.SETTINGS), "importance": importance}
        | {"sd": dict.fromkeys(described["outputs"], 0.5)},
    )  # fmt: skip


@pytest.fixture
def stored(study):
    for k, name in enumerate(checkpoints.trained()):
        put(name, {"SP1_GCbox": 0.5 + k / 100, "GATA1": 0.6 - k / 10})


@pytest.mark.parametrize("view", VIEWS[:3])
def test_without_results_the_command_is_named(view, app, study):
    screen = app("motifs", motifs_view=view)
    assert not screen.at.exception
    assert "python -m engine interpret --what motif-" in screen.at.info[0].value


def test_association_is_shown_with_the_published_figures(app, study, planted):
    association.compute([], Library(*planted))
    screen = app("motifs")
    assert not screen.at.exception and not screen.at.error
    table = screen.at.dataframe[0].value
    row = table[table["motif"] == "SP1_GCbox"].iloc[0]
    ours = next(r for r in association.read().rows if (r.motif, r.cell) == ("SP1_GCbox", "K562"))
    assert row["spearman"] == pytest.approx(ours.spearman.value, abs=1e-4)
    assert row["spearman_published"] == 0.203 and row["delta_published"] == 0.289
    assert "goes with measured activity most" in screen.words


def test_probes_and_effects(app, stored):
    screen = app("motifs", motifs_view=VIEWS[1])
    assert not screen.at.exception and not screen.at.error and not screen.at.warning
    table = screen.at.dataframe[0].value
    assert table[(table["model"] == "B1 (published)") & (table["motif"] == "GATA1")]["value"].tolist() == [0.605]
    assert "Held more by K562 networks: GATA1." in " ".join(c.value for c in screen.at.caption)
    screen = app("motifs", motifs_view=VIEWS[2], motifs_sd=True)
    assert not screen.at.exception
    assert "A site of **USF_Ebox**" in screen.words and "+2.600" in screen.words  # 1.3 over 0.5


def test_effects_in_the_cell_types_of_a_model_stand_on_one_axis(app, stored):
    file = model_file("joint_legnet", motif_importance.WHAT)
    changed = store.read_json(file, "")
    of = changed["importance"]["shuffles"]
    of["K562"]["GATA1"]["motif"], of["HepG2"]["GATA1"]["motif"] = metric(0.8), metric(-0.3)
    of["HepG2"]["SP1_GCbox"]["motif"] = metric(0.015)  # its interval meets that of 0 in K562
    of["WTC11"]["SP1_GCbox"]["motif"] = metric(0.025)
    store.write_json(file, changed)
    screen = app("motifs", motifs_view=VIEWS[2], motifs_model="joint_legnet")
    assert not screen.failures
    k562, hepg2, wtc11 = screen.figure("motifs-effects-cells-joint_legnet")["data"][::-1]
    assert [k562["name"], hepg2["name"], wtc11["name"]] == ["K562", "HepG2", "WTC11"]
    assert k562["y"][-1] == hepg2["y"][-1] == "GATA1"  # at the top: the most for K562
    assert screen.numbers(k562["x"])[-1] == pytest.approx(0.8) and screen.numbers(hepg2["x"])[-1] == pytest.approx(-0.3)
    assert screen.numbers(hepg2["error_x"]["array"])[-1] == pytest.approx(0.01)
    assert "Higher in K562 than in HepG2: GATA1\n" in screen.words
    assert "Higher in HepG2 than in K562: none for certain" in screen.words
    assert "Higher in WTC11 than in K562: SP1_GCbox" in screen.words
    assert "Two networks" not in screen.words
    screen.choose("motifs_sd", True)
    x = screen.figure("motifs-effects-cells-joint_legnet")["data"][-1]["x"]
    assert screen.numbers(x)[-1] == pytest.approx(0.8 / 0.5)


def test_networks_of_one_cell_type_stand_beside_the_one_of_the_same_loss(app, stored):
    screen = app("motifs", motifs_view=VIEWS[2], motifs_model="H1_HepG2_baseline_mse")
    names = [t["name"] for t in screen.figure("motifs-effects-cells-H1_HepG2_baseline_mse")["data"]]
    assert names[::-1] == ["K562 (B1 · squared error · K562)", "HepG2 (H1 · squared error · HepG2)"]
    assert "Two networks: a difference may also be one of training." in screen.words
    screen.choose("motifs_model", "C1_pl_linear_curriculum")
    assert not screen.failures and not [f for f in screen.figures if f.startswith("motifs-effects-cells")]
    assert "C1 · Plackett-Luce, curriculum · K562 learned K562 alone" in screen.words
    assert f"Models of several cell types: {label('joint_legnet')}." in screen.words


def test_a_motif_that_was_asked_for_is_drawn_and_can_be_saved(app, study, planted, library):
    association.compute([], Library(*planted))
    screen = app("motifs", motifs_matrix="GATA1")
    screen.at.button(key="motifs-matrix-start").click().run()
    assert not screen.failures
    asked = next(t.value for t in screen.at.dataframe if "motif family" in t.value and "JASPAR" not in t.value)
    assert set(asked["motif family"]) <= {"GATA", "GATA1::TAL1"} and asked["logo"].str.startswith("data:image/").all()
    assert "save-cislens-motif-count.csv" in {b.key for b in screen.at.get("download_button")}


def test_a_stale_result_is_not_shown_and_named(app, stored, save_model):
    save_model("B1_baseline_mse", seed=9, outputs=("K562",))
    screen = app("motifs", motifs_view=VIEWS[1])
    assert "interpret B1_baseline_mse --what motif-probes" in screen.at.warning[0].value
    assert "B1_baseline_mse" not in set(screen.at.dataframe[0].value["model"])


def test_copies_are_predicted_on_request(app, study, library, monkeypatch):
    screen = app("motifs", motifs_view=VIEWS[3], motifs_curve_model="joint_legnet", motifs_curve_count=5, motifs_most=3)
    assert not screen.at.exception
    many = effects.backgrounds
    monkeypatch.setattr(effects, "backgrounds", lambda of, kind, count: many(of, kind, 2))  # two are held out
    screen.at.button(key="motifs-copies-start").click().run()
    assert not screen.at.exception and not screen.at.error
    around = many(Library(library, splits.joint_split(library)), "shuffles", 2)
    site = STUDY["GATA1"].site
    expected = grammar.by_copies(checkpoints.load("joint_legnet").model, around, site, 3, 20)
    value = expected[0].effects[-1][0].value
    assert f"3 copies change the prediction by {value:+.3f}" in screen.at.caption[-1].value


def test_copies_that_overlap_are_refused_in_words(app, study, library):
    screen = app("motifs", motifs_view=VIEWS[3], motifs_curve_count=5, motifs_step=5)
    screen.at.button(key="motifs-copies-start").click().run()
    assert not screen.at.exception and screen.at.error[0].value


def test_any_matrix_is_counted_on_request_and_an_unknown_one_is_named(app, study, library, planted):
    association.compute([], Library(*planted))
    screen = app("motifs", motifs_matrix="GATAX")
    assert "unknown motif 'GATAX'; did you mean " in screen.at.error[0].value
    assert screen.at.text_input(key="motifs_matrix").value == "GATAX"
    screen = app("motifs", motifs_matrix="MA0046.3")
    screen.at.button(key="motifs-matrix-start").click().run()
    assert not screen.at.exception
    found = screen.at.dataframe[-1].value
    assert found["motif"].tolist() == ["HNF1A MA0046.3"] * 3 and found["cell type"].tolist() == list(library.outputs)


def test_any_matrix_is_probed_and_written_on_request(app, stored, library, monkeypatch):
    metric = Metric(0.25, 0.2, 0.3, 2000)
    asked = {}

    def of_motifs(checkpoint, of, motifs, progress):
        asked[checkpoint.name] = list(motifs)
        return {name: dict.fromkeys(("r2", "composition", "beyond"), metric) for name in list(motifs)[:1]}

    monkeypatch.setattr(motif_probes, "of_motifs", of_motifs)
    screen = app("motifs", motifs_view=VIEWS[1], motifs_probe="HNF4A")
    screen.at.button(key="motifs-probe-start").click().run()
    assert not screen.at.exception
    assert asked == {"joint_legnet": ["HNF4A MA0114.5", "HNF4A MA1494.2"]}
    assert screen.at.dataframe[-1].value["R² of the count"].tolist() == ["0.250 [0.200, 0.300]"]
    assert any(i.startswith("HNF4A MA1494.2: fewer than 50") for i in screen.values("info"))
    many = effects.backgrounds
    monkeypatch.setattr(effects, "backgrounds", lambda of, kind, count, seed: many(of, kind, 2, seed))
    screen = app("motifs", motifs_view=VIEWS[2], motifs_effect="MA0046.3")
    screen.at.button(key="motifs-effect-start").click().run()
    assert not screen.at.exception
    around = many(Library(library, splits.joint_split(library)), "shuffles", 2)
    model = checkpoints.load("joint_legnet").inference_model
    value = motif_importance.importance(model, around, [site("MA0046.3")])["HNF1A MA0046.3"]["effect"][0].value
    assert screen.at.dataframe[-1].value["site"][0].startswith(f"{value:.3f} [")


# --- motifs of the user's own -----------------------------------------------------------------------

MINE = """>M1 FIRST
9 0 0 9 9 0 9
0 0 0 0 0 9 0
0 9 0 0 0 0 0
0 0 9 0 0 0 0
>![x](http://a.b/c.png) <b>SECOND</b>
9 0 0 9 0 0
0 0 0 0 0 0
0 9 0 0 0 9
0 0 9 0 9 0
"""


def give(screen, *files: tuple[str, str]):
    """Hand files to the uploader of own motifs."""
    (field,) = [f for f in screen.at.get("file_uploader") if "own motifs" in f.proto.label]
    screen.at.file_uploader(key=field.key).set_value([(n, text.encode(), "text/plain") for n, text in files]).run()


def test_own_motifs_are_listed_with_logos_and_a_wrong_file_changes_nothing(app):
    screen = app("motifs", motifs_view="Your own")
    give(screen, ("mine.pfm", MINE), ("bad.pfm", ">x\n1 2\n1 x\n"))
    assert not screen.at.exception
    (error,) = screen.at.error
    assert "bad.pfm, line 3" in error.value
    (table,) = screen.at.dataframe
    assert list(table.value["most likely bases"]) == ["AGTAACA", "AGTATG"]
    assert list(table.value["name"]) == ["FIRST", "<b>SECOND</b>"]
    assert all(logo.startswith("data:image/svg+xml") for logo in table.value["logo"])
    assert list(table.value["file"]) == ["mine.pfm"] * 2
    (short,) = [c.value for c in screen.at.caption if "1 of 2 matrices is too short" in c.value]
    assert "![x](" not in short and "<b>" not in short.replace("\\<", "")  # text, and no picture
    give(screen, ("more.pfm", ">M1 OTHER\n" + "9 0 0 0\n" * 6))
    assert list(screen.at.dataframe[0].value["id"])[-1] == "M1#2" and not screen.at.error
    screen.at.button(key="own_motifs_page-remove-mine.pfm").click().run()
    assert list(screen.at.dataframe[0].value["id"]) == ["M1"]
    screen.at.button(key="own_motifs_page-remove-more.pfm").click().run()
    assert not screen.at.dataframe and not screen.at.exception


def test_own_motifs_are_asked_for_by_name_in_the_other_views(app, study, planted):
    screen = app("motifs", motifs_view="Your own")
    give(screen, ("mine.pfm", MINE))
    screen.at.session_state["motifs_view"] = "With measured activity"
    screen.at.run()
    association.compute([], Library(*planted))
    screen.at.run()
    screen.at.text_input(key="motifs_matrix").set_value("first").run()
    (start,) = [b for b in screen.at.button if b.label.startswith("Count FIRST M1")]
    start.click().run()
    assert not screen.at.exception and not screen.at.error
    assert set(screen.at.dataframe[-1].value["motif"]) == {"FIRST M1"}
