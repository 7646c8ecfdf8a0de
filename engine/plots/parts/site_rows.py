"""Rows beside the attributions: motif matches, measured effects, agreement between models, GC content."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from engine.plots.parts import theme
from engine.plots.parts.rows import SMALL, Frame, Row, valued
from engine.results import Agreement, MotifSite, mean_loss
from engine.sequence import BASES

MEASURED_UNIT = "log<sub>2</sub> alt/ref"
GC_WIDTH = 21  # bases, odd, so that a window has a middle

LANE = 24  # pixels
_LETTER, _ACROSS = 7, 900  # pixels: of a letter of a label, of the stretch shown on a laptop's screen
_LONGEST = 28  # letters of a name that are drawn
_NAMED = 6  # factors, and other families, that a hover card names
# How a match is drawn: colour, a sign before its name, and the line around it.
_MARKS = {
    "kept": (theme.MUTED, "", "solid", 1.0),
    "gained": (theme.COLOURS[0], "+ ", "solid", 2.5),
    "lost": (theme.COLOURS[4], "− ", "3px,2px", 1.5),
}


def motif_sites(
    frame: Frame,
    sites: Sequence[MotifSite],
    lost: tuple[MotifSite, ...] = (),
    origins: tuple[int | None, ...] | None = None,
) -> Row:
    """Sites as arrows that point along their strand, in lanes so that neither they nor their names collide.

    Args:
        sites: in the sequence as it stands; what an edit made has a thick line and '+' before its family's name.
        lost: those that it took away, at places of the sequence before (dashed, no filling, '−').
        origins: where each base stood before the edit, to place what was lost (`Document.origins`); None where places
            have not changed. What was lost with all its bases is counted in the caption.
    """
    places = [(s.start, s.end, s.strand, s) for s in sites]
    places += [at for s in lost if (at := placed(s, origins, len(frame.bases)))]
    places.sort(key=lambda p: (p[0], p[1], p[3].best.p))
    lanes = _lanes(frame, places)
    gone = len(sites) + len(lost) - len(places)
    caption = "Motif sites (arrows point along the strand"
    caption += "; + gained, − lost by the edits" if lost or any(s.status == "gained" for s in sites) else ""
    caption += f"; {gone} more lost with their bases)" if gone else ")"
    if not places:
        return Row(caption, 60, axis={"visible": False}, note="no match at this threshold")
    x = frame.x
    traces = []
    for mark, (colour, sign, dash, width) in _MARKS.items():
        own = [(*place, lane) for place, lane in zip(places, lanes, strict=True) if place[3].status == mark]
        if not own:
            continue
        outline = [_arrow(x[start] - 0.5, x[end - 1] + 0.5, lane, strand) for start, end, strand, _, lane in own]
        traces.append(
            go.Scatter(
                x=[v for xs, _ in outline for v in (*xs, None)],
                y=[v for _, ys in outline for v in (*ys, None)],
                mode="lines",
                line={"color": colour, "dash": dash, "width": width},
                fill="none" if mark == "lost" else "toself",
                fillcolor=_see_through(colour),
                hoverinfo="skip",
                showlegend=False,
                name=f"{mark} motifs",
            )
        )
        traces.append(
            go.Scatter(
                x=[(x[start] + x[end - 1]) / 2 for start, end, *_ in own],
                y=[lane for *_, lane in own],
                mode="text",
                text=[sign + theme.literal(_drawn(site)) for *_, site, _ in own],
                textfont={"size": 11},
                hoverinfo="skip",
                showlegend=False,
                name=f"{mark} names",
            )
        )
        points = [
            (float(x[i]), lane, _hover(site, x[start], x[end - 1], strand))
            for start, end, strand, site, lane in own
            for i in range(start, end, 2)
        ]
        traces.append(
            go.Scatter(
                x=[p[0] for p in points],
                y=[p[1] for p in points],
                mode="markers",
                marker={"size": 10, "color": "rgba(0,0,0,0)"},
                hovertext=[p[2] for p in points],
                hovertemplate="%{hovertext}<extra></extra>",
                showlegend=False,
                name=f"{mark} matches",
            )
        )
    axis = {"range": [max(lanes) + 0.6, -0.6], "showticklabels": False, "showgrid": False, "zeroline": False}
    return Row(caption, LANE * (max(lanes) + 1) + 16, traces, axis | {"fixedrange": True})


def turned(origins: tuple[int | None, ...] | None) -> bool:
    """Whether the sequence stands on the other strand than before the edits."""
    known = [o for o in origins or () if o is not None]
    return len(known) > 1 and known[0] > known[-1]


Place = tuple[int, int, str, MotifSite]  # start, end and strand in the sequence as it stands


def placed(site: MotifSite, origins: tuple[int | None, ...] | None, length: int) -> Place | None:
    """Where a site of the sequence before the edit lies in the sequence as it stands, and on which strand; None if
    nothing of it is left."""
    if origins is None:
        return (site.start, min(site.end, length), site.strand, site) if site.start < length else None
    left = [i for i, origin in enumerate(origins) if origin is not None and site.start <= origin < site.end]
    strand = site.strand if not turned(origins) else "-" if site.strand == "+" else "+"
    return (left[0], left[-1] + 1, strand, site) if left else None


def _lanes(frame: Frame, places: list[Place]) -> list[int]:
    """The first lane in which a site and its name have room, for sites sorted by their start."""
    across = (frame.view[1] - frame.view[0]) * _LETTER / _ACROSS  # bases under a letter
    taken: list[list[tuple[float, float]]] = []
    lanes = []
    for start, end, _, site in places:
        half = max(end - start, (len(_MARKS[site.status][1] + _drawn(site)) + 1) * across) / 2
        left, right = (start + end) / 2 - half, (start + end) / 2 + half
        free = (k for k, lane in enumerate(taken) if all(right <= a or b <= left for a, b in lane))
        lane = next(free, len(taken))
        if lane == len(taken):
            taken.append([])
        taken[lane].append((left, right))
        lanes.append(lane)
    return lanes


def _drawn(site: MotifSite) -> str:
    """The name that a site is drawn with; a long one of the user's own is cut, and its hover card has the whole."""
    return site.family if len(site.family) <= _LONGEST else site.family[: _LONGEST - 1] + "…"


