"""The checks of two models' maps beside each other: paired on the elements that both were asked."""

import numpy as np
import pytest

from engine.evaluation import ingredients
from engine.evaluation.ingredients import Ingredient, Side
from engine.experiments import checkpoints
from engine.interpretation import stored
from engine.interpretation.reliability import beside, store
from engine.statistics import VERDICTS, mean_of

RNG = np.random.default_rng(0)
ANGLES = RNG.uniform(20, 40, 12)  # of six elements of either half
AUROC = {
    "auroc": {"value": 0.9, "low": 0.8, "high": 1.0, "n": 12},
    "auprc": {"value": 0.5, "low": 0.4, "high": 0.6, "n": 12},
}


@pytest.fixture
def checked(save_model):
    """A factory of models with the checks of their maps."""

    def make(name: str, seed: int, **checks: np.ndarray) -> None:
        save_model(name, seed=seed)
        place = stored.place(name)
        part = {
            "checks": {k: list(v) for k, v in checks.items()},
            "planted": {"motif": "GATA1", "ig": AUROC, "ism": AUROC},
        }
        stored.write_json(stored.file_of(place, store.FILE), place.weights_hash, {"outputs": {"K562": part}})

    return make


def rows(having: str, lacking: str) -> dict[str, dict]:
    return {row["check"]: row for row in beside.beside(having, lacking)}


def test_differences_are_of_the_same_elements_and_a_smaller_angle_is_better(checked):
    """One was asked of six elements of either half, the other of the first four: these are compared."""
    shared = np.r_[ANGLES[:4], ANGLES[6:10]]
    checked("plain", 1, off_simplex=ANGLES, seeds=np.full(12, 0.5), models=ANGLES)
    checked("augmented", 2, off_simplex=shared - 5, seeds=np.full(8, 0.5) + 0.01 * RNG.normal(size=8), models=shared)
    found = rows("augmented", "plain")
    angle = found["gradient off the simplex (degrees)"]
    assert angle["difference"] == mean_of((shared - 5) - shared).as_dict() and angle["difference"]["n"] == 8
    assert angle["lacking"] == mean_of(shared).as_dict() and angle["verdict"] == VERDICTS[0]
    assert rows("plain", "augmented")["gradient off the simplex (degrees)"]["verdict"] == VERDICTS[1]
    assert found["ISM agrees between training seeds"]["verdict"] == VERDICTS[2]
    assert "ISM agrees with other models" not in found  # others for either


def test_planted_motifs_stand_beside_each_other_and_are_not_paired(checked):
    checked("plain", 1)
    checked("augmented", 2)
    row = rows("augmented", "plain")["IG finds a planted motif (AUROC)"]
    assert (row["having"], row["lacking"]) == (AUROC["auroc"],) * 2
    assert row["difference"] is row["verdict"] is None


def test_every_ingredient_of_two_checked_models_has_rows_that_go_into_a_table(checked, monkeypatch):
    checked("plain", 1, off_simplex=ANGLES)
    checked("augmented", 2, off_simplex=ANGLES)
    declared = (
        Ingredient("augmentation", Side(("augmented",)), Side(("plain",))),
        Ingredient("seeds", Side(("plain",), whole=True), Side(("plain",))),
        Ingredient("distillation", Side(("student",)), Side(("plain",))),
    )
    monkeypatch.setattr(ingredients, "INGREDIENTS", declared)
    table = [beside.in_numbers(row) for row in beside.of_ingredients()]
    assert {row["ingredient"] for row in table} == {"augmentation"}
    assert len({tuple(row) for row in table}) == 1 and table[0]["difference_value"] == 0
    assert np.isnan(table[1]["difference_low"]) and table[1]["verdict"] == ""


def test_checks_of_other_weights_do_not_count(checked, save_model):
    checked("plain", 1, off_simplex=ANGLES)
    checked("augmented", 2, off_simplex=ANGLES)
    save_model("augmented", seed=3)
    assert checkpoints.trained() == ["augmented", "plain"] and beside.beside("augmented", "plain") == []
