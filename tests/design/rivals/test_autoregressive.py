"""Writing from left to right, held against a Markov chain, whose every conditional distribution can be counted out."""

import itertools
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.design.markov import Markov
from engine.design.results import Goal
from engine.design.rivals import autoregressive
from engine.design.rivals.common import Counter
from engine.errors import InputError
from engine.experiments.checkpoints import Checkpoint
from engine.models.generators.autoregressive import AutoregressiveConfig, AutoregressiveNetwork
from engine.models.generators.contract import MASK

CELLS = ("K562", "HepG2", "WTC11")
EVERY = np.array(list(itertools.product(range(4), repeat=4)), np.uint8)


@pytest.fixture(scope="module")
def network() -> AutoregressiveNetwork:
    """With weights in the layers that begin at 0 as well, so that place and condition matter."""
    torch.manual_seed(0)
    model = AutoregressiveNetwork(CELLS, AutoregressiveConfig(width=8, dilations=(1, 2, 4), stem=3)).eval()
    with torch.no_grad():
        for p in model.parameters():
            p.add_(0.3 * torch.randn_like(p))
    return model.requires_grad_(False)


@pytest.fixture
def asked(ask, network):
    """A factory of what is asked of the network."""

    def make(count: int = 3, seed: int = 0, **given):
        return ask(count, seed, guide=None, generator=Checkpoint("toy", network, {}, {}, Path("toy")), **given)

    return make


def test_a_base_depends_on_those_before_it_alone(network):
    codes = torch.randint(0, 4, (3, 30), dtype=torch.uint8)
    asked = torch.zeros(3, 3)
    logs = network.log_probabilities(codes, asked)
    assert logs.exp().sum(dim=2).numpy() == pytest.approx(1, abs=1e-5)
    changed = codes.clone()
    changed[:, 12] = (changed[:, 12] + 1) % 4
    others = network.log_probabilities(changed, asked)
    assert others[:, :13].numpy() == pytest.approx(logs[:, :13].numpy(), abs=1e-5)
    assert (others[:, 13] - logs[:, 13]).abs().max() > 1e-3
    told = network.log_probabilities(codes, torch.tensor([[2.0, float("nan"), 0.0]]).expand(3, 3))
    assert (told - logs).abs().max() > 1e-3


def test_with_the_defaults_a_base_sees_all_of_an_element():
    config = AutoregressiveConfig()
    assert config.stem - 1 + sum(d * (config.kernel - 1) for d in config.dilations) == 262


def test_the_loss_is_the_nats_of_whole_sequences_which_sum_to_1(network):
    codes, asked = torch.as_tensor(EVERY), torch.full((len(EVERY), 3), float("nan"))
    given = (network.log_probabilities, codes, asked)
    nats = autoregressive.nats(*given, 1, torch.Generator())
    assert float(torch.exp(-nats).sum()) == pytest.approx(1, abs=1e-5)
    assert float(autoregressive.loss(*given, torch.Generator())) == pytest.approx(float(nats.mean()) / 4, abs=1e-5)


@pytest.mark.parametrize("known", [(4, 4, 4, 4), (4, 2, 4, 4), (4, 4, 4, 1), (4, 0, 4, 3)])
def test_many_versions_come_from_the_distribution_given_what_is_kept(known):
    """A Markov chain in place of the network, 128 versions of each of 2,000 sequences, each probability of the 256
    sequences within five standard errors and what so many versions leave."""
    chain = Markov.fit(np.random.default_rng(0).integers(0, 3, (20, 30)).astype(np.uint8), 1)

    def predict(tokens, _):
        before = tokens[:, :-1].astype(int)
        first = np.broadcast_to(chain.tables[0], (len(tokens), 1, 4))
        return torch.as_tensor(np.concatenate([first, chain.tables[1][before]], axis=1))

    count, known = 2000, np.array(known, np.uint8)
    sources = [np.random.default_rng((1, i)) for i in range(count)]
    drawn = autoregressive.written(predict, known, sources, 128, Counter(None, 1))
    wanted = np.where(((known == EVERY) | (known == MASK)).all(axis=1), np.exp(-chain.nats(EVERY)), 0)
    wanted /= wanted.sum()
    seen = np.bincount(drawn @ 4 ** np.arange(4)[::-1], minlength=len(EVERY)) / count
    assert (np.abs(seen - wanted) <= 5 * np.sqrt(wanted / count) + 2 / 128 * wanted + 1 / count).all()
    assert not seen[wanted == 0].any()


def test_the_contract_holds(asked, template):
    def bases(*given, **more):
        return [d.sequence.bases for d in autoregressive.METHOD.design(asked(*given, **more), None)]

    short = Goal({"K562": 1.0}, length=40)
    designs = bases(goal=short)
    assert [len(b) for b in designs] == [40] * 3
    assert designs == bases(goal=short)
    assert designs != bases(seed=1, goal=short)
    assert bases(1, goal=short) == designs[:1]
    goal = Goal({"K562": 1.0}, template, ((30, 60), (100, 120)))
    for sequence in bases(2, goal=goal, options={"versions beside a kept stretch": 3.0}):
        assert (sequence[30:60], sequence[100:120]) == (template.bases[30:60], template.bases[100:120])
    with pytest.raises(InputError, match="4 edits"):
        autoregressive.METHOD.design(asked(goal=Goal({"K562": 1.0}, template, edits=4)), None)


def test_what_it_cannot_do_is_said(ask, asked, guide):
    with pytest.raises(InputError, match="needs a trained generator"):
        autoregressive.METHOD.design(ask(guide=None), None)
    with pytest.raises(InputError, match="fewer than the 201 asked for"):
        autoregressive.METHOD.design(asked(goal=Goal({}, length=201)), None)
    with pytest.raises(InputError, match="does not write from left to right"):
        autoregressive.METHOD.design(ask(generator=guide), None)