def _arrow(left: float, right: float, lane: int, strand: str) -> tuple[list[float], list[float]]:
    """A box with a point on the side that its strand runs to."""
    tip = min(2.0, 0.35 * (right - left))
    if strand == "+":
        xs = [left, right - tip, right, right - tip, left, left]
    else:
        xs = [right, left + tip, left, left + tip, right, right]
    return [float(v) for v in xs], [lane - 0.42, lane - 0.42, lane, lane + 0.42, lane + 0.42, lane - 0.42]


def in_words(site: MotifSite) -> str:
    """What matches there: 'SP1/KLF, gained: SP1, KLF4 and 3 more; also AP-2'."""
    members, others = site.members, site.others
    change = "" if site.status == "kept" else f", {site.status}"
    if site.before and site.before != site.best.p:
        change = f", p was {site.before:.1e}"
    named = ", ".join(members[:_NAMED]) + f" and {len(members) - _NAMED} more" * (len(members) > _NAMED)
    also = f"; also {', '.join(others[:_NAMED])}" * bool(others)
    return f"{site.family}{change}" + f": {named}" * (members != (site.family,)) + also


def _hover(site: MotifSite, first: int, last: int, strand: str) -> str:
    best = site.best
    return (
        f"{theme.literal(in_words(site))}<br>{first}-{last}, strand {strand}<br>best {theme.literal(best.motif)} "
        f"({theme.literal(best.matrix)}), {best.score:.1f} bits, p {best.p:.1e}, q {best.q:.2g}"
    )


def _see_through(colour: str) -> str:
    return f"rgba({int(colour[1:3], 16)},{int(colour[3:5], 16)},{int(colour[5:7], 16)},0.22)"


