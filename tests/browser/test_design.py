"""Design in the browser, on real data: sequences come, are ranked, leave as files, and one opens in the Explorer."""

import re

import pandas as pd
import pytest

from engine.fasta import read_fasta

pytestmark = pytest.mark.slow


def test_designs_are_ranked_saved_and_opened_and_are_there_again_on_the_way_back(app):
    app.open()  # the very first address of a new server goes by way of Home
    app.open("design?method=nearest&count=5")
    app.press("Design 5 sequences")
    app.shows("5 designs")
    table = pd.read_csv(app.download("Table (CSV)"))
    assert len(table) == 5 and table["distance"].is_monotonic_increasing
    saved = read_fasta(app.download("Sequences (FASTA)").read_text())
    assert [s.bases for s in saved] == table["sequence"].tolist()
    app.no_exception()
    app.page.get_by_role("button", name=re.compile("^Open .* in the Explorer$")).click()
    app.explorer_ready()
    assert app.sequence() == table["sequence"][0]
    app.page.get_by_test_id("stTopNavSection").filter(has_text="Sequences").first.click()
    app.page.get_by_test_id("stTopNavDropdownLink").filter(has_text="Design").first.click()
    app.shows("5 designs")
    assert pd.read_csv(app.download("Table (CSV)"))["sequence"].tolist() == table["sequence"].tolist()
    app.no_exception()
    assert app.console_errors == []
