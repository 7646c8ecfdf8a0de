"""Branches of a history: states that a user named, and what was undone before another edit was made.

A branch is the whole way from the reference, as the edits that lead there. Edits are shared between branches, so that
one takes the room of a list of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine import limits
from engine.editor.edits import Edit
from engine.errors import InputError
from engine.sequence import CONTROL

UNNAMED = 10  # branches that nobody named; the oldest of more are forgotten


@dataclass(frozen=True)
class Branch:
    """A history of the same reference; `name` is '' for one that was kept unasked."""

    name: str
    edits: tuple[Edit, ...]

    @property
    def label(self) -> str:
        """Its name, or its last edit in words: 'unnamed: 3 edits, the last 84 G>A'."""
        if self.name or not self.edits:
            return self.name or "the reference"
        n = len(self.edits)
        return f"unnamed: {n} edit{'s' * (n != 1)}, the last {self.edits[-1].description}"


def keeping(branches: tuple[Branch, ...], edits: tuple[Edit, ...]) -> tuple[Branch, ...]:
    """With a history kept unasked, unless another holds all of it; of the unnamed the newest `UNNAMED`."""
    if not edits or any(branch.edits[: len(edits)] == edits for branch in branches):
        return branches
    held = [b for b in branches if b.name or edits[: len(b.edits)] != b.edits]
    kept = [*held, Branch("", edits)]
    unnamed = [b for b in kept if not b.name]
    forgotten = unnamed[: max(0, len(unnamed) - UNNAMED)]
    return tuple(b for b in kept if b not in forgotten)


def named(branches: tuple[Branch, ...], name: str, edits: tuple[Edit, ...]) -> tuple[Branch, ...]:
    """With a state under a name, in place of what had that name before.

    Raises:
        InputError: no name, one that cannot be written on one line, or too many branches.
    """
    name = name.strip()
    if not name:
        raise InputError("a state needs a name; type one")
    limits.NAME.check(len(name), f"state '{name[:40]}…'")
    if control := CONTROL.search(name):
        raise InputError(f"the name {name[:40]!r} of a state holds {control.group()!r}; take control characters out")
    others = tuple(b for b in branches if b.name != name)
    limits.BRANCHES.check(sum(bool(b.name) for b in others) + 1, "this sequence")
    return (*others, Branch(name, edits))


def at(branches: tuple[Branch, ...], index: int) -> Branch:
    """One of them; raises InputError if there are fewer."""
    if not 0 <= index < len(branches):
        raise InputError(f"there is no branch {index + 1}; there are {len(branches)}")
    return branches[index]


def without(branches: tuple[Branch, ...], index: int) -> tuple[Branch, ...]:
    """All but one."""
    return (*branches[:index], *branches[index + 1 :])
