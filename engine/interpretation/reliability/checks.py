"""Checks of one attribution map: does it hold what its method promises, and survive what should not change it?

All is asked of one window of the model, in standard deviations of its held-out predictions. What a good value is,
`engine.interpretation.reliability.verdict` says from the same checks of held-out elements.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from engine import device as devices
from engine.errors import InputError
from engine.interpretation.attribution.maps import ism_profile
from engine.interpretation.attribution.methods import IGSettings, integrated_gradients, ism
from engine.models.gradients import BothStrands, along_paths, gauss_legendre
from engine.models.layers import SequenceModel
from engine.models.predict import one_hot, predict_codes
from engine.results import Progress, Track
from engine.sequence import ADAPTER_LEFT, ADAPTER_RIGHT, Sequence, any_known, decode, default_policy, encode, windows
from engine.statistics import every_two, row_pearson


class Check(NamedTuple):
    """What is asked of a map, in words, whether a `high` value is good, and whether it is a correlation."""

    words: str
    high: bool = True
    correlation: bool = True


CHECKS = {
    "completeness": Check("IG adds up: what its contributions miss (s.d.)", False, False),
    "ig_ism": Check("IG agrees with ISM"),
    "gradient": Check("gradient × input agrees with ISM"),
    "baselines": Check("IG agrees with itself over three baselines"),
    "models": Check("ISM agrees with other models"),
    "seeds": Check("ISM agrees between training seeds"),
    "shift": Check("IG survives a shift by one base"),
    "strands": Check("both strands give the same IG"),
    "mutations": Check("IG survives three random substitutions"),
    "off_simplex": Check("gradient off the simplex (degrees)", False, False),
    "linearity": Check("ISM adds up to double mutants (R²)", True, False),
}


@dataclass(frozen=True)
class Settings:
    """How closely a map is checked.

    Attributes:
        steps: of the map itself; `side_steps` of the maps that it is held against.
        mutants: versions with `substitutions` random changes each.
        doubles: double mutants sampled, half of them of two bases at most `NEAR` apart.
    """

    steps: int = 50
    side_steps: int = 16
    shuffles: int = 3
    mutants: int = 3
    substitutions: int = 3
    doubles: int = 200
    seed: int = 0


NEAR = 10


def window_of(model: SequenceModel, sequence: Sequence, start: int = 0) -> Sequence:
    """The window of a model that is checked: a shorter sequence padded, of a longer one the stretch from `start`.

    Raises:
        InputError: a window without a known base, of which there is no map.
    """
    if not any_known(sequence.bases[max(0, start) :][: model.window]):
        raise InputError(f"'{sequence.name}' has no known base there, so there is no map to check")
    if len(sequence) <= model.window:
        cut = windows(sequence.bases, model.window, default_policy(len(sequence), model.window), name=sequence.name)
        return Sequence(sequence.name, cut[0].bases)
    start = min(max(0, start), len(sequence) - model.window)
    return Sequence(sequence.name, sequence.bases[start : start + model.window])


def correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Pearson correlation of two `(length,)` maps; nan if one is constant."""
    return float(row_pearson(one[None].astype(np.float64), other[None].astype(np.float64))[0])


def from_tracks(ig: Track, mutagenesis: Track, output: str, sd: float) -> dict[str, float]:
    """The checks `completeness` and `ig_ism`, known as soon as both maps are drawn.

    Args:
        ig, mutagenesis: of the same bases, standardised or not; `ig` from the baseline 'uniform'.
        sd: standard deviation of the model's held-out predictions of this output.
    """
    return {
        "completeness": abs(ig.checks["convergence_delta"][output]) / sd,
        "ig_ism": correlation(ig.per_position(output), mutagenesis.per_position(output)),
    }