def measured(frame: Frame, values: np.ndarray, name: str) -> list[Row]:
    """Measured effects of substitutions: their mean at each position, and the map.

    Args:
        values: `(length, 4)` log2(alt/ref), nan where nothing was measured and at the reference's own base.
        name: of the data set.
    """
    mean = mean_loss(values)
    limit = float(np.nanmax(np.abs(values), initial=1e-6))
    line = go.Scatter(
        x=frame.x,
        y=mean,
        mode="lines+markers",
        line={"color": theme.MUTED, "width": 1.5, "shape": "hvh"},
        marker={"size": 3},
        hovertemplate=f"position %{{x}}<br>%{{y:.3f}} {MEASURED_UNIT}<extra></extra>",
        showlegend=False,
        name="measured mean",
    )
    cells = go.Heatmap(
        z=values.T,
        x=frame.x,
        y=list(BASES),
        colorscale=theme.DIVERGING,
        zmin=-limit,
        zmax=limit,
        zmid=0,
        hoverongaps=False,
        hovertemplate=f"position %{{x}} to %{{y}}, measured<br>%{{z:+.3f}} {MEASURED_UNIT}<extra></extra>",
        colorbar={"title": {"text": MEASURED_UNIT, "side": "right"}, "thickness": 12},
        name="measured",
    )
    own = np.array([[base == letter for letter in frame.bases] for base in BASES])
    marks = [theme.hatch(frame.x, BASES, np.isnan(values.T) & ~own), theme.own_bases(frame.x, BASES, own)]
    return [
        Row(
            f"Measured in {name}: loss when the base is replaced (mean of what was measured, sign turned)",
            90,
            [line],
            valued(MEASURED_UNIT, SMALL),
        ),
        Row(
            f"Measured in {name}: effect of each substitution (dot: the base that is there; hatched: not measured)",
            110,
            [cells, *marks],
            {"title_text": "new base", "fixedrange": True},
        ),
    ]


def over_substitutions(several: Agreement) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`(length,)` each: mean loss over the substitutions of a base, the models' standard deviation, and the share of
    them that have the sign of the mean."""
    other = np.array([[b != base for b in BASES] for base in several.bases])
    number = other.sum(axis=1)
    mean = -np.where(other, several.mean, 0).sum(axis=1) / number
    sd = np.where(other, several.sd, 0).sum(axis=1) / number
    return mean, sd, np.where(other, several.same_sign, 0).sum(axis=1) / number


def agreement(frame: Frame, several: Agreement) -> Row:
    """What the models say on average at each position and how far they are apart: mean of the three substitutions,
    sign turned as in the logo of mutagenesis. A dot stands where all models agree in the sign of all three."""
    mean, sd, same = over_substitutions(several)
    x, known = frame.x, ~np.isnan(mean)
    band = go.Scatter(
        x=np.concatenate([x[known], x[known][::-1]]),
        y=np.concatenate([(mean + sd)[known], (mean - sd)[known][::-1]]),
        mode="lines",
        line={"width": 0},
        fill="toself",
        fillcolor=_see_through(theme.COLOURS[0]),
        hoverinfo="skip",
        showlegend=False,
        name="spread",
    )
    line = go.Scatter(
        x=x,
        y=mean,
        mode="lines",
        line={"color": theme.COLOURS[0], "width": 1.5},
        customdata=np.stack([sd, same], axis=1).round(4),
        hovertemplate="position %{x:d}<br>mean %{y:.3f}, s.d. %{customdata[0]:.3f} "
        + theme.STANDARDISED_UNIT
        + "<br>%{customdata[1]:.0%} of the models have the sign of the mean<extra></extra>",
        showlegend=False,
        name="mean of the models",
    )
    whole = np.isclose(same, 1)
    dots = go.Scatter(
        x=x[whole],
        y=mean[whole],
        mode="markers",
        marker={"size": 5, "color": theme.COLOURS[0]},
        hoverinfo="skip",
        showlegend=False,
        name="all agree",
    )
    caption = (
        f"{len(several.models)} models: loss when the base is replaced (mean, band: s.d. over the models; dot: all "
        "agree in sign)"
    )
    return Row(caption, 130, [band, line, dots], valued(theme.STANDARDISED_UNIT, SMALL))


def gc_share(bases: str, width: int = GC_WIDTH) -> np.ndarray:
    """`(length,)` fraction of G and C among the known bases of a window around each position, cut at the ends; nan
    where none is known."""
    letters = np.array(list(bases))
    window = np.ones(min(width, 2 * len(letters) - 1))
    strong = np.convolve(np.isin(letters, ["G", "C"]), window)
    known = np.convolve(np.isin(letters, list(BASES)), window)
    middle = slice((len(window) - 1) // 2, (len(window) - 1) // 2 + len(letters))
    with np.errstate(invalid="ignore"):
        return strong[middle] / known[middle]


def gc(frame: Frame, width: int = GC_WIDTH) -> Row:
    """A line of `gc_share`."""
    share = gc_share(frame.bases, width)
    line = go.Scatter(
        x=frame.x,
        y=share,
        mode="lines",
        line={"color": theme.MUTED, "width": 1.5},
        hovertemplate="position %{x:d}<br>GC %{y:.0%}<extra></extra>",
        showlegend=False,
        name="GC content",
    )
    return Row(f"GC content in windows of {width} bases", 70, [line], {"range": [0, 1], "tickformat": ".0%"})
