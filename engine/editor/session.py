"""What a user has open, as a value: the sequences side by side, and as text to be saved, sent and opened again.

Two texts hold a `Session`: a JSON file with every sequence, its whole history and its annotations, and a link, which
holds the sequence on screen with the edits in force and what is drawn on it. Both are read with the same care, since
they may come from anywhere: first their size (`engine.limits`), then their form, then every edit against the sequence
that it is made in.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
from pydantic import Field, ValidationError

from engine import limits
from engine.data import motif_files
from engine.data.jaspar import Matrix
from engine.editor import forms
from engine.editor.document import Document
from engine.editor.forms import DocumentForm
from engine.editor.schema import Name, Strict, Text, first_wrong
from engine.errors import InputError

FORMAT = 1
LINKED_EDITS = 4_000  # whose link would be too long for any address, whatever they are
LINKED_JSON = 1_000_000  # characters of JSON that no address holds, however well they are packed
_LINK = re.compile("[A-Za-z0-9_-]*")


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
            InputError: more than `limits.OPEN` documents.
        """
        for i, candidate in enumerate(self.documents):
            untouched = not candidate.edits and not candidate.branches and not candidate.annotations
            if untouched and candidate.reference == document.reference:
                return replace(self, active=i).replaced(document)
        limits.OPEN.check(len(self.documents) + 1, "the Explorer")
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
    """A bench with what was chosen around it: models, outputs, window policy, stretch in view (0-based, half-open),
    motifs of the user's own, which a file holds and a link does not, and further choices, as word and text, whose
    meaning is for the pages to know."""

    bench: Bench
    models: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    policy: str | None = None
    view: tuple[int, int] | None = None
    motifs: tuple[Matrix, ...] = ()
    choices: tuple[tuple[str, str], ...] = ()


# --- the text forms ---------------------------------------------------------------------------------


class _Motif(Strict):
    """`columns` are the probabilities of A, C, G and T at each position."""

    id: Annotated[Name, Field(min_length=1)]
    name: Name
    source: Name = ""
    columns: list[tuple[float, float, float, float]] = Field(min_length=1, max_length=limits.MOTIF_COLUMNS.most)


class _Session(Strict):
    format: int
    documents: list[DocumentForm] = Field(min_length=1, max_length=limits.OPEN.most)
    active: int = 0
    models: list[Name] = Field(default_factory=list, max_length=limits.CHOSEN.most)
    outputs: list[Name] = Field(default_factory=list, max_length=limits.CHOSEN.most)
    policy: Name | None = None
    view: tuple[int, int] | None = None
    motifs: list[_Motif] = Field(default_factory=list, max_length=limits.MOTIFS.most)
    choices: dict[Name, Text] = Field(default_factory=dict, max_length=limits.CHOSEN.most)


def to_json(session: Session) -> str:
    """The session as JSON text. Raises InputError if no sequence is open, or more than a file may hold."""
    text = _write(session).model_dump_json(indent=1, exclude_defaults=True) + "\n"
    limits.SESSION.check(len(text.encode()), "the session")
    return text


def from_json(text: str | bytes, what: str = "the session file") -> Session:
    """The inverse of `to_json`. A view that is not within the sequence on screen is left out.

    Raises:
        InputError: not a session; names the first thing that is wrong and its place in the file.
    """
    limits.SESSION.check(len(text), what)
    try:
        given = _Session.model_validate_json(text)
    except ValidationError as error:
        raise InputError(
            f"{what} is not a CisLens session ({first_wrong(error)}); save one with 'Save session' and open that file"
        ) from error
    return _read(given, what)


def to_link(session: Session) -> str | None:
    """The sequence on screen, its edits in force and the choices, as text that an address can hold.

    None where there is so much of it that no address could; what a program takes is for the caller to say.
    """
    document = session.bench.document
    if document is not None:
        if len(document.applied) > LINKED_EDITS:
            return None
        session = replace(session, bench=Bench((replace(document, edits=document.applied, branches=()),)))
    compact = _write(replace(session, motifs=())).model_dump_json(exclude_defaults=True)
    if len(compact) > LINKED_JSON:
        return None
    return base64.urlsafe_b64encode(zlib.compress(compact.encode(), 9)).decode().rstrip("=")


def from_link(text: str) -> Session:
    """The inverse of `to_link`; raises InputError for a link that was cut or is not one of ours."""
    limits.LINK.check(len(text), "the link")
    try:
        if not _LINK.fullmatch(text):
            raise ValueError("it holds other signs than links have")
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        unpack = zlib.decompressobj()
        raw = unpack.decompress(packed, limits.LINK_UNPACKED.most + 1)
        limits.LINK_UNPACKED.check(len(raw), "the link")
        if not unpack.eof or unpack.unused_data:
            raise zlib.error("it does not end where it should")
    except (binascii.Error, ValueError, zlib.error) as error:
        raise InputError(f"the link cannot be read ({error}); copy the whole of it") from error
    return from_json(raw, "the link")


def _write(session: Session) -> _Session:
    if session.bench.document is None:
        raise InputError("no sequence is open; open one before you save the session")
    try:
        return _Session(
            format=FORMAT,
            documents=[forms.write(d) for d in session.bench.documents],
            active=session.bench.active,
            models=list(session.models),
            outputs=list(session.outputs),
            policy=session.policy,
            view=session.view,
            motifs=[_Motif(id=m.id, name=m.name, source=m.source, columns=_columns(m)) for m in session.motifs],
            choices=dict(session.choices),
        )
    except ValidationError as error:
        raise InputError(f"the session cannot be saved: {first_wrong(error)}") from error


def _read(given: _Session, what: str) -> Session:
    if given.format != FORMAT:
        raise InputError(f"{what} has format {given.format}; this version of CisLens reads format {FORMAT}")
    documents = tuple(forms.read(d, what) for d in given.documents)
    if not 0 <= given.active < len(documents):
        raise InputError(f"{what}: sequence {given.active + 1} of {len(documents)} is to be on screen")
    bench = Bench(documents, given.active)
    view = given.view
    if view is not None and not 0 <= view[0] < view[1] <= len(bench.documents[bench.active].bases):
        view = None
    motifs = tuple(_motif(m, what) for m in given.motifs)
    chosen = tuple(given.choices.items())
    return Session(bench, tuple(given.models), tuple(given.outputs), given.policy, view, motifs, chosen)


def _columns(matrix: Matrix) -> list[tuple[float, float, float, float]]:
    return [(a, c, g, t) for a, c, g, t in matrix.probabilities.T.tolist()]


def _motif(written: _Motif, what: str) -> Matrix:
    matrix = Matrix(written.name, written.id, np.array(written.columns, float).T, written.source)
    return motif_files.restored(matrix, what)
