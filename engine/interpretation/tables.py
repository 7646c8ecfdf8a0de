"""What is stored of the networks, as long tables for other programs: one row a number, with its interval and n.

`TABLES` names them, `read` gives one. A result that is missing or stale is left out; what is stale or broken is told,
with the command that mends it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from engine.data.library import Library
from engine.data.motifs import STUDY
from engine.errors import CheckpointError, CisLensError, InputError
from engine.experiments import checkpoints
from engine.interpretation import panel, stored
from engine.interpretation.attribution import maps, statistics
from engine.interpretation.attribution.maps import Maps
from engine.interpretation.motifs import association, importance
from engine.interpretation.motifs import probes as motif_probes
from engine.interpretation.motifs.de_novo import store as de_novo
from engine.interpretation.reliability import angles, labels, seeds
from engine.interpretation.reliability import store as reliability
from engine.interpretation.representations import embedding, probes, similarity
from engine.statistics import every_two, mean_of

Rows = Iterator[dict]
Stale = list[str]  # what is left out though it is there: why, and how to mend it


class Table(NamedTuple):
    """A function that yields rows, dictionaries with the same keys, and the analyses of `interpret` that it needs."""

    rows: Callable[[Library, Stale], Rows]
    what: tuple[str, ...]


def read(table: Table, of: Library) -> tuple[list[dict], list[str]]:
    """The rows of a table, and of each result that had to be left out why and how to mend it."""
    found, stale = [], []
    try:
        found.extend(table.rows(of, stale))
    except CisLensError as error:
        stale.append(str(error))
    return found, stale


def _kept(stale: Stale, read_of: Callable[[str], object]) -> Iterator[tuple[str, object]]:
    """Every model with what `read_of` gives of it; a result that it has not, or that is stale, is left out."""
    for name in checkpoints.trained():
        try:
            found = read_of(name)
        except CheckpointError as error:
            stale.append(str(error))
        except InputError:  # an ensemble has no features of its own
            continue
        else:
            if found:
                yield name, found


def _at_place(
    stale: Stale, read_of: Callable[[stored.Place], object], file: str, what: str
) -> Iterator[tuple[str, object]]:
    """`_kept` for results that are read by a place: those of other weights read as if they were not there."""

    def current(name: str) -> object:
        own = stored.place(name)
        return read_of(own) or _not_there(stored.file_of(own, file), name, what)

    return _kept(stale, current)


def _not_there(file: Path, name: str, what: str) -> None:
    if file.is_file():
        raise CheckpointError(
            f"{file} is not whole or of other weights; run: python -m engine interpret {name} --what {what}"
        )


def _umap(of: Library, stale: Stale) -> Rows:
    rows = panel.rows(of)
    for name, found in _kept(stale, lambda n: embedding.read(n, of)):
        for row, x, y in zip(rows, found["x"], found["y"], strict=True):
            yield {"model": name, "element": of.table.names[row], "class": of.table.classes[row], "x": x, "y": y}


def _umap_numbers(of: Library, stale: Stale) -> Rows:
    for name, found in _kept(stale, lambda n: embedding.read(n, of)):
        yield {"model": name, "measure": "K562 and HepG2 peaks mixed", **found["mixing"]}
        for output, metric in found["order"].items():
            yield {"model": name, "measure": f"activity in {output} from neighbours", **metric}


def _cka(of: Library, stale: Stale) -> Rows:
    kept = similarity.read(of)
    if kept is None:
        return
    found = kept[0]
    names = found["models"]
    for view in similarity.VIEWS:
        for i, first in enumerate(names):
            for j, second in enumerate(names[:i]):
                values = {k: float(v[i, j]) for k, v in found[view].items()}
                yield {"compared": view, "first": first, "second": second, **values, "n": found["n"]}


def _probes(of: Library, stale: Stale) -> Rows:
    for name, found in _kept(stale, lambda n: probes.read(n, of)):
        for target, metric in found.items():
            yield {"model": name, "target": target, **metric}
    for target, metric in (probes.read(probes.UNTRAINED, of) or {}).items():
        yield {"model": probes.UNTRAINED, "target": target, **metric}


def _maps(stale: Stale) -> list[tuple[Maps, str]]:
    """Every map that is kept, with each output of it."""
    found = _at_place(stale, maps.read, maps.FILE, "maps")
    return [(kept[0], output) for _, kept in found for output in kept[0].outputs]


def _attributions(_: Library, stale: Stale) -> Rows:
    for kept, output in _maps(stale):
        for method, measures in statistics.summary(kept, output).items():
            for measure, metric in measures.items():
                yield {"model": kept.model, "output": output, "method": method, "measure": measure, **metric}


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
    for output in dict.fromkeys(output for _, output in every):
        several = [pair for pair in every if pair[1] == output]
        try:
            statistics.same_panel(several)
        except InputError as error:
            stale.append(f"{output}: {error}")
            continue
        for (method, baseline), recipe in statistics.RECIPES.items():
            matrix = statistics.between(several, method, baseline)
            for i, (first, _) in enumerate(several):
                for j, (second, _) in enumerate(several[:i]):
                    pair = {"output": output, "recipe": recipe, "first": first.model, "second": second.model}
                    yield {**pair, **matrix[i][j].as_dict()}


def _motif_probes(_: Library, stale: Stale) -> Rows:
    for name, found in _kept(stale, motif_probes.read):
        for measure in ("r2", "composition", "beyond"):
            for motif, metric in zip(found["motifs"], found[measure], strict=True):
                yield {"model": name, "motif": motif, "measure": measure, **metric}


def _motif_importance(_: Library, stale: Stale) -> Rows:
    for name, found in _kept(stale, importance.read):
        for kind, by_output in found["importance"].items():
            for output, by_motif in by_output.items():
                for motif, measures in by_motif.items():
                    for measure, metric in measures.items():
                        place = {"model": name, "backgrounds": kind, "output": output, "motif": motif}
                        yield {**place, "site": STUDY[motif].site, "measure": measure, **metric}


def _motif_association(_: Library, stale: Stale) -> Rows:
    found = association.read()
    for row in found["rows"] if found else ():
        for measure in ("frequency", "spearman", "partial", "gc", "delta"):
            yield {"motif": row["motif"], "cell": row["cell"], "measure": measure, **row[measure]}


def _checks(_: Library, stale: Stale) -> Rows:
    for name, found in _at_place(stale, reliability.read, reliability.FILE, "reliability"):
        for output, part in found.get("outputs", {}).items():
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
    for name, found in _at_place(stale, reliability.read, reliability.FILE, "reliability"):
        for kind, told in found.get("familiar", {}).items():
            yield {"model": name, "sequences": kind, "share that warns": told["warn"], "n": told["n"]}


def _labels(_: Library, stale: Stale) -> Rows:
    for name, found in _at_place(stale, labels.read, labels.FILE, "labels"):
        for kind, part in found.get("kinds", {}).items():
            for output, methods in part["maps"].items():
                for method, metric in methods.items():
                    fit = {"labels": kind, "fit": part["fit"][output]}
                    yield {"model": name, "output": output, "method": method, **fit, **metric}


def _seeds(_: Library, stale: Stale) -> Rows:
    for name, family in _kept(stale, _family):
        for output in family[0].outputs:
            for (method, baseline), recipe in statistics.RECIPES.items():
                agree = every_two([m.profile(output, method, baseline) for m in family])
                place = {"model": name, "output": output, "recipe": recipe, "networks": len(family)}
                yield {**place, **mean_of(agree).as_dict()}


def _family(name: str) -> list[Maps]:
    """The maps of a model's siblings, of one panel."""
    own = stored.place(name)
    family = seeds.read(own)
    mend = f"run: python -m engine interpret {name} --what seeds"
    if not family:
        others = [stored.file_of(place, maps.FILE) for place in seeds.places(own) if place.folder != own.folder]
        for file in others:
            _not_there(file, name, "seeds")
    if any(not np.array_equal(m.rows, family[0].rows) for m in family):
        raise CheckpointError(f"the maps of the networks of '{name}' are of different elements; {mend}")
    return family


