"""One visible training loop for every model, loss and device.

Data stay on the device as uint8 codes, `(n, 230)` with the adapters; each step gathers windows, turns half of
them to the other strand, and makes them one-hot there. Weights are averaged over steps (EMA) if the
experiment says so. After each epoch the whole state is written, so a stopped run goes on where it was, with
the same numbers as one that was never stopped.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from pickle import UnpicklingError

import numpy as np
import torch
from filelock import FileLock, Timeout
from torch import nn
from tqdm import tqdm

from engine import device as devices
from engine import losses, models, store
from engine.data.lentimpra import ActivityTable
from engine.data.splits import Split
from engine.errors import InputError
from engine.experiments.declared import Experiment, Optimizer
from engine.experiments.trained import TrainedModel
from engine.losses.curriculum import tiers
from engine.losses.domain import domain
from engine.models.predict import one_hot, predict_codes
from engine.training.activity import _epoch_order, augmented, validation_spearman, with_adapters


def one_cycle(progress: float, warmup: float) -> float:
    """Fraction of the peak learning rate when `progress` (0 to 1) of the run is done.

    Cosine from 1/25 up to 1 at `warmup`, then down to 1/10,000 (Smith & Topin 2018).
    """
    if progress < warmup:
        start, end, t = 1 / 25, 1.0, progress / warmup
    else:
        start, end, t = 1.0, 1e-4, (min(progress, 1.0) - warmup) / (1 - warmup)
    return end + (start - end) * (1 + math.cos(math.pi * t)) / 2


def make_optimizer(model: nn.Module, settings: Optimizer, device: torch.device) -> torch.optim.AdamW:
    """AdamW; biases and norms are not decayed."""
    decayed = [p for p in model.parameters() if p.ndim > 1]
    free = [p for p in model.parameters() if p.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": settings.weight_decay}, {"params": free, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=settings.peak_lr, fused=device.type in ("cuda", "cpu"))


def update_average(average: nn.Module, model: nn.Module, decay: float, step: int) -> None:
    """Move the averaged weights towards the model's; early steps count more, so the start is forgotten."""
    decay = min(decay, (1 + step) / (10 + step))
    mean, now = (list(m.state_dict().values()) for m in (average, model))
    floating = [i for i, tensor in enumerate(mean) if tensor.dtype.is_floating_point]
    with torch.no_grad():
        torch._foreach_lerp_([mean[i] for i in floating], [now[i] for i in floating], 1 - decay)
        for i in set(range(len(mean))) - set(floating):  # batch counters
            mean[i].copy_(now[i])


