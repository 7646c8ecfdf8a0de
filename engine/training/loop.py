"""One visible training loop for every task, model and device.

It knows steps, epochs, weights and time, and nothing of what is learned: a `Task` builds the model, deals out the
batches, says what is lost on one and what the model is worth after an epoch. Weights are averaged over steps (EMA) if
the settings say so. After each epoch the whole state is written, so a stopped run goes on where it was, with the same
numbers as one that was never stopped.
"""

from __future__ import annotations

import copy
import io
import math
import time
from collections.abc import Iterator, Sized
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import torch
from filelock import FileLock, Timeout
from torch import Tensor, nn
from tqdm import tqdm

from engine import device as devices
from engine import store
from engine.errors import CheckpointError, InputError
from engine.experiments.optimizer import Optimizer

Model = TypeVar("Model", bound=nn.Module)
Batch = TypeVar("Batch", bound=Sized)  # anything whose length says how many samples it holds

SCORE = "score"  # of what a task's `validate` gives: the one that chooses the epoch


class Task(Protocol[Model, Batch]):
    """What is learned, and from what.

    Attributes:
        identity: data, split and recipe in one string: a stopped run goes on only under the same.
        steps: batches in an epoch.
    """

    identity: str
    steps: int

    def build(self) -> Model:
        """The model at its first weights, drawn from torch's global generator, which the loop has seeded."""
        ...

    def batches(self, epoch: int, generator: torch.Generator) -> Iterator[Batch]:
        """The `steps` batches of an epoch (counted from 0), on the device that the run is on.

        Every random number comes from `generator`, so that a resumed run draws what an uninterrupted one would have.
        """
        ...

    def losses(self, model: Model, batch: Batch, progress: float) -> dict[str, Tensor]:
        """Scalars by name, whose sum is minimised; called under the run's autocast.

        Args:
            progress: how much of the run (0 to 1) is done.
        """
        ...

    def validate(self, model: Model) -> dict[str, float]:
        """Scores by name, higher is better; `score` chooses the epoch whose weights are kept."""
        ...

    def schedule(self, progress: float, warmup: float) -> float:
        """Fraction of the peak learning rate when `progress` (0 to 1) of the run is done: `one_cycle`, but for a task
        whose run has stages."""
        ...


@dataclass(frozen=True)
class Epoch:
    """What happened in one epoch.

    Attributes:
        number: from 1.
        loss: mean over the steps of the sum of the losses.
        losses: the mean of each by its name.
        scores: what `Task.validate` gave of the averaged weights.
        samples: how many were seen.
        seconds: validation included.
    """

    number: int
    loss: float
    losses: dict[str, float]
    scores: dict[str, float]
    samples: int
    seconds: float

    @property
    def score(self) -> float:
        """What chooses the epoch; one that is no number is below all others."""
        score = self.scores[SCORE]
        return -math.inf if math.isnan(score) else score


@dataclass(frozen=True)
class Trained(Generic[Model]):
    """The best weights of a run, on the CPU in evaluation mode, and what happened on the way."""

    model: Model
    history: list[Epoch]
    seed: int
    device: str
    precision: str
    seconds: float
    samples_per_second: float
    stopped: str  # why the run ended: 'finished', 'early stopping' or 'budget'


