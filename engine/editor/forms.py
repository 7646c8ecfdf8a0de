"""A document in the form in which session files and links hold it, and back: every part is held against the sequence.

Edits are written as differences. Of a branch only what it does not share with the document's own history is written,
and an annotation names the history that it was drawn in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from engine import limits
from engine.editor import annotations as drawn
from engine.editor.annotations import Annotation
from engine.editor.branches import UNNAMED, Branch
from engine.editor.document import Document
from engine.editor.edits import Edit, common, difference
from engine.editor.schema import Bases, Name, Position, Strict, Text
from engine.errors import InputError
from engine.results import Feature
from engine.sequence import Region, Sequence, check, reverse_complement


class _Region(Strict):
    chrom: Annotated[Name, Field(pattern=r"^\S+$")]
    start: Position
    end: Position
    build: Name = ""
    strand: str = ""


class _Edit(Strict):
    """`removed` bases from `start` on exchanged for `inserted`."""

    description: Text
    start: Position
    removed: Position
    inserted: Bases
    turned: bool = False


_Edits = Annotated[list[_Edit], Field(default_factory=list, max_length=limits.EDITS.most)]


class _Branch(Strict):
    """The first `shared` edits of the document's history, and its own."""

    name: Name = ""
    shared: Position = 0
    edits: _Edits


class _Annotation(Strict):
    """Drawn after the first `after` edits of the document's history or, if `branch` is given, of that branch's."""

    name: Annotated[Name, Field(min_length=1)]
    start: Position
    end: Position
    strand: str = ""
    colour: str = Feature.colour
    kind: str = Feature.kind
    after: Position = 0
    branch: Position | None = None


class DocumentForm(Strict):
    name: Annotated[Name, Field(min_length=1)]
    bases: Bases
    region: _Region | None = None
    origin: Text = ""
    remark: Text = ""
    edits: _Edits
    cursor: Position | None = None
    branches: list[_Branch] = Field(default_factory=list, max_length=limits.BRANCHES.most + UNNAMED)
    annotations: list[_Annotation] = Field(default_factory=list, max_length=limits.ANNOTATIONS.most)


# --- writing ----------------------------------------------------------------------------------------


def write(document: Document) -> DocumentForm:
    """A document as it is written; raises pydantic's ValidationError for one that no file may hold."""
    r = document.reference.region
    shared = [common(branch.edits, document.edits) for branch in document.branches]
    return DocumentForm(
        name=document.reference.name,
        bases=document.reference.bases,
        region=_Region(chrom=r.chrom, start=r.start, end=r.end, build=r.build, strand=r.strand) if r else None,
        origin=document.reference.origin,
        remark=document.remark,
        edits=_edits(document.edits),
        cursor=None if document.cursor == len(document.edits) else document.cursor,
        branches=[
            _Branch(name=b.name, shared=n, edits=_edits(b.edits[n:]))
            for b, n in zip(document.branches, shared, strict=True)
        ],
        annotations=[form for a in document.annotations if (form := _annotation(a, document))],
    )


def _edits(edits: Iterable[Edit]) -> list[_Edit]:
    return [
        _Edit(description=e.description, start=e.start, removed=len(e.removed), inserted=e.inserted, turned=e.turned)
        for e in edits
    ]


def _annotation(annotation: Annotation, document: Document) -> _Annotation | None:
    """An annotation beside the history that holds the edits it was drawn after.

    Where none does, by its place on the sequence as it stands; None if it has none there.
    """
    after = len(annotation.edits)
    histories: dict[int | None, tuple[Edit, ...]] = {None: document.edits}
    histories |= {i: b.edits for i, b in enumerate(document.branches)}
    held = [i for i, edits in histories.items() if edits[:after] == annotation.edits]
    f = annotation.feature
    if not held:
        f, held, after = annotation.now(document.applied), [None], document.cursor
        if f.start == f.end:
            return None
    return _Annotation(
        name=f.name, start=f.start, end=f.end, strand=f.strand, colour=f.colour, kind=f.kind, after=after,
        branch=held[0],
    )  # fmt: skip


