"""DNA sequences: alphabet, validation, one-hot, reverse complement, windows, mutation, shuffling.

Base order is A C G T everywhere. Positions inside the engine are 0-based and half-open; what a person
reads (files, screen) is 1-based. `Region.label`, `Region.place` and `parse_region` are the only places that convert.
"""

from __future__ import annotations

import itertools
import re
import string
from dataclasses import dataclass

import numpy as np

from engine.errors import InputError, unknown
from engine.limits import DIGITS, NAME
from engine.text import seen

BASES = "ACGT"
IUPAC = "ACGTRYSWKMBDHVN"
UNKNOWN = 4  # the code of every letter that is not A, C, G or T; one-hot 0.25 each
_COMPLEMENT = str.maketrans("ACGTRYSWKMBDHVN", "TGCAYRSWMKVHDBN")
# not str.upper, which makes DNA letters of foreign ones: ß reads SS and ſ reads S
_RAISE = str.maketrans(string.ascii_lowercase, string.ascii_uppercase)

# The constant sequence on either side of every element in the lentiMPRA library (Agarwal et al. 2025).
ADAPTER_LEFT = "AGGACCGGATCAACT"
ADAPTER_RIGHT = "CATTGCGTGAACCGA"

_CODES = np.full(256, 255, dtype=np.uint8)
for _letter in IUPAC:
    _CODES[ord(_letter)] = BASES.find(_letter) if _letter in BASES else UNKNOWN
_ONE_HOT = np.vstack([np.eye(4), np.full((1, 4), 0.25)]).astype(np.float32)

CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")

STRANDS = ("", "+", "-")
LONGEST_REGION = 1000  # letters of a region in text; the longest names of contigs have some 100
_REGION = re.compile(
    r"(?P<chrom>[!-~]+?)\s*:\s*(?P<start>[0-9][0-9,]*)\s*(?:[-–]|\.\.)\s*(?P<end>[0-9][0-9,]*)"
    r"\s*(?:\((?P<bracketed>[+-])\)|:\s*(?P<after>[+-]|-?1))?",
    re.ASCII,
)


@dataclass(frozen=True)
class Region:
    """A stretch of a genome: 0-based half-open `[start, end)` on `chrom` of `build`.

    Attributes:
        strand: '+' or '-', or '' where nobody said; the bases of a region on '-' are the reverse complement of the
            stretch, those of any other region are the stretch as the genome has it.

    `part`, `place_of` and `index_of` are the one way from positions in the region's bases to the genome and back.
    """

    chrom: str
    start: int
    end: int
    build: str = ""
    strand: str = ""

    def __post_init__(self):
        if not self.chrom or re.search(r"[\s\x00-\x1f\x7f]", self.chrom):
            raise InputError(f"the contig {self.chrom[:80]!r} of a region is empty or holds a blank; give a name")
        if self.start < 0 or self.end <= self.start:
            raise InputError(f"region {self.chrom}:{self.start + 1}-{self.end} is empty or starts before position 1")
        if self.strand not in STRANDS:
            raise InputError(f"strand {self.strand!r} of region {self.label} is none of '+', '-' and ''")

    def __len__(self) -> int:
        return self.end - self.start

    @property
    def label(self) -> str:
        """The region as people write it: 1-based, both ends included, with '(-)' where it is read backwards."""
        return f"{self.chrom}:{self.start + 1}-{self.end}" + ("(-)" if self.reverse else "")

    @property
    def place(self) -> str:
        """`label` with the strand wherever it is known, as FASTA headers have it; `parse_region` reads it back."""
        return f"{self.chrom}:{self.start + 1}-{self.end}" + (f"({self.strand})" if self.strand else "")

    @property
    def reverse(self) -> bool:
        """Whether its bases are the reverse complement of the genome's."""
        return self.strand == "-"

    def part(self, first: int, last: int, strand: str | None = None) -> Region:
        """The genomic region of the bases `[first, last)`, 0-based in the region's own direction.

        Args:
            strand: of a feature on these bases: '+' as they are read, '-' on their other strand, anything else for
                none. By default the part is read as the region is.
        """
        start, end = (self.end - last, self.end - first) if self.reverse else (self.start + first, self.start + last)
        turned = {None: self.strand, "+": self.strand or "+", "-": "+" if self.reverse else "-"}.get(strand, "")
        return Region(self.chrom, start, end, self.build, turned)

    def place_of(self, index: int) -> int:
        """0-based genomic position of the base at `index`; numbers or arrays, also outside the region."""
        return self.end - 1 - index if self.reverse else self.start + index

    def index_of(self, position: int) -> int:
        """Index of the base at a 0-based genomic position, the inverse of `place_of`."""
        return self.end - 1 - position if self.reverse else position - self.start


