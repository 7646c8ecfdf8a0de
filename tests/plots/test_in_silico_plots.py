"""Figures of the experiments on one sequence: what stands where, with which sign, and what is not known."""

import numpy as np
import pytest

from engine.plots import in_silico as plot
from engine.results import BlockShuffle, Epistasis, GlobalImportance, KnockIn, KnockOut, Walk
from engine.statistics import Metric

OUTPUTS = ("K562", "HepG2")
BASES = "ACGTTGCATTAC"
REFERENCE = np.zeros(2, np.float32)
NAN = float("nan")


@pytest.fixture
def doubles() -> Epistasis:
    """The stretch 2-4, CGT: in HepG2 C>T with T>A interacts by -2, everything else not at all."""
    singles = np.zeros((2, 3, 4), np.float32)
    singles[1, 0, 3], singles[1, 2, 0] = 1.0, 0.5
    two = np.full((2, 3, 4, 3, 4), NAN, np.float32)
    for i, given_i in enumerate("CGT"):
        for j, given_j in enumerate("CGT"):
            for a in range(4):
                for b in range(4):
                    if i != j and "ACGT"[a] != given_i and "ACGT"[b] != given_j:
                        two[:, i, a, j, b] = singles[:, i, a] + singles[:, j, b]
    two[1, 0, 3, 2, 0] = two[1, 2, 0, 0, 3] = -0.5  # the sum is 1.5
    return Epistasis("my model", OUTPUTS, BASES, 1, 4, singles, two, REFERENCE)


def test_a_pair_of_positions_shows_its_strongest_interaction_with_the_substitutions(doubles):
    strongest, size = plot.double_mutants(doubles, "HepG2").data
    np.testing.assert_allclose(strongest.z, [[NAN, 0, -2], [0, NAN, 0], [-2, 0, NAN]])
    np.testing.assert_allclose(size.z, [[NAN, 0, 2 / 9], [0, NAN, 0], [2 / 9, 0, NAN]], rtol=1e-6)
    assert strongest.text[0][2] == "2 C>T with 4 T>A" and strongest.text[2][0] == "4 T>A with 2 C>T"
    assert (strongest.zmin, strongest.zmax) == (-2, 2)
    shown = plot.double_mutants(doubles, "HepG2")
    assert tuple(shown.layout.xaxis.ticktext) == ("2 C", "3 G", "4 T") and "HepG2" in shown.layout.title.text


def test_no_interaction_at_all_is_no_colour(doubles):
    strongest, _ = plot.double_mutants(doubles, "K562").data
    assert np.nanmax(np.abs(strongest.z)) == 0 and strongest.zmax > 0


def test_a_block_stands_over_its_middle_and_an_unknown_one_is_marked():
    mean, sd = np.array([[0.5, NAN, -1.0], [0, NAN, 0]]), np.array([[0.1, NAN, NAN], [0, NAN, 0]])
    used = np.array([5, 0, 1])
    starts = np.array([0, 4, 8])
    result = BlockShuffle("my model", OUTPUTS, BASES, 4, starts, 5, used, used, mean, sd, REFERENCE)
    bars, unknown = plot.block_shuffle(result, "K562").data
    assert (list(bars.x), list(bars.y)) == ([2.5, 10.5], [0.5, -1.0])
    assert list(bars.error_y.array) == [0.1, 0]  # five of the first block differ, of the last none
    assert list(bars.marker.color) == [plot.HIGHER, plot.LOWER]
    assert bars.customdata[1].tolist() == [9, 12, 1, 1] and list(bars.text) == [" ± 0.100", ""]
    assert list(unknown.x) == [6.5]
    whole = plot.block_shuffle(
        BlockShuffle("m", OUTPUTS, BASES, 4, starts, 5, used + 1, used, np.ones((2, 3)), np.ones((2, 3)), REFERENCE),
        "K562",
    )
    assert len(whole.data) == 1 and not whole.data[0].showlegend