# --- reading ----------------------------------------------------------------------------------------


def read(form: DocumentForm, what: str) -> Document:
    """The document, every edit of which was made in the bases that it says.

    Args:
        what: what an error calls the text that holds it.

    Raises:
        InputError: an edit, a branch or an annotation that cannot be one of this sequence.
    """
    r = form.region
    region = Region(r.chrom, r.start, r.end, r.build, r.strand) if r else None
    reference = Sequence(form.name, form.bases, region, form.origin)
    name = f"'{form.name}'"
    leaves = {branch.shared for branch in form.branches}
    own, bases_at = _walked(reference.bases, form.edits, leaves, what, name)
    cursor = len(own.edits) if form.cursor is None else form.cursor
    if cursor > len(own.edits):
        raise InputError(f"{what}: {name} stands at edit {cursor} of {len(own.edits)}")
    histories: dict[int | None, _History] = {None: own}
    for i, branch in enumerate(form.branches):
        n = branch.shared
        if n not in bases_at:
            raise InputError(f"{what}: branch {i + 1} of {name} leaves after edit {n} of {len(own.edits)}")
        rest, _ = _walked(bases_at[n], branch.edits, set(), what, f"branch {i + 1} of {name}")
        histories[i] = _History(own.edits[:n] + rest.edits, own.lengths[:n] + rest.lengths)
    return Document(
        reference,
        own.edits,
        cursor,
        form.remark,
        tuple(_placed(a, histories, f"{what}: {name}") for a in form.annotations),
        tuple(Branch(b.name, histories[i].edits) for i, b in enumerate(form.branches)),
    )


@dataclass(frozen=True)
class _History:
    """Edits from the reference on, and the length of the sequence before each of them and after the last."""

    edits: tuple[Edit, ...]
    lengths: tuple[int, ...]


def _walked(
    bases: str, forms: list[_Edit], wanted: set[int], what: str, inside: str
) -> tuple[_History, dict[int, str]]:
    """The edits that were made in these bases, and the bases after those numbers of edits that are wanted.

    Args:
        what, inside: what an error calls the text, and that which the edits are of.
    """
    edits, lengths, bases_at = [], [len(bases)], {}
    for number, form in enumerate(forms):
        if number in wanted:
            bases_at[number] = bases
        try:
            changed = _changed(bases, form)
        except InputError as error:
            raise InputError(f"{what}: edit {number + 1} of {inside}: {error}") from error
        start, end = form.start, form.start + form.removed
        at, removed, inserted = difference(bases[start:end], form.inserted)
        edits.append(Edit(form.description, start + at, removed, inserted, form.turned))
        bases = changed
        lengths.append(len(bases))
    return _History(tuple(edits), tuple(lengths)), bases_at | {len(forms): bases}


def _placed(form: _Annotation, histories: dict[int | None, _History], where: str) -> Annotation:
    feature = Feature(form.name, form.start, form.end, form.strand, form.colour, form.kind)
    history = histories.get(form.branch)
    if history is None or form.after > len(history.edits):
        raise InputError(f"{where}: annotation '{form.name[:40]}' names a history that is not in it")
    try:
        return Annotation(drawn.checked(feature, history.lengths[form.after]), history.edits[: form.after])
    except InputError as error:
        raise InputError(f"{where}: {error}") from error


def _changed(bases: str, edit: _Edit) -> str:
    """The bases after an edit; raises InputError for one that cannot have been made in them."""
    end = edit.start + edit.removed
    if end > len(bases):
        raise InputError(f"it reaches to position {end:,} of a sequence of {len(bases):,} bases")
    if edit.inserted:
        check(edit.inserted, "inserted bases")
    changed = bases[: edit.start] + edit.inserted + bases[end:]
    if not changed:
        raise InputError("it leaves no base")
    limits.EDITED.check(len(changed), "the sequence after it")
    if edit.turned and changed != reverse_complement(bases):
        raise InputError("it is said to turn the sequence, and does not")
    return changed
