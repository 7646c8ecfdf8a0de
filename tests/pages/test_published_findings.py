"""The Published findings page: one table a part, the counts of verdicts, what is missing or stale with its command."""

import csv
import io

import pytest

from engine import places, store
from engine.data import library, sources
from engine.evaluation import comparison
from engine.experiments import checkpoints
from engine.interpretation.motifs import association
from engine.replication import scores as published_findings
from engine.replication import table as study_findings
from engine.replication.finding import FAILS, HOLDS, Finding
from engine.statistics import Metric

TOLD = [
    Finding("1", "ahead", Metric(0.05, 0.02, 0.08, 1234), 0.007, again=Metric(0.04, 0.01, 0.07, 1234)),
    Finding("7", "fails", Metric(0.39, 0.35, 0.42, 900), None, float("-inf"), 0.0),
]


@pytest.fixture
def compared(study):
    """Findings 1 and 7 as `compare` leaves them."""
    weights = {n: [checkpoints.read_description(n)["weights_sha256"]] for n in checkpoints.trained()}
    content = {"models": weights, "bounds": published_findings.BOUNDS, "findings": [f.as_dict() for f in TOLD]}
    store.write_json(places.shared_results() / comparison.FILE, content)


def test_what_was_not_computed_is_said_with_its_command(app, planted, study):
    screen = app("published_findings")
    assert not screen.failures and not screen.at.table
    assert [i for part in study_findings.MEND.values() for i in screen.values("info") if part in i] == screen.values(
        "info"
    )
    assert len(screen.values("info")) == 4 and [m.value for m in screen.at.metric] == ["0"] * 4


def test_findings_of_all_parts_stand_on_one_page(app, planted, compared, downloads):
    association.compute([], library.Library(*planted))
    screen = app("published_findings")
    assert not screen.failures
    scores, motifs = (table.value for table in screen.at.table)
    assert [v in said for v, said in zip((HOLDS, FAILS), scores["verdict"], strict=True)] == [True, True]
    assert scores.loc["1", "ours"] == "+0.050 [+0.020, +0.080]"
    assert scores["other seed"].tolist() == ["+0.040 [+0.010, +0.070]", ""]
    assert scores.loc["1", "n"] == "1,234" and scores["published"].tolist() == ["+0.007", ""]
    assert set(motifs.index) == {"association"}
    counts = {m.label: int(m.value) for m in screen.at.metric}
    assert (
        sum(counts.values()) == 2 + len(motifs)
        and counts["Holds"] == 1 + motifs["verdict"].str.contains(f"[{HOLDS}]", regex=False).sum()
    )
    rows = list(csv.DictReader(io.StringIO(downloads["cislens-published-findings.csv"])))
    assert len(rows) == 2 + len(motifs) and (rows[1]["holds_above"], rows[1]["holds_below"]) == ("-inf", "0.0")


def test_verdicts_are_chosen(app, planted, compared):
    screen = app("published_findings", findings_verdicts=[FAILS])
    assert screen.at.table[0].value.index.tolist() == ["7"]
    assert int(screen.at.metric[0].value) == 1  # the counts are of all


def test_without_the_library_findings_about_scores_and_motifs_are_there_all_the_same(app, study, compared, monkeypatch):
    monkeypatch.setattr(sources, "available", lambda *names: False)
    screen = app("published_findings")
    assert not screen.failures and screen.at.table[0].value.index.tolist() == ["1", "7"]
    assert any("need the lentiMPRA files" in w for w in screen.values("warning"))


def test_findings_of_other_weights_are_not_shown(app, planted, compared, save_model):
    save_model(checkpoints.trained()[0], seed=99, outputs=("K562",))
    screen = app("published_findings")
    assert not screen.at.table
    assert any("Trained since the comparison" in w and "engine compare" in w for w in screen.values("warning"))
