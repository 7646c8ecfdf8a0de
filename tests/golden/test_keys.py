"""No shipped result turns stale: the keys that they carry, what `interpret` says of them, the names of cached files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from tests.golden import _reach, keys

GOLDEN = json.loads((Path(__file__).parent / "keys.json").read_text())
DATA = ("lentimpra_sequences", "lentimpra_activity", "satmut")


@pytest.fixture(scope="module")
def copied(tmp_path_factory) -> tuple[Path, dict[str, str]]:
    folder = tmp_path_factory.mktemp("golden-shipped")
    return folder, _reach.copy_of_shipped(folder)


@pytest.fixture
def apart(copied, monkeypatch) -> Path:
    """A copy of what is shipped in place of it, and no model that predicts."""
    folder, environment = copied
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(torch.nn.Module, "__call__", keys.refuse)
    return folder


def test_shipped_files_carry_the_keys_they_were_pinned_with():
    assert keys.carried() == GOLDEN["carried"]


def test_keys_are_made_of_weights_that_are_shipped():
    assert keys.weights() == GOLDEN["weights"]


@pytest.mark.needs_data(*DATA)
@pytest.mark.parametrize("name", GOLDEN["current"])
def test_interpret_calls_current_what_is_shipped(apart, name):
    """Some reliability files were shipped before their network of another seed: `interpret` adds one check to these
    from stored maps, and nothing may change but that file."""
    before = keys.digests(apart)
    said = keys.said_of(name, list(GOLDEN["current"][name]))
    for what, word in GOLDEN["current"][name].items():
        assert said[what] in (word, "was there"), f"{name}: {what} {said[what]}"
    after = keys.digests(apart)
    changed = [f for f in before.keys() | after.keys() if before.get(f) != after.get(f)]
    assert len(changed) == list(said.values()).count("computed"), changed


@pytest.mark.needs_data(*DATA)
def test_interpret_calls_current_what_compares_models(apart):
    before = keys.digests(apart)
    assert keys.said_together() == dict.fromkeys(keys.TOGETHER, "was there")
    assert keys.digests(apart) == before


@pytest.mark.needs_data(*DATA)
def test_predictions_and_effects_of_all_networks_are_used_as_they_are(apart):
    """Of every model and of its networks of other seeds; no network predicts for it."""
    before = keys.digests(apart)
    assert _reach.read_what_is_stored(_reach.library()) == GOLDEN["read"]
    assert keys.digests(apart) == before


def test_the_comparison_of_all_models_holds(apart):
    assert _reach.stale_in_comparison() == []


@pytest.mark.needs_data(*DATA)
@pytest.mark.parametrize("case", keys.CACHED)
def test_the_cache_is_asked_for_the_same_files(apart, case):
    missing = set(GOLDEN["cache"][case]) - set(keys.asked(case, apart))
    assert not missing, f"no longer looked for in the cache: {sorted(missing)}"


def test_recipes_in_keys():
    assert keys.recipes() == GOLDEN["recipes"]
