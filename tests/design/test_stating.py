"""Claims of designs by a model whose answer can be counted in the sequence: bounds by hand, what is not claimed."""

import dataclasses

import numpy as np
import pytest
import torch
from torch import nn

from engine.data.lentimpra import ActivityTable
from engine.data.library import Library
from engine.data.splits import Split
from engine.design import peers
from engine.design.claims import Claims
from engine.design.metrics import trust
from engine.design.metrics.novelty import Trained
from engine.design.results import Designed, Goal
from engine.design.statements import directions, half_widths
from engine.design.stating import Terms, spacing, state
from engine.errors import CheckpointError, InputError
from engine.experiments.checkpoints import Checkpoint
from engine.intervals import ErrorModel
from engine.models.layers import SequenceModel
from engine.results import Said
from engine.sequence import Sequence, encode, reverse_complement
from tests.design.reading import AP1, SP1, read

HALF = 0.3  # half width of every interval of the model below


class Counting(SequenceModel):
    """K562 is 0.5 for every AP-1 site on either strand, HepG2 minus 0.25 for every one of them plus 0.1."""

    def __init__(self):
        super().__init__(("K562", "HepG2"))
        kernel = torch.zeros(1, 4, len(AP1))
        kernel[0, torch.tensor(encode(AP1)).long(), torch.arange(len(AP1))] = 1
        self.kernel = nn.Parameter(kernel, requires_grad=False)

    def embed(self, x):
        return x.mean(dim=2)

    def standardised(self, x):
        sites = (nn.functional.conv1d(x, self.kernel) > len(AP1) - 0.5).float().sum(dim=(1, 2))
        return torch.stack([sites, 0.1 - 0.5 * sites], dim=1)  # a site counts on one strand of two


@pytest.fixture
def model(tmp_path) -> Checkpoint:
    errors = ErrorModel(0, 0, 0.2, {50: 0.7, 80: HALF / 0.2, 95: 2.0}, None, {50: 0.1, 80: 0.2, 95: 0.3}, 40).as_dict()
    metrics = {"intervals": {"K562": errors, "HepG2": errors}}
    return Checkpoint("counting", Counting().eval(), {"weights_sha256": "abc"}, metrics, tmp_path)


@pytest.fixture
def library(random_bases) -> Library:
    """Forty elements whose K562 activity is -1 and 1 by turns in the training folds, and HepG2 0.5 times as much."""
    bases = [random_bases(200, seed, "ACT") for seed in range(40)]
    bases = [b[:50] + SP1 + b[59:] if i % 2 else b for i, b in enumerate(bases)]
    names = np.array([f"e{i}" for i in range(40)])
    k562 = np.where(np.arange(40) % 2, 1.0, -1.0)
    activity = np.stack([k562, k562 / 2], axis=1).astype(np.float32)
    codes = np.stack([encode(b) for b in bases])
    table = ActivityTable(names, codes, activity, ("K562", "HepG2"), np.full(40, "other"), "data-hash")
    folds = np.repeat(np.arange(10), 4).astype(np.int8)
    return Library(table, Split(folds, np.arange(40, dtype=np.int32), "split-hash"))


def design(random_bases, sites: int, name: str = "d", length: int = 200) -> Designed:
    bases = random_bases(length, 9, "ACT")
    for i in range(sites):
        bases = bases[: 10 + 20 * i] + AP1 + bases[17 + 20 * i :]
    return Designed(Sequence(name, bases), "evolution", 7)


def stated(designs, goal: Goal, model, library, **settings) -> Claims:
    return state(designs, goal, Terms(model, library, read=read, **settings))


def test_bounds_are_those_of_the_intervals(model, library, random_bases):
    # four sites: K562 2.0, HepG2 -0.9; mean 0, s.d. 1 and 0.5; the shuffled twin holds none: 0.0 and 0.1
    goal = Goal({"K562": 2.0, "HepG2": -1.0})
    claims = stated([design(random_bases, 4)], goal, model, library)
    (claim,) = claims.claims
    k562, hepg2 = claim.expected
    assert (k562.value, k562.low, k562.high) == pytest.approx((2.0, 1.7, 2.3), abs=1e-5)
    assert (k562.standing, k562.above, hepg2.standing) == pytest.approx((2.0, 1.0, -1.8), abs=1e-5)
    assert [t.kind for t in claim.twins] == ["shuffled", "knock-out"] and claim.twins[1].family == "AP-1"
    assert read(Sequence("t", claim.twins[0].bases)) == []  # else the figures below are others
    apart = np.hypot(HALF, HALF)
    expected = {
        ("level", "K562"): 2.0 - HALF,
        ("level", "HepG2"): -0.9 + HALF,
        ("shuffled", "K562"): 2.0 - apart,
        ("shuffled", "HepG2"): -1.0 + apart,
        ("knock-out", "K562"): 2.0 - apart,
        ("knock-out", "HepG2"): -1.0 + apart,
        ("between", "K562"): 2.0 + 1.8 - np.hypot(HALF / 1.0, HALF / 0.5),
    }
    assert {(s.kind, s.output): s.bound for s in claim.statements} == pytest.approx(expected, abs=1e-5)
    assert [s.direction for s in claim.statements] == [1, -1, 1, -1, 1, -1, 1] and claim.unclear == ()
    level = claim.statements[0].words
    assert level == (
        "d measures at least 1.70 log2(RNA/DNA) in K562, above what 100% of natural elements measure (predicted 2.00, "
        "+2 s.d., asked for +2 s.d.)"
    )
    assert (claims.mean, claims.sd) == ({"K562": 0.0, "HepG2": 0.0}, pytest.approx({"K562": 1.0, "HepG2": 0.5}))


