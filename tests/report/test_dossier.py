"""Everything of one edited sequence in one place: the numbers are those of the functions that compute them."""

import dataclasses
from dataclasses import replace

import numpy as np
import pytest

from engine.data import satmut
from engine.data.measured import measured_on
from engine.editor.document import Document
from engine.errors import DataError, InputError
from engine.experiments import checkpoints
from engine.experiments.declared import Ensemble
from engine.interpretation import stored
from engine.interpretation.attribution.methods import integrated_gradients, ism
from engine.interpretation.reliability import store
from engine.interpretation.reliability.badge import badge, load_scale
from engine.models.predict import predict
from engine.report import dossier
from engine.report.computing import FRESH, Choices
from engine.report.dossier import complete, explained, gather, identity, predicted, scanned
from engine.sequence import Region, Sequence
from pages.panels.explorer import predictions

METRIC = {"value": 0.7, "low": 0.6, "high": 0.8, "n": 50}
METRICS = {
    "training": {"seed": 42, "data_hash": "old"},
    "data_hash": "data",
    "split_hash": "split",
    "held_out": {"K562": {"spearman": METRIC, "pearson": METRIC}},
}


@pytest.fixture
def loaded(save_model):
    save_model("joint_legnet", metrics=METRICS)
    save_model("mine", "dream_rnn", seed=1, outputs=("K562",))
    return [checkpoints.load(n) for n in ("joint_legnet", "mine")]


@pytest.fixture
def document(random_bases) -> Document:
    bases = random_bases(200, seed=4)
    return Document(Sequence("mine", bases[:100] + "GATGACGTCATC" + bases[112:]))


def test_gathered_numbers_are_those_of_predict_and_of_the_attributions(loaded, document):
    edited = document.substituted(103, "C").spliced(20, 0, "AC", "x")
    steps = []
    found = gather(edited, loaded, outputs=("K562",), motifs=False, progress=lambda d, t: steps.append((d, t)))
    assert found.edited and found.hits is None and found.facts.motifs is None
    for checkpoint, before, after in zip(loaded, found.before, found.after, strict=True):
        both = predict(checkpoint.model, [edited.reference, edited.sequence])
        np.testing.assert_allclose([before.values[0], after.values[0]], both.values, atol=1e-5)
    assert [(t.model, t.kind, t.outputs) for t in found.tracks] == [
        (m, kind, ("K562",)) for m in ("joint_legnet", "mine") for kind in ("ig", "ism")
    ]
    model = loaded[0].inference_model  # at the kinks of max-pooling the plain one may round to another gradient
    np.testing.assert_allclose(
        found.tracks[0].values, integrated_gradients(model, edited.sequence, outputs=("K562",)).values, atol=1e-5
    )
    np.testing.assert_allclose(found.tracks[1].output("K562"), ism(model, edited.sequence).output("K562"), atol=1e-5)
    done, totals = zip(*steps, strict=True)
    assert list(done) == sorted(done) and done[-1] <= totals[0] and len(set(totals)) == 1


def test_a_sequence_of_one_window_has_intervals_around_what_is_predicted_for_it(loaded, document, random_bases):
    by_level = {"50": 0.5, "80": 1.25, "95": 2.0}
    errors = {"epistemic": 0.0, "aleatoric": 0.0, "constant": 0.4, "reach": by_level, "unsure": None}
    fitted = loaded[0].metrics | {"intervals": {"K562": errors | {"one_width": by_level, "n": 99}}}
    models = [replace(loaded[0], metrics=fitted), loaded[1]]
    found = predicted(document.substituted(103, "C"), models)
    held = found.intervals[("joint_legnet", "K562")]
    value = float(found.after[0].values[0, 0])
    assert (held.low, held.high) == pytest.approx((value - 0.5, value + 0.5)) and held.unsure is None
    assert list(found.intervals) == [("joint_legnet", "K562")]  # nothing was fitted for the others
    (line, *_) = predictions.lines(found, ["K562"])
    assert line["interval"] == f"{held.low:.2f} to {held.high:.2f}".replace("-", "−")
    assert "as wide for every sequence" in line["interval_told"]
    assert predicted(Document(Sequence("long", random_bases(300))), models).intervals == {}


