"""What the Explorer's instrument draws in the browser: each row as numbers, and which rows there are.

The instrument (`assets/sequence_editor`) puts the editor and all tracks on one axis. A part is a dictionary that JSON
holds: `bases` says of which sequence it is, so that the browser dims what is of an older one, or `missing` why there is
none. Positions are 0-based, half-open; nan is null.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from engine.plots.parts import along, theme
from engine.results import Agreement, MotifSite, Track, mean_loss

Part = dict[str, object]


@dataclass(frozen=True)
class Row:
    """One row of the instrument.

    Attributes:
        kind: how it is drawn: a function of `assets/sequence_editor/rows.js`.
        part: what it draws.
        name: beside the row; short.
        title: what it shows, in a sentence.
        height: pixels, kept free before the numbers are there.
        menu: what the menu of tracks calls it.
    """

    kind: str
    part: str
    name: str
    title: str
    height: int
    menu: str


# From top to bottom. The predicted and the measured map stand under each other, on one scale.
ROWS = {
    "annotations": Row(
        "stretches", "annotations", "Annotations", "Stretches that you named", 34, "Your annotations",
    ),
    "ig": Row(
        "logo", "ig", "Contributions", "Integrated Gradients: what each base contributes to the prediction", 84,
        "Contributions (Integrated Gradients)",
    ),
    "motifs": Row(
        "stretches", "motifs", "Motifs", "Motif families; + gained and − lost by the edits; the point shows the strand",
        60, "Motif sites",
    ),
    "ism": Row(
        "logo", "ism", "Mutagenesis",
        "In-silico mutagenesis: how much is lost when the base is replaced, mean of the three changes", 70,
        "Mutagenesis, mean of the three changes",
    ),
    "map": Row(
        "map", "ism", "Predicted map",
        "Predicted effect of every change, in s.d. of the map. Orange: more active, blue: less. Click to make a change",
        60, "Mutagenesis, every change",
    ),
    "measured": Row(
        "map", "measured", "Measured map",
        "Measured effect of every change, in s.d. of the map, coloured like the predicted one. Hatched: not measured",
        60, "Measured saturation mutagenesis",
    ),
    "measured mean": Row(
        "bars", "measured", "Measured loss",
        "Measured: how much is lost when the base is replaced, mean of the changes",
        54, "Measured, mean of the changes",
    ),
    "agreement": Row(
        "band", "agreement", "Agreement",
        "Mutagenesis of all chosen models: mean, and a band of one s.d. over the models. A dot: all agree in sign", 70,
        "Agreement between models",
    ),
    "difference": Row(
        "bars", "difference", "Edited − reference", "Integrated Gradients of the edited sequence minus the reference's",
        54, "Edited minus reference",
    ),
    "gc": Row("line", "gc", "GC content", "Share of G and C in windows of 21 bases", 40, "GC content"),
}  # fmt: skip
OFFERED = tuple(name for name in ROWS if name != "annotations")  # those are shown where there are any
USUAL = ("ig", "motifs", "map", "measured", "difference")


def rows(shown: Iterable[str]) -> list[Part]:
    """The rows to draw, in their order."""
    wanted = set(shown)
    return [
        {"id": name, "kind": r.kind, "part": r.part, "name": r.name, "title": r.title, "height": r.height}
        for name, r in ROWS.items()
        if name in wanted
    ]


# --- the parts --------------------------------------------------------------------------------------


def contributions(track: Track, output: str) -> Part:
    """Integrated Gradients of one output."""
    values = track.per_position(output)
    return {
        "bases": track.bases,
        "values": numbers(values),
        "of": output,
        "summary": _peak(track, values),
    }


def mutagenesis(track: Track, output: str) -> Part:
    """In-silico mutagenesis of one output: the mean loss of each base and all effects."""
    effects = track.output(output)
    values = track.per_position(output)
    spread = spread_of(effects)
    return {
        "bases": track.bases,
        "values": numbers(values),
        "effects": [numbers(row) for row in effects],
        "sd": spread,
        "label": f"s.d. {spread:.2g}",
        "output": output,
        "model": track.model,
        "unit": _plain(theme.unit(track.standardised)),
        "of": output,
        "summary": _peak(track, values),
    }


def measured(name: str, cells: str, bases: str, effects: np.ndarray) -> Part:
    """What saturation mutagenesis measured.

    Args:
        bases: of the sequence as it stands.
        effects: `(length, 4)` log2(alt/ref) at the places of that sequence, nan where nothing was measured.
    """
    spread = spread_of(effects)
    return {
        "bases": bases,
        "values": numbers(mean_loss(effects)),
        "effects": [numbers(row) for row in effects],
        "sd": spread,
        "label": f"s.d. {spread:.2g}",
        "name": f"{name}, {cells}",
        "of": cells,
    }


def sites(
    bases: str,
    standing: Sequence[MotifSite],
    lost: Sequence[MotifSite],
    origins: tuple[int | None, ...] | None,
) -> Part:
    """Motif sites: first those that the edits made or took away, then the clearest.

    Args:
        standing: in the sequence as it stands.
        lost: those that the edits took away, at places of the sequence before.
    """
    placed = [along.placed(s, origins, len(bases)) for s in lost]
    drawn = [_site(*at) for at in placed if at]
    drawn += [_site(s.start, s.end, s.strand, s) for s in sorted(standing, key=lambda s: s.best.q)]
    drawn.sort(key=lambda part: part["status"] == "kept")
    gone = sum(at is None for at in placed)
    note = f"{gone} more lost with their bases" if gone else ""
    return {"bases": bases, "stretches": drawn, "summary": f"{len(drawn)} motif sites. {note}"}


def _site(start: int, end: int, strand: str, site: MotifSite) -> Part:
    return {
        "name": site.family,
        "start": start,
        "end": end,
        "strand": strand,
        "status": site.status,
        "hover": f"{along.in_words(site)}; {start + 1}–{end} {strand}, q {site.best.q:.2g}",
    }


def difference(edited: Track, reference: Track | None, output: str) -> Part:
    """Integrated Gradients of the edited sequence minus those of a reference of the same length."""
    if reference is None:
        return {"missing": "no difference: nothing is edited, or the lengths differ"}
    values = edited.per_position(output) - reference.per_position(output)
    return {"bases": edited.bases, "values": numbers(values), "of": output}


def agreement(several: Agreement | None) -> Part:
    """Mean and standard deviation over the models of what replacing a base costs."""
    if several is None:
        return {"missing": "choose two models that predict this cell type"}
    mean, sd, same = along.over_substitutions(several)
    return {"bases": several.bases, "mean": numbers(mean), "sd": numbers(sd), "same": numbers(same)}


def gc(bases: str) -> Part:
    """GC content in windows of `along.GC_WIDTH` bases."""
    return {"bases": bases, "values": numbers(along.gc_share(bases))}


def spread_of(effects: np.ndarray) -> float:
    """The standard deviation of the effects of a map about no effect, which its colours are counted in.

    The root of their mean square: a map whose changes all do the same still has colour. 1 where nothing is known or
    nothing has an effect, so that nothing is divided by 0.
    """
    own = np.asarray(effects, float)
    own = own[~np.isnan(own) & (own != 0)]
    return float(np.sqrt(np.mean(own**2))) if own.size else 1.0


def numbers(values: Iterable[float]) -> list[float | None]:
    """As JSON has them: nan, where nothing is known, becomes null."""
    return [None if v != v else round(float(v), 4) for v in values]


def _plain(unit: str) -> str:
    return unit.replace("<sub>", "").replace("</sub>", "")


def _peak(track: Track, values: np.ndarray) -> str:
    """For a screen reader: where the largest value stands."""
    if np.isnan(values).all():
        return "No base is known."
    at = int(np.nanargmax(np.abs(values)))
    return f"The largest value is {values[at]:+.2f}, at position {at + 1}, {track.bases[at]}."
