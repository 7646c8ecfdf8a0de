"""Your library: a table from upload to scores, its rows in the Explorer, and files that cannot be read."""

import csv
import functools
import io

import numpy as np
import pytest

from engine.errors import InputError
from engine.mpra import comparison, predicting
from engine.statistics import spearman


@pytest.fixture(autouse=True)
def quick_scores(monkeypatch):
    monkeypatch.setattr(comparison, "measure", functools.partial(comparison.measure, resamples=50))


def sequences(n: int = 30) -> list[str]:
    rng = np.random.default_rng(21)
    return ["".join(rng.choice(list("ACGT"), 200)) for _ in range(n)]


def text(header: str = "name,seq,K562_log2,HepG2_log2") -> str:
    return header + "\n" + "".join(f"e{i},{s},{i / 10},{-i / 20}\n" for i, s in enumerate(sequences()))


def upload(screen, content: str | bytes, name: str = "mine.csv", key: str = "library_table"):
    data = content.encode() if isinstance(content, str) else content
    screen.at.file_uploader(key=key).set_value((name, data, "text/plain")).run()
    return screen


def start(screen):
    screen.at.button(key="library-start").click().run()
    return screen


def tables(screen) -> list:
    return [t.value for t in screen.at.dataframe]


def test_a_table_is_predicted_scored_and_saved(app, trained, expected, downloads):
    screen = upload(app("your_library"), text())
    assert not screen.failures and not screen.values("error")
    meanings = dict(tables(screen)[0][["column", "taken for"]].itertuples(index=False))
    assert meanings["seq"] == "the sequence that was tested"
    assert meanings["K562_log2"] == "activity in K562, log2(RNA/DNA)"
    assert "30 sequences" in screen.words
    start(screen)
    assert not screen.failures and not screen.values("error")
    (scores,) = [t for t in tables(screen) if "Spearman" in t]
    assert list(scores["predicted by"][:2]) == ["joint_legnet K562", "joint_legnet HepG2"]
    assert {"GC content", "mean of the table"} <= set(scores["predicted by"])
    predicted = np.array([expected("joint_legnet", s) for s in sequences()])
    value = spearman(predicted[:, 0], np.arange(30.0))
    assert scores["Spearman"][0].startswith(f"{value:.3f} [") and scores["n"][0] == 30
    figure = screen.figure("library-scatter")
    np.testing.assert_allclose(screen.numbers(figure["data"][0]["y"]), predicted[:, 0], atol=1e-4)
    rows = list(csv.DictReader(io.StringIO(downloads["your_library.csv"]())))
    np.testing.assert_allclose([float(r["joint_legnet.WTC11"]) for r in rows], predicted[:, 2], atol=1e-4)


def test_a_point_and_a_row_open_in_the_explorer(app, trained):
    screen = start(upload(app("your_library"), text()))
    screen.click("library-scatter", 7)
    assert not screen.failures and screen.title == "Explorer"
    assert screen.document.reference.bases == sequences()[7] and screen.document.reference.name == "e7"
    assert "Line 9 of mine.csv: measured K562 0.700; HepG2 -0.350." in screen.document.remark
    screen.open("your_library")
    assert "mine.csv is still in use" in screen.words
    (apart,) = [t for t in tables(screen) if "apart (s.d.)" in t]
    screen.pick_row("library-apart", 0)
    assert screen.title == "Explorer" and screen.document.reference.name == apart["name"][0]


def test_columns_can_be_chosen(app, trained):
    screen = upload(app("your_library"), text("a,b,c,d"))
    assert any("no column of activity is recognised" in e for e in screen.values("error"))
    assert set(tables(screen)[0]["column"]) == {"a", "b", "c", "d"}
    screen.choose("library_activity", ["d"])
    assert not screen.values("error") and "measured: activity" in screen.words
    screen.choose("library_cell-d", "HepG2")
    assert "measured: HepG2" in screen.words
    start(screen)
    (scores,) = [t for t in tables(screen) if "Spearman" in t]
    assert list(scores["predicted by"]) == ["joint_legnet HepG2", "GC content", "mean of the table"]


