"""Guided substitutions: exact for one edit, greedy with a beam of one, known by hand for a linear model."""

import numpy as np
import pytest

from engine.design.optimisers.walk import Objective, Search, predictions_needed, rows, walk
from engine.errors import InputError
from engine.interpretation.attribution.methods import ism
from engine.interpretation.in_silico.epistasis import epistasis
from engine.models.predict import predict
from engine.sequence import BASES, Sequence, substitute


def linear_gains(model, bases: str) -> np.ndarray:
    """`(outputs, length, 4)` effect of every substitution of a linear model over both strands."""
    w = model.weights.detach().numpy()
    w = ((w + w[:, ::-1, ::-1]) / 2).transpose(0, 2, 1)
    at = w[:, np.arange(len(bases)), [BASES.index(b) for b in bases]]
    return w - at[:, :, None]


@pytest.mark.parametrize("direction", ["up", "down"])
def test_one_edit_is_the_best_cell_of_mutagenesis(direction, toy_model, random_bases):
    model, sequence = toy_model(), Sequence("s", random_bases(200, 1))
    found = walk(model, sequence, Objective("HepG2", direction), Search(edits=1))
    cells = ism(model, sequence).output("HepG2")
    best = cells.argmax() if direction == "up" else cells.argmin()
    position, base = divmod(int(best), 4)
    assert found.edits == ((position, sequence.bases[position], BASES[base]),)
    assert found.values[1, 1] - found.values[0, 1] == pytest.approx(cells[position, base], abs=1e-4)


@pytest.mark.parametrize("beam", [1, 3])
def test_a_linear_model_takes_the_largest_gain_of_each_position(beam, linear_model, random_bases):
    model, bases = linear_model(window=12), random_bases(12, 2)
    found = walk(model, Sequence("s", bases), Objective("output1"), Search(edits=4, beam=beam))
    gains = linear_gains(model, bases)[1]
    best = np.argsort(-gains.max(axis=1))[:4]
    assert sorted(found.edits) == sorted((int(p), bases[p], BASES[gains[p].argmax()]) for p in best)
    assert found.scores[-1] - found.scores[0] == pytest.approx(np.sort(gains.max(axis=1))[-4:].sum(), abs=1e-4)


def test_specificity_weighs_the_outputs_by_their_spread(linear_model, random_bases):
    model, bases = linear_model(window=12), random_bases(12, 3)
    scale = np.array([0.5, 4.0])
    objective = Objective("output0", "down", minus="output1")
    found = walk(model, Sequence("s", bases), objective, Search(edits=2, scale=scale))
    gains = linear_gains(model, bases)
    score = -(gains[0] / 0.5 - gains[1] / 4)
    best = np.argsort(-score.max(axis=1))[:2]
    assert {p for p, _, _ in found.edits} == set(best.tolist())
    assert found.scores[-1] - found.scores[0] == pytest.approx(np.sort(score.max(axis=1))[-2:].sum(), abs=1e-4)
    assert found.objective == "output0 minus output1 down (standardised)"
    plain = walk(model, Sequence("s", bases), objective, Search(edits=1))
    assert plain.scores[0] == pytest.approx(plain.values[0, 1] - plain.values[0, 0])


def test_a_beam_of_one_is_greedy(toy_model, random_bases):
    model, sequence = toy_model(), Sequence("s", random_bases(200, 4))
    found = walk(model, sequence, Objective("K562"), Search(edits=3))
    bases, taken = sequence.bases, set()
    for step in range(3):
        cells = ism(model, Sequence("s", bases)).output("K562")
        cells[sorted(taken)] = -np.inf
        position, base = divmod(int(cells.argmax()), 4)
        bases = substitute(bases, position, BASES[base])
        taken.add(position)
        assert found.sequences[step + 1] == bases
    assert found.sequences[0] == sequence.bases


def test_a_beam_that_keeps_everything_finds_the_best_pair(toy_model, random_bases):
    model, sequence = toy_model(), Sequence("s", random_bases(200, 5))
    around = ((0, 90), (98, 200))
    found = walk(model, sequence, Objective("K562"), Search(edits=2, beam=24, protected=around))
    doubles = epistasis(model, sequence, 90, 98).doubles[0]
    assert found.scores[-1] - found.scores[0] == pytest.approx(np.nanmax(doubles), abs=1e-4)


def test_each_step_changes_one_more_position_outside_what_is_protected(toy_model, random_bases):
    model, sequence = toy_model(), Sequence("s", random_bases(230, 6))
    protected = ((10, 100), (150, 230))
    found = walk(model, sequence, Objective("WTC11", "down"), Search(edits=4, beam=2, protected=protected))
    for step, bases in enumerate(found.sequences):
        changed = [i for i, (a, b) in enumerate(zip(sequence.bases, bases, strict=True)) if a != b]
        assert len(changed) == step and all(i < 10 or 100 <= i < 150 for i in changed)
    said = predict(model, [Sequence(f"s{i}", b) for i, b in enumerate(found.sequences)]).values
    np.testing.assert_allclose(found.values, said, atol=1e-4)
    np.testing.assert_allclose(found.scores, -said[:, 2], atol=1e-4)
    table = list(rows(found))
    assert table[0][:4] == (0, None, None, None)
    p, a, b = found.edits[2]
    assert table[3][:4] == (3, p + 1, a, b) and table[3][-1] == found.sequences[3]


def test_nothing_is_predicted_twice_and_progress_ends_at_the_count(linear_model, random_bases, monkeypatch):
    model, sequence = linear_model(window=12), Sequence("s", random_bases(20, 7))
    batches, calls, forward = [], [], model.forward
    monkeypatch.setattr(model, "forward", lambda x: batches.append(x.argmax(1).tolist()) or forward(x))
    found = walk(model, sequence, Objective("output0"), Search(edits=3, beam=3), progress=lambda *c: calls.append(c))
    seen = [tuple(codes) for batch in batches for codes in batch]  # both strands of every window
    windows = {min(codes, tuple(3 - c for c in reversed(codes))) for codes in seen}
    assert len(seen) == 2 * len(windows) == 2 * found.evaluated
    total = predictions_needed(model, sequence, Search(3, 3))
    assert found.evaluated <= total
    assert calls[-1] == (total, total) and [c[0] for c in calls] == sorted(c[0] for c in calls)


def test_progress_may_stop_the_search(linear_model, random_bases):
    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        walk(linear_model(window=12), Sequence("s", random_bases(12)), Objective("output0"), progress=stop)


@pytest.mark.parametrize(
    ("objective", "settings", "message"),
    [
        (Objective("liver"), {}, "unknown output 'liver'; known: output0, output1"),
        (Objective("output0", "sideways"), {}, "unknown direction 'sideways'; known: up, down"),
        (Objective("output0", minus="output0"), {}, "minus itself"),
        (Objective("output0"), {"edits": 0}, "at least 1 edit"),
        (Objective("output0"), {"beam": 0}, "at least 1 sequence in the beam"),
        (Objective("output0"), {"protected": ((5, 30),)}, "6-30 is not a stretch"),
        (Objective("output0"), {"protected": ((0, 9),)}, r"only 3 position\(s\) may change"),
    ],
)
def test_a_search_that_cannot_be_made_is_named(objective, settings, message, linear_model, random_bases):
    with pytest.raises(InputError, match=message):
        walk(linear_model(window=12), Sequence("s", random_bases(12)), objective, Search(**settings))
