"""Devices and precisions."""

import contextlib
import time

import pytest
import torch

from engine import device as devices
from engine.errors import InputError


def test_auto_finds_a_device_that_works():
    assert torch.zeros(1, device=devices.resolve("auto")).item() == 0


def test_unknown_devices_and_precisions_list_the_known_ones():
    with pytest.raises(InputError, match="unknown device 'tpu'; known: auto, cpu, cuda, mps"):
        devices.resolve("tpu")
    with pytest.raises(InputError, match="unknown precision 'fp8'; known: auto, bf16, fp32"):
        devices.precision("fp8", torch.device("cpu"))


@pytest.mark.parametrize(("name", "module"), [("cuda", torch.cuda), ("mps", torch.backends.mps)])
def test_a_device_that_is_not_there_names_the_way_out(name, module, monkeypatch):
    monkeypatch.setattr(module, "is_available", lambda: False)
    with pytest.raises(InputError, match=f"no {name} device; use --device auto or --device cpu"):
        devices.resolve(name)


def test_a_named_precision_is_taken_as_named():
    cpu = torch.device("cpu")
    assert devices.precision("fp32", cpu) is torch.float32
    assert devices.precision("bf16", cpu) is torch.bfloat16
    assert devices.precision("auto", cpu) in (torch.float32, torch.bfloat16)


def test_autocast_computes_in_bfloat16_only_when_asked():
    a, cpu = torch.ones(2, 2), torch.device("cpu")
    with devices.autocast(cpu, torch.bfloat16):
        assert (a @ a).dtype is torch.bfloat16
    with devices.autocast(cpu, torch.float32):
        assert (a @ a).dtype is torch.float32


@pytest.mark.parametrize("training", [True, False])
def test_inference_puts_the_mode_back_even_after_an_error(training, toy_model):
    model = toy_model().train(training)
    with pytest.raises(RuntimeError, match="stop"), devices.inference(model) as (network, where):
        assert network is model and not any(module.training for module in model.modules())
        assert where == torch.device("cpu")
        raise RuntimeError("stop")
    assert model.training is training


# --- several items at once --------------------------------------------------------------------------


@pytest.fixture
def threads():
    """Sets the number of torch's threads for one test."""
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


@pytest.mark.parametrize("number", [1, 2, 4])
def test_items_come_in_their_order_without_gradients(threads, number):
    threads(number)
    weight = torch.ones(3, requires_grad=True)

    def compute(i):
        time.sleep(0.02 * (5 - i))  # the last begun is done first
        return weight * i, torch.get_num_threads()

    found = list(devices.side_by_side(compute, range(5), torch.device("cpu")))
    assert [i for i, _ in found] == list(range(5))
    assert all(v.tolist() == [i] * 3 and not v.requires_grad for i, (v, _) in found)
    assert {inside for _, (_, inside) in found} == {1}
    assert torch.get_num_threads() == number


def test_what_is_not_begun_is_dropped_when_the_caller_stops(threads):
    threads(2)
    begun = []

    def compute(i):
        begun.append(i)
        time.sleep(0.02)

    with contextlib.closing(devices.side_by_side(compute, range(50), torch.device("cpu"))) as running:
        next(running)
    assert len(begun) < 10
    with pytest.raises(ZeroDivisionError):
        list(devices.side_by_side(lambda i: 1 / i, range(3), torch.device("cpu")))
    assert torch.get_num_threads() == 2
