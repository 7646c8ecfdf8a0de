"""The bench: the sequences that are open, shared by all pages."""

from __future__ import annotations

from engine import limits
from engine.editor.document import Document
from engine.editor.session import Bench
from engine.errors import InputError
from engine.sequence import Sequence
from pages.shared import state

LONGEST = limits.EDITED.most  # bases; every one is mutated three times in every window


def current() -> Bench:
    """The sequences that are open, side by side."""
    return state.BENCH.get()


def document() -> Document | None:
    """The sequence on screen, or None."""
    return current().document


def put(value: Bench) -> None:
    """Other sequences, or another one on screen; the editor and the text field follow."""
    state.BENCH.put(value)
    state.EDITOR_ERROR.clear()
    state.EDITOR_NOTES.clear()
    state.OPERATIONS_DONE.clear()
    state.VERSION.count()
    state.EDITION.count()


def put_document(value: Document) -> None:
    """The sequence on screen in a new state."""
    put(current().replaced(value))


def follow_editor(value: Document) -> None:
    """The state that the editor shows already, so that it needs no new version of the document."""
    state.BENCH.put(current().replaced(value))
    state.EDITION.count()


def open_beside(value: Document) -> None:
    """One more document, on screen, beside those that are open.

    Raises:
        InputError: a sequence too long to mutate base by base on screen, or too many open.
    """
    check_length(value.reference.name, value.bases)
    put(current().opened(value))


def close() -> None:
    """The sequence on screen is put away; `reopen` brings it back as it was."""
    opened = current()
    if opened.document is not None:
        state.CLOSED.put((*state.CLOSED.get(), opened.document)[-limits.OPEN.most :])
        put(opened.closed(opened.active))


def reopen() -> None:
    """The sequence that was closed last, on screen again; raises InputError if too many are open."""
    closed = state.CLOSED.get()
    if closed:
        open_beside(closed[-1])
        state.CLOSED.put(closed[:-1])


def check_length(name: str, bases: str) -> None:
    """Raise InputError for a sequence too long to mutate base by base on screen."""
    if len(bases) > LONGEST:
        raise InputError(f"'{name}' has {len(bases):,} bases; the Explorer takes up to {LONGEST:,}: take a stretch")


def open_sequence(sequence: Sequence, remark: str = "") -> None:
    """A sequence without edits, beside those that are open; `remark` says what is known about it.

    Raises:
        InputError: a sequence too long to mutate base by base on screen, or too many open.
    """
    open_beside(Document(sequence, remark=remark))


def window_around(around: Sequence, position: int, length: int = 200) -> Sequence:
    """`length` bases of a placed sequence around a 1-based position, moved inwards at its ends."""
    index = around.region.index_of(position - 1)
    start = min(max(0, index - length // 2), max(0, len(around) - length))
    end = min(len(around), start + length)
    return Sequence(around.name, around.bases[start:end], around.region.part(start, end), around.origin)


def open_variant(around: Sequence, position: int, ref: str, alt: str) -> None:
    """A window around a variant as reference, with the variant as its first edit.

    `around` has a region; `position` is 1-based; `alt` is '-' for a deletion.
    """
    window = window_around(around, position)
    at = window.region.index_of(position - 1)
    edit = f"{window.region.chrom}:{position} {ref}>{alt}"
    open_beside(Document(window).spliced(at, 1, alt.replace("-", ""), edit))
