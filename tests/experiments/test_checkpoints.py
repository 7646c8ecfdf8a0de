"""Trained models on disk: what is saved is what is loaded, and nothing else is."""

import copy
import hashlib
import json
import pickle
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from engine import store
from engine.errors import CheckpointError, CisLensError, InputError
from engine.experiments import checkpoints
from engine.experiments.checkpoints import DESCRIPTION, METRICS, WEIGHTS
from engine.experiments.declared import Architecture, Ensemble, Experiment, Optimizer, Target
from engine.models import MODELS
from engine.models.predict import predict_codes

KNOWN = {"training": {"seed": 3}, "calibration": {"K562": {"slope": 2.0, "intercept": 1.0, "applied": True}}}
CODES = np.random.default_rng(0).integers(0, 4, (6, 200)).astype(np.uint8)


def declared(model: str, options: dict) -> Experiment:
    return Experiment("toy", Target(), Architecture(model, options), "mse", Optimizer())


def break_off_writing(monkeypatch) -> None:
    """Files are only half written."""
    write = Path.write_bytes

    def breaks(file, content):
        write(file, content[: len(content) // 2])
        raise OSError("disk full")

    monkeypatch.setattr(Path, "write_bytes", breaks)


def recalibrate(checkpoint, model):
    with checkpoints.renewed(checkpoint, model) as renewed:
        return renewed


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
    checkpoints.save_metrics("toy", KNOWN)
    (folder / checkpoints.EFFECTS).mkdir()
    (folder / checkpoints.EFFECTS / "F9.npz").touch()
    assert checkpoints.load("toy").metrics == KNOWN
    save(seed=1)
    assert sorted(f.name for f in folder.iterdir()) == [DESCRIPTION, WEIGHTS]
    assert checkpoints.load("toy").metrics == {}


def test_a_write_that_breaks_off_leaves_the_old_model(save, monkeypatch):
    save()
    checkpoints.save_metrics("toy", KNOWN)
    before = checkpoints.load("toy")
    changed = checkpoints.load("toy")
    changed.model.target_mean += 1
    break_off_writing(monkeypatch)
    for write in (lambda: save(seed=1), lambda: recalibrate(before, changed.model)):
        with pytest.raises(OSError, match="disk full"):
            write()
        after = checkpoints.load("toy")
        assert (after.weights_hash, after.metrics) == (before.weights_hash, before.metrics)


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
    """As another version might have written it: with a checksum of its own."""
    store.write_json(folder / DESCRIPTION, store.load_json(folder / DESCRIPTION) | changes)


def test_weights_that_do_not_fit_the_described_model_are_refused(save):
    _, folder = save()
    described = json.loads((folder / DESCRIPTION).read_text())
    rewrite(folder, config=described["config"] | {"width": 16})
    with pytest.raises(
        CheckpointError, match=r"does not fit the model that experiment\.json describes .*train toy --again"
    ):
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
    described = store.load_json(folder / DESCRIPTION)
    del described[field]
    store.write_json(folder / DESCRIPTION, described)
    with pytest.raises(CheckpointError):
        checkpoints.load("toy")


def test_a_missing_description_is_refused(save):
    _, folder = save()
    (folder / DESCRIPTION).unlink()
    with pytest.raises(CheckpointError, match="is missing; restore it"):
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


def test_broken_metrics_of_a_replicate_name_the_command_that_mends_them(save, models_folder):
    save()
    checkpoints.save_metrics("toy", {"training": {"seed": 1}})
    file = models_folder / "toy" / "replicates" / "7" / METRICS
    file.parent.mkdir(parents=True)
    file.write_text("{")
    with pytest.raises(CheckpointError, match=re.escape(str(file)) + ".* delete it and run: .* train toy --seeds 7$"):
        checkpoints.read_seeds("toy")


# --- other folders, seeds, calibration --------------------------------------------------------------


def test_a_model_may_lie_in_another_folder(save, toy_model, toy_options, tmp_path):
    save()
    other = toy_model(seed=5)
    checkpoints.save("toy", other, declared("legnet", toy_options["legnet"]), tmp_path / "aside")
    checkpoints.save_metrics("toy", {"seed": 5}, tmp_path / "aside")
    aside = checkpoints.load("toy", tmp_path / "aside")
    assert (aside.name, aside.folder, aside.metrics) == ("toy", tmp_path / "aside", {"seed": 5})
    np.testing.assert_allclose(predict_codes(aside.model, CODES), predict_codes(other, CODES), atol=0.02)
    assert checkpoints.load("toy").weights_hash != aside.weights_hash


def test_replacing_a_model_brings_all_of_the_new_one_and_leaves_its_replicates(save, models_folder, tmp_path):
    _, folder = save()
    checkpoints.keep_replicate("toy", 3, folder)
    checkpoints.save_metrics("toy", KNOWN)
    (folder / checkpoints.HELD_OUT).write_bytes(b"old")
    (folder / checkpoints.EFFECTS).mkdir()
    (folder / checkpoints.EFFECTS / "old.npz").touch()
    _, new = save("new", seed=1)
    (new / checkpoints.EFFECTS).mkdir()
    (new / checkpoints.EFFECTS / "F9.npz").write_bytes(b"effects")
    checkpoints.replace("toy", new)
    assert checkpoints.load("toy").weights_hash == checkpoints.load("new").weights_hash
    assert [f.name for f in (folder / checkpoints.EFFECTS).iterdir()] == ["F9.npz"]
    assert checkpoints.load("toy").metrics == {}
    assert not (folder / checkpoints.HELD_OUT).exists()
    assert (checkpoints.replicate_folder("toy", 3) / checkpoints.DESCRIPTION).is_file()
    checkpoints.replace("toy", new, fresh=True)
    assert not checkpoints.replicate_folder("toy", 3).exists()


def test_the_scale_survives_at_any_magnitude(save, toy_model, toy_options):
    """In half precision 1e6 would be infinite and 1e-8 nothing."""
    model = toy_model()
    model.target_sd.copy_(torch.tensor([1e6, 1e-8, 0.1]))
    checkpoints.save("toy", model, declared("legnet", toy_options["legnet"]))
    assert torch.equal(checkpoints.load("toy").model.target_sd, model.target_sd)


def test_a_calibrated_model_keeps_its_training_and_drops_what_was_measured(save):
    _, folder = save()
    checkpoints.save_metrics("toy", KNOWN | {"held_out": {"K562": {}}})
    (folder / checkpoints.HELD_OUT).touch()
    before, model = checkpoints.load("toy"), checkpoints.load("toy").model
    model.target_mean += 1
    with checkpoints.renewed(before, model) as aside:
        assert checkpoints.load("toy").weights_hash == before.weights_hash  # not before it is scored
        assert aside.metrics == KNOWN | {"weights_sha256": aside.weights_hash}
    after = checkpoints.load("toy")
    assert after.metrics == aside.metrics
    assert not (folder / checkpoints.HELD_OUT).exists()
    assert after.description == before.description | {"weights_sha256": after.weights_hash}
    assert after.weights_hash != before.weights_hash
    np.testing.assert_allclose(predict_codes(after.model, CODES), predict_codes(before.model, CODES) + 1, atol=1e-6)
    assert [f.name for f in folder.parent.iterdir() if f.name != ".locks"] == ["toy"]


def test_a_model_that_another_process_changed_meanwhile_is_left_as_that_one_made_it(save):
    save()
    before, model = checkpoints.load("toy"), checkpoints.load("toy").model
    with (
        pytest.raises(InputError, match="'toy' was changed by another process meanwhile"),
        checkpoints.renewed(before, model),
    ):
        save(seed=1)
        other = checkpoints.load("toy").weights_hash
    assert checkpoints.load("toy").weights_hash == other
    with pytest.raises(InputError, match="changed by another process meanwhile"):
        checkpoints.save_metrics("toy", {"weights_sha256": before.weights_hash})


# --- ensembles --------------------------------------------------------------------------------------

BOTH = Ensemble("both", ("a", "b"), ("HepG2", "K562"), chosen_on="nothing")


@pytest.fixture
def both(save):
    """A saved ensemble of two saved models, calibrated by hand."""
    save("a", seed=1)
    save("b", "dream_rnn", seed=2)
    model = checkpoints.build_ensemble(BOTH)
    model.target_mean.copy_(torch.tensor([0.25, -1e-7]))
    model.target_sd.copy_(torch.tensor([1.5, 1e5]))
    checkpoints.save_ensemble(model.eval(), BOTH)
    return model


def test_a_loaded_ensemble_predicts_bit_for_bit_as_the_saved_one(both):
    loaded = checkpoints.load("both")
    assert np.array_equal(predict_codes(loaded.model, CODES), predict_codes(both, CODES))
    assert loaded.model.outputs == ("HepG2", "K562")
    assert not loaded.model.training
    assert "both" in checkpoints.trained()


def test_a_loaded_ensemble_has_its_members_and_the_mean_of_what_they_say(both):
    loaded = checkpoints.load("both")
    assert [m.name for m in loaded.members] == ["a", "b"]
    assert checkpoints.load("a").members == ()
    mean = loaded.mean_of_members(lambda member: predict_codes(member.model, CODES))
    expected = mean * loaded.model.target_sd.numpy() + loaded.model.target_mean.numpy()
    np.testing.assert_allclose(predict_codes(loaded.model, CODES), expected, rtol=1e-5, atol=1e-5)


def test_an_ensemble_has_learned_what_any_of_its_members_has(both):
    described = checkpoints.read_description("both")
    assert described["outputs"] == ["HepG2", "K562"]
    assert checkpoints.learned(described) == {"K562", "HepG2", "WTC11"}
    assert checkpoints.learned(described | {"architecture": "legnet"}) == {"K562", "HepG2"}
    around = described | {"config": {"members": {"both": ""}}, "outputs": ["K562"]}
    assert checkpoints.learned(around) == {"K562", "HepG2", "WTC11"}


def test_an_ensemble_has_a_description_and_no_weights(both, models_folder):
    assert [f.name for f in (models_folder / "both").iterdir()] == [DESCRIPTION]
    described = checkpoints.load("both").description
    members = {n: checkpoints.load(n).weights_hash for n in ("a", "b")}
    assert described["config"]["members"] == members
    assert described["experiment"]["chosen_on"] == "nothing"
    assert described["outputs"] == ["HepG2", "K562"]
    assert described["parameters"] == sum(p.numel() for p in both.parameters())
    assert (described["units"], described["window"]) == ("log2(RNA/DNA)", 200)


def test_an_ensembles_identity_follows_its_members_and_its_calibration(both, save):
    hashes = {checkpoints.load("both").weights_hash}
    both.target_sd[0] = 2
    checkpoints.save_ensemble(both, BOTH)
    hashes.add(checkpoints.load("both").weights_hash)
    save("b", "dream_rnn", seed=3)
    checkpoints.save_ensemble(checkpoints.build_ensemble(BOTH), BOTH)
    hashes.add(checkpoints.load("both").weights_hash)
    assert len(hashes) == 3


def test_saving_an_ensemble_drops_what_was_measured_with_the_old_one(both, models_folder):
    checkpoints.save_metrics("both", {"held_out": {}})
    (models_folder / "both" / checkpoints.HELD_OUT).touch()
    checkpoints.save_ensemble(both, BOTH)
    assert [f.name for f in (models_folder / "both").iterdir()] == [DESCRIPTION]


def test_an_ensemble_whose_member_was_trained_anew_names_the_member(both, save):
    save("b", "dream_rnn", seed=3)
    with pytest.raises(CheckpointError, match=r"'both' was made with other weights of b; run: .*train both --again"):
        checkpoints.load("both")


def test_an_ensemble_without_one_of_its_members_is_refused(both, models_folder):
    shutil.rmtree(models_folder / "a")
    with pytest.raises(InputError, match="unknown model 'a'"):
        checkpoints.load("both")


@pytest.mark.parametrize(
    "config",
    [{}, {"members": {}}, {"members": ["a", "b"], "scale": {}}, {"members": {"a": ""}, "scale": {"mean": [0.0] * 3}}],
)
def test_a_broken_description_of_an_ensemble_is_refused(config, both, models_folder):
    rewrite(models_folder / "both", config=config)
    with pytest.raises(
        CheckpointError, match=r"experiment\.json (is no description|does not describe an ensemble).*train both --again"
    ):
        checkpoints.load("both")


def test_an_ensemble_cannot_be_written_like_a_model(both):
    with pytest.raises(CheckpointError, match="'both' is an ensemble; run: python -m engine train both --again"):
        recalibrate(checkpoints.load("both"), checkpoints.load("both").model)


# --- names ------------------------------------------------------------------------------------------


def test_an_unknown_model_lists_the_trained_ones(save):
    with pytest.raises(InputError, match="unknown model 'mine'; known: none"):
        checkpoints.load("mine")
    save("mine-too")
    with pytest.raises(InputError, match="unknown model 'mine'; known: mine-too"):
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
    assert (folder.parent / "engine" / "experiments" / "checkpoints.py").is_file()


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
