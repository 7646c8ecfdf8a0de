"""Motifs that a model's maps hold, found once for its weights and kept beside them.

`trained_models/<name>/interpretation/de-novo.json`: for each output what was looked at, how many seqlets are expected
to be false, and the motifs with their matrices, the elements and positions of their strongest sites (rows of the joint
library, never bases) and what JASPAR and the study know of them.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import numpy as np

from engine import store
from engine.data import jaspar
from engine.data.library import Library
from engine.data.motifs import BOTH, STUDY
from engine.experiments.checkpoints import LARGE, Checkpoint
from engine.interpretation import stored
from engine.interpretation.attribution.maps import explained
from engine.interpretation.motifs.counts import of_patterns
from engine.interpretation.motifs.de_novo import maps, matches, patterns, seqlets
from engine.interpretation.motifs.de_novo.matches import Match
from engine.interpretation.motifs.de_novo.patterns import Pattern
from engine.results import Progress
from engine.sequence import BASES, UNKNOWN
from engine.statistics import RESAMPLES, Metric, from_draws

WHAT = "de-novo"
EXAMPLES = 20
SLACK = 4  # bases beside a site that a pattern of the study may reach into
# A motif is the study's where at least half of its sites hold the study's pattern: where most of them have it in
# common. At random places of the elements, as wide as a motif of 17 bases with SLACK on both sides, 34% hold that of
# ETS (GGAW), 11% that of TAL1 (CANNTG), at most 6% any other one; of shuffled elements 31%, 12% and 5% (20,000 places
# of each cell type). Some patterns are stricter than the factor: of sites drawn from the JASPAR matrices of HNF4A,
# HNF1A, USF1, NRF1 and GATA1 none, 13%, 19%, 20% and 23% hold them. A motif of such a factor may be called a relative;
# its name in JASPAR tells more.
LEAST_SHARE = 0.5


@dataclass(frozen=True)
class Example:
    """One site of a motif: the element's row in the library, 0-based half-open `start` and `end` in it, `strand` '+' or
    '-', and what the site contributes, log2(RNA/DNA)."""

    row: int
    start: int
    end: int
    strand: str
    contribution: float


@dataclass(frozen=True)
class Motif:
    """A motif that the maps hold.

    Attributes:
        consensus: as `consensus` has it.
        pfm, cwm: `(width, 4)` frequencies of the bases, and what each contributes, log2(RNA/DNA).
        sites: how many, in so many `elements`.
        contribution: of a site, a mean with its interval over elements (above 0 by construction, see `contribution`).
        examples: the sites that contribute most.
        matches: in JASPAR, the most alike first.
        study: the motif of the study that is most alike, with its `study_q`; all three None where none is.
        study_share: how many of the sites hold the study's pattern (see `found_again`).
    """

    consensus: str
    pfm: np.ndarray
    cwm: np.ndarray
    sites: int
    elements: int
    contribution: Metric
    examples: tuple[Example, ...]
    matches: tuple[Match, ...]
    study: str | None
    study_q: float | None
    study_share: float | None

    @classmethod
    def from_dict(cls, stored: dict) -> Motif:
        """The inverse of `as_dict`."""
        return cls(
            **stored
            | {
                "pfm": np.array(stored["pfm"]),
                "cwm": np.array(stored["cwm"]),
                "contribution": Metric.from_dict(stored["contribution"]),
                "examples": tuple(Example(**e) for e in stored["examples"]),
                "matches": tuple(Match(**m) for m in stored["matches"]),
            }
        )

    def as_dict(self) -> dict:
        return {
            "consensus": self.consensus,
            "pfm": self.pfm.tolist(),
            "cwm": self.cwm.tolist(),
            "sites": self.sites,
            "elements": self.elements,
            "contribution": self.contribution.as_dict(),
            "examples": [asdict(e) for e in self.examples],
            "matches": [m._asdict() for m in self.matches],
            "study": self.study,
            "study_q": self.study_q,
            "study_share": self.study_share,
        }


@dataclass(frozen=True)
class Discovery:
    """What the maps of one output hold.

    Attributes:
        elements: looked at.
        seqlets: called, of which `control` were called on the shuffles too; `fdr` is their share, None where none was
            called.
        used: seqlets in motifs.
        motifs: the one with the most sites first.
    """

    elements: int
    seqlets: int
    control: int
    fdr: float | None
    used: int
    motifs: tuple[Motif, ...]

    @classmethod
    def from_dict(cls, stored: dict) -> Discovery:
        """The inverse of `as_dict`."""
        return cls(**stored | {"motifs": tuple(Motif.from_dict(m) for m in stored["motifs"])})

    def as_dict(self) -> dict:
        return {
            "elements": self.elements,
            "seqlets": self.seqlets,
            "control": self.control,
            "fdr": self.fdr,
            "used": self.used,
            "motifs": [m.as_dict() for m in self.motifs],
        }


def settings() -> dict:
    """All that the motifs of some maps depend on: the numbers of the recipe, JASPAR's release, the study's motifs."""
    study = json.dumps({m.name: (m.patterns, m.site) for m in STUDY.values()})
    return {
        "what": WHAT,
        "large": LARGE,
        "examples": EXAMPLES,
        "slack": SLACK,
        "resamples": RESAMPLES,
        "jaspar": jaspar.RELEASE,
        "study": store.digest(study, 16),
        "maps": {
            "COUNT": maps.COUNT,
            "FEWER": maps.FEWER,
            "ACTIVE": maps.ACTIVE,
            "SEED": maps.SEED,
            "STEPS": maps.STEPS,
        },
        "seqlets": {
            "TARGET_FDR": seqlets.TARGET_FDR,
            "LARGEST_FDR": seqlets.LARGEST_FDR,
            "ENOUGH": seqlets.ENOUGH,
        },
        "patterns": {
            "FLANK": patterns.FLANK,
            "SAME": patterns.SAME,
            "APART": patterns.APART,
            "FLOOR": patterns.FLOOR,
            "BINS": patterns.BINS,
            "HALF": patterns.HALF,
            "SHIFT": patterns.SHIFT,
            "ROUNDS": patterns.ROUNDS,
            "TRIM": patterns.TRIM,
            "GAP": patterns.GAP,
            "EDGE": patterns.EDGE,
            "LEAST_SEQLETS": patterns.LEAST_SEQLETS,
            "LEAST_ELEMENTS": patterns.LEAST_ELEMENTS,
            "NARROWEST": patterns.NARROWEST,
        },
        "matches": {"LARGEST_Q": matches.LARGEST_Q, "BEST": matches.BEST, "SITES": matches.SITES},
    }


def compute(checkpoint: Checkpoint, library: Library, progress: Progress | None = None) -> bool:
    """The motifs of every output that maps are made of, written beside the weights; False if they were there."""
    wanted = stored.key(checkpoint.weights_hash, library, settings())
    file = stored.model_file(checkpoint.name, WHAT)
    if stored.is_current(file, wanted):
        return False
    outputs = explained(checkpoint.model.outputs)
    results = {}
    for step, output in enumerate(outputs):
        advance = (lambda d, n, s=step: progress(s * n + d, len(outputs) * n)) if progress else None
        results[output] = of_maps(*maps.compute(checkpoint, library, output, advance)).as_dict()
    made_of = stored.made_of(checkpoint.weights_hash, library, settings())
    stored.write_json(file, wanted, made_of | {"outputs": results})
    return True


def read(name: str) -> dict[str, Discovery] | None:
    """What `compute` wrote, by output; None if there is nothing; raises CheckpointError if it is broken or stale."""
    file = stored.model_file(name, WHAT)
    content = stored.read(file, weights=stored.weights_of(name), settings=settings())
    if content is None:
        return None
    return stored.parsed(file, content, lambda c: {o: Discovery.from_dict(part) for o, part in c["outputs"].items()})


def of_maps(given: maps.ContributionMaps, control: maps.ContributionMaps) -> Discovery:
    """The motifs of some maps, as they are kept: numbers rounded as the file has them."""
    given = given.by_row()
    called = seqlets.call(given, control)
    discovered = patterns.discover(given, called)
    known, sites = matches.known([p.pfm for p in discovered], [len(p.rows) for p in discovered])
    motifs = [_named(p, near, likeness, given) for p, near, likeness in zip(discovered, known, sites, strict=True)]
    return Discovery(
        elements=len(given.rows),
        seqlets=len(called),
        control=called.control,
        fdr=None if np.isnan(called.fdr) else round(called.fdr, 4),
        used=sum(m.sites for m in motifs),
        motifs=tuple(motifs),
    )


def found_again(motif: Motif) -> bool:
    """Whether a motif is the study's that it is most like, or only a relative: few of its sites hold the pattern."""
    return motif.study_share is not None and motif.study_share >= LEAST_SHARE


