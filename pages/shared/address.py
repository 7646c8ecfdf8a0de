"""What a page shows stands in its address, so that a reload, a link and the browser's Back lead to the same.

Which choices of a page those are is declared in `pages.shared.choices`. app.py takes them out of the address before a
page runs, and writes them after it; a fragment of a page writes them at its end. A choice that is as the page began
stays out of the address, so that a page on which nothing was chosen has a short one. In the browser each visit of a
page is one entry of the history, however often its address changes (assets/page/history.js).
"""

from __future__ import annotations

import hashlib
from typing import NoReturn

import streamlit as st

from engine import places
from engine.errors import InputError, unknown
from pages.shared import bench, choices, sessions, state
from pages.shared.choices import TEXT, Choice, Kind
from pages.shared.plain import plain

_PAGE: state.Key[str] = state.Key("address_page", "")  # that is on screen
# addresses that this session opened or wrote: the browser may still send an older one when a newer is on its way
_KNOWN: state.Key[frozenset[str]] = state.Key("address_known", frozenset())
_WAITING: state.Key[dict[str, str]] = state.Key("address_waiting", {})  # words whose widget is not made yet
_MADE: state.Key[dict[str, Choice]] = state.Key("address_made", {})  # choices that the page made while it ran, by word
_UNSET: state.Key[frozenset[str]] = state.Key("address_unset", frozenset())  # choices that held nothing before the page
_BEGAN: state.Key[dict[str, object]] = state.Key("address_began", {})  # what each choice was before anyone chose
_WRONG: state.Key[dict[str, str]] = state.Key("address_wrong", {})  # what is wrong with the address that was opened

SEQUENCE = "s"  # the word of the open sequence, on every page that has it
_SEQUENCE = Choice(SEQUENCE, "address_sequence", Kind(str, lambda link: link), longest=sessions.LONGEST_LINK)

_FILES = places.assets() / "page"
_BROWSER = st.components.v2.component(
    "cislens_page",
    js="\n".join((_FILES / f"{n}.js").read_text(encoding="utf-8") for n in ("history", "figures", "page")),
)


def browser() -> None:
    """What every page has in the browser: one entry of its history for each visit, and figures that can be copied."""
    _BROWSER(key="cislens_page", height=1)


def read(page: str) -> None:
    """Put what the address holds where the page's widgets take it from, once; what cannot be taken is named.

    Args:
        page: by its path, as 'saturation'.
    """
    declared = {c.word: c for c in choices.of(page)}
    if page != _PAGE.get():
        _PAGE.put(page)
        _WAITING.put({})
    _MADE.put({})
    _UNSET.put(frozenset(c.name for c in declared.values() if not c.key.is_set))
    given = st.query_params.to_dict()
    mark = _mark(page, given)
    if given and mark not in _KNOWN.get():
        _KNOWN.put(_KNOWN.get() | {mark})
        _WRONG.put({mark: ""})
        _WAITING.put({word: text for word, text in given.items() if word not in declared})
        for word in given.keys() & declared.keys():
            _take(declared[word], given[word], mark)
    if page in choices.ON_SEQUENCE and (broken := sessions.open_link(given.get(SEQUENCE, ""))):
        st.error(f"{plain(broken)}. Nothing that was open is lost.")
    if wrong := _WRONG.get().get(mark):
        st.warning(f"Part of this address is left out: {plain(wrong)}.")


def made(word: str, key: str, kind: Kind = TEXT, within: tuple[float, float] | None = None) -> str:
    """The key of a widget that is made while the page runs, for one sequence or one set of models; call it before the
    widget. Its choice stands in the address under `word`.

    Args:
        within: what a slider goes from and to.
    """
    choice = Choice(word, key, kind, within)
    _MADE.put(_MADE.get() | {word: choice})
    if not choice.key.is_set:
        _UNSET.put(_UNSET.get() | {key})
    if word in _WAITING.get():
        _take(choice, _WAITING.get()[word], next(iter(_WRONG.get()), ""))
        _WAITING.put({w: text for w, text in _WAITING.get().items() if w != word})
    return key


def write() -> None:
    """Let the address hold what is chosen on the page that is on screen; what is too long for it is said."""
    page = _PAGE.get()
    declared = {c.word: c for c in choices.of(page)} | _MADE.get()
    if not declared:
        return
    if page in choices.ON_SEQUENCE:
        declared[SEQUENCE] = _SEQUENCE
        _SEQUENCE.key.put(sessions.link() if choices.is_on_sequence(page) and bench.document() else None)
    began = _BEGAN.setdefault({})
    now = {word: text for word, text in st.query_params.to_dict().items() if word not in declared}
    long: list[str] = []
    for word, choice in declared.items():
        if not choice.key.is_set:
            continue
        value = choice.key.get()
        if choice.name in _UNSET.get():
            began.setdefault(choice.name, value)
        text = choice.as_text(value)
        if text is not None and not (choice.name in began and began[choice.name] == value):
            now[word] = text
        elif choice.is_too_long(value):
            long.append(word.replace("_", " "))
    if long:
        st.caption(f"A link to this page does not hold what you typed, which is too long: {plain(', '.join(long))}.")
    if now != st.query_params.to_dict():
        _KNOWN.put(_KNOWN.get() | {_mark(page, now)})
        st.query_params.from_dict(now)


def go(page: str, **chosen: str) -> NoReturn:
    """Go to a page with these of its choices, each as it would stand in the page's address.

    Raises:
        InputError: a choice that the page does not take.
    """
    declared = {c.word: c for c in choices.of(page)}
    for word, text in chosen.items():
        if word not in declared:
            raise unknown("choice of the page", word, declared)
        declared[word].key.put(declared[word].read(text))
    st.switch_page(f"pages/{page}.py")


def _take(choice: Choice, text: str, mark: str) -> None:
    try:
        choice.key.put(choice.read(text))
        _UNSET.put(_UNSET.get() - {choice.name})  # what it would have been without the address is not known
    except InputError as error:
        _WRONG.put({mark: "; ".join(filter(None, (_WRONG.get().get(mark, ""), f"{choice.word} ({error})")))})


def _mark(page: str, given: dict[str, str]) -> str:
    """A short name for an address."""
    return hashlib.sha256(repr((page, sorted(given.items()))).encode()).hexdigest()[:16]