def run(
    model: SequenceModel,
    sequence: Sequence,
    sd: dict[str, float],
    *,
    others: dict[str, list[np.ndarray]] | None = None,
    siblings: dict[str, list[np.ndarray]] | None = None,
    mutagenesis: Track | None = None,
    settings: Settings = Settings(),
    progress: Progress | None = None,
) -> dict[str, dict[str, float]]:
    """Every check of the map of one window, for each output in `sd`.

    Args:
        sequence: one window long.
        sd: output to the standard deviation of the model's held-out predictions.
        others: output to the ISM profiles `(length,)` of other models; without them 'models' is left out.
        siblings: output to the ISM profiles `(length,)` of two or more networks that differ in the seed alone; without
            them 'seeds' is left out.
        mutagenesis: ISM of the sequence in log2(RNA/DNA), if it is there already.
        progress: called with (steps done, steps).

    Returns:
        Output to check to value; nan where a map is constant.
    """
    outputs = tuple(sd)
    codes = encode(sequence.bases)
    rng = np.random.default_rng(settings.seed)
    versions = [_mutated(codes, settings.substitutions, rng) for _ in range(settings.mutants)]
    total = 7 + len(versions)
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        if progress:
            progress(done, total)

    def ig(bases: str, baseline: str = "uniform", steps: int = settings.side_steps) -> Track:
        how = IGSettings(baseline=baseline, steps=steps, shuffles=settings.shuffles, seed=settings.seed)
        return integrated_gradients(model, Sequence(sequence.name, bases), how, outputs=outputs)

    mutagenesis = mutagenesis or ism(model, sequence)
    step()
    own = ig(sequence.bases, steps=settings.steps)
    step()
    from_others = [ig(sequence.bases, baseline) for baseline in ("zeros", "shuffles")]
    step()
    shifted = (
        (ig(sequence.bases[1:] + ADAPTER_RIGHT[0]), slice(1, None), slice(None, -1)),
        (ig(ADAPTER_LEFT[-1] + sequence.bases[:-1]), slice(None, -1), slice(1, None)),
    )
    step()
    changed = []
    for version in versions:
        changed.append((ig(decode(version)), version == codes))
        step()
    strands = one_strand_maps(model, codes, outputs, settings.side_steps)
    gradients = input_gradients(model, codes, outputs)
    step()
    pairs = _pairs(codes, settings.doubles, rng)
    doubles = _double_effects(model, codes, pairs)
    step()
    x = one_hot(torch.as_tensor(codes)[None])[0].T.numpy()
    result = {}
    for o in outputs:
        here, column = own.per_position(o), model.outputs.index(o)
        effects = mutagenesis.output(o)
        profile = ism_profile(effects[None], codes[None])[0]
        gradient = gradients[outputs.index(o)]
        projected = gradient - gradient.mean(axis=1, keepdims=True)
        baselines = [here, *(t.per_position(o) for t in from_others)]
        values = from_tracks(own, mutagenesis, o, sd[o]) | {
            "gradient": correlation((projected * x).sum(axis=1), profile),
            "baselines": _agreement(baselines),
            "shift": float(np.mean([correlation(here[a], t.per_position(o)[b]) for t, a, b in shifted])),
            "strands": correlation(*strands[outputs.index(o)]),
            "mutations": float(np.mean([correlation(here[s], t.per_position(o)[s]) for t, s in changed])),
            "off_simplex": off_simplex(gradient),
            "linearity": determination(additive(effects, pairs), doubles[:, column]),
        }
        if others and others.get(o):
            values["models"] = float(np.mean([correlation(profile, other) for other in others[o]]))
        if siblings and siblings.get(o):
            values["seeds"] = _agreement(siblings[o])
        result[o] = {name: values[name] for name in CHECKS if name in values}
    step()
    return result


def _agreement(profiles: list[np.ndarray]) -> float:
    """Mean correlation over every two of some maps `(length,)`; nan if one is constant."""
    return float(every_two([profile[None].astype(np.float64) for profile in profiles])[0])


# --- the parts --------------------------------------------------------------------------------------


def completeness_by_steps(
    model: SequenceModel,
    sequence: Sequence,
    output: str,
    steps: tuple[int, ...] = (4, 8, 16, 32, 64, 128),
    progress: Progress | None = None,
) -> dict[int, float]:
    """Absolute convergence delta (log2 RNA/DNA) of IG from the uniform baseline, for several numbers of steps."""
    missed = {}
    for i, n in enumerate(steps):
        track = integrated_gradients(model, sequence, IGSettings(steps=n), outputs=(output,))
        missed[n] = abs(track.checks["convergence_delta"][output])
        if progress:
            progress(i + 1, len(steps))
    return missed


