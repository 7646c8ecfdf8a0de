"""Favourites and recent sequences on the pages."""

from engine.editor import shelf as files


def offered(screen) -> list[str]:
    return [b.label for b in screen.at.button if (b.key or "").startswith("shelf-")]


def test_what_was_opened_is_recent_and_a_favourite_comes_with_its_edits(known, app, explorer, trained, bases):
    screen = explorer(bases).substitute(3, "A" if bases[3] != "A" else "C")
    screen.at.button(key="favourite").click().run()
    assert not screen.failures
    assert [e.favourite for e in files.entries(known)] == [True]
    screen.open_drawer().type("paste_text", ">second\n" + bases[::-1] + "\n")
    screen.at.button(key="open_paste").click().run()
    again = app("home")
    assert offered(again) == ["pasted (200 bp, edited)", "second (200 bp)"]
    next(b for b in again.at.button if b.label == "pasted (200 bp, edited)").click().run()
    assert not again.failures
    (favourite,) = [e.document for e in files.entries(known) if e.favourite]
    assert again.document == favourite and len(again.edits) == 1
    again.at.button(key="favourite").click().run()
    assert not any(e.favourite for e in files.entries(known))


def test_a_browser_that_is_not_known_has_no_shelf(explorer, trained, bases):
    screen = explorer(bases)
    assert offered(screen) == [] and not any(b.key == "favourite" for b in screen.at.button)
