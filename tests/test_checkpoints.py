"""Trained models on disk: what is saved is what is loaded, and nothing else is."""

import copy
import hashlib
import json
import pickle
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from engine import checkpoints
from engine.checkpoints import DESCRIPTION, METRICS, WEIGHTS
from engine.errors import CheckpointError, CisLensError, InputError
from engine.experiments import Architecture, Experiment, Optimizer, Task
from engine.models import MODELS
from engine.predict import predict_codes

CODES = np.random.default_rng(0).integers(0, 4, (6, 200)).astype(np.uint8)


def declared(model: str, options: dict) -> Experiment:
    return Experiment("toy", Task(), Architecture(model, options), "mse", Optimizer())


@pytest.fixture
def save(models_folder, toy_model, toy_options):
    """Saves a toy model under a name; returns the model and its folder."""

    def save(name: str = "toy", architecture: str = "legnet", seed: int = 0, **options):
        model = toy_model(architecture, seed=seed, **options)
        return model, checkpoints.save(name, model, declared(architecture, toy_options[architecture] | options))

    return save


@pytest.mark.parametrize(("architecture", "options"), [*((name, {}) for name in MODELS), ("legnet", {"members": 2})])
def test_a_loaded_model_predicts_bit_for_bit_as_the_saved_one_in_half_precision(architecture, options, save):
    """All is rounded but the scale, which a calibration may set to any magnitude."""
    model, folder = save(architecture=architecture, **options)
    rounded = copy.deepcopy(model).half().float()
    rounded.target_mean.copy_(model.target_mean)
    rounded.target_sd.copy_(model.target_sd)
    loaded = checkpoints.load("toy")
    assert np.array_equal(predict_codes(loaded.model, CODES), predict_codes(rounded, CODES))
    np.testing.assert_allclose(predict_codes(loaded.model, CODES), predict_codes(model, CODES), atol=0.02)
    assert loaded.model.outputs == model.outputs
    assert not loaded.model.training
    assert {p.dtype for p in loaded.model.parameters()} == {torch.float32}
    assert sorted(f.name for f in folder.iterdir()) == [DESCRIPTION, WEIGHTS]


def test_the_description_says_what_the_weights_are(save, toy_options):
    model, folder = save()
    described = checkpoints.load("toy").description
    assert described["architecture"] == "legnet"
    assert described["outputs"] == ["K562", "HepG2", "WTC11"]
    assert described["config"]["width"] == toy_options["legnet"]["width"]
    assert described["config"]["kernel"] == 9  # defaults are written out, so that a later default changes nothing
    assert described["parameters"] == sum(p.numel() for p in model.parameters())
    assert described["units"] == "log2(RNA/DNA)"
    assert described["window"] == 200
    assert described["experiment"]["optimizer"]["epochs"] == Optimizer().epochs
    assert described["weights_sha256"] == hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()
    assert checkpoints.load("toy").weights_hash == described["weights_sha256"]


def test_saving_again_drops_what_was_measured_with_the_old_weights(save):
    _, folder = save()
    checkpoints.save_metrics("toy", {"held_out": 0.5})
    (folder / checkpoints.EFFECTS).mkdir()
    (folder / checkpoints.EFFECTS / "F9.npz").touch()
    assert checkpoints.load("toy").metrics == {"held_out": 0.5}
    save(seed=1)
    assert sorted(f.name for f in folder.iterdir()) == [DESCRIPTION, WEIGHTS]
    assert checkpoints.load("toy").metrics == {}


def test_a_write_that_breaks_off_leaves_the_old_model(save, monkeypatch):
    save()
    before = checkpoints.load("toy").weights_hash
    write = Path.write_bytes

    def breaks(file, content):
        write(file, content[: len(content) // 2])
        raise OSError("disk full")

    monkeypatch.setattr(Path, "write_bytes", breaks)
    with pytest.raises(OSError, match="disk full"):
        save(seed=1)
    assert checkpoints.load("toy").weights_hash == before


# --- what cannot be loaded --------------------------------------------------------------------------


@pytest.mark.parametrize("kept", [0, 100, -1])
def test_truncated_weights_are_refused(kept, save):
    _, folder = save()
    file = folder / WEIGHTS
    file.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(CheckpointError, match=re.escape(str(file)) + ".*truncated or replaced.*engine train toy"):
        checkpoints.load("toy")


def test_weights_of_another_model_are_refused(save):
    _, folder = save()
    _, other = save("other", seed=1)
    (folder / WEIGHTS).write_bytes((other / WEIGHTS).read_bytes())
    with pytest.raises(CheckpointError, match="truncated or replaced"):
        checkpoints.load("toy")


def rewrite(folder, **changes) -> None:
    described = json.loads((folder / DESCRIPTION).read_text())
    (folder / DESCRIPTION).write_text(json.dumps(described | changes))


def test_weights_that_do_not_fit_the_described_model_are_refused(save):
    _, folder = save()
    described = json.loads((folder / DESCRIPTION).read_text())
    rewrite(folder, config=described["config"] | {"width": 16})
    with pytest.raises(CheckpointError, match=r"does not fit the model that experiment\.json describes"):
        checkpoints.load("toy")


class Canary:
    """Unpickling it would call `fail`."""

    def __reduce__(self):
        return pytest.fail, ("a pickle was opened",)


@pytest.mark.parametrize("write", [pickle.dump, torch.save])
def test_a_pickled_file_is_refused_and_never_opened(write, save):
    _, folder = save()
    with open(folder / WEIGHTS, "wb") as file:
        write(Canary(), file)
    rewrite(folder, weights_sha256=hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest())
    with pytest.raises(CheckpointError, match="does not fit"):
        checkpoints.load("toy")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "3", "{}", '{"format": 1}', '{"format": 1, "architecture": "legnet"}']
)
def test_a_broken_description_is_refused_and_named(text, save):
    _, folder = save()
    (folder / DESCRIPTION).write_text(text)
    with pytest.raises(CheckpointError, match=re.escape(str(folder / DESCRIPTION))):
        checkpoints.load("toy")