def _angles(_: Library, stale: Stale) -> Rows:
    for name, found in _kept(stale, angles.read):
        for output, methods in found["outputs"].items():
            for method in (m for m in methods if m != "redrawn"):
                for prior in angles.PRIORS:
                    if prior in methods[method]:
                        place = {"model": name, "output": output, "method": method, "beyond": prior}
                        yield {**place, **methods[method][prior]["excess"]}


def _de_novo(_: Library, stale: Stale) -> Rows:
    for name, found in _kept(stale, de_novo.read):
        for output, part in found["outputs"].items():
            for m in part["motifs"]:
                best = m["matches"][0] if m["matches"] else {}
                place = {"model": name, "output": output, "consensus": m["consensus"], "sites": m["sites"]}
                named = {"study": m["study"], "study_share": m["study_share"]}
                named |= {"jaspar": best.get("name"), "q": best.get("q")}
                yield {**place, "elements": m["elements"], **named, **m["contribution"]}


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
    "map-angles": Table(_angles, ("maps", "angles")),
    "motifs-de-novo": Table(_de_novo, ("de-novo",)),
    "motif-association": Table(_motif_association, ("motif-association",)),
    "motif-probes": Table(_motif_probes, ("motif-probes",)),
    "motif-importance": Table(_motif_importance, ("motif-importance",)),
}
