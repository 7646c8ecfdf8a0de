"""axe-core finds nothing serious on any page, in either theme; pages fit narrow and wide screens, and enlarged text."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PAGES = ["", *sorted(f.stem for f in (ROOT / "pages").glob("*.py") if f.stem != "home")]
# Two tables on a page: the ids of the cells of Streamlit's data grid are those of its columns and rows. WCAG 2.2 has
# dropped the criterion, since browsers and screen readers cope with it.
OF_STREAMLIT = {"duplicate-id-active"}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]


def serious(page) -> list[str]:
    """What axe-core calls serious or critical, with the first place of each."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = axe.run(page, options={"runOnly": {"type": "tag", "values": TAGS}}).response["violations"]
    return [
        f"{v['id']} ({len(v['nodes'])} places): {v['nodes'][0]['html'][:200]}"
        for v in found
        if v["impact"] in ("serious", "critical") and v["id"] not in OF_STREAMLIT
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_on_any_page(new_app, scheme):
    app = new_app(1280, 900, scheme)
    problems = {}
    for page in PAGES:
        app.open(page)
        problems[page or "home"] = serious(app.page)
    assert not {page: found for page, found in problems.items() if found}


def test_nothing_serious_where_a_sequence_is_open_nor_on_the_tour(new_app):
    app = new_app(1280, 900, tour=True)
    app.open()
    app.page.locator("#cislens-tour").get_by_role("button", name="Start the tour").click()
    assert not serious(app.page)
    app.keys("Escape")
    app.press("Open the LDLR promoter")
    app.page.locator("#base-0").wait_for()
    app.settle()
    assert not serious(app.page)
    app.page.get_by_role("button", name="What is this?").click()
    app.settle()
    assert not serious(app.page)


# 640 pixels: what a screen of 1280 shows at 200% zoom
@pytest.mark.parametrize("width", [390, 640, 1024, 1920])
def test_no_page_is_wider_than_the_screen(new_app, width):
    app = new_app(width, 900)
    wide = []
    for page in PAGES:
        app.open(page)
        if app.page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth > window.innerWidth"):
            wide.append(page or "home")
    assert not wide


def test_the_keyboard_is_seen_in_the_navigation(new_app):
    app = new_app(1280, 900)
    app.open()
    app.page.keyboard.press("Tab")
    style = app.page.evaluate(
        """() => { const s = getComputedStyle(document.activeElement);
          return [s.outlineStyle, parseFloat(s.outlineWidth), document.activeElement.tagName]; }"""
    )
    assert style[0] == "solid" and style[1] >= 2, style
