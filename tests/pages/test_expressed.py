"""The Explorer's choice of motifs by the factors that a cell type makes."""

import pytest

pytestmark = pytest.mark.needs_data("k562_expressed")


def test_motifs_of_factors_that_a_cell_type_lacks_are_left_out(explorer, trained, bases):
    screen = explorer(bases[:60] + "TGTTTACA" + bases[68:])  # of forkheads, most of which K562 lacks

    def drawn() -> set[str]:
        return {part["hover"] for part in screen.editor.parts["motifs"]["stretches"]}

    everything = drawn()
    screen.choose("motifs_expressed", "K562")
    assert not screen.failures and "604 of 879 matrices" in screen.words
    assert drawn() != everything
