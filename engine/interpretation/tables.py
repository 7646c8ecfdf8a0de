"""What is stored of the models, as long tables for other programs: one row a number, with its interval and n.

`TABLES` names them, `read` gives one. A result that is missing or stale is left out; what is stale or broken is told,
with the command that mends it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np

from engine.data.library import Library
from engine.data.motifs import STUDY
from engine.errors import CheckpointError, CisLensError, InputError
from engine.experiments import checkpoints, lineage
from engine.interpretation import panel, stored
from engine.interpretation.attribution import maps, statistics
from engine.interpretation.attribution.maps import Maps
from engine.interpretation.motifs import association, importance
from engine.interpretation.motifs import probes as motif_probes
from engine.interpretation.motifs.de_novo import store as de_novo
from engine.interpretation.reliability import angles, coverage, labels, seeds
from engine.interpretation.reliability import store as reliability
from engine.interpretation.representations import embedding, probes, similarity
from engine.statistics import every_two, mean_of

T = TypeVar("T")
Rows = Iterator[dict]
Stale = list[str]  # what is left out though it is there: why, and how to mend it


class Table(NamedTuple):
    """A function that yields rows, dictionaries with the same keys, and the analyses of `interpret` that it needs."""

    rows: Callable[[Library, Stale], Rows]
    what: tuple[str, ...]


def read(table: Table, library: Library) -> tuple[list[dict], list[str]]:
    """The rows of a table, and of each result that had to be left out why and how to mend it."""
    rows: list[dict] = []
    stale: Stale = []
    try:
        rows.extend(table.rows(library, stale))
    except CisLensError as error:
        stale.append(str(error))
    return rows, stale


def _kept(stale: Stale, read_of: Callable[[str], T | None]) -> Iterator[tuple[str, T]]:
    """Every model with what `read_of` gives of it; a result that it has not, or that is stale, is left out."""
    for name in checkpoints.trained():
        try:
            result = read_of(name)
        except CheckpointError as error:
            stale.append(str(error))
        except InputError:  # an ensemble has no features of its own
            continue
        else:
            if result:
                yield name, result


def _at_place(
    stale: Stale, read_of: Callable[[stored.Place], T | None], file: str, what: str
) -> Iterator[tuple[str, T]]:
    """`_kept` for results that are read by a place: those of other weights read as if they were not there."""

    def current(name: str) -> T | None:
        own = stored.place(name)
        result = read_of(own)
        if not result:
            _not_there(stored.file_of(own, file), name, what)
        return result

    return _kept(stale, current)


def _not_there(file: Path, name: str, what: str) -> None:
    if file.is_file():
        raise CheckpointError(f"{file} is not whole or of other weights; run: {stored.command(what, name)}")


def _umap(library: Library, stale: Stale) -> Rows:
    rows, table = panel.rows(library), library.table
    for name, layout in _kept(stale, lambda n: embedding.read(n, library)):
        for row, (x, y) in zip(rows, layout.at.tolist(), strict=True):
            yield {"model": name, "element": table.names[row], "class": table.classes[row], "x": x, "y": y}


def _umap_numbers(library: Library, stale: Stale) -> Rows:
    for name, layout in _kept(stale, lambda n: embedding.read(n, library)):
        yield {"model": name, "measure": "K562 and HepG2 peaks mixed", **layout.mixing.as_dict()}
        for output, metric in layout.order.items():
            yield {"model": name, "measure": f"activity in {output} from neighbours", **metric.as_dict()}


def _cka(library: Library, stale: Stale) -> Rows:
    kept = similarity.read(library)
    if kept is None:
        return
    for view, cka in kept.views.items():
        for i, first in enumerate(kept.models):
            for j, second in enumerate(kept.models[:i]):
                values = {part: float(v[i, j]) for part, v in cka._asdict().items()}
                yield {"compared": view, "first": first, "second": second, **values, "n": kept.n}


def _probes(library: Library, stale: Stale) -> Rows:
    for name, scores in _kept(stale, lambda n: probes.read(n, library)):
        for target, metric in scores.items():
            yield {"model": name, "target": target, **metric.as_dict()}
    for target, metric in (probes.read(probes.UNTRAINED, library) or {}).items():
        yield {"model": probes.UNTRAINED, "target": target, **metric.as_dict()}


def _maps(stale: Stale) -> list[tuple[Maps, str]]:
    """Every map that is kept, with each output of it."""
    read = _at_place(stale, maps.read, maps.FILE, "maps")
    return [(kept, output) for _, (kept, _) in read for output in kept.outputs]


def _attributions(_: Library, stale: Stale) -> Rows:
    for kept, output in _maps(stale):
        for method, measures in statistics.summary(kept, output).items():
            for measure, metric in measures.items():
                yield {"model": kept.model, "output": output, "method": method, "measure": measure, **metric.as_dict()}


def _profiles(_: Library, stale: Stale) -> Rows:
    for kept, output in _maps(stale):
        for method in maps.METHODS:
            profile = kept.profile(output, method)
            mean = statistics.position_profile(profile)
            low, high = statistics.position_intervals(profile)
            for i, value in enumerate(mean):
                place = {"model": kept.model, "output": output, "method": method, "position": i + 1}
                yield {**place, "value": value, "low": low[i], "high": high[i], "n": len(profile)}


def _agreement(_: Library, stale: Stale) -> Rows:
    every = _maps(stale)
    for output in dict.fromkeys(o for _, o in every):
        several = [pair for pair in every if pair[1] == output]
        try:
            statistics.same_panel(several)
        except InputError as error:
            stale.append(f"{output}: {error}")
            continue
        for (method, baseline), recipe in statistics.RECIPES.items():
            matrix = statistics.between(several, method, baseline)
            names = [kept.model for kept, _ in several]
            for i, first in enumerate(names):
                for j, second in enumerate(names[:i]):
                    pair = {"output": output, "recipe": recipe, "first": first, "second": second}
                    if metric := matrix[i][j]:
                        yield {**pair, **metric.as_dict()}


def _motif_probes(_: Library, stale: Stale) -> Rows:
    for name, result in _kept(stale, motif_probes.read):
        for measure in ("r2", "composition", "beyond"):
            for motif, metric in zip(result.motifs, getattr(result, measure), strict=True):
                yield {"model": name, "motif": motif, "measure": measure, **metric.as_dict()}


def _motif_importance(_: Library, stale: Stale) -> Rows:
    for name, result in _kept(stale, importance.read):
        for kind, by_output in result.kinds.items():
            for output, by_motif in by_output.items():
                for motif, effect in by_motif.items():
                    for measure, metric in effect.as_dict().items():
                        place = {"model": name, "backgrounds": kind, "output": output, "motif": motif}
                        yield {**place, "site": STUDY[motif].site, "measure": measure, **metric}


def _motif_association(_: Library, stale: Stale) -> Rows:
    result = association.read()
    for row in result.rows if result else ():
        for measure in ("frequency", "spearman", "partial", "gc", "delta"):
            yield {"motif": row.motif, "cell": row.cell, "measure": measure, **getattr(row, measure).as_dict()}


def _checks(_: Library, stale: Stale) -> Rows:
    for name, result in _at_place(stale, reliability.read, reliability.FILE, "reliability"):
        for output, part in result.get("outputs", {}).items():
            place = {"model": name, "output": output}
            for check, values in part.get("checks", {}).items():
                known = mean_of(np.array(values, np.float64)).as_dict()
                yield {**place, "what": "held-out maps", "measure": check, **known}
            if planted := part.get("planted"):
                for method in maps.METHODS:
                    for score, metric in planted[method].items():
                        yield {**place, "what": f"planted {planted['motif']}", "measure": f"{method} {score}", **metric}
            for element, methods in part.get("measured", {}).items():
                for method, metric in methods.items():
                    yield {**place, "what": f"measured {element}", "measure": f"{method} spearman", **metric}
            for step in part.get("randomised", ()):
                for method in ("ig", "gradient"):
                    yield {**place, "what": f"redrawn to {step['part']}", "measure": f"{method} |r|", **step[method]}


def _warnings(_: Library, stale: Stale) -> Rows:
    for name, result in _at_place(stale, reliability.read, reliability.FILE, "reliability"):
        for kind, warned in result.get("familiar", {}).items():
            yield {"model": name, "sequences": kind, "share that warns": warned["warn"], "n": warned["n"]}


def _labels(_: Library, stale: Stale) -> Rows:
    for name, result in _at_place(stale, labels.read, labels.FILE, "labels"):
        for kind, part in result.items():
            for output, methods in part.maps.items():
                for method, metric in methods.items():
                    fit = {"labels": kind, "fit": part.fit[output]}
                    yield {"model": name, "output": output, "method": method, **fit, **metric.as_dict()}


def _seeds(_: Library, stale: Stale) -> Rows:
    for name, family in _kept(stale, _family):
        for output in family[0].outputs:
            for (method, baseline), recipe in statistics.RECIPES.items():
                agree = every_two([m.profile(output, method, baseline) for m in family])
                place = {"model": name, "output": output, "recipe": recipe, "networks": len(family)}
                yield {**place, **mean_of(agree).as_dict()}


def _seeds_of_students(_: Library, stale: Stale) -> Rows:
    """Of each student, whether its networks agree more than those of every other model of an output."""
    families = dict(_kept(stale, _family))
    for name in (n for n in families if lineage.teacher_of(checkpoints.read_description(n))):
        for other in (n for n in families if n != name):
            for output in (o for o in families[name][0].outputs if o in families[other][0].outputs):
                for alike in seeds.more_alike(families[name], families[other], output):
                    place = {"student": name, "other": other, "output": output, "recipe": alike.recipe}
                    both = {"agree": alike.one.value, "others_agree": alike.other.value}
                    yield {**place, **both, **alike.difference.as_dict()}


def _family(name: str) -> list[Maps]:
    """The maps of a model's siblings, of one panel."""
    own = stored.place(name)
    family = seeds.read(own)
    mend = f"run: {stored.command('seeds', name)}"
    if not family:
        others = [stored.file_of(place, maps.FILE) for place in seeds.places(own) if place.folder != own.folder]
        for file in others:
            _not_there(file, name, "seeds")
    if any(not np.array_equal(m.rows, family[0].rows) for m in family):
        raise CheckpointError(f"the maps of the networks of '{name}' are of different elements; {mend}")
    return family


