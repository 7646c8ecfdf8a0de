"""What sessions, links and the editor's messages have in common: the forms of their parts, and errors in words."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from engine import limits

_BREAKS = re.compile("[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]")


class Strict(BaseModel):
    """Every field as it is declared, and no other."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _one_line(text: str) -> str:
    """A text that cannot add a line or a column to a file that it is written into."""
    if _BREAKS.search(text):
        raise ValueError("holds a tab or a line break")
    return text


Position = Annotated[int, Field(ge=0, lt=10**limits.DIGITS.most)]
Text = Annotated[str, Field(max_length=limits.REMARK.most), AfterValidator(_one_line)]
Name = Annotated[str, Field(max_length=limits.NAME.most), AfterValidator(_one_line)]
Bases = Annotated[str, Field(max_length=limits.EDITED.most)]


def first_wrong(error: ValidationError) -> str:
    """The first thing that is wrong, with its place, in words and on one line."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])[:80]
    return " ".join(f"{place + ': ' if place else ''}{first['msg']}".split())[:300]
