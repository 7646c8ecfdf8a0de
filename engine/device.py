"""Which device runs the model, and in which precision."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch
from torch import nn

from engine.errors import InputError, unknown

Item = TypeVar("Item")
Found = TypeVar("Found")
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


@contextlib.contextmanager
def inference(model: nn.Module, device: torch.device | None = None) -> Iterator[torch.device]:
    """The model on `device` (None: where it is) in evaluation mode; both are put back afterwards."""
    home = next(model.parameters()).device
    training = model.training
    target = device or home
    model.to(target).eval()
    try:
        yield target
    finally:
        model.to(home).train(training)


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
    pool = ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,))
    try:
        begun = [(item, pool.submit(alone, item)) for item in items]
        for item, future in begun:
            yield item, future.result()
    finally:
        pool.shutdown(cancel_futures=True)
        torch.set_num_threads(threads)  # threads to come take the number that was set last, by whomever
