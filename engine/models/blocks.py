"""Windows of any number to predictions, block by block: by every model at once, here or on a Ray cluster.

Blocks are taken one after the other and given back in their order, so that what stands in memory is a few of them. The
numbers are those of `engine.models.predict.predict_codes`, wherever they are computed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np
import torch

from engine import cluster
from engine import device as devices
from engine.errors import InputError
from engine.models.layers import SequenceModel
from engine.models.predict import Run, predict_codes

Item = TypeVar("Item")
Answer = TypeVar("Answer")
Block = dict[int, np.ndarray]  # codes `(n, length)` uint8, by the length of the windows


def predictions(model: SequenceModel, codes: np.ndarray, run: Run) -> np.ndarray:
    """`(n, outputs)` as `predict_codes` gives them."""
    return predict_codes(model, codes, batch_size=run.batch_size, device=run.device)


def computed(
    models: Sequence[SequenceModel],
    blocks: Iterable[tuple[Item, Block]],
    ask: Callable[[SequenceModel, np.ndarray, Run], Answer],
    run: Run = Run(),
    *,
    ray_address: str | None = None,
) -> Iterator[tuple[Item, list[Answer]]]:
    """Each block's item, and the answers of those models for whose window the block has codes, in their order.

    Args:
        blocks: each with something to know it by.
        ask: what each model is asked: `predictions`, or `predict_with_uncertainty`; on a cluster the function is sent.
        run: on a cluster, device None is a GPU where the workers have any.
        ray_address: a Ray cluster to compute on ('local' starts one here); None for this process.

    Raises:
        InputError: Ray is asked for and cannot be used, or a model that cannot be sent to its workers.
    """
    if ray_address is None:
        for item, block in blocks:
            yield item, _answers(models, block, ask, run)
        return
    with cluster.connected(ray_address) as ray:
        unit, count = cluster.workers(ray, gpus=run.device is None or run.device.type != "cpu")
        try:
            sent = ray.put(list(models))
        except Exception as error:  # whatever somebody's module raises when it is packed
            raise InputError(f"a model cannot be sent to the workers of Ray ({error}); leave out --ray") from error
        task = cluster.task(ray, _remote, unit)
        begun = cluster.in_order(ray, lambda pair: task.remote([sent], pair[1], ask, run), blocks, count)
        yield from ((item, values) for (item, _), values in begun)


def _answers(
    models: Sequence[SequenceModel], block: Block, ask: Callable[[SequenceModel, np.ndarray, Run], Answer], run: Run
) -> list[Answer]:
    return [ask(model, block[model.window], run) for model in models if model.window in block]


_MODELS: dict[str, list[SequenceModel]] = {}  # of a worker's last work, so that they are unpacked once


def _remote(
    sent: list[Any], block: Block, ask: Callable[[SequenceModel, np.ndarray, Run], Answer], run: Run
) -> list[Answer]:
    """On the worker: the models come as a reference in a list, which Ray leaves unopened."""
    # a worker has it
    import ray

    (reference,) = sent
    if reference.hex() not in _MODELS:
        _MODELS.clear()
        _MODELS[reference.hex()] = ray.get(reference)
    if not torch.cuda.is_available():
        torch.set_num_threads(1)
    where = Run(batch_size=run.batch_size, device=run.device or devices.resolve())
    return _answers(_MODELS[reference.hex()], block, ask, where)
