"""Words from outside in a real browser: they read as they are, and no request leaves for another host."""

import json
from urllib.parse import urlsplit

import pytest

from engine.editor import session
from engine.editor.document import Document
from engine.editor.session import Bench, Session
from engine.sequence import Region, Sequence

NAME = (
    "![b](http://evil.example/x.png) <img src=http://evil.example/y.png> **x** _y_ `c` $a$ :red[r] :material/home: "
    ":100: <a href=http://evil.example>l</a> ~s~ -> # h"
)
# what a person sees of it: Markdown joins what are several blanks
PARTS = ("![b](", "/x.png)", "<img src=", "**x** _y_ `c` $a$ :red[r] :material/home: :100:", "~s~ -> # h")
CHROM = "<b>chr1</b>![c](http://evil.example/z.png)"
BASES = "ACGTTGCAAGCATTCGGATT" * 10

ELSEWHERE = (
    ("Sequences", "In-silico experiments"),
    ("Sequences", "Variants"),
    ("Sequences", "Scan"),
    ("Models", "Losses side by side"),
    ("Explanations", "Reliability"),
)


def hostile() -> Document:
    """A sequence in which every text that can be is hostile."""
    placed = Sequence(NAME, BASES, Region(CHROM, 99, 299, NAME), NAME)
    return Document(placed, remark=NAME).spliced(4, 1, "A", NAME)


@pytest.fixture
def watched(app, server):
    """A window and the addresses of other hosts that it asked for, none of which is let through."""
    foreign = []

    def look(route):
        if urlsplit(route.request.url).netloc == urlsplit(server).netloc or route.request.url.startswith("data:"):
            route.continue_()
        else:
            foreign.append(route.request.url)
            route.abort()

    app.page.context.route("**/*", look)
    return app, foreign


def visible(app) -> str:
    """What the page says, without the sign that is not seen."""
    return app.text().replace("\u2060", "")


def fetched_nothing(app, foreign) -> None:
    app.no_exception()
    assert foreign == []
    assert app.page.locator('img[src*="evil"]').count() == 0
    assert app.page.locator('a[href*="evil"]').count() == 0


def test_a_hostile_link_fetches_nothing_and_its_name_reads_as_it_is(watched):
    app, foreign = watched
    link = session.to_link(Session(Bench((hostile(),)), ("joint_legnet", NAME), ("K562",), None, (0, 100)))
    app.open(f"explorer?s={link}")
    app.explorer_ready()
    app.unfold("History")
    said = visible(app)
    for part in PARTS:
        assert said.count(part) >= 4, part  # name, origin, remark, edit
    assert "Not trained here" in said
    app.shot("outside-link")
    fetched_nothing(app, foreign)
    for menu, page in ELSEWHERE:
        app.page.get_by_test_id("stTopNavSection").filter(has_text=menu).first.click()
        app.page.get_by_test_id("stTopNavDropdownLink").filter(has_text=page).first.click()
        app.settle()
        fetched_nothing(app, foreign)
        app.shot(f"outside-{page.split()[0].lower()}")


def test_hostile_session_and_fasta_files_fetch_nothing(watched, tmp_path):
    app, foreign = watched
    app.open("explorer")
    two = Session(Bench((hostile(), Document(Sequence("![t](http://evil.example/t.png)", BASES[::-1])))))
    file = tmp_path / "session.json"
    file.write_text(session.to_json(two))
    app.unfold("Session")
    app.hand_over(file)
    app.explorer_ready()
    assert "![t](http://evil.example/t.png)" in visible(app)  # on the tab of the second
    fetched_nothing(app, foreign)
    broken = tmp_path / "![f](http:__evil.example_f.png).json"
    broken.write_text(json.dumps({"format": 1, "documents": [{"name": NAME, "bases": "AX"}]}))
    app.unfold("Session")
    app.hand_over(broken)
    assert "Nothing that was open is lost" in visible(app)
    fetched_nothing(app, foreign)


def test_what_was_open_comes_back_in_a_new_window_of_the_browser_and_nowhere_else(promoter, new_app):
    app = new_app()
    app.open()
    app.press("Open the LDLR promoter")
    app.explorer_ready()
    app.at(3)
    app.keys("A", "C", "G", "T", "A", "C")
    app.explorer_ready()
    bases = app.sequence()
    app.page.goto(f"{app.url}/")
    app.page.get_by_role("button", name="Open what you had").wait_for()
    app.shot("outside-kept")
    app.press("Open what you had")
    app.explorer_ready()
    app.has(bases)
    other = new_app()
    other.open()
    assert other.page.get_by_role("button", name="Open what you had").count() == 0
