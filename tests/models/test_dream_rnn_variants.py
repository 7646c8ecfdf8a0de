"""DREAM-RNN against a plain reference of its encoder, and what each variant puts on top, with weights set by hand.

What every model must do (any length, any batch, finite gradients) is asked of the variants in `test_models.py`.
"""

import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import conv1d, cross_entropy, max_pool1d

from engine import models
from engine.data.lentimpra import LIBRARIES
from engine.losses import ordinal
from engine.models import MODELS
from engine.models.dream_rnn_variants import composition
from engine.sequence import decode, dinucleotide_shuffle, encode, one_hot

OUTPUTS = ("K562", "HepG2")
FAMILY = [name for name in MODELS if name.startswith("dream_rnn")]
ADVERSARIAL = ["dream_rnn_da", "dream_rnn_adv"]
FACTORISED = ["dream_rnn_bf", "dream_rnn_adv"]

family = pytest.mark.parametrize("name", FAMILY)
adversarial = pytest.mark.parametrize("name", ADVERSARIAL)
factorised = pytest.mark.parametrize("name", FACTORISED)


def build(name: str, outputs=OUTPUTS, **options):
    """A small model in evaluation mode; the same seed each time."""
    torch.manual_seed(0)
    return models.build(name, outputs, {"width": 10, "pool": 2} | options).eval()


def sequences(n: int = 6, length: int = 120, seed: int = 0) -> Tensor:
    codes = torch.randint(0, 4, (n, length), generator=torch.Generator().manual_seed(seed))
    return nn.functional.one_hot(codes, 4).transpose(1, 2).float()


def letters(*texts: str) -> Tensor:
    """`(n, 4, length)` one-hot of sequences as text."""
    return torch.stack([torch.as_tensor(one_hot(encode(text))) for text in texts])


def randomise(module: nn.Module) -> None:
    """Weights large enough to matter in place of the first small ones."""
    for p in module.parameters():
        nn.init.normal_(p, std=0.5)


# --- the encoder --------------------------------------------------------------------------------------


def plain_embed(model, x: Tensor, pool: int) -> Tensor:
    """The encoder in the words of the paper: 1-d convolutions, ReLU, then max-pool; LSTM over `(batch, length, width)`;
    the last convolution at every position, then the mean."""
    width = model.lstm.hidden_size
    lstm = nn.LSTM(width, width, batch_first=True, bidirectional=True)
    lstm.load_state_dict(model.lstm.state_dict())

    def side_by_side(block, h: Tensor) -> Tensor:
        return torch.cat([conv1d(h, b.weight, b.bias, padding="same").relu() for b in block.branches], dim=1)

    h = max_pool1d(side_by_side(model.first, x), pool)
    h = lstm(h.transpose(1, 2))[0].transpose(1, 2)
    return conv1d(side_by_side(model.second, h), model.mix.weight, model.mix.bias).mean(2)


@pytest.mark.parametrize(("pool", "length"), [(1, 100), (2, 120), (2, 121), (4, 103)])
def test_embed_is_the_plain_encoder_in_value_and_gradient(pool, length):
    model, x = build("dream_rnn", pool=pool), sequences(3, length).requires_grad_()
    randomise(model)
    embedded, expected = model.embed(x), plain_embed(model, x, pool)
    assert embedded.shape == (3, 8)
    torch.testing.assert_close(embedded, expected, rtol=1e-4, atol=1e-5)
    direction = torch.randn_like(expected)
    gradients = [torch.autograd.grad((y * direction).sum(), x)[0] for y in (embedded, expected)]
    assert gradients[1].abs().max() > 1e-3
    torch.testing.assert_close(*gradients, rtol=1e-3, atol=1e-5)


@family
def test_all_share_the_encoder_and_from_one_seed_its_first_weights(name):
    model, x = build(name), sequences()
    assert torch.equal(model.embed(x), build("dream_rnn").embed(x))
    torch.testing.assert_close(model.embed(x), plain_embed(model, x, 2), rtol=1e-4, atol=1e-5)


@family
def test_training_sees_one_member_of_every_output(name):
    said = build(name).training_outputs(sequences())
    assert said.members.shape == ((1, 6, 2, 2) if name == "dream_rnn_dual" else (1, 6, 2))
    assert torch.isfinite(said.members).all()
    assert (said.domains is not None) == (name in ADVERSARIAL)


@family
def test_what_training_sees_is_the_prediction(name):
    model, x = build(name), sequences()
    members = model.training_outputs(x).members[0]
    seen = members[..., 0] if name == "dream_rnn_dual" else members
    torch.testing.assert_close(seen, model.standardised(x))