def genomic_columns(region: Region | None, first: int, last: int, strand: str = "+") -> tuple[str, str]:
    """What tables say of the bases `[first, last)` of a sequence: 'chr7:1001' or 'chr7:1001-1010', and the strand.

    Args:
        region: of the sequence; without one both columns are empty.
        strand: of what lies on these bases, as the sequence is read.
    """
    if region is None:
        return "", ""
    part = region.part(first, last, strand)
    return f"{part.chrom}:{part.start + 1}" + (f"-{part.end}" if last - first > 1 else ""), part.strand


def is_region(text: str) -> bool:
    """True for text that `parse_region` takes for a region, whether or not it can be one."""
    return len(text) <= LONGEST_REGION and _REGION.fullmatch(text.strip()) is not None


def parse_region(text: str, build: str = "") -> Region:
    """`chr1:1,000-2,000` (1-based, both ends included) as a `Region`; raises InputError.

    The strand may follow, as `(-)` or `:-`.
    """
    match = _REGION.fullmatch(seen(text).strip()) if len(text) <= LONGEST_REGION else None
    if not match:
        raise InputError(f"'{text[:80]}' is not a region; write it as chr1:109274652-109274851 or chr1:1-200(-)")
    numbers = [match["start"].replace(",", ""), match["end"].replace(",", "")]
    for number in numbers:
        DIGITS.check(len(number), f"region '{text[:80]}'")
    start, end = map(int, numbers)
    if end < start:
        raise InputError(f"region '{text}' ends before it starts; swap the two positions")
    strand = match["bracketed"] or match["after"] or ""
    return Region(match["chrom"], start - 1, end, build, {"1": "+", "-1": "-"}.get(strand, strand))


@dataclass(frozen=True)
class Sequence:
    """A validated DNA string with a name and, if known, the place in a genome that it came from."""

    name: str
    bases: str
    region: Region | None = None
    origin: str = "typed"

    def __post_init__(self):
        control = CONTROL.search(self.name)
        if control:  # it would add records, lines or columns to what is written
            raise InputError(
                f"the name {self.name[:40]!r} of a sequence holds {control.group()!r}; take line breaks, tabs and "
                "other control characters out of it"
            )
        NAME.check(len(self.name), f"sequence '{self.name[:40]}…'")
        check(self.bases, self.name)
        if self.region is not None and len(self.region) != len(self.bases):
            raise InputError(
                f"sequence '{self.name}' has {len(self.bases)} bases but its region "
                f"{self.region.label} has {len(self.region)}"
            )

    def __len__(self) -> int:
        return len(self.bases)

    @property
    def placed(self) -> Region:
        """Its region, or where that is not known the sequence as a contig of its own, under its name without blanks."""
        return self.region or Region("_".join(self.name.split()) or "unnamed", 0, len(self.bases))


# --- validation -------------------------------------------------------------------------------------


