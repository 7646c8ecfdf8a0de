"""What single rivals do, against what is known by hand."""

from collections import Counter as Tally
from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.data.jaspar import Matrix
from engine.design.results import Goal
from engine.design.rivals import (
    adalead,
    annealing,
    beam,
    common,
    evolution,
    gradient,
    grafting,
    markov,
    natural,
    shuffles,
)
from engine.design.rivals.common import Counter
from engine.design.rivals.guide import Guide
from engine.design.rivals.substitutions import Bounds
from engine.errors import InputError
from engine.models.predict import one_hot, predict
from engine.sequence import BASES, Sequence, decode, encode


def words(bases, k=2):
    return Tally(bases[i : i + k] for i in range(len(bases) - k + 1))


# --- natural, shuffles, Markov ------------------------------------------------------------------------


def test_the_nearest_elements_are_those_by_measured_activity(ask, small_library):
    asked = ask(goal=Goal({"HepG2": 0.3}))
    among = common.elements(asked)
    order = common.nearest(asked, among)
    measured = small_library.table.activity[:, 1].astype(float)
    train = measured[small_library.split.train]
    away = np.abs((measured[among.rows[order]] - np.nanmean(train)) / np.nanstd(train) - 0.3)
    assert (np.diff(away[:-1]) >= 0).all()
    assert among.rows[order[-1]] == 12  # it was not measured
    assert 13 not in among.rows  # it holds an unknown base
    assert set(among.rows) <= set(asked.rows)


def test_natural_elements_come_out_as_they_are(ask, small_library):
    known = {decode(c) for c in small_library.table.codes[list(ask().rows)]}
    for method in natural.METHODS:
        drawn = [d.sequence.bases for d in method.design(ask(30), None)]
        assert set(drawn) <= known
        assert len(set(drawn)) == 30
    everywhere = natural.drawn(ask(30, goal=Goal({})), common.elements(ask()), 1.0)
    assert everywhere.max() > 60  # without a goal none is nearer than another
    with pytest.raises(InputError, match="ask for fewer"):
        natural.RANDOM.design(ask(1000), None)
    with pytest.raises(InputError, match="natural elements have 200 bases"):
        natural.RANDOM.design(ask(goal=Goal({}, length=201)), None)


def test_a_shuffle_has_the_dinucleotides_of_its_element(ask, template):
    nearest = [d.sequence.bases for d in natural.NEAREST.design(ask(5), None)]
    shuffled = [d.sequence.bases for d in shuffles.METHOD.design(ask(5), None)]
    assert [words(s) for s in shuffled] == [words(n) for n in nearest]
    assert all(s != n for s, n in zip(shuffled, nearest, strict=True))
    goal = Goal({"K562": 1.0}, template, ((50, 60),))
    nearest = [d.sequence.bases for d in natural.NEAREST.design(ask(goal=goal), None)]
    shuffled = [d.sequence.bases for d in shuffles.METHOD.design(ask(goal=goal), None)]
    for s, n in zip(shuffled, nearest, strict=True):
        assert words(s[:50]) == words(n[:50])
        assert words(s[60:]) == words(n[60:])


def test_a_chain_of_the_nearest_elements_has_their_composition(ask, small_library):
    """Of goals on either side, the chain of order 0 has the GC content of the elements that it learned from."""
    asked = ask(200, options={"order": 0.0, "nearest elements learned from": 10.0}, goal=Goal({"K562": 3.0}))
    among = common.elements(asked)
    taught = among.codes[common.nearest(asked, among)[:10]]
    drawn = np.stack([encode(d.sequence.bases) for d in markov.METHOD.design(asked, None)])
    expected = np.isin(taught, (1, 2)).mean()
    assert np.isin(drawn, (1, 2)).mean() == pytest.approx(expected, abs=5 * 0.5 / np.sqrt(drawn.size) + 0.001)


