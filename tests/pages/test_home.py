"""Home: four pictures and the ways that they lead, models and data, with and without any of them and a network."""

import dataclasses
import json
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from engine import places
from engine.data import large_scale, sources
from engine.data.sources import SOURCES
from engine.experiments import adopt, checkpoints, declared, labels
from engine.experiments.declared import EXPERIMENTS

ROOT = Path(__file__).resolve().parents[2]

PUBLIC = [s for s in SOURCES.values() if s.url]


def models(screen):
    return screen.table


def files(screen):
    return screen.at.dataframe[1].value


# --- nothing is there yet ---------------------------------------------------------------------------


def test_without_data_models_and_network_home_says_what_is_missing(app, no_data, models_folder):
    screen = app()
    assert not screen.failures and screen.title == "CisLens"
    assert models(screen).empty
    assert screen.at.code[0].value.splitlines() == [f"python -m engine train {n}" for n in declared.names()]
    assert files(screen)["file"].tolist() == [s.file for s in PUBLIC]
    assert not files(screen)["here"].any()
    needed, everything = screen.values("info")
    assert SOURCES["satmut"].file in needed and SOURCES["cagi5_references"].file in needed
    assert all(s.file in everything for s in PUBLIC)
    assert [b.label for b in screen.at.button].count("Download now") == 2


def test_the_page_opens_without_the_app_around_it(no_data, models_folder):
    page = AppTest.from_file(str(ROOT / "pages" / "home.py"), default_timeout=60).run()
    assert not page.exception and page.title[0].value == "CisLens"


def test_a_download_that_fails_names_the_file_and_leaves_nothing(app, no_data, models_folder):
    screen = app()
    screen.at.button(key="download-satmut-cagi5_references").click().run()
    assert not screen.failures
    (error,) = screen.values("error")
    assert "'satmut'" in error and SOURCES["satmut"].url in error
    assert not [f for f in no_data.rglob("*") if f.is_file()]


def test_a_download_that_works_opens_the_way_to_the_promoter(app, no_data, trained, monkeypatch):
    def deliver(name, progress):
        progress(SOURCES[name].bytes)
        file = sources.location(SOURCES[name])
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as handle:
            handle.truncate(SOURCES[name].bytes)
        return file

    monkeypatch.setattr(sources, "fetch", deliver)
    screen = app()
    screen.at.button(key="download-satmut-cagi5_references").click().run()
    assert not screen.failures
    assert screen.button("Open the LDLR promoter")
    here = dict(zip(files(screen)["file"], files(screen)["here"], strict=True))
    assert {f for f, there in here.items() if there} == {"satmut_elements.tsv.gz", "cagi5_references.json"}
    assert SOURCES["satmut"].file not in "\n".join(screen.values("info"))


def test_a_local_folder_without_the_files_is_named_and_nothing_offered(app, no_data, trained, monkeypatch, tmp_path):
    monkeypatch.setenv("CISLENS_DATA", str(tmp_path))
    screen = app()
    assert not screen.failures
    assert all(str(tmp_path) in warning for warning in screen.values("warning")) and screen.values("warning")
    assert "Download now" not in [b.label for b in screen.at.button]


@pytest.mark.needs_data("satmut", "cagi5_references")
def test_a_data_file_of_the_wrong_content_is_an_error_on_the_page(app, trained, monkeypatch, tmp_path):
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path / "cache"))
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("satmut", "cagi5_references"):
        shutil.copy(sources.location(SOURCES[name]), copy)
    with (copy / SOURCES["satmut"].file).open("r+b") as handle:
        handle.write(b"other")
    monkeypatch.setenv("CISLENS_DATA", str(copy))
    screen = app().press("Open the LDLR promoter")
    assert not screen.failures
    assert any("wrong checksum" in e and SOURCES["satmut"].file in e for e in screen.values("error"))


# --- models -----------------------------------------------------------------------------------------


