"""What every method promises, whatever it does: one test over all of METHODS."""

import functools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine import models
from engine.data import jaspar, lentimpra
from engine.data.jaspar import Matrix
from engine.design.catalogue import METHODS, get
from engine.design.results import Goal
from engine.design.rivals.guide import Guide
from engine.errors import InputError
from engine.experiments.checkpoints import Checkpoint
from engine.sequence import Sequence, encode

KEPT = ((0, 20), (80, 120))
SHORT = {  # seconds matter here, not how good a design is
    "evolution": {"rounds": 4.0, "children": 8.0},
    "beam": {"edits": 2.0, "beam width": 1.0, "share of positions": 0.1},
    "annealing": {"steps": 12.0},
    "adalead": {"population": 8.0, "rounds": 3.0, "predictions of each a round": 4.0},
    "gradient": {"steps": 12.0, "draws a step": 2.0},
    "masked": {"steps": 6.0},
    "masked_evolution": {"steps": 6.0, "rounds": 6.0, "children": 8.0},
    "uniform": {"steps": 6.0},
    "autoregressive": {"versions beside a kept stretch": 2.0},
    "grafting": {"backgrounds": 1.0, "grafts": 2.0, "tried for each": 24.0},
}
DILATED = {"width": 8, "dilations": (1, 4)}
NETWORKS = {  # by the method that needs a generator: what it learned by, its network and how small that is
    "masked": ("masked", "dilated_denoiser", DILATED),
    "masked_one_by_one": ("masked", "dilated_denoiser", DILATED),
    "masked_evolution": ("masked", "dilated_denoiser", DILATED),
    "uniform": ("uniform", "dilated_denoiser", DILATED | {"with_noise": True}),
    "autoregressive": ("autoregressive", "autoregressive", DILATED | {"stem": 3}),
}
NAMES = list(METHODS)


@pytest.fixture(autouse=True)
def _few_motifs(monkeypatch):
    """In place of all of JASPAR, whose database is slow to open."""
    rng = np.random.default_rng(3)
    motifs = {f"M{i}": Matrix(f"factor{i}", f"M{i}", rng.dirichlet([0.1] * 4, 8).T) for i in range(12)}
    monkeypatch.setattr(jaspar, "load", lambda: motifs)


@functools.cache
def generator(name):
    """An untrained generator for a method that needs one; None for another."""
    if name not in NETWORKS:
        return None
    objective, network, options = NETWORKS[name]
    torch.manual_seed(0)
    model = models.build(network, lentimpra.CELL_TYPES, options).eval()
    return Checkpoint("design.toy", model, {"experiment": {"objective": objective}}, {}, Path("toy"))


def run(name, asked, progress=None):
    asked = replace(asked, options=SHORT.get(name, {}) | dict(asked.options), generator=generator(name))
    return list(METHODS[name].design(asked, progress))


def bases(designs):
    return [d.sequence.bases for d in designs]


@pytest.mark.parametrize("name", NAMES)
def test_from_nothing(name, ask):
    told = []
    designs = run(name, ask(), lambda done, total: told.append((done, total)))
    assert len(designs) == 3
    assert {len(b) for b in bases(designs)} == {200}
    assert set("".join(bases(designs))) <= set("ACGT")
    assert [d.sequence.name for d in designs] == [f"{name}-0-{i}" for i in (1, 2, 3)]
    assert {(d.method, d.seed) for d in designs} == {(name, 0)}
    assert all(d.steps == () or d.steps[-1] == d.sequence.bases for d in designs)
    done, totals = zip(*told, strict=True)
    assert list(done) == sorted(done)
    assert set(totals) == {done[-1]}
    assert bases(run(name, ask())) == bases(designs)
    assert bases(run(name, ask(seed=1))) != bases(designs)


@pytest.mark.parametrize("name", NAMES)
def test_kept_stretches_stay_and_so_does_the_length(name, ask, template):
    goal = Goal({"K562": 4.0}, template, KEPT)
    for sequence in bases(run(name, ask(2, goal=goal))):
        assert len(sequence) == 200
        assert sequence != template.bases
        for start, end in KEPT:
            assert sequence[start:end] == template.bases[start:end]
    shorter = bases(run(name, ask(2, goal=Goal({"K562": 1.0}, length=130))))
    assert [len(b) for b in shorter] == [130, 130]


@pytest.mark.parametrize("name", NAMES)
def test_edits_are_kept_to_or_refused(name, ask, template):
    asked = ask(2, goal=Goal({"K562": 1.5}, template, KEPT, edits=9))
    if not METHODS[name].edits:
        with pytest.raises(InputError, match="9 edits"):
            run(name, asked)
        return
    for sequence in bases(run(name, asked)):
        changed = [i for i, (a, b) in enumerate(zip(sequence, template.bases, strict=True)) if a != b]
        assert len(changed) <= 9
        assert set(changed) <= set(asked.goal.free)


@pytest.mark.parametrize("name", [name for name in NAMES if "guide" in METHODS[name].needs])
def test_a_search_comes_nearer_to_its_goal(name, ask, template):
    asked = ask(2, goal=Goal({"K562": 2.0, "HepG2": -1.0}, template))
    guide = Guide(asked)
    start = guide.distances(encode(template.bases)[None])[0]
    ends = guide.distances(np.stack([encode(b) for b in bases(run(name, asked))]))
    assert (ends < start).all()


@pytest.mark.parametrize("name", NAMES)
def test_what_cannot_be_done_is_said_at_once(name, ask, template):
    design = METHODS[name].design

    def refuses(match, asked, given=generator(name)):
        with pytest.raises(InputError, match=match):
            design(replace(asked, generator=given), None)

    refuses("ask for at least 1", ask(0))
    refuses("seed -1 is below 0", ask(seed=-1))
    refuses("unknown option", ask(options={"speed": 1.0}))
    refuses("unknown cell type 'HeLa'", ask(goal=Goal({"HeLa": 1.0})))
    refuses("has N at position 5", ask(goal=Goal({"K562": 1.0}, Sequence("n", "ACGTN" + 195 * "A"))))
    refuses("nothing is left to design", ask(goal=Goal({"K562": 1.0}, template, ((0, 200),))))
    if "guide" in METHODS[name].needs:
        refuses("needs a model that predicts activity", ask(guide=None))
        refuses("name at least one", ask(goal=Goal({})))
    if "generator" in METHODS[name].needs:
        refuses("needs a trained generator", ask(), None)


@pytest.mark.parametrize("name", NAMES)
def test_who_stops_a_draw_stops_it(name, ask):
    class StoppedError(Exception):
        pass

    def stop(done, total):
        raise StoppedError

    with pytest.raises(StoppedError):
        run(name, ask(), stop)


def test_an_unknown_name_lists_the_known():
    with pytest.raises(InputError, match=r"unknown method 'magic'; known: .*nearest, natural"):
        get("magic")
    assert all(name == method.name for name, method in METHODS.items())