@pytest.mark.parametrize("field", ["architecture", "config", "outputs", "weights_sha256"])
def test_a_description_without_a_needed_field_is_refused(field, save):
    _, folder = save()
    described = json.loads((folder / DESCRIPTION).read_text())
    del described[field]
    (folder / DESCRIPTION).write_text(json.dumps(described))
    with pytest.raises(CheckpointError):
        checkpoints.load("toy")


def test_a_missing_description_is_refused(save):
    _, folder = save()
    (folder / DESCRIPTION).unlink()
    with pytest.raises(CheckpointError, match="is missing or not a description"):
        checkpoints.load("toy")


def test_a_newer_format_is_refused(save):
    _, folder = save()
    rewrite(folder, format=checkpoints.FORMAT + 1)
    with pytest.raises(CheckpointError, match=f"has format {checkpoints.FORMAT + 1}, expected {checkpoints.FORMAT}"):
        checkpoints.load("toy")


@pytest.mark.parametrize("changes", [{"architecture": "unheard of"}, {"config": {"depth": 3}}, {"outputs": []}])
def test_a_description_of_a_model_that_we_do_not_have_is_refused(changes, save):
    _, folder = save()
    rewrite(folder, **changes)
    with pytest.raises(CisLensError):
        checkpoints.load("toy")


def test_broken_metrics_are_refused_and_named(save):
    _, folder = save()
    (folder / METRICS).write_text('{"held_out": ')
    with pytest.raises(CheckpointError, match=re.escape(str(folder / METRICS))):
        checkpoints.load("toy")


# --- names ------------------------------------------------------------------------------------------


def test_an_unknown_model_lists_the_trained_ones(save):
    with pytest.raises(InputError, match="unknown model 'mine'; known: none"):
        checkpoints.load("mine")
    save("mine too")
    with pytest.raises(InputError, match="unknown model 'mine'; known: mine too"):
        checkpoints.load("mine")


def test_a_declared_model_that_is_not_trained_names_the_command(models_folder):
    with pytest.raises(
        CheckpointError, match="'joint_legnet' is not trained yet; run: python -m engine train joint_legnet"
    ):
        checkpoints.load("joint_legnet")


def test_trained_models_are_listed_declared_ones_first(save, models_folder):
    assert checkpoints.trained() == []
    for name in ("mine", "dream_rnn", "a", "joint_legnet"):
        save(name)
    (models_folder / "half done").mkdir()
    (models_folder / "half done" / "state.pt").touch()
    assert checkpoints.trained() == ["joint_legnet", "dream_rnn", "a", "mine"]


def test_without_a_named_folder_models_lie_beside_the_engine(monkeypatch):
    monkeypatch.delenv("CISLENS_MODELS", raising=False)
    folder = checkpoints.models_folder()
    assert folder.name == "trained_models"
    assert (folder.parent / "engine" / "checkpoints.py").is_file()


# --- standardisation --------------------------------------------------------------------------------


def test_the_scale_of_a_model_that_was_never_scored_is_an_error_that_names_the_command(save):
    save()
    with pytest.raises(CheckpointError, match=r"'toy' has no metrics\.json .*run: python -m engine evaluate toy"):
        checkpoints.load("toy").standardisation()


def test_the_scale_comes_in_the_order_of_the_models_outputs(save):
    save()
    scale = {o: {"mean": m, "sd": s} for o, m, s in (("WTC11", 3.0, 0.3), ("K562", 1.0, 0.1), ("HepG2", 2.0, 0.2))}
    checkpoints.save_metrics("toy", {"standardisation": scale})
    assert checkpoints.load("toy").standardisation().tolist() == [[1.0, 2.0, 3.0], [0.1, 0.2, 0.3]]
