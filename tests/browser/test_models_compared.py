"""Models side by side in the browser, on real data and with the committed models."""

import pandas as pd
import pytest

from engine.evaluation import comparison
from engine.experiments import checkpoints, labels
from engine.statistics import VERDICTS

pytestmark = pytest.mark.slow
MODELS = ("joint_legnet", "B1_baseline_mse")


@pytest.fixture(autouse=True)
def both_are_here():
    missing = set(MODELS) - set(checkpoints.trained())
    if missing:
        pytest.skip(f"not in trained_models/: {', '.join(missing)}")


def figure(app, title):
    """Captions and axis ranges of the figure whose title has these words, as drawn."""
    return app.page.evaluate(
        """(title) => { const g = [...document.querySelectorAll('.js-plotly-plot')]
            .find(p => (p._fullLayout.title.text || '').includes(title));
          const axes = letter => Object.entries(g._fullLayout)
            .filter(([name, axis]) => name.startsWith(letter + 'axis') && axis.range)
            .map(([name, axis]) => Array.from(axis.range));
          return {captions: g._fullLayout.annotations.map(a => a.text), x: axes('x'), y: axes('y'),
                  letters: g.querySelectorAll('.scatterlayer .trace path.js-fill').length}; }""",
        title,
    )


def test_the_benchmark_shows_every_model_and_the_differences(app):
    app.open("benchmark")
    app.page.wait_for_selector("text=What do the model names mean?")
    app.settle()
    app.no_exception()
    app.page.get_by_test_id("stDataFrame").first.wait_for()
    table = pd.read_csv(app.download("Table (CSV)", 1))  # the first is of the differences
    assert set(MODELS) < set(table["model"])
    own = table.set_index("model").loc["B1_baseline_mse"]
    scored = checkpoints.read_metrics("B1_baseline_mse")["held_out"]["K562"]["spearman"]
    assert own["spearman"] == pytest.approx(scored["value"]) and own["spearman_published"] == 0.7075
    drawn = {}
    for verdict in VERDICTS:
        trace = app.trace(verdict)
        drawn |= {y.replace("<br>", " "): x for x, y in zip(trace["x"], trace["y"], strict=True)}
    stored = [
        d for d in comparison.read()["differences"] if (d["output"], d["measure"]) == ("K562", "held_out spearman")
    ]
    (own,) = [d for d in stored if d["model"] == "joint_legnet"]
    assert drawn[labels.short("joint_legnet")] == own["value"] and own["value"] in app.trace(own["verdict"])["x"]
    assert labels.short("B1_baseline_mse") not in drawn
    app.shot("benchmark")
    assert app.console_errors == []


def test_a_permalink_as_first_address_of_a_new_server_shows_its_models_and_its_stretch(app, new_server):
    app.url = new_server
    app.open("side_by_side?cell=K562&models=joint_legnet,B1_baseline_mse&element=SORT1&from=120")
    app.page.wait_for_selector("text=How far do the maps agree?", timeout=300_000)
    app.settle()
    app.no_exception()
    first = 109817274 + 120
    app.shows(f"SORT1: 200 bases, chr1:{first}-{first + 199}")
    logos = figure(app, "In-silico mutagenesis, K562")
    assert logos["captions"] == [labels.short(name) for name in MODELS]
    assert logos["x"] == [[first - 0.5, first + 199.5]] * 2
    assert len(logos["y"]) == 2 and logos["y"][0] == logos["y"][1]
    assert logos["letters"] == 8  # four letters in two rows
    app.shot("losses")
    for word in ("models=joint_legnet", "element=SORT1", "from=120"):
        assert word in app.page.url
    assert app.console_errors == []


def test_a_link_from_before_the_page_had_its_present_address_opens_it(app):
    app.open("losses?cell=K562&models=joint_legnet,B1_baseline_mse&element=SORT1&from=120")
    app.page.wait_for_selector("text=How far do the maps agree?", timeout=300_000)
    app.settle()
    app.no_exception()
    assert "/side_by_side?" in app.page.url
    for word in ("models=joint_legnet", "element=SORT1", "from=120"):
        assert word in app.page.url
