"""Where several models agree about the effects of substitutions, and where they do not."""

from __future__ import annotations

import numpy as np

from engine.errors import InputError, unknown
from engine.results import Agreement, Track


def agreement(tracks: list[Track], output: str) -> Agreement:
    """Mean, standard deviation and agreement in sign of the mutagenesis of several models, for one output.

    Args:
        tracks: standardised 'ism' tracks of the same bases, one a model, at least two; in log2(RNA/DNA) a model whose
            predictions spread more would outweigh the others.

    Returns:
        See `engine.results.Agreement`. nan where a model has no window that holds the position. A mean of exactly 0
        (as at the base that is there) has no sign: the models whose effect is 0 agree with it.

    Raises:
        InputError: fewer than two tracks, two of one model, other bases, not standardised, no mutagenesis, or a model
            without the output.
    """
    if len(tracks) < 2:
        raise InputError(f"agreement is between models; {len(tracks)} was given, choose at least two")
    first = tracks[0]
    if len({t.model for t in tracks}) < len(tracks):
        raise InputError("agreement is between models; the same model was given twice, choose each once")
    for track in tracks:
        if track.kind != "ism":
            raise InputError(f"{track.model}: agreement is computed from mutagenesis ('ism'), not from '{track.kind}'")
        if not track.standardised:
            raise InputError(f"{track.model}: its effects are not standardised; models only compare on a common scale")
        if track.bases != first.bases:
            raise InputError(f"{track.model} and {first.model} explain different sequences; give tracks of the same")
        if output not in track.outputs:
            raise unknown(f"output of {track.model}", output, track.outputs)
    effects = np.stack([t.output(output).astype(np.float64) for t in tracks])
    mean = effects.mean(axis=0)
    same = np.where(np.isnan(mean), np.nan, (np.sign(effects) == np.sign(mean)).mean(axis=0))
    return Agreement(tuple(t.model for t in tracks), mean, effects.std(axis=0, ddof=1), same, first.bases)