# --- the guide ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [130, 200, 280])
def test_the_guide_says_what_predict_says_in_units_of_the_goal(length, ask, guide, small_library):
    codes = np.random.default_rng(1).integers(0, 4, (4, length)).astype(np.uint8)
    asked = ask(goal=Goal({"WTC11": 1.0, "K562": -2.0}, length=length))
    values = predict(guide.model, [Sequence("s", decode(c)) for c in codes]).values[:, [2, 0]]
    train = small_library.table.activity[small_library.split.train][:, [2, 0]].astype(float)
    z = (values - np.nanmean(train, axis=0)) / np.nanstd(train, axis=0)
    own = Guide(asked)
    assert own.standardised(codes) == pytest.approx(z, abs=1e-4)
    by_hand = ((z[:, 0] - 1) ** 2 + (z[:, 1] + 2) ** 2) / 2
    assert own.distances(codes) == pytest.approx(by_hand, abs=1e-3)
    with torch.no_grad():
        assert own.differentiable(one_hot(torch.as_tensor(codes))).numpy() == pytest.approx(by_hand, abs=1e-3)


# --- searches -----------------------------------------------------------------------------------------


def test_substitutions_change_bases_and_keep_to_their_bounds():
    rng, start = np.random.default_rng(0), np.zeros(30, np.uint8)
    bounds = Bounds(start, np.arange(10, 20), 4)
    changed = bounds.mutated(np.repeat(start[None], 200, axis=0), np.full(200, 3), rng)
    assert ((changed != 0).sum(axis=1) == 3).all()
    further = bounds.mutated(changed, np.full(200, 6), rng)
    assert ((further != 0).sum(axis=1) <= 4).all()
    assert not further[:, :10].any()
    assert not further[:, 20:].any()


def test_evolution_never_loses_its_best(ask):
    asked = ask()
    guide, start = Guide(asked), common.elements(asked).codes[0]
    settings = evolution.Settings(15, 16, 3, 2.0)
    counter = Counter(None, settings.predictions)
    steps = evolution.evolve(guide, Bounds.of(asked.goal, start), settings, np.random.default_rng(0), counter)
    distances = guide.distances(np.stack(steps))
    assert (np.diff(distances) < 1e-6).all()
    assert counter.done <= settings.predictions
    assert (steps[0] == start).all()


def test_one_step_of_a_beam_is_the_best_substitution_of_all(ask, template):
    goal = Goal({"K562": 2.0}, template, ((0, 150),), edits=1)
    asked = ask(1, goal=goal, options={"share of positions": 1.0})
    guide, start = Guide(asked), encode(template.bases)
    every = np.stack([start] * 150)
    places = [(p, b) for p in goal.free for b in range(4) if b != start[p]]
    every[range(150), [p for p, _ in places]] = [b for _, b in places]
    best = decode(every[guide.distances(every).argmin()])
    assert [d.sequence.bases for d in beam.METHOD.design(asked, None)] == [best]
    with pytest.raises(InputError, match="one and the same sequence"):
        beam.METHOD.design(replace(asked, count=2), None)


def test_annealing_cools_geometrically_and_the_cold_comes_nearer_than_the_hot(ask):
    settings = annealing.Settings(3, 1.0, 0.01)
    assert [settings.temperature(i) for i in range(3)] == pytest.approx([1.0, 0.1, 0.01])
    asked = ask(goal=Goal({"K562": 6.0}))
    guide, codes = Guide(asked), common.elements(asked).codes[:4]
    bounds = [Bounds.of(asked.goal, row) for row in codes]

    def ends(temperature):
        settings = annealing.Settings(80, temperature, temperature)
        rngs = [np.random.default_rng(i) for i in range(4)]
        paths = annealing.anneal(guide, bounds, settings, rngs, Counter(None, 1))
        assert all((np.diff(guide.distances(np.stack(path))) < 1e-6).all() for path in paths)
        return guide.distances(np.stack([path[-1] for path in paths])).mean()

    assert ends(1e-6) < ends(1e6) < guide.distances(codes).mean()
    with pytest.raises(InputError, match="annealing cools down"):
        annealing.METHOD.design(ask(options={"first temperature": 0.001}), None)


def test_recombination_exchanges_and_makes_nothing_new():
    parents = np.arange(5)[:, None].repeat(50, axis=1).astype(np.uint8)
    children = adalead.recombined(parents, 0.2, np.random.default_rng(0))
    assert (np.sort(children, axis=0) == parents).all()
    assert ((np.diff(children, axis=1) != 0).sum(axis=1) > 0).sum() == 4  # the odd one stays as it was
    assert (np.sort(adalead.recombined(parents, 0.0, np.random.default_rng(0)), axis=0) == parents).all()


