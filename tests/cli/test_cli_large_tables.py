"""`train K562_large`: from a download of the published shape to a model beside all others."""

import dataclasses
import functools
import json

import numpy as np
import pytest

from engine.evaluation import cagi5, large_scale
from engine.experiments import checkpoints, declared
from engine.experiments.declared import Architecture
from engine.models.predict import predict_codes
from engine.sequence import ADAPTER_LEFT, ADAPTER_RIGHT, reverse_complement
from engine.statistics import spearman

NAME = "K562_large"
ALONE = ("--device", "cpu", "--precision", "fp32")


@pytest.fixture
def table(tmp_path, made_up, monkeypatch):
    """A small file of the published shape, in the data folder; K562_large is declared small."""
    rng = np.random.default_rng(17)  # not the seed of the made-up joint library, of which it would be kin
    lines = ["seq_id\tseq\tmean_value\tfold\trev"]
    for i in range(200):
        element = "".join(rng.choice(list("ACGT"), 200))
        for name, insert in ((f"peak{i}", element), (f"peak{i}_Reversed:", reverse_complement(element))):
            oligo, value = ADAPTER_LEFT + insert + ADAPTER_RIGHT, (insert.count("G") + insert.count("C")) / 20
            lines.append(f"{name}\t{oligo}\t{value + rng.normal(0, 0.1):.3f}\t{i % 10 + 1}\t0")
            lines.append(f"{name}\t{reverse_complement(oligo)}\t0\t{i % 10 + 1}\t1")
    large = declared.EXPERIMENTS[NAME]
    small = dataclasses.replace(
        large,
        model=Architecture("legnet", {"width": 8, "growth": (1.0,)}),
        optimizer=dataclasses.replace(large.optimizer, epochs=1, batch_size=160),
    )
    monkeypatch.setitem(declared.EXPERIMENTS, NAME, small)
    monkeypatch.setattr(cagi5, "elements_seen", lambda library: ["LDLR"] if len(library.table) == 400 else [])
    monkeypatch.setattr(large_scale, "measure", functools.partial(large_scale.measure, resamples=20))
    monkeypatch.setenv("CISLENS_DATA", str(tmp_path / "data"))
    file = tmp_path / "data" / "large_scale" / "K562.tsv"
    file.parent.mkdir(parents=True)
    file.write_text("\n".join(lines) + "\n")
    return file


def test_a_large_model_is_trained_and_scored_on_its_own_and_on_the_joint_test_fold(call, made_up, table, models_folder):
    run = call("train", NAME, *ALONE)
    assert run.code == 0, run
    assert "large-scale K562 library (K562.tsv): 320 rows train, 40 choose the epoch, 40 are held out" in run.err
    assert "test fold of K562.tsv, both orientations: spearman" in run.out
    assert "share 30 bases with LDLR" in run.out
    metrics = json.loads((models_folder / NAME / "metrics.json").read_text())
    assert metrics["training"]["rows"] == {"training": 320, "validation": 40, "test": 40}
    assert metrics["training"]["split"].startswith("published folds: 1 test")
    # beside all others: the joint library's test fold
    model, joint = checkpoints.load(NAME).model, made_up.library
    assert model.outputs == ("K562",)
    rows = joint.split.test
    value = spearman(predict_codes(model, joint.table.codes[rows])[:, 0], joint.table.column("K562")[rows])
    assert metrics["held_out"]["K562"]["spearman"]["value"] == pytest.approx(value, abs=1e-6)
    assert metrics["data_hash"] == joint.table.hash != metrics["training"]["data_hash"]
    # on its own test fold
    assert metrics["large_scale"]["scores"]["both orientations"]["K562"]["pearson"]["n"] == 20
    assert metrics["large_scale"]["scores"]["as cloned"]["K562"]["pearson"]["n"] == 40

    # a file that lies elsewhere is the same table; what is done is not done again, and scoring again keeps its own fold
    elsewhere = table.rename(table.parents[2] / "mine.tsv")
    assert "done before" in call("train", NAME, "--table", elsewhere, *ALONE).out
    assert call("evaluate", NAME).code == 0
    assert json.loads((models_folder / NAME / "metrics.json").read_text())["large_scale"] == metrics["large_scale"]
    elsewhere.write_text("\n".join(elsewhere.read_text().splitlines()[:-4]) + "\n")
    run = call("train", NAME, "--table", elsewhere, *ALONE)
    assert run.code == 2 and "'K562_large' learned from another table than mine.tsv; use --again" in run.err
    listed = call("models").out
    assert "  K562   test fold of K562.tsv, as cloned: spearman" in listed


def test_what_is_missing_or_wrong_is_said_in_one_line(call, made_up, table):
    file = table.rename(table.with_name("other.tsv"))
    assert "K562 is not here; download K562.tsv from github.com" in call("train", NAME).error()
    assert "there is no file nowhere.tsv" in call("train", NAME, "--table", "nowhere.tsv").error()
    reason = "or the downloaded large-scale table of one of K562_large, HepG2_large, WTC11_large"
    assert reason in call("train", "joint_legnet", "--table", file).error()
    file.write_text("sequence\tvalue\nACGT\t1\n")
    assert "lacks the column(s) seq_id, seq, mean_value, fold" in call("train", NAME, "--table", file).error()


def test_data_list_says_where_the_full_tables_come_from(call, table):
    out = call("data", "list").out
    assert "large_scale K562       here" in out and "large_scale HepG2      missing" in out
    assert "download HepG2.tsv from github.com/autosome-ru/human_legnet" in out and "no checksum is known" in out
