"""Batched prediction, both strands averaged, on any device.

The numbers do not depend on the batch size (up to float32 rounding): every sequence is computed on its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from engine import device as devices
from engine.models.layers import SequenceModel
from engine.models.mutants import mutants
from engine.results import UNCERTAINTIES, Prediction, Progress, Said
from engine.sequence import UNKNOWN, Sequence, default_policy, encode, windows

BATCH_SIZE = 64
# Of fewer known bases a student, which learned from whole elements alone, says less than its teacher's networks differ.
KNOWN = 0.8
_TABLE = torch.cat([torch.eye(4), torch.full((1, 4), 0.25)])
_COMPLEMENT = torch.tensor([3, 2, 1, 0, UNKNOWN])


@dataclass(frozen=True, kw_only=True)
class Run:
    """How a model is run, which changes the speed and not the numbers.

    Attributes:
        batch_size: sequences computed at once.
        device: where to compute (None: where the model is).
    """

    batch_size: int = BATCH_SIZE
    device: torch.device | None = None


def mean_of_known(values: np.ndarray, axis: int) -> np.ndarray:
    """The mean over windows, of which those without a known base (nan) do not count; nan where none counts."""
    known = ~np.isnan(values)
    if known.all():
        return np.asarray(values.mean(axis=axis, dtype=np.float64))
    with np.errstate(invalid="ignore"):  # 0 of 0 windows is no number
        return np.asarray(np.where(known, values, 0.0).sum(axis=axis, dtype=np.float64) / known.sum(axis=axis))


def one_hot(codes: Tensor) -> Tensor:
    """uint8 codes `(batch, length)` on any device as float32 one-hot `(batch, 4, length)` there."""
    return _TABLE.to(codes.device)[codes.long()].transpose(1, 2)


def reverse_complement(codes: Tensor) -> Tensor:
    """uint8 codes `(batch, length)` of the other strand."""
    return _COMPLEMENT.to(codes.device)[codes.long()].to(codes.dtype).flip(1)


def predict_codes(
    model: SequenceModel,
    codes: np.ndarray | Tensor,
    *,
    batch_size: int = BATCH_SIZE,
    device: torch.device | None = None,
    both_strands: bool = True,
    members: bool = False,
    dtype: torch.dtype = torch.float32,
    progress: Progress | None = None,
) -> np.ndarray:
    """Predictions for sequences of one length; one without a known base gets no number (nan).

    Args:
        model: any model of the contract in `engine.models.layers`.
        codes: `(n, length)` uint8.
        batch_size: sequences computed at once; it changes the speed, not the numbers.
        device: where to compute (None: where the model is).
        both_strands: average over the sequence and its reverse complement.
        members: say what each member of an ensemble predicts; a single network is its only member.
        dtype: float32, or bfloat16 for a quicker look during training.
        progress: called with (done, n) after each batch.

    Returns:
        `(n, outputs)` float32, log2(RNA/DNA); with `members` `(members, n, outputs)`, whose mean is the prediction.
    """

    def of(network: SequenceModel) -> Callable[[Tensor], Tensor]:
        return network.member_activities if members else network

    run = Run(batch_size=batch_size, device=device)
    return _computed(model, codes, of, run, both_strands, dtype, progress)


def _computed(
    model: SequenceModel,
    codes: np.ndarray | Tensor,
    of: Callable[[SequenceModel], Callable[[Tensor], Tensor]],
    run: Run,
    both_strands: bool = True,
    dtype: torch.dtype = torch.float32,
    progress: Progress | None = None,
) -> np.ndarray:
    """`(..., n, outputs)` float32 of `codes`, both strands averaged; nan of sequences without a known base.

    Args:
        of: what to compute of the model where it runs: one-hot `(batch, 4, length)` to `(..., batch, outputs)`.
    """
    codes = torch.as_tensor(codes)
    known = (codes != UNKNOWN).any(dim=1)
    if not known.all():
        values = _computed(model, codes[known], of, run, both_strands, dtype, progress)
        padded = np.full((*values.shape[:-2], len(codes), values.shape[-1]), np.nan, np.float32)
        padded[..., known.cpu().numpy(), :] = values
        return padded
    parts = []
    with (
        devices.inference(model, run.device) as (network, where),
        torch.inference_mode(),
        devices.autocast(where, dtype),
    ):
        compute = of(network)
        if not len(codes):
            nothing = compute(one_hot(torch.zeros((1, codes.shape[1]), dtype=torch.uint8, device=where)))
            return np.zeros((*nothing.shape[:-2], 0, nothing.shape[-1]), np.float32)
        for start in range(0, len(codes), run.batch_size):
            batch = codes[start : start + run.batch_size].to(where)
            strands = [batch, reverse_complement(batch)] if both_strands else [batch]
            if len(strands) * len(batch) <= run.batch_size:  # of few sequences, both strands at once cost half the time
                strands = [torch.cat(strands)]
            activities = torch.cat([compute(one_hot(s)).float() for s in strands], dim=-2)
            parts.append(sum(each := activities.split(len(batch), dim=-2)) / len(each))
            if progress:
                progress(min(start + run.batch_size, len(codes)), len(codes))
    return torch.cat(parts, dim=-2).cpu().numpy()


def predict_with_uncertainty(
    model: SequenceModel,
    codes: np.ndarray | Tensor,
    run: Run = Run(),
    both_strands: bool = True,
    progress: Progress | None = None,
) -> Said:
    """Predictions for sequences `(n, length)` uint8 of one length, both strands averaged, with their uncertainty.

    A sequence without a known base gets no number (nan), one of which less than `KNOWN` is known no word of a model's
    own on its uncertainty.

    Args:
        progress: called with (done, n) after each batch.
    """
    answers = _computed(model, codes, lambda network: network.answers, run, both_strands, progress=progress)
    if not model.says_uncertainty:
        return Said(answers)
    parts = len(UNCERTAINTIES)
    own = answers[-parts:]
    known = (torch.as_tensor(codes) != UNKNOWN).float().mean(dim=1).cpu().numpy()
    own[:, known < KNOWN] = np.nan
    return Said(answers[:-parts], own, model.change_spread)


def predict_substitutions(
    model: SequenceModel,
    codes: np.ndarray,
    positions: np.ndarray,
    bases: np.ndarray,
    *,
    batch_size: int | None = None,
    device: torch.device | None = None,
    progress: Progress | None = None,
) -> np.ndarray:
    """Predictions for a sequence and for each of its changes by one base, both strands averaged.

    The numbers are those of `predict_codes` for the changed sequences, up to float32 rounding; a model for which
    `engine.models.mutants` knows a shorter way has them sooner. A sequence without a known base gets none (nan), nor do
    its changes, which have nothing to be compared with.

    Args:
        codes: `(length,)` uint8.
        positions, bases: `(n,)` which base is replaced by which (0 to 3).
        batch_size: sequences computed at once (None: what is fast on a CPU); it changes the speed, not the numbers.
        progress: called with (sequences done, 1 + n).

    Returns:
        `(1 + n, outputs)` float32, log2(RNA/DNA); the first row is the sequence as it is.
    """
    if (codes == UNKNOWN).all():
        return np.full((1 + len(positions), len(model.outputs)), np.nan, np.float32)
    with devices.inference(model, device) as (network, where), torch.inference_mode():
        given = torch.as_tensor(codes)[None].to(where)
        at, to = (torch.as_tensor(a, dtype=torch.long, device=where) for a in (positions, bases))
        strands = ((given, at, to), (reverse_complement(given), len(codes) - 1 - at, 3 - to))
        # here too each piece of work is one thread's: where other programs use the cores, threads that share an
        # operation wait for each other at its every step
        ready = devices.side_by_side(lambda strand: mutants(network, one_hot(strand)), [s[0] for s in strands], where)
        local = [short for _, short in ready if short]
        if local:
            parts = [said for _, said in devices.side_by_side(partial(predict_codes, network), [given], where)]
            step = batch_size or local[0].batch

            def batch(first: int) -> np.ndarray:
                some = slice(first, first + step)
                of_strands = [
                    predict_mutants(p[some], b[some]).mean(0)
                    for predict_mutants, (_, p, b) in zip(local, strands, strict=True)
                ]
                return torch.stack(of_strands).mean(0).cpu().numpy()

            for first, part in devices.side_by_side(batch, range(0, len(at), step), where):
                parts.append(part)
                if progress:
                    progress(1 + min(first + step, len(at)), 1 + len(at))
            return np.concatenate(parts)
    changed = np.repeat(codes[None], 1 + len(positions), axis=0)
    changed[np.arange(1, len(changed)), positions] = bases
    return predict_codes(model, changed, batch_size=batch_size or 2 * BATCH_SIZE, device=device, progress=progress)


def _within(progress: Progress, before: int, total: int, done: int, _: int) -> None:
    """Progress of a part of the work, after `before` of `total`."""
    progress(before + done, total)


def predict(
    model: SequenceModel,
    sequences: list[Sequence],
    *,
    name: str = "model",
    policy: str | None = None,
    batch_size: int = BATCH_SIZE,
    device: torch.device | None = None,
    both_strands: bool = True,
    progress: Progress | None = None,
) -> Prediction:
    """Predictions for sequences of any length; a sequence covered by several windows gets their mean.

    A window without a known base does not count, and a sequence without one gets no number (nan).

    Args:
        policy: a window policy of `engine.sequence.WINDOW_POLICIES`; None takes 'pad' for sequences shorter
            than the model's window and 'tile' for longer ones. `Prediction.policies` says which was used.

    Raises:
        InputError: a sequence that the policy cannot fit.
    """
    used = [policy or default_policy(len(s), model.window) for s in sequences]
    cut = [windows(s.bases, model.window, p, name=s.name) for s, p in zip(sequences, used, strict=True)]
    flat = [encode(w.bases) for group in cut for w in group]
    owner = np.repeat(np.arange(len(sequences)), [len(group) for group in cut])
    said: list[tuple[list[int], Said]] = []  # the windows of one length, and what the model says of them
    done = 0
    # 'whole' keeps the sequences' own lengths, so windows are computed length by length
    for length in sorted({len(f) for f in flat}):
        rows = [i for i, f in enumerate(flat) if len(f) == length]
        step = partial(_within, progress, done, len(flat)) if progress else None
        codes = np.stack([flat[i] for i in rows])
        run = Run(batch_size=batch_size, device=device)
        said.append((rows, predict_with_uncertainty(model, codes, run, both_strands, step)))
        done += len(rows)
    members = max((len(part.members) for _, part in said), default=1)
    values = np.full((members, len(flat), len(model.outputs)), np.nan, np.float32)
    spreads = np.full((len(UNCERTAINTIES), *values.shape[1:]), np.nan, np.float32)
    for rows, part in said:
        values[:, rows] = part.members
        if part.own is not None:
            spreads[:, rows] = part.own
    known = np.array([(f != UNKNOWN).any() for f in flat], bool)
    each = _over_windows(values, owner, known, len(sequences))
    sure = known & ~np.isnan(spreads).any(axis=(0, 2))
    spread = _over_windows(spreads, owner, sure, len(sequences)).astype(np.float32)
    return Prediction(
        name,
        tuple(s.name for s in sequences),
        model.outputs,
        each.mean(axis=0).astype(np.float32),
        tuple(used),
        each.astype(np.float32) if len(each) > 1 else None,
        *((*spread, model.change_spread) if model.says_uncertainty else ()),
    )


def _over_windows(values: np.ndarray, owner: np.ndarray, known: np.ndarray, count: int) -> np.ndarray:
    """`(k, count, outputs)` float64 means of `(k, windows, outputs)` over the windows of each sequence that have a
    known base; `owner` says which sequence a window is of."""
    sums = np.zeros((count, len(values), values.shape[-1]), np.float64)
    np.add.at(sums, owner[known], values[:, known].transpose(1, 0, 2))
    with np.errstate(invalid="ignore"):  # 0 of 0 windows is no number
        return (sums / np.bincount(owner[known], minlength=count)[:, None, None]).transpose(1, 0, 2)
