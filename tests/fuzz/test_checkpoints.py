"""Fuzz: the files of a model, changed at random: refused, or the same numbers as before."""

from __future__ import annotations

import copy
import json
import random

import numpy as np
import pytest

from engine import store
from engine.errors import CheckpointError, CisLensError
from engine.experiments import checkpoints
from engine.experiments.checkpoints import DESCRIPTION, METRICS, WEIGHTS
from engine.models.predict import predict_codes

CODES = np.random.default_rng(0).integers(0, 4, (2, 120)).astype(np.uint8)
EXTREMES = [
    *(None, True, -1, 0, 1, 2, 10**9, 10**30, 1e308, float("nan"), float("inf"), -float("inf")),
    *(
        "",
        "../../x",
        "\x00",
        "ä" * 300,
        "K562",
        [],
        [[]],
        {},
        {"a": {}},
        [None],
        ["K562", "K562"],
        "legnet",
        "ensemble",
    ),
]


def changed(content: object, rng: random.Random) -> object:
    """One value of a document, wherever it is, replaced, taken out, doubled, moved, or given another name."""
    content = copy.deepcopy(content)
    places = []

    def walk(value: object) -> None:
        inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, inner in list(inside):
            places.append((value, key))
            walk(inner)

    walk(content)
    holder, key = rng.choice(places)
    match rng.randrange(6):
        case 0 if isinstance(holder, dict):
            del holder[key]
        case 1 if isinstance(holder, list):
            holder.reverse()
        case 2 if isinstance(holder, dict):
            holder[rng.choice(["members", "seed", "x", "pool"])] = holder.pop(key)
        case 3:
            other, name = rng.choice(places)
            holder[key] = copy.deepcopy(other[name]) if name in other or isinstance(other, list) else 0
        case 4 if isinstance(holder[key], int | float):
            holder[key] = rng.choice([holder[key] + 1, -holder[key], holder[key] * 2, str(holder[key])])
        case _:
            holder[key] = rng.choice(EXTREMES)
    return content


def mutated(data: bytes, rng: random.Random) -> bytes:
    """A few bytes exchanged, taken out or put in, or the file cut short."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(out) + 1)
        match rng.randrange(5):
            case 0:
                out[at : at + 1] = bytes([out[at] ^ (1 << rng.randrange(8))]) if at < len(out) else b"0"
            case 1:
                del out[at : at + rng.randint(1, 20)]
            case 2:
                out[at:at] = rng.choice([b"0", b"[", b'"', b"{" * 3000, b"9" * 5000, b"\xff", b"NaN", b"1e999"])
            case 3:
                del out[at:]
            case _:
                out[at : at + 1] = rng.choice(b'0123456789-.eE"{}[],:\n').to_bytes()
    return bytes(out)


@pytest.fixture
def model(save_model, models_folder):
    """A scored model, an ensemble of it, and what both predict and are standardised by."""
    save_model("toy", outputs=("K562", "WTC11"))
    save_model("other", "dream_rnn", outputs=("K562", "WTC11"))
    declaration = checkpoints.Ensemble("both", ("toy", "other"), ("WTC11", "K562"), "nothing")
    checkpoints.save_ensemble(checkpoints.build_ensemble(declaration), declaration)
    scale = {"K562": {"mean": 0.5, "sd": 1.5}, "WTC11": {"mean": -0.5, "sd": 0.7}}
    metric = {"value": 0.5, "low": 0.4, "high": 0.6, "n": 100}
    for name in ("toy", "both"):
        metrics = {
            "model": name,
            "weights_sha256": checkpoints.read_description(name)["weights_sha256"],
            "training": {"seed": 1, "history": [{"validation_spearman_mean": 0.5}]},
            "standardisation": scale,
            "held_out": {o: {"spearman": metric} for o in scale},
        }
        checkpoints.save_metrics(name, metrics)
    return models_folder


def told(name: str) -> tuple:
    loaded = checkpoints.load(name)
    prediction = dict(zip(loaded.model.outputs, predict_codes(loaded.model, CODES).T.tolist(), strict=True))
    return prediction, dict(zip(loaded.model.outputs, loaded.standardisation().T.tolist(), strict=True)), loaded.metrics


@pytest.mark.parametrize("file", [DESCRIPTION, METRICS])
@pytest.mark.parametrize("name", ["toy", "both"])
def test_a_changed_file_is_refused_or_changes_nothing(file, name, model):
    rng, path, before = random.Random(0), model / name / file, told(name)
    whole = path.read_bytes()
    content, loads = json.loads(whole), 0
    for i in range(60):
        path.write_bytes(json.dumps(changed(content, rng)).encode() if i % 2 else mutated(whole, rng))
        try:
            assert told(name) == before, path.read_bytes()
            loads += 1
        except CisLensError:
            pass
    assert loads < 30  # some change nothing: a space, a value that stands there already


@pytest.mark.parametrize("file", [DESCRIPTION, METRICS])
@pytest.mark.parametrize("name", ["toy", "both"])
def test_a_file_of_another_shape_is_refused_even_with_a_checksum_of_its_own(file, name, model):
    """As another program, or another version, might write it."""
    rng, path = random.Random(1), model / name / file
    content = store.load_json(path)
    for _ in range(50):
        store.write_json(path, changed(content, rng))
        try:
            checkpoints.load(name).standardisation()
            checkpoints.read_seeds(name)
            checkpoints.replicates(name)
        except CisLensError as error:
            assert "\n" not in str(error)


@pytest.mark.parametrize("changes", [{"outputs": ["WTC11", "K562"]}, {"outputs": ["HepG2", "K562"]}, {"window": 100}])
def test_reversed_outputs_are_refused_with_the_command_that_mends(changes, model):
    path = model / "toy" / DESCRIPTION
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    with pytest.raises(CheckpointError, match=r"experiment\.json is broken: it was changed .*engine train toy$"):
        checkpoints.load("toy")


def test_changed_weights_are_refused(model):
    rng, path = random.Random(2), model / "toy" / WEIGHTS
    whole = path.read_bytes()
    for _ in range(50):
        path.write_bytes(mutated(whole, rng))
        if path.read_bytes() != whole:
            with pytest.raises(CheckpointError):
                checkpoints.load("toy")


@pytest.mark.parametrize(
    "name", ["../toy", "..", ".", "", "a/b", "a\\b", "/etc", "toy\x00", "t" * 256, "tóy", "-x", ".toy"]
)
def test_a_path_is_no_name(name, model):
    for ask in (checkpoints.load, checkpoints.read_description, checkpoints.read_metrics, checkpoints.replicates):
        with pytest.raises(CisLensError, match=r"is no name of a model .* named by --model-folder"):
            ask(name)