def test_the_verdict_on_a_map_is_that_of_the_badge_where_its_scale_is_known(loaded, document, save_model):
    metrics = METRICS | {"standardisation": {o: {"mean": 0.0, "sd": 2.0} for o in loaded[0].model.outputs}}
    save_model("joint_legnet", metrics=metrics)
    scored = [checkpoints.load("joint_legnet"), loaded[1]]
    values = {"completeness": [1e-9, 2e-9], "ig_ism": [0.9999, 0.99999]}  # hardly any map is as good
    content = {"outputs": {"K562": {"checks": values, "chance": 0.1, "companions": {}}}}
    stored.write_json(stored.file_of(scored[0], store.FILE), scored[0].weights_hash, content)
    found = gather(document, scored, motifs=False)
    ig, mutagenesis = found.tracks[:2]
    expected = badge(scored[0], load_scale(scored[0], "K562"), document.sequence, ig, mutagenesis, "K562")
    assert found.verdicts == (("joint_legnet", "K562", expected),)
    assert "ig_ism" in expected.failed


def test_motifs_of_the_edit_are_found_and_the_other_strand_changes_none(loaded, document):
    broken = document.substituted(105, "A")  # GATGACGTCATC -> GATGAAGTCATC
    found = gather(broken, loaded[1:])
    # relatives of AP-1 match there still, a hundred times less well
    (weaker,) = found.facts.motifs.weaker
    assert weaker.family == "CREB/ATF" and weaker.before < 1e-7 < 1e-6 < weaker.best.p
    changed = (*found.facts.motifs.lost, *found.facts.motifs.gained, weaker)
    assert len(changed) > 1 and all(s.start <= 105 < s.end for s in changed)
    other = gather(document.reverse_complemented(), loaded[1:])
    assert other.hits and other.facts.motifs.gained == other.facts.motifs.lost == ()
    assert other.facts.turned and not other.facts.outputs[0].moved
    # an edit on the other strand loses what the same edit on this strand loses
    both = gather(document.reverse_complemented().substituted(199 - 105, "T"), loaded[1:]).facts.motifs
    assert both.lost == found.facts.motifs.lost
    flip = lambda s: (s.family, 200 - s.end, 200 - s.start)  # noqa: E731
    assert sorted(map(flip, both.gained)) == sorted((s.family, s.start, s.end) for s in found.facts.motifs.gained)
    assert [s.family for s in both.weaker] == ["CREB/ATF"] and both.weaker[0].before == weaker.before
    assert found.sites and {s for s in found.sites if s.status == "gained"} == set(found.facts.motifs.gained)


def test_an_unknown_output_is_refused_before_any_work(loaded, document):
    with pytest.raises(InputError, match="unknown output 'HEK'; known: K562, HepG2, WTC11"):
        gather(document, loaded, outputs=("HEK",))


def test_the_identity_is_what_the_checkpoint_says(loaded):
    scored, unscored = map(identity, loaded)
    assert (scored.weights, scored.data, scored.split, scored.seeds) == (loaded[0].weights_hash, "data", "split", (42,))
    assert scored.held_out == {"K562": METRIC} and scored.window == 200
    assert scored.files == ("lentimpra_sequences", "lentimpra_activity")
    assert (unscored.data, unscored.seeds, unscored.held_out, unscored.outputs) == ("", (), {}, ("K562",))


def test_an_ensemble_is_its_members(loaded):
    declared = Ensemble("both", ("joint_legnet", "mine"), ("K562",), "by hand")
    checkpoints.save_ensemble(checkpoints.build_ensemble(declared), declared)
    found = identity(checkpoints.load("both"))
    assert found.members == {c.name: c.weights_hash for c in loaded}
    assert found.seeds == (42,) and found.files == ("lentimpra_sequences", "lentimpra_activity")


