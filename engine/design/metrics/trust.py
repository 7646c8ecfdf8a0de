"""May a model's word on a design be trusted? Whether the design is like what the model learned from, and whether its
explanation is as reliable as those of natural elements."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine import store
from engine.data.library import Library
from engine.design.judge import folds_of
from engine.errors import InputError
from engine.experiments.checkpoints import Checkpoint
from engine.interpretation.attribution.methods import integrated_gradients, ism
from engine.interpretation.reliability import badge, verdict
from engine.interpretation.reliability import out_of_distribution as ood
from engine.interpretation.reliability.out_of_distribution import Familiar
from engine.results import Progress
from engine.sequence import Sequence, decode

SIZE = 3000  # elements, each of those that the model learned from and of the validation fold
SEED = 0


def familiar(checkpoint: Checkpoint, library: Library) -> Familiar:
    """What a model is familiar with: elements of the folds that it learned from, and how far from them those of the
    validation fold lie (`engine.interpretation.reliability.out_of_distribution`); kept in the cache.

    It needs nothing but the model: what `python -m engine interpret` keeps is there for some models alone.
    """
    table, split = library
    folds = sorted(folds_of(checkpoint))
    made_of = f"{checkpoint.weights_hash} {table.hash} {split.hash} {folds} {SIZE} {SEED} {ood.K} {ood.COMPONENTS}"
    file = store.cache_folder() / "familiar" / f"{store.digest(made_of, 16)}.npz"

    def compute() -> dict[str, np.ndarray]:
        rng = np.random.default_rng(SEED)
        train, held_out = (
            {
                "embedding": ood.embeddings(checkpoint.inference_model, table.codes[rows]),
                "kmers": ood.kmer_frequencies(table.codes[rows]),
            }
            for rows in (np.sort(rng.permutation(r)[:SIZE]) for r in (split.rows(*folds), split.validation))
        )
        return ood.to_arrays(ood.calibrated(train, held_out))

    return ood.from_arrays(store.remembered(file, ("threshold",), compute, key=made_of))


def unfamiliar(
    codes: np.ndarray, checkpoint: Checkpoint, known: Familiar, embedded: np.ndarray | None = None
) -> np.ndarray:
    """`(n,)` whether each of `(n, length)` sequences lies further from what a model learned from than 95% of held-out
    elements do: what it predicts there, nobody has tested.

    Args:
        embedded: `(n, features)` of `out_of_distribution.embeddings`, where they are known already.
    """
    if embedded is None:
        embedded = ood.embeddings(checkpoint.inference_model, codes)
    features = {"embedding": embedded, "kmers": ood.kmer_frequencies(codes)}
    return known.warns({space: known.spaces[space].distance(features[space]) for space in ood.SPACES})


def reliable(
    checkpoint: Checkpoint, codes: np.ndarray, output: str, progress: Progress | None = None
) -> np.ndarray | None:
    """`(n,)` whether the verdict on the map of each of `(n, length)` sequences is 'as reliable as usual': IG that adds
    up and agrees with mutagenesis (`engine.interpretation.reliability.badge`). Seconds a sequence.

    Returns:
        None where the model's maps were never examined, so that there is no scale
        (`python -m engine interpret NAME --what reliability`).
    """
    scale = badge.load_scale(checkpoint, output)
    if scale is None:
        return None
    model, usual = checkpoint.inference_model, []
    for row, each in enumerate(codes):
        sequence = Sequence(f"design {row + 1}", decode(each))
        maps = integrated_gradients(model, sequence, outputs=(output,)), ism(model, sequence)
        usual.append(badge.badge(checkpoint, scale, sequence, *maps, output).level == verdict.LEVELS[0])
        if progress:
            progress(row + 1, len(codes))
    return np.array(usual, bool)


@dataclass(frozen=True)
class Trust:
    """How far a model's word on each of some designs can be trusted.

    Attributes:
        unfamiliar: `(n,)` bool, as `unfamiliar` gives it.
        reliable: `(m,)` bool of the first m, as `reliable` gives it; None where the model's maps have no scale.
        output: whose maps were examined.
    """

    unfamiliar: np.ndarray
    reliable: np.ndarray | None
    output: str


def examined(
    checkpoint: Checkpoint, codes: np.ndarray, library: Library, maps: tuple[str, int], progress: Progress | None = None
) -> Trust:
    """Both questions for `(n, length)` sequences.

    Args:
        maps: the output whose maps are examined, and of how many sequences at most, from the first on.

    Raises:
        InputError: the sequences are not as long as those that the model learned from.
    """
    if codes.shape[1] != checkpoint.model.window:
        raise InputError(
            f"'{checkpoint.name}' learned from sequences of {checkpoint.model.window} bases, and these have "
            f"{codes.shape[1]}: whether they are like them cannot be said"
        )
    output, most = maps
    strange = unfamiliar(codes, checkpoint, familiar(checkpoint, library))
    return Trust(strange, reliable(checkpoint, codes[:most], output, progress), output)
