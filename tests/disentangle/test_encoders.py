"""Every encoder: shapes at any length, its numbers do not depend on the batch, every weight learns."""

import pytest
import torch

from engine.disentangle.declared import SIZES
from engine.errors import InputError
from engine.models import encoders

NAMES = tuple(encoders.ENCODERS)


def dna(n: int, length: int) -> torch.Tensor:
    codes = torch.randint(0, 4, (n, length), generator=torch.Generator().manual_seed(length))
    return torch.nn.functional.one_hot(codes, 4).float().transpose(1, 2)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("length", [100, 200, 230, 333])
def test_any_length_gives_256_features(name, length):
    encoder = encoders.build(name, SIZES[name]).eval()
    with torch.no_grad():
        assert encoder(dna(2, length)).shape == (2, encoders.FEATURES)


@pytest.mark.parametrize("name", NAMES)
def test_a_row_does_not_depend_on_its_neighbours(name):
    encoder, x = encoders.build(name, SIZES[name]).eval(), dna(8, 200)
    with torch.no_grad():
        together, alone = encoder(x), torch.cat([encoder(row[None]) for row in x])
    assert torch.allclose(together, alone, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_every_weight_has_a_gradient(name):
    encoder = encoders.build(name, SIZES[name])
    encoder(dna(4, 200)).square().sum().backward()
    assert [n for n, p in encoder.named_parameters() if p.grad is None] == []


def test_the_published_sizes_can_be_asked_for():
    """Basset's three convolutions: 300 x 4 x 19, 200 x 300 x 11 and 200 x 200 x 7 weights."""
    convolutions = [p for p in encoders.build("cnn", {}).parameters() if p.ndim == 3]
    assert [p.numel() for p in convolutions] == [300 * 4 * 19, 200 * 300 * 11, 200 * 200 * 7]
    lstm = encoders.build("bilstm", {}).lstm
    assert (lstm.hidden_size, lstm.num_layers, lstm.bidirectional) == (128, 2, True)
    assert len(encoders.build("dilated_cnn", {}).residuals) == 6
    assert len(encoders.build("transformer", {}).layers.layers) == 4


def test_an_unknown_encoder_is_named():
    with pytest.raises(InputError, match="unknown encoder 'lstm'; known: bilstm, dilated_cnn, cnn, transformer"):
        encoders.build("lstm", {})
