"""Which device runs the model, and in which precision."""

from __future__ import annotations

import contextlib
import copy
import itertools
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar, cast

import torch
from torch import nn

from engine.errors import InputError, unknown

Item = TypeVar("Item")
Found = TypeVar("Found")
Network = TypeVar("Network", bound=nn.Module)
DEVICES = ("auto", "cpu", "cuda", "mps")
PRECISIONS = ("auto", "bf16", "fp32")


def resolve(name: str = "auto") -> torch.device:
    """The named device, or for 'auto' the best there is: CUDA, then Apple's MPS, then the CPU."""
    if name not in DEVICES:
        raise unknown("device", name, DEVICES)
    present = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        name = next(d for d in ("cuda", "mps", "cpu") if present[d])
    if not present[name]:
        raise InputError(f"this machine has no {name} device; use --device auto or --device cpu")
    return torch.device(name)


def describe(device: torch.device) -> str:
    """The device in words, for metrics and the screen."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "mps":
        return "Apple GPU (mps)"
    return f"CPU, {torch.get_num_threads()} threads"


def precision(name: str, device: torch.device) -> torch.dtype:
    """bfloat16 where the device computes it natively and so gains by it, float32 elsewhere; or as named."""
    if name not in PRECISIONS:
        raise unknown("precision", name, PRECISIONS)
    if name == "auto":
        native = device.type == "cuda" and torch.cuda.is_bf16_supported()
        native |= device.type == "cpu" and torch.cpu._is_avx512_bf16_supported()
        name = "bf16" if native else "fp32"
    return torch.bfloat16 if name == "bf16" else torch.float32


def autocast(device: torch.device, dtype: torch.dtype) -> contextlib.AbstractContextManager:
    """Mixed precision in `dtype`; does nothing for float32."""
    return torch.autocast(device.type, dtype, enabled=dtype is not torch.float32)


def freeze(model: Network) -> Network:
    """The model in evaluation mode, no weight of it taking gradients: from now on it is only read, by any number of
    threads at once."""
    return model.eval().requires_grad_(False)


@contextlib.contextmanager
def inference(model: Network, device: torch.device | None = None) -> Iterator[tuple[Network, torch.device]]:
    """The model as it computes on `device` (None: where it is), and that device: the one way to run a model.

    A model that threads share is in evaluation mode (`freeze`), and nothing of it is touched here: neither its mode nor
    its place. On another device a frozen copy computes, which is made once and kept as long as the model. A model in
    training mode is that of its trainer alone: it is put into evaluation mode, and back afterwards.
    """
    home = next(itertools.chain(model.parameters(), model.buffers())).device
    target = home if device is None or _same(device, home) else device
    training = [module for module in model.modules() if module.training]
    try:
        if training:
            model.eval()
        yield (model if target is home else _copy_on(model, target)), target
    finally:
        for module in training:
            module.training = True


_COPIES: weakref.WeakKeyDictionary[nn.Module, dict[torch.device, nn.Module]] = weakref.WeakKeyDictionary()
_COPYING = threading.Lock()


def _same(device: torch.device, home: torch.device) -> bool:
    """'cuda' is whichever of the machine's GPUs the model is on."""
    return device.type == home.type and device.index in (None, home.index)


def _copy_on(model: Network, device: torch.device) -> Network:
    if any(p.requires_grad for p in model.parameters()):  # its weights may change
        return freeze(copy.deepcopy(model)).to(device)
    with _COPYING:
        copies = _COPIES.setdefault(model, {})
        if device not in copies:
            copies[device] = freeze(copy.deepcopy(model)).to(device)
        return cast(Network, copies[device])


def side_by_side(
    compute: Callable[[Item], Found], items: Iterable[Item], device: torch.device
) -> Iterator[tuple[Item, Found]]:
    """`(item, compute(item))` in the items' order, without gradients; on a CPU several at once, one on each core.

    Small batches keep their cores busier so than by sharing the work within each operation, where all threads wait for
    the slowest at every step (`benchmarks/live_editing.py`). What is not begun is dropped when the caller stops.
    """
    threads = torch.get_num_threads() if device.type == "cpu" else 1

    def alone(item: Item) -> Found:
        with torch.inference_mode():
            return compute(item)

    if threads == 1:
        yield from ((item, alone(item)) for item in items)
        return
    pool = _workers(threads)
    begun: deque[tuple[Item, Future[Found]]] = deque()
    try:
        for item in items:
            begun.append((item, pool.submit(alone, item)))
            if len(begun) > 2 * threads:  # no further ahead: a caller who pauses lets the cores go
                first, future = begun.popleft()
                yield first, future.result()
        for item, future in begun:
            yield item, future.result()
    finally:
        pool.shutdown(cancel_futures=True)


_STARTING = threading.Lock()


def _workers(threads: int) -> ThreadPoolExecutor:
    """Threads that compute each operation alone, all of them begun.

    What `torch.set_num_threads` sets holds for the thread that calls it, and for threads to come of anybody: so the
    number is put back as soon as these have begun, not when their work is done.
    """
    with _STARTING:
        ready = threading.Barrier(threads + 1)

        def begin() -> None:
            torch.get_num_threads()  # a thread that asks or computes for the first time takes everybody's number
            torch.set_num_threads(1)
            ready.wait()

        pool = ThreadPoolExecutor(threads, initializer=begin)
        for _ in range(threads):  # a pool begins a thread with each of its first tasks, as long as none is idle
            pool.submit(int)
        ready.wait()
        torch.set_num_threads(threads)
    return pool
