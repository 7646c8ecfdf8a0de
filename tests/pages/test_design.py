"""Design: a goal is stated, sequences come and can be stopped, are ranked by a judge, saved, and opened."""

import io

import numpy as np
import pandas as pd
import pytest

from engine.design import benchmark, catalogue
from engine.design import claims as keeping
from engine.design.methods import Method
from engine.design.metrics.motifs import Content
from engine.design.metrics.trust import Trust
from engine.design.results import BenchmarkRow, Designed
from engine.design.rivals import autoregressive
from engine.editor.document import Document
from engine.editor.session import Bench
from engine.errors import InputError
from engine.experiments import checkpoints
from engine.fasta import read_fasta
from engine.intervals import ErrorModel
from engine.sequence import Sequence
from engine.statistics import Metric
from pages.panels.design import claims, results, trust, which_method
from pages.panels.design import method as panel
from pages.shared import navigation


def _random(asked, progress):
    """Random bases but for what is kept, drawn from the right end; a state is kept for every quarter."""
    if asked.goal.edits == 13:
        raise InputError("thirteen edits bring bad luck; ask for another number")
    rng = np.random.default_rng(asked.seed)
    held = set(range(asked.goal.length)) - set(asked.goal.free)
    for i in range(asked.count):
        if progress:
            progress(i, asked.count)
        drawn = rng.choice(list("ACGT"), asked.goal.length)
        bases = [asked.goal.template.bases[p] if p in held else str(b) for p, b in enumerate(drawn)]
        n = len(bases)
        steps = tuple(
            "".join(b if p in held or p >= n - n * step // 4 else "." for p, b in enumerate(bases)) for step in range(5)
        )
        yield Designed(Sequence(f"toy-{asked.seed}-{i}", "".join(bases)), "toy", asked.seed, steps)


TOY = Method("toy", "Toy", "Random bases, for tests.", _random, frozenset({"guide"}), {"warmth": 1.0}, True)


@pytest.fixture(autouse=True)
def toy(monkeypatch):
    """The toy is the first method."""
    methods = {"toy": TOY, "nearest": catalogue.METHODS["nearest"]}
    monkeypatch.setattr(catalogue, "METHODS", methods)
    for module in (panel, results, which_method):
        monkeypatch.setattr(module, "METHODS", methods)


@pytest.fixture
def page(app, trained):
    def open_page(bases: str = "", **state):
        if bases:
            bench = Bench().opened(Document(Sequence("promoter", bases)))
            state = {"bench": bench, "design_start": navigation.OPENED, **state}
        return app("design", design_count=4, **state)

    return open_page


def start(screen, label: str = "Design 4 sequences"):
    screen.press(label)
    assert not screen.failures and not screen.values("error")
    return screen


def table(screen) -> pd.DataFrame:
    (shown,) = [d.value for d in screen.at.dataframe if "rank" in d.value]
    return shown


def test_it_opens_with_a_goal_and_computes_nothing_before_it_is_asked(page, library):
    screen = page()
    assert not screen.failures and screen.title == "Design" and "no coding sequence" in screen.words
    assert {f"design-natural-{o}" for o in library.outputs} == screen.figures
    assert not screen.at.dataframe
    training = library.activity[(np.arange(20) % 10) >= 2, 0]
    mean, sd = training.mean(dtype=float), training.std(dtype=float)
    below = ((training - mean) / sd < 2).mean()
    assert f"{mean + 2 * sd:+.2f} log2 RNA/DNA, above {below:.1%} of 16 measured elements." in screen.values("caption")


def test_designs_are_ranked_by_a_model_that_is_not_the_guide(page, expected, library, downloads):
    screen = start(page())
    assert screen.at.selectbox(key="design_judge").value == "mine"  # the guide is joint_legnet
    shown = table(screen)
    assert list(shown["rank"]) == [1, 2, 3, 4] and (np.diff(shown["distance"]) >= 0).all()
    training = library.activity[(np.arange(20) % 10) >= 2]
    for _, row in shown.iterrows():
        said = expected("mine", row["sequence"])
        wanted = (said - training.mean(axis=0)[:2]) / training.std(axis=0)[:2]
        np.testing.assert_allclose([row["K562"], row["HepG2"]], wanted, atol=1e-3)
        assert row["distance"] == pytest.approx(abs(wanted[0] - 2), abs=1e-3)
    saved = pd.read_csv(io.StringIO(downloads["Table (CSV)"]()))
    assert saved["sequence"].tolist() == shown["sequence"].tolist()
    assert [s.bases for s in read_fasta(downloads["Sequences (FASTA)"]())] == shown["sequence"].tolist()
    assert any(k.startswith("design-scatter") for k in screen.figures)
    assert any("too weak" in c for c in screen.values("caption"))  # .612 on the test fold
    assert (shown["shared"] >= 5).all() and (shown["shared"] < 30).all()
    screen.choose("design_judge", "joint_legnet")
    assert any("cannot judge" in w for w in screen.values("warning"))


def test_more_are_designed_beside_those_that_are_there(page):
    screen = start(page())
    before = set(table(screen)["sequence"])
    screen.choose("design_count", 6)
    assert set(table(screen)["sequence"]) == before
    start(screen, "Go on (4 of 6 designed)")
    assert before < set(table(screen)["sequence"]) and len(table(screen)) == 6


def test_designs_are_there_again_when_their_goal_is_however_often_it_was_changed(page):
    screen = start(page())
    before = table(screen)["sequence"].tolist()
    for value in (1.9, 1.8, 1.7, 1.6, 1.5):
        screen.choose("design_goal-K562", value)
        assert not screen.at.dataframe
    screen.choose("design_goal-K562", 2.0)
    assert table(screen)["sequence"].tolist() == before
    for seed in (2, 3, 4, 5):  # newer runs take the place of the oldest, which can be made anew
        start(screen.choose("design_seed", seed))
    screen.choose("design_seed", 1)
    assert screen.at.dataframe or screen.button("Design 4 sequences")


def test_locked_bases_stay_and_a_design_opens_as_an_edit(page, bases):
    screen = start(page(bases, design_locked="81-120"))
    shown = table(screen)
    assert all(s[80:120] == bases[80:120] for s in shown["sequence"])
    assert shown["edits"].tolist() == [sum(a != b for a, b in zip(s, bases, strict=True)) for s in shown["sequence"]]
    assert "rank correlation" in screen.words and any(k.startswith("design-way") for k in screen.figures)
    (way,) = [k for k in screen.figures if k.startswith("design-way")]
    heights = {t["name"]: screen.numbers(t["y"]) for t in screen.figure(way)["data"] if t["type"] == "bar"}
    assert len(heights["locked"]) == 40 and max(heights["free"]) == 3  # the last quarter is there at step 1 of 4
    screen.pick_row("design-table", 1).at.button(key="design_open").click().run()
    assert screen.title == "Explorer" and screen.document.bases == shown["sequence"][1]
    assert screen.edits == ["designed: Toy"] and screen.document.undo().bases == bases


def test_a_design_that_is_clicked_in_the_scatter_opens_beside_what_is_open(page):
    screen = start(page())
    shown = table(screen)
    screen.click("design-scatter", 2)
    assert not screen.failures and screen.title == "Explorer" and screen.document.bases == shown["sequence"][2]


def test_the_other_designs_are_still_there_after_one_was_opened(page, bases):
    screen = start(page(bases, design_locked="81-120"))
    shown = table(screen)
    screen.pick_row("design-table", 1).at.button(key="design_open").click().run()
    screen.open("design")
    assert not screen.failures and table(screen)["sequence"].tolist() == shown["sequence"].tolist()
    assert "as it was before you opened a design" in screen.words
    screen.pick_row("design-table", 2).at.button(
        key="design_open"
    ).click().run()  # another one in the first one's place
    assert screen.document.bases == shown["sequence"][2] and screen.document.undo().bases == shown["sequence"][1]
    screen.open("design").press("Start from what is open now")
    assert not screen.failures and not screen.at.dataframe and screen.button("Design 4 sequences")


def test_a_method_without_a_generator_names_its_command_and_the_way_out(page, monkeypatch):
    methods = {"evolution": TOY, "autoregressive": autoregressive.METHOD}
    monkeypatch.setattr(panel, "METHODS", methods)
    screen = page(design_method="autoregressive", **{"design_goal-K562": 1.5})
    assert not screen.failures
    assert any("python -m engine design train autoregressive`" in i for i in screen.values("info"))
    assert "Design 4 sequences" not in [b.label for b in screen.at.button]
    screen.press("Use Toy instead")
    assert screen.button("Design 4 sequences") and screen.at.slider(key="design_goal-K562").value == 1.5


def test_how_far_a_model_is_to_be_trusted_is_a_column_once_it_was_asked(page, monkeypatch, downloads):
    def examined(by, codes, library, maps, progress):
        assert (by.name, len(codes), maps) == ("mine", 4, ("K562", trust.MAPS))
        return Trust(np.array([False, True, False, False]), np.array([True, False]), "K562")

    monkeypatch.setattr(trust.trust, "examined", examined)
    screen = start(page())
    assert "unlike training" not in table(screen)
    screen.press("Check how far these predictions can be trusted")
    assert not screen.failures and table(screen)["unlike training"].tolist() == ["no", "yes", "no", "no"]
    assert table(screen)["map"].tolist() == ["as reliable as usual", "less reliable", "", ""]
    assert "1 of 4 designs are" in screen.words and "1 of the first 2" in screen.words
    saved = pd.read_csv(io.StringIO(downloads["Table (CSV)"]()))
    assert saved["unlike training"].tolist() == ["no", "yes", "no", "no"]


def test_what_was_dragged_over_is_locked_at_a_click(page, bases):
    screen = page(bases, selection=(9, 20))
    assert screen.button("Lock, as selected in the Explorer, 10-20")
    screen.click("design-strip", 5).press("Lock 6")
    assert screen.at.text_input(key="design_locked").value == "6"
    screen.click("design-strip", 6).press("Lock 7")
    assert screen.at.text_input(key="design_locked").value == "6-7"
    screen.click("design-strip", 5).press("Unlock 6")
    assert screen.at.text_input(key="design_locked").value == "7"


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ({"design_locked": "190-230"}, "does not lie within the 200 bases"),
        ({"design_locked": "1-200"}, "all of the sequence is locked"),
    ],
)
def test_what_cannot_be_locked_is_said(page, bases, state, why):
    screen = page(bases, **state)
    assert not screen.failures and any(why in e for e in screen.values("error"))


