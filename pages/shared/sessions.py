"""What is open and chosen now, as a session; and a session put back on the pages."""

from __future__ import annotations

import hashlib

from engine.editor import session
from engine.editor.session import Session
from engine.errors import CisLensError, InputError, unknown
from engine.experiments import names as model_names
from engine.experiments.description import read_description
from engine.sequence import WINDOW_POLICIES
from pages.shared import bench, own_motifs, state, windows
from pages.shared.choices import EXPLORER

LONGEST_LINK = 8000  # characters; some programs cut longer addresses
_KNOWN: state.Key[frozenset[bytes]] = state.Key("session_links", frozenset())  # opened or written by this session
_BROKEN: state.Key[tuple[bytes, str]] = state.Key("session_link_broken", (b"", ""))  # the last one, and what is wrong


def link() -> str | None:
    """The sequence on screen with its edits and choices, for an address; None where that is more than one holds."""
    try:
        text = session.to_link(on_screen())
    except CisLensError:  # what cannot be saved: the panel of sessions says why
        return None
    if text is None or len(text) > LONGEST_LINK:
        return None
    _KNOWN.put(_KNOWN.get() | {_mark(text)})
    return text


def open_link(text: str) -> str:
    """Open what an address holds, once; one that this session wrote itself changes nothing.

    Returns:
        What is wrong with it, for as long as the address holds it; '' for nothing.
    """
    if not text:
        return ""
    mark = _mark(text)
    if mark not in _KNOWN.get():
        _KNOWN.put(_KNOWN.get() | {mark})
        try:
            restore(session.from_link(text), beside=bench.document() is not None)
        except CisLensError as error:
            _BROKEN.put((mark, str(error)))
    broken, wrong = _BROKEN.get()
    return wrong if broken == mark else ""


def _mark(text: str) -> bytes:
    """A short name for a link: every edit makes one, and a session remembers them all."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8]


def on_screen() -> Session:
    """What is open and chosen now."""
    view = state.VIEW.get()
    return Session(
        bench.current(),
        tuple(state.MODELS.get()),
        tuple(state.OUTPUTS.get()),
        state.POLICY_IN_USE.get(),
        (view[0] - 1, view[1]) if view else None,
        tuple(own_motifs.matrices().values()),
        tuple((c.word, text) for c in EXPLORER if c.key.is_set and (text := c.as_text(c.key.get())) is not None),
    )


def restore(opened: Session, beside: bool) -> None:
    """Put a session on the bench. Its documents replace those there, or stand beside them.

    Raises:
        InputError: it holds what the pages do not take; nothing is changed then.
    """
    policies = (*WINDOW_POLICIES, windows.FITTING)
    if opened.policy and opened.policy not in policies:
        raise unknown("window policy", opened.policy, policies)
    together = bench.current() if beside else opened.bench
    for document in opened.bench.documents:
        bench.check_length(document.reference.name, document.bases)
        if beside:
            together = together.opened(document)
    bench.put(together)
    names = [m for m in opened.models if m in model_names.of_every_system()]
    if names:
        state.MODELS.put(names)
    outputs = {o for m in names for o in read_description(m)["outputs"]}
    if known := [o for o in opened.outputs if o in outputs]:
        state.OUTPUTS.put(known)
    if opened.policy:
        for kind in ("tile", "pad", windows.FITTING):
            state.policy(kind).put(opened.policy)
    if opened.view and opened.bench.document:
        state.VIEW.put((opened.view[0] + 1, opened.view[1]))
    own_motifs.restore(opened.motifs)
    missing = [m for m in opened.models if m not in names]
    notes = [f"Not trained here, so left out: {', '.join(missing)}."] if missing else []
    notes += [f"Left out: {wrong}." for wrong in _choose(dict(opened.choices))]
    state.SESSION_NOTE.put(" ".join(notes))


def _choose(chosen: dict[str, str]) -> list[str]:
    """Put the Explorer's choices where its widgets take them from; what cannot be taken is returned, in words."""
    wrong = []
    for choice in EXPLORER:
        if choice.word in chosen:
            try:
                choice.key.put(choice.read(chosen[choice.word]))
            except InputError as error:
                wrong.append(f"{choice.word} ({error})")
    return wrong
