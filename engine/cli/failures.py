"""The last resort: an exception that nobody foresaw, as one line, with its details in a file.

Loaded only when there is one, as the list of commands is to come up at once.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
import traceback
from pathlib import Path

from engine import store


def in_a_line(error: Exception) -> str:
    """What went wrong and where its details are; the command and the traceback go there."""
    details = "".join([" ".join(sys.argv), "\n", *traceback.format_exception(error)])
    for folder in (store.cache_folder(), Path(tempfile.gettempdir())):
        file = folder / "last-error.log"
        with contextlib.suppress(OSError):
            store.write_bytes(file, details.encode(errors="backslashreplace"))
            return f"{_what(error)}; details are in {file}"
    return f"{_what(error)}; set CISLENS_DEBUG=1 to see the details"


def is_of_the_machine(error: Exception) -> bool:
    """A full disk, a folder without permission: the user can mend it, and it is no defect of ours."""
    return isinstance(error, MemoryError) or (isinstance(error, OSError) and bool(error.strerror))


def _what(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "this takes more memory than there is; give a part of it"
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    text = " ".join(str(error).split())[:200]
    return f"this should not happen ({type(error).__name__}{': ' if text else ''}{text}); please report it"
