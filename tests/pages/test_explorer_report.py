"""The Explorer's report reads what is on screen: its baseline, its windows, its numbers; nothing is computed twice."""

from __future__ import annotations

import collections
import html
import io
import re
import zipfile

import pandas as pd
import pytest

from pages.shared import work
from pages.shared.memory import Memory


@pytest.fixture(autouse=True)
def memory(monkeypatch):
    """Nothing is remembered yet."""
    monkeypatch.setattr(work, "MEMORY", Memory())


@pytest.fixture
def calls(monkeypatch, memory, quick) -> collections.Counter:
    """How often each number was asked for: the function, the bases, and what else it depends on."""
    counted: collections.Counter = collections.Counter()

    def count(name: str, sequence_of):
        compute = getattr(work, name)

        def counting(*given, **settings):
            what = (settings.get(k) for k in ("name", "outputs", "policy"))
            counted[(name, sequence_of(given).bases, *given[2:], *what, settings.get("scale") is not None)] += 1
            return compute(*given, **settings)

        monkeypatch.setattr(work, name, counting)

    count("predict", lambda given: given[1][0])
    count("ism", lambda given: given[1])
    count("integrated_gradients", lambda given: given[1])
    scan = work.scan.scan

    def scanning(sequence, *matrices, **settings):
        counted["scan", sequence.bases] += 1
        return scan(sequence, *matrices, **settings)

    monkeypatch.setattr(work.scan, "scan", scanning)
    return counted


def archive(screen, downloads) -> dict[str, str]:
    """The files of the archive with everything, once the report is written."""
    screen.at.button(key="report-start").click().run()
    assert not screen.failures
    with zipfile.ZipFile(io.BytesIO(downloads["Everything (ZIP)"]())) as files:
        return {name: files.read(name).decode() for name in files.namelist()}


def words(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub("<[^>]*>", " ", page)))


def table(csv: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(csv))


@pytest.mark.parametrize("baseline", ["uniform", "zeros"])
def test_the_report_explains_from_the_baseline_on_screen(explorer, trained, bases, downloads, baseline):
    screen = explorer(bases).choose("baseline", baseline).substitute(90, "A" if bases[90] != "A" else "C")
    assert not screen.failures
    files = archive(screen, downloads)
    shown, reported = (table(t) for t in (downloads["Integrated Gradients (CSV)"], files["pasted.ig.joint_legnet.csv"]))
    pd.testing.assert_series_equal(shown["K562"], reported["K562"])
    assert f"from the baseline '{baseline}'" in words(files["pasted.report.html"])
    assert ("The verdict on a map is calibrated" in words(files["pasted.report.html"])) == (baseline != "uniform")
    shown, reported = (table(t) for t in (downloads["Mutagenesis (CSV)"], files["pasted.ism.joint_legnet.csv"]))
    pd.testing.assert_frame_equal(shown, reported)


def test_the_report_has_the_unit_on_screen(explorer, trained, bases, downloads):
    screen = explorer(bases).choose("standardised", True).choose("simplex", True)
    assert not screen.failures
    files = archive(screen, downloads)
    shown, reported = (table(t) for t in (downloads["Integrated Gradients (CSV)"], files["pasted.ig.joint_legnet.csv"]))
    pd.testing.assert_series_equal(shown["K562"], reported["K562"])
    report = words(files["pasted.report.html"])
    assert "with simplex correction, in standard deviations of a model's predictions on the validation fold" in report


def test_a_model_without_scores_keeps_its_unit_in_a_standardised_report(explorer, trained, bases, downloads):
    (trained / "mine" / "metrics.json").unlink()
    screen = explorer(bases, models=["joint_legnet", "mine"], track_model="joint_legnet").choose("standardised", True)
    assert not screen.failures
    titles = re.findall(r"<svg.*?</svg>", archive(screen, downloads)["pasted.report.html"], flags=re.S)
    assert any("mine" in t and "log2" in t for t in titles)


def test_nothing_is_computed_twice_for_screen_and_report(explorer, trained, bases, downloads, calls):
    screen = explorer(bases, models=["joint_legnet", "mine"], tracks_shown=["ig", "ism", "difference"])
    screen.substitute(90, "A" if bases[90] != "A" else "C")
    assert not screen.failures
    drawn = calls.copy()
    archive(screen, downloads)
    downloads["Report (HTML)"]()
    assert set(calls.values()) == {1}
    added = calls - drawn
    assert not any(name in ("predict", "scan") for name, *_ in added)
    # the report explains four more outputs, and mutates with the model whose tracks are not on screen
    assert collections.Counter(name for name, *_ in added) == {"integrated_gradients": 4, "ism": 1}


def test_the_report_sees_through_the_windows_on_screen(explorer, trained, random_bases, downloads):
    screen = explorer(random_bases(230, seed=5)).choose("policy-tile", "centre")
    assert not screen.failures
    report = words(archive(screen, downloads)["pasted.report.html"])
    assert "centre: " in report and "tile: " not in report