def check(bases: str, name: str = "sequence") -> None:
    """Raise InputError naming the first letter that is not upper-case IUPAC DNA, and its position."""
    if not bases:
        raise InputError(f"sequence '{name}' is empty; give at least one base")
    bad = re.search(f"[^{IUPAC}]", bases)
    if bad:
        raise InputError(
            f"sequence '{name}': letter {bad.group()!r} at position {bad.start() + 1} is not a DNA letter "
            f"(A, C, G, T, or the IUPAC letters {', '.join(IUPAC[4:])})"
        )


def upper(letters: str) -> str:
    """Letters of a file as the engine has them: upper case, U written as T."""
    return letters.translate(_RAISE).replace("U", "T")


def any_known(bases: str) -> bool:
    """Whether any letter is A, C, G or T; of bases without one, no model is asked."""
    return any(base in bases for base in BASES)


def ambiguous_positions(bases: str) -> list[int]:
    """0-based positions of the letters that are none of A, C, G, T (encoded as 0.25 each)."""
    return [i for i, b in enumerate(bases) if b not in BASES]


# --- encoding ---------------------------------------------------------------------------------------


def encode(bases: str, name: str = "sequence") -> np.ndarray:
    """Bases as uint8 codes, shape `(length,)`: A 0, C 1, G 2, T 3, any other IUPAC letter 4.

    Raises InputError like `check`, with `name` in its message.
    """
    codes = _CODES[np.frombuffer(bases.encode("ascii", "replace"), dtype=np.uint8)]
    if codes.size == 0 or codes.max() == 255:
        check(bases, name)
    return codes


def decode(codes: np.ndarray) -> str:
    """The inverse of `encode`; code 4 reads as N."""
    return "".join("ACGTN"[c] for c in codes)


def one_hot(codes: np.ndarray) -> np.ndarray:
    """uint8 codes `(..., length)` as float32 one-hot `(..., 4, length)`; code 4 is 0.25 in every row."""
    return np.moveaxis(_ONE_HOT[codes], -1, -2)


def reverse_complement(bases: str) -> str:
    """The other strand, read in its own 5' to 3' direction; IUPAC letters are complemented too."""
    return bases.translate(_COMPLEMENT)[::-1]


def gc_content(bases: str) -> float:
    """Fraction of G and C among the unambiguous bases; nan if there are none."""
    known = sum(bases.count(b) for b in BASES)
    return (bases.count("G") + bases.count("C")) / known if known else float("nan")


def gc_contents(codes: np.ndarray) -> np.ndarray:
    """`gc_content` of every row of uint8 codes `(n, length)`: `(n,)` float64."""
    known = (codes < len(BASES)).sum(axis=1)
    strong = ((codes == BASES.index("C")) | (codes == BASES.index("G"))).sum(axis=1)
    return np.divide(strong, known, out=np.full(len(codes), np.nan), where=known > 0)


# --- windows ----------------------------------------------------------------------------------------

WINDOW_POLICIES = {
    "centre": "the middle of a longer sequence is used, the rest is not",
    "tile": "overlapping windows cover the whole sequence and are averaged",
    "pad": "a shorter sequence is flanked by the assay's adapter sequences, then by N",
    "whole": "the model runs over the full length at once, whatever its training length",
}

WINDOW = 200  # bases of the sequences that models learn from
SHORTEST_WHOLE = 100  # bases; the models' contract (engine.models.layers) promises nothing below


@dataclass(frozen=True)
class Window:
    """`bases` to give to a model; `start` is where they begin in the sequence (negative when padded)."""

    start: int
    bases: str

    @property
    def end(self) -> int:
        return self.start + len(self.bases)


