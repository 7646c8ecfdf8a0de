"""ANALYSES: everything that `python -m engine disentangle analyse` computes over the trained networks, by name.

A new analysis is a file here, with its `SETTINGS` and a function of networks, library and progress, and a row below.

Each is kept in `shared_results/disentangle_<name>.json` with what it was made of. A file of other weights than a
network has now, or of other settings, is stale: it is not shown, and the error names the command that makes it anew. A
network that was trained since does not make it stale; it is `missing` from it, and the command takes it in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from engine import store
from engine.data.library import Library
from engine.disentangle.analyses import (
    agreement,
    cka,
    comparison,
    composition,
    consistency,
    dynamics,
    geometry,
    head,
    magnitudes,
    mutations,
    networks,
    noise,
    norms,
    positions,
    variance,
)
from engine.disentangle.analyses.networks import Network
from engine.disentangle.results import Score
from engine.errors import CheckpointError, InputError, unknown
from engine.interpretation import stored
from engine.results import Progress

DIGITS = 5  # significant ones of a stored number


@dataclass(frozen=True)
class Analysis:
    """One analysis.

    Attributes:
        rows: of `(networks, library, progress)` the rows, each a number with its interval. It is handed every trained
            network of every notion and takes those that it knows; it never sets two notions against each other.
        settings: whatever else its numbers depend on, as JSON has it.
    """

    rows: Callable[[list[Network], Library, Progress | None], Iterator[Score]]
    settings: dict


ANALYSES: dict[str, Analysis] = {
    "comparison": Analysis(comparison.rows, comparison.SETTINGS),
    "agreement": Analysis(agreement.rows, agreement.SETTINGS),
    "consistency": Analysis(consistency.rows, consistency.SETTINGS),
    "positions": Analysis(positions.rows, positions.SETTINGS),
    "magnitudes": Analysis(magnitudes.rows, magnitudes.SETTINGS),
    "mutations": Analysis(mutations.rows, mutations.SETTINGS),
    "geometry": Analysis(geometry.compute, geometry.SETTINGS),
    "norms": Analysis(norms.compute, norms.SETTINGS),
    "cka": Analysis(cka.compute, cka.SETTINGS),
    "head": Analysis(head.compute, head.SETTINGS),
    "composition": Analysis(composition.compute, composition.SETTINGS),
    "noise": Analysis(noise.compute, noise.SETTINGS),
    "dynamics": Analysis(dynamics.compute, dynamics.SETTINGS),
    "variance": Analysis(variance.compute, variance.SETTINGS),
}


def file_of(name: str) -> Path:
    """Where the rows of an analysis lie."""
    return stored.shared_file(f"disentangle_{name}")


def command(name: str, again: bool = False) -> str:
    """What makes an analysis, or makes it anew."""
    return f"python -m engine disentangle analyse {name}{' --again' if again else ''}"


def compute(
    name: str, several: list[Network], library: Library, progress: Progress | None = None, again: bool = False
) -> bool:
    """Write the rows of an analysis; False if those of these networks, data and settings were there.

    Raises:
        InputError: an unknown analysis, or no network.
    """
    check_name(name)
    analysis = ANALYSES[name]
    if not several:
        raise InputError("no network of DISENTANGLE is trained; run: python -m engine disentangle train --all")
    weights = {networks.label(n.experiment.name, n.seed): n.checkpoint.weights_hash for n in several}
    key = stored.key(sorted(weights.values()), library, {"what": name, **analysis.settings})
    if not again and stored.is_current(file_of(name), key):
        return False
    rows = [score.as_row() for score in analysis.rows(several, library, progress)]
    made_of = stored.made_of(key, library, analysis.settings) | {"weights": weights}
    columns = {field: [_short(row[field]) for row in rows] for field in (rows[0] if rows else ())}
    stored.write_json(file_of(name), key, made_of | {"rows": columns})
    return True


def read(name: str) -> list[Score]:
    """The rows of an analysis; none where nothing is stored.

    Raises:
        InputError: an unknown analysis.
        CheckpointError: the file is broken or stale; says how to mend it.
    """
    check_name(name)
    content, file, wanted = _content(name), file_of(name), ANALYSES[name].settings
    if not content:
        return []
    try:
        made_of, settings, columns = content["weights"], content["settings"], content["rows"]
        records = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
        rows = [Score.from_row(record) for record in records]
        now = networks.weights()
        stale = [network for network, weights in made_of.items() if now.get(network) != weights]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CheckpointError(
            f"{file} is not as this version of CisLens writes it; run: {command(name, again=True)}"
        ) from error
    if stale or settings != stored.as_json(wanted):
        other = f"other weights of {', '.join(stale)}" if stale else "other settings"
        raise CheckpointError(f"{file} was made with {other}; run: {command(name)}")
    return rows


def missing(name: str) -> list[str]:
    """The networks that were trained since an analysis was made; all of them where nothing is stored.

    Raises:
        CheckpointError: the file is broken; says how to mend it.
    """
    made_of = _content(name).get("weights") or {}
    return [network for network in networks.weights() if network not in made_of]


def check_name(name: str) -> None:
    """Raise InputError for what is no analysis."""
    if name not in ANALYSES:
        raise unknown("analysis", name, ANALYSES)


def _content(name: str) -> dict:
    return store.read_json(file_of(name), command(name, again=True))


def _short(value: object) -> object:
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value