def holding_sites(motif: Motif) -> int:
    """How many of a motif's sites hold the pattern of the study's motif that it is most like; 0 if there is none."""
    return 0 if motif.study_share is None else round(motif.study_share * motif.sites)


def of_study(result: Discovery) -> dict[str, list[int]]:
    """Which motifs (counted from 0) of a result of `of_maps` are which of the study's; those not found have none."""
    return {name: [i for i, m in enumerate(result.motifs) if m.study == name and found_again(m)] for name in STUDY}


def relatives(result: Discovery) -> dict[str, list[int]]:
    """Which motifs are like which of the study's without being it; those that none is like have none."""
    return {name: [i for i, m in enumerate(result.motifs) if m.study == name and not found_again(m)] for name in STUDY}


def in_words(result: Discovery, output: str) -> str:
    """Which of the study's motifs were found again, first those that it counts for the cell type of the output; then
    the motifs that are only like one of them, with the share of their sites that hold its pattern."""
    motifs = result.motifs
    again = [name for name, which in of_study(result).items() if which]
    own = [n for n, m in STUDY.items() if m.cell == output]
    shared = [n for n, m in STUDY.items() if m.cell == BOTH]
    other = [n for n in again if n not in own and n not in shared]

    def listed(names: list[str]) -> str:
        held = [n for n in names if n in again]
        return f"{len(held)} of {len(names)}" + (f" ({', '.join(held)})" if held else "")

    parts = [
        f"{len(again)} of the study's {len(STUDY)} motifs were found again (at least {LEAST_SHARE:.0%} of a motif's "
        "sites hold the study's pattern)"
    ]
    if own:
        parts.append(f"of those it counts for {output} {listed(own)}")
    parts.append(f"of those it counts for both cell types {listed(shared)}")
    if other:
        parts.append(f"and of the other ones {', '.join(other)}")
    words = "; ".join(parts) + "."
    near = [motifs[i] for which in relatives(result).values() for i in which]
    if near:
        each = [f"like {m.study} {m.study_share:.0%} of {m.sites} ({m.matches[0].name})" for m in near]
        words += f" Relatives, fewer of whose sites hold it (most alike in JASPAR): {', '.join(each)}."
    rest = sum(m.study is None for m in motifs)
    return words + f" {rest} of the {len(motifs)} motifs here {'is' if rest == 1 else 'are'} neither."


