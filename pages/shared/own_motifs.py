"""Motifs of the user's own: files that are kept for the session, for the Explorer, the Motifs page and experiments."""

from __future__ import annotations

import streamlit as st

from engine.data import motif_files
from engine.data.jaspar import Matrix
from engine.data.motif_files import Collection
from engine.errors import CisLensError
from pages.shared.plain import plain
from pages.shared.state import Key

JASPAR, OWN, BOTH = "JASPAR 2024", "your own", "both"
SHELF = 60  # motifs of the user's own that the editor's shelf takes; more nobody finds one in
HELP = "Read are " + "; ".join(motif_files.FORMATS) + "; also gzipped. What a file is, its content says."

_FILES: Key[dict[str, Collection]] = Key("own_motifs", {})  # by the name of the file
# of all files, alone and beside JASPAR's: made once, since scans remember their tables by the very matrices
_TOGETHER: Key[Collection | None] = Key("own_motifs_together", None)
_BESIDE: Key[Collection | None] = Key("own_motifs_beside", None)
_ERRORS: Key[tuple[str, ...]] = Key("own_motifs_errors", ())
_UPLOADS: Key[int] = Key("own_motifs_uploads", 0)  # counted, so that the uploader is empty again after each
_SET: Key[str] = Key("own_motifs_set", BOTH)


def collection() -> Collection | None:
    """The motifs of all files, or None."""
    return _TOGETHER.get()


def matrices() -> dict[str, Matrix]:
    """Those by id; empty without a file."""
    own = collection()
    return own.matrices if own else {}


def beside_jaspar() -> Collection | None:
    """JASPAR's motifs and the user's own; None: JASPAR's alone."""
    return _BESIDE.get()


def restore(saved: tuple[Matrix, ...]) -> None:
    """The motifs of a session file take the place of those there; a session without any leaves these."""
    files: dict[str, dict[str, Matrix]] = {}
    for m in saved:
        files.setdefault(m.source or "session", {})[m.id] = m
    if files:
        _keep({name: Collection(name, own) for name, own in files.items()})


def upload(place: str) -> None:
    """A field for files of motifs, and those that were given, each with a button that takes it away.

    Args:
        place: tells the field from that of another page.
    """
    key: Key[list] = Key(f"own_motifs_{place}-{_UPLOADS.get()}", [])
    st.file_uploader(
        "Files of your own motifs", type=list(motif_files.ENDINGS), accept_multiple_files=True, key=key.name,
        on_change=_take, args=(key,), help=HELP,
    )  # fmt: skip
    for error in _ERRORS.get():
        st.error(plain(error))
    for name, own in _FILES.get().items():
        with st.container(horizontal=True, vertical_alignment="center"):
            n = len(own.matrices)
            st.caption(f"{plain(name)}: {n:,} motif{'s' * (n > 1)}")
            st.button(
                "Remove", key=f"own_motifs_{place}-remove-{name}", type="tertiary", on_click=_remove, args=(name,)
            )


def _take(key: Key[list]) -> None:
    """Keep what was uploaded; a file that is wrong changes nothing, and a second of a name takes the first's place."""
    errors = []
    for file in key.get() or []:
        try:
            _keep(_FILES.get() | {file.name: motif_files.read(file.getvalue(), file.name)})
        except CisLensError as error:
            errors.append(str(error))
    _ERRORS.put(tuple(errors))
    _UPLOADS.count()


def _remove(name: str) -> None:
    _keep({n: own for n, own in _FILES.get().items() if n != name})
    _ERRORS.clear()


def _keep(files: dict[str, Collection]) -> None:
    """These files from now on; raises InputError, and changes nothing, if they are too much together."""
    own = motif_files.together(files.values()) if files else None
    _BESIDE.put(own and motif_files.together([motif_files.of_jaspar(), own]))
    _TOGETHER.put(own)
    _FILES.put(files)


def choose() -> Collection | None:
    """Which matrices the Explorer looks for, asked where there are motifs of the user's own; None: JASPAR's alone."""
    own = collection()
    if own is None:
        return None
    chosen = st.segmented_control(
        "Motifs of", [JASPAR, OWN, BOTH], default=BOTH, required=True, key=_SET.name, persist_state="session",
    )  # fmt: skip
    if chosen == JASPAR:
        return None
    return own if chosen == OWN else beside_jaspar()
