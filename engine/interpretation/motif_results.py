"""Results about motifs as they are shipped: read without the data that they were computed from."""

from __future__ import annotations

import json
from pathlib import Path

from engine.errors import CheckpointError
from engine.store import read_json


def as_json(settings: dict) -> dict:
    """Settings as they come back from a file."""
    return json.loads(json.dumps(settings))


def shipped(file: Path, weights: object, settings: dict, mend: str) -> dict | None:
    """A stored result, None if there is none.

    Its `key` names the data too, but a page must not need these: here `weights` and `settings` are compared, which the
    file holds in the clear beside the key.

    Raises:
        CheckpointError: it is broken, or was made with other weights or settings. The message gives `mend`.
    """
    stored = read_json(file, mend)
    if not stored:
        return None
    if stored.get("weights") != weights or stored.get("settings") != as_json(settings):
        raise CheckpointError(f"{file} was made with other weights or settings; run: {mend}")
    return stored
