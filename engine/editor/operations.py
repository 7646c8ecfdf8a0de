"""What the sequence editor sends: numbered operations, applied to a document in their order.

The editor has carried out a splice, undo, redo and reset on its own copy already; it waits for the result of the
others. What it sends comes out of a browser, so its form is checked here, and the document checks what it asks for. A
message that is not right changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from engine import limits
from engine.editor.document import Document
from engine.editor.schema import Bases, Position, Strict, Text, first_wrong
from engine.errors import CisLensError
from engine.fasta import clean


@dataclass(frozen=True)
class Outcome:
    """The document after some operations.

    Attributes:
        document: as it stands now.
        done: number of the last operation that was taken in.
        ahead: the editor's own copy differs from it, so it has to be shown the document anew.
        at: where its cursor goes then; None leaves it.
        notes: what was cleaned out of pasted text, in words.
        error: why the last operation changed nothing; those after it were not tried.
    """

    document: Document
    done: int
    ahead: bool = False
    at: int | None = None
    notes: tuple[str, ...] = ()
    error: str | None = None


Step = tuple[Document, int | None, list[str]]  # the document, where the cursor goes, what was cleaned


class _Operation(Strict):
    number: Position


class _Splice(_Operation):
    kind: Literal["splice"]
    start: Position
    removed: Position
    inserted: Bases
    description: Text = ""

    def applied(self, document: Document) -> Step:
        return document.spliced(self.start, self.removed, self.inserted, self.description), None, []


class _Walk(_Operation):
    kind: Literal["undo", "redo", "reset"]

    def applied(self, document: Document) -> Step:
        steps = {"undo": document.undo, "redo": document.redo, "reset": document.reset}
        return steps[self.kind](), None, []


class _Paste(_Operation):
    """Text in place of `removed` bases; None: written over what is there, as far as it reaches."""

    kind: Literal["paste"]
    start: Position
    removed: Position | None
    text: Annotated[str, Field(max_length=limits.PASTED.most)]

    def applied(self, document: Document) -> Step:
        bases, notes = clean(self.text, "the pasted text")
        removed = self.removed
        if removed is None:
            removed = max(0, min(len(bases), len(document.bases) - self.start))
        return document.spliced(self.start, removed, bases), self.start + len(bases), notes


class _Shuffle(_Operation):
    kind: Literal["shuffle"]
    start: Position
    end: Position

    def applied(self, document: Document) -> Step:
        return document.shuffled(self.start, self.end, seed=len(document.edits)), None, []


class _Turn(_Operation):
    kind: Literal["reverse_complement"]

    def applied(self, document: Document) -> Step:
        return document.reverse_complemented(), None, []


_Any = Annotated[_Splice | _Walk | _Paste | _Shuffle | _Turn, Field(discriminator="kind")]
_OPERATIONS = TypeAdapter(Annotated[list[_Any], Field(max_length=limits.OPERATIONS.most)])
_COPIED = (_Splice, _Walk)  # the editor does these itself


def apply(document: Document, given: Any, done: int, check: Callable[[Document], None]) -> Outcome:
    """The operations with a number above `done`, one after the other; stops at the first that cannot be done.

    Args:
        given: the list that the editor sent, as JSON gave it; one that holds anything but operations changes nothing.
        check: raises InputError for a document that must not come about.
    """
    try:
        operations = _OPERATIONS.validate_python(given)
    except ValidationError as error:
        wrong = f"the editor's message was not understood ({first_wrong(error)})"
        return Outcome(document, done, True, error=wrong)
    ahead, at = False, None
    notes: list[str] = []
    for operation in sorted(operations, key=lambda o: o.number):
        if operation.number <= done:
            continue
        done = operation.number
        try:
            changed, at, cleaned = operation.applied(document)
            check(changed)
        except CisLensError as error:
            last = max(o.number for o in operations)
            return Outcome(document, last, True, None, tuple(notes), str(error))
        document, ahead = changed, ahead or not isinstance(operation, _COPIED)
        notes += cleaned
    return Outcome(document, done, ahead, at, tuple(notes))
