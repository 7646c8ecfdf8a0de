"""What a user has open, as a value: the sequences side by side, and as text to be saved, sent and opened again.

Two texts hold a `Session`: a JSON file with every sequence and its whole history, and a link, which holds the sequence
on screen with the edits in force. Both are read with the same care: they may come from anywhere.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from dataclasses import dataclass, replace

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.editor.document import Document, Edit
from engine.errors import InputError
from engine.sequence import Region, Sequence

FORMAT = 1
MOST_OPEN = 20  # sequences side by side; more than that nobody tells apart
_LARGEST = 20_000_000  # bytes of JSON that a link may unfold to


@dataclass(frozen=True)
class Bench:
    """The documents that are open, side by side; `active` is the one on screen."""

    documents: tuple[Document, ...] = ()
    active: int = 0

    @property
    def document(self) -> Document | None:
        """The document on screen, or None."""
        return self.documents[self.active] if self.documents else None

    def opened(self, document: Document) -> Bench:
        """One more document, on screen. An unedited one of the same reference is not opened twice.

        Raises:
            InputError: more than `MOST_OPEN` documents.
        """
        for i, candidate in enumerate(self.documents):
            if not candidate.edits and candidate.reference == document.reference:
                return replace(self, active=i).replaced(document)
        if len(self.documents) >= MOST_OPEN:
            raise InputError(f"{MOST_OPEN} sequences are open, which is the most; close one first")
        return Bench((*self.documents, document), len(self.documents))

    def replaced(self, document: Document) -> Bench:
        """The document on screen in a new state; opens it if there is none."""
        if not self.documents:
            return Bench((document,), 0)
        return replace(self, documents=(*self.documents[: self.active], document, *self.documents[self.active + 1 :]))

    def shown(self, index: int) -> Bench:
        """Another document on screen; an index that is not there changes nothing."""
        return replace(self, active=index) if 0 <= index < len(self.documents) else self

    def closed(self, index: int) -> Bench:
        """Without one document; its neighbour takes the screen if it was there."""
        left = (*self.documents[:index], *self.documents[index + 1 :])
        active = self.active - (self.active > index or self.active == len(left))
        return Bench(left, max(0, active))

    @property
    def labels(self) -> tuple[str, ...]:
        """A name for each document; those of one name are numbered, those with edits marked."""
        names = [d.reference.name for d in self.documents]
        labels = []
        for i, (name, document) in enumerate(zip(names, self.documents, strict=True)):
            number = f" ({names[: i + 1].count(name)})" if names.count(name) > 1 else ""
            labels.append(name + number + (" *" if document.bases != document.reference.bases else ""))
        return tuple(labels)


@dataclass(frozen=True)
class Session:
    """A bench with what was chosen around it: models, outputs, window policy, stretch in view (0-based, half-open)."""

    bench: Bench
    models: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    policy: str | None = None
    view: tuple[int, int] | None = None


# --- the text forms ---------------------------------------------------------------------------------


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Region(_Strict):
    chrom: str
    start: int = Field(ge=0)
    end: int
    build: str = ""


class _Edit(_Strict):
    """`removed` bases from `start` on exchanged for `inserted`."""

    description: str
    start: int = Field(ge=0)
    removed: int = Field(ge=0)
    inserted: str
    turned: bool = False


class _Document(_Strict):
    name: str = Field(min_length=1)
    bases: str
    region: _Region | None = None
    origin: str = ""
    remark: str = ""
    edits: list[_Edit] = []
    cursor: int | None = Field(default=None, ge=0)


class _Session(_Strict):
    format: int
    documents: list[_Document] = Field(min_length=1, max_length=MOST_OPEN)
    active: int = 0
    models: list[str] = []
    outputs: list[str] = []
    policy: str | None = None
    view: tuple[int, int] | None = None


def to_json(session: Session) -> str:
    """The session as JSON text. Raises InputError if no sequence is open."""
    return _write(session).model_dump_json(indent=1, exclude_defaults=True) + "\n"


def from_json(text: str | bytes, what: str = "the session file") -> Session:
    """The inverse of `to_json`.

    Raises:
        InputError: not a session; names the first thing that is wrong and its place in the file.
    """
    try:
        return _read(_Session.model_validate_json(text), what)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"{what} is not a CisLens session ({place + ': ' if place else ''}{first['msg']}); "
            "save one with 'Save session' and open that file"
        ) from error


def to_link(session: Session) -> str:
    """The sequence on screen, its edits in force and the choices, as text that an address can hold."""
    document = session.bench.document
    if document is not None:
        document = replace(document, edits=document.applied)
        session = replace(session, bench=Bench((document,)))
    compact = json.dumps(_write(session).model_dump(exclude_defaults=True), separators=(",", ":"))
    return base64.urlsafe_b64encode(zlib.compress(compact.encode(), 9)).decode().rstrip("=")


def from_link(text: str) -> Session:
    """The inverse of `to_link`; raises InputError for a link that was cut or is not one of ours."""
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        unpack = zlib.decompressobj()
        raw = unpack.decompress(packed, _LARGEST)
        if not unpack.eof:
            raise zlib.error("it does not end")
    except (binascii.Error, ValueError, zlib.error) as error:
        raise InputError(f"the link cannot be read ({error}); copy the whole of it") from error
    return from_json(raw, "the link")


def _write(session: Session) -> _Session:
    if session.bench.document is None:
        raise InputError("no sequence is open; open one before you save the session")
    documents = []
    for d in session.bench.documents:
        edits = [
            _Edit(description=edit.description, start=start, removed=removed, inserted=inserted, turned=turned)
            for edit, (start, removed, inserted, turned) in zip(d.edits, d.differences, strict=True)
        ]
        r = d.reference.region
        documents.append(
            _Document(
                name=d.reference.name,
                bases=d.reference.bases,
                region=_Region(chrom=r.chrom, start=r.start, end=r.end, build=r.build) if r else None,
                origin=d.reference.origin,
                remark=d.remark,
                edits=edits,
                cursor=None if d.cursor == len(d.edits) else d.cursor,
            )
        )
    return _Session(
        format=FORMAT,
        documents=documents,
        active=session.bench.active,
        models=list(session.models),
        outputs=list(session.outputs),
        policy=session.policy,
        view=session.view,
    )


def _read(written: _Session, what: str) -> Session:
    if written.format != FORMAT:
        raise InputError(f"{what} has format {written.format}; this version of CisLens reads format {FORMAT}")
    documents = []
    for d in written.documents:
        r = d.region
        region = Region(r.chrom, r.start, r.end, r.build) if r else None
        document = Document(Sequence(d.name, d.bases, region, d.origin), remark=d.remark)
        for number, e in enumerate(d.edits, 1):
            try:
                changed = document.spliced(e.start, e.removed, e.inserted, e.description)
            except InputError as error:
                raise InputError(f"{what}: edit {number} of '{d.name}': {error}") from error
            last = Edit(e.description, changed.bases, e.turned)
            document = replace(document, edits=(*document.edits, last), cursor=number)
        cursor = len(d.edits) if d.cursor is None else d.cursor
        if cursor > len(d.edits):
            raise InputError(f"{what}: '{d.name}' stands at edit {cursor} of {len(d.edits)}")
        documents.append(replace(document, cursor=cursor))
    if not 0 <= written.active < len(documents):
        raise InputError(f"{what}: sequence {written.active + 1} of {len(documents)} is to be on screen")
    return Session(
        Bench(tuple(documents), written.active),
        tuple(written.models),
        tuple(written.outputs),
        written.policy,
        written.view,
    )
