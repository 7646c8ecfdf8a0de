"""`python -m engine app`: the app in the browser."""

from __future__ import annotations

import os
import sys

import typer

from engine import places


def app_command(context: typer.Context) -> None:
    """Start the app in the browser, from any folder.

    Options of 'streamlit run' are passed on: --server.port 8600.
    """
    # -P: a file of the user's in the current folder never stands in for a library
    command = [sys.executable, "-P", "-m", "streamlit", "run", str(places.app_script()), *context.args]
    # of GNU's C library: with an arena for every thread, a server that stays up keeps more and more memory without use
    # (pages/shared/freed.py). The app sets it too, but by then Streamlit's own threads have their arenas.
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")
    os.execv(sys.executable, command)  # the process becomes the app, so that signals reach it
