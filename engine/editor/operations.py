"""What the sequence editor sends: numbered operations, applied to a document in their order.

An operation is a dictionary with a `kind` of `KINDS`, a `number`, and what its kind needs. The editor has carried out a
splice, undo, redo and reset on its own copy already; it waits for the result of the others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.editor.document import Document
from engine.errors import CisLensError, InputError, unknown
from engine.sequence import clean


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


def _paste(document: Document, operation: dict) -> tuple[Document, int | None, list[str]]:
    bases, notes = clean(operation["text"], "the pasted text")
    start, removed = operation["start"], operation["removed"]
    if removed is None:  # written over what is there, as far as it reaches
        removed = min(len(bases), len(document.bases) - start)
    return document.spliced(start, removed, bases), start + len(bases), notes


def _shuffle(document: Document, operation: dict) -> tuple[Document, int | None, list[str]]:
    return document.shuffled(operation["start"], operation["end"], seed=len(document.edits)), None, []


KINDS: dict[str, Callable[[Document, dict], tuple[Document, int | None, list[str]]]] = {
    "splice": lambda d, o: (d.spliced(o["start"], o["removed"], o["inserted"], o.get("description", "")), None, []),
    "undo": lambda d, _: (d.undo(), None, []),
    "redo": lambda d, _: (d.redo(), None, []),
    "reset": lambda d, _: (d.reset(), None, []),
    "paste": _paste,
    "shuffle": _shuffle,
    "reverse_complement": lambda d, _: (d.reverse_complemented(), None, []),
}
COPIED = ("splice", "undo", "redo", "reset")  # the editor does these itself


def apply(document: Document, operations: list[dict], done: int, check: Callable[[Document], None]) -> Outcome:
    """The operations with a number above `done`, one after the other; stops at the first that cannot be done.

    Args:
        check: raises InputError for a document that must not come about.
    """
    ahead, at = False, None
    notes: list[str] = []
    for operation in sorted(operations, key=lambda o: o["number"]):
        if operation["number"] <= done:
            continue
        done = operation["number"]
        kind = operation.get("kind")
        try:
            if kind not in KINDS:
                raise unknown("operation", str(kind), KINDS)
            changed, at, cleaned = KINDS[kind](document, operation)
            check(changed)
        except CisLensError as error:
            last = max(o["number"] for o in operations)
            return Outcome(document, last, True, None, tuple(notes), str(error))
        except (KeyError, TypeError) as error:
            raise InputError(f"operation {kind} of the editor lacks {error}") from error
        document, ahead = changed, ahead or kind not in COPIED
        notes += cleaned
    return Outcome(document, done, ahead, at, tuple(notes))