def consensus(pfm: np.ndarray) -> str:
    """The most frequent base of each position of `(4, width)`; a small letter if not in more than half of the sites."""
    best = zip(pfm.argmax(axis=0), pfm.max(axis=0), strict=True)
    return "".join(BASES[b] if share > 0.5 else BASES[b].lower() for b, share in best)


def holding(pattern: Pattern, given: maps.ContributionMaps, wanted: tuple[str, ...]) -> float:
    """The share of a motif's sites, each with `SLACK` bases on both sides, that hold a consensus on either strand."""
    reach = patterns.HALF * 2 + SLACK
    padded = np.pad(given.codes, ((0, 0), (reach, reach)), constant_values=UNKNOWN)
    places = pattern.starts[:, None] + np.arange(reach - SLACK, reach + pattern.width + SLACK)
    return float((of_patterns(padded[np.searchsorted(given.rows, pattern.rows)[:, None], places], wanted) > 0).mean())


def _named(pattern: Pattern, near: list[Match], sites: dict[str, Match], given: maps.ContributionMaps) -> Motif:
    """One motif, turned to the strand of its best match."""
    if near[0].strand == "-":
        other = {"+": "-", "-": "+"}
        pattern, near = pattern.turned(), [m._replace(strand=other[m.strand]) for m in near]
    ends = pattern.starts + pattern.width
    inside = np.flatnonzero((pattern.starts >= 0) & (ends <= given.codes.shape[1]))
    best = inside[np.argsort(-pattern.contributions[inside], kind="stable")][:EXAMPLES]
    study = matches.study_motif(sites)
    return Motif(
        consensus=consensus(pattern.pfm),
        pfm=np.round(pattern.pfm.T, 4),
        cwm=np.round(pattern.cwm.T, 4),
        sites=len(pattern.rows),
        elements=pattern.elements,
        contribution=contribution(pattern),
        examples=tuple(
            Example(
                row=int(pattern.rows[i]),
                start=int(pattern.starts[i]),
                end=int(ends[i]),
                strand="+" if pattern.strands[i] > 0 else "-",
                contribution=round(float(pattern.contributions[i]), 4),
            )
            for i in best
        ),
        matches=tuple(near[: matches.BEST]),
        study=study,
        study_q=sites[study].q if study else None,
        study_share=round(holding(pattern, given, STUDY[study].patterns), 4) if study else None,
    )


def contribution(pattern: Pattern) -> Metric:
    """The mean contribution of a site, log2(RNA/DNA), with its 95% bootstrap interval over elements; n is of sites.

    Sites are stretches that were cut out because they contribute, so mean and interval lie above 0 by construction:
    they compare motifs of one model, and do not test whether a motif contributes.
    """
    of_element = np.unique(pattern.rows, return_inverse=True)[1]
    sums, counts = np.bincount(of_element, pattern.contributions), np.bincount(of_element)
    drawn = np.random.default_rng(0).integers(0, len(sums), (RESAMPLES, len(sums)))
    draws = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    return from_draws(float(pattern.contributions.mean()), draws, len(pattern.rows))
