"""What `keys.json` holds, and how it is gathered; see `test_keys.py`."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np

from tests.golden import _reach

FIELDS = ("key", "weights", "weights_sha256", "data", "split", "data_hash", "split_hash", "models", "settings")
MODEL = (
    "maps", "seeds", "labels", "reliability", "coverage", "angles", "umap", "probes", "motif-probes",
    "motif-importance", "de-novo",
)  # fmt: skip
TOGETHER = ("cka", "untrained", "uncertainty", "motif-association")
# a command, the stored results that are not there for it, and the folder of the cache that it then looks into
CACHED = {
    "umap": ("interpret B1_baseline_mse --what umap", "umap.json", "embeddings/"),
    "umap of several members": ("interpret joint_legnet --what umap", "umap.json", "embeddings/"),
    "probes": ("interpret H1_HepG2_baseline_mse --what probes", "probes.json", "embeddings/"),
    "motif-probes": ("interpret dream_rnn --what motif-probes", "motif-probes.json", "embeddings/"),
    "de-novo": ("interpret B1_baseline_mse --what de-novo", "de-novo.json", "de-novo/"),
    "de-novo of a large model": ("interpret joint_legnet --what de-novo", "de-novo.json", "de-novo/"),
    "draws": ("compare R1_plackett_luce --to B1_baseline_mse", "", "draws/"),
    "draws of an ensemble": ("compare best_joint --to joint_legnet", "", "draws/"),
    "effects": ("cagi5 --model dream_rnn --element IRF4", "", "effects/"),
    "effects of a single-output model": ("cagi5 --model R3_ranknet --element MSMB", "", "effects/"),
}


def refuse(network, *_, **__):
    """In place of a network's call."""
    raise AssertionError(f"a {type(network).__name__} was called: something shipped counts as stale")


def _sha(content: object) -> str:
    text = content if isinstance(content, str) else json.dumps(content, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def carried() -> dict[str, dict[str, str]]:
    """Of every shipped file the sha256 of each field that tells what it was made of."""
    found = {}
    for address, file in _reach.addresses().items():
        if file.suffix == ".json":
            content = json.loads(file.read_text())
        else:
            with np.load(file, allow_pickle=False) as arrays:
                content = {k: str(arrays[k]) for k in FIELDS if k in arrays.files}
        fields = {k: _sha(content[k]) for k in FIELDS if k in content}
        if fields:
            found[address] = fields
    return found


def weights() -> dict[str, str]:
    """The hash of the weights of every shipped network and ensemble, by the address of its folder."""
    described = {a: f for a, f in _reach.addresses().items() if a.endswith("/experiment.json")}
    return {a.rpartition("/")[0]: json.loads(f.read_text())["weights_sha256"] for a, f in described.items()}


def digests(folder: Path) -> dict[str, str]:
    """Of every file below a folder."""
    return {str(f): hashlib.sha256(f.read_bytes()).hexdigest() for f in sorted(folder.rglob("*")) if f.is_file()}


def said_of(name: str, what: list[str]) -> dict[str, str]:
    """What `interpret` says of each analysis of one model: 'was there' or 'computed'."""
    return _said(f"{name}: ", " ", "interpret", name, "--what", ",".join(what))


def said_together() -> dict[str, str]:
    """What `interpret` says of the analyses that compare models."""
    return _said("", ": ", "interpret", "--what", ",".join(TOGETHER))


def _said(before: str, between: str, *words: str) -> dict[str, str]:
    run = _reach.call(*words)
    assert run.code == 0, run.err
    return dict(line.removeprefix(before).split(between, 1) for line in run.err.splitlines())


def asked(case: str, apart: Path) -> list[str]:
    """The files of the cache that a command looks for, up to the first in the folder that it is about."""
    command, result, folder = CACHED[case]
    name = command.split()[1]
    file = _reach.shipped_copy(apart, f"{name}/interpretation/{result}") if result else None
    content = file.read_bytes() if file else None
    if file:
        file.unlink()
    seen: set[str] = set()
    try:
        with _reach.asked_of_cache(seen, lambda asked_for: asked_for.startswith(folder)):
            _reach.call(*command.split())
    except (_reach.Stopped, AssertionError):
        pass  # it went as far as was wanted
    finally:
        if file:
            file.write_bytes(content)
    return sorted(f for f in seen if f.startswith((folder, "processed/")))


def recipes() -> dict[str, str]:
    """Of every declared experiment the sha256 of its recipe as it enters keys."""
    return {name: _sha(text) for name, text in _reach.recipes().items()}


def shipped_analyses() -> dict[str, list[str]]:
    """The analyses that are shipped, by model: `seeds` where maps of another network of its recipe are."""
    found: dict[str, list[str]] = {}
    for address in _reach.addresses():
        parts = address.split("/")
        if len(parts) == 3 and parts[1] == "interpretation":
            found.setdefault(parts[0], []).append(parts[2].partition(".")[0])
        elif len(parts) == 5 and parts[1] == "seeds" and parts[4] == "maps.npz":
            found.setdefault(parts[0], []).append("seeds")
    return {name: [w for w in MODEL if w in what] for name, what in found.items()}


def gather(apart: Path) -> dict:
    """All of `keys.json`; `apart` holds a copy of what is shipped, in place of which the environment names it."""
    return {
        "carried": carried(),
        "weights": weights(),
        "current": {name: said_of(name, what) for name, what in shipped_analyses().items()},
        "read": _reach.read_what_is_stored(_reach.library()),
        "cache": {case: asked(case, apart) for case in CACHED},
        "recipes": recipes(),
    }