@dataclass(frozen=True)
class RunSettings:
    """How a run is carried out: where, in which numbers, how long. What is learned and by which recipe is not in here.

    Attributes:
        device, precision: names that `engine.device` resolves.
        budget_minutes: wall time for the whole run, resumed parts included. The learning rate then follows
            whichever is further on, steps or time, so that a short budget still ends a full cycle.
        state_file: written after every epoch and read again when it exists (hold it by `alone`); None keeps nothing.
        show_progress: draw bars and write a line for each epoch.
    """

    device: str = "auto"
    precision: str = "auto"
    budget_minutes: float | None = None
    state_file: Path | None = None
    show_progress: bool = True


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
    task: Task[Model, Batch],
    settings: Optimizer,
    run: RunSettings = RunSettings(),
    *,
    seed: int,
    label: str,
    scored: str = SCORE,
) -> Trained[Model]:
    """Train one task with one seed.

    Args:
        label, scored: what the lines on the screen call the run and its scores.

    Raises:
        InputError: an unknown device or precision, or a state file of another run.
        CheckpointError: a state file that is broken; says how to start afresh.
    """
    where = devices.resolve(run.device)
    dtype = devices.precision(run.precision, where)
    budget_minutes = run.budget_minutes
    torch.manual_seed(seed)
    model = task.build().to(where)
    average = copy.deepcopy(model) if settings.ema else model
    optimizer = make_optimizer(model, settings, where)
    total_steps = task.steps * settings.epochs
    state = _RunState(run.state_file, repr((task.identity, settings, seed)))
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
        running: dict[str, Tensor] = {}
        total, started = torch.zeros((), device=where), time.monotonic()
        steps_done = samples = 0
        bar = tqdm(
            task.batches(epoch, generator),
            total=task.steps,
            desc=f"{label} seed {seed} epoch {epoch + 1}/{settings.epochs}",
            disable=not run.show_progress,
            leave=False,
            mininterval=1.0,
        )
        for step, batch in enumerate(bar):
            done = (epoch * task.steps + step) / total_steps
            if budget_minutes:
                done = max(done, (spent + time.monotonic() - started) / (60 * budget_minutes))
                if done >= 1:
                    break
            for group in optimizer.param_groups:
                group["lr"] = settings.peak_lr * task.schedule(done, settings.warmup)
            with devices.autocast(where, dtype):
                losses = task.losses(model, batch, done)
            loss = torch.stack(list(losses.values())).sum()
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), settings.clip)
            optimizer.step()
            if settings.ema:
                update_average(average, model, settings.ema, epoch * task.steps + step)
            total += loss.detach()  # read only now and then: a read makes a GPU wait
            for name, value in losses.items():
                running[name] = running.get(name, 0) + value.detach()
            steps_done, samples = steps_done + 1, samples + len(batch)
            if step % 50 == 49:
                best_so_far = max((e.score for e in history), default=float("nan"))
                bar.set_postfix(loss=f"{total.item() / steps_done:.4f}", best_val=f"{best_so_far:.4f}")
        bar.close()
        scores = task.validate(average)
        seconds = time.monotonic() - started
        spent += seconds
        history.append(
            Epoch(
                number=epoch + 1,
                loss=total.item() / max(1, steps_done),
                losses={name: value.item() / max(1, steps_done) for name, value in running.items()},
                scores=scores,
                samples=samples,
                seconds=round(seconds, 1),
            )
        )
        if _best_epoch(history) == epoch:
            best = {k: v.detach().cpu().clone() for k, v in average.state_dict().items()}
        state.write(model, average, optimizer, history, best, spent)
        if run.show_progress:
            tqdm.write(f"{label} {_line(history[-1], scored)}")

    if budget_minutes and spent >= 60 * budget_minutes:
        stopped = "budget"
    average.load_state_dict(best)
    seen = sum(e.samples for e in history)
    return Trained(
        model=average.cpu().eval(),
        history=history,
        seed=seed,
        device=devices.describe(where),
        precision=str(dtype).removeprefix("torch."),
        seconds=round(spent, 1),
        samples_per_second=round(seen / max(spent, 1e-9), 1),
        stopped=stopped,
    )


def _best_epoch(history: list[Epoch]) -> int:
    return max(range(len(history)), key=lambda i: history[i].score)


def _line(epoch: Epoch, scored: str) -> str:
    """An epoch in words: the scores by their names where there are any beside the one that chooses."""
    parts = {name: value for name, value in epoch.scores.items() if name != SCORE}
    scores = "  ".join(f"{name} {value:.4f}" for name, value in parts.items()) or f"{epoch.scores[SCORE]:.4f}"
    return f"epoch {epoch.number}: loss {epoch.loss:.4f}  {scored} {scores}  {epoch.seconds:.0f} s"


class _RunState:
    """The resumable state of one run: weights, averages, optimiser, history, best weights, time spent.

    Its file begins with the sha256 of what follows, and what follows is read with `weights_only=True`, which admits
    tensors and plain containers and no other object.
    """

    def __init__(self, file: Path | None, identity: str):
        self.file = file
        self.identity = identity

    def restore(
        self, model: nn.Module, average: nn.Module, optimizer: torch.optim.Optimizer, device: torch.device
    ) -> tuple[list[Epoch], dict[str, Tensor], float]:
        if self.file is None or not self.file.is_file():
            return [], {}, 0.0
        state = self._read(device)
        if state["identity"] != self.identity:
            raise InputError(f"{self.file} belongs to a run with other settings or data; delete it to start afresh")
        model.load_state_dict(state["model"])
        average.load_state_dict(state["average"])
        optimizer.load_state_dict(state["optimizer"])
        history = [Epoch(**entry) for entry in state["history"]]
        return history, {k: v.cpu() for k, v in state["best"].items()}, state["spent"]

    def _read(self, device: torch.device) -> dict:
        assert self.file is not None
        content = self.file.read_bytes()
        checksum, state = content[: len(_STATE) + 64], content[len(_STATE) + 64 :]
        if checksum != _STATE + store.digest(state).encode():
            raise CheckpointError(
                f"{self.file} {_wrong_with(content)}; delete it and run the same command to start afresh"
            )
        return torch.load(io.BytesIO(state), map_location=device, weights_only=True)

    def write(
        self,
        model: nn.Module,
        average: nn.Module,
        optimizer: torch.optim.Optimizer,
        history: list[Epoch],
        best: dict[str, Tensor],
        spent: float,
    ) -> None:
        if self.file is None:
            return
        state = {
            "identity": self.identity,
            "model": model.state_dict(),
            "average": average.state_dict(),
            "optimizer": optimizer.state_dict(),
            "history": [asdict(epoch) for epoch in history],
            "best": best,
            "spent": spent,
        }
        buffer = io.BytesIO()
        torch.save(state, buffer)
        content = buffer.getvalue()
        store.write_bytes(self.file, _STATE + store.digest(content).encode() + content)


_STATE = b"CisLens training state 1 sha256 "  # what its file begins with


def _wrong_with(content: bytes) -> str:
    if content.startswith(b"PK"):  # as torch alone wrote it
        return "was written by an earlier version of CisLens, without a checksum"
    return "is broken (it was cut short or changed after it was written)"