def test_what_the_method_refuses_is_one_line(page, bases):
    screen = page(bases, design_edits=13).press("Design 4 sequences")
    assert not screen.failures and screen.values("error") == ["thirteen edits bring bad luck; ask for another number"]


def test_motifs_are_counted_beside_natural_elements_of_that_activity(page, monkeypatch):
    def content(codes, progress):
        progress(len(codes), len(codes))
        return Content(("HNF1", "SP1/KLF"), np.column_stack([codes[:, 0] * 0, codes[:, 0] * 0 + len(codes)]), ())

    monkeypatch.setattr(results.motifs, "content", content)
    monkeypatch.setattr(results.splits, "asked_rows", lambda library: np.arange(8))
    screen = start(page()).press("Count the motifs")
    assert not screen.failures and not screen.values("error")
    (key,) = [k for k in screen.figures if k.startswith("design-motifs")]
    designs, natural = screen.figure(key)["data"]
    assert designs["y"] == natural["y"] == ["SP1/KLF"]
    assert (designs["name"], natural["name"]) == ("designs, n=4", "natural elements, n=4")


def test_claims_of_a_model_without_intervals_name_the_command_that_fits_them(page, monkeypatch):
    monkeypatch.setattr(claims.peers, "scanned", lambda library, progress: None)
    screen = start(page()).press("State the claims")
    assert not screen.failures
    assert any("python -m engine evaluate mine" in e for e in screen.values("error"))


