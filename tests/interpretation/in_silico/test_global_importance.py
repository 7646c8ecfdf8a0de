"""Global importance: against tangermeme's marginalize, a linear model by hand, the interval."""

import numpy as np
import pytest
import torch
from tangermeme.marginalize import marginalize

from engine import sequence as sq
from engine.data.motifs import MOTIFS
from engine.errors import InputError
from engine.interpretation.in_silico.global_importance import (
    BACKGROUNDS,
    Backgrounds,
    global_importance,
    predictions_needed,
    rows,
)
from engine.interpretation.in_silico.knock import knock_in
from engine.interpretation.in_silico.windowed import WindowedRun
from engine.models.gradients import BothStrands
from engine.sequence import Sequence, dinucleotide_shuffle


@pytest.mark.parametrize("start", [None, 31])
def test_the_differences_are_those_of_tangermeme(start, toy_model, random_bases):
    model, bases = toy_model(), random_bases(200, 9)
    drawn = Backgrounds(count=12, seed=4)
    found = global_importance(model, Sequence("s", bases), ["HNF4A", "GATA1"], start=start, backgrounds=drawn)
    rng = np.random.default_rng(4)
    shuffles = [dinucleotide_shuffle(bases, rng) for _ in range(12)]
    x = torch.as_tensor(np.stack([sq.one_hot(sq.encode(s)) for s in shuffles]))
    for i, motif in enumerate(("HNF4A", "GATA1")):
        before, after = marginalize(BothStrands(model).eval(), x, MOTIFS[motif].consensus, start=start, device="cpu")
        np.testing.assert_allclose(found.differences[:, i], (after - before).numpy().T, atol=1e-4)
    assert np.abs(found.differences).max() > 0.05
    assert found.motifs == ("HNF4A", "GATA1") and found.starts == ((96, 95) if start is None else (31, 31))


def test_in_a_sequence_that_has_no_other_arrangement_it_is_the_difference_of_weights(linear_model):
    model = linear_model(window=12)
    found = global_importance(model, Sequence("s", "A" * 12), ["CGT"], start=4, backgrounds=Backgrounds(count=3))
    w = model.weights.detach().numpy()
    w = (w + w[:, ::-1, ::-1]) / 2  # both strands
    expected = sum(w[:, "ACGT".index(b), 4 + k] - w[:, 0, 4 + k] for k, b in enumerate("CGT"))
    for j, output_value in enumerate(expected):
        metric = found.importance[j][0]
        assert (metric.value, metric.n) == (pytest.approx(output_value, abs=1e-5), 3)
        assert metric.low == pytest.approx(metric.high, abs=1e-5)
    np.testing.assert_allclose(found.own[:, 0], expected, atol=1e-5)


def test_random_backgrounds_have_the_composition_and_the_interval_covers_the_expectation(linear_model):
    model, bases = linear_model(window=12, outputs=1, seed=3), "AAAAAAAAACCC"  # three of A to one of C, no G, no T
    found = global_importance(model, Sequence("s", bases), ["GT"], start=2, backgrounds=Backgrounds("random", 400))
    w = model.weights.detach().numpy()[0]
    w = (w + w[::-1, ::-1]) / 2
    expected = sum(w["ACGT".index(b), 2 + k] - (0.75 * w[0, 2 + k] + 0.25 * w[1, 2 + k]) for k, b in enumerate("GT"))
    (metric,) = found.importance[0]
    assert metric.low < expected < metric.high
    # with 400 backgrounds Student's t is all but normal
    half = 1.966 * found.differences[0, 0].std(ddof=1) / 20
    assert metric.high - metric.value == pytest.approx(half, rel=1e-3)
    assert found.backgrounds == f"400 {BACKGROUNDS['random']}"


def test_the_sequence_itself_says_what_a_knock_in_says(toy_model, random_bases):
    model, sequence = toy_model(), Sequence("s", random_bases(260, 1))  # two tiles hold the place
    run = WindowedRun(batch_size=3)
    found = global_importance(model, sequence, ["SP1"], start=70, backgrounds=Backgrounds(count=2), run=run)
    np.testing.assert_allclose(
        found.own[:, 0], knock_in(model, sequence, "SP1", positions=[70]).effects[:, 0, 0], atol=1e-4
    )
    table = list(rows(found))
    assert [r[:4] for r in table] == [("SP1", "GGGGCGGGG", 71, o) for o in model.outputs]
    assert table[1][4] == pytest.approx(found.differences[1, 0].mean(), abs=1e-6)


def test_the_count_is_an_upper_bound(linear_model, random_bases):
    model, sequence, calls = linear_model(window=12), Sequence("s", random_bases(12)), []
    drawn = Backgrounds(count=5)
    global_importance(model, sequence, ["ACGT", "TTT"], backgrounds=drawn, progress=lambda *c: calls.append(c))
    # the same five backgrounds and the sequence, without and with each of two motifs
    assert calls[-1][0] == calls[-1][1] <= predictions_needed(model, sequence, ["ACGT", "TTT"], count=5) == 6 * 3


@pytest.mark.parametrize(
    ("motifs", "settings", "message"),
    [
        ([], {}, "no motif was given"),
        (["GATA"], {"start": 9}, "10-13 is not a stretch of a sequence of 12"),
        (["A" * 13], {}, "does not fit into a sequence of 12"),
        (["GATA"], {"backgrounds": Backgrounds("genome")}, "unknown backgrounds 'genome'; known: shuffles, random"),
        (["GATA"], {"backgrounds": Backgrounds(count=1)}, "at least 2 backgrounds"),
        (["GATE"], {}, "unknown motif 'GATE'; did you mean GATA"),
    ],
)
def test_what_cannot_be_measured_is_named(motifs, settings, message, linear_model, random_bases):
    with pytest.raises(InputError, match=message):
        global_importance(linear_model(window=12), Sequence("s", random_bases(12)), motifs, **settings)
