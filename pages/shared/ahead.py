"""What the next page will need is loaded while the first one is read.

The first page of a new server waits for nothing that it does not show: the networks' library alone takes longer to
load than all the rest. A thread of its own loads it as soon as the page is drawn.
"""

from __future__ import annotations

import threading

from streamlit import runtime
from streamlit.runtime.runtime import Runtime

import engine

_started = threading.Event()


def load() -> None:
    """Begin to load what was not loaded yet; once a server, and nowhere else."""
    if not _started.is_set() and runtime.exists() and type(runtime.get_instance()) is Runtime:
        _started.set()
        threading.Thread(target=_load, name="ahead", daemon=True).start()


def _load() -> None:
    for name in ("load", "predict", "ism", "integrated_gradients"):  # each brings its module along
        getattr(engine, name)
    # slow: loaded here so that the first key press need not wait for them
    import captum.attr  # noqa: F401

    # slow, see above: what motif matches are computed with
    import memelite.fimo  # noqa: F401

    # slow, see above: what verdicts and scores are computed with
    import scipy.stats  # noqa: F401

    # slow, see above
    import sklearn.base  # noqa: F401


def device_in_words() -> str:
    """What models are computed on; waits for the networks' library."""
    devices = engine.load and engine.device  # the module, which came with the loader of models
    return devices.describe(devices.resolve())