def test_claims_and_order_list_are_saved_and_the_file_opens_again(page, monkeypatch, downloads):
    errors = ErrorModel(0.0, 0.0, 0.5, {50: 0.7, 80: 1.3, 95: 2.0}, None, {50: 0.3, 80: 0.6, 95: 1.0}, 100)
    metrics = checkpoints.read_metrics("mine")
    checkpoints.save_metrics("mine", metrics | {"intervals": {o: errors.as_dict() for o in ("K562", "HepG2")}})
    monkeypatch.setattr(claims.peers, "scanned", lambda library, progress: None)
    screen = start(page()).press("State the claims")
    assert not screen.failures and not screen.values("error")
    text = downloads["Claims (JSON)"]()
    opened = keeping.opened(text.encode(), "the file")
    assert [c.bases for c in opened.claims] == table(screen)["sequence"].tolist() and opened.model == "mine"
    assert keeping.checksum(opened) in screen.words
    with pytest.raises(InputError, match="changed"):
        keeping.opened(text.replace(opened.claims[0].bases[:30], "A" * 30).encode(), "the file")
    order = read_fasta(downloads["Order list (FASTA)"]())
    assert {c.bases for c in opened.claims} < {s.bases for s in order}


def test_the_comparison_of_methods_names_its_command_until_it_is_there(app, trained, monkeypatch):
    monkeypatch.setattr(benchmark, "read", lambda: None)
    screen = app("design", design_section="Which method?")
    assert not screen.failures and any("python -m engine design benchmark" in i for i in screen.values("info"))


