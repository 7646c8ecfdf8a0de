"""The errors that a user can cause and mend.

Every message names what is wrong and how to put it right. The command line prints it on one line and
exits with code 2; the pages show it in place and keep what the user had typed. Anything that is not a
`CisLensError` is a defect of ours and keeps its traceback.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class CisLensError(Exception):
    """Base of all errors that the user can mend."""


class InputError(CisLensError):
    """A sequence, file, region, name or option that the user gave cannot be used."""


class DataError(CisLensError):
    """A data file is missing, incomplete or not the file that it should be."""


class CheckpointError(CisLensError):
    """A trained model cannot be loaded: missing, truncated or not the one that was declared."""


def unknown(kind: str, name: object, known) -> InputError:
    """The one wording for a name that is not in a table: it lists the names that are."""
    return InputError(f"unknown {kind} '{name}'; known: {', '.join(map(str, known)) or 'none'}")


def unknown_of_many(kind: str, name: str, known: Iterable[str], table: str) -> InputError:
    """The same for a table too long to list: names the closest, and in words what the `table` is."""
    near = close(name, known)
    hint = f"did you mean {', '.join(near)}? Known are" if near else "nothing is called like that among"
    return InputError(f"unknown {kind} '{name}'; {hint} {table}")


def close(name: str, known: Iterable[str], most: int = 8) -> list[str]:
    """Names like the one that was typed, in upper or lower case: those that begin with it, then those that hold it, the
    shortest first; without any, those that differ in few letters (difflib's measure, the closest first)."""
    typed = name.strip().upper()
    upper = {k.upper(): k for k in reversed(list(known))}  # of spellings that differ in case alone the first
    holding = sorted((k for k in upper if typed and typed in k), key=lambda k: (not k.startswith(typed), len(k), k))
    return [upper[k] for k in holding[:most] or get_close_matches(typed, upper, most)]
