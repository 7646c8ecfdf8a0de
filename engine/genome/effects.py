"""Predicted effects of variants: the ONE rule for alt minus ref.

An effect is alt minus ref over the same windows: both alleles are scored in windows that begin at the same base and
have the model's length, and only windows that hold the variant whole count. In the alternative window the new allele
stands in place of the old one; bases from downstream fill up what a deletion leaves (from upstream where the known
sequence ends), and bases at the end drop out where an insertion needs room. Predictions are log2(RNA/DNA), both
strands averaged.

`variant_effects` scores single-base changes of one stretch, as CAGI5 needs them (`engine.evaluation.cagi5`; a deletion
there is that of the measured position, as the stored effects have it);
`score_variants` scores alleles of any length anywhere in a reference. Both cut their windows by `window_starts` and
`_both_alleles`, and ask a model for each distinct one once (`Asked`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from engine.data.satmut import DELETION
from engine.editor.document import Document
from engine.errors import InputError
from engine.genome.diagnosis import checked, diagnosis
from engine.genome.haplotypes import leftmost
from engine.genome.reference import Reference, concrete
from engine.genome.variants import Variant
from engine.intervals import changed_bases
from engine.models.layers import SequenceModel
from engine.models.predict import Run, predict_codes, predict_with_uncertainty
from engine.results import Progress, Said, spread_of_change
from engine.sequence import Region, Sequence, encode


@dataclass(frozen=True)
class Scoring:
    """Which windows a variant is scored in.

    Attributes:
        offsets: the variant's distance from the middle of the window, one window each.
        inside: keep windows inside the assayed element where it is long enough, as in the assay, rather than
            let them reach into the genomic flanks.
    """

    offsets: tuple[int, ...] = (-90, -60, -30, 0, 30, 60, 90)
    inside: bool = False

    def as_text(self) -> str:
        """The windows as keys of stored effects and draws hold them; another text would make all of these stale."""
        return f"Scoring(offsets={self.offsets}, inside={self.inside})"


CENTRED = (0,)
SEVEN = Scoring().offsets  # the windows of the CAGI5 scores
WINDOWS_AT_ONCE = 128  # windows computed between two calls of `progress`: about a second on one CPU core
IDENTITY = ["chrom", "pos", "name", "ref", "alt"]


@dataclass(frozen=True)
class Scores:
    """Predictions of both alleles of a variant, means over its windows.

    Attributes:
        ref, alt: `(outputs,)`, log2(RNA/DNA).
        spread: `(outputs,)` standard deviation of the effect over the networks behind the model, see
            `engine.results.spread_of_change`; None where it is not known.
    """

    ref: np.ndarray
    alt: np.ndarray
    spread: np.ndarray | None = None


Scored = Scores | str  # what is known of a variant: its scores, or the problem in words
# Bases of the reference and of the alternative allele in each window of a variant.
Alleles = tuple[list[str], list[str]]


# --- windows ----------------------------------------------------------------------------------------


def window_starts(
    position: int, window: int, offsets: tuple[int, ...], low: int, high: int, length: int = 1
) -> list[int]:
    """Distinct starts of windows within `[low, high)` that hold the `length` bases from 0-based `position` whole.

    A window that would leave the bounds is pushed back inside; one that then misses some of the bases is dropped.
    """
    starts = {min(max(position + length // 2 - window // 2 + o, low), high - window) for o in offsets}
    return sorted(s for s in starts if s <= position and position + max(length, 1) <= s + window)


def _both_alleles(bases: str, position: int, ref: str, alt: str, starts: list[int], window: int) -> Alleles:
    """The windows of `bases` that begin at `starts`, with `ref`, which stands at 0-based `position`, and with `alt`.

    `bases` has to reach at least as far beyond the last window as the variant takes bases away, or else be all that
    is known there: what is missing then comes in from upstream.
    """
    missing = max(0, len(ref) - len(alt))
    changed = bases[:position] + alt + bases[position + len(ref) :]
    begins = [s - max(0, s + window + missing - len(bases)) for s in starts]
    return [bases[s : s + window] for s in starts], [changed[s : s + window] for s in begins]


@dataclass(frozen=True)
class Asked:
    """What a model has to be asked for the effects of some variants: each distinct window once.

    Attributes:
        variants: the windows of both alleles of each.
    """

    variants: list[Alleles]

    @cached_property
    def _places(self) -> dict[str, int]:
        places: dict[str, int] = {}
        for allele in (0, 1):
            for windows in self.variants:
                for bases in windows[allele]:
                    places.setdefault(bases, len(places))
        return places

    def codes(self, window: int) -> np.ndarray:
        """`(distinct windows, window)` uint8."""
        return np.array([encode(bases) for bases in self._places], np.uint8).reshape(-1, window)

    def answered(self, said: Said) -> list[tuple[Said, Said]]:
        """What a model says of the windows of both alleles of each variant.

        Args:
            said: of the distinct windows in `codes`.
        """
        places = self._places
        return [(said.at([places[w] for w in r]), said.at([places[w] for w in a])) for r, a in self.variants]


# --- single-base changes of one stretch -------------------------------------------------------------


def variant_effects(
    model: SequenceModel,
    bases: str,
    positions: np.ndarray,
    alts: list[str],
    *,
    scoring: Scoring = Scoring(),
    bounds: tuple[int, int] | None = None,
    progress: Progress | None = None,
    batch_size: int = 128,
) -> np.ndarray:
    """Predicted effects of variants on one stretch of DNA.

    Args:
        bases: the stretch, at least one window long.
        positions: `(n,)` 0-based positions in it.
        alts: `n` alternative bases, or '-' for the deletion of the base there (the next base moves up).
        bounds: `[low, high)` that the windows stay in; all of `bases` by default.

    Returns:
        `(n, outputs)` float32, log2(RNA/DNA), alt minus ref, averaged over windows and strands.

    Raises:
        InputError: a stretch shorter than the model's window, or just as long with a deletion.
    """
    window = model.window
    low, high = bounds or (0, len(bases))
    if high - low < window:
        raise InputError(f"variant effects need at least {window} bases of sequence, not {high - low}")
    if DELETION in alts and len(bases) == window:
        raise InputError(f"the effect of a deletion needs at least {window + 1} bases of sequence, not {window}")
    if len(positions) == 0:
        return np.zeros((0, len(model.outputs)), np.float32)
    if min(positions) < low or max(positions) >= high:
        raise InputError(f"a variant lies outside the {high - low} bases that windows may cover")
    variants = []
    for position, alt in zip(map(int, positions), alts, strict=True):
        starts = window_starts(position, window, scoring.offsets, low, high)
        allele = "" if alt == DELETION else alt
        variants.append(_both_alleles(bases, position, bases[position], allele, starts, window))
    asked = Asked(variants)
    values = predict_codes(model, asked.codes(window), batch_size=batch_size, progress=progress)
    answered = asked.answered(Said(values[None]))
    effects = [(alt.members - ref.members)[0].mean(axis=0, dtype=np.float64) for ref, alt in answered]
    return np.stack(effects).astype(np.float32)


# --- alleles of any length in a reference -----------------------------------------------------------


def _windows(
    variant: Variant, reference: Reference, window: int, offsets: tuple[int, ...]
) -> tuple[Region, list[int], Alleles]:
    """Known stretch, 0-based starts, and the bases of both alleles in a window at each of them."""
    known = checked(variant, reference)
    start, ref, alt = variant.trimmed
    longest = max(len(ref), len(alt))
    if longest > window:
        raise InputError(f"variant {variant.label} spans {longest} bases, more than the window of {window}")
    placed = leftmost(start, ref, alt, known, reference, window)
    start, ref, alt = placed.start, placed.ref, placed.alt
    if placed.span > window:
        raise InputError(
            f"variant {variant.label} can be written all over a repeat that is longer than the window of {window}, so "
            "that no window holds it whole"
        )
    if len(known) < window:
        raise InputError(f"only {len(known)} bases are known around {variant.label}; a window needs {window}")
    missing = max(0, len(ref) - len(alt))
    if len(known) < window + missing:
        raise InputError(f"only {len(known)} bases are known around {variant.label}; its deletion needs more")
    # the middle of the longer allele is centred, so that both lie in the window whole, wherever in a repeat they stand
    starts = window_starts(start, window, offsets, known.start, known.end, placed.span)
    if not starts:
        raise InputError(f"no window of {window} bases holds {variant.label} whole")
    first = max(known.start, starts[0] - missing)
    last = min(known.end, starts[-1] + window + missing)
    bases = reference.bases(Region(known.chrom, first, last, known.build))
    # the reference allele as VCF writes it: an ambiguous base of the genome stands for one base there
    at = start - first
    ref = concrete(bases[at : at + len(ref)])
    bases = bases[:at] + ref + bases[at + len(ref) :]
    return known, starts, _both_alleles(bases, start - first, ref, alt, [s - first for s in starts], window)


def alleles(variant: Variant, reference: Reference, window: int) -> tuple[Sequence, Sequence]:
    """The window around a variant with the reference and with the alternative allele, `window` bases each.

    The reference window has its region; so has the other one unless the variant moves bases.

    Raises:
        InputError: the reference has other bases there ("the genome has A there (wrong build?)"), or not enough.
    """
    known, (start,), ((ref,), (alt,)) = _windows(variant, reference, window, CENTRED)
    region = Region(known.chrom, start, start + window, known.build)
    moved = len(variant.ref) != len(variant.alt)
    return (
        Sequence(region.label, ref, region, reference.name),
        Sequence(f"{region.label}_alt", alt, None if moved else region, variant.label),
    )


def opened(variant: Variant, reference: Reference, window: int) -> Document:
    """A document of the reference window, with the variant as its first edit.

    Where the variant moves bases, a second edit fills the window up or takes off what no longer fits, so that the
    document is the alternative window that `score_variants` scores in a centred window.

    Raises:
        InputError: as `alleles`.
    """
    before, after = alleles(variant, reference, window)
    assert before.region is not None  # `alleles` places it
    start, ref, alt = variant.trimmed
    document = Document(before).spliced(start - before.region.start, len(ref), alt, variant.label)
    change = window - len(document.bases)
    if change > 0:
        side = "downstream" if after.bases.startswith(document.bases) else "upstream"
        return document.with_bases(after.bases, f"{change} base(s) from {side} fill the window")
    return document.with_bases(after.bases, f"{-change} base(s) taken off the end of the window")


def score_variants(
    model: SequenceModel,
    variants: list[Variant],
    reference: Reference,
    *,
    name: str = "model",
    offsets: tuple[int, ...] = CENTRED,
    run: Run = Run(),
    done: dict[Variant, Scored] | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Predictions of both alleles of every variant, both strands averaged, over the same windows.

    Args:
        reference: where the bases around the variants come from (`engine.genome.reference`).
        name: the model's, for the columns.
        offsets: the variant's distance from the middle of the window, one window each; their mean counts.
        done: results of an earlier call with the same settings, which are taken over; new ones are added after each
            batch, so that work that `progress` stops goes on where it was.
        progress: called with (variants done, variants) after each batch.

    Returns:
        One row a variant, in order (of a list that as a whole does not fit the reference, none is scored, see
        `engine.genome.diagnosis`): `chrom`, `pos` (1-based), `name`, `ref`, `alt`; for every output
        `<name>.<output>.ref`, `.alt` and `.effect` (alt minus ref), log2(RNA/DNA), and `.spread` of a model
        that knows it (`Scores`); and `problem`, which says why a variant could not be scored (its
        numbers are nan) and is '' for all others.
    """
    done = {} if done is None else done
    found = diagnosis([v for v in dict.fromkeys(variants) if not isinstance(done.get(v), str)], reference)
    if found.refused:
        done |= {v: found.remark for v in variants if v not in done}
    todo = [v for v in dict.fromkeys(variants) if v not in done]
    ready = len(set(variants)) - len(todo)
    step = max(1, WINDOWS_AT_ONCE // (2 * len(offsets)))
    for first in range(0, len(todo), step):
        part = todo[first : first + step]
        done |= _score(model, part, reference, offsets, run)
        if progress:
            progress(ready + first + len(part), ready + len(todo))
    return table([(v, done[v]) for v in variants], name, model.outputs)


def _score(
    model: SequenceModel,
    variants: list[Variant],
    reference: Reference,
    offsets: tuple[int, ...],
    run: Run,
) -> dict[Variant, Scored]:
    part = cut(variants, reference, model.window, offsets)
    return part.scored(predict_with_uncertainty(model, part.codes, run))


@dataclass(frozen=True)
class Cut:
    """Some variants cut into windows for models of one window length.

    Attributes:
        window: that length, in bases.
        problems: the variants that have no windows, and why.
        alleles: the windows of all others.
    """

    window: int
    problems: dict[Variant, str]
    alleles: dict[Variant, Alleles]

    @cached_property
    def _asked(self) -> Asked:
        return Asked(list(self.alleles.values()))

    @property
    def codes(self) -> np.ndarray:
        """`(n, window)` uint8: what a model is asked."""
        return self._asked.codes(self.window)

    def scored(self, said: Said) -> dict[Variant, Scored]:
        """What a model says of each variant by what it says of `codes`."""
        answered = self._asked.answered(said)
        return self.problems | {v: _scores(v, *both) for v, both in zip(self.alleles, answered, strict=True)}


def cut(variants: list[Variant], reference: Reference, window: int, offsets: tuple[int, ...] = CENTRED) -> Cut:
    """Variants as the windows that they are scored in, see `score_variants`."""
    problems: dict[Variant, str] = {}
    windows: dict[Variant, Alleles] = {}
    for variant in variants:
        try:
            windows[variant] = _windows(variant, reference, window, offsets)[2]
        except InputError as error:
            problems[variant] = str(error)
    return Cut(window, problems, windows)


def _scores(variant: Variant, ref: Said, alt: Said) -> Scores:
    """Of the windows of each allele."""
    changed = changed_bases([variant.trimmed[1:]])
    spread = spread_of_change(ref.over_windows(), alt.over_windows(), changed)
    known = None if spread is None else spread[0].astype(np.float32)
    return Scores(ref.members.mean(axis=(0, 1)), alt.members.mean(axis=(0, 1)), known)


def table(
    rows: list[tuple[Variant, Scored]], name: str, outputs: tuple[str, ...], *, has_spread: bool = False
) -> pd.DataFrame:
    """The table of `score_variants`.

    Args:
        has_spread: it has the columns of spread, also if no variant could be scored.
    """
    nothing = np.full(len(outputs), np.nan, np.float32)
    scores = [Scores(nothing, nothing) if isinstance(s, str) else s for _, s in rows]
    values = np.array([(s.ref, s.alt) for s in scores], np.float32).reshape(len(rows), 2, len(outputs))
    has_spread = has_spread or any(s.spread is not None for s in scores)
    spreads = np.array([nothing if s.spread is None else s.spread for s in scores], np.float32)
    frame = pd.DataFrame([(v.chrom, v.pos, v.name, v.ref, v.alt) for v, _ in rows], columns=IDENTITY)
    for i, output in enumerate(outputs):
        ref, alt = values[:, 0, i], values[:, 1, i]
        frame[f"{name}.{output}.ref"], frame[f"{name}.{output}.alt"] = ref, alt
        frame[f"{name}.{output}.effect"] = alt - ref
        if has_spread:
            frame[f"{name}.{output}.spread"] = spreads[:, i]
    frame["problem"] = [s if isinstance(s, str) else "" for _, s in rows]
    return frame


def join(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """The tables of several models for the same variants side by side; a problem that several have is said once."""
    problems = [
        " / ".join(dict.fromkeys(p for p in row if p)) for row in zip(*(t["problem"] for t in tables), strict=True)
    ]
    numbers = [t.drop(columns=[*IDENTITY, "problem"]) for t in tables]
    joined = pd.concat([tables[0][IDENTITY], *numbers], axis=1)
    joined["problem"] = problems
    return joined
