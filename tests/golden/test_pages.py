"""Every page shows the figures, tables and numbers that it showed when `pages/` was written.

Where something stands on a page may change: what was shown must be there, in any order, and more may be there.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.golden import scenes
from tests.golden.compare import difference

GOLDEN = Path(__file__).parent / "pages"
DATA = (
    "lentimpra_sequences", "lentimpra_activity", "satmut", "cagi5_challenge", "cagi5_references", "cagi5_release",
    "large_hepg2", "large_wtc11",
)  # fmt: skip
EVERY = [(page, scene) for page, named in scenes.SCENES.items() for scene in named]


@pytest.mark.needs_data(*DATA)
@pytest.mark.parametrize(("page", "scene"), EVERY)
def test_a_page_shows_what_it_showed(page, scene):
    golden = json.loads((GOLDEN / f"{page}.json").read_text())[scene]
    now = scenes.collect(scenes.play(page, scene), page)
    lost = [f"{kind}: {_lost(was, now[kind])}" for kind in golden for was in golden[kind] if _lost(was, now[kind])]
    assert not lost, f"{page}, {scene}:\n" + "\n".join(lost)


def _lost(was: str | list[str], now: list) -> str | None:
    """None where something on the page is the same; or else what differs from the one that is most alike."""
    text = _text(was)
    apart = {_text(other): difference(text, _text(other)) for other in now}
    if None in apart.values():
        return None
    first = text.splitlines()[0] if text else ""
    # of those that begin alike the one that goes on alike for longest
    near = max((d for d in apart.values()), key=lambda d: int(d.split(":")[0].split()[1]), default="nothing is there")
    return f"{first[:120]}\n  {near}"


def _text(told: str | list[str]) -> str:
    return told if isinstance(told, str) else "\n".join(told)


def test_every_page_is_opened():
    assert {f.stem for f in GOLDEN.glob("*.json")} == set(scenes.PAGES) == set(scenes.SCENES)