def test_a_wrong_file_keeps_what_was_there(app, trained):
    screen = start(upload(app("your_library"), text()))
    upload(screen, b"\0\0\0", "wrong.csv")
    assert not screen.failures
    assert any("wrong.csv is not text" in e for e in screen.values("error"))
    assert "mine.csv is still in use" in screen.words and "30 sequences" in screen.words
    assert [t for t in tables(screen) if "Spearman" in t]
    upload(screen, text("name,seq,K562_log2,HepG2_log2").replace("e29", "last"), "other.csv")
    assert not screen.values("error") and "still in use" not in screen.words


def test_what_is_wrong_with_a_second_table_is_not_hidden_in_a_fold(app, trained):
    screen = upload(app("your_library"), text())
    upload(screen, "colour,weight\nred,1\n", name="other.csv")
    (wrong,) = screen.values("error")
    assert "other.csv: no column of activity is recognised" in wrong
    (fold,) = [e for e in screen.at.expander if e.label == "What each column is taken for"]
    assert not fold.error and len(fold.dataframe) == 1


def test_rows_that_cannot_be_read_are_listed(app, trained):
    screen = upload(app("your_library"), text() + "bad,ACGX" + "A" * 30 + ",1,1\nempty," + "ACGTT" * 10 + ",NA,\n")
    assert "30 sequences" in screen.words and "1 left out: no value is given." in screen.words
    (left_out,) = [t for t in tables(screen) if "reason" in t]
    assert left_out["line"].tolist() == [32] and "letter 'X' at position 4" in left_out["reason"][0]


def test_a_mavedb_score_set_opens_as_edits_of_its_target(app, trained):
    target = sequences()[0] + sequences()[1]
    rows = "".join(f"n.{i}{target[i - 1]}>{'A' if target[i - 1] != 'A' else 'C'},{i / 100}\n" for i in range(150, 156))
    screen = upload(app("your_library"), "hgvs_nt,score\n" + rows, "set.csv")
    assert any("give it as FASTA" in e for e in screen.values("error"))
    upload(screen, f">tgt\n{target}\n", "t.fa", "library_target")
    assert not screen.values("error") and "6 variants of tgt" in screen.words
    start(screen)
    assert not screen.failures and not screen.values("error")
    screen.click("library-scatter", 3)
    assert screen.title == "Explorer" and screen.document.reference.bases == target
    assert screen.document.bases == target[:152] + ("A" if target[152] != "A" else "C") + target[153:]


def test_what_the_models_have_seen_is_said(app, trained, library):
    rows = "".join(f"{library.sequence(i).bases},{i}\n" for i in range(20))
    screen = start(upload(app("your_library"), "seq,K562_log2\n" + rows))
    assert "it learned from 16 of these sequences" in screen.words and "2 are new to it" in screen.words
    (scores,) = [t for t in tables(screen) if "Spearman" in t]
    assert scores[scores["predicted by"] == "joint_legnet K562"]["n"].tolist() == [20, 2, 16]


def test_it_opens_with_nothing_trained_and_without_data(app, models_folder, no_data):
    screen = app("your_library")
    assert not screen.failures and "python -m engine train joint_legnet" in screen.words
    upload(screen, text())
    assert not screen.failures


def test_what_was_predicted_serves_every_choice_of_output(app, trained):
    screen = start(upload(app("your_library"), text("name,seq,log2,sd")))
    (scores,) = [t for t in tables(screen) if "Spearman" in t]
    assert [w for w in scores["predicted by"] if "joint_legnet" in w] == [
        f"joint_legnet {o}" for o in ("K562", "HepG2", "WTC11")
    ]
    screen.choose("library_output-K562-HepG2-WTC11", "HepG2")
    (scores,) = [t for t in tables(screen) if "Spearman" in t]
    assert [w for w in scores["predicted by"] if "joint_legnet" in w] == ["joint_legnet HepG2"]


def test_stopped_predictions_go_on_where_they_were(app, trained, monkeypatch):
    screen = upload(app("your_library"), text())
    monkeypatch.setattr(predicting, "AT_ONCE", 10)
    real, calls = predicting.predict, []

    def breaks(*words, **options):
        calls.append(1)
        if len(calls) == 3:
            raise InputError("stopped here")
        return real(*words, **options)

    monkeypatch.setattr(predicting, "predict", breaks)
    start(screen)
    assert any("stopped here" in e for e in screen.values("error"))
    del screen.at.session_state["library-wanted"]  # what the Stop button does
    screen.at.run()
    assert screen.at.button(key="library-start").label == "Go on (20 of 30 done)"
    start(screen)
    assert not screen.failures and len(calls) == 4
