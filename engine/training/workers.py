"""Many runs at once: in processes of this machine, or as tasks of a Ray cluster.

A worker does one `runs.run` and hands its outcome back; what is kept in `trained_models/` is decided here, one outcome
after the other. Runs side by side share out the machine's threads.
"""

from __future__ import annotations

import math
import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from functools import cache
from itertools import chain
from pathlib import Path

import torch

from engine import cluster, store
from engine.data import library
from engine.data.library import Library
from engine.errors import CisLensError, InputError
from engine.results import Progress
from engine.training import runs
from engine.training.runs import Kind, Outcome, Settings

Run = tuple[str, int | None]
Report = Callable[[Run, Outcome | CisLensError], None]
Fetch = Callable[[], Library]


def run_all(
    plan: list[Run],
    settings: Settings,
    report: Report,
    fetch: Fetch,
    *,
    jobs: int = 1,
    ray_address: str | None = None,
    progress: Progress | None = None,
    kind: Kind = runs.ACTIVITY,
) -> list[tuple[Run, Outcome | CisLensError]]:
    """Do every run of a plan and adopt its outcome; an error that the user can mend stops only its own run.

    Args:
        settings: `budget_minutes` is for the whole plan and shared out among its runs.
        report: called with each run and what became of it, as soon as that is known.
        fetch: gives the library, once it is needed here; a worker process fetches its own.
        jobs: processes side by side on this machine.
        ray_address: a Ray cluster to run on ('local' starts one here); None for none.
        progress: of scoring a model (used when runs are done one by one).
        kind: of the system whose runs these are.

    Raises:
        InputError: Ray is asked for and cannot be used, or fewer than one job.
    """
    if jobs < 1:
        raise InputError("at least one job is needed")
    fetch = cache(fetch)
    renewed: set[str] = set()
    results = []
    for stage in runs.STAGES:
        here = [run for run in plan if runs.stage(run, kind) == stage]
        settled = dict(_without_work(here, settings, kind)) if stage != runs.ENSEMBLES else {}
        work = [run for run in here if run not in settled]
        # members of an ensemble, and a student's teacher, lie on this machine's disk
        if ray_address is not None and stage == runs.NETWORKS:
            stream = _on_ray(work, settings, ray_address, kind)
        elif jobs > 1 and stage != runs.ENSEMBLES:
            stream = _in_processes(work, settings, jobs, kind)
        else:
            stream = _one_by_one(work, settings, fetch, progress, kind)
        for run, outcome in chain(settled.items(), stream):
            if isinstance(outcome, Outcome) and stage != runs.ENSEMBLES:
                runs.adopt(outcome, fresh=settings.again and run[0] not in renewed)
                renewed.add(run[0])
            results.append((run, outcome))
            report(run, outcome)
    return results


def _without_work(plan: list[Run], settings: Settings, kind: Kind) -> Iterator[tuple[Run, Outcome | CisLensError]]:
    """Runs that are done, and those whose weights may not be replaced; known here, whatever lies on a worker's disk."""
    for run in plan:
        try:
            if before := runs.done(*run, settings, kind=kind):
                yield run, Outcome(*run, "done before", before)
        except CisLensError as error:
            yield run, error


def _shared_out(settings: Settings, jobs: float, count: int) -> Settings:
    """The settings of one run of `count`, of which `jobs` are done at a time."""
    if not settings.budget_minutes or not count:
        return settings
    return replace(settings, budget_minutes=settings.budget_minutes / math.ceil(count / min(jobs, count)))


def _attempt(
    run: Run, settings: Settings, kind: Kind, fetch: Fetch = library.joint, progress: Progress | None = None
) -> Outcome | CisLensError:
    """One run with its library; the way into a worker process, which fetches its own."""
    try:
        return runs.run(*run, settings, fetch(), progress, kind=kind)
    except CisLensError as error:
        return error


def _one_by_one(
    plan: list[Run], settings: Settings, fetch: Fetch, progress: Progress | None, kind: Kind
) -> Iterator[tuple[Run, Outcome | CisLensError]]:
    started = time.monotonic()
    for number, run in enumerate(plan):
        share = settings
        if settings.budget_minutes:
            left = settings.budget_minutes - (time.monotonic() - started) / 60
            share = replace(settings, budget_minutes=max(left, 0.01) / (len(plan) - number))
        yield run, _attempt(run, share, kind, fetch, progress)


def _in_processes(
    plan: list[Run], settings: Settings, jobs: int, kind: Kind
) -> Iterator[tuple[Run, Outcome | CisLensError]]:
    share = _shared_out(replace(settings, show_progress=False), jobs, len(plan))
    threads = max(1, torch.get_num_threads() // jobs)
    # a forked process would inherit locks of torch's threads
    context = multiprocessing.get_context("spawn")
    others = multiprocessing.active_children()
    with ProcessPoolExecutor(jobs, context, initializer=_start, initargs=(threads,)) as pool:
        futures = {pool.submit(_attempt, run, share, kind): run for run in plan}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BaseException:
            # a run that has begun cannot be cancelled, and its state is on disk
            for process in set(multiprocessing.active_children()) - set(others):
                process.terminate()
            raise


def _start(threads: int) -> None:
    """In a new process: Ctrl-C is for its parent, which ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(threads)


def _on_ray(
    plan: list[Run], settings: Settings, address: str, kind: Kind
) -> Iterator[tuple[Run, Outcome | CisLensError]]:
    """One run a task. A worker may share no disk with us, so its files come back with the outcome."""
    with cluster.connected(address) as ray:
        unit, count = cluster.workers(ray)
        task = cluster.task(ray, _remote, unit)
        # what is done was decided here and not by what lies on a worker's disk
        share = _shared_out(replace(settings, show_progress=False, again=True), count, len(plan))
        pending = {task.remote(run, share, kind): run for run in plan}
        while pending:
            (ready,), _ = ray.wait(list(pending), num_returns=1)
            run = pending.pop(ready)
            outcome, files = ray.get(ready)
            for name, content in files.items():
                store.write_bytes(_folder(run) / name, content)
            yield run, outcome


def _remote(run: Run, settings: Settings, kind: Kind) -> tuple[Outcome | CisLensError, dict[str, bytes]]:
    """On the worker: the outcome, and the files of the trained seed by their path within its folder."""
    torch.set_num_threads(1 if not torch.cuda.is_available() else torch.get_num_threads())
    outcome = _attempt(run, settings, kind)
    folder = _folder(run)
    trained = isinstance(outcome, Outcome) and outcome.status == "trained"
    files = [file for file in folder.rglob("*") if file.is_file()] if trained else []
    return outcome, {str(file.relative_to(folder)): file.read_bytes() for file in files}


def _folder(run: Run) -> Path:
    """Where a run of one seed leaves its files."""
    name, seed = run
    assert seed is not None  # ensembles are built where their members lie
    return runs.seed_folder(name, seed)
