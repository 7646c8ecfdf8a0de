"""The benchmark of ways of designing: what is asked, what is kept, and how numbers are read."""

import dataclasses
import functools

import numpy as np
import pytest

from engine import store
from engine.data.jaspar import Matrix
from engine.data.library import Library
from engine.design import asking, benchmark, catalogue, compared, nature, splits, tables
from engine.design.asking import Settings
from engine.design.benchmark import Means
from engine.design.methods import Method
from engine.design.metrics import motifs, trust
from engine.design.metrics.table import MEASURES
from engine.design.results import Designed, Goal
from engine.errors import CheckpointError, InputError
from engine.experiments import checkpoints
from engine.interpretation.motifs.families import Family
from engine.sequence import Sequence, decode, encode

SMALL = Settings(goals=3, each=6, specific=6, seeds=(0, 1), examined=0)


@pytest.fixture(scope="module")
def library(planted):
    return Library(*planted)


@pytest.fixture
def few_motifs(monkeypatch):
    """One motif in place of all of JASPAR."""
    probabilities = np.full((4, 14), 0.01)
    probabilities[encode("GATTACAGATTACA"), np.arange(14)] = 0.97
    matrices = {
        "planted": Matrix("planted", "planted", probabilities),
        "other": Matrix("other", "other", np.roll(probabilities, 1, 0)),
    }
    families = {name: Family(name, (name,), False) for name in matrices}
    few = functools.partial(motifs.content, matrices=matrices, families=families)
    monkeypatch.setattr(nature.motifs, "content", few)


@pytest.fixture
def judges(save_model, monkeypatch, tmp_path, few_motifs):
    """Two small judges, with a place for what is kept."""
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(benchmark, "file", lambda: tmp_path / "results" / "design_benchmark.json")
    monkeypatch.setattr(trust, "SIZE", 40)
    loaded = []
    for seed, name in enumerate(("judge", "second")):
        save_model(name, "dream_rnn", seed=seed)
        loaded.append(checkpoints.load(name))
    return tuple(loaded)


def random_elements(asked, progress=None):
    """A method: elements that it may read, whatever is asked."""
    chosen = np.random.default_rng(asked.seed).choice(asked.rows, asked.count, replace=False)
    for i, row in enumerate(chosen):
        sequence = Sequence(f"random-{i}", decode(asked.library.table.codes[row]))
        yield Designed(sequence, "random", asked.seed)


def method(name="random", design=random_elements, **more) -> Method:
    return Method(name, name, "For tests.", design, **more)


@pytest.fixture
def spied():
    """A method that remembers what it was asked."""
    calls = []

    def design(asked, progress=None):
        calls.append(asked)
        return random_elements(asked)

    return calls, method(design=design)


# --- what is asked --------------------------------------------------------------------------------


def test_the_activities_of_the_test_fold_are_asked_for_and_each_design_has_a_counterpart_there(library):
    natural, *specific = asking.questions(library, SMALL)
    measured = asking.in_sd(library)
    assert natural.n == 18
    assert len(np.unique(natural.rows)) == 18
    assert set(natural.rows) <= set(library.split.test)
    for place, goal in enumerate(natural.goals):
        own = natural.rows[6 * place : 6 * place + 6]
        values = np.array([goal.activity[o] for o in library.table.outputs])
        assert (natural.wanted[6 * place : 6 * place + 6] == values).all()
        # the first goal had every element to choose from: its own, and then the nearest ones
        if place == 0:
            away = ((measured[library.split.test] - values) ** 2).sum(axis=1)
            assert own.tolist() == library.split.test[np.argsort(away, kind="stable")[:6]].tolist()
            assert away.min() == 0
    assert [q.name for q in specific] == ["specific K562", "specific HepG2", "specific WTC11"]


def test_specific_asks_for_the_highest_in_one_and_the_lowest_in_the_others_that_half_a_has(library):
    activity = np.array([[1, 0, 5], [3, np.nan, -1], [-4, 2, 0], [90, 90, -90]], np.float32)
    folds = np.array([2, 5, 3, 6], np.int8)  # the last is of half B, which makers of designs do not know
    table = dataclasses.replace(
        library.table, names=library.table.names[:4], codes=library.table.codes[:4], activity=activity
    )
    small = Library(table, dataclasses.replace(library.split, folds=folds))
    mean, sd = splits.scale(small, small.table.outputs)
    asked = asking.corner(small, "HepG2").activity
    assert list(asked.values()) == pytest.approx(
        [(-4 - mean[0]) / sd[0], (2 - mean[1]) / sd[1], (-1 - mean[2]) / sd[2]]
    )


