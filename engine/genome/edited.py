"""The windows in which an edited sequence is held against its reference: those that hold the edit.

The prediction of a sequence longer than a model's window is a mean over windows. Those without the edit say the same of
both sequences, so a difference of such means is smaller the longer the sequence is. An effect is alt minus ref over the
windows that hold what was changed, as `engine.genome.effects` has it for variants and mutagenesis for substitutions;
both windows of a pair begin at the same base. Where an edit moves bases, the edited window takes in what follows or
drops what has no room any more; at the end of a sequence, what went before comes in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.editor.changes import columns, turned
from engine.editor.document import Document
from engine.sequence import reverse_complement, windows

MOVED = ("tile", "centre")  # policies under which a window is a part of the sequence


@dataclass(frozen=True)
class Held:
    """Pairs of windows of one length, in the reference's direction.

    Attributes:
        before, after: bases of the reference and of the edited sequence, one pair a window; empty if no window of the
            policy holds a change.
        total: windows of the policy on the reference and on the edited sequence, of which each pair is counted once.
        whole: every window holds all changes; else no window does, and each holds some of them.
    """

    before: tuple[str, ...]
    after: tuple[str, ...]
    total: int
    whole: bool

    def __len__(self) -> int:
        return len(self.before)


def held(document: Document, window: int, policies: tuple[str, str]) -> Held | None:
    """The windows of an edited document that hold all of its net changes, or those that hold any if none holds all.

    Args:
        window: bases that the model reads.
        policies: of the reference and of the sequence as it stands.

    Returns:
        None where there is nothing to choose among: no net change, both sequences as long as the window, one of them
        shorter, or a policy under which the model reads the whole sequence at once.
    """
    reference = document.reference.bases
    bases = reverse_complement(document.bases) if turned(document) else document.bases
    lengths = len(reference), len(bases)
    if min(lengths) < window or max(lengths) == window or reference == bases:
        return None
    if any(p not in MOVED for p, n in zip(policies, lengths, strict=True) if n > window):
        return None
    aligned = columns(document)
    kept_ref, kept_alt = np.array([bool(c.ref) for c in aligned]), np.array([bool(c.alt) for c in aligned])
    # how many bases of either sequence stand before each column, and after the last
    at_ref, at_alt = (np.concatenate([[0], np.cumsum(k)]) for k in (kept_ref, kept_alt))
    changed = np.flatnonzero([c.ref != c.alt for c in aligned])

    def pair(own: np.ndarray, kept: np.ndarray, start: int) -> tuple[int, int]:
        """Starts in both sequences of the windows at the column of the base at `start` of one of them."""
        column = int(np.flatnonzero(kept & (own[:-1] == start))[0])
        return min(int(at_ref[column]), lengths[0] - window), min(int(at_alt[column]), lengths[1] - window)

    starts = {
        pair(own, kept, w.start)
        for s, own, kept, policy in (
            (reference, at_ref, kept_ref, policies[0]), (bases, at_alt, kept_alt, policies[1])
        )
        for w in windows(s, window, policy if len(s) > window else MOVED[0])
    }  # fmt: skip

    def holds(start: tuple[int, int]) -> np.ndarray:
        """Of each changed column, whether all of it that there is lies in the windows."""
        inside_ref = (at_ref[changed] >= start[0]) & (at_ref[changed] < start[0] + window)
        inside_alt = (at_alt[changed] >= start[1]) & (at_alt[changed] < start[1] + window)
        return (inside_ref | ~kept_ref[changed]) & (inside_alt | ~kept_alt[changed])

    by_start = {start: holds(start) for start in sorted(starts)}
    whole = any(h.all() for h in by_start.values())
    chosen = [s for s, h in by_start.items() if (h.all() if whole else h.any())]
    return Held(
        tuple(reference[i : i + window] for i, _ in chosen),
        tuple(bases[j : j + window] for _, j in chosen),
        len(by_start),
        whole,
    )
