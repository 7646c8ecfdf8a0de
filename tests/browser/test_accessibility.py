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


FITS = "document.querySelector('[data-testid=stMain]').scrollWidth <= window.innerWidth"
WIDTHS = (390, 640, 1024, 1920)  # 640 pixels: what a screen of 1280 shows at 200% zoom


def test_nothing_serious_on_any_page_in_either_theme_and_every_page_fits_every_width(new_app):
    too_late = pytest.importorskip("playwright.sync_api").TimeoutError
    app = new_app(1280, 900)
    problems, wide = {}, []
    for page in PAGES:
        app.open(page)
        app.page.wait_for_timeout(800)  # what comes in fading has its colours then
        problems[page or "home", "light"] = serious(app.page)
        app.page.emulate_media(color_scheme="dark")
        app.page.wait_for_timeout(400)
        problems[page or "home", "dark"] = serious(app.page)
        app.page.emulate_media(color_scheme="light")
        for width in WIDTHS:
            app.page.set_viewport_size({"width": width, "height": 900})
            try:  # figures are drawn anew after the window has changed, on a busy machine a while after
                app.page.wait_for_function(FITS, timeout=10_000)
            except too_late:
                wide.append((page or "home", width))
        app.page.set_viewport_size({"width": 1280, "height": 900})
    assert not {where: found for where, found in problems.items() if found}
    assert not wide


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


def test_the_keyboard_is_seen_in_the_navigation(new_app):
    app = new_app(1280, 900)
    app.open()
    app.page.keyboard.press("Tab")
    style = app.page.evaluate(
        """() => { const s = getComputedStyle(document.activeElement);
          return [s.outlineStyle, parseFloat(s.outlineWidth), document.activeElement.tagName]; }"""
    )
    assert style[0] == "solid" and style[1] >= 2, style
