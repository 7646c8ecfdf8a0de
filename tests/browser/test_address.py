"""Addresses, the browser's history, the search box and the clipboard, in a real browser."""

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def window(app):
    """A window that may use the clipboard."""
    app.page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=app.url)
    return app


def visits(window) -> int:
    return window.page.evaluate("history.length")


def clipboard(window) -> str:
    return window.page.evaluate("navigator.clipboard.readText()")


def test_back_leaves_the_explorer_at_once_however_many_edits_were_made(window):
    window.open()
    window.press("Open the LDLR promoter")
    window.page.locator("#base-0").wait_for()
    window.settle()
    before = visits(window)
    for position, base in ((20, "a"), (50, "c")):
        window.at(position)
        window.keys(base)
        window.settle()
    assert visits(window) == before and "s=" in window.page.url
    edited = window.sequence()
    window.page.go_back()
    window.page.wait_for_url(f"{window.url}/")
    window.settle()
    window.page.go_forward()
    window.has(edited)


def test_a_page_keeps_its_choices_in_its_address_and_a_link_brings_them_back(window):
    window.open()  # the very first address of a new server goes by way of Home
    window.open("published_findings?ours=yes")
    assert "ours=yes" in window.page.url
    window.page.get_by_role("button", name="Copy a link to this page as it stands").click()
    window.page.get_by_text("Link copied").wait_for()
    assert clipboard(window) == window.page.url


def test_the_search_box_leads_by_keyboard_alone_and_says_what_it_does_not_find(window):
    window.open("benchmark")
    window.page.locator("body").press("/")
    box = window.page.get_by_role("combobox", name="Search: gene")
    box.press_sequentially("published")
    window.page.get_by_role("option", name="Published findings").first.wait_for()
    box.press("Enter")
    window.page.wait_for_url("**/published_findings**")
    window.settle()
    box.fill("no such name")
    box.press("Enter")
    window.page.get_by_role("alert").filter(has_text="no such name").wait_for()


def test_a_figure_and_a_table_can_be_copied(window):
    window.open("published_findings")
    window.page.locator(".cislens-copy").first.click()
    window.page.locator('.cislens-copy[aria-label="Copied"]').wait_for()
    kinds = window.page.evaluate("navigator.clipboard.read().then(items => items.flatMap(item => item.types))")
    assert kinds == ["image/png"]
    window.page.get_by_role("button", name="Copy the table").first.click()
    window.page.get_by_text("Copied", exact=True).first.wait_for()
    assert clipboard(window).count("\t") > 20