def test_what_the_interval_does_not_clear_is_not_claimed(model, library, random_bases):
    # one site: K562 0.5 with an interval of 0.3, of a difference 0.42; HepG2 -0.15
    (claim,) = stated([design(random_bases, 1)], Goal({"K562": 1.0, "HepG2": -0.2}), model, library).claims
    assert [(s.kind, s.output) for s in claim.statements] == [
        ("level", "K562"),
        ("shuffled", "K562"),
        ("knock-out", "K562"),
        ("between", "K562"),
    ]
    assert [w.split(":")[0] for w in claim.unclear] == ["HepG2"] * 3
    assert "is not claimed: predicted is a difference of -0.25" in claim.unclear[1]


def test_without_a_goal_the_farthest_output_is_claimed(model, library, random_bases):
    (claim,) = stated([design(random_bases, 4)], Goal(), model, library).claims
    assert {s.output for s in claim.statements} == {"K562"} and claim.asked == {}
    assert directions({}, {"a": 0.5, "b": -2.0}) == {"b": -1}
    assert directions({"a": 1.0, "b": 0.0, "c": -1.0, "x": 2.0}, {"a": 0.0, "b": 0.0, "c": 0.0}) == {"a": 1, "c": -1}


def test_a_design_of_several_windows_is_predicted_and_nothing_claimed(model, library, random_bases):
    (claim,) = stated([design(random_bases, 4, length=300)], Goal({"K562": 1.0}, length=300), model, library).claims
    assert claim.statements == () and claim.expected[0].low is None and len(claim.unclear) == 3
    assert all("several windows" in words for words in claim.unclear)


def test_what_is_kept_is_kept_in_both_twins(model, library, random_bases):
    designed = design(random_bases, 4)
    goal = Goal({"K562": 1.0}, designed.sequence, kept=((0, 40),))
    (claim,) = stated([designed], goal, model, library).claims
    assert claim.kept == ((0, 40),)
    assert all(t.bases[:40] == designed.sequence.bases[:40] for t in claim.twins)
    assert claim.twins[1].stretches == ((50, 57), (70, 77))
    assert claim.twins[1].expected["K562"] == pytest.approx(1.0, abs=1e-5)  # two of four sites are left


def test_motifs_have_their_spacing_and_orientation():
    bases = "C" * 10 + AP1 + "T" * 5 + "TGAGTCA" + SP1 + "C" * 10
    sites = read(Sequence("s", bases))
    assert [(s.first, s.second, s.gap, s.orientation) for s in spacing(sites)] == [
        ("AP-1", "AP-1", 5, "→ ←"),
        ("AP-1", "SP1", 0, "← →"),
    ]
    assert spacing(sites[:1]) == ()


def test_peers_are_counted_among_those_of_equal_activity(library):
    rows = peers.drawn(library)
    assert len(rows) == 32 and (np.sort(library.split.train) == rows).all()
    names, holds = peers.hold(library, rows, read)
    assert names == ("SP1",) and (holds[:, 0] == (rows % 2 == 1)).all()
    known = peers.of_rows(library, rows, names, holds)
    assert known.shares({"K562": 1.0}, ["SP1", "AP-1", "SP1"], 16) == (
        peers.Share("SP1", 16, 16, 16, 32),
        peers.Share("AP-1", 0, 16, 0, 32),
    )
    assert known.shares({"K562": -1.0, "HepG2": -1.0}, ["SP1"], 16) == (peers.Share("SP1", 0, 16, 16, 32),)
    assert len(known.nearest({"K562": 0.0}, 100)) == 32
    with pytest.raises(InputError, match="name some of K562, HepG2"):
        known.nearest({"WTC11": 1.0})


def test_peers_stand_in_the_claim(model, library, random_bases):
    rows = peers.drawn(library)
    scanned = peers.of_rows(library, rows, *peers.hold(library, rows, read))
    (claim,) = stated([design(random_bases, 2)], Goal({"K562": 1.0}), model, library, scanned=scanned).claims
    assert claim.shared == (peers.Share("AP-1", 0, 32, 0, 32),) and claim.longest_shared is None


