"""Models of the user's own: a folder with a script and its weights, or an entry point of an installed package.

A folder holds `model.py`, whose function `build()` gives a `SequenceModel` (`engine.models.own.OwnModel` makes one of
any torch module), and `weights.safetensors`, the state of that module; weights come from no other format, since a
pickle runs what it likes. An entry point of the group `cislens.models` is such a `build`, which brings its weights
along.

To run such a model is to run its code. That is done for models that were added on this computer
(`engine.experiments.adopt`), as long as code and weights are those that were added; a folder that came from elsewhere,
or was changed, is not run.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from engine import store
from engine.errors import CheckpointError
from engine.experiments.commits import SCRIPT, WEIGHTS
from engine.experiments.description import OWN
from engine.models.layers import SequenceModel
from engine.models.own import OwnModel, check_contract

GROUP = "cislens.models"
ARCHITECTURE = OWN


@dataclass(frozen=True)
class Own:
    """A model that was built and tried.

    Attributes:
        identity: the sha256 of its code and weights, as far as they are known; an entry point's code is its package's.
        files: what has to be kept of it, by name.
        config: how it is built again.
    """

    model: SequenceModel
    identity: str
    files: dict[str, bytes]
    config: dict


def entry_points() -> dict[str, importlib.metadata.EntryPoint]:
    """What installed packages offer, by name."""
    return {point.name: point for point in importlib.metadata.entry_points(group=GROUP)}


def from_folder(folder: Path) -> Own:
    """The model of a folder.

    Raises:
        CheckpointError: code or weights do not give a model that can be asked.
    """
    script, weights = folder / SCRIPT, folder / WEIGHTS
    what = f"the model in {folder}"
    files = _files(folder)

    def build() -> object:
        spec = importlib.util.spec_from_file_location(f"cislens_own_{store.digest(str(folder), 8)}", script)
        assert spec is not None and spec.loader is not None  # the file ends with .py
        module = importlib.util.module_from_spec(spec)
        exec(compile(files[SCRIPT], str(script), "exec"), module.__dict__)  # the bytes whose hash is known
        return module.build()

    model = _built(build, what)
    stated = model.network if isinstance(model, OwnModel) else model
    if stated.state_dict():
        if WEIGHTS not in files:
            raise CheckpointError(
                f"{weights} is missing; write it with safetensors.torch.save_file(network.state_dict(), '{WEIGHTS}')"
            )
        try:
            stated.load_state_dict(load_tensors(files[WEIGHTS]))
        except (SafetensorError, RuntimeError) as error:
            reason = str(error).splitlines()[0]
            raise CheckpointError(f"{weights} does not fit what build() in {SCRIPT} gives ({reason})") from error
    check_contract(model, what)
    return Own(model, _identity(files), files, {})


def from_entry_point(name: str) -> Own:
    """The model that an installed package offers under a name.

    Raises:
        CheckpointError: no package offers it any more, or its code does not give a model that can be asked.
    """
    point = entry_points().get(name)
    if point is None:
        raise CheckpointError(f"no installed package has the entry point '{name}' of '{GROUP}'; install it again")
    what = f"the model of the entry point '{name}' ({point.value})"
    model = _built(lambda: point.load()(), what)
    check_contract(model, what)
    state = {k: v.detach().cpu().clone().contiguous() for k, v in model.state_dict().items()}
    identity = store.digest(point.value.encode() + save_tensors(state))
    return Own(model, identity, {}, {"entry_point": name})


def remember(identity: str) -> None:
    """Let a model be run from now on."""
    if not _is_known(identity):
        store.write_json(_known(), {"added": sorted({*_added(), identity})})


def rebuilt(name: str, folder: Path, description: dict) -> SequenceModel:
    """The model that a description says was added.

    Raises:
        CheckpointError: it was not added on this computer, is another by now, or cannot be built.
    """
    identity, point = description["weights_sha256"], description["config"].get("entry_point")
    again = f"python -m engine add-model {point or folder} --name {name} --again"
    if not _is_known(identity):
        raise CheckpointError(
            f"the model '{name}' was not added on this computer, and to use it is to run its code; if you trust it, "
            f"run: {again}"
        )
    changed = CheckpointError(
        f"the model '{name}' is not the one that was added: its code or weights were changed; if you trust it, "
        f"run: {again}"
    )
    if point is None and _identity(_files(folder)) != identity:
        raise changed
    own = from_folder(folder) if point is None else from_entry_point(point)
    if own.identity != identity:
        raise changed
    return own.model


def _files(folder: Path) -> dict[str, bytes]:
    try:
        return {name: (folder / name).read_bytes() for name in (SCRIPT, WEIGHTS) if (folder / name).is_file()}
    except OSError as error:
        raise CheckpointError(f"the model in {folder} cannot be read ({error.strerror})") from error


def _identity(files: dict[str, bytes]) -> str:
    return store.digest("".join(store.digest(files[name]) for name in sorted(files)))


def _known() -> Path:
    return store.cache_folder() / "own_models.json"


def _added() -> list[str]:
    return (store.load_json(_known()) or {}).get("added", [])


def _is_known(identity: str) -> bool:
    return identity in _added()


def _built(build: Callable[[], object], what: str) -> SequenceModel:
    try:
        model = build()
    except Exception as error:  # whatever somebody's code raises
        raise CheckpointError(f"{what} cannot be built ({type(error).__name__}: {error})") from error
    if not isinstance(model, SequenceModel):
        raise CheckpointError(
            f"{what}: build() gives {type(model).__name__}; return engine.models.own.OwnModel(network, outputs, window)"
        )
    return model.float().eval()