def test_scores_are_shown_with_intervals_beside_what_is_not_trained(app, trained):
    screen = app()
    table = models(screen)
    assert not screen.failures
    assert list(dict.fromkeys(table["name in commands"])) == ["joint_legnet", "mine"]
    own = table[table["name in commands"] == "joint_legnet"]
    assert own["model"].tolist() == [labels.short("joint_legnet")] * 3
    assert own["cell type"].tolist() == ["K562", "HepG2", "WTC11"]
    assert own["held-out Spearman"].tolist() == ["0.712 [0.699, 0.726]"] * 3
    assert own["elements"].tolist() == [5698] * 3
    assert own["CAGI5 test, all"].tolist() == ["0.712 [0.699, 0.726]"] + ["no matched element"] * 2
    assert table[table["name in commands"] == "mine"]["held-out Spearman"].tolist() == ["0.612 [0.599, 0.626]"] * 2
    commands = screen.at.code[0].value.splitlines()
    assert commands == [f"python -m engine train {n}" for n in declared.names() if n != "joint_legnet"]


def test_a_model_of_a_large_scale_table_says_its_scores_on_both_test_folds(app, trained, monkeypatch):
    one, other = ({"value": v, "low": v - 0.01, "high": v + 0.01, "n": 11_000} for v in (0.8, 0.7))
    ways = {"both orientations": {"K562": {"spearman": one}}, "as cloned": {"K562": {"spearman": other}}}
    metrics = json.loads((trained / "mine" / "metrics.json").read_text())
    checkpoints.save_metrics("mine", metrics | {"large_scale": {"file": "K562.tsv", "scores": ways}})
    monkeypatch.setattr(large_scale, "here", lambda cell: cell == "K562")
    screen = app()
    assert not screen.failures
    captions = [c.replace("\\", "") for c in screen.values("caption")]
    (line,) = [c for c in captions if "its own table" in c]
    assert "K562.tsv" in line and "0.800 [0.790, 0.810] for K562 (11,000 elements)" in line
    assert "0.612 [0.599, 0.626]" in models(screen)["held-out Spearman"].tolist()  # on the joint library's, as ever
    (missing,) = [c for c in captions if "full large-scale tables" in c]
    assert "HepG2, WTC11 are not here" in missing and "python -m engine train HepG2_large" in missing


def test_a_model_without_scores_is_not_given_any(app, trained):
    (trained / "mine" / "metrics.json").unlink()
    table = models(app())
    row = table[table["name in commands"] == "mine"].iloc[0]
    assert row["held-out Spearman"].startswith("not scored")


def test_scores_that_cannot_be_read_are_named_and_the_others_shown(app, trained):
    (trained / "mine" / "metrics.json").write_text('{"held_out": ')
    screen = app()
    assert not screen.failures
    table = models(screen)
    assert "0.712 [0.699, 0.726]" in table["held-out Spearman"].tolist()
    assert any("metrics.json" in text and "mine" in text for text in [screen.words, *table["held-out Spearman"]])


def test_an_old_metrics_file_stays_out_of_the_table_of_new_weights(app, trained, toy_model):
    checkpoints.save("mine", toy_model(width=64), dataclasses.replace(EXPERIMENTS["joint_legnet"], name="mine"))
    assert "0.612" not in json.dumps(models(app())["held-out Spearman"].tolist())


# --- four pictures ----------------------------------------------------------------------------------


def drawing(name):
    return ET.fromstring((places.assets() / "pictures" / f"{name}.svg").read_text(encoding="utf-8"))


def test_pictures_are_of_the_models_that_are_shipped():
    made = json.loads((places.assets() / "pictures" / "made_of.json").read_text(encoding="utf-8"))
    for name in ("edit", "measured", "losses", "design"):
        assert drawing(name).get("aria-label")
        for model, weights in made[name]["weights"].items():
            description = json.loads((ROOT / "trained_models" / model / "experiment.json").read_text(encoding="utf-8"))
            assert description["weights_sha256"] == weights, f"python -m assets.make_pictures, for {name}"