def test_a_knock_out_shows_every_replacement_and_their_mean_where_enough_of_them_differ():
    effects = np.array([[-1.0, -3.0, -2.0], [0.5, 1.5, 1.0]])
    shown = plot.knock_out(KnockOut("my model", OUTPUTS, BASES, 2, 5, ("AAA", "CCC", "GGG"), effects, REFERENCE))
    first, second, means = shown.data
    assert (list(first.y), list(second.y)) == ([-1, -3, -2], [0.5, 1.5, 1.0])
    assert list(first.text) == ["AAA", "CCC", "GGG"]
    assert (list(means.x), list(means.y)) == (list(OUTPUTS), [-2, 1])
    assert means.error_y.array.tolist() == pytest.approx([1, 0.5])
    assert "3-5" in shown.layout.title.text
    few = plot.knock_out(KnockOut("my model", OUTPUTS, BASES, 2, 5, ("AAA", "CCC", "AAA"), effects, REFERENCE))
    assert [t.name for t in few.data] == ["one replacement"] * 2


def test_a_knock_in_has_a_line_a_strand():
    effects = np.arange(12.0).reshape(2, 2, 3)
    result = KnockIn("my model", OUTPUTS, BASES, "GATA1", "TTAT", np.array([0, 3, 6]), effects, REFERENCE)
    shown = plot.knock_in(result, "HepG2")
    forward, reverse = shown.data
    assert (list(forward.x), list(forward.y), list(reverse.y)) == ([1, 4, 7], [6, 7, 8], [9, 10, 11])
    assert [t.name for t in shown.data] == ["forward strand", "reverse strand"]
    assert "GATA1" in shown.layout.title.text


def test_motifs_are_sorted_and_carry_their_interval():
    metrics = (Metric(-0.5, -0.75, -0.25, 10), Metric(1.0, 0.5, 1.5, 10))
    result = GlobalImportance(
        *("my model", OUTPUTS, ("SP1", "GATA1"), ("GG", "TT"), (1, 2), "10 shuffles"),
        *(np.zeros((2, 2, 10)), (metrics, metrics[::-1]), np.array([[0.1, 0.2], [0.3, 0.4]])),
    )
    means, own = plot.global_importance(result, "K562").data
    assert (list(means.y), list(means.x)) == (["GATA1", "SP1"], [1.0, -0.5])
    assert (list(means.error_x.array), list(means.error_x.arrayminus)) == ([0.5, 0.25], [0.5, 0.25])
    assert (list(own.y), list(own.x)) == (["GATA1", "SP1"], [0.2, 0.1])
    assert list(plot.global_importance(result, "HepG2").data[0].y) == ["SP1", "GATA1"]


def test_a_walk_shows_all_outputs_and_names_each_step():
    values = np.array([[0.0, 1.0], [0.5, 0.8], [0.9, 0.2]])
    result = Walk(
        "my model", OUTPUTS, "K562 up", ((3, "T", "A"), (0, "A", "G")), (BASES,) * 3, values, values[:, 0], 99
    )
    shown = plot.walk(result)
    assert [(t.name, list(t.x), list(t.y)) for t in shown.data] == [
        ("K562", [0, 1, 2], [0.0, 0.5, 0.9]),
        ("HepG2", [0, 1, 2], [1.0, 0.8, 0.2]),
    ]
    assert tuple(shown.layout.xaxis.ticktext) == ("0<br>as it is", "1<br>4 T>A", "2<br>1 A>G")


def test_every_figure_names_its_axes_with_units(doubles):
    values = np.zeros((2, 2))
    knocked = KnockOut("m", OUTPUTS, BASES, 2, 5, ("AAA",), np.ones((2, 1)), REFERENCE)
    walked = Walk("m", OUTPUTS, "K562 up", ((3, "T", "A"),), (BASES,) * 2, values, values[:, 0], 9)
    for shown in (plot.knock_out(knocked), plot.walk(walked)):
        assert shown.layout.xaxis.title.text and "RNA/DNA" in shown.layout.yaxis.title.text
    assert all("RNA/DNA" in t.colorbar.title.text for t in plot.double_mutants(doubles, "K562").data)


def test_names_of_motifs_are_text_and_no_markup():
    """Plotly reads its texts as a kind of HTML: a name from somebody's file could be a link."""
    name, shown_as = '<a href="http://x.y">A & B</a>', '&lt;a href="http://x.y"&gt;A &amp; B&lt;/a&gt;'
    metrics = (Metric(1.0, 0.5, 1.5, 10),)
    result = GlobalImportance(
        *("my model", OUTPUTS, (name,), ("GG",), (1,), "10 shuffles"),
        *(np.zeros((2, 1, 10)), (metrics, metrics), np.array([[0.1], [0.3]])),
    )
    assert list(plot.global_importance(result, "K562").data[0].y) == [shown_as]