def test_the_floor_is_natural_elements_of_the_validation_fold(library):
    question = asking.questions(library, SMALL)[0]
    held_out = {decode(c) for c in library.table.codes[library.split.validation]}
    floors = [asking.floor(question, library, seed) for seed in (0, 0, 1)]
    assert all(len(f) == 18 and {decode(c) for c in f} <= held_out for f in floors)
    assert (floors[0] == floors[1]).all()
    assert (floors[0] != floors[2]).any()


def test_more_than_nature_has_is_not_asked(library):
    with pytest.raises(InputError, match="ask for fewer"):
        asking.questions(library, dataclasses.replace(SMALL, goals=30))
    with pytest.raises(InputError, match="7 natural elements are wanted"):
        asking.counterparts((Goal({"K562": 0.0}),), 7, library, library.split.test[:6])


def test_every_method_is_compared_and_every_option_is_one_of_its_method():
    assert list(compared.get("methods").entries) == list(catalogue.METHODS)
    for comparison in compared.COMPARISONS.values():
        for name, chosen in comparison.methods().items():
            assert chosen.name == name
            assert set(comparison.options[name]) <= set(chosen.options)
    guided = {name for name, each in catalogue.METHODS.items() if "guide" in each.needs}
    assert set(compared.BUDGET) == guided
    usual = catalogue.METHODS["masked"].options["guidance"]
    guidance = compared.get("guidance")
    assert "masked" in guidance.entries and f"masked, guidance {usual:g}" not in guidance.entries
    assert {usual, *(o["guidance"] for o in guidance.options.values() if o)} == {1.0, 2.0, 3.0}
    assert set(guidance.methods("masked, guidance 2")) == {"masked, guidance 2"}
    with pytest.raises(InputError, match="unknown method 'evolution'"):
        compared.get("guidance").methods("evolution")
    with pytest.raises(InputError, match="unknown comparison"):
        compared.get("speed")


# --- what is kept ---------------------------------------------------------------------------------


def test_a_benchmark_is_kept_and_goes_on_where_it_was(judges, library, spied):
    calls, asked = spied
    first = benchmark.compute({"random": asked}, Means(judges[:1]), library, dataclasses.replace(SMALL, seeds=(0,)))
    assert len(calls) == 6  # three goals, and three cell types to be specific to
    assert {c.rows for c in calls} == {tuple(splits.design_rows(library))}
    assert len({c.seed for c in calls[:3]}) == 3
    assert repr(benchmark.read()) == repr(first)  # nan is unequal to itself
    benchmark.compute({"random": asked}, Means(judges[:1]), library, dataclasses.replace(SMALL, seeds=(0,)))
    assert len(calls) == 6
    # a seed more draws that seed; a judge more asks about what was drawn
    benchmark.compute({"random": asked}, Means(judges[:1]), library, SMALL)
    assert len(calls) == 12
    assert {c.seed for c in calls[6:9]}.isdisjoint({c.seed for c in calls[:3]})
    both = benchmark.compute({"random": asked}, Means(judges), library, SMALL)
    assert len(calls) == 12
    assert [j.name for j in both.judges] == ["judge", "second"]
    assert both.seeds == {"floor": (0, 1), "random": (0, 1)}
    # other options of the method, or another size, are another benchmark
    other = method(design=asked.design, options={"size": 2.0})
    anew = benchmark.compute({"random": other}, Means(judges), library, dataclasses.replace(SMALL, seeds=(0,)))
    assert len(calls) == 18
    assert anew.seeds == {"floor": (0, 1), "random": (0,)}  # what was drawn with other options is gone


