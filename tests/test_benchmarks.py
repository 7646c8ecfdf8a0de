"""How the table of benchmarks is made: by hand-computed ratios, and works timed in turn."""

from __future__ import annotations

import pytest
import torch

from benchmarks import __main__ as table
from benchmarks import shared
from engine import store


def test_a_ratio_says_how_many_times_better_ours_is_for_times_and_for_rates():
    times = shared.row("task", "other", [2.0, 1.0, 9.0], [6.0, 4.0, 5.0])
    assert (times.ours, times.theirs, times.ratio, times.least) == (2.0, 5.0, 2.5, 4.0)
    rates = shared.row("task", "other", [2.0], [5.0], count=10, unit="samples/CPU s")
    assert (rates.ours, rates.theirs, rates.ratio) == (5.0, 2.0, 2.5)


def test_works_are_done_in_turn_and_the_first_round_of_each_is_not_counted():
    done: list[str] = []
    figures = shared.interleaved((lambda: done.append("a"), lambda: done.append("b")), repeats=2)
    assert done == ["a", "b"] * 3 and figures.shape == (2, 2, 2) and (figures >= 0).all()
    compared = shared.compared("task", "other", lambda: sum(range(10_000)), lambda: sum(range(100_000)), repeats=3)
    assert compared.unit == "CPU s" and compared.ratio > 2


def test_the_table_is_one_that_markdown_reads():
    rows = [
        shared.Row("short", "b", 1234.6, 0.01234, "MB", 0.5),
        shared.row("longer task", "b", [1.0], [2.0], note="n"),
    ]
    head, rule, first, second = shared.table(rows).splitlines()
    assert [cell.strip() for cell in first.split("|")[1:-1]] == ["short", "1,235 MB", "b", "0.0123 MB", "0.50", "", ""]
    assert [cell.strip() for cell in second.split("|")[-5:-1]] == ["2 CPU s", "2.00", "2.00", "n"]
    assert head.count("|") == rule.count("|") == 8 and len({len(line) for line in (head, rule, first, second)}) == 1


@pytest.mark.parametrize("apart", [0.0, 0.25])
def test_a_note_tells_how_far_two_results_lie_apart(apart):
    assert shared.furthest([1.0, 2.0], [1.0, 2.0 + apart]) == f"furthest apart {apart:.0e}"


def test_a_benchmark_that_fails_is_named_and_the_others_stand_in_the_table(monkeypatch, tmp_path, capsys):
    def bad(quick: bool) -> list[shared.Row]:
        raise ModuleNotFoundError("no such package")

    good = lambda quick: [shared.Row("quick task" if quick else "task", "other", 1.0, 2.0, "s", 2.0)]  # noqa: E731
    monkeypatch.setattr(table, "BENCHMARKS", {"bad": bad, "good": good})
    monkeypatch.setattr(table, "measured", lambda compute, quick: compute(quick))
    monkeypatch.setattr("sys.argv", ["benchmarks", "--quick", "--json", str(tmp_path / "out.json")])
    threads = torch.get_num_threads()
    with pytest.raises(SystemExit) as end:
        table.main()
    torch.set_num_threads(threads)
    printed = capsys.readouterr().out
    assert end.value.code == 1
    assert "| quick task |" in printed and "not measured: bad: ModuleNotFoundError: no such package" in printed
    stored = store.load_json(tmp_path / "out.json")
    assert stored["rows"][0]["ratio"] == 2.0 and list(stored["not measured"]) == ["bad"]
    assert stored["machine"]["cores"] >= 1
