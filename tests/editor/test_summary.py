"""What an edit did, in numbers worked out by hand and in a sentence that says nothing else."""

import dataclasses

import numpy as np
import pytest

from engine.editor.changes import Change
from engine.editor.document import Document
from engine.editor.summary import (
    EditFacts,
    Holding,
    OutputChange,
    PredictedChange,
    Windows,
    facts,
    sentence,
    under_names,
)
from engine.errors import InputError
from engine.intervals import ChangeSpread
from engine.results import MotifChanges, MotifHit, MotifSite, Prediction
from engine.sequence import Sequence

REFERENCE = "ACGTTGCAAGCATTCGGA"


def site(family: str, q: float, *factors: str) -> MotifSite:
    """A site where these factors match; the factor that the family is called after, by default."""
    hits = [MotifHit(f, "MA0001.1", 3, 10, "+", 9.0, q / 100, q) for f in factors or (family,)]
    return MotifSite(family, tuple(hits))


def prediction(model: str, outputs: tuple[str, ...], *members: tuple[float, ...], policy: str = "pad") -> Prediction:
    """What the members of a model say of one sequence."""
    each = np.array(members, np.float32)[:, None, :]
    return Prediction(model, ("s",), outputs, each.mean(axis=0), (policy,), each if len(members) > 1 else None)


def said(*outputs: OutputChange, changes=(Change(83, 85, "GA", "CC"),), motifs=None, models=("one",), **more):
    """Facts made by hand: `spread` of the outputs tells whether the models are ensembles."""
    predictions = tuple(PredictedChange(m, o.output, 0.0, o.mean, spread=o.spread) for m in models for o in outputs)
    return EditFacts(changes, more.get("turned", False), predictions, outputs, motifs, more.get("windows", ()))


# --- facts ------------------------------------------------------------------------------------------


def test_a_student_says_the_spread_of_a_change_by_what_it_says_of_both_sequences():
    """Two bases and a deletion, which counts 4.2: 0.25 x 0.4^2 + 2 x 0.2 x 0.3 x (1 - exp(-6.2 / 40))."""
    document = Document(Sequence("mine", REFERENCE)).substituted(3, "CC").spliced(9, 1, "", "one base less")
    changes = ChangeSpread(np.array([0.25]), np.array([2.0]))
    pair = [
        Prediction("s", ("s",), ("K562",), *(np.array([[v]]) for v in value[:1]), ("pad",), None,
                   np.array([[value[1]]]), np.array([[0.5]]), changes)
        for value in ((1.0, 0.2), (0.6, 0.3))
    ]  # fmt: skip
    (found,) = facts(document, *([p] for p in pair), None).predictions
    assert found.spread == pytest.approx(np.sqrt(0.25 * 0.16 + 2 * 0.06 * (1 - np.exp(-6.2 / 40))))
    assert (found.before_spread, found.after_spread) == (0.2, 0.3)
    unfitted = [[dataclasses.replace(p, changes=None)] for p in pair]
    assert facts(document, *unfitted, None).predictions[0].spread is None


def test_changes_spreads_and_agreement_are_those_worked_out_by_hand():
    document = Document(Sequence("mine", REFERENCE)).substituted(3, "C")
    before = [
        prediction("trio", ("K562", "HepG2"), (1.0, 0.0), (2.0, 0.0), (3.0, 0.0)),
        prediction("lone", ("K562",), (0.0,)),
    ]
    after = [
        prediction("trio", ("K562", "HepG2"), (0.0, 0.5), (2.0, 0.5), (1.0, 0.5)),  # K562 changes by -1, 0, -2
        prediction("lone", ("K562",), (0.5,), policy="tile"),
    ]
    found = facts(document, before, after, None)
    assert found.changes == (Change(3, 4, "T", "C"),) and not found.turned and found.motifs is None
    trio, hepg2, lone = found.predictions
    assert (trio.model, trio.output, trio.before, trio.after, trio.change) == ("trio", "K562", 2.0, 1.0, -1.0)
    assert trio.before_spread == pytest.approx(1.0)
    assert trio.after_spread == pytest.approx(1.0)
    assert trio.spread == pytest.approx(1.0)  # of the changes -1, 0, -2, not of the predictions
    assert (hepg2.change, hepg2.spread) == (0.5, 0.0)
    assert (lone.change, lone.spread, lone.before_spread, lone.after_spread) == (0.5, None, None, None)
    assert found.outputs == (OutputChange("K562", -0.25, 1.0, 2, 1), OutputChange("HepG2", 0.5, 0.0, 1, 1))
    assert [o.clear for o in found.outputs] == [False, True]
    assert found.windows == (Windows("trio", "pad", "pad"), Windows("lone", "pad", "tile"))