@contextmanager
def alone(file: Path, what: str) -> Iterator[None]:
    """Keep other processes from a training, as long as it and what is made of it take.

    The operating system frees the lock of a process that ends, however it ends; the file of the lock stays.

    Args:
        file: of the training's state; the lock lies beside it.
        what: is being trained, in words.

    Raises:
        InputError: another process is at it.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(file.with_name(f"{file.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise InputError(f"{what} is being trained by another process; wait for it or stop it") from error
    try:
        yield
    finally:
        lock.release()


def train(
    experiment: Experiment,
    table: ActivityTable,
    split: Split,
    *,
    seed: int | None = None,
    device: str = "auto",
    precision: str = "auto",
    budget_minutes: float | None = None,
    state_file: Path | None = None,
    show_progress: bool = True,
) -> TrainedModel:
    """Train one declared experiment with one seed.

    Args:
        table, split: the data; folds 2 to 9 train, fold 1 chooses the epoch. Fold 0 is never touched here.
        budget_minutes: wall time for the whole run, resumed parts included. The learning rate then follows
            whichever is further on, steps or time, so that a short budget still ends a full cycle.
        state_file: written after every epoch and read again when it exists (hold it by `alone`); None keeps nothing.

    Raises:
        InputError: an unknown device, loss, model or output, or a state file that is broken or of another run.
    """
    settings = experiment.optimizer
    seed = experiment.seeds[0] if seed is None else seed
    where = devices.resolve(device)
    dtype = devices.precision(precision, where)
    loss_function = losses.get(experiment.loss, experiment.loss_options)
    torch.manual_seed(seed)
    model = models.build(experiment.model.name, experiment.task.outputs, experiment.model.options).to(where)

    columns = np.stack([table.column(o) for o in experiment.task.outputs], axis=1)
    mean, sd = np.nanmean(columns[split.train], axis=0), np.nanstd(columns[split.train], axis=0)
    model.target_mean.copy_(torch.as_tensor(mean))
    model.target_sd.copy_(torch.as_tensor(sd))
    oligos = torch.as_tensor(with_adapters(table.codes[split.train])).to(where)
    targets = torch.as_tensor((columns[split.train] - mean) / sd, dtype=torch.float32).to(where)
    libraries = torch.as_tensor(table.libraries()[split.train]).to(where)
    tier = tiers(columns[split.train])

    average = copy.deepcopy(model) if settings.ema else model
    optimizer = make_optimizer(model, settings, where)
    steps_per_epoch = max(1, len(oligos) // settings.batch_size)
    total_steps = steps_per_epoch * settings.epochs
    state = _RunState(state_file, experiment, seed, split.hash, table.hash)
    history, best, spent = state.restore(model, average, optimizer, where)
    stopped = "finished"

    while len(history) < settings.epochs:
        epoch = len(history)
        if history and epoch - 1 - _best_epoch(history) >= settings.patience:
            stopped = "early stopping"
            break
        if budget_minutes and spent >= 60 * budget_minutes:
            break
        # seeded by the epoch, so a resumed run draws what an uninterrupted one would have drawn
        generator = torch.Generator().manual_seed(seed * 10_007 + epoch)
        torch.manual_seed(seed * 10_007 + epoch)
        model.train()
        order = _epoch_order(experiment.curriculum, tier, epoch / settings.epochs, generator).to(where)
        running, started = torch.zeros((), device=where), time.monotonic()
        bar = tqdm(
            range(steps_per_epoch),
            desc=f"{experiment.name} seed {seed} epoch {epoch + 1}/{settings.epochs}",
            disable=not show_progress,
            leave=False,
            mininterval=1.0,
        )
        for step in bar:
            done = (epoch * steps_per_epoch + step) / total_steps
            if budget_minutes:
                done = max(done, (spent + time.monotonic() - started) / (60 * budget_minutes))
                if done >= 1:
                    break
            for group in optimizer.param_groups:
                group["lr"] = settings.peak_lr * one_cycle(done, settings.warmup)
            rows = order[step * settings.batch_size : (step + 1) * settings.batch_size]
            x = one_hot(augmented(oligos, rows, settings.max_shift, generator))
            model.at_progress(done)
            with devices.autocast(where, dtype):
                said = model.training_outputs(x)
            loss = sum(loss_function(m, targets[rows]) for m in said.members.float()) / len(said.members)
            if said.domains is not None:
                loss = loss + domain(said.domains, libraries[rows])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), settings.clip)
            optimizer.step()
            if settings.ema:
                update_average(average, model, settings.ema, epoch * steps_per_epoch + step)
            running += loss.detach()  # read only now and then: a read makes a GPU wait
            if step % 50 == 49:
                best_so_far = max((h["validation_spearman_mean"] for h in history), default=float("nan"))
                bar.set_postfix(loss=f"{running.item() / (step + 1):.4f}", best_val=f"{best_so_far:.4f}")
        steps_done = step + (0 if budget_minutes and done >= 1 else 1)
        predicted = predict_codes(average, table.codes[split.validation], batch_size=512, dtype=dtype)
        scores = validation_spearman(predicted, columns[split.validation])
        seconds = time.monotonic() - started
        spent += seconds
        history.append(
            {
                "epoch": epoch + 1,
                "training_loss": running.item() / max(1, steps_done),
                "validation_spearman": dict(zip(experiment.task.outputs, scores, strict=True)),
                "validation_spearman_mean": float(np.mean(scores)),
                "samples": steps_done * settings.batch_size,
                "seconds": round(seconds, 1),
            }
        )
        if _best_epoch(history) == epoch:
            best = {k: v.detach().cpu().clone() for k, v in average.state_dict().items()}
        state.write(model, average, optimizer, history, best, spent)
        if show_progress:
            tqdm.write(_epoch_line(experiment.name, history[-1]))

    if budget_minutes and spent >= 60 * budget_minutes:
        stopped = "budget"
    average.load_state_dict(best)
    samples = sum(h["samples"] for h in history)
    return TrainedModel(
        model=average.cpu().eval(),
        history=history,
        seed=seed,
        device=devices.describe(where),
        precision=str(dtype).removeprefix("torch."),
        seconds=round(spent, 1),
        samples_per_second=round(samples / max(spent, 1e-9), 1),
        stopped=stopped,
    )


def _best_epoch(history: list[dict]) -> int:
    return int(np.argmax([h["validation_spearman_mean"] for h in history]))


def _epoch_line(name: str, entry: dict) -> str:
    scores = "  ".join(f"{o} {s:.4f}" for o, s in entry["validation_spearman"].items())
    return (
        f"{name} epoch {entry['epoch']}: loss {entry['training_loss']:.4f}  validation Spearman {scores}  "
        f"{entry['seconds']:.0f} s"
    )


class _RunState:
    """The resumable state of one run: weights, averages, optimiser, history, best weights, time spent.

    It is read with `weights_only=True`, which admits tensors and plain containers and no other object.
    """

    def __init__(self, file: Path | None, experiment: Experiment, seed: int, split_hash: str, data_hash: str):
        self.file = file
        self.identity = repr((experiment.recipe(), seed, split_hash, data_hash))

    def restore(self, model, average, optimizer, device) -> tuple[list[dict], dict, float]:
        if self.file is None or not self.file.is_file():
            return [], {}, 0.0
        try:
            state = torch.load(self.file, map_location=device, weights_only=True)
        except torch.OutOfMemoryError:  # a RuntimeError too, and no fault of the file
            raise
        except (RuntimeError, EOFError, UnpicklingError) as error:  # what torch says of a broken file
            raise InputError(f"{self.file} is broken; delete it to start afresh") from error
        if state["identity"] != self.identity:
            raise InputError(f"{self.file} belongs to a run with other settings or data; delete it to start afresh")
        model.load_state_dict(state["model"])
        average.load_state_dict(state["average"])
        optimizer.load_state_dict(state["optimizer"])
        return state["history"], {k: v.cpu() for k, v in state["best"].items()}, state["spent"]

    def write(self, model, average, optimizer, history, best, spent) -> None:
        if self.file is None:
            return
        state = {
            "identity": self.identity,
            "model": model.state_dict(),
            "average": average.state_dict(),
            "optimizer": optimizer.state_dict(),
            "history": history,
            "best": best,
            "spent": spent,
        }
        with store.replacing(self.file) as partial:
            torch.save(state, partial)
