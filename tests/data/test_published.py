"""The restated figures of the rank-order study: spot values, completeness, and a file that is not as it should be."""

import dataclasses

import pytest

from engine.data import published
from engine.data.satmut import MATCHED
from engine.errors import DataError
from engine.experiments.declared import FOLLOW_UPS, JOINT, RANK_ORDER

HELD_OUT = ("spearman", "pearson", "pairwise_accuracy", "ndcg_at_10")
OTHER = {"K562": "HepG2", "HepG2": "K562"}
NO_CAGI5 = {"B2_soft_classification"}
TRANSFER_ALL = {
    "B1_baseline_mse",
    "R1_plackett_luce",
    "R2_softsort",
    "R3_ranknet",
    "R4_combined",
    "R5_dual_combined",
    "D3_full_advanced",
    "H1_HepG2_baseline_mse",
    "H2_HepG2_plackett_luce",
    "H3_HepG2_combined",
    "H4_HepG2_softsort",
}
REPORTED = {
    "held_out": {e.name for e in RANK_ORDER},
    "cagi5_all": {e.name for e in RANK_ORDER} - NO_CAGI5,
    "cagi5_high": {e.name for e in RANK_ORDER} - NO_CAGI5,
    "transfer_all": TRANSFER_ALL,
    "transfer_high": TRANSFER_ALL - {"D3_full_advanced"},
}
NOT_THE_MEAN: set[tuple[str, str]] = set()  # (experiment, subset) whose printed mean is not that of its elements


@pytest.fixture
def file(tmp_path, monkeypatch):
    """Another file in place of the shipped one; not there yet."""
    path = tmp_path / "figures.csv"
    monkeypatch.setattr(published, "SCORES", dataclasses.replace(published.SCORES, file=path))
    return path


@pytest.mark.parametrize(
    ("experiment", "subset", "metric", "element", "value"),
    [
        ("B1_baseline_mse", "held_out", "spearman", "", 0.7075),
        ("B1_baseline_mse", "held_out", "pearson", "", 0.7587),
        ("B1_baseline_mse", "held_out", "pairwise_accuracy", "", 0.7613),
        ("B1_baseline_mse", "held_out", "ndcg_at_10", "", 0.4843),
        ("B1_baseline_mse", "cagi5_all", "spearman", "mean", 0.3861),
        ("B1_baseline_mse", "cagi5_high", "spearman", "mean", 0.6868),
        ("B1_baseline_mse", "cagi5_high", "spearman", "GP1BB", 0.7189),
        ("B1_baseline_mse", "transfer_all", "spearman", "mean", 0.2815),
        ("B2_soft_classification", "held_out", "ndcg_at_10", "", 0.3216),
        ("R3_ranknet", "cagi5_high", "spearman", "PKLR", 0.7577),
        ("D1_domain_adversarial", "cagi5_all", "spearman", "HBB", 0.3651),
        ("D3_full_advanced", "transfer_all", "spearman", "mean", 0.2832),
        ("H1_HepG2_baseline_mse", "cagi5_all", "spearman", "F9", 0.4817),
        ("H4_HepG2_softsort", "held_out", "spearman", "", 0.7352),
        ("H4_HepG2_softsort", "held_out", "pearson", "", 0.7425),
        ("H4_HepG2_softsort", "held_out", "pairwise_accuracy", "", 0.7709),
        ("H4_HepG2_softsort", "held_out", "ndcg_at_10", "", 0.6964),
        ("H4_HepG2_softsort", "cagi5_all", "spearman", "mean", 0.4095),
        ("H4_HepG2_softsort", "cagi5_high", "spearman", "mean", 0.5854),
        ("H4_HepG2_softsort", "transfer_all", "spearman", "mean", 0.2780),
        ("H4_HepG2_softsort", "transfer_high", "spearman", "mean", 0.5753),
        ("H4_HepG2_softsort", "transfer_high", "spearman", "GP1BB", 0.5583),
    ],
)
def test_a_figure_is_as_the_study_prints_it(experiment, subset, metric, element, value):
    assert published.score(experiment, subset, metric, element) == value


def test_the_metric_is_spearman_unless_another_is_named():
    assert published.score("B1_baseline_mse", "held_out") == 0.7075


