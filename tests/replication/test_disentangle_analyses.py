"""Findings 20, 21 and 23 to 25: each verdict follows from made-up rows of analyses whose answer is known."""

import pytest

from engine.disentangle import analyses
from engine.disentangle.results import Score
from engine.errors import CheckpointError
from engine.replication.disentangle import analyses as findings
from engine.replication.finding import FAILS, HOLDS, OPEN, OURS
from engine.statistics import Metric

SEEDS = (42, 123, 456)
BASELINE, RANKING, CONTRASTIVE, BOTH_TERMS, FULL = findings.ANALYSED


@pytest.fixture
def stored(monkeypatch):
    """Rows by analysis; a name that is not there has none, an error in place of rows is raised."""
    rows: dict = {}

    def read(name):
        if isinstance(rows.get(name), Exception):
            raise rows[name]
        return rows.get(name, [])

    monkeypatch.setattr(analyses, "read", read)
    return rows


def row(measure, encoder, recipe, value: float, seed: int | None = 42, against="", method="study") -> Score:
    metric = Metric(value, value - 0.001, value + 0.001, 64)
    return Score("cells", encoder, recipe, seed, measure, metric, against, method)


def told() -> list:
    left_out: list[str] = []
    return findings.findings(left_out)


def only(number: str, *parts: str):
    (one,) = [f for f in told() if f.number == number and all(part in f.statement for part in parts)]
    return one


def test_nothing_is_said_where_nothing_is_stored(stored):
    left_out: list[str] = []
    assert findings.findings(left_out) == [] and left_out == []


def test_what_is_stale_or_lacks_is_named_with_its_command(stored):
    stored["head"] = [row("head/gini", "bilstm", RANKING, 0.3)]
    stored["norms"] = CheckpointError("norms are of other weights; run: that")
    left_out: list[str] = []
    (one,) = findings.findings(left_out)
    assert one.number == "25" and one.verdict == HOLDS
    assert left_out[0] == "norms are of other weights; run: that"
    assert sorted(left_out[1:]) == sorted(
        f"nothing is stored of '{name}'; run: {analyses.command(name)}"
        for name in set(findings.PARTS) - {"head", "norms"}
    )


def test_each_component_is_a_step_in_consistency(stored):
    measure = findings.CONSISTENCY.format("ig")
    stored["consistency"] = [
        *(row(measure, "bilstm", BOTH_TERMS, 0.2, seed, CONTRASTIVE) for seed in SEEDS),
        *(row(measure, "bilstm", FULL, -0.1, seed, BOTH_TERMS) for seed in SEEDS),
        row(measure, "dilated_cnn", FULL, 0.3, None, BASELINE),  # the mean over seeds alone
        row(findings.CONSISTENCY.format("ism"), "dilated_cnn", FULL, -0.2, None, BASELINE, "ours"),
    ]
    first, second = only("20", BOTH_TERMS, f"than {CONTRASTIVE}"), only("20", f"than {BOTH_TERMS}")
    assert (first.verdict, second.verdict) == (HOLDS, FAILS) and first.again is not None
    assert first.published == pytest.approx(0.708 - 0.516) and second.published == pytest.approx(0.848 - 0.708)
    assert only(OURS, "ISM", "dilated CNN").verdict == FAILS
    ours = only(OURS, f"{FULL} explains", "of IG", "dilated CNN")
    assert (ours.verdict, ours.published, ours.again) == (HOLDS, None, None)


def test_rows_of_another_notion_decide_nothing(stored):
    other = row(findings.CONSISTENCY.format("ig"), "bilstm", FULL, 0.2, 42, BOTH_TERMS)
    stored["consistency"] = [Score(**{**vars(other), "notion": "assays HepG2"})]
    assert told() == []


def test_separation_falls_or_falls_fivefold(stored):
    stored["geometry"] = [
        row("geometry/cell type separation/minus baseline", "bilstm", FULL, -0.1, 42, BASELINE),
        row("geometry/cell type separation/baseline by this", "bilstm", FULL, 2.0, 42, BASELINE),
        row("geometry/activity probe r2/minus baseline", "bilstm", FULL, 0.02, 42, BASELINE, "ours"),
    ]
    nearer, fivefold, read = (only("21", part) for part in ("nearer together", "Fivefold", "better read"))
    assert [f.verdict for f in (nearer, fivefold, read)] == [HOLDS, FAILS, HOLDS]
    assert nearer.published == pytest.approx(0.053 - 0.278) and fivefold.published == pytest.approx(0.278 / 0.053)
    assert read.published == pytest.approx(0.451 - 0.377)


