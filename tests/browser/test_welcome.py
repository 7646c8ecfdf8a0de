"""The first visit: the tour of five steps, and the examples under "What is this?"."""

import pytest

pytestmark = pytest.mark.slow


def test_the_tour_is_offered_once_and_leads_to_an_edited_promoter(new_app):
    app = new_app(1280, 900, tour=True)
    app.open()
    card = app.page.locator("#cislens-tour")
    card.get_by_role("button", name="Start the tour").click()
    card.get_by_text("Step 1 of 5").wait_for()
    card.get_by_role("button", name="Open the promoter").click()
    card.get_by_text("Step 2 of 5").wait_for()
    app.page.wait_for_url("**/explorer*")
    app.page.locator("#base-0").wait_for()
    card.locator(".light:not([hidden])").wait_for()
    card.get_by_role("button", name="Next").click()
    app.keys("Escape")  # ends it: its card has the keyboard
    assert card.count() == 0
    app.page.reload()
    app.settle()
    assert card.count() == 0
    app.no_exception()


def test_the_tour_can_be_left_out_and_taken_later(new_app):
    app = new_app(1280, 900, tour=True)
    app.open()
    card = app.page.locator("#cislens-tour")
    card.get_by_role("button", name="Not now").click()
    assert card.count() == 0
    app.page.get_by_role("button", name="What is this?").click()
    app.page.get_by_role("button", name="Take the tour").click()
    card.get_by_text("Step 1 of 5").wait_for()
    app.no_exception()


def test_the_example_of_a_page_is_on_screen_after_one_click(new_app):
    app = new_app(1280, 900)
    app.open("scan")
    app.page.get_by_role("button", name="What is this?").click()
    app.press("Show the example")
    app.shows("SORT1: 1,601 bases")
    app.page.get_by_text("Words on this page").wait_for(state="hidden")
    app.no_exception()
