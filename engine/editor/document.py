"""An edited sequence: the reference, every edit since, and where in that history the user stands.

Immutable: an edit returns a new `Document`. Undo and redo move along the history; a new edit after an undo begins a
branch, and what was undone is kept as another (`engine.editor.branches`). The history holds differences and no copies
of the sequence: thousands of edits take little room, and a step along them costs as much as one edit.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine import limits
from engine.editor import annotations as drawn
from engine.editor import branches
from engine.editor.annotations import Annotation
from engine.editor.branches import Branch
from engine.editor.edits import Edit, describe, difference
from engine.errors import InputError
from engine.fasta import clean
from engine.results import Feature
from engine.sequence import (
    Region,
    Sequence,
    check,
    dinucleotide_shuffle,
    reverse_complement,
    substitute,
)


@dataclass(frozen=True)
class Document:
    """A reference sequence and its edit history; `cursor` edits of it are in force.

    Attributes:
        remark: what is known about the reference (its measured activity, its fold), in words.
        annotations: the features that were drawn on it, each as it was drawn.
        branches: other histories of the same reference: states that the user named, and what was undone before
            another edit, the oldest first.
    """

    reference: Sequence
    edits: tuple[Edit, ...] = ()
    cursor: int = 0
    remark: str = ""
    annotations: tuple[Annotation, ...] = ()
    branches: tuple[Branch, ...] = ()

    @functools.cached_property
    def bases(self) -> str:
        """The sequence as it stands."""
        bases = self.reference.bases
        for edit in self.applied:
            bases = edit.done(bases)
        return bases

    @property
    def sequence(self) -> Sequence:
        """The sequence as it stands, with a name.

        The genomic region is kept as long as the bases still stand in the reference's order without a gap: after
        substitutions, and after bases were taken off an end.
        """
        if self.bases == self.reference.bases:
            return self.reference
        return Sequence(self.reference.name + "_edited", self.bases, self._region(), "edited")

    def _region(self) -> Region | None:
        placed, first = self.reference.region, self.origins[0]
        if placed is None or first is None or self.origins != tuple(range(first, first + len(self.bases))):
            return None
        return placed.part(first, first + len(self.bases))

    @functools.cached_property
    def origins(self) -> tuple[int | None, ...]:
        """For each base, the 0-based place in the reference that it stands at; None for an inserted one.

        A base that was substituted keeps its place. An exchange of a stretch for one of another length counts as
        removed and inserted.
        """
        origins: list[int | None] = list(range(len(self.reference)))
        for edit in self.applied:
            if edit.turned:
                origins.reverse()
            elif len(edit.removed) != len(edit.inserted):
                origins[edit.start : edit.start + len(edit.removed)] = [None] * len(edit.inserted)
        return tuple(origins)

    @property
    def applied(self) -> tuple[Edit, ...]:
        """The edits in force, oldest first."""
        return self.edits[: self.cursor]

    def changed_positions(self) -> list[int]:
        """0-based positions of the bases that were inserted, or differ from the reference's base at their place.

        On the other strand (after an odd number of reverse complements) a base is compared with the complement.
        """
        turned = sum(e.turned for e in self.applied) % 2 == 1
        reference = reverse_complement(self.reference.bases)[::-1] if turned else self.reference.bases
        return [i for i, o in enumerate(self.origins) if o is None or self.bases[i] != reference[o]]

    def undo(self) -> Document:
        if not self.cursor:
            return self
        return self._at(self.cursor - 1, self.edits[self.cursor - 1].undone(self.bases))

    def redo(self) -> Document:
        if self.cursor == len(self.edits):
            return self
        return self._at(self.cursor + 1, self.edits[self.cursor].done(self.bases))

    def reset(self) -> Document:
        """Back to the reference; the edits stay and can be redone."""
        return self._at(0, self.reference.bases)

    def at(self, cursor: int) -> Document:
        """With that many edits of this history in force; raises InputError if it has fewer."""
        if not 0 <= cursor <= len(self.edits):
            raise InputError(f"step {cursor} of a history of {len(self.edits)} edits was asked for")
        document = self
        while document.cursor > cursor:
            document = document.undo()
        while document.cursor < cursor:
            document = document.redo()
        return document

    def _beside(self, **changes: Any) -> Document:
        """The same sequence with other things known around it."""
        return replace(self, **changes)._at(self.cursor, self.bases)

    def _at(self, cursor: int, bases: str, edits: tuple[Edit, ...] | None = None) -> Document:
        """At another point of this history, or of that with these edits, where these bases are known to stand."""
        document = replace(self, cursor=cursor, edits=self.edits if edits is None else edits)
        document.__dict__["bases"] = bases  # of the cached property: not walked to from the reference once more
        return document

    def with_bases(self, bases: str, description: str = "", turned: bool = False) -> Document:
        """A new state; nothing happens if the bases stay as they are. Described by what changes, if not in words.

        Raises:
            InputError: a letter that is not DNA, or more edits than `limits.EDITS`.
        """
        return self._edited(bases, *difference(self.bases, bases), description, turned)

    def spliced(self, start: int, removed: int, inserted: str, description: str = "") -> Document:
        """`removed` bases from a 0-based `start` on exchanged for `inserted`; raises InputError outside the sequence.

        At least one base has to stay.
        """
        if start < 0 or removed < 0 or start + removed > len(self.bases):
            raise InputError(
                f"{removed} base(s) from position {start + 1} on reach past a sequence of {len(self.bases)} bases"
            )
        changed = self.bases[:start] + inserted + self.bases[start + removed :]
        if not changed:
            raise InputError("a sequence needs at least one base; type the new ones over the old ones instead")
        # of the two stretches and not of the sequences, which cannot tell which A of several was inserted
        first, before, after = difference(self.bases[start : start + removed], inserted)
        return self._edited(changed, start + first, before, after, description)

    def _edited(
        self, bases: str, start: int, removed: str, inserted: str, description: str, turned: bool = False
    ) -> Document:
        if bases == self.bases:
            return self
        check(bases, self.reference.name)
        limits.EDITS.check(self.cursor + 1, f"'{self.reference.name}'")
        edit = Edit(description or describe(start, removed, inserted), start, removed, inserted, turned)
        kept = branches.keeping(self.branches, self.edits) if self.cursor < len(self.edits) else self.branches
        return replace(self, branches=kept)._at(self.cursor + 1, bases, (*self.applied, edit))

    def typed(self, text: str) -> tuple[Document, list[str]]:
        """Take over text that the user typed; returns what was cleaned out of it, in words. Raises InputError."""
        bases, changes = clean(text, self.reference.name)
        return self.with_bases(bases), changes

    def substituted(self, position: int, base: str) -> Document:
        """One base replaced at a 0-based position; raises InputError outside the sequence."""
        bases = substitute(self.bases, position, base)
        return self.with_bases(bases, f"{position + 1} {self.bases[position]}>{base}")

    def reverse_complemented(self) -> Document:
        return self.with_bases(reverse_complement(self.bases), "reverse complement", turned=True)

    def shuffled(self, start: int, end: int, seed: int) -> Document:
        """`[start, end)` replaced by a dinucleotide-preserving shuffle of itself; raises InputError."""
        if not 0 <= start < end <= len(self.bases):
            raise InputError(f"{start + 1}-{end} is not a stretch of a sequence of {len(self.bases)} bases")
        middle = dinucleotide_shuffle(self.bases[start:end], np.random.default_rng(seed))
        return self.with_bases(
            self.bases[:start] + middle + self.bases[end:], f"{start + 1}-{end} shuffled (dinucleotides kept)"
        )

    # --- branches ---------------------------------------------------------------------------------------

    def named(self, name: str) -> Document:
        """With the state on screen under a name, at which it can be found again; raises InputError."""
        return self._beside(branches=branches.named(self.branches, name, self.applied))

    def gone_to(self, index: int) -> Document:
        """At the state of a branch; the history that it leaves is kept as a branch. Raises InputError for none."""
        branch = branches.at(self.branches, index)
        if self.edits[: len(branch.edits)] == branch.edits:
            return self.at(len(branch.edits))
        kept = self.branches if branch.name else branches.without(self.branches, index)
        if branch.edits[: len(self.edits)] != self.edits:
            kept = branches.keeping(kept, self.edits)
        return Document(self.reference, branch.edits, len(branch.edits), self.remark, self.annotations, kept)

    def without_branch(self, index: int) -> Document:
        """With one branch forgotten; raises InputError for none."""
        branches.at(self.branches, index)
        return self._beside(branches=branches.without(self.branches, index))

    # --- annotations ------------------------------------------------------------------------------------

    @functools.cached_property
    def placed(self) -> tuple[tuple[int, Feature], ...]:
        """The annotations that lie on the sequence as it stands: number in `annotations`, and where."""
        features = ((i, annotation.now(self.applied)) for i, annotation in enumerate(self.annotations))
        return tuple((i, feature) for i, feature in features if feature.start < feature.end)

    @property
    def features(self) -> tuple[Feature, ...]:
        """Where the annotations lie on the sequence as it stands, without those whose bases are gone."""
        return tuple(feature for _, feature in self.placed)

    def annotated(self, *features: Feature) -> Document:
        """With features drawn on the sequence as it stands; raises InputError for one that cannot lie there."""
        limits.ANNOTATIONS.check(len(self.annotations) + len(features), f"'{self.reference.name}'")
        length = len(self.bases)
        added = [Annotation(drawn.checked(feature, length), self.applied).settled() for feature in features]
        return self._beside(annotations=(*self.annotations, *added))

    def with_annotation(self, index: int, feature: Feature) -> Document:
        """With one annotation in place of another, as it lies on the sequence as it stands; raises InputError."""
        changed = self.annotated(feature).annotations[-1]
        before = self._without(index)
        return self._beside(annotations=(*before[:index], changed, *before[index:]))

    def without_annotation(self, index: int) -> Document:
        """With one annotation taken away; raises InputError for none."""
        return self._beside(annotations=self._without(index))

    def _without(self, index: int) -> tuple[Annotation, ...]:
        if not 0 <= index < len(self.annotations):
            raise InputError(f"there is no annotation {index + 1}; there are {len(self.annotations)}")
        return (*self.annotations[:index], *self.annotations[index + 1 :])