def test_of_all_norms_the_one_furthest_off_decides(stored):
    cosines = {
        (encoder, recipe): 0.999 for encoder in ("bilstm", "dilated_cnn") for recipe in (CONTRASTIVE, BOTH_TERMS, FULL)
    }

    def place(cosines, seeds=(42,)):
        return [row("norms/gamma cosine", *who, value, seed) for who, value in cosines.items() for seed in seeds]

    stored["norms"] = place(cosines)
    assert only("23", "gamma", "cosine").verdict == HOLDS
    cosines["dilated_cnn", FULL] = 0.9
    stored["norms"] = place(cosines)
    lowest = only("23", "gamma", "cosine")
    assert (lowest.verdict, lowest.ours.value) == (
        FAILS,
        0.9,
    ) and "full_disentangle of the dilated CNN" in lowest.statement
    assert lowest.published == 0.9992
    other_seed = [row("norms/gamma cosine", *who, 0.999, 123) for who in cosines]
    stored["norms"] = place(cosines) + other_seed
    assert only("23", "gamma", "cosine").verdict == OPEN  # the other seed says that they are equal
    del cosines["bilstm", FULL]  # of every network nothing can be said without one of them
    stored["norms"] = place(cosines)
    assert not told()


def test_a_bound_that_permuted_features_reach_says_nothing(stored):
    stored["norms"] = [
        row("norms/gamma cosine", encoder, recipe, 0.9995, 42, "permuted features")
        for encoder in ("bilstm", "dilated_cnn")
        for recipe in (CONTRASTIVE, BOTH_TERMS, FULL)
    ]
    assert only(OURS, "gamma", "dealt out").verdict == FAILS


def test_the_two_most_alike_recipes_decide_whichever_way_they_are_told(stored):
    measure = "attribution/ig/between recipes/pooled/spearman"
    pairs = [(a, b) for i, a in enumerate(findings.ANALYSED) for b in findings.ANALYSED[:i]]  # the other way round
    values = {pair: 0.2 for pair in pairs} | {(FULL, CONTRASTIVE): 0.6}
    stored["agreement"] = [row(measure, "bilstm", a, v, 42, b) for (a, b), v in values.items()] + [
        row("attribution/ig/recipes less seeds/per sequence/spearman", "bilstm", "every two", 0.01, None, "", "ours")
    ]
    highest, seeds = only("24", "IG"), only(OURS, "IG", "two seeds")
    assert (highest.ours.value, highest.verdict, highest.published) == (0.6, FAILS, 0.42)
    assert "contrastive_only and full_disentangle of the BiLSTM" in highest.statement
    assert (seeds.verdict, seeds.ours.value) == (FAILS, 0.01)  # two recipes are no less alike than two seeds


def test_cka_is_held_against_the_study_s_highest_of_the_encoder(stored):
    pairs = [(a, b) for i, a in enumerate(findings.ANALYSED) for b in findings.ANALYSED[i + 1 :]]
    stored["cka"] = [
        row("cka between recipes", encoder, a, 0.6, 42, b, "ours")
        for encoder in ("bilstm", "dilated_cnn")
        for a, b in pairs
    ]
    bilstm, dilated = only("24", "CKA", "BiLSTM"), only("24", "CKA", "dilated CNN")
    assert (bilstm.verdict, bilstm.published) == (HOLDS, 0.74)
    assert (dilated.verdict, dilated.published) == (FAILS, 0.47)


def test_heads_are_told_apart_and_from_heads_that_never_moved(stored):
    stored["head"] = [
        row("head/gini", "bilstm", BASELINE, 0.6),
        row("head/gini", "bilstm", RANKING, 0.35),
        row("head/gini/minus baseline", "bilstm", RANKING, -0.25, 42, BASELINE),
        row("head/gini/minus baseline", "bilstm", RANKING, 0.1, 42, BASELINE, "ours"),
        row("head/correlation with the start", "bilstm", RANKING, 0.9, 42, "", "ours"),
    ]
    apart, baseline, ranking = (only("25", p) for p in ("spreads over", "is concentrated", "is distributed"))
    assert [f.verdict for f in (apart, baseline, ranking)] == [HOLDS] * 3
    assert [f.published for f in (apart, baseline, ranking)] == [pytest.approx(0.333 - 0.747), 0.747, 0.333]
    assert only(OURS, "contribute").verdict == FAILS and only(OURS, "learned that").verdict == FAILS


def test_every_part_rests_on_an_analysis_that_there_is():
    assert set(findings.PARTS) <= set(analyses.ANALYSES)