# --- one score, two heads -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["dream_rnn_single", *ADVERSARIAL, "dream_rnn_bf"])
def test_a_score_has_no_bias(name):
    assert build(name).head.bias is None
    assert build("dream_rnn").head.bias is not None


def test_a_single_score_is_a_product_of_weights_and_features():
    model, x = build("dream_rnn_single"), sequences()
    torch.testing.assert_close(model.standardised(x), model.embed(x) @ model.head.weight.T)


def test_two_heads_read_one_embedding_and_the_first_is_the_prediction():
    model, x = build("dream_rnn_dual"), sequences()
    features = model.embed(x)
    regression, ranking = model.training_outputs(x).members[0].unbind(-1)
    torch.testing.assert_close(regression, features @ model.head.weight.T + model.head.bias)
    torch.testing.assert_close(ranking, features @ model.ranking_head.weight.T)
    assert model.ranking_head.bias is None
    before = model(x)
    randomise(model.ranking_head)
    assert torch.equal(model(x), before)


@pytest.mark.parametrize(("head", "own", "other"), [(0, "head", "ranking_head"), (1, "ranking_head", "head")])
def test_a_head_teaches_itself_and_the_encoder_but_not_the_other_head(head, own, other):
    model = build("dream_rnn_dual")
    model.training_outputs(sequences()).members[..., head].square().sum().backward()
    assert getattr(model, own).weight.grad.abs().max() > 0
    assert model.first.branches[0].weight.grad.abs().max() > 0
    blocked = getattr(model, other).weight.grad
    assert blocked is None or (blocked == 0).all()


# --- the domain discriminator -------------------------------------------------------------------------

DOMAINS = torch.tensor([0, 1, 2, 0, 1, 2])


def gradients(model, logits: Tensor) -> dict[str, Tensor]:
    """Of the discriminator's loss, by the parameter's name; parameters that it does not reach are left out."""
    model.zero_grad(set_to_none=True)
    cross_entropy(logits, DOMAINS).backward()
    return {name: p.grad for name, p in model.named_parameters() if p.grad is not None}


@adversarial
@pytest.mark.parametrize("strength", [0.0, 0.3, 2.0])
def test_the_encoder_gets_the_discriminators_gradient_turned_round_and_scaled(name, strength):
    model, x = build(name, domains=3), sequences()
    randomise(model)
    model.strength = strength
    plain = gradients(model, model.discriminator(model.embed(x)))
    turned = gradients(model, model.training_outputs(x).domains)
    assert plain.keys() == turned.keys()
    for parameter, gradient in plain.items():
        factor = 1 if parameter.startswith("discriminator") else -strength
        torch.testing.assert_close(turned[parameter], factor * gradient, rtol=1e-4, atol=1e-6)
    assert plain["lstm.weight_hh_l0"].abs().max() > 1e-4
    assert "head.weight" not in turned


@adversarial
def test_what_the_discriminator_sees_is_the_embedding_itself(name):
    model, x = build(name, domains=3), sequences()
    model.strength = 0.7
    torch.testing.assert_close(model.training_outputs(x).domains, model.discriminator(model.embed(x)))
    before = model(x)
    randomise(model.discriminator)
    assert torch.equal(model(x), before)


@adversarial
@pytest.mark.parametrize("adversary", [0.1, 1.5])
def test_the_reversed_gradient_comes_in_slowly(name, adversary):
    model = build(name, adversary=adversary)
    assert model.strength == 0
    strengths = []
    for progress in (0.0, 0.1, 0.5, 1.0):
        model.at_progress(progress)
        strengths.append(model.strength)
    assert strengths[0] == 0
    assert strengths[1:3] == pytest.approx([adversary * math.tanh(0.5), adversary * math.tanh(2.5)])
    assert strengths[3] == pytest.approx(adversary, rel=1e-3)


@adversarial
def test_there_are_as_many_domains_as_libraries_unless_said_otherwise(name):
    assert build(name).training_outputs(sequences()).domains.shape == (6, len(LIBRARIES))
    assert build(name, domains=3).training_outputs(sequences()).domains.shape == (6, 3)


# --- the composition branch ---------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["AACGT", "GATTACA", "CCCCCC", "CGCGCGCGTA"])
def test_composition_counts_bases_and_dinucleotides(text):
    bases = [text.count(b) / len(text) for b in "ACGT"]
    steps = [text[i : i + 2] for i in range(len(text) - 1)]
    pairs = [steps.count(a + b) / len(steps) for a in "ACGT" for b in "ACGT"]
    assert composition(letters(text))[0].tolist() == pytest.approx(bases + pairs)


