"""Features that a user draws on an edited sequence, and where the edits leave them.

A feature is kept as it was drawn: its place, and the edits that were in force then. Where it lies now follows from the
document's own history, so undo, redo and the way to another branch bring it back as it was.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from engine import limits
from engine.editor.edits import Edit, common
from engine.errors import InputError
from engine.results import Feature
from engine.sequence import CONTROL, STRANDS

# told apart with red-green blindness (Okabe & Ito 2008, https://jfly.uni-koeln.de/color)
COLOURS = {
    "blue": "#0072b2",
    "orange": "#e69f00",
    "green": "#009e73",
    "sky blue": "#56b4e9",
    "vermilion": "#d55e00",
    "purple": "#cc79a7",
    "yellow": "#f0e442",
    "grey": "#999999",
}
_COLOUR = re.compile("#[0-9a-f]{6}")
_KIND = re.compile(r"[A-Za-z0-9_'*-]{1,15}")  # of a key in the feature table of GenBank, EMBL and DDBJ


@dataclass(frozen=True)
class Annotation:
    """A feature as it was drawn, after `edits` to the reference."""

    feature: Feature
    edits: tuple[Edit, ...] = ()

    def now(self, applied: tuple[Edit, ...]) -> Feature:
        """Where it lies with other edits in force; `start == end` where none of its bases is left."""
        feature = self.feature
        alike = common(self.edits, applied)
        for edit in reversed(self.edits[alike:]):
            feature = edit.inverse.carried(feature)
        for edit in applied[alike:]:
            feature = edit.carried(feature)
        return feature

    def settled(self) -> Annotation:
        """The same by its place in the reference, wherever that says as much: it then needs no history."""
        home = Annotation(self.now(()))
        return home if home.feature.start < home.feature.end and home.now(self.edits) == self.feature else self


def checked(feature: Feature, length: int) -> Feature:
    """The feature, if it can lie on a sequence of `length` bases.

    Raises:
        InputError: it reaches past the sequence, or its name, strand, colour or kind is none.
    """
    name = feature.name
    shown = name[:40]
    if not name.strip():
        raise InputError("an annotation needs a name")
    limits.NAME.check(len(name), f"annotation '{shown}…'")
    if control := CONTROL.search(name):
        raise InputError(f"the name {shown!r} of an annotation holds {control.group()!r}; take control characters out")
    if not 0 <= feature.start < feature.end <= length:
        raise InputError(
            f"annotation '{shown}' at {feature.start + 1}-{feature.end} is no stretch of a sequence of {length} bases"
        )
    if feature.strand not in STRANDS:
        raise InputError(f"strand {feature.strand!r} of annotation '{shown}' is none of '+', '-' and ''")
    if not _COLOUR.fullmatch(feature.colour):
        raise InputError(f"colour {feature.colour[:20]!r} of annotation '{shown}' is not of the form #0072b2")
    if not _KIND.fullmatch(feature.kind):
        raise InputError(f"kind {feature.kind[:20]!r} of annotation '{shown}' is no key of a GenBank feature table")
    return replace(feature, name=name.strip())
