"""The effect of an edit does not depend on how much sequence stands around it."""

import numpy as np
import pytest

from engine.data import satmut
from engine.editor.document import Document
from engine.editor.summary import sentence
from engine.experiments import checkpoints
from engine.interpretation.attribution.methods import ism
from engine.models.predict import predict
from engine.report.computing import Choices
from engine.report.dossier import measured, predicted
from engine.report.measured import measured_effects, section
from engine.sequence import Sequence, reverse_complement


@pytest.fixture
def checkpoint(save_model):
    save_model("joint_legnet")
    return checkpoints.load("joint_legnet")


def test_a_substitution_in_a_long_sequence_has_the_effect_that_mutagenesis_gives_it(checkpoint, random_bases):
    document = Document(Sequence("long", random_bases(600, seed=3)))
    at, base = 317, "ACGT".index(document.bases[317])
    new = (base + 1) % 4
    dossier = predicted(document.substituted(at, "ACGT"[new]), [checkpoint])
    track = ism(checkpoint.model, document.sequence)
    got = [p.change for p in dossier.facts.predictions]
    np.testing.assert_allclose(got, track.values[:, at, new], atol=1e-5)
    np.testing.assert_allclose(got, (dossier.after[0].values - dossier.before[0].values)[0], atol=1e-6)
    whole = predict(checkpoint.model, [document.substituted(at, "ACGT"[new]).sequence])
    np.testing.assert_allclose(dossier.whole[0].values, whole.values, atol=1e-5)
    assert "over the 4 of 9 windows that hold the edit" in sentence(dossier.facts)


def test_it_stays_the_same_on_the_other_strand_and_with_more_sequence_far_away(checkpoint, random_bases):
    document = Document(Sequence("long", random_bases(600, seed=3)))
    edited = document.substituted(317, "A" if document.bases[317] != "A" else "C")
    longer = Document(Sequence("longer", document.bases + random_bases(200, seed=5)))
    more = longer.substituted(317, edited.bases[317])
    changes = [
        [p.change for p in predicted(d, [checkpoint]).facts.predictions]
        for d in (edited, edited.reverse_complemented(), more)
    ]
    np.testing.assert_allclose(changes[1], changes[0], atol=1e-5)
    np.testing.assert_allclose(changes[2], changes[0], atol=1e-5)


def test_a_centre_window_without_the_edit_is_said(checkpoint, random_bases):
    document = Document(Sequence("long", random_bases(600, seed=3))).spliced(5, 0, "ACG", "x")
    choices = Choices(policies={"joint_legnet": ("centre", "centre")})
    facts = predicted(document, [checkpoint], choices).facts
    assert facts.windows[0].holding.held == 0
    assert "no window of the model holds the edit" in sentence(facts)


@pytest.mark.needs_data("satmut", "cagi5_references")
@pytest.mark.parametrize("strand", ["+", "-"])
def test_the_measured_effect_of_each_edit_stands_beside_it(checkpoint, strand):
    reference = satmut.load("SORT1", "GRCh38").reference()
    at = 109274968 - 1 - reference.region.start
    alt = {"+": "T", "-": "A"}[strand]
    if strand == "-":
        region = reference.region.part(0, len(reference), "-")
        reference = Sequence(reference.name, reverse_complement(reference.bases), region)
        at = len(reference) - 1 - at
    document = Document(reference).substituted(at, alt).spliced(at + 40, 2, "", "two bases, never tried")
    dossier = measured(predicted(document, [checkpoint]))
    (edit,) = measured_effects(document, dossier.measured)
    assert edit.change.alt == alt
    assert [(v.data_set, round(v.effect, 3)) for v in edit.variants] == [
        ("SORT1", -2.924),
        ("SORT1-flip", -2.229),
        ("SORT1.2", -2.736),
    ]
    (remark,) = {r for _, r in section(dossier)["remarks"]}
    assert "C/EBP" in remark
    assert measured_effects(document, {}) == ()
