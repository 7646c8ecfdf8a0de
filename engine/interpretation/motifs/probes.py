"""How much of a motif's count can be read off a model's embedding by a ridge regression.

Cross-validated as all probes are (`engine.interpretation.representations.probes.out_of_fold`): elements that share a
stretch are never on both sides. Beside every R2 stands how much more it is than what the frequencies of the
dinucleotides alone give: a motif of G and C can be guessed from the composition.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.data.library import Library
from engine.data.motifs import STUDY, Motif
from engine.errors import CheckpointError
from engine.experiments.checkpoints import Checkpoint
from engine.interpretation import panel, stored
from engine.interpretation.motifs.counts import counts
from engine.interpretation.representations.embedding import embeddings
from engine.interpretation.representations.probes import ALPHAS, INNER, OUTER, out_of_fold
from engine.results import Progress
from engine.statistics import RESAMPLES, Metric, from_draws

WHAT = "motif-probes"
LEAST = 50  # elements of the panel that hold a motif, and as many that lack it, as in the study
SETTINGS = {
    "what": WHAT, "size": panel.SIZE, "seed": panel.SEED, "least": LEAST, "alphas": ALPHAS, "folds": (OUTER, INNER),
    "resamples": RESAMPLES, "motifs": {m.name: m.patterns for m in STUDY.values()},
}  # fmt: skip


@dataclass(frozen=True)
class MotifProbes:
    """R2 of the count of each of some motifs over `n` elements of the panel, in the order of `motifs`.

    Attributes:
        r2: from the embedding.
        composition: from the frequencies of dinucleotides.
        beyond: the former minus the latter, on the same draws.
    """

    n: int
    motifs: list[str]
    r2: list[Metric]
    composition: list[Metric]
    beyond: list[Metric]


def r2_draws(
    targets: np.ndarray, predicted: np.ndarray, groups: np.ndarray, resamples: int = RESAMPLES, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """R2 of each target, `(targets,)`, and over groups drawn with replacement, `(resamples, targets)`.

    The same groups are drawn for the same seed, so the draws of two models on the same rows are paired.
    """
    place = np.unique(groups, return_inverse=True)[1]
    n = place.max() + 1
    drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), resamples)
    weights = np.concatenate([np.ones((1, len(place))), drawn[:, place]])
    total = weights.sum(axis=1, keepdims=True)
    centre = targets.mean(axis=0)  # far from 0, the sums of squares below would lose digits
    values = targets - centre
    spread = weights @ values**2 - (weights @ values) ** 2 / total
    r2 = 1 - weights @ (targets - predicted) ** 2 / spread
    return r2[0], r2[1:]


def composition(codes: np.ndarray) -> np.ndarray:
    """`(n, 10)` frequency of each dinucleotide, together with its reverse complement, which is the same on the other
    strand; those with an unknown base are left out."""
    pair = codes[:, :-1].astype(np.int64) * 4 + codes[:, 1:]
    known = (codes[:, :-1] < 4) & (codes[:, 1:] < 4)
    other = [4 * (3 - k % 4) + 3 - k // 4 for k in range(16)]
    counted = [(np.isin(pair, (k, other[k])) & known).sum(axis=1) for k in range(16) if k <= other[k]]
    return np.stack(counted, axis=1) / np.maximum(1, known.sum(axis=1, keepdims=True))


def probe(
    features: np.ndarray,
    codes: np.ndarray,
    groups: np.ndarray,
    resamples: int = RESAMPLES,
    motifs: dict[str, Motif] | None = None,
) -> tuple[tuple[str, ...], dict[str, tuple[np.ndarray, np.ndarray]]]:
    """Names of the motifs (None: the study's) that are frequent enough (`LEAST`), and R2 with its draws (see
    `r2_draws`) from the `embedding` `(n, features)` and from the `composition` of `codes` `(n, length)`."""
    names, hits = counts(codes, motifs)
    present = (hits > 0).sum(axis=0)
    enough = (present >= LEAST) & (present <= len(codes) - LEAST)
    if not enough.any():
        return (), dict.fromkeys(("embedding", "composition"), (np.zeros(0), np.zeros((resamples, 0))))
    targets = hits[:, enough].astype(np.float64)
    inputs = {"embedding": features.astype(np.float64), "composition": composition(codes)}  # float32 solves badly
    results = {
        what: r2_draws(targets, out_of_fold(x, targets, groups), groups, resamples) for what, x in inputs.items()
    }
    return tuple(n for n, kept in zip(names, enough, strict=True) if kept), results


def of_motifs(
    checkpoint: Checkpoint, library: Library, motifs: dict[str, Motif], progress: Progress | None = None
) -> dict[str, dict[str, Metric]]:
    """R2 of the counts of any motifs in the panel, by name: from the embedding (`r2`), from the `composition`, and the
    one `beyond` the other; empty for motifs that too few or too many elements hold (`LEAST`)."""
    rows = panel.rows(library)
    features = embeddings(checkpoint, library.table, rows, progress)
    names, results = probe(features, library.table.codes[rows], library.split.groups[rows], motifs=motifs)
    (values, drawn), (control, control_drawn) = results["embedding"], results["composition"]
    measures = {
        "r2": (values, drawn),
        "composition": (control, control_drawn),
        "beyond": (values - control, drawn - control_drawn),
    }
    return {
        name: {m: from_draws(float(v[k]), d[:, k], len(rows)) for m, (v, d) in measures.items()}
        for k, name in enumerate(names)
    }


def compute(checkpoint: Checkpoint, library: Library, progress: Progress | None = None) -> bool:
    """The panel's probes of one model, written beside its weights; False if they were there."""
    wanted = stored.key(checkpoint.weights_hash, library, SETTINGS)
    file = stored.model_file(checkpoint.name, WHAT)
    if stored.is_current(file, wanted) and stored.whole(lambda: draws(checkpoint.name)) is not None:
        return False
    rows = panel.rows(library)
    features = embeddings(checkpoint, library.table, rows, progress)
    names, results = probe(features, library.table.codes[rows], library.split.groups[rows])
    (values, drawn), (control, control_drawn) = results["embedding"], results["composition"]
    stored.write_arrays(_draws_file(checkpoint.name), wanted, r2=drawn.astype(np.float16))
    stored.write_json(
        file,
        wanted,
        {
            "weights": checkpoint.weights_hash,
            "data": library.table.hash,
            "settings": SETTINGS,
            "n": len(rows),
            "motifs": names,
            "r2": _metrics(values, drawn, len(rows)),
            "composition": _metrics(control, control_drawn, len(rows)),
            "beyond": _metrics(values - control, drawn - control_drawn, len(rows)),
        },
    )
    return True


