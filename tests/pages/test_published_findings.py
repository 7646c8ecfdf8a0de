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
from engine.replication.finding import FAILS, HOLDS, OPEN, OURS, Finding
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
    assert not screen.failures and not screen.figures
    for name, command in study_findings.MEND.items():
        screen.choose("findings_part", name)
        (told,) = screen.values("info")
        assert command in told
    assert [m.value for m in screen.at.metric] == ["0"] * 4


def test_each_part_is_a_figure_and_a_table(app, planted, compared, downloads):
    association.compute([], library.Library(*planted))
    screen = app("published_findings")
    assert not screen.failures
    scores = screen.at.table[0].value
    assert scores["verdict"].tolist() == [HOLDS, FAILS]
    assert scores.loc["1", "ours"] == "+0.050 [+0.020, +0.080]"
    assert scores["other seed"].tolist() == ["+0.040 [+0.010, +0.070]", ""]
    assert scores.loc["1", "n"] == "1,234" and scores["published"].tolist() == ["+0.007", ""]
    marks = {t["name"]: t for t in screen.figure("findings-forest")["data"]}
    assert screen.numbers(marks[HOLDS]["x"])[0] == pytest.approx(0.05 / 0.03)  # in half-widths of its interval
    assert screen.numbers(marks[FAILS]["x"]) == [-8]  # 0.39 above a bound of 0, with a half-width of 0.035: at the edge
    assert len(marks["another seed"]["x"]) == len(marks["published"]["x"]) == 1
    screen.choose("findings_part", study_findings.MOTIFS)
    motifs = screen.at.table[0].value
    assert set(motifs.index) == {"association"}
    counts = {m.label: int(m.value) for m in screen.at.metric}
    assert sum(counts.values()) == 2 + len(motifs) and counts["Holds"] == 1 + (motifs["verdict"] == HOLDS).sum()
    assert f"{counts['Holds']} of the study's {2 + len(motifs)} statements hold here" in screen.words
    rows = list(csv.DictReader(io.StringIO(downloads["cislens-published-findings.csv"])))
    assert len(rows) == 2 + len(motifs) and (rows[1]["holds_above"], rows[1]["holds_below"]) == ("-inf", "0.0")


def test_verdicts_are_chosen(app, planted, compared):
    screen = app("published_findings", findings_verdicts=[FAILS])
    assert screen.at.table[0].value.index.tolist() == ["7"]
    assert int(screen.at.metric[0].value) == 1  # the counts are of all
    screen = app("published_findings", findings_verdicts=[OPEN])
    assert not screen.figures and "No statement of this part has this verdict." in screen.values("caption")


def test_questions_of_our_own_wait_until_they_are_asked_for(app, planted, compared):
    content = store.read_json(places.shared_results() / comparison.FILE, "")
    content["findings"][0]["number"] = OURS
    store.write_json(places.shared_results() / comparison.FILE, content)
    screen = app("published_findings")
    assert screen.at.table[0].value.index.tolist() == ["7"] and int(screen.at.metric[0].value) == 0
    assert screen.choose("findings_ours", True).at.table[0].value.index.tolist() == [OURS, "7"]


def test_without_the_library_findings_about_scores_and_motifs_are_there_all_the_same(app, study, compared, monkeypatch):
    monkeypatch.setattr(sources, "available", lambda *names: False)
    screen = app("published_findings")
    assert not screen.failures and screen.at.table[0].value.index.tolist() == ["1", "7"]
    screen.choose("findings_part", study_findings.REPRESENTATIONS)
    assert any("need the lentiMPRA files" in w for w in screen.values("warning"))


def test_findings_of_other_weights_are_not_shown(app, planted, compared, save_model):
    save_model(checkpoints.trained()[0], seed=99, outputs=("K562",))
    screen = app("published_findings")
    assert not screen.at.table
    assert any("Trained since the comparison" in w and "engine compare" in w for w in screen.values("warning"))
