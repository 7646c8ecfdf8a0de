"""Keys of stored results are made of what they depend on, spelled out: a rename in the code makes nothing stale."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from engine.data.library import Library
from engine.genome.effects import Scoring
from engine.interpretation import stored
from engine.interpretation.attribution import maps
from engine.interpretation.motifs import association, importance
from engine.interpretation.motifs import probes as motif_probes
from engine.interpretation.motifs.de_novo import maps as de_novo_maps
from engine.interpretation.motifs.de_novo import store as de_novo
from engine.interpretation.reliability import angles, uncertainty
from engine.interpretation.reliability import store as reliability
from engine.interpretation.representations import embedding, probes, similarity

LIBRARY = Library(SimpleNamespace(hash="table"), SimpleNamespace(hash="split"))
CHECKPOINT = SimpleNamespace(
    name="toy", weights_hash="weights", model=torch.nn.Linear(1, 1), folder=None, members=(), description={}
)
PANEL = maps.Panel(np.arange(60), np.arange(60) < 30)
# What the code before the keys were spelled out gave for the same toy model and library (there the settings of
# `de-novo` were gathered from the globals of its modules, and windows entered keys as the repr of their class).
PINNED = {
    "umap": "b1d1bcefb1808abb00461895ad477297c6546eebc5034e10951811908df0b576",
    "probes": "b549f9ebbf715b362ba1a9b872a2a16d608d8d2e99ebac94e35d53a13dcf2135",
    "untrained": "73984b085fa9012cfa2237e49e4ceb9d9f1d2bd1089ddc9c8b9683afc081782f",
    "cka": "823e140a3d4981c8220f85c39c560f551163af87db78ed660028b86c340da3ca",
    "motif-association": "da3591dde692eb6f2d3b3b7e86cb00cf063f9c88a3e0844a1fca40a5783b0618",
    "motif-probes": "ada0f2c33f1cc464c65d49842045b60a716a159dd00dd568601fa23dbad01b10",
    "motif-importance": "d2d37c0f0f2ee6dd878e88041977dbe1775fe9e3d9251131b631a70416b53abe",
    "de-novo": "2d1950ab5a4658d90eba3ea58a70aa304d95ebccd570b07d506e0f59dece5208",
    "angles": "e500eff277a4bec787fc30cc01fe217fbd3418e3aa2c5df8d36c5194bf2bf887",
    "uncertainty": "8dfd0947dc9e8a31c09569f2db1a0b13de0e29b9851c378fc29df24d506eccd2",
    "reliability": "{'steps': 50, 'side_steps': 16, 'shuffles': 3, 'mutants': 3, 'substitutions': 3, 'doubles': 200, "
    "'seed': 0} 20 8 3 30 seed 0 panel 60 seed 0 steps 20 shuffles 3",
}
DE_NOVO = {
    "maps": {"COUNT": 600, "FEWER": 300, "ACTIVE": 0.75, "SEED": 0, "STEPS": 20},
    "seqlets": {"TARGET_FDR": 0.2, "LARGEST_FDR": 0.3, "ENOUGH": 200},
    "patterns": {
        "FLANK": 4, "SAME": -6.0, "APART": -12.0, "FLOOR": -16.0, "BINS": 20, "HALF": 15, "SHIFT": 8, "ROUNDS": 10,
        "TRIM": 0.3, "GAP": 3, "EDGE": 2, "LEAST_SEQLETS": 10, "LEAST_ELEMENTS": 8, "NARROWEST": 4,
    },
    "matches": {"LARGEST_Q": 0.01, "BEST": 3, "SITES": 20},
}  # fmt: skip


class Asked(Exception):
    """A key that was asked for."""


def asked(compute) -> str:
    with pytest.raises(Asked) as caught:
        compute()
    return str(caught.value)


@pytest.fixture
def ask(monkeypatch):
    """Whoever looks whether a result is current is stopped there, with the key that it looks for."""

    def stop(*key):
        raise Asked(key[-1])

    monkeypatch.setattr(stored, "is_current", stop)
    monkeypatch.setattr(maps, "choose_panel", lambda *_, **__: PANEL)
    return stop


COMPUTED = {
    "umap": lambda: embedding.compute(CHECKPOINT, LIBRARY),
    "probes": lambda: probes.compute(CHECKPOINT, LIBRARY),
    "untrained": lambda: probes.compute_untrained([], LIBRARY),
    "cka": lambda: similarity.compute([], LIBRARY),
    "motif-association": lambda: association.compute([], LIBRARY),
    "motif-probes": lambda: motif_probes.compute(CHECKPOINT, LIBRARY),
    "motif-importance": lambda: importance.compute(CHECKPOINT, LIBRARY),
    "de-novo": lambda: de_novo.compute(CHECKPOINT, LIBRARY),
    "angles": lambda: angles.compute(CHECKPOINT, LIBRARY),
    "uncertainty": lambda: uncertainty.compute([], LIBRARY),
    "reliability": lambda: reliability.compute(CHECKPOINT, LIBRARY),
}


@pytest.mark.parametrize("what", COMPUTED)
def test_a_result_is_looked_for_under_the_key_that_it_always_had(what, ask, monkeypatch):
    if what == "angles":
        made_of = stored.key_of(CHECKPOINT, *LIBRARY, maps.settings(PANEL))
        monkeypatch.setattr(maps, "read", lambda _: (None, made_of))
    if what == "reliability":
        monkeypatch.setattr(reliability, "read", lambda _: {})
        monkeypatch.setattr(reliability, "familiar", lambda _: None)
        monkeypatch.setattr(stored, "file_of", lambda *_: None)
        monkeypatch.setattr(stored, "key_of", ask)
    assert asked(COMPUTED[what]) == PINNED[what]


def test_maps_carry_what_they_were_made_of_in_the_clear():
    made_of = stored.key_of(CHECKPOINT, *LIBRARY, maps.settings(PANEL))
    assert made_of == "weights table split panel 60 seed 0 steps 20 shuffles 3"


def test_windows_enter_keys_as_they_always_did_whatever_their_class_is_called():
    text = "Scoring(offsets=(-90, -60, -30, 0, 30, 60, 90), inside=False)"
    assert Scoring().as_text() == text

    class Windows(Scoring):
        pass

    assert Windows().as_text() == text
    assert Scoring(offsets=(0,), inside=True).as_text() == "Scoring(offsets=(0,), inside=True)"


def test_a_number_that_changes_no_motif_changes_no_key_and_one_that_does_changes_it(monkeypatch):
    before = de_novo.settings()
    assert {part: before[part] for part in DE_NOVO} == DE_NOVO
    monkeypatch.setattr(de_novo_maps, "PART", 7)  # how many maps lie in a file
    monkeypatch.setattr(de_novo_maps, "ANOTHER", 7, raising=False)  # what the module may come to hold
    assert de_novo.settings() == before
    monkeypatch.setattr(de_novo_maps, "STEPS", 7)
    assert de_novo.settings() != before
