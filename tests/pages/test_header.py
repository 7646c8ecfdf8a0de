"""The first line of a page: its name, "What is this?", and the example that it shows at one click."""

import ast
from pathlib import Path

import pytest

from pages.shared import glossary
from pages.shared.about import ABOUT

ROOT = Path(__file__).resolve().parents[2]
PAGES = [f"pages/{f.name}" for f in sorted((ROOT / "pages").glob("*.py"))]


def calls(name: str) -> list[ast.Call]:
    """Every call on the pages of a function or method of this name."""
    trees = [ast.parse(f.read_text()) for f in (ROOT / "pages").rglob("*.py")]
    found = [n for tree in trees for n in ast.walk(tree) if isinstance(n, ast.Call)]
    return [c for c in found if ast.unparse(c.func).split(".")[-1] == name]


def test_every_page_is_explained_and_nothing_else():
    assert sorted(ABOUT) == PAGES
    for about in ABOUT.values():
        assert about.answers.endswith("?") and about.reading


def test_every_term_that_a_page_explains_is_in_the_glossary():
    used = {a.args[0].value for a in calls("explained") if a.args and isinstance(a.args[0], ast.Constant)}
    assert used <= set(glossary.TERMS)
    assert {t for about in ABOUT.values() for t in about.terms} <= set(glossary.TERMS)


def test_examples_choose_what_the_pages_have():
    files = [f for f in (ROOT / "pages").rglob("*.py") if f.name != "about.py"]
    written = {n.value for f in files for n in ast.walk(ast.parse(f.read_text())) if isinstance(n, ast.Constant)}
    for page, about in ABOUT.items():
        for key in about.example.choices if about.example else ():
            assert key in written, f"{page}: no widget has the key {key}"


def test_definitions_are_short_and_in_one_alphabet():
    assert list(glossary.TERMS) == sorted(glossary.TERMS, key=str.casefold)
    for term, words in glossary.TERMS.items():
        assert len(words) <= 240 and not words[0].islower(), term
        assert words.endswith((".", "?")), term


def test_what_a_page_adds_stands_behind_the_definition():
    assert glossary.explained("GC", "Over the window.") == f"{glossary.TERMS['GC']} Over the window."
    with pytest.raises(KeyError):
        glossary.explained("no such word")


@pytest.mark.needs_data("satmut", "cagi5_references")
def test_the_example_of_the_explorer_is_a_measured_variant_of_the_ldlr_promoter(app, trained):
    screen = app("in_silico").press("Show the example")
    assert not screen.failures
    assert len(screen.document.bases) == 200
    assert screen.at.session_state["silico_experiment"] == "Guided substitutions"


def test_an_example_whose_data_are_not_here_says_so_and_changes_nothing(app, trained, no_data):
    screen = app("in_silico").press("Show the example")
    assert not screen.failures
    assert "bench" not in screen.at.session_state
    (error,) = screen.values("error")
    assert "satmut" in error
