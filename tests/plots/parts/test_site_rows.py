"""Rows of the Explorer's figure beside the attributions: what is drawn where, and rows put together freely."""

import itertools
import json

import numpy as np
import plotly.graph_objects as go
import pytest

from engine.editor.document import Document
from engine.errors import InputError
from engine.interpretation.attribution.agreement import agreement
from engine.plots import explorer
from engine.plots.explorer import Evidence, Look
from engine.plots.parts import rows, site_rows, theme
from engine.plots.parts.rows import Frame, Row
from engine.results import MotifHit, MotifSite, Track
from engine.sequence import Sequence, gc_content, reverse_complement

BASES = "ACGNTTGCAA" * 6


def frame(view=(0, 60), first: int = 1, bases: str = BASES) -> Frame:
    return Frame(bases, view, first)


def site(start: int, end: int, name: str = "GATA1", strand: str = "+", status: str = "kept") -> MotifSite:
    return MotifSite(name, (MotifHit(name, "MA0035.5", start, end, strand, 12.34, 1e-5, 0.0123),), status)


def track(kind: str, seed: int = 0, bases: str = BASES, model: str = "m") -> Track:
    values = np.random.default_rng(seed).normal(size=(1, len(bases), 4)).astype(np.float32)
    return Track(kind, model, ("K562",), bases, values, np.zeros(1, np.float32), True)


def named(row: Row, name: str) -> go.Scatter:
    (found,) = [t for t in row.traces if t.name == name]
    return found


def outlines(row: Row, mark: str) -> list[list[tuple[float, float]]]:
    """The polygons of the matches drawn with a mark."""
    trace = named(row, f"{mark} motifs")
    found: list[list[tuple[float, float]]] = [[]]
    for x, y in zip(trace.x, trace.y, strict=True):
        if x is None:
            found.append([])
        else:
            found[-1].append((x, y))
    return [f for f in found if f]


# --- motif matches ----------------------------------------------------------------------------------


def test_a_match_covers_its_bases_and_points_along_its_strand():
    row = site_rows.motif_sites(frame(first=101), [site(2, 9), site(30, 36, "SP1", "-")])
    forward, backward = outlines(row, "kept")
    assert (min(x for x, _ in forward), max(x for x, _ in forward)) == (102.5, 109.5)
    assert (min(x for x, _ in backward), max(x for x, _ in backward)) == (130.5, 136.5)
    # only the tip of the arrow reaches that end, half way up
    assert [y for x, y in forward if x == 109.5] == [0] and len([y for x, y in forward if x == 102.5]) == 3
    assert [y for x, y in backward if x == 130.5] == [0] and len([y for x, y in backward if x == 136.5]) == 3
    assert list(named(row, "kept names").text) == ["GATA1", "SP1"]
    assert list(named(row, "kept names").x) == [106, 133.5]


def test_the_pointer_is_told_all_about_a_match_everywhere_on_it():
    row = site_rows.motif_sites(frame(first=101), [site(2, 9, strand="-")])
    answers = named(row, "kept matches")
    assert set(answers.hovertext) == {
        "GATA1<br>103-109, strand -<br>best GATA1 (MA0035.5), 12.3 bits, p 1.0e-05, q 0.012"
    }
    assert list(answers.x) == [103, 105, 107, 109]


def test_matches_and_their_names_do_not_collide():
    """The rule is tested on what is drawn: boxes and names of one lane stand apart."""
    rng = np.random.default_rng(0)
    hits = [
        site(s, s + w, n)
        for s, w, n in zip(rng.integers(0, 500, 60), rng.integers(5, 20, 60), ["ELK1::SREBF2", "SP1"] * 30, strict=True)
    ]
    for view in ((0, 600), (100, 160)):
        row = site_rows.motif_sites(frame(view, bases="ACGT" * 150), hits)
        letter = (view[1] - view[0]) * 7 / 900  # bases under a letter of a figure 900 pixels wide
        names = named(row, "kept names")
        taken = []
        for polygon, x, lane, name in zip(outlines(row, "kept"), names.x, names.y, names.text, strict=True):
            left, right = min(p[0] for p in polygon), max(p[0] for p in polygon)
            assert {round(y) for _, y in polygon} == {lane}
            taken.append((lane, min(left, x - len(name) * letter / 2), max(right, x + len(name) * letter / 2)))
        for i, (lane, left, right) in enumerate(taken):
            assert all(lane != o or right <= a or b <= left for o, a, b in taken[:i])
        lanes = {lane for lane, *_ in taken}
        assert lanes == set(range(len(lanes))) and row.height >= 20 * len(lanes)
        low, high = row.axis["range"]
        assert high < 0 and low > max(lanes)  # the first lane is on top, the last one inside
    assert len(lanes) > 1


