"""The report's section on what saturation mutagenesis measured on the reference: numbers and figures, no markup."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from engine.data import satmut
from engine.data.measured_variants import MeasuredVariant, measured_variants
from engine.editor.changes import Change, changes, columns
from engine.editor.document import Document
from engine.interpretation.reliability.measured import beside
from engine.plots.parts.axis import first_position
from engine.plots.parts.print_logo import Layout, Marks, logo
from engine.report.dossier import Dossier
from engine.results import Track, mean_loss
from engine.sequence import BASES
from engine.statistics import Metric, measure, spearman

UNIT = "log2(alt/ref)"
KIND = "Measured: mean loss when the base is replaced"


@dataclass(frozen=True)
class MeasuredEdit:
    """What was measured of one net change by a single substitution or deletion.

    Attributes:
        variants: one for each data set that holds it, at least one.
    """

    change: Change
    variants: tuple[MeasuredVariant, ...]


def measured_effects(document: Document, measured: Collection[str]) -> tuple[MeasuredEdit, ...]:
    """The measured effect of each net edit that the assays tried by itself; other edits are left out.

    Args:
        measured: names of the data sets that lie on the reference, as `Dossier.measured` has them; without any there
            is nothing to look up.

    Raises:
        DataError: the measurements have not been downloaded.
    """
    region = document.reference.region
    if region is None or not measured:
        return ()
    edits = [
        MeasuredEdit(c, measured_variants(region.part(c.start, c.end), c.ref, c.alt))
        for c in changes(document)
        if len(c.ref) == 1 and len(c.alt) <= 1
    ]
    return tuple(e for e in edits if e.variants)


def section(dossier: Dossier) -> dict:
    """What the template says of the measurements.

    Returns:
        `data_sets`: each with the numbers of substitutions and of positions that were measured on the reference.
        `edits`: net changes that were measured by themselves, with the effect in each data set (None where that one has
        none). `remarks`: of these change and what is to be known of its sign. `alone`: change, model, output and the
        predicted effect of nothing but this change, where it is known. `agreement`: see `_agreement`.
    """
    measured = dossier.measured
    known = {name: ~np.isnan(values) for name, values in measured.items()}
    by_change = {e.change: e.variants for e in measured_effects(dossier.document, measured)}
    edits, remarks = {}, []
    for change in dossier.facts.changes:
        variants = by_change.get(change, ())
        deleted = {v.data_set: v.effect for v in variants if not change.alt}
        effects = [deleted.get(name, _effect(values, change)) for name, values in measured.items()]
        if any(e is not None for e in effects):
            edits[change] = effects
        remarks += [(change, r) for r in dict.fromkeys(v.remark for v in variants if v.remark)]
    return {
        "data_sets": [(satmut.DATA_SETS[n], int(k.sum()), int(k.any(axis=1).sum())) for n, k in known.items()],
        "edits": edits,
        "alone": [(c, *prediction) for c in edits for prediction in _alone(dossier, c)],
        "remarks": remarks,
        "agreement": _agreement(dossier),
    }


def _effect(values: np.ndarray, change: Change) -> float | None:
    """The effect of a change in `(length, 4)`; None for all but single substitutions that have one.

    Changes are told in the reference's direction, also of a sequence that was turned to its other strand.
    """
    if len(change.ref) != 1 or change.alt not in tuple(BASES):
        return None
    effect = float(values[change.start, BASES.index(change.alt)])
    return None if np.isnan(effect) else effect


def _on_reference(dossier: Dossier, kind: str) -> list[Track]:
    return [t for t in dossier.tracks if t.kind == kind and t.bases == dossier.document.reference.bases]


def _one_edit(dossier: Dossier) -> bool:
    return len(dossier.facts.changes) == 1 and not dossier.facts.turned


def _alone(dossier: Dossier, change: Change) -> list[tuple[str, str, float]]:
    """Model, output and predicted effect of one substitution: from mutagenesis of the reference, or from the change of
    the predictions if nothing else was edited."""
    if _one_edit(dossier):
        return [(p.model, p.output, p.change) for p in dossier.facts.predictions]
    tracks = [t for t in _on_reference(dossier, "ism") if not t.standardised]
    effects = [(t.model, o, _effect(t.output(o), change)) for t in tracks for o in t.outputs]
    return [(model, output, e) for model, output, e in effects if e is not None]


def _agreement(dossier: Dossier) -> list[tuple[str, str, str, Metric | None, Metric | None]]:
    """Data set, model, output and two Spearman correlations, each with n and interval; None without its track.

    From tracks of the reference. The first: mutagenesis with the measured effects, over substitutions. The second:
    Integrated Gradients with minus the mean measured effect, over positions (`beside`).
    """
    ism = {(t.model, o): t.output(o).astype(np.float64) for t in _on_reference(dossier, "ism") for o in t.outputs}
    ig = {(t.model, o): t.per_position(o) for t in _on_reference(dossier, "ig") for o in t.outputs}
    by_position = beside(dossier.measured, {**ig})
    rows = []
    for name, values in dossier.measured.items():
        for model, output in dict.fromkeys([*ism, *ig]):
            key = (model, output)
            of_substitutions = measure(spearman, ism[key].ravel(), values.ravel()) if key in ism else None
            rows.append((name, model, output, of_substitutions, by_position[name].get(key)))
    return rows


def logos(dossier: Dossier, per_line: int) -> list[tuple[str, str]]:
    """A name and a drawing for every data set: the reference, its substituted bases marked; all on one scale."""
    reference = dossier.document.reference
    profiles = {name: mean_loss(values) for name, values in dossier.measured.items()}
    together = [0.0, *(v for profile in profiles.values() for v in profile[~np.isnan(profile)])]
    aligned = columns(dossier.document)
    marks = Marks(frozenset(c.place for c in aligned if c.ref and c.alt and c.ref != c.alt))
    return [
        (
            f"measured.{name}",
            logo(
                reference.bases,
                profile,
                title=f"{name}, {satmut.DATA_SETS[name].cells}{', reference' * dossier.edited}. {KIND}",
                unit=UNIT,
                marks=marks,
                layout=Layout(
                    per_line=per_line,
                    first_position=first_position(reference.region),
                    extent=(min(together), max(together)),
                ),
            ),
        )
        for name, profile in profiles.items()
    ]