def test_the_spread_is_that_of_the_changes_of_members_that_disagree_on_the_level_alone():
    """Three members a whole unit apart that all fall by the same amount: the fall is clear."""
    document = Document(Sequence("mine", REFERENCE)).substituted(3, "C")
    before = prediction("trio", ("K562",), (-1.0,), (0.0,), (1.0,))
    after = prediction("trio", ("K562",), (-1.5,), (-0.5,), (0.5,))
    (output,) = facts(document, [before], [after], None).outputs
    assert output.clear and output.mean == -0.5 and output.spread == 0


def test_predictions_that_do_not_belong_together_are_refused():
    document = Document(Sequence("mine", REFERENCE))
    one, other = prediction("one", ("K562",), (1.0,)), prediction("other", ("K562",), (1.0,))
    with pytest.raises(InputError, match="different models"):
        facts(document, [one], [other], None)
    two = Prediction("one", ("a", "b"), ("K562",), np.zeros((2, 1), np.float32))
    with pytest.raises(InputError, match="one sequence"):
        facts(document, [two], [two], None)


# --- the sentence -----------------------------------------------------------------------------------


def test_motifs_outputs_and_agreement_in_one_sentence():
    six = [f"m{i}" for i in range(6)]
    found = said(
        OutputChange("K562", -0.612, 0.1, 6, 5),
        OutputChange("HepG2", -0.05, 0.01, 6, 5),
        motifs=MotifChanges((), (site("GATA", 0.003, "GATA1", "GATA2"),)),
        models=six,
    )
    assert sentence(found) == (
        "Two bases changed at 84-85 remove a GATA site (GATA1, q 0.003); K562 falls by 0.61, HepG2 by 0.05 "
        "(mean of 6 models' predictions, log2 RNA/DNA); 5 of 6 models agree in sign."
    )


def test_no_change_is_said_to_be_none():
    assert sentence(said(OutputChange("K562", 0.3, None, 1, 1), changes=())) == (
        "No change: the sequence is the reference."
    )


def test_one_model_says_its_name_and_whether_a_spread_is_known():
    alone = said(OutputChange("K562", 0.3, None, 1, 1), changes=(Change(83, 84, "G", "A"),), models=("dream_rnn",))
    assert sentence(alone) == (
        "One base changed at 84 (G>A): K562 rises by 0.30 (predicted by dream_rnn, a single network: no spread is "
        "known, log2 RNA/DNA)."
    )
    ensemble = said(OutputChange("K562", 0.3, 0.1, 1, 1), models=("joint_legnet",))
    assert sentence(ensemble) == (
        "Two bases changed at 84-85: K562 rises by 0.30 (predicted by joint_legnet, log2 RNA/DNA)."
    )
    assert "predicted by JOINT_LEGNET" in sentence(under_names(ensemble, str.upper))


@pytest.mark.parametrize(
    ("holding", "told"),
    [
        (Holding(4, 9), "over the 4 of 9 windows that hold the edit."),
        (Holding(5, 9, whole=False), "over the 5 of 9 windows that hold some of the edits."),
        (Holding(0, 1), "no window of the model holds the edit."),
    ],
)
def test_the_windows_that_count_are_told(holding, told):
    changes = (Change(3, 4, "G", "A"), Change(300, 301, "G", "A"))[: 1 if holding.whole else 2]
    windows = (Windows("one", "tile", "tile", holding),)
    assert sentence(said(OutputChange("K562", 0.3, None, 1, 1), changes=changes, windows=windows)).endswith(told)


@pytest.mark.parametrize(("mean", "clear"), [(0.20, False), (0.201, True), (-0.2, False), (-0.21, True)])
def test_a_change_is_clear_only_beyond_the_spread_of_the_members(mean, clear):
    text = sentence(said(OutputChange("K562", mean, 0.2, 2, 2), models=("one", "two")))
    assert ("no clear change in K562" in text) != clear
    assert ("agree in sign" in text) == clear


def test_unclear_and_still_outputs_are_told_apart():
    text = sentence(
        said(
            OutputChange("K562", 0.4, 0.1, 1, 1),
            OutputChange("HepG2", -0.034, 0.05, 1, 1),
            OutputChange("WTC11", 0.0049, 0.001, 1, 1),
        )
    )
    assert text == (
        "Two bases changed at 84-85: K562 rises by 0.40, no clear change in HepG2 (−0.03, spread 0.05), "
        "WTC11 changes by less than 0.005 (predicted by one, log2 RNA/DNA)."
    )


