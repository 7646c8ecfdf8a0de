"""Knock-out and knock-in: a linear model by hand, one against the other, strands, windows, errors."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from engine import sequence as sq
from engine.data.motifs import MOTIFS, Site
from engine.errors import InputError
from engine.interpretation.in_silico import knock
from engine.interpretation.in_silico.knock import knock_in, knock_out, motif_bases
from engine.interpretation.in_silico.windowed import Shuffles
from engine.models.predict import predict
from engine.sequence import Sequence, substitute


def value(model, bases: str) -> np.ndarray:
    """`(outputs,)` of a linear model over both strands, from its weights."""
    w, b = model.weights.detach().numpy(), model.bias.detach().numpy()
    strands = (sq.one_hot(sq.encode(s)) for s in (bases, sq.reverse_complement(bases)))
    return np.mean([(w * x).sum(axis=(1, 2)) + b for x in strands], axis=0)


def test_a_knock_out_by_a_given_sequence_is_the_difference_of_weights(linear_model, random_bases):
    model, bases = linear_model(window=12), random_bases(12)
    found = knock_out(model, Sequence("s", bases), 3, 7, replacement="ttta")
    expected = value(model, bases[:3] + "TTTA" + bases[7:]) - value(model, bases)
    np.testing.assert_allclose(found.mean, expected, atol=1e-5)
    np.testing.assert_allclose(found.reference, value(model, bases), atol=1e-5)
    assert np.isnan(found.sd).all() and found.replacements == ("TTTA",)
    assert next(knock.knock_out_rows(found))[:5] == (4, 7, bases[3:7], "TTTA", 1)


def test_a_knock_out_by_shuffles_keeps_dinucleotides_and_never_the_stretch_itself(toy_model, random_bases):
    model, bases = toy_model(), random_bases(200, 2)
    found = knock_out(model, Sequence("s", bases), 80, 92, replacement=Shuffles(15))
    assert len(found.replacements) == 15
    for written, effect in zip(found.replacements, found.effects.T, strict=True):
        assert written != bases[80:92] and Counter(pairwise(written)) == Counter(pairwise(bases[80:92]))
        changed = predict(model, [Sequence("c", substitute(bases, 80, written))]).values[0]
        np.testing.assert_allclose(effect, changed - found.reference, atol=1e-4)
    np.testing.assert_allclose(found.mean, np.mean(found.effects, axis=1))
    np.testing.assert_allclose(found.sd, np.std(found.effects, axis=1, ddof=1))
    assert found.sd.min() > 0


def test_equal_replacements_are_one_row_with_their_number(linear_model):
    found = knock_out(linear_model(window=12), Sequence("s", "GGACATAGGGGG"), 2, 7, replacement=Shuffles(6))
    (row,) = knock.knock_out_rows(found)  # ACATA has one other arrangement
    assert row[:5] == (3, 7, "ACATA", "ATACA", 6)
    np.testing.assert_allclose(row[5:], found.mean, atol=1e-6)


def test_a_knock_in_is_a_knock_out_by_the_motif_on_either_strand(toy_model, random_bases):
    model, sequence = toy_model(), Sequence("s", random_bases(200, 3))
    found = knock_in(model, sequence, "GATA1", positions=[0, 77, 189])
    consensus = MOTIFS["GATA1"].consensus
    assert (found.motif, found.written) == ("GATA1", consensus)
    for i, p in enumerate((0, 77, 189)):
        for strand, written in enumerate((consensus, sq.reverse_complement(consensus))):
            other = knock_out(model, sequence, p, p + 11, replacement=written)
            np.testing.assert_allclose(found.effects[:, strand, i], other.mean, atol=1e-5)
    assert np.abs(found.effects[:, 0] - found.effects[:, 1]).max() > 1e-3
    last = list(knock.knock_in_rows(found))[-1]
    assert last[:5] == (190, 200, "-", sequence.bases[189:], sq.reverse_complement(consensus))


def test_writing_what_is_there_changes_nothing(toy_model, random_bases):
    bases = random_bases(200, 4)
    found = knock_in(toy_model(), Sequence("s", bases), bases[50:60], stride=10)
    assert found.positions.tolist() == list(range(0, 191, 10))
    assert (found.effects[:, 0, 5] == 0).all()
    assert (found.effects[:, 0, 6] != 0).all()


def test_in_a_tiled_sequence_the_windows_count_that_hold_the_motif(toy_model, random_bases):
    model, bases = toy_model(), random_bases(250, 5)  # windows begin at 0 and 50
    found = knock_in(model, Sequence("s", bases), "ACGTACGTAA", positions=[20, 100, 195])

    def effect(first: int, position: int) -> np.ndarray:
        changed = substitute(bases, position, "ACGTACGTAA")[first : first + 200]
        said = predict(model, [Sequence("c", changed), Sequence("g", bases[first : first + 200])]).values
        return said[0] - said[1]

    np.testing.assert_allclose(found.effects[:, 0, 0], effect(0, 20), atol=1e-4)
    np.testing.assert_allclose(found.effects[:, 0, 1], (effect(0, 100) + effect(50, 100)) / 2, atol=1e-4)
    np.testing.assert_allclose(found.effects[:, 0, 2], effect(50, 195), atol=1e-4)


def test_a_short_sequence_is_padded_as_everywhere(toy_model, random_bases):
    model, bases = toy_model(), random_bases(60, 6)
    found = knock_out(model, Sequence("s", bases), 0, 5, replacement="CCCCC")
    said = predict(model, [Sequence("c", "CCCCC" + bases[5:]), Sequence("g", bases)]).values
    np.testing.assert_allclose(found.mean, said[0] - said[1], atol=1e-5)
    np.testing.assert_allclose(found.reference, said[1], atol=1e-5)


def test_the_counts_are_upper_bounds(linear_model, random_bases):
    model, sequence, calls = linear_model(window=12), Sequence("s", random_bases(12, 1)), []
    knock_in(model, sequence, "ACGG", progress=lambda *c: calls.append(c))
    assert calls[-1][0] == calls[-1][1] <= knock.knock_in_predictions(model, sequence, "ACGG") == 1 + 2 * 9
    calls.clear()
    knock_out(model, sequence, 2, 12, replacement=Shuffles(5), progress=lambda *c: calls.append(c))
    assert calls[-1][0] == calls[-1][1] <= knock.knock_out_predictions(model, sequence, 2, 12, 5) == 6


def test_a_motif_is_a_known_factor_or_bases():
    assert motif_bases("SP1") == ("SP1", "GGGGCGGGG")
    assert motif_bases(" acgt ") == ("ACGT", "ACGT")
    assert motif_bases(Site("mine", "ACG", ("ACG",))) == ("mine", "ACG")
    for text, message in (
        ("", "unknown motif ''"),
        ("ACGN", "'ACGN' cannot be written into a sequence: N may be several bases"),
        ("GATA9", "unknown motif 'GATA9'; did you mean .*GATA1, .* Known are the ids .*, the study"),
    ):
        with pytest.raises(InputError, match=message):
            motif_bases(text)


@pytest.mark.parametrize(
    ("stretch", "settings", "message"),
    [
        ((3, 7), {"replacement": "AC"}, "the replacement has 2 bases and the stretch 4"),
        ((3, 7), {"replacement": "ACNT"}, "other letters than A, C, G and T"),
        ((0, 4), {}, r"1-4 \(AAAA\) has no other arrangement"),
        ((5, 4), {}, "6-4 is not a stretch"),
        ((3, 13), {}, "4-13 is not a stretch of a sequence of 12 bases"),
        ((3, 9), {"replacement": Shuffles(0)}, "at least 1 shuffle"),
    ],
)
def test_a_knock_out_that_cannot_be_made_is_named(stretch, settings, message, linear_model):
    with pytest.raises(InputError, match=message):
        knock_out(linear_model(window=12), Sequence("s", "AAAACGTACGTC"), *stretch, **settings)


def test_a_knock_in_that_does_not_fit_is_named(linear_model, random_bases):
    model, sequence = linear_model(window=12), Sequence("s", random_bases(12))
    with pytest.raises(InputError, match="4 bases does not fit at position 10 of 12"):
        knock_in(model, sequence, "ACGT", positions=[0, 9])
    with pytest.raises(InputError, match="13 bases does not fit into a sequence of 12"):
        knock_in(model, sequence, "A" * 13)
    with pytest.raises(InputError, match="at least 1 base apart"):
        knock_in(model, sequence, "ACGT", stride=0)
