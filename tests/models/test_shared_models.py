"""One loaded model, several threads: each has the numbers that it would have alone, and nothing of the model moves."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from engine import device as devices
from engine.experiments import checkpoints
from engine.interpretation.attribution.methods import IGSettings, integrated_gradients, ism
from engine.interpretation.reliability.checks import input_gradients
from engine.interpretation.representations import embedding
from engine.models.predict import predict, predict_codes
from engine.sequence import Sequence, encode


def _work(model, sequences) -> list:
    """What pages ask of a model, as functions without arguments that give arrays."""
    codes = np.stack([encode(s.bases) for s in sequences])
    short = [Sequence(s.name, s.bases[:100]) for s in sequences]
    return [
        *(lambda s=s: predict(model, [s]).values for s in sequences),
        *(lambda s=s: ism(model, s, policy="whole").values for s in short),
        *(lambda s=s: integrated_gradients(model, s, IGSettings(steps=4)).values for s in sequences),
        lambda: predict_codes(model, codes, members=True),
        lambda: predict_codes(model, codes, both_strands=False),
        lambda: input_gradients(model, codes[0], model.outputs),
        lambda: embedding.embed(model, codes),
    ]


@pytest.mark.parametrize("architecture", ["dream_rnn", "legnet"])
def test_threads_that_share_a_model_have_the_numbers_of_one_alone(architecture, save_model, random_bases):
    save_model("toy", architecture)
    model = checkpoints.load("toy").inference_model
    work = _work(model, [Sequence(str(i), random_bases(200, seed=i)) for i in range(3)])
    alone = [compute() for compute in work]
    order = np.random.default_rng(0).permutation(np.repeat(np.arange(len(work)), 5))
    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(lambda i: work[i](), order))
    for i, result in zip(order, results, strict=True):
        np.testing.assert_allclose(result, alone[i], rtol=0, atol=1e-5)


@pytest.mark.parametrize("architecture", ["dream_rnn", "legnet"])
def test_nothing_of_a_loaded_model_is_touched_by_computing(architecture, save_model, random_bases, monkeypatch):
    save_model("toy", architecture)
    checkpoint = checkpoints.load("toy")
    model = checkpoint.inference_model
    for network in (checkpoint.model, model):
        assert not any(p.requires_grad for p in network.parameters())
        assert not any(module.training for module in network.modules())
    for method in ("to", "train", "_apply"):
        monkeypatch.setattr(torch.nn.Module, method, lambda *_, method=method: pytest.fail(f"{method} was called"))
    for compute in _work(model, [Sequence("s", random_bases(200))]):
        compute()


def test_on_another_device_a_copy_computes_that_is_made_once(save_model):
    save_model("toy")
    model, other = checkpoints.load("toy").model, torch.device("meta")
    copies = []
    for _ in range(2):
        with devices.inference(model, other) as (network, where):
            assert where == other and {p.device for p in network.parameters()} == {other}
            copies.append(network)
    assert copies[0] is copies[1] is not model
    assert {p.device for p in model.parameters()} == {torch.device("cpu")}


def test_a_model_that_is_trained_is_copied_anew_since_its_weights_change(toy_model):
    model = toy_model()
    with devices.inference(model, torch.device("meta")) as (one, _):
        pass
    with devices.inference(model, torch.device("meta")) as (other, _):
        pass
    assert one is not other
