"""Sequences whose truth is known: a motif that the model responds to, planted into shuffled backgrounds.

Which motif that is, global importance says (Koo et al. 2021, PLoS Comput Biol 17:e1008925): what each of some consensus
sequences adds to the prediction in these backgrounds. Then the maps are asked for the planted bases.
"""

from __future__ import annotations

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

from engine.interpretation.attribution.methods import IGSettings, integrated_gradients, ism
from engine.models.layers import SequenceModel
from engine.models.predict import predict_codes
from engine.results import Progress
from engine.sequence import Sequence, decode, dinucleotide_shuffle, encode, substitute
from engine.statistics import mean_of

# Consensus binding sites, in their textbook form, of factors that are active in K562 or HepG2.
MOTIFS = {
    "GATA1": "AGATAAG",
    "AP-1": "TGACTCA",
    "NRF1": "GCGCATGCGC",
    "ETS": "CCGGAAGT",
    "SP1": "GGGGCGGGG",
    "CREB": "TGACGTCA",
    "USF": "GTCACGTGAC",
    "HNF1A": "GTTAATGATTAAC",
    "HNF4A": "CAAAGTCCA",
    "CEBP": "ATTGCGCAAT",
    "FOXA": "TGTTTACTTA",
}
STEPS = 20


def backgrounds(codes: np.ndarray, seed: int) -> list[str]:
    """A dinucleotide shuffle of each of some sequences `(n, length)`."""
    rng = np.random.default_rng(seed)
    return [dinucleotide_shuffle(decode(c), rng) for c in codes]


def importance(model: SequenceModel, into: list[str], output: str, motifs: dict[str, str]) -> dict[str, np.ndarray]:
    """Motif to `(n,)` prediction with minus without it, at the middle of each background."""
    column = model.outputs.index(output)
    without = predict_codes(model, np.stack([encode(b) for b in into]))[:, column]
    responses = {}
    for name, bases in motifs.items():
        at = (len(into[0]) - len(bases)) // 2
        written = np.stack([encode(substitute(b, at, bases)) for b in into])
        responses[name] = predict_codes(model, written)[:, column] - without
    return responses


def recovery(profile: np.ndarray, planted: np.ndarray) -> tuple[float, float]:
    """AUROC and AUPRC of the size of the attribution `(length,)` as a sign of the planted bases (boolean)."""
    size = np.abs(profile)
    return float(roc_auc_score(planted, size)), float(average_precision_score(planted, size))


def plant(
    model: SequenceModel,
    codes: np.ndarray,
    output: str,
    *,
    motifs: dict[str, str] = MOTIFS,
    seed: int = 0,
    progress: Progress | None = None,
) -> dict:
    """Plant the motif of largest importance at a random place of each shuffled background and look for it in the maps.

    Args:
        codes: `(n, length)` uint8 sequences whose shuffles are the backgrounds.

    Returns:
        `motif`, `bases`, `importance` of every motif (`Metric.as_dict`), `by_chance` (AUPRC of a blind guess), and for
        'ig' and 'ism' `auroc` and `auprc`, mean over the backgrounds with its interval.
    """
    into = backgrounds(codes, seed)
    responses = importance(model, into, output, motifs)
    best = max(responses, key=lambda name: abs(responses[name].mean()))
    bases = motifs[best]
    rng = np.random.default_rng(seed + 1)
    recovered: dict[str, list] = {"ig": [], "ism": []}
    for i, background in enumerate(into):
        at = int(rng.integers(0, len(background) - len(bases) + 1))
        sequence = Sequence(f"background {i + 1}", substitute(background, at, bases))
        truth = np.zeros(len(background), bool)
        truth[at : at + len(bases)] = True
        ig = integrated_gradients(model, sequence, IGSettings(steps=STEPS), outputs=(output,))
        recovered["ig"].append(recovery(ig.per_position(output), truth))
        recovered["ism"].append(recovery(ism(model, sequence).per_position(output), truth))
        if progress:
            progress(i + 1, len(into))
    return {
        "motif": best,
        "bases": bases,
        "by_chance": len(bases) / len(into[0]),
        "importance": {name: mean_of(values.astype(np.float64)).as_dict() for name, values in responses.items()},
        **{
            method: {score: mean_of(np.array(values)[:, k]).as_dict() for k, score in enumerate(("auroc", "auprc"))}
            for method, values in recovered.items()
        },
    }
