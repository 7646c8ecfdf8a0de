"""Attribution maps: in-silico mutagenesis (ISM) and Integrated Gradients (IG).

Both return a `Track` with `(outputs, length, 4)` values for a sequence of any length, both strands averaged.
A sequence covered by several windows gets, at each position, the mean over the windows that hold it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from engine import device as devices
from engine.errors import InputError, unknown
from engine.models.layers import SequenceModel
from engine.models.predict import one_hot, predict_substitutions
from engine.results import Progress, Track
from engine.sequence import Sequence, Window, any_known, default_policy, dinucleotide_shuffle, encode, windows

PATH_BATCH = 16  # points of a path computed at once; the gradients of more take gigabytes
BASELINES = {
    "zeros": "no base at all (all-zero input)",
    "uniform": "every base equally likely (0.25 each)",
    "shuffles": "mean over dinucleotide-preserving shuffles of the sequence",
}


class BothStrands(nn.Module):
    """`(batch, 4, length)` -> `(batch, outputs)`: the mean of a model over both strands, differentiable.

    With the order A C G T, flipping channels and positions gives the reverse complement.

    Args:
        step: called before each batch is computed.
    """

    def __init__(self, model: nn.Module, step: Callable[[], None] | None = None):
        super().__init__()
        self.model, self.step = model, step

    def forward(self, x: Tensor) -> Tensor:
        if self.step:
            self.step()
        one, other = self.model(torch.cat([x, x.flip(1, 2)])).chunk(2)
        return (one + other) / 2


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
        steps: points of the Gauss-Legendre rule along each path.
        correct_simplex: subtract the mean gradient over the four bases at each position (Majdandzic et al.
            2023, Genome Biol 24:109), which takes out what points off the one-hot simplex.
        policy: a window policy; None takes the default for the length (`engine.sequence.default_policy`).

    Raises:
        InputError: an unknown baseline or fewer than 2 steps.
    """

    baseline: str = "uniform"
    steps: int = 50
    correct_simplex: bool = False
    shuffles: int = 10
    seed: int = 0
    policy: str | None = None

    def __post_init__(self):
        if self.baseline not in BASELINES:
            raise unknown("baseline", self.baseline, BASELINES)
        if self.steps < 2:
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
    """Integrated Gradients (Sundararajan et al. 2017, arXiv:1703.01365), computed with Captum.

    Args:
        outputs: which outputs to explain; all by default. Others are not computed.
        scale: `(len(outputs),)` standard deviations to divide by, or None.
        progress: called with (batches of points done, total), so that it can stop the work within one of them.

    Returns:
        A Track whose `checks["convergence_delta"]` gives, for each output, the sum of the map minus the
        difference between prediction and baseline prediction (largest over windows, before scaling), and
        `checks["baseline_prediction"]` the latter. With `correct_simplex` and the zero baseline the sum need
        not equal that difference, and the delta says so.

    Raises:
        InputError: an unknown output, or a sequence the policy cannot fit.
    """
    chosen = outputs or model.outputs
    for o in chosen:
        if o not in model.outputs:
            raise unknown("output", o, model.outputs)
    steps = settings.steps
    cut = _windows(model, sequence, settings.policy)
    paths = len(cut) * len(chosen) * (settings.shuffles if settings.baseline == "shuffles" else 1)
    each = -(-steps // PATH_BATCH)  # batches of a path
    done = 0

    def step() -> None:
        nonlocal done
        if progress:
            progress(done, paths * each)
        done += 1

    # captum brings matplotlib along, which predictions and ISM need not wait for
    from captum.attr import IntegratedGradients

    def one(window: Window, _: int) -> tuple[np.ndarray, np.ndarray, dict]:
        with devices.inference(model, device) as (network, where):
            strands = BothStrands(network)
            explain = IntegratedGradients(BothStrands(network, step), multiply_by_inputs=False)
            x = one_hot(torch.as_tensor(encode(window.bases))[None]).to(where)
            starts = _baselines(window.bases, settings).to(where)
            with torch.no_grad():
                at_x, at_start = strands(x)[0], strands(starts)
            maps = np.zeros((len(chosen), len(window.bases), 4), np.float32)
            deltas, levels = {}, {}
            for i, output in enumerate(chosen):
                column = model.outputs.index(output)
                total = torch.zeros_like(x)
                for start in starts:
                    gradient = explain.attribute(
                        x,
                        start[None],
                        target=column,
                        n_steps=steps,
                        method="gausslegendre",
                        internal_batch_size=min(steps, PATH_BATCH),
                    )
                    if settings.correct_simplex:
                        gradient = gradient - gradient.mean(dim=1, keepdim=True)
                    total += gradient * (x - start)
                mean = total[0] / len(starts)
                level = at_start[:, column].mean()
                levels[output] = float(level)
                deltas[output] = float(mean.double().sum() - (at_x[column] - level))
                maps[i] = mean.T.detach().cpu().numpy()
            columns = [model.outputs.index(o) for o in chosen]
            reference = at_x[columns].cpu().numpy()
        return maps, reference, {"convergence_delta": deltas, "baseline_prediction": levels}

    track = _over_windows("ig", model, sequence, cut, one, name, scale, tuple(chosen))
    if progress:
        progress(paths * each, paths * each)
    if track.checks:
        return track
    nothing = dict.fromkeys(chosen, float("nan"))  # no window has a known base
    return replace(track, checks={"convergence_delta": nothing, "baseline_prediction": nothing})


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
    """Over windows: of each output the convergence delta of largest size and the mean baseline prediction."""
    if not checks or not checks[0]:
        return {}
    outputs = checks[0]["convergence_delta"]
    return {
        "convergence_delta": {o: max((c["convergence_delta"][o] for c in checks), key=abs) for o in outputs},
        "baseline_prediction": {o: float(np.mean([c["baseline_prediction"][o] for c in checks])) for o in outputs},
    }
