"""Attribution maps: in-silico mutagenesis (ISM) and Integrated Gradients (IG).

Both return a `Track` with `(outputs, length, 4)` values for a sequence of any length, both strands averaged.
A sequence covered by several windows gets, at each position, the mean over the windows that hold it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from engine import device as devices
from engine.errors import InputError, unknown
from engine.models.gradients import BothStrands, along_paths, batches, gauss_legendre
from engine.models.layers import SequenceModel
from engine.models.predict import one_hot, predict_substitutions
from engine.results import Progress, Track
from engine.sequence import Sequence, Window, any_known, default_policy, dinucleotide_shuffle, encode, windows

FIRST_STEPS, MOST_STEPS = 8, 512  # of paths that have as many steps as their completeness asks for
COMPLETE = 0.01  # of the difference that is explained
OF_ALL = 0.001  # of the contributions' sizes added up: a difference near zero can be left by large ones
BASELINES = {
    "zeros": "no base at all (all-zero input)",
    "uniform": "every base equally likely (0.25 each)",
    "shuffles": "mean over dinucleotide-preserving shuffles of the sequence",
}


def ism(
    model: SequenceModel,
    sequence: Sequence,
    *,
    name: str = "model",
    policy: str | None = None,
    scale: np.ndarray | None = None,
    batch_size: int | None = None,
    device: torch.device | None = None,
    progress: Progress | None = None,
) -> Track:
    """The exact effect of every single-base substitution: prediction of the changed minus the given sequence.

    The reference is computed once per window. Effects of a base on itself are 0.

    Args:
        policy: a window policy; None takes the default for the length (`engine.sequence.default_policy`).
        scale: `(outputs,)` standard deviations to divide by (standardised track), or None for log2(RNA/DNA).
        batch_size: sequences computed at once (None: what is fast on a CPU); it changes the speed, not the numbers.
        progress: called with (sequences done, total).

    Raises:
        InputError: a sequence that the policy cannot fit.
    """
    cut = _windows(model, sequence, policy)
    total = sum(1 + _substitutions(w, len(sequence)).shape[0] for w in cut)

    def one(window: Window, before: int) -> tuple[np.ndarray, np.ndarray, dict]:
        codes = encode(window.bases)
        changes = _substitutions(window, len(sequence))
        report = (lambda d, _: progress(before + d, total)) if progress else None
        values = predict_substitutions(
            model, codes, changes[:, 0], changes[:, 1], batch_size=batch_size, device=device, progress=report
        )
        effects = np.zeros((len(model.outputs), len(codes), 4), np.float32)
        effects[:, changes[:, 0], changes[:, 1]] = (values[1:] - values[0]).T
        return effects, values[0], {}

    return _over_windows("ism", model, sequence, cut, one, name, scale, model.outputs)


@dataclass(frozen=True)
class IGSettings:
    """How Integrated Gradients are computed.

    Attributes:
        baseline: one of `BASELINES`; for 'shuffles' the maps of `shuffles` baselines, drawn by `seed`, are averaged.
        steps: points of the Gauss-Legendre rule along each path. None takes as many as the map of each output asks
            for: from `FIRST_STEPS` on, until it lacks at most 1% of the difference that it explains (or 0.1% of
            its contributions' sizes added up, where that is more), `MOST_STEPS` at most.
        correct_simplex: subtract the mean gradient over the four bases at each position (Majdandzic et al.
            2023, Genome Biol 24:109), which takes out what points off the one-hot simplex.
        policy: a window policy; None takes the default for the length (`engine.sequence.default_policy`).

    Raises:
        InputError: an unknown baseline or fewer than 2 steps.
    """

    baseline: str = "uniform"
    steps: int | None = None
    correct_simplex: bool = False
    shuffles: int = 10
    seed: int = 0
    policy: str | None = None

    def __post_init__(self):
        if self.baseline not in BASELINES:
            raise unknown("baseline", self.baseline, BASELINES)
        if self.steps is not None and self.steps < 2:
            raise InputError(f"Integrated Gradients needs at least 2 steps, not {self.steps}")


def integrated_gradients(
    model: SequenceModel,
    sequence: Sequence,
    settings: IGSettings = IGSettings(),
    *,
    outputs: tuple[str, ...] | None = None,
    name: str = "model",
    scale: np.ndarray | None = None,
    device: torch.device | None = None,
    progress: Progress | None = None,
) -> Track:
    """Integrated Gradients (Sundararajan et al. 2017, arXiv:1703.01365).

    Args:
        outputs: which outputs to explain; all by default. Others are not computed.
        scale: `(len(outputs),)` standard deviations to divide by, or None.
        progress: called with (batches of points done, total), so that it can stop the work within a path. The total
            grows where a path turns out to ask for more steps.

    Returns:
        A Track whose `checks["convergence_delta"]` gives, for each output, the sum of the map minus the
        difference between prediction and baseline prediction (largest over windows, before scaling),
        `checks["baseline_prediction"]` the latter, and `checks["steps"]` the steps along each path (most over
        windows). With `correct_simplex` and the zero baseline the sum need not equal that difference, and the delta
        says so.

    Raises:
        InputError: an unknown output, or a sequence the policy cannot fit.
    """
    chosen = tuple(outputs or model.outputs)
    for o in chosen:
        if o not in model.outputs:
            raise unknown("output", o, model.outputs)
    columns = [model.outputs.index(o) for o in chosen]
    cut = _windows(model, sequence, settings.policy)
    work = _Batches(progress)
    paths = settings.shuffles if settings.baseline == "shuffles" else 1
    first = batches(model, paths, settings.steps or FIRST_STEPS)
    work.expect(first * sum(any_known(w.bases) for w in cut))

    def one(window: Window, _: int) -> tuple[np.ndarray, np.ndarray, dict]:
        with devices.inference(model, device) as (network, where):
            x = one_hot(torch.as_tensor(encode(window.bases))[None]).to(where)
            starts = _baselines(window.bases, settings).to(where)
            with torch.inference_mode():
                predictions = BothStrands(network)(torch.cat([x, starts]))[:, columns].cpu().numpy()
            levels = predictions[1:].mean(axis=0)
            difference = predictions[0] - levels
            maps, steps = _integrated(network, x, starts, difference, columns, settings, work)
        deltas = maps.sum(axis=(1, 2), dtype=np.float64) - difference
        checks = {"convergence_delta": deltas, "baseline_prediction": levels, "steps": steps}
        named = {check: dict(zip(chosen, values.tolist(), strict=True)) for check, values in checks.items()}
        return maps, predictions[0], named

    track = _over_windows("ig", model, sequence, cut, one, name, scale, chosen)
    work.end()
    if track.checks:
        return track
    nothing = dict.fromkeys(chosen, float("nan"))  # no window has a known base
    return replace(track, checks={"convergence_delta": nothing, "baseline_prediction": nothing, "steps": nothing})


class _Batches:
    """How many batches of points are done and still to come, for a progress callback, which may stop the work."""

    def __init__(self, progress: Progress | None):
        self.progress, self.done, self.total = progress, 0, 0
        self.share = 0.0  # shown so far; where more is to come than was expected it stands still, and never falls

    def expect(self, batches: int) -> None:
        self.total += batches

    def advance(self) -> None:
        """Before each batch."""
        if self.progress:
            shown = max(self.done, math.ceil(self.share * self.total))
            self.share = shown / self.total
            self.progress(shown, self.total)
        self.done += 1

    def end(self) -> None:
        if self.progress:
            self.progress(self.total, self.total)


def _integrated(
    network: SequenceModel,
    x: Tensor,
    starts: Tensor,
    difference: np.ndarray,
    columns: list[int],
    settings: IGSettings,
    work: _Batches,
) -> tuple[np.ndarray, np.ndarray]:
    """`(outputs, length, 4)` maps of one window, and `(outputs,)` the steps that each took.

    An output's steps depend on its own map alone, not on what else is explained.

    Args:
        x, starts: `(1, 4, length)` and `(paths, 4, length)` ends of the paths.
        difference: `(outputs,)` what the map of each output should add up to.
    """
    maps = np.zeros((len(columns), x.shape[2], 4), np.float32)
    steps = np.zeros(len(columns), int)
    asking = {settings.steps or FIRST_STEPS: list(range(len(columns)))}
    while asking:
        n = min(asking)
        some = asking.pop(n)
        gradients = along_paths(network, starts, x, gauss_legendre(n), [columns[i] for i in some], advance=work.advance)
        complete = _times_inputs(gradients, x - starts)
        if settings.correct_simplex:
            gradients = gradients - gradients.mean(dim=2, keepdim=True)
        maps[some], steps[some] = _times_inputs(gradients, x - starts), n
        if settings.steps is not None or n >= MOST_STEPS:
            continue
        before = set(asking)
        for i, each in zip(some, complete, strict=True):
            if (excess := _lacking(each, difference[i])) > 1:
                asking.setdefault(_more_steps(n, excess), []).append(i)
        work.expect(sum(batches(network, len(starts), more) for more in set(asking) - before))
    return maps, steps


def _times_inputs(gradients: Tensor, inputs: Tensor) -> np.ndarray:
    """`(outputs, paths, 4, length)` gradients times `(paths, 4, length)` inputs, as maps `(outputs, length, 4)`."""
    return (gradients * inputs).mean(dim=1).transpose(1, 2).cpu().numpy()


def _lacking(values: np.ndarray, difference: float) -> float:
    """What a map `(length, 4)` lacks of the difference that it explains, as a multiple of what it may lack."""
    lacking = abs(values.sum(dtype=np.float64) - difference)
    return float(lacking / max(COMPLETE * abs(difference), OF_ALL * np.abs(values).sum(), np.finfo(np.float32).eps))


def _more_steps(steps: int, excess: float) -> int:
    """Twice to eight times as many: what a smooth path lacks shrinks with the square of the steps at least."""
    doublings = min(3, max(1, math.ceil(math.log2(excess) / 2)))
    return min(MOST_STEPS, steps * 2**doublings)


def _windows(model: SequenceModel, sequence: Sequence, policy: str | None) -> list[Window]:
    used = policy or default_policy(len(sequence), model.window)
    return windows(sequence.bases, model.window, used, name=sequence.name)


def _substitutions(window: Window, length: int) -> np.ndarray:
    """`(n, 2)` (index in the window, new base) of all substitutions of the sequence's own bases in a window."""
    codes = encode(window.bases)
    own = np.arange(max(0, -window.start), min(len(codes), length - window.start))
    index, base = (a.ravel() for a in np.meshgrid(own, np.arange(4), indexing="ij"))
    keep = codes[index] != base
    return np.stack([index[keep], base[keep]], axis=1)


def _baselines(bases: str, settings: IGSettings) -> Tensor:
    """`(n, 4, length)` starts of the integration paths."""
    shape = (1, 4, len(bases))
    if settings.baseline == "zeros":
        return torch.zeros(shape)
    if settings.baseline == "uniform":
        return torch.full(shape, 0.25)
    rng = np.random.default_rng(settings.seed)
    shuffled = np.stack([encode(dinucleotide_shuffle(bases, rng)) for _ in range(settings.shuffles)])
    return one_hot(torch.as_tensor(shuffled))


def _over_windows(
    kind: str,
    model: SequenceModel,
    sequence: Sequence,
    cut: list[Window],
    one: Callable[[Window, int], tuple[np.ndarray, np.ndarray, dict]],
    name: str,
    scale: np.ndarray | None,
    outputs: tuple[str, ...],
) -> Track:
    """Run `one` on each window and lay the maps over the sequence, averaging where windows overlap.

    A window without a known base has no map: nan where no other window lies.
    """
    sums = np.zeros((len(outputs), len(sequence), 4))
    counts = np.zeros(len(sequence))
    references, checks, before = [], [], 0
    for window in cut:
        if not any_known(window.bases):
            before += 1 + len(_substitutions(window, len(sequence)))
            continue
        values, reference, check = one(window, before)
        before += 1 + len(_substitutions(window, len(sequence)))
        first, last = max(0, window.start), min(window.end, len(sequence))
        sums[:, first:last] += values[:, first - window.start : last - window.start]
        counts[first:last] += 1
        references.append(reference)
        checks.append(check)
    with np.errstate(invalid="ignore"):
        values = sums / counts[None, :, None]
    reference = np.mean(references, axis=0) if references else np.full(len(outputs), np.nan)
    if scale is not None:
        values = values / np.asarray(scale)[:, None, None]
    return Track(
        kind,
        name,
        outputs,
        sequence.bases,
        values.astype(np.float32),
        reference.astype(np.float32),
        scale is not None,
        _worst(checks),
    )


def _worst(checks: list[dict]) -> dict:
    """Over windows: of each output the convergence delta of largest size, the mean baseline prediction, most steps."""
    if not checks or not checks[0]:
        return {}
    outputs = checks[0]["convergence_delta"]
    return {
        "convergence_delta": {o: max((c["convergence_delta"][o] for c in checks), key=abs) for o in outputs},
        "baseline_prediction": {o: float(np.mean([c["baseline_prediction"][o] for c in checks])) for o in outputs},
        "steps": {o: max(c["steps"][o] for c in checks) for o in outputs},
    }