def read(name: str) -> MotifProbes | None:
    """What `compute` wrote for a model, None if there is nothing.

    Raises:
        CheckpointError: broken, or made with other weights or settings.
    """
    file = stored.model_file(name, WHAT)
    content = stored.read(file, weights=stored.weights_of(name), settings=SETTINGS)
    return None if content is None else stored.parsed(file, content, _as_probes)


def _as_probes(content: dict) -> MotifProbes:
    metrics = ([Metric.from_dict(m) for m in content[measure]] for measure in ("r2", "composition", "beyond"))
    return MotifProbes(content["n"], content["motifs"], *metrics)


def draws(name: str) -> np.ndarray:
    """`(resamples, motifs)` R2 of a model whose result is `stored`, paired with those of every other model.

    Raises:
        CheckpointError: the file is missing, broken or not of this result.
    """
    file, wanted = _draws_file(name), stored.read_json(stored.model_file(name, WHAT)).get("key")
    arrays = stored.read_arrays(file)
    if arrays and str(arrays["key"]) == wanted:
        return arrays["r2"].astype(np.float64)
    raise CheckpointError(f"{file} is missing or of another result; run: {stored.mends(file)}")


def mean_of(names: Iterable[str]) -> dict[str, Metric]:
    """R2 of each motif, mean over models, with the interval over elements (not over training seeds)."""
    values, drawn, n, motifs = _means(names)
    return dict(zip(motifs, (from_draws(float(v), drawn[:, k], n) for k, v in enumerate(values)), strict=True))


def apart(first: Iterable[str], second: Iterable[str]) -> dict[str, Metric]:
    """Of each motif the mean R2 over some models minus that over others, paired over the same elements."""
    (a, a_drawn, n, motifs), (b, b_drawn, _, other) = _means(first), _means(second)
    if motifs != other:
        raise CheckpointError(f"the probes ask for different motifs; run: {stored.command(WHAT, *first, *second)}")
    return dict(
        zip(motifs, (from_draws(float(v), (a_drawn - b_drawn)[:, k], n) for k, v in enumerate(a - b)), strict=True)
    )


def lead(names: Iterable[str], motif: str) -> tuple[str, Metric]:
    """The motif that is held best, mean R2 over models, beside `motif`; and how much less it is held than `motif`."""
    values, drawn, n, motifs = _means(names)
    own = motifs.index(motif)
    other = max((k for k in range(len(motifs)) if k != own), key=lambda k: values[k])
    return motifs[other], from_draws(float(values[own] - values[other]), drawn[:, own] - drawn[:, other], n)


def _means(names: Iterable[str]) -> tuple[np.ndarray, np.ndarray, int, list[str]]:
    contents = {name: stored.read_json(stored.model_file(name, WHAT)) for name in names}
    first = next(iter(contents.values()))
    values = np.mean([[m["value"] for m in f["r2"]] for f in contents.values()], axis=0)
    return values, np.mean([draws(name) for name in contents], axis=0), first["n"], first["motifs"]


def _metrics(values: np.ndarray, drawn: np.ndarray, n: int) -> list[dict]:
    return [from_draws(float(v), drawn[:, k], n).as_dict() for k, v in enumerate(values)]


def _draws_file(name: str) -> Path:
    return stored.model_file(name, WHAT).with_suffix(".npz")