def test_every_measure_has_n_a_floor_and_an_interval(judges, library):
    result = benchmark.compute({"random": method()}, Means(judges), library, SMALL)
    outputs = library.table.outputs
    of_method = [r for r in result.rows if r.method == "random"]
    assert {r.measure for r in of_method} == set(MEASURES) - {"reliable"}  # nobody examined these judges' maps
    by_output = {m for m in MEASURES if {r.output for r in of_method if r.measure == m} == set(outputs)}
    assert by_output == {"asked", "fidelity", "shift", "specificity"}
    assert {r.judge for r in of_method} == {"", "judge", "second"}
    for row in of_method:
        assert row.designs == (6 if row.measure == "specificity" else 18)
        assert row.floor is not None
        assert row.metric.n in (0, 1, 2)
        if row.metric.n == 2:
            assert row.metric.low <= row.metric.value <= row.metric.high
    # random elements of the library are copies of training sequences; held-out ones are not
    shared = next(r for r in of_method if r.measure == "shared")
    assert shared.metric.value == 200
    assert shared.floor.value < 60


def test_what_cannot_answer_is_left_out_with_its_reason(judges, library):
    def refuses(asked, progress=None):
        raise InputError("it needs a sequence to start from: give one")

    def short(asked, progress=None):
        return list(random_elements(asked))[:-1]

    methods = {"refuses": method("refuses", refuses), "short": method("short", short)}
    once = dataclasses.replace(SMALL, seeds=(0,))
    result = benchmark.compute(methods, Means(judges[:1]), library, once)
    assert result.left_out["refuses"] == "it needs a sequence to start from: give one"
    assert "gave 5 of 6" in result.left_out["short"]
    assert set(result.scores) == {"floor"}
    mended = benchmark.compute({"refuses": method("refuses")}, Means(judges[:1]), library, once)
    assert set(mended.left_out) == {"short"}
    assert set(mended.scores) == {"floor", "refuses"}


def test_a_judge_has_its_caveats_and_must_predict_every_cell_type(judges, library, save_model):
    result = benchmark.compute({}, Means(judges[:1]), library, dataclasses.replace(SMALL, seeds=(0,)))
    weak, dependent = result.judges[0].caveats
    assert "not scored" in weak
    assert "learned from folds 2, 3, 4, 5" in dependent
    with pytest.raises(InputError, match="needs a judge"):
        benchmark.compute({}, Means(()), library, SMALL)
    save_model("one", outputs=("K562",))
    with pytest.raises(InputError, match="does not predict HepG2, WTC11"):
        benchmark.compute({}, Means((checkpoints.load("one"),)), library, SMALL)


def test_two_processes_may_compute_side_by_side(judges, library, spied):
    """While one draws, another writes what it has: neither loses the other's."""
    once = dataclasses.replace(SMALL, seeds=(0,))
    calls, asked = spied

    def meanwhile(wanted, progress=None):
        if not calls:
            benchmark.compute({"random": asked}, Means(judges[1:]), library, once)
        return random_elements(wanted)

    done = benchmark.compute({"slow": method("slow", meanwhile)}, Means(judges[:1]), library, once)
    assert set(done.scores) == {"floor", "random", "slow"}
    assert set(benchmark.read().scores) == {"floor", "random", "slow"}
    assert [j.name for j in done.judges] == ["judge", "second"]
    assert {name.split("|")[0] for name in done.scores["floor"][0]} == {"", "judge", "second"}
    assert {name.split("|")[0] for name in done.scores["random"][0]} == {"", "second"}
    assert {name.split("|")[0] for name in done.scores["slow"][0]} == {"", "judge"}


# --- how numbers are read -------------------------------------------------------------------------


def stored(**units) -> dict:
    """A file of two draws a method, with two numbers each of the sequences and one of a judge."""
    content = {"version": benchmark.VERSION, "data": "", "split": "", "settings": {}, "left_out": {}, "units": {}}
    content["judges"] = {"judge": {"weights": "w", "held_out": {}, "caveats": []}}
    for name, draws in units.items():
        for seed, (words, distinct, asked) in enumerate(draws):
            content["units"][f"{name} {seed}"] = {
                "method": name,
                "seed": seed,
                "recipe": "",
                "options": {} if name == "floor" else {"rounds": 16.0, "share": 0.5},
                "n": {"": 600, "specificity": 100},
                "sequences": {"words": words, "distinct": distinct},
                "judges": {
                    "judge": {"weights": "w", "scores": {"asked/K562": asked}},
                    "old": {"weights": "gone", "scores": {"asked/K562": 1.0}},
                },
            }
    return content


@pytest.fixture
def kept(tmp_path, monkeypatch):
    file = tmp_path / "design_benchmark.json"
    monkeypatch.setattr(benchmark, "file", lambda: file)
    return file