def test_composition_of_an_unknown_base_is_a_quarter_of_each():
    found = composition(letters("AN"))[0]
    assert found[:4].tolist() == pytest.approx([0.625, 0.125, 0.125, 0.125])
    assert found[4:].tolist() == pytest.approx([0.25] * 4 + [0] * 12)


def by_hand(name: str):
    """Its score is 0, its composition branch says 3 x GC and 5 x CG, its gates stand at 1/2 and 1/4."""
    model = build(name)
    branch = model.composition
    with torch.no_grad():
        for p in (*model.head.parameters(), *branch.parameters()):
            p.zero_()
        branch.bias[0].weight[0, [1, 2]] = 1  # the frequencies of C and G
        branch.bias[0].weight[1, 4 + 4 * 1 + 2] = 1  # the frequency of CG
        branch.bias[2].weight[0, 0], branch.bias[2].weight[1, 1] = 3, 5
        branch.gate.bias[1] = -math.log(3)
    return model


@factorised
def test_the_gated_bias_of_composition_is_subtracted(name):
    model = by_hand(name)
    texts = ["ACGT" * 30, "AT" * 60, "GC" * 60, "CG" * 60]
    expected = [[-0.5 * 3 * gc, -0.25 * 5 * cg] for gc, cg in [(0.5, 30 / 119), (0, 0), (1, 59 / 119), (1, 60 / 119)]]
    torch.testing.assert_close(model.standardised(letters(*texts)), torch.tensor(expected))


@factorised
def test_the_score_stands_beside_the_bias_and_the_gate_reads_the_embedding(name):
    model, x = by_hand(name), sequences()
    randomise(model.head)
    randomise(model.composition.gate)
    features, found = model.embed(x), composition(x)
    gate = (features @ model.composition.gate.weight.T + model.composition.gate.bias).sigmoid()
    bias = torch.stack([3 * (found[:, 1] + found[:, 2]), 5 * found[:, 10]], dim=1)
    torch.testing.assert_close(model.standardised(x), features @ model.head.weight.T - gate * bias)


@factorised
def test_the_branch_sees_nothing_but_composition(name):
    """A shuffle that keeps every dinucleotide changes the score and the gate, and not the bias."""
    model = build(name)
    randomise(model)
    text = decode(sequences(1)[0].argmax(0).to(torch.uint8).numpy())
    x = letters(text, dinucleotide_shuffle(text, np.random.default_rng(0)))
    bias = model.composition.bias(composition(x))
    torch.testing.assert_close(bias[0], bias[1])
    assert (model.embed(x)[0] - model.embed(x)[1]).abs().max() > 1e-3


@factorised
def test_the_branch_has_the_width_that_was_asked_for(name):
    assert build(name).composition.bias[0].out_features == 16
    assert build(name, composition_width=7).composition.bias[0].out_features == 7


# --- ordinal bins -------------------------------------------------------------------------------------


@pytest.mark.parametrize("bins", [5, 17])
def test_with_bins_the_prediction_is_the_expected_centre(bins):
    model, x = build("dream_rnn", bins=bins), sequences()
    randomise(model.head)
    logits = model.training_outputs(x).members
    assert logits.shape == (1, 6, 2, bins)
    expected = logits[0].softmax(-1) @ torch.linspace(-3, 5, bins)
    torch.testing.assert_close(model.standardised(x), expected)
    model.target_mean.copy_(torch.tensor([1.0, -1.0]))
    model.target_sd.copy_(torch.tensor([2.0, 0.5]))
    torch.testing.assert_close(model(x), expected * torch.tensor([2.0, 0.5]) + torch.tensor([1.0, -1.0]))


def test_bins_belong_to_their_own_output():
    model, x = build("dream_rnn", bins=5), sequences()
    with torch.no_grad():
        model.head.weight.zero_()
        model.head.bias.zero_()
        model.head.bias[1] = model.head.bias[5 + 4] = 100.0  # the second bin of K562, the last of HepG2
    centres = ordinal.centres(5, x)
    torch.testing.assert_close(model.standardised(x), centres[[1, 4]].expand(6, 2))


def test_without_bins_the_prediction_is_the_head_itself():
    model, x = build("dream_rnn"), sequences()
    torch.testing.assert_close(model.standardised(x), model.head(model.embed(x)))
    assert model.training_outputs(x).members.shape == (1, 6, 2)
