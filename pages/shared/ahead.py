"""What the next page will need is loaded while the first one is read.

The first page of a new server waits for nothing that it does not show: the networks' library alone takes longer to
load than all the rest. A thread of its own loads it as soon as the page is drawn.
"""

from __future__ import annotations

import threading

from streamlit import runtime
from streamlit.runtime.runtime import Runtime

import engine

LONGEST = 60.0  # s that a page waits for it
_threads: list[threading.Thread] = []  # one at most
_beginning = threading.Lock()


def load() -> None:
    """Begin to load what was not loaded yet; once a server, and nowhere else."""
    if not runtime.exists() or type(runtime.get_instance()) is not Runtime:
        return
    with _beginning:
        if not _threads:
            _threads.append(threading.Thread(target=_load, name="ahead", daemon=True))
            _threads[0].start()


def wait() -> None:
    """Until it is loaded, if that has begun. Two threads that import packages whose parts need each other in turn may
    find one half done, so a page that needs them comes after."""
    for thread in _threads:
        thread.join(LONGEST)


def _load() -> None:
    for name in ("load", "predict", "ism", "integrated_gradients"):  # each brings its module along
        getattr(engine, name)
    # slow: loaded here so that the first key press need not wait for it: what motif matches are computed with
    import memelite.fimo  # noqa: F401

    # slow, see above: what verdicts and scores are computed with
    import scipy.stats  # noqa: F401

    # slow, see above
    import sklearn.base  # noqa: F401


def device_in_words() -> str:
    """What models are computed on; waits for the networks' library."""
    devices = engine.load and engine.device  # the module, which came with the loader of models
    return devices.describe(devices.resolve())