def test_a_design_unlike_all_that_the_model_learned_from_is_flagged_in_words(model, library, random_bases):
    known = trust.familiar(model, library)
    elements = [Designed(library.table.sequence(row), "given", 1) for row in range(4, 8)]  # of the validation fold
    far = Designed(Sequence("far", "AC" * 100), "given", 1)
    *near, last = stated([*elements, far], Goal(), model, library, known=known).claims
    assert sum(bool(c.unfamiliar) for c in near) < len(near)
    assert all(any("unlike those" in words for words in c.caveats) == c.unfamiliar for c in near)
    assert last.unfamiliar and "unlike those that the model learned from" in last.caveats[0]
    assert stated([far], Goal(), model, library).claims[0].unfamiliar is None


def test_a_student_that_does_not_know_how_sure_it_is_claims_nothing():
    said = Said(np.zeros((1, 3, 1)), np.array([[[0.3], [np.nan], [0.0]], [[0.4], [np.nan], [0.0]]]))
    errors = ErrorModel(1.0, 2.0, 0.0, {50: 1.0, 80: 1.5, 95: 2.0}, None, {50: 0.1, 80: 0.2, 95: 0.3}, 40)
    halves = half_widths(said, 0, errors)
    assert halves[0] == pytest.approx(1.5 * np.hypot(0.3, 0.8)) and np.isnan(halves[1]) and halves[2] == 0
    alone = dataclasses.replace(errors, epistemic=0.0, aleatoric=0.0, constant=0.2)
    assert half_widths(Said(np.zeros((1, 3, 1))), 0, alone) == pytest.approx([0.3] * 3)


def test_the_longest_stretch_of_a_training_element_is_told(model, library, random_bases):
    element = library.table.sequence(int(library.split.train[0])).bases
    bases = "G" * 80 + reverse_complement(element[100:140]) + "G" * 80
    trained = Trained(library.table.codes[library.split.train])
    (claim,) = stated([Designed(Sequence("d", bases), "given", 0)], Goal(), model, library, trained=trained).claims
    assert claim.longest_shared == longest_common(bases, library)


def longest_common(bases: str, library: Library) -> int:
    """By trying every stretch."""
    texts = [library.table.sequence(int(row)).bases for row in library.split.train]
    texts += [reverse_complement(text) for text in texts]
    length = 0
    while any(bases[i : i + length + 1] in text for text in texts for i in range(len(bases) - length)):
        length += 1
    return length


def test_controls_are_natural_elements_of_the_training_folds(model, library, random_bases):
    claims = stated([design(random_bases, 2)], Goal({"K562": 5.0}), model, library)
    goal, mean = claims.controls[0], claims.controls[-1]
    assert goal.why == "nearest to the goal" and goal.measured == {"K562": 1.0, "HepG2": 0.5}
    row = library.table.find(goal.name)
    assert row in library.split.train and goal.bases == library.table.sequence(row).bases
    assert mean.why == "nearest to the mean of natural elements" or len(claims.controls) == 1


def test_claims_do_not_depend_on_what_is_claimed_beside_them(model, library, random_bases):
    goal = Goal({"K562": 1.0})
    both = stated([design(random_bases, 1, "a"), design(random_bases, 3, "b")], goal, model, library)
    alone = stated([design(random_bases, 3, "b")], goal, model, library)
    assert both.claims[1] == alone.claims[0]


def test_no_two_sequences_are_ordered_under_one_name(model, library, random_bases):
    designs = [design(random_bases, 1, "d"), design(random_bases, 0, "d_shuffled")]
    with pytest.raises(InputError, match="'d_shuffled' would be the name of two sequences"):
        state(designs, Goal({"K562": 1.0}), Terms(model, library, read=read))


def test_progress_rises_to_the_end(model, library, random_bases):
    seen = []
    designs = [design(random_bases, n, f"d{n}") for n in range(3)]
    state(designs, Goal(), Terms(model, library, read=read), lambda done, total: seen.append((done, total)))
    assert seen == sorted(seen) and seen[-1] == (6, 6)


def test_what_cannot_be_claimed_is_an_error_that_says_why(model, library, random_bases):
    one = design(random_bases, 1)
    blank = Designed(Sequence("blank", "N" * 200), "given", 0)
    for designs, goal, reason in (
        ([], Goal(), "no designs"),
        ([one, one], Goal(), "two designs are called 'd'"),
        ([blank], Goal(), "no known base"),
        ([one], Goal({"WTC11": 1.0}), "unknown output of 'counting' 'WTC11'"),
    ):
        with pytest.raises(InputError, match=reason):
            stated(designs, goal, model, library)
    with pytest.raises(CheckpointError, match="python -m engine evaluate counting"):
        stated([one], Goal(), dataclasses.replace(model, metrics={}), library)
