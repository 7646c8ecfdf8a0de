"""Folders of models that an earlier version wrote: their files get the checksums that this version asks for.

Nothing else in them changes, so every stored result stays current. Weights and metrics are held against their
description first, as far as that goes without a checksum.
"""

from __future__ import annotations

from pathlib import Path

from engine import integrity, places, store
from engine.experiments.commits import DESCRIPTION, METRICS, WEIGHTS
from engine.experiments.description import ENSEMBLE, problem_of_description, problem_of_metrics


def upgrade() -> tuple[list[Path], dict[Path, str]]:
    """Seal what lies without a checksum in the folders of models and of shared results.

    Returns:
        The files that were, and of each that was not the reason in words.
    """
    sealed, refused = [], {}
    for root in (places.models(), places.shared_results()):
        for file in sorted(root.rglob("*.json")) if root.is_dir() else ():
            if any(part.startswith(".") for part in file.relative_to(root).parts):
                continue
            content = integrity.as_object(file.read_bytes())
            if content is not None and integrity.SEAL in content:
                continue
            if problem := _problem(file, content):
                refused[file] = problem
            else:
                store.write_json(file, content or {})
                sealed.append(file)
    return sealed, refused


def _problem(file: Path, content: dict | None) -> str:
    if content is None:
        return "is no JSON"
    if file.name == METRICS:
        description = integrity.as_object(_bytes(file.with_name(DESCRIPTION))) or {}
        return problem_of_metrics(content, description.get("weights_sha256"))
    if file.name != DESCRIPTION:
        return ""
    problem = problem_of_description(content)
    weights = file.with_name(WEIGHTS)
    if not problem and content["architecture"] != ENSEMBLE:
        fits = store.digest(_bytes(weights)) == content["weights_sha256"]
        return "" if fits else f"does not describe the {WEIGHTS} beside it"
    return problem


def _bytes(file: Path) -> bytes:
    return file.read_bytes() if file.is_file() else b""
