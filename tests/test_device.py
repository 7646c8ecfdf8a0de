"""Devices and precisions."""

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
    with pytest.raises(RuntimeError, match="stop"), devices.inference(model) as where:
        assert not model.training
        assert where == torch.device("cpu")
        raise RuntimeError("stop")
    assert model.training is training
