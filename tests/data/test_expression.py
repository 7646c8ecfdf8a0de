"""Factors that a cell type makes: the rule by hand, and what the public tables say of factors that people know."""

import numpy as np
import pytest

from engine.data import expression, jaspar
from engine.data.expression import Expression
from engine.data.jaspar import Matrix
from engine.errors import InputError

COLUMNS = np.full((4, 5), 0.25)


@pytest.mark.parametrize(
    ("name", "has"),
    [
        ("GATA1", True),
        ("Gata1", True),
        ("GATA1::TAL1", True),
        ("GATA1::FOXA2", False),
        ("FOXA2", False),
        ("GATA", False),
    ],
)
def test_every_part_of_a_heterodimer_has_to_be_there_in_upper_or_lower_case(name, has):
    made = Expression("K562", frozenset({"GATA1", "TAL1"}))
    assert made.has(Matrix(name, "MA1", COLUMNS)) is has
    assert made.has(Matrix(name, "MA1", COLUMNS, "mine.meme")) is True
    words = made.in_words({"a": Matrix(name, "MA1", COLUMNS), "b": Matrix("TAL1", "MA2", COLUMNS)})
    assert words.startswith(f"{1 + has} of 2 matrices")


def test_of_other_cell_types_nothing_is_known():
    with pytest.raises(InputError, match="WTC11"):
        expression.of("WTC11")


@pytest.mark.needs_data("k562_expressed")
def test_k562_makes_its_erythroid_factors_and_no_factors_of_mice():
    made = expression.of("K562")
    by_name = {m.name: m for m in jaspar.load().values()}
    assert all(made.has(by_name[n]) for n in ("GATA1", "KLF1", "GATA1::TAL1", "SP1", "NFE2"))
    assert not any(made.has(by_name[n]) for n in ("ONECUT1", "FOXA2", "Rhox11", "PAX4"))


@pytest.mark.needs_data("hepg2_perturb_seq", "hepg2_chip_seq")
def test_in_hepg2_liver_factors_were_seen_and_the_words_say_that_others_may_be_there():
    made = expression.of("HepG2")
    by_name = {m.name: m for m in jaspar.load().values()}
    assert all(made.has(by_name[n]) for n in ("HNF4A", "HNF1A", "FOXA2", "CEBPB", "SREBF1", "SP1"))
    assert not made.has(by_name["GATA1::TAL1"]) and not made.has(by_name["Rhox11"])
    assert "may be there" in made.in_words(jaspar.load())
