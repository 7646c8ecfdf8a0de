"""Are designs made of what natural elements are made of? Words of k letters, and a classifier that tries to tell.

- *words*: the Jensen-Shannon distance of the frequencies of k-mers (k = 6), as D3 has it (Sarkar et al. 2024, bioRxiv
  2024.05.23.595630): the root of the divergence in nats, at most sqrt(ln 2) = .83, of k-mers as the sequences are
  written. It falls with the number of sequences even of two natural sets, so it is read at one N beside its floor.
- *told apart*: the area under the ROC curve of a classifier that is to tell designs from natural elements, on sequences
  that it did not learn from; .5 is not at all. D3 trains a convolutional network, on many more sequences than the
  benchmark has. Here it is a logistic regression, cross-validated, on two kinds of features: k-mers, strand-free, and
  the penultimate layer of the judge, which knows motifs and their places.
"""

from __future__ import annotations

import numpy as np

from engine.data.splits import canonical_kmers
from engine.errors import InputError

K = 6
PARTS = 5  # of the cross-validation
PENALTY = 0.01  # inverse strength of the ridge penalty, of standardised features


def spectrum(codes: np.ndarray, k: int = K) -> np.ndarray:
    """`(4**k,)` frequency of each k-mer over all sequences `(n, length)` uint8; one with an unknown base is left out.

    Raises:
        InputError: no k-mer of known bases.
    """
    windows = np.lib.stride_tricks.sliding_window_view(codes, k, axis=1)
    known = (windows < 4).all(axis=2)
    words = (windows[known].astype(np.int64) * 4 ** np.arange(k - 1, -1, -1)).sum(axis=1)
    if not len(words):
        raise InputError(f"the sequences hold no {k} known bases in a row")
    return np.bincount(words, minlength=4**k) / len(words)


def distance(one: np.ndarray, other: np.ndarray) -> float:
    """Jensen-Shannon distance of two distributions: the root of the divergence in nats."""
    middle = (one + other) / 2
    halves = []
    for part in (one, other):
        here = part > 0
        halves.append((part[here] * np.log(part[here] / middle[here])).sum())
    return float(np.sqrt(max(0.0, sum(halves) / 2)))


def words(codes: np.ndarray, k: int = K) -> np.ndarray:
    """`(n, words)` float32 how often each k-mer stands in each sequence, a k-mer and its reverse complement being one;
    only those that some sequence has, in the order of their codes."""
    kmers = canonical_kmers(codes, k)
    known = kmers < 4**k
    each, column = np.unique(kmers[known], return_inverse=True)
    counts = np.zeros((len(codes), len(each)), np.float32)
    np.add.at(counts, (np.nonzero(known)[0], column), 1)
    return counts


def told_apart(designs: np.ndarray, natural: np.ndarray, seed: int = 0) -> float:
    """Area under the ROC curve with which designs are told from natural elements, cross-validated.

    Args:
        designs, natural: features `(n, d)` and `(m, d)`.
        seed: of the parts.

    Returns:
        The mean over the parts, .5 for a classifier that learns nothing that holds for others.

    Raises:
        InputError: fewer than `PARTS` of either.
    """
    from sklearn.linear_model import LogisticRegression  # slow: who only counts words need not wait for it

    if min(len(designs), len(natural)) < PARTS:
        raise InputError(f"to tell designs from natural elements takes {PARTS} or more of each")
    features = np.concatenate([designs, natural]).astype(np.float64)
    made = np.repeat([True, False], [len(designs), len(natural)])
    rng = np.random.default_rng(seed)
    part = np.concatenate([rng.permutation(n) % PARTS for n in (len(designs), len(natural))])
    areas = []
    for each in range(PARTS):
        learned, asked = features[part != each], features[part == each]
        mean, sd = learned.mean(axis=0), learned.std(axis=0)
        sd[sd == 0] = 1  # what is the same everywhere tells nothing
        classifier = LogisticRegression(C=PENALTY, max_iter=1000)
        classifier.fit((learned - mean) / sd, made[part != each])
        areas.append(area(classifier.decision_function((asked - mean) / sd), made[part == each]))
    return float(np.mean(areas))


def area(scores: np.ndarray, positive: np.ndarray) -> float:
    """Area under the ROC curve: how likely one of the `(n,)` positive scores higher than one of the others; ties count
    half."""
    ordered = np.sort(scores[~positive])
    places = [np.searchsorted(ordered, scores[positive], side) for side in ("left", "right")]
    return float(np.mean(places) / len(ordered))