def test_what_an_edit_made_and_took_away_is_told_by_more_than_colour():
    kept, new = site(0, 8, "SP1"), site(20, 28, "CEBPA", status="gained")
    gone = site(24, 32, "TFAP2A", "-", "lost")
    row = site_rows.motif_sites(frame(), [kept, new], (gone,))
    for mark, text, start in (("kept", "SP1", 0.5), ("gained", "+ CEBPA", 20.5), ("lost", "− TFAP2A", 24.5)):
        assert list(named(row, f"{mark} names").text) == [text]
        assert min(x for x, _ in outlines(row, mark)[0]) == start
    assert named(row, "lost motifs").line.dash not in (None, "solid") and named(row, "lost motifs").fill == "none"
    assert named(row, "gained motifs").line.width > named(row, "kept motifs").line.width
    assert "CEBPA, gained" in named(row, "gained matches").hovertext[0]
    assert "TFAP2A, lost" in named(row, "lost matches").hovertext[0]
    assert "+ gained, − lost" in row.caption


def test_the_pointer_is_told_the_members_and_who_else_matches_there():
    own = [MotifHit(f"KLF{i}", "MA0039.5", 2, 9, "+", 12.0, 1e-5, 0.01) for i in range(8)]
    row = site_rows.motif_sites(frame(), [MotifSite("SP1/KLF", tuple(own), "gained", ("AP-2", "EGR"))])
    (told,) = set(named(row, "gained matches").hovertext)
    assert told.startswith(
        "SP1/KLF, gained: KLF0, KLF1, KLF2, KLF3, KLF4, KLF5 and 2 more; also AP-2, EGR<br>3-9, strand +<br>best KLF0 "
    )
    assert list(named(row, "gained names").text) == ["+ SP1/KLF"]


def test_a_lost_match_lies_where_its_bases_are_now():
    document = Document(Sequence("s", BASES)).spliced(10, 0, "TTTT", "a stretch")
    lost = (site(30, 38, status="lost"), site(7, 13, status="lost"))
    row = site_rows.motif_sites(frame(bases=document.bases), [], lost, document.origins)
    spans = {(min(x for x, _ in p), max(x for x, _ in p)) for p in outlines(row, "lost")}
    assert spans == {(34.5, 42.5), (7.5, 17.5)}  # moved by four; torn apart by four


def test_a_lost_match_without_any_base_left_is_counted():
    bases = "ACGTTGCAAC" * 2 + "T" * 20 + "GGCATTGCAA" * 2
    document = Document(Sequence("s", bases)).with_bases(bases[:20] + bases[40:], "deleted")
    lost = tuple(site(*ends, status="lost") for ends in ((22, 30), (25, 33), (36, 44)))
    row = site_rows.motif_sites(frame((0, 40), bases=document.bases), [site(0, 8)], lost, document.origins)
    assert len(outlines(row, "lost")) == 1 and len(outlines(row, "kept")) == 1
    assert "2 more lost with their bases" in row.caption


def test_a_lost_match_of_a_sequence_that_was_turned_points_the_other_way():
    document = Document(Sequence("s", BASES)).reverse_complemented()
    row = site_rows.motif_sites(frame(), [], (site(2, 9, status="lost"),), document.origins)
    assert "strand -" in named(row, "lost matches").hovertext[0]
    (polygon,) = outlines(row, "lost")
    assert (min(x for x, _ in polygon), max(x for x, _ in polygon)) == (60 - 9 + 0.5, 60 - 2 + 0.5)