def test_the_table_holds_these_rows_and_no_others():
    """What each table of the study covers, row by row; nothing twice, nothing else."""
    expected = {(e.name, e.task.outputs[0], metric, "held_out", "") for e in RANK_ORDER for metric in HELD_OUT}
    for experiment in RANK_ORDER:
        cell = experiment.task.outputs[0]
        for subset, elements in (
            ("cagi5_all", MATCHED[cell]),
            ("cagi5_high", MATCHED[cell]),
            ("transfer_all", MATCHED[OTHER[cell]]),
            ("transfer_high", MATCHED[OTHER[cell]]),
        ):
            if experiment.name in REPORTED[subset]:
                expected |= {(experiment.name, cell, "spearman", subset, e) for e in (*elements, published.MEAN)}
    table = published.scores()
    assert tuple(table.columns) == published.SCORES.columns
    found = list(table[list(published.SCORES.columns[:-1])].itertuples(index=False, name=None))
    assert len(found) == len(set(found)) == 312
    assert set(found) == expected
    assert table.value.between(0, 1).all()


def test_a_mean_is_the_mean_of_its_elements():
    table = published.scores()
    off = set()
    for key, rows in table[table.element != ""].groupby(["experiment", "subset"]):
        mean = published.score(*key, element=published.MEAN)
        if abs(mean - rows.value[rows.element != published.MEAN].mean()) > 0.0006:
            off.add(key)
    assert off == NOT_THE_MEAN


@pytest.mark.parametrize(
    ("losses", "subset", "value"),
    [
        (("R2_softsort", "H4_HepG2_softsort"), "transfer_all", 0.2768),
        (("R4_combined", "H3_HepG2_combined"), "transfer_all", 0.2575),
        (("B1_baseline_mse", "H1_HepG2_baseline_mse"), "transfer_all", 0.2572),
        (("R1_plackett_luce", "H2_HepG2_plackett_luce"), "transfer_all", 0.2482),
        (("R2_softsort", "H4_HepG2_softsort"), "transfer_high", 0.5167),
        (("B1_baseline_mse", "H1_HepG2_baseline_mse"), "transfer_high", 0.5066),
        (("R4_combined", "H3_HepG2_combined"), "transfer_high", 0.4880),
        (("R1_plackett_luce", "H2_HepG2_plackett_luce"), "transfer_high", 0.4754),
    ],
)
def test_the_study_s_averages_by_loss_follow_from_the_table(losses, subset, value):
    both = [published.score(name, subset, element=published.MEAN) for name in losses]
    assert sum(both) / 2 == pytest.approx(value, abs=0.0001)


@pytest.mark.parametrize(
    ("experiment", "subset", "metric", "element"),
    [
        ("B2_soft_classification", "cagi5_all", "spearman", "mean"),
        ("B2_soft_classification", "transfer_high", "spearman", "mean"),
        ("D3_full_advanced", "transfer_high", "spearman", "mean"),
        ("C1_pl_linear_curriculum", "transfer_all", "spearman", "mean"),
        ("B1_baseline_mse", "cagi5_all", "spearman", "F9"),  # an element of the other cell type
        ("B1_baseline_mse", "cagi5_all", "pearson", "mean"),
        ("B1_baseline_mse", "cagi5_all", "spearman", ""),
        ("B1_baseline_mse", "held_out", "kendall", ""),
        *((e.name, "held_out", "spearman", "") for e in (*FOLLOW_UPS, *JOINT)),
    ],
)
def test_what_the_study_does_not_report_is_none(experiment, subset, metric, element):
    assert published.score(experiment, subset, metric, element) is None


def test_a_changed_table_changes_no_one_else_s():
    table = published.scores()
    table["value"] = 0.0
    assert published.scores().value.gt(0).all()
    assert published.score("B1_baseline_mse", "held_out") == 0.7075


def test_a_missing_file_is_named(file):
    for read in (published.scores, lambda: published.score("B1_baseline_mse", "held_out")):
        with pytest.raises(DataError, match=r"figures\.csv cannot be read \(No such file or directory\): put back"):
            read()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"experiment,metric,subset,value\nB1,spearman,held_out,0.7\n", "lacks the column trained_on, element: put"),
        (
            b"experiment,trained_on,metric,subset,element,value\nB1,K562,spearman,held_out,,many\n",
            "not a number .*many",
        ),
        (b"experiment,trained_on,metric,subset,element,value\nB1,K562,spearman,held_out,,\n", "not a number"),
        (b"", "cannot be read as a comma-separated table"),
        (b"\xff\xfe\x00\x81", "cannot be read as a comma-separated table"),
    ],
)
def test_a_broken_file_is_named_with_the_reason(file, content, reason):
    file.write_bytes(content)
    for _ in range(2):  # an error is not cached away
        with pytest.raises(DataError, match=rf"figures\.csv.*{reason}"):
            published.scores()