def test_the_files_of_separate_experiments_are_named_and_a_teacher_that_is_not_there_names_none(loaded):
    taught = loaded[1].description["experiment"] | {"distillation": {"teacher": "assays"}}
    config = loaded[1].description["config"] | {"further": ["separate:WTC11"]}
    student = dataclasses.replace(loaded[1], description=loaded[1].description | {"experiment": taught})
    assert identity(student).files == ("lentimpra_sequences", "lentimpra_activity")  # the teacher is not there
    other = dataclasses.replace(loaded[1], description=loaded[1].description | {"config": config})
    assert identity(other).files == ("lentimpra_sequences", "lentimpra_activity", "large_wtc11")


def test_an_unedited_sequence_has_findings_too(loaded, document):
    found = gather(document, loaded[1:])
    assert not found.edited and found.facts.motifs.gained == found.facts.motifs.lost == () and found.hits
    assert found.tracks[0].bases == document.bases


def test_without_a_place_nothing_was_measured_and_nothing_is_said_of_it(loaded, document):
    found = gather(document, loaded[1:], motifs=False)
    assert found.measured == {} and found.unmeasured == ""


@pytest.mark.needs_data("satmut")
def test_what_was_measured_is_of_the_reference_whatever_was_edited(loaded):
    whole = satmut.load("LDLR", "GRCh38").reference()
    start = whole.region.start
    reference = Sequence("LDLR", whole.bases[100:300], Region("chr19", start + 100, start + 300, "GRCh38"))
    edited = Document(reference).substituted(50, "ACGT".replace(whole.bases[150], "")[0]).spliced(20, 3, "", "x")
    found = gather(edited, loaded[1:], motifs=False)
    assert list(found.measured) == ["LDLR", "LDLR.2"] and found.unmeasured == ""
    for name, values in measured_on(whole).items():
        np.testing.assert_array_equal(found.measured[name], values[100:300])


def test_measurements_that_are_not_there_are_said_to_be_missing(loaded, document, monkeypatch):
    def missing(sequence):
        raise DataError("satmut is missing; run: python -m engine data fetch satmut")

    monkeypatch.setattr(dossier, "measured_on", missing)
    found = gather(document, loaded[1:], motifs=False)
    assert found.measured == {}
    assert found.unmeasured == (
        "Whether this place was measured is not known: satmut is missing; run: python -m engine data fetch satmut"
    )


class Asked:
    """A `Computing` that notes what it is asked for."""

    def __init__(self):
        self.names: list[str] = []

    def __getattr__(self, name: str):
        def note(*given, **more):
            self.names.append(name)
            return getattr(FRESH, name)(*given, **more)

        return note


def test_what_a_dossier_holds_is_not_computed_again_and_its_choices_hold_for_the_rest(loaded, document):
    asked = Asked()
    choices = Choices(outputs=("K562",), baseline="zeros", motifs=False)
    shown = explained(predicted(document, loaded, choices, asked), loaded[0], "K562", asked)
    assert asked.names == ["prediction"] * 4 + ["contributions", "mutagenesis"] and shown.hits is None
    asked.names.clear()
    whole = complete(shown, loaded, asked)
    assert asked.names == ["contributions", "mutagenesis"]  # of the other model
    assert [(t.kind, t.model, t.outputs) for t in whole.tracks] == [
        (kind, m, ("K562",)) for m in ("joint_legnet", "mine") for kind in ("ig", "ism")
    ]
    np.testing.assert_array_equal(whole.tracks[0].values, shown.track("ig", "joint_legnet", "K562").values)
    assert whole.tracks[2].checks["baseline_prediction"].keys() == {"K562"}
    assert "from the baseline 'zeros' (no base at all" in dict(whole.settings)["Integrated Gradients"]
    assert "Reliability" in dict(whole.settings) and whole.verdicts == ()
    assert whole.before is shown.before and whole.facts is shown.facts


def test_the_stages_know_as_much_as_their_names_say(loaded, document):
    edited = document.substituted(105, "A")
    first = predicted(edited, loaded[1:])
    assert first.edited and first.hits is None and first.facts.motifs is None and first.tracks == ()
    assert first.track("ig", "mine", "K562") is None and first.verdict("mine", "K562") is None
    assert scanned(first).facts.motifs.gained and scanned(first).facts.predictions == first.facts.predictions
