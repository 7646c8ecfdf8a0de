"""Models are named; those of another folder by --model-folder; files of an earlier version get their checksums."""

import json
import os

import pytest

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
