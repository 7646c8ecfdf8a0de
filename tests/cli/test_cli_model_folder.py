"""Models are named; those of another folder by --model-folder; files of an earlier version get their checksums."""

import json
import os

import pytest
from safetensors.torch import save_file

from engine import integrity
from engine.experiments import checkpoints


@pytest.fixture
def elsewhere(models_folder, save_model, monkeypatch):
    """A folder with the model 'mine', which is not that of CisLens."""
    save_model("mine", outputs=("K562",))
    monkeypatch.setenv("CISLENS_MODELS", str(models_folder.parent / "empty"))
    return models_folder


@pytest.mark.parametrize("name", ["../trained_models/mine", "/etc", "..", "a b", "mine/", "n" * 256])
@pytest.mark.parametrize("command", ["predict", "evaluate", "interpret"])
def test_a_path_is_refused_and_nothing_is_written(command, name, call, one, elsewhere):
    words = {"predict": (one[0], "--model", name), "evaluate": (name,), "interpret": (name, "--what", "umap")}[command]
    before = sorted(elsewhere.parent.rglob("*"))
    assert "is no name of a model" in call(command, *words).error()
    assert sorted(elsewhere.parent.rglob("*")) == before


def test_a_model_of_another_folder_is_named_with_the_folder(call, one, elsewhere):
    assert "unknown model 'mine'; known: none" in call("predict", one[0], "--model", "mine").error()
    named = call("predict", one[0], "--model", "mine", "--model-folder", elsewhere)
    assert named.code == 0 and named.rows[0] == ["name", "mine.K562"]
    assert os.environ["CISLENS_MODELS"].endswith("empty")  # for that command alone
    assert "is no folder of models" in call("predict", one[0], "--model-folder", elsewhere / "no").error()


def test_files_of_an_earlier_version_are_brought_along(call, one, models_folder, save_model):
    save_model("mine", outputs=("K562",), metrics={"training": {"seed": 1}})
    save_model("other", outputs=("K562",))
    before = call("predict", one[0], "--model", "mine").rows
    files = sorted(models_folder.rglob("*.json"))
    for file in files:
        content = json.loads(file.read_bytes())
        del content[integrity.SEAL]
        file.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    weights = models_folder / "other" / checkpoints.WEIGHTS
    weights.write_bytes(weights.read_bytes()[:-1])
    refused = call("predict", one[0], "--model", "mine").error()
    assert "has no checksum: if an earlier version of CisLens wrote it, run: python -m engine upgrade" in refused
    upgraded = call("upgrade")
    assert upgraded.code == 3  # one of them was left out
    assert upgraded.out.split() == [str(f) for f in files if "other" not in f.parts]
    assert "experiment.json, left out: does not describe the weights.safetensors beside it" in upgraded.err
    assert call("predict", one[0], "--model", "mine").rows == before
    assert call("upgrade").out == ""


OWN = """from torch import nn
from engine.models.own import OwnModel

class Mean(nn.Module):
    def forward(self, x):
        return x.mean(dim=2)[:, :1]

def build():
    return OwnModel(Mean(), ({output!r},), {window})
"""


def add_own(call, folder, models, name, output="K562", window=200):
    source = folder / name
    source.mkdir()
    (source / "model.py").write_text(OWN.format(output=output, window=window), encoding="utf-8")
    save_file({}, source / "weights.safetensors")
    run = call("add-model", source, "--model-folder", models)
    assert run.code == 0, run


def test_models_are_added_and_listed_in_another_folder(call, one, elsewhere, tmp_path):
    add_own(call, tmp_path, elsewhere, "mean")
    listed = call("models", "--model-folder", elsewhere).out
    assert "\nmean   not measured here: python -m engine evaluate mean\n" in listed and "\nmine " in listed
    assert call("predict", one[0], "--model", "mean,mine", "--model-folder", elsewhere).code == 0
    assert "\nmean " not in call("models").out
    assert call("upgrade", "--model-folder", elsewhere).code == 0


@pytest.mark.parametrize(
    ("output", "window", "why"),
    [("counts", 200, "'counts' is none of its outputs"), ("K562", 500, "its elements have 200 bases")],
)
def test_a_model_that_the_library_cannot_score_is_told_why_and_what_can(output, window, why, call, elsewhere, tmp_path):
    add_own(call, tmp_path, elsewhere, "mean", output, window)
    error = call("evaluate", "mean", "--model-folder", elsewhere).error()
    assert why in error and error.endswith("python -m engine library TABLE --model mean")
