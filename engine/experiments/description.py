"""experiment.json and metrics.json as they must be, for whoever reads them.

`engine.store` has seen that neither was changed after it was written; here is checked that it is what this version
writes, and that metrics.json belongs to the weights beside it.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, StrictInt, StrictStr, ValidationError

from engine import store
from engine.errors import CheckpointError, unknown
from engine.experiments import commits, declared
from engine.experiments.commits import DESCRIPTION, METRICS, WEIGHTS
from engine.experiments.names import folder_of, trained

FORMAT = 1
ENSEMBLE = "ensemble"  # in place of an architecture
OWN = "own"  # the architecture of a user's own network, in place of one of `engine.models.MODELS`
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
_Name = Annotated[str, Field(min_length=1, max_length=200)]
# Of a configuration: beyond any network, and little enough that what does not fit is soon seen.
_MOST = 10_000
_MOST_MEMBERS = 100


class _Open(BaseModel):
    """Fields that are not named here are left as they are."""

    model_config = ConfigDict(extra="allow", strict=True)


class _Description(_Open):
    format: StrictInt
    experiment: dict[str, Any]
    architecture: _Name
    config: dict[str, Any]
    outputs: Annotated[list[_Name], Field(min_length=1, max_length=1000)]
    weights_sha256: Sha256


class _Scale(BaseModel):
    """Of the outputs of an ensemble."""

    mean: list[FiniteFloat]
    sd: list[Annotated[FiniteFloat, Field(gt=0)]]


class _EnsembleConfig(BaseModel):
    """What stands in place of an architecture's configuration: members by name with their weights, and the scale."""

    model_config = ConfigDict(extra="forbid", strict=True)

    members: dict[StrictStr, Sha256]
    scale: _Scale
    by_network: bool = False


class _Standardised(_Open):
    mean: FiniteFloat
    sd: Annotated[FiniteFloat, Field(ge=0)]  # 0 of an output that predicts a constant, whose scale nobody may ask for


class _Metric(_Open):
    """A number with its interval; any may be NaN where it is not defined."""

    value: float
    low: float
    high: float
    n: int


class _Fit(_Open):
    slope: float
    intercept: float
    applied: bool


_Positive = Annotated[FiniteFloat, Field(gt=0)]
_NotNegative = Annotated[FiniteFloat, Field(ge=0)]

_ByLevel = Annotated[dict[Literal["50", "80", "95"], _Positive], Field(min_length=3)]


class _Errors(_Open):
    """`engine.intervals.ErrorModel`."""

    epistemic: _NotNegative
    aleatoric: _NotNegative
    constant: _Positive
    reach: _ByLevel
    unsure: _Positive | None
    one_width: _ByLevel
    n: StrictInt


class _Epoch(_Open):
    validation_spearman_mean: float | None = None


class _Training(_Open):
    seed: StrictInt | None = None
    recipe: dict[str, Any] | None = None
    history: list[_Epoch] = []
    data_hash: str | None = None
    split_hash: str | None = None


class _Cagi5(_Open):
    scoring: dict[str, Any] = {}
    elements: dict[str, dict[str, Any]] = {}
    matched_mean: dict[str, dict[str, dict[str, _Metric]]] = {}


class _LargeScale(_Open):
    """What a model of a full large-scale table scores there: by way of scoring, output and metric."""

    file: str
    scores: dict[str, dict[str, dict[str, _Metric]]]
    cagi5_elements_seen: list[str] = []


class _Metrics(_Open):
    model: str | None = None
    weights_sha256: Sha256 | None = None
    training: _Training | None = None
    calibration: dict[str, _Fit] = {}
    standardisation: dict[str, _Standardised] = {}
    intervals: dict[str, _Errors] = {}
    held_out: dict[str, dict[str, _Metric]] = {}
    large_scale: _LargeScale | None = None
    cagi5: _Cagi5 | None = None
    effect_strata: dict[str, Any] = {}


