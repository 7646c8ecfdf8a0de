"""Work on a Ray cluster: one that there is, or one that is started on this machine and ends with the work.

Ray is not one of the requirements: whoever asks for it has it (`requirements-ray.txt`).
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from engine.errors import InputError

Item = TypeVar("Item")
AHEAD = 2  # pieces of work for each worker that are under way at once, so that none waits for its next


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """The package `ray`, connected to a cluster until the end.

    Args:
        address: of the cluster; 'local' starts one on this machine.

    Raises:
        InputError: Ray is not installed, or there is no cluster.
    """
    try:
        # not one of the requirements: only --ray needs it
        import ray
    except ImportError as error:
        raise InputError("--ray needs Ray; run: pip install -r requirements-ray.txt") from error
    environment = {k: v for k, v in os.environ.items() if k.startswith("CISLENS_")}
    try:
        ray.init(
            address,
            runtime_env={"env_vars": environment},
            include_dashboard=False,
            log_to_driver=False,
            ignore_reinit_error=True,
        )
    except Exception as error:  # a start that takes too long is a bare Exception
        raise InputError(f"no Ray cluster can be used at '{address}': {error}") from error
    try:
        yield ray
    finally:
        ray.shutdown()


def workers(ray: Any, gpus: bool = True) -> tuple[str, int]:
    """'GPU' or 'CPU', a whole one of which each worker gets, and how many the cluster has.

    Args:
        gpus: whether GPUs are wanted where there are any.
    """
    resources = ray.cluster_resources()
    unit = "GPU" if gpus and resources.get("GPU") else "CPU"
    return unit, max(1, int(resources.get(unit, 1)))


def task(ray: Any, function: Callable, unit: str) -> Any:
    """A function of this package as work for a cluster, with one `unit` of `workers` each time."""
    whole: dict[str, Any] = {f"num_{unit.lower()}s": 1}
    return ray.remote(**whole)(function)


def in_order(ray: Any, begin: Callable[[Item], Any], items: Iterable[Item], workers: int) -> Iterator[tuple[Item, Any]]:
    """Each item and what its work gave, in the order of the items, of which no more than are soon computed are taken.

    Args:
        begin: starts the work of an item and gives the reference of what comes of it.
        workers: how many pieces of work are done at once.
    """
    begun: deque[tuple[Item, Any]] = deque()
    for item in items:
        begun.append((item, begin(item)))
        if len(begun) >= AHEAD * workers:
            first, reference = begun.popleft()
            yield first, ray.get(reference)
    for item, reference in begun:
        yield item, ray.get(reference)