def test_numbers_are_means_over_draws_with_students_interval(kept):
    assert benchmark.read() is None
    store.write_json(kept, stored(floor=[(0.1, 1, 0.5), (0.2, 1, 0.5)], a=[(0.3, 1, 0.1), (0.5, 1, 0.3)]))
    rows = {(r.method, r.measure): r for r in benchmark.read().rows}
    words = rows["a", "words"]
    assert words.metric.value == pytest.approx(0.4)
    # t(1 degree of freedom, .975) = 12.706, standard error of .3 and .5 = .1
    assert words.metric.high == pytest.approx(0.4 + 1.2706, abs=1e-4)
    assert words.metric.n == 2
    assert words.floor.value == pytest.approx(0.15)
    assert words.designs == 600
    assert words.judge == ""
    assert rows["a", "asked"].judge == "judge"  # what a judge said before it was trained anew is not shown


def test_draws_without_a_number_do_not_count():
    one = benchmark.over_draws([float("nan"), 0.3])
    assert (one.value, one.n) == (0.3, 1)
    assert np.isnan(one.low)
    assert benchmark.over_draws([float("nan")]).n == 0


def test_two_methods_are_compared_draw_by_draw_in_the_direction_of_each_measure(kept):
    first = [(0.11, 1.0, 0.50), (0.21, 0.9, 0.60), (0.16, 1.0, 0.55)]
    second = [(0.31, 0.9, 0.40), (0.41, 0.8, 0.50), (0.36, 0.9, 0.45)]
    store.write_json(kept, stored(floor=[(0.2, 1, 0.5)] * 3, a=first, b=second))
    found = {d.measure: d for d in benchmark.differences(benchmark.read(), "a", "b")}
    assert found["asked"].metric.value == pytest.approx(0.1)
    assert found["asked"].verdict == "better"
    assert found["distinct"].metric.value == pytest.approx(0.1)
    # from a floor of .2: .09 .01 .04 against .11 .21 .16
    assert found["words"].metric.value == pytest.approx((0.02 + 0.20 + 0.12) / 3)
    turned = {d.measure: d for d in benchmark.differences(benchmark.read(), "b", "a")}
    assert turned["asked"].verdict == "worse"
    with pytest.raises(InputError, match="has no method 'c'"):
        benchmark.differences(benchmark.read(), "a", "c")


def test_a_file_of_another_version_or_shape_says_how_it_is_mended(kept):
    store.write_json(kept, stored() | {"version": 0})
    with pytest.raises(CheckpointError, match="python -m engine design benchmark"):
        benchmark.read()
    store.write_json(kept, {"version": benchmark.VERSION})
    with pytest.raises(CheckpointError, match="python -m engine design benchmark"):
        benchmark.read()
    kept.write_text("{")
    with pytest.raises(CheckpointError, match="python -m engine design benchmark"):
        benchmark.read()


def test_tables_have_a_row_a_number_and_say_what_was_left_out(kept):
    left_out = []
    assert list(tables.TABLES["scores"].rows(None, left_out)) == []
    content = stored(floor=[(0.1, 1, 0.5)] * 2, evolution=[(0.3, 1, 0.1), (0.5, 1, 0.3)], a=[(0.2, 1, 0.4)] * 2)
    store.write_json(kept, content | {"left_out": {"masked": "not trained"}})
    rows = list(tables.TABLES["scores"].rows(None, left_out))
    assert left_out == ["masked: not trained"]
    assert len(rows) == 9
    assert all(row.keys() == rows[0].keys() for row in rows)
    words = next(r for r in rows if (r["method"], r["measure"]) == ("a", "words"))
    assert (words["value"], words["floor"], words["designs"], words["n"]) == (0.2, pytest.approx(0.1), 600, 2)
    assert (words["options"], rows[0]["options"]) == ("rounds=16; share=0.5", "")
    against = list(tables.TABLES["differences"].rows(None, []))
    assert {(r["method"], r["against"]) for r in against} == {("a", "evolution")}
    assert {r["measure"] for r in against} == {"words", "distinct", "asked"}
    beside = list(tables.TABLES["beside"].rows(None, []))
    assert {(r["measure"], r["D3"]) for r in beside} == {("words", "0.027; 0.037")}
    assert [r["method"] for r in beside] == ["floor", "evolution", "a"]
