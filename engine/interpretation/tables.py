"""What is stored of the networks, as long tables for other programs: one row a number, with its interval and n.

`TABLES` names them; each is a function of the library that yields the rows as dictionaries with the same keys. A result
that is missing or stale is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from engine import checkpoints
from engine.data.motif_set import STUDY
from engine.errors import CisLensError
from engine.interpretation import (
    embedding,
    map_statistics,
    maps,
    motif_association,
    motif_findings,
    motif_importance,
    motif_probes,
    panel,
    probes,
    representation_findings,
    similarity,
    stored,
)
from engine.interpretation.de_novo import store as de_novo
from engine.interpretation.maps import Maps
from engine.interpretation.panel import Library
from engine.interpretation.reliability import angles, labels, seeds
from engine.interpretation.reliability import store as reliability

Rows = Iterator[dict]


def _kept(read: Callable[[str], object]) -> Iterator[tuple[str, object]]:
    """Every model with what `read` gives of it; a result that it has not, or that is stale, is left out."""
    for name in checkpoints.trained():
        try:
            if (found := read(name)) is not None:
                yield name, found
        except CisLensError:
            continue


def _umap(of: Library) -> Rows:
    rows = panel.rows(of)
    for name, found in _kept(lambda n: embedding.stored(n, of)):
        for row, x, y in zip(rows, found["x"], found["y"], strict=True):
            yield {"model": name, "element": of.table.names[row], "class": of.table.classes[row], "x": x, "y": y}


def _umap_numbers(of: Library) -> Rows:
    for name, found in _kept(lambda n: embedding.stored(n, of)):
        yield {"model": name, "measure": "K562 and HepG2 peaks mixed", **found["mixing"]}
        for output, metric in found["order"].items():
            yield {"model": name, "measure": f"activity in {output} from neighbours", **metric}


def _cka(of: Library) -> Rows:
    kept = similarity.stored(of)
    if kept is None:
        return
    found = kept[0]
    names = found["models"]
    for view in similarity.VIEWS:
        for i, first in enumerate(names):
            for j, second in enumerate(names[:i]):
                values = {k: float(v[i, j]) for k, v in found[view].items()}
                yield {"compared": view, "first": first, "second": second, **values, "n": found["n"]}


def _probes(of: Library) -> Rows:
    blank = ((probes.UNTRAINED, found) for found in [probes.stored(probes.UNTRAINED, of)] if found)
    for name, found in (*_kept(lambda n: probes.stored(n, of)), *blank):
        for target, metric in found.items():
            yield {"model": name, "target": target, **metric}


def _maps() -> list[tuple[Maps, str]]:
    """Every map that is kept, with each output of it."""
    found = _kept(lambda n: maps.read(stored.place(n)))
    return [(kept[0], output) for _, kept in found for output in kept[0].outputs]


def _attributions(_: Library) -> Rows:
    for kept, output in _maps():
        for method, measures in map_statistics.summary(kept, output).items():
            for measure, metric in measures.items():
                yield {"model": kept.model, "output": output, "method": method, "measure": measure, **metric}


def _profiles(_: Library) -> Rows:
    for kept, output in _maps():
        for method in maps.METHODS:
            profile = kept.profile(output, method)
            mean = map_statistics.position_profile(profile)
            low, high = map_statistics.position_intervals(profile)
            for i, value in enumerate(mean):
                place = {"model": kept.model, "output": output, "method": method, "position": i + 1}
                yield {**place, "value": value, "low": low[i], "high": high[i], "n": len(profile)}


def _agreement(_: Library) -> Rows:
    every = _maps()
    for output in dict.fromkeys(output for _, output in every):
        several = [pair for pair in every if pair[1] == output]
        for (method, baseline), recipe in map_statistics.RECIPES.items():
            matrix = map_statistics.between(several, method, baseline)
            for i, (first, _) in enumerate(several):
                for j, (second, _) in enumerate(several[:i]):
                    pair = {"output": output, "recipe": recipe, "first": first.model, "second": second.model}
                    yield {**pair, **matrix[i][j].as_dict()}


def _motif_probes(_: Library) -> Rows:
    for name, found in _kept(motif_probes.stored):
        for measure in ("r2", "composition", "beyond"):
            for motif, metric in zip(found["motifs"], found[measure], strict=True):
                yield {"model": name, "motif": motif, "measure": measure, **metric}


def _motif_importance(_: Library) -> Rows:
    for name, found in _kept(motif_importance.stored):
        for kind, by_output in found["importance"].items():
            for output, by_motif in by_output.items():
                for motif, measures in by_motif.items():
                    for measure, metric in measures.items():
                        place = {"model": name, "backgrounds": kind, "output": output, "motif": motif}
                        yield {**place, "site": STUDY[motif].site, "measure": measure, **metric}


def _motif_association(_: Library) -> Rows:
    found = motif_association.stored()
    for row in found["rows"] if found else ():
        for measure in ("frequency", "spearman", "partial", "gc", "delta"):
            yield {"motif": row["motif"], "cell": row["cell"], "measure": measure, **row[measure]}


def _checks(_: Library) -> Rows:
    for name, found in _kept(lambda n: reliability.read(stored.place(n))):
        for output, part in found.get("outputs", {}).items():
            place = {"model": name, "output": output}
            for check, values in part.get("checks", {}).items():
                known = map_statistics.mean_of(np.array(values, np.float64)).as_dict()
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


def _warnings(_: Library) -> Rows:
    for name, found in _kept(lambda n: reliability.read(stored.place(n))):
        for kind, told in found.get("familiar", {}).items():
            yield {"model": name, "sequences": kind, "share that warns": told["warn"], "n": told["n"]}


def _labels(_: Library) -> Rows:
    for name, found in _kept(lambda n: labels.read(stored.place(n))):
        for kind, part in found.get("kinds", {}).items():
            for output, methods in part["maps"].items():
                for method, metric in methods.items():
                    fit = {"labels": kind, "fit": part["fit"][output]}
                    yield {"model": name, "output": output, "method": method, **fit, **metric}


def _seeds(_: Library) -> Rows:
    for name, family in _kept(lambda n: seeds.read(stored.place(n))):
        for output in family[0].outputs if family else ():
            for (method, baseline), recipe in map_statistics.RECIPES.items():
                agree = seeds.agreement([m.profile(output, method, baseline) for m in family])
                place = {"model": name, "output": output, "recipe": recipe, "networks": len(family)}
                yield {**place, **map_statistics.mean_of(agree).as_dict()}


def _angles(_: Library) -> Rows:
    for name, found in _kept(angles.stored):
        for output, methods in found["outputs"].items():
            for method in (m for m in methods if m != "redrawn"):
                for prior in angles.PRIORS:
                    if prior in methods[method]:
                        place = {"model": name, "output": output, "method": method, "beyond": prior}
                        yield {**place, **methods[method][prior]["excess"]}


def _de_novo(_: Library) -> Rows:
    for name, found in _kept(de_novo.stored):
        for output, part in found["outputs"].items():
            for m in part["motifs"]:
                best = m["matches"][0] if m["matches"] else {}
                place = {"model": name, "output": output, "consensus": m["consensus"], "sites": m["sites"]}
                named = {"study": m["study"], "jaspar": best.get("name"), "q": best.get("q")}
                yield {**place, "elements": m["elements"], **named, **m["contribution"]}


def _findings(of: Library) -> Rows:
    for f in (*representation_findings.findings(of), *motif_findings.findings()):
        told = {"finding": f.number, "statement": f.statement, **f.ours.as_dict()}
        yield {**told, "published": f.published, "holds_above": f.low, "holds_below": f.high, "verdict": f.verdict}


TABLES: dict[str, Callable[[Library], Rows]] = {
    "umap": _umap,
    "umap-numbers": _umap_numbers,
    "cka": _cka,
    "probes": _probes,
    "attributions": _attributions,
    "attribution-profiles": _profiles,
    "attribution-agreement": _agreement,
    "map-checks": _checks,
    "map-warnings": _warnings,
    "map-labels": _labels,
    "map-seeds": _seeds,
    "map-angles": _angles,
    "motifs-de-novo": _de_novo,
    "motif-association": _motif_association,
    "motif-probes": _motif_probes,
    "motif-importance": _motif_importance,
    "findings": _findings,
}
