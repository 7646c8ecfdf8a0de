"""May a model's word on a design be trusted: what is familiar to it, and which maps are reliable."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from engine.data.library import Library
from engine.design.metrics import trust
from engine.errors import InputError
from engine.experiments import checkpoints
from engine.interpretation.reliability import out_of_distribution as ood


@pytest.fixture
def checkpoint(save_model, monkeypatch, tmp_path):
    """A small model that learned from folds 6 and 9."""
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path / "cache"))
    save_model("judge", "dream_rnn")
    loaded = checkpoints.load("judge")
    return dataclasses.replace(loaded, description=loaded.description | {"experiment": {"task": {"folds": [6, 9]}}})


def test_familiar_is_what_the_model_itself_learned_from(checkpoint, planted, monkeypatch):
    library, asked = Library(*planted), []
    embeddings = ood.embeddings
    monkeypatch.setattr(ood, "embeddings", lambda model, codes: asked.append(codes) or embeddings(model, codes))
    known = trust.familiar(checkpoint, library)
    rows = [library.split.rows(6, 9), library.split.validation]
    assert [sorted(map(bytes, codes)) for codes in asked] == [sorted(map(bytes, library.table.codes[r])) for r in rows]
    trust.familiar(checkpoint, library)
    assert len(asked) == 2  # out of the cache
    far = trust.unfamiliar(library.table.codes[library.split.validation], checkpoint, known)
    assert far.mean() < 0.1
    homopolymer = np.zeros((1, 200), np.uint8)
    assert trust.unfamiliar(homopolymer, checkpoint, known).tolist() == [True]
    embedded = embeddings(checkpoint.inference_model, homopolymer)
    assert trust.unfamiliar(homopolymer, checkpoint, known, embedded).tolist() == [True]


def test_maps_are_reliable_by_the_verdict_where_there_is_a_scale(checkpoint, monkeypatch):
    codes = np.random.default_rng(0).integers(0, 4, (3, 200)).astype(np.uint8)
    assert trust.reliable(checkpoint, codes, "K562") is None
    levels = iter(("as reliable as usual", "do not rely on it", "as reliable as usual"))
    monkeypatch.setattr(trust.badge, "load_scale", lambda checkpoint, output: "scale")
    monkeypatch.setattr(trust.badge, "badge", lambda *_: SimpleNamespace(level=next(levels)))
    monkeypatch.setattr(trust, "integrated_gradients", lambda *_, **__: None)
    monkeypatch.setattr(trust, "ism", lambda *_: None)
    assert trust.reliable(checkpoint, codes, "K562").tolist() == [True, False, True]


def test_designs_of_another_length_than_the_model_learned_from_are_refused(checkpoint, planted):
    with pytest.raises(InputError, match="200 bases, and these have 90"):
        trust.examined(checkpoint, np.zeros((1, 90), np.uint8), Library(*planted), ("K562", 5))


def test_all_are_examined_for_likeness_and_the_first_for_their_maps(checkpoint, planted, monkeypatch):
    asked = []
    monkeypatch.setattr(trust, "reliable", lambda by, codes, output, progress: asked.append((len(codes), output)))
    found = trust.examined(checkpoint, np.zeros((3, 200), np.uint8), Library(*planted), ("HepG2", 2))
    assert found.unfamiliar.tolist() == [True] * 3 and found.reliable is None and found.output == "HepG2"
    assert asked == [(2, "HepG2")]