def test_the_comparison_shows_every_method_beside_the_floor(app, trained, monkeypatch, downloads):
    floor, other = Metric(0.1, 0.08, 0.12, 3), Metric(0.11, 0.1, 0.12, 3)
    one = Metric(0.2, float("nan"), float("nan"), 1)
    draws = {"toy": {0: 0.6, 1: 0.7, 2: 0.65}, "nearest": {0: 0.2, 1: 0.3, 2: 0.1}}
    stored = benchmark.Benchmark(
        (
            BenchmarkRow("floor", "asked", "K562", "mine", 60, floor, floor),
            BenchmarkRow("toy", "asked", "K562", "mine", 60, Metric(0.65, 0.5, 0.8, 3), floor),
            BenchmarkRow("nearest", "asked", "K562", "mine", 60, one, floor),
            BenchmarkRow("toy", "words", "", "", 60, Metric(0.2, 0.1, 0.3, 3), other),
        ),
        (benchmark.Judge("mine", "hash", {"K562": 0.612}, ("It is too weak.",)),),
        {"markov": "it cannot *keep* stretches"},
        {method: (0, 1, 2) for method in draws},
        {m: {s: {"mine|asked/K562": v} for s, v in of_seeds.items()} for m, of_seeds in draws.items()},
        {method: {"guidance": 3.0} for method in ("floor", *draws)},
    )
    monkeypatch.setattr(benchmark, "read", lambda: stored)
    screen = app("design", design_section="Which method?")
    assert not screen.failures and "It is too weak." in screen.values("warning")
    figure, nearest = screen.figure("design-benchmark-asked"), catalogue.METHODS["nearest"].label
    assert figure["data"][0]["y"] == ["Toy", nearest]
    assert "dotted line is the floor" in screen.words and "60 designs" in screen.words
    shown = screen.table.set_index("method")
    assert shown.loc["Toy", "Follows what was asked, K562"] == "0.650 [0.500, 0.800]"
    assert "one draw" in shown.loc[nearest, "Follows what was asked, K562"]
    (versus,) = [d.value for d in screen.at.dataframe if "verdict" in d.value]
    assert versus["better by"].item().startswith("0.450 [")  # .4, .4 and .55 by draw
    assert len(pd.read_csv(io.StringIO(downloads["All numbers (CSV)"]))) == 4
    screen.choose("design_measure", "words")
    assert not screen.failures and any(k.startswith("design-benchmark-words") for k in screen.figures)


def test_without_a_sequence_or_a_model_the_next_step_is_named(app, models_folder):
    screen = app("design", design_start=navigation.OPENED)
    assert any("Open one in the Explorer" in i for i in screen.values("info"))
    screen.choose("design_start", "nothing")
    assert not screen.failures and any("python -m engine train" in i for i in screen.values("info"))


def test_without_data_it_says_what_it_needs(app, trained, no_data):
    screen = app("design")
    assert not screen.failures and any("Design needs" in i for i in screen.values("info"))
    assert screen.at.button(key="download-lentimpra_sequences-lentimpra_activity")