def problem_of_description(content: dict) -> str:
    """What keeps a dictionary from being a description, in a few words; empty for a description."""
    if problem := _problem(_Description, content):
        return problem
    if len(set(content["outputs"])) < len(content["outputs"]):
        return "outputs: one is named twice"
    if content["architecture"] == ENSEMBLE:
        return _problem(_EnsembleConfig, content["config"])
    if _out_of_range(content["config"]) or _out_of_range(content["config"].get("members", 1), _MOST_MEMBERS):
        return "config: a number that is out of range"
    return ""


def problem_of_metrics(content: dict, weights: str | None) -> str:
    """The same of metrics.json beside the weights of a hash (None: it is not known)."""
    problem = _problem(_Metrics, content)
    made_of = content.get("weights_sha256")
    if not problem and made_of and weights and made_of != weights:
        return "it was measured with other weights"
    return problem


def _out_of_range(value: object, most: int = _MOST) -> bool:
    if isinstance(value, dict | list):
        return len(value) > _MOST_MEMBERS or any(
            map(_out_of_range, value.values() if isinstance(value, dict) else value)
        )
    return isinstance(value, int | float) and not (math.isfinite(value) and abs(value) <= most)


def _problem(shape: type[BaseModel], content: dict) -> str:
    try:
        shape.model_validate(content)
    except (ValidationError, RecursionError) as error:
        if not isinstance(error, ValidationError):
            return "too deep"
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return ""


def read_description(name: str, folder: Path | None = None) -> dict:
    """experiment.json of a model; raises InputError for an unknown name, CheckpointError for a broken file."""
    folder = folder or folder_of(name)
    commits.finish(folder)
    file = folder / DESCRIPTION
    if not any((folder / f).is_file() for f in (WEIGHTS, DESCRIPTION)):
        if name in declared.names():
            raise CheckpointError(f"model '{name}' is not trained yet; run: python -m engine train {name}")
        raise unknown("model", name, trained())
    mend = f"restore it, from version control or by installing CisLens again, or run: python -m engine train {name}"
    content = store.load_json(file)
    if content is None:
        wrong = store.wrong_with(file) if file.is_file() else "is missing; "
        raise CheckpointError(f"{file} {wrong}{mend}")
    if content.get("format") != FORMAT and "format" in content:
        raise CheckpointError(f"{file} has format {content['format']}, expected {FORMAT}; install a newer CisLens")
    if problem := problem_of_description(content):
        again = f"run: python -m engine train {name} --again" if content.get("architecture") == ENSEMBLE else mend
        raise CheckpointError(f"{file} is no description of a model ({problem}); {again}")
    return content


def of_own_table(description: dict) -> bool:
    """True for a described model that learned from a user's own table: it has no scores on the joint library."""
    table = description.get("experiment", {}).get("task", {}).get("table", "")
    return declared.is_own_table(str(table))


def learned(description: dict) -> set[str]:
    """The cell types that the described model, or any member of an ensemble, has learned."""
    members = description["config"].get("members", ()) if description["architecture"] == ENSEMBLE else ()
    return set(description["outputs"]).union(*(learned(read_description(m)) for m in members))


def read_metrics(name: str, folder: Path | None = None) -> dict:
    """metrics.json of a model; empty if it was not scored. Raises CheckpointError for a broken file."""
    folder = folder or folder_of(name)
    return metrics_in(folder, f"python -m engine evaluate {name}")


def metrics_in(folder: Path, mend: str) -> dict:
    """metrics.json in a folder; `mend` is the command that makes it anew."""

    def read() -> dict:
        metrics = store.read_json(folder / METRICS, mend)
        weights = (store.load_json(folder / DESCRIPTION) or {}).get("weights_sha256")
        if problem := problem_of_metrics(metrics, weights):
            raise CheckpointError(f"{folder / METRICS} is broken ({problem}); delete it and run: {mend}")
        return metrics

    return commits.consistent(folder, read)
