"""The command line: effects of any motif and its association with activity, as the engine gives them."""

import io

import pandas as pd
import pytest

from engine.data import library, motifs
from engine.experiments import checkpoints
from engine.interpretation.motifs import association, effects, grammar, importance


@pytest.fixture
def around(made_up, trained):
    """The backgrounds of the calls below; the library is made up."""
    return effects.backgrounds(library.joint(), "real", 6)


def table(run) -> pd.DataFrame:
    assert run.code == 0, run
    return pd.read_csv(io.StringIO(run.out))


def test_effects_are_those_of_the_engine(call, around):
    model = checkpoints.load("mine").inference_model
    shared = ("motif-effects", "mine", "--backgrounds", "real", "--count", 6)
    run = call(*shared, "--motif", "GATA1,MA0046")
    found = table(run)
    sites = [motifs.site("GATA1"), motifs.site("MA0046")]
    expected = importance.importance(model, around, sites)
    row = found[(found["motif"] == "HNF1A MA0046.3") & (found["what"] == "site minus scrambled site")].iloc[0]
    metric = expected["HNF1A MA0046.3"]["motif"][0]
    assert (row["log2_rna_dna"], row["low"], row["high"]) == pytest.approx(
        (metric.value, metric.low, metric.high), rel=1e-4
    )
    assert len(found) == 2 * 3 * len(checkpoints.load("mine").model.outputs)
    assert "GATA1 TTCTTATCTGT, HNF1A MA0046.3 GTTAATGATTAAC" in run.err
    copies = table(call(*shared, "--what", "copies", "--motif", "GATA1", "--most", 2))
    curve = grammar.by_copies(model, around, sites[0].bases, 2)[0]
    together = copies[(copies["what"] == "copies: together") & (copies["at"] == 2)].iloc[0]
    assert together["log2_rna_dna"] == pytest.approx(curve.effects[1][0].value, rel=1e-4)


@pytest.mark.parametrize(
    ("what", "motifs", "lines"),
    [("position", "GATA1", 2 * 2), ("gap", "GATA1,TTGACA", 2 * 4 * 2), ("pairs", "GATA1,TTGACA", 4)],
)
def test_curves_and_pairs_have_a_row_a_point_and_output(call, around, what, motifs, lines):
    every = 150 if what == "position" else 10
    words = ("--motif", motifs, "--backgrounds", "real", "--count", 6, "--every", every)
    found = table(call("motif-effects", "mine", "--what", what, *words))
    assert len(found) == lines * len(checkpoints.load("mine").model.outputs)
    assert found["low"].le(found["high"]).all()


def test_association_of_any_matrix(call, around):
    found = table(call("motif-association", "--motif", "GATA1,MA0046"))
    of = library.joint()
    expected = association.held_out(of, {"GATA1": motifs.STUDY["GATA1"]}, resamples=10)[0]
    row = found[(found["motif"] == "GATA1") & (found["measure"] == "spearman")].iloc[0]
    assert row["value"] == pytest.approx(expected.spearman.value, rel=1e-4, nan_ok=True)
    assert set(found["motif"]) == {"GATA1", "HNF1A MA0046.3"}


def test_what_cannot_be_asked_is_named(call, around):
    assert (
        "two motifs"
        in call(
            "motif-effects", "mine", "--what", "gap", "--motif", "GATA1", "--backgrounds", "real", "--count", 6
        ).error()
    )
    assert "unknown kind of effect 'tea'" in call("motif-effects", "mine", "--what", "tea").error()
    for words in (("motif-effects", "mine"), ("motif-association",)):
        assert "unknown motif 'HNF4'; did you mean HNF4A, HNF4G" in call(*words, "--motif", "SP1,HNF4").error()


@pytest.mark.parametrize("option", ["--seed", "--gap"])
def test_numbers_below_zero_are_refused(call, around, option):
    run = call("motif-effects", "mine", "--what", "gap", "--motif", "GATA1,TTGACA", option, -1)
    assert run.code == 2 and not run.out and option in run.err
