"""Files of arrays that were cut short: what is only kept to save time is made anew, a result is named with its mend."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from engine import store
from engine.data import jaspar, lentimpra, satmut, splits
from engine.data.library import Library
from engine.errors import CheckpointError
from engine.evaluation import cagi5, comparison, held_out, scorecard
from engine.experiments import checkpoints
from engine.interpretation import stored
from engine.interpretation.motifs.de_novo import maps
from engine.interpretation.representations import probes
from engine.interpretation.representations.embedding import embeddings
from engine.statistics import spearman


def _arrays(file) -> dict[str, np.ndarray]:
    with np.load(file) as z:
        return dict(z)


def _half(file) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _empty(file) -> None:
    file.write_bytes(b"")


def _flipped(file) -> None:
    content = bytearray(file.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 200] = bytes(255 - b for b in content[middle : middle + 200])
    file.write_bytes(content)


def _less(file) -> None:
    """One array is gone, as from an older version."""
    arrays = _arrays(file)
    arrays.popitem()
    np.savez(file, **arrays)


HARMS = [_half, _empty, _less]
JOINT_SPLIT = splits.joint_split  # before `made_up` puts another in its place


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


# --- what is only kept to save time ------------------------------------------------------------------


def _split(made_up, save_model, monkeypatch):
    table = dataclasses.replace(made_up.table, codes=made_up.table.codes[:40], names=made_up.table.names[:40])
    return lambda: [JOINT_SPLIT(table).folds]


def _library(made_up, save_model, monkeypatch):
    def read():
        found = lentimpra._cached("made_up", ("lentimpra_sequences",), lambda: made_up.table, lentimpra.JOINT)
        return [found.names, found.codes, found.activity]

    return read


def _satmut(made_up, save_model, monkeypatch):
    frame = pd.DataFrame(
        {"chrom": ["1"], "pos": [7], "ref": ["A"], "alt": ["C"], "effect": [0.5], "p": [0.01], "barcodes": [9],
         "data_set": ["F9"], "build": ["GRCh37"]}
    )  # fmt: skip
    monkeypatch.setattr(satmut, "_read_source", lambda: frame)

    def read():
        monkeypatch.setattr(satmut, "_memory", {})
        return [satmut._table().to_numpy(str)]

    return read


def _jaspar(made_up, save_model, monkeypatch):
    motifs = [
        SimpleNamespace(
            matrix_id=f"MA000{i}.1",
            name=f"F{i}",
            counts={b: np.arange(5) + i for b in "ACGT"},
            tf_class=["c"],
            tf_family=["f"],
        )
        for i in (1, 2)
    ]
    database = SimpleNamespace(conn=SimpleNamespace(close=lambda: None), fetch_motifs=lambda **_: list(motifs))
    monkeypatch.setattr("pyjaspar.jaspardb", lambda release: database)

    def read():
        monkeypatch.setattr(jaspar, "_memory", {})
        return [np.concatenate([m.probabilities for m in jaspar.load().values()])]

    return read


def _draws(made_up, save_model, monkeypatch):
    rng = np.random.default_rng(0)
    pair = comparison.Pair(spearman, 0, rng.normal(size=30), rng.normal(size=30), np.ones(30, bool))

    def read():
        return list(comparison.Scores({("held_out", m): pair for m in ("spearman", "other")}, "toy", 20).draws.values())

    return read


def _embeddings(made_up, save_model, monkeypatch):
    save_model("toy")
    checkpoint = checkpoints.load("toy")
    return lambda: [embeddings(checkpoint, made_up.table, np.arange(8))]


def _maps(made_up, save_model, monkeypatch):
    monkeypatch.setattr(maps, "COUNT", 2)
    save_model("toy", outputs=("K562",))
    checkpoint, of = checkpoints.load("toy"), Library(made_up.table, made_up.split)
    return lambda: [m.hypothetical for m in maps.compute(checkpoint, of, "K562")]


def _effects(made_up, save_model, monkeypatch):
    save_model("toy")
    checkpoint, element = checkpoints.load("toy"), _element()
    monkeypatch.setattr(cagi5, "element_effects", lambda *_, **__: np.ones((3, 3), np.float32))
    return lambda: [cagi5.stored_effects(checkpoint, element)]


def _element():
    """As much of a measured element as its effects are kept by."""
    return SimpleNamespace(
        region=SimpleNamespace(build="GRCh37"), variants=range(3), data_set=SimpleNamespace(name="F9")
    )


@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize(
    "reader", [_split, _library, _satmut, _jaspar, _draws, _embeddings, _maps, _effects], ids=lambda f: f.__name__[1:]
)
def test_what_can_be_computed_is_made_anew_and_kept_again(reader, harm, made_up, save_model, cache, monkeypatch):
    read = reader(made_up, save_model, monkeypatch)
    first = read()
    (file,) = cache.rglob("*.npz")
    whole = _arrays(file)
    harm(file)
    for again, before in zip(read(), first, strict=True):
        np.testing.assert_array_equal(again, before)
    kept = _arrays(file)
    assert kept.keys() == whole.keys()
    for name in whole:
        np.testing.assert_array_equal(kept[name], whole[name])


@pytest.mark.parametrize("harm", [*HARMS, _flipped, lambda file: file.write_text("no arrays"), lambda f: f.unlink()])
def test_a_broken_file_holds_nothing(tmp_path, harm):
    file = tmp_path / "a.npz"
    store.write_arrays(file, a=np.arange(5000.0), b=np.random.default_rng(0).normal(size=500))
    assert store.load_arrays(file, "a").keys() == {"a", "b"}
    harm(file)
    assert store.load_arrays(file, "a", "b") is None


# --- results ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("harm", [*HARMS, _flipped])
def test_broken_predictions_are_named_and_mended_by_the_command_that_is_named(harm, made_up, save_model, monkeypatch):
    monkeypatch.setattr(scorecard, "MATCHED_ELEMENTS", ())
    save_model("toy")
    checkpoint = checkpoints.load("toy")
    first = held_out.stored_predictions(checkpoint, *made_up[:2])
    harm(checkpoint.folder / checkpoints.HELD_OUT)
    with pytest.raises(CheckpointError, match=r"toy.held_out.npz is broken; run: python -m engine evaluate toy$"):
        held_out.stored_predictions(checkpoint, *made_up[:2])
    scorecard.score(checkpoint, made_up.library)  # what the command does
    np.testing.assert_array_equal(held_out.stored_predictions(checkpoint, *made_up[:2]), first)


@pytest.mark.parametrize("kept_too", [False, True], ids=["", "in the cache too"])
@pytest.mark.parametrize("harm", HARMS)
def test_broken_effects_are_named_and_written_anew_by_whoever_ships_them(
    harm, kept_too, save_model, cache, models_folder, monkeypatch
):
    save_model("toy")
    checkpoint, element = checkpoints.load("toy"), _element()
    monkeypatch.setattr(cagi5, "element_effects", lambda *_, **__: np.ones((3, 3), np.float32))
    if kept_too:
        cagi5.stored_effects(checkpoint, element)
    cagi5.stored_effects(checkpoint, element, ship=True)
    harm(checkpoint.folder / checkpoints.EFFECTS / "F9.npz")
    with pytest.raises(CheckpointError, match=r"effects.F9.npz is broken; run: python -m engine evaluate toy$"):
        cagi5.stored_effects(checkpoint, element)
    cagi5.stored_effects(checkpoint, element, ship=True)
    assert (cagi5.stored_effects(checkpoint, element) == 1).all()


@pytest.mark.parametrize("harm", [_half, _empty, lambda file: file.unlink()])
def test_broken_predictions_of_probes_are_mended_by_the_command_that_is_named(harm, made_up, save_model, monkeypatch):
    monkeypatch.setattr(probes, "ALPHAS", (1.0,))
    of = Library(made_up.table, made_up.split)
    save_model("mine", outputs=("K562",))
    model = checkpoints.load("mine")
    assert probes.compute(model, of)
    first = probes.stored_predictions("mine", of, "GC content")
    harm(stored.model_file("mine", probes.WHAT).with_suffix(".npz"))
    with pytest.raises(CheckpointError, match=r"probes.npz is missing or broken; run: .*interpret mine --what probes$"):
        probes.stored_predictions("mine", of, "GC content")
    assert probes.compute(model, of) and not probes.compute(model, of)
    np.testing.assert_array_equal(probes.stored_predictions("mine", of, "GC content"), first)
