"""What hours of use by many do to a server: its memory and the waiting times, over all pages.

    python -m benchmarks.soak [--sessions 50] [--together 5] [--edits 10] [--pages 5]
    python -m benchmarks.soak --quick        # a minute, for every change; ends with 1 if the app raised anything

Every session opens a window with a promoter of its own, writes `--edits` bases at the pace of somebody who looks at
each (the maps of most of them are overtaken by the next), waits for the maps of the last one, goes over `--pages` of
the pages, the next session over the next ones, and closes its window without a word. `--together` sessions are there at
once. Windows are those of `benchmarks.windows`: no browser takes the machine's time.

Printed after every tenth of the sessions: the server's memory, and the median and 95% quantile of seconds from a key
press to its prediction, from the last key press to the whole page, and from a click to a whole page. A flat line of
memory and no line of the log mean that nothing piles up. The last figure is the memory once all are gone.
"""

import argparse
import random
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from benchmarks import browser
from benchmarks.browser import PAGES, Server
from benchmarks.shared import MEGABYTES, Row
from benchmarks.windows import Late, Window
from engine.editor.document import Document
from engine.editor.session import Bench, Session, to_link
from engine.sequence import BASES, Sequence

LENGTH = 200
REST = 15.0  # s after which nobody computes any more and what was freed is back (`pages.shared.freed`)
PACE = 0.8, 3.0  # s between two key presses, from and to


@dataclass
class Record:
    """What was waited for so far, in s, and what went wrong."""

    waited: dict[str, list[float]] = field(
        default_factory=lambda: {"prediction": [], "whole page after typing": [], "page": []}
    )
    wrong: list[str] = field(default_factory=list)
    done: int = 0

    def line(self, since: dict[str, int]) -> str:
        """Median and 95% quantile of what came after so many of each kind."""
        parts = []
        for kind, waits in self.waited.items():
            some = waits[since.get(kind, 0) :]
            parts.append(f"{kind} " + (f"{np.median(some):.2f} ({np.quantile(some, 0.95):.2f})" if some else "-"))
        return "; ".join(parts)


def session(server: Server, number: int, chosen: argparse.Namespace, record: Record) -> None:
    """One user from opening to closing a window."""
    rng = random.Random(number)
    bases = "".join(rng.choices(BASES, k=LENGTH))
    link = to_link(Session(Bench((Document(Sequence(f"promoter {number}", bases)),))))
    window = Window(server.url)
    try:
        record.waited["page"].append(window.open("explorer", f"s={link}"))
        for position in rng.sample(range(LENGTH), chosen.edits):
            base = BASES[(BASES.index(window.letters[position]) + 1) % 4]
            record.waited["prediction"].append(window.press(position, base))
            time.sleep(rng.uniform(*PACE))
        record.waited["whole page after typing"].append(window.rest())
        for k in range(chosen.pages):
            address = list(PAGES)[(number * chosen.pages + k) % len(PAGES)]
            record.waited["page"].append(window.open(address))
    except Late as late:
        record.wrong.append(f"session {number}: {late}")
    finally:
        window.close()
        record.wrong += window.exceptions
        record.done += 1


@dataclass(frozen=True)
class Soaked:
    """A server after its sessions: its memory in MB after every so many, in the end and at rest, and what it did."""

    memory: list[float]
    rest: float
    record: Record
    cpu: float
    wrong: list[str]

    @property
    def middle(self) -> float:
        return self.memory[(len(self.memory) - 1) // 2]


def soak(chosen: argparse.Namespace) -> Soaked:
    """Let all sessions come and go; tells after every tenth of them how it stands."""
    record, lock, begun = Record(), threading.Lock(), time.monotonic()
    since: dict[str, int] = {}
    memory: list[float] = []
    with browser.server() as server, ThreadPoolExecutor(chosen.together) as pool:

        def one(number: int) -> None:
            session(server, number, chosen, record)
            with lock:
                if record.done % max(1, chosen.sessions // 10) == 0:
                    memory.append(server.memory)
                    minutes = (time.monotonic() - begun) / 60
                    told = f"{record.done:4} sessions, {minutes:5.1f} min: {memory[-1]:6.0f} MB; {record.line(since)}"
                    print(told, file=sys.stderr, flush=True)
                    since.update({kind: len(waits) for kind, waits in record.waited.items()})

        list(pool.map(one, range(chosen.sessions)))
        time.sleep(REST)
        wrong = list(dict.fromkeys([*record.wrong, *server.complaints()]))
        return Soaked(memory, server.memory, record, server.cpu, wrong)


def rows(quick: bool) -> list[Row]:
    """Whether memory stays where it was when half of the sessions had come and gone."""
    counts = {"sessions": 4, "together": 2, "edits": 3, "pages": 4}
    soaked = soak(argparse.Namespace(**counts if quick else {**counts, "sessions": 20}))
    if soaked.wrong:
        raise RuntimeError("; ".join(soaked.wrong))
    last, middle = soaked.memory[-1], soaked.middle
    note = f"{soaked.rest:.0f} MB at rest"
    task = f"memory of the app after {soaked.record.done} sessions"
    return [Row(task, "after half of them", last, middle, MEGABYTES, middle / last, note)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, count in (("sessions", 50), ("together", 5), ("edits", 10), ("pages", 5)):
        parser.add_argument(f"--{name}", type=int, default=count)
    parser.add_argument("--quick", action="store_true", help="4 sessions, 2 at once, 3 edits, 4 pages each")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.sessions, chosen.together, chosen.edits, chosen.pages = 4, 2, 3, 4
    soaked = soak(chosen)
    print(f"all: {soaked.record.line({})}; processor time {soaked.cpu:.0f} s")
    last, middle = soaked.memory[-1], soaked.middle
    print(f"memory: {middle:.0f} MB halfway, {last:.0f} MB at the end ({last / middle - 1:+.1%}), ", end="")
    print(f"{soaked.rest:.0f} MB {REST:.0f} s later")
    for line in soaked.wrong:
        print("wrong:", line)
    sys.exit(1 if soaked.wrong else 0)


if __name__ == "__main__":
    main()