def one_strand_maps(
    model: SequenceModel, codes: np.ndarray, outputs: tuple[str, ...], steps: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each output IG `(length,)` of the model on the sequence and on its other strand, turned back.

    Everywhere else both strands are averaged, which makes a map indifferent to the strand by construction; here the
    model itself is asked.
    """
    x = one_hot(torch.as_tensor(codes)[None])
    start = torch.full_like(x, 0.25)
    columns = [model.outputs.index(o) for o in outputs]
    with devices.inference(model) as (network, where):

        def on_strand(strand: Tensor) -> np.ndarray:
            ends = start.to(where), strand.to(where)
            gradients = along_paths(network, *ends, gauss_legendre(steps), columns, both_strands=False)
            return (gradients.cpu() * (strand - start)).sum(dim=2)[:, 0].numpy()

        return list(zip(on_strand(x), on_strand(x.flip(1, 2))[:, ::-1], strict=True))


def input_gradients(model: SequenceModel, codes: np.ndarray, outputs: tuple[str, ...]) -> np.ndarray:
    """`(outputs, length, 4)` gradient of each output at the sequence, both strands averaged."""
    with devices.inference(model) as (network, where):
        x = one_hot(torch.as_tensor(codes)[None]).to(where).requires_grad_(True)
        predictions = BothStrands(network)(x)[0]
        gradients = [
            torch.autograd.grad(predictions[model.outputs.index(o)], x, retain_graph=True)[0][0].T for o in outputs
        ]
    return np.stack([g.cpu().numpy() for g in gradients])


def off_simplex(gradient: np.ndarray) -> float:
    """Mean angle in degrees, over positions, between the gradient `(length, 4)` and the plane that the four bases span.

    One-hot DNA never leaves that plane, so what points out of it is noise (Majdandzic et al. 2023, Genome Biol 24:109).
    """
    length = np.linalg.norm(gradient, axis=1)
    out = np.abs(gradient.mean(axis=1)) * 2  # (1,1,1,1)/2 is the unit vector that stands on the plane
    known = length > 0
    return float(np.degrees(np.arcsin(np.clip(out[known] / length[known], 0, 1))).mean()) if known.any() else 0.0


def additive(effects: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """`(n,)` sum of the two single effects `(length, 4)` of each double mutant `(n, 4)`: position, base, twice."""
    return effects[pairs[:, 0], pairs[:, 1]] + effects[pairs[:, 2], pairs[:, 3]]


def determination(predicted: np.ndarray, truth: np.ndarray) -> float:
    """R² of a prediction as it stands (no line fitted): 1 minus residual over total sum of squares; nan if constant."""
    total = ((truth - truth.mean()) ** 2).sum(dtype=np.float64)
    return float(1 - ((truth - predicted) ** 2).sum(dtype=np.float64) / total) if total > 0 else float("nan")


def _mutated(codes: np.ndarray, substitutions: int, rng: np.random.Generator) -> np.ndarray:
    known = np.flatnonzero(codes < 4)
    at = rng.choice(known, min(substitutions, len(known)), replace=False)
    changed = codes.copy()
    changed[at] = (codes[at] + rng.integers(1, 4, len(at))) % 4
    return changed


def _pairs(codes: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """`(count, 4)` double mutants: position and new base, twice; half of them of neighbouring positions."""
    known = np.flatnonzero(codes < 4)
    if len(known) < 2:
        return np.zeros((0, 4), np.int64)
    rows = []
    for k in range(count):
        i = int(rng.integers(len(known)))
        reach = NEAR if k % 2 else len(known)
        near = [j for j in range(max(0, i - reach), min(len(known), i + reach + 1)) if j != i]
        one, other = known[i], known[int(rng.choice(near))]
        rows.append((one, (codes[one] + rng.integers(1, 4)) % 4, other, (codes[other] + rng.integers(1, 4)) % 4))
    return np.array(rows, np.int64)


def _double_effects(model: SequenceModel, codes: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """`(n, outputs)` effect of each double mutant."""
    changed = np.repeat(codes[None], 1 + len(pairs), axis=0)
    every = np.arange(1, len(changed))
    changed[every, pairs[:, 0]], changed[every, pairs[:, 2]] = pairs[:, 1], pairs[:, 3]
    values = predict_codes(model, changed)
    return values[1:] - values[0]
