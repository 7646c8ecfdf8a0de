"""What is claimed of designs before anything is measured, and what a measurement says of it. Plain; no torch.

A statement names what is measured, against which control, and the bound in log2(RNA/DNA) that refutes it. It stands on
one side of an interval of the model (`engine.evaluation.intervals`), beyond which one in ten measurements of natural
elements lies. Where the bound does not clear the control, nothing is claimed and that is said. Statements are made of
what is predicted to lie far out, and such predictions lean outwards, so that they hold less often than nine times in
ten. How often of natural elements of the test fold, `python -m engine design coverage MODEL` says: of distilled_legnet
.86 to .89 for activities above the mean, .86 to .91 below it, .86 to .89 for the difference of two elements (which
stand for a design and its twin) and .84 to .93 for one between cell types; of dream_rnn .80 to .87, .94 to .96, .84 to
.87 and .83 to .93, but for more activity in WTC11 than in K562 .72 (67 statements, 95% interval .61 to .82). So
`CONFIDENCE` is what is counted on. Of designs and of their own twins nobody knows it; and a twin without a motif is the
one of several by which the model loses most, so that what is claimed of it leans outwards once more.

Claims are kept as JSON with a checksum of each and of all (`engine.integrity`). A checksum tells that a file was
changed since; that nobody wrote another file with another checksum, only a copy of the checksum elsewhere can show: put
it into the lab book on the day the sequences are ordered, and hand it to `opened`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Literal

import numpy as np
from pydantic import TypeAdapter, ValidationError

from engine import integrity, limits
from engine.editor.schema import first_wrong
from engine.errors import InputError
from engine.sequence import check

FORMAT = 1
CONFIDENCE = 0.80  # the share of statements that is counted on to hold: `python -m engine design coverage`
CHANCE = 0.05  # that as few statements hold as refute a set of them, were each to hold with `CONFIDENCE`
# how a statement of each kind is decided: what is measured, and what it is measured against
KINDS = {
    "level": "activity against the mean of natural elements",
    "shuffled": "activity against the dinucleotide-shuffled twin",
    "knock-out": "activity against the twin without a family of motifs",
    "between": "activity in one cell type against another, each in standard deviations of natural elements",
}
Kind = Literal["level", "shuffled", "knock-out", "between"]
TwinKind = Literal["shuffled", "knock-out"]
Direction = Literal[1, -1]


@dataclass(frozen=True)
class Expected:
    """What is predicted of one output.

    Attributes:
        value: log2(RNA/DNA).
        low, high: ends of the interval that 80% of measurements of natural elements lie in (`engine.intervals.SHOWN`);
            None where nobody fitted one (a sequence of several windows).
        standing: standard deviations above the mean of natural elements.
        above: share of the natural elements measured below `value`, 0 to 1.
    """

    output: str
    value: float
    low: float | None
    high: float | None
    standing: float
    above: float


@dataclass(frozen=True)
class Twin:
    """A control that is to be measured beside a design.

    Attributes:
        kind: 'shuffled' or 'knock-out'.
        family: of motifs that the knock-out twin is without; "" of the shuffled one.
        stretches: 0-based half-open bases that were written anew in the knock-out twin.
        expected: predicted log2(RNA/DNA) by output.
    """

    kind: TwinKind
    name: str
    bases: str
    family: str
    stretches: tuple[tuple[int, int], ...]
    expected: Mapping[str, float]


@dataclass(frozen=True)
class Statement:
    """One thing that a measurement can refute.

    Attributes:
        kind: one of `KINDS`.
        output: the cell type that is measured.
        control: name of the twin, the other cell type of 'between', "" of 'level'.
        direction: 1: the difference to the control is at least `bound`; -1: it is at most `bound`.
        bound, expected: of the difference, log2(RNA/DNA); of 'between' standard deviations. Of 'level' they are the
            activity itself.
        words: the statement for people.
    """

    kind: Kind
    output: str
    control: str
    direction: Direction
    bound: float
    expected: float
    words: str


@dataclass(frozen=True)
class Motif:
    """A site in the design: 0-based half-open bases, strand, p-value of the best match of the family."""

    family: str
    start: int
    end: int
    strand: str
    p: float


@dataclass(frozen=True)
class Spacing:
    """Two sites that follow each other: bases between them (below 0 where they overlap), and how they point, as in
    `engine.interpretation.motifs.grammar.ORIENTATIONS`."""

    first: str
    second: str
    gap: int
    orientation: str


@dataclass(frozen=True)
class Share:
    """A family of the design in natural elements: `peers` of the `of_peers` as active as the design hold it, `all` of
    the `of_all` that were looked through."""

    family: str
    peers: int
    of_peers: int
    all: int
    of_all: int


@dataclass(frozen=True)
class Claim:
    """All that is said of one design before it is measured.

    Attributes:
        method, seed: how it was designed; method "given" for a sequence that was not designed here.
        asked: the activities that were asked for, standard deviations above the mean by output.
        kept: 0-based half-open stretches that were to stay as they are; the twins keep them too.
        unclear: what is not claimed, and why.
        shared: families of the design in natural elements, see `engine.design.peers`.
        longest_shared: bases of the longest stretch that a training element holds too, on either strand
            (`engine.design.metrics.novelty`); None where nobody looked.
        unfamiliar: whether the design is less like what the model learned from than 95% of held-out elements are
            (`engine.design.metrics.trust`), so that nobody has tested what it predicts; None where nobody looked.
        caveats: what the statements are to be read with, for people.
        cautions: warnings of the user's presets (`engine.design.warnings`).
    """

    name: str
    bases: str
    method: str
    seed: int
    asked: Mapping[str, float]
    kept: tuple[tuple[int, int], ...]
    expected: tuple[Expected, ...]
    twins: tuple[Twin, ...]
    statements: tuple[Statement, ...]
    unclear: tuple[str, ...]
    motifs: tuple[Motif, ...]
    spacing: tuple[Spacing, ...]
    shared: tuple[Share, ...]
    longest_shared: int | None
    unfamiliar: bool | None
    caveats: tuple[str, ...]
    cautions: tuple[str, ...]


@dataclass(frozen=True)
class Control:
    """A natural element that was measured, to be ordered with the designs: it shows whether the assay is the library's.

    Attributes:
        why: what it was chosen for.
        measured: log2(RNA/DNA) by output, as the library has it.
    """

    name: str
    bases: str
    why: str
    measured: Mapping[str, float]


@dataclass(frozen=True)
class Claims:
    """The claims of a set of designs, and what they rest on.

    Attributes:
        made: when, ISO 8601; "" where nobody said.
        version: of CisLens.
        model, weights: name of the model that predicted, and the sha256 of its weights.
        library: sha256 of the data that `mean` and `sd` are of.
        mean, sd: log2(RNA/DNA) by output: the unit of what was asked for.
    """

    made: str
    version: str
    model: str
    weights: str
    library: str
    mean: Mapping[str, float]
    sd: Mapping[str, float]
    controls: tuple[Control, ...]
    claims: tuple[Claim, ...]

    def with_claims(self, others: Claims) -> Claims:
        """These and others of the same model and data, as one set; controls that are there already count once.

        Raises:
            InputError: the others rest on another model or other data.
        """
        if (self.weights, self.library) != (others.weights, others.library):
            raise InputError("claims of different models or data cannot stand in one file; keep them in two")
        controls = {c.name: c for c in (*self.controls, *others.controls)}
        return replace(self, controls=tuple(controls.values()), claims=(*self.claims, *others.claims))


# --- kept and opened again --------------------------------------------------------------------------

_READ = TypeAdapter(Claims)


def sealed(claims: Claims) -> dict:
    """As a file of claims has it: each claim with its checksum, and all of it with one."""
    content = {"format": FORMAT, **asdict(claims)}
    content["claims"] = [integrity.sealed(claim) for claim in content["claims"]]
    return integrity.sealed(content)


def text_of(claims: Claims) -> str:
    """The text of a file of claims, as `engine.store.write_json` writes it of `sealed`."""
    return json.dumps(sealed(claims), indent=1, ensure_ascii=False) + "\n"


def checksum(claims: Claims) -> str:
    """The sha256 that a file of these claims carries: what to write into the lab book."""
    return sealed(claims)[integrity.SEAL]


def opened(content: bytes, what: str, expected: str = "") -> Claims:
    """The claims of a file, if it is as it was written.

    Args:
        what: what an error calls the file.
        expected: the checksum that somebody wrote down; "" to trust the one in the file.

    Raises:
        InputError: no file of claims, one that was changed since it was written (names the claims that were), one that
            is whole but not the one whose checksum was written down, or one that CisLens did not write.
    """
    limits.CLAIMS.check(len(content), what)
    given = integrity.as_object(content)
    if given is None or given.get("format") != FORMAT or not isinstance(given.get("claims"), list):
        raise InputError(f"{what} holds no claims; give the claims.json that 'design' wrote")
    if changed := [_name(claim) for claim in given["claims"] if not _whole(claim)]:
        raise InputError(f"{what} was changed after it was written: {', '.join(changed[:5])}; ask for the original")
    seal = given.get(integrity.SEAL)
    if integrity.unsealed(content) is None:
        raise InputError(f"{what} was changed after it was written, outside of its claims; ask for the original")
    if expected and seal != expected.strip().lower():
        raise InputError(f"{what} is whole, but its sha256 is {seal} and not {expected[:64]}: it is another file")
    try:
        claims = _READ.validate_python(_bare(given))
    except ValidationError as error:
        raise InputError(f"{what} holds no claims of this version of CisLens ({first_wrong(error)})") from error
    _check_sound(claims, what)
    return claims


def _check_sound(claims: Claims, what: str) -> None:
    """Raise InputError for claims that CisLens does not make: without a scale of their outputs, or of what is no DNA.
    A checksum says that a file was not changed, not who wrote it."""
    scaled = {o for o, sd in claims.sd.items() if o in claims.mean and math.isfinite(claims.mean[o]) and 0 < sd < 1e6}
    for claim in claims.claims:
        for bases, name in ((claim.bases, claim.name), *((twin.bases, twin.name) for twin in claim.twins)):
            check(bases, name)
        for statement in claim.statements:
            needed = {statement.output, *([statement.control] if statement.kind == "between" else [])}
            if not needed <= scaled:
                raise InputError(
                    f"{what} has no scale of {', '.join(sorted(needed - scaled))[:80]}, of which it claims"
                )
    for control in claims.controls:
        check(control.bases, control.name)


def _bare(given: dict) -> dict:
    """The content without checksums, whose fields are those of `Claims`."""
    claims = [{k: v for k, v in claim.items() if k != integrity.SEAL} for claim in given["claims"]]
    return {k: v for k, v in given.items() if k not in ("format", integrity.SEAL)} | {"claims": claims}


def _whole(claim: object) -> bool:
    return isinstance(claim, dict) and integrity.sealed(claim)[integrity.SEAL] == claim.get(integrity.SEAL)


def _name(claim: object) -> str:
    return str(claim.get("name", "a claim without a name"))[:80] if isinstance(claim, dict) else "a claim"


# --- what a measurement says ------------------------------------------------------------------------


@dataclass(frozen=True)
class Verdict:
    """A statement and what was measured: the difference in its unit, nan where design or control was not measured."""

    design: str
    statement: Statement
    measured: float

    @property
    def holds(self) -> bool | None:
        """None where it cannot be decided."""
        if np.isnan(self.measured):
            return None
        return bool((self.measured - self.statement.bound) * self.statement.direction >= 0)


def decide(claims: Claims, measured: Mapping[str, Mapping[str, float]]) -> tuple[Verdict, ...]:
    """What measurements say of every statement.

    Args:
        measured: log2(RNA/DNA) by output, by the name of the design or twin.
    """
    return tuple(
        Verdict(claim.name, statement, _difference(claims, claim, statement, measured))
        for claim in claims.claims
        for statement in claim.statements
    )


def _difference(
    claims: Claims, claim: Claim, statement: Statement, measured: Mapping[str, Mapping[str, float]]
) -> float:
    def value(name: str, output: str) -> float:
        return float(measured.get(name, {}).get(output, np.nan))

    own = value(claim.name, statement.output)
    if statement.kind == "level":
        return own
    if statement.kind == "between":
        output, other = statement.output, statement.control
        apart = (value(claim.name, other) - claims.mean[other]) / claims.sd[other]
        return (own - claims.mean[output]) / claims.sd[output] - apart
    return own - value(statement.control, statement.output)


@dataclass(frozen=True)
class Tally:
    """The statements of one kind in a set of designs.

    Attributes:
        made, decided, held: how many.
        least: of those decided, how many have to hold; fewer refute what is claimed of the set.
    """

    kind: Kind
    made: int
    decided: int
    held: int
    least: int

    @property
    def refuted(self) -> bool:
        return self.held < self.least


def tallies(verdicts: tuple[Verdict, ...]) -> tuple[Tally, ...]:
    """The verdicts of each kind together.

    Some statements are expected to fail, so that a single one that does is no surprise. Of n of them so many have to
    hold that fewer would come about with a probability of at most `CHANCE`, were each to hold with `CONFIDENCE` by
    itself. Designs of one run are alike and do not fail one by one: read a refuted set as a model that does not know
    these designs.
    """
    # once a file of measurements is read: what only names a claim need not wait for it
    from scipy.stats import binom

    rows = []
    for kind in KINDS:
        own = [v for v in verdicts if v.statement.kind == kind]
        decided = [v for v in own if v.holds is not None]
        if own:
            least = int(binom.ppf(CHANCE, len(decided), CONFIDENCE)) if decided else 0
            held = sum(bool(v.holds) for v in decided)
            rows.append(Tally(own[0].statement.kind, len(own), len(decided), held, least))
    return tuple(rows)