def test_outputs_that_differ_between_models_are_counted_apart():
    outputs = (OutputChange("K562", -0.5, 0.1, 3, 2), OutputChange("HepG2", 0.2, None, 1, 1))
    made = dataclasses.replace(
        said(*outputs),
        predictions=(
            PredictedChange("a", "K562", 0, -1, spread=0.1),
            PredictedChange("b", "K562", 0, -1, spread=0.1),
            PredictedChange("c", "K562", 0, 0.5, spread=0.1),
            PredictedChange("d", "HepG2", 0, 0.2),
        ),
    )
    assert sentence(made) == (
        "Two bases changed at 84-85: K562 falls by 0.50, HepG2 rises by 0.20 (mean over those of 4 models that predict "
        "it, no spread is known for HepG2, log2 RNA/DNA); 2 of 3 models agree in sign for K562."
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([Change(0, 0, "", "A")], "One base inserted before 1"),
        ([Change(90, 90, "", "ACGT")], "Four bases inserted after 90"),
        ([Change(83, 86, "GAT", "")], "Three bases deleted at 84-86"),
        ([Change(83, 86, "GAT", "CCCCC")], "Three bases at 84-86 replaced by five"),
        ([Change(1, 2, "A", "C"), Change(9, 11, "AA", "CC")], "Three bases changed at 2 and 10-11"),
        (
            [Change(1, 2, "A", "C"), Change(4, 5, "A", "C"), Change(6, 7, "A", "C"), Change(8, 9, "A", "C")],
            "Four bases changed at four places between 2 and 9",
        ),
        (
            [Change(1, 2, "A", "C"), Change(9, 9, "", "TT"), Change(20, 21, "G", "")],
            "One base changed at 2 (A>C), two bases inserted after 9 and one base deleted at 21",
        ),
        (
            [Change(i, i + 1, "A", "C") for i in range(1, 27, 2)]
            + [Change(40, 40, "", "TT"), Change(50, 52, "AA", "C")],
            "15 edits between 2 and 52 (13 bases substituted, two bases inserted and two bases exchanged for others)",
        ),
    ],
)
def test_every_kind_of_edit_reads_well(changes, words):
    assert sentence(said(changes=tuple(changes))) == words + "."


def test_the_other_strand_is_said():
    still = OutputChange("K562", 1e-7, 0.0, 1, 1)
    assert sentence(said(still, changes=(), turned=True)) == (
        "Turning to the other strand: K562 changes by less than 0.005 (predicted by one, log2 RNA/DNA)."
    )
    both = sentence(said(turned=True, motifs=MotifChanges()))
    assert both == "Turning to the other strand and two bases changed at 84-85 leave every motif site as it is."


def test_verbs_follow_their_subject():
    one = (Change(83, 84, "G", "A"),)
    gained = MotifChanges(gained=(site("ELF1", 0.0004),))
    assert sentence(said(changes=one, motifs=gained)) == (
        "One base changed at 84 (G>A) adds an ELF1 site (q below 0.001)."
    )
    assert sentence(said(motifs=gained)) == "Two bases changed at 84-85 add an ELF1 site (q below 0.001)."
    assert sentence(said(changes=one, motifs=MotifChanges())) == (
        "One base changed at 84 (G>A) leaves every motif site as it is."
    )


def test_what_became_weaker_and_stronger_is_told_with_both_p_values():
    lost, weaker = site("X", 0.02), dataclasses.replace(site("GATA", 0.003, "GATA1", "GATA2"), before=1e-7)
    stronger = dataclasses.replace(site("YY1", 0.01), before=1e-3)
    assert sentence(said(motifs=MotifChanges((), (lost,), (weaker,), (stronger,)))) == (
        "Two bases changed at 84-85 remove a X site (q 0.02), weaken a GATA site (GATA1, p 1.0e-07 to 3.0e-05) and "
        "strengthen a YY1 site (p 1.0e-03 to 1.0e-04)."
    )


def test_of_many_motifs_the_three_of_smallest_q_are_named_and_the_rest_counted():
    lost = tuple(site(m, q) for m, q in (("D", 0.04), ("B", 0.02), ("A", 0.01), ("E", 0.05), ("C", 0.03)))
    gained = (site("X", 0.02), site("Y", 0.03), site("X", 0.011))
    assert sentence(said(motifs=MotifChanges(gained, lost))) == (
        "Two bases changed at 84-85 remove sites of A (q 0.01), B (q 0.02), C (q 0.03) and two more and add sites "
        "of X (two, smallest q 0.011) and Y (q 0.03)."
    )


def test_windows_that_differ_are_said():
    made = said(OutputChange("K562", 0.3, 0.1, 1, 1), windows=(Windows("one", "pad", "tile"),))
    assert sentence(made).endswith("; window policy 'pad' for the reference, 'tile' for the edited sequence.")
    same = said(OutputChange("K562", 0.3, 0.1, 1, 1), windows=(Windows("one", "tile", "tile"),))
    assert "window" not in sentence(same)