def windows(bases: str, length: int, policy: str, stride: int | None = None, name: str = "sequence") -> list[Window]:
    """Cut or pad `bases` to windows of `length` under a named policy; never silently.

    Args:
        bases: the sequence.
        length: the window of the model, in bases.
        policy: one of `WINDOW_POLICIES`. A sequence of exactly `length` is one window under each of them, and one
            without a known base is flanked by N alone.
        stride: step between tiles; by default a quarter of the window. The last tile ends with the sequence.
        name: what an error calls the sequence.

    Raises:
        InputError: an unknown policy, a sequence too short to be cut or too long to be padded, which
            names the policy that fits.
    """
    check_policy(len(bases), length, policy, name)
    n = len(bases)
    if n == length or policy == "whole":
        return [Window(0, bases)]
    if policy == "pad":
        left = (length - n) // 2
        right = length - n - left
        if not any_known(bases):  # what would be predicted are the adapters
            return [Window(-left, "N" * length)]
        before = ("N" * length + ADAPTER_LEFT)[-left:] if left else ""
        return [Window(-left, before + bases + (ADAPTER_RIGHT + "N" * length)[:right])]
    if policy == "centre":
        start = (n - length) // 2
        return [Window(start, bases[start : start + length])]
    step = stride or max(1, length // 4)
    starts = [*range(0, n - length, step), n - length]
    return [Window(s, bases[s : s + length]) for s in starts]


def check_policy(n: int, length: int, policy: str, name: str = "sequence") -> None:
    """Raise InputError where `windows` cannot cut a sequence of `n` bases, with the policy that fits."""
    if policy not in WINDOW_POLICIES:
        raise unknown("window policy", policy, WINDOW_POLICIES)
    if policy == "whole" and n != length and n < SHORTEST_WHOLE:
        raise InputError(f"sequence '{name}' has {n} bases; a model runs over {SHORTEST_WHOLE} or more: use 'pad'")
    if policy == "pad" and n > length:
        raise InputError(f"sequence '{name}' has {n} bases, more than the window of {length}: use 'centre' or 'tile'")
    if policy in ("centre", "tile") and n < length:
        raise InputError(f"sequence '{name}' has {n} bases, fewer than the window of {length}: use 'pad' or 'whole'")


def default_policy(n: int, length: int) -> str:
    """The policy that the command line and the pages use when the user names none."""
    return "tile" if n > length else "pad"


# --- editing ----------------------------------------------------------------------------------------


def substitute(bases: str, position: int, alt: str) -> str:
    """Replace `len(alt)` bases from 0-based `position` on; raises InputError outside the sequence."""
    check(alt, "substituted bases")
    if position < 0 or position + len(alt) > len(bases):
        raise InputError(f"{alt} at position {position + 1} does not fit into a sequence of {len(bases)} bases")
    return bases[:position] + alt + bases[position + len(alt) :]


def dinucleotide_shuffle(bases: str, rng: np.random.Generator) -> str:
    """A random sequence with the same dinucleotide counts, first and last base.

    Draws a random last edge out of every letter until these edges form a tree to the final letter, then
    shuffles the remaining edges and walks the Eulerian path (Altschul & Erickson 1985, Mol Biol Evol
    2:526-538). Every arrangement is equally likely. IUPAC letters are treated as letters of their own.
    """
    if len(bases) < 3:
        return bases
    successors: dict[str, list[str]] = {}
    for a, b in itertools.pairwise(bases):
        successors.setdefault(a, []).append(b)
    final = bases[-1]
    while True:
        last = {a: s[rng.integers(len(s))] for a, s in successors.items() if a != final}
        if all(_reaches(a, final, last) for a in last):
            break
    order = {}
    for a, following in successors.items():
        rest = list(following)
        if a in last:
            rest.remove(last[a])
        rest = [rest[i] for i in rng.permutation(len(rest))]
        order[a] = iter([*rest, last[a]] if a in last else rest)
    walk = [bases[0]]
    for _ in range(len(bases) - 1):
        walk.append(next(order[walk[-1]]))
    return "".join(walk)


def _reaches(letter: str, final: str, last: dict[str, str]) -> bool:
    for _ in range(len(last) + 1):
        if letter == final:
            return True
        letter = last[letter]
    return False