def _angles(_: Library, stale: Stale) -> Rows:
    for name, result in _kept(stale, angles.read):
        for output, part in result.items():
            for method, consistency in part.methods.items():
                for prior, beyond in consistency.beyond.items():
                    place = {"model": name, "output": output, "method": method, "beyond": prior}
                    yield {**place, **beyond.excess.as_dict()}


def _coverage(_: Library, stale: Stale) -> Rows:
    for name, result in _at_place(stale, coverage.read, coverage.FILE, coverage.NAME):
        for output, part in result.items():
            for g in part.groups:
                for kind, held in g.held.items():
                    for level, metric in held.coverage.items():
                        place = {"model": name, "output": output, "elements": g.elements, "intervals": kind}
                        yield {**place, "level": level, **metric.as_dict(), "width": held.width[level]}


def _de_novo(_: Library, stale: Stale) -> Rows:
    for name, result in _kept(stale, de_novo.read):
        for output, part in result.items():
            for m in part.motifs:
                best = m.matches[0] if m.matches else None
                place = {"model": name, "output": output, "consensus": m.consensus, "sites": m.sites}
                named = {"study": m.study, "study_share": m.study_share}
                named |= {"jaspar": best.name if best else None, "q": best.q if best else None}
                yield {**place, "elements": m.elements, **named, **m.contribution.as_dict()}


TABLES: dict[str, Table] = {
    "umap": Table(_umap, ("umap",)),
    "umap-numbers": Table(_umap_numbers, ("umap",)),
    "cka": Table(_cka, ("cka",)),
    "probes": Table(_probes, ("probes", "untrained")),
    "attributions": Table(_attributions, ("maps",)),
    "attribution-profiles": Table(_profiles, ("maps",)),
    "attribution-agreement": Table(_agreement, ("maps",)),
    "map-checks": Table(_checks, ("reliability",)),
    "map-warnings": Table(_warnings, ("reliability",)),
    "map-labels": Table(_labels, ("labels",)),
    "map-seeds": Table(_seeds, ("seeds",)),
    "map-seeds-of-students": Table(_seeds_of_students, ("seeds",)),
    "map-angles": Table(_angles, ("maps", "angles")),
    "coverage": Table(_coverage, ("coverage",)),
    "motifs-de-novo": Table(_de_novo, ("de-novo",)),
    "motif-association": Table(_motif_association, ("motif-association",)),
    "motif-probes": Table(_motif_probes, ("motif-probes",)),
    "motif-importance": Table(_motif_importance, ("motif-importance",)),
}