def test_the_picture_of_losses_shows_the_scores_that_are_stored():
    shown = drawing("losses").get("aria-label")
    made = json.loads((places.assets() / "pictures" / "made_of.json").read_text(encoding="utf-8"))
    for name in made["losses"]["weights"]:
        metrics = json.loads((ROOT / "trained_models" / name / "metrics.json").read_text(encoding="utf-8"))
        score = metrics["held_out"]["K562"]["spearman"]
        words = f"{labels.short(name)} {score['value']:.3f} [{score['low']:.3f}, {score['high']:.3f}]"
        assert words in shown


def test_the_start_of_a_design_opens_with_its_experiment_chosen(app, trained):
    screen = app().press("Improve a sequence step by step")
    assert not screen.failures and screen.title == "In-silico experiments"
    assert len(screen.document.bases) == 200
    assert screen.at.session_state["silico_experiment"] == "Guided substitutions"


@pytest.mark.needs_data("satmut", "cagi5_references")
def test_the_promoter_opens_in_the_explorer(app, trained):
    screen = app().press("Open the LDLR promoter")
    assert not screen.failures and screen.title == "Explorer"
    document = screen.document
    assert len(document.bases) == 200
    assert document.reference.region.build == "GRCh38" and document.reference.region.chrom == "chr19"
    assert "LDLR promoter" in screen.words
    assert screen.text == document.bases


@pytest.mark.parametrize(
    ("label", "title"),
    [
        ("Bring your own sequence", "Explorer"),
        ("Open saturation mutagenesis", "Saturation mutagenesis"),
        ("Compare your own measurements", "Your library"),
        ("Compare them on the Benchmark page", "Benchmark"),
        ("Design sequences for a goal", "Design"),
    ],
)
def test_the_other_ways_lead_to_their_pages(app, trained, label, title):
    screen = app(sat_element="HBB").press(label)
    assert not screen.failures and screen.title == title


@pytest.mark.needs_data(*[s.name for s in PUBLIC])
def test_home_says_where_the_files_are(app, trained):
    screen = app()
    assert not screen.failures
    assert files(screen)["here"].all()
    assert str(sources.location(SOURCES["satmut"]).parent) in screen.words
    assert not screen.values("info")
    assert "Computing on: " in screen.words


def test_a_model_of_the_users_own_stands_in_the_pickers_and_says_that_it_was_not_measured(app, trained, tmp_path):
    folder = tmp_path / "my_mean"
    folder.mkdir()
    (folder / "model.py").write_text(
        "from torch import nn\nfrom engine.models.own import OwnModel\n\n"
        "class Mean(nn.Module):\n    def forward(self, x):\n        return x.mean(dim=2)[:, :1]\n\n"
        "def build():\n    return OwnModel(Mean(), ('K562',), 200, any_length=True)\n",
        encoding="utf-8",
    )
    adopt.add(str(folder))
    screen = app("home")
    assert not screen.failures
    assert (
        "not measured here: python -m engine evaluate my_mean"
        in screen.at.dataframe[0].value["held-out Spearman"].tolist()
    )
    screen = app("explorer").type("paste_text", "ACGT" * 50)
    screen.at.button(key="open_paste").click().run()
    picker = screen.at.multiselect(key="models")
    assert "my_mean · your own network (not measured here)" in picker.options
    picker.set_value(["my_mean"]).run()
    assert not screen.failures


@pytest.mark.needs_data("satmut", "cagi5_references")
def test_the_promoter_that_opens_first_is_measured_from_end_to_end(app, trained):
    screen = app("home").press("Open the LDLR promoter")
    region = screen.document.reference.region
    assert (region.chrom, region.start, region.end) == ("chr19", 11_089_288, 11_089_488)
