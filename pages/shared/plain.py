"""Words from outside on their way to the screen: text, and never Markdown.

Streamlit reads almost all that it shows as Markdown: labels of buttons and tabs, captions, errors, help. A name in a
link or a FASTA file could otherwise draw an image from a foreign server, which the browser fetches when the link is
opened. Whatever is not written in the program itself (names, fields of documents, file names, errors that repeat what
was typed) goes through `plain`. Tables and `st.code` show text as it is.
"""

from __future__ import annotations

import re

from engine.errors import DataError

# what would end a line, or turn the direction of the text around it
_CONTROL = re.compile("[\x00-\x20\x7f-\xa0\u2028\u2029]+")
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# an underscore between letters or digits, as in most names, means nothing in Markdown; a colon does before a letter
_INLINE = re.compile(r"[\\`*\[\]<$~|&]|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])|:(?=[A-Za-z])")
_AT_THE_START = re.compile(r"^(?:(?=[-+>#](?:[-\s#>+]|$))|([0-9]+)(?=[.)](?:\s|$)))")
# Streamlit looks for these in the text once it is parsed, where a backslash is gone: signs by name, arrows, addresses
_SIGNS = re.compile(r":(?=[\w+/-]+:)")
_ADDRESSES = re.compile(r"(?<=http:)(?=//)|(?<=https:)(?=//)|(?<=www)(?=\.)|@(?=[\w-]+\.)", re.IGNORECASE)
_ARROWS = re.compile(r"(?<!\S)(<->|->|<-|--|>=|<=|~=)(?!\S)")
_JOINER = "\u2060"  # is not seen and takes no room


def plain(value: object) -> str:
    """`value` as text that Streamlit's Markdown shows letter by letter, on one line.

    An address in it is no link, but in a DataError, where it is that of a public file, to be copied.
    """
    text = _TURNING.sub("\ufffd", _CONTROL.sub(" ", str(value))).strip()
    text = _SIGNS.sub(lambda m: m.group() + _JOINER, text)
    if not isinstance(value, DataError):
        text = _ADDRESSES.sub(lambda m: m.group() + _JOINER, text)
    text = _ARROWS.sub(lambda m: m.group()[0] + _JOINER + m.group()[1:], text)
    text = _INLINE.sub(lambda m: "\\" + m.group(), text)
    return _AT_THE_START.sub(lambda m: (m.group(1) or "") + "\\", text)