def test_a_row_without_matches_says_so():
    row = site_rows.motif_sites(frame(), [])
    assert row.traces == [] and "no match" in row.note


# --- measured effects -------------------------------------------------------------------------------


@pytest.fixture
def effects() -> np.ndarray:
    """Position 0 with three measured substitutions, position 5 with one, nothing elsewhere."""
    values = np.full((60, 4), np.nan)
    values[0, 1:] = [0.5, -2.0, 3.0]
    values[5, 2] = -0.25
    return values


def test_measured_effects_are_a_map_and_the_mean_loss(effects):
    mean, cells = site_rows.measured(frame(first=11), effects, "LDLR")
    assert "LDLR" in mean.caption and "LDLR" in cells.caption
    line = named(mean, "measured mean")
    assert list(line.x) == list(range(11, 71))
    np.testing.assert_allclose(line.y, [-0.5, *[np.nan] * 4, 0.25, *[np.nan] * 54])
    heat = named(cells, "measured")
    np.testing.assert_array_equal(np.array(heat.z, float).T, effects)
    assert heat.zmax == 3.0 == -heat.zmin and list(heat.y) == ["A", "C", "G", "T"]


def test_measured_effects_go_with_their_bases(effects):
    document = Document(Sequence("s", BASES)).spliced(3, 0, "GG", "two")
    figure = explorer.tracks(
        track("ig", bases=document.bases),
        track("ism", bases=document.bases),
        "K562",
        Evidence(measured={"LDLR": effects}, origins=document.origins),
    )
    (heat,) = [t for t in figure.data if t.name == "measured"]
    cells = np.array(heat.z, float).T
    np.testing.assert_array_equal(cells[0], effects[0])
    np.testing.assert_array_equal(cells[7], effects[5])
    assert np.isnan(np.delete(cells, [0, 7], axis=0)).all()


def test_measured_effects_turn_with_the_sequence(effects):
    document = Document(Sequence("s", BASES)).reverse_complemented()
    assert document.bases == reverse_complement(BASES)
    figure = explorer.tracks(
        track("ig"),
        track("ism"),
        "K562",
        Evidence(measured={"LDLR": effects}, origins=document.origins),
        Look(shown=["measured"]),
    )
    (heat,) = [t for t in figure.data if t.name == "measured"]
    cells = np.array(heat.z, float).T
    # A>C 0.5, A>G -2, A>T 3 read on the other strand T>G, T>C, T>A
    np.testing.assert_array_equal(cells[59], [3.0, -2.0, 0.5, np.nan])
    np.testing.assert_array_equal(cells[54], [np.nan, -0.25, np.nan, np.nan])


# --- agreement and GC -------------------------------------------------------------------------------


def test_agreement_shows_mean_and_spread_of_the_three_substitutions():
    bases = "ACG"
    a, b = track("ism", 1, bases, "a"), track("ism", 2, bases, "b")
    for t in (a, b):
        for i in range(3):
            t.values[0, i, i] = 0
    a.values[0, 0], b.values[0, 0] = [0, 1, 2, 3], [0, 3, 4, 5]
    row = site_rows.agreement(frame((0, 3), bases=bases), agreement([a, b], "K562"))
    line, band, dots = (named(row, n) for n in ("mean of the models", "spread", "all agree"))
    np.testing.assert_allclose(line.y, (a.per_position("K562") + b.per_position("K562")) / 2, rtol=1e-6)
    assert line.y[0] == pytest.approx(-3)
    assert line.customdata[0] == pytest.approx([2**0.5, 1], abs=1e-4)
    upper, lower = np.array(band.y[:3]), np.array(band.y[3:])[::-1]
    np.testing.assert_allclose((upper + lower) / 2, line.y)
    assert (upper - lower)[0] == pytest.approx(2 * 2**0.5)
    same = [all(np.sign(a.values[0, i, j]) == np.sign(b.values[0, i, j]) for j in range(4)) for i in range(3)]
    assert same[0] and [x in dots.x for x in (1, 2, 3)] == same
    assert row.axis["title"]["text"] == theme.STANDARDISED_UNIT and "2 models" in row.caption


