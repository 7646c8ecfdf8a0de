"""The errors that a user can cause and mend.

Every message names what is wrong and how to put it right. The command line prints it on one line and
exits with code 2; the pages show it in place and keep what the user had typed. Anything that is not a
`CisLensError` is a defect of ours and keeps its traceback.
"""


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