def test_adalead_gives_the_best_of_all_it_predicted(ask):
    asked = ask(4, options={"population": 6.0, "rounds": 3.0, "predictions of each a round": 5.0})
    guide = Guide(asked)
    distances = guide.distances(np.stack([encode(d.sequence.bases) for d in adalead.METHOD.design(asked, None)]))
    starts = guide.distances(np.stack([c for c, _ in zip(common.starts(asked), range(6), strict=False)]))
    assert (np.diff(distances) > -1e-6).all()
    assert distances[0] <= starts.min() + 1e-6
    assert len(np.unique(distances)) == 4


def test_of_too_many_edits_the_surest_stay():
    noisy = torch.zeros(1, 1, 4, 5)
    noisy[0, 0, 0] = 1.0  # A stands everywhere
    for place, (base, value) in enumerate([(1, 3.0), (2, 1.5), (3, 9.0), (1, 0.5), (2, 2.0)]):
        noisy[0, 0, base, place] = value
    start, free = torch.zeros(1, 5, dtype=torch.uint8), torch.tensor([[True, True, False, True, True]])
    assert gradient.kept_to(noisy, start, free, 2).tolist() == [[[1, 0, 0, 0, 2]]]
    assert gradient.kept_to(noisy, start, free, 4).tolist() == [[[1, 2, 0, 0, 2]]]


def test_gradients_are_left_in_nobody_elses_model(ask, guide):
    asked = ask(2, options={"steps": 5.0})
    with torch.no_grad():
        list(gradient.METHOD.design(asked, None))
    assert all(p.grad is None for p in guide.model.parameters())


def test_a_price_for_edits_makes_them_fewer(ask, template):
    def edits(price):
        asked = ask(4, goal=Goal({"K562": 3.0}, template), options={"steps": 30.0, "price of an edit": price})
        designs = gradient.METHOD.design(asked, None)
        return sum(a != b for d in designs for a, b in zip(d.sequence.bases, template.bases, strict=True))

    assert edits(5.0) < edits(0.0)


def test_of_a_motif_the_informative_bases_are_written_on_either_strand():
    probabilities = np.array([[0.97, 0.01, 0.01, 0.01], [0.25] * 4, [0.01, 0.01, 0.97, 0.01]]).T
    one = grafting.site(Matrix("factor", "M", probabilities))
    assert (one.offsets.tolist(), one.bases.tolist()) == ([0, 2], [0, 2])
    assert (one.turned().offsets.tolist(), one.turned().bases.tolist()) == ([0, 2], [1, 3])  # A.G reads C.T
    assert grafting.site(Matrix("nothing", "M", np.full((4, 6), 0.25))) is None


def test_the_motif_that_the_guide_likes_comes_first(ask, guide):
    """Repeats of two bases, each in place of the same 60 bases of the same backgrounds."""
    asked = ask(goal=Goal({"K562": 9.0}))
    own = Guide(asked)
    backgrounds = grafting.quiet(asked).codes[:6]
    every = [
        grafting.Site(f"{a}{b}", 60, np.arange(60), np.tile([a, b], 30).astype(np.uint8))
        for a in range(4)
        for b in range(4)
    ]
    order = grafting.leading(own, backgrounds, every, asked, Counter(None, 1))
    after = {}
    for one in every:
        written = backgrounds.copy()
        written[:, 70:130] = one.bases
        after[one.name] = own.distances(written).mean()
    values = np.array([after[one.name] for one in order])
    assert values[0] <= np.quantile(values, 0.2)
    assert np.corrcoef(values, np.arange(16))[0, 1] > 0.7


def test_quiet_elements_are_those_of_least_activity(ask, small_library):
    asked = ask()
    chosen = grafting.quiet(asked)
    z = common.standardised(small_library, common.elements(asked).rows, small_library.table.outputs)
    assert len(chosen.rows) == round(0.25 * len(z))
    own = common.standardised(small_library, chosen.rows, small_library.table.outputs)
    assert np.nanmean(own, axis=1).max() <= np.quantile(np.nanmean(z, axis=1), 0.26)
    assert set(BASES) == set(decode(chosen.codes[0]))
