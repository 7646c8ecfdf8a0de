"""Attribution consistency: do the maps of many elements show the same short patterns over and over?

After Majdandzic et al. 2022 (Proc Mach Learn Res 200:131), a statistic that later judged DNA made by discrete diffusion
(D3: Sarkar et al. 2024, bioRxiv 2024.05.23.595630). Three neighbouring positions of a map make a vector in space. Its
length is their size; its direction (two angles) is the pattern. A motif that recurs draws the directions of many maps
to the same places of the sphere, which the Kullback-Leibler divergence of their histogram from a prior measures.

What is done here:

- *vectors*: `METHODS`. A triplet is one number a position (the base's contribution), three in a row. The released code
  of D3 takes the four numbers of a position less their mean, which lie in a space of three dimensions, and adds up
  neighbouring positions (its prior is the histogram itself, smoothed). These are 'ism bases', since numbers of all four
  bases are kept of ISM alone.
- *background*: in each map the `TOP` share of vectors that are longest counts, the rest does not; all that count weigh
  the same. A map's scale therefore does not matter, and no element weighs more than another.
- *bins*: `LEVELS` of the cosine of the angle to the axis by `SECTORS` around it, all of the same area, so that the
  uniform prior is flat. For triplets the axis is that of three equal values, and sectors are centred on the positions:
  turning the maps' direction or their sign turns the sphere and leaves the divergence as it is.
- *priors*: uniform, and two of surrogate maps (`PRIORS`). Unequal sizes alone make directions uneven, which 'shuffled'
  positions show; so do large values that lie together and smoothness, which 'local' surrogates keep as well.
- *finite sample*: a divergence between histograms is never below 0 and grows as counts fall. So each surrogate panel is
  measured against the others just as the maps are, and its mean is taken off: the `excess` is 0, on average, for maps
  that differ from shuffled ones in nothing. For local surrogates this holds to about 0.05 bits.
- *form*: weights that were never learned recur too where a network's form gives the same dinucleotide the same weight
  everywhere: the composition branch of D2 and D3, drawn anew, reaches 0.6 bits. So the network with its weights drawn
  anew (`engine.interpretation.reliability.sanity`) stands beside the model.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import entropy

from engine.data.library import Library
from engine.errors import InputError
from engine.experiments.checkpoints import Checkpoint
from engine.interpretation import stored
from engine.interpretation.attribution import maps
from engine.interpretation.attribution.methods import IGSettings, integrated_gradients
from engine.interpretation.reliability import surrogates
from engine.interpretation.reliability.sanity import DRAWS, parts_of, redrawn
from engine.results import Progress
from engine.sequence import Sequence, decode
from engine.statistics import RESAMPLES, Metric, from_draws

WHAT = "angles"
TOP = 0.1
LEVELS, SECTORS = 6, 12
BINS = LEVELS * SECTORS
SURROGATES = 20
PSEUDO = 0.5  # counts added to each bin of a prior, so that none is impossible
SEED = 0
METHODS = {
    "ig": "IG, three positions",
    "ism": "ISM, three positions",
    "ism bases": "ISM, four bases, summed over three positions",
}
PRIORS: dict[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {
    "shuffled": surrogates.shuffled,
    "local": surrogates.local,
}
SETTINGS = {
    "what": WHAT, "top": TOP, "bins": [LEVELS, SECTORS], "surrogates": SURROGATES, "rounds": surrogates.ROUNDS,
    "width": surrogates.WIDTH, "pseudo": PSEUDO, "redrawn": DRAWS, "resamples": RESAMPLES, "seed": SEED,
}  # fmt: skip

# Columns: the directions that the angles are counted from (0 around the axis, a quarter turn, the axis).
_TRIPLET = np.array([[2, -1, -1], [0, 1, -1], [1, 1, 1]]).T / np.sqrt([6, 2, 3])
# Axis: C and G against A and T; A and T to either side, C and G a quarter turn on. The complement is half a turn.
_FOUR_BASES = np.array([[1, 0, 0, -1], [0, 1, -1, 0], [-0.5, 0.5, 0.5, -0.5]])
_FOUR_BASES = (_FOUR_BASES / np.linalg.norm(_FOUR_BASES, axis=1, keepdims=True)).T


@dataclass(frozen=True)
class Beyond:
    """Maps beside surrogates of themselves.

    Attributes:
        excess: of the divergence over that of the surrogates, bits; interval over the maps, drawn together with their
            surrogates.
        uniform: mean divergence of the surrogates from all directions alike, bits.
    """

    excess: Metric
    uniform: float


@dataclass(frozen=True)
class Consistency:
    """How consistent maps are among each other.

    Attributes:
        vectors: that counted.
        uniform: divergence of the maps from all directions alike, bits.
        beyond: by prior, those of `PRIORS` that were asked for.
    """

    vectors: int
    uniform: float
    beyond: dict[str, Beyond]

    @classmethod
    def from_dict(cls, stored: dict) -> Consistency:
        """The inverse of `as_dict`."""
        beyond = {
            prior: Beyond(Metric.from_dict(stored[prior]["excess"]), stored[prior]["uniform"])
            for prior in PRIORS
            if prior in stored
        }
        return cls(stored["vectors"], stored["uniform"], beyond)

    def as_dict(self) -> dict:
        beyond = {p: {"excess": b.excess.as_dict(), "uniform": b.uniform} for p, b in self.beyond.items()}
        return {"vectors": self.vectors, "uniform": self.uniform, **beyond}


@dataclass(frozen=True)
class Angles:
    """How consistent the maps of one output of a model are.

    Attributes:
        methods: by each of `METHODS`.
        redrawn: by prior, the excess of IG maps of each network with its weights drawn anew (`of_redrawn`), bits.
    """

    methods: dict[str, Consistency]
    redrawn: dict[str, list[float]]

    @classmethod
    def from_dict(cls, stored: dict) -> Angles:
        """The inverse of `as_dict`."""
        return cls({method: Consistency.from_dict(stored[method]) for method in METHODS}, stored["redrawn"])

    def as_dict(self) -> dict:
        return {method: part.as_dict() for method, part in self.methods.items()} | {"redrawn": self.redrawn}


# --- from maps to directions ------------------------------------------------------------------------


def triplets(profile: np.ndarray) -> np.ndarray:
    """`(n, length - 2, 3)` vectors of three neighbouring positions of `(n, length)`, turned so that the third
    coordinate is along three equal values.

    Raises:
        InputError: fewer than three positions.
    """
    _check_length(profile)
    return np.lib.stride_tricks.sliding_window_view(profile, 3, axis=1) @ _TRIPLET


def base_vectors(effects: np.ndarray) -> np.ndarray:
    """`(n, length - 2, 3)` vectors of `(n, length, 4)` numbers a base less their mean, summed over three positions.

    Raises:
        InputError: fewer than three positions.
    """
    _check_length(effects)
    each = effects @ _FOUR_BASES
    return each[:, :-2] + each[:, 1:-1] + each[:, 2:]


def _check_length(values: np.ndarray) -> None:
    if values.shape[1] < 3:
        raise InputError(f"maps of {values.shape[1]} positions hold no three neighbours; take longer sequences")


def bins(vectors: np.ndarray) -> np.ndarray:
    """The bin of the sphere, 0 to `BINS` - 1, that each of `(..., 3)` vectors points to; all bins have one area."""
    length = np.linalg.norm(vectors, axis=-1)
    cosine = vectors[..., 2] / np.where(length > 0, length, 1)
    level = np.clip(np.floor((cosine + 1) / 2 * LEVELS), 0, LEVELS - 1)
    around = np.arctan2(vectors[..., 1], vectors[..., 0]) / (2 * np.pi) * SECTORS
    sector = np.floor(around + 0.5) % SECTORS  # the first is centred on no turn
    return (level * SECTORS + sector).astype(np.int64)


def counts(vectors: np.ndarray) -> np.ndarray:
    """`(n, BINS)` how many of the longest `TOP` of each map's vectors `(n, m, 3)` point to each bin; those of no length
    point nowhere."""
    n, m, _ = vectors.shape
    length = np.linalg.norm(vectors, axis=-1)
    longest = np.argsort(-length, axis=1, kind="stable")[:, : max(1, round(TOP * m))]
    where = np.take_along_axis(bins(vectors), longest, axis=1) + BINS * np.arange(n)[:, None]
    pointing = np.take_along_axis(length, longest, axis=1) > 0
    return np.bincount(where[pointing], minlength=n * BINS).reshape(n, BINS)


# --- divergences ------------------------------------------------------------------------------------


def from_uniform(histogram: np.ndarray) -> np.ndarray:
    """Kullback-Leibler divergence, in bits, of `(..., BINS)` histograms from the flat one; at most log2(BINS)."""
    return entropy(histogram, np.ones_like(histogram, dtype=float), base=2, axis=-1)


def excess(own: np.ndarray, others: np.ndarray) -> np.ndarray:
    """How much farther, in bits, maps are from their surrogates than these from each other.

    Args:
        own: `(..., BINS)` histograms of the maps.
        others: `(..., surrogates, BINS)` histograms of surrogate panels.

    Returns:
        `(...)` the divergence from the sum of all surrogates but one, less the divergence of that one from the same
        sum; the mean over which one.
    """
    rest = others.sum(axis=-2, keepdims=True) - others + PSEUDO
    of_maps = entropy(np.broadcast_to(own[..., None, :], rest.shape), rest, base=2, axis=-1)
    return (of_maps - entropy(others, rest, base=2, axis=-1)).mean(axis=-1)


def consistency(
    values: np.ndarray,
    vectors: Callable[[np.ndarray], np.ndarray] = triplets,
    priors: tuple[str, ...] = tuple(PRIORS),
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Consistency:
    """How consistent maps are among each other.

    Args:
        values: `(n, length, ...)` maps, of any scale.
        vectors: what makes `(n, m, 3)` vectors of them.
        priors: which of `PRIORS`.

    Raises:
        InputError: no map has a value other than 0, or they have fewer than three positions.
    """
    histograms = counts(vectors(values))
    pointing = histograms.any(axis=1)
    if not pointing.any():
        raise InputError("the maps are 0 everywhere and point nowhere; compute them anew")
    values, histograms = values[pointing], histograms[pointing]
    n = len(values)
    rng = np.random.default_rng(seed)
    draws = rng.multinomial(n, np.full(n, 1 / n), resamples)
    beyond = {}
    for prior in priors:
        of_panels = np.stack([counts(vectors(PRIORS[prior](values, rng))) for _ in range(SURROGATES)], axis=1)
        value = float(excess(histograms.sum(axis=0), of_panels.sum(axis=0)))
        resampled = (draws @ of_panels.reshape(n, -1)).reshape(resamples, SURROGATES, BINS)
        beyond[prior] = Beyond(
            excess=from_draws(value, excess(draws @ histograms, resampled), n),
            uniform=float(from_uniform(of_panels.sum(axis=0)).mean()),
        )
    return Consistency(int(histograms.sum()), float(from_uniform(histograms.sum(axis=0))), beyond)


# --- of a model, from its stored maps ---------------------------------------------------------------


def of_maps(read: maps.Maps, output: str) -> dict[str, Consistency]:
    """`consistency` of the stored maps of one output, for each of `METHODS`. IG is that of the baseline 'uniform'."""
    effects = read.ism[read.outputs.index(output)].astype(np.float64)
    return {
        "ig": consistency(read.profile(output, "ig")),
        "ism": consistency(read.profile(output, "ism")),
        # local surrogates are of one number a position
        "ism bases": consistency(effects, base_vectors, ("shuffled",)),
    }


def of_redrawn(
    checkpoint: Checkpoint, read: maps.Maps, progress: Progress | None = None
) -> dict[str, dict[str, list[float]]]:
    """What the network's form alone gives: the excess of IG maps of the panel with all weights drawn anew.

    Returns:
        For each output and each of `PRIORS` the excess of each of `DRAWS` drawn networks, bits.
    """
    names = [name for part in parts_of(checkpoint.model) for name in part]
    sequences = [Sequence(f"element {row}", decode(codes)) for row, codes in zip(read.rows, read.codes, strict=True)]
    values: dict[str, dict[str, list[float]]] = {o: {prior: [] for prior in PRIORS} for o in read.outputs}
    for draw in range(DRAWS):
        network = redrawn(checkpoint.model, names, draw)
        drawn = []
        for i, sequence in enumerate(sequences):
            track = integrated_gradients(network, sequence, IGSettings(steps=maps.STEPS), outputs=read.outputs)
            drawn.append(track.values.sum(2))
            if progress:
                progress(draw * len(sequences) + i + 1, DRAWS * len(sequences))
        for output, profile in zip(read.outputs, np.stack(drawn, axis=1).astype(np.float64), strict=True):
            result = consistency(profile, resamples=1)
            for prior in PRIORS:
                values[output][prior].append(result.beyond[prior].excess.value)
    return values


def compute(checkpoint: Checkpoint, library: Library, progress: Progress | None = None) -> bool:
    """The consistency of a model's stored maps, written beside its weights; False if it was there.

    Raises:
        InputError: no maps of these weights and data are stored; says how to compute them.
    """
    kept = maps.read(checkpoint)
    of_panel = maps.choose_panel(library.table, library.split, maps.PER_HALF)
    made_of = stored.key_of(checkpoint, library.table, library.split, maps.settings(of_panel))
    if kept is None or kept[1] != made_of:
        raise InputError(
            f"no current maps of '{checkpoint.name}' are stored; run: {stored.command('maps', checkpoint.name)}"
        )
    wanted = stored.key(checkpoint.weights_hash, library, SETTINGS | {"maps": made_of})
    file = stored.model_file(checkpoint.name, WHAT)
    if stored.is_current(file, wanted):
        return False
    form = of_redrawn(checkpoint, kept[0], progress)
    outputs = {o: Angles(of_maps(kept[0], o), form[o]).as_dict() for o in kept[0].outputs}
    content = stored.made_of(checkpoint.weights_hash, library, SETTINGS) | {"outputs": outputs}
    stored.write_json(file, wanted, content)
    return True


def read(name: str) -> dict[str, Angles] | None:
    """What `compute` wrote, by output; None if there is nothing; raises CheckpointError if it is broken or of other
    weights or settings."""
    file = stored.model_file(name, WHAT)
    content = stored.read(file, weights=stored.weights_of(name), settings=SETTINGS)
    if content is None:
        return None
    return stored.parsed(file, content, lambda c: {o: Angles.from_dict(part) for o, part in c["outputs"].items()})