@pytest.mark.parametrize("width", [5, 6, 21, 999])
def test_gc_content_is_that_of_the_window_around_each_position(width):
    row = site_rows.gc(frame(), width)
    assert f"windows of {width} bases" in row.caption
    for i, share in enumerate(named(row, "GC content").y):
        left = min(width, 2 * len(BASES) - 1)
        start = i - left + 1 + (left - 1) // 2
        assert share == pytest.approx(gc_content(BASES[max(0, start) : start + left]))


def test_gc_content_is_not_known_among_unknown_bases():
    share = named(site_rows.gc(frame((0, 9), bases="GGNNNNNAA"), 3), "GC content").y
    np.testing.assert_allclose(share, [1, 1, 1, np.nan, np.nan, np.nan, 0, 0, 0])


# --- rows put together ------------------------------------------------------------------------------


def everything(**more) -> go.Figure:
    models = agreement([track("ism", 1, model="a"), track("ism", 2, model="b")], "K562")
    evidence = Evidence(motifs=[site(2, 9)], measured={"LDLR": np.ones((60, 4))}, agreement=models)
    return explorer.tracks(track("ig"), track("ism"), "K562", evidence, Look(gc_width=21, **more))


def captions(figure: go.Figure) -> list[str]:
    return [a.text for a in figure.layout.annotations if "no difference" not in a.text]


def test_rows_stand_below_one_another_in_the_order_of_their_names():
    figure = everything()
    domains = [a.domain for a in figure.select_yaxes()]
    assert len(domains) == len(explorer.ROWS) + 1 == len(captions(figure))  # what was measured takes two
    assert all(above[0] > below[1] for above, below in itertools.pairwise(domains))
    assert len({tuple(a.range) for a in figure.select_xaxes()}) == 1


def test_rows_are_chosen_and_ordered_freely():
    figure = everything(shown=["gc", "map", "motifs"])
    texts = captions(figure)
    assert len(texts) == 3 and "GC" in texts[0] and "click" in texts[1] and "Motif" in texts[2]
    assert {t.yaxis for t in figure.data if t.name == "GC content"} == {"y"}
    assert {t.yaxis for t in figure.data if t.name == "substitution"} == {"y2"}
    assert {t.yaxis for t in figure.data if t.name == "kept names"} == {"y3"}


def test_a_row_keeps_its_height_whatever_stands_around_it():
    def pixels(figure: go.Figure, name: str) -> float:
        (axis,) = {t.yaxis for t in figure.data if t.name == name}
        low, high = figure.layout["yaxis" + axis[1:]].domain
        return (high - low) * (figure.layout.height - rows.MARGINS)

    many, few = everything(), everything(shown=["map", "gc"])
    for name, height in (("substitution", 205), ("GC content", 70)):
        assert pixels(many, name) == pytest.approx(pixels(few, name)) == pytest.approx(height)


def test_every_colour_bar_stands_beside_its_row():
    figure = everything()
    bars = [t for t in figure.data if t.type == "heatmap"]
    assert len(bars) == 2
    for t in bars:
        low, high = figure.layout["yaxis" + t.yaxis[1:]].domain
        assert (t.colorbar.y, t.colorbar.len) == pytest.approx(((low + high) / 2, high - low))


def test_an_unknown_row_lists_the_known_ones():
    with pytest.raises(InputError, match="unknown row 'motif'; known: ig, motifs, ism, map"):
        everything(shown=["motif"])


def test_rows_without_numbers_leave_nothing_to_draw():
    with pytest.raises(InputError, match="nothing to draw"):
        explorer.tracks(track("ig"), track("ism"), "K562", look=Look(shown=["motifs", "gc"]))


def test_the_json_of_a_long_sequence_stays_small():
    """600 bases with every row; as lists of numbers, the letters alone took 1.5 MB."""
    bases = "ACGTTGCAAC" * 60
    figure = explorer.tracks(
        track("ig", bases=bases),
        track("ism", bases=bases),
        "K562",
        Evidence(motifs=[site(s, s + 10) for s in range(0, 580, 6)]),
        Look(gc_width=21, first_position=109817274),
    )
    text = figure.to_json()
    assert len(text) < 1_200_000
    assert json.loads(text)["data"]
